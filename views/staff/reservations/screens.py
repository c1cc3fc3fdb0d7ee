"""予約: who comes to the counters, by day, by week and over two weeks."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import clock
from rules.counters import blocking, by_town, change_of_hours, schedule
from rules.counters.change_of_hours import Touches
from rules.records import audit, numbering
from rules.values.calendar import near_date, show_instant
from rules.visits import hours
from views.staff.reservations.ground import AT, PATH, asked_day, asked_for, sent_day
from web import Who, asked, get, here, page, post, to

_WEEKDAYS = "月火水木金土日"


@get(PATH, who=Who.CLERK)
def front():
    me = here().member
    found = schedule.overview(me)
    halves = [(found.days[:7], 0), (found.days[7:], 7)]
    return page(
        "staff/reservations/front.html",
        halves=[([_short(day) for day in days], [day.isoformat() for day in days], first) for days, first in halves],
        counters=found.counters,
        today=clock.today().isoformat(),
        tomorrow=(clock.today() + timedelta(days=1)).isoformat(),
        closed=[row for row in by_town.own_counters(me) if row.closed_at is not None],
        number=numbering.grouped(asked_for()),
        number_link=f"number={asked_for()}" if asked_for() else "",
    )


def _short(day: date) -> str:
    return f"{day.month}/{day.day}（{_WEEKDAYS[day.weekday()]}）"


def _beside(day: date, step: int) -> dict[str, Any]:
    """The links to the days, or weeks, before and after."""
    return {"before": (day - timedelta(days=step)).isoformat(), "after": (day + timedelta(days=step)).isoformat()}


@get(f"{AT}/day", who=Who.CLERK)
def day(id: int):
    me, wanted = here().member, asked_day()
    counter = by_town.own_counter(me, id)
    return page(
        "staff/reservations/day.html",
        counter=counter,
        found=schedule.day(me, counter, wanted),
        title=near_date(wanted),
        day=wanted.isoformat(),
        typed=asked("day", 100) or wanted.isoformat(),
        marks=lambda line: [(act, _MARKS[act]) for act in by_town.marks(line.state, line.starts_at)],
        **_beside(wanted, 1),
    )


_MARKS = {"visited": "来庁済み", "no_show": "来庁なし", "undo": "来庁前に戻す"}


@get(f"{AT}/print", who=Who.CLERK)
def paper(id: int):
    wanted = asked_day()
    return _paper("staff/reservations/print.html", id, [wanted]) if not here().errors else day(id)


@get(f"{AT}/week/print", who=Who.CLERK)
def paper_of_week(id: int):
    days = hours.week_of(asked_day())
    return _paper("staff/reservations/print_week.html", id, days) if not here().errors else week(id)


def _paper(template: str, id: int, days: list[date]):
    """The print of these days, which is written down."""
    me = here().member
    counter, named = by_town.own_counter(me, id), [one.isoformat() for one in days]
    audit.record("reservations_printed", staff=me, division=counter.division_id, counter=id, days=named)
    found, printed = schedule.days(me, counter, days), show_instant(clock.now())
    return page(template, counter=counter, found=found, day=named[0], printed=printed, by=me.name)


@get(f"{AT}/week", who=Who.CLERK)
def week(id: int):
    me, wanted = here().member, asked_day()
    counter = by_town.own_counter(me, id)
    found = schedule.week(counter, wanted)
    monday = found.days[0][0]
    return page(
        "staff/reservations/week.html",
        counter=counter,
        found=found,
        first=near_date(monday),
        day=monday.isoformat(),
        typed=asked("day", 100) or wanted.isoformat(),
        today=clock.today(),
        number=numbering.grouped(asked_for()),
        more=f"&number={asked_for()}" if asked_for() else "",
        **_beside(monday, 7),
    )


# ---------------------------------------------------------------- slots out of use


@get(f"{AT}/block", who=Who.CLERK)
def slots(id: int):
    now = here()
    wanted = sent_day() if now.posted else asked_day()
    counter = by_town.own_counter(now.member, id)
    return page(
        "staff/reservations/block.html",
        counter=counter,
        found=schedule.day(now.member, counter, wanted),
        title=near_date(wanted),
        day=wanted.isoformat(),
        chosen=now.form.getall("times"),
        reason=now.form.get("reason"),
    )


@post(f"{AT}/block", who=Who.CLERK, again=slots)
def block(id: int):
    now = here()
    counter, act = by_town.own_counter(now.member, id), now.form.act()
    wanted = sent_day()
    back = f"{PATH}/counters/{id}/day?day={wanted.isoformat()}"
    if act == "back":
        return slots(id)
    if act == "unblock":
        count = blocking.unblock(now.member, id, wanted, now.form.getall("blocked"))
        return to(back, said=f"{count}の枠の休止をやめました。予約できるようになりました。" if count else _NOT_BLOCKED)
    times = _whole_day(counter, wanted) if act == "whole" else now.form.getall("times")
    try:
        done = blocking.block(now.member, id, wanted, times, now.form.get("reason"), change_of_hours.said(now.form))
    except Touches as found:
        return _touched(found, counter.name, back, act or "block")
    return to(back, said=(f"{done.result}の枠を休止にしました。" if done.result else _BLOCKED_BEFORE) + done.words)


_BLOCKED_BEFORE = "選んだ枠は、もう休止にしてあります。何も変えていません。"
_NOT_BLOCKED = "選んだ枠は、もう休止ではありません。何も変えていません。"


def _whole_day(counter: Any, wanted: date) -> list[str]:
    """The slots of a day that are not over."""
    length, now = timedelta(minutes=counter.slot_minutes), clock.now()
    return [f"{at:%Y-%m-%dT%H:%M}" for at in hours.plan_of(counter).slots(wanted) if at + length > now]


def _touched(found: Touches, name: str, back: str, pressed: str):
    """Nothing is blocked yet: the bookings are shown, and what to do with them is asked."""
    now = here()
    now.errors, now.status = found.errors, 422 if found.wrong else 200
    asked = change_of_hours.to_decide(found, now.form.pairs)
    about: dict[str, Any] = {"title": "枠を休止にする", "kicker": name, "action": now.path, "back": back}
    return page("staff/reservations/touched.html", **about, rewrite=True, pressed=pressed, **asked)
