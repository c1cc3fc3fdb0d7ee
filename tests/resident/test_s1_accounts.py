"""Seed S1 on accounts, sentence by sentence; the ways through the screens stand in the tests beside this one."""

from __future__ import annotations

import pytest
from account_acts import NEW_PASSWORD, ask_reset, code_in_mail, kinds_to, move_to, no_code_in, type_reset
from cast_acts import PASSWORD, sent

from models import OutboxMail, Resident

PROFILE = {
    "name__family": "小林",
    "name__given": "花子",
    "name__family_kana": "コバヤシ",
    "name__given_kana": "ハナコ",
    "birth_date__year": "1988",
    "birth_date__month": "4",
    "birth_date__day": "9",
    "home__postal_code": "999-8101",
    "home__address": "朝凪町浜手二丁目14番6号",
    "telephone": "0999-00-1322",
    "notices": "no",
    "password": NEW_PASSWORD,
    "password_again": NEW_PASSWORD,
}


def sign_up(opened, address: str) -> None:
    opened.visit("/")
    opened.page = opened.page.click("新規登録")
    opened.fill(email=address)
    opened.press("認証コードを送信する")


@pytest.mark.parametrize("address", ["hanako@docomo.example", "h.k-1+a@mail.example.co.jp", "x@example.com"])
def test_any_address_that_receives_mail_will_do(browser, cast, address):
    """R-1.2, S1 line 5: どちらでも構いません。受信可能なメールアドレスを入力してください."""
    sign_up(browser(), address)
    assert kinds_to(address) == ["sign_up_code"]


@pytest.mark.parametrize("sign", "!#$%&'*+-/=?^_`{|}~.")
def test_every_sign_that_is_allowed(browser, cast, sign):
    """R-1.2, S1 line 6"""
    sign_up(browser(), f"a{sign}b@example.jp")
    assert OutboxMail.select().count() == 1


@pytest.mark.parametrize("address", ["a(b@example.jp", "a,b@example.jp", "a..b@example.jp", "-a@example.jp",
                                     "a-@example.jp", "a" * 245 + "@example.jp"])  # fmt: skip
def test_every_address_that_is_not(browser, cast, address):
    """R-1.2, S1 line 6: 256 characters are one too many."""
    opened = browser()
    sign_up(opened, address)
    assert opened.page.status_int == 422 and OutboxMail.select().count() == 0


@pytest.mark.parametrize("screen", ["sign-up", "reset", "change"])
def test_where_to_look_when_no_mail_comes(browser, cast, screen):
    """S1 line 7: 迷惑メールフォルダ, or a wrong address."""
    opened = browser(cast.keiko) if screen == "change" else browser()
    if screen == "sign-up":
        sign_up(opened, "hanako@example.jp")
    elif screen == "reset":
        ask_reset(opened, "keiko@example.jp", "浜口恵子")
    else:
        opened.visit("/mypage/account/email")
        opened.fill(email="new@example.jp")
        opened.press("認証コードを送信する")
    assert opened.shows("迷惑メールのフォルダー", "アドレスが間違っていないか")
    opened.page = opened.page.click("入力し直す")
    assert opened.shows("認証コードを送信する")


def test_a_forgotten_address_means_signing_up_again(browser, cast):
    """R-1.3, S1 line 10: with another address; one that is registered already cannot be used."""
    opened = browser()
    opened.visit("/reset")
    assert opened.shows("登録したメールアドレスを忘れた方", "新規登録")
    sign_up(opened, "keiko.second@example.jp")
    opened.fill(code=code_in_mail("keiko.second@example.jp"))
    opened.press("次へ進む")
    opened.fill(**PROFILE)
    opened.press("確認する")
    opened.press("登録する")
    assert opened.shows("登録が完了しました")
    assert "パスワードを忘れた方はこちら" in OutboxMail.get(OutboxMail.kind == "registered").body


def test_one_address_one_user(browser, cast):
    """R-1.3, S1 lines 10 and 14: several users cannot share an address; the mail says where to go on."""
    sign_up(browser(), "keiko@example.jp")
    mail = OutboxMail.get(OutboxMail.to_address == "keiko@example.jp")
    assert "すでに登録されています" in mail.body and "パスワードを忘れた方はこちら" in mail.body and no_code_in(mail)
    assert Resident.select().where(Resident.email_folded == "keiko@example.jp").count() == 1


def test_a_forgotten_password(browser, cast):
    """R-1.6, S1 line 11: a new password of one's own choice, good at once."""
    opened = browser()
    ask_reset(opened, "nagisa@example.jp", "堀佳奈")
    type_reset(opened, code_in_mail("nagisa@example.jp"))
    opened.log_in("nagisa@example.jp", NEW_PASSWORD)
    assert opened.shows("マイページ")


def test_a_new_address_is_the_new_user_id_and_history_goes_along(browser, cast):
    """R-1.7, S1 lines 12 and 13."""
    number = sent(cast.dogs, cast.keiko).number
    opened = browser(cast.keiko)
    opened.visit("/mypage")
    opened.page = opened.page.click("利用者情報の照会・変更")
    opened.page = opened.page.click("メールアドレスの変更")
    move_to(opened, "keiko.new@example.jp", PASSWORD)
    opened.press("ログアウト")
    opened.log_in("keiko.new@example.jp", PASSWORD)
    for words in ("申請履歴・委任状の確認", "申請履歴一覧・検索"):
        opened.page = opened.page.click(words)
    assert opened.shows(f"{number[:4]}-{number[4:8]}-{number[8:]}")
