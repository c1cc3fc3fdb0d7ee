"""手続きを探す: the list by field and by words, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from models import Town, ask
from rules import search

PER_PAGE = 50
COUNT_LIMIT = 1000


class Row(NamedTuple):
    """A procedure in the list."""

    id: int
    name: str
    summary: str
    channel: str
    login: str


@dataclass(frozen=True)
class Found:
    """One page of results: groups of (field, procedures), all fields, and how many in all, up to COUNT_LIMIT."""

    groups: list[tuple[str, list[Row]]]
    categories: list[Field]
    total: int
    page: int
    has_next: bool

    @property
    def total_words(self) -> str:
        return f"{COUNT_LIMIT:,}件以上" if self.total >= COUNT_LIMIT else f"{self.total}件"


class Field(NamedTuple):
    """A category under which something is listed, and how much."""

    id: int
    name: str
    examples: str
    listed: int


def categories(town: Town) -> list[Field]:
    """The fields under which something is listed, in the town's order."""
    sql = "SELECT id, name, examples, listed FROM category WHERE town_id = {} AND listed > 0 ORDER BY position"
    return [Field(*row) for row in ask(sql, town.id)]


_LISTED = "FROM procedure p JOIN category c ON c.id = p.category_id WHERE "
_PAGE = "SELECT p.id, p.name, p.summary, p.channel, p.login, c.name " + _LISTED


def find(town: Town, *, words: str = "", category: int | None = None, page: int = 1) -> Found:
    """What is listed and fits every condition, by field and reading."""
    asked: list[tuple[str, Any]] = [("p.town_id = {}", town.id), *search.conditions(words)]
    if category is not None:
        asked.append(("p.category_id = {}", category))
    conditions = " AND ".join(["p.listed_as IS NOT NULL", *(sql for sql, _ in asked)])
    values = [value for _, value in asked]
    # One more than is shown tells whether there is a next page, however many there are in all.
    place = f" ORDER BY p.listed_as, p.id LIMIT {PER_PAGE + 1} OFFSET {(page - 1) * PER_PAGE}"
    rows = ask(_PAGE + conditions + place, *values)
    groups: dict[str, list[Row]] = {}
    for *row, field in rows[:PER_PAGE]:
        groups.setdefault(field, []).append(Row(*row))
    fields = categories(town)
    if len(asked) == 1:
        total = min(COUNT_LIMIT, sum(row.listed for row in fields))
    else:
        total = ask(f"SELECT COUNT(*) FROM (SELECT 1 {_LISTED}{conditions} LIMIT {COUNT_LIMIT}) AS counted", *values)[
            0
        ][0]
    return Found(list(groups.items()), fields, total, page, len(rows) > PER_PAGE)
