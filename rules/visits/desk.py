"""予約の画面: what staff see of the visits to their counters, by day, by week, over all of them and as a list."""

from __future__ import annotations

import csv
import io
from collections import Counter as Tally
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import clock
from clock import TOKYO
from models import Application, Counter, Reservation, Seat, ask
from rules.applications.export import harmless
from rules.records import access, audit, numbering
from rules.records.session import SignedInStaff
from rules.values.calendar import short_date
from rules.visits import by_town, hours, seats
from rules.visits.lines import Line, lines

_stored = Reservation.starts_at.db_value


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), TOKYO)


def sensible(day: date | None) -> date:
    """The day that is asked for, or today; pages are made of the years around this one only."""
    today = hours.today()
    return day if day is not None and abs((day - today).days) <= 3660 else today


# ---------------------------------------------------------------- a day


@dataclass
class Time:
    """A time of a day and who comes then; `over` the time is gone, `outside` it is none of the present slots."""

    key: str
    words: str
    free: int
    blocked: str
    over: bool
    outside: bool
    ends_at: datetime
    lines: list[Line] = field(default_factory=list)

    def misses(self, line: Line) -> bool:
        """Whether a booking has no slot any more, or one of another length."""
        return self.outside or line.ends_at != self.ends_at


@dataclass(frozen=True)
class Day:
    """The visits of a day at one counter."""

    day: date
    words: str
    why_closed: str
    times: list[Time]
    cancelled: list[Line]

    @property
    def booked(self) -> int:
        return sum(len(one.lines) for one in self.times)

    @property
    def free(self) -> int:
        return sum(one.free for one in self.times)


def day(me: SignedInStaff, counter: Counter, wanted: date) -> Day:
    """Every slot of a day, every booking in it or beside it, and what was cancelled."""
    first, last = midnight(wanted), midnight(wanted + timedelta(days=1))
    plan = hours.plan_of(counter)
    condition = "r.counter_id = {} AND r.starts_at >= {} AND r.starts_at < {} ORDER BY r.starts_at, r.booked_at, r.id"
    found = lines(access.own_divisions(me), condition, counter.id, _stored(first), _stored(last))
    taken = seats.taken_between(counter.id, first, last, clock.now())
    signs = _signs(counter.id, first, last)
    times = {at: _time(counter, plan, at, taken, signs) for at in [*plan.slots(wanted), *signs]}
    for line in found:
        if line.state == "CANCELLED":
            continue
        at = line.starts_at
        if at not in times:
            times[at] = _time(counter, plan, at, taken, signs)
        times[at].lines.append(line)
    return Day(
        wanted,
        short_date(wanted),
        plan.why_closed(wanted),
        [times[at] for at in sorted(times)],
        [line for line in found if line.state == "CANCELLED"],
    )


Taken = dict[str, tuple[int, bool]]


def _time(counter: Counter, plan: hours.Plan, at: datetime, taken: Taken, signs: dict[datetime, Seat]) -> Time:
    ends, now, outside = at + timedelta(minutes=counter.slot_minutes), clock.now(), not plan.offers(at)
    if outside and at in signs:
        ends = signs[at].ends_at
    words = f"{at.hour}:{at.minute:02}〜{ends.hour}:{ends.minute:02}"
    free = 0 if outside else _free(counter, at, taken, now)
    blocked = str(signs[at].blocked) if at in signs else ""
    return Time(f"{at:%Y-%m-%dT%H:%M}", words, free, blocked, ends <= now, outside, ends)


def _free(counter: Counter, at: datetime, taken: Taken, now: datetime) -> int:
    """How many could still come at a time, as staff may book it."""
    count, blocked = taken.get(str(_stored(at)), (0, False))
    over = at + timedelta(minutes=counter.slot_minutes) <= now
    return 0 if blocked or over or counter.closed_at is not None else max(0, counter.seats - count)


def _signs(counter: int, first: datetime, last: datetime) -> dict[datetime, Seat]:
    """The blocked times: until when, and why."""
    sql = "counter_id = {} AND starts_at >= {} AND starts_at < {} AND reservation_id IS NULL"
    return {row.starts_at: row for row in Seat.rows(sql, counter, _stored(first), _stored(last))}


# ---------------------------------------------------------------- a week


@dataclass(frozen=True)
class Cell:
    """One time of one day in the week: how many come, how many still could."""

    key: str
    booked: int
    free: int
    blocked: bool
    over: bool


@dataclass(frozen=True)
class Week:
    """`days` are (day, label, why closed); `rows` (time, a cell or None for each day)."""

    days: list[tuple[date, str, str]]
    rows: list[tuple[str, list[Cell | None]]]


def week(counter: Counter, monday: date) -> Week:
    """The week a day stands in, with what is booked outside the present slots too."""
    days, plan, now = hours.week_of(monday), hours.plan_of(counter), clock.now()
    first, last = midnight(days[0]), midnight(days[-1] + timedelta(days=1))
    taken, booked = seats.taken_between(counter.id, first, last, now), _booked(counter.id, first, last)
    rows: dict[str, list[Cell | None]] = {}
    for number, one in enumerate(days):
        slots = plan.slots(one)
        beside = [at for at in booked if at.date() == one and at not in slots]
        for at in [*slots, *beside]:
            free = 0 if at in beside else _free(counter, at, taken, now)
            blocked = taken.get(str(_stored(at)), (0, False))[1]
            over = at + timedelta(minutes=counter.slot_minutes) <= now
            cell = Cell(f"{at:%Y-%m-%dT%H:%M}", booked.get(at, 0), free, blocked, over)
            rows.setdefault(f"{at:%H:%M}", [None] * 7)[number] = cell
    return Week(
        [(one, short_date(one), plan.why_closed(one)) for one in days],
        [(label.removeprefix("0"), rows[label]) for label in sorted(rows)],
    )


def _booked(counter: int, first: datetime, last: datetime) -> dict[datetime, int]:
    sql = (
        "SELECT starts_at, COUNT(*) FROM reservation WHERE counter_id = {} AND starts_at >= {} AND starts_at < {} "
        "AND state IN ('BOOKED','VISITED','NO_SHOW') GROUP BY starts_at"
    )
    found = ask(sql, counter, _stored(first), _stored(last))
    return {datetime.fromisoformat(at).astimezone(TOKYO): count for at, count in found}


# ---------------------------------------------------------------- over all counters


@dataclass(frozen=True)
class Overview:
    """For each counter: how many come today, and for each day (how many come, how many could, why closed)."""

    days: list[date]
    counters: list[tuple[Counter, list[tuple[int, int, str]]]]


def overview(me: SignedInStaff, span: int = 14) -> Overview:
    """All the open counters of one's divisions from today on; as many questions for twenty of them as for one."""
    counters = [row for row in by_town.own_counters(me) if row.closed_at is None]
    today, now = hours.today(), clock.now()
    days = list(hours.days_between(today, today + timedelta(days=span - 1)))
    plans, booked = hours.plans_of(counters), _come(counters, days)
    taken = seats.taken_at(plans, midnight(days[0]), midnight(days[-1] + timedelta(days=1)), now)
    found = []
    for counter in counters:
        plan, cells = plans[counter.id], []
        for one in days:
            free = sum(_free(counter, at, taken.get(counter.id, {}), now) for at in plan.slots(one))
            cells.append((booked.get((counter.id, one), 0), free, plan.why_closed(one)))
        found.append((counter, cells))
    return Overview(days, found)


def _come(counters: list[Counter], days: list[date]) -> dict[tuple[int, date], int]:
    """How many bookings there are at each counter and day."""
    marks = ",".join(["{}"] * len(counters))
    sql = (
        f"SELECT counter_id, starts_at FROM reservation WHERE counter_id IN ({marks}) "
        "AND starts_at >= {} AND starts_at < {} AND state IN ('BOOKED','VISITED','NO_SHOW')"
    )
    between = (_stored(midnight(days[0])), _stored(midnight(days[-1] + timedelta(days=1))))
    return Tally(
        (key, datetime.fromisoformat(at).astimezone(TOKYO).date())
        for key, at in ask(sql, *(row.id for row in counters), *between)
    )


# ---------------------------------------------------------------- a list


@dataclass(frozen=True)
class Wanted:
    """Which bookings: `words` are part of a name or the beginning of a number."""

    counter: int | None = None
    since: date | None = None
    until: date | None = None
    state: str = ""
    words: str = ""
    page: int = 1


PER_PAGE = 50
MOST = 10_000
STATES = {"BOOKED": "予約中・記録なし", "VISITED": "来庁済み", "NO_SHOW": "来庁なし", "CANCELLED": "取消し"}


def find(me: SignedInStaff, wanted: Wanted) -> tuple[list[Line], bool]:
    """A page of them in the order of their times, and whether there are more."""
    found = _found(me, wanted, PER_PAGE + 1, (wanted.page - 1) * PER_PAGE)
    return found[:PER_PAGE], len(found) > PER_PAGE


def _found(me: SignedInStaff, wanted: Wanted, most: int, skip: int) -> list[Line]:
    mine = access.own_divisions(me)
    keys = [row.id for row in by_town.own_counters(me) if wanted.counter in (None, row.id)]
    if not keys:
        return []
    conditions: list[str] = [f"r.counter_id IN ({','.join(['{}'] * len(keys))})"]
    values: list[Any] = [*keys]
    for condition, value in (
        ("r.starts_at >= {}", _stored(midnight(wanted.since)) if wanted.since else None),
        ("r.starts_at < {}", _stored(midnight(wanted.until + timedelta(days=1))) if wanted.until else None),
        ("r.state = {}", wanted.state if wanted.state in STATES else None),
    ):
        if value is not None:
            conditions.append(condition)
            values.append(value)
    named, more = _by_words(wanted.words)
    order = " ORDER BY r.starts_at, r.id LIMIT {} OFFSET {}"
    return lines(mine, " AND ".join([*conditions, *named]) + order, *values, *more, most, skip)


def _by_words(words: str) -> tuple[list[str], list[str]]:
    if begins := numbering.beginning(words):
        return ["COALESCE(a.number, r.number) LIKE {}"], [f"{begins}%"]
    escaped = [word.replace("!", "!!").replace("%", "!%").replace("_", "!_") for word in words.split()]
    return ["r.name LIKE {} ESCAPE '!'"] * len(escaped), [f"%{word}%" for word in escaped]


HEADINGS = (
    "窓口", "日", "開始", "終了", "番号", "氏名", "電話番号", "用件", "状態", "取下げ・却下", "受けた方法", "メモ",
)  # fmt: skip
_CHANNELS = {"WEB": "インターネット", **by_town.CHANNELS}


def export(me: SignedInStaff, wanted: Wanted) -> bytes:
    """The list as CSV for spreadsheets: UTF-8 with its mark, nothing in it that would be run."""
    found = _found(me, wanted, MOST, 0)
    audit.record("reservations_exported", staff=me, reservations=len(found), counter=wanted.counter or 0)
    return table(HEADINGS, [_cells(line) for line in found])


def _cells(line: Line) -> list[str]:
    return [
        line.counter,
        line.day,
        f"{line.starts_at:%H:%M}",
        f"{line.ends_at:%H:%M}",
        line.number,
        line.name,
        line.telephone,
        line.subject,
        line.state_words,
        line.withdrawn,
        _CHANNELS.get(line.channel, line.channel),
        line.note,
    ]


def table(headings: tuple[str, ...], rows: list[list[str]]) -> bytes:
    """A CSV file, every cell harmless to a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + text.getvalue().encode("utf-8")


# ---------------------------------------------------------------- one booking


def line_of(me: SignedInStaff, row: Reservation) -> Line:
    """A booking that `by_town.own` has found, as a line."""
    return lines(access.own_divisions(me), "r.id = {}", row.id)[0]


def of_application(me: SignedInStaff, sent: Application) -> list[Line]:
    """The visits of an application: the one to come, then the latest."""
    condition = "r.application_id = {} ORDER BY r.state = 'BOOKED' DESC, r.starts_at DESC, r.id DESC"
    return lines(access.own_divisions(me), condition, sent.id)
