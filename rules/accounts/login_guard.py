"""ログインの見張り: wrong passwords slow the next try down, whether the name exists or not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import clock
from models import LoginGuard, transaction
from rules import Refusal
from rules.accounts import password
from rules.records import throttle
from rules.values import secrecy
from rules.values.calendar import whole_minute

# Pauses after the 5th, 6th … wrong password in a row; never for ever: locking others out is an attack too.
_FREE_FAILURES = 5
_PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 4, 8, 15))
_KEPT = timedelta(days=1)

_TOO_MANY = "ログインの失敗が続いています。10分ほど待ってから、もう一度お試しください。"
_STOPPED = "パスワードの間違いが続いたため、{until}まで、{what}を止めています。そのあとで、もう一度お試しください。"
# What is stopped, by realm; a realm of its own keeps guesses in one place from locking the other.
_WHAT = {"resident": "ログイン", "staff": "ログイン", "staff-password": "この操作", "resident-password": "この操作"}
_WAY_OUT = "お急ぎの方は、「パスワードを忘れた方はこちら」で新しいパスワードを決めると、すぐにログインできます。"


def attempt(realm: str, name: str, ip: str) -> str:
    """Count a try before its password is looked at, so that parallel guesses gain nothing; refuse it while locked.

    Returns the key by which `passed()` takes the count back. `name` is folded by the caller.
    """
    if throttle.exceeded(throttle.LOGIN_FAILURES_PER_ADDRESS, ip):
        raise Refusal(_TOO_MANY)
    key, now = _key(realm, name), clock.now()
    with transaction():
        LoginGuard.insert(key=key, failures=0, at=now).on_conflict_ignore().execute()
        row = LoginGuard.get(LoginGuard.key == key)
        locked = row.locked_until if row.locked_until and clock.lies_ahead(row.locked_until, _PAUSES[-1]) else None
        if locked is None:
            failures = row.failures + 1
            beyond = failures - _FREE_FAILURES
            until = now + _PAUSES[min(beyond, len(_PAUSES) - 1)] if beyond >= 0 else None
            LoginGuard.update(failures=failures, locked_until=until, at=now).where(LoginGuard.key == key).execute()
        else:
            throttle.count(throttle.LOGIN_FAILURES_PER_ADDRESS, ip)
    if locked is not None:
        until = whole_minute(locked)
        sentence = _STOPPED.format(until=f"{until.hour}時{until.minute:02}分", what=_WHAT[realm])
        raise Refusal(sentence + (_WAY_OUT if realm == "resident" else ""))
    return key


def _key(realm: str, name: str) -> str:
    return secrecy.keyed("login", f"{realm}:{name}")


@contextmanager
def looking(key: str) -> Iterator[None]:
    """Look at the password in here: where too many are waiting for that, the try does not count."""
    try:
        yield
    except password.Busy:
        with transaction():
            LoginGuard.update(failures=LoginGuard.failures - 1, locked_until=None).where(
                (LoginGuard.key == key) & (LoginGuard.failures > 0)
            ).execute()
        raise


def passed(key: str) -> None:
    """The password was right: nothing stands against the name any more; call inside a transaction."""
    LoginGuard.delete().where(LoginGuard.key == key).execute()


def clear(realm: str, name: str) -> None:
    """The same without a password: who proved to be the owner otherwise is let in again; inside a transaction."""
    passed(_key(realm, name))


def failed(ip: str) -> None:
    """The password was wrong: it counts against the address too."""
    with transaction():
        throttle.count(throttle.LOGIN_FAILURES_PER_ADDRESS, ip)


def tidy(now: datetime) -> int:
    """Forget names nobody tried for a day; call inside a transaction."""
    return int(LoginGuard.delete().where(LoginGuard.at < now - _KEPT).execute())
