"""Photographs and pictures: whole enough to be seen, not absurdly large when opened, and nothing else as well."""

from __future__ import annotations

import re
import struct
import zlib
from typing import BinaryIO

from rules.files.upload.budget import Budget
from rules.files.upload.kinds import HEAD, detect
from rules.files.upload.reading import at, find_all, find_last, size_of
from rules.files.upload.verdicts import Found

_ZIP_END = b"PK\x05\x06"
_TAIL = 22 + 65535
_ARCHIVES = re.compile(rb"Rar!\x1a\x07|7z\xbc\xaf\x27\x1c")
_MARKUP = re.compile(rb"<script[\s>]|<html[\s>]|<!doctype\s+html|<\?php\b|<svg[\s>]", re.IGNORECASE)
_SECOND_KINDS = frozenset(("program", "script", "web-page", "fragment", "archive", "zip", "cfb", "pdf"))
_JPEG_FRAMES = frozenset((*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)))
_JPEG_ALONE = frozenset((0x01, *range(0xD0, 0xD8)))


def check(kind: str, stream: BinaryIO, budget: Budget) -> None:
    """Raises Found for a jpeg, png, gif or heic that is broken, a bomb or a second kind of file at once."""
    size = size_of(stream)
    walk = {"jpeg": _jpeg, "png": _png, "gif": _gif, "heic": _heic}[kind]
    after = walk(stream, size, budget)
    head = at(stream, 0, 1024)
    if _MARKUP.search(head) or b"%PDF-" in head:
        raise Found("polyglot", "in the first bytes")
    refuse_second_kind(stream, size, trailing=after)


def refuse_second_kind(stream: BinaryIO, size: int, trailing: int) -> None:
    """Archives are found by their end or wherever they stand, so that they can follow a picture unseen."""
    tail = at(stream, max(0, size - _TAIL), _TAIL)
    place = tail.rfind(_ZIP_END)
    while place >= 0:
        if _is_zip_end(stream, size, max(0, size - _TAIL) + place, tail[place : place + 22]):
            raise Found("polyglot", "a ZIP at the end")
        place = tail.rfind(_ZIP_END, 0, place)
    if trailing >= size:
        return
    if next(find_all(stream, trailing, size, _ARCHIVES, 8), None) is not None:
        raise Found("polyglot", "an archive behind the picture")
    if detect(at(stream, trailing, HEAD)) in _SECOND_KINDS:
        raise Found("polyglot", "behind the picture")
    if next(find_all(stream, trailing, size, _MARKUP, 32), None) is not None:
        raise Found("polyglot", "markup behind the picture")


def _is_zip_end(stream: BinaryIO, size: int, position: int, record: bytes) -> bool:
    """A real one: it ends with the file, and a directory stands in front of it."""
    if len(record) < 22:
        return False
    count, length, _, comment = struct.unpack_from("<HIIH", record, 10)
    reaches = position + 22 + comment == size
    return reaches and (count == 0 or at(stream, position - length, 4) == b"PK\x01\x02")


def _refuse_size(width: int, height: int, budget: Budget) -> None:
    if not width or not height:
        raise Found("damaged", f"{width} x {height}")
    if width * height > budget.limits.pixels:
        raise Found("bomb", f"{width} x {height}")


def _jpeg(stream: BinaryIO, size: int, budget: Budget) -> int:
    position, frame = 2, False
    while True:
        marker = at(stream, position, 4)
        if len(marker) < 4 or marker[0] != 0xFF:
            raise Found("damaged" if len(marker) == 4 else "cut", f"at {position}")
        budget.piece()
        code = marker[1]
        if code == 0xFF or code in _JPEG_ALONE:
            position += 1 if code == 0xFF else 2
            continue
        if code in _JPEG_FRAMES:
            height, width = struct.unpack(">HH", at(stream, position + 5, 4).ljust(4, b"\0"))
            # A height of 0 is told later, behind the first scan.
            _refuse_size(width, height or 1, budget)
            frame = True
        if code == 0xDA:
            break
        position += 2 + max(2, int.from_bytes(marker[2:], "big"))
    if not frame:
        raise Found("damaged", "no frame")
    # Phones put films and further pictures behind; only what follows the last end is loose.
    last = find_last(stream, position, size, b"\xff\xd9")
    if last < 0:
        raise Found("cut", "no end of the picture")
    return last + 2


def _png(stream: BinaryIO, size: int, budget: Budget) -> int:
    position, data = 8, False
    while True:
        head = at(stream, position, 8)
        if len(head) < 8:
            raise Found("cut", f"at {position}")
        length, kind = int.from_bytes(head[:4], "big"), head[4:]
        if position + 12 + length > size or not kind.isalpha():
            raise Found("cut" if kind.isalpha() else "damaged", f"{kind!r} at {position}")
        if position == 8:
            _png_header(kind, at(stream, position + 4, length + 8)[: 4 + 13 + 4], budget)
        data = data or kind == b"IDAT"
        position += 12 + length
        budget.piece()
        if kind == b"IEND":
            break
    if not data:
        raise Found("damaged", "no picture")
    return position


def _png_header(kind: bytes, chunk: bytes, budget: Budget) -> None:
    if kind != b"IHDR" or len(chunk) < 21:
        raise Found("damaged", "no IHDR")
    if zlib.crc32(chunk[:17]) != struct.unpack_from(">I", chunk, 17)[0]:
        raise Found("damaged", "IHDR")
    width, height = struct.unpack_from(">II", chunk, 4)
    _refuse_size(width, height, budget)


def _gif(stream: BinaryIO, size: int, budget: Budget) -> int:
    screen = at(stream, 6, 7)
    if len(screen) < 7:
        raise Found("cut", "no screen")
    position = 13 + (3 << (screen[4] & 7) + 1 if screen[4] & 0x80 else 0)
    pictures = 0
    while True:
        head = at(stream, position, 10)
        budget.piece()
        if head[:1] == b"\x21":
            position = _gif_blocks(stream, position + 2, budget)
        elif head[:1] == b"\x2c" and len(head) == 10:
            width, height = struct.unpack_from("<HH", head, 5)
            _refuse_size(width, height, budget)
            colours = 3 << (head[9] & 7) + 1 if head[9] & 0x80 else 0
            position = _gif_blocks(stream, position + 11 + colours, budget)
            pictures += 1
        else:
            break
    if not pictures:
        raise Found("damaged", "no picture")
    return position + 1 if at(stream, position, 1) == b"\x3b" else position


def _gif_blocks(stream: BinaryIO, position: int, budget: Budget) -> int:
    """Over the blocks of data to the empty one that ends them."""
    while length := at(stream, position, 1):
        position += 1 + length[0]
        if not length[0]:
            return position
        budget.piece()
    raise Found("cut", f"at {position}")


def _heic(stream: BinaryIO, size: int, budget: Budget) -> int:
    position, described = 0, False
    while position < size:
        head = at(stream, position, 16)
        if len(head) < 8:
            break
        length, kind = int.from_bytes(head[:4], "big"), head[4:8]
        if length == 1 and len(head) == 16:
            length = int.from_bytes(head[8:], "big")
        length = length or size - position
        if length < 8 or position + length > size:
            if described:
                break
            raise Found("cut", f"{kind!r} at {position}")
        described = described or kind == b"meta"
        position += length
        budget.piece()
    if not described:
        raise Found("damaged", "no description")
    return position
