"""カテゴリ: the fields a town lists its procedures under, read by every clerk, changed by town administrators."""

from __future__ import annotations

from typing import Any

from models import Role
from rules.forms import form
from rules.town import setup_behind, setup_categories
from web import Who, get, here, page, post, to

_PATH = "/staff/categories"
_ASKED = {"questions": setup_categories.QUESTIONS}


@get(_PATH, who=Who.CLERK)
def categories():
    me = here().member
    may_write = me.role is Role.TOWN_ADMINISTRATOR
    return page("staff/categories/list.html", lines=setup_categories.lines(me), may_write=may_write)


@get(f"{_PATH}/new", who=Who.TOWN_ADMINISTRATOR)
def new():
    return page("staff/categories/new.html", questions=setup_categories.QUESTIONS, raw=_raw({}))


@post(f"{_PATH}/new", who=Who.TOWN_ADMINISTRATOR, again=new)
def add():
    made = setup_categories.add(here().member, _values())
    return to(_PATH, said=f"「{made.name}」を加えました。")


@get(f"{_PATH}/<id:int>", who=Who.TOWN_ADMINISTRATOR)
def edit(id: int):
    now = here()
    row = setup_categories.one(now.member, id)
    kept = {"name": row.name, "examples": row.examples}
    raw, behind = _raw(kept), None
    if now.posted and now.form.revision() != row.revision:
        changed = setup_categories.changed(row)
        behind = setup_behind.compare(setup_categories.QUESTIONS, raw, kept, changed)
    return page("staff/categories/edit.html", row=row, questions=setup_categories.QUESTIONS, raw=raw, behind=behind)


@post(f"{_PATH}/<id:int>", who=Who.TOWN_ADMINISTRATOR, again=edit)
def save(id: int):
    now = here()
    setup_categories.one(now.member, id)
    values = _values()
    setup_categories.revise(now.member, id, values, now.form.revision())
    return to(_PATH, said=f"「{values['name'].strip()}」を保存しました。")


@post(f"{_PATH}/<id:int>/move", who=Who.TOWN_ADMINISTRATOR)
def move(id: int):
    now = here()
    setup_categories.move(now.member, id, now.form.revision(), up=now.form.act() == "up")
    return to(_PATH)


@get(f"{_PATH}/<id:int>/delete", who=Who.TOWN_ADMINISTRATOR)
def ask_to_delete(id: int):
    row = setup_categories.one(here().member, id)
    return page("staff/categories/delete.html", row=row, inside=setup_categories.inside(row))


@post(f"{_PATH}/<id:int>/delete", who=Who.TOWN_ADMINISTRATOR, again=ask_to_delete)
def delete(id: int):
    now = here()
    name = setup_categories.delete_empty(now.member, id, now.form.revision())
    return to(_PATH, said=f"「{name}」を削除しました。" if name else "そのカテゴリは、もう削除してあります。")


def _raw(kept: dict[str, Any]) -> dict[str, Any]:
    """What stands in the form: what was typed, else what is kept."""
    now = here()
    return form.filled(_ASKED, now.form if now.posted else None, kept)


def _values() -> dict[str, Any]:
    return form.answers(_ASKED, here().form)
