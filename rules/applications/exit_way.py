"""この手続きの対象ではありません: where an exit page of a form sends the applicant instead."""

from __future__ import annotations

from typing import Any, NamedTuple

from models import Application, Procedure


class Way(NamedTuple):
    """The other procedure in words; `procedure` is its id where residents can open it."""

    words: str
    procedure: int | None


def way(written: Application, page: dict[str, Any]) -> Way | None:
    """The other procedure of the town that the page names; None where it names none that the town has."""
    wanted = page["exit"].get("procedure", "")
    found = Procedure.row("town_id = {} AND slug = {}", written.town_id, wanted) if wanted else None
    if found is None:
        return None
    words = page["exit"].get("text") or found.name
    return Way(words, found.id) if found.listed_as is not None else Way(found.name, None)
