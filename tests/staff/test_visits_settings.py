"""窓口と予約の枠: the screens on which a town administrator sets up counters."""

from __future__ import annotations

from datetime import date

import pytest
from counter_acts import TOMORROW, at, entered, fresh, mails, make_counter, with_application
from visit_acts import visiting

import clock
import models
from models import AuditEntry, ClosingDay, Counter, CounterDay, OpeningHours, Procedure, Seat
from rules.procedures import editing
from rules.visits import hours

WEDNESDAY = {"from__era": "R", "from__year": "8", "from__month": "11", "from__day": "25"}


@pytest.fixture
def chief(browser, cast):
    return browser(cast.administrator)


@pytest.fixture
def counter(cast) -> Counter:
    return make_counter(cast)


def test_from_nothing_to_the_first_free_seat(chief, cast, browser):
    """R-5.4, R-7.4: added, its hours entered, and there is something to book; pressed twice it is one."""
    chief.visit("/staff/settings")
    chief.page = chief.page.click("窓口と予約の枠")
    chief.page = chief.page.click("窓口を加える")
    chief.fill(name="住民窓口", division=str(cast.dogs.division_id), place="本庁舎1階", seats="２")
    form = next(form for form in chief.page.forms.values() if "act_save" in form.fields)
    chief.press("加える")
    assert chief.shows("受付時間を変える", "「住民窓口」を加えました")
    again = form.submit("act_save", expect_errors=True)
    assert again.status_int == 422 and "すでにあります" in again.text
    chief.fill(w1__1__from="9:00", w1__1__until="12時", w1__2__from="1300", w1__2__until="午後4時")
    chief.press("月曜日の時間を、火曜日から金曜日に写す")
    assert not OpeningHours.select().exists()
    chief.press("save")
    assert chief.shows("受付時間を保存しました", "9:00〜12:00、13:00〜16:00", "成人の日", "年末年始")
    assert OpeningHours.select().count() == 10
    clerk = browser(cast.clerk)
    clerk.visit("/staff/reservations")
    assert clerk.shows("住民窓口", "空き24")
    acts = [row.act for row in AuditEntry.select().where(AuditEntry.act.startswith("counter_"))]
    assert acts == ["counter_added", "counter_hours_changed"]
    chief.visit("/staff/audit")
    assert chief.shows("窓口を加えた：住民窓口")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"days_from": "0"}, "あすから"),
        ({"days_until": "0"}, "0日では、だれも予約できません"),
        ({"days_from": "30", "days_until": "7"}, "より前になっています"),
        ({"seats": "なし"}, "数字で入力"),
        ({"slot_minutes": "3"}, "5分から"),
        ({"name": " "}, "入力してください"),
    ],
)
def test_windows_of_no_days(chief, counter, typed, words):
    """Issue 6: a booking window of zero days, or turned round: a sentence, everything typed kept."""
    chief.visit(f"/staff/counters/{counter.id}/edit")
    chief.fill(**{"map_text": "玄関の左です。"} | typed)
    chief.press("保存する", status=422)
    assert chief.shows(words, "玄関の左です。")
    assert Counter.get_by_id(counter.id).revision == 0


def test_the_order(chief, cast, counter):
    """R-5.4: counters stand as the town wants them; pressed twice it moves once."""
    others = [make_counter(cast, name=name) for name in ("出張所", "税の窓口")]
    Counter.update(closed_at=clock.now()).where(Counter.id == others[0].id).execute()
    chief.visit("/staff/counters")
    form = next(form for form in chief.page.forms.values() if form.action == f"/staff/counters/{others[1].id}/move")
    assert "act_down" not in form.fields
    form.submit("act_up")
    form.submit("act_up")
    rows = Counter.rows("closed_at IS NULL ORDER BY position, id")
    assert [row.id for row in rows] == [others[1].id, counter.id]
    assert AuditEntry.select().where(AuditEntry.act == "counter_moved").count() == 1


def test_hours_that_will_not_do(chief, counter):
    """R-5.4: overlapping and reversed hours are said beside the fields, with all that was typed."""
    chief.visit(f"/staff/counters/{counter.id}/hours")
    chief.fill(w1__2__from="11:00", w1__2__until="15:00", w2__1__from="12:00", w2__1__until="9:00")
    chief.press("save", status=422)
    assert chief.shows("月曜日の2つの時間が重なっています", "火曜日の終わりの時刻", 'value="15:00"')
    assert hours.plan_of(counter).weekdays[1] == ((540, 720),)


def test_a_change_that_touches_bookings(chief, cast, counter):
    """Issue 6.1: first the list with number, name and time; 書き直す loses nothing; then it is done."""
    row = with_application(cast, counter, at("09:00"))
    other = entered(cast, counter, at("09:00"))
    chief.visit(f"/staff/counters/{counter.id}/hours")
    chief.fill(w3__1__from="9:30")
    chief.press("save")
    assert chief.shows(
        "影響を受ける予約", "まだ、何も変えていません", "2件の予約", "浜口 恵子", "電話 太郎", "9:00〜9:30"
    )
    chief.press("書き直す")
    assert chief.shows("受付時間を変える", 'value="9:30"')
    chief.press("save")
    chief.fill(bookings="cancel")
    chief.press("決める", status=422)
    assert chief.shows("取り消す理由を入力してください")
    chief.fill(cancel_reason="朝の会議のため")
    chief.press("決める")
    assert chief.shows(
        "受付時間を保存しました", "予約2件を取り消しました。うち1件は、メールが届きません", "9:30〜12:00"
    )
    assert {fresh(row).state, fresh(other).state} == {"CANCELLED"} and not Seat.select().exists()
    assert "朝の会議のため" in mails("visit_cancelled_by_town")[0].body


def test_kept_is_what_enter_does(chief, cast, counter):
    """Issue 6.1: keeping is the default; the bookings stand in the list of the day as outside the slots."""
    row = entered(cast, counter, at("09:00"))
    chief.visit(f"/staff/counters/{counter.id}/edit")
    chief.fill(slot_minutes="60")
    chief.press("保存する")
    assert chief.shows("影響を受ける予約")
    chief.press("決める")
    assert chief.shows("予約1件は、そのままにしました", "1件60分")
    chief.visit(f"/staff/reservations/counters/{counter.id}/day?day={TOMORROW}")
    assert chief.shows("枠の外", "電話 太郎", "9:00〜9:30")
    assert fresh(row).state == "BOOKED"


def test_single_days(chief, cast, counter):
    """R-5.4: a range of days in 和暦, an extra day, and taken back; a day that does not exist is told."""
    new = f"/staff/counters/{counter.id}/days/new"
    chief.visit(new)
    chief.fill(kind="closed", reason="工事", **WEDNESDAY | {"from__month": "2", "from__day": "30"})
    chief.press("入れる", status=422)
    assert chief.shows("令和8年の2月は、1日から28日まで", "工事")
    chief.fill(**WEDNESDAY, until__era="", until__year="2026", until__month="11", until__day="27")
    form = next(form for form in chief.page.forms.values() if "act_save" in form.fields)
    chief.press("入れる")
    assert chief.shows("3日の予定を入れました", "11月25日（水）", "工事")
    form.submit("act_save")
    assert CounterDay.select().count() == 3
    chief.visit(new)
    chief.fill(kind="open", opens="9:00", closes="12:00", reason="休日窓口", **WEDNESDAY | {"from__day": "28"})
    chief.press("入れる")
    assert hours.plan_of(counter).spans(date(2026, 11, 28)) == ((540, 720),)
    entered(cast, counter, at("09:00", "2026-11-28"))
    chief.page = chief.page.click("取り消す", href=f"/{CounterDay.get(CounterDay.day == '2026-11-28').id}/remove")
    chief.press("この予定を取り消す")
    assert chief.shows("影響を受ける予約", "11月28日（土）")
    chief.press("決める")
    assert chief.shows("日ごとの予定を取り消しました") and CounterDay.select().count() == 3


def test_closed_and_used_again(chief, cast, counter):
    """Issue 6.1"""
    entered(cast, counter, at("09:00"))
    chief.visit("/staff/counters")
    chief.page = chief.page.click("閉じる")
    chief.press("閉じる")
    assert chief.shows("影響を受ける予約")
    chief.press("決める")
    assert chief.shows("「住民窓口」を閉じました", "閉じた窓口", "これからの予約が1件あります")
    chief.press("また使う")
    assert chief.shows("また使えるようにしました")
    assert Counter.get_by_id(counter.id).closed_at is None


def test_two_administrators(chief, cast, counter):
    """House rule 6: the later one sees what the other has saved, and loses nothing."""
    chief.visit(f"/staff/counters/{counter.id}/edit")
    with models.transaction():
        Counter.update(revision=1, place="別館").where(Counter.id == counter.id).execute()
    chief.fill(bring="印鑑")
    chief.press("保存する", status=422)
    assert chief.shows("ほかの職員が、先に変えました", "別館", "印鑑")
    chief.press("保存する")
    assert Counter.get_by_id(counter.id).bring == "印鑑"
    chief.visit(f"/staff/counters/{counter.id}/hours")
    with models.transaction():
        Counter.update(revision=9).where(Counter.id == counter.id).execute()
    chief.fill(w1__1__from="8:30")
    chief.press("save", status=422)
    assert chief.shows("いま保存されている受付時間", 'value="8:30"')


def test_a_closing_day_of_the_town(chief, cast, counter):
    """Issue 6.1: 閉庁日 show the bookings too before they are entered."""
    row = with_application(cast, counter, at("09:00"))
    chief.visit("/staff/closing-days/new")
    chief.fill(name="庁舎の移転", **WEDNESDAY)
    chief.press("加える")
    assert chief.shows("影響を受ける予約", "浜口 恵子") and not ClosingDay.select().exists()
    chief.fill(bookings="cancel", cancel_reason="庁舎の移転のため")
    chief.press("決める")
    assert chief.shows("閉庁日を1日加えました", "予約1件を取り消しました")
    assert fresh(row).state == "CANCELLED" and ClosingDay.select().count() == 1


def test_clerks_read(browser, cast, counter):
    """R-7.4: and another town's administrator sees nothing; a right taken away meanwhile."""
    clerk = browser(cast.clerk)
    clerk.visit("/staff/counters")
    assert clerk.shows("住民窓口", "変えられるのは、町の管理者です") and not clerk.shows("窓口を加える")
    clerk.visit(f"/staff/counters/{counter.id}")
    assert clerk.shows("9:00〜12:00") and not clerk.shows("受付時間を変える")
    for rest in ("/new", f"/{counter.id}/edit", f"/{counter.id}/hours", f"/{counter.id}/close"):
        assert clerk.get(f"/staff/counters{rest}", expect_errors=True).status_int == 404
    foreign = browser(cast.foreign_clerk)
    foreign.visit("/staff/counters")
    assert not foreign.shows("住民窓口")


def test_nothing_to_set_up_for_what_is_over(chief, counter):
    """A day that is over is taken out of the list, and its page leads back."""
    with models.transaction():
        CounterDay.create(counter=counter, day="2026-11-20", reason="済んだ工事")
    day = CounterDay.get()
    chief.visit(f"/staff/counters/{counter.id}/days/{day.id}/remove")
    assert chief.page.request.path == f"/staff/counters/{counter.id}" and not chief.shows("済んだ工事")
    assert clock.today() > day.day


def test_all_that_is_wrong_at_once(chief, cast, counter):
    """R-3.6: what cannot be read, what is too much and a name that is taken are told in one round, in their order."""
    chief.visit("/staff/counters/new")
    typed = {"slot_minutes": "3", "seats": "51", "days_from": "0", "days_until": "0", "telephone": "abc"}
    chief.fill(name="住民窓口", division=str(counter.division_id), **typed)
    chief.press("save", status=422)
    assert chief.shows("すでにあります", "5分から", "1から50まで", "当日の予約はできません", "0日では")
    told = [one["id"] for one in chief.page.html.select("p.error")]
    fields = ("name", "telephone", "slot_minutes", "seats", "days_from", "days_until")
    assert [one.removeprefix("q-").removesuffix("-error") for one in told] == list(fields)
    assert Counter.select().count() == 1


def test_moved_with_its_bookings(chief, browser, cast, counter):
    """Issue 6.1: the division's clerks lose sight of the bookings: said first, with the procedures left without one."""
    visiting(cast.town)
    entered(cast, counter, at("09:00"))
    other = cast.other_clerk.memberships.get().division
    chief.visit(f"/staff/counters/{counter.id}/edit")
    chief.fill(division=str(other.id), slot_minutes="60")
    chief.press("保存する")
    assert chief.shows("まだ、何も変えていません", "予約<strong>1件", cast.other_clerk.name, cast.clerk.name)
    assert chief.shows("来庁の予約ができなくなる手続き（1）", "犬の登録申請", "申請もできなくなります")
    chief.press("書き直す")
    assert chief.shows("窓口を変える", 'value="60"')
    chief.press("保存する")
    chief.press("移して保存する")
    assert chief.shows("影響を受ける予約")
    chief.press("決める")
    row = Counter.get_by_id(counter.id)
    assert chief.shows("保存しました。") and (row.division_id, row.slot_minutes) == (other.id, 60)
    theirs = browser(cast.other_clerk)
    theirs.visit(f"/staff/reservations/counters/{counter.id}/day?day={TOMORROW}")
    assert theirs.shows("電話 太郎")


def test_closing_tells_which_procedures_need_it(chief, cast, counter):
    """R-5.1: 閉じる says beforehand which procedures can no longer be applied for, and publishing says so too."""
    asking = visiting(cast.town)
    chief.visit(f"/staff/counters/{counter.id}/close")
    assert chief.shows("来庁の予約ができなくなる手続き（1）", "犬の登録申請", "申請もできなくなります")
    with models.transaction():
        Procedure.update(draft=editing.draft_of(asking)).where(Procedure.id == asking.id).execute()
    chief.visit(f"/staff/procedures/{asking.id}/publish")
    assert not chief.shows("来庁の予約を受ける窓口が、ありません")
    chief.visit(f"/staff/counters/{counter.id}/close")
    chief.press("閉じる")
    chief.visit(f"/staff/procedures/{asking.id}/publish")
    assert chief.shows("来庁の予約を受ける窓口が、ありません", "申請を送れません", 'href="/staff/counters"', "公開する")
