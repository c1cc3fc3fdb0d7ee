"""送信: what the confirm page shows, the digest it carries, and the record of what was sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from peewee import IntegrityError

import clock
from models import Application, Attachment, Correction, Status, Submission, ask, transaction
from rules import Refusal
from rules.applications import application, draft, draft_term, judging_days, letters, processing_time
from rules.applications.application import OPEN
from rules.forms import fields, form
from rules.procedures import procedure
from rules.records import access, history, numbering, visitor_pass
from rules.records.access import Missing, Person
from rules.values.text import fold


@dataclass(frozen=True)
class Sheet:
    """An application as it would be sent now: what is asked, checked values, files, canonical bytes, their digest."""

    form: form.Form
    values: dict[str, Any]
    files: list[dict[str, Any]]
    errors: dict[str, dict[str, str]]
    body: bytes
    sha256: str


def sheet(written: Application) -> Sheet:
    """Check everything that is stored; `errors` are by page key."""
    whole, attached = draft.document(written)["form"], draft.files(written)
    asked = form.reading(whole, written.answers, attached, judging_days.now(written))
    # A key may have been a file's before the form changed: what is not asked for as a file is not sent.
    files = [
        {"question": q["key"], **{name: file[name] for name in ("id", "name", "size", "sha256")}}
        for q in form.questions(asked.form)
        if q["type"] == "file"
        for file in attached.get(q["key"], ())
    ]
    body = form.canonical(asked.values)
    # The turn makes the second sending of unchanged answers another one, so that an old page cannot send it.
    head = {"form_version": written.form_version_id, "turn": _next_turn(written), "files": files}
    everything = form.canonical(head) + body
    return Sheet(asked.form, asked.values, files, asked.errors, body, sha256(everything).hexdigest())


def _next_turn(written: Application) -> int:
    return int(ask("SELECT COUNT(*) FROM submission WHERE application_id = {}", written.id)[0][0]) + 1


_told_of_sending: list[Callable[[Application], None]] = []


def when_sent(tell: Callable[[Application], None]) -> Callable[[Application], None]:
    """Call `tell` with every application that is sent, inside the transaction that sends it.

    For what goes along with it in modules above this one: the visit that was chosen. A Refusal raised there leaves
    everything as it was. Usable as a decorator.
    """
    _told_of_sending.append(tell)
    return tell


def submit(person: Person, key: int, digest: str) -> Application:
    """申請する or 修正して再申請する. A second press of the same sending finds it done and changes nothing.

    Raises Changed when the confirm page showed something else than what is stored now.
    """
    written = access.own_application(person, key)
    if written.status not in draft.EDITABLE:
        if written.submissions.where(Submission.sha256 == digest).exists():
            return written
        raise Missing
    if draft_term.is_over(written):
        raise Missing
    draft.follow_published(written)
    ready = sheet(written)
    if ready.errors or ready.sha256 != digest:
        raise Changed
    _may_send(written)
    try:
        _send(written, ready, person)
    except Changed:
        # The other half of a double click was first: then it is done.
        sent = access.own_application(person, key)
        if not sent.submissions.where(Submission.sha256 == digest).exists():
            raise
        return sent
    return written


def _send(written: Application, ready: Sheet, person: Person) -> None:
    """Number, state, record, event and mails in one transaction; raises Changed when somebody was first."""
    now = clock.now()
    with transaction():
        before = written.status
        values = _first(written, now) if before == Status.DRAFT else _again(written, now)
        _claim(written, before, values | _applicant(written, ready.values) | {"answers": _typed(written, ready)})
        turn = _next_turn(written)
        Submission.create(
            application=written,
            turn=turn,
            form_version=written.form_version_id,
            answers=ready.body,
            files=ready.files,
            sha256=ready.sha256,
            at=now,
            by=person.resident,
        )
        _keep_files(written, ready.files)
        if written.resident_id is None:
            visitor_pass.start(person.visitor)
        name = "submitted" if turn == 1 else "resubmitted"
        history.record(written, name, history.Actor(resident=person.resident), before=before, turn=turn)
        if turn > 1:
            Correction.update(resolved_at=now).where(
                (Correction.application == written) & Correction.resolved_at.is_null() & Correction.ended_at.is_null()
            ).execute()
        for tell in _told_of_sending:
            tell(written)
        if turn == 1:
            letters.of_arrival(written)
        else:
            letters.to_applicant(written, "received_again")
        letters.to_division(written, "division_arrival" if turn == 1 else "division_resubmitted")


class Changed(Exception):
    """What is stored is not what the confirm page showed, or is not complete: show the confirm page again."""


def _may_send(written: Application) -> None:
    if written.status != Status.DRAFT:
        return
    if (
        written.procedure.listed_as is None
        or written.town.closed_at is not None
        or not procedure.is_open(written.procedure)
    ):
        raise Refusal("この手続きの受付は終わりました。入力した内容は残っています。担当の課にお問い合わせください。")
    sentence = draft.why_not_sent(written)
    if sentence:
        raise Refusal(sentence)
    # By the state: what was sent while several were allowed has no once_key.
    mine = (Application.resident == written.resident_id) & (Application.procedure == written.procedure_id)
    if application.once_key(written) and Application.select().where(mine & Application.status.in_(OPEN)).exists():
        raise Refusal("この手続きは、1人1件までです。すでに送った申請を、申請履歴でお確かめください。")


def _typed(written: Application, ready: Sheet) -> dict[str, Any]:
    """What stays of what was typed: what was sent. A correction begins with it."""
    return {
        q["key"]: fields.fit(q, written.answers[q["key"]])
        for q in form.questions(ready.form)
        if q["type"] not in form.NOT_TYPED and ready.values.get(q["key"]) is not None
    }


def _first(written: Application, now: Any) -> dict[str, Any]:
    document, procedure_row = draft.document(written), written.procedure
    return {
        "status": Status.SUBMITTED,
        "number": numbering.free_number(),
        "submitted_at": now,
        "status_at": now,
        "saved_at": now,
        "expires_at": None,
        "division": procedure_row.division_id,
        "once_key": application.once_key(written),
        "due_on": processing_time.begun(written.town_id, document, now.date()),
    }


def _again(written: Application, now: Any) -> dict[str, Any]:
    taken_up = written.review_started_at is not None
    target = Status.IN_REVIEW if taken_up else Status.SUBMITTED
    return {"status": target, "status_at": now, "saved_at": now, **processing_time.resumed(written, now.date())}


def _claim(written: Application, before: str, values: dict[str, Any]) -> None:
    """The conditional UPDATE that only one of two senders wins."""
    try:
        changed = Application.change(
            {"revision": written.revision + 1, "form_version": written.form_version_id, **values},
            "id = {} AND status = {} AND revision = {}",
            written.id,
            before,
            written.revision,
        )
    except IntegrityError:
        if not values.get("once_key"):
            raise
        raise Refusal("この手続きは、1人1件までです。すでに送った申請を、申請履歴でお確かめください。") from None
    if not changed:
        raise Changed
    for name, value in values.items():
        setattr(written, name, value)


def _keep_files(written: Application, files: list[dict[str, Any]]) -> None:
    """From here on they are kept as they were sent, and the others go: their questions are not asked any more.

    A file taken off in another tab between check and commit must not be named by the record.
    """
    ids = [file["id"] for file in files]
    present = (Attachment.application == written) & Attachment.removed_at.is_null()
    if Attachment.select().where(present & Attachment.id.in_(ids)).count() != len(ids):
        raise Changed
    Attachment.update(sent=True).where(Attachment.id.in_(ids)).execute()
    Attachment.update(removed_at=clock.now()).where(present & Attachment.id.not_in(ids)).execute()


def _applicant(written: Application, values: dict[str, Any]) -> dict[str, Any]:
    """The applicant's name for lists: the account's, else what the form asks first."""
    name, kana = "", ""
    if written.resident is not None:
        name, kana = written.resident.name, written.resident.kana
    else:
        for question in form.questions(draft.document(written)["form"]):
            answer = values.get(question["key"])
            if question["type"] == "name" and answer:
                name = f"{answer['family']} {answer['given']}".strip()
                kana = f"{answer['family_kana']} {answer['given_kana']}".strip()
                break
    return {"applicant_name": name, "applicant_kana": kana, "applicant_folded": fold(name + kana)}


def latest(sent: Application) -> Submission:
    """What staff, 受付票 and CSV read: the last sending."""
    found: Submission | None = sent.submissions.order_by(Submission.turn.desc()).first()
    if found is None:
        raise Missing
    return found


def turns(sent: Application) -> list[Submission]:
    """Every sending, the first one first."""
    return list(sent.submissions.order_by(Submission.turn))


def values_of(record: Submission) -> dict[str, Any]:
    """The answers of a sending, by question key."""
    found: dict[str, Any] = json.loads(bytes(record.answers).decode("utf-8"))
    return found


def files_of(record: Submission) -> dict[str, list[dict[str, Any]]]:
    """The files of a sending, by question key."""
    return by_question(record.files)


def by_question(files: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """A flat list of files by question key, in their order."""
    found: dict[str, list[dict[str, Any]]] = {}
    for file in files:
        found.setdefault(file["question"], []).append(file)
    return found


def unsent_changes(sent: Application) -> bool:
    """Whether a correction in progress differs from what was sent last."""
    if sent.status != Status.RETURNED:
        return False
    record = latest(sent)
    ready = sheet(sent)
    return bool(ready.errors) or ready.body != bytes(record.answers) or ready.files != record.files


def open_correction(sent: Application) -> Correction | None:
    """The return that waits for an answer."""
    if sent.status != Status.RETURNED:
        return None
    found: Correction | None = sent.corrections.order_by(Correction.id.desc()).first()
    return found
