"""The calculated question: what earlier numbers come to; nothing is typed, and nothing from a browser is believed."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from rules.forms.field_types.base import FieldType, FormData, Question, Raw, Value, limit
from rules.forms.field_types.plain import NumberField

ADDED = ("number", "money", "sum")
"""Types that can be added up; in a table the first two."""


class SumField(FieldType):
    """What the questions or the column `of` come to, int or decimal text. limits: unit."""

    parts = ()
    limits = frozenset({"unit"})
    extra_keys = frozenset({"of"})

    def blank(self, q: Question) -> Raw:
        return ""

    def read(self, q: Question, form: FormData) -> Raw:
        return ""

    def fit(self, q: Question, raw: Raw) -> Raw:
        return raw if isinstance(raw, str) else ""

    def check(self, q: Question, raw: Raw, today: date) -> Value:
        """None: `total` knows, from the values of the others."""
        return None

    def show(self, q: Question, value: Value, today: date | None) -> list[str]:
        return [f"{NumberField.plain(q, Decimal(str(value)))}{limit(q, 'unit', '')}"]

    def from_profile(self, q: Question, fact: Any) -> Raw | None:
        return None

    def lint(self, q: Question) -> Iterator[str]:
        if not isinstance(limit(q, "unit", ""), str):
            yield "単位（unit）は、文字で決めてください。"


def total(q: Question, values: Mapping[str, Value]) -> Value:
    """What the parts come to, of those that are answered; None where none is."""
    found = [number for part in q.get("of", ()) for number in _numbers(str(part), values)]
    if not found:
        return None
    added = sum(found, Decimal())
    return int(added) if added == added.to_integral_value() else format(added.normalize(), "f")


def _numbers(part: str, values: Mapping[str, Value]) -> Iterator[Decimal]:
    key, _, column = part.partition(".")
    value = values.get(key)
    rows = value if isinstance(value, list) else []
    for one in [row.get(column) for row in rows if isinstance(row, dict)] if column else [value]:
        try:
            if one is not None:
                yield Decimal(str(one))
        except InvalidOperation:
            continue


def with_unit(q: Question, kinds: Mapping[str, str]) -> Question:
    """The question with 円 as its unit where all it adds is money; `kinds` are the types by key or TABLE.COLUMN."""
    parts = q.get("of") or ()
    if limit(q, "unit") is not None or not parts or any(kinds.get(str(part)) != "money" for part in parts):
        return q
    return {**q, "limits": {**(q.get("limits") or {}), "unit": "円"}}


def sum_faults(q: Question, before: Mapping[str, Question], later: Container[str]) -> Iterator[str]:
    """What is wrong with what a sum adds up; `before` are the questions that stand before it."""
    parts = q.get("of")
    if not isinstance(parts, list) or not parts:
        yield "合計する項目（of）が1つもありません。"
        return
    for at, part in enumerate(parts):
        if not isinstance(part, str) or not part:
            yield "合計する項目（of）は、項目のキーで書いてください。"
        elif part in parts[:at]:
            yield f"合計する項目「{part}」が二度あります。"
        elif fault := _part_fault(q, part, before, later):
            yield fault


def _part_fault(q: Question, part: str, before: Mapping[str, Question], later: Container[str]) -> str:
    key, dot, column = part.partition(".")
    found = before.get(key)
    if key == q.get("key"):
        return "合計に、この項目自身は足せません。"
    if found is None and key in later:
        return f"合計する項目「{key}」は、これより後にあります。前にある項目を選んでください。"
    if found is None:
        return f"合計する項目「{key}」が、様式にありません。"
    if not dot:
        return "" if found["type"] in ADDED else f"「{found.get('label')}」は数字の項目ではないので、合計できません。"
    columns = found.get("columns") if found["type"] == "table" else None
    one = next((c for c in columns or () if isinstance(c, dict) and c.get("key") == column), None)
    if one is None:
        return f"合計する列「{part}」が、様式にありません。"
    return "" if one.get("type") in ADDED[:2] else f"列「{one.get('label')}」は数字の列ではないので、合計できません。"
