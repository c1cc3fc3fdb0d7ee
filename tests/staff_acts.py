"""What the tests of an application in the hands of staff share: where it is, how it stands, how a button is pressed."""

from __future__ import annotations

import models
from models import Application, AuditEntry, Status


def path(row: Application, rest: str = "") -> str:
    return f"/staff/applications/{row.id}" + (f"/{rest}" if rest else "")


def state(row: Application) -> str:
    return Application.get_by_id(row.id).status


def acts(of: Application) -> list[tuple[str, dict]]:
    rows = AuditEntry.select().where(AuditEntry.application == of).order_by(AuditEntry.id)
    return [(row.act, row.detail) for row in rows]


def put_into(row: Application, status: Status) -> None:
    """Set the stage: a state the test does not care how it came about."""
    with models.transaction():
        Application.update(status=status).where(Application.id == row.id).execute()


def press(browser, row: Application, button: str, **typed):
    """Press an act on the application's page, fill in what it asks and press it again there."""
    browser.visit(path(row))
    browser.press(button)
    if typed:
        browser.fill(**typed)
    return browser.press(button)


def token(browser) -> str:
    """The csrf token of whoever is signed in there."""
    page = browser.visit("/staff/audit")
    return next(form["csrf"].value for form in page.forms.values() if "csrf" in form.fields)
