"""交付物の一覧: what was issued on an application, in words, for the applicant, for staff and for paper."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import clock
from models import Application, IssuedDocument
from rules.applications import issued_document
from rules.applications.application import OPEN
from rules.applications.inquiry import File
from rules.files.handing_out import INFECTED
from rules.forms.fields import size_label
from rules.procedures import electronic_delivery, procedure
from rules.values.calendar import short_date, show_instant


@dataclass(frozen=True)
class Entry:
    """An issued document as it is read; `state` is open, expired or withdrawn."""

    id: int
    title: str
    message: str
    file: File
    state: str
    until: str
    issued: str
    who: str
    viewed: str
    downloaded: str
    withdrawn: str
    reason: str
    told: bool
    infected: bool


def for_resident(sent: Application) -> list[Entry]:
    """The first one first; staff appear as their division, never by name."""
    base = f"/applications/{sent.id}/issued"
    entries = [_entry(row, base, row.actor.partition(" ")[0]) for row in issued_document.of(sent)]
    return [_without_name(entry) if entry.state == "withdrawn" else entry for entry in entries]


def _without_name(entry: Entry) -> Entry:
    """One issued to the wrong person may name another one."""
    return replace(entry, file=replace(entry.file, name="取り消した交付物"))


def for_staff(sent: Application) -> list[Entry]:
    """The first one first, with names."""
    base = f"/staff/applications/{sent.id}/issued"
    return [_entry(row, base, row.actor) for row in issued_document.of(sent)]


def _entry(row: IssuedDocument, base: str, who: str) -> Entry:
    state = "withdrawn" if row.withdrawn_at else "open" if clock.today() <= row.until else "expired"
    return Entry(
        row.id,
        row.title,
        row.message,
        File(row.name, f"{base}/{row.id}", size_label(row.size), row.verdict, row.sha256, row.size),
        state,
        f"{row.until.year}年{short_date(row.until)}",
        show_instant(row.issued_at),
        who,
        _at(row.first_viewed_at),
        _at(row.first_downloaded_at),
        _at(row.withdrawn_at),
        row.withdrawn_reason,
        row.consent == "staff",
        row.verdict == INFECTED,
    )


def _at(instant: datetime | None) -> str:
    return show_instant(instant) if instant else ""


def expected(sent: Application) -> bool:
    """Whether the applicant may still be told to wait for one."""
    going_on = sent.status in (*OPEN, *issued_document.ISSUABLE)
    return going_on and issued_document.consent(sent) == electronic_delivery.YES


@dataclass(frozen=True)
class Desk:
    """What staff are shown beside an application: what was issued, and whether more can be."""

    entries: list[Entry]
    asked: bool
    agreed: bool
    declined: bool
    can_issue: bool
    # It was decided, agreed to, and nothing was issued so far.
    waiting: bool
    # It was issued on a result that has been taken back since.
    doubtful: bool


def desk(sent: Application) -> Desk:
    entries, answer = for_staff(sent), issued_document.consent(sent)
    decided = sent.status in issued_document.ISSUABLE
    agreed, declined = answer == electronic_delivery.YES, answer == electronic_delivery.NO
    return Desk(
        entries,
        bool(procedure.document_of(sent.form_version_id).get("issues_documents")),
        agreed,
        declined,
        decided and not declined,
        decided and agreed and not entries,
        not decided and any(entry.state == "open" for entry in entries),
    )
