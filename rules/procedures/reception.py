"""受付期間: when a procedure takes applications, from the words of its file."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime, time, timedelta

from clock import TOKYO
from models import Procedure
from rules.values.calendar import show_date, show_instant

# The first and the last day: of every year, or of one, then with a time where it is not the whole day.
_YEARLY = re.compile("([0-9]{2})-([0-9]{2})")
_DATED = re.compile("([0-9]{4}-[0-9]{2}-[0-9]{2})(?: ([0-9]{2}:[0-9]{2}))?")
# Far from both ends of what a date can be: a day more or less, or another time zone, is still a date.
YEARS = range(2000, 2200)

Window = tuple[datetime | None, datetime | None]
"""(opens, closes); the moment of closing is outside. None: no such end."""


def is_wrong(said: str) -> bool:
    """Whether one end of a period cannot be read."""
    if not said:
        return False
    try:
        if yearly(said):
            date(2000, int(said[:2]), int(said[3:]))
        else:
            return _instant(said, last=False).year not in YEARS
    except ValueError:
        return True
    return False


def yearly(said: str) -> bool:
    return _YEARLY.fullmatch(said) is not None


def is_empty(first: str, last: str) -> bool:
    """Whether a period of fixed days ends before it begins."""
    return _instant(last, last=True) <= _instant(first, last=False)


def window(first: str, last: str, now: datetime) -> Window:
    """The window that is open now, else the next one, else the last there was."""
    if yearly(first) and yearly(last):
        return next(
            found for year in range(now.year - 1, now.year + 2) if now < (found := _of_year(first, last, year))[1]
        )
    return _instant(first, last=False) if first else None, _instant(last, last=True) if last else None


def is_open(procedure: Procedure, now: datetime) -> bool:
    """Whether a procedure takes applications at this moment."""
    opens, closes = window(procedure.period_from, procedure.period_until, now)
    return (opens is None or opens <= now) and (closes is None or now < closes)


def opens_later(procedure: Procedure, now: datetime) -> bool:
    """Whether its period is still to come."""
    opens, _ = window(procedure.period_from, procedure.period_until, now)
    return opens is not None and now < opens


def words(first: str, last: str) -> str:
    """'毎年 6月1日から6月30日まで', '2026年6月1日(月) 9:00から…'; '' where there is none."""
    if yearly(first) and yearly(last):
        return f"毎年 {_day_of_year(first)}から{_day_of_year(last)}まで"
    since = f"{_shown(first)}から" if first else ""
    return since + (f"{_shown(last)}まで" if last else "")


def _of_year(first: str, last: str, year: int) -> tuple[datetime, datetime]:
    """The window that begins in a year; it may run over the year's end."""
    return _midnight(_in(first, year)), _midnight(_in(last, year + (last < first)) + timedelta(days=1))


def _in(said: str, year: int) -> date:
    month, day = int(said[:2]), int(said[3:])
    return date(year, month, min(day, monthrange(year, month)[1]))


def _instant(said: str, *, last: bool) -> datetime:
    found = _DATED.fullmatch(said)
    if found is None:
        raise ValueError(said)
    day = date.fromisoformat(found[1])
    if found[2]:
        return datetime.combine(day, time.fromisoformat(found[2]), TOKYO)
    return _midnight(day + timedelta(days=1 if last else 0))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), TOKYO)


def _day_of_year(said: str) -> str:
    return f"{int(said[:2])}月{int(said[3:])}日"


def _shown(said: str) -> str:
    if " " in said:
        return show_instant(_instant(said, last=False))
    return show_date(date.fromisoformat(said))
