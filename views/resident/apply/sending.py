"""内容の確認, sending, 完了: the end of an application's way; nothing is typed here any more."""

from __future__ import annotations

from typing import Any

from models import Application, Status, Submission
from rules import Refusal
from rules.applications import application, draft, draft_sheet, inquiry, inquiry_code, judging_days, mypage, submission
from rules.forms import form
from rules.procedures import guidance
from rules.records import access, numbering
from rules.records.access import Missing
from rules.values.calendar import near_date, show_instant
from rules.visits import booking, occasion, shown
from views.resident.apply.ground import kept_until, opened, page_path, path, steps, steps_of
from views.resident.apply.late import closed, explained
from views.resident.apply.screens import when_stopped
from web import Who, get, here, page, post, to


@get("/applications/<id:int>/confirm", who=Who.APPLICANT)
@explained
def confirm(id: int):
    written = opened(id)
    if written is None:
        return closed(id)
    document, ready = draft.document(written), submission.sheet(written)
    here().errors = {}
    asked_for, visit = _asked_for(written), shown.of_draft(written) if booking.is_step(written) else None
    groups = inquiry.confirm_groups(written, ready, lambda *place: page_path(written, *place), asked_for["earlier"])
    pages = form.pages(ready.form)
    titles = {p["key"]: p["title"] for p in pages}
    return page(
        "resident/apply/confirm.html",
        town=written.town,
        application=written,
        document=document,
        groups=groups,
        **asked_for,
        lacking=[
            (titles[key], page_path(written, key, next(iter(wrong))), list(wrong.values()))
            for key, wrong in ready.errors.items()
        ]
        + _no_time(written, visit),
        digest=ready.sha256,
        visit=visit,
        booked=shown.of_application(written) if visit is None and written.number else None,
        steps=steps_of(written, ready, "confirm"),
        kept_behind=draft_sheet.kept_behind_exit(written, ready.form),
        back=path(written, "visit") if visit else page_path(written, pages[-1]["key"]),
        kept_until=kept_until(written),
        why_not=draft_sheet.why_not_now(written),
        changes=draft_sheet.changes(written),
    )


def _no_time(written: Application, visit: shown.Held | None) -> list[tuple[str, str, list[str]]]:
    """来庁の日時 among what is lacking, where it is."""
    return [("来庁の日時", path(written, "visit"), [visit.wrong])] if visit is not None and visit.wrong else []


def _asked_for(written: Application) -> dict[str, Any]:
    """Of a correction: what the office asked for, and what was sent before."""
    correction = submission.open_correction(written)
    if correction is None:
        return {"correction": None, "remarks": [], "earlier": None}
    earlier = submission.latest(written)
    return {"correction": correction, "remarks": mypage.remarks(written, correction), "earlier": earlier}


@post("/applications/<id:int>/submit", who=Who.APPLICANT, again=confirm, when_stopped=when_stopped)
@explained
def submit(id: int):
    now = here()
    draft.keep_anew(access.own_application(now.person, id))
    try:
        booking.send(now.person, id, now.form.get("digest"), now.form.get("visit"))
    except Missing:
        # Another window has sent it, or staff went on with it.
        if opened(id) is not None:
            raise
        return closed(id)
    except submission.Changed:
        raise Refusal(
            "このページを開いたあとで内容が変わったため、まだ送っていません。いまの内容をお確かめのうえ、もう一度押してください。"
        ) from None
    return to(f"/applications/{id}/done")


@get("/applications/<id:int>/done", who=Who.APPLICANT)
def done(id: int):
    sent = access.own_application(here().person, id)
    if sent.status == Status.DRAFT or sent.number is None:
        raise Missing
    record = submission.latest(sent)
    return page(
        "resident/apply/done.html",
        town=sent.town,
        application=sent,
        document=draft.document(sent),
        number=numbering.grouped(sent.number),
        code=inquiry_code.grouped(inquiry_code.of(sent)),
        look_again=near_date(inquiry_code.look_again(sent)),
        arrived=show_instant(sent.submitted_at),
        resent=show_instant(record.at) if record.turn > 1 else "",
        due=application.due_words(sent),
        # Who corrected something has read it, and is further on.
        after=guidance.blocks(draft.document(sent)["guidance"].get("after", "")) if record.turn == 1 else [],
        division=sent.division,
        visit=shown.of_application(sent),
        booking=occasion.when(draft.document(sent)) == occasion.BOOKING,
        steps=steps(_asked(sent, record), "done", visit=record.turn == 1 and occasion.with_form(draft.document(sent))),
    )


def _asked(sent: Application, record: Submission) -> form.Form:
    """The form as far as it was asked."""
    return form.shown_with(draft.document(sent)["form"], submission.values_of(record), judging_days.of(record))
