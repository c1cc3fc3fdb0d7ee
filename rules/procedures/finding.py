"""手続きを探す: the list by field, by words, by division and by who is asking, a page at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from models import Town, ask
from rules.procedures import eligibility, search
from rules.procedures.eligibility import Facts

PER_PAGE = 50
COUNT_LIMIT = 1000


class Row(NamedTuple):
    """A procedure in the list."""

    id: int
    name: str
    summary: str
    channel: str
    login: str


class Field(NamedTuple):
    """A category under which something is listed, and how much."""

    id: int
    name: str
    examples: str
    listed: int
    position: int


class Unit(NamedTuple):
    """A division in the tree of 部 and 課: how deep it stands, and the ids of it and all below it."""

    id: int
    name: str
    depth: int
    below: tuple[int, ...]


@dataclass(frozen=True)
class Wanted:
    """Every condition of a search; they combine."""

    words: str = ""
    category: int | None = None
    division: int | None = None
    facts: Facts = field(default_factory=Facts)


@dataclass(frozen=True)
class Found:
    """One page of results: groups of (field, procedures), what there is to choose from, the conditions in words, and
    how many in all, up to COUNT_LIMIT.
    """

    groups: list[tuple[str, list[Row]]]
    categories: list[Field]
    divisions: list[Unit]
    conditions: list[str]
    total: int
    page: int
    has_next: bool

    @property
    def total_words(self) -> str:
        return f"{COUNT_LIMIT:,}件以上" if self.total >= COUNT_LIMIT else f"{self.total}件"


def categories(town: Town) -> list[Field]:
    """The fields under which something is listed, in the town's order."""
    sql = "SELECT id, name, examples, listed, position FROM category WHERE town_id = {} AND listed > 0"
    return [Field(*row) for row in ask(f"{sql} ORDER BY position", town.id)]


def divisions(town: Town) -> list[Unit]:
    """The town's divisions, each behind the one it belongs to."""
    sql = "SELECT id, parent_id, name FROM division WHERE town_id = {} AND closed_at IS NULL ORDER BY position, id"
    rows = ask(sql, town.id)
    known = {key for key, _, _ in rows}
    children: dict[int | None, list[tuple[int, str]]] = {}
    for key, parent, name in rows:
        # What a closed division leaves behind stands at the top.
        children.setdefault(parent if parent in known else None, []).append((key, name))

    def walk(parent: int | None, depth: int) -> list[Unit]:
        found: list[Unit] = []
        for key, name in children.get(parent, ()):
            inner = walk(key, depth + 1)
            found += [Unit(key, name, depth, (key, *(unit.id for unit in inner))), *inner]
        return found

    return walk(None, 0)


@dataclass(frozen=True)
class _Terms:
    """The conditions as the database is asked for them."""

    words: list[str]
    category: Field | None
    divisions: tuple[int, ...] | None
    also: list[search.Condition]

    @property
    def by_index(self) -> bool:
        return bool(self.words) or self.divisions is not None

    def hits(self, town: Town, limit: int) -> list[int]:
        place = (self.category.id, self.category.position) if self.category else None
        return search.hits(town, self.words, category=place, divisions=self.divisions, also=self.also, limit=limit)

    def where(self, town: Town) -> tuple[str, list[Any]]:
        """The same without words and divisions, over `procedure p`."""
        asked: list[search.Condition] = [("p.town_id = {}", (town.id,)), ("p.listed_as IS NOT NULL", ())]
        if self.category is not None:
            asked.append(("p.category_id = {}", (self.category.id,)))
        asked += self.also
        return " AND ".join(sql for sql, _ in asked), [value for _, more in asked for value in more]


def _terms(wanted: Wanted, fields: list[Field], units: list[Unit]) -> _Terms | None:
    """None when nothing can fit: words of signs alone, a category or division of somewhere else."""
    words = search.asked_words(wanted.words)
    category = next((row for row in fields if row.id == wanted.category), None)
    unit = next((row for row in units if row.id == wanted.division), None)
    if (
        (wanted.words.strip() and not words)
        or (wanted.category is not None and category is None)
        or (wanted.division is not None and unit is None)
    ):
        return None
    return _Terms(words, category, unit.below if unit else None, eligibility.conditions(wanted.facts))


def find(town: Town, wanted: Wanted | None = None, *, page: int = 1) -> Found:
    """A page of what is listed and fits every condition, by field and reading."""
    wanted = wanted or Wanted()
    fields, units = categories(town), divisions(town)
    terms = _terms(wanted, fields, units)
    rows: list[tuple[Any, ...]] = []
    total, has_next, first = 0, False, (page - 1) * PER_PAGE
    if terms is not None and terms.by_index:
        hits = terms.hits(town, max(COUNT_LIMIT, first + PER_PAGE + 1))
        rows, has_next = _rows(hits[first : first + PER_PAGE]), len(hits) > first + PER_PAGE
        total = min(len(hits), COUNT_LIMIT)
    elif terms is not None:
        where, values = terms.where(town)
        # One more than is shown tells whether there is a next page, however many there are in all.
        place = f" ORDER BY p.listed_as, p.id LIMIT {PER_PAGE + 1} OFFSET {first}"
        rows = ask(_SELECT + where + place, *values)
        rows, has_next = rows[:PER_PAGE], len(rows) > PER_PAGE
        total = _count(terms, where, values, fields)
    return Found(_grouped(rows), fields, units, in_words(wanted, fields, units), total, page, has_next)


def every(town: Town, wanted: Wanted) -> list[int]:
    """The ids of all that fits, in the list's order."""
    terms = _terms(wanted, categories(town), divisions(town))
    if terms is None:
        return []
    if terms.by_index:
        return terms.hits(town, -1)
    where, values = terms.where(town)
    return [key for (key,) in ask(f"SELECT p.id FROM procedure p WHERE {where} ORDER BY p.listed_as, p.id", *values)]


def nothing_has(town: Town, words: str) -> bool:
    """Whether there are words and, by themselves, they are found nowhere in a town."""
    return bool(words) and find(town, Wanted(words)).total == 0


_COLUMNS = "SELECT p.id, p.name, p.summary, p.channel, p.login, c.name"
_FROM = " FROM procedure p JOIN category c ON c.id = p.category_id WHERE "
_SELECT, _SELECT_TO_SORT = _COLUMNS + _FROM, _COLUMNS + ", p.listed_as" + _FROM


def _count(terms: _Terms, where: str, values: list[Any], fields: list[Field]) -> int:
    if not terms.also:
        # The fields know how much they hold.
        return min(COUNT_LIMIT, sum(row.listed for row in fields if terms.category in (None, row)))
    sql = f"SELECT COUNT(*) FROM (SELECT 1 FROM procedure p WHERE {where} LIMIT {COUNT_LIMIT}) AS counted"
    return int(ask(sql, *values)[0][0])


def _rows(ids: list[int]) -> list[tuple[Any, ...]]:
    if not ids:
        return []
    marks = ",".join("{}" for _ in ids)
    # The index knows the place in the list as far as three letters of kana; the page puts the rest right. Sorted here:
    # asked for an order, the database would rather walk through the whole list than look up these.
    rows = ask(f"{_SELECT_TO_SORT}p.id IN ({marks}) AND p.listed_as IS NOT NULL", *ids)
    return [row[:-1] for row in sorted(rows, key=lambda row: (row[-1], row[0]))]


def _grouped(rows: list[tuple[Any, ...]]) -> list[tuple[str, list[Row]]]:
    groups: dict[str, list[Row]] = {}
    for *row, name in rows:
        groups.setdefault(name, []).append(Row(*row))
    return list(groups.items())


def in_words(wanted: Wanted, fields: Iterable[Field], units: Iterable[Unit]) -> list[str]:
    """The conditions as the sentence above the list repeats them."""
    found = [f"「{wanted.words}」"] if wanted.words else []
    found += [f"カテゴリ「{row.name}」" for row in fields if row.id == wanted.category]
    found += [f"組織「{row.name}」" for row in units if row.id == wanted.division]
    return found + eligibility.said(wanted.facts)
