"""申請内容照会: an application from sending to result, its two versions, its files and what is printed of it."""

from __future__ import annotations

from functools import partial
from typing import Any

import clock
from models import Application, Status
from rules.applications import application as moves
from rules.applications import (
    inquiry,
    inquiry_code,
    issued_document,
    issued_list,
    letters,
    looks,
    message,
    mypage,
    submission,
)
from rules.files import storage
from rules.procedures import procedure
from rules.records import access, history, numbering
from rules.values.calendar import near_date, show_instant
from rules.visits import occasion, shown
from web import Who, asked_number, download, get, here, page, to


def sent_application(id: int) -> Application:
    """An application of one's own that was sent, or 404."""
    sent = access.own_application(here().person, id)
    if sent.number is None:
        raise access.Missing
    return sent


def about(sent: Application, *crumbs: tuple[str, str | None]) -> dict[str, Any]:
    """What every page of an application names; without an account there is no マイページ to go back to."""
    way = [("マイページ", "/mypage"), ("申請履歴一覧・検索", "/mypage/history")]
    if sent.resident_id is None:
        way = [("申請状況の照会", "/inquiry")]
    home = f"/applications/{sent.id}" if crumbs else None
    return {
        "town": sent.town,
        "application": sent,
        "document": procedure.document_of(sent.form_version_id),
        "number": numbering.grouped(sent.number),
        "arrived": show_instant(sent.submitted_at),
        "division": sent.division,
        "crumbs": [*way, ("申請内容照会", home), *crumbs],
    }


@get("/applications/<id:int>", who=Who.APPLICANT)
def application(id: int):
    sent = access.own_application(here().person, id)
    if sent.status == Status.DRAFT:
        return to(f"/applications/{id}/draft")
    turns, unseen = submission.turns(sent), issued_document.unseen(sent)
    drawn = page(
        "resident/inquiry/application.html",
        **{**about(sent), **_state(sent), **_visit(sent)},
        **_issued(sent),
        **_talk(sent),
        corrected=len(turns) > 1,
        groups=inquiry.answers(turns[-1], turns[-2] if len(turns) > 1 else None),
        files=inquiry.files(turns[-1], f"/applications/{id}/files", for_resident=True),
        events=history.for_resident(sent),
        looks=looks.of(sent.id),
        can_withdraw=moves.possible(sent, "withdraw"),
        open=sent.status in moves.OPEN,
        can_copy=sent.resident_id is not None and sent.procedure.listed_as is not None,
    )
    note_issued(sent, unseen)
    return drawn


def _state(sent: Application) -> dict[str, Any]:
    """Where it stands: what the state means, what is to be corrected, what was decided."""
    correction = submission.open_correction(sent)
    return {
        "meaning": mypage.meaning(sent),
        "correction": correction,
        "until": near_date(correction.until) if correction else "",
        "late": correction is not None and correction.until < clock.today(),
        "remarks": mypage.remarks(sent, correction) if correction else [],
        "unsent": submission.unsent_changes(sent),
        "first_page": mypage.first_page_to_correct(sent, correction),
        "decisions": mypage.decisions(sent),
        "appeal": letters.appeal(sent) if sent.status == Status.REJECTED else "",
    }


def _visit(sent: Application) -> dict[str, Any]:
    """来庁: what was booked, and what there is to do about it; of a booking it is what one waits for."""
    visit, ahead = shown.of_application(sent), occasion.ahead_of(sent)
    found: dict[str, Any] = {"visit": visit, "ahead": ahead}
    if sent.status == Status.SUBMITTED and occasion.when(occasion.document_of(sent)) == occasion.BOOKING:
        if visit is not None and visit.live:
            found["meaning"] = "予約した日時に、窓口にお越しください。"
        elif visit is not None and visit.over:
            found["meaning"] = "予約した日時は、過ぎました。"
        elif ahead.bookable:
            found["meaning"] = "申込みは届いていますが、来庁の日時が決まっていません。"
    return found


def _issued(sent: Application) -> dict[str, Any]:
    entries = issued_list.for_resident(sent)
    return {"issued": entries, "issues": bool(entries) or issued_list.expected(sent)}


def note_issued(sent: Application, last: int) -> None:
    """交付物 that a page shows for the first time, up to the `last` one, are noted once it is drawn."""
    if last:
        now = here()
        now.notes.append(partial(issued_document.seen, sent, now.person, last))


def _talk(sent: Application) -> dict[str, Any]:
    """やりとり, and what was just typed there."""
    last = message.last_day(sent)
    return {
        "messages": message.for_resident(sent),
        "can_write": message.can_write(sent),
        "write_until": near_date(last) if last else "",
        "typed": here().form.get("text"),
        "longest": message.LONGEST,
    }


@get("/applications/<id:int>/compare", who=Who.APPLICANT)
def compare(id: int):
    sent = sent_application(id)
    record, earlier = inquiry.two_turns(sent, asked_number("turn"))
    asked = inquiry.asked_for(sent, record.turn)
    return page(
        "resident/inquiry/compare.html",
        **about(sent, ("前回と今回の内容", None)),
        groups=inquiry.answers(record, earlier),
        turn=record.turn,
        earlier_at=show_instant(earlier.at),
        at=show_instant(record.at),
        asked=asked,
        remarks=mypage.remarks(sent, asked) if asked else [],
        turns=[(turn.turn, show_instant(turn.at)) for turn in submission.turns(sent)[1:]],
    )


@get("/applications/<id:int>/receipt", who=Who.APPLICANT)
def receipt(id: int):
    sent = sent_application(id)
    record = submission.latest(sent)
    return page(
        "resident/inquiry/receipt.html",
        **about(sent),
        resent=show_instant(record.at) if record.turn > 1 else "",
        groups=inquiry.answers(record),
        files=inquiry.files(record, f"/applications/{id}/files", for_resident=True),
        digest=record.sha256,
        visit=shown.of_application(sent),
        booking=occasion.when(occasion.document_of(sent)) == occasion.BOOKING,
        code=inquiry_code.grouped(inquiry_code.of(sent)),
        address=inquiry_code.page_address(),
        printed=mypage.now_words(),
    )


@get("/applications/<id:int>/result", who=Who.APPLICANT)
def result(id: int):
    sent = sent_application(id)
    decisions = mypage.decisions(sent)
    if not decisions:
        raise access.Missing
    facts = about(sent)
    return page(
        "resident/inquiry/result.html",
        **facts,
        decisions=decisions,
        fee=letters.fee_words(facts["document"]),
        appeal=letters.appeal(sent) if sent.status == Status.REJECTED else "",
        printed=mypage.now_words(),
    )


@get("/applications/<id:int>/files/<file:int>", who=Who.APPLICANT, heavy=True)
def file(id: int, file: int):
    found = inquiry.sent_file(sent_application(id), file)
    return download(storage.open_stored(found), found.name, found.content_type, found.size)
