"""手続きを探す: portal, town page, 手続き一覧, 手続案内 and its 「申請する」."""

from __future__ import annotations

from models import Status, Town
from rules import draft, finding, guidance, numbering, procedure, towns
from rules.access import Missing
from rules.calendar import show_instant
from web import Pager, Who, asked, asked_number, asked_page, get, here, page, post, to


def _town(code: str | None) -> Town:
    found = towns.only_town() if code is None else towns.open_town(code)
    if found is None:
        raise Missing
    return found


@get("/", who=Who.ANYONE)
def front():
    town = towns.only_town()
    if town is None:
        return page("resident/finding/portal.html", towns=towns.every(), private=False)
    return _town_page(town)


@get("/towns/<code:re:[0-9]{6}>", who=Who.ANYONE)
def town_page(code: str):
    return _town_page(_town(code))


def _town_page(town: Town):
    return page(
        "resident/finding/town.html",
        town=town,
        private=False,
        categories=finding.categories(town),
        procedures_path=towns.procedures_path(town),
    )


@get("/procedures", who=Who.ANYONE)
def only_list():
    return procedures(_town(None).code)


@get("/towns/<code:re:[0-9]{6}>/procedures", who=Who.ANYONE)
def procedures(code: str):
    town, words, category, number = _town(code), asked("words"), asked_number("category"), asked_page()
    found = finding.find(town, words=words, category=category, page=number)
    path = towns.procedures_path(town)

    before, after = (number - 1 if number > 1 else None), (number + 1 if found.has_next else None)
    label = f"{found.total_words}のうち {number}ページ目"
    return page(
        "resident/finding/procedures.html",
        town=town,
        private=False,
        action=path,
        words=words,
        category=category,
        categories=found.categories,
        found=found,
        pager=Pager.of(label, path, before, after, words=words, category=category or ""),
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
        back=towns.procedures_path(wanted.town),
    )


# ---------------------------------------------------------------- beginning


@get("/procedures/<id:int>/existing", who=Who.RESIDENT)
def existing(id: int):
    wanted = procedure.listed(id)
    found = draft.others_open(wanted, here().person)
    if not found:
        return to(f"/procedures/{id}")
    _, document = procedure.published(wanted)
    return page(
        "resident/finding/existing.html",
        town=wanted.town,
        procedure=wanted,
        found=found,
        several=not document["once"],
        grouped=numbering.grouped,
        show_instant=show_instant,
        drafts=[row for row in found if row.status == Status.DRAFT],
    )


def _start(id: int):
    wanted, now = procedure.listed(id), here()
    if "act_new" not in now.form:
        others = draft.others_open(wanted, now.person)
        if others and now.resident is not None:
            return to(f"/procedures/{id}/existing")
        if others and others[0].status == Status.DRAFT:
            return to(f"/applications/{others[0].id}/pages/{others[0].page}")
    written = draft.start(wanted, now.applicant(), ip=now.ip)
    return to(f"/applications/{written.id}/pages/{written.page}")


@post("/procedures/<id:int>/apply", who=Who.RESIDENT, again=guide)
def start(id: int):
    return _start(id)


@post("/procedures/<id:int>/apply-without-login", who=Who.ANYONE, again=guide)
def start_without_login(id: int):
    if procedure.listed(id).login == "required":
        raise Missing
    return _start(id)
