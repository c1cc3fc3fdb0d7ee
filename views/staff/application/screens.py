"""申請の審査: one application with everything that was sent, and the acts on it."""

from __future__ import annotations

from typing import Any

import clock
from models import Application, Status
from rules import Refusal
from rules.applications import (
    application,
    file_bundle,
    inquiry,
    issued_list,
    letters,
    message,
    mypage,
    notes,
    processing_time,
    review,
    submission,
)
from rules.counters import booking_list as visits
from rules.counters import case_words
from rules.forms import fields, form
from rules.procedures import procedure
from rules.records import history, numbering
from rules.records.access import Missing
from rules.values.calendar import near_date, show_instant
from views.staff.application import document_form
from views.staff.application.forms import ACTS, Act, remarks
from views.staff.application.ground import PATH, at_hand, hand_over, heading, home, look, revision
from web import Who, asked_number, get, here, page, post, to

# Decisions along with which a document can be issued.
_WITH_DOCUMENT = ("approve", "complete")
_ACT_PATH = f"{PATH}/<name:re:{'|'.join(ACTS)}>"


# ---------------------------------------------------------------- looking


@get(PATH, who=Who.CLERK)
def show(id: int):
    wanted, now = asked_number("turn"), here()
    sent = look(id, turn=wanted)
    turns = submission.turns(sent)
    record = next((turn for turn in turns if turn.turn == wanted), turns[-1])
    earlier = turns[record.turn - 2] if record.turn > 1 else None
    groups = inquiry.answers(record, earlier)
    document = procedure.document_of(sent.form_version_id)
    return page(
        "staff/application/show.html",
        **heading(sent),
        record=record,
        resent=show_instant(record.at),
        latest=record is turns[-1],
        turns=[(turn.turn, show_instant(turn.at)) for turn in turns],
        groups=groups,
        changed=sum(answer.changed for _, _, answers in groups for answer in answers),
        files=inquiry.files(record, f"{home(id)}/files"),
        events=history.for_staff(sent),
        correction=_correction(sent, record.turn),
        acts=_acts(sent),
        assignee=review.assignee_name(sent),
        assignable=application.assignable(sent),
        used=review.days_used(sent, document, clock.today()),
        **_talk(sent),
        desk=issued_list.desk(sent),
        visits=visits.of_application(now.member, sent),
        file_count=file_bundle.count(sent),
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
    found = asked or inquiry.asked_for(sent, turn)
    if found is None:
        return None
    return {
        "open": found is asked,
        "reason": found.reason,
        "remarks": mypage.remarks(sent, found),
        "until": near_date(found.until),
        "at": show_instant(found.requested_at),
    }


def _talk(sent: Application) -> dict[str, Any]:
    """やりとり, and what was just typed there."""
    messages = message.for_staff(sent)
    return {
        "messages": messages,
        "waiting": sum(entry.waiting for entry in messages),
        "seen": messages[-1].id if messages else 0,
        "text": here().form.get("text"),
        "mailed": letters.reaches(sent),
        "longest": message.LONGEST,
    }


@get(f"{PATH}/compare", who=Who.CLERK)
def compare(id: int):
    wanted = asked_number("turn")
    sent = look(id, turn=wanted)
    record, earlier = inquiry.two_turns(sent, wanted)
    asked = inquiry.asked_for(sent, record.turn)
    return page(
        "staff/application/compare.html",
        **heading(sent),
        groups=inquiry.answers(record, earlier),
        turn=record.turn,
        earlier_at=show_instant(earlier.at),
        at=show_instant(record.at),
        asked=asked,
        remarks=mypage.remarks(sent, asked) if asked else [],
        turns=[(turn.turn, show_instant(turn.at)) for turn in submission.turns(sent)[1:]],
    )


@get(f"{PATH}/print", who=Who.CLERK)
def paper(id: int):
    sent = look(id, "application_printed")
    record = submission.latest(sent)
    return page(
        "staff/application/print.html",
        **heading(sent),
        record=record,
        resent=show_instant(record.at) if record.turn > 1 else "",
        groups=inquiry.answers(record),
        files=inquiry.files(record, f"{home(id)}/files"),
        events=history.for_staff(sent),
        division=sent.division,
        assignee=review.assignee_name(sent),
        printed=mypage.now_words(),
        by=here().member.name,
        state=review.STATE_WORDS[Status(sent.status)],
    )


@get(f"{PATH}/files/<file:int>", who=Who.CLERK)
def file(id: int, file: int):
    sent = at_hand(id)
    return hand_over(sent, inquiry.sent_file(sent, file))


# ---------------------------------------------------------------- acts without a page


@post(f"{PATH}/start-review", who=Who.CLERK, again=show)
def start_review(id: int):
    sent = at_hand(id)
    application.start_review(sent, here().member, revision())
    return to(home(id), said=_done("start_review"))


@post(f"{PATH}/assign", who=Who.CLERK, again=show)
def assign(id: int):
    sent, typed = at_hand(id), here().form.get("assignee")
    if typed and not (typed.isascii() and typed.isdecimal() and len(typed) < 10):
        raise Refusal("", {"q-assignee": "担当にする職員を選び直してください。"})
    application.assign(sent, here().member, revision(), assignee=int(typed) if typed else None)
    return to(home(id), said="担当を変えました。")


@post(f"{PATH}/notes", who=Who.CLERK, again=show)
def add_note(id: int):
    notes.add(at_hand(id), here().member, here().form.get("note"))
    return to(home(id) + "#notes", said="メモを残しました。")


@post(f"{PATH}/messages", who=Who.CLERK, again=show)
def talk(id: int):
    sent, now = at_hand(id), here()
    typed = now.form.get("seen")
    seen = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 19 else 0
    if now.form.act() == "no_answer":
        message.no_answer_needed(sent, now.member, seen)
        return to(home(id) + "#messages", said="返事は不要、としました。" + _came(sent, seen))
    message.answer(sent, now.member, now.form.get("text"), seen)
    return to(home(id) + "#messages", said="メッセージを送りました。" + _came(sent, seen))


def _came(sent: Application, seen: int) -> str:
    """What was not on the page when it was answered."""
    came = message.came_after(sent, seen)
    return "書いているあいだに、新しいメッセージが届きました。お読みください。" if came else ""


# ---------------------------------------------------------------- acts with a page


@get(_ACT_PATH, who=Who.CLERK)
def ask(id: int, name: str):
    now, act = here(), ACTS[name]
    sent = look(id, page=act.verb)
    can = act.verb in application.possible_for(now.member, sent)
    if not can and not now.posted:
        return to(home(id))
    questions = act.questions(sent)
    raw, rows = _raw(sent, questions), _remark_rows(sent) if name == "return" else []
    typed = any(raw[q["key"]] for q in questions if q["type"] == "long_text") or any(row["remark"] for row in rows)
    return page(
        "staff/application/act.html",
        **heading(sent),
        act=act,
        mailed=letters.reaches(sent),
        can=can,
        typed=now.posted and typed,
        action=f"{home(id)}/{name}",
        questions=questions,
        raw=raw,
        rows=rows,
        along=document_form.along(sent) if name in _WITH_DOCUMENT else None,
        appeal=letters.appeal(sent) if name == "reject" else "",
        visit=case_words.becomes(sent, act.verb) if can else None,
    )


def _raw(sent: Application, questions: list[dict[str, Any]]) -> dict[str, Any]:
    """What was typed; on the first look 補正の期限 is filled in."""
    form_page = {"key": "act", "questions": questions}
    if here().posted:
        return form.complete(form_page, form.read_page(form_page, here().form))
    until = processing_time.default_until(sent).isoformat()
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
    sent = at_hand(id)
    if now.member.role not in application.MOVES[act.verb].roles:
        raise Missing
    form_page = {"key": "act", "questions": act.questions(sent)}
    values, errors = form.check_page(form_page, form.read_page(form_page, now.form), {}, clock.today())
    chosen = document_form.upload() if name in _WITH_DOCUMENT else None
    if errors:
        raise Refusal("", errors if chosen is None else errors | {"q-file": document_form.again(chosen)})
    if name in _WITH_DOCUMENT and document_form.decided(sent, lambda: act.run(sent, now.member, revision(), values)):
        return to(home(id) + "#issued", said=_done(act.verb) + "交付物を登録しました。")
    if name == "return":
        asked = form.questions(procedure.document_of(sent.form_version_id)["form"])
        values["remarks"] = remarks(asked, now.form.get)
    act.run(sent, now.member, revision(), values)
    return to("/staff/" if name == "transfer" else home(id), said=_done(act.verb))


def _done(verb: str) -> str:
    """What an act says on the next page: as the history will say it."""
    return history.WORDS[application.MOVES[verb].event][0] + "。"
