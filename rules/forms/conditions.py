"""条件: whether a page or a question is asked, by what an earlier question was answered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from rules.values import calendar

Condition = dict[str, Any]
"""{"question": key, operator: what it is compared with}"""

_EQUALS = ("is", "is_not", "one_of")
_MEASURES = ("at_least", "at_most")
_AGES = ("age_at_least", "age_below")
_OPERATORS: dict[str, tuple[str, ...]] = {
    "choice": (*_EQUALS, "answered"),
    "choices": ("includes", "answered"),
    "consent": ("is", "answered"),
    "agreement": ("is", "answered"),
    "number": (*_EQUALS, *_MEASURES, "answered"),
    "money": (*_EQUALS, *_MEASURES, "answered"),
    "sum": (*_EQUALS, *_MEASURES, "answered"),
    "date": ("is", "is_not", *_MEASURES, *_AGES, "answered"),
}
NOT_COMPARED = ("heading", "paper_form", "file", "password")
"""Types on which no condition can look."""
ALL = ("is", "is_not", "one_of", "includes", *_MEASURES, *_AGES, "answered")


def operators(kind: str) -> tuple[str, ...]:
    """The operators that fit a type of question; none where no condition can look at it."""
    return () if kind in NOT_COMPARED else _OPERATORS.get(kind, ("answered",))


def split(cond: Condition) -> tuple[str, str, Any]:
    """(question key, operator, what it is compared with); "" for what is not there."""
    operator = next((name for name in cond if name != "question"), "")
    return str(cond.get("question", "")), operator, cond.get(operator)


def holds(cond: Condition, values: Mapping[str, Any], today: date) -> bool:
    """Whether a condition is met; a question without an answer, or hidden, meets only {"answered": false}."""
    key, operator, wanted = split(cond)
    value = values.get(key)
    if operator == "answered":
        return (value is not None) == (wanted is not False)
    if value is None:
        return False
    if operator in ("is", "is_not"):
        return same(value, wanted) == (operator == "is")
    if operator == "one_of":
        return any(same(value, one) for one in wanted) if isinstance(wanted, list) else False
    if operator == "includes":
        return wanted in value if isinstance(value, list) else False
    if operator in _AGES:
        return _of_age(operator, value, wanted, today)
    return _measured(operator, value, wanted)


def same(value: Any, wanted: Any) -> bool:
    """Whether an answer equals what is wanted: numbers by what they are worth, all else as it stands."""
    if isinstance(wanted, bool) or isinstance(value, bool):
        return value is wanted
    if isinstance(wanted, int | float):
        number = _number(value)
        return number is not None and number == _number(wanted)
    return bool(value == wanted)


def _measured(operator: str, value: Any, wanted: Any) -> bool:
    low, high = (wanted, value) if operator == "at_least" else (value, wanted)
    if isinstance(wanted, str):  # a day: ISO texts sort as the days do
        return isinstance(value, str) and low <= high
    least, most = _number(low), _number(high)
    return least is not None and most is not None and least <= most


def _of_age(operator: str, value: Any, wanted: Any, today: date) -> bool:
    try:
        age = calendar.age(date.fromisoformat(value), today)
    except (TypeError, ValueError):
        return False
    if isinstance(wanted, bool) or not isinstance(wanted, int):
        return False
    return age >= wanted if operator == "age_at_least" else age < wanted


def _number(found: Any) -> Decimal | None:
    try:
        return None if isinstance(found, bool) else Decimal(str(found))
    except InvalidOperation:
        return None
