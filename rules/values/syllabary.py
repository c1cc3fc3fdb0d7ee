"""五十音から探す: a town's procedures by the row their reading begins in."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from models import Town, ask
from rules.values.text import fold

ROWS = {
    "ア": "アイウエオ",
    "カ": "カキクケコ",
    "サ": "サシスセソ",
    "タ": "タチツテト",
    "ナ": "ナニヌネノ",
    "ハ": "ハヒフヘホ",
    "マ": "マミムメモ",
    "ヤ": "ヤユヨ",
    "ラ": "ラリルレロ",
    "ワ": "ワヰヱヲン",
}
# What begins with a letter, a digit or a kanji.
OTHER = "＊"
PER_PAGE = 200


def first_of(kana: str) -> str:
    """The kana a reading begins with, large and without its marks: ガ is カ, ヴ is ウ; OTHER for what is none."""
    first = unicodedata.normalize("NFD", fold(kana)[:1])[:1]
    return first if any(first and first in letters for letters in ROWS.values()) else OTHER


def row_of(kana: str) -> str:
    """The row a reading stands in."""
    first = first_of(kana)
    return next((row for row, letters in ROWS.items() if first in letters), OTHER)


@dataclass(frozen=True)
class Index:
    """One row of the index: (row, how many) of all rows, and the procedures by first kana."""

    rows: list[tuple[str, int]]
    row: str
    groups: list[tuple[str, list[tuple[int, str, str]]]]
    has_next: bool


def index(town: Town, row: str, page: int) -> Index:
    """A page of a row; the first row that holds something where none is named."""
    counts = dict(
        ask(
            "SELECT kana_row, COUNT(*) FROM procedure WHERE town_id = {} AND listed_as IS NOT NULL GROUP BY kana_row",
            town.id,
        )
    )
    rows = [(name, counts.get(name, 0)) for name in (*ROWS, OTHER)]
    if row not in dict(rows):
        row = next((name for name, count in rows if count), "ア")
    found = ask(
        "SELECT id, name, name_kana, channel FROM procedure "
        "WHERE town_id = {} AND kana_row = {} AND listed_as IS NOT NULL "
        f"ORDER BY name_kana, id LIMIT {PER_PAGE + 1} OFFSET {(page - 1) * PER_PAGE}",
        town.id,
        row,
    )
    groups: dict[str, list[tuple[int, str, str]]] = {letter: [] for letter in ROWS.get(row, OTHER)}
    for key, name, kana, channel in found[:PER_PAGE]:
        groups[first_of(kana)].append((key, name, channel))
    return Index(rows, row, [pair for pair in groups.items() if pair[1]], len(found) > PER_PAGE)
