"""Signed-in browsers: who holds a token, for how long, and how it ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import clock
from models import Resident, Role, Session, Staff, ask, transaction
from rules.values import secrecy

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
# So long after a login nobody is asked for the password once more.
FRESH = timedelta(minutes=10)
TOUCH_EVERY = timedelta(minutes=5)

ROLE_LABELS = {
    Role.CLERK: "担当者",
    Role.TOWN_ADMINISTRATOR: "町の管理者",
    Role.SYSTEM_ADMINISTRATOR: "システム管理者",
}


@dataclass(frozen=True)
class SignedInResident:
    """The resident of this request; as much of the row as every page needs."""

    id: int
    name: str
    kind: str
    session: int


@dataclass(frozen=True)
class SignedInStaff:
    """The member of staff of this request."""

    id: int
    name: str
    role: Role
    town: int | None
    must_change_password: bool
    session: int

    @property
    def role_label(self) -> str:
        return ROLE_LABELS[self.role]


_RESIDENT_SQL = """
SELECT s.id, s.created_at, s.seen_at, r.id, r.kind, r.family_name, r.given_name, r.corporation_name
FROM session s JOIN resident r ON r.id = s.resident_id
WHERE s.token_hash = {} AND r.closed_at IS NULL"""

_STAFF_SQL = """
SELECT s.id, s.created_at, s.seen_at, t.id, t.name, t.role, t.town_id, t.must_change_password
FROM session s JOIN staff t ON t.id = s.staff_id
WHERE s.token_hash = {} AND t.disabled_at IS NULL"""

_DIVISIONS_SQL = """
SELECT d.name FROM staff_division m JOIN division d ON d.id = m.division_id
WHERE m.staff_id = {} ORDER BY m.id"""


def _alive(row: tuple[object, ...]) -> bool:
    created, seen, now = _instant(row[1]), _instant(row[2]), clock.now()
    if now - seen > IDLE or now - created > ABSOLUTE:
        return False
    if now - seen > TOUCH_EVERY:
        with transaction():
            Session.update(seen_at=now).where(Session.id == row[0]).execute()
    return True


def _instant(value: object) -> datetime:
    return datetime.fromisoformat(str(value))


def resident_of(token: str) -> SignedInResident | None:
    """Who holds this token; None when nobody, or no longer. Plain SQL: it runs on every page."""
    rows = ask(_RESIDENT_SQL, secrecy.token_hash(token))
    if not rows or not _alive(rows[0]):
        return None
    session, _, _, key, kind, family, given, corporation = rows[0]
    name = corporation if kind == "business" else f"{family} {given}".strip()
    return SignedInResident(key, name, kind, session)


def staff_of(token: str) -> SignedInStaff | None:
    """The member of staff that holds this token."""
    rows = ask(_STAFF_SQL, secrecy.token_hash(token))
    if not rows or not _alive(rows[0]):
        return None
    session, _, _, key, name, role, town, must_change = rows[0]
    return SignedInStaff(key, name, Role(role), town, bool(must_change), session)


def start(*, resident: Resident | None = None, staff: Staff | None = None) -> str:
    """Open a session and return its new token; call inside a transaction."""
    token = secrecy.new_token()
    now = clock.now()
    Session.create(token_hash=secrecy.token_hash(token), resident=resident, staff=staff, created_at=now, seen_at=now)
    return token


def is_fresh(me: SignedInResident) -> bool:
    """Whether who is signed in typed the password a moment ago."""
    mine = Session.row("id = {}", me.session)
    return mine is not None and clock.now() - FRESH < mine.created_at <= clock.now()


def hold(me: SignedInResident) -> bool:
    """Whether the session has not been ended meanwhile, and is not until the act is over; call inside a transaction."""
    return bool(Session.update(seen_at=clock.now()).where(Session.id == me.session).execute())


def end(token: str) -> None:
    """Log out."""
    with transaction():
        Session.delete().where(Session.token_hash == secrecy.token_hash(token)).execute()


def end_all(*, resident: int | None = None, staff: int | None = None, but: int | None = None) -> None:
    """End every session of an account, but one; call inside a transaction."""
    mine = (Session.resident == resident) if resident is not None else (Session.staff == staff)
    Session.delete().where(mine & (Session.id != (but or 0))).execute()


def tidy(now: datetime) -> int:
    """Remove what was over a day ago; a day's grace lets a late POST be recognised as its owner's."""
    over = (Session.seen_at < now - IDLE - timedelta(days=1)) | (
        Session.created_at < now - ABSOLUTE - timedelta(days=1)
    )
    return int(Session.delete().where(over).execute())


def divisions_label(staff: SignedInStaff) -> str:
    """The names of the divisions a member of staff works for."""
    return "・".join(name for (name,) in ask(_DIVISIONS_SQL, staff.id))
