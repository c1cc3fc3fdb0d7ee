"""パスワードを忘れた方 (R-1.6)."""

from __future__ import annotations

import pytest
from account_acts import (
    NEW_PASSWORD,
    another,
    ask_new_address,
    ask_reset,
    code_in_mail,
    form_of,
    fresh,
    kinds_to,
    mails_to,
    move_to,
    no_code_in,
    type_reset,
)
from cast_acts import PASSWORD, write

import clock
import models
from models import Application, AuditEntry, Code, LoginGuard, OutboxMail, Session
from rules.accounts import password
from rules.applications import draft

KEIKO = "keiko@example.jp"


def test_address_name_code_and_new_password(browser, cast):
    """R-1.6, S1: address and 氏名 → 認証コード by mail → code and a new password, 「変更する」."""
    opened = browser()
    ask_reset(opened, KEIKO, "浜口恵子")
    assert opened.shows("まだ、パスワードは変わっていません", KEIKO, "10分以内", "迷惑メール")
    type_reset(opened, code_in_mail(KEIKO))
    assert opened.page.request.path == "/login"
    assert opened.shows("パスワードを変更しました")
    assert NEW_PASSWORD not in opened.page.text
    opened.log_in(KEIKO, NEW_PASSWORD)
    assert opened.shows("マイページ", "浜口 恵子 さん")
    assert kinds_to(KEIKO) == ["password_changed", "reset_code"]
    assert AuditEntry.select().where(AuditEntry.act == "password_reset").count() == 1
    browser().log_in(KEIKO, PASSWORD)
    assert fresh(cast.keiko).password_hash != cast.keiko.password_hash


def test_a_business_gives_its_contact(browser, cast):
    """R-1.6: 事業者の場合は担当者名."""
    opened = browser()
    ask_reset(opened, "nagisa@example.jp", "株式会社なぎさ工務店")
    assert kinds_to("nagisa@example.jp") == ["reset_refused"]
    ask_reset(opened, "nagisa@example.jp", "堀　佳奈")
    type_reset(opened, code_in_mail("nagisa@example.jp"))
    assert opened.shows("パスワードを変更しました")


@pytest.mark.parametrize("name", ["山崎健", "山﨑　健", "山嵜 健", " 山 﨑 健 "])
def test_spaces_and_variants_do_not_matter(browser, cast, name):
    """R-1.6"""
    ask_reset(browser(), "KEN@example.jp", name)
    assert kinds_to("ken@example.jp") == ["reset_code"]


def test_the_screen_does_not_tell_whether_they_match(browser, cast):
    """R-1.6: the same page word for word; a wrong name and an unknown address get the same letter."""
    pages = []
    for address, name in ((KEIKO, "浜口恵子"), ("ken@example.jp", "浜口恵子"), ("nobody@example.jp", "浜口恵子")):
        opened = browser()
        ask_reset(opened, address, name)
        assert opened.page.request.path == "/reset/code"
        token = form_of(opened, "act_change")["csrf"].value
        pages.append(opened.page.text.replace(address, "A").replace(token, "T"))
        opened.fill(code="1234567", password=NEW_PASSWORD, password_again=NEW_PASSWORD)
        opened.press("変更する")
        assert opened.page.status_int == 422 and opened.shows("あと4回入力できます")
    assert pages[0] == pages[1] == pages[2]
    wrong_name, unknown = mails_to("ken@example.jp"), mails_to("nobody@example.jp")
    assert (wrong_name[0].subject, wrong_name[0].body) == (unknown[0].subject, unknown[0].body)
    assert no_code_in(unknown[0])
    assert Code.select().count() == OutboxMail.select().count() == 3


@pytest.fixture
def work(monkeypatch):
    """What a request asks of the database and of bcrypt since the last look."""
    seen: list[str] = []
    ask, hash_, check = models.database.execute_sql, password.bcrypt.hashpw, password.bcrypt.checkpw
    monkeypatch.setattr(
        models.database, "execute_sql", lambda sql, params=None: (seen.append(sql.split('"s')[0]), ask(sql, params))[1]
    )
    monkeypatch.setattr(password.bcrypt, "hashpw", lambda *a: (seen.append("bcrypt"), hash_(*a))[1])
    monkeypatch.setattr(password.bcrypt, "checkpw", lambda *a: (seen.append("bcrypt"), check(*a))[1])

    def since() -> list[str]:
        found = seen[:]
        seen.clear()
        return found

    return since


def _work_of(opened, work, button: str) -> list[str]:
    form = form_of(opened, "act_" + button)
    work()
    form.submit("act_" + button)
    return work()


def test_nor_does_the_clock(browser, cast, work):
    """R-1.6: the same statements and the same bcrypt, at both steps, matched or not."""
    asked, entered = [], []
    for address, name in ((KEIKO, "浜口恵子"), (KEIKO, "山崎健"), ("nobody@example.jp", "浜口恵子")):
        opened = browser()
        opened.visit("/reset")
        opened.fill(email=address, name=name)
        asked.append(_work_of(opened, work, "send"))
        opened.visit("/reset/code")
        opened.fill(code="999999", password=NEW_PASSWORD, password_again=NEW_PASSWORD)
        entered.append(_work_of(opened, work, "change"))
    assert asked[0] == asked[1] == asked[2] and len(asked[0]) > 5
    assert entered[0] == entered[1] == entered[2] and len(entered[0]) > 2


@pytest.mark.parametrize("path", ["/sign-up", "/login", "/mypage/account/email"])
def test_nor_do_the_other_screens_with_an_address(browser, cast, work, path):
    """R-1.3, R-1.9: sign-up, a wrong password and a change of address cost the same for any address."""
    done = []
    for address in ("ken@example.jp", "nobody@example.jp"):
        opened = browser(cast.keiko) if path.startswith("/mypage") else browser()
        opened.visit(path)
        opened.fill(email=address)
        if path == "/login":
            opened.fill(password="not-the-password")
        done.append(_work_of(opened, work, "login" if path == "/login" else "send"))
    assert done[0] == done[1]
    assert done[0].count("bcrypt") == (1 if path == "/login" else 0)


def commits(settings) -> int:
    """How often something was written for good: what a transaction costs that changed nothing is nothing."""
    log = settings.database.with_name(settings.database.name + "-wal").read_bytes()
    size = 24 + int.from_bytes(log[8:12], "big")
    return sum(any(log[at + 4 : at + 8]) for at in range(32, len(log), size))


@pytest.mark.parametrize(
    ("path", "known", "typed"),
    [
        ("/login", {"email": KEIKO}, {"email": "nobody@example.jp"}),
        ("/staff/login", {"login_id": "miura"}, {"login_id": "nobody"}),
    ],
)
def test_a_wrong_password_is_written_as_often_for_any_name(browser, cast, town_db, path, known, typed):
    """R-1.9: a commit waits for the disk, and a clock can tell it."""
    done = []
    for name in (known, typed):
        opened = browser()
        opened.visit(path)
        opened.fill(password="not-the-password", **name)
        before = commits(town_db)
        assert form_of(opened, "act_login").submit("act_login").status_int == 422
        done.append(commits(town_db) - before)
    assert done == [2, 2]


def test_asked_fifty_times(browser, cast):
    """R-1.9: three mails in a quarter of an hour, ten a day; the last code works all the same."""
    opened = browser()
    for _ in range(50):
        ask_reset(opened, KEIKO, "浜口恵子")
    assert opened.page.status_int == 422 and opened.shows("続けて送りすぎました")
    assert kinds_to(KEIKO) == ["reset_code"] * 3
    opened.visit("/reset/code")
    type_reset(opened, code_in_mail(KEIKO))
    assert opened.shows("パスワードを変更しました")


def test_ten_a_day(browser, cast):
    """R-1.9"""
    opened = browser()
    for hour in range(12):
        with clock.at(f"2026-11-24T{10 + hour}:00:50"):
            ask_reset(opened, KEIKO, "浜口恵子")
    assert opened.shows("2026年11月25日（水）10時01分を過ぎると、もう一度送れます")
    assert len(mails_to(KEIKO)) == 10
    with clock.at("2026-11-25T10:00:40"):
        ask_reset(opened, KEIKO, "浜口恵子")
        assert opened.page.status_int == 422
    with clock.at("2026-11-25T10:01:00"):
        ask_reset(opened, KEIKO, "浜口恵子")
        assert opened.shows("新しいパスワードの入力")


def test_sixty_an_hour_from_one_place(browser, cast):
    """R-1.9: whoever tries one address after the other is stopped; elsewhere people go on."""
    opened = browser()
    for number in range(61):
        ask_reset(opened, f"nobody{number}@example.jp", "浜口恵子")
    assert opened.shows("同じ場所からの操作が続いています")
    elsewhere = browser(REMOTE_ADDR="192.0.2.9")
    ask_reset(elsewhere, KEIKO, "浜口恵子")
    assert elsewhere.shows("新しいパスワードの入力")


def test_five_tries(browser, cast):
    """R-1.9"""
    opened = browser()
    ask_reset(opened, KEIKO, "浜口恵子")
    right = code_in_mail(KEIKO)
    for left in (4, 3, 2, 1, 0):
        type_reset(opened, another(right))
        assert opened.page.status_int == 422 and (not left or opened.shows(f"あと{left}回"))
    type_reset(opened, right)
    assert opened.shows("間違いが続きました")
    assert fresh(cast.keiko).password_hash == cast.keiko.password_hash


@pytest.mark.parametrize(("at", "works"), [("10:09:59", True), ("10:10:00", False)])
def test_ten_minutes(browser, cast, at, works):
    """R-1.9"""
    opened = browser()
    ask_reset(opened, KEIKO, "浜口恵子")
    with clock.at(f"2026-11-24T{at}"):
        type_reset(opened, code_in_mail(KEIKO))
        assert opened.shows("パスワードを変更しました" if works else "有効期限が過ぎました")


@pytest.mark.parametrize(("at", "works"), [("2026-11-24T09:59:30", True), ("2026-11-23T10:00:00", False)])
def test_a_clock_put_back(browser, cast, at, works):
    """A step back does no harm to who is typing; a code does not live for a day because of it."""
    opened = browser()
    ask_reset(opened, KEIKO, "浜口恵子")
    with clock.at(at):
        type_reset(opened, code_in_mail(KEIKO))
        assert opened.shows("パスワードを変更しました" if works else "有効期限が過ぎました")


def test_a_reset_ends_every_session_and_unlocks(browser, cast):
    """R-1.9: all other sessions end; who was locked out is let in at once."""
    at_home, opened = browser(cast.keiko), browser()
    for _ in range(6):
        opened.log_in(KEIKO, "wrong-password-1")
    assert opened.shows("ログインを止めています", "「パスワードを忘れた方はこちら」")
    ask_reset(opened, KEIKO, "浜口恵子")
    type_reset(opened, code_in_mail(KEIKO))
    assert Session.select().where(Session.resident == cast.keiko).count() == 0
    assert LoginGuard.select().count() == 0
    assert at_home.visit("/mypage").request.path == "/login"
    opened.log_in(KEIKO, NEW_PASSWORD)
    assert opened.shows("マイページ")


@pytest.mark.parametrize(
    ("chosen", "again", "words"),
    [
        ("", "", "新しいパスワードを入力してください"),
        ("kaze", "kaze", "8文字以上"),
        ("password", "password", "よく使われていて"),
        ("keiko@example.jp", "keiko@example.jp", "メールアドレスと同じ"),
        (NEW_PASSWORD, "kaze-no-tooru-mich", "2つのパスワードが違います"),
    ],
)
def test_a_bad_new_password_costs_no_try(browser, cast, chosen, again, words):
    """R-1.9: the code is not looked at before the password will do, and stays in its field."""
    opened = browser()
    ask_reset(opened, KEIKO, "浜口恵子")
    right = code_in_mail(KEIKO)
    opened.fill(code=right, password=chosen, password_again=again)
    opened.press("変更する")
    assert opened.page.status_int == 422 and opened.shows(words)
    assert form_of(opened, "act_change")["code"].value == right
    assert Code.get().tries == 0
    type_reset(opened, right)
    assert opened.shows("パスワードを変更しました")


def test_what_was_typed_wrongly_stands_beside_the_field(browser, cast):
    """R-1.2, R-1.6"""
    opened = browser()
    ask_reset(opened, "keiko..@example.jp", "　")
    assert opened.page.status_int == 422
    assert opened.shows('href="#q-email"', 'href="#q-name"', "keiko..@example.jp")
    assert OutboxMail.select().count() == 0


def test_a_double_click_changes_once(browser, cast):
    """R-1.9: single use; the second click lands where the first did."""
    opened = browser()
    ask_reset(opened, KEIKO, "浜口恵子")
    opened.fill(code=code_in_mail(KEIKO), password=NEW_PASSWORD, password_again=NEW_PASSWORD)
    form = form_of(opened, "act_change")
    form.submit("act_change")
    once = fresh(cast.keiko).password_hash
    again = form.submit("act_change").follow()
    assert again.request.path == "/login" and "先ほど変更しました" in again.text
    assert fresh(cast.keiko).password_hash == once
    assert kinds_to(KEIKO).count("password_changed") == 1
    assert opened.get("/reset/code").follow().request.path == "/reset"


def test_back_and_another_password(browser, cast):
    """R-1.6, R-1.9: the code is used up; the page says which of the two is in force."""
    opened = browser()
    ask_reset(opened, KEIKO, "浜口恵子")
    opened.fill(code=code_in_mail(KEIKO), password=NEW_PASSWORD, password_again=NEW_PASSWORD)
    form = form_of(opened, "act_change")
    form.submit("act_change")
    form["password"] = form["password_again"] = "other-password-9"
    again = form.submit("act_change").follow()
    assert "はじめに「変更する」を押したときのパスワードで" in again.text
    opened.log_in(KEIKO, "other-password-9")
    assert opened.page.status_int == 422
    opened.log_in(KEIKO, NEW_PASSWORD)
    assert opened.shows("マイページ")


def test_what_was_typed_comes_along_through_a_new_password(browser, cast):
    """R-3.6: logged out while typing, the password forgotten: it is taken up after the login all the same."""
    row = write(cast.dogs, cast.keiko)
    opened = browser(cast.keiko)
    pages = draft.document(row)["form"]["pages"]
    key = next(page["key"] for page in pages if "dog_name" in {q["key"] for q in page["questions"]})
    opened.visit(f"/applications/{row.id}/pages/{key}")
    opened.fill(dog_name="ハチ")
    with models.transaction():
        Session.delete().execute()
    opened.press("保存してあとで申請する")
    opened.press("パスワードを忘れた方はこちら")
    assert opened.page.html.h1.text == "パスワードを忘れた方" and opened.page.status_int == 200
    opened.fill(email=KEIKO, name="")
    opened.press("認証コードを送信する")
    assert opened.page.status_int == 422
    opened.fill(email=KEIKO, name="浜口恵子")
    opened.press("認証コードを送信する")
    type_reset(opened, another(code_in_mail(KEIKO)))
    assert opened.page.status_int == 422
    opened.fill(code=code_in_mail(KEIKO), password=NEW_PASSWORD, password_again=NEW_PASSWORD)
    form = form_of(opened, "act_change")
    opened.page = form.submit("act_change")
    assert opened.shows("パスワードを変更しました", "ログインし直すと、入力した内容から続けられます")
    opened.page = form.submit("act_change")
    assert opened.shows("先ほど変更しました")
    login = form_of(opened, "act_login")
    login["email"], login["password"] = KEIKO, NEW_PASSWORD
    opened.page = login.submit("act_login").maybe_follow()
    assert opened.page.request.path.startswith(f"/applications/{row.id}")
    assert Application.get_by_id(row.id).answers["dog_name"] == "ハチ"


def test_a_busy_server_costs_neither_code_nor_try(browser, cast, monkeypatch):
    """Too many at bcrypt: the same code works a moment later."""
    opened = browser()
    ask_reset(opened, KEIKO, "浜口恵子")
    with monkeypatch.context() as busy:
        busy.setattr(password, "_in_turn", _raise_busy)
        opened.fill(code=code_in_mail(KEIKO), password=NEW_PASSWORD, password_again=NEW_PASSWORD)
        assert form_of(opened, "act_change").submit("act_change", expect_errors=True).status_int == 503
    type_reset(opened, code_in_mail(KEIKO))
    assert opened.shows("パスワードを変更しました")


def _raise_busy(*_):
    raise password.Busy


def test_a_code_fits_its_browser_and_its_purpose_only(browser, cast):
    """R-1.9: a code of one purpose, or of somebody else, changes nothing."""
    keiko, ken = browser(), browser()
    ask_reset(keiko, KEIKO, "浜口恵子")
    ask_reset(ken, "ken@example.jp", "山崎健")
    type_reset(ken, code_in_mail(KEIKO))
    assert ken.page.status_int == 422
    keiko.visit("/sign-up")
    keiko.fill(kind="person", email="new@example.jp")
    keiko.press("認証コードを送信する")
    keiko.fill(code=code_in_mail(KEIKO))
    keiko.press("次へ進む")
    assert keiko.page.status_int == 422
    keiko.visit("/reset/code")
    type_reset(keiko, code_in_mail("new@example.jp"))
    assert keiko.page.status_int == 422
    signed_in = browser(cast.keiko)
    ask_new_address(signed_in, "other@example.jp", PASSWORD)
    signed_in.fill(code=code_in_mail(KEIKO))
    signed_in.press("メールアドレスを変更する")
    assert signed_in.page.status_int == 422
    for row in (cast.keiko, cast.ken):
        assert (fresh(row).password_hash, fresh(row).email) == (row.password_hash, row.email)


def test_a_code_to_an_address_given_up_changes_nobody(browser, cast):
    """R-1.9: Keiko moves on, Ken takes her old address; the code that was on its way fits neither."""
    waiting, keiko, ken = browser(), browser(cast.keiko), browser(cast.ken)
    ask_reset(waiting, KEIKO, "浜口恵子")
    old = code_in_mail(KEIKO)
    move_to(keiko, "keiko2@example.jp", PASSWORD)
    move_to(ken, KEIKO, PASSWORD)
    assert fresh(cast.ken).email == KEIKO
    type_reset(waiting, old)
    assert waiting.shows("有効期限が過ぎました")
    for row in (cast.keiko, cast.ken):
        assert fresh(row).password_hash == row.password_hash


def test_staff_do_not_see_which_letter_it_was(browser, cast):
    """R-1.6, R-7.10: neither address nor kind, neither before nor after it was sent."""
    ask_reset(browser(), KEIKO, "浜口恵子")
    ask_reset(browser(), "nobody@example.jp", "浜口恵子")
    seen = browser(cast.administrator)
    seen.visit("/staff/mails")
    assert seen.page.text.count("パスワード再設定の知らせ") == 2
    for mail in OutboxMail.select():
        page = seen.visit(f"/staff/mails/{mail.id}")
        assert "example.jp" not in page.text.partition("<h1>")[2].partition("foot")[0]
        assert mail.subject not in page.text
