"""What the pages of an application in the making share: their addresses, their form, until when they are kept."""

from __future__ import annotations

from typing import Any

from models import Application, Status
from rules.applications import draft, draft_term
from rules.forms import form
from rules.records.access import Missing
from rules.values.calendar import near_date, show_instant


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


def kept_until(written: Application) -> str:
    """The last day a draft is kept, in words; "" for a correction."""
    if written.status != Status.DRAFT or written.expires_at is None:
        return ""
    if written.resident_id is None:
        return show_instant(written.expires_at)
    return near_date(draft_term.last_day(written))
