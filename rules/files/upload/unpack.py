"""Unpacking one member of a ZIP into a file of our own, within the budget."""

from __future__ import annotations

import bz2
import lzma
import struct
import zlib
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, Protocol, cast

from rules.files.upload.budget import MEGABYTE, Budget
from rules.files.upload.reading import at
from rules.files.upload.verdicts import Found
from rules.files.upload.zip_directory import Header

_CHUNK = 64 * 1024
_IN_MEMORY = 4 * MEGABYTE
_MOST_DICTIONARY = 64 * MEGABYTE
METHODS = frozenset((0, 8, 12, 14, 95))


@dataclass
class Unpacked:
    """`whole` is False when the data broke off or was no such data; `content` is then what came out before."""

    content: BinaryIO
    size: int
    crc: int
    whole: bool


class _Decoder(Protocol):
    @property
    def eof(self) -> bool: ...

    def feed(self, data: bytes) -> bytes:
        """At most one chunk of output; called with b"" for more of the same input."""
        ...


class _Stored:
    eof = False

    def feed(self, data: bytes) -> bytes:
        return data


class _Inflate:
    def __init__(self) -> None:
        self._inner = zlib.decompressobj(-15)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    def feed(self, data: bytes) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, _CHUNK)


class _Modern:
    """bz2 and lzma, whose objects keep what they have not read yet."""

    def __init__(self, inner: bz2.BZ2Decompressor | lzma.LZMADecompressor) -> None:
        self._inner = inner

    @property
    def eof(self) -> bool:
        return self._inner.eof

    def feed(self, data: bytes) -> bytes:
        return self._inner.decompress(data, _CHUNK)


def unpack(stream: BinaryIO, start: int, packed: int, header: Header, budget: Budget) -> Unpacked:
    """The content of `packed` bytes from `start`. Raises Found for a bomb; data that is broken is only not `whole`."""
    method = header.method
    content = cast(BinaryIO, SpooledTemporaryFile(max_size=_IN_MEMORY))  # noqa: SIM115 - the caller reads it
    result = Unpacked(content, 0, 0, False)
    decoder, position = _decoder(stream, start, packed, method)
    end = start + packed
    # LZMA without its end marker (bit 1) ends where the header says.
    most = header.size if method == 14 and not header.flags & 2 else None
    while not decoder.eof:
        block = at(stream, position, min(_CHUNK, end - position))
        position += len(block)
        try:
            out = decoder.feed(block)
            _keep(result, out[: None if most is None else max(0, most - result.size)], position - start, budget)
            while len(out) >= _CHUNK and not decoder.eof and method:
                out = decoder.feed(b"")
                _keep(result, out[: None if most is None else max(0, most - result.size)], position - start, budget)
        except (zlib.error, lzma.LZMAError, EOFError, ValueError, OSError):
            # bz2 says OSError for bad data; a full disk is no clean content either.
            return result
        if not block:
            break
    result.whole = position >= end if method in (0, 14) else decoder.eof or packed == 0
    return result


def _keep(result: Unpacked, out: bytes, consumed: int, budget: Budget) -> None:
    limits = budget.limits
    result.size += len(out)
    budget.spend(len(out))
    if result.size > limits.member:
        raise Found("bomb", f"a member over {limits.member} bytes")
    if result.size > limits.ratio_from and result.size > limits.ratio * consumed:
        raise Found("bomb", f"packed {result.size // max(consumed, 1)} times")
    result.crc = zlib.crc32(out, result.crc)
    result.content.write(out)


def _decoder(stream: BinaryIO, start: int, packed: int, method: int) -> tuple[_Decoder, int]:
    """What reads this method, and where its data begins."""
    if method == 0:
        return _Stored(), start
    if method == 8:
        return _Inflate(), start
    if method == 12:
        return _Modern(bz2.BZ2Decompressor()), start
    if method == 95:
        return _Modern(lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MOST_DICTIONARY)), start
    if method == 14:
        return _lzma(at(stream, start, min(packed, 9))), start + 9
    raise Found("method", f"method {method}")


def _lzma(head: bytes) -> _Decoder:
    """Two bytes of version, two of length, then the properties: lc, lp, pb in one byte and the dictionary's size."""
    if len(head) < 9 or head[2:4] != b"\x05\x00" or head[4] >= 225:
        raise Found("damaged", "LZMA properties")
    (dictionary,) = struct.unpack_from("<I", head, 5)
    if dictionary > _MOST_DICTIONARY:
        raise Found("bomb", "LZMA dictionary")
    chain = {
        "id": lzma.FILTER_LZMA1,
        "lc": head[4] % 9,
        "lp": head[4] // 9 % 5,
        "pb": head[4] // 45,
        "dict_size": max(dictionary, 4096),
    }
    try:
        return _Modern(lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[chain]))
    except (lzma.LZMAError, ValueError):
        raise Found("damaged", "LZMA properties") from None
