"""What the tests of accounts share: the code out of a mail, and the way to it by the words on the screen."""

from __future__ import annotations

import re

from models import OutboxMail, Resident

NEW_PASSWORD = "kaze-no-tooru-michi"


def mails_to(address: str) -> list[OutboxMail]:
    """The mails to an address, the newest first."""
    return list(OutboxMail.select().where(OutboxMail.to_address == address).order_by(OutboxMail.id.desc()))


def kinds_to(address: str) -> list[str]:
    return [mail.kind for mail in mails_to(address)]


def code_in_mail(address: str) -> str:
    body = mails_to(address)[0].body
    runs = re.findall(r"(?<!\d)\d{6,8}(?!\d)", body)
    assert len(runs) == 1, body
    return runs[0]


def no_code_in(mail: OutboxMail) -> bool:
    return not re.search(r"(?<!\d)\d{6,8}(?!\d)", mail.body)


def another(code: str) -> str:
    """A code that is not this one."""
    return "000000" if code != "000000" else "111111"


def form_of(opened, button: str):
    """The form with this button, kept for a second click."""
    return next(form for form in opened.page.forms.values() if button in form.fields)


def ask_reset(opened, address: str, name: str):
    opened.visit("/login")
    opened.page = opened.page.click("パスワードを忘れた方はこちら")
    opened.fill(email=address, name=name)
    return opened.press("認証コードを送信する")


def type_reset(opened, code: str, password: str = NEW_PASSWORD):
    opened.fill(code=code, password=password, password_again=password)
    return opened.press("変更する")


def ask_new_address(opened, address: str, password: str):
    """The password is asked where the login is longer ago."""
    opened.visit("/mypage/account/email")
    asked = "present" in form_of(opened, "act_send").fields
    opened.fill(email=address, **({"present": password} if asked else {}))
    return opened.press("認証コードを送信する")


def move_to(opened, address: str, password: str):
    """The whole way to a new address."""
    ask_new_address(opened, address, password)
    opened.fill(code=code_in_mail(address))
    return opened.press("メールアドレスを変更する")


def fresh(row: Resident) -> Resident:
    return Resident.get_by_id(row.id)
