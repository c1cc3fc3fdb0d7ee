"""来庁予約の統計: how many visits a month had at each counter, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from clock import TOKYO
from models import Reservation, ask
from rules.counters import booking_list, by_town
from rules.records import audit
from rules.records.session import SignedInStaff
from rules.visits import hours


@dataclass(frozen=True)
class Count:
    """Of the visits in some month: all that were booked, and of these visited, missed, cancelled, not yet noted."""

    booked: int = 0
    visited: int = 0
    no_show: int = 0
    cancelled: int = 0

    @property
    def open(self) -> int:
        return self.booked - self.visited - self.no_show - self.cancelled

    def __add__(self, other: Count) -> Count:
        return Count(
            self.booked + other.booked,
            self.visited + other.visited,
            self.no_show + other.no_show,
            self.cancelled + other.cancelled,
        )

    @property
    def cells(self) -> tuple[int, ...]:
        return self.booked, self.visited, self.no_show, self.cancelled, self.open


HEADINGS = ("予約", "来庁済み", "来庁なし", "取消し", "これから・記録なし")


@dataclass(frozen=True)
class Year:
    """`counters` are (name, a count for each of the twelve months, the year's)."""

    year: int
    counters: list[tuple[str, list[Count], Count]]
    months: list[Count]
    total: Count


def of_year(me: SignedInStaff, year: int) -> Year:
    """The months of a year by the town's calendar, for every counter of one's own divisions."""
    rows = by_town.own_counters(me)
    known = _counts([row.id for row in rows], year)
    found = []
    for row in rows:
        months = [known.get((row.id, month), Count()) for month in range(1, 13)]
        if row.closed_at is None or any(one.booked for one in months):
            found.append((row.name, months, sum(months, Count())))
    months = [sum((counter[1][at] for counter in found), Count()) for at in range(12)]
    return Year(year, found, months, sum(months, Count()))


def _counts(counters: list[int], year: int) -> dict[tuple[int, int], Count]:
    """By counter and month; the months are cut in the town's time, which the database does not know."""
    if not counters:
        return {}
    one = (
        "SELECT counter_id, {}, state, COUNT(*) FROM reservation "
        f"WHERE counter_id IN ({','.join(['{}'] * len(counters))}) AND starts_at >= {{}} AND starts_at < {{}} "
        "AND state NOT IN ('HELD','EXPIRED') GROUP BY 1, 3"
    )
    firsts = [_month(year, month) for month in range(1, 13)] + [_month(year + 1, 1)]
    values = [[at, *counters, firsts[at - 1], firsts[at]] for at in range(1, 13)]
    found: dict[tuple[int, int], Count] = {}
    for counter, at, state, count in ask(" UNION ALL ".join([one] * 12), *(each for month in values for each in month)):
        more = Count(count, *(count if state == name else 0 for name in ("VISITED", "NO_SHOW", "CANCELLED")))
        found[counter, at] = found.get((counter, at), Count()) + more
    return found


def _month(year: int, month: int) -> Any:
    return Reservation.starts_at.db_value(datetime.combine(date(year, month, 1), time(), TOKYO))


# Counter by counter an index knows both ends at once.
_ENDS = """
SELECT (SELECT MIN(starts_at) FROM reservation WHERE counter_id = c.id) AS a,
  (SELECT MAX(starts_at) FROM reservation WHERE counter_id = c.id) AS b
FROM counter c WHERE c.id"""


def years(me: SignedInStaff) -> list[int]:
    """The years in which one's own counters have bookings, and this one."""
    keys, this = [row.id for row in by_town.own_counters(me)], hours.today().year
    first, last = ask(f"SELECT MIN(a), MAX(b) FROM ({_ENDS} IN ({','.join(['{}'] * len(keys))}))", *keys)[0]
    ends = [datetime.fromisoformat(at).astimezone(TOKYO).year for at in (first, last) if at]
    return list(range(min([this, *ends]), max([this, *ends]) + 1))


def export(me: SignedInStaff, year: int) -> bytes:
    """The same as CSV: a row for each counter and month."""
    found = of_year(me, year)
    audit.record("reservations_exported", staff=me, year=year)
    rows = [
        [name, f"{year}-{month:02}", *map(str, count.cells)]
        for name, months, _ in found.counters
        for month, count in enumerate(months, 1)
    ]
    return booking_list.table(("窓口", "月", *HEADINGS), rows)
