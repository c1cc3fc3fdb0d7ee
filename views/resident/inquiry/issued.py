"""交付物: the applicant downloads what was issued, and prints a list of it."""

from __future__ import annotations

import clock
from models import Application
from rules.applications import issued_document, issued_list, mypage
from rules.records import access
from views.resident.inquiry import screens
from web import Who, download, get, here, page, to


@get("/applications/<id:int>/issued/<document:int>", who=Who.APPLICANT, heavy=True)
def take(id: int, document: int):
    now, sent = here(), screens.sent_application(id)
    found = issued_document.hand_out(sent, now.person, document, noted=not now.only_asks)
    if found is None:
        # The page says whom to call.
        return to(f"/applications/{id}#issued", said="" if now.only_asks else _why_not(sent, document))
    row, stream = found
    return download(stream, row.name, row.content_type, row.size)


def _why_not(sent: Application, document: int) -> str:
    row = issued_document.one(sent, document)
    if row.withdrawn_at:
        return "この交付物は、役場が取り消しました。下の「交付物」をご覧ください。"
    if clock.today() > row.until:
        return "この交付物は、期限が過ぎています。下の「交付物」をご覧ください。"
    return "この交付物は、役場で調べているため、いまはお渡しできません。担当の課にお問い合わせください。"


@get("/applications/<id:int>/issued", who=Who.APPLICANT)
def copy(id: int):
    """交付物の控え, on A4."""
    sent = screens.sent_application(id)
    unseen, entries = issued_document.unseen(sent), issued_list.for_resident(sent)
    if not entries:
        raise access.Missing
    drawn = page(
        "resident/inquiry/issued_print.html", **screens.about(sent), entries=entries, printed=mypage.now_words()
    )
    screens.note_issued(sent, unseen)
    return drawn
