"""交付物: the applicant downloads what was issued, and prints a list of it."""

from __future__ import annotations

from rules import access, issued_document, issued_list, mypage
from views.resident.inquiry import screens
from web import Who, download, get, here, page, to


@get("/applications/<id:int>/issued/<document:int>", who=Who.APPLICANT, heavy=True)
def take(id: int, document: int):
    now, sent = here(), screens.sent_application(id)
    found = issued_document.hand_out(sent, now.person, document, noted=not now.only_asks)
    if found is None:
        # The page says why, and whom to call.
        return to(f"/applications/{id}#issued")
    row, stream = found
    return download(stream, row.name, row.content_type, row.size)


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
