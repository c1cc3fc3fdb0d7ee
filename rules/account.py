"""利用者の登録とログイン: accounts of residents from the first code to the locked door."""

from __future__ import annotations

from typing import Any, TypeVar

from peewee import IntegrityError

import clock
from models import Code, Resident, Staff, transaction
from rules import Refusal, audit, code, email, form, login_guard, logins, mail, new_password, password, profile, session

Account = TypeVar("Account", Resident, Staff)

_WRONG = "メールアドレスかパスワードが違います。大文字と小文字の違いも確かめて、もう一度入力してください。"
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


def register(pending: Code, *, ip: str = "") -> tuple[Resident, str]:
    """Turn a verified code with its profile into an account; returns it and a session token."""
    now = clock.now()
    with transaction():
        # A double click registers once, and is told so.
        if not code.use(pending):
            raise Refusal("この登録は、すでに終わっています。ログインしてください。")
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
        audit.record("resident_registered", resident=resident.id)
        logins.succeeded(resident, ip)
        return resident, session.start(resident=resident)


def log_in(address: str, typed: str, *, ip: str) -> tuple[Resident, str]:
    """Check address and password and open a session; the answer never tells which of the two was wrong."""
    name = email.fold(address.strip())
    guard = login_guard.attempt("resident", name, ip)
    known = Resident.row("email_folded = {} AND closed_at IS NULL", name)
    try:
        found = _proved(known, typed, guard, ip, _WRONG)
    except password.Busy:
        raise
    except Refusal:
        logins.failed(name, ip)
        raise
    with transaction():
        login_guard.passed(guard)
        logins.succeeded(found, ip)
        Resident.update(previous_login_at=found.last_login_at, last_login_at=clock.now()).where(
            Resident.id == found.id
        ).execute()
        return found, session.start(resident=found)


def log_in_staff(login_id: str, typed: str, *, ip: str) -> tuple[Staff, str]:
    """The same for a member of staff."""
    name = login_id.strip()
    guard = login_guard.attempt("staff", name, ip)
    known = Staff.row("login_id = {} AND disabled_at IS NULL", name)
    try:
        found = _proved(known, typed, guard, ip, _WRONG_STAFF)
    except password.Busy:
        raise
    except Refusal:
        if known:
            audit.record("staff_login_failed", town=known.town_id, address=ip, staff_id=known.id)
        raise
    with transaction():
        login_guard.passed(guard)
        Staff.update(last_login_at=clock.now()).where(Staff.id == found.id).execute()
        audit.record("staff_logged_in", town=found.town_id, address=ip, staff_id=found.id)
        return found, session.start(staff=found)


def _proved(found: Account | None, typed: str, guard: str, ip: str, sentence: str) -> Account:
    """The account whose password this is; an unknown one is refused in the same words and the same time."""
    try:
        if found is None:
            password.dummy()
        elif password.verify(typed, found.password_hash):
            return found
    except password.Busy:
        login_guard.not_looked_at(guard)
        raise
    login_guard.failed(ip)
    raise Refusal(sentence)


def change_staff_password(me: session.SignedInStaff, present: str, chosen: str, again: str, *, ip: str) -> str:
    """A member of staff sets a password of their own; every session of theirs ends, a new token is returned."""
    row = Staff.get_by_id(me.id)
    guard = login_guard.attempt("staff-password", row.login_id, ip)
    if not password.verify(present, row.password_hash):
        login_guard.failed(ip)
        raise Refusal("", {"q-present": "いまのパスワードが違います。もう一度入力してください。"})
    wrong = _fault_of(chosen, again, present, row.login_id)
    if wrong is None:
        hashed = password.hash(chosen)
    with transaction():
        login_guard.passed(guard)
        if wrong is None:
            Staff.update(password_hash=hashed, must_change_password=False).where(Staff.id == me.id).execute()
            session.end_all(staff=me.id)
            audit.record("staff_password_changed", staff=me)
            return session.start(staff=row)
    raise Refusal("", wrong)


def _fault_of(chosen: str, again: str, present: str, login_id: str) -> dict[str, str] | None:
    """What is wrong with a staff password, by field."""
    if chosen.casefold() == login_id.casefold():
        return {"q-password": "職員IDと同じパスワードは使えません。別のものにしてください。"}
    try:
        password.check(chosen)
    except ValueError as fault:
        return {"q-password": str(fault)}
    if chosen != again:
        return {"q-password_again": "2つのパスワードが違います。同じパスワードを入力してください。"}
    if chosen == present:
        return {"q-password": "いまと違うパスワードにしてください。"}
    return None


def just_registered(visitor: str) -> bool:
    """Whether this browser's sign-up was finished a moment ago (a double click, a step back)."""
    return code.finished("sign_up", visitor)


def pending_sign_up(visitor: str) -> Code | None:
    """The sign-up of this browser whose code was entered."""
    found = code.pending("sign_up", visitor)
    return found if found is not None and found.verified_at is not None else None
