"""部課やカテゴリの名前: what a new name or a new place in the order reaches besides its own row."""

from __future__ import annotations

from typing import Any

from models import Category, FormVersion, Procedure
from rules.procedures import procedure

Document = dict[str, Any]


def rename_in_drafts(town: int, key: str, before: str, after: str) -> None:
    """Drafts name their division and category: they follow. Call inside the transaction of the new name.

    The draft's revision stays: whoever is at work on it has changed nothing of this, and is not in anybody's way.
    """
    for row in Procedure.select().where((Procedure.town == town) & Procedure.draft.is_null(False)):
        if row.draft.get(key) == before:
            Procedure.change({"draft": row.draft | {key: after}}, "id = {} AND revision = {}", row.id, row.revision)


def relist(category: Category) -> None:
    """Put a category's procedures where residents look for them; call inside the transaction of the change.

    What was published keeps the name it was published with; lists and searches go by the present one.
    """
    versions = (FormVersion.procedure == Procedure.id) & (FormVersion.number == Procedure.published)
    rows: Any = (
        Procedure.select(Procedure, FormVersion.document)
        .join(FormVersion, on=versions, attr="version")
        .where(Procedure.category == category)
    )
    for row in list(rows):
        row.category = category
        procedure.relist(row, row.version.document)


def named_in_drafts(town: int, key: str, name: str) -> list[tuple[int, str]]:
    """(id, name) of the procedures whose draft would move them into this division or category."""
    rows = Procedure.select().where((Procedure.town == town) & Procedure.draft.is_null(False)).order_by(Procedure.id)
    return [(row.id, row.name) for row in rows if row.draft.get(key) == name]
