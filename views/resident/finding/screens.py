"""手続きを探す: portal, town page, 手続き一覧 with its CSV and 五十音, 手続案内 with its 様式 and 「申請する」."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from models import Procedure, Status, Town
from rules.applications import draft
from rules.procedures import catalogue, eligibility, finding, guidance, most_used, paper_form, procedure, search_miss
from rules.procedures.eligibility import Facts
from rules.procedures.finding import Wanted
from rules.records import access, numbering, towns
from rules.records.access import Missing
from rules.town import notice, portal
from rules.values import syllabary
from rules.values.calendar import short_date, show_instant
from rules.visits import occasion
from web import Pager, Who, asked, asked_number, asked_page, download, get, here, page, post, to

_NEWS = 3


def _town(code: str | None) -> Town:
    found = towns.only_town() if code is None else towns.open_town(code)
    if found is None:
        raise Missing
    return found


@get("/", who=Who.ANYONE)
def front():
    town = towns.only_town()
    if town is None:
        return _portal()
    return _town_page(town)


def _portal():
    words = asked("words", 100).strip()
    found = portal.found(words)
    count = sum(len(group) for _, group in found)
    return page(
        "resident/finding/portal.html",
        prefectures=found,
        count=count,
        words=words,
        searches=bool(words) or count > portal.ENOUGH_TO_SEARCH,
        private=False,
    )


@get("/towns/<code:re:[0-9]{6}>", who=Who.ANYONE)
def town_page(code: str):
    return _town_page(_town(code))


def _town_page(town: Town):
    return page(
        "resident/finding/town.html",
        town=town,
        private=False,
        categories=finding.categories(town),
        most_used=most_used.shown(town),
        news=notice.shown(town, _NEWS),
        short_date=short_date,
        procedures_path=towns.procedures_path(town),
        guides_path=towns.guides_path(town),
        notices_path=towns.notices_path(town),
    )


# ---------------------------------------------------------------- 手続き一覧


@get("/procedures", who=Who.ANYONE)
def only_list():
    return procedures(_town(None).code)


# What stands for すべて: without a value nothing is said, and the account of whoever is signed in speaks instead.
_ALL = "all"
_HOMES = {"in": True, "out": False}


class _Asked:
    """The conditions that stand in the address; a wrong age is told beside its field and left out."""

    def __init__(self) -> None:
        self.words = asked("words", 100)
        self.category, self.division = asked_number("category"), asked_number("division")
        self.typed = {name: asked(name, 10) for name in ("home", "age", "sex", "kind")}
        age, sentence = eligibility.typed_age(self.typed["age"])
        if sentence:
            here().errors["q-age"] = sentence
        self.facts = Facts(
            kind=self.typed["kind"] if self.typed["kind"] in ("person", "business") else "",
            in_town=_HOMES.get(self.typed["home"]),
            age=age,
            sex=self.typed["sex"] if self.typed["sex"] in ("male", "female") else "",
        )
        self.filled_in = False

    def fill_in(self, facts: Facts) -> None:
        """Take the facts of an account; they never stand in a link."""
        self.facts, self.filled_in = facts, True

    @property
    def shown(self) -> dict[str, str]:
        """What the fields about the resident show."""
        if not self.filled_in:
            return self.typed
        facts = self.facts
        home = "" if facts.in_town is None else "in" if facts.in_town else "out"
        age = "" if facts.age is None else str(facts.age)
        return {"home": home, "age": age, "sex": facts.sex, "kind": facts.kind}

    @property
    def said(self) -> dict[str, str]:
        """What the address says of the resident; すべて says nothing."""
        return {name: value for name, value in self.typed.items() if value != _ALL}

    @property
    def places(self) -> dict[str, Any]:
        return {"words": self.words, "category": self.category, "division": self.division}

    @property
    def wanted(self) -> Wanted:
        return Wanted(self.words, self.category, self.division, self.facts)


def _href(path: str, **query: object) -> str:
    kept = {name: value for name, value in query.items() if value not in ("", None)}
    return f"{path}?{urlencode(kept)}" if kept else path


@get("/towns/<code:re:[0-9]{6}>/procedures", who=Who.ANYONE)
def procedures(code: str):
    town, number, now, conditions = _town(code), asked_page(), here(), _Asked()
    if now.resident is not None and not any(conditions.typed.values()):
        conditions.fill_in(eligibility.known(now.resident.id, town))
    found = finding.find(town, conditions.wanted, page=number)
    if not found.total and number == 1 and finding.nothing_has(town, conditions.words):
        search_miss.remember(town, conditions.words, ip=now.ip)
    path = towns.procedures_path(town)
    before, after = (number - 1 if number > 1 else None), (number + 1 if found.has_next else None)
    label = f"{found.total_words}のうち {number}ページ目"
    return page(
        "resident/finding/procedures.html",
        town=town,
        private=False,
        action=path,
        found=found,
        **conditions.places,
        facts=conditions.shown,
        filled_in="・".join(eligibility.said(conditions.facts)) if conditions.filled_in else "",
        everyone=_href(path, **conditions.places, kind=_ALL),
        no_condition=_href(path, kind=_ALL if now.resident else ""),
        guides_path=towns.guides_path(town),
        csv=_href(f"{path}.csv", **conditions.places, **conditions.said),
        licence=catalogue.LICENCE,
        pager=Pager.of(label, path, before, after, **conditions.places, **conditions.typed),
    )


@get("/towns/<code:re:[0-9]{6}>/procedures/kana", who=Who.ANYONE)
def kana(code: str):
    town, number = _town(code), asked_page()
    found = syllabary.index(town, asked("row", 2), number)
    path = towns.procedures_path(town) + "/kana"
    before, after = (number - 1 if number > 1 else None), (number + 1 if found.has_next else None)
    return page(
        "resident/finding/kana.html",
        town=town,
        private=False,
        found=found,
        rows=[(name, count, _href(path, row=name)) for name, count in found.rows],
        other=syllabary.OTHER,
        back=towns.procedures_path(town),
        pager=Pager.of(f"{number}ページ目", path, before, after, row=found.row),
    )


# ---------------------------------------------------------------- open data


class _Stream(io.RawIOBase):
    """Pieces that are made while they are sent: a long list keeps nobody else waiting."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    def read(self, size: int = -1) -> bytes:
        return next(self._pieces, b"")


@get("/towns/<code:re:[0-9]{6}>/procedures.csv", who=Who.ANYONE)
def procedures_csv(code: str):
    town = _town(code)
    stream: Any = _Stream(catalogue.pieces(town, _Asked().wanted))
    answer = download(stream, f"procedures-{town.code}.csv", "text/csv; charset=UTF-8", 0)
    # Its length is not known before it is sent; it is the same for everybody.
    del answer.headers["Content-Length"]
    answer.set_header("Cache-Control", "public, max-age=600")
    answer.set_header("Link", f'<{catalogue.LICENCE}>; rel="license"')
    return answer


# ---------------------------------------------------------------- 手続案内


@get("/procedures/<id:int>", who=Who.ANYONE)
def guide(id: int):
    wanted, now = procedure.listed(id), here()
    _, document = procedure.published(wanted)
    facts = eligibility.known(now.resident.id if now.resident else None, wanted.town)
    return page(
        "resident/finding/guidance.html",
        town=wanted.town,
        private=False,
        procedure=wanted,
        facts=guidance.facts(document),
        needs=guidance.needs(document),
        sections=guidance.sections(document, wanted.town),
        files=guidance.files(document),
        paper_forms=paper_form.links(wanted),
        is_open=procedure.is_open(wanted),
        no_counter=occasion.with_form(document) and not occasion.counters_for(wanted),
        period=guidance.period_words(document),
        why_not=eligibility.why_not(document, facts),
        back=towns.procedures_path(wanted.town),
    )


@get("/procedures/<id:int>/forms/<form:int>", who=Who.ANYONE, heavy=True)
def paper(id: int, form: int):
    found, stream = paper_form.open_form(procedure.listed(id), form)
    return download(stream, found.name, found.content_type, found.size)


# ---------------------------------------------------------------- beginning


@get("/procedures/<id:int>/existing", who=Who.ANYONE)
def existing(id: int):
    wanted, now = procedure.listed(id), here()
    found = draft.others_open(wanted, now.person)
    if not found:
        return to(f"/procedures/{id}")
    _, document = procedure.published(wanted)
    return page(
        "resident/finding/existing.html",
        town=wanted.town,
        procedure=wanted,
        found=found,
        several=not document["once"] or now.resident is None,
        grouped=numbering.grouped,
        show_instant=show_instant,
        drafts=[row for row in found if row.status == Status.DRAFT],
        copy=_to_copy(wanted),
    )


def _to_copy(wanted: Procedure) -> int | None:
    """The application of one's own that was to be copied when others were found to be open."""
    person, key = here().person, asked_number("copy")
    if person.resident is None or key is None or not access.owns(person, key):
        return None
    sent = access.own_application(person, key)
    return key if sent.number is not None and sent.procedure_id == wanted.id else None


def _start(id: int):
    wanted, now = procedure.listed(id), here()
    # Without an account too: at a shared computer it may be another person's.
    if "act_new" not in now.form and draft.others_open(wanted, now.person):
        return to(f"/procedures/{id}/existing")
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
