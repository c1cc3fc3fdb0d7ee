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
from rules.records import audit, places
from rules.records.access import Missing
from rules.records.first_revision import first_revision
from rules.records.session import SignedInStaff
from rules.values import syllabary
from rules.values.text import fold

Document = dict[str, Any]


_NO_ROOM = (
    "「{}」の「ほかの言い方」が、もう{}個あります。手続きの「決まり」で、"
    "使わないことばを消して公開してから、もう一度押してください。"
)

_FAULTY = "「{}」には、直すところがあります。手続きの画面で直して公開してから、もう一度押してください。"


def load(
    town: Town, document: Document, *, publish: bool = True, by: Staff | None = None, forms: Path | None = None
) -> Procedure:
    """Take one document into a town as a draft and publish it; `loading` does the same for files and people.

    `forms` is the folder of the paper forms it names; without one the procedure keeps those it has.
    """
    wrong = procedure_file.faults(document)
    if wrong:
        raise Refusal("\n".join(wrong))
    papers = paper_form.check(document, paper_form.in_folder(forms, document["id"])) if forms is not None else []
    stored = paper_form.store(papers, Procedure.row("town_id = {} AND slug = {}", town.id, document["id"]))
    with transaction():
        loaded = take_in(town, document, papers, stored)
        if publish:
            publish_draft(loaded, by=by)
    return loaded


def take_in(
    town: Town,
    document: Document,
    papers: list[paper_form.Checked],
    stored: dict[str, str],
    *,
    actor: str = "",
) -> Procedure:
    """Make a sound document the draft of a procedure of the town, with the division and category it names.

    What residents see does not change before it is published. Call inside a transaction.
    """
    named = "town_id = {} AND name = {}"
    division = Division.row(named, town.id, document["division"]) or Division.create(
        town=town, name=document["division"], position=places.after_last(Division, town.id)
    )
    category = Category.row(named, town.id, document["category"]) or Category.create(
        town=town,
        name=document["category"],
        position=places.after_last(Category, town.id),
        revision=first_revision(),
    )
    loaded = Procedure.row("town_id = {} AND slug = {}", town.id, document["id"])
    if loaded is None:
        loaded = Procedure(town=town, slug=document["id"], created_at=clock.now(), revision=first_revision())
    if loaded.published is None:
        loaded.division, loaded.category = division, category
        for column in ("name", "name_kana", "summary", "channel"):
            setattr(loaded, column, document[column])
    loaded.draft, loaded.draft_actor, loaded.draft_at = procedure_file.tidied(document), actor, clock.now()
    loaded.revision += 1
    loaded.save()
    paper_form.add(loaded, papers, stored)
    return loaded


def publish_draft(procedure: Procedure, *, by: Staff | None) -> FormVersion:
    """Make the draft the published version: a new row, never a change; call inside a transaction."""
    document = electronic_delivery.completed(procedure.draft)
    present = FormVersion.row("procedure_id = {} AND number = {}", procedure.id, procedure.published or 0)
    ((last,),) = ask("SELECT COALESCE(MAX(number), 0) FROM form_version WHERE procedure_id = {}", procedure.id)
    version: FormVersion = (
        present
        if present is not None and digest_of(as_named(procedure, present.document)) == digest_of(document)
        else FormVersion.create(
            procedure=procedure,
            number=last + 1,
            document=document,
            sha256=digest_of(document),
            published_at=clock.now(),
            published_by=by,
        )
    )
    procedure.published = version.number
    procedure.draft, procedure.draft_actor, procedure.draft_at = None, "", None
    _move(procedure, document)
    paper_form.settle(procedure, document)
    relist(procedure, document)
    return version


def digest_of(document: Document) -> str:
    """What a document is known by: the same for the same content."""
    canonical = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(canonical.encode("utf-8")).hexdigest()


def _move(procedure: Procedure, document: Document) -> None:
    """Put a procedure into the division and category that its document names, as far as the town has them."""
    division = Division.row("town_id = {} AND name = {}", procedure.town_id, document["division"])
    category = Category.row("town_id = {} AND name = {}", procedure.town_id, document["category"])
    procedure.division = division or procedure.division
    procedure.category = category or procedure.category


def relist(procedure: Procedure, document: Document) -> None:
    """Put a procedure where residents find what is published; a closed one leaves. Call inside a transaction.

    It is found by the present name of its category, whatever that was called when the document was published.
    """
    document = document | {"category": procedure.category.name}
    _repeat(procedure, document)
    procedure.save()
    if procedure.listed_as is None:
        search.remove(procedure)
    else:
        search.index(procedure, document)
    _count_listed(procedure.town_id)


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
        document = as_filed(found, published(found)[1])
        if words in document["synonyms"]:
            return
        if len(document["synonyms"]) >= procedure_file.MOST_SYNONYMS:
            raise Refusal(_NO_ROOM.format(found.name, procedure_file.MOST_SYNONYMS))
        found.draft = document | {"synonyms": [*document["synonyms"], words]}
        if procedure_file.faults(found.draft):
            raise Refusal(_FAULTY.format(found.name))
        found.revision += 1
        publish_draft(found, by=Staff.get_by_id(by.id))
        audit.record("synonym_added", staff=by, procedure=found.id)


def of_town(by: SignedInStaff) -> list[tuple[int, str]]:
    """(id, name) of every listed procedure of the own town, as the list sorts them."""
    listed = "town_id = {} AND listed_as IS NOT NULL ORDER BY listed_as"
    return [(key, name) for key, name in ask(f"SELECT id, name FROM procedure WHERE {listed}", by.town)]


def ids(town: Town) -> list[str]:
    """The ids of all procedures of a town, published or not."""
    return [slug for (slug,) in ask("SELECT slug FROM procedure WHERE town_id = {} ORDER BY slug", town.id)]


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
    place = f"{procedure.category.position:04d} {fold(document['name_kana'])}"
    procedure.listed_as = place if procedure.closed_at is None else None
    procedure.folded = " ".join(fold(text) for text in search.texts(document))


def _count_listed(town: int) -> None:
    counted = Procedure.select(fn.COUNT(Procedure.id)).where(
        (Procedure.category == Category.id) & Procedure.listed_as.is_null(False)
    )
    Category.update(listed=counted).where(Category.town == town).execute()


# ---------------------------------------------------------------- reading


def as_named(procedure: Procedure, document: Document) -> Document:
    """What is published of a procedure, with the names that its division and category have by now."""
    return document | {"division": procedure.division.name, "category": procedure.category.name}


def as_filed(procedure: Procedure, document: Document) -> Document:
    """What is published of a procedure as its file says it now: what is edited, exported and compared with files."""
    return electronic_delivery.as_written(as_named(procedure, document))


def of_town_by_id(town: Town) -> dict[str, Procedure]:
    """Every procedure of a town by its id in files, its division and category read along."""
    rows = (
        Procedure.select(Procedure, Division, Category)
        .join(Division, on=Procedure.division)
        .switch(Procedure)
        .join(Category, on=Procedure.category)
        .where(Procedure.town == town)
        .order_by(Procedure.slug)
    )
    return {row.slug: row for row in rows}


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
