"""操作ログ as it is read: own acts, the town's, or all of them without contents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from peewee import JOIN

import clock
from models import (
    Application,
    AuditEntry,
    Category,
    Counter,
    Division,
    Guide,
    MaintenanceWindow,
    Notice,
    Procedure,
    Role,
    Staff,
    Town,
    tuples,
)
from rules.accounts import recovery_desk
from rules.records import audit, history, numbering
from rules.records.session import SignedInStaff
from rules.town import mail_text, page_text
from rules.values import period
from rules.values.calendar import show_instant

PER_PAGE = 50
LAST_PAGE = 100

# What an entry names by its id, and the column in which the thing's own name stands.
_NAMES: dict[str, Any] = {
    "notice": Notice.title,
    "guide": Guide.title,
    "procedure": Procedure.name,
    "new_staff": Staff.name,
    "changed_town": Town.name,
    "changed_division": Division.name,
    "category": Category.name,
    "counter": Counter.name,
}
# Nobody signed in stands behind these; what is left was done by the clock.
_DOERS = {"staff_created": "サーバーでの操作", "staff_login_failed": "職員（だれか不明）"}
_WITHOUT_LOGIN = frozenset({"issued_document_viewed", "issued_document_downloaded", "virus_found"})

Names = dict[tuple[str, int], str]


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
    names = _names([row[2] for row in rows])
    return [_line(staff, row, names) for row in rows[:PER_PAGE]], len(rows) > PER_PAGE and page < LAST_PAGE


def _names(details: list[dict[str, Any]]) -> Names:
    """The names of what the entries are about, by kind and id: a query for each kind there is."""
    found: Names = {}
    for kind, column in _NAMES.items():
        keys = {detail[kind] for detail in details if kind in detail}
        if keys:
            table = column.model
            found |= {(kind, key): name for key, name in tuples(table.select(table.id, column).where(table.id << keys))}
    keys = {detail["stop"] for detail in details if "stop" in detail}
    if keys:
        today = clock.today()
        stops = MaintenanceWindow.select().where(MaintenanceWindow.id << keys)
        found |= {("stop", row.id): period.words(row.starts_at, row.ends_at, today) for row in stops}
    return found


def _line(staff: SignedInStaff, row: tuple[Any, ...], names: Names) -> Line:
    at, act, detail, resident, application, number, name, town = row
    contents = staff.role is not Role.SYSTEM_ADMINISTRATOR
    about = _about(detail, names)
    if resident and not application:
        about.insert(0, f"利用者番号{resident}")
    return Line(
        show_instant(at),
        name or _doer(act, resident),
        "：".join([audit.label(act), "、".join(about)] if about else [audit.label(act)]),
        numbering.grouped(number) if number else "",
        f"/staff/applications/{application}" if application and contents else "",
        town or "",
    )


def _doer(act: str, resident: int | None) -> str:
    if resident:
        return "利用者"
    return "利用者（ログインなし）" if act in _WITHOUT_LOGIN else _DOERS.get(act, "自動の処理")


def _about(detail: dict[str, Any], names: Names) -> list[str]:
    """What an act was done to, in words: a move, things by their names, the facts that were asked; no contents."""
    move = history.WORDS.get(detail.get("move", ""))
    found = [move[0]] if move else []
    found += [names[kind, detail[kind]] for kind in (*_NAMES, "stop") if (kind, detail.get(kind)) in names]
    if detail.get("mail") in mail_text.KINDS:
        found.append(mail_text.KINDS[detail["mail"]].title)
    if detail.get("days"):
        found.append("〜".join(dict.fromkeys((detail["days"][0], detail["days"][-1]))))
    if "page" in detail:
        found.append(page_text.TITLES.get(detail["page"], detail["page"]))
    return found + [recovery_desk.FACTS.get(fact, fact) for fact in detail.get("facts", ())]
