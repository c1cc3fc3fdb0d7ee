"""申請の審査: one application with everything that was sent, and the acts on it."""

from __future__ import annotations

from typing import Any

import clock
from models import Application, Correction, Status
from rules import (
    Refusal,
    access,
    application,
    audit,
    fields,
    form,
    history,
    inquiry,
    letters,
    mypage,
    notes,
    numbering,
    procedure,
    review,
    storage,
    submission,
)
from rules.access import Missing
from rules.calendar import short_date, show_instant
from views.staff.application.forms import ACTS, Act, remarks
from web import Who, asked_number, download, get, here, page, post, to

_PATH = "/staff/applications/<id:int>"
_ACT_PATH = f"{_PATH}/<name:re:{'|'.join(ACTS)}>"


def _look(id: int, act: str = "application_viewed", **detail: Any) -> Application:
    """An application of one's own divisions, or 404; every look stands in the audit log (R-7.8)."""
    now = here()
    sent = access.division_application(now.member, id)
    if not now.posted:
        told = {name: value for name, value in detail.items() if value is not None}
        audit.record(act, staff=now.member, application=sent.id, division=sent.division_id, **told)
    return sent


def _home(id: int) -> str:
    return f"/staff/applications/{id}"


def _revision() -> int:
    """The revision the form was made from; a form without one fits none."""
    typed = here().form.get("revision")
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else -1


def _heading(sent: Application) -> dict[str, Any]:
    """What stands in the one line above every page of an application."""
    correction = submission.open_correction(sent)
    return {
        "sent": sent,
        "document": procedure.document_of(sent.form_version_id),
        "number": numbering.grouped(sent.number),
        "arrived": show_instant(sent.submitted_at),
        "due": review.due_label(sent.status, sent.due_on, clock.today(), correction.until if correction else None),
    }


# ---------------------------------------------------------------- looking


@get(_PATH, who=Who.CLERK)
def show(id: int):
    wanted, now = asked_number("turn"), here()
    sent = _look(id, turn=wanted)
    turns = submission.turns(sent)
    record = next((turn for turn in turns if turn.turn == wanted), turns[-1])
    earlier = turns[record.turn - 2] if record.turn > 1 else None
    groups = inquiry.answers(record, earlier)
    document = procedure.document_of(sent.form_version_id)
    return page(
        "staff/application/show.html",
        **_heading(sent),
        record=record,
        resent=show_instant(record.at),
        latest=record is turns[-1],
        turns=[(turn.turn, show_instant(turn.at)) for turn in turns],
        groups=groups,
        changed=sum(answer.changed for _, _, answers in groups for answer in answers),
        files=inquiry.files(record, f"{_home(id)}/files"),
        events=history.for_staff(sent),
        correction=_correction(sent, record.turn),
        acts=_acts(sent),
        assignee=review.assignee_name(sent),
        assignable=application.assignable(sent),
        used=review.days_used(sent, document["standard_days"], clock.today()),
        notes=notes.of(sent),
        note=now.form.get("note"),
        others=[
            (row.id, row.status, numbering.grouped(row.number), review.age_words(inquiry.age_in_days(row)))
            for row in review.same_applicant(now.member, sent)
        ],
    )


def _acts(sent: Application) -> list[tuple[str, Act]]:
    """The acts that have a page and are possible now, in the order of the buttons."""
    possible = application.possible_for(here().member, sent)
    return [(name, act) for name, act in ACTS.items() if act.verb in possible]


def _correction(sent: Application, turn: int) -> dict[str, Any] | None:
    """The return that waits for an answer, or the one this sending answers, in words."""
    asked = submission.open_correction(sent) if sent.status == Status.RETURNED else None
    found = asked or (
        Correction.select()
        .where((Correction.application == sent) & (Correction.turn == turn - 1))
        .order_by(Correction.id.desc())
        .first()
    )
    if found is None:
        return None
    return {
        "open": found is asked,
        "reason": found.reason,
        "remarks": mypage.remarks(sent, found),
        "until": short_date(found.until),
        "at": show_instant(found.requested_at),
    }


@get(f"{_PATH}/print", who=Who.CLERK)
def paper(id: int):
    sent = _look(id, "application_printed")
    record = submission.latest(sent)
    return page(
        "staff/application/print.html",
        **_heading(sent),
        record=record,
        resent=show_instant(record.at) if record.turn > 1 else "",
        groups=inquiry.answers(record),
        files=inquiry.files(record, f"{_home(id)}/files"),
        events=history.for_staff(sent),
        division=sent.division,
        assignee=review.assignee_name(sent),
        printed=mypage.now_words(),
        by=here().member.name,
        state=review.STATE_WORDS[Status(sent.status)],
    )


@get(f"{_PATH}/files/<file:int>", who=Who.CLERK)
def file(id: int, file: int):
    me = here().member
    sent = access.division_application(me, id)
    found = inquiry.sent_file(sent, file)
    stream = storage.open_stored(found.stored_as)
    audit.record("file_downloaded", staff=me, application=sent.id, division=sent.division_id, file=found.id)
    return download(stream, found.name, found.content_type, found.size)


# ---------------------------------------------------------------- acts without a page


@post(f"{_PATH}/start-review", who=Who.CLERK, again=show)
def start_review(id: int):
    sent = _look(id)
    application.start_review(sent, here().member, _revision())
    return to(_home(id))


@post(f"{_PATH}/assign", who=Who.CLERK, again=show)
def assign(id: int):
    sent, typed = _look(id), here().form.get("assignee")
    if typed and not (typed.isascii() and typed.isdecimal() and len(typed) < 10):
        raise Refusal("", {"q-assignee": "担当にする職員を選び直してください。"})
    application.assign(sent, here().member, _revision(), assignee=int(typed) if typed else None)
    return to(_home(id))


@post(f"{_PATH}/notes", who=Who.CLERK, again=show)
def add_note(id: int):
    notes.add(_look(id), here().member, here().form.get("note"))
    return to(_home(id) + "#notes")


# ---------------------------------------------------------------- acts with a page


@get(_ACT_PATH, who=Who.CLERK)
def ask(id: int, name: str):
    now, act = here(), ACTS[name]
    sent = _look(id, page=act.verb)
    can = act.verb in application.possible_for(now.member, sent)
    if not can and not now.posted:
        return to(_home(id))
    questions = act.questions(sent)
    return page(
        "staff/application/act.html",
        **_heading(sent),
        act=act,
        can=can,
        action=f"{_home(id)}/{name}",
        questions=questions,
        raw=_raw(sent, questions),
        rows=_remark_rows(sent) if name == "return" else [],
        appeal=letters.appeal(sent) if name == "reject" else "",
    )


def _raw(sent: Application, questions: list[dict[str, Any]]) -> dict[str, Any]:
    """What was typed; on the first look 補正の期限 is filled in."""
    form_page = {"key": "act", "questions": questions}
    if here().posted:
        return form.complete(form_page, form.read_page(form_page, here().form))
    until = application.default_until(sent).isoformat()
    return form.complete(form_page, {q["key"]: fields.raw_of(q, until) for q in questions if q["type"] == "date"})


def _remark_rows(sent: Application) -> list[dict[str, Any]]:
    """Every answer with what is remarked on it."""
    typed = here().form
    return [
        {"key": answer.key, "label": answer.label, "lines": answer.lines, "remark": typed.get(f"remark.{answer.key}")}
        for _, _, answers in inquiry.answers(submission.latest(sent))
        for answer in answers
    ]


@post(_ACT_PATH, who=Who.CLERK, again=ask)
def do(id: int, name: str):
    now, act = here(), ACTS[name]
    sent = _look(id)
    if now.member.role not in application.MOVES[act.verb].roles:
        raise Missing
    form_page = {"key": "act", "questions": act.questions(sent)}
    values, errors = form.check_page(form_page, form.read_page(form_page, now.form), {}, clock.today())
    if errors:
        raise Refusal("", errors)
    if name == "return":
        asked = form.questions(procedure.document_of(sent.form_version_id)["form"])
        values["remarks"] = remarks(asked, now.form.get)
    act.run(sent, now.member, _revision(), values)
    return to("/staff/" if name == "transfer" else _home(id))
