"""Any sequence of opening, holding, booking, changing, cancelling, closing days and time going by (R-5.3)."""

from __future__ import annotations

from collections import Counter as Count
from datetime import datetime, timedelta
from typing import Any

import pytest
from cast_acts import person
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from visit_acts import at, make_counter, visiting

import clock
from clock import TOKYO
from models import Counter, CounterDay, OpeningHours, Reservation, Seat
from rules import Refusal
from rules.applications import draft, submission
from rules.visits import booking, by_resident, hours, seats, weeks

# Few enough for people to meet; today and a Saturday are among them.
DAYS = ["2026-11-25", "2026-12-01", "2026-11-26", "2026-11-24", "2026-11-28"]
SLOTS = [f"{day}T09:00" for day in (*DAYS[:2] * 3, *DAYS)] + [f"{day}T09:30" for day in DAYS[:2] * 2]
ACTS = (
    *("begin", "hold", "send", "hold_and_send", "change", "cancel") * 2,
    *("hold", "hold_and_send", "discard", "close_day", "open_day", "block", "unblock", "time_goes_by", "expire"),
    *("longer", "later_hours"),
)
MINUTES = (1, 1, 2, 4, 9, 9, 10, 11, 60, 600)
QUESTION = {
    "key": "color",
    "type": "text",
    "label": "毛の色",
    "hint": "",
    "required": True,
    "limits": {"max_length": 9},
}
SHORT = {"pages": [{"key": "dog", "title": "犬", "intro": "", "questions": [QUESTION]}]}


class Visits(RuleBasedStateMachine):
    """Beside the service, what a clerk would keep on paper: who was told which time, and of which closed day."""

    cast: Any = None
    runs = 0

    def __init__(self) -> None:
        super().__init__()
        type(self).runs += 1
        self.now = at("2026-11-24", "08:00")
        self.people = [self.cast.keiko, self.cast.ken]
        self.drafts: list[tuple[Any, int]] = []
        self.booked: dict[int, tuple[int, str]] = {}
        self.told_closed: set[tuple[int, str]] = set()
        with clock.at(self.now.isoformat()):
            self.wanted = visiting(self.cast.town, "booking", form=SHORT, id=f"dogs-{self.runs}")
            self.counters = [
                make_counter(self.cast.town, f"窓口{self.runs}-{number}", self.wanted.division_id, seats=number)
                for number in (1, 2)
            ]
            for who in (0, 1, 0, 1):
                self.begin(who)

    def teardown(self) -> None:
        # The next run begins at the same time with the same people.
        Reservation.update(state="EXPIRED").where(Reservation.state == "HELD").execute()
        Counter.update(closed_at=self.now).where(Counter.id.in_([one.id for one in self.counters])).execute()

    # ------------------------------------------------------------ what people do

    # One rule that draws what happens: rules of their own are left out by turns, and little would meet.
    @rule(act=st.sampled_from(ACTS), which=st.integers(0, 9), where=st.integers(0, 1), slot=st.sampled_from(SLOTS))
    def happens(self, act: str, which: int, where: int, slot: str) -> None:
        with clock.at(self.now.isoformat()):
            getattr(self, act)(which, where, slot)

    def begin(self, which: int, *_: Any) -> None:
        who = self.people[which % 2]
        written = draft.start(self.wanted, person(who))
        draft.save_page(written, SHORT["pages"][0], {"color": "茶"})
        self.drafts.append((who, written.id))

    def hold(self, which: int, where: int, slot: str) -> None:
        if not self.drafts:
            return
        who, key = self.drafts[which % len(self.drafts)]
        counter = self.counters[where]
        free = self._free(counter, slot, besides=key)
        try:
            booking.choose(person(who), key, str(counter.id), slot)
        except Refusal:
            assert not free, "refused although there was a seat"
        else:
            assert free, "held although there was none"

    def send(self, which: int, *_: Any) -> None:
        if not self.drafts:
            return
        who, key = self.drafts[which % len(self.drafts)]
        written = draft.editable(person(who), key)
        digest, mark = submission.sheet(written).sha256, booking.mark_of(booking.of(written))
        try:
            booking.send(person(who), key, digest, mark)
        except Refusal:
            return
        self.drafts.remove((who, key))
        row = Reservation.get((Reservation.application == key) & (Reservation.state == "BOOKED"))
        self.booked[row.id] = (row.counter_id, weeks.key_of(row.starts_at))

    def hold_and_send(self, which: int, where: int, slot: str) -> None:
        self.hold(which, where, slot)
        self.send(which)

    def discard(self, which: int, *_: Any) -> None:
        if len(self.drafts) > 3:
            who, key = self.drafts.pop(which % len(self.drafts))
            draft.discard(draft.editable(person(who), key))

    def change(self, which: int, where: int, slot: str) -> None:
        if not self.booked:
            return
        key = sorted(self.booked)[which % len(self.booked)]
        row = Reservation.get_by_id(key)
        stale = which == 9
        try:
            by_resident.change_time(person(row.resident), key, row.revision - stale, str(self.counters[where].id), slot)
        except Refusal:
            return
        self.booked[key] = (self.counters[where].id, slot)

    def cancel(self, which: int, *_: Any) -> None:
        if not self.booked:
            return
        key = sorted(self.booked)[which % len(self.booked)]
        row = Reservation.get_by_id(key)
        try:
            by_resident.cancel(person(row.resident), key, row.revision)
        except Refusal:
            assert booking.day_of(row) <= self.now.date()
            return
        del self.booked[key]

    def close_day(self, _: int, where: int, slot: str) -> None:
        """Staff are shown the bookings of the day and keep them."""
        counter, day = self.counters[where], slot[:10]
        if not CounterDay.select().where((CounterDay.counter == counter) & (CounterDay.day == day)).exists():
            CounterDay.create(counter=counter, day=at(day).date(), reason="研修のため")
        self.told_closed |= {(key, f"{counter.id} {day}") for key, (c, _) in self.booked.items() if c == counter.id}

    def open_day(self, _: int, where: int, slot: str) -> None:
        gone = (CounterDay.counter == self.counters[where]) & (CounterDay.day == slot[:10])
        CounterDay.delete().where(gone).execute()
        self.told_closed = {told for told in self.told_closed if told[1] != f"{self.counters[where].id} {slot[:10]}"}

    def block(self, _: int, where: int, slot: str) -> None:
        seats.block(self.counters[where], weeks.time_of(slot), "点検")

    def unblock(self, _: int, where: int, slot: str) -> None:
        seats.unblock(self.counters[where], weeks.time_of(slot))

    def longer(self, which: int, where: int, _: str) -> None:
        """Slots of another length, and back; the bookings are kept."""
        self._alter(where, slot_minutes=(30, 60)[which % 2])

    def later_hours(self, which: int, where: int, _: str) -> None:
        """The day begins at another time: the slots stand beside those there were."""
        opens = OpeningHours.update(opens=(540, 525)[which % 2])
        opens.where((OpeningHours.counter == self.counters[where]) & (OpeningHours.opens < 720)).execute()

    def _alter(self, where: int, **columns: Any) -> None:
        Counter.update(**columns).where(Counter.id == self.counters[where].id).execute()
        self.counters[where] = Counter.get_by_id(self.counters[where].id)

    def time_goes_by(self, which: int, *_: Any) -> None:
        self.now += timedelta(minutes=MINUTES[which])

    def expire(self, *_: Any) -> None:
        seats.expire_holds(self.now)
        over = (Reservation.state == "HELD") & (Reservation.held_until <= self.now)
        assert not Seat.select().join(Reservation).where(over).exists()

    # ------------------------------------------------------------ what is always so

    def _free(self, counter: Counter, slot: str, besides: int) -> bool:
        """Counted the slow way, from the bookings alone."""
        starts_at = datetime.fromisoformat(slot).replace(tzinfo=TOKYO)
        if hours.plan_of(counter).why_not(starts_at, self.now.date()):
            return False
        ends_at = starts_at + timedelta(minutes=counter.slot_minutes)
        rows = [
            row
            for row in Reservation.select().where(Reservation.counter == counter)
            if row.starts_at < ends_at and row.ends_at > starts_at
        ]
        live = [row for row in rows if row.state == "BOOKED" or row.state == "HELD" and row.held_until > self.now]
        others = [row for row in live if row.application_id != besides]
        signs = Seat.select().where((Seat.counter == counter) & (Seat.number == 0))
        blocked = any(one.starts_at < ends_at and one.ends_at > starts_at for one in signs)
        same = any((r.starts_at, r.ends_at) == (starts_at, ends_at) for r in live if r.application_id == besides)
        return same or not blocked and len(others) < counter.seats and not self._has_enough(besides)

    def _has_enough(self, besides: int) -> bool:
        who = next(who for who, key in self.drafts if key == besides)
        held = Reservation.select().where((Reservation.resident == who) & (Reservation.state == "HELD"))
        live = [row for row in held if row.held_until > self.now and row.application_id != besides]
        return len(live) >= seats.MOST_HOLDS

    @invariant()
    def one_seat_one_booking_and_no_more_than_there_are(self) -> None:
        mine = [one.id for one in self.counters]
        rows = {row.id: row for row in Reservation.select().where(Reservation.counter.in_(mine))}
        found = list(Seat.select().where(Seat.counter.in_(mine) & (Seat.number > 0)))
        assert Count(seat.reservation_id for seat in found) == {
            row.id: 1 for row in rows.values() if row.state == "BOOKED" or seat_left(row, found)
        }
        for seat in found:
            row = rows[seat.reservation_id]
            assert (seat.counter_id, seat.starts_at) == (row.counter_id, row.starts_at)
            assert row.state in ("HELD", "BOOKED")
        capacity = {one.id: one.seats for one in self.counters}
        for (counter, _), taken in Count((seat.counter_id, seat.starts_at) for seat in found).items():
            assert taken <= capacity[counter]

    @invariant()
    def never_more_people_at_a_counter_than_seats(self) -> None:
        """Whatever the slots were when they booked."""
        for counter in self.counters:
            live = list(Reservation.select().where((Reservation.counter == counter) & (Reservation.state == "BOOKED")))
            for row in live:
                assert sum(o.starts_at <= row.starts_at < o.ends_at for o in live) <= counter.seats

    @invariant()
    def who_was_told_a_time_has_it(self) -> None:
        for key, (counter, slot) in self.booked.items():
            row = Reservation.get_by_id(key)
            assert (row.state, row.counter_id, weeks.key_of(row.starts_at)) == ("BOOKED", counter, slot)

    @invariant()
    def no_booking_on_a_closed_day_that_was_not_told(self) -> None:
        for key, (counter, slot) in self.booked.items():
            day = slot[:10]
            if CounterDay.select().where((CounterDay.counter == counter) & (CounterDay.day == day)).exists():
                assert (key, f"{counter} {day}") in self.told_closed


def seat_left(row: Reservation, found: list[Seat]) -> bool:
    """A hold has a seat until somebody tidies it up."""
    return row.state == "HELD" and any(seat.reservation_id == row.id for seat in found)


def test_any_sequence(cast):
    Visits.cast = cast
    run_state_machine_as_test(
        Visits,
        settings=settings(
            max_examples=15,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )


def test_the_machine_finds_a_second_booking_of_a_seat(cast, monkeypatch):
    """The proof can fail: with seats counted wrongly it does."""
    take = seats._take

    def careless(counter: Counter, starts_at: datetime, row: Reservation, now: datetime) -> None:
        try:
            take(counter, starts_at, row, now)
        except seats.Full:
            Seat.create(counter=counter, starts_at=starts_at, ends_at=row.ends_at, number=2, reservation=row)

    Visits.cast = cast
    machine = Visits()
    machine.hold(0, 0, SLOTS[0])
    machine.one_seat_one_booking_and_no_more_than_there_are()
    monkeypatch.setattr(seats, "_take", careless)
    with pytest.raises(AssertionError, match="held although there was none"):
        machine.hold(1, 0, SLOTS[0])
    with pytest.raises(AssertionError):
        machine.one_seat_one_booking_and_no_more_than_there_are()
