"""見つからなかったことば: what residents searched for in vain, so that synonyms can be added."""

from __future__ import annotations

from models import Role
from rules import search_miss
from rules.calendar import show_date
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
        may_remove=me.role is Role.TOWN_ADMINISTRATOR,
        pager=Pager.of(label, _PATH, number - 1 or None, number + 1 if more else None),
    )


@post(f"{_PATH}/<id:int>/remove", who=Who.TOWN_ADMINISTRATOR)
def remove(id: int):
    search_miss.remove(here().member, id)
    return to(_PATH)
