"""「住所を探す」 on an input page: the places of the postal code that was typed, and taking one of them."""

from __future__ import annotations

from typing import Any

from models import Application
from rules.applications import draft
from rules.forms import form
from rules.records import postal_code
from views.resident.apply.ground import path
from web import asked


def shown(written: Application, form_page: dict[str, Any]) -> dict[str, postal_code.Finding] | None:
    """By question key what was found; None on a page where nothing can be looked up."""
    keys = [q["key"] for q in form_page["questions"] if q["type"] == "address"]
    if not keys or not postal_code.any_loaded():
        return None
    key = asked("find", 50)
    if key not in keys:
        return {}
    typed = _typed(written, form_page, key)["postal_code"]
    return {key: postal_code.Finding(postal_code.candidates(typed), postal_code.place_of(typed, asked("kept", 20)))}


def handle(written: Application, form_page: dict[str, Any], act: str, about: str) -> str | None:
    """The path to go on to after `act_find.KEY` or `act_take.KEY.PLACE`; None for any other act.

    What was typed is saved already. A place is taken only where it fits the postal code as it is typed now.
    """
    key, _, number = about.partition(".")
    addresses = [q["key"] for q in form_page["questions"] if q["type"] == "address"]
    if act not in ("find", "take") or key not in addresses:
        return None
    raw = _typed(written, form_page, key)
    place = postal_code.place_of(raw["postal_code"], number)
    page = path(written, f"pages/{form_page['key']}")
    if act == "find" or place is None:
        return f"{page}?find={key}#q-{key}-postal_code"
    address = postal_code.completed(place, raw["address"])
    if address is None:
        return f"{page}?find={key}&kept={place.id}#q-{key}-postal_code"
    filled = raw | {"prefecture": place.prefecture, "address": address}
    draft.save_page(written, form_page, {key: filled})
    return f"{page}#q-{key}-address"


def _typed(written: Application, form_page: dict[str, Any], key: str) -> dict[str, str]:
    found: dict[str, str] = form.complete(form_page, written.answers)[key]
    return found
