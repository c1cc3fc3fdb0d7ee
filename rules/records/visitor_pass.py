"""申請した人のブラウザー: how long a browser without an account may open what it sent, or proved to be its own.

A draft is its browser's for as long as it is kept. What was sent holds answers that the next person at a shared
computer must not find: it is open for half an hour of use, and then again for its 照会コード.
"""

from __future__ import annotations

from datetime import datetime

import clock
from models import Session, ask, transaction
from rules.records.session import ABSOLUTE, IDLE, TOUCH_EVERY

_NOBODYS = "token_hash = {} AND resident_id IS NULL AND staff_id IS NULL"
_ALIVE = "SELECT id, created_at, seen_at, resident_id FROM session WHERE token_hash = {}"


def start(visitor: str) -> None:
    """From now on this browser may open what is its own; call inside a transaction.

    The pass is a session row of nobody's. A resident who is signed in has one already, and keeps it.
    """
    now = clock.now()
    if not Session.change({"created_at": now, "seen_at": now}, _NOBODYS, visitor):
        Session.insert(token_hash=visitor, created_at=now, seen_at=now).on_conflict_ignore().execute()


def end(visitor: str) -> None:
    """From now on it may not; call inside a transaction."""
    ask(f"DELETE FROM session WHERE {_NOBODYS}", visitor)


def alive(visitor: str) -> bool:
    """Whether the browser still may; using it keeps it alive."""
    rows = ask(_ALIVE, visitor)
    if not rows:
        return False
    key, created, seen, resident = rows[0]
    now = clock.now()
    unused, age = now - datetime.fromisoformat(seen), now - datetime.fromisoformat(created)
    if unused > IDLE or age > ABSOLUTE:
        return False
    if resident is None and unused > TOUCH_EVERY:
        with transaction():
            Session.change({"seen_at": now}, "id = {}", key)
    return True
