"""Any sequence of what residents and staff do about visits, and of time going by (R-5.3).

Whatever is done is compared with the same done on paper (visits_on_paper): what succeeds was allowed, what is refused
was not, staff were shown whatever they touched, and the mails that were queued are those that had to be.
"""

from __future__ import annotations

from collections import Counter as Count
from collections.abc import Callable
from datetime import datetime, time, timedelta
from functools import partial
from random import Random
from typing import Any

import pytest
from cast_acts import as_staff, person
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from visit_acts import SHORT, at, make_counter, visiting
from visits_on_paper import Book, Desk, Visit

import clock
import models
from clock import TOKYO
from models import Counter, CounterDay, Division, Seat, ask
from rules import Refusal
from rules.applications import draft, submission
from rules.counters import blocking, change_of_hours, setup_counters, setup_hours
from rules.counters.change_of_hours import CANCEL, KEEP, Decision, Done, Touches
from rules.visits import booking, by_resident, seats, weeks

# Beside the first times a counter has: days from today on and minutes of the day, at many of which nobody can come.
SLOTS = [(0, 540), (0, 570), (1, 555), (1, 570), (1, 600), (2, 540), *[(4, 540), (5, 540)] * 2, (-1, 570)]
ACTS = (
    *["hold"] * 16,
    *["send", "change", "hold_and_send"] * 7,
    *["time_goes_by", "other_seats"] * 5,
    *["cancel", "unblock", "as_weekday", "reopen"] * 3,
    *["book_anew", "close_day", "block", "other_slots"] * 2,
    *("other_window", "discard", "tidy", "keep_other_hours", "later_hours", "shut"),
)
WHERE = (*[0, 1, 1, 1] * 4, 2)
MINUTES = (1, 4, 9, 10, 10, 11, 30, 600, 960, 960)
SEQUENCES, STEPS = 100, 40
TODAY, DRAFTS, AT_ONCE = "2026-11-24", 18, 7
# Fewer than in earnest: sooner met.
MOST_HOLDS, MOST_BOOKINGS = 2, 2
# A run in which these are rare would prove little.
MEETINGS = (
    *[("hold", what) for what in ("full", "overlapped", "blocked", "closed day", "no slot", "many bookings")],
    *[("send", what) for what in ("fewer seats", "ran out and taken", "blocked", "closed day", "no slot")],
    *[("send", what) for what in ("today or past", "not offered", "old page")],
    *[("change", what) for what in ("full", "blocked", "on the day", "outside the window", "not offered", "stale")],
    *[("cancel", what) for what in ("on the day", "stale")],
    *[("staff", what) for what in ("shown", "shown again", "kept", "cancelled")],
)


class Visits(RuleBasedStateMachine):
    """What residents and staff do beside a Book that says what they may."""

    cast: Any = None
    # What every run begins with: the counters, and drafts by (resident, application, digest).
    made: Any = None
    # How often an act met what.
    met: Count[tuple[str, str]] = Count()

    def __init__(self) -> None:
        super().__init__()
        self.begun = models.database.transaction("IMMEDIATE")
        self.begun.__enter__()
        self.now, self.chance = at(TODAY, "08:00"), Random(0)
        keys, self.drafts = self.made[0], list(self.made[1])
        self.desks = [Desk(keys[0], 1), Desk(keys[1], 2), Desk(keys[2], 1, offered=False)]
        self.book = Book(self.desks, MOST_HOLDS, MOST_BOOKINGS, seats.HOLD)
        self.chief = as_staff(self.cast.administrator)

    def teardown(self) -> None:
        """As if nothing had been: the next run begins with the same rows."""
        self.begun.__exit__(Refusal, None, None)

    # All that happens is drawn from one number: where hypothesis draws each step, it likes to do the same again, and
    # little would meet.
    @initialize(number=st.integers(0, 2**32 - 1))
    def begins(self, number: int) -> None:
        self.chance = Random(number)

    @rule()
    def happens(self) -> None:
        chance = self.chance
        act, which, desk = chance.choice(ACTS), chance.randrange(10), self.desks[chance.choice(WHERE)]
        begins = self._time(chance, desk)
        note(f"{self.now:%d %H:%M} {act}({which}, {self.desks.index(desk)}, {begins:%d %H:%M})")
        if self.drafts:
            with clock.at(self.now):
                getattr(self, act)(which, desk, begins)
            self.book.forget_what_was_mended()
        self.stands_as_on_paper()
        self.one_seat_one_booking()
        self.never_more_people_than_seats_unless_staff_were_told()
        self.nobody_without_a_slot_unless_staff_were_told()
        self.the_mails_that_had_to_be()

    def _time(self, chance: Random, desk: Desk) -> datetime:
        """Mostly one of the first two that can be booked, or one that somebody has."""
        days, minutes = chance.choice(SLOTS)
        today = datetime.combine(self.now.date(), time(), TOKYO)
        first = [at for ahead in range(1, 4) for at in desk.slots((today + timedelta(days=ahead)).date())][:2]
        taken = [one.begins for one in self.book.visits.values() if one.desk is desk and one.begins > self.now]
        if chance.random() < 0.85 and first:
            return chance.choice(taken if taken and chance.random() < 0.3 else first)
        return today + timedelta(days, minutes=minutes)

    def tried(self, name: str, why_not: str, act: Callable[[], Any]) -> Any:
        """Do it, which has to be refused just when there is a reason: what it gave, or None when it was refused."""
        self.met[name, why_not] += 1
        try:
            given = act() or True
        except Refusal as refused:
            assert why_not, f"{name} refused: {refused.message} {refused.fields}"
            return None
        assert not why_not, f"{name} done although: {why_not}"
        return given

    # ------------------------------------------------------------ what residents do

    def _draft(self, which: int) -> tuple[Any, int, str]:
        """One of the first few; mostly one for which no time is held yet."""
        first = self.drafts[:AT_ONCE]
        without = [one for one in first if one[1] not in self.book.visits]
        return without[0] if without and which < 7 else first[which % len(first)]

    def hold(self, which: int, desk: Desk, begins: datetime) -> None:
        who, key, _ = self._draft(which)
        if which < 4:
            self._the_table_says_so(desk, begins)
        self._choose("hold", who, key, desk, begins, sent=False)

    def _choose(self, name: str, who: int, key: int, desk: Desk, begins: datetime, *, sent: bool) -> None:
        why_not = self.book.why_not_chosen(who.id, key, desk, begins, self.now)
        slot = weeks.key_of(begins)
        if self.tried(name, why_not, lambda: booking.choose(person(who), key, str(desk.id), slot)):
            self.book.choose(who.id, key, desk, begins, self.now, sent=sent)

    def _the_table_says_so(self, desk: Desk, begins: datetime) -> None:
        """Free in the table is what somebody who has nothing yet may have."""
        rows = weeks.week(Counter.get_by_id(desk.id), begins.date()).rows
        cells = {cell.key: cell.state for _, row in rows for cell in row if cell is not None}
        why_not = self.book.why_not_free(desk, begins, self.now)
        assert (cells.get(weeks.key_of(begins)) == weeks.FREE) == (not why_not), f"{cells} although: {why_not}"

    def book_anew(self, which: int, desk: Desk, begins: datetime) -> None:
        """A time for what was sent and has none any more."""
        unsent = {key for _, key, _ in self.drafts}
        sent = [
            (who, key) for who, key, _ in self.made[1] if key not in unsent and self.book.mails[key, "visit_booked"]
        ]
        for who, key in sent[which % len(sent) :][:1] if sent else ():
            self._choose("book anew", who, key, desk, begins, sent=True)

    def send(self, which: int, desk: Desk, begins: datetime) -> None:
        """Mostly of those who hold a time; the page may be an old one."""
        holding = [one for one in self.drafts if one[1] in self.book.visits]
        if which and not holding:
            self.hold(which, desk, begins)
        else:
            self._send(holding[which % len(holding)] if which else self._draft(0), old_page=which == 9)

    def _send(self, drawn: tuple[Any, int, str], *, old_page: bool = False) -> None:
        who, key, digest = drawn
        written = draft.editable(person(who), key)
        held = booking.of(written)
        why_not = self.book.why_not_sent(key, self.now)
        says_no = bool(booking.why_not_sent(written, held))
        assert says_no == bool(why_not), f"the page says otherwise: {why_not}"
        # Only whoever sends is told of a limit: the page does not know what is sent meanwhile.
        why_not = why_not or self.book.why_too_many(key, self.book.visits[key].desk, self.now)
        seen = "1 2026-11-01T09:00" if old_page else booking.mark_of(held)
        why_not = "old page" if old_page else why_not
        if self.tried("send", why_not, lambda: booking.send(person(who), key, digest, seen)):
            self.book.send(key, self.now)
            self.drafts.remove(drawn)

    def hold_and_send(self, which: int, desk: Desk, begins: datetime) -> None:
        drawn = self._draft(which)
        self.hold(which, desk, begins)
        if drawn[1] in self.book.visits:
            self._send(drawn)

    def discard(self, which: int, *_: Any) -> None:
        drawn = self._draft(which)
        if len(self.drafts) > AT_ONCE:
            draft.discard(draft.editable(person(drawn[0]), drawn[1]))
            self.book.visits.pop(drawn[1], None)
            self.drafts.remove(drawn)

    def _one_booked(self, which: int) -> Visit | None:
        booked = self.book.booked()
        return booked[which % len(booked)] if booked else None

    def change(self, which: int, desk: Desk, begins: datetime) -> None:
        one, stale = self._one_booked(which), which == 9
        if one is None:
            return
        key, revision = _row_of(one)
        why_not = self.book.why_not_changed(one, desk, begins, self.now, stale=stale)
        to = (str(desk.id), weeks.key_of(begins))
        me = person(self._resident(one))
        if self.tried("change", why_not, lambda: by_resident.change_time(me, key, revision - stale, *to)):
            self.book.change(one, desk, begins, self.now)

    def cancel(self, which: int, *_: Any) -> None:
        one, stale = self._one_booked(which), which == 9
        if one is None:
            return
        key, revision = _row_of(one)
        why_not = "on the day" if one.begins.date() <= self.now.date() else "stale" if stale else ""
        me = person(self._resident(one))
        if self.tried("cancel", why_not, lambda: by_resident.cancel(me, key, revision - stale)):
            self.book.cancel(one)

    def _resident(self, one: Visit) -> Any:
        return next(who for who, key, _ in self.made[1] if key == one.application)

    def time_goes_by(self, which: int, *_: Any) -> None:
        self.now += timedelta(minutes=MINUTES[which])

    def tidy(self, *_: Any) -> None:
        seats.expire_holds(self.now)
        self.book.tidy(self.now)
        assert not ask("SELECT 1 FROM reservation WHERE state = 'HELD' AND held_until <= {}", _stored(self.now))

    # ------------------------------------------------------------ what staff do

    def close_day(self, which: int, desk: Desk, begins: datetime) -> None:
        why_not = "" if desk.spans(begins.date()) and begins.date() >= self.now.date() else "nothing to close"
        self._set_day(which, desk, begins, (), why_not)

    def keep_other_hours(self, which: int, desk: Desk, begins: datetime) -> None:
        why_not = "" if begins.date() >= self.now.date() else "past"
        self._set_day(which, desk, begins, ((570, 630), (660, 720)), why_not)

    def _set_day(self, which: int, desk: Desk, begins: datetime, spans: Any, why_not: str) -> None:
        day = begins.date()
        values = {"from": day.isoformat(), "until": None, "kind": "open" if spans else "closed", "reason": ""}
        times = ("9:30", "10:30", "11:00", "12:00") if spans else ("",) * 4
        values |= dict(zip(("opens", "closes", "opens2", "closes2"), times, strict=True))
        self._staff(
            "set a day",
            desk,
            why_not,
            lambda decision: setup_hours.set_days(self.chief, desk.id, values, _revision(desk), decision),
            lambda: desk.days.update({day: spans}),
            which,
        )

    def as_weekday(self, which: int, desk: Desk, _: datetime) -> None:
        if not desk.days:
            return
        day = sorted(desk.days)[which % len(desk.days)]
        key = CounterDay.get((CounterDay.counter == desk.id) & (CounterDay.day == day)).id
        self._staff(
            "remove a day",
            desk,
            "",
            lambda decision: setup_hours.remove_day(self.chief, desk.id, key, _revision(desk), decision),
            lambda: desk.days.pop(day),
            which,
        )

    def later_hours(self, which: int, desk: Desk, _: datetime) -> None:
        later = desk.hours == ((540, 600),)
        typed = dict.fromkeys(setup_hours.field_names(), "")
        for day in range(1, 6):
            typed[setup_hours.field_name(day, 1, "from")] = "9:15" if later else "9:00"
            typed[setup_hours.field_name(day, 1, "until")] = "10:15" if later else "10:00"
        self._staff(
            "change hours",
            desk,
            "",
            lambda decision: setup_hours.change_hours(self.chief, desk.id, typed, _revision(desk), decision),
            lambda: setattr(desk, "hours", ((555, 615),) if later else ((540, 600),)),
            which,
        )

    def other_seats(self, which: int, desk: Desk, _: datetime) -> None:
        """Where two hold the same time, if there are such; then both send, the later one first or last."""
        held = [one for one in self.book.visits.values() if one.until is not None and one.until > self.now]
        times = Count((one.desk.id, one.begins) for one in held)
        twice = [one for one in held if times[one.desk.id, one.begins] > 1]
        desk = twice[0].desk if twice else desk
        self._revise(which, desk, seats=3 - desk.seats)
        both = [one for one in self.drafts if any(one[1] == visit.application for visit in twice)]
        for drawn in both[:: (1, -1)[which % 2]] if desk.seats == 1 else ():
            self._send(drawn)

    def other_slots(self, which: int, desk: Desk, _: datetime) -> None:
        self._revise(which, desk, minutes=90 - desk.minutes)

    def other_window(self, which: int, desk: Desk, _: datetime) -> None:
        first, last = ((1, 3), (2, 3), (1, 3), (1, 1))[which % 4]
        self._revise(which, desk, first=first, last=last)

    def _revise(self, which: int, desk: Desk, **changes: int) -> None:
        row = Counter.get_by_id(desk.id)
        columns = {"seats": "seats", "minutes": "slot_minutes", "first": "days_from", "last": "days_until"}
        values = {name: getattr(row, name) for name in ("name", "place", "map_text", "bring", *columns.values())}
        values |= {"division": str(row.division_id), "telephone": None, "on_holidays": "no"}
        values |= {columns[name]: value for name, value in changes.items()}
        self._staff(
            f"revise {'+'.join(changes)}",
            desk,
            "",
            lambda decision: setup_counters.revise(self.chief, desk.id, values, _revision(desk), decision),
            lambda: [setattr(desk, name, value) for name, value in changes.items()],
            which,
        )

    def reopen(self, *_: Any) -> None:
        for desk in self.desks:
            if desk.shut:
                setup_counters.reopen(self.chief, desk.id)
                desk.shut = False

    def shut(self, which: int, desk: Desk, _: datetime) -> None:
        if desk.shut:
            return
        self._staff(
            "close",
            desk,
            "",
            lambda decision: setup_counters.close(self.chief, desk.id, _revision(desk), decision),
            lambda: setattr(desk, "shut", True),
            which,
        )

    def block(self, which: int, desk: Desk, begins: datetime) -> None:
        day, ends = begins.date(), begins + timedelta(minutes=desk.minutes)
        why_not = "" if begins in desk.slots(day) and ends > self.now else "no slot"
        times = [weeks.key_of(begins)]
        self._staff(
            "block",
            desk,
            why_not,
            lambda decision: blocking.block(self.chief, desk.id, day, times, "点検", decision),
            lambda: desk.blocked.setdefault(begins, ends),
            which,
        )

    def unblock(self, _: int, desk: Desk, begins: datetime) -> None:
        begins = min(desk.blocked, default=begins)
        done = blocking.unblock(self.chief, desk.id, begins.date(), [weeks.key_of(begins)])
        assert done == (desk.blocked.pop(begins, None) is not None)

    def _staff(
        self,
        name: str,
        desk: Desk,
        why_not: str,
        act: Callable[[Decision], Done],
        on_paper: Callable[[], Any],
        which: int,
    ) -> None:
        """Press until it is done: what is shown is decided on, sometimes after somebody else has booked."""
        decision, seen = Decision(), set[int]()
        for _ in range(3):
            press = partial(self._press, desk, act, on_paper, decision, seen)
            shown = self.tried(name, "closed counter" if desk.shut else why_not, press)
            if not isinstance(shown, Touches):
                return
            self.met["staff", "shown again" if seen else "shown"] += 1
            if which % 4 == 0 and not seen:
                self.hold_and_send(which, desk, at(self.now.date().isoformat()) + timedelta(days=1))
            seen = {line.application for line in shown.lines}
            decision = Decision((KEEP, KEEP, CANCEL)[which % 3], "点検のため", shown.seen)
        raise AssertionError(f"{name} is never done")

    def _press(
        self,
        desk: Desk,
        act: Callable[[Decision], Done],
        on_paper: Callable[[], Any],
        decision: Decision,
        seen: set[int],
    ) -> Touches | None:
        """What is shown now, or None where it is done; `seen` are the bookings that were shown before."""
        coming = [one for one in self.book.booked() if one.desk is desk and one.ends > self.now]
        before = {one.application: self.book.faults(one) for one in coming}
        kept = {**vars(desk), "days": dict(desk.days), "blocked": dict(desk.blocked)}
        shown, done = None, Done(None)
        try:
            done = act(decision)
        except Touches as touches:
            shown = touches
        on_paper()
        worse = {one.application: self.book.faults(one) - before[one.application] for one in coming}
        # Who was kept as one too many has no slot to lose.
        must = {one.application for one in coming if worse[one.application] - one.told}
        may = {one.application for one in coming if worse[one.application] or self.book.crowded(one)}
        if shown is not None:
            told = {line.application for line in shown.lines}
            assert told and must <= told <= may, (must, told, may)
            assert told != seen, "decided on just these, and asked again"
            vars(desk).update(kept)
            return shown
        assert must <= seen <= may, "done without a word to whom it touches"
        assert (done.kept, done.cancelled) == ((0, len(seen)) if decision.what == CANCEL else (len(seen), 0))
        for one in coming:
            if one.application in seen and decision.what == CANCEL:
                self.met["staff", "cancelled"] += 1
                self.book.cancel(one, "visit_cancelled_by_town")
            elif one.application in seen:
                self.met["staff", "kept"] += 1
                self.book.tell(one)
        return None

    # ------------------------------------------------------------ what is always so

    def stands_as_on_paper(self) -> None:
        """Who was told a time has it, at one seat that is nobody else's."""
        live = "SELECT application_id, counter_id, starts_at, ends_at, state FROM reservation WHERE state IN "
        rows = ask(f"{live} ('BOOKED') OR state = 'HELD' AND held_until > {{}}", _stored(self.now))
        paper = sorted(_line(one) for one in self.book.visits.values() if one.counts(self.now))
        assert sorted(rows) == paper

    def one_seat_one_booking(self) -> None:
        taken = ask(
            "SELECT r.application_id, s.counter_id, s.starts_at, s.ends_at, s.number FROM seat s "
            "JOIN reservation r ON r.id = s.reservation_id AND r.counter_id = s.counter_id"
        )
        wanted = sorted(_line(one)[:4] for one in self.book.visits.values() if one.in_line)
        assert sorted(row[:4] for row in taken) == wanted
        assert max(Count(row[1:3] + row[4:] for row in taken).values(), default=0) <= 1
        blocked = [
            (desk.id, _stored(since), _stored(until)) for desk in self.desks for since, until in desk.blocked.items()
        ]
        signs = ask("SELECT counter_id, starts_at, ends_at FROM seat WHERE reservation_id IS NULL")
        assert sorted(signs) == sorted(blocked)

    def never_more_people_than_seats_unless_staff_were_told(self) -> None:
        for desk in self.desks:
            assert self.book.most_untold(desk, self.now) <= desk.seats

    def nobody_without_a_slot_unless_staff_were_told(self) -> None:
        for one in self.book.booked():
            assert one.ends <= self.now or self.book.faults(one) <= one.told, one

    def the_mails_that_had_to_be(self) -> None:
        sql = "SELECT application_id, kind, COUNT(*) FROM outbox_mail WHERE kind LIKE 'visit_%' GROUP BY 1, 2"
        assert {(key, kind): many for key, kind, many in ask(sql)} == self.book.mails


def _line(one: Visit) -> tuple[Any, ...]:
    state = "BOOKED" if one.until is None else "HELD"
    return (one.application, one.desk.id, _stored(one.begins), _stored(one.ends), state)


def _stored(instant: datetime) -> str:
    return str(Seat.starts_at.db_value(instant))


def _row_of(one: Visit) -> tuple[int, int]:
    sql = "SELECT id, revision FROM reservation WHERE application_id = {} AND state = 'BOOKED'"
    ((key, revision),) = ask(sql, one.application)
    return key, revision


def _revision(desk: Desk) -> int:
    return int(Counter.get_by_id(desk.id).revision)


@pytest.fixture
def machine(cast, monkeypatch) -> type[Visits]:
    """The machine, and what each of its runs begins with."""
    monkeypatch.setattr(seats, "MOST_HOLDS", MOST_HOLDS)
    monkeypatch.setattr(seats, "MOST_BOOKINGS", MOST_BOOKINGS)
    with clock.at(at(TODAY, "08:00")):
        wanted = visiting(cast.town, "booking", form=SHORT, id="dog-visit")
        far = Division.get((Division.town == cast.town) & (Division.id != wanted.division_id)).id
        where = ((1, wanted.division_id), (2, wanted.division_id), (1, far))
        keys = [
            make_counter(cast.town, f"窓口{number}", division, hours=((540, 600),), seats=many, days_until=3).id
            for number, (many, division) in enumerate(where)
        ]
        drafts = []
        for number in range(DRAFTS):
            who = (cast.keiko, cast.ken, cast.company)[number % 3]
            written = draft.start(wanted, person(who))
            draft.save_page(written, SHORT["pages"][0], {"dog": "ポチ"})
            drafts.append((who, written.id, submission.sheet(written).sha256))
    monkeypatch.setattr(Visits, "cast", cast)
    monkeypatch.setattr(Visits, "made", (keys, drafts))
    monkeypatch.setattr(Visits, "met", Count())
    return Visits


def run(machine: type[Visits]) -> None:
    """The same sequences every time. They are not made shorter where one fails: that takes minutes."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=SEQUENCES,
            stateful_step_count=STEPS,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_any_sequence(machine):
    """R-5.3 R-5.4: and people met in all these ways."""
    run(machine)
    assert {meeting for meeting in MEETINGS if machine.met[meeting] < 2} == set()


@pytest.mark.parametrize(
    ("room", "name", "broken"),
    [
        (seats, "lost", lambda held: False),
        (seats, "blocked_between", lambda *_: False),
        (by_resident, "_until_the_day_before", lambda row: None),
        (change_of_hours, "_standing", lambda keys: set()),
    ],
)
def test_it_can_fail(machine, monkeypatch, room, name, broken):
    """A rule that is left out is missed."""
    monkeypatch.setattr(room, name, broken)
    with pytest.raises(AssertionError):
        run(machine)
