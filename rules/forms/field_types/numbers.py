"""Question types of one number with a form of its own: 金額, 法人番号."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from rules.forms.field_types.base import FieldType, Question, Raw, Value, Wrong, input_id, limit, quote, the
from rules.forms.field_types.plain import TextField, bare_number
from rules.values import text


class MoneyField(FieldType):
    """An amount in whole yen. limits: min (0 unless given), max."""

    limits = frozenset({"min", "max"})
    most_digits = 12

    def value(self, q: Question, raw: Raw, today: date) -> Value:
        label = the(q["label"])
        plain = bare_number(text.digits(raw).lstrip("¥\\￥"), "円")
        if not re.fullmatch("-?[0-9]+", plain):
            raise Wrong({input_id(q): f"{label}は、金額を数字で入力してください。例：12,000　"
                         f"入力されたのは{quote(raw)}です。"})  # fmt: skip
        if len(plain.lstrip("-")) > self.most_digits:
            raise Wrong({input_id(q): f"{label}の数字が長すぎます。{self.most_digits}けたまでで入力してください。"})
        amount = int(plain)
        least, most = _bounds(q)
        if amount < least:
            raise Wrong({input_id(q): f"{label}は、{yen(least)}以上の金額を入力してください。"})
        if most is not None and amount > most:
            raise Wrong({input_id(q): f"{label}は、{yen(most)}以下の金額を入力してください。"})
        return amount

    def show(self, q: Question, value: Value, today: date | None) -> list[str]:
        return [yen(value)]

    def raw_of(self, q: Question, value: Value) -> Raw:
        return f"{value:,}"

    def terms(self, q: Question) -> str:
        least, most = _bounds(q)
        from_words = f"{yen(least)}以上" if least > 0 else ""
        until_words = f"{yen(most)}以下" if most is not None else ""
        return f"{from_words}{until_words}で入力してください。" if from_words or until_words else ""

    def from_profile(self, q: Question, fact: Any) -> Raw | None:
        return None

    def lint(self, q: Question) -> Iterator[str]:
        least, most = limit(q, "min", 0), limit(q, "max")
        largest = 10**self.most_digits
        for bound in (least, most):
            if bound is not None and (type(bound) is not int or not -largest < bound < largest):
                yield f"最小と最大（min、max）は、円の整数で決めてください。いまは {bound} です。"
                return
        if most is not None and (least or 0) > most:
            yield f"どんな金額も入力できません。最小 {least or 0} が最大 {most} より大きくなっています。"


def yen(amount: int) -> str:
    """'12,000円'"""
    return f"{amount:,}円"


def _bounds(q: Question) -> tuple[int, int | None]:
    least, most = limit(q, "min"), limit(q, "max")
    return least if type(least) is int else 0, most if type(most) is int else None


class CorporateNumberField(FieldType):
    """法人番号: thirteen digits, the first of which checks the others."""

    profiles = frozenset({"corporate_number"})

    def value(self, q: Question, raw: Raw, today: date) -> Value:
        number = re.sub(r"[-\s]", "", text.digits(raw))
        TextField.check_corporate_number(q, number)
        return number

    def terms(self, q: Question) -> str:
        return "" if q.get("hint") else "13けたの数字です。"
