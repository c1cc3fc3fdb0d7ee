"""Which files are taken: size, name and kind, then what is inside, against what the question allows.

The order is size, kind, structure, virus scan, store; the scan's verdict is handed in (outside/antivirus.py).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO

from rules import Refusal
from rules.files import file_names
from rules.files.upload import names, verdicts
from rules.files.upload.inspection import inspect
from rules.files.upload.kinds import HEAD, detect
from rules.files.upload.verdicts import Verdict, Word
from rules.forms.field_types.files import EXTENSIONS

__all__ = ["KINDS", "MAX_NAME", "MAX_SIZE", "Verdict", "Word", "check", "inspect"]

MAX_SIZE = 10 * 1024 * 1024
MAX_NAME = 200

# Extension -> media type
KINDS: dict[str, str] = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "heic": "image/heic",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
}
# The kind of a content -> the ending its name should have.
_ENDINGS = {kind: kind for kind in KINDS} | {"jpeg": "jpg", "cfb": "doc", "biff": "xls", "odf": "odt"}
_WORDS = {ending: ending.upper() for ending in (*KINDS, "pptx")} | {
    "doc": "古い形の文書（.docや.xls）",
    "xls": "古い形の表（.xls）",
    "odt": "OpenDocument（.odtなど）",
}
_PICTURES = frozenset(["heic", "heif", "webp", "avif", "bmp", "tif", "tiff", "gif"])
_TEXTS = frozenset(["doc", "docx", "dot", "dotx", "odt", "ott", "rtf", "wps", "jtd", "jttc", "pages", "txt"])
_SHEETS = frozenset(["xls", "xlsx", "xlsb", "xlt", "xltx", "ods", "ots", "csv", "numbers"])
_SLIDES = frozenset(["ppt", "pptx", "pps", "ppsx", "pot", "potx", "odp", "otp", "key", "odg", "pub", "xps", "oxps"])
assert tuple(KINDS) == EXTENSIONS, "what a question may allow is what can be checked"


def check(
    question: dict[str, Any],
    name: str,
    size: int,
    stream: BinaryIO,
    look: Callable[[str, BinaryIO], Verdict] = inspect,
) -> tuple[str, str]:
    """Refuse a file that this question cannot take; returns (name to keep, media type).

    `look` may send the content to be inspected elsewhere (rules/files/received.py).
    """
    allowed = question.get("limits", {}).get("extensions") or ["pdf", "jpg", "jpeg", "png"]
    kept = file_names.shown(name).strip() or "file"
    if size == 0:
        raise Refusal(verdicts.of("empty").sentence(kept))
    if size > MAX_SIZE:
        raise Refusal(f"「{kept}」は10MBを超えています。小さくするか、いくつかに分けて添付してください。")
    kept = _with_ending(kept, allowed, stream)
    extension = names.ending(kept)
    if extension not in allowed or extension not in KINDS:
        raise Refusal(_not_taken(kept, allowed))
    verdict = look(kept, stream)
    stream.seek(0)
    if not verdict.ok:
        told = _mismatch(kept, verdict.detail.partition(" ")[0], allowed) if verdict.reason == "mismatch" else ""
        raise Refusal(told or verdict.sentence(kept))
    if len(kept) > MAX_NAME:
        kept = kept[: MAX_NAME - len(extension) - 1] + "." + extension
    return kept, KINDS[extension]


def _with_ending(name: str, allowed: list[str], stream: BinaryIO) -> str:
    """Macs and some phones hide the ending or leave it out; what the content surely is stands for it."""
    if names.ending(name):
        return name
    stream.seek(0)
    kind = _ENDINGS.get(detect(stream.read(HEAD)), "")
    # A ZIP may be a document of any kind.
    return f"{name.rstrip('. ')}.{kind}" if kind in allowed and kind != "zip" else name


def _not_taken(name: str, allowed: list[str]) -> str:
    if family := names.family(name):
        return verdicts.of(family).sentence(name)
    ending = names.ending(name)
    return f"「{name}」は添付できない種類です。{_instead(ending, allowed)}"


def _mismatch(name: str, kind: str, allowed: list[str]) -> str:
    """The content is another kind than the name says: what it is, and what to do with it."""
    ending = _ENDINGS.get(kind, kind)
    if ending not in _WORDS:
        return ""
    seems = f"「{name}」の中身は{_WORDS[ending]}のようです。"
    if ending not in allowed or ending not in KINDS:
        return seems + _instead(ending, allowed)
    return f"{seems}名前の終わりを .{ending} に変えるか、ファイルを確かめて、もう一度添付してください。"


def _instead(ending: str, allowed: list[str]) -> str:
    """What can be done with a file of a kind that the question does not take."""
    if ending in _PICTURES and "jpg" in allowed:
        return "JPGに変えて、もう一度添付してください。"
    wanted = ("pdf", *(("xlsx",) if ending in _SHEETS else ("docx",) if ending in _TEXTS else ()))
    if ending in (*_TEXTS, *_SHEETS, *_SLIDES) and (can := [kind.upper() for kind in wanted if kind in allowed]):
        return f"{'か'.join(can)}で保存し直して、もう一度添付してください。"
    words = "・".join(dict.fromkeys(kind.upper().replace("JPEG", "JPG") for kind in allowed))
    photo = "写真に撮って添付することもできます。" if "jpg" in allowed else ""
    return f"添付できるのは{words}です。{photo}"
