"""ログインの履歴: what a resident is shown of who came in, or tried to, under their address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import clock
from models import Login, Resident, ask, transaction
from rules.values.calendar import show_instant

SHOWN = 20
KEPT = timedelta(days=365)

# One statement whether the address is registered or not: an unknown one just finds nobody to note it for.
_FAILURE = """INSERT INTO login (resident_id, at, succeeded, address)
SELECT id, {}, FALSE, {} FROM resident WHERE email_folded = {} AND closed_at IS NULL"""


@dataclass(frozen=True)
class Line:
    """One login as it is listed."""

    at: str
    succeeded: bool
    address: str


def succeeded(resident: Resident, ip: str) -> None:
    """Note a login; call inside its transaction."""
    Login.create(resident=resident, at=clock.now(), succeeded=True, address=ip)


def failed(folded: str, ip: str) -> None:
    """Note a wrong password for whoever has this address, if anybody has."""
    with transaction():
        ask(_FAILURE, Login.at.db_value(clock.now()), ip, folded)


def recent(resident: int) -> list[Line]:
    """The last logins of a resident, newest first."""
    found = Login.rows(f"resident_id = {{}} ORDER BY at DESC, id DESC LIMIT {SHOWN}", resident)
    return [Line(show_instant(row.at), bool(row.succeeded), row.address) for row in found]


def forget(resident: int) -> None:
    """Remove all of a resident's; call inside a transaction."""
    Login.delete().where(Login.resident == resident).execute()


def tidy(now: datetime) -> int:
    """Remove what is older than a year; call inside a transaction."""
    return int(Login.delete().where(Login.at < now - KEPT).execute())
