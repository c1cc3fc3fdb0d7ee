"""閉庁日: the days on which the town hall is closed besides the usual ones."""

from __future__ import annotations

from datetime import date
from typing import Any

import clock
from models import Role
from rules.counters import change_of_hours
from rules.counters.change_of_hours import Touches
from rules.forms import form
from rules.records.access import Missing
from rules.town import setup_closing_days
from rules.values.calendar import near_date
from web import Who, asked_number, get, here, page, post, to

_PATH = "/staff/closing-days"
_ASKED = {"questions": setup_closing_days.QUESTIONS}


@get(_PATH, who=Who.CLERK)
def closing_days():
    me = here().member
    years = setup_closing_days.years(me)
    year = asked_number("year")
    year = year if year in years else clock.today().year
    return page(
        "staff/closing_days/list.html",
        year=year,
        years=years,
        days=setup_closing_days.of_year(me, year),
        may_write=me.role is Role.TOWN_ADMINISTRATOR,
    )


@get(f"{_PATH}/new", who=Who.TOWN_ADMINISTRATOR)
def new():
    now = here()
    raw = form.filled(_ASKED, now.form if now.posted else None, {})
    return page("staff/closing_days/new.html", questions=_ASKED["questions"], raw=raw)


@post(f"{_PATH}/new", who=Who.TOWN_ADMINISTRATOR, again=new)
def add():
    now = here()
    values = form.answers(_ASKED, now.form)
    if now.form.act() == "back":
        return new()
    decision = change_of_hours.said(now.form)
    try:
        added = change_of_hours.of_town(now.member, lambda: setup_closing_days.add(now.member, values), decision)
    except Touches as found:
        return _touched(found)
    done = added.result
    said = f"閉庁日を{done.days}日加えました。" if done.days else "その日は、もう閉庁日になっています。"
    return to(f"{_PATH}?year={values['from'][:4]}", said=said + _moved(done.moved) + added.words)


def _touched(found: Touches):
    """Nothing is entered yet: somebody has booked a visit on that day."""
    now = here()
    now.errors, now.status = found.errors, 422 if found.wrong else 200
    asked = change_of_hours.to_decide(found, now.form.pairs)
    about: dict[str, Any] = {"title": "閉庁日を加える", "kicker": "", "action": f"{_PATH}/new", "back": _PATH}
    return page("staff/closing_days/touched.html", **about, rewrite=True, pressed="save", **asked)


@get(f"{_PATH}/<id:int>/remove", who=Who.TOWN_ADMINISTRATOR)
def ask_to_remove(id: int):
    row = setup_closing_days.one(here().member, id)
    run = setup_closing_days.run(row)
    whole = f"{near_date(run[0].day)}から{near_date(run[-1].day)}まで" if len(run) > 1 else ""
    words = near_date(row.day)
    return page(
        "staff/closing_days/remove.html", id=id, day=words, seen=row.day.isoformat(), name=row.name, whole=whole
    )


@post(f"{_PATH}/<id:int>/remove", who=Who.TOWN_ADMINISTRATOR, again=ask_to_remove)
def remove(id: int):
    now = here()
    try:
        seen = date.fromisoformat(now.form.get("day"))
    except ValueError:
        raise Missing from None
    done = setup_closing_days.remove(now.member, id, seen, whole=now.form.act() == "remove_all")
    said = f"閉庁日を{done.days}日取り消しました。" if done.days else "その閉庁日は、もう取り消してあります。"
    return to(f"{_PATH}?year={seen.year}", said=said + _moved(done.moved))


def _moved(count: int) -> str:
    return f"処理中の申請{count:,}件の期限を、計算し直しました。" if count else ""
