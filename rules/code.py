"""認証コード: six digits by mail that prove an address, for the browser that asked for them."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

import clock
from models import Code, Resident, transaction
from rules import Refusal, email, mail, secrecy, throttle

TRIES = 5
LIFE = {"sign_up": timedelta(minutes=30)}
PROFILE_TIME = timedelta(hours=2)

_SENT_TOO_OFTEN = (
    "認証コードを続けて送りすぎました。届いたメールがないか確かめてください。15分ほど待つと、もう一度送れます。"
)


def _hash(visitor: str, code: str) -> str:
    return secrecy.keyed("code", f"{visitor}:{code}")


def send(purpose: str, visitor: str, address: str, *, kind: str = "", ip: str = "") -> None:
    """Mail a code for signing up, or to an address already registered a mail that says so.

    The screen cannot tell the two apart; the mail does (R-1.3).
    """
    folded, now, digits = email.fold(address), clock.now(), f"{secrets.randbelow(10**6):06d}"
    with transaction():
        # Looked at and counted in one turn: parallel requests gain nothing.
        if throttle.exceeded(throttle.SIGN_UPS_PER_ADDRESS, ip):
            raise Refusal("同じ場所からの登録が続いています。1時間ほど待ってから、もう一度お試しください。")
        if throttle.exceeded(throttle.CODES_PER_QUARTER, folded) or throttle.exceeded(throttle.CODES_PER_DAY, folded):
            raise Refusal(_SENT_TOO_OFTEN)
        throttle.count(throttle.CODES_PER_QUARTER, folded)
        throttle.count(throttle.SIGN_UPS_PER_ADDRESS, ip)
        Code.delete().where((Code.visitor == visitor) & (Code.purpose == purpose)).execute()
        taken = Resident.select().where((Resident.email_folded == folded) & Resident.closed_at.is_null()).exists()
        Code.create(
            purpose=purpose,
            visitor=visitor,
            email=address,
            email_folded=folded,
            code_hash="" if taken else _hash(visitor, digits),
            kind=kind,
            created_at=now,
            expires_at=now + LIFE[purpose],
        )
        if taken:
            mail.queue("sign_up_registered", to=address)
        else:
            mail.queue(
                "sign_up_code",
                to=address,
                has_code=True,
                expires_at=now + LIFE[purpose],
                code=digits,
                minutes=int(LIFE[purpose].total_seconds() // 60),
            )


def pending(purpose: str, visitor: str) -> Code | None:
    """The code this browser is waiting for or has entered, if its time is not over."""
    code: Code | None = (
        Code.select()
        .where((Code.visitor == visitor) & (Code.purpose == purpose) & (Code.expires_at > clock.now()))
        .order_by(Code.id.desc())
        .first()
    )
    return code


def verify(purpose: str, visitor: str, typed: str) -> None:
    """Accept the code, once; five wrong ones end it."""
    code = pending(purpose, visitor)
    if code is None:
        raise Refusal("認証コードの有効期限が過ぎました。メールアドレスの入力から、もう一度お願いします。")
    if code.verified_at is not None:
        return
    now = clock.now()
    with transaction():
        counted = Code.update(tries=Code.tries + 1).where((Code.id == code.id) & (Code.tries < TRIES)).execute()
    if not counted:
        raise Refusal("認証コードの間違いが続きました。メールアドレスの入力から、もう一度お願いします。")
    if not code.code_hash or not secrecy.same(code.code_hash, _hash(visitor, typed)):
        left = TRIES - code.tries - 1
        again = f"あと{left}回入力できます。" if left else "メールアドレスの入力から、もう一度お願いします。"
        raise Refusal(
            "認証コードをお確かめください。",
            {"q-code": f"認証コードが違います。メールに書かれた6けたの数字を入力してください。{again}"},
        )
    with transaction():
        Code.update(verified_at=now, expires_at=now + PROFILE_TIME).where(Code.id == code.id).execute()


def tidy(now: datetime) -> int:
    """Forget what ran out: nothing is kept of an unfinished registration."""
    return int(Code.delete().where(Code.expires_at < now).execute())
