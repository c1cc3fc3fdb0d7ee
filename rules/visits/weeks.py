"""予約の表: a week of a counter as rows of times and columns of days, in words."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

import clock
from clock import TOKYO
from models import Counter
from rules.values import calendar
from rules.values.calendar import short_date, wareki_near
from rules.visits import hours, seats, telling

FREE, FULL, CLOSED, LATER = "free", "full", "closed", "later"
# '09:05' of each minute of a day.
_CLOCK = [f"{minute // 60:02}:{minute % 60:02}" for minute in range(1440)]
_NO_DATE = "日付は「12月1日」か「令和8年12月1日」のように入力してください。"
_DAY = re.compile("([0-9]{1,2})[月./-]([0-9]{1,2})日?")


class Cell(NamedTuple):
    """One time of one day; `key` is what a form sends for it, `label` what is read aloud."""

    key: str
    state: str
    words: str
    label: str = ""
    left: int = 0


@dataclass(frozen=True)
class Day:
    """A column: its label, and why there is nothing to book, or ""."""

    day: date
    label: str
    why_not: str


@dataclass(frozen=True)
class Week:
    """`rows` are (time, a cell or None for each day); `before` and `after` the weeks beside it with days to book."""

    days: list[Day]
    rows: list[tuple[str, list[Cell | None]]]
    before: date | None
    after: date | None
    free: int

    @property
    def words(self) -> str:
        """'12月1日（火）から12月7日（月）まで'"""
        return f"{wareki_near(self.days[0].day)}から{wareki_near(self.days[-1].day)}まで"


@dataclass(frozen=True)
class Choice:
    """The page one chooses a time on: the counters there are, the one looked at, its week, and what is wrong with
    the date that was asked for.
    """

    counters: list[Counter]
    counter: Counter | None
    week: Week | None
    asked: str
    wrong: str
    # Whom to call, where nothing is free in the whole time that can be booked; else "".
    call: str = ""

    @property
    def monday(self) -> str:
        return self.week.days[0].day.isoformat() if self.week is not None else ""


def key_of(starts_at: datetime) -> str:
    """'2026-12-01T09:00', in the town's time."""
    return starts_at.astimezone(TOKYO).isoformat()[:16]


def time_of(key: str) -> datetime | None:
    """The time a form sent; None where there is no such time."""
    try:
        found = datetime.strptime(key, "%Y-%m-%dT%H:%M")
    except ValueError:
        return None
    return found.replace(tzinfo=TOKYO) if key_of(found.replace(tzinfo=TOKYO)) == key else None


def choice(counters: list[Counter], counter: str, asked: str, present: datetime | None = None) -> Choice:
    """What to show of `counters`, a counter's id and a date being what an address says of them.

    Without a date the week of `present`, the time one has, else the first with a free seat.
    """
    found = next((one for one in counters if str(one.id) == counter), counters[0] if counters else None)
    if found is None:
        return Choice([], None, None, asked, "")
    plan, today = hours.plan_of(found), hours.today()
    first, last = plan.window(today)
    wrong, monday = "", None
    if asked.strip():
        monday, wrong = _read(asked, hours.week_of(first)[0], hours.week_of(last)[-1], first, last)
    if monday is None and present is not None and first <= present.astimezone(TOKYO).date() <= last:
        monday = present.astimezone(TOKYO).date()
    seen, call = _week(found, plan, monday or _first_open(plan, today)), ""
    if not seen.free:
        free = _first_free(found, plan, today)
        if free is None:
            call = telling.telephone_of(found)
        elif monday is None:
            seen = _week(found, plan, free)
    return Choice(counters, found, seen, asked, wrong, call)


def _read(typed: str, from_day: date, to_day: date, first: date, last: date) -> tuple[date | None, str]:
    """The date that was asked for, or None and the sentence about it; without a year it is the one to come."""
    typed = _with_year(typed, from_day)
    try:
        found = calendar.parse(typed)
    except calendar.BadDate as bad:
        return None, bad.sentence if calendar.parse_parts(typed) else _NO_DATE
    if not from_day <= found <= to_day:
        between = f"{wareki_near(first)}から{wareki_near(last)}まで"
        return None, f"予約できるのは、{between}です。この間の日付を入力してください。"
    return found, ""


def _with_year(typed: str, first: date) -> str:
    """'12月28日' as pages print it, with the year in which that day comes next."""
    # The day of the week stands behind it there.
    plain = re.sub(r"\s|[(][月火水木金土日][)]$", "", unicodedata.normalize("NFKC", typed))
    found = _DAY.fullmatch(plain)
    if not found:
        return plain
    month, day = int(found[1]), int(found[2])
    return f"{first.year + ((month, day) < (first.month, first.day))}-{month}-{day}"


def _first_open(plan: hours.Plan, today: date) -> date:
    first, last = plan.window(today)
    return next((day for day in hours.days_between(first, last) if plan.minutes(day)), first)


def _first_free(counter: Counter, plan: hours.Plan, today: date) -> date | None:
    """The first day with a free seat; one look-up for all that can be booked."""
    first, last = plan.window(today)
    taken = _taken(counter, plan, first, last)
    for day in hours.days_between(first, last):
        for minute in plan.minutes(day):
            count, blocked = taken.get(f"{day}T{_CLOCK[minute]}", _NONE_TAKEN)
            if not blocked and count < counter.seats:
                return day
    return None


def _taken(counter: Counter, plan: hours.Plan, first: date, last: date) -> dict[str, tuple[int, bool]]:
    """(seats taken, whether it is blocked) of the times of these days, by their keys: hundreds of cells need not be
    turned into instants.
    """
    found = seats.taken_between(
        counter.id, hours.midnight(first), hours.midnight(last + timedelta(days=1)), clock.now(), plan
    )
    return {key_of(calendar.read_instant(at)): count for at, count in found.items()}


def week(counter: Counter, monday: date) -> Week:
    """What a resident sees of a week: only what can be booked from today is free."""
    return _week(counter, hours.plan_of(counter), monday)


def _week(counter: Counter, plan: hours.Plan, wanted: date) -> Week:
    today, days = hours.today(), hours.week_of(wanted)
    first, last = plan.window(today)
    taken = _taken(counter, plan, days[0], days[-1])
    columns = [Day(day, short_date(day), _why_not(plan, day, today, first, last)) for day in days]
    cells: dict[int, list[Cell | None]] = {}
    free = 0
    for at, column in enumerate(columns):
        date_part = f"{column.day}T"
        for minute in plan.minutes(column.day):
            cell = _cell(counter.seats, column, date_part + _CLOCK[minute], taken)
            row = cells.get(minute)
            if row is None:
                row = cells[minute] = [None] * 7
            row[at] = cell
            free += cell.left > 0
    return Week(
        columns,
        [(_CLOCK[minute].removeprefix("0"), cells[minute]) for minute in sorted(cells)],
        days[0] - timedelta(days=7) if _any_open(plan, first, days[0] - timedelta(days=1)) else None,
        days[0] + timedelta(days=7) if _any_open(plan, days[-1] + timedelta(days=1), last) else None,
        free,
    )


def _any_open(plan: hours.Plan, first: date, last: date) -> bool:
    """Whether there is a day to book among these; none where they are the wrong way round."""
    return any(plan.minutes(day) for day in hours.days_between(first, last))


def _why_not(plan: hours.Plan, day: date, today: date, first: date, last: date) -> str:
    if not plan.minutes(day):
        return plan.why_closed(day) or "枠なし"
    if day <= today or day < first:
        return "受付終了"
    return "受付前" if day > last else ""


_NONE_TAKEN = (0, False)


def _cell(seats_there: int, day: Day, key: str, taken: dict[str, tuple[int, bool]]) -> Cell:
    if day.why_not:
        return Cell(key, LATER, "－")
    count, blocked = taken.get(key, _NONE_TAKEN)
    if blocked:
        return Cell(key, CLOSED, "休止")
    left = seats_there - count
    return _free(day.label, key, left) if left > 0 else Cell(key, FULL, "満席")


# Those of all counters and of everybody who looks are the same ones.
@lru_cache(maxsize=8192)
def _free(day: str, key: str, left: int) -> Cell:
    words = f"空き{left}"
    return Cell(key, FREE, words, f"{words}　{day} {key[-5:].removeprefix('0')}から", left)
