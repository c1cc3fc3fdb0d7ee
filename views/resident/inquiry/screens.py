"""申請内容照会: an application from sending to result, its files, the printed receipt."""

from __future__ import annotations

from models import Application, Status
from rules import access, history, inquiry, letters, mypage, numbering, procedure, storage, submission
from rules.calendar import short_date, show_instant
from web import Who, download, get, here, page, to


@get("/applications/<id:int>", who=Who.APPLICANT)
def application(id: int):
    sent = access.own_application(here().person, id)
    if sent.status == Status.DRAFT:
        return to(f"/applications/{id}/draft")
    turns = submission.turns(sent)
    correction = submission.open_correction(sent)
    return page(
        "resident/inquiry/application.html",
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
        "resident/inquiry/receipt.html",
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
