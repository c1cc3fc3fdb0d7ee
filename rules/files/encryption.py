"""Files encrypted at rest: AES-256-GCM piece by piece, so that a file is read from anywhere and a change is seen.

A file begins with MAGIC, eight bytes that tell the key, and a salt from which its own key is derived. Then come pieces
of 64 KB, each with its 16 bytes of proof; the nonce is the number of the piece and whether it is the last, so that
none can be left out, moved or cut off. docs/decisions/0016 tells why.
"""

from __future__ import annotations

import hmac
import io
import secrets
from collections.abc import Iterator
from hashlib import sha256
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC = b"MDGFILE1"
_SALT = 32
_HEADER = len(MAGIC) + 8 + _SALT
_PIECE = 64 * 1024
_PROOF = 16


class CannotDecrypt(Exception):
    """The key is not the one this was encrypted with, or a byte has changed."""


class OtherKey(CannotDecrypt):
    """The file names another key than this one."""


def encrypted(stream: BinaryIO, key: bytes) -> Iterator[bytes]:
    """The bytes to write for the content of a stream."""
    header = MAGIC + key_name(key) + secrets.token_bytes(_SALT)
    yield header
    cipher = _cipher(key, header)
    piece, number = _whole_piece(stream), 0
    while True:
        following = _whole_piece(stream) if len(piece) == _PIECE else b""
        yield cipher.encrypt(_nonce(number, last=not following), piece, header)
        if not following:
            return
        piece, number = following, number + 1


def _whole_piece(stream: BinaryIO) -> bytes:
    """Up to a piece; a socket or a pipe may give less at a time."""
    parts, missing = [], _PIECE
    while missing and (part := stream.read(missing)):
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def key_name(key: bytes) -> bytes:
    """Eight bytes by which a key is known, without telling it."""
    return hmac.new(key, b"madoguchi:name of the key", sha256).digest()[:8]


def _cipher(key: bytes, header: bytes) -> AESGCM:
    # Eight megabytes that an installation without encryption does not need.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    # A key of its own for each file: numbers can then serve as nonces.
    return AESGCM(hmac.new(key, b"madoguchi:file:" + header[-_SALT:], sha256).digest())


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def is_encrypted(stream: BinaryIO) -> bool:
    """Whether a stored file begins as an encrypted one does; leaves the stream at its start."""
    stream.seek(0)
    head = stream.read(len(MAGIC))
    stream.seek(0)
    return head == MAGIC


class Decrypted(io.RawIOBase):
    """The plain content of an encrypted file; can seek. Reading raises CannotDecrypt."""

    def __init__(self, stream: BinaryIO, key: bytes) -> None:
        self._stream = stream
        self._header = stream.read(_HEADER)
        if not key or self._header[len(MAGIC) : -_SALT] != key_name(key):
            raise OtherKey("encrypted with another key")
        self._cipher = _cipher(key, self._header)
        stored = stream.seek(0, io.SEEK_END) - _HEADER
        self._pieces = max(1, -(-stored // (_PIECE + _PROOF)))
        self._size = stored - self._pieces * _PROOF
        self._at = 0
        self._number, self._piece = -1, b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        if self._size < 0:
            raise CannotDecrypt("cut off")
        # An empty file has one empty piece, whose proof is looked at as well.
        if self._at >= self._size and (self._size or self._number == 0):
            return 0
        number, start = divmod(self._at, _PIECE)
        part = self._decrypt(number)[start : start + len(buffer)]
        buffer[: len(part)] = part
        self._at += len(part)
        return len(part)

    def _decrypt(self, number: int) -> bytes:
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415

        if number != self._number:
            self._stream.seek(_HEADER + number * (_PIECE + _PROOF))
            stored = self._stream.read(_PIECE + _PROOF)
            nonce = _nonce(number, last=number == self._pieces - 1)
            try:
                self._piece = self._cipher.decrypt(nonce, stored, self._header)
            except (InvalidTag, ValueError):
                raise CannotDecrypt(f"piece {number} has changed") from None
            self._number = number
        return self._piece

    def close(self) -> None:
        self._stream.close()
        super().close()
