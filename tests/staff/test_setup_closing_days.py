"""閉庁日: entered and removed, and what that does to the 期限 of applications."""

from __future__ import annotations

from datetime import date

import pytest
from cast_acts import as_staff, sent
from staff_acts import put_into

import clock
import models
from models import Application, AuditEntry, ClosingDay, Division, Status
from rules import Refusal
from rules.applications import application, digest, processing_time, review
from rules.records.access import Missing
from rules.town import closing_day, setup_closing_days
from rules.values import calendar

DAY = {"from__era": "", "from__year": "2026", "from__month": "11", "from__day": "26"}


@pytest.fixture
def chief(browser, cast):
    return browser(cast.administrator)


def add(cast, first: str, until: str | None = None, name: str = "庁舎の移転"):
    return setup_closing_days.add(as_staff(cast.administrator), {"from": first, "until": until, "name": name})


def due(row: Application) -> date:
    return Application.get_by_id(row.id).due_on


def test_added_by_its_form(chief, cast):
    """R-7.4: the list of the year shows it between the public holidays."""
    chief.visit("/staff/closing-days")
    assert chief.shows("11月23日（月）", "勤労感謝の日")
    chief.page = chief.page.click("閉庁日を加える")
    chief.fill(name="町の記念日", **DAY)
    form = next(form for form in chief.page.forms.values() if "act_save" in form.fields)
    chief.press("加える")
    assert chief.shows("閉庁日を1日加えました", "11月26日（木）", "町の記念日")
    form.submit("act_save")
    assert ClosingDay.select().count() == 1
    assert AuditEntry.select().where(AuditEntry.act == "closing_day_added").count() == 1
    chief.visit("/staff/audit")
    assert chief.shows("閉庁日を加えた：2026-11-26")


def test_a_range_leaves_out_what_is_closed_anyway(cast):
    """Issue 4.7: weekends, holidays, the year's end."""
    done = add(cast, "2026-12-25", "2027-01-05", "移転")
    assert done.days == 4
    assert [row.day.isoformat() for row in ClosingDay.select().order_by(ClosingDay.day)] == [
        "2026-12-25", "2026-12-28", "2027-01-04", "2027-01-05",
    ]  # fmt: skip
    assert not calendar.is_business_day(date(2026, 12, 28), closing_day.days(cast.town.id))
    assert calendar.is_business_day(date(2026, 12, 28), closing_day.days(cast.other_town.id))


@pytest.mark.parametrize(
    ("first", "until", "words"),
    [
        ("2026-11-28", None, "もともと閉庁日です（土曜・日曜）"),
        ("2026-12-30", None, "年末年始"),
        ("2027-01-11", None, "成人の日"),
        ("2026-10-01", None, "31日前まで"),
        ("2026-12-02", "2026-12-01", "前になっています"),
        ("2026-12-01", "2027-03-01", "40日まで"),
        ("2036-12-01", None, "2年より先"),
    ],
)
def test_what_is_refused(cast, first, until, words):
    """Issue 4.7"""
    with pytest.raises(Refusal) as refused:
        add(cast, first, until)
    assert words in "".join(refused.value.fields.values())
    assert not ClosingDay.select().exists()


def test_due_dates_go_by_it(cast):
    """Issue 4.7: 標準処理期間 counts the town's business days, from the first day on."""
    before = due(sent(cast.dogs, cast.keiko))
    add(cast, "2026-11-25", "2026-11-26")
    after = due(sent(cast.dogs, cast.ken))
    assert after == calendar.add_business_days(before, 2)


def test_open_applications_are_counted_anew(cast, chief):
    """Issue 4.7: in the same act, and back when the day is taken out again; closed ones stay."""
    row, decided = sent(cast.dogs, cast.keiko), sent(cast.dogs, cast.ken)
    before = due(row)
    put_into(decided, Status.APPROVED)
    done = add(cast, "2026-11-26")
    assert done.moved == 1
    assert (due(row), due(decided)) == (calendar.add_business_days(before, 1), before)
    assert add(cast, before.isoformat()).moved == 1
    day = ClosingDay.get(ClosingDay.day == "2026-11-26")
    chief.visit(f"/staff/closing-days/{day.id}/remove")
    chief.press("この日を取り消す")
    assert chief.shows("閉庁日を1日取り消しました", "処理中の申請1件の期限")
    assert due(row) == calendar.add_business_days(before, 1)
    setup_closing_days.remove(as_staff(cast.administrator), ClosingDay.get().id, before, whole=True)
    assert due(row) == before


def test_what_is_not_touched(cast):
    """Issue 4.7: a day before the arrival, a day behind the 期限, another town's."""
    row = sent(cast.dogs, cast.keiko)
    before = due(row)
    assert add(cast, "2026-11-20").moved == 0
    assert add(cast, calendar.add_business_days(before, 9).isoformat()).moved == 0
    with models.transaction():
        ClosingDay.create(town=cast.other_town, day="2026-11-26", name="よその日")
    assert due(row) == before
    assert due(sent(cast.dogs, cast.ken)) == before


def test_a_typhoon_is_entered_afterwards(cast):
    """Issue 4.7: a day that is over counts for what had arrived by then."""
    row = sent(cast.dogs, cast.keiko)
    before = due(row)
    with clock.at("2026-11-27T09:00:00"):
        late = sent(cast.dogs, cast.ken)
        fixed = due(late)
        assert add(cast, "2026-11-26", name="台風").moved == 1
    assert due(row) == calendar.add_business_days(before, 1) and due(late) == fixed


def test_the_pause_counts_by_it(cast):
    """Issue 4.7: what is left when an application is returned, and the day it ends after it came back."""
    me = as_staff(cast.clerk)
    row = sent(cast.dogs, cast.keiko)
    before = due(row)
    left = calendar.business_days_between(clock.today(), before)
    add(cast, "2026-11-26")
    row = Application.get_by_id(row.id)
    application.return_for_correction(
        row, me, row.revision, reason="写しが読めません。", remarks={}, until=date(2026, 12, 4)
    )
    row = Application.get_by_id(row.id)
    assert row.days_left == left
    add(cast, "2026-12-02", name="記念日")
    with clock.at("2026-12-01T10:00:00"):
        application.end_return(row, me, row.revision, reason="お返事がないため")
        assert due(row) == calendar.add_business_days(date(2026, 12, 1), left, closing_day.days(cast.town.id))


def test_a_limit_set_by_law_is_not_moved(cast):
    """Issue 4.3: days of the calendar have no closing days."""
    document = {"standard_days": 14, "standard_days_by": "calendar"}
    add(cast, "2026-11-26")
    assert processing_time.begun(cast.town.id, document, date(2026, 11, 24)) == date(2026, 12, 8)
    assert processing_time.due_from(document, -3, date(2026, 11, 24)) == date(2026, 11, 21)


def test_what_is_near_and_the_morning_mail_go_by_it(cast):
    """R-7.2, R-7.12: 「あと◯日」 counts open days, and no daily mail goes out while the hall is closed."""
    today = clock.today()
    assert review.due_label("SUBMITTED", date(2026, 11, 30), today).mark == ""
    add(cast, "2026-11-26")
    label = review.due_label("SUBMITTED", date(2026, 11, 30), today, None, closing_day.days(cast.town.id))
    assert (label.mark, label.small) == ("soon", "あと3日")
    with models.transaction():
        Division.update(notify="daily", digested_at=clock.now()).execute()
    with clock.at("2026-11-25T09:30:00"):
        sent(cast.dogs, cast.keiko)
    with clock.at("2026-11-26T09:00:00"):
        assert digest.send_daily(clock.now()) == 0
    with clock.at("2026-11-27T09:00:00"):
        assert digest.send_daily(clock.now()) == 1


def test_past_days_stay(cast):
    """Issue 4.7: the record of what was."""
    add(cast, "2026-11-26")
    row = ClosingDay.get()
    with clock.at("2027-01-15T10:00:00"):
        assert not setup_closing_days.of_year(as_staff(cast.administrator), 2026)[-1].removable
        with pytest.raises(Refusal):
            setup_closing_days.remove(as_staff(cast.administrator), row.id, row.day, whole=False)
        assert setup_closing_days.years(as_staff(cast.administrator))[0] == 2026


def test_a_whole_run_is_removed_at_once(chief, cast):
    """Issue 4.7"""
    add(cast, "2026-12-01", "2026-12-04")
    add(cast, "2026-12-07", name="記念日")
    middle = ClosingDay.get(ClosingDay.day == "2026-12-02")
    chief.visit(f"/staff/closing-days/{middle.id}/remove")
    assert chief.shows("12月1日（火）から12月4日（金）まで、まとめて取り消す")
    chief.press("remove_all")
    assert [row.name for row in ClosingDay.select()] == ["記念日"]


def test_a_range_over_a_weekend_is_one_run(chief, cast):
    """Issue 4.7: Thursday to Tuesday over a weekend and a day that was closed already."""
    add(cast, "2026-11-30", name="記念日")
    add(cast, "2026-11-26", "2026-12-01")
    first = ClosingDay.get(ClosingDay.day == "2026-11-26")
    chief.visit(f"/staff/closing-days/{first.id}/remove")
    assert chief.shows("11月26日（木）から12月1日（火）まで、まとめて取り消す")
    chief.press("remove_all")
    assert [row.name for row in ClosingDay.select()] == ["記念日"]


def test_taken_back_twice(chief, cast):
    """The second press finds it done, and never takes another day that has the same id by now."""
    add(cast, "2026-11-26")
    row = ClosingDay.get()
    chief.visit(f"/staff/closing-days/{row.id}/remove")
    form = next(form for form in chief.page.forms.values() if "act_remove" in form.fields)
    chief.press("この日を取り消す")
    again = form.submit("act_remove")
    assert again.status_int == 302 and "もう取り消してあります" in again.follow().text
    add(cast, "2026-12-10")
    assert ClosingDay.get().id == row.id, "the database gives the id again"
    form.submit("act_remove")
    assert ClosingDay.get().day == date(2026, 12, 10)


def test_of_the_town_alone(cast, browser):
    """R-8.4, and clerks read."""
    with models.transaction():
        theirs = ClosingDay.create(town=cast.other_town, day="2026-11-26", name="よその日")
    with pytest.raises(Missing):
        setup_closing_days.one(as_staff(cast.administrator), theirs.id)
    with pytest.raises(Missing):
        setup_closing_days.remove(as_staff(cast.administrator), theirs.id, date(2026, 11, 26), whole=False)
    clerk = browser(cast.clerk)
    clerk.visit("/staff/closing-days?year=2027")
    assert clerk.shows("成人の日", "変えられるのは、町の管理者です") and not clerk.shows("よその日")
    assert clerk.get("/staff/closing-days/new", expect_errors=True).status_int == 404
