"""The date question: 西暦 or 和暦 in small fields, kept as an ISO date."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from rules.forms.field_types.base import FieldType, Question, Raw, Value, Wrong, input_id, limit, quote, the
from rules.values import calendar, text

_NAMES = {"year": "年", "month": "月", "day": "日"}
_ERA_IN_YEAR = re.compile(r"(令和|平成|昭和|大正|明治|[令平昭大明RHSTMrhstm])\.?([0-9]+|元)")


class DateField(FieldType):
    """A date as ISO text. limits: past (not after today), future (not before today)."""

    parts = ("era", "year", "month", "day")
    limits = frozenset({"past", "future"})
    profiles = frozenset({"birth_date"})

    def is_empty(self, q: Question, raw: Raw) -> bool:
        return all(text.is_blank(raw[part]) for part in _NAMES)

    def missing(self, q: Question) -> dict[str, str]:
        return {input_id(q, "year"): f"{the(q['label'])}を入力してください。"}

    def value(self, q: Question, raw: Raw, today: date) -> Value:
        typed = self.typed(q, raw)
        try:
            day = calendar.make(*typed)
        except calendar.BadDate as bad:
            raise Wrong({input_id(q, bad.part): f"{the(q['label'])}をお確かめください。{bad.sentence}"}) from None
        if self.is_past(q) and day > today:
            raise Wrong({input_id(q, "year"): f"{the(q['label'])}が、きょうより後になっています。"
                         "日付をお確かめください。"})  # fmt: skip
        if limit(q, "future") and day < today:
            raise Wrong({input_id(q, "year"): f"{the(q['label'])}が、きょうより前になっています。"
                         "日付をお確かめください。"})  # fmt: skip
        return day.isoformat()

    def typed(self, q: Question, raw: dict[str, str]) -> calendar.Typed:
        """Era and numbers out of the small fields; raises Wrong for each that is missing or no number."""
        era, year = raw["era"].strip(), re.sub(r"\s", "", text.half_width(raw["year"]))
        if text.is_blank(raw["month"]) and text.is_blank(raw["day"]) and (whole := calendar.parse_parts(year)):
            return whole if whole.era or not era else whole._replace(era=era)
        if with_era := _ERA_IN_YEAR.fullmatch(year.removesuffix("年")):
            era, year = calendar.LETTERS[with_era[1].upper()], with_era[2]
        numbers, errors = {}, {}
        for part, name in _NAMES.items():
            plain = (year if part == "year" else text.digits(raw[part])).removesuffix(name).strip()
            if plain == "元" and part == "year":
                plain = "1"
            if not plain:
                errors[input_id(q, part)] = f"{the(q['label'])}の「{name}」を入力してください。"
            elif not re.fullmatch("[0-9]{1,4}", plain):
                errors[input_id(q, part)] = (
                    f"{the(q['label'])}の「{name}」は、数字で入力してください。入力されたのは{quote(raw[part])}です。"
                )
            else:
                numbers[part] = int(plain)
        if errors:
            raise Wrong(errors)
        return calendar.Typed(era, **numbers)

    @staticmethod
    def is_past(q: Question) -> bool:
        return bool(limit(q, "past")) or q.get("profile") == "birth_date"

    def show(self, q: Question, value: Value, today: date | None) -> list[str]:
        day = date.fromisoformat(value)
        shown = calendar.show_date(day)
        if today is not None and q.get("profile") == "birth_date":
            shown += f"　{calendar.age(day, today)}歳"
        return [shown]

    def raw_of(self, q: Question, value: Value) -> Raw:
        day = date.fromisoformat(value)
        return {"era": "", "year": str(day.year), "month": str(day.month), "day": str(day.day)}

    def from_profile(self, q: Question, fact: Any) -> Raw | None:
        return self.raw_of(q, fact) if isinstance(fact, str) and fact else None

    def lint(self, q: Question) -> Iterator[str]:
        if limit(q, "past") and limit(q, "future"):
            yield "past と future の両方があると、きょうの日付のほかは入力できません。"
        for name in ("past", "future"):
            if not isinstance(limit(q, name, False), bool):
                yield f"{name} は true か false にしてください。"
