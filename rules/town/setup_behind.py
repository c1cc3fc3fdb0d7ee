"""設定の画面: two people at one form; the one who is late sees what the other did, and loses nothing typed."""

from __future__ import annotations

from typing import Any, NamedTuple

from models import JSON, ask
from rules import Refusal
from rules.forms import fields
from rules.values import behind, calendar

_LATE = (
    "ほかの職員が、先にこの内容を変えたため、まだ保存していません。いま入力した内容は、下に残っています。"
    "違うところを見て、よければ、もう一度「保存する」を押してください。"
)


class Stale(Refusal):
    """Somebody else was first; nothing was saved."""

    def __init__(self, sentence: str = _LATE) -> None:
        super().__init__(sentence)


class Difference(NamedTuple):
    """A field in which what is kept differs from what was typed."""

    label: str
    theirs: str
    mine: str


class Behind(NamedTuple):
    """Who changed it and when, and where the two differ."""

    changed: str
    fields: list[Difference]


def compare(questions: list[dict[str, Any]], mine: dict[str, Any], kept: dict[str, Any], changed: str) -> Behind:
    """What stands there now beside what was typed, both as raw answers to the questions of the form."""
    found = []
    for q in questions:
        theirs, typed = _words(q, kept.get(q["key"])), _words(q, mine.get(q["key"]))
        if theirs != typed:
            found.append(Difference(q["label"], theirs or "（なし）", typed or "（なし）"))
    return Behind(changed, found)


def _words(q: dict[str, Any], raw: Any) -> str:
    answer = fields.fit(q, raw)
    names = {choice["value"]: choice["label"] for choice in q.get("choices", ())}
    pieces = answer.values() if isinstance(answer, dict) else answer if isinstance(answer, list) else [answer]
    return "、".join(names.get(piece, str(piece)) for piece in pieces if piece)


def last_change(town: int | None, acts: tuple[str, ...], **detail: Any) -> str:
    """When and by whom something of a town was last changed, out of the audit log; "" where nobody did.

    `detail` is what the entry says, or what it begins with.
    """
    told = str(JSON().db_value(detail))
    sql = (
        "SELECT a.at, s.name FROM audit_entry a JOIN staff s ON s.id = a.staff_id WHERE a.town_id = {} "
        f"AND a.act IN ({','.join(['{}'] * len(acts))}) AND (a.detail = {{}} OR a.detail LIKE {{}}) "
        "ORDER BY a.at DESC, a.id DESC LIMIT 1"
    )
    row = next(iter(ask(sql, town, *acts, told, f"{told[:-1]},%")), None)
    return behind.changed(calendar.read_instant(row[0]), row[1]) if row else ""
