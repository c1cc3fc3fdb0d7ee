"""利用者の登録とログイン: accounts of residents from the first code to the locked door."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from peewee import IntegrityError

import clock
from models import Code, Resident, Staff, transaction
from rules import Refusal, audit, code, email, form, mail, password, profile, session, throttle

# Pauses after the 5th, 6th … wrong password in a row; never for ever: locking others out is an attack too.
_FREE_FAILURES = 5
_PAUSES = (1, 2, 4, 8, 15)

_WRONG = "メールアドレスかパスワードが違います。大文字と小文字の違いも確かめて、もう一度入力してください。"
_WRONG_STAFF = "職員IDかパスワードが違います。大文字と小文字の違いも確かめて、もう一度入力してください。"
_TOO_MANY = "ログインの失敗が続いています。10分ほど待ってから、もう一度お試しください。"


def keep_profile(pending: Code, raw: dict[str, Any]) -> None:
    """Check the profile and the password, and keep them with the code until 「登録する」."""
    document = profile.sign_up_form(pending.kind)
    values, errors = form.check_page(document["pages"][0], raw, {}, clock.today())
    chosen = str(raw.get("password") or "")
    if "q-password" not in errors and chosen:
        try:
            password.check(chosen, email=pending.email)
        except ValueError as fault:
            errors["q-password"] = str(fault)
        else:
            if chosen != raw.get("password_again"):
                errors["q-password_again"] = "2つのパスワードが違います。同じパスワードを入力してください。"
    if errors:
        raise Refusal("", errors)
    hashed = password.hash(chosen)
    kept = {key: value for key, value in raw.items() if not key.startswith("password")}
    values = {key: value for key, value in values.items() if not key.startswith("password")}
    with transaction():
        Code.update(data={"raw": kept, "values": values, "password_hash": hashed}).where(
            Code.id == pending.id
        ).execute()


def register(pending: Code) -> tuple[Resident, str]:
    """Turn a verified code with its profile into an account; returns it and a session token."""
    now = clock.now()
    with transaction():
        # The row is consumed by whoever empties it: a double click registers once, and is told so.
        used = {"verified_at": None, "code_hash": "", "email": "", "email_folded": "", "data": {"registered": True}}
        if not Code.update(used).where((Code.id == pending.id) & Code.verified_at.is_null(False)).execute():
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
        return resident, session.start(resident=resident)


def log_in(address: str, typed: str, *, ip: str) -> tuple[Resident, str]:
    """Check address and password and open a session; the answer never tells which of the two was wrong."""
    _check_address_limit(ip)
    found = (
        Resident.select()
        .where((Resident.email_folded == email.fold(address.strip())) & Resident.closed_at.is_null())
        .first()
    )
    _check_password(found, typed, ip, _WRONG)
    with transaction():
        Resident.update(
            failures=0,
            locked_until=None,
            previous_login_at=found.last_login_at,
            last_login_at=clock.now(),
        ).where(Resident.id == found.id).execute()
        return found, session.start(resident=found)


def log_in_staff(login_id: str, typed: str, *, ip: str) -> tuple[Staff, str]:
    """The same for a member of staff."""
    _check_address_limit(ip)
    found = Staff.select().where((Staff.login_id == login_id.strip()) & Staff.disabled_at.is_null()).first()
    try:
        _check_password(found, typed, ip, _WRONG_STAFF)
    except Refusal:
        if found:
            audit.record("staff_login_failed", town=found.town_id, address=ip, staff_id=found.id)
        raise
    with transaction():
        Staff.update(failures=0, locked_until=None, last_login_at=clock.now()).where(Staff.id == found.id).execute()
        audit.record("staff_logged_in", town=found.town_id, address=ip, staff_id=found.id)
        return found, session.start(staff=found)


def _check_address_limit(ip: str) -> None:
    if throttle.exceeded(throttle.LOGIN_FAILURES_PER_ADDRESS, ip):
        raise Refusal(_TOO_MANY)


def _check_password(found: Resident | Staff | None, typed: str, ip: str, sentence: str) -> None:
    """Refuse a wrong password, slower each time; an unknown user costs the same time."""
    if found is not None and found.locked_until and found.locked_until > clock.now():
        password.dummy()
        raise Refusal(_locked(found.locked_until))
    if found is None:
        password.dummy()
    elif password.verify(typed, found.password_hash):
        return
    with transaction():
        throttle.count(throttle.LOGIN_FAILURES_PER_ADDRESS, ip)
        if found is not None:
            _count_failure(found)
    raise Refusal(sentence)


def _count_failure(found: Resident | Staff) -> None:
    table = type(found)
    table.update(failures=table.failures + 1).where(table.id == found.id).execute()
    failures = table.select(table.failures).where(table.id == found.id).scalar()
    beyond = failures - _FREE_FAILURES
    if beyond >= 0:
        pause = timedelta(minutes=_PAUSES[min(beyond, len(_PAUSES) - 1)])
        table.update(locked_until=clock.now() + pause).where(table.id == found.id).execute()


def _locked(until: datetime) -> str:
    return (
        f"パスワードの間違いが続いたため、{until:%H時%M分}まで、ログインを止めています。"
        "そのあとで、もう一度お試しください。"
    )


def change_staff_password(me: session.SignedInStaff, present: str, chosen: str, again: str) -> None:
    """A member of staff sets a password of their own; all their other sessions end."""
    row = Staff.get_by_id(me.id)
    if not password.verify(present, row.password_hash):
        raise Refusal("", {"q-present": "いまのパスワードが違います。もう一度入力してください。"})
    try:
        password.check(chosen, email=row.login_id)
    except ValueError as fault:
        raise Refusal("", {"q-password": str(fault)}) from None
    if chosen != again:
        raise Refusal("", {"q-password_again": "2つのパスワードが違います。同じパスワードを入力してください。"})
    if chosen == present:
        raise Refusal("", {"q-password": "いまと違うパスワードにしてください。"})
    hashed = password.hash(chosen)
    with transaction():
        Staff.update(password_hash=hashed, must_change_password=False).where(Staff.id == me.id).execute()
        session.end_all(staff=me.id, but=me.session)
        audit.record("staff_password_changed", staff=me)


def just_registered(visitor: str) -> bool:
    """Whether this browser's sign-up was finished a moment ago (a double click, a step back)."""
    found = code.pending("sign_up", visitor)
    return found is not None and bool(found.data.get("registered"))


def pending_sign_up(visitor: str) -> Code | None:
    """The sign-up of this browser whose code was entered."""
    found = code.pending("sign_up", visitor)
    return found if found is not None and found.verified_at is not None else None
