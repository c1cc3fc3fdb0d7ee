"""手続きを探す: portal, town page, 手続き一覧, 手続案内."""

from __future__ import annotations

import bottle

from models import Town
from rules import finding, guidance, procedure, surroundings
from rules.access import Missing
from web import Pager, Who, get, page


def _town(code: str | None) -> Town:
    found = surroundings.only_town() if code is None else Town.get_or_none((Town.code == code) & Town.closed_at.is_null())
    if found is None:
        raise Missing
    return found


@get("/", who=Who.ANYONE)
def front():
    town = surroundings.only_town()
    if town is None:
        return page("resident/finding/portal.html", towns=surroundings.towns(), private=False)
    return town_page(town.code)


@get("/towns/<code:re:[0-9]{6}>", who=Who.ANYONE)
def town_page(code: str):
    town = _town(code)
    return page(
        "resident/finding/town.html",
        town=town,
        private=False,
        categories=finding.categories(town),
        procedures_path=surroundings.procedures_path(town),
    )


@get("/procedures", who=Who.ANYONE)
def only_list():
    return procedures(_town(None).code)


@get("/towns/<code:re:[0-9]{6}>/procedures", who=Who.ANYONE)
def procedures(code: str):
    town, asked = _town(code), bottle.request.query
    words = asked.getunicode("words", "")[:200]
    category = int(asked.category) if asked.category.isdecimal() else None
    number = min(int(asked.page), 10_000) if asked.page.isdecimal() and int(asked.page) else 1
    found = finding.find(town, words=words, category=category, page=number)
    here = surroundings.procedures_path(town)

    before, after = (number - 1 if number > 1 else None), (number + 1 if found.has_next else None)
    label = f"{found.total_words}のうち {number}ページ目"
    return page(
        "resident/finding/procedures.html",
        town=town,
        private=False,
        action=here,
        words=words,
        category=category,
        categories=finding.categories(town),
        found=found,
        pager=Pager.of(label, here, before, after, words=words, category=category or ""),
    )


@get("/procedures/<id:int>", who=Who.ANYONE)
def guide(id: int):
    wanted = procedure.listed(id)
    _, document = procedure.published(wanted)
    return page(
        "resident/finding/guidance.html",
        town=wanted.town,
        private=False,
        procedure=wanted,
        document=document,
        facts=guidance.facts(document),
        sections=guidance.sections(document),
        files=guidance.files(document),
        is_open=procedure.is_open(wanted),
        back=surroundings.procedures_path(wanted.town),
    )
