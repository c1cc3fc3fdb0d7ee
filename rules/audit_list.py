"""操作ログ as it is read: own acts, the town's, or all of them without contents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from peewee import JOIN

from models import Application, AuditEntry, Role, Staff, Town
from rules import audit, history, numbering
from rules.calendar import show_instant
from rules.session import SignedInStaff

PER_PAGE = 50
LAST_PAGE = 100


@dataclass(frozen=True)
class Line:
    """One entry in words; `href` is empty where the reader has no business with the application."""

    at: str
    who: str
    act: str
    number: str
    href: str
    town: str


def find(staff: SignedInStaff, day: date | None, page: int) -> tuple[list[Line], bool]:
    """A page of entries, newest first, and whether more follow."""
    query = (
        AuditEntry.select(
            AuditEntry.at,
            AuditEntry.act,
            AuditEntry.detail,
            AuditEntry.resident,
            AuditEntry.application,
            Application.number,
            Staff.name,
            Town.name,
        )
        .join_from(AuditEntry, Application, JOIN.LEFT_OUTER)
        .join_from(AuditEntry, Staff, JOIN.LEFT_OUTER)
        .join_from(AuditEntry, Town, JOIN.LEFT_OUTER, on=(AuditEntry.town == Town.id))
    )
    if day is not None:
        query = query.where(AuditEntry.day == day)
    if staff.role is Role.CLERK:
        query = query.where(AuditEntry.staff == staff.id).order_by(AuditEntry.id.desc())
    else:
        if staff.role is Role.TOWN_ADMINISTRATOR:
            query = query.where(AuditEntry.town == staff.town)
        query = query.order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
    found: Any = query.limit(PER_PAGE + 1).offset((page - 1) * PER_PAGE).tuples()
    rows = list(found)
    return [_line(staff, row) for row in rows[:PER_PAGE]], len(rows) > PER_PAGE and page < LAST_PAGE


def _line(staff: SignedInStaff, row: tuple[Any, ...]) -> Line:
    at, act, detail, resident, application, number, name, town = row
    contents = staff.role is not Role.SYSTEM_ADMINISTRATOR
    return Line(
        show_instant(at),
        name or ("利用者" if resident else "（記録なし）"),
        _words(act, detail),
        numbering.grouped(number) if number else "",
        f"/staff/applications/{application}" if application and contents else "",
        town or "",
    )


def _words(act: str, detail: dict[str, Any]) -> str:
    move = history.WORDS.get(detail.get("move", ""))
    return audit.label(act) + (f"：{move[0]}" if move else "")
