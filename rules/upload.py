"""Which files are taken: size, name and kind against what the question allows.

The order is size, kind, structure, virus scan, store; the scan's verdict is handed in (outside/antivirus.py).
"""

from __future__ import annotations

from pathlib import PurePath
from typing import Any, BinaryIO

from rules import Refusal
from rules.field_types.files import EXTENSIONS

MAX_SIZE = 10 * 1024 * 1024
MAX_NAME = 200

# Extension -> (media type, first bytes that such a file may have)
KINDS: dict[str, tuple[str, tuple[bytes, ...]]] = {
    "pdf": ("application/pdf", (b"%PDF-",)),
    "jpg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "jpeg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "png": ("image/png", (b"\x89PNG\r\n\x1a\n",)),
    "gif": ("image/gif", (b"GIF87a", b"GIF89a")),
    "heic": ("image/heic", (b"\x00\x00\x00",)),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", (b"PK\x03\x04",)),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", (b"PK\x03\x04",)),
    "zip": ("application/zip", (b"PK\x03\x04",)),
}
_PDF_HEAD = 1024
assert tuple(KINDS) == EXTENSIONS, "what a question may allow is what can be checked"


def check(question: dict[str, Any], name: str, size: int, stream: BinaryIO) -> tuple[str, str]:
    """Refuse a file that this question cannot take; returns (name to keep, media type)."""
    allowed = question.get("limits", {}).get("extensions") or ["pdf", "jpg", "jpeg", "png"]
    kept = "".join(c for c in name if c.isprintable()) or "file"
    if size == 0:
        raise Refusal(f"「{kept}」は中身が空です。ファイルを確かめて、もう一度選んでください。")
    if size > MAX_SIZE:
        raise Refusal(f"「{kept}」は10MBを超えています。小さくするか、いくつかに分けて添付してください。")
    extension = PurePath(kept).suffix.lower().removeprefix(".")
    if extension not in allowed or extension not in KINDS:
        words = "・".join(dict.fromkeys(kind.upper().replace("JPEG", "JPG") for kind in allowed))
        raise Refusal(
            f"「{kept}」は添付できない種類です。添付できるのは{words}です。写真に撮って添付することもできます。"
        )
    media_type, heads = KINDS[extension]
    stream.seek(0)
    head = stream.read(_PDF_HEAD)
    stream.seek(0)
    fits = b"%PDF-" in head if extension == "pdf" else head.startswith(heads)
    if not fits:
        raise Refusal(
            f"「{kept}」の中身は、名前の種類（.{extension}）と違うようです。ファイルを開けるか確かめて、もう一度選んでください。"
        )
    if len(kept) > MAX_NAME:
        kept = kept[: MAX_NAME - len(extension) - 1] + "." + extension
    return kept, media_type
