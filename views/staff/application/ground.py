"""What the pages of one application share: the look that is recorded, the line above it, the form's revision."""

from __future__ import annotations

from typing import Any

import clock
from models import Application, Attachment, IssuedDocument
from outside import antivirus
from rules.applications import review, submission
from rules.files import handing_out, storage
from rules.procedures import procedure
from rules.records import access, audit, numbering
from rules.town import closing_day
from rules.values.calendar import show_instant
from web import download, here, refuse

PATH = "/staff/applications/<id:int>"


def at_hand(id: int) -> Application:
    """An application of one's own divisions, or 404: for acts, whose answers show nothing of it."""
    return access.division_application(here().member, id)


def look(id: int, act: str = "application_viewed", **detail: Any) -> Application:
    """The same for pages: each that is drawn, by a GET or after a refusal, stands in the audit log (R-7.8)."""
    me, sent = here().member, at_hand(id)
    told = {name: value for name, value in detail.items() if value is not None}
    division = access.looking_division(me, sent)
    audit.record(act, staff=me, application=sent.id, division=division, **told)
    return sent


def home(id: int) -> str:
    return f"/staff/applications/{id}"


def revision() -> int:
    """The revision the form was made from."""
    return here().form.revision()


def heading(sent: Application) -> dict[str, Any]:
    """What stands in the one line above every page of an application."""
    correction = submission.open_correction(sent)
    until, closed = correction.until if correction else None, closing_day.days(sent.town_id)
    return {
        "sent": sent,
        "document": procedure.document_of(sent.form_version_id),
        "number": numbering.grouped(sent.number),
        "arrived": show_instant(sent.submitted_at),
        "due": review.due_label(sent.status, sent.due_on, clock.today(), until, closed),
    }


def hand_over(sent: Application, row: Attachment | IssuedDocument) -> Any:
    """The answer to whoever opens a file: scanned anew, and recorded whether it was handed over or not."""
    me, stream = here().member, storage.open_stored(row)
    verdict = antivirus.scan(stream)
    if not verdict.clean:
        stream.close()
        handing_out.note_withheld(me, sent, row, verdict)
        return refuse(handing_out.withheld(row, verdict), "ファイルをお渡しできません")
    handing_out.note_opened(me, sent, row, verdict.word)
    stream.seek(0)
    return download(stream, row.name, row.content_type, row.size)
