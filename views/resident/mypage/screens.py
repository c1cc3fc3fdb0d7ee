"""マイページ: what there is to do, drafts, history, an application from sending to result, the printed receipt."""

from __future__ import annotations

from models import Application, Resident, Status
from rules import access, history, inquiry, letters, mypage, numbering, procedure, profile, storage, submission
from rules.calendar import short_date, show_instant
from web import Pager, Who, asked, asked_page, download, get, here, page, to


@get("/mypage", who=Who.RESIDENT)
def front():
    person = here().person
    resident = Resident.get_by_id(person.resident)
    return page(
        "resident/mypage/front.html",
        to_do=mypage.to_do(person),
        recent=mypage.recent(person),
        drafts=mypage.drafts(person),
        last_login=show_instant(resident.previous_login_at) if resident.previous_login_at else "",
    )


@get("/mypage/account", who=Who.RESIDENT)
def account():
    resident = Resident.get_by_id(here().person.resident)
    return page("resident/mypage/account.html", rows=profile.rows(resident))


@get("/mypage/saved", who=Who.RESIDENT)
def saved():
    return page("resident/mypage/saved.html")


@get("/mypage/drafts", who=Who.RESIDENT)
def drafts():
    return page("resident/mypage/drafts.html", drafts=mypage.drafts(here().person))


@get("/mypage/applications", who=Who.RESIDENT)
def applications():
    return page("resident/mypage/applications.html")


@get("/mypage/history", who=Who.RESIDENT)
def past():
    words = asked("words")
    found = mypage.past(here().person, words=words, page=asked_page())
    pager = Pager.of(found.total_label, "/mypage/history", found.previous, found.next, words=words)
    return page("resident/mypage/history.html", found=found, words=words, pager=pager)


@get("/applications/<id:int>", who=Who.APPLICANT)
def application(id: int):
    sent = access.own_application(here().person, id)
    if sent.status == Status.DRAFT:
        return to(f"/applications/{id}/draft")
    turns = submission.turns(sent)
    correction = submission.open_correction(sent)
    return page(
        "resident/mypage/application.html",
        town=sent.town,
        application=sent,
        document=procedure.document_of(sent.form_version_id),
        number=numbering.grouped(sent.number),
        arrived=show_instant(sent.submitted_at),
        meaning=mypage.meaning(sent),
        correction=correction,
        until=short_date(correction.until) if correction else "",
        remarks=mypage.remarks(sent, correction) if correction else [],
        groups=inquiry.answers(turns[-1], turns[-2] if len(turns) > 1 else None),
        files=inquiry.files(turns[-1], f"/applications/{id}/files", for_resident=True),
        events=history.for_resident(sent),
        decisions=mypage.decisions(sent),
        appeal=letters.appeal(sent) if sent.status == Status.REJECTED else "",
        division=sent.division,
        unsent=submission.unsent_changes(sent),
        first_page=mypage.first_page_to_correct(sent, correction),
    )


@get("/applications/<id:int>/receipt", who=Who.APPLICANT)
def receipt(id: int):
    sent = _sent(id)
    record = submission.latest(sent)
    return page(
        "resident/mypage/receipt.html",
        town=sent.town,
        application=sent,
        document=procedure.document_of(record.form_version_id),
        number=numbering.grouped(sent.number),
        arrived=show_instant(sent.submitted_at),
        resent=show_instant(record.at) if record.turn > 1 else "",
        groups=inquiry.answers(record),
        files=inquiry.files(record, f"/applications/{id}/files", for_resident=True),
        digest=record.sha256,
        division=sent.division,
        printed=mypage.now_words(),
    )


@get("/applications/<id:int>/files/<file:int>", who=Who.APPLICANT)
def file(id: int, file: int):
    found = inquiry.sent_file(_sent(id), file)
    return download(storage.open_stored(found.stored_as), found.name, found.content_type, found.size)


def _sent(id: int) -> Application:
    sent = access.own_application(here().person, id)
    if sent.number is None:
        raise access.Missing
    return sent
