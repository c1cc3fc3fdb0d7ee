"""What the tests of publishing and of versions share: where a procedure is, and a clerk's change to its draft."""

from __future__ import annotations

import json

from cast_acts import as_staff

import demo
from models import AuditEntry, Procedure
from rules.procedures import editing, procedure


def path(row: Procedure, rest: str = "") -> str:
    return f"/staff/procedures/{row.id}" + (f"/{rest}" if rest else "")


def fresh(row: Procedure) -> Procedure:
    return Procedure.get_by_id(row.id)


def with_paper_forms(cast) -> None:
    """The cast's dog registration with the paper form its file names."""
    folder = demo.STARTER / "procedures"
    document = json.loads((folder / "dog-registration.json").read_text(encoding="utf-8"))
    procedure.load(cast.town, document, forms=folder / "forms")


def edit(cast, act, row: Procedure | None = None) -> Procedure:
    """A clerk changes the draft."""
    row = fresh(row or cast.dogs)
    return editing.change(as_staff(cast.clerk), row.id, row.revision, act)


def question(document: dict, key: str) -> dict:
    return next(q for page in document["form"]["pages"] for q in page["questions"] if q["key"] == key)


def without_color(document: dict) -> None:
    for page in document["form"]["pages"]:
        page["questions"] = [q for q in page["questions"] if q["key"] != "color"]


def renamed(name: str):
    def act(document: dict) -> None:
        document["name"] = name

    return act


def acts() -> list[str]:
    return [row.act for row in AuditEntry.select().order_by(AuditEntry.id)]


def press_publish(browser, row: Procedure, **typed) -> None:
    browser.visit(path(row, "publish"))
    if typed:
        browser.fill(**typed)
    browser.press("公開する")
