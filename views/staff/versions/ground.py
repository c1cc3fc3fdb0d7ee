"""What the screens around the versions of a procedure share."""

from __future__ import annotations

from typing import Any

from models import Procedure, Role
from rules.procedures import editing
from web import here

LIST = "/staff/procedures"
ONE = f"{LIST}/<id:int>"


def own(id: int) -> Procedure:
    """A procedure that the member of staff may edit, or Missing."""
    return editing.own_procedure(here().member, id)


def home(id: int, rest: str = "") -> str:
    return f"{LIST}/{id}" + (f"/{rest}" if rest else "")


def name_of(wanted: Procedure) -> str:
    """What staff call it: a draft may say another name than the lists of residents."""
    return str((wanted.draft or {}).get("name") or wanted.name)


def heading(wanted: Procedure, word: str, *between: tuple[str, str]) -> dict[str, Any]:
    """The values that every page about one procedure begins with."""
    own_name = name_of(wanted)
    way = [("手続き", LIST), (own_name, home(wanted.id)), *between, (word, None)]
    return {
        "procedure": wanted,
        "name": own_name,
        "word": word,
        "way": way,
        "home": home(wanted.id),
        "revision": wanted.revision,
        "is_chief": here().member.role is Role.TOWN_ADMINISTRATOR,
    }
