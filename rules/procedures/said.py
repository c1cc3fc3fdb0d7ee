"""Values of a document in a sentence: short, in words, and whatever their shape."""

from __future__ import annotations

import json
from typing import Any

from rules.values import text

_LONGEST = 40


def said(value: Any) -> str:
    """A value as a sentence shows it."""
    if value is None or value in ("", [], {}):
        return "なし"
    if isinstance(value, bool):
        return "はい" if value else "いいえ"
    if isinstance(value, str):
        return short(value)
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list):
        return short("、".join(said(one) for one in value))
    return short(json.dumps(value, ensure_ascii=False))


def short(words: str) -> str:
    line = text.one_line(words).strip()
    return f"{line[:_LONGEST]}…" if len(line) > _LONGEST else line


def changed(label: str, old: str, new: str) -> str:
    """「手数料」が「なし」から「300」に変わります。"""
    if old == new:
        return f"{label}が変わります。"
    return f"{label}が「{old}」から「{new}」に変わります。"


def text_changed(label: str, old: Any, new: Any) -> str:
    """The same for a text, which may be long: then only the first line that differs is shown."""
    if old in (None, "") or new in (None, ""):
        return f"{label}が{'加わります' if old in (None, '') else 'なくなります'}。"
    if not isinstance(old, str) or not isinstance(new, str):
        return changed(label, said(old), said(new))
    if "\n" not in old + new and max(len(old), len(new)) <= _LONGEST:
        return changed(label, old, new)
    before, after = old.splitlines(), new.splitlines()
    lost = next((line for line in before if line.strip() and line not in after), "")
    won = next((line for line in after if line.strip() and line not in before), "")
    parts = [f"「{short(line)}」{what}" for line, what in ((lost, "がなくなり"), (won, "が入り")) if line]
    return f"{label}の文が変わります" + (f"（{'、'.join(parts)}ます）。" if parts else "（並びや改行だけ）。")


def table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def tables(value: Any) -> list[dict[str, Any]]:
    """The tables in a list, whatever else stands there."""
    return [one for one in listed(value) if isinstance(one, dict)]
