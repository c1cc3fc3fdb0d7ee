"""新規登録: address, code, profile, done."""

from __future__ import annotations

import re

import pytest
from account_acts import code_in_mail, form_of

import clock
from models import AuditEntry, Code, OutboxMail, Resident, Session
from rules.accounts import account

PROFILE = {
    "name__family": "小林",
    "name__given": "花子",
    "name__family_kana": "こばやし",
    "name__given_kana": "ハナコ",
    "birth_date__era": "S",
    "birth_date__year": "63",
    "birth_date__month": "4",
    "birth_date__day": "9",
    "home__postal_code": "９９９８１０１",
    "home__address": "朝凪町浜手二丁目14番6号",
    "telephone": "０９９９－００－１３２２",
    "notices": "yes",
    "password": "umi-no-mieru-machi",
    "password_again": "umi-no-mieru-machi",
}
BUSINESS = {
    "corporation_name": "株式会社なぎさ",
    "corporation_kana": "かぶしきがいしゃなぎさ",
    "contact_name": "堀 佳奈",
    "corporate_number": "7000012050002",
    **{key: value for key, value in PROFILE.items() if not key.startswith(("name", "birth"))},
}


def ask_for_code(opened, address="hanako@example.jp", kind="person"):
    opened.visit("/sign-up")
    opened.fill(kind=kind, email=address)
    return opened.press("認証コードを送信する")


def register(opened, address="hanako@example.jp", kind="person", **changes):
    ask_for_code(opened, address, kind)
    opened.fill(code=code_in_mail(address))
    opened.press("次へ進む")
    opened.fill(**{**(BUSINESS if kind == "business" else PROFILE), **changes})
    opened.press("確認する")


def test_a_person_registers(browser):
    """R-1.1 R-1.4 R-1.5"""
    opened = browser()
    register(opened)
    assert opened.shows("まだ登録は終わっていません", "小林", "昭和63年")
    opened.press("登録する")
    assert opened.shows("登録が完了しました")
    row = Resident.get(Resident.email == "hanako@example.jp")
    assert (row.family_name, row.family_kana, row.postal_code) == ("小林", "コバヤシ", "999-8101")
    assert (row.birth_date.isoformat(), row.sex, row.wants_notices) == ("1988-04-09", "", True)
    assert row.municipality_code == "064998"
    assert [row.email for row in Code.select()] == [""]
    opened.press("ログアウト")
    opened.log_in("HANAKO@example.jp", PROFILE["password"])
    assert opened.shows("マイページ", "小林 花子 さん")


def test_a_business_registers(browser):
    """R-1.4"""
    opened = browser()
    register(opened, "shacho@example.jp", "business")
    opened.press("登録する")
    row = Resident.get(Resident.email == "shacho@example.jp")
    assert (row.kind, row.corporation_kana, row.corporate_number) == (
        "business",
        "カブシキガイシャナギサ",
        "7000012050002",
    )


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("花子@example.jp", "半角の英字・数字"),
        ("hana..ko@example.jp", "2つ以上続いて"),
        (".hanako@example.jp", "最初の文字"),
        ("hanako.@example.jp", "最初の文字"),
        ("h" * 250 + "@example.jp", "255文字まで"),
    ],
)
def test_each_rule_of_addresses_has_its_sentence(browser, address, words):
    """R-1.2"""
    opened = browser()
    ask_for_code(opened, address)
    assert opened.page.status_int == 422
    assert opened.shows(words)
    assert opened.page.forms[0] is not None
    assert OutboxMail.select().count() == 0


def test_a_registered_address_is_told_by_mail_only(browser, cast):
    """R-1.3: the screens are the same, upper and lower case are one address."""
    fresh, taken = browser(), browser()
    ask_for_code(fresh, "nobody@example.jp")
    ask_for_code(taken, "KEIKO@example.jp")
    assert fresh.page.request.path == taken.page.request.path == "/sign-up/code"
    assert fresh.page.text.replace("nobody@", "KEIKO@").count("メールを送りました") == 1
    mail = OutboxMail.get(OutboxMail.to_address == "KEIKO@example.jp")
    assert mail.kind == "sign_up_registered"
    assert not re.search(r"(?<!\d)\d{6}(?!\d)", mail.body)
    taken.fill(code="123456")
    taken.press("次へ進む")
    assert taken.page.status_int == 422


def test_a_wrong_code_may_be_tried_five_times(browser):
    """R-1.9"""
    opened = browser()
    ask_for_code(opened)
    right = code_in_mail("hanako@example.jp")
    wrong = "000000" if right != "000000" else "111111"
    for _ in range(5):
        opened.fill(code=wrong)
        opened.press("次へ進む")
        assert opened.page.status_int == 422
    opened.fill(code=right)
    opened.press("次へ進む")
    assert opened.shows("間違いが続きました")


def test_a_code_dies_after_thirty_minutes(browser):
    """R-1.1"""
    opened = browser()
    ask_for_code(opened)
    with clock.at("2026-11-24T10:31:00"):
        opened.fill(code=code_in_mail("hanako@example.jp"))
        opened.press("次へ進む")
        assert opened.shows("有効期限が過ぎました")


def test_the_profile_may_take_two_hours(browser):
    """R-1.1"""
    opened = browser()
    ask_for_code(opened)
    opened.fill(code=code_in_mail("hanako@example.jp"))
    opened.press("次へ進む")
    with clock.at("2026-11-24T11:59:00"):
        opened.fill(**PROFILE)
        opened.press("確認する")
        assert opened.shows("登録内容の確認")
    with clock.at("2026-11-24T12:01:00"):
        opened.press("登録する")
        assert not Resident.select().where(Resident.email == "hanako@example.jp").exists()


def test_codes_are_sent_three_times_in_a_quarter(browser):
    """R-1.9"""
    opened = browser()
    for _ in range(3):
        ask_for_code(opened)
        assert opened.shows("認証コードの入力")
    ask_for_code(opened)
    assert opened.shows("続けて送りすぎました")
    assert OutboxMail.select().count() == 3
    with clock.at("2026-11-24T10:16:00"):
        ask_for_code(opened)
        assert opened.shows("認証コードの入力")


def test_what_is_wrong_in_the_profile_stands_beside_the_field(browser):
    opened = browser()
    register(
        opened, name__family="", telephone="12", password="password", password_again="other", home__postal_code="12"
    )
    assert opened.page.status_int == 422
    for key in ("q-name-family", "q-telephone", "q-home-postal_code", "q-password"):
        assert f'href="#{key}"' in opened.page.text
    assert opened.page.text.count("エラー：") >= 5
    assert "花子" in opened.page.text
    assert "umi-no" not in opened.page.text


def test_a_double_click_registers_once(browser):
    opened = browser()
    register(opened)
    form = next(f for f in opened.page.forms.values() if "act_register" in f.fields)
    before = opened.cookies["madoguchi"]
    form.submit("act_register")
    opened.set_cookie("madoguchi", before)  # the second click left before the first answer came
    again = form.submit("act_register").maybe_follow()
    assert Resident.select().where(Resident.email == "hanako@example.jp").count() == 1
    assert again.request.path == "/login"


def test_login_is_slowed_down_after_five_failures(browser, cast):
    """R-1.9: 1, 2, 4 … 15 minutes, never for ever."""
    opened = browser()
    for _ in range(5):
        opened.log_in(cast.keiko.email, "wrong-password-1")
        assert opened.shows("メールアドレスかパスワードが違います") or opened.shows("ログインを止めています")
    opened.log_in(cast.keiko.email, "nagisa-no-machi-7")
    assert opened.shows("ログインを止めています")
    with clock.at("2026-11-24T10:01:01"):
        opened.log_in(cast.keiko.email, "nagisa-no-machi-7")
        assert opened.shows("マイページ")


def test_an_unknown_user_gets_the_same_answer(browser, cast):
    """R-1.3"""
    opened, other = browser(), browser()
    opened.log_in("nobody@example.jp", "wrong-password-1")
    other.log_in(cast.keiko.email, "wrong-password-1")
    assert opened.page.status_int == other.page.status_int == 422
    assert opened.shows("メールアドレスかパスワードが違います")
    assert other.shows("メールアドレスかパスワードが違います")


def test_thirty_failures_close_an_address(browser, cast):
    for number in range(30):
        browser().log_in(f"nobody{number}@example.jp", "wrong-password-1")
    opened = browser()
    opened.log_in(cast.keiko.email, "nagisa-no-machi-7")
    assert opened.shows("失敗が続いています")
    elsewhere = browser(REMOTE_ADDR="192.0.2.9")
    elsewhere.log_in(cast.keiko.email, "nagisa-no-machi-7")
    assert elsewhere.shows("マイページ")


def test_a_session_ends_after_half_an_hour_and_after_twelve(browser, cast):
    opened = browser(cast.keiko)
    with clock.at("2026-11-24T10:31:00"):
        assert opened.visit("/mypage").request.path == "/login"
    opened.log_in(cast.keiko.email, "nagisa-no-machi-7")
    for minute in range(25, 13 * 60, 25):
        with clock.at(f"2026-11-24T{10 + minute // 60:02d}:{minute % 60:02d}:00"):
            path = opened.visit("/mypage").request.path
        if path == "/login":
            break
    assert minute >= 12 * 60


def test_the_token_changes_at_login_and_only_its_hash_is_kept(browser, cast):
    opened = browser()
    opened.visit("/login")
    before = opened.cookies["madoguchi"]
    opened.log_in(cast.keiko.email, "nagisa-no-machi-7")
    after = opened.cookies["madoguchi"]
    assert before != after
    assert Session.select().where(Session.token_hash == after).count() == 0


def test_a_lock_does_not_tell_who_is_registered(browser, cast):
    """security: five wrong passwords look the same for an address nobody has."""
    for address in (cast.keiko.email, "nobody@example.jp"):
        opened = browser()
        for _ in range(6):
            opened.log_in(address, "wrong-password-1")
        assert opened.shows("ログインを止めています")


def test_a_double_click_under_the_old_cookie(browser):
    """R-1.1: the second click left before the new cookie came: it says that the registration is done."""
    opened = browser()
    register(opened)
    form, before = form_of(opened, "act_register"), opened.cookies["madoguchi"]
    form.submit("act_register")
    opened.set_cookie("madoguchi", before)
    opened.page = form.submit("act_register").maybe_follow()
    assert opened.page.request.path == "/login" and opened.shows("利用者登録が完了しました")
    opened.fill(email="hanako@example.jp", password=PROFILE["password"])
    opened.press("login")
    assert opened.page.request.path == "/sign-up/done" and opened.shows("登録が完了しました")
    assert Resident.select().where(Resident.email == "hanako@example.jp").count() == 1


def test_two_clicks_at_once_register_once(browser):
    """R-1.1, R-1.9: the second finds the code used up just now; the log says from where it was."""
    opened = browser()
    register(opened)
    pending = Code.get()
    assert account.register(pending, ip="192.0.2.1") is not None
    assert account.register(pending, ip="192.0.2.1") is None
    assert AuditEntry.get(AuditEntry.act == "resident_registered").address == "192.0.2.1"
