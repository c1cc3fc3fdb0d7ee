"""見つからなかったことば: what residents searched for in vain, and the procedure that is to be found by it."""

from __future__ import annotations

from typing import Any

from models import Role
from rules.forms import form
from rules.procedures import procedure, search_miss
from rules.values.calendar import show_date
from web import Pager, Who, asked_page, get, here, page, post, to

_PATH = "/staff/searches"


@get(_PATH, who=Who.CLERK)
def searches():
    me, number = here().member, asked_page()
    lines, more = search_miss.lines(me, number)
    first = (number - 1) * search_miss.PER_PAGE + 1
    label = f"{first}〜{first + len(lines) - 1}件目" if lines else "0件"
    return page(
        "staff/searches/list.html",
        lines=lines,
        show_date=show_date,
        may_write=me.role is Role.TOWN_ADMINISTRATOR,
        pager=Pager.of(label, _PATH, number - 1 or None, number + 1 if more else None),
    )


def _form_page() -> dict[str, Any]:
    question = {
        "key": "procedure",
        "type": "choice",
        "label": "手続き",
        "hint": "",
        "required": True,
        "limits": {"look": "select"},
        "choices": [{"value": str(key), "label": name} for key, name in procedure.of_town(here().member)],
    }
    return {"key": "search", "questions": [question]}


@get(f"{_PATH}/<id:int>", who=Who.TOWN_ADMINISTRATOR)
def one(id: int):
    now, form_page = here(), _form_page()
    found = search_miss.one(now.member, id)
    if found is None:
        return to(_PATH)
    raw = form.complete(form_page, form.read_page(form_page, now.form))
    return page("staff/searches/one.html", id=id, words=found.shown, questions=form_page["questions"], raw=raw)


@post(f"{_PATH}/<id:int>", who=Who.TOWN_ADMINISTRATOR, again=one)
def add(id: int):
    now, form_page = here(), _form_page()
    values = form.answers(form_page, now.form)
    search_miss.add_synonym(now.member, id, int(values["procedure"]))
    return to(_PATH, said="この手続きで、見つかるようにしました。")


@post(f"{_PATH}/<id:int>/remove", who=Who.TOWN_ADMINISTRATOR)
def remove(id: int):
    search_miss.remove(here().member, id)
    return to(_PATH, said="消しました。")
