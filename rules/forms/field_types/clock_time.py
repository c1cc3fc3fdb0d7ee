"""The time question: an hour and a minute of the day, 24 hours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from rules.forms.field_types.base import FieldType, Question, Raw, Value, Wrong, input_id, limit, quote, the
from rules.values import text

_NAMES = {"hour": ("時", 23), "minute": ("分", 59)}
_STEPS = (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60)
_CHOSEN = 5
"""From this step on, hour and minute are chosen instead of typed."""


class TimeField(FieldType):
    """A time as 'HH:MM'. limits: from, until ('HH:MM'), step (minutes, counted from `from`)."""

    parts = ("hour", "minute")
    limits = frozenset({"from", "until", "step"})

    def missing(self, q: Question) -> dict[str, str]:
        verb = "選んで" if options(q) else "入力して"
        return {input_id(q, "hour"): f"{the(q['label'])}を{verb}ください。"}

    def value(self, q: Question, raw: Raw, today: date) -> Value:
        numbers, errors = {}, {}
        for part, (name, most) in _NAMES.items():
            plain = text.digits(raw[part]).removesuffix(name).strip()
            if not plain:
                also = "ちょうどのときは、0を入力します。" if part == "minute" and not options(q) else ""
                verb = "選んで" if options(q) else "入力して"
                errors[input_id(q, part)] = f"{the(q['label'])}の「{name}」を{verb}ください。{also}"
            elif not re.fullmatch("[0-9]{1,2}", plain) or int(plain) > most:
                errors[input_id(q, part)] = (
                    f"{the(q['label'])}の「{name}」は、0から{most}までの数字で入力してください。"
                    f"入力されたのは{quote(raw[part])}です。"
                )
            else:
                numbers[part] = int(plain)
        if errors:
            raise Wrong(errors)
        minutes = numbers["hour"] * 60 + numbers["minute"]
        first, last, step = _bounds(q)
        if not first <= minutes <= last or (minutes - first) % step:
            raise Wrong({input_id(q, "hour"): f"{the(q['label'])}は、{_wanted(q)}の時刻を入力してください。"})
        return _written(minutes)

    def show(self, q: Question, value: Value, today: date | None) -> list[str]:
        return [words(_minutes(value) or 0)]

    def cells(self, q: Question, value: Value) -> list[str]:
        return [str(value)]

    def raw_of(self, q: Question, value: Value) -> Raw:
        hour, _, minute = str(value).partition(":")
        return {"hour": str(int(hour)), "minute": minute}

    def as_typed(self, q: Question, raw: Raw) -> list[str]:
        return ["".join(raw[part] + (name if raw[part].strip() else "") for part, (name, _) in _NAMES.items())]

    def terms(self, q: Question) -> str:
        verb = "選んで" if options(q) else "入力して"
        return f"{_wanted(q)}で{verb}ください。" if _bounds(q) != (0, 1439, 1) else ""

    def from_profile(self, q: Question, fact: Any) -> Raw | None:
        return None

    def lint(self, q: Question) -> Iterator[str]:
        for name in ("from", "until"):
            bound = limit(q, name)
            if bound is not None and _minutes(bound) is None:
                yield f"時刻（{name}）は、09:00 のように、00:00から23:59までで決めてください。いまは {bound} です。"
                return
        first, last, _ = _bounds(q)
        if first > last:
            yield f"どんな時刻も入力できません。{_written(first)}から{_written(last)}までになっています。"
        if limit(q, "step", 1) not in _STEPS or isinstance(limit(q, "step", 1), bool):
            yield f"きざみ（step）は、{'、'.join(map(str, _STEPS))}（分）のどれかにしてください。"


def options(q: Question) -> tuple[list[str], list[str]] | None:
    """(hours, minutes) to choose from where the steps leave few; None where they are typed."""
    first, last, step = _bounds(q)
    if step < _CHOSEN:
        return None
    fitting = range(first, last + 1, step)
    hours, minutes = {at // 60 for at in fitting}, {at % 60 for at in fitting}
    return [str(hour) for hour in sorted(hours)], [f"{minute:02}" for minute in sorted(minutes)]


def words(minutes: int) -> str:
    """'13時30分'"""
    return f"{minutes // 60}時{minutes % 60:02}分"


def _minutes(written: Any) -> int | None:
    """The minutes since midnight of 'HH:MM'; None for anything else."""
    found = re.fullmatch("([01][0-9]|2[0-3]):([0-5][0-9])", written) if isinstance(written, str) else None
    return int(found[1]) * 60 + int(found[2]) if found else None


def _written(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _bounds(q: Question) -> tuple[int, int, int]:
    first, last, step = _minutes(limit(q, "from")), _minutes(limit(q, "until")), limit(q, "step")
    sound = type(step) is int and step in _STEPS
    return first or 0, 1439 if last is None else last, step if sound else 1


def _wanted(q: Question) -> str:
    first, last, step = _bounds(q)
    since = f"{words(first)}から{words(last)}まで" if (first, last) != (0, 1439) else ""
    return since + (f"{'、' if since else ''}{step}分きざみ" if step > 1 else "")
