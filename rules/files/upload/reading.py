"""Reading a piece of a stream, and looking for bytes in it without holding all of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

CHUNK = 256 * 1024


def size_of(stream: BinaryIO) -> int:
    return stream.seek(0, 2)


def at(stream: BinaryIO, position: int, count: int) -> bytes:
    """Up to `count` bytes from a position; fewer at the end, none outside."""
    if position < 0 or count <= 0:
        return b""
    stream.seek(position)
    return stream.read(count)


def find_all(stream: BinaryIO, start: int, end: int, wanted: re.Pattern[bytes], longest: int) -> Iterator[int]:
    """Where a pattern of at most `longest` bytes occurs, in order."""
    position, carried = start, b""
    last = -1
    while position < end:
        block = at(stream, position, min(CHUNK, end - position))
        if not block:
            return
        looked_at, base = carried + block, position - len(carried)
        for hit in wanted.finditer(looked_at):
            if base + hit.start() > last:
                last = base + hit.start()
                yield last
        position += len(block)
        carried = looked_at[-longest:]


def find_last(stream: BinaryIO, start: int, end: int, wanted: bytes) -> int:
    """Where it occurs last, or -1."""
    while end > start:
        begin = max(start, end - CHUNK)
        # The pieces overlap, so that none falls between two of them.
        place = at(stream, begin, end - begin + len(wanted) - 1).rfind(wanted)
        if place >= 0:
            return begin + place
        end = begin
    return -1
