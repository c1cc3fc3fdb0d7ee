"""予約: what staff see of the visits: the day, the week, two weeks, the list, its CSV and the numbers of a year."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from urllib.parse import urlencode

import pytest
from cast_acts import as_staff
from counter_acts import TOMORROW, at, entered, make_counter, with_application
from staff_acts import token

import clock
import models
from models import AuditEntry, Counter, CounterDay, Reservation, Seat
from rules.counters import booking_list, by_town, schedule, statistics
from rules.counters.booking_list import Wanted
from rules.visits import seats
from views.staff.reservations import ground


@pytest.fixture
def counter(cast) -> Counter:
    return make_counter(cast)


@pytest.fixture
def clerk(browser, cast):
    return browser(cast.clerk)


def rows_of(response) -> list[list[str]]:
    assert response.body.startswith(b"\xef\xbb\xbf") and b"\r\n" in response.body
    return list(csv.reader(io.StringIO(response.body.decode("utf-8-sig"))))


# ---------------------------------------------------------------- the day


def test_the_day(clerk, cast, counter):
    """Issue 6.5: time, number, name, telephone, procedure, state; the application by a link; what was cancelled."""
    row = with_application(cast, counter, at("09:00"))
    gone = entered(cast, counter, at("09:30"), "取り消す人")
    by_town.cancel(as_staff(cast.clerk), gone.id, gone.revision, "都合が悪くなった")
    clerk.visit(f"/staff/reservations/counters/{counter.id}/day?day=%E4%BB%A4%E5%92%8C8%E5%B9%B411%E6%9C%8825%E6%97%A5")
    assert clerk.shows("11月25日（水）の予約", "9:00〜9:30", "浜口 恵子", "0999-00-1322", "犬の登録", "予約中", "空き1")
    assert clerk.shows(f"/staff/applications/{row.application_id}", "取り消された予約", "都合が悪くなった")
    assert clerk.page.text.count(">予約を入れる</a>") == 6


def test_somebody_at_the_form(clerk, counter):
    """A held seat is not free, and no booking; after ten minutes it is free again, whether or not the jobs ran."""
    with models.transaction():
        Counter.update(seats=1).execute()
    seats.hold(Counter.get_by_id(counter.id), at("09:00"))
    path = f"/staff/reservations/counters/{counter.id}/day?day={TOMORROW}"
    clerk.visit(path)
    assert clerk.shows("満席（手続き中の方がいます）", "予約<strong>0件")
    with clock.at("2026-11-24T10:10:00"):
        clerk.visit(path)
        assert not clerk.shows("手続き中")


def test_the_paper_of_the_day(clerk, cast, counter):
    """Issue 6.5: a print of its own, recorded in the audit log."""
    entered(cast, counter, at("09:00"), "海野 花", note="相談")
    clerk.visit(f"/staff/reservations/counters/{counter.id}/day?day={TOMORROW}")
    clerk.press("この日を印刷する")
    assert clerk.shows("来庁予約", "海野 花", "相談", "□", "（予約なし）", "三浦 直樹")
    entry = AuditEntry.get(AuditEntry.act == "reservations_printed")
    assert entry.detail == {"counter": counter.id, "days": [TOMORROW]}
    assert clerk.shows("令和8年11月25日（水）")


def test_the_paper_of_the_week(clerk, cast, counter):
    """Issue 6.5: the week has a print too, with names and times, and it is written down with all its days."""
    entered(cast, counter, at("09:00"), "海野 花", note="相談")
    entered(cast, counter, at("11:30", "2026-11-27"), "山田 海")
    entered(cast, counter, at("09:00", "2026-12-01"), "次の週の人")
    clerk.visit(f"/staff/reservations/counters/{counter.id}/week?day={TOMORROW}")
    clerk.press("この週を印刷する")
    assert clerk.shows("令和8年11月23日（月）から令和8年11月29日（日）まで", "予約2件", "勤労感謝の日", "三浦 直樹")
    assert clerk.shows("令和8年11月25日（水）　予約1件、空き11件", "9:00〜9:30", "海野 花", "0999-00-2222", "相談", "□")
    assert clerk.shows("11:30〜12:00", "山田 海") and not clerk.shows("次の週の人")
    entry = AuditEntry.get(AuditEntry.act == "reservations_printed")
    assert entry.detail == {"counter": counter.id, "days": [f"2026-11-{day}" for day in range(23, 30)]}


def test_why_nobody_else_can_come(clerk, cast, counter):
    """Somebody at the form, another booking in the way, a time out of use or a closed counter: each in its words."""
    me, wanted = as_staff(cast.clerk), date(2026, 11, 25)
    entered(cast, counter, at("09:30"))
    with models.transaction():
        Counter.update(slot_minutes=60, seats=1).execute()
    seats.hold(Counter.get_by_id(counter.id), at("10:00"))
    seats.block(Counter(id=counter.id, slot_minutes=30), at("11:30"), "会議")
    now = Counter.get_by_id(counter.id)
    full = {one.words: one.full for one in schedule.day(me, now, wanted).times if not one.lines}
    assert full == {"9:00〜10:00": "ほかの予約と重なる", "10:00〜11:00": "満席（手続き中の方がいます）",
                    "11:00〜12:00": "休止（会議）と重なる", "11:30〜12:00": ""}  # fmt: skip
    cells = {label: row[2] for label, row in schedule.week(now, wanted).rows}
    assert (cells["9:00"].full, cells["10:00"].full[:2]) == ("ほかの予約と重なる", "満席")
    assert cells["11:00"].blocked == "会議"
    path = f"/staff/reservations/counters/{counter.id}"
    clerk.visit(f"{path}/print?day={TOMORROW}")
    assert clerk.shows("ほかの予約と重なる") and not clerk.shows("（予約なし）")
    clerk.visit(f"{path}/week?day={TOMORROW}")
    assert clerk.shows("休止（会議）", "ほかの予約と重なる") and clerk.page.click("予約1").request.path == f"{path}/day"
    with models.transaction():
        Counter.update(closed_at=clock.now()).execute()
    clerk.visit(f"{path}/day?day={TOMORROW}")
    assert clerk.shows("閉じた窓口") and not clerk.shows("手続き中")
    clerk.visit(f"{path}/week?day={TOMORROW}")
    assert not clerk.shows("満席") and not clerk.shows("「空き」を押すと") and "at=2026" not in clerk.page.text
    seen = schedule.week(Counter.get_by_id(counter.id), wanted)
    assert not any(cell.free for _, row in seen.rows for cell in row if cell)


def test_a_closed_counter_with_visits_to_come(clerk, cast, counter):
    """Nobody who comes is lost sight of, and the list and the numbers are always at hand."""
    links = ("予約の一覧・検索", "予約の統計")
    row = entered(cast, counter, at("09:00"))
    with models.transaction():
        Counter.update(closed_at=clock.now()).execute()
    clerk.visit("/staff/reservations")
    assert clerk.shows("（閉じた窓口）", ">1件</a>", "予約1", "きょうの一覧", *links)
    assert not clerk.shows(">予約を入れる<")
    clerk.visit(f"/staff/reservations/{row.id}/change")
    assert clerk.shows("ほかに開いている窓口がありません", "予約を取り消す") and "act_change" not in clerk.page.text
    other = make_counter(cast, name="ほかの窓口")
    clerk.visit(f"/staff/reservations/{row.id}/change")
    assert clerk.shows("閉じた窓口です。ほかの窓口を選んでください", "予約の記録に出ます") and not clerk.shows(
        "空いている"
    )
    assert [option.text for option in clerk.page.html.select("#q-counter option") if option["value"]] == ["ほかの窓口"]
    other.delete_instance(recursive=True)
    by_town.cancel(as_staff(cast.clerk), row.id, row.revision, "閉じたため")
    clerk.visit("/staff/reservations")
    assert clerk.shows("予約を受ける窓口はありません", "閉じた窓口", *links) and not clerk.shows("きょうの一覧")


def test_a_closing_day_by_its_name(clerk, cast, counter):
    """Staff read why the town is closed."""
    with models.transaction():
        models.ClosingDay.create(town=cast.town, day=TOMORROW, name="庁舎停電")
    for page in ("day", "week", "print", "week/print"):
        clerk.visit(f"/staff/reservations/counters/{counter.id}/{page}?day={TOMORROW}")
        assert clerk.shows("閉庁日（庁舎停電）"), page


def test_days_that_do_not_exist(clerk, counter):
    """Issue 6: a date in 和暦 that does not exist, or none at all: today is shown, and what is wrong is said."""
    for day, words in (
        ("2026-13-45", "月は、1から12まで"), ("x", "日付は「12月1日」か"), ("9999-12-31", "年までの年を"),
        ("2099-12-31", "きょうの前後10年まで"), ("R8.2.30", "令和8年の2月は、1日から28日まで"),
    ):  # fmt: skip
        for page in ("day", "week", "print", "week/print", "block"):
            clerk.visit(f"/staff/reservations/counters/{counter.id}/{page}?day={day}", status=422)
            assert clerk.shows(words, "いまは、きょうを表示しています", "11月24日（火）"), (page, day)
        clerk.checks_pages = False
    clerk.visit(f"/staff/reservations/counters/{counter.id}/day?day=")
    assert clerk.shows("11月24日（火）") and not AuditEntry.select().where(AuditEntry.act.endswith("printed")).exists()


def test_days_as_pages_print_them(clerk, cast, counter):
    """R-5.4: a day without a year is the nearest of that name; the day of the week may stand behind it."""
    entered(cast, counter, at("09:00", "2027-01-05"), "海野 花")
    for typed, shown in (
        ("12月1日", "12月1日（火）"), ("１２月１日（火）", "12月1日（火）"), ("1月5日", "2027年1月5日（火）"),
        ("9/1", "9月1日（火）"), ("2027年1月5日（火）", "2027年1月5日（火）"),
    ):  # fmt: skip
        clerk.visit(f"/staff/reservations/counters/{counter.id}/day?{urlencode({'day': typed})}")
        assert clerk.shows(f"<h1>{shown}の予約"), typed
    clerk.visit(f"/staff/reservations/list?{urlencode({'find': 1, 'from': '1月5日', 'to': '1月5日（火）'})}")
    assert clerk.shows("2027年1月5日（火）から2027年1月5日（火）まで", "海野 花")
    with clock.at("2027-01-05T09:00:00"):
        assert ground.read_day("12月29日") == (date(2026, 12, 29), "") and ground.read_day("2月30日")[1]


def test_times_taken_out_of_use(clerk, cast, counter):
    """Issue 6.5: chosen times or the whole day, with a reason; a booking there is decided on first; put back."""
    entered(cast, counter, at("09:00"))
    clerk.visit(f"/staff/reservations/counters/{counter.id}/block?day={TOMORROW}")
    clerk.press("選んだ時刻を休止にする", status=422)
    assert clerk.shows("時刻を1つ以上選んでください")
    clerk.fill(reason="会議")
    form = next(form for form in clerk.page.forms.values() if "act_whole" in form.fields)
    for box in form.fields["times"][:2]:
        box.checked = True
    clerk.press("選んだ時刻を休止にする")
    assert clerk.shows("影響を受ける予約", "電話 太郎") and not Seat.select().where(Seat.number == 0).exists()
    clerk.press("書き直す")
    assert clerk.shows('value="会議"') and clerk.page.text.count(" checked") == 2
    clerk.press("選んだ時刻を休止にする")
    clerk.press("決める")
    assert clerk.shows("2の枠を休止にしました", "予約1件は、そのままにしました", "休止（会議）")
    clerk.page = clerk.page.click("枠を休止にする・戻す")
    clerk.fill(reason="停電")
    clerk.press("この日のすべての枠を休止にする")
    assert clerk.shows("4の枠を休止にしました", "空き<strong>0件")
    clerk.page = clerk.page.click("枠を休止にする・戻す")
    form = next(form for form in clerk.page.forms.values() if "blocked" in form.fields)
    form.fields["blocked"][0].checked = True
    clerk.page = form.submit("act_unblock").follow()
    assert clerk.shows("1の枠の休止をやめました", "空き<strong>1件")
    form.submit("act_unblock").follow().mustcontain("もう休止ではありません")
    fields = {"csrf": token(clerk), "day": TOMORROW, "times": f"{TOMORROW}T10:30", "reason": "会議", "act_block": "x"}
    answer = clerk.post(f"/staff/reservations/counters/{counter.id}/block", fields)
    answer.follow().mustcontain("もう休止にしてあります")
    acts = [row.act for row in AuditEntry.select().where(AuditEntry.act.startswith("slots_")).order_by(AuditEntry.id)]
    assert acts == ["slots_blocked", "slots_blocked", "slots_unblocked"]


# ---------------------------------------------------------------- the week and two weeks


def test_the_week(clerk, cast, counter):
    """Issue 6.5: how many come and how many still could; why a day is closed; over the turn of the year."""
    entered(cast, counter, at("09:00"))
    with models.transaction():
        CounterDay.create(counter=counter, day="2026-11-26", reason="工事")
    path = f"/staff/reservations/counters/{counter.id}/week"
    clerk.visit(path)
    assert clerk.shows("11月25日（水）", "予約1", "空き1", "工事", "勤労感謝の日", "済み")
    clerk.page = clerk.page.click("次の週")
    assert clerk.shows("12月4日（金）")
    clerk.visit(path + "?day=2026-12-31")
    assert clerk.shows("年末年始", "12月28日（月）", "1月1日（金）")


def test_two_weeks_over_all_counters(clerk, cast, counter, browser):
    """Issue 6.5: the free-seat overview, of the own divisions alone."""
    other = make_counter(cast, name="子育て窓口", seats=1)
    entered(cast, counter, at("09:00"))
    found = schedule.overview(as_staff(cast.clerk))
    cells = {row.name: cells for row, cells in found.counters}
    assert found.days[0] == date(2026, 11, 24) and len(found.days) == 14
    assert cells["住民窓口"][1] == (1, 11, "") and cells["子育て窓口"][1] == (0, 6, "")
    # Today from ten on: the slots that are not over.
    assert cells["子育て窓口"][0] == (0, 4, "") and cells["子育て窓口"][4] == (0, 0, "お休み")
    clerk.visit("/staff/reservations")
    assert clerk.shows("空き11", "空き6", other.name)
    stranger = browser(cast.other_clerk)
    stranger.visit("/staff/reservations")
    assert stranger.shows("予約を受ける窓口はありません") and not stranger.shows("住民窓口")


def test_no_question_per_row(clerk, cast, counter, monkeypatch):
    """A page of many counters and bookings asks the database no more often than one of few."""
    seen: list[str] = []
    ask = models.database.execute_sql
    monkeypatch.setattr(
        models.database, "execute_sql", lambda sql, params=None: (seen.append(sql), ask(sql, params))[1]
    )
    paths = ["/staff/reservations", f"/staff/reservations/counters/{counter.id}/day?day={TOMORROW}",
             f"/staff/reservations/counters/{counter.id}/week", "/staff/reservations/list",
             "/staff/reservations/statistics", "/staff/counters"]  # fmt: skip

    def counts() -> list[int]:
        found = []
        for path in paths:
            clerk.visit(path)
            seen.clear()
            clerk.visit(path)
            found.append(len(seen))
        return found

    entered(cast, counter, at("09:00"))
    few = counts()
    for number in range(6):
        other = make_counter(cast, name=f"窓口{number}")
        entered(cast, other, at("09:00"))
        entered(cast, counter, at(f"{9 + number // 2:02}:{30 * (number % 2):02}"), f"人{number}")
    assert counts() == few and max(few) <= 22


# ---------------------------------------------------------------- the list


def test_the_list(clerk, cast, counter):
    """Issue 6.5: by period, state, counter, name and number; a wrong date is said beside its field."""
    row = with_application(cast, counter, at("09:00"))
    other = entered(cast, counter, at("09:00", "2026-11-26"), "海野 花")
    by_town.cancel(as_staff(cast.clerk), other.id, other.revision, "都合")
    path = "/staff/reservations/list"
    clerk.visit(path)
    assert clerk.shows("浜口 恵子", "海野 花", "11月24日（火）から")
    assert clerk.page.text.count("メールは届きません") == 1
    for query, shown in (
        ("state=CANCELLED", "海野 花"),
        ("words=%E6%B5%9C%E5%8F%A3", "浜口 恵子"),
        (f"words={row.application.number[:6]}", "浜口 恵子"),
        (f"words={other.number[:4]}-{other.number[4:8]}-{other.number[8:]}", "海野 花"),
        ("from=2026-11-26", "海野 花"),
        ("to=R8.11.25", "浜口 恵子"),
        (f"counter={counter.id}&state=BOOKED", "浜口 恵子"),
        ("mail=no", "海野 花"),
        ("words=0999-00-22", "海野 花"),
    ):
        clerk.visit(f"{path}?{query}")
        names = [name for name in ("浜口 恵子", "海野 花") if name in clerk.page.text]
        assert names == [shown], query
    clerk.visit(f"{path}?counter=999999&find=1")
    assert clerk.shows("この条件の予約は、ありません")
    clerk.visit(f"{path}?words=%25&find=1")
    assert clerk.shows("この条件の予約は、ありません")
    for page in ("list", "csv"):
        clerk.visit(f"/staff/reservations/{page}?from=2026-02-30", status=422)
        assert clerk.shows("2026年の2月は、1日から28日まで", 'value="2026-02-30"')
    clerk.visit(f"{path}?from=2026-12-30&to=2026-12-01", status=422)
    assert clerk.shows("日（から）より前になっています", "「日（から）」を消すと、それより前の予約も探します")
    clerk.visit("/staff/reservations/csv?from=2026-12-30&to=2026-12-01", status=422)


def test_pages_of_the_list(cast, counter):
    """Fifty at a time, in the order of their times."""
    with models.transaction():
        for number in range(51):
            _past(counter, f"人{number:02}", at("09:00") + timedelta(days=number))
    me = as_staff(cast.clerk)
    first, more = booking_list.find(me, Wanted())
    last, none = booking_list.find(me, Wanted(page=2))
    assert (len(first), more, len(last), none) == (50, True, 1, False)
    assert (first[0].name, last[0].name) == ("人00", "人50")


def _past(counter: Counter, name: str, starts, state: str = "BOOKED", **columns) -> Reservation:
    values = {"town": counter.town_id, "counter": counter, "starts_at": starts, "created_at": clock.now(), "name": name}
    values |= {"ends_at": starts + timedelta(minutes=30), "booked_at": clock.now(), "state": state}
    return Reservation.create(**values | columns)


def test_the_list_as_csv(clerk, cast, counter):
    """Issue 6.5, R-7.6: UTF-8 with its mark, nothing in it that a spreadsheet would run; of one's own alone."""
    row = entered(cast, counter, at("09:00"), "=1+1", telephone="+81-999-00-1111", note="@SUM(A1)\nつづき")
    held = seats.hold(counter, at("09:30"), name="書いている人")
    clerk.visit("/staff/reservations/list")
    clerk.press("この条件でCSVを取り出す")
    assert "attachment" in clerk.page.headers["Content-Disposition"]
    heads, one = rows_of(clerk.page)
    assert tuple(heads) == booking_list.HEADINGS
    told = dict(zip(heads, one, strict=True))
    assert (told["氏名"], told["電話番号"], told["メモ"]) == ("'=1+1", "'+81-999-00-1111", "'@SUM(A1)\nつづき")
    assert (told["日"], told["開始"], told["終了"]) == ("2026-11-25", "09:00", "09:30")
    assert (told["番号"].replace("-", ""), told["状態"], told["受けた方法"]) == (row.number, "予約中", "電話")
    assert held.state == "HELD"
    assert AuditEntry.get(AuditEntry.act == "reservations_exported").detail == {"reservations": 1, "counter": 0}


# ---------------------------------------------------------------- the numbers of a year


def test_the_numbers_of_a_year(clerk, cast, counter):
    """Issue 6.5: booked, visited, no-show, cancelled by month and counter; months end at midnight in Tokyo."""
    make_counter(cast, name="子育て窓口")
    with models.transaction():
        for state, day, hour in (
            ("VISITED", "2026-10-31", "23:30"), ("NO_SHOW", "2026-11-01", "00:00"),
            ("CANCELLED", "2026-11-02", "09:00"),
            ("BOOKED", "2026-11-02", "09:00"), ("HELD", "2026-11-02", "09:00"), ("EXPIRED", "2026-11-02", "09:00"),
            ("VISITED", "2025-12-31", "23:30"), ("VISITED", "2026-12-31", "23:30"),
        ):  # fmt: skip
            _past(counter, "来た人", at(hour, day), state)
    found = statistics.of_year(as_staff(cast.clerk), 2026)
    name, months, total = found.counters[0]
    assert (name, months[9].cells, months[10].cells) == ("住民窓口", (1, 1, 0, 0, 0), (3, 0, 1, 1, 1))
    assert (total.cells, found.total.cells, months[11].visited) == ((5, 2, 1, 1, 1), (5, 2, 1, 1, 1), 1)
    assert statistics.years(as_staff(cast.clerk)) == [2025, 2026]
    clerk.visit("/staff/reservations/statistics?year=2026")
    assert clerk.shows("住民窓口", "子育て窓口", "すべての窓口", ">来庁なし：</span>1")
    clerk.press("この年をCSVで取り出す")
    rows = rows_of(clerk.page)
    assert rows[0][:3] == ["窓口", "月", "予約"] and rows[11] == ["住民窓口", "2026-11", "3", "0", "1", "1", "1"]
    assert len(rows) == 25
    clerk.visit("/staff/reservations/statistics?year=1999")
    assert clerk.shows("2026年")


def test_the_overview_counts_what_overlaps(cast, counter):
    """R-5.3: after the slots became longer, a kept booking stands in the way of the one that begins before it."""
    row = entered(cast, counter, at("09:30"))
    with models.transaction():
        Counter.update(slot_minutes=60, seats=1).where(Counter.id == counter.id).execute()
    ((now, cells),) = schedule.overview(as_staff(cast.clerk)).counters
    assert cells[1] == (1, 2, "")
    # Only to the booking itself its own seat is free.
    for besides, free in ((0, 0), (row.id, 1)):
        assert schedule.week(now, at("09:30").date(), besides).rows[0][1][2].free == free
