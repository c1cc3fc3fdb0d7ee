"""受付をやめる: a procedure leaves the lists and takes nothing new; what was sent goes on. It can be opened again."""

from __future__ import annotations

from typing import NamedTuple

import clock
from models import Guide, Procedure, Role, transaction
from rules import Refusal
from rules.guides import guide
from rules.procedures import editing, procedure, usage, versions
from rules.records import audit
from rules.records.access import Missing
from rules.records.session import SignedInStaff

_STALE = (
    "この画面を開いたあとで、ほかの職員がこの手続きを変えたため、まだ何も変えていません。"
    "下の内容を見直して、よければ、もう一度押してください。"
)

_CLOSED_DIVISION = (
    "担当する部課「{}」は、閉じた部課なので、受付を再開できません。先に、手続きの「決まり」でほかの部課を選んで公開するか、"
    "「設定」でその部課をまた使えるようにしてください。"
)


class Touched(NamedTuple):
    """What closing a procedure meets: drafts, open applications, and the 手続き判定 that lead to it."""

    drafts: int
    open: int
    guides: list[str]


def touched(wanted: Procedure) -> Touched:
    """Who has to do with a procedure now."""
    uses = usage.by_version(wanted).values()
    return Touched(sum(each.drafts for each in uses), sum(each.open for each in uses), _guides(wanted))


def _guides(wanted: Procedure) -> list[str]:
    """The titles of the published guides that name the procedure."""
    rows = Guide.rows(
        "town_id = {} AND published_at IS NOT NULL AND closed_at IS NULL ORDER BY position, id", wanted.town_id
    )
    return [row.title for row in rows if any(result.slug == wanted.slug for result in guide.sheet(row).results)]


def close(me: SignedInStaff, key: int, revision: int) -> None:
    """受付をやめる; closed already, there is nothing to do."""
    _set(me, key, revision, closed=True)


def reopen(me: SignedInStaff, key: int, revision: int) -> None:
    """受付を再開する, with the version that was published last."""
    _set(me, key, revision, closed=False)


def _set(me: SignedInStaff, key: int, revision: int, *, closed: bool) -> None:
    if me.role is not Role.TOWN_ADMINISTRATOR:
        raise Missing
    with transaction():
        wanted = editing.own_procedure(me, key)
        if wanted.published is None:
            raise Missing
        if (wanted.closed_at is not None) is closed:
            return
        if not closed and wanted.division.closed_at is not None:
            raise Refusal(_CLOSED_DIVISION.format(wanted.division.name))
        values = {"closed_at": clock.now() if closed else None, "revision": revision + 1}
        if Procedure.change(values, "id = {} AND revision = {}", wanted.id, revision) != 1:
            raise Refusal(_STALE)
        procedure.relist(Procedure.get_by_id(wanted.id), versions.one(wanted, wanted.published).document)
        act = "procedure_closed" if closed else "procedure_reopened"
        audit.record(act, staff=me, procedure=wanted.id, division=wanted.division_id)
