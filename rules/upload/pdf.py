"""PDF: does it open without a password, is it whole, and is it only a PDF?"""

from __future__ import annotations

import logging
import re
from typing import BinaryIO

from rules.upload.budget import Budget
from rules.upload.images import refuse_second_kind
from rules.upload.kinds import HEAD, PDF_HEAD, detect
from rules.upload.reading import at, find_all, size_of
from rules.upload.verdicts import Found


def _name(word: bytes) -> bytes:
    """A PDF name; any of its letters may be written as #xx."""
    return b"/" + b"".join(b"(?:%c|#%x|#%X)" % (byte, byte, byte) for byte in word)


_SPACE = rb"(?:[\0\t\n\f\r ]|%[^\r\n]{0,80}[\r\n])"
# The trailer is never packed, not even where objects are: without this name and its value there is no encryption.
_ENCRYPT = re.compile(_name(b"Encrypt") + _SPACE + rb"{0,40}(?:(?<![A-Za-z])[0-9]|<<)")
_LOCKED_INSIDE = re.compile(_name(b"EncryptedPayload") + rb"(?![A-Za-z0-9#_-])")
_OBJECT = re.compile(rb"\d\s+\d{1,5}\s+obj\b")
_CLOSING = re.compile(rb"startxref|trailer|/XRef\b|%%EOF")
_LONGEST = 4096


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
        raise Found("damaged", f"{type(error).__name__}: {error}") from None
    if not opened:
        raise Found("pdf-password", "user password")
    budget.tick()
