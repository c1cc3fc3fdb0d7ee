"""窓口での救済: a printed one-time code brings a resident back in under a new address and password (R-1.11)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import clock
import config
from models import Recovery, Resident, Town, transaction
from rules import Refusal
from rules.accounts import code, my_account, password, recovery_desk, reset
from rules.accounts.recovery_desk import Found
from rules.forms import form
from rules.records import audit, mail, session, throttle
from rules.records.session import SignedInStaff
from rules.values import email, secrecy, text
from rules.values.calendar import short_date, show_instant

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 12
LIFE = timedelta(hours=24)
_KEPT = timedelta(days=365)

PAGE: dict[str, Any] = {
    "key": "recovery",
    "questions": [
        {
            "key": "counter_code",
            "type": "text",
            "label": "窓口で受け取ったコード",
            "hint": "紙に書かれた12文字です。小文字で入力しても、間を空けても、かまいません。",
            "required": True,
            "limits": {"max_length": 40},
        },
        {
            "key": "email",
            "type": "email",
            "label": "新しいメールアドレス",
            "hint": "これから使うメールアドレスを入力してください。認証コードを送ります。",
            "required": True,
        },
    ],
}

_WRONG = (
    "コードが違うか、使える時間が過ぎています。紙を見て、もう一度入力してください。"
    "使えないときは、窓口でもう一度コードを受け取ってください。"
)
_TOO_MANY = "コードの間違いが続いています。10分ほど待ってから、もう一度お試しください。"


@dataclass(frozen=True)
class Issued:
    """What is printed, once: nobody can read the code again."""

    code: str
    name: str
    until: str
    at: str
    url: str


# ---------------------------------------------------------------- at the counter


def issue(staff: SignedInStaff, found: Found, raw: dict[str, Any], seen: int, *, ip: str) -> Issued:
    """コードを発行する for a resident of one's town, two facts having been checked; an older code ends.

    `seen` is the last code when the form was made: the page with the code, loaded again, issues no other.
    """
    facts = recovery_desk.checked_facts(found, raw)
    new, now = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH)), clock.now()
    until, resident, town = now + LIFE, found.resident, Town.get_by_id(staff.town)
    with transaction():
        _refuse_second(resident.id, seen)
        recovery_desk.cancel_codes(resident.id)
        Recovery.create(
            resident=resident,
            town=town,
            issued_by=staff.id,
            code_hash=_hash(new),
            facts=facts,
            created_at=now,
            expires_at=until,
        )
        session.end_all(resident=resident.id)
        code.forget(resident.id)
        day = f"{short_date(until.date())}{until.hour}時{until.minute:02}分"
        mail.queue("recovery_issued", to=resident.email, town=town, resident=resident, name=resident.name, until=day)
        audit.record("recovery_issued", staff=staff, resident=resident.id, address=ip, facts=facts)
    url = f"{config.settings().base_url}/recovery"
    return Issued(_grouped(new), resident.name, show_instant(until), show_instant(now), url)


def _refuse_second(resident: int, seen: int) -> None:
    """Say when a code was issued since the form was made."""
    last = recovery_desk.latest(resident)
    if last != seen:
        at = show_instant(Recovery.get_by_id(last).created_at) if last else ""
        raise Refusal(
            f"{at}に、コードを発行してあります。いまは、新しいコードを発行していません。"
            "その紙を印刷できなかったときは、もう一度「コードを発行する」を押してください。前のコードは使えなくなります。"
            if last
            else "この画面は古くなっています。内容を見てから、もう一度「コードを発行する」を押してください。"
        )


def cancel(staff: SignedInStaff, found: Found, *, ip: str) -> None:
    """コードを取り消す: the paper is lost, or somebody else got it."""
    with transaction():
        if not recovery_desk.cancel_codes(found.resident.id):
            raise Refusal("取り消すコードは、もうありません。使われたか、時間が過ぎたか、取り消されています。")
        code.forget(found.resident.id)
        audit.record("recovery_cancelled", staff=staff, resident=found.resident.id, address=ip)


def _hash(plain: str) -> str:
    return secrecy.keyed("recovery", plain)


def _grouped(plain: str) -> str:
    return "-".join(plain[at : at + 4] for at in range(0, LENGTH, 4))


# ---------------------------------------------------------------- at home


def ask(raw: dict[str, Any], visitor: str, *, ip: str) -> None:
    """認証コードを送信する: for a code from the counter a mailed one, to the address that is to be the user ID."""
    values, errors = form.check_page(PAGE, raw, {}, clock.today())
    if errors:
        raise Refusal("", errors)
    found = _checked(values["counter_code"], ip)
    resident = Resident.get_by_id(found.resident_id)
    code.send("change_email", visitor, values["email"], resident=resident, data={"recovery": found.id}, ip=ip)


def _checked(typed: str, ip: str) -> Recovery:
    """The unused code that was typed; each wrong one counts against the network it comes from."""
    limit = throttle.RECOVERY_FAILURES_PER_ADDRESS
    plain = "".join(sign for sign in text.half_width(typed).upper() if sign.isalnum())
    with transaction():
        if throttle.exceeded(limit, ip):
            raise Refusal(_TOO_MANY)
        found = Recovery.row("code_hash = {}", _hash(plain))
        if found is not None and _usable(found):
            return found
        throttle.count(limit, ip)
    raise Refusal("", {"q-counter_code": _WRONG})


def _usable(found: Recovery) -> bool:
    in_time: bool = clock.lies_ahead(found.expires_at, 2 * LIFE)
    return in_time and found.used_at is None and found.cancelled_at is None


def just_done(visitor: str) -> bool:
    """Whether this browser has used a code from the counter a moment ago."""
    return code.finished("change_email", visitor)


def set_account(raw: dict[str, Any], visitor: str, *, ip: str) -> None:
    """変更する: new address and new password; every session and lock ends; a second click changes nothing more."""
    pending = code.pending("change_email", visitor)
    typed, chosen = reset.checked(raw, pending.email if pending else "")
    proved = code.verify("change_email", visitor, typed)
    hashed = password.hash(chosen)
    with transaction():
        if not code.use(proved):
            return
        _use(proved.data.get("recovery"))
        before = Resident.get_by_id(proved.resident_id)
        my_account.set_email(before, proved, password_hash=hashed)
        my_account.start_afresh(before, used=proved)
        if email.fold(proved.email) != before.email_folded:
            mail.queue("email_changed", to=before.email, resident=before, name=before.name)
        mail.queue("password_changed", to=proved.email, resident=before, name=before.name)
        audit.record("account_recovered", resident=before.id, address=ip)


def _use(key: int | None) -> None:
    """Use the counter's code up, if it still may be."""
    unused = (Recovery.id == key) & Recovery.used_at.is_null() & Recovery.cancelled_at.is_null()
    in_time = clock.lies_ahead(Recovery.expires_at, 2 * LIFE)
    if not Recovery.update(used_at=clock.now()).where(unused & in_time).execute():
        raise Refusal("窓口で受け取ったコードは、もう使えません。窓口で、もう一度コードを受け取ってください。")


def tidy(now: datetime) -> int:
    """Remove what is older than a year, the audit log knows of it; call inside a transaction."""
    return int(Recovery.delete().where(Recovery.created_at < now - _KEPT).execute())
