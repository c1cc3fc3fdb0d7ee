"""手続きの編集: the draft of a procedure, who may change it, and how two clerks at it keep out of each other's way."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from peewee import ModelSelect

import clock
from models import Category, Division, FormVersion, Procedure, transaction
from rules import Refusal
from rules.forms import form_lint
from rules.procedures import procedure_file, written
from rules.procedures.procedure import as_filed
from rules.records import access, audit
from rules.records.access import Missing
from rules.records.first_revision import first_revision
from rules.records.session import SignedInStaff
from rules.values import text
from rules.values.calendar import show_instant

Document = dict[str, Any]
Act = Callable[[Document], None]

_BEHIND = (
    "ほかの職員が先に変更しました（{}）。あなたの入力は、まだ保存していません。下に残っています。"
    "違うところを見て、よければ、もう一度押してください。"
)
_MOVED_ON = (
    "この画面を開いたあとで、下書きが変わりました（{}）。いまの操作は、まだ保存していません。"
    "内容をお確かめのうえ、よければ、もう一度押してください。"
)
_GONE = "この{}は、もうありません。ほかの職員が、先に削除したようです。何も保存していません。"
_TAKEN = "名札「{}」は、ほかの手続きが使っています。ほかの名札にしてください。"
_NOT_OWN = "「{}」は、あなたが担当する部課ではありません。担当する部課の中から選んでください。"

# What the row repeats of its document, by the same name.
_COLUMNS = ("name", "name_kana", "summary", "channel", "login")


class Behind(Refusal):
    """Somebody else changed the draft after the form was made; nothing was saved."""


class Gone(Refusal):
    """The page or question that the form is about stands no longer in the draft; nothing was saved."""

    def __init__(self, what: str) -> None:
        super().__init__(_GONE.format(what))


class Fault(NamedTuple):
    """What keeps a draft from being published, and where below the procedure it is put right.

    path: "" (the procedure itself), "rules", "guidance", "mails", "paper-forms", "pages/KEY", "questions/KEY".
    """

    sentence: str
    path: str


# ---------------------------------------------------------------- whose


def own_procedures(me: SignedInStaff) -> ModelSelect[Procedure]:
    """What a member of staff may edit: a clerk own divisions and below, a town administrator the town."""
    return Procedure.select().where(
        (Procedure.town == me.town) & Procedure.division.in_(sorted(access.own_divisions(me)))
    )


def own_procedure(me: SignedInStaff, key: int) -> Procedure:
    """One of them, or Missing."""
    found = Procedure.row("id = {} AND town_id = {}", key, me.town)
    if found is None or found.division_id not in access.own_divisions(me):
        raise Missing
    return found


# ---------------------------------------------------------------- what


def published_of(procedure: Procedure) -> Document | None:
    """What is published now, as its file would say it; None before the first publication."""
    if procedure.published is None:
        return None
    row = FormVersion.row("procedure_id = {} AND number = {}", procedure.id, procedure.published)
    return None if row is None else as_filed(procedure, row.document)


def draft_of(procedure: Procedure) -> Document:
    """The document as it is being edited: the draft, else what is published; a copy to be changed at will."""
    found = procedure.draft if procedure.draft is not None else published_of(procedure)
    if found is None:
        raise Missing
    return written.tidied(copy.deepcopy(found))


def has_changes(procedure: Procedure) -> bool:
    """Whether the draft says something else than what is published."""
    return procedure.draft is not None and draft_of(procedure) != published_of(procedure)


def faults(document: Document) -> list[Fault]:
    """Everything that has to be put right before a draft can be published, the form's faults with their places."""
    form = document["form"] if document["channel"] == "online" else None
    placed = [] if form is None else form_lint.faults(form)
    found = [Fault(fault.sentence, _place(fault.page, fault.question)) for fault in placed]
    known = {fault.sentence for fault in found}
    rest = [sentence for sentence in procedure_file.faults(document) if sentence not in known]
    found = [Fault(_KEY.sub(r"\1：", sentence), _place_of(sentence)) for sentence in rest] + found
    if text.is_blank(document["summary"]):
        # A file may lack it, as those of the first versions do; what residents shall find has it.
        found.insert(0, Fault("短い説明：手続きの一覧に出る言葉です。1行で書いてください。", "rules"))
    return [fault._replace(sentence=_NAME.sub("", fault.sentence)) for fault in found]


def _place(page: str, question: str) -> str:
    return f"questions/{question}" if question else f"pages/{page}" if page else ""


# A sentence about a file names the key of it: "name（手続きの名前）：…"; a clerk knows it by its name alone.
_KEY = re.compile(r"^[a-z_.\[\]0-9]+（([^）]+)）：")
# Names that only a file knows, behind the words for them: 「色」（color）, ページ（pages）.
_NAME = re.compile(r"（[a-z][a-z0-9_]*）")
_PLACES = (("guidance", "guidance"), ("mails", "mails"), ("paper_forms", "paper-forms"), ("form", ""))


def _place_of(sentence: str) -> str:
    """Where a fault of the file's other keys is put right: the sentence begins with the key."""
    return next((place for key, place in _PLACES if sentence.startswith(key)), "rules")


# ---------------------------------------------------------------- changing


def change(me: SignedInStaff, key: int, revision: int, act: Act, *, again: str = "") -> Procedure:
    """Let `act` change the draft, if nobody has changed it since `revision`; raises Behind, Missing, Refusal.

    A change that is there already is nothing to do: of a button pressed twice the second press finds it done.
    `again` is what to say to whoever comes too late, where the usual words do not fit.
    """
    with transaction():
        row = own_procedure(me, key)
        before, document = draft_of(row), draft_of(row)
        act(document)
        document = written.tidied(document)
        if document == before:
            return row
        values = {
            **_columns(me, row, before, document),
            "draft": document,
            "revision": revision + 1,
            "draft_actor": me.name,
            "draft_at": clock.now(),
        }
        if Procedure.change(values, "id = {} AND revision = {}", row.id, revision) != 1:
            raise Behind(again) if again else behind(me, row)
        audit.record("procedure_edited", staff=me, division=row.division_id, procedure=row.id)
    return Procedure.get_by_id(row.id)


def behind(me: SignedInStaff, row: Procedure) -> Behind:
    """The refusal for a form made before the last change; says whose change it was."""
    by = (
        show_instant(row.draft_at) + "　" + row.draft_actor
        if row.draft_at
        else "公開されたか、ファイルから読み込まれました"
    )
    return Behind((_MOVED_ON if row.draft_actor == me.name else _BEHIND).format(by))


def make(me: SignedInStaff, document: Document) -> Procedure:
    """A new procedure with this draft, in a division of one's own; made already, it is found."""
    with transaction():
        document = written.tidied(document)
        before = Procedure.row("town_id = {} AND slug = {}", me.town, document["id"])
        if before is not None and before.published is None and before.draft == document:
            return before
        columns = {
            "town": me.town,
            "draft": document,
            "draft_actor": me.name,
            "draft_at": clock.now(),
            "revision": first_revision(),
            "created_at": clock.now(),
        }
        made = Procedure.create(**columns, **_repeated(me, me.town, document, {}))
        audit.record("procedure_created", staff=me, division=made.division_id, procedure=made.id)
    return made


def _columns(me: SignedInStaff, row: Procedure, before: Document, document: Document) -> dict[str, Any]:
    """What the row repeats of a changed draft; of what is published it goes on repeating that."""
    found = _repeated(me, row.town_id, document, before)
    if row.published is None:
        return found
    if document["id"] != row.slug:
        raise Refusal("", {"q-id": "公開した手続きの名札は、変えられません。"})
    return {}


def _repeated(me: SignedInStaff, town: int | None, document: Document, before: Document) -> dict[str, Any]:
    """The columns out of a document; refuses a division that is not one's own, and an id that is taken."""
    division = Division.row("town_id = {} AND name = {}", town, document["division"])
    category = Category.row("town_id = {} AND name = {}", town, document["category"])
    if document["division"] != before.get("division") and (
        division is None or division.closed_at is not None or division.id not in access.own_divisions(me)
    ):
        raise Refusal("", {"q-division": _NOT_OWN.format(document["division"])})
    if category is None and document["category"] != before.get("category"):
        raise Refusal(
            "", {"q-category": f"カテゴリ「{document['category']}」がありません。ほかのカテゴリを選んでください。"}
        )
    if document["id"] != before.get("id") and Procedure.row("town_id = {} AND slug = {}", town, document["id"]):
        raise Refusal("", {"q-id": _TAKEN.format(document["id"])})
    found = {"slug": document["id"], **{key: document[key] for key in _COLUMNS}}
    return found | ({"division": division.id} if division else {}) | ({"category": category.id} if category else {})


# ---------------------------------------------------------------- places in a draft


def pages(document: Document) -> list[Document]:
    """The pages of its form; a procedure of the counter has none."""
    return document["form"]["pages"] if document["form"] else []


def page_of(document: Document, key: str) -> Document:
    """A page of the draft, or Gone."""
    for page in pages(document):
        if page["key"] == key:
            return page
    raise Gone("ページ")


def place_of(document: Document, key: str) -> tuple[list[Document], int]:
    """The list that a question or a column of a table stands in, and where; or Gone. Columns are named TABLE.COLUMN."""
    wanted, _, column = key.partition(".")
    for page in pages(document):
        for at, question in enumerate(page["questions"]):
            if question["key"] == wanted:
                return _column(question, column) if column else (page["questions"], at)
    raise Gone("項目")


def _column(table: Document, key: str) -> tuple[list[Document], int]:
    columns: list[Document] = table.get("columns", [])
    for at, column in enumerate(columns):
        if column["key"] == key:
            return columns, at
    raise Gone("列")


def question_of(document: Document, key: str) -> Document:
    """A question of the draft, or a column of a table (TABLE.COLUMN); or Gone."""
    questions, at = place_of(document, key)
    return questions[at]


def page_with(document: Document, key: str) -> Document:
    """The page that a question stands on, or Gone."""
    wanted = key.partition(".")[0]
    for page in pages(document):
        if any(question["key"] == wanted for question in page["questions"]):
            return page
    raise Gone("項目")
