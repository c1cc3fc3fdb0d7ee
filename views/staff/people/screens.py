"""職員: who works here; invited with a printed one-time password, changed, disabled and let in again."""

from __future__ import annotations

from typing import Any

from models import Role, Staff
from rules.accounts import staff_admin
from rules.forms import form
from rules.records import towns
from rules.records.access import Missing
from rules.records.session import ROLE_LABELS
from rules.town import setup_behind
from web import Who, asked_number, brought, get, here, page, post, to

_PATH = "/staff/people"
# In the address line: the system administrators, who belong to no town.
_SYSTEM = "0"


@get(_PATH, who=Who.STAFF)
def people():
    me = here().member
    system = me.role is Role.SYSTEM_ADMINISTRATOR
    chosen = asked_number("town") if system else None
    every = towns.every() if system else []
    return page(
        "staff/people/list.html",
        lines=staff_admin.lines(me, chosen),
        may_write=staff_admin.may_manage(me),
        towns=[(town.id, town.name) for town in every],
        chosen=chosen,
    )


@get(f"{_PATH}/new", who=Who.ADMINISTRATOR)
def new():
    town = _town_of_new()
    if town is None:
        every = [(str(town.id), town.name) for town in towns.every()]
        return page("staff/people/where.html", places=[*every, (_SYSTEM, "システム管理者（どの市町村でもない）")])
    questions, raw = _form(town or None, None)
    name = next((row.name for row in towns.every() if row.id == town), "") if town else "システム管理者"
    return page("staff/people/new.html", questions=questions, raw=raw, at=town, place=name)


@post(f"{_PATH}/new", who=Who.ADMINISTRATOR, again=new)
def invite():
    # The paper is the answer itself: the password stands in no address, and nobody can call it up again.
    town = _town_of_new()
    if town is None:
        raise Missing
    return _paper(staff_admin.invite(here().member, town or None, _values(town or None, None)))


def _town_of_new() -> int | None:
    """Where the new one is to work: one's own town; 0 for nowhere, None as long as nothing was chosen."""
    me = here().member
    if me.role is not Role.SYSTEM_ADMINISTRATOR:
        return me.town
    typed = brought("town", 10)
    every = {str(town.id) for town in towns.every()}
    return int(typed) if typed in every | {_SYSTEM} else None


def _paper(handed: staff_admin.Handed):
    return page("staff/people/paper.html", handed=handed, address=f"{here().origin}/staff/login")


@get(f"{_PATH}/<id:int>", who=Who.ADMINISTRATOR)
def edit(id: int):
    now = here()
    row = staff_admin.own(now.member, id)
    questions, raw = _form(row.town_id, row)
    behind = None
    if now.posted and now.form.revision() != row.revision and now.form.act() == "save":
        kept = form.complete({"questions": questions}, staff_admin.kept(row))
        behind = setup_behind.compare(questions, raw, kept, staff_admin.changed(row))
    count, assigned = staff_admin.assigned(now.member, row)
    return page(
        "staff/people/edit.html",
        row=row,
        role=ROLE_LABELS[Role(row.role)],
        place=row.town.name if row.town_id else "",
        questions=questions,
        raw=raw,
        behind=behind,
        myself=row.id == now.member.id,
        count=count,
        assigned=assigned,
    )


@post(f"{_PATH}/<id:int>", who=Who.ADMINISTRATOR, again=edit)
def save(id: int):
    now = here()
    row = staff_admin.own(now.member, id)
    staff_admin.revise(now.member, id, _values(row.town_id, row), now.form.revision())
    return to(_PATH, said=f"「{row.login_id}」の登録を保存しました。")


@get(f"{_PATH}/<id:int>/disable", who=Who.ADMINISTRATOR)
def ask_to_disable(id: int):
    row = staff_admin.own(here().member, id)
    if row.disabled_at is not None:
        return to(f"{_PATH}/{id}")
    count, assigned = staff_admin.assigned(here().member, row)
    return page("staff/people/disable.html", row=row, count=count, assigned=assigned)


@post(f"{_PATH}/<id:int>/disable", who=Who.ADMINISTRATOR, again=ask_to_disable)
def disable(id: int):
    now = here()
    row = staff_admin.own(now.member, id)
    staff_admin.disable(now.member, id, now.form.revision())
    return to(f"{_PATH}/{id}", said=f"「{row.name}」さんは、ログインできなくなりました。")


@post(f"{_PATH}/<id:int>/enable", who=Who.ADMINISTRATOR, again=edit)
def enable(id: int):
    now = here()
    row = staff_admin.own(now.member, id)
    staff_admin.enable(now.member, id, now.form.revision())
    return to(f"{_PATH}/{id}", said=f"「{row.name}」さんが、またログインできるようになりました。")


@get(f"{_PATH}/<id:int>/password", who=Who.ADMINISTRATOR)
def ask_to_reset(id: int):
    row = staff_admin.own(here().member, id)
    return page("staff/people/password.html", row=row)


@post(f"{_PATH}/<id:int>/password", who=Who.ADMINISTRATOR, again=ask_to_reset)
def reset(id: int):
    now = here()
    return _paper(staff_admin.reset_password(now.member, id, now.form.revision()))


def _form(town: int | None, row: Staff | None) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The questions and what stands in them: what was typed, else what is kept."""
    now = here()
    questions = staff_admin.questions(town, row, now.member)
    kept = staff_admin.kept(row) if row else {"role": str(Role.CLERK)}
    typed = now.posted and any(q["key"] in now.form for q in questions)
    return questions, form.filled({"questions": questions}, now.form if typed else None, kept)


def _values(town: int | None, row: Staff | None) -> dict[str, Any]:
    now = here()
    return form.answers({"questions": staff_admin.questions(town, row, now.member)}, now.form)
