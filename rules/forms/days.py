"""The day an answer is judged by: today, or for one that was sent before, the day it was first sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from rules.forms import fields
from rules.forms.fields import Question, Raw, Value, Wrong


@dataclass(frozen=True)
class Days:
    """Today, and the sendings before with the days of their arrival, the first one first.

    Who turns 18 while an application is being corrected, or whose chosen day passes, has done nothing wrong.
    """

    today: date
    sent: tuple[tuple[date, Mapping[str, Value]], ...] = ()

    def of(self, key: str, value: Value) -> date:
        """The day by which the answer to a question is judged, and by which an age is counted."""
        if value is None:
            return self.today
        return next((day for day, values in self.sent if values.get(key) == value), self.today)

    def check(self, q: Question, raw: Raw) -> Value:
        """The value; raises Wrong where it will do neither today nor as it was sent."""
        try:
            return fields.check(q, raw, self.today)
        except Wrong:
            before = [(day, values[q["key"]]) for day, values in self.sent if values.get(q["key"]) is not None]
            if before and q["type"] == "table":
                return fields.TABLE.check_again(q, raw, self.today, before)
            for day, value in before:
                if _as_sent(q, raw, day) == value:
                    return value
            raise


def _as_sent(q: Question, raw: Raw, day: date) -> Value:
    try:
        return fields.check(q, raw, day)
    except Wrong:
        return None


def as_days(today: date | Days) -> Days:
    """A day alone: nothing was sent before."""
    return today if isinstance(today, Days) else Days(today)
