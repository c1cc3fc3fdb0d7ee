"""Filled forms: plausible answers to any form, chosen so that its conditions lead where a test wants to go."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

from rules.forms import conditions, fields, form, form_lint

Wanted = dict[str, Any]
"""The value an answer must have, by question key; a column is TABLE.COLUMN."""


class Walk:
    """Fills in a form as its questions appear, with plain answers unless others are wanted."""

    def __init__(self, document: dict[str, Any], wanted: Wanted, today: date) -> None:
        self.form, self.wanted, self.today = document["form"], wanted, today
        self.exits = [page["show_if"] for page in form.pages(self.form) if "exit" in page]
        self.raw: dict[str, Any] = {}
        self.files: dict[str, list[dict[str, Any]]] = {}
        self.end = self._go()

    def _go(self) -> form.Reading:
        while True:
            reading = form.reading(self.form, self.raw, self.files, self.today)
            new = [q for q in form.questions(reading.form) if q["key"] not in self.raw | self.files]
            new = [q for q in new if q["type"] not in (*form_lint.NO_ANSWER, "sum")]
            if not new:
                return reading
            for q in new:
                if q["type"] == "file":
                    self.files[q["key"]] = [{"name": "写し.pdf", "size": 1000, "sha256": "0" * 64, "id": 1}]
                elif q["key"] in self.wanted:
                    self.raw[q["key"]] = fields.raw_of(q, self.wanted[q["key"]])
                else:
                    self.raw[q["key"]] = self._answer(q)

    def _answer(self, q: dict[str, Any]) -> Any:
        """The first plain answer that ends at no exit."""
        found = (raw for raw in answers(q, self.wanted, self.today) if not self._leads_out(q, raw))
        return next(found, None) or next(answers(q, self.wanted, self.today))

    def _leads_out(self, q: dict[str, Any], raw: Any) -> bool:
        value = fields.check(q, raw, self.today)
        return any(cond["question"] == q["key"] and conditions.holds(cond, {q["key"]: value}, self.today)
                   for cond in self.exits)  # fmt: skip


YAMADA = {"family": "山田", "given": "太郎", "family_kana": "ヤマダ", "given_kana": "タロウ"}
TOWN_HALL = {"postal_code": "999-8100", "prefecture": "山形県", "address": "朝凪町浜手1番1号"}
ACCOUNT = {"kind": "yucho", "yucho_symbol": "12345", "yucho_number": "1234567", "holder": "ヤマダ タロウ"}
PLAIN: dict[str, Any] = {"name": YAMADA, "address": TOWN_HALL, "bank_account": ACCOUNT, "telephone": "0999-00-1234",
                         "email": "yamada@example.jp", "corporate_number": "7000012050002", "consent": True,
                         "agreement": True}  # fmt: skip


def answers(q: dict[str, Any], wanted: Wanted, today: date) -> Iterator[Any]:
    """Raw answers that will do for a question, the plainest first."""
    return (raw for raw in _plain(q, wanted, today) if _will_do(q, raw, today))


def _plain(q: dict[str, Any], wanted: Wanted, today: date) -> list[Any]:
    kind, limits = q["type"], q.get("limits", {})
    if kind in PLAIN:
        plain = PLAIN[kind]
        return [fields.raw_of(q, True) if plain is True else fields.fit(q, plain)]
    if kind == "table":
        return [[_row(q, wanted, today)] * max(1, limits.get("min", 0))]
    typed: dict[str, Callable[[], list[Any]]] = {
        "date": lambda: [fields.raw_of(q, day.isoformat()) for day in _days(limits, today)],
        "time": lambda: [fields.raw_of(q, limits.get("from", "09:00"))],
        "number": lambda: [str(number) for number in (limits.get("min", 1), 60, 100, 1000, limits.get("max", 1))],
        "money": lambda: [str(limits.get("min", 1))],
        "choice": lambda: [choice["value"] for choice in q["choices"] if choice["value"]],
        "choices": lambda: [[choice["value"] for choice in q["choices"]][: limits.get("min", 1)]],
        "text": lambda: _words(limits),
        "long_text": lambda: ["れい"],
    }
    return typed[kind]()


def _will_do(q: dict[str, Any], raw: Any, today: date) -> bool:
    try:
        fields.check(q, raw, today)
    except fields.Wrong:
        return False
    return True


def _words(limits: dict[str, Any]) -> list[str]:
    kinds = {"corporate_number": "7000012050002", "kana": "ヤマダ", "digits": "1" * limits.get("min_length", 5)}
    return [kinds.get(limits.get("kind"), "れい")]


def _row(q: dict[str, Any], wanted: Wanted, today: date) -> dict[str, Any]:
    row = {}
    for column in q["columns"]:
        value = wanted.get(f"{q['key']}.{column['key']}")
        row[column["key"]] = next(answers(column, {}, today)) if value is None else fields.raw_of(column, value)
    return row


def _days(limits: dict[str, Any], today: date) -> list[date]:
    """Birthdays long ago and lately, those of every age, yesterday, and the days to come."""
    born = [date(1950, 4, 9), date(1990, 4, 9), *(today.replace(year=today.year - age, day=1) for age in range(100))]
    days = born if limits.get("past") or "age_from" in limits or "age_to" in limits else born[:2]
    return [*days, *(today + timedelta(days=day) for day in range(-1, 60))]


# ---------------------------------------------------------------- what a condition wants


def wanted_by(document: dict[str, Any], cond: dict[str, Any] | None, today: date) -> Wanted:
    """The answers under which a condition holds, and those under which its own question is asked."""
    if cond is None:
        return {}
    asked = {q["key"]: (page, q) for page in form.pages(document["form"]) for q in page["questions"]}
    page, q = asked[cond["question"]]
    above = wanted_by(document, page.get("show_if"), today) | wanted_by(document, q.get("show_if"), today)
    value = _value_for(q, cond, today)
    if q["type"] == "sum":
        return {q["of"][0]: value} | above
    return above | {q["key"]: value}


def _value_for(q: dict[str, Any], cond: dict[str, Any], today: date) -> Any:
    _, operator, wanted = conditions.split(cond)
    match operator:
        case "is_not":
            return next(choice["value"] for choice in q["choices"] if choice["value"] != wanted)
        case "one_of":
            return wanted[0]
        case "includes":
            return [wanted]
        case "age_at_least":
            return today.replace(year=today.year - wanted, day=1).isoformat()
        case "age_below":
            return today.replace(year=today.year - wanted + 1, day=1).isoformat()
        case "at_most" if isinstance(wanted, float):
            return int(wanted)
        case "answered":
            return fields.check(q, next(answers(q, {}, today)), today)
    return wanted
