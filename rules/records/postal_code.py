"""郵便番号 and their places: loaded from the postal service's list, and asked by those who type an address."""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import Any, NamedTuple

from models import PostalCode, ask, transaction
from rules.values import postal
from rules.values.text import fold

MOST = 30
"""So many places are offered for one code; none has more in one municipality."""
_AT_ONCE = 500


class Absent(Exception):
    """A list says nothing about a municipality that was asked for: its code."""


class Place(NamedTuple):
    """A place that a postal code may stand for; `text` is what the address begins with."""

    id: int
    prefecture: str
    municipality: str
    area: str

    @property
    def text(self) -> str:
        return self.municipality + self.area

    @property
    def words(self) -> str:
        return f"{self.prefecture} {self.text}"


class Finding(NamedTuple):
    """What 「住所を探す」 says beside an address; `kept` is the place that was not put over what is typed."""

    places: list[Place]
    kept: Place | None = None


def candidates(typed: str) -> list[Place]:
    """The places of a postal code, however it was typed; none for what is no postal code or is not known."""
    code = postal.code_of(typed)
    if not code:
        return []
    sql = "SELECT id, prefecture, municipality, area FROM postal_code WHERE code = {} ORDER BY id LIMIT {}"
    return [Place(*row) for row in ask(sql, code, MOST)]


def any_loaded() -> bool:
    """Whether there is anything to look up."""
    return bool(ask("SELECT 1 FROM postal_code LIMIT 1"))


def completed(place: Place, typed: str) -> str | None:
    """The address with this place at its beginning; None where another one is typed already.

    What begins with the place stays as it is, and what is a beginning of the place is completed.
    """
    known, mine = fold(place.text), fold(typed)
    # Some type the prefecture again although they choose it.
    mine = mine.removeprefix(fold(place.prefecture))
    if mine.startswith(known):
        return typed
    return place.text if known.startswith(mine) else None


def place_of(typed: str, number: str) -> Place | None:
    """The place of that id, if it is one of the postal code that is typed now."""
    return next((place for place in candidates(typed) if str(place.id) == number), None)


def pressed(raw: dict[str, Any], act: str) -> tuple[dict[str, Any], dict[str, Finding]] | None:
    """The answers of a page after 「住所を探す」 or a place was pressed, and what was found; None for another act.

    For pages that keep nothing between two requests: `raw` is what was typed on them, by question key.
    """
    name, _, about = act.partition(".")
    key, _, number = about.partition(".")
    typed = raw.get(key)
    if name not in ("find", "take") or not isinstance(typed, dict) or "postal_code" not in typed:
        return None
    place = place_of(typed["postal_code"], number)
    if name == "find" or place is None:
        return raw, {key: Finding(candidates(typed["postal_code"]))}
    address = completed(place, typed["address"])
    if address is None:
        return raw, {key: Finding(candidates(typed["postal_code"]), place)}
    return {**raw, key: {**typed, "prefecture": place.prefecture, "address": address}}, {}


def load(entries: Iterable[postal.Entry], wanted: Set[str] = frozenset()) -> dict[str, int]:
    """Put these places in the stead of what their municipalities had; returns how many each got.

    `wanted` are codes of prefectures (2 digits) or municipalities (5 or 6); none means all. Raises Absent.
    """
    kept = [entry for entry in entries if not wanted or wanted & _codes(entry)]
    for code in sorted(wanted):
        if not any(code in _codes(entry) for entry in kept):
            raise Absent(code)
    counts: dict[str, int] = {}
    for entry in kept:
        counts[entry.municipality_code] = counts.get(entry.municipality_code, 0) + 1
    with transaction():
        codes = list(counts)
        for first in range(0, len(codes), _AT_ONCE):
            some = codes[first : first + _AT_ONCE]
            PostalCode.delete().where(PostalCode.municipality_code.in_(some)).execute()
        for first in range(0, len(kept), _AT_ONCE):
            PostalCode.insert_many([entry._asdict() for entry in kept[first : first + _AT_ONCE]]).execute()
    return counts


def _codes(entry: postal.Entry) -> frozenset[str]:
    """What a municipality may be asked for by."""
    code = entry.municipality_code
    return frozenset((code, code[:5], code[:2]))
