"""ポータル: the towns of an installation that has several, by prefecture, found by name or reading."""

from __future__ import annotations

from itertools import groupby

from models import Town
from rules.records import towns
from rules.values.text import fold, words

# Fewer are seen at once.
ENOUGH_TO_SEARCH = 10


def found(typed: str) -> list[tuple[str, list[Town]]]:
    """(prefecture, its towns) in the order of the codes, from north to south; every word has to fit."""
    asked = words(typed)
    fitting = [town for town in towns.every() if all(word in _folded(town) for word in asked)]
    fitting.sort(key=lambda town: town.code)
    return [(prefecture, list(group)) for prefecture, group in groupby(fitting, key=lambda town: town.prefecture)]


def _folded(town: Town) -> str:
    return " ".join(fold(part) for part in (town.name, town.name_kana, town.prefecture))
