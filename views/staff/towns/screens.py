"""市町村: those that take part, kept by system administrators; what a town says of itself, by its own."""

from __future__ import annotations

from typing import Any

from models import Role
from rules.forms import form
from rules.town import setup_behind, setup_towns
from web import Who, get, here, page, post, to

_PATH = "/staff/towns"


@get(_PATH, who=Who.SYSTEM_ADMINISTRATOR)
def towns():
    return page("staff/towns/list.html", lines=setup_towns.lines())


@get(f"{_PATH}/new", who=Who.SYSTEM_ADMINISTRATOR)
def new():
    questions = setup_towns.new_questions()
    alone = sum(not line.closed for line in setup_towns.lines()) == 1
    return page("staff/towns/new.html", questions=questions, raw=_raw(questions, {}), alone=alone)


@post(f"{_PATH}/new", who=Who.SYSTEM_ADMINISTRATOR, again=new)
def add():
    made = setup_towns.add(here().member, _values(setup_towns.new_questions()))
    said = f"{made.name}を加えました。次は、設定の「職員」で、この市町村の管理者を登録してください。"
    return to(f"/staff/people/new?town={made.id}", said=said)


@get(f"{_PATH}/<id:int>", who=Who.ADMINISTRATOR)
def edit(id: int):
    now = here()
    row, questions = setup_towns.one(now.member, id), setup_towns.questions(now.member)
    kept = form.complete({"questions": questions}, setup_towns.kept(row, questions))
    raw, behind = _raw(questions, kept), None
    if now.posted and now.form.revision() != row.revision and now.form.act() == "save":
        behind = setup_behind.compare(questions, raw, kept, setup_towns.changed(row))
    system = now.member.role is Role.SYSTEM_ADMINISTRATOR
    return page("staff/towns/edit.html", row=row, questions=questions, raw=raw, behind=behind, system=system)


@post(f"{_PATH}/<id:int>", who=Who.ADMINISTRATOR, again=edit)
def save(id: int):
    now = here()
    setup_towns.one(now.member, id)
    setup_towns.revise(now.member, id, _values(setup_towns.questions(now.member)), now.form.revision())
    system = now.member.role is Role.SYSTEM_ADMINISTRATOR
    return to(_PATH if system else "/staff/settings", said="保存しました。住民の方の画面も、この内容に変わりました。")


@get(f"{_PATH}/<id:int>/close", who=Who.SYSTEM_ADMINISTRATOR)
def ask_to_close(id: int):
    row = setup_towns.one(here().member, id)
    return page("staff/towns/close.html", row=row, effect=setup_towns.effect(row))


@post(f"{_PATH}/<id:int>/close", who=Who.SYSTEM_ADMINISTRATOR, again=ask_to_close)
def close(id: int):
    now = here()
    row = setup_towns.one(now.member, id)
    setup_towns.close(now.member, id, now.form.revision())
    return to(_PATH, said=f"{row.name}を閉じました。")


@post(f"{_PATH}/<id:int>/reopen", who=Who.SYSTEM_ADMINISTRATOR, again=ask_to_close)
def reopen(id: int):
    now = here()
    row = setup_towns.one(now.member, id)
    setup_towns.reopen(now.member, id, now.form.revision())
    return to(_PATH, said=f"{row.name}を、もう一度開きました。")


def _raw(questions: list[dict[str, Any]], kept: dict[str, Any]) -> dict[str, Any]:
    """What stands in the form: what was typed, else what is kept."""
    now = here()
    return form.filled({"questions": questions}, now.form if now.posted else None, kept)


def _values(questions: list[dict[str, Any]]) -> dict[str, Any]:
    return form.answers({"questions": questions}, here().form)
