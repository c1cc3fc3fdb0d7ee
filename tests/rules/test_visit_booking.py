"""来庁予約 as the rules have it: one seat one booking, holds of ten minutes, the day before, withdrawal."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cast_acts import as_staff, person, write
from visit_acts import NEXT, TOMORROW, at, booked, hold, key, make_counter, seats_of, send, visiting

import clock
from models import (
    Application,
    ApplicationEvent,
    ClosingDay,
    Counter,
    CounterDay,
    Division,
    OutboxMail,
    Reservation,
    Seat,
    Status,
)
from rules import Refusal
from rules.applications import application, draft, submission
from rules.counters import by_town, change_of_hours
from rules.counters.by_town import Caller
from rules.counters.change_of_hours import Decision, Touches
from rules.records.access import Missing, own_application
from rules.visits import booking, by_resident, occasion, seats, shown, states, weeks


@pytest.fixture
def counter(cast) -> Counter:
    return make_counter(cast.town)


@pytest.fixture
def wanted(cast, counter):
    return visiting(cast.town)


# ---------------------------------------------------------------- holding


def test_a_hold_keeps_the_seat_for_ten_minutes(cast, counter, wanted):
    """R-5.3"""
    written = write(wanted, cast.keiko)
    held = hold(cast.keiko, written, counter)
    assert (held.state, held.held_until) == ("HELD", clock.now() + timedelta(minutes=10))
    other = write(wanted, cast.ken)
    with clock.at("2026-11-24T10:09:59"), pytest.raises(seats.Full):
        hold(cast.ken, other, counter)
    with clock.at("2026-11-24T10:10:00"):
        assert hold(cast.ken, other, counter).state == "HELD"
        assert Reservation.get_by_id(held.id).state == "EXPIRED"
    assert seats_of(counter) == 1


def test_nobody_takes_a_whole_counter(cast, counter, wanted):
    """R-5.3: five bookings to come at a counter; what is over, elsewhere, or somebody else's does not count."""
    times = [key(clock_time=time) for time in ("09:00", "09:30", "10:00", "10:30", "11:00")]
    for time in times:
        booked(cast.keiko, wanted, counter, time)
    draft = write(wanted, cast.keiko)
    with pytest.raises(Refusal, match="お一人5件まで.*電話 0999"):
        hold(cast.keiko, draft, counter, key(NEXT))
    other = make_counter(cast.town, "別の窓口")
    assert hold(cast.keiko, draft, other, key(NEXT)).state == "HELD"
    assert hold(cast.ken, write(wanted, cast.ken), counter, key(NEXT)).state == "HELD"
    with clock.at(f"{TOMORROW}T09:00:00"):
        assert hold(cast.keiko, draft, counter, key(NEXT, "10:00")).state == "HELD"


def test_nobody_takes_a_whole_counter_by_a_detour(cast, counter, wanted):
    """R-5.3: neither with holds taken before the first was sent, nor by moving over from another counter."""
    other = make_counter(cast.town, "別の窓口")
    times = [key(clock_time=time) for time in ("09:00", "09:30", "10:00")]
    over = [booked(cast.keiko, wanted, other, time) for time in times]
    for time in times:
        booked(cast.keiko, wanted, counter, time)
    held = [write(wanted, cast.keiko) for _ in times]
    for written, time in zip(held, times, strict=True):
        hold(cast.keiko, written, counter, time.replace(TOMORROW, NEXT))
    for written in held[:2]:
        send(cast.keiko, written)
    with pytest.raises(Refusal, match="お一人5件まで"):
        send(cast.keiko, held[2])
    assert Application.get_by_id(held[2].id).number is None
    with pytest.raises(Refusal, match="お一人5件まで"):
        by_resident.change_time(person(cast.keiko), over[0].id, over[0].revision, str(counter.id), key(NEXT, "13:00"))
    moved = over[0].id, over[0].revision
    assert by_resident.change_time(person(cast.keiko), *moved, str(other.id), key(NEXT, "13:00")).starts_at.hour == 13


def test_holds_leave_no_rows_behind(cast, counter, wanted):
    """Whoever tries many times leaves the last one."""
    written = write(wanted, cast.keiko)
    for time in ("09:00", "09:30", "10:00", "10:30"):
        hold(cast.keiko, written, counter, key(clock_time=time))
    assert [row.starts_at for row in Reservation.select()] == [at(TOMORROW, "10:30")]


def test_the_same_time_chosen_twice_is_one_hold(cast, counter, wanted):
    written = write(wanted, cast.keiko)
    first = hold(cast.keiko, written, counter)
    with clock.at("2026-11-24T10:05:00"):
        assert hold(cast.keiko, written, counter).id == first.id
    assert Reservation.select().count() == 1


def test_another_time_gives_the_first_one_back(cast, counter, wanted):
    """Two tabs: the last choice counts, and none is kept for nothing."""
    written = write(wanted, cast.keiko)
    hold(cast.keiko, written, counter)
    hold(cast.keiko, written, counter, key(NEXT))
    assert (seats_of(counter), seats_of(counter, key(NEXT))) == (0, 1)
    assert booking.of(written).starts_at == at(NEXT)


def test_a_choice_that_fails_leaves_the_hold_there_was(cast, counter, wanted):
    written = write(wanted, cast.keiko)
    hold(cast.keiko, written, counter)
    booked(cast.ken, wanted, counter, key(NEXT))
    with pytest.raises(seats.Full):
        hold(cast.keiko, written, counter, key(NEXT))
    assert booking.of(written).starts_at == at(TOMORROW)
    assert seats_of(counter) == 1


def test_a_day_that_was_closed_since_is_not_held_on(cast, counter, wanted):
    """Found by the machine: the same time pressed again said yes."""
    written = write(wanted, cast.keiko)
    hold(cast.keiko, written, counter)
    CounterDay.create(counter=counter, day=at(TOMORROW).date(), reason="研修のため")
    for act in (
        lambda: hold(cast.keiko, written, counter),
        lambda: booking.renew(person(cast.keiko), written.id),
        lambda: send(cast.keiko, written),
    ):
        with pytest.raises(Refusal) as refused:
            act()
        assert "枠がありません" in refused.value.message


def test_a_hold_that_ran_out_is_renewed_while_the_seat_is_free(cast, counter, wanted):
    written = write(wanted, cast.keiko)
    hold(cast.keiko, written, counter)
    with clock.at("2026-11-24T10:30:00"):
        seats.expire_holds(clock.now())
        assert seats_of(counter) == 0
        assert booking.renew(person(cast.keiko), written.id).held_until == clock.now() + seats.HOLD
        assert seats_of(counter) == 1


def test_a_hold_that_ran_out_says_so_when_the_seat_is_gone(cast, counter, wanted):
    written = write(wanted, cast.keiko)
    hold(cast.keiko, written, counter)
    with clock.at("2026-11-24T10:30:00"):
        booked(cast.ken, wanted, counter)
        assert "10分" in booking.why_not_sent(written, booking.of(written))
        for act in (lambda: booking.renew(person(cast.keiko), written.id), lambda: send(cast.keiko, written)):
            with pytest.raises(seats.RanOut):
                act()
    row = Application.get_by_id(written.id)
    assert (row.status, row.answers["dog_name"]) == (Status.DRAFT, "ポチ")
    assert seats_of(counter) == 1


def test_a_hold_that_ran_out_can_be_sent_while_the_seat_is_free(cast, counter, wanted):
    for tidied in (False, True):
        written = write(wanted, cast.keiko)
        slot = key(NEXT if tidied else TOMORROW)
        hold(cast.keiko, written, counter, slot)
        with clock.at("2026-11-24T10:30:00"):
            if tidied:
                seats.expire_holds(clock.now())
            assert shown.of_draft(written).words.endswith("まだ空いています。")
            send(cast.keiko, written)
        assert booking.of(written).state == "BOOKED"
        assert seats_of(counter, slot) == 1


def test_a_discarded_draft_gives_its_seat_back(cast, counter, wanted):
    written = write(wanted, cast.keiko)
    hold(cast.keiko, written, counter)
    draft.discard(draft.editable(person(cast.keiko), written.id))
    assert (seats_of(counter), Reservation.select().count()) == (0, 0)


def test_as_many_as_there_are_seats(cast, wanted):
    counter = make_counter(cast.town, "二つ目の窓口", seats=2)
    hold(cast.keiko, write(wanted, cast.keiko), counter)
    hold(cast.ken, write(wanted, cast.ken), counter)
    with pytest.raises(seats.Full):
        hold(cast.company, write(wanted, cast.company), counter)


# ---------------------------------------------------------------- the counter is changed meanwhile


@pytest.mark.parametrize(
    ("before", "after", "kept", "wanted_at"), [(30, 60, "09:30", "09:00"), (60, 30, "09:00", "09:30")]
)
def test_a_kept_booking_is_in_the_way_of_the_new_slots(cast, wanted, before, after, kept, wanted_at):
    """R-5.3: one seat is never two people's at a time, also after the slots were made longer or shorter."""
    counter = make_counter(cast.town, "別の窓口", slot_minutes=before)
    booked(cast.keiko, wanted, counter, key(clock_time=kept))
    counter = altered(counter, slot_minutes=after)
    cells = {cell.key: cell for _, row in weeks.week(counter, at(TOMORROW).date()).rows for cell in row if cell}
    assert cells[key(clock_time=wanted_at)].state == weeks.FULL and cells[key(clock_time="10:00")].state == weeks.FREE
    assert not seats.is_free(counter, at(TOMORROW, wanted_at)) and seats.is_free(counter, at(TOMORROW, "10:00"))
    with pytest.raises(seats.Full):
        hold(cast.ken, write(wanted, cast.ken), counter, key(clock_time=wanted_at))


def test_a_blocked_time_is_in_the_way_of_the_new_slots(cast, counter):
    """Issue 6.5"""
    seats.block(counter, at(TOMORROW, "09:30"), "点検")
    counter = altered(counter, slot_minutes=60)
    assert not seats.is_free(counter, at(TOMORROW)) and seats.is_free(counter, at(TOMORROW, "11:00"))
    assert seats.taken_between(counter.id, at(TOMORROW), at(NEXT), clock.now())["2026-11-25T00:00:00.000000Z"] == (
        0,
        True,
    )


@pytest.mark.parametrize(("before", "after", "shut", "open_"), [(60, 30, "09:30", "10:00"), (30, 60, "09:00", "10:00")])
def test_a_blocked_time_keeps_its_length(cast, wanted, before, after, shut, open_):
    """Issue 6.5: blocked from nine for as long as a slot was then, whatever the slots are now."""
    counter = make_counter(cast.town, "別の窓口", slot_minutes=before)
    seats.block(counter, at(TOMORROW), "点検")
    counter = altered(counter, slot_minutes=after)
    assert not seats.is_free(counter, at(TOMORROW, shut)) and seats.is_free(counter, at(TOMORROW, open_))
    assert hold(cast.ken, write(wanted, cast.ken), counter, key(clock_time=open_)).state == "HELD"
    cells = {cell.key: cell for _, row in weeks.week(counter, at(TOMORROW).date()).rows for cell in row if cell}
    assert cells[key(clock_time=shut)].state == weeks.CLOSED


def test_a_part_of_what_is_held_is_blocked(cast, counter, wanted):
    """Issue 6.5: blocked while the slots were others: whoever holds the time is told when sending."""
    written = write(wanted, cast.keiko)
    hold(cast.keiko, written, counter)
    altered(counter, slot_minutes=15)
    seats.block(Counter.get_by_id(counter.id), at(TOMORROW, "09:15"), "点検")
    altered(counter, slot_minutes=30)
    with pytest.raises(seats.Full, match="休止"):
        send(cast.keiko, written)
    assert booking.of(written).state == "HELD"


def test_a_hold_that_ran_out_is_not_in_the_way_of_the_new_slots(cast, counter, wanted):
    held = hold(cast.keiko, write(wanted, cast.keiko), counter, key(clock_time="09:30"))
    counter = altered(counter, slot_minutes=60)
    with clock.at("2026-11-24T10:10:00"):
        assert hold(cast.ken, write(wanted, cast.ken), counter).state == "HELD"
    assert Reservation.get_by_id(held.id).state == "EXPIRED"


def test_of_several_holds_for_fewer_seats_the_first_one_counts(cast, wanted):
    """R-5.3: as many are booked as there are seats."""
    counter = make_counter(cast.town, "三つの窓口", seats=3)
    people = (cast.keiko, cast.ken, cast.company)
    drafts = [(who, write(wanted, who)) for who in people]
    for who, written in drafts:
        hold(who, written, counter)
    altered(counter, seats=1)
    for who, written in reversed(drafts[1:]):
        assert booking.why_not_sent(written, booking.of(written)) == seats.LOST
        for act in (
            lambda w=who, one=written: send(w, one),
            lambda w=who, one=written: booking.renew(person(w), one.id),
        ):
            with pytest.raises(seats.RanOut) as told:
                act()
            assert told.value.message == seats.LOST
    send(*drafts[0])
    assert Reservation.select().where(Reservation.state == "BOOKED").count() == 1


def test_a_hold_is_as_long_as_it_was_shown(cast, counter, wanted):
    """R-5.3: what was held as half an hour is not booked at a counter that gives an hour; chosen again it is."""
    written = write(wanted, cast.keiko)
    hold(cast.keiko, written, counter)
    altered(counter, slot_minutes=60)
    assert booking.why_not_sent(written, booking.of(written)) == seats.LOST
    with pytest.raises(seats.RanOut):
        send(cast.keiko, written)
    hold(cast.keiko, written, counter)
    send(cast.keiko, written)
    assert booking.of(written).ends_at == at(TOMORROW, "10:00") and seats_of(counter) == 1


def test_a_counter_of_another_division_is_not_sent_to(cast, counter, wanted):
    """R-5.1: the counter has to be one of the procedure's when it is sent, too."""
    written = write(wanted, cast.keiko)
    hold(cast.keiko, written, counter)
    make_counter(cast.town, "残る窓口")
    other = Division.select().where((Division.town == cast.town) & (Division.id != counter.division_id)).first()
    altered(counter, division=other)
    assert "ほかの窓口" in booking.why_not_sent(written, booking.of(written))
    with pytest.raises(Refusal, match="ほかの窓口"):
        send(cast.keiko, written)
    assert booking.of(written).state == "HELD"


def test_three_holds_at_a_time(cast, wanted):
    """R-5.3: nobody fills a counter with drafts; another time for one of the three is no fourth."""
    counter = make_counter(cast.town, "広い窓口", seats=9)
    drafts = [write(wanted, cast.keiko) for _ in range(4)]
    for written in drafts[:3]:
        hold(cast.keiko, written, counter)
    with pytest.raises(Refusal, match="3件まで"):
        hold(cast.keiko, drafts[3], counter)
    assert hold(cast.keiko, drafts[0], counter, key(NEXT)).state == "HELD"
    assert hold(cast.ken, write(wanted, cast.ken), counter).state == "HELD"
    with clock.at("2026-11-24T10:10:00"):
        assert hold(cast.keiko, drafts[3], counter).state == "HELD"


def altered(counter: Counter, **columns) -> Counter:
    """What staff do to a counter, its bookings kept."""
    Counter.update(**columns).where(Counter.id == counter.id).execute()
    return Counter.get_by_id(counter.id)


# ---------------------------------------------------------------- what cannot be chosen


@pytest.mark.parametrize(
    ("slot", "words"),
    [
        (key("2026-11-24", "15:00"), "きょうより前の日と、きょうの予約はできません"),
        (key("2026-11-23"), "きょうより前"),
        (key("1000-01-01"), "きょうより前"),
        (key(TOMORROW, "09:10"), "枠がありません"),
        (key(TOMORROW, "12:00"), "枠がありません"),
        (key(TOMORROW, "15:45"), "枠がありません"),
        (key("2026-11-28"), "枠がありません"),  # a Saturday
        (key("2027-01-01"), "枠がありません"),
        (key("2027-01-11"), "枠がありません"),  # 成人の日
        (key("2027-01-25"), "1月23日"),  # the sixtieth day is the last
        (key("9999-12-31"), "までです"),
        (key("2026-02-30"), "枠がありません"),
        ("令和8年2月30日", "枠がありません"),
        ("", "枠がありません"),
        ("２０２６-11-25T09:00", "枠がありません"),
    ],
)
def test_times_that_are_none(cast, counter, wanted, slot, words):
    """R-5.2 R-5.4: each gets a sentence, and nothing is written."""
    written = write(wanted, cast.keiko)
    with pytest.raises(Refusal) as refused:
        booking.choose(person(cast.keiko), written.id, str(counter.id), slot)
    assert words in refused.value.message
    assert Reservation.select().count() == 0


def test_not_for_today_is_the_towns_today(cast, counter, wanted):
    """R-5.2: at 0:00 in Japan it is still yesterday in UTC."""
    with clock.at("2026-11-24T23:59:59"):
        hold(cast.keiko, write(wanted, cast.keiko), counter)
    with clock.at("2026-11-25T00:00:00"), pytest.raises(Refusal):
        hold(cast.ken, write(wanted, cast.ken), counter, key(TOMORROW, "10:00"))


def test_across_the_years_end(cast, wanted):
    counter = make_counter(cast.town, "窓口", on_holidays=True)
    with clock.at("2026-12-28T10:00:00"):
        for closed in ("2026-12-29", "2026-12-31", "2027-01-01", "2027-01-03"):
            with pytest.raises(Refusal):
                hold(cast.keiko, write(wanted, cast.keiko), counter, key(closed))
        assert hold(cast.keiko, write(wanted, cast.keiko), counter, key("2027-01-04")).state == "HELD"


def test_closed_days_of_town_and_counter(cast, counter, wanted):
    written = write(wanted, cast.keiko)
    ClosingDay.create(town=cast.town, day=at(TOMORROW).date(), name="町制記念日")
    CounterDay.create(counter=counter, day=at(NEXT).date(), reason="研修のため")
    CounterDay.create(counter=counter, day=at("2026-11-28").date(), opens=540, closes=600, reason="")
    for slot in (key(TOMORROW), key(NEXT)):
        with pytest.raises(Refusal):
            hold(cast.keiko, written, counter, slot)
    assert hold(cast.keiko, written, counter, key("2026-11-28", "09:30")).state == "HELD"


def test_counters_that_are_not_for_it(cast, counter, wanted):
    """Of another town, of another division, closed, or nonsense: a sentence."""
    written = write(wanted, cast.keiko)
    far = make_counter(cast.town, "税務窓口", division=Division.get(Division.name == "税務課").id)
    foreign = Counter.create(
        town=cast.other_town, division=Division.get(Division.town == cast.other_town), name="住民窓口"
    )
    closed = make_counter(cast.town, "閉じた窓口", closed_at=clock.now())
    for counted in (str(far.id), str(foreign.id), str(closed.id), "99999", "x", "１", ""):
        with pytest.raises(Refusal) as refused:
            booking.choose(person(cast.keiko), written.id, counted, key())
        assert "窓口" in refused.value.message


def test_a_counter_that_closes_keeps_the_form(cast, counter, wanted):
    written = write(wanted, cast.keiko)
    hold(cast.keiko, written, counter)
    Counter.update(closed_at=clock.now()).execute()
    with pytest.raises(Refusal) as refused:
        send(cast.keiko, written)
    assert "予約を受け付けていません" in refused.value.message
    assert Application.get_by_id(written.id).status == Status.DRAFT
    assert "窓口がありません" in booking.no_counter(written)


def test_only_ones_own(cast, counter, wanted):
    written = write(wanted, cast.keiko)
    with pytest.raises(Missing):
        hold(cast.ken, written, counter)
    row = booked(cast.keiko, wanted, counter)
    for act in (by_resident.own, lambda who, key: by_resident.cancel(who, key, row.revision)):
        with pytest.raises(Missing):
            act(person(cast.ken), row.id)


def test_a_procedure_without_a_visit_has_none(cast, counter):
    with pytest.raises(Missing):
        hold(cast.keiko, write(cast.dogs, cast.keiko), counter)


# ---------------------------------------------------------------- sending


def test_the_visit_is_booked_with_the_application(cast, counter, wanted):
    """R-5.1 R-5.5"""
    row = booked(cast.keiko, wanted, counter)
    assert (row.name, row.telephone, row.resident_id) == ("浜口 恵子", cast.keiko.telephone, cast.keiko.id)
    assert [e.name for e in ApplicationEvent.select().order_by(ApplicationEvent.id)] == ["submitted", "visit_booked"]
    mail = OutboxMail.get(OutboxMail.kind == "visit_booked")
    for words in ("令和8年11月25日（水） 9:00〜9:30", "住民窓口（本庁舎1階）", "犬の写真", "本人確認書類"):
        assert words in mail.body, words


def test_nothing_is_sent_without_a_time(cast, counter, wanted):
    with pytest.raises(Refusal) as refused:
        send(cast.keiko, write(wanted, cast.keiko))
    assert "まだ選んでいません" in refused.value.message


def test_another_time_than_the_page_showed_is_not_sent(cast, counter, wanted):
    written = write(wanted, cast.keiko)
    mark = booking.mark_of(hold(cast.keiko, written, counter))
    hold(cast.keiko, written, counter, key(NEXT))
    with pytest.raises(Refusal):
        booking.send(person(cast.keiko), written.id, submission.sheet(written).sha256, mark)
    send(cast.keiko, written)
    assert booking.of(written).starts_at == at(NEXT)


def test_a_correction_keeps_the_visit(cast, counter, wanted):
    row = booked(cast.keiko, wanted, counter)
    sent, me = row.application, as_staff(cast.clerk)
    application.return_for_correction(sent, me, sent.revision, reason="直す", remarks={}, until=at(NEXT).date())
    send(cast.keiko, sent)
    assert Reservation.get_by_id(row.id).state == "BOOKED"
    assert OutboxMail.select().where(OutboxMail.kind == "visit_booked").count() == 1


# ---------------------------------------------------------------- change, cancel, withdraw


def test_change_until_the_day_before(cast, counter, wanted):
    row = booked(cast.keiko, wanted, counter)
    me = person(cast.keiko)
    with clock.at("2026-11-24T23:59:00"):
        for _ in range(2):  # a double press
            by_resident.change_time(me, row.id, row.revision, str(counter.id), key(NEXT))
    assert (seats_of(counter), seats_of(counter, key(NEXT))) == (0, 1)
    assert "11月25日" in OutboxMail.get(OutboxMail.kind == "visit_changed").body
    now = Reservation.get_by_id(row.id)
    with pytest.raises(Refusal):  # the page of before
        by_resident.change_time(me, row.id, row.revision, str(counter.id), key("2026-11-27"))
    with clock.at("2026-11-26T00:00:00"):
        for act in (
            lambda: by_resident.change_time(me, row.id, now.revision, str(counter.id), key("2026-11-27")),
            lambda: by_resident.cancel(me, row.id, now.revision),
        ):
            with pytest.raises(Refusal) as refused:
                act()
            assert "電話" in refused.value.message
    assert Reservation.get_by_id(row.id).starts_at == at(NEXT)


def test_a_change_to_a_full_time_changes_nothing(cast, counter, wanted):
    row = booked(cast.keiko, wanted, counter)
    booked(cast.ken, wanted, counter, key(NEXT))
    with pytest.raises(seats.Full):
        by_resident.change_time(person(cast.keiko), row.id, row.revision, str(counter.id), key(NEXT))
    assert Reservation.get_by_id(row.id).starts_at == at(TOMORROW)
    assert (seats_of(counter), seats_of(counter, key(NEXT))) == (1, 1)


def test_cancel_frees_the_seat_once(cast, counter, wanted):
    row = booked(cast.keiko, wanted, counter)
    for _ in range(2):
        by_resident.cancel(person(cast.keiko), row.id, row.revision)
    assert seats_of(counter) == 0
    assert OutboxMail.select().where(OutboxMail.kind == "visit_cancelled").count() == 1
    # And a new time can be booked for the application, at once.
    assert occasion.bookable(row.application)
    assert hold(cast.keiko, row.application, counter, key(NEXT)).state == "BOOKED"
    assert not occasion.bookable(row.application)


def test_withdrawal_frees_the_seat_but_not_on_the_day(cast, counter, wanted):
    """R-5.2"""
    for day, left in (("2026-11-24", 0), (TOMORROW, 1)):
        with clock.at("2026-11-24T10:00:00"):
            row = booked(cast.keiko, wanted, counter)
        with clock.at(f"{day}T08:00:00"):
            application.withdraw(
                own_application(person(cast.keiko), row.application_id), person(cast.keiko), reason="不要"
            )
        now = Reservation.get_by_id(row.id)
        assert seats_of(counter) == left
        assert (now.state, now.withdrawn) == (("BOOKED", True) if left else ("CANCELLED", False))


def rejected(sent: Application, me) -> Application:
    application.start_review(sent, me, sent.revision)
    application.reject(sent, me, sent.revision, reason="要件を満たさないため")
    return sent


def test_rejection_frees_the_seat_but_not_on_the_day(cast, counter):
    """R-5.2: as a withdrawal does; who booked is told why, and a 訂正 takes the sign for staff away."""
    wanted, me = visiting(cast.town, decision=True), as_staff(cast.clerk)
    row = booked(cast.keiko, wanted, counter)
    rejected(own_application(person(cast.keiko), row.application_id), me)
    now = Reservation.get_by_id(row.id)
    assert (now.state, now.cancelled_reason, seats_of(counter)) == ("CANCELLED", "申請が却下されたため", 0)
    told = OutboxMail.get(OutboxMail.kind == "visit_cancelled_by_town")
    assert told.resident_id == cast.keiko.id and "申請が却下されたため" in told.body
    row = booked(cast.ken, wanted, counter)
    with clock.at(f"{TOMORROW}T08:00:00"):
        sent = rejected(own_application(person(cast.ken), row.application_id), me)
        assert Reservation.get_by_id(row.id).withdrawn and shown.of_application(sent).withdrawn == "却下"
        application.reopen(sent, as_staff(cast.administrator), sent.revision, reason="押しまちがい")
    now = Reservation.get_by_id(row.id)
    assert (now.state, now.withdrawn, seats_of(counter)) == ("BOOKED", False, 1)
    assert OutboxMail.select().where(OutboxMail.kind == "visit_cancelled_by_town").count() == 1


def test_what_cannot_be_collected_any_more_is_not_waited_for(cast, counter):
    """An approval that is taken back takes the visit to collect along."""
    wanted, me = visiting(cast.town, "collect", decision=True), as_staff(cast.clerk)
    written = write(wanted, cast.keiko)
    send(cast.keiko, written)
    sent = own_application(person(cast.keiko), written.id)
    application.start_review(sent, me, sent.revision)
    application.approve(sent, me, sent.revision)
    row = hold(cast.keiko, sent, counter)
    assert row.state == "BOOKED"
    application.reopen(sent, as_staff(cast.administrator), sent.revision, reason="押しまちがい")
    assert (Reservation.get_by_id(row.id).state, seats_of(counter)) == ("CANCELLED", 0)
    assert "訂正されたため" in OutboxMail.get(OutboxMail.kind == "visit_cancelled_by_town").body


def test_a_counter_without_hours_is_not_offered(cast, counter, wanted):
    empty = Counter.create(town=cast.town, division=wanted.division_id, name="空の窓口")
    assert occasion.counters_for(wanted) == [counter]
    CounterDay.create(counter=empty, day=at(NEXT).date(), opens=540, closes=600)
    assert occasion.counters_for(wanted) == [counter, empty]


# ---------------------------------------------------------------- to collect


def test_a_visit_to_collect_after_approval(cast, counter):
    wanted, me = visiting(cast.town, "collect", decision=True), as_staff(cast.clerk)
    written = write(wanted, cast.keiko)
    send(cast.keiko, written)
    sent = own_application(person(cast.keiko), written.id)
    assert not occasion.bookable(sent)
    with pytest.raises(Missing):
        hold(cast.keiko, sent, counter)
    application.start_review(sent, me, sent.revision)
    sent = Application.get_by_id(sent.id)
    application.approve(sent, me, sent.revision)
    assert occasion.bookable(sent)
    row = hold(cast.keiko, sent, counter)
    assert row.state == "BOOKED"
    assert hold(cast.keiko, sent, counter).id == row.id
    with pytest.raises(Refusal) as refused:
        hold(cast.keiko, sent, counter, key(NEXT))
    assert "すでに予約があります" in refused.value.message
    assert OutboxMail.select().where(OutboxMail.kind == "visit_booked").count() == 1


# ---------------------------------------------------------------- which counters


def test_the_counters_of_the_division_or_above(cast):
    wanted = visiting(cast.town)
    above = make_counter(cast.town, "総合窓口", division=wanted.division.parent_id)
    assert [one.name for one in occasion.counters_for(wanted)] == [above.name]
    make_counter(cast.town, "住民窓口")
    assert [one.name for one in occasion.counters_for(wanted)] == ["住民窓口"]


# ---------------------------------------------------------------- what is said of one


def test_the_state_in_words(cast, counter, wanted):
    """R-5.5: a booking that is over is none to come, whoever reads it; its owner hears whom to call."""
    row = booked(cast.keiko, wanted, counter)
    me = person(cast.keiko)
    for now, owners, live in (("09:29:59", "予約中", True), ("09:30:00", "日時が過ぎました", False)):
        with clock.at(f"{TOMORROW}T{now}"):
            said = shown.of(row)
            assert (said.state_words, said.live, said.over) == (owners, live, not live)
            assert states.for_staff(row.state, row.ends_at) == ("予約中" if live else "記録なし")
            assert [bool(shown.coming(me)), bool(by_resident.coming(cast.keiko.id))] == [live, live]
            assert [line.state_words for line in shown.past(me)] == ([] if live else [owners])
    for day in (TOMORROW, "2026-12-20"):
        with clock.at(f"{day}T10:00:00"):
            assert "過ぎました" in by_resident.why_not_changed(row) and "電話" in by_resident.why_not_changed(row)
    with clock.at(f"{TOMORROW}T08:00:00"):
        assert "当日" in by_resident.why_not_changed(row)


@pytest.mark.parametrize(
    ("asked", "counters", "words"),
    [
        ("申込番号の控え、本人確認書類", "申込番号の控え", ["申込番号の控え、本人確認書類"]),
        (
            "お子さんの本人確認書類、家の写真",
            "本人確認書類、写真",
            ["お子さんの本人確認書類、家の写真", "本人確認書類、写真"],
        ),
        ("・本人確認書類\n・印鑑登録証", "本人確認書類、印鑑", ["・本人確認書類", "・印鑑登録証", "印鑑"]),
        ("", "本人確認書類（運転免許証、旅券など）\n印鑑", ["本人確認書類（運転免許証、旅券など）", "印鑑"]),
    ],
)
def test_what_to_bring_is_said_once(cast, counter, asked, counters, words):
    """R-5.5: what both procedure and counter ask for stands once; nothing else is left out."""
    counter.bring = counters
    assert occasion.bring({"visit": {"when": "collect", "bring": asked}}, counter) == words


def test_what_a_time_is_to_be_chosen_for(cast, counter):
    """R-5.1: what was granted lately, as long as nobody has booked or come for it, and a counter is there."""
    wanted, me = visiting(cast.town, "collect", decision=True), as_staff(cast.clerk)
    sent, mine = send(cast.keiko, write(wanted, cast.keiko)), person(cast.keiko)
    assert not occasion.unbooked(mine)
    application.start_review(sent, me, sent.revision)
    application.approve(sent, me, sent.revision)
    assert [(one.id, one.collects) for one in occasion.unbooked(mine)] == [(sent.id, True)]
    assert not occasion.unbooked(person(cast.ken))
    for shut in (clock.now(), None):
        altered(counter, closed_at=shut)
        assert bool(occasion.unbooked(mine)) == occasion.offered(sent) == occasion.ahead_of(sent).offered == (not shut)
    with clock.at("2027-02-01T10:00:00"):
        assert not occasion.unbooked(mine)
    row = hold(cast.keiko, sent, counter)
    assert not occasion.unbooked(mine)
    by_resident.cancel(mine, row.id, row.revision)
    assert occasion.unbooked(mine)


# ---------------------------------------------------------------- where a booking cannot be moved to


@pytest.fixture
def elsewhere(cast, counter, wanted) -> dict[str, Counter]:
    """Counters by name: one that may be chosen, and those that may not."""
    closed = make_counter(cast.town, "閉じた窓口", closed_at=clock.now())
    tax = make_counter(cast.town, "税務窓口", division=Division.get(Division.name == "税務課").id)
    above = make_counter(cast.town, "総合窓口", division=wanted.division.parent_id)
    foreign = Counter.create(
        town=cast.other_town, division=Division.get(Division.town == cast.other_town), name="隣の町"
    )
    CounterDay.create(counter=counter, day=at("2026-11-27").date(), reason="研修のため")
    CounterDay.create(counter=counter, day=at("2026-11-28").date(), opens=540, closes=600)
    ClosingDay.create(town=cast.town, day=at("2026-11-30").date(), name="町制記念日")
    seats.block(counter, at(NEXT, "11:00"), "点検")
    return {"own": counter, "closed": closed, "tax": tax, "above": above, "foreign": foreign}


@pytest.mark.parametrize(
    ("where", "slot", "words"),
    [
        ("own", key("2026-11-24", "15:00"), "きょうの予約はできません"),  # today, though it is still to come
        ("own", key("2026-11-20"), "きょうより前"),
        ("own", key("2026-11-27"), "枠がありません"),  # a day of the counter's own
        ("own", key("2026-11-28", "10:00"), "枠がありません"),  # a day with other hours
        ("own", key("2026-11-29"), "枠がありません"),  # a Sunday
        ("own", key("2026-11-30"), "枠がありません"),  # the town's closing day
        ("own", key("2026-12-30"), "枠がありません"),  # the year's end
        ("own", key("2027-01-11"), "枠がありません"),  # a holiday
        ("own", key("2027-01-25"), "1月23日"),  # the day after the last one
        ("own", key(NEXT, "09:10"), "枠がありません"),
        ("own", key(NEXT, "12:00"), "枠がありません"),  # the break
        ("own", key(NEXT, "15:45"), "枠がありません"),  # the hours end in it
        ("own", key(NEXT, "11:00"), "休止"),
        ("own", "2026-02-30T09:00", "枠がありません"),
        ("own", "", "枠がありません"),
        ("closed", key(NEXT), "ほかの窓口"),
        ("tax", key(NEXT), "ほかの窓口"),
        ("above", key(NEXT), "ほかの窓口"),  # that of the division above is not offered beside one's own
        ("foreign", key(NEXT), "ほかの窓口"),
    ],
)
def test_where_a_booking_cannot_be_moved_to(cast, counter, wanted, elsewhere, where, slot, words):
    """R-5.2 R-5.4: what cannot be chosen cannot be changed to either; a sentence, and everything stays as it was."""
    row, me = booked(cast.keiko, wanted, counter), person(cast.keiko)
    mails = OutboxMail.select().count()
    with pytest.raises(Refusal) as refused:
        by_resident.change_time(me, row.id, row.revision, str(elsewhere[where].id), slot)
    assert words in refused.value.message
    now = Reservation.get_by_id(row.id)
    assert (now.counter_id, now.starts_at, now.revision) == (counter.id, at(TOMORROW), row.revision)
    assert (seats_of(counter), OutboxMail.select().count()) == (1, mails)
    # And where it can: the last slot of the last day, and a day with hours of its own.
    for there in (key("2027-01-22", "15:30"), key("2026-11-28", "09:30")):
        now = by_resident.change_time(me, row.id, now.revision, str(counter.id), there)
        assert Reservation.get_by_id(row.id).starts_at == weeks.time_of(there)


def test_the_window_of_a_change_is_the_one_there_is_now(cast, counter, wanted):
    """R-5.2: from so many days ahead until so many, whatever it was when it was booked."""
    row, me = booked(cast.keiko, wanted, counter), person(cast.keiko)
    altered(counter, days_from=3, days_until=7)
    for day in (NEXT, "2026-12-02"):
        with pytest.raises(Refusal, match="予約できるのは"):
            by_resident.change_time(me, row.id, row.revision, str(counter.id), key(day))
    for day in ("2026-11-27", "2026-12-01"):
        row = by_resident.change_time(me, row.id, row.revision, str(counter.id), key(day))
    assert (seats_of(counter), seats_of(counter, key("2026-12-01"))) == (0, 1)


# ---------------------------------------------------------------- two writers


def test_a_second_writer_between_the_look_and_the_write(cast, monkeypatch):
    """R-5.3: the constraint decides; who is late takes the next seat, or is told that there is none."""
    look = seats._in_the_way

    def overtaken(counter, starts_at, now):
        found = look(counter, starts_at, now)
        monkeypatch.setattr(seats, "_in_the_way", look)
        seats.hold(counter, starts_at, name="先の人")
        return found

    monkeypatch.setattr(seats, "_in_the_way", overtaken)
    late = seats.hold(make_counter(cast.town, "二席の窓口", seats=2), at(NEXT), name="後の人")
    assert [row.number for row in Seat.select().order_by(Seat.number)] == [1, 2]
    assert Seat.get(Seat.reservation == late).number == 2
    monkeypatch.setattr(seats, "_in_the_way", overtaken)
    with pytest.raises(seats.Full):
        seats.hold(make_counter(cast.town, "一席の窓口"), at(NEXT), name="後の人")


def test_who_booked_first_keeps_the_slot(cast, wanted):
    """Issue 6.5: also before who was entered by staff later; a booking entered at once has its instant, too."""
    counter, clerk = make_counter(cast.town, "二席の窓口", seats=2), as_staff(cast.clerk)
    first = booked(cast.keiko, wanted, counter)
    with clock.at("2026-11-24T10:05:00"):
        late = by_town.enter(clerk, counter.id, at(TOMORROW), Caller("電話 太郎"))
        assert late.booked_at == clock.now() > first.booked_at
        with pytest.raises(Touches) as shown_first:
            change_of_hours.decide(clerk, [counter], lambda: altered(counter, seats=1), Decision())
    assert [line.id for line in shown_first.value.lines] == [late.id]
