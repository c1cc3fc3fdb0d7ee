"""停止: what residents get while their pages rest, and that nothing they typed is lost (R-8.1, R-3.6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import peewee
import pytest
from account_acts import code_in_mail
from cast_acts import PASSWORD, PDF, as_staff, attach, person, send, write
from test_registration import PROFILE, ask_for_code
from webtest import Upload

import clock
import config
import models
from models import Application, Attachment, Code, MaintenanceWindow, Message, Procedure, Session, Status
from outside import antivirus
from rules.applications import application, draft, message

STARTS, DURING, ENDS = "2026-11-24T10:05", "2026-11-24T10:10", "2026-11-24T10:20"


def daily(times: str) -> None:
    config.use(replace(config.settings(), stops=config.StopSettings(times)))


@pytest.fixture
def rests(cast):
    """Sets the stage: a window in a quarter of an hour, of the whole installation unless a town is named."""

    def make(town=None, starts: str = STARTS, ends: str = ENDS) -> MaintenanceWindow:
        at = [datetime.fromisoformat(text).replace(tzinfo=clock.TOKYO) for text in (starts, ends)]
        with models.transaction():
            return MaintenanceWindow.create(
                town=town,
                starts_at=at[0],
                ends_at=at[1],
                reason="システムの点検",
                created_at=clock.now(),
                created_by=cast.system,
            )

    return make


def rested(opened, path: str) -> bool:
    """Whether a page answers as one that rests."""
    response = opened.visit(path, expect_errors=True)
    assert (response.status_int == 503) == opened.shows("ただいま、ご利用になれません"), path
    return response.status_int == 503


def press(opened, button: str):
    return opened.press(button, expect_errors=True)


def begin(opened, procedure: Procedure) -> Application:
    opened.visit(f"/procedures/{procedure.id}")
    opened.press("申請する")
    return Application.select().order_by(Application.id.desc()).get()


# ---------------------------------------------------------------- the page


def test_the_page_of_a_stop(browser, rests):
    """R-8.1: 503 with Retry-After; from when until when, why, whom to call; in the frame of every page."""
    rests()
    stranger = browser()
    with clock.at("2026-11-24T10:05:00.5"):
        response = stranger.visit("/", expect_errors=True)
    assert response.status_int == 503
    assert response.headers["Retry-After"] == "900"
    assert response.headers["Cache-Control"] == "no-store"
    assert stranger.shows("11月24日（火）10時05分〜10時20分", "システムの点検のため", "10時20分</strong>を過ぎてから")
    assert stranger.shows("朝凪町役場", "0999-00-1234", "手続き一覧")
    assert not stranger.shows("もう一度送信する") and not stranger.shows("停止のお知らせ")


def test_to_the_second(browser, rests):
    """R-8.1."""
    rests()
    stranger = browser()
    for moment, expected in (
        ("2026-11-24T10:04:59.999", False),
        ("2026-11-24T10:05:00", True),
        ("2026-11-24T10:19:59.999", True),
        ("2026-11-24T10:20:00", False),
    ):
        with clock.at(moment):
            assert rested(stranger, "/procedures") is expected, moment


def test_the_daily_stop_and_a_window_are_one_stop(browser, rests):
    """R-8.1: over midnight, Retry-After to the end of the joined stop."""
    daily("23:30-00:30")
    rests(starts="2026-11-25T00:30", ends="2026-11-25T02:00")
    stranger = browser()
    with clock.at("2026-11-24T23:45:00"):
        response = stranger.visit("/", expect_errors=True)
    assert response.headers["Retry-After"] == str(2 * 3600 + 15 * 60)
    assert stranger.shows("11月24日（火）23時30分〜11月25日（水）2時00分", "毎日の点検、システムの点検")
    daily("")
    with clock.at("2026-11-24T23:45:00"):
        assert not rested(stranger, "/")


@pytest.mark.parametrize("path", ["/mypage", "/login", "/nowhere", "/applications/999/done", "/%00", "/x" * 50])
def test_whatever_the_address(browser, cast, rests, path):
    """R-8.1: an odd address rests like any other; nobody is sent to the login."""
    rests()
    keiko = browser(cast.keiko)
    with clock.at(DURING):
        assert rested(keiko, path) and rested(browser(), path)
        posted = browser().post(path, {"a": "1"}, expect_errors=True)
        assert posted.status_int == 503


def test_what_stays_open(browser, cast, rests):
    """R-8.1: the list of stops, the sheet, the size of letters, the way out."""
    rests()
    keiko = browser(cast.keiko)
    with clock.at(DURING):
        assert keiko.visit("/stops").status_int == 200
        assert keiko.shows("停止の予定", "停止中", "11月24日（火）10時05分〜10時20分")
        assert keiko.get("/static/style.css").status_int == 200
        assert keiko.get("/look?is=large&back=/stops").status_int == 302
        way_out = next(form for form in keiko.page.forms.values() if "act_logout" in form.fields)
        assert way_out.submit("act_logout").status_int == 302
        assert not Session.select().where(Session.resident == cast.keiko).exists()


def test_staff_work_on(browser, cast, rests):
    """R-8.1: from the login to the act; they are told that residents' pages rest."""
    rests()
    sent = send(write(cast.dogs, cast.keiko), cast.keiko)
    with clock.at(DURING):
        clerk = browser(cast.clerk)
        assert clerk.visit("/staff/").status_int == 200
        assert clerk.shows("住民の画面は、いま止まっています（11月24日（火）10時05分〜10時20分")
        clerk.visit(f"/staff/applications/{sent.id}")
        clerk.press("審査を開始する")
    assert Application.get_by_id(sent.id).status == Status.IN_REVIEW


# ---------------------------------------------------------------- told beforehand


def test_every_page_tells_from_seven_days_ahead(browser, cast, rests):
    """R-8.1: with date and times and the way to more."""
    rests(starts="2026-12-01T20:00", ends="2026-12-02T06:00")
    for opened, path in (
        (browser(), "/"),
        (browser(cast.keiko), "/mypage"),
        (browser(), f"/procedures/{cast.dogs.id}"),
    ):
        opened.visit(path)
        assert not opened.shows("停止のお知らせ")
        with clock.at("2026-11-24T20:00:00"):
            if path == "/mypage":
                opened.log_in(cast.keiko.email, PASSWORD)
            opened.visit(path)
            assert opened.shows("停止のお知らせ", "12月1日（火）20時00分〜12月2日（水）6時00分は、システムの点検のため")
            assert opened.page.click("くわしく").request.path == "/stops"


def test_the_daily_stop_is_told_an_hour_ahead(browser, rests):
    """R-8.1."""
    daily("03:00-04:00")
    stranger = browser()
    with clock.at("2026-11-25T02:00:00"):
        stranger.visit("/")
        assert stranger.shows("本日 3時00分〜4時00分は、毎日の点検のため")
    with clock.at("2026-11-25T01:59:59"):
        stranger.visit("/")
        assert not stranger.shows("停止のお知らせ")
    stranger.visit("/stops")
    assert stranger.shows("毎日 3時00分〜4時00分")


# ---------------------------------------------------------------- several towns


def test_a_towns_window_stops_that_towns_pages_only(browser, cast, rests):
    """R-8.4: its procedures, applications and notices; not the portal, マイページ, another town."""
    with models.transaction():
        cast.other_town.closed_at = None
        cast.other_town.save()
    written = write(cast.dogs, cast.keiko)
    rests(cast.town)
    keiko = browser(cast.keiko)
    theirs = ["/towns/064998", "/towns/064998/procedures", f"/procedures/{cast.dogs.id}", "/towns/064998/nothing"]
    theirs += [f"/applications/{written.id}/pages/owner", f"/applications/{written.id}/confirm"]
    with clock.at(DURING):
        assert all(rested(keiko, path) for path in theirs)
        keiko.visit("/towns/064998", expect_errors=True)
        assert keiko.shows("朝凪町")
        assert not any(rested(keiko, path) for path in ("/", "/mypage", "/towns/064009", "/towns/064009/procedures"))
    keiko.visit("/towns/064998")
    assert keiko.shows("停止のお知らせ")
    keiko.visit("/towns/064009")
    assert not keiko.shows("停止のお知らせ")


def test_a_stop_of_all_names_every_town_to_call(browser, cast, rests):
    """R-8.4: on pages of no town."""
    with models.transaction():
        cast.other_town.closed_at = None
        cast.other_town.telephone = "0999-11-2233"
        cast.other_town.save()
    rests()
    stranger = browser()
    with clock.at(DURING):
        assert rested(stranger, "/")
        assert stranger.shows("朝凪町役場", "夕凪町役場", "0999-11-2233")
        assert rested(stranger, "/towns/064009")


# ---------------------------------------------------------------- what was being typed


def test_an_input_page_is_saved_and_found_again(browser, cast, rests):
    """R-8.1 R-3.2: answers and files, whichever button was pressed; resumed after the stop."""
    rests()
    keiko = browser(cast.keiko)
    written = begin(keiko, cast.dogs)
    keiko.press("次へ進む")
    keiko.fill(dog_name="𠮷﨑号", certificate=Upload("注射済証.pdf", PDF))
    with clock.at(DURING):
        response = press(keiko, "次へ進む")
        assert response.status_int == 503 and response.headers["Retry-After"] == "600"
        assert keiko.shows(
            "入力した内容は保存しました", "まだ送られていません", "保存した手続き一覧", "12月24日（木）まで"
        )
        assert not keiko.shows("もう一度送信する")
    kept = Application.get_by_id(written.id)
    assert kept.answers["dog_name"] == "𠮷﨑号" and kept.status == Status.DRAFT
    assert [row.name for row in Attachment.select()] == ["注射済証.pdf"]
    way = keiko.page
    with clock.at(ENDS):
        keiko.visit("/mypage")
        keiko.page = (
            keiko.page.click("保存した手続き・判定結果の照会").click("保存した手続き一覧").click("犬の登録申請")
        )
        keiko.press("次へ進む")
        assert keiko.shows('value="𠮷﨑号"', "注射済証.pdf")
        assert 'value="𠮷﨑号"' in way.click("続きを入力する").text


@pytest.mark.parametrize("button", ["保存してあとで申請する", "戻る", "添付する"])
def test_every_button_of_an_input_page_saves(browser, cast, rests, button):
    """R-8.1."""
    rests()
    keiko = browser(cast.keiko)
    written = begin(keiko, cast.dogs)
    keiko.press("次へ進む")
    keiko.fill(dog_name="ポチ")
    with clock.at(DURING):
        press(keiko, button)
        assert keiko.shows("入力した内容は保存しました")
    assert Application.get_by_id(written.id).answers["dog_name"] == "ポチ"


def test_a_refused_file_does_not_take_the_answers_with_it(browser, cast, rests, monkeypatch):
    """R-8.1: the scanner away or the disk full; the page names the file."""
    rests()
    for trouble in ("scanner", "disk"):
        keiko = browser(cast.keiko)
        written = write(cast.dogs, cast.keiko)
        keiko.visit(f"/applications/{written.id}/pages/dog")
        keiko.fill(dog_name=trouble, certificate=Upload("注射済証.pdf", PDF))
        with clock.at(DURING), monkeypatch.context() as patch:
            if trouble == "scanner":
                patch.setattr(antivirus, "scan", lambda _: antivirus.Verdict(False, "検査できません"))
            else:
                patch.setattr("rules.files.storage.store", _no_space)
            press(keiko, "次へ進む")
            assert keiko.shows("入力した内容は保存しました", "「注射済証.pdf」"), trouble
        assert Application.get_by_id(written.id).answers["dog_name"] == trouble
    assert not Attachment.select().exists()


def _no_space(_stream):
    raise OSError(28, "No space left on device")


def test_what_cannot_be_saved_can_be_sent_again(browser, cast, rests, monkeypatch):
    """R-8.1 R-3.6: the database takes nothing; the page itself carries what was typed through the stop."""
    rests()
    keiko = browser(cast.keiko)
    written = begin(keiko, cast.dogs)
    keiko.press("次へ進む")
    keiko.fill(dog_name="ポチ", certificate=Upload("注射済証.pdf", PDF))
    with clock.at(DURING), monkeypatch.context() as patch:
        patch.setattr(draft, "save_page", _no_space_for_rows)
        press(keiko, "次へ進む")
        assert keiko.page.status_int == 503
        assert keiko.shows("まだ受け付けていません", "ポチ", "「注射済証.pdf」は、もう一度選んでください")
    with clock.at(ENDS):
        keiko.press("もう一度送信する")
    assert Application.get_by_id(written.id).answers["dog_name"] == "ポチ"


def _no_space_for_rows(*_, **__):
    raise peewee.OperationalError("database or disk is full")


def test_a_visitor_goes_on_in_the_same_browser(browser, cast, rests):
    """R-8.1 R-3.5: without login it is kept for the browser, a day after the stop, and the page says until when."""
    rests()
    visitor = browser()
    written = begin(visitor, Procedure.get(Procedure.slug == "bulky-waste"))
    form = next(f for f in visitor.page.forms.values() if "act_next" in f.fields)
    name = next(n for n, fields in form.fields.items() if n and fields[0].__class__.__name__ in ("Text", "Textarea"))
    form[name] = "浜口"
    with clock.at(DURING):
        press(visitor, "次へ進む")
        assert visitor.shows("入力した内容は保存しました", "同じブラウザーで2026年11月25日（水）10時20分までに")
        assert rested(browser(), visitor.page.request.path)
    assert "浜口" in str(Application.get_by_id(written.id).answers)
    with clock.at(ENDS):
        assert 'value="浜口"' in visitor.page.click("続きを入力する").text


def test_a_correction_is_saved_too(browser, cast, rests):
    """R-8.1 R-6.2."""
    rests()
    sent = send(write(cast.dogs, cast.keiko), cast.keiko)
    application.return_for_correction(
        sent, as_staff(cast.clerk), sent.revision, reason="犬の名前", remarks={}, until=clock.today()
    )
    keiko = browser(cast.keiko)
    keiko.visit(f"/applications/{sent.id}/pages/dog")
    keiko.fill(dog_name="ハチ")
    with clock.at(DURING):
        press(keiko, "次へ進む")
        assert keiko.shows("入力した内容は保存しました", "修正して再申請する")
    assert Application.get_by_id(sent.id).answers["dog_name"] == "ハチ"


def test_a_message_is_sent_all_the_same(browser, cast, rests):
    """R-8.1 R-6.9: staff work on and read it; what cannot be taken can be sent again."""
    rests()
    row = send(write(cast.dogs, cast.keiko), cast.keiko)
    keiko = browser(cast.keiko)
    page = keiko.visit(f"/applications/{row.id}")
    keiko.fill(text="犬の色は黒です。")
    with clock.at(DURING):
        press(keiko, "メッセージを送る")
        assert keiko.page.status_int == 503 and keiko.shows("メッセージを送りました", "もう一度送る必要はありません")
        assert [entry.text for entry in message.for_staff(row)] == ["犬の色は黒です。"]
        keiko.page = page
        keiko.fill(text="")
        press(keiko, "メッセージを送る")
        assert keiko.shows("まだ受け付けていません") and not keiko.shows("メッセージを送りました")
    assert Message.select().count() == 1


def test_sending_says_that_nothing_was_sent_and_nothing_lost(browser, cast, rests):
    """R-8.1 R-3.1: 「この内容で申請する」 when the stop has begun."""
    rests()
    keiko = browser(cast.keiko)
    written = write(cast.dogs, cast.keiko)
    attach(written)
    keiko.visit(f"/applications/{written.id}/confirm")
    with clock.at(DURING):
        press(keiko, "この内容で申請する")
        assert keiko.shows("入力した内容は保存してあります", "申請は、まだ送られていません")
    assert Application.get_by_id(written.id).number is None
    with clock.at(ENDS):
        keiko.page = keiko.page.click("内容の確認に戻る")
        keiko.press("この内容で申請する")
        assert keiko.shows("申請を受け付けました")


def test_anything_else_can_be_sent_when_it_is_over(browser, rests):
    """R-8.1 R-3.6: registering: the address goes through the stop."""
    rests()
    stranger = browser()
    stranger.visit("/sign-up")
    stranger.fill(email="new@example.jp")
    with clock.at(DURING):
        response = press(stranger, "認証コードを送信する")
        assert response.status_int == 503
        assert stranger.shows("まだ受け付けていません", "new@example.jp", "もう一度送信する")
        # Too early: the same page once more, with the same words in it.
        assert press(stranger, "もう一度送信する").status_int == 503
        assert stranger.shows("new@example.jp")
    assert not Code.select().exists()
    with clock.at(ENDS):
        stranger.press("もう一度送信する")
        assert stranger.shows("認証コード")
    assert Code.get().email == "new@example.jp"


@pytest.mark.parametrize("ends", ["2026-11-24T10:20", "2026-11-26T06:00"])
def test_a_registration_outlasts_the_stop(browser, rests, ends):
    """R-8.1 R-3.6: neither the code nor the profile runs out in a stop, however long."""
    rests(ends="2026-11-24T10:20")
    opened = browser()
    ask_for_code(opened)
    opened.fill(code=code_in_mail("hanako@example.jp"))
    MaintenanceWindow.update(ends_at=datetime.fromisoformat(ends).replace(tzinfo=clock.TOKYO)).execute()
    with clock.at(DURING):
        assert press(opened, "次へ進む").status_int == 503
    soon = datetime.fromisoformat(ends).replace(tzinfo=clock.TOKYO)
    with clock.at((soon + timedelta(minutes=29)).isoformat()):
        opened.press("もう一度送信する")
        assert opened.page.request.path == "/sign-up/profile"
        rests(starts=clock.now().isoformat()[:16], ends=(soon + timedelta(hours=9)).isoformat()[:16])
        opened.fill(**PROFILE)
        assert press(opened, "確認する").status_int == 503 and opened.shows("浜手二丁目14番6号")
    soon += timedelta(hours=9)
    with clock.at((soon + timedelta(minutes=119)).isoformat()):
        opened.press("もう一度送信する")
        assert opened.page.request.path == "/sign-up/profile" and opened.shows("浜手二丁目14番6号", "パスワード")
        opened.fill(password=PROFILE["password"], password_again=PROFILE["password"])
        opened.press("確認する")
        opened.press("登録する")
        assert opened.shows("登録が完了しました")


def test_a_registration_that_ran_out_says_where_to_begin(browser):
    """R-3.6: what was typed is shown, with the way to 「新規登録」."""
    opened = browser()
    ask_for_code(opened)
    opened.fill(code=code_in_mail("hanako@example.jp"))
    opened.press("次へ進む")
    opened.fill(**PROFILE)
    with clock.at("2026-11-24T12:00:01"):
        assert opened.press("確認する").status_int == 422
        assert opened.shows("<h1>登録の時間が過ぎました</h1>", "浜手二丁目14番6号")
        assert opened.page.click("^新規登録$", index=-1).request.path == "/sign-up"


def test_passwords_are_typed_again(browser, cast, rests):
    """R-8.1: they stand in no page; everything else of the login does."""
    rests()
    stranger = browser()
    stranger.visit("/login")
    stranger.fill(email=cast.keiko.email, password=PASSWORD)
    with clock.at(DURING):
        press(stranger, "ログイン")
        assert stranger.shows("パスワードは、安全のため残していません") and PASSWORD not in stranger.page.text
    with clock.at(ENDS):
        stranger.press("もう一度送信する")
        assert stranger.page.status_int == 422 and stranger.shows(f'value="{cast.keiko.email}"')
        stranger.fill(password=PASSWORD)
        stranger.press("ログイン")
        assert stranger.shows("マイページ", "浜口 恵子")


def test_the_session_ran_out_meanwhile(browser, cast, rests):
    """R-3.6 R-8.1: typed for an hour, posted into the stop, sent again after it: the login takes it along."""
    rests(ends="2026-11-24T11:30")
    keiko = browser(cast.keiko)
    written = begin(keiko, cast.dogs)
    keiko.press("次へ進む")
    keiko.fill(dog_name="ポチ")
    with clock.at("2026-11-24T11:00"):
        press(keiko, "次へ進む")
        assert keiko.page.status_int == 503
        assert keiko.shows("ポチ", "もう一度送信する") and not keiko.shows("保存しました")
    with clock.at("2026-11-24T11:30"):
        keiko.press("もう一度送信する")
        assert keiko.shows("ログインし直すと、入力した内容から続けられます")
        keiko.fill(email=cast.keiko.email, password=PASSWORD)
        keiko.press("ログイン")
    assert Application.get_by_id(written.id).answers["dog_name"] == "ポチ"


def test_a_login_that_carried_something_still_carries_it(browser, cast, rests):
    """R-3.6 R-8.1: the session had ended before the stop, and the login itself falls into it."""
    rests()
    keiko = browser(cast.keiko)
    written = begin(keiko, cast.dogs)
    keiko.press("次へ進む")
    keiko.fill(dog_name="ポチ")
    Session.delete().execute()
    keiko.press("次へ進む")
    keiko.fill(email=cast.keiko.email, password=PASSWORD)
    with clock.at(DURING):
        press(keiko, "ログイン")
        assert keiko.page.status_int == 503 and keiko.shows("ポチ")
    with clock.at(ENDS):
        keiko.press("もう一度送信する")
        keiko.fill(email=cast.keiko.email, password=PASSWORD)
        keiko.press("ログイン")
    assert Application.get_by_id(written.id).answers["dog_name"] == "ポチ"


def test_a_login_leads_nobody_past_the_stop_of_a_town(browser, cast, rests):
    """R-8.1 R-8.4: the login page is no town's and stays open; what it takes along is saved, and nothing is sent."""
    with models.transaction():
        cast.other_town.closed_at = None
        cast.other_town.save()
    rests(cast.town)
    keiko = browser(cast.keiko)
    written = begin(keiko, cast.dogs)
    keiko.press("次へ進む")
    keiko.fill(dog_name="ポチ")
    Session.delete().execute()
    keiko.press("次へ進む")
    with clock.at(DURING):
        keiko.fill(email=cast.keiko.email, password=PASSWORD)
        press(keiko, "ログイン")
        assert keiko.page.status_int == 503 and keiko.shows("入力した内容は保存しました")
        assert Application.get_by_id(written.id).answers["dog_name"] == "ポチ"
        assert not rested(keiko, "/mypage") and keiko.shows("ログアウト")
    whole = write(cast.dogs, cast.keiko)
    keiko.visit(f"/applications/{whole.id}/confirm")
    Session.delete().execute()
    keiko.press("この内容で申請する")
    with clock.at(DURING):
        keiko.fill(email=cast.keiko.email, password=PASSWORD)
        press(keiko, "ログイン")
        assert keiko.page.status_int == 503 and keiko.shows("まだ送られていません")
    assert Application.get_by_id(whole.id).status == Status.DRAFT


def test_a_login_from_a_page_of_another_browser_still_carries_it(browser, cast):
    """R-3.6: the page that asks to send once more keeps what the login was carrying."""
    keiko = browser(cast.keiko)
    written = begin(keiko, cast.dogs)
    keiko.press("次へ進む")
    keiko.fill(dog_name="ポチ")
    Session.delete().execute()
    keiko.press("次へ進む")
    keiko.fill(email=cast.keiko.email, password=PASSWORD)
    keiko.reset()  # its cookies are gone: the token fits no longer
    keiko.press("ログイン")
    assert keiko.page.status_int == 403 and keiko.shows("もう一度、送信してください", "ポチ")
    keiko.press("もう一度送信する")
    keiko.fill(email=cast.keiko.email, password=PASSWORD)
    keiko.press("ログイン")
    if keiko.page.status_int == 403:
        keiko.press("もう一度送信する")
    assert Application.get_by_id(written.id).answers["dog_name"] == "ポチ"


def test_nobody_elses_draft_is_written(browser, cast, rests):
    """R-8.1: during a stop the gate asks as ever whose it is, and for the form's token."""
    rests()
    written = write(cast.dogs, cast.keiko)
    path = f"/applications/{written.id}/pages/dog"
    ken = browser(cast.ken)
    token = next(f["csrf"].value for f in ken.visit("/mypage").forms.values() if "csrf" in f.fields)
    keiko = browser(cast.keiko)
    with clock.at(DURING):
        for opened, typed in ((ken, token), (keiko, ""), (keiko, token)):
            answer = opened.post(path, {"csrf": typed, "dog_name": "X", "act_next": "1"}, expect_errors=True)
            assert answer.status_int == 503 and "保存しました" not in answer.text
    assert draft.editable(person(cast.keiko), written.id).answers["dog_name"] == "ポチ"
    # After the stop such a form is asked about like any other.
    with clock.at(ENDS):
        keiko.page = answer
        assert press(keiko, "もう一度送信する").status_int == 403
    assert draft.editable(person(cast.keiko), written.id).answers["dog_name"] == "ポチ"
