"""標準処理期間: until when an application is to be dealt with, and how the count stands still while it is returned."""

from __future__ import annotations

from collections.abc import Container
from datetime import date, timedelta
from typing import Any

import clock
from models import Application
from rules.procedures import keys, procedure
from rules.town import closing_day
from rules.values.calendar import NONE, add_business_days, business_days_between, is_business_day

Document = dict[str, Any]


def by_calendar(document: Document) -> bool:
    """Whether the days of a procedure are days of the calendar (a limit set by law), not business days."""
    return bool(document.get("standard_days_by") == "calendar")


def count(document: Document, first: date, last: date, closed: Container[date] = NONE) -> int:
    """How many of a procedure's days come after the first day, the last counted; negative the other way round."""
    return (last - first).days if by_calendar(document) else business_days_between(first, last, closed)


def due_from(document: Document, days: int | None, start: date, closed: Container[date] = NONE) -> date | None:
    """The day so many days end; the day of arrival does not count. Fewer than none: so long ago."""
    if days is None:
        return None
    if by_calendar(document):
        return start + timedelta(days=days)
    if days >= 0:
        return add_business_days(start, days, closed)
    day = start
    while days < 0:
        day -= timedelta(days=1)
        days += is_business_day(day, closed)
    return day


def begun(town: int, document: Document, on: date) -> date | None:
    """期限 of what arrives on a day; None where the procedure promises nothing."""
    return due_from(document, document["standard_days"], on, closing_day.days(town))


def days_left(sent: Application) -> int | None:
    """How many days are left today, as they are kept while the application is returned."""
    if sent.due_on is None:
        return None
    document = procedure.document_of(sent.form_version_id)
    return count(document, clock.today(), sent.due_on, closing_day.days(sent.town_id))


def resumed(sent: Application, on: date) -> dict[str, Any]:
    """The columns by which the count goes on where the return stopped it."""
    document = procedure.document_of(sent.form_version_id)
    return {"due_on": due_from(document, sent.days_left, on, closing_day.days(sent.town_id)), "days_left": None}


def default_until(sent: Application) -> date:
    """補正の期限 as prefilled: the procedure's correction days from today."""
    document = procedure.document_of(sent.form_version_id)
    days = document["correction_days"] or keys.USUAL_CORRECTION_DAYS
    until, closed = clock.today() + timedelta(days=days), closing_day.days(sent.town_id)
    return until if is_business_day(until, closed) else add_business_days(until, 1, closed)
