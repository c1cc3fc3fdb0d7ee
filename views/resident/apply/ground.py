"""What the pages of an application in the making share: their addresses, their form, until when they are kept."""

from __future__ import annotations

from typing import Any

from models import Application, Status
from rules.applications import draft, draft_term, submission
from rules.forms import form
from rules.records import access
from rules.records.access import Missing
from rules.values.calendar import near_date, show_instant
from rules.visits import booking
from web import here

# The step 来庁の日時 beside the pages of a form, none of which can have this key.
VISIT = "/visit"


def path(written: Application, rest: str) -> str:
    """The address of a page of this application."""
    return f"/applications/{written.id}/{rest}"


def page_path(written: Application, key: str, anchor: str = "") -> str:
    """The address of an input page, or of a question on it."""
    return path(written, f"pages/{key}") + (f"#{anchor}" if anchor else "")


def form_page(written: Application, key: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The procedure's document and the page of that key in it, or Missing."""
    document = draft.document(written)
    found = form.page(document["form"], key)
    if found is None:
        raise Missing
    return document, found


def steps(document_form: dict[str, Any], here_key: str, *, visit: bool = False) -> list[tuple[str, str]]:
    """The pages that are asked, 来庁の日時 where one is chosen, 内容の確認 and 完了, with how far one is."""
    keys = [(p["key"], p["title"]) for p in document_form["pages"] if "exit" not in p]
    keys += [(VISIT, "来庁の日時")] * visit + [("confirm", "内容の確認"), ("done", "完了")]
    at = [key for key, _ in keys].index(here_key)
    return [(title, "done" if i < at else "here" if i == at else "todo") for i, (_, title) in enumerate(keys)]


def steps_of(written: Application, reading: form.Reading | submission.Sheet, here_key: str) -> list[tuple[str, str]]:
    """The same for an application; an exit that lies ahead does not hide the pages behind it."""
    whole = draft.reading(written, past_exit=True).form if form.exit_page(reading.form) else reading.form
    return steps(whole, here_key, visit=booking.is_step(written))


def opened(id: int) -> Application | None:
    """The draft or returned application, or None when it has been sent or taken up meanwhile.

    What was posted from a page that was open when its time ran out may still be saved.
    """
    own = access.own_application(here().person, id)
    if own.number is not None and own.status != Status.RETURNED:
        return None
    return draft.opened(own, late=here().posted)


def kept_until(written: Application) -> str:
    """The last day a draft is kept, in words; "" for a correction."""
    if written.status != Status.DRAFT or written.expires_at is None:
        return ""
    if written.resident_id is None:
        return show_instant(written.expires_at)
    return near_date(draft_term.last_day(written))
