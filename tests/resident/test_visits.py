"""来庁予約 as residents meet it: the step of the form, what is said afterwards, 予約の確認, change and cancel."""

from __future__ import annotations

import icalendar
import pytest
from cast_acts import PASSWORD, as_staff, person, write
from visit_acts import NEXT, TOMORROW, at, booked, hold, key, make_counter, seats_of, send, visiting

import clock
import models
from models import Application, Counter, MaintenanceWindow, OutboxMail, Reservation, Status, Town
from rules.applications import application
from rules.records import history
from rules.visits import booking, by_resident, hours, seats, telling


@pytest.fixture
def counter(cast) -> Counter:
    return make_counter(cast.town)


@pytest.fixture
def wanted(cast, counter):
    return visiting(cast.town)


@pytest.fixture
def keiko(browser, cast):
    return browser(cast.keiko)


def take(browser, slot: str | None = None):
    return browser.press(f"take.{slot or key()}")


# ---------------------------------------------------------------- while applying


def test_from_the_form_to_the_paper(keiko, cast, counter, wanted):
    """R-5.1 R-5.3 R-5.5: the step, until when it is kept, and what is said once it is sent."""
    written = write(wanted, cast.keiko)
    keiko.visit(f"/applications/{written.id}/pages/dog")
    assert keiko.shows("3 来庁の日時", "4 内容の確認")
    keiko.press("next")
    assert keiko.page.request.path == f"/applications/{written.id}/visit"
    assert keiko.shows("来庁の日時（3／5）", "（いまここ）", "11月25日（水）：", "住民窓口")
    assert 'aria-label="空き1　11月25日（水） 9:00から"' in keiko.page.text
    take(keiko)
    assert keiko.shows("11月25日（水） 9:00の席を、10:10まで取っておきます", "内容の確認（4／5）", "直す：来庁の日時")
    assert keiko.shows("令和8年11月25日（水） 9:00〜9:30", "住民窓口（本庁舎1階）", "犬の写真", "本人確認書類")
    keiko.press("submit")
    assert keiko.shows("申請を受け付けました", "令和8年11月25日（水） 9:00〜9:30", "住民窓口（本庁舎1階）", "犬の写真")
    for path in ("", "/receipt"):
        keiko.visit(f"/applications/{written.id}{path}")
        assert keiko.shows("令和8年11月25日（水） 9:00〜9:30", "住民窓口（本庁舎1階）", "犬の写真"), path
    assert keiko.visit(f"/applications/{written.id}/visit").request.path.startswith("/mypage/reservations/")


def test_nothing_chosen(keiko, cast, counter, wanted):
    """It cannot be sent, and says where to go; nothing that was typed is lost."""
    written = write(wanted, cast.keiko)
    keiko.visit(f"/applications/{written.id}/visit")
    keiko.press("next")
    assert keiko.page.status_int == 422 and keiko.shows("来庁の日時を、まだ選んでいません。")
    keiko.visit(f"/applications/{written.id}/confirm")
    assert keiko.shows("まだ送れません", "まだ選んでいません")
    assert not any("act_submit" in form.fields for form in keiko.page.forms.values())
    assert f'href="/applications/{written.id}/visit"' in keiko.page.text
    assert Application.get_by_id(written.id).answers["dog_name"] == "ポチ"


def test_back_save_and_resume(keiko, cast, counter, wanted):
    written = write(wanted, cast.keiko)
    keiko.visit(f"/applications/{written.id}/visit")
    keiko.press("save")
    assert keiko.shows("まだ申請されていません", "（まだ選んでいません）")
    keiko.visit(f"/applications/{written.id}/visit")
    take(keiko)
    keiko.visit(f"/applications/{written.id}/draft")
    assert keiko.shows("令和8年11月25日（水） 9:00〜9:30", "この日時を、10:10まで取っておきます。")
    keiko.visit(f"/applications/{written.id}/visit")
    assert keiko.shows("選んだ日時", "選択中")
    keiko.press("back")
    assert keiko.page.request.path.endswith("/pages/dog")
    keiko.press("next")  # what is held need not be chosen again
    assert keiko.page.request.path.endswith("/confirm")
    with clock.at("2026-11-24T10:20:00"):
        keiko.visit(f"/applications/{written.id}/draft")
        assert keiko.shows("取っておく時間（10:10まで）は過ぎましたが、この日時はまだ空いています。")
        keiko.visit(f"/applications/{written.id}/visit")
        keiko.press("next")
        assert keiko.shows("この日時を、10:30まで取っておきます。")


def test_the_seat_went_to_somebody_else(keiko, cast, counter, wanted):
    written = write(wanted, cast.keiko)
    keiko.visit(f"/applications/{written.id}/visit")
    take(keiko)
    shown = keiko.page
    with clock.at("2026-11-24T10:20:00"):
        booked(cast.ken, wanted, counter)
        keiko.press("submit")
        assert keiko.page.status_int == 422
        assert keiko.shows("10分", "その間に満席になりました", "入力した内容は残っています", "来庁の日時")
        assert Application.get_by_id(written.id).status == Status.DRAFT
        keiko.visit(f"/applications/{written.id}/visit")
        assert keiko.shows("満席")
        take(keiko, key(NEXT))
        keiko.page = shown  # the old page's button, in another tab
        keiko.press("submit")
        assert keiko.page.status_int == 422 and keiko.shows("来庁の日時が変わったため、まだ送っていません", "11月26日")
        keiko.press("submit")
        assert keiko.shows("申請を受け付けました", "11月26日")


@pytest.mark.parametrize(
    "slot",
    ["2026-11-24T15:00", "2026-11-20T09:00", "2026-11-25T09:17", "2026-02-30T09:00", "令和8年2月30日", "", "%00"],
)
def test_posted_by_hand(keiko, cast, counter, wanted, slot):
    """A slot that does not exist, or is past: a sentence, 422, the rest kept."""
    written = write(wanted, cast.keiko)
    keiko.visit(f"/applications/{written.id}/visit?week=2026-12-01")
    form = next(form for form in keiko.page.forms.values() if "act_save" in form.fields)
    fields = {name: value for name, value in form.submit_fields() if not name.startswith("act_")}
    keiko.page = keiko.post(f"/applications/{written.id}/visit", {**fields, f"act_take.{slot}": "空き1"})
    assert keiko.page.status_int == 422
    assert keiko.shows("12月2日（水）", "来庁の日時") and 'role="alert"' in keiko.page.text
    assert Reservation.select().count() == 0


def test_full_while_one_looks(keiko, cast, counter, wanted):
    written = write(wanted, cast.keiko)
    keiko.visit(f"/applications/{written.id}/visit")
    booked(cast.ken, wanted, counter)
    take(keiko)
    assert keiko.page.status_int == 422 and keiko.shows("満席になりました。ほかの日時を選んでください。")


def test_several_counters(keiko, cast, counter, wanted):
    second = make_counter(cast.town, "夜間窓口", place="", slot_minutes=60)
    written = write(wanted, cast.keiko)
    keiko.visit(f"/applications/{written.id}/visit")
    keiko.page = keiko.page.click("夜間窓口")
    assert keiko.shows('<th scope="row">10:00') and not keiko.shows('<th scope="row">9:30')
    take(keiko)
    assert booking.of(written).counter_id == second.id
    # The week of what is held is shown again, at its counter.
    keiko.visit(f"/applications/{written.id}/visit")
    assert keiko.shows("選択中", "夜間窓口</strong>　いま見ています")


def test_weeks_by_links_and_by_a_date(keiko, cast, counter, wanted):
    written = write(wanted, cast.keiko)
    keiko.visit(f"/applications/{written.id}/visit")
    keiko.page = keiko.page.click("次の週")
    assert keiko.shows("11月30日（月）から12月6日（日）まで")
    keiko.fill(week="令和8年2月30日")
    keiko.press("この日の週を見る")
    assert keiko.page.status_int == 422 and keiko.shows("2月は、1日から28日まで", 'value="令和8年2月30日"')
    keiko.fill(week="令和8年12月24日")
    keiko.press("この日の週を見る")
    assert keiko.page.status_int == 200 and keiko.shows("12月24日（木）")


def test_no_counter(keiko, cast):
    """The town has set none up, or closed it: said on every page, the telephone beside it."""
    written = write(visiting(cast.town), cast.keiko)
    keiko.visit(f"/applications/{written.id}/pages/dog")
    assert keiko.shows("予約を受け付けている窓口がありません")
    keiko.press("next")
    assert keiko.page.request.path.endswith("/visit")
    assert keiko.shows("予約を受け付けている窓口がありません", "入力した内容は、残ります")
    keiko.visit(f"/applications/{written.id}/confirm")
    assert keiko.shows("まだ送れません")


def test_the_guidance_says_that_there_is_no_counter(browser, cast, counter, wanted):
    """R-2.2, R-5.1: before anybody fills in three pages."""
    stranger, path = browser(), f"/procedures/{wanted.id}"
    stranger.visit(path)
    assert stranger.shows("申請する") and not stranger.shows("申請を始められません")
    with models.transaction():
        Counter.update(closed_at=clock.now()).execute()
    stranger.visit(path)
    assert stranger.shows("申請を始められません", cast.town.telephone)
    assert not any("act_start" in form.fields for form in stranger.page.forms.values())


def test_while_pages_rest(keiko, cast, counter, wanted):
    written = write(wanted, cast.keiko)
    keiko.visit(f"/applications/{written.id}/visit")
    MaintenanceWindow.create(
        town=None,
        starts_at=clock.now(),
        ends_at=at("2026-11-24", "12:00"),
        reason="点検",
        created_at=clock.now(),
        created_by=cast.system,
    )
    keiko.press(f"take.{key()}", expect_errors=True)
    assert keiko.page.status_int == 503
    assert keiko.shows("入力した内容は保存してあります", "来庁の日時は、まだ選ばれていません。")
    assert Reservation.select().count() == 0


def test_after_the_session_ended(keiko, cast, counter, wanted):
    """R-3.6: the time whose button was pressed is taken after the login."""
    written = write(wanted, cast.keiko)
    keiko.visit(f"/applications/{written.id}/visit")
    keiko.reset()
    take(keiko)
    assert keiko.shows("ログインし直すと、入力した内容から続けられます")
    form = next(f for f in keiko.page.forms.values() if "act_login" in f.fields)
    form["email"], form["password"] = cast.keiko.email, "nagisa-no-machi-7"
    keiko.page = form.submit("act_login").maybe_follow()
    assert booking.of(written).starts_at == at(TOMORROW)


# ---------------------------------------------------------------- 予約の確認


def test_the_way_from_mypage(browser, keiko, cast, counter, wanted):
    """R-5.5: マイページ says the next visit; 予約の確認 lists what is to come and what is over."""
    row = booked(cast.keiko, wanted, counter)
    Town.update(postal_code="999-8100", address="朝凪町浜手一丁目1番1号").where(Town.id == cast.town.id).execute()
    keiko.visit("/mypage")
    assert keiko.shows("来庁の予約があります", "令和8年11月25日（水） 9:00〜9:30")
    keiko.page = keiko.page.click("予約の確認")
    assert keiko.shows("これからの予約", "令和8年11月25日（水）", telling.number_words(row))
    keiko.page = keiko.page.click("令和8年11月25日")
    assert keiko.shows(
        "予約中", "住民窓口（本庁舎1階）", "0999-00-1240", "犬の写真", "予約を変更する", "予約を取り消す"
    )
    keiko.page = keiko.page.click("予約の控えを印刷する")
    assert keiko.shows("来庁の予約の控え", telling.number_words(row), "犬の写真", "本庁舎1階")
    assert keiko.shows("〒999-8100 朝凪町浜手一丁目1番1号", "前の日まで、マイページの「予約の確認」で")
    with clock.at("2026-11-25T09:30:01"):
        keiko = browser(cast.keiko)
        keiko.visit("/mypage/reservations")
        assert keiko.shows("これからの予約はありません", "終わった予約", "日時が過ぎました")


def test_the_file_for_a_calendar(keiko, cast, counter, wanted):
    row = booked(cast.keiko, wanted, counter)
    keiko.visit(f"/mypage/reservations/{row.id}")
    answer = keiko.page.click("カレンダーに入れるファイル")
    assert answer.content_type == "text/calendar" and 'filename="visit.ics"' in answer.headers["Content-Disposition"]
    (event,) = icalendar.Calendar.from_ical(answer.body).walk("VEVENT")
    assert event.start == at(TOMORROW)


def test_change(keiko, cast, counter, wanted):
    row = booked(cast.keiko, wanted, counter)
    keiko.visit(f"/mypage/reservations/{row.id}")
    keiko.press("予約を変更する")
    assert keiko.shows("いまの予約", "選択中")
    page = keiko.page
    take(keiko, key(NEXT))
    assert keiko.shows("予約を変更しました。", "11月26日（木）")
    keiko.page = page
    take(keiko, key("2026-11-27"))
    assert keiko.page.status_int == 422 and keiko.shows("先に変えられています", "11月26日（木）")


def test_cancel_and_choose_anew(keiko, cast, counter, wanted):
    row = booked(cast.keiko, wanted, counter)
    keiko.visit(f"/mypage/reservations/{row.id}")
    keiko.press("予約を取り消す")
    assert keiko.shows("新しい日時は、取り消したあとの画面から選べます", "予約も、いっしょに取り消されます")
    assert f'href="/applications/{row.application_id}/withdraw"' in keiko.page.text and seats_of(counter) == 1
    keiko.press("予約を取り消す")
    assert keiko.shows("予約を取り消しました。", "ご自分で取り消しました", "来庁の日時が、決まっていません")
    assert "窓口でお知らせください" not in keiko.page.text and seats_of(counter) == 0
    keiko.visit(f"/mypage/reservations/{row.id}/print")
    assert keiko.shows("取消し") and not keiko.shows("日時になりましたら") and not keiko.shows("持ち物")
    for path in ("/mypage", "/mypage/reservations"):  # where it is not forgotten
        keiko.visit(path)
        assert keiko.shows("来庁の日時が、決まっていません", f'href="/applications/{row.application_id}/booking"'), path
    keiko.visit(f"/mypage/reservations/{row.id}")
    keiko.press("新しい日時を選ぶ")
    take(keiko, key(NEXT))
    assert keiko.shows("予約しました。", "11月26日（木）")
    assert "来庁の日時が、決まっていません" not in keiko.visit("/mypage").text


def test_a_booking_alone_says_what_one_waits_for(keiko, cast, counter):
    """R-5.1: nothing is being examined: one comes, or chooses a time anew."""
    row = booked(cast.keiko, visiting(cast.town, "booking"), counter)
    keiko.visit(f"/applications/{row.application_id}")
    assert keiko.shows("予約した日時に、窓口にお越しください。") and not keiko.shows("内容を確かめます")
    by_resident.cancel(person(cast.keiko), row.id, row.revision)
    keiko.visit(f"/applications/{row.application_id}")
    assert keiko.shows("来庁の日時が決まっていません。", "新しい日時を選ぶ") and not keiko.shows("内容を確かめます")


def test_several_visits_to_come(keiko, cast, counter, wanted):
    """R-5.5: マイページ shows the nearest and says that there are more."""
    booked(cast.keiko, wanted, counter, key(NEXT))
    assert "ほかに" not in keiko.visit("/mypage").text
    for day in (TOMORROW, "2026-11-27"):
        booked(cast.keiko, wanted, counter, key(day))
    keiko.visit("/mypage")
    assert keiko.shows("来庁の予約は、ほかに2件あります。", "11月25日（水） 9:00")
    assert not keiko.shows("11月26日（木） 9:00")


def test_on_the_day(browser, cast, counter, wanted):
    """R-5.2: neither changed nor cancelled; whom to call."""
    row = booked(cast.keiko, wanted, counter)
    path = f"/mypage/reservations/{row.id}"
    with clock.at("2026-11-24T23:59:59"):
        keiko = browser(cast.keiko)
        pages = [keiko.get(f"{path}/{act}") for act in ("change", "cancel")]
    with clock.at("2026-11-25T00:00:00"):
        keiko.visit(path)
        assert keiko.shows("きょうの予約です", "当日は、予約の変更や取消しができません", "0999-00-1240")
        assert "予約を変更する" not in keiko.page.text
        for act, page in zip(("change", "cancel"), pages, strict=True):
            assert keiko.get(f"{path}/{act}").status_int == 302
            keiko.page = page
            keiko.press(f"take.{key(NEXT)}" if act == "change" else "cancel")
            assert keiko.page.status_int == 422 and keiko.shows("窓口に電話してください", "0999-00-1240")
    assert Reservation.get_by_id(row.id).state == "BOOKED"


def test_an_account_that_ends_frees_its_seats(browser, cast, counter, wanted):
    """退会: the visits to come are named before; those after today are freed, and staff see why."""
    keiko = browser(cast.keiko)
    rows = [booked(cast.keiko, wanted, counter, key(day)) for day in (TOMORROW, NEXT)]
    with clock.at(f"{TOMORROW}T08:00:00"):
        keiko = browser(cast.keiko)
        keiko.visit("/mypage/account/close")
        assert keiko.shows("取り消されます", "11月26日（木）", "きょうの来庁の予約", "11月25日（水）")
        keiko.fill(present=PASSWORD)
        keiko.press("close")
    assert keiko.shows("退会しました")
    today, later = [Reservation.get_by_id(row.id) for row in rows]
    assert (today.state, later.state, later.cancelled_by) == ("BOOKED", "CANCELLED", "退会")
    assert (seats_of(counter), seats_of(counter, key(NEXT))) == (1, 0)
    last = history.latest(later.application)
    assert (last.name, "退会のため" in last.text) == ("visit_cancelled", True)


def test_nothing_free_at_all(browser, cast, counter, wanted):
    """No other week is recommended where none has anything: the telephone is."""
    with models.transaction():
        Counter.update(days_until=1).execute()
    for slot in hours.plan_of(counter).slots(at(TOMORROW).date()):
        seats.block(counter, slot, "満員")
    keiko, written = browser(cast.keiko), write(wanted, cast.keiko)
    keiko.visit(f"/applications/{written.id}/visit")
    assert keiko.shows("どの日も空いている時間がありません", "0999-00-1240")
    assert not keiko.shows("ほかの週をご覧ください")


def test_withdrawn_on_the_day(browser, cast, counter, wanted):
    row = booked(cast.keiko, wanted, counter)
    with clock.at("2026-11-25T08:00:00"):
        keiko = browser(cast.keiko)
        keiko.visit(f"/applications/{row.application_id}/withdraw")
        keiko.fill(reason="都合が変わったため")
        keiko.press("withdraw")
        keiko.visit(f"/mypage/reservations/{row.id}")
        assert keiko.shows("来庁の当日に取り下げられました")
    assert seats_of(counter) == 1


def test_withdrawing_tells_of_the_visit(browser, keiko, cast, counter, wanted):
    """R-5.2 R-6.3: that the booking goes along, or, on the day, stays; afterwards every page and the mail know."""
    row = booked(cast.keiko, wanted, counter)
    assert "も、取り消されます" in keiko.visit(f"/applications/{row.application_id}/withdraw").text
    with clock.at("2026-11-25T08:00:00"):
        keiko = browser(cast.keiko)
        keiko.visit(f"/applications/{row.application_id}/withdraw")
        assert keiko.shows("11月25日（水） 9:00〜9:30）は、取り下げても残ります", "0999-00-1240")
        keiko.fill(reason="都合が変わったため")
        keiko.press("withdraw")
        assert keiko.shows("予約が残っています（申請は取下げ済み）", "お越しにならないときは", "0999-00-1240")
        for path, words in (
            ("/mypage", "申請は取り下げられましたが、きょうの来庁の予約は、残っています"),
            ("/mypage/reservations", "申請は取下げ済み"),
            (f"/mypage/reservations/{row.id}/print", "お越しにならないときは、電話"),
        ):
            assert words in keiko.visit(path).text, path
        assert "窓口で申込番号をお知らせ" not in keiko.page.text
        assert "来庁の日時" not in keiko.visit(f"/applications/{row.application_id}/receipt").text
    told = OutboxMail.get(OutboxMail.kind == "withdrawn")
    assert "きょうの来庁の予約は、残っています" in told.body and "0999-00-1240" in told.body


def test_over_and_nobody_noted_it(browser, cast, counter, wanted):
    """R-5.5: weeks later it is no booking to come: what to do, whom to call, nothing to print or to change."""
    row = booked(cast.keiko, wanted, counter)
    with clock.at("2026-11-25T09:29:59"):
        keiko = browser(cast.keiko)
        assert "きょうの予約です" in keiko.visit(f"/mypage/reservations/{row.id}").text
    with clock.at("2026-11-25T09:30:00"):
        keiko = browser(cast.keiko)
        assert "していただくことはありません" in keiko.visit("/mypage").text
        for path in (f"/mypage/reservations/{row.id}", f"/applications/{row.application_id}"):
            keiko.visit(path)
            assert keiko.shows("日時が過ぎました", "来られなかったときは、窓口に電話してください", "0999-00-1240"), path
            for gone in (
                "予約中",
                "犬の写真",
                "控えを印刷",
                "窓口でお知らせください",
                "きょうの予約です",
                "新しい日時を選ぶ",
            ):
                assert gone not in keiko.page.text, gone
        keiko.visit(f"/mypage/reservations/{row.id}/print")
        assert keiko.shows("日時が過ぎました") and not keiko.shows("日時になりましたら")
    with models.transaction():  # staff have noted that nobody came
        Reservation.update(state="NO_SHOW").where(Reservation.id == row.id).execute()
    with clock.at("2026-11-25T09:31:00"):
        keiko.visit(f"/mypage/reservations/{row.id}")
        keiko.press("新しい日時を選ぶ")
        take(keiko, key(NEXT))
        assert keiko.shows("予約しました。")


def test_somebody_elses(browser, cast, counter, wanted):
    row = booked(cast.keiko, wanted, counter)
    ken = browser(cast.ken)
    for rest in ("", ".ics", "/print", "/change", "/cancel"):
        assert ken.get(f"/mypage/reservations/{row.id}{rest}").status_int == 404
    assert ken.get(f"/applications/{row.application_id}/booking").status_int == 404
    assert ken.get(f"/applications/{row.application_id}/visit").status_int == 404


# ---------------------------------------------------------------- to collect


def test_collect(keiko, cast, counter):
    wanted, me = visiting(cast.town, "collect", decision=True), as_staff(cast.clerk)
    written = write(wanted, cast.keiko)
    assert "来庁の日時" not in keiko.visit(f"/applications/{written.id}/pages/dog").text
    sent = send(cast.keiko, written)
    assert "受け取りの日時を予約する" not in keiko.visit(f"/applications/{sent.id}").text
    assert keiko.get(f"/applications/{sent.id}/booking").status_int == 302
    application.start_review(sent, me, sent.revision)
    sent = Application.get_by_id(sent.id)
    application.approve(sent, me, sent.revision)
    keiko.visit("/mypage")
    assert keiko.shows("窓口で受け取る日時を、予約できます", f'href="/applications/{sent.id}/booking"')
    keiko.visit(f"/applications/{sent.id}")
    keiko.press("受け取りの日時を予約する")
    assert keiko.shows("受け取りの日時", "押すと、すぐに予約されます", "犬の写真", "本人確認書類")
    page = keiko.page
    take(keiko)
    assert keiko.shows("予約しました。", "予約中", "11月25日（水）")
    keiko.page = page
    take(keiko)  # pressed twice
    assert keiko.shows("予約中") and Reservation.select().count() == 1
    keiko.page = page
    take(keiko, key(NEXT))  # another tab
    assert keiko.page.status_int == 422 and keiko.shows("すでに予約があります")
    row = Reservation.get()
    by_resident.cancel(person(cast.keiko), row.id, row.revision)
    for path, kind in ((f"/applications/{sent.id}", "approved"), (f"/mypage/reservations/{row.id}", "visit_cancelled")):
        assert "「受け取りの日時を予約する」" in OutboxMail.get(OutboxMail.kind == kind).body
        keiko.visit(path)
        keiko.press("受け取りの日時を予約する")  # named as the mails do, also after a cancellation
        assert keiko.shows("押すと、すぐに予約されます"), path


def test_collect_where_no_counter_takes_bookings(keiko, cast):
    """R-5.1: nothing is promised; one comes in office hours. What was booked and lost is a matter for the telephone."""
    wanted, me = visiting(cast.town, "collect", decision=True), as_staff(cast.clerk)
    sent = send(cast.keiko, write(wanted, cast.keiko))
    application.start_review(sent, me, sent.revision)
    application.approve(sent, me, sent.revision)
    for path in ("", "/booking"):
        keiko.visit(f"/applications/{sent.id}{path}")
        assert keiko.shows("予約は要りません", "お越しください", "犬の写真", cast.town.hours), path
        assert "予約できます" not in keiko.page.text and "受け取りの日時を予約する" not in keiko.page.text
    assert "日時を、予約できます" not in keiko.visit("/mypage").text
    counter = make_counter(cast.town)
    row = hold(cast.keiko, sent, counter)
    with models.transaction():
        Counter.update(closed_at=clock.now()).execute()
    keiko.visit(f"/mypage/reservations/{row.id}/cancel")
    assert keiko.shows("取り消すと、この画面からは新しい日時を選べません")
    keiko.press("予約を取り消す")
    assert keiko.shows("予約は要りません") and not keiko.shows("新しい日時を選ぶ")


def test_a_blocked_time(keiko, cast, counter, wanted):
    written = write(wanted, cast.keiko)
    seats.block(counter, at(TOMORROW), "点検")
    keiko.visit(f"/applications/{written.id}/visit")
    assert keiko.shows("休止") and f"act_take.{key()}" not in keiko.page.text
    with pytest.raises(seats.Full):
        hold(cast.keiko, written, counter)
