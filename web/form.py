"""What a browser posted: text fields and files, whatever the age of the browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from typing import Any, BinaryIO
from urllib.parse import unquote_to_bytes

from multipart import MultipartError, MultipartParser, MultipartPart, ParserLimitReached, parse_options_header

from rules.accounts import processors

# A browser page can hold this much; files beyond it get a sentence, not a cut connection.
HARD_LIMIT = 64 * 1024 * 1024
TEXT_LIMIT = 8 * 1024 * 1024
FIELD_LIMIT = 2_000
_LARGE = 1024 * 1024
# The whole path of a file, as Windows writes it.
_PATH = re.compile(r'\bfilename="((?:[A-Za-z]:\\|\\\\)[^"]*)"')


class BadForm(Exception):
    """The body cannot be read as a form at all."""


class TooLarge(BadForm):
    """More than any page of ours can send."""


class Form:
    """Posted text fields; several values of one name keep their order."""

    def __init__(self, pairs: list[tuple[str, str]] | None = None) -> None:
        self.pairs = pairs or []
        self._values: dict[str, list[str]] = {}
        for name, value in self.pairs:
            self._values.setdefault(name, []).append(value)

    def get(self, name: str, default: str = "") -> str:
        """The last value of a name."""
        values = self._values.get(name)
        return values[-1] if values else default

    def getall(self, name: str) -> list[str]:
        return list(self._values.get(name, ()))

    def revision(self) -> int:
        """The revision the form was made from; a form without one fits none."""
        typed = self.get("revision")
        return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else -1

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def act(self) -> str:
        """The name of the button pressed, without `act_`; "" when Enter sent none.

        Old IE sends no button on Enter, so none is the page's default act.
        """
        for name in self._values:
            if name.startswith("act_"):
                return name.removeprefix("act_")
        return ""


class Upload:
    """One file of a form: its name as the resident knows it, and its content as a stream."""

    def __init__(self, field: str, name: str, content_type: str, size: int, stream: BinaryIO) -> None:
        self.field, self.name, self.content_type, self.size, self.stream = field, name, content_type, size, stream


def file_name(raw: str) -> str:
    """The last part of what may be a full Windows path (IE, lynx)."""
    return raw.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1].strip()


def _decode(raw: bytes) -> str:
    """UTF-8 as we ask for; Shift_JIS from a browser forced to it; nothing typed is refused."""
    for charset in ("utf-8", "cp932"):
        with suppress(UnicodeDecodeError):
            return raw.decode(charset)
    return raw.decode("utf-8", "replace")


def _name_of(part: MultipartPart) -> str:
    """The name of a file as it was sent: the library cuts a path at any backslash, also at one within a letter."""
    sent = _PATH.search(part.headers.get("Content-Disposition", ""))
    raw = sent[1] if sent else part.filename or ""
    return file_name(_decode(_whole(raw.encode("latin-1", "replace"))))


def _whole(name: bytes) -> bytes:
    """lynx puts a backslash before bytes from 80 to 9F, in the middle of a letter; Shift_JIS has it by nature."""
    mended = re.sub(rb"\\([\x80-\x9f])", rb"\1", name)
    try:
        mended.decode()
    except UnicodeDecodeError:
        return name
    return mended


def read(environ: dict[str, Any]) -> tuple[Form, list[Upload]]:
    """The form and the files of a POST; raises BadForm."""
    kind, options = parse_options_header(environ.get("CONTENT_TYPE", ""))
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:
        raise BadForm("content length") from None
    if kind == "multipart/form-data":
        with processors.apart() if length > _LARGE else nullcontext():
            return _read_multipart(environ["wsgi.input"], options.get("boundary", ""), length)
    if length > TEXT_LIMIT:
        raise TooLarge("too much text")
    return Form(_pairs(environ["wsgi.input"].read(length))), []


def _pairs(body: bytes) -> list[tuple[str, str]]:
    if body.count(b"&") >= FIELD_LIMIT:
        raise TooLarge("too many fields")
    pairs = []
    for item in body.split(b"&"):
        if item:
            name, _, value = item.replace(b"+", b" ").partition(b"=")
            pairs.append((_decode(unquote_to_bytes(name)), _decode(unquote_to_bytes(value))))
    return pairs


def _read_multipart(stream: BinaryIO, boundary: str, length: int) -> tuple[Form, list[Upload]]:
    # latin-1 keeps the bytes of names whole, so that _decode() can look at them.
    parser = MultipartParser(
        stream,
        boundary,
        length,
        charset="latin-1",
        part_limit=FIELD_LIMIT,
        # Larger parts go to the disk, so that no number of files a page can send fills the memory.
        spool_limit=32 * 1024,
        memory_limit=2 * TEXT_LIMIT,
        disk_limit=HARD_LIMIT,
    )
    pairs: list[tuple[str, str]] = []
    uploads = []
    try:
        for part in parser:
            field = _decode(part.name.encode("latin-1", "replace"))
            if part.filename is None:
                pairs.append((field, _decode(part.raw)))
                part.close()
            elif part.filename or part.size:
                uploads.append(Upload(field, _name_of(part), part.content_type or "", part.size, part.file))
    except ParserLimitReached as fault:
        raise TooLarge(str(fault)) from None
    except (MultipartError, UnicodeError, ValueError) as fault:
        raise BadForm(str(fault)) from None
    return Form(pairs), uploads
