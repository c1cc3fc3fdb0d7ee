"""市町村: which there are, and where their pages stand."""

from __future__ import annotations

from models import Town
from rules.records.session import SignedInStaff


def only_town() -> Town | None:
    """The town, where the installation has just one."""
    towns = Town.rows("closed_at IS NULL ORDER BY id LIMIT 2")
    return towns[0] if len(towns) == 1 else None


def open_town(code: str) -> Town | None:
    """The town of this code, if it takes part."""
    return Town.row("code = {} AND closed_at IS NULL", code)


def staff_town(me: SignedInStaff | None) -> Town | None:
    """The town a member of staff works for; None for residents and system administrators."""
    return Town.row("id = {}", me.town) if me and me.town else None


def every() -> list[Town]:
    """Every town of this installation, for the portal."""
    return list(Town.select().where(Town.closed_at.is_null()).order_by(Town.code))


def procedures_path(town: Town) -> str:
    """The path of a town's 手続き一覧."""
    return f"/towns/{town.code}/procedures"


def guides_path(town: Town) -> str:
    """The path of a town's 手続き判定."""
    return f"/towns/{town.code}/guides"


def notices_path(town: Town) -> str:
    """The path of a town's お知らせ."""
    return f"/towns/{town.code}/notices"


def help_path(town: Town | None, name: str) -> str:
    """The path of a help page; without a town the installation's own."""
    return f"/towns/{town.code}/help/{name}" if town else f"/help/{name}"
