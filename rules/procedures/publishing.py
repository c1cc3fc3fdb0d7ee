"""公開: what a draft would change for residents and for what they have sent, and making it what they see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from models import Division, FormVersion, Procedure, Role, Staff, transaction
from rules import Refusal
from rules.forms import form
from rules.forms.fields import Question
from rules.procedures import editing, electronic_delivery, paper_form, procedure, usage, written
from rules.procedures.differences import differences
from rules.records import audit
from rules.records.access import Missing
from rules.records.session import SignedInStaff
from rules.values import text

Document = dict[str, Any]

MOST_NOTE = 500
_STALE = (
    "この画面を開いたあとで、ほかの職員がこの手続きを変えたため、まだ公開していません。"
    "下の内容を見直して、よければ、もう一度「公開する」を押してください。"
)
_NOTHING = "公開していない下書きは、ありません。"
_CLOSED = "担当する部課：「{}」は、閉じた部課です。ほかの部課を選んでください。"
_FAULTY = "直すところがあるため、公開できません。下の一覧を見て、先に直してください。"


# ---------------------------------------------------------------- the effect


@dataclass(frozen=True)
class Effect:
    """Who uses the published version, and what of its form the draft leaves, changes or asks anew.

    `earlier` are open applications on versions before the published one; `ends` says that one cannot apply online any
    more.
    """

    drafts: int
    open: int
    earlier: int
    gone: list[Question]
    changed: list[tuple[Question, Question]]
    required: list[Question]
    ends: bool

    @property
    def touches_answers(self) -> bool:
        return bool(self.gone or self.changed or self.required)


def as_published(document: Document) -> Document:
    """The document as publishing would make it."""
    return electronic_delivery.completed(document)


def present(wanted: Procedure) -> FormVersion | None:
    """The version that residents see, or saw until the procedure was closed."""
    if wanted.published is None:
        return None
    return FormVersion.row("procedure_id = {} AND number = {}", wanted.id, wanted.published)


def shown_now(wanted: Procedure) -> Document | None:
    """What residents are shown by that version, with the names that its division and category have by now."""
    found = present(wanted)
    return None if found is None else procedure.as_named(wanted, found.document)


def effect(wanted: Procedure, draft: Document) -> Effect:
    """What publishing the draft of a procedure would do."""
    shown = present(wanted)
    uses = usage.by_version(wanted)
    before = _asked(shown.document if shown else None)
    after = _asked(as_published(draft))
    kept = [(before[key], q) for key, q in after.items() if key in before]
    return Effect(
        # A draft follows the published version whenever it is opened.
        drafts=sum(each.drafts for each in uses.values()),
        open=uses.get(shown.id, usage.Uses()).open if shown else 0,
        earlier=sum(each.open for key, each in uses.items() if shown is None or key != shown.id),
        gone=[q for key, q in before.items() if after and key not in after],
        changed=[(old, new) for old, new in kept if old["type"] != new["type"]],
        required=_newly_required(before, after),
        ends=bool(before) and not after,
    )


def _asked(document: Document | None) -> dict[str, Question]:
    """The questions of a document that are answered, by key."""
    sheet = document.get("form") if document else None
    return {q["key"]: q for page in (form.pages(sheet) if sheet else []) for q in form.inputs(page)}


def _newly_required(before: dict[str, Question], after: dict[str, Question]) -> list[Question]:
    """What drafts that are nearly done have still to answer."""
    return [
        q
        for key, q in after.items()
        if before and q.get("required") and not (key in before and before[key].get("required"))
    ]


def faults(wanted: Procedure) -> list[editing.Fault]:
    """What keeps the draft of a procedure from being published, each with its place."""
    found = editing.faults(wanted.draft)
    known = {fault.sentence for fault in found}
    lacking = [sentence for sentence in paper_form.lacking(wanted, wanted.draft) if sentence not in known]
    of_closed = Division.row(
        "town_id = {} AND name = {} AND closed_at IS NOT NULL", wanted.town_id, wanted.draft["division"]
    )
    if of_closed is not None:
        found = [editing.Fault(_CLOSED.format(of_closed.name), "rules"), *found]
    return found + [editing.Fault(sentence, "paper-forms") for sentence in lacking]


def changes(wanted: Procedure) -> list[str]:
    """What the draft of a procedure says otherwise than what is published, a sentence each."""
    return differences(shown_now(wanted), as_published(wanted.draft))


def is_equal(wanted: Procedure) -> bool:
    """Whether the draft says just what is published."""
    shown = shown_now(wanted)
    return shown is not None and written.write(shown) == written.write(as_published(wanted.draft))


# ---------------------------------------------------------------- the act


NEW, EQUAL, DONE = "new", "equal", "done"


class Published(NamedTuple):
    """The version residents see now: NEW, the one that was there (the draft was EQUAL to it), or DONE a moment ago."""

    number: int
    how: str


def digest(document: Document) -> str:
    """What a draft's version would be known by."""
    return procedure.digest_of(as_published(document))


def is_published(wanted: Procedure, wanted_digest: str) -> bool:
    """Whether residents see just this, as after the first of two presses."""
    shown = shown_now(wanted)
    return wanted.draft is None and shown is not None and procedure.digest_of(shown) == wanted_digest


def publish(me: SignedInStaff, key: int, revision: int, shown: str, note: str = "") -> Published:
    """Make the draft what residents see; `shown` is the digest of the draft that was looked at.

    Pressed twice, the second press finds what the first has done.
    """
    if me.role is not Role.TOWN_ADMINISTRATOR:
        raise Missing
    kept = _note(note)
    with transaction():
        wanted = editing.own_procedure(me, key)
        before = present(wanted)
        if before is not None and is_published(wanted, shown):
            return Published(before.number, DONE)
        if wanted.draft is None:
            raise Refusal(_NOTHING)
        if Procedure.change({"revision": revision + 1}, "id = {} AND revision = {}", wanted.id, revision) != 1:
            raise Refusal(_STALE)
        if faults(wanted):
            raise Refusal(_FAULTY)
        wanted.revision = revision + 1
        how = NEW
        if before is not None and is_equal(wanted):
            # The same, perhaps in other words: the version that is there is kept as it is.
            how, wanted.draft = EQUAL, procedure.as_filed(wanted, before.document)
        made = procedure.publish_draft(wanted, by=Staff.get_by_id(me.id))
        if how == NEW:
            FormVersion.change({"note": kept}, "id = {}", made.id)
        act = "procedure_published" if how == NEW else "draft_equal_to_published"
        audit.record(act, staff=me, procedure=wanted.id, division=wanted.division_id, version=made.number)
    return Published(made.number, how)


def _note(typed: str) -> str:
    kept = text.clean(typed).strip()
    if len(kept) > MOST_NOTE:
        sentence = f"変更のあらましは{MOST_NOTE}文字までです。いまは{len(kept)}文字あります。短くしてください。"
        raise Refusal("", {"q-note": sentence})
    return kept
