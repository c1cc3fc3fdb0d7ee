"""The staff's login, logout and password (R-7.1)."""

from __future__ import annotations

import threading

import pytest
from cast_acts import PASSWORD, sent

import clock
from models import AuditEntry, LoginGuard, Session, Staff
from rules.accounts import password

NEW = "minato-no-akari-12"


def test_login_leads_to_the_inbox_and_is_logged(browser, cast):
    """R-7.1: the labels and the button as the screens' words say; R-7.8: a login is in the audit log."""
    clerk = browser()
    page = clerk.visit("/staff/login")
    assert page.html.find("label", string="職員ID") and page.html.find("label", string="パスワード")
    clerk.fill(login_id="miura", password=PASSWORD)
    clerk.press("ログイン")
    assert clerk.page.request.path == "/staff/"
    assert clerk.page.html.h1.text == "受付箱"
    assert clerk.shows("三浦 直樹", "担当者", "ログアウト")
    assert AuditEntry.select().where(AuditEntry.act == "staff_logged_in").count() == 1


def test_without_login_the_wanted_page_comes_after_it(browser, cast):
    """R-7.1: /staff leads to the login and back."""
    clerk = browser()
    clerk.visit("/staff/audit?page=1")
    assert clerk.page.request.path == "/staff/login"
    clerk.fill(login_id="miura", password=PASSWORD)
    clerk.press("ログイン")
    assert clerk.page.request.path == "/staff/audit"


@pytest.mark.parametrize("wanted", ["//evil.example/", "/\\evil.example", "https://evil.example/", "/mypage"])
def test_next_is_a_staff_page_or_nothing(browser, cast, wanted):
    """R-7.1: `next` never leads elsewhere."""
    clerk = browser()
    clerk.visit("/staff/login?next=" + wanted)
    clerk.fill(login_id="miura", password=PASSWORD)
    clerk.press("ログイン")
    assert clerk.page.request.path == "/staff/"


def test_wrong_password_keeps_the_id(browser, cast):
    """R-1.9, R-7.8: a failed login says so in a sentence, keeps what was typed and is logged."""
    clerk = browser()
    clerk.visit("/staff/login")
    clerk.fill(login_id="miura", password="wrong-password")
    assert clerk.press("ログイン").status_int == 422
    assert clerk.shows("職員IDかパスワードが違います", 'value="miura"')
    assert "wrong-password" not in clerk.page.text
    assert AuditEntry.select().where(AuditEntry.act == "staff_login_failed").count() == 1


def test_residents_are_no_staff(browser, cast):
    """R-7.1: accounts of staff and residents are apart."""
    keiko = browser(cast.keiko)
    assert keiko.visit("/staff/").request.path == "/staff/login"
    clerk = browser(cast.clerk)
    assert clerk.visit("/mypage").request.path == "/login"


def test_logout_ends_the_session(browser, cast):
    """R-7.1, R-7.8."""
    clerk = browser(cast.clerk)
    clerk.visit("/staff/")
    clerk.press("ログアウト")
    assert clerk.page.request.path == "/staff/login"
    assert clerk.visit("/staff/").request.path == "/staff/login"
    assert AuditEntry.select().where(AuditEntry.act == "staff_logged_out").count() == 1


def test_a_disabled_account_is_out_at_once(browser, cast):
    """R-7.1."""
    clerk = browser(cast.clerk)
    Staff.update(disabled_at=clock.now()).where(Staff.id == cast.clerk.id).execute()
    assert clerk.visit("/staff/").request.path == "/staff/login"


def test_one_time_password_is_changed_first(browser, cast):
    """R-7.1: with a one-time password every page leads to the change of it."""
    Staff.update(must_change_password=True).where(Staff.id == cast.clerk.id).execute()
    clerk = browser(cast.clerk)
    assert clerk.visit("/staff/").request.path == "/staff/password"
    assert clerk.shows("はじめに、パスワードを変えてください")
    clerk.fill(present=PASSWORD, password=NEW, password_again=NEW)
    clerk.press("変更する")
    assert clerk.page.request.path == "/staff/"
    assert not Staff.get_by_id(cast.clerk.id).must_change_password


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        (("wrong-password", NEW, NEW), "q-present"),
        ((PASSWORD, "short", "short"), "q-password"),
        ((PASSWORD, NEW, "something-else-1"), "q-password_again"),
        ((PASSWORD, PASSWORD, PASSWORD), "q-password"),
    ],
)
def test_refused_passwords_stand_beside_their_field(browser, cast, typed, field):
    """R-7.1: refused with a sentence at the field, nothing changed."""
    clerk = browser(cast.clerk)
    clerk.visit("/staff/password")
    clerk.fill(**dict(zip(("present", "password", "password_again"), typed, strict=True)))
    assert clerk.press("変更する").status_int == 422
    assert clerk.page.html.find("a", href=f"#{field}")
    assert clerk.page.html.find(id=f"{field}-error")
    assert browser(cast.clerk).page.request.path == "/staff/"


def test_changing_the_password_ends_other_sessions(browser, cast):
    """R-1.9: for staff too."""
    here, elsewhere = browser(cast.clerk), browser(cast.clerk)
    here.visit("/staff/password")
    here.fill(present=PASSWORD, password=NEW, password_again=NEW)
    here.press("変更する")
    assert here.page.request.path == "/staff/"
    assert elsewhere.visit("/staff/").request.path == "/staff/login"


def _busy(*_):
    raise password.Busy


def test_a_busy_server_locks_nobody_out(browser, cast, monkeypatch):
    """R-1.9: neither while the present password is looked at nor while the new one is hashed."""
    clerk = browser(cast.clerk)
    for name in ("verify", "hash"):
        with monkeypatch.context() as busy:
            busy.setattr(password, name, _busy)
            for _ in range(6):
                clerk.visit("/staff/password")
                clerk.fill(present=PASSWORD, password=NEW, password_again=NEW)
                form = next(form for form in clerk.page.forms.values() if "present" in form.fields)
                assert form.submit("act_change", expect_errors=True).status_int == 503
                assert not LoginGuard.select().where(LoginGuard.failures > 0).exists()
    clerk.press("変更する")
    assert clerk.page.request.path == "/staff/"


def test_a_double_click_on_a_new_password(browser, cast, monkeypatch):
    """R-1.9: done once; the second click is told so, whether it came after the first or while that was at work."""
    clerk, first = browser(cast.clerk), browser()
    old = clerk.cookies["madoguchi-staff"]
    first.set_cookie("madoguchi-staff", old)
    forms = []
    for window in (first, clerk):
        window.visit("/staff/password")
        window.fill(present=PASSWORD, password=NEW, password_again=NEW)
        forms.append(next(form for form in window.page.forms.values() if "present" in form.fields))
    real = password.hash

    def slow(typed):
        monkeypatch.setattr(password, "hash", real)
        other = threading.Thread(target=lambda: forms[0].submit("act_change"))
        other.start()
        other.join(20)
        return real(typed)

    monkeypatch.setattr(password, "hash", slow)
    for _ in range(2):
        clerk.set_cookie("madoguchi-staff", old)
        clerk.page = forms[1].submit("act_change").maybe_follow()
        assert clerk.page.request.path == "/staff/login" and clerk.shows("パスワードを変更しました")
    assert AuditEntry.select().where(AuditEntry.act == "staff_password_changed").count() == 1


def test_an_old_password_sets_no_new_one(browser, cast, monkeypatch):
    """R-1.9: an administrator set another while it was being looked at."""
    clerk = browser(cast.clerk)
    real = password.hash

    def slow(typed):
        Staff.update(password_hash="$2b$04$another").where(Staff.id == cast.clerk.id).execute()
        return real(typed)

    monkeypatch.setattr(password, "hash", slow)
    clerk.visit("/staff/password")
    clerk.fill(present=PASSWORD, password=NEW, password_again=NEW)
    assert clerk.press("変更する").status_int == 422 and clerk.shows("ほかの画面で変わりました")
    assert Staff.get_by_id(cast.clerk.id).password_hash == "$2b$04$another"


def test_an_unknown_id_is_logged_too(browser, cast):
    """R-7.8, R-1.9: a try at a name that is nobody's, without the name."""
    stranger = browser()
    stranger.log_in_staff("nobody", "wrong-password")
    entry = AuditEntry.get(AuditEntry.act == "staff_login_failed")
    assert (entry.staff_id, entry.town_id, entry.detail, entry.address) == (None, None, {}, "192.0.2.1")


def test_a_late_post_is_carried_through_the_login(browser, cast):
    """R-3.6: what a clerk typed is shown after the login and sent by hand: no act by a login alone."""
    application = sent(cast.dogs, cast.keiko)
    clerk = browser(cast.clerk)
    clerk.visit(f"/staff/applications/{application.id}")
    clerk.fill(note="電話で確かめた。")
    Session.delete().execute()
    clerk.press("メモを残す")
    assert clerk.shows("ログインし直すと、入力した内容から続けられます")
    clerk.fill(login_id="miura", password=PASSWORD)
    clerk.press("ログイン")
    assert clerk.shows("まだ行っていません", "電話で確かめた。")
    assert application.notes.count() == 0
    clerk.press("もう一度送信する")
    assert application.notes.count() == 1


def test_a_form_without_its_token_is_shown_again(browser, cast):
    """R-3.6: 403 with everything typed under a fresh token; sent by hand it goes through."""
    application = sent(cast.dogs, cast.keiko)
    clerk = browser(cast.clerk)
    clerk.page = clerk.post(f"/staff/applications/{application.id}/notes", {"csrf": "x", "note": "電話で確かめた。"})
    assert clerk.page.status_int == 403
    assert clerk.shows("もう一度、送信してください", "電話で確かめた。", "職員の窓口")
    clerk.press("もう一度送信する")
    assert application.notes.get().text == "電話で確かめた。"


def test_what_is_not_there_says_so_in_the_staffs_frame(browser, cast):
    """R-7.1: a sentence and a way on."""
    clerk = browser(cast.clerk)
    page = clerk.get("/staff/applications/999")
    assert page.status_int == 404 and "職員の窓口" in page.html.title.text
    assert page.click("受付箱へ").request.path == "/staff/"
