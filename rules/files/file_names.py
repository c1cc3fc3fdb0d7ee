"""File names that Windows and macOS take: no character, word or length that either refuses, no two alike."""

from __future__ import annotations

import re
import unicodedata

MOST_CHARACTERS = 100
# Linux counts bytes, 255 at most; some are left for the number of a second one of the name.
MOST_BYTES = 230

_FORBIDDEN = re.compile(r'[<>:"/\\|?*]')
# The names of devices, whatever follows the first full stop; the superscripts too.
_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\.|$)", re.IGNORECASE)


def safe(name: str) -> str:
    """The name as far as any system takes it: what may not stand in a name becomes _."""
    kept = "".join(c if _stays(c) else "_" for c in _FORBIDDEN.sub("_", name))
    # Windows drops what stands at the end, macOS hides what begins with a full stop.
    kept = kept.strip(" ").rstrip(" .") or "file"
    if kept.startswith(".") or _DEVICE.match(kept):
        kept = "_" + kept
    return _short(kept, 0)


def shown(name: str) -> str:
    """The name without the characters that no page and no folder shows."""
    return "".join(c for c in name if _stays(c))


def _stays(character: str) -> bool:
    """No control characters, nothing that turns the direction of writing, no line ends, no half of a pair.

    The wide space, the town's own characters (gaiji, for private use) and the marks that choose a form of a kanji stay.
    """
    return unicodedata.category(character) not in ("Cc", "Cf", "Zl", "Zp", "Cs")


def _short(name: str, spare: int) -> str:
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending) > 10:
        stem, dot, ending = name, "", ""
    cut = stem
    while len(cut) + len(dot + ending) + spare > MOST_CHARACTERS or len((cut + dot + ending).encode()) > MOST_BYTES:
        cut = cut[:-1]
        # A mark goes with its letter: 辻 with a variation selector is one sign.
        while cut and len(cut) < len(stem) and _is_mark(stem[len(cut)]):
            cut = cut[:-1]
    return ((cut.rstrip(" .") if cut != stem else cut) or "file") + dot + ending


def _is_mark(character: str) -> bool:
    return unicodedata.category(character).startswith("M")


def distinct(names: list[str]) -> list[str]:
    """Safe names in their order; the second of two that some system takes for one gets a number."""
    taken: set[str] = set()
    found = []
    for name in map(safe, names):
        number, chosen = 1, name
        while _same(chosen) in taken:
            number += 1
            chosen = _numbered(name, number)
        taken.add(_same(chosen))
        found.append(chosen)
    return found


def _same(name: str) -> str:
    """What Windows (letters of any case) and macOS (composed or not) go by."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _numbered(name: str, number: int) -> str:
    tail = f" ({number})"
    short = _short(name, len(tail))
    stem, dot, ending = short.rpartition(".")
    return f"{stem}{tail}.{ending}" if stem and dot and len(ending) <= 10 else short + tail
