"""予約の予定表: who comes to a counter on a day and in a week, and what is free at all of them over two weeks."""

from __future__ import annotations

from collections import Counter as Tally
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import clock
from clock import TOKYO
from models import Counter, Reservation, Seat, ask
from rules.counters import by_town
from rules.counters.lines import Line, lines
from rules.records import access
from rules.records.session import SignedInStaff
from rules.town import closing_day
from rules.values.calendar import read_instant, short_date, wareki
from rules.visits import hours, seats

CLOSED = "閉じた窓口"
_stored = Reservation.starts_at.db_value
Taken = dict[str, tuple[int, bool]]


def shown(day: date) -> bool:
    """Whether there is a page of a day: of the years around this one only."""
    return abs((day - hours.today()).days) <= 3660


# ---------------------------------------------------------------- what stands between two days


@dataclass(frozen=True)
class _Book:
    """A counter between two days: `taken` by seats, `signs` the times out of use, `visits` what was booked."""

    counter: Counter
    plan: hours.Plan
    taken: Taken
    signs: list[Seat]
    visits: list[tuple[datetime, datetime]]
    now: datetime

    def ends(self, at: datetime) -> datetime:
        return at + timedelta(minutes=self.plan.slot_minutes)

    def free(self, at: datetime) -> int:
        return _free(self.counter, at, self.taken, self.now)

    def blocked(self, at: datetime) -> str:
        """Why the time, or a part of it, is out of use; "" where it is not."""
        ends = self.ends(at)
        return next((str(one.blocked) for one in self.signs if one.starts_at < ends and one.ends_at > at), "")

    def full(self, at: datetime) -> str:
        """Why nobody else can come at a time that is not out of use and not over."""
        if self.counter.closed_at is not None:
            return CLOSED
        ends = self.ends(at)
        here = [starts for starts, until in self.visits if starts < ends and until > at]
        if self.taken.get(str(_stored(at)), (0, False))[0] > len(here):
            return "満席（手続き中の方がいます）"
        return "ほかの予約と重なる" if any(starts != at for starts in here) else "満席"


def _free(counter: Counter, at: datetime, taken: Taken, now: datetime) -> int:
    """How many could still come at a time, as staff may book it."""
    count, blocked = taken.get(str(_stored(at)), (0, False))
    over = at + timedelta(minutes=counter.slot_minutes) <= now
    return 0 if blocked or over or counter.closed_at is not None else max(0, counter.seats - count)


def _signs(counter: int, first: datetime, last: datetime) -> list[Seat]:
    sql = "counter_id = {} AND starts_at >= {} AND starts_at < {} AND reservation_id IS NULL ORDER BY starts_at"
    return Seat.rows(sql, counter, _stored(first), _stored(last))


def _why_closed(town: int, plan: hours.Plan, days: list[date]) -> dict[date, str]:
    """Why there is nothing to book on each of these days; a closing day of the town by its name."""
    found = {day: plan.why_closed(day) for day in days}
    if plan.closed.intersection(days):
        for day, name in closing_day.names(town, days[0], days[-1]).items():
            if found[day] == closing_day.words(""):
                found[day] = closing_day.words(name)
    return found


# ---------------------------------------------------------------- a day


@dataclass
class Time:
    """A time of a day and who comes then; `over` the time is gone, `outside` it is none of the present slots.

    `full` says why nobody else can come, where there is no seat.
    """

    key: str
    words: str
    free: int
    blocked: str
    full: str
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

    @property
    def coming(self) -> list[Line]:
        return [line for one in self.times for line in one.lines]


def day(me: SignedInStaff, counter: Counter, wanted: date) -> Day:
    """Every slot of a day, every booking in it or beside it, and what was cancelled."""
    return days(me, counter, [wanted])[0]


def days(me: SignedInStaff, counter: Counter, wanted: list[date]) -> list[Day]:
    """The same of days that follow each other; as many questions for seven of them as for one."""
    first, last = hours.bounds(wanted[0], wanted[-1])
    plan = hours.plan_of(counter)
    condition = "r.counter_id = {} AND r.starts_at >= {} AND r.starts_at < {} ORDER BY r.starts_at, r.booked_at, r.id"
    found = lines(access.own_divisions(me), condition, counter.id, _stored(first), _stored(last))
    live, now = [line for line in found if line.state != "CANCELLED"], clock.now()
    taken = seats.taken_between(counter.id, first, last, now, plan)
    visits = [(line.starts_at, line.ends_at) for line in live]
    book = _Book(counter, plan, taken, _signs(counter.id, first, last), visits, now)
    why = _why_closed(counter.town_id, plan, wanted)
    return [
        Day(
            one,
            f"{wareki(one)}{short_date(one)}",
            why[one],
            _times(book, one, [line for line in live if line.starts_at.date() == one]),
            [line for line in found if line.state == "CANCELLED" and line.starts_at.date() == one],
        )
        for one in wanted
    ]


def _times(book: _Book, wanted: date, found: list[Line]) -> list[Time]:
    """The slots of a day, the times out of use and those at which somebody comes."""
    signs = {one.starts_at: one for one in book.signs if one.starts_at.astimezone(TOKYO).date() == wanted}
    begins = {*book.plan.slots(wanted), *signs, *(line.starts_at for line in found)}
    times = {at: _time(book, at, signs.get(at)) for at in sorted(begins)}
    for line in found:
        times[line.starts_at].lines.append(line)
    return list(times.values())


def _time(book: _Book, at: datetime, sign: Seat | None) -> Time:
    outside, free = not book.plan.offers(at), book.free(at)
    ends = sign.ends_at if outside and sign is not None else book.ends(at)
    words = f"{at.hour}:{at.minute:02}〜{ends.hour}:{ends.minute:02}"
    blocked, beside, full = str(sign.blocked) if sign is not None else "", book.blocked(at), ""
    if not blocked and (outside or not free):
        full = f"休止（{beside}）と重なる" if beside else book.full(at)
    free = 0 if outside else free
    return Time(f"{at:%Y-%m-%dT%H:%M}", words, free, blocked, full, ends <= book.now, outside, ends)


# ---------------------------------------------------------------- a week


@dataclass(frozen=True)
class Cell:
    """One time of one day in the week: how many come, how many still could, or why nobody can."""

    key: str
    booked: int
    free: int
    blocked: str
    full: str
    over: bool


@dataclass(frozen=True)
class Week:
    """`days` are (day, label, why closed); `rows` (time, a cell or None for each day)."""

    days: list[tuple[date, str, str]]
    rows: list[tuple[str, list[Cell | None]]]


def week(counter: Counter, wanted: date, besides: int = 0) -> Week:
    """The week a day stands in, with what is booked outside the present slots too.

    The booking `besides` is the one that is to be moved: its own seat is free to it.
    """
    days, plan, now = hours.week_of(wanted), hours.plan_of(counter), clock.now()
    first, last = hours.bounds(days[0], days[-1])
    visits = _visits(counter.id, first, last, besides)
    taken = seats.taken_between(counter.id, first, last, now, plan, besides=besides)
    book = _Book(counter, plan, taken, _signs(counter.id, first, last), visits, now)
    booked, rows = Tally(starts for starts, _ in visits), dict[str, list[Cell | None]]()
    for number, one in enumerate(days):
        slots = plan.slots(one)
        beside = sorted(at for at in booked if at.date() == one and at not in slots)
        for at in [*slots, *beside]:
            cell = _cell(book, at, booked[at], outside=at in beside)
            rows.setdefault(f"{at:%H:%M}", [None] * 7)[number] = cell
    why = _why_closed(counter.town_id, plan, days)
    return Week(
        [(one, short_date(one), why[one]) for one in days],
        [(label.removeprefix("0"), rows[label]) for label in sorted(rows)],
    )


def _cell(book: _Book, at: datetime, booked: int, *, outside: bool) -> Cell:
    free = 0 if outside else book.free(at)
    over = book.ends(at) <= book.now
    shut = book.counter.closed_at is not None
    full = "" if free or over or outside or shut else book.full(at)
    return Cell(f"{at:%Y-%m-%dT%H:%M}", booked, free, book.blocked(at), full, over)


def _visits(counter: int, first: datetime, last: datetime, besides: int) -> list[tuple[datetime, datetime]]:
    sql = (
        "SELECT starts_at, ends_at FROM reservation WHERE counter_id = {} AND starts_at >= {} AND starts_at < {} "
        "AND state IN ('BOOKED','VISITED','NO_SHOW') AND id <> {}"
    )
    found = ask(sql, counter, _stored(first), _stored(last), besides)
    return [(read_instant(starts), read_instant(ends)) for starts, ends in found]


# ---------------------------------------------------------------- over all counters


@dataclass(frozen=True)
class Overview:
    """For each counter: how many come today, and for each day (how many come, how many could, why closed)."""

    days: list[date]
    counters: list[tuple[Counter, list[tuple[int, int, str]]]]


def overview(me: SignedInStaff, span: int = 14) -> Overview:
    """The counters of one's divisions from today on, closed ones as long as somebody comes to them; as many questions
    for twenty of them as for one.
    """
    own, today, now = by_town.own_counters(me), hours.today(), clock.now()
    shut = _still_visited([row.id for row in own if row.closed_at is not None])
    counters = [row for row in own if row.closed_at is None or row.id in shut]
    days = list(hours.days_between(today, today + timedelta(days=span - 1)))
    plans, booked = hours.plans_of(counters), _come(counters, days)
    taken = seats.taken_at(plans, *hours.bounds(days[0], days[-1]), now)
    found = []
    for counter in counters:
        plan, cells = plans[counter.id], []
        for one in days:
            free = sum(_free(counter, at, taken.get(counter.id, {}), now) for at in plan.slots(one))
            why = plan.why_closed(one) if counter.closed_at is None else CLOSED
            cells.append((booked.get((counter.id, one), 0), free, why))
        found.append((counter, cells))
    return Overview(days, found)


def _still_visited(keys: list[int]) -> set[int]:
    """Which of these counters somebody comes to, today or later."""
    if not keys:
        return set()
    marks = ",".join(["{}"] * len(keys))
    sql = f"SELECT DISTINCT counter_id FROM reservation WHERE counter_id IN ({marks}) AND starts_at >= {{}} "
    return {key for (key,) in ask(sql + "AND state = 'BOOKED'", *keys, _stored(hours.midnight(hours.today())))}


def _come(counters: list[Counter], days: list[date]) -> dict[tuple[int, date], int]:
    """How many bookings there are at each counter and day."""
    marks = ",".join(["{}"] * len(counters))
    sql = (
        f"SELECT counter_id, starts_at FROM reservation WHERE counter_id IN ({marks}) "
        "AND starts_at >= {} AND starts_at < {} AND state IN ('BOOKED','VISITED','NO_SHOW')"
    )
    between = [_stored(at) for at in hours.bounds(days[0], days[-1])]
    return Tally(
        (key, datetime.fromisoformat(at).astimezone(TOKYO).date())
        for key, at in ask(sql, *(row.id for row in counters), *between)
    )
