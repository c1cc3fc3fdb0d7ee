"""Whose is it: every look-up of a row that belongs to somebody starts from the person."""

from __future__ import annotations

from dataclasses import dataclass

from peewee import ModelSelect

from models import Application, Role, Status, ask
from rules.records import visitor_pass
from rules.records.session import SignedInStaff


class Missing(Exception):
    """There is no such thing, or not for this person: the screen cannot tell the two apart."""


@dataclass(frozen=True)
class Person:
    """Who applies: an account, or without one the browser (digest of its cookie)."""

    resident: int | None
    visitor: str


def own_applications(person: Person) -> ModelSelect[Application]:
    """The applications of a resident, drafts included; without an account what this browser is just writing.

    What was sent without an account stands in no list (R-3.5): the next person at a shared computer would read it.
    """
    if person.resident is not None:
        return Application.select().where(Application.resident == person.resident)
    if not person.visitor:
        return Application.select().where(False)
    mine = Application.resident.is_null() & (Application.visitor == person.visitor)
    return Application.select().where(mine & (Application.status == Status.DRAFT))


def own_application(person: Person, key: int) -> Application:
    """One of them, or one that this browser sent or proved to be its own (照会), or Missing."""
    found = None
    if person.resident is not None:
        found = Application.row("id = {} AND resident_id = {}", key, person.resident)
    if found is None and person.visitor:
        found = Application.row("id = {} AND resident_id IS NULL AND visitor = {}", key, person.visitor)
        if found is not None and found.status != Status.DRAFT and not visitor_pass.alive(person.visitor):
            found = None
    if found is None:
        raise Missing
    return found


def owns(person: Person, key: int) -> bool:
    """Whether an application is this person's."""
    try:
        own_application(person, key)
    except Missing:
        return False
    return True


_DIVISIONS = """
SELECT d.id, d.parent_id, m.id IS NOT NULL
FROM division d LEFT JOIN staff_division m ON m.division_id = d.id AND m.staff_id = {}
WHERE d.town_id = {}"""


def _divisions_of(staff: SignedInStaff) -> set[int]:
    """The ids of the divisions a clerk works for and of all below them."""
    children: dict[int | None, list[int]] = {}
    found: set[int] = set()
    todo: list[int] = []
    for key, parent, own in ask(_DIVISIONS, staff.id, staff.town):
        children.setdefault(parent, []).append(key)
        if own:
            todo.append(key)
    while todo:
        key = todo.pop()
        if key not in found:
            found.add(key)
            todo.extend(children.get(key, ()))
    return found


def looking_division(staff: SignedInStaff, sent: Application) -> int | None:
    """The division of one's own through which one sees an application, the nearest to it; None for administrators."""
    divisions = {key: (parent, own) for key, parent, own in ask(_DIVISIONS, staff.id, staff.town)}
    key = sent.division_id
    for _ in divisions:  # even if they ever stood in a circle
        if key is None:
            break
        parent, own = divisions[key]
        if own:
            return key
        key = parent
    return None


def own_divisions(staff: SignedInStaff) -> set[int]:
    """The divisions whose applications a member of staff may see."""
    if staff.town is None or staff.role is Role.SYSTEM_ADMINISTRATOR:
        return set()
    if staff.role is Role.TOWN_ADMINISTRATOR:
        return {key for (key,) in ask("SELECT id FROM division WHERE town_id = {}", staff.town)}
    return _divisions_of(staff)


def division_applications(staff: SignedInStaff) -> ModelSelect[Application]:
    """What was sent to a member of staff's divisions and those below; never a draft, never another town's."""
    return Application.select().where(
        (Application.town == staff.town)
        & Application.division.in_(sorted(own_divisions(staff)))
        & (Application.status != Status.DRAFT)
    )


def division_application(staff: SignedInStaff, key: int) -> Application:
    """One of them, or Missing."""
    found: Application | None = division_applications(staff).where(Application.id == key).first()
    if found is None:
        raise Missing
    return found
