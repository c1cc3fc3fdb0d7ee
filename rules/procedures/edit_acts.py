"""What a clerk does to a draft, a verb per button; each goes through editing.change and is refused if it comes late."""

from __future__ import annotations

from typing import Any

from models import Procedure
from rules import Refusal
from rules.forms.fields import FormData, Question
from rules.procedures import (
    edit_conditions,
    edit_names,
    edit_pages,
    edit_papers,
    edit_question,
    edit_rules,
    edit_texts,
    editing,
)
from rules.procedures.edit_sheet import Sheet
from rules.records.session import SignedInStaff

Document = dict[str, Any]
Values = dict[str, Any]


def write_rules(me: SignedInStaff, key: int, revision: int, values: Values) -> None:
    editing.change(me, key, revision, lambda document: edit_rules.write(document, values))


def write_guidance(me: SignedInStaff, key: int, revision: int, values: Values) -> None:
    editing.change(me, key, revision, lambda document: edit_texts.write_guidance(document, values))


def write_mail(me: SignedInStaff, key: int, revision: int, kind: str, wording: str | None) -> None:
    """Word a mail for this procedure alone; None gives it back to the usual words."""
    editing.change(me, key, revision, lambda document: edit_texts.write_mail(document, kind, wording))


# ---------------------------------------------------------------- pages


def add_page(me: SignedInStaff, key: int, revision: int, values: Values, *, is_exit: bool) -> str:
    """A page behind the others; returns its key."""
    row = editing.own_procedure(me, key)
    made = edit_pages.new_page("", is_exit=is_exit)
    edit_pages.write_page(made, values, is_exit=is_exit)

    def act(document: Document) -> None:
        if document["form"] is None:
            raise Refusal("窓口のみの手続きには、様式がありません。先に「決まり」で、申請の方法を変えてください。")
        if row.revision != revision and (before := edit_pages.same_page(document, made)):
            made["key"] = before
            return
        taken = edit_names.published_pages(row) | {page["key"] for page in editing.pages(document)}
        made["key"] = edit_names.numbered("page", taken)
        document["form"]["pages"].append(made)

    editing.change(me, key, revision, act)
    return str(made["key"])


def write_page(me: SignedInStaff, key: int, revision: int, page: str, values: Values) -> None:
    def act(document: Document) -> None:
        wanted = editing.page_of(document, page)
        edit_pages.write_page(wanted, values, is_exit="exit" in wanted)

    editing.change(me, key, revision, act)


def place_page(me: SignedInStaff, key: int, revision: int, page: str, index: int) -> None:
    editing.change(me, key, revision, lambda document: edit_pages.place_page(document, page, index))


def remove_page(me: SignedInStaff, key: int, revision: int, page: str) -> None:
    editing.change(me, key, revision, lambda document: edit_pages.remove_page(document, page))


# ---------------------------------------------------------------- questions


def question_sheet(row: Procedure, document: Document, kind: str, path: str, table: str = "") -> Sheet:
    """The screen of a question that stands in the draft (path: its key, TABLE.COLUMN), or of a new one ("")."""
    if not path:
        return edit_question.sheet(document, kind, None, table=table, key="new")
    table, _, column = path.rpartition(".")
    present = editing.question_of(document, path)
    fixed = path in edit_names.published_keys(row)
    return edit_question.sheet(document, kind, present, table=table, key="" if fixed else "open")


def add_question(
    me: SignedInStaff,
    key: int,
    revision: int,
    typed: FormData,
    kind: str,
    *,
    page: str = "",
    table: str = "",
    after: str = edit_pages.LAST,
) -> str:
    """A question on a page, or a column of a table; returns its path."""
    row = editing.own_procedure(me, key)
    made: Question = {}

    def act(document: Document) -> None:
        made.update(_typed(row, document, typed, kind, None, table))
        if table:
            columns = editing.question_of(document, table).setdefault("columns", [])
            columns.append(made)
        elif row.revision != revision and (before := edit_pages.same_but_key(document, page, made)):
            made["key"] = before
        else:
            edit_pages.add_question(document, page, made, after)

    editing.change(me, key, revision, act)
    return f"{table}.{made['key']}" if table else str(made["key"])


def write_question(me: SignedInStaff, key: int, revision: int, typed: FormData, path: str) -> str:
    """Let a question be what was typed; returns its path, which changes with its 名札."""
    row = editing.own_procedure(me, key)
    table = path.rpartition(".")[0]
    made: Question = {}

    def act(document: Document) -> None:
        present = editing.question_of(document, path)
        made.update(_typed(row, document, typed, present["type"], present, table))
        edit_pages.put(document, path, made)

    editing.change(me, key, revision, act)
    return f"{table}.{made['key']}" if table else str(made["key"])


def _typed(
    row: Procedure, document: Document, typed: FormData, kind: str, present: Question | None, table: str
) -> Question:
    """The question that was typed, its key and choices too; a Refusal with all that is wrong with it."""
    path = "" if present is None else f"{table}.{present['key']}" if table else str(present["key"])
    values, errors = _read(question_sheet(row, document, kind, path, table), typed)
    choices: list[dict[str, str]] = []
    if kind in ("choice", "choices"):
        try:
            choices = edit_question.choices(typed, _used_values(row, path))
        except Refusal as refusal:
            errors |= refusal.fields
    if errors:
        raise Refusal("", errors)
    made = edit_question.written(document, kind, present, values, table=table)
    if choices:
        made["choices"] = choices
    others = edit_names.taken(row, document, table) - ({present["key"]} if present else set())
    wanted = values.get("key") or ""
    if present is None:
        made["key"] = edit_names.checked(wanted, others) if wanted else edit_names.question(made["label"], kind, others)
    elif "key" in values and wanted != present["key"]:
        made["key"] = edit_names.checked(wanted, others)
    return made


def _read(sheet: Sheet, typed: FormData) -> tuple[Values, dict[str, str]]:
    try:
        return sheet.read(typed), {}
    except Refusal as refusal:
        return {}, dict(refusal.fields)


def _used_values(row: Procedure, path: str) -> set[str]:
    """What choices of a question were recorded as in any version: no other choice may take their place."""
    found = edit_names.questions_of(edit_names.published_forms(row))
    return {choice["value"] for key, q in found if key == path for choice in q.get("choices", ())}


def place_question(me: SignedInStaff, key: int, revision: int, path: str, index: int) -> None:
    editing.change(me, key, revision, lambda document: edit_pages.place_question(document, path, index))


def move_question(me: SignedInStaff, key: int, revision: int, path: str, page: str, after: str) -> None:
    editing.change(me, key, revision, lambda document: edit_pages.move_to_page(document, path, page, after))


def copy_question(me: SignedInStaff, key: int, revision: int, path: str) -> str:
    """A copy below; returns its path."""
    row = editing.own_procedure(me, key)
    table = path.rpartition(".")[0]
    made: list[str] = []

    def act(document: Document) -> None:
        made.append(edit_pages.copy_question(document, path, edit_names.taken(row, document, table)))

    editing.change(me, key, revision, act)
    return f"{table}.{made[0]}" if table else made[0]


def remove_question(me: SignedInStaff, key: int, revision: int, path: str) -> None:
    editing.change(me, key, revision, lambda document: edit_pages.remove_question(document, path))


def set_kind(me: SignedInStaff, key: int, revision: int, path: str, kind: str) -> None:
    """Make a question one of another type, as far as its answers fit."""
    row = editing.own_procedure(me, key)

    def act(document: Document) -> None:
        present = editing.question_of(document, path)
        published = path in edit_names.published_keys(row)
        if kind == present["type"]:
            return
        if kind not in edit_question.other_kinds(present["type"], published=published, of_column="." in path):
            raise Refusal("", {"q-kind": "この種類には変えられません。表示されている中から選んでください。"})
        edit_pages.put(document, path, edit_question.with_kind(present, kind))

    editing.change(me, key, revision, act)


def set_condition(
    me: SignedInStaff, key: int, revision: int, condition: Document | None, *, page: str = "", question: str = ""
) -> None:
    """When a page or a question is shown; None is always."""

    def act(document: Document) -> None:
        part = editing.question_of(document, question) if question else editing.page_of(document, page)
        if edit_conditions.same(part.get("show_if"), condition):
            return
        part.pop("show_if", None)
        if condition is not None:
            part["show_if"] = condition

    editing.change(me, key, revision, act)


# ---------------------------------------------------------------- paper forms


def rename_paper(me: SignedInStaff, key: int, revision: int, name: str, title: str) -> None:
    editing.change(me, key, revision, lambda document: edit_papers.rename(document, name, title))


def place_paper(me: SignedInStaff, key: int, revision: int, name: str, index: int) -> None:
    editing.change(me, key, revision, lambda document: edit_papers.place(document, name, index))


def remove_paper(me: SignedInStaff, key: int, revision: int, name: str) -> None:
    editing.change(me, key, revision, lambda document: edit_papers.remove(document, name))
