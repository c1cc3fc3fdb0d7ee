"""予約の表: a week in words, earlier and later ones, and what is asked for in an address."""

from __future__ import annotations

import pytest
from cast_acts import write
from visit_acts import TOMORROW, at, booked, hold, key, make_counter, visiting

import clock
from models import ClosingDay, Counter, CounterDay
from rules.visits import seats, weeks


@pytest.fixture
def counter(cast) -> Counter:
    return make_counter(cast.town, seats=2)


def cell(week: weeks.Week, label: str, column: int) -> weeks.Cell | None:
    return dict(week.rows)[label][column]


def shown(counter: Counter, asked: str = "") -> weeks.Choice:
    return weeks.choice([counter], "", asked)


def test_the_first_week_with_something_to_book(counter):
    """From Tuesday on: Monday was a holiday, today is over, the weekend is closed."""
    week = shown(counter).week
    assert [day.why_not for day in week.days] == ["勤労感謝の日", "受付終了", "", "", "", "お休み", "お休み"]
    assert [label for label, _ in week.rows][:2] == ["9:00", "9:30"] and len(week.rows) == 12
    assert week.free == 36 and week.before is None and week.after == at("2026-11-30").date()
    assert cell(week, "9:00", 1).words == "－"
    with clock.at("2026-11-27T10:00:00"):  # a Friday: nothing left
        assert shown(counter).week.days[0].day == at("2026-11-30").date()


def test_the_first_week_with_a_free_seat(counter):
    """A week that is full is passed over; where nothing is free at all, the telephone is named."""
    Counter.update(days_until=10).execute()
    found = Counter.get_by_id(counter.id)
    plan = weeks.hours.plan_of(found)
    free = [slot for day in weeks.hours.days_between(*plan.window(weeks.hours.today())) for slot in plan.slots(day)]
    for slot in free[:-1]:
        seats.block(found, slot, "満員")
    choice = shown(found)
    assert (choice.monday, choice.week.free, choice.call) == ("2026-11-30", 1, "")
    assert (shown(found, "2026-11-26").monday, shown(found, "2026-11-26").call) == ("2026-11-23", "")
    seats.block(found, free[-1], "満員")
    assert (shown(found).monday, shown(found).call) == ("2026-11-23", "0999-00-1240")
    assert shown(found, "2026-12-01").call == "0999-00-1240"


def test_in_words(cast, counter):
    wanted = visiting(cast.town)
    hold(cast.keiko, write(wanted, cast.keiko), counter)
    booked(cast.ken, wanted, counter)
    booked(cast.ken, wanted, counter, key(TOMORROW, "10:00"))
    seats.block(counter, at(TOMORROW, "11:00"), "点検")
    week = shown(counter).week
    assert [cell(week, label, 2).words for label in ("9:00", "9:30", "10:00", "11:00")] == [
        "満席",
        "空き2",
        "空き1",
        "休止",
    ]
    assert cell(week, "10:00", 2).label == "空き1　11月25日（水） 10:00から"
    with clock.at("2026-11-24T10:10:00"):
        assert cell(shown(counter).week, "9:00", 2).words == "空き1"


def test_single_days_and_closed_weeks(cast, counter):
    ClosingDay.create(town=cast.town, day=at("2026-11-26").date(), name="町制記念日")
    CounterDay.create(counter=counter, day=at("2026-11-27").date(), reason="研修のため")
    CounterDay.create(counter=counter, day=at("2026-11-28").date(), opens=600, closes=660)
    week = shown(counter).week
    assert [day.why_not for day in week.days][3:] == ["閉庁日", "研修のため", "", "お休み"]
    assert cell(week, "10:00", 5).words == "空き2" and cell(week, "9:00", 5) is None
    assert [day.why_not for day in shown(counter, "2026-12-31").week.days][1:6] == ["年末年始"] * 5


def test_no_way_to_a_week_with_nothing_to_book(counter):
    """On a Friday only a weekend lies before next week; a window may end with days that are closed."""
    with clock.at("2026-11-27T10:00:00"):
        week = shown(counter).week
        assert (week.days[0].day.isoformat(), week.before) == ("2026-11-30", None)
        assert weeks.week(counter, week.after).before == week.days[0].day
    Counter.update(days_until=40).execute()  # until Sunday, 3 January
    found = Counter.get_by_id(counter.id)
    last = weeks.week(found, at("2026-12-21").date())
    assert last.after == at("2026-12-28").date() and weeks.week(found, last.after).after is None
    assert weeks.week(found, last.after).words == "12月28日（月）から令和9年1月3日（日）まで"
    Counter.update(days_until=34).execute()  # until Monday, 28 December; the rest of that week is closed
    found = Counter.get_by_id(counter.id)
    CounterDay.create(counter=found, day=at("2026-12-28").date())
    assert weeks.week(found, at("2026-12-21").date()).after is None


def test_the_window(counter):
    Counter.update(days_from=3, days_until=9).execute()
    found = Counter.get_by_id(counter.id)
    first = shown(found).week
    assert [bool(day.why_not) for day in first.days[:5]] == [True] * 4 + [False]
    last = weeks.week(found, first.after)
    assert [day.why_not for day in last.days] == ["", "", "", "", "受付前", "お休み", "お休み"]
    assert last.after is None and last.before == first.days[0].day


@pytest.mark.parametrize(
    ("asked", "monday", "wrong"),
    [
        ("2026-12-03", "2026-11-30", ""),
        ("令和8年12月3日", "2026-11-30", ""),
        ("Ｒ８．１２．３", "2026-11-30", ""),
        ("令和8年2月30日", "2026-11-23", "2月は、1日から28日まで"),
        ("平成33年1月1日", "2026-11-23", "平成は31年まで"),
        ("あした", "2026-11-23", "のように入力してください"),
        ("12月3日", "2026-11-30", ""),
        ("12月3日（木）", "2026-11-30", ""),
        ("１／４", "2027-01-04", ""),
        ("令和9年1月4日（月）", "2027-01-04", ""),
        ("2月30日", "2026-11-23", "2月は、1日から28日まで"),
        ("2026-11-22", "2026-11-23", "11月25日（水）から令和9年1月23日（土）まで"),
        ("2027-01-25", "2026-11-23", "予約できるのは"),
        ("9999-99-99", "2026-11-23", "年"),
        ("\x00", "2026-11-23", "のように"),
    ],
)
def test_a_date_that_is_asked_for(counter, asked, monday, wrong):
    """A date in 和暦 that does not exist gets a sentence; the first week is shown."""
    choice = shown(counter, asked)
    assert choice.monday == monday
    assert (wrong in choice.wrong) if wrong else choice.wrong == ""


def test_no_counter_at_all():
    assert weeks.choice([], "7", "2026-12-01").counter is None


@pytest.mark.parametrize("slot", [key(), key("2026-12-31", "00:00")])
def test_a_slot_there_and_back(slot):
    assert weeks.key_of(weeks.time_of(slot)) == slot
