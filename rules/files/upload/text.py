"""Text that runs or is shown as a page: scripts, HTML, SVG, told by how it begins."""

from __future__ import annotations

import re

_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_LOOKED_AT = 4096
# What may stand before the first element. Nothing that was read is tried in another way: that would take its square.
_BEFORE = re.compile(
    r"(?:[\s\0]++|<!--.*?-->|<\?xml.*?\?>|<!doctype\s++(?!html|svg)[^>\[]*+(?:\[.*?\]\s*+)?+>)*+", re.DOTALL
)
_ROOT = re.compile(r"<(?:!doctype\s+(?:html|svg)|(?:[a-z0-9_]+:)?(?:html|svg)\b|script[\s>/])")
_PIECE = re.compile(
    r"<(?:head|title|body|iframe|object|embed|frameset|style|table|meta|link|img|base|form|marquee|a\s+href|div|p|h1|br|font|b)"
    r"[\s>/]"
)
_SCRIPT = re.compile(r"<script[\s>]")
# In XML, a script is one only where the names of pages are spoken of.
_NAMES_OF_PAGES = re.compile(r"www\.w3\.org/(?:1999/xhtml|2000/svg)")
_RUNS = re.compile(
    r"#!\s*/|#!.*\b(?:python|perl|ruby|node|sh|bash)\b|<\?php\b|<\?=|<%@|@echo\s+off\b|#@~\^|<job[\s>]|<scriptlet[\s>]"
    r"|<package[\s>]\s*<job"
)
_MHT = re.compile(r"(?:from: <saved by|mime-version:)[^\0]*?content-type:\s*multipart/related", re.DOTALL)
_MHT_HEAD = ("from: <saved by", "mime-version:")


def guess(head: bytes) -> str:
    """script, web-page, fragment (a piece of a page, or words that only look like one), or "" for anything else."""
    begin = _decode(head[:_LOOKED_AT])
    before = _BEFORE.match(begin)
    start = begin[before.end() if before else 0 :]
    if _RUNS.match(start):
        return "script"
    if start.startswith("<"):
        # A piece of a page without its <html>; in XML, <form> and <title> are anybody's names.
        bare = not begin.lstrip().startswith("<?xml") and _PIECE.match(start)
        script = _SCRIPT.search(start)
        if _ROOT.match(start) or (script and _NAMES_OF_PAGES.search(begin)):
            return "web-page"
        if bare or script:
            return "fragment"
    # Every mail with a picture in it begins like a page that was saved as one file.
    return "fragment" if start.startswith(_MHT_HEAD) and _MHT.match(start) else ""


def _decode(head: bytes) -> str:
    """The head in lower case; letters beyond ASCII do not matter here."""
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return head[len(bom) :].decode(encoding, "replace").lower()
    if head[:1] == b"<" and head[1:2] == b"\0":
        return head.decode("utf-16-le", "replace").lower()
    if head[:2] == b"\0<":
        return head.decode("utf-16-be", "replace").lower()
    return head.decode("latin-1").lower()
