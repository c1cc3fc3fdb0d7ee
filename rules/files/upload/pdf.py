"""PDF: does it open without a password, is it whole, and is it only a PDF?"""

from __future__ import annotations

import logging
import re
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from rules.files.upload.budget import MEGABYTE, Budget
from rules.files.upload.images import refuse_second_kind
from rules.files.upload.kinds import HEAD, PDF_HEAD, detect
from rules.files.upload.reading import at, find_all, size_of
from rules.files.upload.verdicts import Found


def _name(word: bytes) -> bytes:
    """A PDF name; any of its letters may be written as #xx."""
    return b"/" + b"".join(b"(?:%c|#%x|#%X)" % (byte, byte, byte) for byte in word)


# The trailer is never packed, not even where objects are: without this name there is no encryption. What follows it
# may stand behind any number of blanks and comments, so that the library is asked.
_ENCRYPT = re.compile(_name(b"Encrypt") + rb"(?=[\0\t\n\f\r ()<>\[\]{}/%])")
# As far as can be seen from here, a value follows: only then is a file that the library cannot read under suspicion.
_VALUE = re.compile(rb"/[A-Za-z0-9#]+(?:[\0\t\n\f\r ]|%[^\r\n]*+(?:[\r\n]|\Z))*+(?:[0-9]|<<|\Z)")
_LOCKED_INSIDE = re.compile(_name(b"EncryptedPayload") + rb"(?![A-Za-z0-9#_-])")
_OBJECT = re.compile(rb"\d\s+\d{1,5}\s+obj\b")
_CLOSING = re.compile(rb"startxref|trailer|/XRef\b|%%EOF")
_OBJECT_STREAM = re.compile(_name(b"ObjStm") + rb"(?![A-Za-z0-9#_-])")
_STREAM = re.compile(rb"\bstream\r?\n")
_EMBEDS = re.compile(
    b"|".join(map(_name, (b"EmbeddedFile", b"FileAttachment", b"Launch")))
    + b"|"
    + _name(b"EF")
    + rb"[\0\t\n\f\r ]{0,80}+(?:<<|[0-9]{1,10}[\0\t\n\f\r ])"
)
_LONGEST = 4096
_PACKED = 16 * 1024


def check(stream: BinaryIO, budget: Budget) -> None:
    """Raises Found when a reader could not open it as it is."""
    size = size_of(stream)
    start = at(stream, 0, PDF_HEAD + 5).find(b"%PDF-")
    if start > 0 and detect(at(stream, 0, min(start, HEAD))):
        raise Found("polyglot", "in front of the PDF")
    refuse_second_kind(stream, size, trailing=size)
    if next(find_all(stream, 0, size, _ENCRYPT, _LONGEST), None) is not None:
        _refuse_password(stream, budget)
    if next(find_all(stream, 0, size, _LOCKED_INSIDE, _LONGEST), None) is not None:
        raise Found("rights", "EncryptedPayload")
    if next(find_all(stream, 0, size, _OBJECT, _LONGEST), None) is None:
        raise Found("damaged", "no objects")
    if next(find_all(stream, 0, size, _CLOSING, _LONGEST), None) is None:
        raise Found("cut", "no trailer")


def embedded(stream: BinaryIO, budget: Budget) -> Iterator[tuple[str, BinaryIO]]:
    """(name, content) of the files put into a PDF; pdf_parts.py reads it only where there may be some."""
    suspect = next(find_all(stream, 0, size_of(stream), _EMBEDS, 120), None) is not None
    if suspect or _packs_one(stream, budget):
        from rules.files.upload import pdf_parts  # noqa: PLC0415 - as below

        yield from pdf_parts.read(stream, budget, suspect)


def _packs_one(stream: BinaryIO, budget: Budget) -> bool:
    """Does a packed stream of objects name an embedded file or a start, or can it not be unpacked from here?"""
    for place in find_all(stream, 0, size_of(stream), _OBJECT_STREAM, 120):
        budget.piece()
        begin = _STREAM.search(at(stream, place, _LONGEST))
        if begin is None:
            return True
        try:
            objects = _unpacked(stream, place + begin.end(), budget)
        except zlib.error:
            return True
        if _EMBEDS.search(objects):
            return True
    return False


def _unpacked(stream: BinaryIO, position: int, budget: Budget) -> bytes:
    unpacking, objects = zlib.decompressobj(), bytearray()
    while not unpacking.eof and (packed := unpacking.unconsumed_tail or at(stream, position, _PACKED)):
        position += 0 if unpacking.unconsumed_tail else len(packed)
        piece = unpacking.decompress(packed, MEGABYTE)
        budget.spend(len(piece))
        objects += piece
    return bytes(objects)


def _refuse_password(stream: BinaryIO, budget: Budget) -> None:
    """A file restricted for printing or copying opens with the empty password."""
    # Only the few files with a lock pay for loading the library.
    from pypdf import PasswordType, PdfReader  # noqa: PLC0415

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    budget.tick()
    stream.seek(0)
    try:
        reader = PdfReader(stream, strict=False)
        if not reader.is_encrypted:
            return
        opened = reader.decrypt("") != PasswordType.NOT_DECRYPTED
    except NotImplementedError as error:
        # Locked for the holders of certificates, or by a product of its own.
        raise Found("rights", str(error)) from None
    except Exception as error:  # what the library says of broken files is not one class
        if _names_a_lock(stream, budget):
            raise Found("damaged", f"{type(error).__name__}: {error}") from None
        return
    if not opened:
        raise Found("pdf-password", "user password")
    budget.tick()


def _names_a_lock(stream: BinaryIO, budget: Budget) -> bool:
    for place in find_all(stream, 0, size_of(stream), _ENCRYPT, _LONGEST):
        budget.piece()
        if _VALUE.match(at(stream, place, _LONGEST)):
            return True
    return False
