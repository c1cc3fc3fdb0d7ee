"""保存した手続き: the page of a draft that says it is not sent; going on, discarding, beginning with a copy."""

from __future__ import annotations

from models import Status
from rules.applications import draft, draft_sheet, earlier
from rules.forms import form
from rules.records import access
from rules.values.calendar import show_instant
from rules.visits import booking, shown
from views.resident.apply.ground import form_page, kept_until, page_path
from views.resident.apply.late import explained
from web import Who, asked, get, here, page, post, to


@get("/applications/<id:int>/draft", who=Who.RESIDENT)
@explained
def saved(id: int):
    own = access.own_application(here().person, id)
    if own.status != Status.DRAFT:
        return to(f"/applications/{id}")
    written = draft.opened(own)
    asked_now = draft.reading(written).form
    return page(
        "resident/apply/draft.html",
        town=written.town,
        application=written,
        document=draft.document(written),
        saved_at=show_instant(written.saved_at),
        kept_until=kept_until(written),
        parts=[(part, page_path(written, part.key)) for part in draft_sheet.parts(written)],
        here_page=_here_page(written),
        stop=form.exit_page(asked_now),
        kept_behind=draft_sheet.kept_behind_exit(written, asked_now),
        changes=draft_sheet.changes(written),
        page_path=lambda key: page_path(written, key),
        why_not=draft_sheet.why_not_now(written) or booking.no_counter(written),
        visit=shown.of_draft(written) if booking.is_step(written) else None,
        copied=bool(asked("copied", 1)),
        taken=bool(asked("taken", 1)),
        division=written.procedure.division,
    )


def _here_page(written):
    """The title of the page it stopped on; a form that changed may have lost it."""
    return form_page(written, written.page)[1]["title"]


@post("/applications/<id:int>/resume", who=Who.APPLICANT)
@explained
def resume(id: int):
    written = draft.editable(here().person, id, late=True)
    draft.keep_anew(written)
    return to(page_path(written, written.page))


@get("/applications/<id:int>/discard", who=Who.APPLICANT)
@explained
def ask_discard(id: int):
    own = access.own_application(here().person, id)
    if own.status != Status.DRAFT:
        return to(f"/applications/{id}")
    written = draft.opened(own)
    return page("resident/apply/discard.html", town=written.town, application=written, document=draft.document(written))


@post("/applications/<id:int>/discard", who=Who.APPLICANT)
@explained
def discard(id: int):
    own = access.own_application(here().person, id)
    if own.status != Status.DRAFT:
        return to(f"/applications/{id}")
    draft.discard(draft.opened(own, late=True))
    place = "/mypage/drafts" if own.resident_id is not None else f"/procedures/{own.procedure_id}"
    return to(place, said="保存した内容を破棄しました。")


@post("/applications/<id:int>/copy", who=Who.RESIDENT)
def copy(id: int):
    """前回の申請を写す: first what is open already is shown, unless it was seen."""
    person = here().person
    sent = access.own_application(person, id)
    wanted = earlier.same_procedure(sent)
    if "act_new" not in here().form and draft.others_open(wanted, person):
        return to(f"/procedures/{wanted.id}/existing?copy={sent.id}")
    return to(f"/applications/{earlier.copy(sent, person).id}/draft?copied=1")
