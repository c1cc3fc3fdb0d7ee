"""What somebody without an account does, without screens: sends an application, has it returned."""

from __future__ import annotations

from cast_acts import DOG_ANSWERS, as_staff

import clock
from models import Application, Procedure
from rules.applications import application, draft, submission
from rules.procedures import procedure
from rules.records.access import Person

STRANGER = Person(None, "v" * 64)


def open_dogs(cast, **changes) -> Procedure:
    """The dog registration as a procedure without login."""
    document = dict(procedure.published(cast.dogs)[1], id="open-dogs", login="none", **changes)
    return procedure.load(cast.town, document)


def write_openly(wanted: Procedure, person: Person = STRANGER, **changes) -> Application:
    """A complete draft of it, by a browser."""
    written = draft.start(wanted, person)
    answers = {**DOG_ANSWERS, **changes}
    for page in draft.document(written)["form"]["pages"]:
        keys = {q["key"] for q in page["questions"]}
        draft.save_page(written, page, {key: raw for key, raw in answers.items() if key in keys})
    return written


def sent_openly(wanted: Procedure, person: Person = STRANGER, **changes) -> Application:
    return send_openly(write_openly(wanted, person, **changes), person)


def send_openly(written: Application, person: Person = STRANGER) -> Application:
    fresh = draft.editable(person, written.id)
    submission.submit(person, written.id, submission.sheet(fresh).sha256)
    return Application.get_by_id(written.id)


def give_back(row: Application, cast, **remarks: str) -> Application:
    """差し戻す, until today."""
    row = Application.get_by_id(row.id)
    application.return_for_correction(
        row, as_staff(cast.clerk), row.revision, reason="お確かめください。", remarks=remarks, until=clock.today()
    )
    return Application.get_by_id(row.id)
