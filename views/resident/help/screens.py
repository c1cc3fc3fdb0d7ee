"""ご案内: what a town tells about its counter, and whom to ask."""

from __future__ import annotations

from rules.records import towns
from rules.records.access import Missing
from rules.town import contact, page_text
from web import Who, get, page, to


@get("/help/<name>", who=Who.ANYONE)
def without_town(name: str):
    title, alone = page_text.title(name), towns.only_town()
    if alone is not None:
        return to(towns.help_path(alone, name))
    return page(
        "resident/help/towns.html",
        private=False,
        title=title,
        text=page_text.shown(None, name) if name in page_text.SHARED else None,
        links=[(town.name, towns.help_path(town, name)) for town in towns.every()],
    )


@get("/towns/<code:re:[0-9]{6}>/help/<name>", who=Who.ANYONE)
def of_town(code: str, name: str):
    town = towns.open_town(code)
    if town is None:
        raise Missing
    is_contact = name == "contact"
    return page(
        "resident/help/page.html",
        town=town,
        private=False,
        text=page_text.shown(town, name),
        offices=contact.offices(town) if is_contact else None,
        duties=contact.duties(town) if is_contact else [],
        procedures_path=towns.procedures_path(town),
        contact_path=towns.help_path(town, "contact"),
    )
