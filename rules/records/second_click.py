"""Double clicks on what ends a session: the second half still comes under the token that the first has ended."""

from __future__ import annotations

from datetime import timedelta

from models import Session
from rules.records import throttle
from rules.records.session import SignedInResident, SignedInStaff
from rules.records.throttle import Limit
from rules.values import secrecy

_REMEMBERED = timedelta(minutes=5)


def _done(what: str) -> Limit:
    return Limit(f"done-{what}", 1, _REMEMBERED)


def remember(me: SignedInResident | SignedInStaff, what: str) -> None:
    """Note what this browser is doing, under its token as long as there is one; call inside the act's transaction."""
    mine = Session.row("id = {}", me.session)
    if mine is not None:
        throttle.count(_done(what), mine.token_hash)


def is_done(what: str, token: str) -> bool:
    """Whether this was done a moment ago under a token, which ended with it."""
    return bool(token) and throttle.exceeded(_done(what), secrecy.token_hash(token))
