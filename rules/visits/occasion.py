"""来庁の要る手続き: when a procedure asks for a visit, at which counters, and whether one can be booked for it now."""

from __future__ import annotations

from typing import Any

from models import Application, Counter, Procedure, Status, ask
from rules.applications import application
from rules.procedures import procedure
from rules.visits import hours

# With the application, as a booking of its own, or to collect what was granted.
APPLYING, BOOKING, COLLECT = "applying", "booking", "collect"

# Without hours there is nothing to choose from.
_OFFERED = (
    "division_id = {} AND closed_at IS NULL AND (id IN (SELECT counter_id FROM opening_hours) OR id IN "
    "(SELECT counter_id FROM counter_day WHERE opens IS NOT NULL AND day > {})) ORDER BY position, id"
)


def document_of(written: Application) -> dict[str, Any]:
    return procedure.document_of(written.form_version_id)


def when(document: dict[str, Any]) -> str:
    """When a procedure asks for a visit: applying, booking, collect, or "" for never."""
    found = str((document.get("visit") or {}).get("when", ""))
    return "" if found == "none" else found


def with_form(document: dict[str, Any]) -> bool:
    """Whether a time is chosen before the application is sent."""
    return when(document) in (APPLYING, BOOKING)


def bring(document: dict[str, Any]) -> str:
    """What to bring along, in the procedure's words."""
    return str((document.get("visit") or {}).get("bring", ""))


def counters_for(wanted: Procedure) -> list[Counter]:
    """The counters that can be visited for a procedure: its division's, else the nearest's above that has any."""
    division, seen = wanted.division, set()
    while division is not None and division.id not in seen:
        seen.add(division.id)
        found = Counter.rows(_OFFERED, division.id, hours.today().isoformat())
        if found:
            return found
        division = division.parent
    return []


def without_counter() -> list[Procedure]:
    """The procedures that are open to residents and ask for a visit, while no counter takes bookings for them."""
    listed = Procedure.rows("listed_as IS NOT NULL ORDER BY town_id, slug")
    asking = [row for row in listed if when(procedure.published(row)[1])]
    return [row for row in asking if not counters_for(row)]


def collects(sent: Application) -> bool:
    """Whether there is something to collect: what was granted, or what is ready where nothing is decided."""
    document = document_of(sent)
    ready = Status.APPROVED if document["decision"] else Status.COMPLETED
    return when(document) == COLLECT and sent.status == ready


def bookable(sent: Application) -> bool:
    """Whether a time can be booked at once for what was sent: to collect, or anew after a cancellation."""
    if sent.number is None or sent.resident_id is None:
        return False
    open_visit = with_form(document_of(sent)) and sent.status in application.OPEN
    if not open_visit and not collects(sent):
        return False
    return not ask("SELECT 1 FROM reservation WHERE application_id = {} AND state IN ('BOOKED','VISITED')", sent.id)
