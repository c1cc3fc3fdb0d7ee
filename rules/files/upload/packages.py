"""ZIPs that are documents: what kind (OOXML, ODF), whether they are locked, and whether they carry macros."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import BinaryIO

from rules.files.upload.budget import MEGABYTE
from rules.files.upload.reading import at, find_all, size_of
from rules.files.upload.verdicts import Found

_CONTENT_TYPES, _MANIFEST = "[content_types].xml", "meta-inf/manifest.xml"
_FOLDERS = (("word/", "docx"), ("xl/", "xlsx"), ("ppt/", "pptx"))
# The empty library that LibreOffice writes into every document lists modules, but has none.
_BASIC = re.compile(r"(?:.*/)?(?:basic|dialogs)/[^/]+/(?!script-l[bc]\.xml|dialog-l[bc]\.xml)[^/]+\.(?:xml|xba|xdl)")
_ODF_SCRIPT = re.compile(r"(?:.*/)?scripts/.*[^/]")
_MACRO_NAME = re.compile(r".*\bvba(?:project|projectsignature|data)\w*\.(?:bin|xml)|xl/(?:intl)?macrosheets/.+")
_ENCRYPTED_PACKAGE, _PASSWORD_OF_IWORK = "encrypted-package", ".iwpv2"


def _either_width(pattern: bytes) -> re.Pattern[bytes]:
    """The words as UTF-8 and as UTF-16 write them."""
    wide = b"\\x00?".join(re.escape(bytes([byte])) for byte in pattern)
    return re.compile(wide, re.IGNORECASE)


_LOCKED = _either_width(b"encryption-data")
_MACRO_TYPES = (b"macroenabled", b"ms-office.vbaproject", b"macrosheet")
_BINARY_SHEET = b"sheet.binary.macroenabled"
# Any letter of XML may be written as its number.
_NUMBER = re.compile(rb"&#(?:x0*+([0-9a-f]{1,2})|0*+([0-9]{1,3}));")
_LONGEST_LIST = 4 * MEGABYTE
# What Office fetches and runs on opening, from another machine: a link that is only followed by a click is none of it.
_RELATION = re.compile(rb"<(?:[\w.-]+:)?relationship\b[^>]*>")
_FETCHED = re.compile(
    rb"type\s*=\s*[\"'][^\"']*/(?:attachedtemplate|oleobject|frame|subdocument|externallink(?:path)?)[\"']"
)
_ELSEWHERE = re.compile(rb"target\s*=\s*[\"']\s*(?:https?:|ftp:|mhtml:|\\\\|//|file:(?:/*\\\\|//[^/]))")


def plain(name: str) -> str:
    return name.replace("\\", "/").lower()


def kind_of(members: Iterable[str]) -> str:
    """docx, xlsx, pptx, ooxml (another Office format), odf, or zip."""
    lower = {plain(name) for name in members}
    if _CONTENT_TYPES in lower:
        for folder, kind in _FOLDERS:
            if any(name.startswith(folder) for name in lower):
                return kind
        return "ooxml"
    return "odf" if "mimetype" in lower and _MANIFEST in lower else "zip"


def refuse_names(members: Iterable[str]) -> None:
    """Raises Found for parts that are macros or tell of a password, by their names alone."""
    lower = {plain(name): name for name in members}
    odf = "mimetype" in lower
    for name, written in lower.items():
        if _MACRO_NAME.fullmatch(name) or (odf and (_BASIC.fullmatch(name) or _ODF_SCRIPT.fullmatch(name))):
            raise Found("macro", written)
        if name == _ENCRYPTED_PACKAGE or name.rpartition("/")[2] == _PASSWORD_OF_IWORK:
            raise Found("office-password", written)


def refuse_part(name: str, content: BinaryIO) -> None:
    """Raises Found for what the lists of contents of OOXML and ODF admit."""
    lower = plain(name)
    if lower == _MANIFEST and _says(content, _LOCKED):
        raise Found("office-password", "encryption-data")
    if lower == _CONTENT_TYPES:
        types = _letters(content)
        # The main part of every .xlsb is called so, with macros or without; its macros have parts of their own.
        words = _MACRO_TYPES[1:] if _BINARY_SHEET in types else _MACRO_TYPES
        if any(word in types for word in words):
            raise Found("macro", "content type")
    if lower.endswith(".rels") and _fetches(_letters(content)):
        raise Found("remote", name)


def _fetches(relations: bytes) -> bool:
    return any(_FETCHED.search(one[0]) and _ELSEWHERE.search(one[0]) for one in _RELATION.finditer(relations))


def _letters(content: BinaryIO) -> bytes:
    """The ASCII letters of a piece of XML in lower case, however they are written."""
    if size_of(content) > _LONGEST_LIST:
        raise Found("bomb", "the list of contents")
    text = at(content, 0, _LONGEST_LIST).replace(b"\0", b"").lower()
    return _NUMBER.sub(_letter, text).lower()


def _letter(number: re.Match[bytes]) -> bytes:
    code = int(number[1], 16) if number[1] else int(number[2])
    return bytes((code,)) if code < 128 else b"?"


def _says(content: BinaryIO, words: re.Pattern[bytes]) -> bool:
    return next(find_all(content, 0, size_of(content), words, 120), None) is not None
