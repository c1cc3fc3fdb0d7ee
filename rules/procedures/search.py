"""Finding procedures by words: an index of one- and two-letter tokens, so that 税, 税金 and 水道 are found.

The one module beside models/table.py that speaks SQLite's own dialect (FTS5).

An entry's rowid is its place in the list (town, field, the reading's first letters) with the procedure's id at its
end. FTS5 hands out rows by rowid, so a page of results is walked in the order it is shown in, and costs the same
however many procedures match.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from models import Procedure, Town, ask, transaction
from rules.values.text import fold, words

Condition = tuple[str, tuple[Any, ...]]

# 63 bits: the id, three letters of kana, the field, the town.
_ID_BITS, _KANA_BITS, _LETTERS, _FIELD_BITS = 23, 7, 3, 8
_ID_MASK = (1 << _ID_BITS) - 1
_TOWN_SHIFT = _ID_BITS + _KANA_BITS * _LETTERS + _FIELD_BITS
_APART = re.compile("[\\s、，,]+")
# No word has three Latin letters as one token: it keeps the end of a text and the beginning of the next apart.
_END = " end "


def _letters(text: str) -> str:
    # fold() makes ー a hyphen, at which the tokenizer would split.
    return "".join(c for c in fold(text).replace("-", "ー") if c.isalnum() or c == "ー")


def _bigrams(letters: str) -> list[str]:
    return [letters[i : i + 2] for i in range(len(letters) - 1)]


def texts(document: dict[str, Any]) -> list[str]:
    """What a procedure is found by."""
    return [document["name"], document["name_kana"], document["category"], *document["synonyms"]]


def tokens(procedure: int, category: int, division: int, found_by: Iterable[str]) -> str:
    """The words of an entry: two letters each, then every letter by itself, then what it belongs to."""
    runs = [_letters(text) for text in found_by]
    pairs = _END.join(" ".join(_bigrams(run)) for run in runs)
    singles = " ".join(sorted(set("".join(runs))))
    return f"{pairs}{_END}{singles} category{category} division{division} procedure{procedure}"


def place(town: int, listed_as: str, procedure: int) -> int:
    """The rowid of an entry: it sorts as `listed_as` does, as far as its bits reach."""
    field, _, kana = listed_as.partition(" ")
    key = (town << _FIELD_BITS) + min(int(field), (1 << _FIELD_BITS) - 1)
    for letter in kana[:_LETTERS].ljust(_LETTERS, "\0"):
        # Letters before the katakana come first, those behind them last.
        key = (key << _KANA_BITS) + min(max(ord(letter) - 0x30A0, 0), (1 << _KANA_BITS) - 1)
    return (key << _ID_BITS) + procedure


def index(procedure: Procedure, document: dict[str, Any]) -> None:
    """Put a listed procedure into the index in place of what stands there of it; call inside a transaction."""
    remove(procedure)
    assert procedure.listed_as is not None
    _add(procedure.town_id, procedure.listed_as, procedure.id, procedure.category_id, procedure.division_id, document)


def remove(procedure: Procedure) -> None:
    """Take what stands of a procedure out of the index; call inside a transaction."""
    mine = f"procedure{procedure.id}"
    for (row,) in ask("SELECT rowid FROM procedure_search WHERE procedure_search MATCH {}", mine):
        ask("DELETE FROM procedure_search WHERE rowid = {}", row)


def _add(town: int, listed_as: str, procedure: int, category: int, division: int, document: dict[str, Any]) -> None:
    ask(
        "INSERT INTO procedure_search (rowid, tokens) VALUES ({}, {})",
        place(town, listed_as, procedure),
        tokens(procedure, category, division, texts(document)),
    )


_LACKING = """
SELECT p.town_id, p.listed_as, p.id, p.category_id, p.division_id, v.document, c.name
FROM procedure p JOIN form_version v ON v.procedure_id = p.id AND v.number = p.published
JOIN category c ON c.id = p.category_id
WHERE p.listed_as IS NOT NULL AND p.id > {} ORDER BY p.id LIMIT 500"""


def fill() -> int:
    """Put every listed procedure into the index that is not in it, as after an upgrade; returns how many."""
    known = {row & _ID_MASK for (row,) in ask("SELECT rowid FROM procedure_search")}
    last = added = 0
    with transaction():
        while rows := ask(_LACKING, last):
            for town, listed_as, last, category, division, document, called in rows:
                if last not in known:
                    # The field may have another name by now than when this was published.
                    found_by = json.loads(document) | {"category": called}
                    _add(town, listed_as, last, category, division, found_by)
                    added += 1
    return added


def asked_words(typed: str) -> list[str]:
    """The words somebody searches for, as far as there are letters in them."""
    return [letters for part in _APART.split(typed) for letters in map(_letters, words(part)) if letters]


def _match(typed: list[str], category: int | None, divisions: Iterable[int] | None) -> str:
    asked = ['"' + " ".join(_bigrams(word) or [word]) + '"' for word in typed]
    if category is not None:
        asked.append(f"category{category}")
    if divisions is not None:
        asked.append("(" + " OR ".join(f"division{key}" for key in divisions) + ")")
    return " AND ".join(asked)


def hits(
    town: Town,
    typed: list[str],
    *,
    category: tuple[int, int] | None = None,
    divisions: Iterable[int] | None = None,
    also: Iterable[Condition] = (),
    limit: int,
) -> list[int]:
    """The ids of the first procedures in the list's order that have every word and fit every condition.

    `category` is (id, position), `also` holds conditions over `procedure p`; one of the others has to be given.
    """
    lowest, highest = town.id << _TOWN_SHIFT, (town.id + 1) << _TOWN_SHIFT
    if category is not None:
        step = _TOWN_SHIFT - _FIELD_BITS
        field = min(category[1], (1 << _FIELD_BITS) - 1)
        lowest, highest = lowest + (field << step), lowest + ((field + 1) << step)
    values: list[Any] = [_match(typed, category[0] if category else None, divisions), lowest, highest]
    sql = "SELECT s.rowid FROM procedure_search s "
    conditions = "WHERE procedure_search MATCH {} AND s.rowid >= {} AND s.rowid < {}"
    for condition, more in also:
        conditions += f" AND {condition}"
        values.extend(more)
    if len(values) > 3 or also:
        sql += f"CROSS JOIN procedure p ON p.id = (s.rowid & {_ID_MASK}) "
    found = ask(f"{sql}{conditions} ORDER BY s.rowid LIMIT {limit}", *values)
    return [row & _ID_MASK for (row,) in found]
