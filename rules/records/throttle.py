"""Limits on how often something may be tried, counted in rows so that every process sees the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import clock
from models import ThrottleEvent
from rules.values import secrecy


@dataclass(frozen=True)
class Limit:
    """At most `times` events within `window`."""

    name: str
    times: int
    window: timedelta


LOGIN_FAILURES_PER_ADDRESS = Limit("login-ip", 30, timedelta(minutes=10))
SIGN_UPS_PER_ADDRESS = Limit("sign-up-ip", 60, timedelta(hours=1))
RESETS_PER_ADDRESS = Limit("reset-ip", 60, timedelta(hours=1))
EMAIL_CODES_PER_ADDRESS = Limit("email-code-ip", 60, timedelta(hours=1))
RECOVERY_FAILURES_PER_ADDRESS = Limit("recovery-ip", 10, timedelta(minutes=10))
VISITOR_DRAFTS_PER_ADDRESS = Limit("visitor-draft", 60, timedelta(hours=1))
CODES_PER_QUARTER = Limit("code", 3, timedelta(minutes=15))
CODES_PER_DAY = Limit("code", 10, timedelta(days=1))
_LONGEST = timedelta(days=1)


def _key(limit: Limit, subject: str) -> str:
    return secrecy.keyed("throttle", f"{limit.name}:{subject}")


def exceeded(limit: Limit, subject: str) -> bool:
    """Whether the subject (an IP address, an e-mail address) has used up the limit."""
    since = clock.now() - limit.window
    count = (
        ThrottleEvent.select()
        .where(
            (ThrottleEvent.key == _key(limit, subject)) & (ThrottleEvent.at > since) & (ThrottleEvent.at <= clock.now())
        )
        .limit(limit.times)
        .count()
    )
    return bool(count >= limit.times)


def free_at(limit: Limit, subject: str) -> datetime:
    """When the subject of an exceeded limit may try again."""
    now, latest = clock.now(), ThrottleEvent.at.desc()
    mine = (ThrottleEvent.key == _key(limit, subject)) & (ThrottleEvent.at <= now)
    last = ThrottleEvent.select().where(mine).order_by(latest).offset(limit.times - 1).first()
    return (last.at if last else now) + limit.window


def count(limit: Limit, subject: str) -> None:
    """Record one event; call inside a transaction.

    Looking and counting are one turn because SQLite lets one writer in at a time (BEGIN IMMEDIATE).
    """
    ThrottleEvent.create(key=_key(limit, subject), at=clock.now())


def tidy(now: datetime) -> int:
    """Remove events older than every window; returns how many."""
    return int(ThrottleEvent.delete().where(ThrottleEvent.at < now - _LONGEST).execute())
