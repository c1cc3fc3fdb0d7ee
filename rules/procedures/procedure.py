"""手続き: taking in a procedure file, publishing it, and reading what is published."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

from peewee import fn

import clock
from models import Category, Division, FormVersion, Procedure, Staff, Town, ask, transaction
from rules import Refusal
from rules.procedures import electronic_delivery, eligibility, paper_form, procedure_file, reception, search
from rules.records import audit
from rules.records.access import Missing
from rules.records.session import SignedInStaff
from rules.values import syllabary
from rules.values.text import fold

Document = dict[str, Any]


def load(
    town: Town, document: Document, *, publish: bool = True, by: Staff | None = None, forms: Path | None = None
) -> Procedure:
    """Take a procedure file into a town, creating the division and category it names where they lack.

    `forms` is the folder of the paper forms it names; without one the procedure keeps those it has.
    """
    wrong = procedure_file.faults(document)
    if wrong:
        raise Refusal("; ".join(wrong))
    papers = paper_form.check(document, forms) if forms is not None and publish else None
    present = Procedure.row("town_id = {} AND slug = {}", town.id, document["id"])
    stored = paper_form.store(papers, present) if papers else {}
    with transaction():
        loaded = _take_in(town, document)
        if publish:
            publish_draft(loaded, by=by)
        if papers is not None:
            paper_form.replace(loaded, papers, stored)
    return loaded


def _take_in(town: Town, document: Document) -> Procedure:
    division, _ = Division.get_or_create(town=town, name=document["division"])
    category, _ = Category.get_or_create(
        town=town,
        name=document["category"],
        defaults={"position": Category.select().where(Category.town == town).count()},
    )
    found: tuple[Procedure, bool] = Procedure.get_or_create(
        town=town,
        slug=document["id"],
        defaults={
            "division": division,
            "category": category,
            "name": document["name"],
            "created_at": clock.now(),
        },
    )
    loaded = found[0]
    loaded.division, loaded.category, loaded.draft = division, category, document
    loaded.revision += 1
    loaded.save()
    return loaded


def publish_draft(procedure: Procedure, *, by: Staff | None) -> FormVersion:
    """Make the draft the published version: a new row, never a change; call inside a transaction."""
    document = electronic_delivery.completed(procedure.draft)
    canonical = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")
    digest = sha256(canonical).hexdigest()
    present = FormVersion.get_or_none(procedure=procedure, number=procedure.published)
    last = FormVersion.select(fn.MAX(FormVersion.number)).where(FormVersion.procedure == procedure).scalar() or 0
    version: FormVersion = (
        present
        if present is not None and present.sha256 == digest
        else FormVersion.create(
            procedure=procedure,
            number=last + 1,
            document=document,
            sha256=digest,
            published_at=clock.now(),
            published_by=by,
        )
    )
    _repeat(procedure, document)
    procedure.published = version.number
    procedure.draft = None
    procedure.save()
    search.index(procedure, document)
    _count_listed(procedure.town_id)
    return version


def add_synonym(by: SignedInStaff, key: int, words: str) -> None:
    """Publish a procedure of the own town anew, to be found by these words too."""
    with transaction():
        found = Procedure.row("id = {} AND town_id = {} AND listed_as IS NOT NULL", key, by.town)
        if found is None:
            raise Missing
        if found.draft is not None:
            raise Refusal(
                f"「{found.name}」には、まだ公開していない下書きがあるため、ことばを足せません。"
                "下書きを公開してから、もう一度押してください。"
            )
        _, document = published(found)
        if words in document["synonyms"]:
            return
        found.draft = document | {"synonyms": [*document["synonyms"], words]}
        found.revision += 1
        publish_draft(found, by=Staff.get_by_id(by.id))
        audit.record("synonym_added", staff=by, procedure=found.id)


def of_town(by: SignedInStaff) -> list[tuple[int, str]]:
    """(id, name) of every listed procedure of the own town, as the list sorts them."""
    listed = "town_id = {} AND listed_as IS NOT NULL ORDER BY listed_as"
    return [(key, name) for key, name in ask(f"SELECT id, name FROM procedure WHERE {listed}", by.town)]


def _repeat(procedure: Procedure, document: Document) -> None:
    """The columns that say again what lists and searches ask of the document."""
    for column in ("name", "name_kana", "summary", "channel", "login", "standard_days"):
        setattr(procedure, column, document[column])
    wanted = eligibility.terms(document)
    for column in ("town_only", "age_from", "age_to", "sex"):
        setattr(procedure, column, wanted[column])
    taken = document.get("period", {})
    procedure.period_from, procedure.period_until = taken.get("from", ""), taken.get("until", "")
    procedure.for_person = "person" in document["applicants"]
    procedure.for_business = "business" in document["applicants"]
    procedure.kana_row = syllabary.row_of(document["name_kana"])
    procedure.listed_as = f"{procedure.category.position:04d} {fold(document['name_kana'])}"
    procedure.folded = " ".join(fold(text) for text in search.texts(document))


def _count_listed(town: int) -> None:
    counted = Procedure.select(fn.COUNT(Procedure.id)).where(
        (Procedure.category == Category.id) & Procedure.listed_as.is_null(False)
    )
    Category.update(listed=counted).where(Category.town == town).execute()


# ---------------------------------------------------------------- reading

# Published versions never change, so their documents may stay in memory, keyed by what the request read.
_documents: dict[tuple[int, int], tuple[int, Document]] = {}
_KEPT = 500


def _version(procedure: int, number: int) -> tuple[int, Document]:
    key = (procedure, number)
    if key not in _documents:
        row = FormVersion.get(procedure=procedure, number=number)
        if len(_documents) >= _KEPT:
            _documents.clear()
        _documents[key] = (row.id, row.document)
    return _documents[key]


def published(procedure: Procedure) -> tuple[int, Document]:
    """(id of the FormVersion, document) the public sees now; Missing when there is none."""
    if procedure.published is None or procedure.closed_at is not None:
        raise Missing
    return _version(procedure.id, procedure.published)


_pinned: dict[int, Document] = {}


def document_of(version: int) -> Document:
    """The document of a version that an application is written on."""
    if version not in _pinned:
        if len(_pinned) >= _KEPT:
            _pinned.clear()
        _pinned[version] = FormVersion.get_by_id(version).document
    return _pinned[version]


def forget() -> None:
    """Empty the memory of published documents: another database was opened."""
    _documents.clear()
    _pinned.clear()


def listed(key: int) -> Procedure:
    """A procedure the public may see, or Missing."""
    found = Procedure.row("id = {} AND listed_as IS NOT NULL", key)
    if found is None or found.town.closed_at is not None:
        raise Missing
    return found


def is_open(procedure: Procedure) -> bool:
    """Whether it can be applied for online at this moment (受付期間)."""
    return procedure.channel == "online" and reception.is_open(procedure, clock.now())
