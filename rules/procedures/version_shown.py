"""版を見る: the document of a version as residents were shown it, its conditions told beside."""

from __future__ import annotations

from typing import Any, NamedTuple

from models import Procedure, Town
from rules.forms import fields
from rules.forms.fields import Question, Raw
from rules.procedures import edit_conditions, edit_texts, guidance
from rules.procedures.guidance import Block

Document = dict[str, Any]


class Sheet(NamedTuple):
    """An input page: when it appears ("" for always), its introduction, and (question, when, blank) in order."""

    page: dict[str, Any]
    when: str
    intro: list[Block]
    questions: list[tuple[Question, str, Raw]]


def sheets(document: Document) -> list[Sheet]:
    """The input pages in their order, exit pages too; none where one applies at the counter."""
    pages = document["form"]["pages"] if document.get("form") else []
    return [
        Sheet(
            page,
            edit_conditions.words(document, page),
            guidance.blocks(page.get("intro", "")),
            [(q, edit_conditions.words(document, q), fields.blank(q)) for q in page["questions"]],
        )
        for page in pages
    ]


def told(wanted: Procedure, document: Document, town: Town) -> dict[str, Any]:
    """What parts/guidance.html says of the version; its paper forms by their titles, since the files go on changing."""
    row = edit_texts.shown_as(wanted, document)
    return {
        "as_row": row,
        "facts": guidance.facts(document),
        "needs": guidance.needs(document),
        "sections": guidance.sections(document, town),
        "files": guidance.files(document),
        "paper_forms": [],
        "papers": [entry["title"] for entry in document.get("paper_forms", ())],
    }
