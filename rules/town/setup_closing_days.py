"""閉庁日: entering and removing them, and the 期限 of open applications that are counted anew in the same act."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import clock
from models import Application, ClosingDay, Status, ask, transaction
from rules import Refusal
from rules.applications import processing_time
from rules.procedures import procedure
from rules.records import audit
from rules.records.access import Missing
from rules.records.session import SignedInStaff
from rules.town import closing_day, setup_fields
from rules.values import calendar

# A day that is over can be put in or out for so long: a typhoon is entered when it is over.
STILL = timedelta(days=31)
AHEAD = timedelta(days=366 * 2)
LONGEST = 40
QUESTIONS = [
    setup_fields.other("from", "date", "閉庁日", "何日か続くときは、初めの日。", required=True),
    setup_fields.other("until", "date", "終わりの日", "1日だけのときは、入力しません。"),
    setup_fields.line("name", "理由", "例：町の記念日、庁舎の移転", 40, required=True),
]


class Day(NamedTuple):
    """A day on which the town hall is closed; `id` is None for one that is the same everywhere."""

    id: int | None
    day: date
    words: str
    name: str
    removable: bool


# ---------------------------------------------------------------- reading


def of_year(me: SignedInStaff, year: int) -> list[Day]:
    """The town's own closing days and the public holidays of a year, in their order."""
    earliest = clock.today() - STILL
    rows = ask(
        "SELECT id, day, name FROM closing_day WHERE town_id = {} AND day BETWEEN {} AND {}",
        me.town,
        f"{year}-01-01",
        f"{year}-12-31",
    )
    own = [(key, date.fromisoformat(day), name) for key, day, name in rows]
    found = [Day(key, day, calendar.short_date(day), name, day >= earliest) for key, day, name in own]
    for day, name in calendar.holidays().items():
        if day.year == year:
            found.append(Day(None, day, calendar.short_date(day), name, False))
    return sorted(found, key=lambda one: (one.day, one.id is None))


def years(me: SignedInStaff) -> list[int]:
    """The years there is something to see of: from the first closing day to the next year."""
    this = clock.today().year
    first = ask("SELECT MIN(day) FROM closing_day WHERE town_id = {}", me.town)[0][0]
    return list(range(min(this, int(first[:4])) if first else this, this + 3))


def one(me: SignedInStaff, key: int) -> ClosingDay:
    """A closing day of one's own town, or Missing."""
    found = ClosingDay.row("id = {} AND town_id = {}", key, me.town) if me.town else None
    if found is None:
        raise Missing
    return found


def run(row: ClosingDay) -> list[ClosingDay]:
    """The days around one that follow each other under the same name, as they were entered at once.

    What was closed anyway does not part them: entering leaves it out.
    """
    closed = {one.day: one for one in ClosingDay.rows("town_id = {}", row.town_id)}
    days = {day: one for day, one in closed.items() if one.name == row.name}
    found = [row]
    for step in (-1, 1):
        day = row.day + timedelta(days=step)
        while day in closed or calendar.why_closed(day):
            found += [days[day]] if day in days else []
            day += timedelta(days=step)
    return sorted(found, key=lambda one: one.day)


# ---------------------------------------------------------------- acts


class Done(NamedTuple):
    """What an act has come to: the days, and how many open applications have another 期限."""

    days: int
    moved: int


def add(me: SignedInStaff, values: dict[str, Any]) -> Done:
    """閉庁日を加える; days that are closed anyway are left out, and pressed twice it adds nothing more."""
    wanted = _days(values)
    with transaction():
        before = closing_day.days(me.town)
        name = values["name"].strip()
        new = [day for day in wanted if day not in before]
        for day in new:
            ClosingDay.create(town=me.town, day=day, name=name)
        moved = recount(me, before, before | set(new))
        if new:
            audit.record("closing_day_added", staff=me, days=[day.isoformat() for day in new])
    return Done(len(new), moved)


def _days(values: dict[str, Any]) -> list[date]:
    first = date.fromisoformat(values["from"])
    last = date.fromisoformat(values["until"]) if values["until"] else first
    today = clock.today()
    if first < today - STILL:
        raise Refusal("", {"q-from-year": f"過ぎた日を入れられるのは、{STILL.days}日前までです。"})
    if last < first:
        raise Refusal("", {"q-until-year": "終わりの日が、初めの日より前になっています。"})
    if last > today + AHEAD:
        raise Refusal("", {"q-from-year": "2年より先の日は、まだ入れられません。"})
    if (last - first).days >= LONGEST:
        raise Refusal("", {"q-until-year": f"一度に入れられるのは、{LONGEST}日までです。"})
    every = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    found = [day for day in every if not calendar.why_closed(day)]
    if not found:
        why = calendar.why_closed(first)
        raise Refusal("", {"q-from-year": f"その日は、もともと閉庁日です（{why}）。入れる必要はありません。"})
    return found


def remove(me: SignedInStaff, key: int, seen: date, *, whole: bool) -> Done:
    """取り消す: the one day, or the `whole` run of days it stands in; what is long over stays as it was.

    The id of a day that was taken back may be another's by now: `seen` is the day that was looked at. Pressed twice,
    the second press finds it done.
    """
    row = ClosingDay.row("id = {}", key)
    if row is not None and row.town_id != me.town:
        raise Missing
    if row is None or row.day != seen:
        return Done(0, 0)
    earliest = clock.today() - STILL
    with transaction():
        before = closing_day.days(me.town)
        gone = [day for day in (run(row) if whole else [row]) if day.day >= earliest]
        if not gone:
            raise Refusal("過ぎた閉庁日は、記録として残します。取り消せません。")
        ClosingDay.delete().where(ClosingDay.id.in_([day.id for day in gone])).execute()
        moved = recount(me, before, before - {day.day for day in gone})
        audit.record("closing_day_removed", staff=me, days=[day.day.isoformat() for day in gone])
    return Done(len(gone), moved)


# ---------------------------------------------------------------- 期限

# Since when the days of an application are counted: its arrival, or the end of its last correction.
_COUNTED = """
SELECT a.id, a.form_version_id, a.due_on, a.submitted_at,
  (SELECT MAX(COALESCE(c.resolved_at, c.ended_at)) FROM correction c WHERE c.application_id = a.id)
FROM application a
WHERE a.town_id = {} AND a.due_on IS NOT NULL AND a.status IN ({}, {})"""
_AT_ONCE = 500


def recount(me: SignedInStaff, before: Iterable[date], after: Iterable[date]) -> int:
    """Move the 期限 of the open applications whose days a change touches; call inside its transaction."""
    old, new = frozenset(before), frozenset(after)
    if old == new:
        return 0
    eve = min(old ^ new) - timedelta(days=1)
    by_new_day: dict[date, list[int]] = {}
    known: dict[tuple[date, date], date] = {}
    for key, version, due, arrived, resumed in ask(_COUNTED, me.town, str(Status.SUBMITTED), str(Status.IN_REVIEW)):
        if processing_time.by_calendar(procedure.document_of(version)):
            continue
        start, due_on = max(_day(arrived), _day(resumed or arrived), eve), date.fromisoformat(due)
        if (start, due_on) not in known:
            left = calendar.business_days_between(start, due_on, old)
            known[start, due_on] = calendar.add_business_days(start, left, new) if left > 0 else due_on
        if known[start, due_on] != due_on:
            by_new_day.setdefault(known[start, due_on], []).append(key)
    for day, keys in by_new_day.items():
        for first in range(0, len(keys), _AT_ONCE):
            Application.update(due_on=day).where(Application.id.in_(keys[first : first + _AT_ONCE])).execute()
    return sum(map(len, by_new_day.values()))


def _day(stored: str) -> date:
    return datetime.fromisoformat(stored).astimezone(clock.TOKYO).date()
