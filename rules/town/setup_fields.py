"""設定の画面の項目: the questions their forms are made of."""

from __future__ import annotations

from typing import Any

Question = dict[str, Any]


def line(key: str, label: str, hint: str, most: int, *, required: bool = False, **limits: Any) -> Question:
    """One line of text of at most so many letters."""
    asked = {"key": key, "type": "text", "label": label, "hint": hint, "required": required}
    return asked | {"limits": {"max_length": most, "width": "long", **limits}}


def choice(
    key: str, label: str, hint: str, choices: list[tuple[str, str]], *, look: str = "radio", required: bool = True
) -> Question:
    """One of several: (value, words)."""
    asked = {"key": key, "type": "choice", "label": label, "hint": hint, "required": required, "limits": {"look": look}}
    return asked | {"choices": [{"value": value, "label": words} for value, words in choices]}


def other(key: str, kind: str, label: str, hint: str, *, required: bool = False) -> Question:
    """A question of a type that needs nothing said: telephone, email, date …"""
    return {"key": key, "type": kind, "label": label, "hint": hint, "required": required}
