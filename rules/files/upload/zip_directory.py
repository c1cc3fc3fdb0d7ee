"""What a ZIP says it holds: every reading of its end record, central directory and local headers.

Programs differ in which of these they believe, so that all of them are read and what any of them says counts.
Source: PKWARE APPNOTE 6.3.10; WinZip AE-1/AE-2.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from rules.files.upload.budget import Budget
from rules.files.upload.reading import at, find_all, size_of
from rules.files.upload.verdicts import Found

_LOCAL, _CENTRAL, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_LOCATOR64, _END64, _ARCHIVE_EXTRA = b"PK\x06\x07", b"PK\x06\x06", b"PK\x06\x08"
_TAIL = 22 + 65535
_MOST_DIRECTORIES = 8
_MOST_SIGNATURES = 200
_METHODS = frozenset((*range(0, 21), *range(92, 100)))


@dataclass(frozen=True)
class Header:
    """One member as a local header or a record of the central directory describes it."""

    flags: int
    method: int
    crc: int
    packed: int
    size: int
    name: bytes
    extra: bytes

    @property
    def streamed(self) -> bool:
        """Sizes and CRC stand behind the data."""
        return bool(self.flags & 8)

    @property
    def encrypted(self) -> bool:
        """Bits 0 (encrypted), 6 (strong), 13 (masked); method 99 and field 0x9901 are AES, 0x0017 strong encryption."""
        fields = extra_fields(self.extra)
        return bool(self.flags & 0x2041) or self.method == 99 or 0x9901 in fields or 0x0017 in fields


@dataclass
class Entry:
    """A member: `central` is None when only a local header tells of it, `local` when none is where it should be."""

    start: int
    central: Header | None
    local: Header | None
    mode: int = 0
    # Where what follows it begins, for a member whose own header does not say how long it is.
    limit: int = 0

    @property
    def headers(self) -> list[Header]:
        return [header for header in (self.central, self.local) if header is not None]


@dataclass(frozen=True)
class Directory:
    """Everything a ZIP says; `complete` is False when it has no end record (cut off, or never finished)."""

    entries: list[Entry]
    complete: bool
    first: int
    after: int


def extra_fields(extra: bytes) -> dict[int, bytes]:
    fields: dict[int, bytes] = {}
    position = 0
    while position + 4 <= len(extra):
        key, length = struct.unpack_from("<HH", extra, position)
        fields.setdefault(key, extra[position + 4 : position + 4 + length])
        position += 4 + length
    return fields


def read(stream: BinaryIO, budget: Budget) -> Directory:
    """All members, from whichever header tells of them. Raises Found for what need not be opened to be refused."""
    size = size_of(stream)
    entries: list[Entry] = []
    covered: list[tuple[int, int]] = []
    seen: set[int] = set()
    after = 0
    for end in _ends(stream, size):
        # One within a member's data belongs to a ZIP that was put in as it is.
        if any(start <= end.position < stop for start, stop in covered):
            continue
        after = max(after, end.position + 22 + end.comment)
        for start, shift in _directories(stream, end):
            if start not in seen:
                seen.add(start)
                listed, stop = _listed(stream, start, shift, budget)
                entries += listed
                covered += [(start, stop), *map(_extent, listed)]
        if len(seen) > _MOST_DIRECTORIES:
            raise Found("overlap", "several directories")
    entries += _unlisted(stream, covered, size, budget)
    first = min((entry.start for entry in entries if entry.local), default=min(seen, default=0))
    return Directory(entries, bool(after), first, min(after or size, size))


def ends_as_one(stream: BinaryIO) -> bool:
    """A ZIP may have anything in front and a comment behind: programs look for its end, and from there for the rest."""
    size = size_of(stream)
    tail = at(stream, max(0, size - _TAIL), _TAIL)
    if _END not in tail:
        return False
    return _CENTRAL in tail or any(next(_directories(stream, end), None) for end in _ends(stream, size))


# ---------------------------------------------------------------- the end record


@dataclass(frozen=True)
class _End:
    position: int
    directory: int
    length: int
    comment: int
    # The place of the 64-bit end record, or `position`.
    before: int
    empty: bool


def _ends(stream: BinaryIO, size: int) -> Iterator[_End]:
    """The end records that could be meant, last first; one may hide in the comment of another."""
    start = max(0, size - 2 * _TAIL)
    tail = at(stream, start, size - start)
    found = False
    position = tail.rfind(_END)
    looked_at = 0
    while position >= 0:
        looked_at += 1
        if looked_at > _MOST_SIGNATURES:
            raise Found("overlap", "many end records")
        if len(tail) - position >= 22:
            end = _end(stream, start + position, tail[position : position + 22])
            if end.empty or any(_directories(stream, end)) or not found:
                found = True
                yield end
        position = tail.rfind(_END, 0, position)


def _end(stream: BinaryIO, position: int, record: bytes) -> _End:
    count, length, directory, comment = struct.unpack_from("<HIIH", record, 10)
    before = position
    locator = at(stream, position - 20, 20)
    if locator.startswith(_LOCATOR64):
        claimed = struct.unpack_from("<Q", locator, 8)[0]
        for place in (claimed, position - 76):
            record64 = at(stream, place, 88) if place < position else b""
            if record64.startswith(_END64) and len(record64) >= 56:
                before = place
                _refuse_encrypted_directory(record64, position - place)
                if 0xFFFFFFFF in (length, directory) or count == 0xFFFF:
                    count, length, directory = struct.unpack_from("<QQQ", record64, 32)
                break
    return _End(position, directory, length, comment, before, count == 0 and length == 0)


def _refuse_encrypted_directory(record: bytes, room: int) -> None:
    """Version 2 of the 64-bit end record names the algorithm of an encrypted central directory."""
    length = struct.unpack_from("<Q", record, 4)[0]
    if length >= 44 + 28 and room >= 56 + 28 and struct.unpack_from("<H", record, 74)[0]:
        raise Found("zip-password", "encrypted directory")


def _directories(stream: BinaryIO, end: _End) -> Iterator[tuple[int, int]]:
    """Where the central directory begins, with how far everything was moved by something put in front."""
    seen = set()
    for start in (end.directory, end.before - end.length):
        signature = at(stream, start, 4)
        if start in seen or start >= end.position:
            continue
        seen.add(start)
        if signature == _ARCHIVE_EXTRA:
            raise Found("zip-password", "encrypted directory")
        if signature == _CENTRAL:
            yield start, start - end.directory


# ---------------------------------------------------------------- headers


def _listed(stream: BinaryIO, start: int, shift: int, budget: Budget) -> tuple[list[Entry], int]:
    """The members of one directory, and where it stops."""
    entries, stop, places = [], start, set()
    for after, entry in _central(stream, start, shift, budget):
        if entry.local is not None and entry.start in places:
            raise Found("overlap", f"two members at {entry.start}")
        places.add(entry.start)
        entries.append(entry)
        stop = after
    return entries, stop


def _central(stream: BinaryIO, start: int, shift: int, budget: Budget) -> Iterator[tuple[int, Entry]]:
    """The records from `start` on, as long as there are any, whatever their count was said to be."""
    most = budget.limits.directory
    records = at(stream, start, most + 46 + 3 * 65535)
    position = 0
    while records.startswith(_CENTRAL, position) and position + 46 <= len(records):
        budget.entry()
        flags, method, crc, packed, size, name_length, extra_length, comment, mode, offset = struct.unpack_from(
            "<8xHH4xIIIHHH6xHI", records, position
        )
        name = records[position + 46 : position + 46 + name_length]
        extra = records[position + 46 + name_length : position + 46 + name_length + extra_length]
        size, packed, offset = _wide(extra, [size, packed, offset])
        local = _local(stream, offset + shift)
        offset += shift if local else 0
        local = local or _local(stream, offset)
        position += 46 + name_length + extra_length + comment
        if position > most:
            raise Found("many", f"a directory over {most} bytes")
        yield start + position, Entry(offset, Header(flags, method, crc, packed, size, name, extra), local, mode)


def _local(stream: BinaryIO, start: int) -> Header | None:
    fixed = at(stream, start, 30)
    if len(fixed) < 30 or not fixed.startswith(_LOCAL):
        return None
    flags, method, crc, packed, size, name_length, extra_length = struct.unpack_from("<6xHH4xIIIHH", fixed)
    rest = at(stream, start + 30, name_length + extra_length)
    extra = rest[name_length:]
    size, packed = _wide(extra, [size, packed])
    return Header(flags, method, crc, packed, size, rest[:name_length], extra)


def _wide(extra: bytes, values: list[int]) -> list[int]:
    """64-bit values stand in field 1, in this order, for those that are all ones."""
    field, position = extra_fields(extra).get(1, b""), 0
    for index, value in enumerate(values):
        if value == 0xFFFFFFFF and position + 8 <= len(field):
            values[index] = struct.unpack_from("<Q", field, position)[0]
            position += 8
    return values


def _extent(entry: Entry) -> tuple[int, int]:
    """From its local header to the end of its data, as the central directory (else the local header) says."""
    if entry.local is None:
        return entry.start, entry.start
    data = entry.start + 30 + len(entry.local.name) + len(entry.local.extra)
    return entry.start, data + (entry.central or entry.local).packed


# ---------------------------------------------------------------- what no directory lists

_LOCAL_HEADER = re.compile(re.escape(_LOCAL))


def _unlisted(stream: BinaryIO, covered: list[tuple[int, int]], size: int, budget: Budget) -> list[Entry]:
    """Members with a local header only: programs that read from the front find them."""
    found: list[Entry] = []
    position = 0
    for start, after in [*sorted(covered), (size, size)]:
        if start > position:
            found += _between(stream, position, min(start, size), budget)
        position = max(position, after)
    return found


def _between(stream: BinaryIO, start: int, end: int, budget: Budget) -> list[Entry]:
    entries: list[Entry] = []
    after = start
    for place in find_all(stream, start, end, _LOCAL_HEADER, 4):
        budget.piece()
        if place < after:
            continue
        header = _local(stream, place)
        if header is None or header.method not in _METHODS or not header.name or place + 30 + len(header.name) > end:
            continue
        budget.entry()
        if entries and not entries[-1].limit:
            entries[-1].limit = place
        entry = Entry(place, None, header)
        data = _extent(entry)[1]
        if header.streamed and not header.packed:
            after = place + 30 + len(header.name) + len(header.extra)
        else:
            after, entry.limit = data, min(data, end)
        entries.append(entry)
    if entries and not entries[-1].limit:
        entries[-1].limit = end
    return entries
