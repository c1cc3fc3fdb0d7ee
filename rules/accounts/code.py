"""認証コード: six digits by mail that prove an address, for the browser or the account that asked for them."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

import clock
from models import Code, Resident, transaction
from rules import Refusal
from rules.forms import form
from rules.records import mail, throttle
from rules.records.throttle import Limit
from rules.values import email, secrecy
from rules.values.calendar import show_instant, whole_minute

TRIES = 5
LIFE = {
    "sign_up": timedelta(minutes=30),
    "reset": timedelta(minutes=10),
    "change_email": timedelta(minutes=10),
}
PROFILE_TIME = timedelta(hours=2)

# By purpose: the mail with the code, and the one that goes out in its place where no code may fit.
_LETTERS = {
    "sign_up": ("sign_up_code", "sign_up_registered"),
    "reset": ("reset_code", "reset_refused"),
    "change_email": ("email_code", "email_taken"),
}
_PER_NETWORK = {
    "sign_up": throttle.SIGN_UPS_PER_ADDRESS,
    "reset": throttle.RESETS_PER_ADDRESS,
    "change_email": throttle.EMAIL_CODES_PER_ADDRESS,
}

QUESTION: dict[str, Any] = {
    "key": "code",
    "type": "text",
    "label": "認証コード",
    "hint": "メールに書かれた6けたの数字を入力してください。",
    "required": True,
    "limits": {"max_length": 20, "width": "short", "kind": "digits"},
}

_SENT_TOO_OFTEN = (
    "認証コードを続けて送りすぎました。届いたメールがないか確かめてください。15分ほど待つと、もう一度送れます。"
)
_SENT_TOO_OFTEN_TODAY = (
    "このメールアドレスには、認証コードを続けて送りすぎました。"
    "一番新しいメールのコードをお確かめください。{at}を過ぎると、もう一度送れます。"
)
_NETWORK_BUSY = "同じ場所からの操作が続いています。1時間ほど待ってから、もう一度お試しください。"
OVER = "認証コードの有効期限が過ぎました。メールアドレスの入力から、もう一度お願いします。"


def minutes(purpose: str) -> int:
    """How long a code lives, for the screen."""
    return int(LIFE[purpose].total_seconds() // 60)


def typed(raw: dict[str, Any]) -> str:
    """The code typed on a page with QUESTION alone; raises Refusal when it is none."""
    values, errors = form.check_page({"key": "code", "questions": [QUESTION]}, raw, {}, clock.today())
    if errors:
        raise Refusal("", errors)
    return str(values["code"])


def _hash(purpose: str, visitor: str, digits: str) -> str:
    return secrecy.keyed("code", f"{purpose}:{visitor}:{digits}")


def send(
    purpose: str,
    visitor: str,
    address: str,
    *,
    kind: str = "",
    resident: Resident | None = None,
    to: str = "",
    data: dict[str, Any] | None = None,
    ip: str = "",
) -> None:
    """Mail a code, or to an address that may have none a mail that says why.

    The screen cannot tell the two apart, nor a clock: both write one code and one mail; the mail tells (R-1.3, R-1.6).
    `resident` is whose account the code is about, `to` the spelling of the address on record.
    """
    folded, now, digits = email.fold(address), clock.now(), f"{secrets.randbelow(10**6):06d}"
    expires = now + LIFE[purpose]
    with transaction():
        # Looked at and counted in one turn: parallel requests gain nothing.
        _count(_PER_NETWORK[purpose], ip, folded)
        Code.delete().where((Code.visitor == visitor) & (Code.purpose == purpose)).execute()
        fits = resident is not None if purpose == "reset" else not _taken(folded, resident)
        Code.create(
            purpose=purpose,
            visitor=visitor,
            email=address,
            email_folded=folded,
            code_hash=_hash(purpose, visitor, digits) if fits else "",
            kind=kind,
            resident=resident,
            created_at=now,
            expires_at=expires,
            data=data or {},
        )
        # Neither letter is kept for longer than the code lives: whose address was typed is nobody's affair.
        mail.queue(
            _LETTERS[purpose][0 if fits else 1],
            to=to or address,
            has_code=True,
            expires_at=expires,
            code=digits,
            minutes=minutes(purpose),
        )


def _count(per_network: Limit, ip: str, folded: str) -> None:
    """Refuse what is asked too often, else count it; call inside a transaction."""
    if throttle.exceeded(per_network, ip):
        raise Refusal(_NETWORK_BUSY)
    if throttle.exceeded(throttle.CODES_PER_DAY, folded):
        at = show_instant(whole_minute(throttle.free_at(throttle.CODES_PER_DAY, folded)))
        raise Refusal(_SENT_TOO_OFTEN_TODAY.format(at=at))
    if throttle.exceeded(throttle.CODES_PER_QUARTER, folded):
        raise Refusal(_SENT_TOO_OFTEN)
    throttle.count(throttle.CODES_PER_QUARTER, folded)
    throttle.count(per_network, ip)


def _taken(folded: str, owner: Resident | None) -> bool:
    """Whether the address is the user ID of somebody else."""
    other = Resident.id != (owner.id if owner else 0)
    return bool(
        Resident.select().where((Resident.email_folded == folded) & Resident.closed_at.is_null() & other).exists()
    )


def pending(purpose: str, visitor: str) -> Code | None:
    """The code this browser or account is waiting for or has entered, if its time is not over."""
    longest = max(2 * LIFE[purpose], PROFILE_TIME if purpose == "sign_up" else timedelta())
    code: Code | None = (
        Code.select()
        .where((Code.visitor == visitor) & (Code.purpose == purpose))
        .where(clock.lies_ahead(Code.expires_at, longest))
        .order_by(Code.id.desc())
        .first()
    )
    return code


def verify(purpose: str, visitor: str, digits: str) -> Code:
    """Accept the code; five wrong ones end it. Once accepted, it is used up by its act."""
    code = pending(purpose, visitor)
    if code is None:
        raise Refusal(OVER)
    if code.verified_at is not None:
        return code
    now = clock.now()
    with transaction():
        counted = Code.update(tries=Code.tries + 1).where((Code.id == code.id) & (Code.tries < TRIES)).execute()
    if not counted:
        raise Refusal("認証コードの間違いが続きました。メールアドレスの入力から、もう一度お願いします。")
    if not code.code_hash or not secrecy.same(code.code_hash, _hash(purpose, visitor, digits)):
        left = TRIES - code.tries - 1
        again = f"あと{left}回入力できます。" if left else "メールアドレスの入力から、もう一度お願いします。"
        raise Refusal(
            "認証コードをお確かめください。",
            {"q-code": f"認証コードが違います。メールに書かれた6けたの数字を入力してください。{again}"},
        )
    proved = {"verified_at": now}
    if purpose == "sign_up":
        proved["expires_at"] = now + PROFILE_TIME
    with transaction():
        Code.update(**proved).where((Code.id == code.id) & (Code.code_hash == code.code_hash)).execute()
    code.verified_at = now
    return code


def outlast(purpose: str, visitor: str, ends: datetime) -> None:
    """What this browser waits for, or has proved, lives on past a stop it met: as long after its end as at first."""
    mine = (Code.visitor == visitor) & (Code.purpose == purpose) & (Code.expires_at > clock.now())
    with transaction():
        for proved, life in ((False, LIFE[purpose]), (True, PROFILE_TIME)):
            until = ends + life
            stage = Code.verified_at.is_null(not proved) & (Code.expires_at < until)
            Code.update(expires_at=until).where(mine & stage).execute()


def use(code: Code) -> bool:
    """Use a verified code up, in the transaction of its act; False when another click has done so just now.

    Whoever empties the row has used it. What is left tells this browser for a while that it is done.
    """
    used = {"verified_at": None, "code_hash": "", "email": "", "email_folded": "", "data": {"used": True}}
    if Code.update(used).where((Code.id == code.id) & Code.verified_at.is_null(False)).execute():
        return True
    if finished(code.purpose, code.visitor):
        return False
    raise Refusal(OVER)


def finished(purpose: str, visitor: str) -> bool:
    """Whether what the code was for was done a moment ago (a double click, a step back)."""
    found = pending(purpose, visitor)
    return found is not None and bool(found.data.get("used"))


def forget(resident: int, *, but: Code | None = None) -> None:
    """End every code about an account, but the one in use; call inside a transaction."""
    Code.delete().where((Code.resident == resident) & (Code.id != (but.id if but else 0))).execute()


def tidy(now: datetime) -> int:
    """Forget what ran out: nothing is kept of an unfinished registration."""
    return int(Code.delete().where(Code.expires_at < now).execute())
