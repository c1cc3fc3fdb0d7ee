"""メールアドレスの変更: a signed-in resident's user ID moves to an address that a code has proved."""

from __future__ import annotations

from typing import Any

import clock
from models import Code, Resident, transaction
from rules import Refusal
from rules.accounts import code, my_account
from rules.forms import form
from rules.records import audit, mail, second_click, session
from rules.records.session import SignedInResident
from rules.values import email

_PAGE: dict[str, Any] = {
    "key": "email",
    "questions": [
        {
            "key": "email",
            "type": "email",
            "label": "新しいメールアドレス",
            "hint": "このアドレスに、認証コードを送ります。これからは、このアドレスが利用者IDになります。",
            "required": True,
        },
    ],
}
_WHY = "ログインしてから{minutes}分が過ぎました。本人であることを確かめるため、いまのパスワードを入力してください。"


def _waiting(me: SignedInResident) -> str:
    """The code is the account's, not the browser's: it outlives a session that ends while the mail is on its way."""
    return f"resident-{me.id}"


def page(me: SignedInResident) -> dict[str, Any]:
    """The questions; the password is one of them unless it was typed a moment ago, at the login."""
    if session.is_fresh(me):
        return _PAGE
    present = {**my_account.PRESENT, "hint": _WHY.format(minutes=int(session.FRESH.total_seconds()) // 60)}
    return {**_PAGE, "questions": [*_PAGE["questions"], present]}


def ask(me: SignedInResident, raw: dict[str, Any], *, ip: str) -> None:
    """認証コードを送信する: to the new address, or there a mail that it is somebody's already."""
    asked = page(me)
    values, errors = form.check_page(asked, raw, {}, clock.today())
    # Another spelling of one's own address is a change like any other.
    if not errors and values["email"] == Resident.get_by_id(me.id).email:
        errors = {"q-email": "いまと同じメールアドレスです。新しいメールアドレスを入力してください。"}
    if errors:
        raise Refusal("" if asked is _PAGE else "パスワードは、もう一度入力してください。", errors)
    row = Resident.get_by_id(me.id) if asked is _PAGE else my_account.prove(me, values["present"], ip=ip)
    with transaction():
        # A new password ends every session: then nothing may come of the old one, proved or just used to log in.
        if not session.hold(me):
            raise Refusal(my_account.CHANGED)
        code.send("change_email", _waiting(me), values["email"], resident=row, ip=ip)


def pending(me: SignedInResident) -> Code | None:
    """The code that was sent for this account's new address and not used yet."""
    found = code.pending("change_email", _waiting(me))
    return None if found is None or found.data.get("used") else found


def just_changed(me: SignedInResident) -> bool:
    """Whether the address was changed a moment ago (a double click, a step back)."""
    return code.finished("change_email", _waiting(me))


def confirm(me: SignedInResident, typed: str, *, ip: str) -> str | None:
    """メールアドレスを変更する; other sessions end, the token of this one is returned.

    None when another click has done it already.
    """
    proved = code.verify("change_email", _waiting(me), typed)
    with transaction():
        if not code.use(proved):
            return None
        before = Resident.get_by_id(me.id)
        my_account.set_email(before, proved)
        second_click.remember(me, "email")
        my_account.start_afresh(before, used=proved)
        if email.fold(proved.email) != before.email_folded:
            mail.queue("email_changed", to=before.email, resident=before, name=before.name)
        audit.record("email_changed", resident=me.id, address=ip)
        return session.start(resident=before)
