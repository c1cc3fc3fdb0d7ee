"""来庁の要る手続き: when a procedure asks for a visit, at which counters, and whether one can be booked for it now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import clock
from models import Application, Counter, Division, Procedure, Status, ask
from rules.applications import application
from rules.procedures import procedure
from rules.records import numbering
from rules.records.access import Person
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


def bring(document: dict[str, Any] | None, counter: Counter | None) -> list[str]:
    """What to bring along, in lines: what the procedure asks for, then what only the counter asks for."""
    asked = _lines(str(((document or {}).get("visit") or {}).get("bring", "")))
    named = {item.strip("・ 　") for line in asked for item in line.split("、")}
    for line in _lines(str(counter.bring)) if counter is not None else ():
        beside = [item for item in line.split("、") if item.strip("・ 　") not in named]
        if beside:
            asked.append("、".join(beside))
    return asked


def _lines(words: str) -> list[str]:
    return [line.strip() for line in words.splitlines() if line.strip()]


def counters_for(wanted: Procedure) -> list[Counter]:
    """The counters that can be visited for a procedure: its division's, else the nearest's above that has any."""
    return counters_from(wanted.division)


def counters_from(division: Division | None) -> list[Counter]:
    """Those of a division, else of the nearest above that has any."""
    seen: set[int] = set()
    while division is not None and division.id not in seen:
        seen.add(division.id)
        found = Counter.rows(_OFFERED, division.id, hours.today().isoformat())
        if found:
            for counter in found:
                counter.division = division
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
    return _collects(document_of(sent), sent.status)


def _collects(document: dict[str, Any], status: str) -> bool:
    ready = Status.APPROVED if document["decision"] else Status.COMPLETED
    return when(document) == COLLECT and status == ready


# Once there is a result, nobody is asked to come any more; who has a booking may come all the same.
_BEFORE_A_RESULT = (Status.SUBMITTED, Status.IN_REVIEW, Status.RETURNED)


def awaited(document: dict[str, Any], status: str) -> bool:
    """Whether a procedure asks for a visit in a state of an application."""
    return (with_form(document) and status in _BEFORE_A_RESULT) or _collects(document, status)


def waits(sent: Application) -> bool:
    """Whether somebody with an account is still to come for what was sent, with a booking or without one yet."""
    return sent.number is not None and sent.resident_id is not None and awaited(document_of(sent), sent.status)


# One application has one visit at a time: also one whose time is over, until staff note that nobody came.
_COMES = "state IN ('BOOKED','VISITED')"


def bookable(sent: Application) -> bool:
    """Whether a time can be booked at once for what was sent: to collect, or anew after a cancellation.

    Whether any counter takes bookings is another question, which `offered` asks too.
    """
    return waits(sent) and not ask(f"SELECT 1 FROM reservation WHERE application_id = {{}} AND {_COMES}", sent.id)


def offered(sent: Application) -> bool:
    """Whether a page or a mail may say that a time can be booked: it can, and a counter is there for it."""
    return bookable(sent) and bool(counters_for(sent.procedure))


def button_words(collects: bool, *, again: bool) -> str:
    """The button that leads to the week, as pages show it and mails name it; `again` after a cancellation."""
    if collects:
        return "受け取りの日時を予約する"
    return "新しい日時を選ぶ" if again else "来庁の日時を選ぶ"


@dataclass(frozen=True)
class Ahead:
    """What there is to do about the visit for an application."""

    # Somebody is still to come; a time can be chosen for it; a counter is there to choose it at.
    waits: bool
    bookable: bool
    counters: bool
    collects: bool
    withdrawable: bool
    bring: list[str]

    @property
    def offered(self) -> bool:
        """Whether a page or a mail may say that a time can be booked."""
        return self.bookable and self.counters

    def button(self, again: bool) -> str:
        return button_words(self.collects, again=again)


def ahead_of(sent: Application | None) -> Ahead:
    """The same of nothing at all is nothing to do."""
    if sent is None or not waits(sent):
        return Ahead(False, False, False, False, False, [])
    return Ahead(
        True,
        bookable(sent),
        bool(counters_for(sent.procedure)),
        collects(sent),
        application.possible(sent, "withdraw"),
        bring(document_of(sent), None),
    )


# Whoever has not come for so long has collected it without a booking, or needs no reminder on every page.
_LATELY = timedelta(days=60)


@dataclass(frozen=True)
class Unbooked:
    """An application for which a time is to be chosen; `collects` or else asked for by its form."""

    id: int
    number: str
    status: str
    procedure: str
    collects: bool


_UNBOOKED = f"""SELECT a.id, a.number, a.status, a.procedure_id, a.form_version_id FROM application a
WHERE a.resident_id = {{}} AND a.number IS NOT NULL AND (a.status IN ({", ".join(["{}"] * len(application.OPEN))})
  OR a.status = 'COMPLETED') AND (a.decided_at IS NULL OR a.decided_at > {{}})
AND NOT EXISTS (SELECT 1 FROM reservation r WHERE r.application_id = a.id AND r.{_COMES})
ORDER BY a.status_at DESC, a.id DESC"""


def unbooked(person: Person) -> list[Unbooked]:
    """What a resident has to choose a time for, the latest first, where a counter takes bookings."""
    since = Application.decided_at.db_value(clock.now() - _LATELY)
    offers: dict[int, str] = {}
    found = []
    for key, number, status, wanted, version in ask(_UNBOOKED, person.resident, *application.OPEN, since):
        document = procedure.document_of(version)
        if not awaited(document, status):
            continue
        if wanted not in offers:
            row = Procedure.get_by_id(wanted)
            offers[wanted] = str(row.name) if counters_for(row) else ""
        if name := offers[wanted]:
            found.append(Unbooked(key, numbering.grouped(number), status, name, _collects(document, status)))
    return found
