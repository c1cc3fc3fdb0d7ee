"""利用者の登録とログイン: accounts of residents from the first code to the locked door."""

from __future__ import annotations

from typing import Any, TypeVar

from peewee import IntegrityError

import clock
from models import Code, Resident, Staff, transaction
from rules import Refusal
from rules.accounts import code, login_guard, logins, new_password, password, profile, staff
from rules.forms import form
from rules.records import audit, mail, second_click, session
from rules.values import email

Account = TypeVar("Account", Resident, Staff)

_WRONG = "メールアドレスかパスワードが違います。大文字と小文字の違いも確かめて、もう一度入力してください。"
_RUN_OUT = (
    "この仮のパスワードは、使える期間（14日間）が過ぎました。"
    "町の管理者かシステム管理者に、新しいパスワードの発行を頼んでください。"
)
_WRONG_STAFF = "職員IDかパスワードが違います。大文字と小文字の違いも確かめて、もう一度入力してください。"


def keep_profile(pending: Code, raw: dict[str, Any]) -> None:
    """Check the profile and the password, and keep them with the code until 「登録する」."""
    document = profile.sign_up_form(pending.kind)
    values, errors = form.check_page(document["pages"][0], raw, {}, clock.today())
    errors = new_password.judged(errors, raw, email=pending.email)
    if errors:
        raise Refusal("ほかに入力した内容は、そのまま残っています。パスワードは、もう一度入力してください。", errors)
    hashed = password.hash(str(raw["password"]))
    kept = {key: value for key, value in raw.items() if not key.startswith("password")}
    values = {key: value for key, value in values.items() if not key.startswith("password")}
    with transaction():
        Code.update(data={"raw": kept, "values": values, "password_hash": hashed}).where(
            Code.id == pending.id
        ).execute()


def register(pending: Code, *, ip: str = "") -> tuple[Resident, str] | None:
    """Turn a verified code with its profile into an account; returns it and a session token.

    None when another click has done it already.
    """
    now = clock.now()
    with transaction():
        if not code.use(pending):
            return None
        try:
            resident = Resident.create(
                kind=pending.kind,
                email=pending.email,
                email_folded=pending.email_folded,
                password_hash=pending.data["password_hash"],
                created_at=now,
                last_login_at=now,
                **profile.columns(pending.kind, pending.data["values"]),
            )
        except IntegrityError:
            raise Refusal(
                "このメールアドレスは、すでに登録されています。ログインするか、別のアドレスで登録してください。"
            ) from None
        mail.queue("registered", to=resident.email, resident=resident, name=resident.name)
        audit.record("resident_registered", resident=resident.id, address=ip)
        logins.succeeded(resident, ip)
        return resident, session.start(resident=resident)


def log_in(address: str, typed: str, *, ip: str) -> tuple[Resident, str]:
    """Check address and password and open a session; the answer never tells which of the two was wrong."""
    name = email.fold(address.strip())
    guard = login_guard.attempt("resident", name, ip)
    found = _proved(Resident.row("email_folded = {} AND closed_at IS NULL", name), typed, guard)
    with transaction():
        if found is not None and _enter(found, Resident.closed_at, previous_login_at=found.last_login_at):
            login_guard.passed(guard)
            logins.succeeded(found, ip)
            return found, session.start(resident=found)
        # In one turn, for any name: one write more would tell by the clock which address is registered.
        login_guard.failed(ip)
        logins.failed(name, ip)
    raise Refusal(_WRONG)


def log_in_staff(login_id: str, typed: str, *, ip: str) -> tuple[Staff, str]:
    """The same for a member of staff."""
    name = login_id.strip()
    guard = login_guard.attempt("staff", name, ip)
    known = Staff.row("login_id = {} AND disabled_at IS NULL", name)
    found = _proved(known, typed, guard)
    if found is not None and found.must_change_password and _has_run_out(found):
        raise Refusal(_RUN_OUT)
    with transaction():
        if found is not None and _enter(found, Staff.disabled_at):
            login_guard.passed(guard)
            audit.record("staff_logged_in", town=found.town_id, address=ip, staff_id=found.id)
            return found, session.start(staff=found)
        login_guard.failed(ip)
        town, staff_id = (known.town_id, known.id) if known else (None, None)
        audit.record("staff_login_failed", town=town, staff_id=staff_id, address=ip)
    raise Refusal(_WRONG_STAFF)


def _has_run_out(found: Staff) -> bool:
    """Whether the one-time password was not used in its time; told to nobody who does not have it."""
    until = found.password_expires_at
    return until is not None and not clock.lies_ahead(until, staff.ONE_TIME)


def _proved(found: Account | None, typed: str, guard: str) -> Account | None:
    """The account, if this is its password; an unknown one takes the same time."""
    with login_guard.looking(guard):
        if found is not None:
            return found if password.verify(typed, found.password_hash) else None
        password.dummy()
    return None


def _enter(found: Account, ended: Any, **more: Any) -> bool:
    """Note the login, unless the account ended or its password changed while bcrypt ran."""
    table = type(found)
    same = (table.id == found.id) & (table.password_hash == found.password_hash) & ended.is_null()
    return bool(table.update(last_login_at=clock.now(), **more).where(same).execute())


def change_staff_password(me: session.SignedInStaff, present: str, chosen: str, again: str, *, ip: str) -> str:
    """A member of staff sets a password of their own; every session of theirs ends, a new token is returned."""
    row = Staff.get_by_id(me.id)
    guard = login_guard.attempt("staff-password", row.login_id, ip)
    if _proved(row, present, guard) is None:
        login_guard.failed(ip)
        raise Refusal("", {"q-present": "いまのパスワードが違います。もう一度入力してください。"})
    with transaction():
        login_guard.passed(guard)
    wrong = new_password.judged({}, {"password": chosen, "password_again": again}, present=present)
    if chosen.casefold() == row.login_id.casefold():
        wrong = {"q-password": "職員IDと同じパスワードは使えません。別のものにしてください。"}
    if wrong:
        raise Refusal("", wrong)
    hashed = password.hash(chosen)
    with transaction():
        same = (Staff.id == me.id) & (Staff.password_hash == row.password_hash) & Staff.disabled_at.is_null()
        new = {"password_hash": hashed, "must_change_password": False, "password_expires_at": None}
        if not Staff.update(**new).where(same).execute():
            raise Refusal("パスワードは、ほかの画面で変わりました。新しいパスワードでログインし直してください。")
        second_click.remember(me, "staff-password")
        session.end_all(staff=me.id)
        audit.record("staff_password_changed", staff=me)
        return session.start(staff=row)


def just_registered(visitor: str) -> bool:
    """Whether this browser's sign-up was finished a moment ago (a double click, a step back)."""
    return code.finished("sign_up", visitor)


def pending_sign_up(visitor: str) -> Code | None:
    """The sign-up of this browser whose code was entered."""
    found = code.pending("sign_up", visitor)
    return found if found is not None and found.verified_at is not None else None
