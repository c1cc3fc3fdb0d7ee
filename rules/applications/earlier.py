"""前回の申請を写す: what was sent once becomes the beginning of the next application of the same procedure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import clock
from models import Application, Procedure, Status, ask
from rules import Refusal
from rules.accounts import profile
from rules.applications import draft, submission
from rules.forms import fields, form
from rules.procedures import electronic_delivery, procedure
from rules.records.access import Missing, Person
from rules.values.text import fold

# A file may be out of date and a consent is given for one application: both are asked for again.
_NOT_COPIED = ("heading", "file", "consent", "agreement", "paper_form", "sum", "password")


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
    """The id of the earlier application that a draft could begin with, as long as nothing was typed further on."""
    if written.status != Status.DRAFT or written.resident_id is None:
        return None
    first, *others = draft.document(written)["form"]["pages"]
    if page_key != first["key"]:
        return None
    # Most often the first answer is enough, and saves reading the account.
    if any(not q.get("profile") for q in _answered(written, others)) or _typed(written, _answered(written, others)):
        return None
    return _last_sent(written)


def _last_sent(written: Application) -> int | None:
    # By the resident's index: a procedure may have a million applications.
    found = ask(
        "SELECT id FROM application WHERE resident_id = {} AND procedure_id + 0 = {} AND submitted_at IS NOT NULL "
        "ORDER BY submitted_at DESC LIMIT 1",
        written.resident_id,
        written.procedure_id,
    )
    return found[0][0] if found else None


def fill(written: Application, page: dict[str, Any]) -> None:
    """Take over what was sent last in a draft that has just begun; what was typed stays. Refused with the reason.

    Unlike in `copy` it goes before what the account filled in: the page says what is other than the account has it.
    """
    key = offered(written, page["key"])
    if key is None:
        found = written.resident_id is not None and _last_sent(written) is not None
        why = "ほかのページに、もう入力した内容があります。" if found else "前に送った申請が、見つかりません。"
        raise Refusal(f"前回の申請は、写していません。{why}このページに入力した内容は、保存してあります。")
    document = draft.document(written)
    typed = {q["key"] for q in _typed(written, _answered(written, document["form"]["pages"]))}
    copied = _answers(Application.get_by_id(key), document)
    draft.save_page(written, page, {name: raw for name, raw in copied.items() if name not in typed})


def other_than_account(written: Application) -> list[str]:
    """The labels of the answers in which a draft says something else than the account knows."""
    typed = _typed(written, _answered(written, draft.document(written)["form"]["pages"]))
    known = _known(written, typed)
    return [q["label"] for q in typed if q["key"] in known and _letters(q, written.answers) != _letters(q, known)]


def _letters(q: fields.Question, answers: dict[str, Any]) -> str:
    """An answer for comparing: how its numbers are parted does not matter."""
    return fold("".join(fields.as_typed(q, fields.fit(q, answers[q["key"]])))).replace("-", "")


def _answered(written: Application, pages: list[dict[str, Any]]) -> Iterator[fields.Question]:
    for q in (q for page in pages for q in form.inputs(page)):
        if not fields.is_empty(q, fields.fit(q, written.answers.get(q["key"]))):
            yield q


def _typed(written: Application, answered: Iterable[fields.Question]) -> list[fields.Question]:
    """Those in which somebody typed: what the account filled in does not count."""
    found = list(answered)
    known = _known(written, found)
    return [q for q in found if fields.fit(q, written.answers[q["key"]]) != fields.fit(q, known.get(q["key"]))]


def _known(written: Application, questions: list[fields.Question]) -> dict[str, Any]:
    if not any(q.get("profile") for q in questions) or written.resident is None:
        return {}
    return form.prefill({"pages": [{"questions": questions}]}, profile.facts(written.resident))


def _answers(sent: Application, document: dict[str, Any]) -> dict[str, Any]:
    """The answers sent last, as typed, to every question that is still asked in the same way and still takes them."""
    record = submission.latest(sent)
    values, today = submission.values_of(record), clock.today()
    before = {q["key"]: q for q in form.questions(procedure.document_of(record.form_version_id)["form"])}
    found: dict[str, Any] = {}
    for q in form.questions(document["form"]):
        value = values.get(q["key"])
        old = before.get(q["key"])
        if value is None or q["type"] in _NOT_COPIED or old is None or old["type"] != q["type"]:
            continue
        if q["key"] == electronic_delivery.KEY:
            continue  # a consent too
        if q["type"] == "table":
            found[q["key"]] = _rows(q, old, value, today)
            continue
        try:
            raw = fields.raw_of(q, value)
            fields.check(q, raw, today)
        except fields.Wrong:
            continue  # a choice that is gone, a day that is over
        found[q["key"]] = raw
    return found


def _rows(q: fields.Question, old: fields.Question, rows: list[dict[str, Any]], today: date) -> Any:
    """The rows of a table without the boxes that were ticked then, and without what its columns do not take today."""
    kinds = {column["key"]: column["type"] for column in old["columns"] if column["type"] not in _NOT_COPIED}
    same = [column["key"] for column in q["columns"] if kinds.get(column["key"]) == column["type"]]
    raw = fields.raw_of(q, [{key: row.get(key) for key in same} for row in rows])
    return fields.raw_of(q, fields.TABLE.what_is_right(q, raw, today))
