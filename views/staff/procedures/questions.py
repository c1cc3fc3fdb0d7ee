"""Questions in the editor: adding, writing, moving, copying, another type, and taking away; columns of tables too."""

from __future__ import annotations

from typing import Any

from rules.forms.fields import TYPES
from rules.procedures import (
    edit_acts,
    edit_conditions,
    edit_list,
    edit_names,
    edit_pages,
    edit_question,
    edit_settings,
    editing,
)
from rules.procedures.edit_sheet import Sheet, one_of
from rules.records.access import Missing
from views.staff.procedures.ground import ONE, Ground, explained, frame, ground, home, is_late, revision, sheet_page
from views.staff.procedures.pages import wanted_place
from web import Who, brought, get, here, page, post, to

_PAGE = f"{ONE}/pages/<key>"
_QUESTION = f"{ONE}/questions/<key>"
_WITH_CHOICES = ("choice", "choices")


def _home(id: int, path: str) -> str:
    """Where a question is looked after: its own screen, a column's that of its table."""
    return home(id, f"questions/{path}")


def _list_of(at: Ground, path: str) -> tuple[str, str]:
    """(word, address) of the list that a question stands in: its page, or its table."""
    table = path.rpartition(".")[0]
    if table:
        return editing.question_of(at.document, table)["label"], _home(at.row.id, table)
    form_page = editing.page_with(at.document, path)
    return form_page["title"], home(at.row.id, f"pages/{form_page['key']}")


# ---------------------------------------------------------------- adding


def _kinds_page(at: Ground, title: str, back: str, *, of_column: bool):
    kinds = [(key, *words) for key, words in edit_settings.kinds(of_column).items()]
    word = "列を足す" if of_column else "項目を足す"
    return page("staff/procedures/kinds.html", **frame(at, word, (title, back)), kinds=kinds, action=f"{back}/add")


def _add_page(at: Ground, kind: str, title: str, back: str, *, table: str = "", places: Any = ()):
    word = "列を足す" if table else "項目を足す"
    if lacking := edit_question.lacking(at.document, kind):
        return sheet_page(
            "staff/procedures/sheet.html", at, word, Sheet([], {}), (title, back), told=lacking, back=f"{back}/add"
        )
    sheet = edit_acts.question_sheet(at.row, at.document, kind, "", table)
    if places:
        sheet = Sheet(
            [*sheet.questions, one_of("after", "入れる場所", places, look="select")], {**sheet.values, "after": "last"}
        )
    return _question_page(at, word, sheet, kind, None, (title, back), back=back, action_more=f"{back}/add")


def _question_page(at: Ground, word: str, sheet: Sheet, kind: str, present: Any, *between: Any, **more: Any):
    now = here()
    choices = kind in _WITH_CHOICES
    if choices and present and is_late(at):
        more["more_theirs"] = edit_question.choice_differences(present, now.form)
    return sheet_page(
        "staff/procedures/question.html",
        at,
        word,
        sheet,
        *between,
        kind=kind,
        kind_word=edit_settings.kind_word(kind),
        has_choices=choices,
        rows=edit_question.rows(present, now.form if now.posted else None) if choices else [],
        added="\n".join(edit_question.new_labels(now.form)) if now.posted and choices else "",
        present=present,
        **more,
    )


@get(f"{_PAGE}/add", who=Who.CLERK)
@explained
def add(id: int, key: str):
    at = ground(id)
    form_page = editing.page_of(at.document, key)
    if "exit" in form_page:
        raise Missing
    kind, back = brought("type", 40), home(id, f"pages/{key}")
    if kind not in edit_settings.kinds():
        return _kinds_page(at, form_page["title"], back, of_column=False)
    places = edit_pages.places(form_page["questions"])
    return _add_page(at, kind, form_page["title"], back, places=places)


@post(f"{_PAGE}/add", who=Who.CLERK, again=add)
def create(id: int, key: str):
    now = here()
    kind = now.form.get("type")
    if kind not in edit_settings.kinds():
        return add(id=id, key=key)
    made = edit_acts.add_question(
        now.member, id, revision(), now.form, kind, page=key, after=now.form.get("after") or edit_pages.LAST
    )
    return _added(id, made, kind, home(id, f"pages/{key}"))


def _added(id: int, path: str, kind: str, back: str):
    label = editing.question_of(ground(id).document, path)["label"]
    if kind == "table":
        return to(_home(id, path), said=f"表「{label}」を足しました。次に、列を足してください。")
    return to(back, said=f"「{label}」を足しました。まだ公開していません。")


@get(f"{_QUESTION}/add", who=Who.CLERK)
@explained
def add_column(id: int, key: str):
    at = ground(id)
    table = editing.question_of(at.document, key)
    if table["type"] != "table":
        raise Missing
    kind = brought("type", 40)
    if kind not in edit_settings.kinds(of_column=True):
        return _kinds_page(at, table["label"], _home(id, key), of_column=True)
    return _add_page(at, kind, table["label"], _home(id, key), table=key)


@post(f"{_QUESTION}/add", who=Who.CLERK, again=add_column)
def create_column(id: int, key: str):
    now = here()
    kind = now.form.get("type")
    if kind not in edit_settings.kinds(of_column=True):
        return add_column(id=id, key=key)
    made = edit_acts.add_question(now.member, id, revision(), now.form, kind, table=key)
    return _added(id, made, kind, _home(id, key))


# ---------------------------------------------------------------- one of them


@get(_QUESTION, who=Who.CLERK)
@explained
def show(id: int, key: str):
    at = ground(id)
    present = editing.question_of(at.document, key)
    kind = present["type"]
    if kind not in TYPES:
        raise Missing
    sheet = edit_acts.question_sheet(at.row, at.document, kind, key)
    title, back = _list_of(at, key)
    return _question_page(
        at,
        present["label"] or "名前のない項目",
        sheet,
        kind,
        present,
        (title, back),
        back=back,
        at_question=_home(id, key),
        is_column="." in key,
        condition=edit_conditions.words(at.document, present),
        can_be=bool(edit_question.other_kinds(kind, published=_is_published(at, key), of_column="." in key)),
        columns=[(q, edit_settings.kind_word(q["type"])) for q in present.get("columns", ())],
        path=key,
        key_word=present["key"],
    )


def _is_published(at: Ground, path: str) -> bool:
    return path in edit_names.published_keys(at.row)


@post(_QUESTION, who=Who.CLERK, again=show)
def write(id: int, key: str):
    now, at = here(), ground(id)
    path = edit_acts.write_question(now.member, id, revision(), now.form, key)
    _, back = _list_of(ground(id) if path != key else at, path)
    return to(back, said=f"「{now.form.get('label').strip()}」を保存しました。まだ公開していません。")


# ---------------------------------------------------------------- moving


def _order_again(id: int, key: str):
    at = ground(id)
    return page("staff/procedures/moved.html", **frame(at, "項目の並び"), back=at.home)


@post(f"{_PAGE}/order", who=Who.CLERK, again=_order_again)
def order(id: int, key: str):
    _place(id)
    return to(home(id, f"pages/{key}"))


@post(f"{_QUESTION}/order", who=Who.CLERK, again=_order_again)
def order_columns(id: int, key: str):
    _place(id)
    return to(_home(id, key))


def _place(id: int) -> None:
    """act_place.KEY.N, of a column act_place.TABLE.COLUMN.N."""
    path = here().form.act().removeprefix("place.").rpartition(".")[0]
    edit_acts.place_question(here().member, id, revision(), path, wanted_place())


def _move_questions(at: Ground, key: str) -> list[Any]:
    pages = [one for one in editing.pages(at.document) if "exit" not in one]
    return [one_of("page", "移す先のページ", [(one["key"], one["title"]) for one in pages], look="select")]


@get(f"{_QUESTION}/move", who=Who.CLERK)
@explained
def ask_to_move(id: int, key: str):
    at = ground(id)
    present = editing.question_of(at.document, key)
    if "." in key:
        raise Missing
    sheet = Sheet(_move_questions(at, key), {"page": editing.page_with(at.document, key)["key"]})
    told = f"「{present['label']}」を、選んだページのいちばん下に移します。"
    return sheet_page(
        "staff/procedures/sheet.html", at, "別のページへ移す", sheet, (present["label"], _home(id, key)),
        told=told, back=_home(id, key),
    )  # fmt: skip


@post(f"{_QUESTION}/move", who=Who.CLERK, again=ask_to_move)
def move(id: int, key: str):
    now, at = here(), ground(id)
    values = Sheet(_move_questions(at, key), {}).read(now.form)
    edit_acts.move_question(now.member, id, revision(), key, values["page"], edit_pages.LAST)
    return to(home(id, f"pages/{values['page']}"), said="項目を移しました。まだ公開していません。")


@post(f"{_QUESTION}/copy", who=Who.CLERK, again=_order_again)
def copy(id: int, key: str):
    made = edit_acts.copy_question(here().member, id, revision(), key)
    return to(_home(id, made), said="項目を写しました。名前などを直してください。")


# ---------------------------------------------------------------- another type


@get(f"{_QUESTION}/type", who=Who.CLERK)
@explained
def ask_kind(id: int, key: str):
    at = ground(id)
    present = editing.question_of(at.document, key)
    published = _is_published(at, key)
    kinds = edit_question.other_kinds(present["type"], published=published, of_column="." in key)
    choices = [(kind, f"{word}　{what}" if what else word) for kind, (word, what) in kinds.items()]
    told = f"いまは「{edit_settings.kind_word(present['type'])}」です。"
    told += "種類に合わない決まりは、消えます。" if choices else ""
    if published:
        told += "もう公開した項目なので、これまでの答えが合う種類"
        told += "にだけ変えられます。" if choices else "は、ほかにありません。"
        told += "ほかの種類にするときは、新しい項目を足してください。"
    sheet = Sheet([one_of("kind", "新しい種類", choices)], {}) if choices else Sheet([], {})
    return sheet_page(
        "staff/procedures/sheet.html", at, "種類を変える", sheet, (present["label"], _home(id, key)),
        told=told, back=_home(id, key),
    )  # fmt: skip


@post(f"{_QUESTION}/type", who=Who.CLERK, again=ask_kind)
def set_kind(id: int, key: str):
    edit_acts.set_kind(here().member, id, revision(), key, here().form.get("kind"))
    return to(_home(id, key), said="種類を変えました。決まりを確かめてください。")


# ---------------------------------------------------------------- taking away


@get(f"{_QUESTION}/delete", who=Who.CLERK)
@explained
def ask_to_delete(id: int, key: str):
    at = ground(id)
    present = editing.question_of(at.document, key)
    word = "列を削除する" if "." in key else "項目を削除する"
    return page(
        "staff/procedures/delete_question.html",
        **frame(at, word, (present["label"], _home(id, key))),
        at_question=_home(id, key),
        present=present,
        uses=edit_pages.uses(at.document, key),
        in_use=edit_list.in_use(at.row),
        is_published=_is_published(at, key),
        is_behind=is_late(at),
    )


@post(f"{_QUESTION}/delete", who=Who.CLERK, again=ask_to_delete)
def delete(id: int, key: str):
    at = ground(id)
    _, back = _list_of(at, key)
    edit_acts.remove_question(here().member, id, revision(), key)
    return to(back, said="削除しました。まだ公開していません。")
