"""部課: the tree of the town's divisions, read by every clerk, changed by town administrators."""

from __future__ import annotations

from typing import Any

from models import Division, Role
from rules.forms import form
from rules.town import setup_behind, setup_divisions
from web import Who, get, here, page, post, to

_PATH = "/staff/divisions"


@get(_PATH, who=Who.CLERK)
def divisions():
    me = here().member
    lines, closed = setup_divisions.lines(me)
    may_write = me.role is Role.TOWN_ADMINISTRATOR
    return page("staff/divisions/list.html", lines=lines, closed=closed, may_write=may_write)


@get(f"{_PATH}/new", who=Who.TOWN_ADMINISTRATOR)
def new():
    questions, raw = _form(None)
    return page("staff/divisions/new.html", questions=questions, raw=raw)


@post(f"{_PATH}/new", who=Who.TOWN_ADMINISTRATOR, again=new)
def add():
    made = setup_divisions.add(here().member, _values(None))
    return to(_PATH, said=f"「{made.name}」を加えました。")


@get(f"{_PATH}/<id:int>", who=Who.TOWN_ADMINISTRATOR)
def edit(id: int):
    now = here()
    row = setup_divisions.one(now.member, id)
    questions, raw = _form(row)
    behind = None
    if now.posted and now.form.revision() != row.revision:
        kept = form.complete({"questions": questions}, setup_divisions.kept(row))
        behind = setup_behind.compare(questions, raw, kept, setup_divisions.changed(row))
    return page("staff/divisions/edit.html", row=row, questions=questions, raw=raw, behind=behind)


@post(f"{_PATH}/<id:int>", who=Who.TOWN_ADMINISTRATOR, again=edit)
def save(id: int):
    now = here()
    values = _values(setup_divisions.one(now.member, id))
    setup_divisions.revise(now.member, id, values, now.form.revision())
    return to(_PATH, said=f"「{values['name'].strip()}」を保存しました。")


@post(f"{_PATH}/<id:int>/move", who=Who.TOWN_ADMINISTRATOR)
def move(id: int):
    now = here()
    setup_divisions.move(now.member, id, now.form.revision(), up=now.form.act() == "up")
    return to(_PATH)


@get(f"{_PATH}/<id:int>/close", who=Who.TOWN_ADMINISTRATOR)
def ask_to_close(id: int):
    row = setup_divisions.one(here().member, id)
    if row.closed_at is not None:
        return to(_PATH)
    return page("staff/divisions/close.html", row=row, holds=setup_divisions.holds(row))


@post(f"{_PATH}/<id:int>/close", who=Who.TOWN_ADMINISTRATOR, again=ask_to_close)
def close(id: int):
    now = here()
    row = setup_divisions.one(now.member, id)
    setup_divisions.close(now.member, id, now.form.revision())
    return to(_PATH, said=f"「{row.name}」を閉じました。")


@post(f"{_PATH}/<id:int>/reopen", who=Who.TOWN_ADMINISTRATOR)
def reopen(id: int):
    row = setup_divisions.one(here().member, id)
    setup_divisions.reopen(here().member, id)
    return to(_PATH, said=f"「{row.name}」を、また使えるようにしました。")


def _form(row: Division | None) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The questions and what stands in them: what was typed, else what is kept."""
    now = here()
    questions = setup_divisions.questions(now.member, row)
    typed = now.form if now.posted else None
    return questions, form.filled({"questions": questions}, typed, setup_divisions.kept(row))


def _values(row: Division | None) -> dict[str, Any]:
    now = here()
    return form.answers({"questions": setup_divisions.questions(now.member, row)}, now.form)
