"""窓口の予定: on which days a counter is open, from when to when, and the times that can be booked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import clock
from clock import TOKYO
from models import Counter, ask
from rules.town import closing_day
from rules.values import calendar

NO_SLOT = "この日時には、予約の枠がありません。表の中から選び直してください。"
Span = tuple[int, int]
"""(opens, closes) in minutes since midnight, the end outside."""


@dataclass(frozen=True)
class Plan:
    """When a counter is open: `weekdays` by 1 (Monday) to 7, `days` for single days, `closed` days of the town."""

    slot_minutes: int
    on_holidays: bool
    days_from: int
    days_until: int
    weekdays: dict[int, tuple[Span, ...]]
    days: dict[date, tuple[tuple[Span, ...], str]]
    closed: frozenset[date]

    def spans(self, day: date) -> tuple[Span, ...]:
        """The hours of a day; () when the counter is closed."""
        if day in self.days:
            return self.days[day][0]
        return () if self._holiday(day) else self.weekdays.get(day.isoweekday(), ())

    def why_closed(self, day: date) -> str:
        """Why there is nothing to book on a day, in a word or two; "" when it is open."""
        if self.spans(day):
            return ""
        if day in self.days:
            return self.days[day][1] or "お休み"
        return self._holiday(day) or "お休み"

    def _holiday(self, day: date) -> str:
        if day in self.closed:
            return closing_day.words("")
        if not (1, 3) < (day.month, day.day) < (12, 29):
            return "年末年始"
        return "" if self.on_holidays else calendar.holidays().get(day, "")

    def slots(self, day: date) -> list[datetime]:
        """The times of a day that can be booked, the last one ending before the hours do."""
        begins = midnight(day)
        return [begins + timedelta(minutes=minute) for minute in self.minutes(day)]

    def minutes(self, day: date) -> list[int]:
        """The same in minutes since midnight."""
        return [
            minute
            for opens, closes in self.spans(day)
            for minute in range(opens, closes - self.slot_minutes + 1, self.slot_minutes)
        ]

    def offers(self, starts_at: datetime) -> bool:
        """Whether a time is one of the slots, whatever the booking window says."""
        return starts_at in self.slots(starts_at.astimezone(TOKYO).date())

    def fits(self, starts_at: datetime, ends_at: datetime) -> bool:
        """Whether a visit from then till then is one of the slots, as long as they are now."""
        return ends_at - starts_at == timedelta(minutes=self.slot_minutes) and self.offers(starts_at)

    def window(self, today: date) -> tuple[date, date]:
        """The first and the last day that can be booked today: never today itself (R-5.2)."""
        return today + timedelta(days=max(1, self.days_from)), today + timedelta(days=self.days_until)

    def why_not(self, starts_at: datetime, today: date) -> str:
        """The sentence that says why a time cannot be booked by a resident, seats apart; "" if it can."""
        day = starts_at.astimezone(TOKYO).date()
        first, last = self.window(today)
        if day <= today:
            return "きょうより前の日と、きょうの予約はできません。あす以降の日時を選んでください。"
        if not first <= day <= last:
            return (
                f"予約できるのは、{calendar.wareki_near(first)}から{calendar.wareki_near(last)}までです。"
                "この間の日時を選んでください。"
            )
        if not self.offers(starts_at):
            return NO_SLOT
        return ""


def plan_of(counter: Counter) -> Plan:
    """The plan of a counter as it stands now; three look-ups."""
    return plans_of([counter])[counter.id]


_HOURS = "SELECT counter_id, weekday, opens, closes FROM opening_hours WHERE counter_id IN ({}) ORDER BY weekday, opens"
_DAYS = "SELECT counter_id, day, opens, closes, reason FROM counter_day WHERE counter_id IN ({}) ORDER BY opens"


def plans_of(counters: list[Counter]) -> dict[int, Plan]:
    """The plans of several counters of one town, by their ids; the same three look-ups."""
    keys = [counter.id for counter in counters]
    marks = ",".join(["{}"] * len(keys))
    weekdays: dict[int, dict[int, list[Span]]] = {key: {} for key in keys}
    days: dict[int, dict[date, tuple[tuple[Span, ...], str]]] = {key: {} for key in keys}
    for key, weekday, opens, closes in ask(_HOURS.replace("{}", marks), *keys) if keys else ():
        weekdays[key].setdefault(weekday, []).append((opens, closes))
    for key, day, opens, closes, reason in ask(_DAYS.replace("{}", marks), *keys) if keys else ():
        before, _ = days[key].get(date.fromisoformat(day), ((), ""))
        days[key][date.fromisoformat(day)] = (before if opens is None else (*before, (opens, closes)), reason)
    closed = closing_day.days(counters[0].town_id) if counters else frozenset()
    return {
        counter.id: Plan(
            counter.slot_minutes,
            counter.on_holidays,
            counter.days_from,
            counter.days_until,
            {weekday: tuple(spans) for weekday, spans in weekdays[counter.id].items()},
            days[counter.id],
            closed,
        )
        for counter in counters
    }


def midnight(day: date) -> datetime:
    """When a day begins in the town."""
    return datetime.combine(day, time(), TOKYO)


def bounds(first: date, last: date) -> tuple[datetime, datetime]:
    """Between which instants these days lie, both counted; the end outside."""
    return midnight(first), midnight(last + timedelta(days=1))


def days_between(first: date, last: date) -> Iterator[date]:
    """Both ends counted."""
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def week_of(day: date) -> list[date]:
    """Monday to Sunday."""
    monday = day - timedelta(days=day.weekday())
    return list(days_between(monday, monday + timedelta(days=6)))


def today() -> date:
    """The town's date: a booking for the next day is one until midnight in Tokyo."""
    found: date = clock.today()
    return found


def clock_words(minutes: int) -> str:
    """'9:05'; 1440 is '24:00'."""
    return f"{minutes // 60}:{minutes % 60:02d}"
