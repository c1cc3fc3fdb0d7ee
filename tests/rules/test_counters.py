"""窓口: what a counter can be, its hours and single days, and what a change does to who has booked."""

from __future__ import annotations

from datetime import date

import pytest
from cast_acts import as_staff
from counter_acts import TOMORROW, at, entered, fresh, mails, make_counter, with_application
from visit_acts import visiting

import clock
import models
from models import ApplicationEvent, AuditEntry, ClosingDay, Counter, CounterDay, Procedure, Reservation, Seat
from rules import Refusal
from rules.counters import blocking, by_town, change_of_hours, counter_effect, schedule, setup_counters, setup_hours
from rules.counters.change_of_hours import CANCEL, KEEP, Decision, Touches
from rules.procedures import procedure
from rules.records.access import Missing
from rules.town import setup_closing_days
from rules.town.setup_behind import Stale
from rules.visits import hours, seats

NOTHING = Decision()


@pytest.fixture
def chief(cast):
    return as_staff(cast.administrator)


@pytest.fixture
def counter(cast) -> Counter:
    return make_counter(cast)


def values(row: Counter, **changes) -> dict:
    found = {key: getattr(row, key) for key in ("name", "place", "map_text", "bring", *setup_counters._NUMBERS)}
    found |= {"division": str(row.division_id), "telephone": None, "on_holidays": "no"}
    return found | changes


def decided(act, what: str, reason: str = "") -> change_of_hours.Done:
    """Do it as staff do: first the bookings are shown, then it is decided on just these."""
    with pytest.raises(Touches) as shown:
        act(NOTHING)
    return act(Decision(what, reason, shown.value.seen))


def hours_from(opens: str, closes: str) -> setup_hours.Typed:
    typed = dict.fromkeys(setup_hours.field_names(), "")
    for weekday in range(1, 6):
        typed |= {f"w{weekday}.1.from": opens, f"w{weekday}.1.until": closes}
    return typed


def refused(act) -> dict[str, str]:
    with pytest.raises(Refusal) as told:
        act()
    return told.value.fields


# ---------------------------------------------------------------- when it is open


def test_the_week_with_a_break(chief, counter):
    """R-5.4: opening hours and lunch; a slot ends before the hours do."""
    typed = hours_from("9:00", "１２時") | {"w1.2.from": "1300", "w1.2.until": "午後2時40分"}
    setup_hours.change_hours(chief, counter.id, typed, 0, NOTHING)
    monday = hours.plan_of(counter).slots(date(2026, 11, 30))
    assert [f"{one:%H:%M}" for one in monday[-4:]] == ["11:30", "13:00", "13:30", "14:00"]
    assert setup_hours.week_words(counter)[0] == ("月曜日", "9:00〜12:00、13:00〜14:40")
    assert setup_hours.week_words(counter)[6] == ("日曜日", "休み")


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"w1.1.from": "12:00", "w1.1.until": "9:00"}, "q-w1-1-until", "より後になっていません"),
        ({"w1.1.from": "9:00", "w1.1.until": "9:00"}, "q-w1-1-until", "より後になっていません"),
        ({"w1.2.from": "11:30", "w1.2.until": "15:00"}, "q-w1-2-from", "重なっています"),
        ({"w1.2.from": "13:00"}, "q-w1-2-until", "もう片方"),
        ({"w1.1.from": "25:00"}, "q-w1-1-from", "「9:00」"),
        ({"w1.1.from": "朝"}, "q-w1-1-from", "「9:00」"),
        ({"w1.1.until": "9:20"}, "q-w1-1-until", "1件の時間"),
    ],
)
def test_hours_that_will_not_do(chief, counter, changes, field, words):
    """R-5.4: overlapping, reversed, halves, no times at all: a sentence beside the field, nothing changed."""
    before = setup_hours.kept_hours(counter)
    told = refused(
        lambda: setup_hours.change_hours(chief, counter.id, hours_from("9:00", "12:00") | changes, 0, NOTHING)
    )
    assert words in told[field]
    assert setup_hours.kept_hours(counter) == before


def test_holidays_and_the_years_end(cast, chief, counter):
    """R-5.4: public holidays, year-end days, the town's closing days; a single day comes before them all."""
    plan = hours.plan_of(counter)
    assert plan.why_closed(date(2027, 1, 11)) == "成人の日"
    assert plan.why_closed(date(2026, 12, 29)) == plan.why_closed(date(2027, 1, 1)) == "年末年始"
    assert plan.spans(date(2026, 12, 28)) and plan.spans(date(2027, 1, 4))
    with models.transaction():
        ClosingDay.create(town=cast.town, day="2026-12-01", name="記念日")
        Counter.update(on_holidays=True).execute()
    plan = hours.plan_of(Counter.get_by_id(counter.id))
    assert plan.spans(date(2027, 1, 11)) and plan.why_closed(date(2026, 12, 1)) == "閉庁日"
    assert plan.why_closed(date(2026, 12, 31)) == "年末年始"
    day = {"from": "2026-12-30", "until": None, "kind": "open", "opens": "10:00", "closes": "11:00", "reason": "臨時"}
    setup_hours.set_days(chief, counter.id, day, 0, NOTHING)
    assert hours.plan_of(counter).spans(date(2026, 12, 30)) == ((600, 660),)
    ahead = setup_hours.year_ahead(Counter.get_by_id(counter.id))
    assert ("2027年1月11日（月）", "成人の日", "9:00〜12:00") in ahead
    assert ("12月30日（水）", "年末年始", "10:00〜11:00") in ahead and len(ahead) > 20
    assert ("12月1日（火）", "閉庁日（記念日）", "休み") in ahead


def test_a_range_of_days_at_once(chief, counter):
    """R-5.4: cancelled days with a reason; those that are closed anyway are left out, what stood before is replaced."""
    days = {"from": "2026-11-27", "until": "2026-12-01", "kind": "closed", "opens": "", "closes": "", "reason": "工事"}
    done = setup_hours.set_days(chief, counter.id, days, 0, NOTHING)
    assert done.result == 3
    assert [row.day.isoformat() for row in CounterDay.select().order_by(CounterDay.day)] == [
        "2026-11-27", "2026-11-30", "2026-12-01",
    ]  # fmt: skip
    assert hours.plan_of(counter).why_closed(date(2026, 11, 30)) == "工事"
    # The same form pressed twice finds it done.
    assert setup_hours.set_days(chief, counter.id, days, 0, NOTHING).result == 3
    assert Counter.get_by_id(counter.id).revision == 1
    open_again = days | {"kind": "open", "until": None, "opens": "9", "closes": "10", "reason": ""}
    setup_hours.set_days(chief, counter.id, open_again, 1, NOTHING)
    assert hours.plan_of(counter).spans(date(2026, 11, 27)) == ((540, 600),)
    row = CounterDay.get(CounterDay.day == "2026-11-27")
    setup_hours.remove_day(chief, counter.id, row.id, 2, NOTHING)
    setup_hours.remove_day(chief, counter.id, row.id, 2, NOTHING)
    assert hours.plan_of(counter).spans(date(2026, 11, 27)) == ((540, 720),)
    assert AuditEntry.select().where(AuditEntry.act == "counter_day_removed").count() == 1


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"from": "2026-11-23"}, "q-from-year", "過ぎた日"),
        ({"from": "2026-11-28"}, "q-from-year", "もともと休み"),
        ({"until": "2026-11-26"}, "q-until-year", "前になっています"),
        ({"until": "2027-02-01"}, "q-until-year", "40日まで"),
        ({"from": "2036-01-07"}, "q-from-year", "2年より先"),
        ({"opens": "9:00", "closes": "12:00"}, "q-kind", "時刻が入っています"),
        ({"kind": "open"}, "q-opens", "受け付ける時間"),
        ({"kind": "open", "opens": "9:00"}, "q-closes", "もう片方"),
        ({"kind": "open", "opens": "12:00", "closes": "9:00"}, "q-closes", "より後"),
    ],
)
def test_single_days_that_will_not_do(chief, counter, changes, field, words):
    """R-5.4"""
    days = {"from": "2026-11-27", "until": None, "kind": "closed", "opens": "", "closes": "", "reason": ""}
    assert words in refused(lambda: setup_hours.set_days(chief, counter.id, days | changes, 0, NOTHING))[field]
    assert not CounterDay.select().exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"days_from": 0}, "q-days_from"),
        ({"days_until": 0}, "q-days_until"),
        ({"days_from": 10, "days_until": 5}, "q-days_until"),
        ({"days_until": 366}, "q-days_until"),
        ({"seats": 0}, "q-seats"),
        ({"seats": 51}, "q-seats"),
        ({"slot_minutes": 4}, "q-slot_minutes"),
        ({"slot_minutes": 481}, "q-slot_minutes"),
        ({"division": "999999"}, "q-division"),
        ({"name": "子育て窓口"}, "q-name"),
    ],
)
def test_counters_that_will_not_do(cast, chief, counter, changes, field):
    """R-5.4: a booking window of zero days or turned round, no seats, a name that is taken: a sentence."""
    make_counter(cast, name="子育て窓口")
    for act in (
        lambda: setup_counters.revise(chief, counter.id, values(counter, **changes), 0, NOTHING),
        lambda: setup_counters.add(chief, values(counter, name="ほかの窓口") | changes),
    ):
        assert refused(act)[field].endswith("。")
    assert Counter.select().count() == 2 and Counter.get_by_id(counter.id).revision == 0


# ---------------------------------------------------------------- what a change touches


def test_a_change_shows_first_whom_it_touches(cast, chief, counter):
    """Issue 6.1: nothing is changed until staff have decided; kept bookings stay where they are."""
    early, late = entered(cast, counter, at("09:00")), entered(cast, counter, at("11:30"), "海野 花")

    def act(decision):
        return setup_hours.change_hours(chief, counter.id, hours_from("10:00", "12:00"), 0, decision)

    with pytest.raises(Touches) as shown:
        act(NOTHING)
    assert [(line.id, line.name, line.time_words) for line in shown.value.lines] == [
        (early.id, "電話 太郎", "9:00〜9:30")
    ]
    assert hours.plan_of(counter).spans(date(2026, 11, 25)) == ((540, 720),)
    assert Counter.get_by_id(counter.id).revision == 0
    done = act(Decision(KEEP, "", shown.value.seen))
    assert (done.kept, done.cancelled) == (1, 0)
    assert fresh(early).state == fresh(late).state == "BOOKED" and Seat.select().count() == 2
    found = schedule.day(chief, counter, date(2026, 11, 25))
    assert (found.times[0].words, found.times[0].misses(found.times[0].lines[0])) == ("9:00〜9:30", True)
    assert not found.times[-1].misses(found.times[-1].lines[0])
    # What was kept is not asked for again by the next change.
    setup_hours.change_hours(chief, counter.id, hours_from("10:30", "12:00"), 1, NOTHING)


def test_cancelled_with_a_reason_and_a_mail(cast, chief, counter):
    """Issue 6.1, R-5.5: who has an account gets a mail, the others are counted for staff to call."""
    with_application(cast, counter, at("09:00"))
    entered(cast, counter, at("09:00"))

    def act(decision):
        return setup_hours.change_hours(chief, counter.id, hours_from("10:00", "12:00"), 0, decision)

    with pytest.raises(Touches) as shown:
        act(NOTHING)
    with pytest.raises(Touches) as again:
        act(Decision(CANCEL, " ", shown.value.seen))
    assert "理由" in again.value.errors["q-cancel_reason"] and not mails("visit_cancelled_by_town")
    done = act(Decision(CANCEL, "窓口の工事のため", shown.value.seen))
    assert (done.cancelled, done.untold) == (2, 1) and "うち1件は、メールが届きません" in done.words
    assert {row.state for row in Reservation.select()} == {"CANCELLED"} and not Seat.select().exists()
    assert "窓口の工事のため" in mails("visit_cancelled_by_town")[0].body
    assert AuditEntry.select().where(AuditEntry.act == "reservation_cancelled").count() == 2


def test_a_booking_that_came_meanwhile_is_shown_too(cast, chief, counter):
    """Issue 6.1: never silently dropped: what was decided holds for just the bookings that were shown."""
    entered(cast, counter, at("09:00"))

    def act(decision):
        return setup_hours.change_hours(chief, counter.id, hours_from("10:00", "12:00"), 0, decision)

    with pytest.raises(Touches) as shown:
        act(NOTHING)
    other = entered(cast, counter, at("09:30"), "あとの人")
    with pytest.raises(Touches) as again:
        act(Decision(CANCEL, "都合により", shown.value.seen))
    assert again.value.again and len(again.value.lines) == 2
    assert fresh(other).state == "BOOKED"


def test_longer_visits(cast, chief, counter):
    """Issue 6.1: another slot length touches every booking to come, none that is over."""
    with clock.at("2026-11-24T09:00:00"):
        entered(cast, counter, at("09:00", "2026-11-24"))
    entered(cast, counter, at("09:00"))

    def act(decision):
        return setup_counters.revise(chief, counter.id, values(counter, slot_minutes=60), 0, decision)

    assert decided(act, KEEP).kept == 1


def test_who_was_kept_is_shown_again(cast, chief, counter):
    """Issue 6.1: a booking beside the slots still loses its day, its counter, or its time to a meeting."""
    entered(cast, counter, at("09:30"))
    decided(lambda d: setup_counters.revise(chief, counter.id, values(counter, slot_minutes=60), 0, d), KEEP)
    closed = {"from": "2026-11-25", "until": None, "kind": "closed", "opens": None, "closes": None, "reason": "研修"}
    for act in (
        lambda d: blocking.block(chief, counter.id, date(2026, 11, 25), ["2026-11-25T09:00"], "会議", d),
        lambda d: setup_hours.set_days(chief, counter.id, closed, 1, d),
        lambda d: setup_counters.close(chief, counter.id, Counter.get_by_id(counter.id).revision, d),
    ):
        assert decided(act, KEEP).kept == 1
    blocking.unblock(chief, counter.id, date(2026, 11, 25), ["2026-11-25T09:00"])
    assert Reservation.get().state == "BOOKED"


def test_a_closing_day_reaches_a_closed_counter(cast, chief, counter):
    """Issue 6.1: who was kept at a counter that was closed still comes."""
    entered(cast, counter, at("09:00"))
    decided(lambda d: setup_counters.close(chief, counter.id, 0, d), KEEP)
    closing = {"day": "2026-11-25", "name": "停電"}
    with pytest.raises(Touches) as shown:
        change_of_hours.of_town(chief, lambda: ClosingDay.create(town=cast.town, **closing), NOTHING)
    assert len(shown.value.lines) == 1 and not ClosingDay.select().exists()


def test_another_place_is_told(cast, chief, counter):
    """R-5.5: who comes is told where to, if staff say so; a typing error put right troubles nobody."""
    row = with_application(cast, counter, at("09:00"))
    entered(cast, counter, at("09:30"))

    def placed(place: str, tell: str, **more) -> str:
        told = values(fresh_counter(counter), place=place, tell=tell, **more)
        return setup_counters.revise(chief, counter.id, told, fresh_counter(counter).revision, NOTHING).result

    assert placed("本庁舎1階 ", "yes") == "" and placed("本庁舎２階", "no") == "" and not mails("visit_changed_by_town")
    assert "予約1件の方に、メールで知らせました" in (said := placed("別館1階", "yes")) and "届かない予約が1件" in said
    mail = mails("visit_changed_by_town")[0]
    assert "住民窓口（本庁舎２階）" in mail.body and "住民窓口（別館1階）" in mail.body
    assert ApplicationEvent.select().where(ApplicationEvent.application == row.application_id).count() == 3
    assert fresh(row).revision > row.revision
    # Whoever loses the slot by the same act hears of that alone.
    told = values(fresh_counter(counter), place="分館", tell="yes", slot_minutes=60)
    now = fresh_counter(counter).revision
    done = decided(lambda d: setup_counters.revise(chief, counter.id, told, now, d), CANCEL, "枠を変えるため")
    assert (done.cancelled, done.result) == (2, "") and len(mails("visit_changed_by_town")) == 1


def fresh_counter(counter: Counter) -> Counter:
    return Counter.get_by_id(counter.id)


def test_fewer_seats_touch_who_comes_in_between(cast, chief, counter):
    """Issue 6.1: one desk less, and two who were there at the same time for a while."""
    entered(cast, counter, at("09:00"), "先の人")
    decided(lambda d: setup_hours.change_hours(chief, counter.id, hours_from("9:15", "12:15"), 0, d), KEEP)
    last = entered(cast, counter, at("09:15"), "あとの人")
    with pytest.raises(Touches) as shown:
        setup_counters.revise(chief, counter.id, values(counter, seats=1), 1, NOTHING)
    assert [line.id for line in shown.value.lines] == [last.id]


def test_moved_over_its_own_seat(cast, chief, counter):
    """Issue 6.5: a booking beside the slots is put on one of them, although it is in the way itself."""
    with models.transaction():
        Counter.update(seats=1).execute()
    row = entered(cast, counter, at("09:30"))
    decided(lambda d: setup_hours.change_hours(chief, counter.id, hours_from("9:15", "12:15"), 0, d), KEEP)
    assert at("09:45") not in by_town.free_times(Counter.get_by_id(counter.id), at("09:00"))
    assert at("09:45") in by_town.free_times(Counter.get_by_id(counter.id), at("09:00"), row.id)
    row = fresh(row)
    by_town.rebook(as_staff(cast.clerk), row.id, row.revision, (counter.id, at("09:45")), "枠に合わせるため")
    assert fresh(row).starts_at == at("09:45") and Seat.select().count() == 1


def test_fewer_seats_touch_who_booked_last(cast, chief, counter):
    """Issue 6.1: and the freed number is nobody's: one seat is one booking from then on."""
    first = entered(cast, counter, at("09:00"), "先の人")
    with clock.at("2026-11-24T10:05:00"):
        last = entered(cast, counter, at("09:00"), "あとの人")

    def act(decision):
        return setup_counters.revise(chief, counter.id, values(counter, seats=1), 0, decision)

    assert decided(act, CANCEL, "担当者が減るため").cancelled == 1
    assert (fresh(first).state, fresh(last).state) == ("BOOKED", "CANCELLED")


def test_kept_beyond_the_seats_lets_nobody_else_in(cast, chief, counter):
    """R-5.3: two who were kept at a counter that now has one seat: no third comes in, nor a second when one goes."""
    rows = [entered(cast, counter, at("09:00"), name) for name in ("一", "二")]
    decided(lambda d: setup_counters.revise(chief, counter.id, values(counter, seats=1), 0, d), KEEP)
    by_town.cancel(as_staff(cast.clerk), rows[0].id, rows[0].revision, "来られないため")
    told = refused(lambda: entered(cast, counter, at("09:00"), "三"))
    assert "満席" in told["q-time"]
    # The one who stays has the second seat: the first is free, and nobody's.
    assert Seat.get().number == 2
    with pytest.raises(seats.Full):
        seats.hold(Counter.get_by_id(counter.id), at("09:00"))
    assert Seat.select().count() == 1


def test_days_that_are_taken_out(cast, chief, counter):
    """Issue 6 (b): no booking on a closed day that was not told."""
    row = with_application(cast, counter, at("09:00"))
    days = {"from": TOMORROW, "until": None, "kind": "closed", "opens": "", "closes": "", "reason": "停電"}
    assert decided(lambda d: setup_hours.set_days(chief, counter.id, days, 0, d), CANCEL, "停電のため").cancelled == 1
    assert fresh(row).state == "CANCELLED" and len(mails("visit_cancelled_by_town")) == 1


def test_an_extra_day_that_is_taken_back(cast, chief, counter):
    """Issue 6.1"""
    saturday = {
        "from": "2026-11-28", "until": None, "kind": "open", "opens": "9:00", "closes": "12:00", "reason": "臨時",
    }  # fmt: skip
    setup_hours.set_days(chief, counter.id, saturday, 0, NOTHING)
    row = entered(cast, counter, at("09:00", "2026-11-28"))
    day = CounterDay.get()
    assert decided(lambda d: setup_hours.remove_day(chief, counter.id, day.id, 1, d), KEEP).kept == 1
    assert fresh(row).state == "BOOKED"


def test_a_closing_day_of_the_town(cast, chief, counter):
    """Issue 6.1: 閉庁日 ask the same, over all the counters; the closing day is not entered before."""
    other = make_counter(cast, name="子育て窓口")
    for one in (counter, other):
        entered(cast, one, at("09:00", "2026-12-01"))
    wanted = {"from": "2026-12-01", "until": None, "name": "記念日"}

    def act(decision):
        return change_of_hours.of_town(chief, lambda: setup_closing_days.add(chief, wanted), decision)

    with pytest.raises(Touches) as shown:
        act(NOTHING)
    assert len(shown.value.lines) == 2 and not ClosingDay.select().exists()
    done = act(Decision(CANCEL, "町の記念日のため", shown.value.seen))
    assert (done.result.days, done.cancelled) == (1, 2)


def test_closing_a_counter(cast, chief, counter):
    """Issue 6.1: and nothing can be booked there any more; opened again, everything is as before."""
    row = entered(cast, counter, at("09:00"))
    held = seats.hold(counter, at("09:30"))
    assert decided(lambda d: setup_counters.close(chief, counter.id, 0, d), KEEP).kept == 1
    setup_counters.close(chief, counter.id, 0, NOTHING)  # pressed twice
    closed = Counter.get_by_id(counter.id)
    assert fresh(row).state == "BOOKED" and seats.why_not(closed, at("10:00"))
    assert "閉じ" in refused(lambda: entered(cast, counter, at("10:00"), "だれか"))["q-time"]
    assert "受け付けていません" in seats.why_not(Reservation.get_by_id(held.id).counter, held.starts_at)
    setup_counters.reopen(chief, counter.id)
    assert entered(cast, counter, at("10:00"), "だれか").state == "BOOKED"


def test_another_clerk_was_first(chief, counter):
    """House rule 6: nobody overwrites what somebody else has just saved; the same saved twice is no conflict."""
    setup_hours.change_hours(chief, counter.id, hours_from("9:00", "15:00"), 0, NOTHING)
    setup_hours.change_hours(chief, counter.id, hours_from("9:00", "15:00"), 0, NOTHING)
    with pytest.raises(Stale):
        setup_hours.change_hours(chief, counter.id, hours_from("8:00", "15:00"), 0, NOTHING)
    with pytest.raises(Stale):
        setup_counters.revise(chief, counter.id, values(counter, seats=5), 0, NOTHING)
    assert Counter.get_by_id(counter.id).revision == 1


# ---------------------------------------------------------------- out of use


def test_blocked_times_stay_empty(cast, counter):
    """Issue 6.5: also when a booking there is cancelled afterwards, and with more seats than before."""
    me = as_staff(cast.clerk)
    row = entered(cast, counter, at("09:00"))
    times = ["2026-11-25T09:00", "2026-11-25T09:30"]

    def act(decision):
        return blocking.block(me, counter.id, date(2026, 11, 25), times, "会議", decision)

    assert (decided(act, KEEP).result, act(NOTHING).result) == (2, 0)
    by_town.cancel(me, row.id, row.revision, "来られないため")
    with models.transaction():
        Counter.update(seats=9).execute()
    assert "休止" in refused(lambda: entered(cast, counter, at("09:00"), "だれか"))["q-time"]
    with pytest.raises(seats.Full):
        seats.hold(Counter.get_by_id(counter.id), at("09:30"))
    assert blocking.unblock(me, counter.id, date(2026, 11, 25), times) == 2
    assert entered(cast, counter, at("09:00"), "だれか").state == "BOOKED"


def test_a_hold_does_not_slip_into_a_blocked_time(cast, counter):
    """Issue 6.5: whoever was still writing is told when sending."""
    held = seats.hold(counter, at("09:00"))
    blocking.block(as_staff(cast.clerk), counter.id, date(2026, 11, 25), ["2026-11-25T09:00"], "会議", NOTHING)
    with pytest.raises(Refusal) as told:
        seats.book(held)
    assert "休止" in told.value.message and fresh(held).state == "HELD"


@pytest.mark.parametrize("key", ["2026-11-25T09:10", "2026-11-26T09:00", "2026-11-25T25:00", "2026-02-30T09:00", "x"])
def test_only_slots_that_are_there_are_blocked(cast, counter, key):
    """Issue 6: a slot that does not exist gets a sentence."""
    told = refused(lambda: blocking.block(as_staff(cast.clerk), counter.id, date(2026, 11, 25), [key], "会議", NOTHING))
    assert "枠はありません" in told["q-times"] and not Seat.select().exists()


def test_of_the_own_divisions_alone(cast, counter):
    """R-7.1, R-8.4: a clerk of another division, another town."""
    for member in (cast.other_clerk, cast.foreign_clerk, cast.system):
        with pytest.raises(Missing):
            by_town.own_counter(as_staff(member), counter.id)
    with pytest.raises(Missing):
        setup_counters.one(as_staff(cast.foreign_clerk), counter.id)
    assert by_town.own_counters(as_staff(cast.other_clerk)) == []
    assert [row.id for row in by_town.own_counters(as_staff(cast.administrator))] == [counter.id]


# ---------------------------------------------------------------- what a counter is needed for


def test_slots_that_fit_into_no_hours(chief, counter):
    """R-5.4: a slot longer than the counter is ever open is refused, as in the hours' form; a longer day helps."""
    told = refused(lambda: setup_counters.revise(chief, counter.id, values(counter, slot_minutes=200), 0, NOTHING))
    assert "続けて180分" in told["q-slot_minutes"] and Counter.get_by_id(counter.id).slot_minutes == 30
    with models.transaction():
        CounterDay.create(counter=counter, day="2026-11-28", opens=540, closes=740)
    setup_counters.revise(chief, counter.id, values(counter, slot_minutes=200), 0, NOTHING)
    assert Counter.get_by_id(counter.id).slot_minutes == 200


def test_which_procedures_lose_their_only_counter(cast, chief, counter):
    """R-5.1: before it is closed or moved; not with another counter there, above, or in the division it goes to."""
    asking = visiting(cast.town)
    row, above = Counter.get_by_id(counter.id), cast.dogs.division.parent
    other = cast.other_clerk.memberships.get().division
    assert counter_effect.left_alone(row) == [("犬の登録申請", False)]
    assert counter_effect.left_alone(row, other) == [("犬の登録申請", False)]
    assert counter_effect.left_alone(row, above) == []
    assert counter_effect.of_draft(cast.town.id, procedure.published(asking)[1]) is None
    beside = make_counter(cast, name="2番窓口", division=above)
    assert counter_effect.left_alone(row) == []
    with models.transaction():
        Counter.update(closed_at=clock.now()).execute()
    assert beside and counter_effect.of_draft(cast.town.id, procedure.published(asking)[1]) == ("犬の登録申請", False)
    visiting(cast.town, "collect")
    assert counter_effect.of_draft(cast.town.id, procedure.published(Procedure.get_by_id(asking.id))[1]).sends
    visiting(cast.town, "none")
    assert counter_effect.of_draft(cast.town.id, procedure.published(Procedure.get_by_id(asking.id))[1]) is None


def test_to_another_division_with_bookings(cast, chief, counter):
    """Issue 6.1: how many go along and who sees them is shown first; what comes meanwhile is shown again."""
    other = cast.other_clerk.memberships.get().division
    entered(cast, counter, at("09:00"))
    to = values(counter, division=str(other.id))

    def act(shown=""):
        return setup_counters.revise(chief, counter.id, to, 0, NOTHING, shown)

    with pytest.raises(counter_effect.Moves) as asked:
        act()
    move = asked.value.move
    assert (move.source, move.target, move.coming) == (cast.dogs.division.name, other.name, 1)
    assert move.seen_by == [cast.other_clerk.name] and cast.clerk.name in move.unseen_by
    entered(cast, counter, at("09:30"), "あとの人")
    with pytest.raises(counter_effect.Moves) as again:
        act(move.mark)
    assert again.value.move.coming == 2 and Counter.get_by_id(counter.id).division_id == cast.dogs.division_id
    act(again.value.move.mark)
    assert Counter.get_by_id(counter.id).division_id == other.id
    with pytest.raises(Stale):
        act()


def test_a_single_day_with_a_lunch_break(cast, chief, counter):
    """R-5.4: an extra day with two spans; listed as one day, taken back as one, the same again changes nothing."""
    saturday = {
        "from": "2026-11-28", "until": None, "kind": "open", "opens": "13:00", "closes": "15:00",
        "opens2": "9:00", "closes2": "11:00", "reason": "休日窓口",
    }  # fmt: skip
    for changes, field, words in (
        ({"opens2": "14:00", "closes2": "16:00"}, "q-opens2", "この日の2つの時間が重なっています"),
        ({"opens2": ""}, "q-opens2", "もう片方"),
        ({"closes2": "9:10"}, "q-closes2", "1件の時間"),
    ):
        told = refused(lambda: setup_hours.set_days(chief, counter.id, saturday | changes, 0, NOTHING))  # noqa: B023
        assert words in told[field]
    for _ in range(2):
        assert setup_hours.set_days(chief, counter.id, saturday, 0, NOTHING).result == 1
    row = Counter.get_by_id(counter.id)
    assert row.revision == 1 and hours.plan_of(row).spans(date(2026, 11, 28)) == ((540, 660), (780, 900))
    (day,) = setup_hours.days_to_come(row)
    assert (day.hours, day.reason) == ("9:00〜11:00、13:00〜15:00", "休日窓口")
    late = entered(cast, counter, at("13:00", "2026-11-28"))
    shorter = saturday | {"opens": "9:00", "closes": "12:00", "opens2": "", "closes2": ""}
    done = decided(lambda d: setup_hours.set_days(chief, counter.id, shorter, 1, d), CANCEL, "午前だけにするため")
    assert done.cancelled == 1 and fresh(late).state == "CANCELLED"
    (day,) = setup_hours.days_to_come(row)
    setup_hours.remove_day(chief, counter.id, day.id, 2, NOTHING)
    assert not CounterDay.select().exists()


def test_hours_too_short_for_a_slot_are_named(browser, cast, chief, counter):
    """R-5.4: one long day to come lets a length through that fits no weekday; the page of the counter says so."""
    long_day = {"from": "2026-11-28", "until": None, "kind": "open", "opens": "9:00", "closes": "17:00", "reason": ""}
    setup_hours.set_days(chief, counter.id, long_day | {"opens2": "", "closes2": ""}, 0, NOTHING)
    row = Counter.get_by_id(counter.id)
    assert setup_counters.too_short(row) == []
    setup_counters.revise(chief, row.id, values(row, slot_minutes=240), row.revision, NOTHING)
    assert setup_counters.too_short(Counter.get_by_id(counter.id)) == [1, 2, 3, 4, 5]
    page = browser(cast.administrator)
    page.visit(f"/staff/counters/{counter.id}")
    assert page.shows("月曜日、火曜日、水曜日、木曜日、金曜日に、1件の時間（240分）より短い受付時間があります")
