"""来庁予約 as a clerk would keep it on paper, counted the slow way; the rules of the product are not asked."""

from __future__ import annotations

from collections import Counter as Count
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from clock import TOKYO

Span = tuple[int, int]
MINUTE = timedelta(minutes=1)


@dataclass
class Desk:
    """A counter: open from Monday to Friday in `hours`, on `days` otherwise. Its days are none of the year's end."""

    id: int
    seats: int
    offered: bool = True
    minutes: int = 30
    hours: tuple[Span, ...] = ((540, 600),)
    first: int = 1
    last: int = 3
    days: dict[date, tuple[Span, ...]] = field(default_factory=dict)
    blocked: dict[datetime, datetime] = field(default_factory=dict)
    shut: bool = False

    def spans(self, day: date) -> tuple[Span, ...]:
        return self.days.get(day, self.hours if day.isoweekday() <= 5 else ())

    def slots(self, day: date) -> list[datetime]:
        midnight, found = datetime.combine(day, time(), TOKYO), []
        for opens, closes in self.spans(day):
            begins = opens
            while begins + self.minutes <= closes:
                found.append(midnight + begins * MINUTE)
                begins += self.minutes
        return found

    def has_slot(self, begins: datetime, ends: datetime) -> bool:
        return begins in self.slots(begins.date()) and ends - begins == self.minutes * MINUTE

    def why_closed(self, begins: datetime, ends: datetime, now: datetime) -> str:
        """Why a resident cannot have a time now, whoever else wants it."""
        ahead = (begins.date() - now.date()).days
        if self.shut or not self.offered:
            return "not offered"
        if ahead <= 0:
            return "today or past"
        if not self.first <= ahead <= self.last:
            return "outside the window"
        if not self.spans(begins.date()):
            return "closed day"
        return "" if self.has_slot(begins, ends) else "no slot"

    def is_blocked(self, begins: datetime, ends: datetime) -> bool:
        return any(since < ends and until > begins for since, until in self.blocked.items())


@dataclass
class Visit:
    """Who has a time: held `until` then, or booked. `turn` is the order in which they came."""

    application: int
    who: int
    desk: Desk
    begins: datetime
    ends: datetime
    until: datetime | None
    turn: int
    # What runs out keeps its place until somebody comes for it.
    in_line: bool = True
    # Of which faults staff were told before they kept it.
    told: set[str] = field(default_factory=set)

    def counts(self, now: datetime) -> bool:
        return self.until is None or self.until > now

    def meets(self, begins: datetime, ends: datetime) -> bool:
        return self.begins < ends and self.ends > begins


class Book:
    """Who has which time, and which mails must have gone out."""

    def __init__(self, desks: list[Desk], most_holds: int, most_bookings: int, hold: timedelta) -> None:
        self.desks = desks
        self.visits: dict[int, Visit] = {}
        self.mails: Count[tuple[int, str]] = Count()
        self._most_holds, self._most_bookings, self._hold = most_holds, most_bookings, hold
        self._turn = 0

    def booked(self) -> list[Visit]:
        return [one for one in self.visits.values() if one.until is None]

    def _others(self, desk: Desk, begins: datetime, ends: datetime, now: datetime, besides: int) -> list[Visit]:
        """Who is at a counter at the same time, in part at least."""
        return [
            one
            for one in self.visits.values()
            if one.desk is desk and one.application != besides and one.counts(now) and one.meets(begins, ends)
        ]

    def _why_no_seat(self, desk: Desk, begins: datetime, now: datetime, besides: int) -> str:
        ends = begins + desk.minutes * MINUTE
        if desk.is_blocked(begins, ends):
            return "blocked"
        taken = self._others(desk, begins, ends, now, besides)
        if len(taken) < desk.seats:
            return ""
        return "full" if all(one.begins == begins and one.ends == ends for one in taken) else "overlapped"

    def _why_enough(self, who: int, desk: Desk, now: datetime, besides: int) -> str:
        mine = [one for one in self.visits.values() if one.who == who and one.application != besides]
        if sum(one.until is not None and one.until > now for one in mine) >= self._most_holds:
            return "many holds"
        return self._why_filled(who, desk, now, besides)

    def _why_filled(self, who: int, desk: Desk, now: datetime, besides: int) -> str:
        mine = [one for one in self.booked() if one.who == who and one.application != besides]
        coming = sum(one.desk is desk and one.begins > now for one in mine)
        return "many bookings" if coming >= self._most_bookings else ""

    def why_too_many(self, application: int, desk: Desk, now: datetime) -> str:
        """Of what is held, or booked at another counter."""
        return self._why_filled(self.visits[application].who, desk, now, application)

    # ------------------------------------------------------------ what residents may

    def why_not_free(self, desk: Desk, begins: datetime, now: datetime) -> str:
        """Of somebody who has nothing yet; where a counter is offered is another page's matter."""
        offered = replace(desk, offered=True, shut=False)
        found = offered.why_closed(begins, begins + desk.minutes * MINUTE, now)
        return found or self._why_no_seat(desk, begins, now, 0)

    def why_not_chosen(self, who: int, application: int, desk: Desk, begins: datetime, now: datetime) -> str:
        present, ends = self.visits.get(application), begins + desk.minutes * MINUTE
        if not desk.offered or desk.shut:
            return "not offered"
        same = present is not None and (present.desk, present.begins) == (desk, begins)
        if present is not None and present.until is None:
            return "" if same else "has one"
        if found := desk.why_closed(begins, ends, now):
            return found
        if self._still_held(application, desk, begins, now):
            return ""
        return self._why_enough(who, desk, now, application) or self._why_no_seat(desk, begins, now, application)

    def _still_held(self, application: int, desk: Desk, begins: datetime, now: datetime) -> bool:
        """Whether a second press of the same time has nothing to do."""
        one = self.visits.get(application)
        return (
            one is not None
            and (one.desk, one.begins) == (desk, begins)
            and (one.until is None or one.until > now and not self._why_lost(one, now))
        )

    def _why_lost(self, one: Visit, now: datetime) -> str:
        if not one.desk.has_slot(one.begins, one.ends):
            return "other slots"
        others = self._others(one.desk, one.begins, one.ends, now, one.application)
        before = [other for other in others if other.until is None or other.turn < one.turn or not one.in_line]
        if len(before) < one.desk.seats:
            return ""
        return "fewer seats" if one.until is not None and one.until > now else "ran out and taken"

    def choose(self, who: int, application: int, desk: Desk, begins: datetime, now: datetime, *, sent: bool) -> None:
        if self._still_held(application, desk, begins, now):
            return
        self._turn += 1
        ends = begins + desk.minutes * MINUTE
        self._comes(desk, begins, ends, now)
        until = None if sent else now + self._hold
        self.visits[application] = Visit(application, who, desk, begins, ends, until, self._turn)
        if sent:
            self.mails[application, "visit_booked"] += 1

    def _comes(self, desk: Desk, begins: datetime, ends: datetime, now: datetime) -> None:
        """Somebody takes a time: whose hold ran out there has lost the place."""
        for one in self.visits.values():
            if one.desk is desk and one.meets(begins, ends) and not one.counts(now):
                one.in_line = False

    def why_not_sent(self, application: int, now: datetime) -> str:
        one = self.visits.get(application)
        if one is None:
            return "not chosen"
        if found := one.desk.why_closed(one.begins, one.ends, now):
            return found
        return "blocked" if one.desk.is_blocked(one.begins, one.ends) else self._why_lost(one, now)

    def send(self, application: int, now: datetime) -> None:
        one = self.visits[application]
        if not one.in_line:
            self._comes(one.desk, one.begins, one.ends, now)
        one.until, one.in_line = None, True
        self.mails[application, "visit_booked"] += 1

    def why_not_changed(self, one: Visit, desk: Desk, begins: datetime, now: datetime, *, stale: bool) -> str:
        if one.begins.date() <= now.date():
            return "on the day"
        if not desk.offered or desk.shut:
            return "not offered"
        if (one.desk, one.begins) == (desk, begins):
            return ""
        found = desk.why_closed(begins, begins + desk.minutes * MINUTE, now) or ("stale" if stale else "")
        if not found and desk is not one.desk:
            found = self.why_too_many(one.application, desk, now)
        return found or self._why_no_seat(desk, begins, now, one.application)

    def change(self, one: Visit, desk: Desk, begins: datetime, now: datetime) -> None:
        if (one.desk, one.begins) == (desk, begins):
            return
        ends = begins + desk.minutes * MINUTE
        self._comes(desk, begins, ends, now)
        one.desk, one.begins, one.ends = desk, begins, ends
        one.told = set()
        self.mails[one.application, "visit_changed"] += 1

    def cancel(self, one: Visit, kind: str = "visit_cancelled") -> None:
        del self.visits[one.application]
        self.mails[one.application, kind] += 1

    def tidy(self, now: datetime) -> None:
        for one in self.visits.values():
            one.in_line = one.in_line and one.counts(now)

    # ------------------------------------------------------------ what staff have to be told

    def faults(self, one: Visit) -> set[str]:
        """What a booking lacks at its counter as it is now."""
        found = {
            "closed counter": one.desk.shut,
            "closed day": not one.desk.spans(one.begins.date()),
            "no slot": not one.desk.has_slot(one.begins, one.ends),
            "blocked": one.desk.is_blocked(one.begins, one.ends),
        }
        return {name for name, wrong in found.items() if wrong}

    def crowded(self, one: Visit) -> bool:
        """Whether somebody there at the same time is one too many."""
        return sum(o.desk is one.desk and o.meets(one.begins, one.ends) for o in self.booked()) > one.desk.seats

    def most_untold(self, desk: Desk, now: datetime) -> int:
        """How many come to a counter for the same moment of whom nobody was told that they are too many."""
        coming = [one for one in self.booked() if one.desk is desk and one.ends > now]
        here = [one for one in coming if "no slot" not in one.told]
        return max((sum(one.begins <= at.begins < one.ends for one in here) for at in here), default=0)

    def tell(self, one: Visit) -> None:
        """Staff were shown a booking and kept it: who is one too many has no slot either."""
        one.told |= self.faults(one) | ({"no slot"} if self.crowded(one) else set())

    def forget_what_was_mended(self) -> None:
        """Who was kept without a slot and has one again is told of anew."""
        for one in self.booked():
            one.told &= self.faults(one) | ({"no slot"} if self.crowded(one) else set())
