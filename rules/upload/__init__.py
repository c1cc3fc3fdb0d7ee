"""Which files are taken: size, name and kind, then what is inside, against what the question allows.

The order is size, kind, structure, virus scan, store; the scan's verdict is handed in (outside/antivirus.py).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO

from rules import Refusal
from rules.field_types.files import EXTENSIONS
from rules.upload import names, verdicts
from rules.upload.inspection import inspect
from rules.upload.verdicts import Verdict, Word

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
assert tuple(KINDS) == EXTENSIONS, "what a question may allow is what can be checked"


def check(
    question: dict[str, Any],
    name: str,
    size: int,
    stream: BinaryIO,
    look: Callable[[str, BinaryIO], Verdict] = inspect,
) -> tuple[str, str]:
    """Refuse a file that this question cannot take; returns (name to keep, media type).

    `look` may send the content to be inspected elsewhere (rules/received.py).
    """
    allowed = question.get("limits", {}).get("extensions") or ["pdf", "jpg", "jpeg", "png"]
    kept = "".join(c for c in name if c.isprintable()) or "file"
    if size == 0:
        raise Refusal(verdicts.of("empty").sentence(kept))
    if size > MAX_SIZE:
        raise Refusal(f"「{kept}」は10MBを超えています。小さくするか、いくつかに分けて添付してください。")
    extension = names.ending(kept)
    if extension not in allowed or extension not in KINDS:
        raise Refusal(_not_taken(kept, allowed))
    verdict = look(kept, stream)
    stream.seek(0)
    if not verdict.ok:
        raise Refusal(verdict.sentence(kept))
    if len(kept) > MAX_NAME:
        kept = kept[: MAX_NAME - len(extension) - 1] + "." + extension
    return kept, KINDS[extension]


def _not_taken(name: str, allowed: list[str]) -> str:
    if family := names.family(name):
        return verdicts.of(family).sentence(name)
    words = "・".join(dict.fromkeys(kind.upper().replace("JPEG", "JPG") for kind in allowed))
    return f"「{name}」は添付できない種類です。添付できるのは{words}です。写真に撮って添付することもできます。"
