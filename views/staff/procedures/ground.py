"""What the screens of the editor share: the procedure at hand, its way back, and what another one has changed."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple

from models import Procedure, Role
from rules.procedures import editing
from rules.procedures.edit_sheet import Sheet
from rules.records.access import Missing
from rules.values.calendar import show_instant
from web import here, page, refuse

LIST = "/staff/procedures"
ONE = f"{LIST}/<id:int>"


class Ground(NamedTuple):
    """A procedure of one's own and its draft, a copy that may be changed."""

    row: Procedure
    document: dict[str, Any]

    @property
    def home(self) -> str:
        return home(self.row.id)


def home(id: int, rest: str = "") -> str:
    return f"{LIST}/{id}" + (f"/{rest}" if rest else "")


def ground(id: int) -> Ground:
    """The procedure, or Missing: also where the right to it was taken away meanwhile."""
    row = editing.own_procedure(here().member, id)
    return Ground(row, editing.draft_of(row))


def revision() -> int:
    return here().form.revision()


def is_late(at: Ground) -> bool:
    """Whether a form was made before the last change."""
    return here().posted and revision() != at.row.revision


def explained(handler: Callable[..., Any]) -> Callable[..., Any]:
    """A page about a part of the draft that is gone meanwhile: what was posted gets the sentence, a link gets a 404."""

    @wraps(handler)
    def draw(**args: Any) -> Any:
        try:
            return handler(**args)
        except editing.Gone as gone:
            if not here().posted:
                raise Missing from None
            return refuse(gone.message, way=("手続きの画面へ", home(args["id"])))

    return draw


def frame(at: Ground, word: str, *between: tuple[str, str | None]) -> dict[str, Any]:
    """What every page about one procedure begins with."""
    name = at.document["name"]
    return {
        "procedure": at.row,
        "document": at.document,
        "name": name,
        "word": word,
        "home": at.home,
        "way": [("手続き", LIST), (name, at.home), *between, (word, None)],
        # What the other has changed is shown: pressing again is meant for it.
        "revision": at.row.revision,
        "late": is_late(at),
        "changed": f"{show_instant(at.row.draft_at)}　{at.row.draft_actor}" if at.row.draft_at else "",
        "is_mine": at.row.draft_actor == here().member.name,
        "is_chief": here().member.role is Role.TOWN_ADMINISTRATOR,
    }


def sheet_page(
    template: str, at: Ground, word: str, sheet: Sheet, *between: tuple[str, str | None], **more: Any
) -> Any:
    """A page with the fields of a sheet: as typed, else as kept, and what another one has made of them meanwhile."""
    now = here()
    typed = now.form if now.posted else None
    return page(
        template,
        **frame(at, word, *between),
        questions=sheet.questions,
        raw=sheet.raw(typed),
        theirs=sheet.differences(now.form) + more.pop("more_theirs", []) if is_late(at) else None,
        **({"action": now.path} | more),
    )
