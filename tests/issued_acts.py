"""What the tests of issued documents share: a procedure that issues them, one granted application, one document."""

from __future__ import annotations

import io
from datetime import date

from cast_acts import DOG_ANSWERS, PDF, as_staff, person, send

import models
from models import Application, AuditEntry, IssuedDocument, Procedure, Status
from rules.applications import draft, issued_document
from rules.files.received import Accepted
from rules.procedures import procedure

UNTIL = date(2026, 12, 24)


def permits(cast, **changes) -> Procedure:
    """The dog registration as a procedure that issues documents."""
    document = dict(procedure.published(cast.dogs)[1], id="permit", issues_documents=True, **changes)
    return procedure.load(cast.town, document)


def applied(cast, wanted: Procedure, consent: str = "yes") -> Application:
    """An application of Keiko's that was sent."""
    written = draft.start(wanted, person(cast.keiko))
    answers = {**DOG_ANSWERS, "electronic_delivery": consent}
    for page in draft.document(written)["form"]["pages"]:
        keys = {q["key"] for q in page["questions"]}
        draft.save_page(written, page, {key: raw for key, raw in answers.items() if key in keys})
    return send(written, cast.keiko)


def put(row: Application, status: Status = Status.APPROVED) -> Application:
    with models.transaction():
        Application.update(status=status, division=row.procedure.division_id).where(Application.id == row.id).execute()
    return fresh(row)


def fresh(row: Application) -> Application:
    return Application.get_by_id(row.id)


def granted(cast, consent: str = "yes") -> Application:
    return put(applied(cast, permits(cast), consent))


def issue(cast, row: Application, content: bytes = PDF, name: str = "占用許可書.pdf", **changes) -> IssuedDocument:
    """One more document, by the clerk."""
    values = {"title": "道路占用許可書", "until": UNTIL, "message": "現地でお持ちください。", **changes}
    row = fresh(row)
    return issued_document.issue(
        row,
        as_staff(cast.clerk),
        row.revision,
        issued_document.Wanted(**values),
        Accepted(name, "application/pdf", "問題なし"),
        io.BytesIO(content),
    )


def again(row: IssuedDocument) -> IssuedDocument:
    return IssuedDocument.get_by_id(row.id)


def recorded(row: Application, *names: str) -> list[tuple[str, dict]]:
    """The entries of the audit log with these acts, in their order."""
    found = AuditEntry.select().where(AuditEntry.application == row, AuditEntry.act.in_(names)).order_by(AuditEntry.id)
    return [(entry.act, entry.detail) for entry in found]
