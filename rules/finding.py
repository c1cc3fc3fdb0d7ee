"""手続きを探す: the list by field and by words, a page at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from models import Category, Procedure, Town
from rules import search

PER_PAGE = 50
COUNT_LIMIT = 1000


@dataclass(frozen=True)
class Found:
    """One page of results: groups of (field, procedures), how many in all (COUNT_LIMIT: that many or more)."""

    groups: list[tuple[str, list[Any]]]
    total: int
    page: int

    @property
    def has_next(self) -> bool:
        return self.page * PER_PAGE < self.total

    @property
    def total_words(self) -> str:
        return f"{COUNT_LIMIT:,}件以上" if self.total >= COUNT_LIMIT else f"{self.total}件"


def categories(town: Town) -> list[Category]:
    """The fields under which something is listed, in the town's order."""
    return Category.rows("town_id = {} AND listed > 0 ORDER BY position", town.id)


def find(town: Town, *, words: str = "", category: int | None = None, page: int = 1) -> Found:
    """What is listed and fits every condition, by field and reading."""
    query = (
        Procedure.select(
            Procedure.id,
            Procedure.name,
            Procedure.summary,
            Procedure.channel,
            Procedure.login,
            Category.name.alias("field"),
        )
        .join(Category)
        .where((Procedure.town == town) & Procedure.listed_as.is_null(False))
    )
    if category is not None:
        query = query.where(Procedure.category == category)
    if words.strip():
        query = search.matching(query, words)
    total = query.limit(COUNT_LIMIT).count() if words.strip() or category is not None else _listed(town)
    rows = query.order_by(Procedure.listed_as, Procedure.id).paginate(page, PER_PAGE).objects()
    groups: dict[str, list[Any]] = {}
    for row in cast(Iterable[Any], rows):
        groups.setdefault(row.field, []).append(row)
    return Found(list(groups.items()), total, page)


def _listed(town: Town) -> int:
    return min(COUNT_LIMIT, sum(row.listed for row in categories(town)))
