"""職員: making accounts for them."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from peewee import fn

import clock
from models import Division, Role, Staff, StaffDivision, Town, transaction
from rules import Refusal
from rules.accounts import password
from rules.records import audit
from rules.records.session import SignedInStaff

# A one-time password that nobody used is a key lying about.
ONE_TIME = timedelta(days=14)


class Taken(Refusal):
    """Somebody has this ID already, be it in other letters."""


def expiry() -> datetime:
    """Until when a one-time password given now can be used."""
    return clock.now() + ONE_TIME


def new_password() -> str:
    """A one-time password that can be read out over the telephone: no characters that look alike."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))


def create(
    login_id: str,
    name: str,
    role: Role,
    town: Town | None,
    divisions: Iterable[Division],
    first_password: str,
    *,
    must_change: bool = True,
    by: SignedInStaff | None = None,
) -> Staff:
    """Make a staff account; a clerk needs a division, everybody but a system administrator a town.

    `by` is the administrator at the screen; nobody at the server's console.
    """
    divisions = list(divisions)
    if not login_id or not login_id.isascii() or not login_id.isprintable() or " " in login_id:
        raise Refusal("The ID must be half-width letters and digits without blanks.")
    if role is not Role.SYSTEM_ADMINISTRATOR and town is None:
        raise Refusal(f"A {role} needs a town (--town).")
    if role is Role.CLERK and not divisions:
        raise Refusal("A CLERK needs a division (--division).")
    if Staff.select().where(fn.LOWER(Staff.login_id) == login_id.lower()).exists():
        raise Taken(f"The ID {login_id} is taken.")
    hashed = password.hash(first_password)
    with transaction():
        row: Staff = Staff.create(
            login_id=login_id,
            name=name,
            role=role,
            town=None if role is Role.SYSTEM_ADMINISTRATOR else town,
            password_hash=hashed,
            must_change_password=must_change,
            password_expires_at=expiry() if must_change else None,
            created_at=clock.now(),
        )
        for division in divisions:
            StaffDivision.create(staff=row, division=division)
        audit.record("staff_created", staff=by, town=town.id if town else None, new_staff=row.id, role=role)
    return row
