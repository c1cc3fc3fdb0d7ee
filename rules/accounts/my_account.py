"""利用者情報の変更: what residents change about their own account, and what has to end when the key to it changes."""

from __future__ import annotations

from typing import Any

from peewee import IntegrityError

import clock
from models import Code, Resident, transaction
from rules import Refusal
from rules.accounts import code, login_guard, new_password, password, profile
from rules.forms import form
from rules.records import audit, mail, second_click, session
from rules.records.session import SignedInResident
from rules.values import email

_GUESSES = "resident-password"
CHANGED = "パスワードは、ほかの画面で変わりました。新しいパスワードでログインし直してください。"
PRESENT: dict[str, Any] = {
    "key": "present",
    "type": "password",
    "label": "パスワード",
    "hint": "本人であることを確かめるため、いまのパスワードを入力してください。",
    "required": True,
}
PASSWORD_PAGE: dict[str, Any] = {
    "key": "password",
    "questions": [{**PRESENT, "label": "いまのパスワード", "hint": ""}, *new_password.questions("新しい")],
}


def prove(me: SignedInResident, typed: str, *, ip: str) -> Resident:
    """The account, if this is its password: a browser left open must not be enough to take it away."""
    row = Resident.get_by_id(me.id)
    guard = login_guard.attempt(_GUESSES, str(me.id), ip)
    with login_guard.looking(guard):
        right = password.verify(typed, row.password_hash)
    if not right:
        login_guard.failed(ip)
        raise Refusal("", {"q-present": "パスワードが違います。大文字と小文字の違いも確かめて、入力してください。"})
    with transaction():
        login_guard.passed(guard)
    return row


def unchanged(row: Resident) -> Any:
    """The condition that an account is still open and under the password that was proved: bcrypt takes its time."""
    return (Resident.id == row.id) & (Resident.password_hash == row.password_hash) & Resident.closed_at.is_null()


def start_afresh(resident: Resident, *, used: Code | None = None) -> None:
    """The key to an account has changed: sessions, codes on their way and locks end; call inside a transaction."""
    session.end_all(resident=resident.id)
    code.forget(resident.id, but=used)
    login_guard.clear("resident", resident.email_folded)
    login_guard.clear(_GUESSES, str(resident.id))


def set_email(resident: Resident, proved: Code, **more: Any) -> None:
    """The address a code proved becomes the user ID; everything else stays; call inside a transaction."""
    before = Resident.email_folded == resident.email_folded
    mine = (Resident.id == resident.id) & Resident.closed_at.is_null() & before
    new = {"email": proved.email, "email_folded": email.fold(proved.email), **more}
    try:
        changed = Resident.update(new).where(mine).execute()
    except IntegrityError:
        raise Refusal(
            "このメールアドレスは、その間にほかの利用者が登録しました。別のメールアドレスで、はじめからお願いします。"
        ) from None
    if not changed:
        raise Refusal("利用者情報が、ほかの画面で変わりました。はじめから、もう一度お願いします。")
    login_guard.clear("resident", email.fold(proved.email))


def change_profile(me: SignedInResident, raw: dict[str, Any], made_of: str, *, ip: str) -> None:
    """変更する: the profile without user ID and password; what was sent before stays as it was sent.

    `made_of` is profile.marks() of what the form was made of: what was left as it stood there is not written, so that
    an old window does not undo what another one has changed since.
    """
    values, errors = form.check_page(profile.edit_page(me.kind), raw, {}, clock.today())
    if errors:
        raise Refusal("", errors)
    new = profile.touched(profile.columns(me.kind, values), made_of)
    with transaction():
        row = Resident.get_by_id(me.id)
        changed = sorted(name for name, value in new.items() if getattr(row, name) != value)
        if changed and Resident.update(new).where((Resident.id == me.id) & Resident.closed_at.is_null()).execute():
            audit.record("profile_changed", resident=me.id, address=ip, fields=changed)


def change_password(me: SignedInResident, raw: dict[str, Any], *, ip: str) -> str:
    """変更する: a new password for the present one; other sessions end, the token of this one is returned."""
    _, errors = form.check_page(PASSWORD_PAGE, raw, {}, clock.today())
    user_id = Resident.get_by_id(me.id).email
    errors = new_password.judged(errors, raw, email=user_id, present=str(raw.get("present") or ""))
    if errors:
        raise Refusal("パスワードは、もう一度入力してください。", errors)
    row = prove(me, raw["present"], ip=ip)
    hashed = password.hash(raw["password"])
    with transaction():
        if not Resident.update(password_hash=hashed).where(unchanged(row)).execute():
            raise Refusal(CHANGED)
        second_click.remember(me, "password")
        start_afresh(row)
        mail.queue("password_changed", to=row.email, resident=row, name=row.name)
        audit.record("password_changed", resident=me.id, address=ip)
        return session.start(resident=row)
