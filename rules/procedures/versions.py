"""版: what was published when and by whom, taking an earlier one up again, and giving up a draft."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import clock
from models import AuditEntry, Category, Division, FormVersion, PaperForm, Procedure, ask, transaction
from rules import Refusal
from rules.files import storage
from rules.procedures import editing, electronic_delivery, export, paper_form, procedure_file, usage
from rules.procedures.export import Exported
from rules.procedures.procedure import as_filed
from rules.procedures.usage import Uses
from rules.records import audit
from rules.records.access import Missing
from rules.records.session import SignedInStaff

Document = dict[str, Any]

_STALE = (
    "この画面を開いたあとで、ほかの職員が下書きを変えたため、まだ何も変えていません。"
    "下の内容を見直して、よければ、もう一度押してください。"
)
_DRAFT_IN_THE_WAY = (
    "いまの下書きがなくなるため、まだ何も変えていません。なくなる内容を見て、よければ、"
    "「いまの下書きを捨ててよい」に印を付けてから、もう一度押してください。"
)


class Line(NamedTuple):
    """A version in the history."""

    id: int
    number: int
    at: datetime
    by: str
    note: str
    uses: Uses
    is_present: bool


_LINES = """
SELECT v.id, v.number, v.published_at, s.name, v.note FROM form_version v LEFT JOIN staff s ON s.id = v.published_by_id
WHERE v.procedure_id = {} ORDER BY v.number DESC"""


def lines(wanted: Procedure) -> list[Line]:
    """Every version of a procedure, the newest first; one that came from a file was published by nobody."""
    uses = usage.by_version(wanted)
    return [
        Line(
            key,
            number,
            _instant(at),
            by or "（ファイルから）",
            note,
            uses.get(key, Uses()),
            number == wanted.published,
        )
        for key, number, at, by, note in ask(_LINES, wanted.id)
    ]


def _instant(stored: str) -> datetime:
    at = FormVersion.published_at.python_value(stored)
    assert at is not None
    return at


def one(wanted: Procedure, number: int) -> FormVersion:
    """A version of a procedure, or Missing."""
    found = FormVersion.row("procedure_id = {} AND number = {}", wanted.id, number)
    if found is None:
        raise Missing
    return found


def draft_files(wanted: Procedure) -> Exported:
    """The draft of a procedure as export writes what is published; Missing when there is none."""
    if wanted.draft is None:
        raise Missing
    document = wanted.draft
    present = paper_form.of_draft(wanted)
    papers, remarks = export.papers_of(
        [wanted], {wanted.id: document}, {(wanted.id, name): row for name, row in present.items()}
    )
    return Exported({f"{wanted.slug}.json": procedure_file.write(document)}, papers, remarks)


# ---------------------------------------------------------------- acts on the draft


def as_draft(wanted: Procedure, version: FormVersion) -> Document:
    """What a version would be as the draft: in place of a division or category that is no more, the present one."""
    if version.number == wanted.published:
        return as_filed(wanted, version.document)
    document = electronic_delivery.as_written(version.document)
    for key, table in (("division", Division), ("category", Category)):
        if table.row("town_id = {} AND name = {}", wanted.town_id, document[key]) is None:
            document = document | {key: getattr(wanted, key).name}
    return document


def restore(me: SignedInStaff, key: int, revision: int, number: int, *, over: bool = False) -> None:
    """Make an earlier version the draft; `over` says that the present draft may go."""
    wanted = editing.own_procedure(me, key)
    before = as_draft(wanted, one(wanted, number))
    if wanted.draft == before:
        return
    if wanted.draft is not None and not over:
        raise Refusal("", {"q-over": _DRAFT_IN_THE_WAY})

    def put_back(document: Document) -> None:
        document.clear()
        document.update(before)

    with transaction():
        try:
            changed = editing.change(me, key, revision, put_back)
        except editing.Behind:
            raise Refusal(_STALE) from None
        except Refusal as refusal:
            # The fields it speaks of are not on the page.
            raise Refusal(" ".join([refusal.message, *refusal.fields.values()]).strip()) from None
        if changed.revision != revision:
            audit.record("version_restored", staff=me, procedure=wanted.id, division=wanted.division_id, version=number)


def discard(me: SignedInStaff, key: int, revision: int) -> bool:
    """下書きをやめる: what is published stays; returns False when the procedure itself is gone, never published."""
    with transaction():
        if was_removed(me, key):
            return False
        wanted = editing.own_procedure(me, key)
        if wanted.draft is None:
            return True
        if wanted.published is None:
            _remove(me, wanted, revision)
            return False
        values = {"draft": None, "draft_actor": "", "draft_at": None, "revision": revision + 1}
        if Procedure.change(values, "id = {} AND revision = {}", wanted.id, revision) != 1:
            raise Refusal(_STALE)
        paper_form.forget_draft(wanted)
        audit.record("draft_discarded", staff=me, procedure=wanted.id, division=wanted.division_id)
    return True


def _remove(me: SignedInStaff, wanted: Procedure, revision: int) -> None:
    """Take a procedure away that residents have never seen; call inside a transaction."""
    for row in PaperForm.rows("procedure_id = {}", wanted.id):
        row.delete_instance()
        storage.retire(row.stored_as, clock.now())
    never = (Procedure.id == wanted.id) & (Procedure.revision == revision) & Procedure.published.is_null()
    if Procedure.delete().where(never).execute() != 1:
        raise Refusal(_STALE)
    audit.record("procedure_removed", staff=me, division=wanted.division_id, procedure=wanted.id, slug=wanted.slug)


def was_removed(me: SignedInStaff, key: int) -> bool:
    """Whether this is what one has just removed: the second of two presses finds nothing any more."""
    last = AuditEntry.row("staff_id = {} AND act = 'procedure_removed' ORDER BY id DESC", me.id)
    return last is not None and last.detail.get("procedure") == key and Procedure.row("id = {}", key) is None
