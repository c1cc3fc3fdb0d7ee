"""お問い合わせ: whom in the town to ask, and about what."""

from __future__ import annotations

from typing import NamedTuple

from models import Town, ask


class Office(NamedTuple):
    """A division that can be called; `above` is the 部 it belongs to, `hours` is empty where they are the town hall's.

    Its e-mail address is not shown: what stands on a public page fills up with spam, and what is asked by mail
    comes without a 申込番号 and unprotected. Questions about an application are asked on its own page.
    """

    name: str
    above: str
    telephone: str
    hours: str


_DIVISIONS = """
SELECT id, parent_id, name, telephone, hours FROM division
WHERE town_id = {} AND closed_at IS NULL ORDER BY position, id"""

_DUTIES = """
SELECT DISTINCT c.position, c.id, c.name, d.position, d.id, d.name
FROM procedure p JOIN category c ON c.id = p.category_id JOIN division d ON d.id = p.division_id
WHERE p.town_id = {} AND p.listed_as IS NOT NULL AND d.closed_at IS NULL ORDER BY 1, 2, 4, 5"""


def offices(town: Town) -> list[Office]:
    """The town's open divisions, each 部 before its 課; who has no telephone is reached through the town hall's."""
    rows = ask(_DIVISIONS, town.id)
    names = {key: name for key, _, name, _, _ in rows}
    below: dict[int | None, list[tuple[int, Office]]] = {}
    for key, parent, name, telephone, hours in rows:
        # A 課 whose 部 was closed stands for itself.
        above = parent if parent in names else None
        office = Office(name, names.get(above, ""), telephone or town.telephone, hours)
        below.setdefault(above, []).append((key, office))
    return _in_order(below, None)


def _in_order(below: dict[int | None, list[tuple[int, Office]]], above: int | None) -> list[Office]:
    found = []
    for key, office in below.get(above, ()):
        found += [office, *_in_order(below, key)]
    return found


def duties(town: Town) -> list[tuple[int, str, list[str]]]:
    """(category's id, its name, the divisions that handle its procedures), in the town's order."""
    found: dict[int, tuple[int, str, list[str]]] = {}
    for _, key, category, _, _, division in ask(_DUTIES, town.id):
        found.setdefault(key, (key, category, []))[2].append(division)
    return list(found.values())
