"""What is put into a PDF: the files embedded in it, and actions that start something outside."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from typing import Any, BinaryIO

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject

from rules.files.upload.budget import Budget
from rules.files.upload.verdicts import Found

_NAMES = ("/UF", "/F", "/Unix", "/DOS", "/Mac")


def read(stream: BinaryIO, budget: Budget, suspect: bool) -> Iterator[tuple[str, BinaryIO]]:
    """(name, content) of every embedded file; raises Found for a start. A `suspect` that cannot be read is refused."""
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    budget.tick()
    try:
        stream.seek(0)
        # The library keeps what it reads of one that is locked: the walk above goes on with its own.
        reader = PdfReader(io.BytesIO(stream.read()), strict=False)
        if reader.is_encrypted:
            reader.decrypt("")
        numbers = _numbers(reader)
    except Exception as error:  # what the library says of broken files is not one class
        if suspect:
            raise Found("damaged", f"{type(error).__name__}: {error}") from None
        return
    names: dict[int, str] = {}
    held: dict[int, StreamObject] = {}
    for number, generation in numbers:
        budget.piece()
        try:
            _gather(reader.get_object(IndirectObject(number, generation, reader)), names, held)
        except Found:
            raise
        except Exception:  # noqa: S112 - one broken object harms nobody: no program shows it
            continue
    for key, content in held.items():
        budget.entry()
        yield names.get(key, ""), io.BytesIO(_data(content, names.get(key, ""), budget))


def _numbers(reader: PdfReader) -> list[tuple[int, int]]:
    plain = [(number, generation) for generation, table in reader.xref.items() for number in table]
    return sorted({*plain, *((number, 0) for number in reader.xref_objStm)})


def _gather(thing: Any, names: dict[int, str], held: dict[int, StreamObject]) -> None:
    """Note the embedded files that one object, with what stands in it directly, tells of."""
    waiting = [thing]
    while waiting:
        one = waiting.pop()
        if isinstance(one, DictionaryObject):
            if _of(one, "/S") == "/Launch":
                raise Found("launch")
            if isinstance(one, StreamObject) and _of(one, "/Type") == "/EmbeddedFile":
                held.setdefault(id(one), one)
            if isinstance(files := _of(one, "/EF"), DictionaryObject):
                name = next((str(one[key]) for key in _NAMES if key in one), "")
                for key in files:
                    content = _of(files, key)
                    if isinstance(content, StreamObject):
                        held.setdefault(id(content), content)
                        names[id(content)] = name
            waiting += [value for value in one.values() if not isinstance(value, IndirectObject)]
        elif isinstance(one, ArrayObject):
            waiting += [value for value in one if not isinstance(value, IndirectObject)]


def _of(one: DictionaryObject, key: str) -> Any:
    """The value itself, also where only its number stands."""
    return one[key] if key in one else None  # noqa: SIM401 - get() gives the number


def _data(content: StreamObject, name: str, budget: Budget) -> bytes:
    try:
        data = bytes(content.get_data())
    except Exception as error:
        # It stops where it becomes too large; nobody can tell what else is wrong.
        raise Found("damaged", f"{type(error).__name__}: {error}", inside=name) from None
    budget.spend(len(data))
    return data
