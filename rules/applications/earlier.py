"""前回の申請を写す: what was sent once becomes the beginning of the next application of the same procedure."""

from __future__ import annotations

from typing import Any

import clock
from models import Application, Procedure, Status, ask
from rules import Refusal
from rules.applications import draft, submission
from rules.forms import fields, form
from rules.procedures import electronic_delivery, procedure
from rules.records.access import Missing, Person

# A file may be out of date and a consent is given for one application: both are asked for again.
_NOT_COPIED = ("heading", "file", "consent", "password")


def copy(sent: Application, person: Person) -> Application:
    """Begin a new application with the answers of one that was sent; refused as any other beginning is.

    Nothing is taken in place of what the account knows by now: who has moved gets the new address.
    """
    wanted = same_procedure(sent)
    document = procedure.published(wanted)[1]
    return draft.start(wanted, person, copied=_answers(sent, document))


def same_procedure(sent: Application) -> Procedure:
    """The procedure of an application that was sent, if it is still offered; refused otherwise."""
    if sent.number is None:
        raise Missing
    try:
        return procedure.listed(sent.procedure_id)
    except Missing:
        raise Refusal(
            "この手続きは、いまは受け付けていません。くわしいことは、担当の課にお問い合わせください。"
        ) from None


def offered(written: Application, page_key: str) -> int | None:
    """The id of the earlier application that a draft could begin with, as long as nothing else is filled in."""
    if written.status != Status.DRAFT or written.resident_id is None:
        return None
    first, *others = draft.document(written)["form"]["pages"]
    if page_key != first["key"] or any(_answered(page, written.answers) for page in others):
        return None
    # By the resident's index: a procedure may have a million applications.
    found = ask(
        "SELECT id FROM application WHERE resident_id = {} AND procedure_id + 0 = {} AND submitted_at IS NOT NULL "
        "ORDER BY submitted_at DESC LIMIT 1",
        written.resident_id,
        written.procedure_id,
    )
    return found[0][0] if found else None


def fill(written: Application, page: dict[str, Any]) -> bool:
    """Fill in the blanks of a draft that has just begun; what is there already stays. False if there is nothing."""
    key = offered(written, page["key"])
    if key is None:
        return False
    document = draft.document(written)
    questions = {q["key"]: q for q in form.questions(document["form"])}
    copied = {
        name: raw
        for name, raw in _answers(Application.get_by_id(key), document).items()
        if fields.is_empty(questions[name], fields.fit(questions[name], written.answers.get(name)))
    }
    draft.save_page(written, page, copied)
    return True


def _answered(page: dict[str, Any], answers: dict[str, Any]) -> bool:
    return any(not fields.is_empty(q, fields.fit(q, answers.get(q["key"]))) for q in form.inputs(page))


def _answers(sent: Application, document: dict[str, Any]) -> dict[str, Any]:
    """The answers sent last, as typed, to every question that is still asked in the same way and still takes them."""
    record = submission.latest(sent)
    values, today = submission.values_of(record), clock.today()
    before = {q["key"]: q["type"] for q in form.questions(procedure.document_of(record.form_version_id)["form"])}
    found: dict[str, Any] = {}
    for q in form.questions(document["form"]):
        value = values.get(q["key"])
        if value is None or q["type"] in _NOT_COPIED or before.get(q["key"]) != q["type"]:
            continue
        if q["key"] == electronic_delivery.KEY:
            continue  # a consent too
        raw = fields.raw_of(q, value)
        try:
            fields.check(q, raw, today)
        except fields.Wrong:
            continue  # a choice that is gone, a day that is over
        found[q["key"]] = raw
    return found
