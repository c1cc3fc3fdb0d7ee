"""The compound files (CFB) of Office 97–2003, also the wrapper of every Office document with a password.

Sources: MS-CFB, MS-DOC 2.5.1, MS-XLS 2.4.117, MS-PPT 2.3.2, MS-OFFCRYPTO 2.3.
"""

from __future__ import annotations

import io
import logging
import re
import struct
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

import olefile

from rules.files.upload.budget import Budget
from rules.files.upload.kinds import HEAD, detect
from rules.files.upload.reading import find_all, size_of
from rules.files.upload.verdicts import Found

logging.getLogger("olefile").setLevel(logging.CRITICAL)
_MSI = "000C1084-0000-0000-C000-000000000046"
_POWERPOINT_LOCKED = 0xF3D1C4DF
_FILE_PASS, _END_OF_PART, _SHEET = 0x2F, 0x0A, 0x85
_MACRO_SHEETS = frozenset((1, 6))
_OLE_OBJECT = 0x1011
_WORTH_A_LOOK = frozenset(("zip", "cfb", "pdf", "program", "archive"))
# Names of streams and storages do not tell capitals from small letters: all are compared in capitals.
_LOCKED = ("ENCRYPTEDPACKAGE", "ENCRYPTIONINFO")
_RIGHTS = ("DRMCONTENT", "DRMENCRYPTEDDATASPACE", "DRMENCRYPTEDTRANSFORM")
_MACROS = ("_VBA_PROJECT", "_VBA_PROJECT_CUR", "VBA")
_LOCKED_NAME = re.compile(b"|".join(f"{name}\0".encode("utf-16-le") for name in _LOCKED), re.IGNORECASE)


def open_parts(stream: BinaryIO, budget: Budget) -> Iterator[tuple[str, BinaryIO]]:
    """What is embedded (name or "", content). Raises Found for passwords and macros, and for what cannot be read."""
    size = size_of(stream)
    stream.seek(0)
    try:
        compound = olefile.OleFileIO(stream)
        paths = compound.listdir(streams=True, storages=True)
    except Exception as error:  # the library promises no exceptions of its own for broken files
        _refuse_locked_name(stream, size)
        raise Found("damaged", f"{type(error).__name__}: {error}") from None
    _refuse_storages(compound, paths)
    for path in paths:
        budget.entry()
        content = _content(compound, path, size)
        if content is None:
            continue
        budget.spend(len(content))
        name = path[-1].upper()
        _refuse_stream(name, content)
        yield from _embedded(name, content, budget)


def _refuse_locked_name(stream: BinaryIO, size: int) -> None:
    """In a file that cannot be read: entries of the directory stand at multiples of 128 bytes."""
    for place in find_all(stream, 0, size, _LOCKED_NAME, 40):
        if place % 128 == 0:
            raise Found("office-password", "in a damaged file")


def _refuse_storages(compound: Any, paths: list[list[str]]) -> None:
    if compound.root is not None and compound.root.clsid.strip("{}").upper() == _MSI:
        raise Found("program", "installer")
    names = {path[-1].upper().strip("\x09") for path in paths}
    for words, reason in ((_LOCKED, "office-password"), (_RIGHTS, "rights"), (_MACROS, "macro")):
        if not names.isdisjoint(words):
            raise Found(reason, words[0])


def _content(compound: Any, path: list[str], most: int) -> bytes | None:
    try:
        if compound.get_type(path) != olefile.STGTY_STREAM:
            return None
        if compound.get_size(path) > most:
            raise Found("damaged", "a part longer than the file")
        return bytes(compound.openstream(path).read())
    except Found:
        raise
    except Exception as error:  # see open_parts
        raise Found("damaged", f"{path[-1]!r}: {type(error).__name__}") from None


def _refuse_stream(name: str, content: bytes) -> None:
    if name == "WORDDOCUMENT" and len(content) >= 12 and struct.unpack_from("<H", content, 10)[0] & 0x0100:
        raise Found("office-password", "Word")
    if name in ("WORKBOOK", "BOOK"):
        refuse_biff(content)
    if name == "CURRENT USER" and len(content) >= 16 and struct.unpack_from("<I", content, 12)[0] == _POWERPOINT_LOCKED:
        raise Found("office-password", "PowerPoint")


def refuse_biff(content: bytes) -> None:
    """An Excel workbook: a password stands before the end of the first part, as does what kind of sheets there are."""
    position = 0
    while position + 4 <= len(content):
        record, length = struct.unpack_from("<HH", content, position)
        if record == _FILE_PASS:
            raise Found("office-password", "Excel")
        kind = content[position + 9 : position + 10]
        if record == _SHEET and length >= 6 and kind and kind[0] in _MACRO_SHEETS:
            raise Found("macro", "Excel 4.0")
        if record == _END_OF_PART:
            return
        position += 4 + length


def _embedded(name: str, content: bytes, budget: Budget) -> Iterator[tuple[str, BinaryIO]]:
    if name == "\x01OLE10NATIVE":
        yield _packaged(content)
    elif name == "POWERPOINT DOCUMENT":
        yield from _of_powerpoint(content, budget)
    elif detect(content[:HEAD]) in _WORTH_A_LOOK:
        yield "", io.BytesIO(content)


def _packaged(content: bytes) -> tuple[str, BinaryIO]:
    """A file put into a document as an icon: its name, its path, then its content."""
    try:
        label, file_name, rest = content[6:].split(b"\0", 2)
        (path_length,) = struct.unpack_from("<I", rest, 4)
        (length,) = struct.unpack_from("<I", rest, 8 + path_length)
        inner = rest[12 + path_length : 12 + path_length + length]
    except (ValueError, struct.error):
        # Not a package but some program's own data, behind its length.
        return "", io.BytesIO(content[4:])
    name = file_name.decode("cp932", "replace") or label.decode("cp932", "replace")
    return name, io.BytesIO(inner)


def _of_powerpoint(content: bytes, budget: Budget) -> Iterator[tuple[str, BinaryIO]]:
    """Embedded objects and VBA projects stand as records of their own, packed or not."""
    position = 0
    while position + 8 <= len(content):
        instance, kind, length = struct.unpack_from("<HHI", content, position)
        budget.piece()
        if kind == _OLE_OBJECT:
            data = content[position + 8 : position + 8 + length]
            yield "", io.BytesIO(_inflated(data[4:], budget) if instance >> 4 == 1 else data)
        position += 8 + length


def _inflated(data: bytes, budget: Budget) -> bytes:
    inner = zlib.decompressobj()
    try:
        out = inner.decompress(data, budget.limits.member)
    except zlib.error:
        raise Found("damaged", "an embedded object") from None
    if inner.unconsumed_tail:
        raise Found("bomb", "an embedded object")
    budget.spend(len(out))
    return out
