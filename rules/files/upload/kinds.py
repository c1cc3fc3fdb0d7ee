"""Telling a file's kind from its first bytes, whatever its name says."""

from __future__ import annotations

import re

from rules.files.upload import text

HEAD = 4096
PDF_HEAD = 1024
_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"PK\x03\x04", "zip"),
    (0, b"PK\x05\x06", "zip"),
    (0, b"PK\x07\x08PK\x03\x04", "zip"),
    (0, b"PK00PK\x03\x04", "zip"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "cfb"),
    (0, b"\xff\xd8\xff", "jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "png"),
    (0, b"GIF87a", "gif"),
    (0, b"GIF89a", "gif"),
    (0, b"\x7fELF", "program"),
    (0, b"\xfe\xed\xfa\xce", "program"),
    (0, b"\xfe\xed\xfa\xcf", "program"),
    (0, b"\xce\xfa\xed\xfe", "program"),
    (0, b"\xcf\xfa\xed\xfe", "program"),
    (0, b"\xca\xfe\xba\xbe", "program"),
    (0, b"dex\n", "program"),
    (0, b"L\x00\x00\x00\x01\x14\x02\x00", "program"),
    (0, b"ITSF", "program"),
    (0, b"!<arch>\n", "program"),
    (0, b"\xed\xab\xee\xdb", "program"),
    (0, b"7z\xbc\xaf\x27\x1c", "archive"),
    (0, b"Rar!\x1a\x07", "archive"),
    (0, b"RE~^", "archive"),
    (0, b"MSCF\x00\x00\x00\x00", "archive"),
    (0, b"ISc(", "archive"),
    (7, b"**ACE**", "archive"),
    (0, b"\x1f\x8b\x08", "gzip"),
    (0, b"\xfd7zXZ\x00", "archive"),
    (0, b"\x28\xb5\x2f\xfd", "archive"),
    (0, b"LZIP", "archive"),
    (257, b"ustar", "archive"),
)
# Signatures too short to stand alone: LZH, ARJ (with the size of its header), compress, bzip2.
_ARCHIVE = re.compile(
    rb".{2}-(?:lh[0-9a-z]|lz[0-9s]|pm[0-9])-|\x60\xea.[\x00-\x0a].{2}[\x01-\x0b]|\x1f\x9d[\x89-\x90]"
    rb"|BZh[1-9](?:1AY&SY|\x17rE8P\x90)",
    re.DOTALL,
)
_HEIC_BRANDS = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"))
_BIFF = frozenset(
    (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00", b"\x09\x08\x08\x00", b"\x09\x08\x10\x00")
)


def detect(head: bytes) -> str:
    """What the content begins as, or "" for anything else.

    zip, cfb, biff, pdf, jpeg, png, gif, heic, program, archive, gzip; script, web-page and fragment see text.guess().
    """
    for at, signature, kind in _SIGNATURES:
        if head.startswith(signature, at):
            return kind
    if head.startswith((b"MZ", b"ZM")) and (len(head) < 3 or not _reads_as_text(head[:64])):
        return "program"
    if _ARCHIVE.match(head):
        return "archive"
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS:
        return "heic"
    if head[:4] in _BIFF:
        return "biff"
    if found := text.guess(head):
        return found
    return "pdf" if b"%PDF-" in head[: PDF_HEAD + 5] else ""


def _reads_as_text(head: bytes) -> bool:
    return not any(byte < 9 for byte in head)
