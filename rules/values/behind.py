"""Two people at one text: what stands there now, when and by whom, for a form that was made before (house rule 6)."""

from __future__ import annotations

from datetime import datetime
from difflib import SequenceMatcher
from typing import NamedTuple

from rules.values import text
from rules.values.calendar import show_instant

MOST_LINES = 100


class Line(NamedTuple):
    """A line that only one of the two texts has, and its place there."""

    theirs: bool
    number: int
    words: str


class Behind(NamedTuple):
    """What the other one has saved; `more` is how many differing lines are not shown."""

    changed: str
    lines: list[Line]
    more: int


def compare(mine: str, theirs: str, changed: str) -> Behind:
    """The lines in which what was typed differs from what is kept now."""
    lines = _differing(text.clean(mine).rstrip().split("\n"), text.clean(theirs).rstrip().split("\n"))
    return Behind(changed, lines[:MOST_LINES], max(len(lines) - MOST_LINES, 0))


def changed(at: datetime, by: str) -> str:
    """When and by whom: '2026年11月24日（火）10時00分　町野 一郎'."""
    return f"{show_instant(at)}　{by}"


def _differing(mine: list[str], theirs: list[str]) -> list[Line]:
    found = []
    for kind, first, last, from_, until in SequenceMatcher(None, theirs, mine).get_opcodes():
        if kind != "equal":
            found += [Line(True, first + n, words) for n, words in enumerate(theirs[first:last], 1)]
            found += [Line(False, from_ + n, words) for n, words in enumerate(mine[from_:until], 1)]
    return found
