"""Names of files: what their endings promise, how a ZIP's bytes become one, and names that lead elsewhere."""

from __future__ import annotations

import re

_DOCUMENTS = (
    "docx dotx xlsx xltx xlsb pptx potx ppsx sldx thmx vsdx vstx odt ods odp odg odf ott ots otp otg"
    # What a phone or a Mac calls its documents.
    " pages numbers key"
)
_WORDS = "txt text csv tsv xml json log md ini eml vcf ics tex p21 sfc"
_FAMILIES = {
    "program": (
        "exe com scr pif cpl dll sys drv ocx msi msp mst msix msixbundle appx appxbundle jar jnlp class apk ipa app "
        "dex so dylib elf run gadget application appref-ms lnk scf inf reg chm hlp xll wll iso img vhd vhdx dmg pkg "
        "deb rpm msc one url website library-ms search-ms settingcontent-ms theme diagcab mdb accdb mde accde ade adp"
    ),
    "script": (
        "bat cmd js jse mjs vbs vbe vb ws wsf wsh wsc sct ps1 ps1xml ps2 ps2xml psc1 psc2 psd1 psm1 py pyc pyo pyw "
        "pyz rb pl pm php phtml phar sh bash zsh csh ksh fish command lua tcl ahk au3 applescript scpt asp aspx jsp cgi"
    ),
    "web-page": "htm html xhtml xht shtml shtm mht mhtml svg svgz hta htc",
    "macro": "docm dotm xlsm xltm xlam xla pptm potm ppam ppsm sldm ppa xlm vsdm vstm",
    "archive": (
        "7z rar r00 lzh lha cab arj ace tar gz tgz bz2 tbz tbz2 xz txz lzma zst z zpaq sit sitx alz egg gca zoo arc"
    ),
}
DOCUMENTS = frozenset(_DOCUMENTS.split())
# What every program shows as the words it is, whatever they look like.
WORDS = frozenset(_WORDS.split())
_FAMILY_OF = {ending: family for family, endings in _FAMILIES.items() for ending in endings.split()}
_DRIVE = re.compile(r"[A-Za-z]:")


def ending(name: str) -> str:
    """The extension in lower case as Windows would take it: dots and spaces after it do not count."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2].rstrip(". \t\r\n\0")
    return last.rpartition(".")[2].strip().lower() if "." in last else ""


def family(name: str) -> str:
    """The family of kinds never taken that a name belongs to, or ""."""
    # "letter.txt:tool.exe" names a stream of an NTFS file.
    for piece in name.split(":"):
        if found := _FAMILY_OF.get(ending(piece)):
            return found
    return ""


def family_of_part(name: str) -> str:
    """The same for a part of a document, where a drawing is only a drawing."""
    return "" if ending(name) in ("svg", "svgz") else family(name)


def decode(raw: bytes, utf8: bool) -> str:
    """A ZIP member's name: flag 0x800 means UTF-8; else what Japanese, old and new tools write."""
    for encoding in ("utf-8",) if utf8 else ("ascii", "utf-8", "cp932"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("cp437")


def leads_elsewhere(name: str) -> bool:
    """Would a careless program write outside of the folder it unpacks into?"""
    plain = name.replace("\\", "/")
    return plain.startswith("/") or bool(_DRIVE.match(plain)) or ".." in (part.strip() for part in plain.split("/"))
