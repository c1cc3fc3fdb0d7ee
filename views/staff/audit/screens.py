"""操作ログ: what staff did and looked at."""

from __future__ import annotations

from models import Role
from rules.operation import audit_list
from rules.values import calendar
from web import Pager, Who, asked, asked_page, get, here, page

_PATH = "/staff/audit"
_SCOPE = {
    Role.CLERK: "あなたがした操作です。",
    Role.TOWN_ADMINISTRATOR: "この町の職員がした操作です。",
    Role.SYSTEM_ADMINISTRATOR: "すべての市町村の操作です。申請の内容は見られません。",
}


@get(_PATH, who=Who.STAFF)
def log():
    me, typed = here().member, asked("day", 40).strip()
    day = _day(typed)
    number = min(asked_page(), audit_list.LAST_PAGE)
    lines, more = audit_list.find(me, day, number)
    first = (number - 1) * audit_list.PER_PAGE + 1
    label = f"{first}〜{first + len(lines) - 1}件目" if lines else "0件"
    return page(
        "staff/audit/log.html",
        lines=lines,
        typed=typed,
        day=f"{day.year}年{calendar.short_date(day)}" if day else "",
        scope=_SCOPE[me.role],
        everywhere=me.role is Role.SYSTEM_ADMINISTRATOR,
        pager=Pager.of(label, _PATH, number - 1 or None, number + 1 if more else None, day=typed),
        last=number == audit_list.LAST_PAGE,
    )


def _day(typed: str):
    if not typed:
        return None
    try:
        return calendar.parse(typed)
    except calendar.BadDate as bad:
        here().errors["q-day"] = bad.sentence
        here().status = 422
        return None
