"""窓口と予約の枠: the counters of the town, read by every clerk, changed by town administrators."""

from __future__ import annotations

from typing import Any

import clock
from models import Counter, Role
from rules import Refusal
from rules.counters import change_of_hours, counter_effect, setup_counters, setup_hours
from rules.counters.change_of_hours import Touches
from rules.counters.counter_effect import Moves
from rules.forms import form
from rules.town import setup_behind
from rules.values import calendar
from web import Who, get, here, page, post, to

_PATH = "/staff/counters"
_ONE = f"{_PATH}/<id:int>"
_DAY = f"{_ONE}/days/<day:int>/remove"


# ---------------------------------------------------------------- what bookings a change touches


def _touched(found: Touches, title: str, row: Counter, back: str, *, rewrite: bool = True):
    """Nothing is changed yet: the bookings are shown, and what to do with them is asked."""
    now = here()
    now.errors, now.status = found.errors, 422 if found.wrong else 200
    return page(
        "staff/counters/touched.html",
        title=title,
        row=row,
        action=now.path,
        back=back,
        rewrite=rewrite,
        pressed=now.form.act() or "save",
        **change_of_hours.to_decide(found, now.form.pairs),
    )


# ---------------------------------------------------------------- looking


@get(_PATH, who=Who.CLERK)
def listed():
    me = here().member
    still, closed = setup_counters.listed(me)
    may_write = me.role is Role.TOWN_ADMINISTRATOR
    return page("staff/counters/list.html", counters=still, closed=closed, may_write=may_write)


@get(_ONE, who=Who.CLERK)
def show(id: int):
    me = here().member
    row = setup_counters.one(me, id)
    return page(
        "staff/counters/show.html",
        row=row,
        week=setup_hours.week_words(row),
        short="、".join(f"{setup_hours.WEEKDAYS[day - 1]}曜日" for day in setup_counters.too_short(row)),
        days=setup_hours.days_to_come(row),
        holidays=setup_hours.year_ahead(row),
        known_until=calendar.near_date(calendar.holidays_end()),
        may_write=me.role is Role.TOWN_ADMINISTRATOR and row.closed_at is None,
        may_reopen=me.role is Role.TOWN_ADMINISTRATOR and row.closed_at is not None,
    )


# ---------------------------------------------------------------- the counter itself


@get(f"{_PATH}/new", who=Who.TOWN_ADMINISTRATOR)
def new():
    questions, raw = _form(None)
    return page("staff/counters/new.html", questions=questions, raw=raw)


@post(f"{_PATH}/new", who=Who.TOWN_ADMINISTRATOR, again=new)
def add():
    made = setup_counters.add(here().member, _values(None))
    return to(f"{_PATH}/{made.id}/hours", said=f"「{made.name}」を加えました。次に、受付時間を入れてください。")


@get(f"{_ONE}/edit", who=Who.TOWN_ADMINISTRATOR)
def edit(id: int):
    now = here()
    row = setup_counters.one(now.member, id)
    questions, raw = _form(row)
    behind = None
    if now.posted and now.form.revision() != row.revision:
        kept = form.complete({"questions": questions}, setup_counters.kept(row))
        behind = setup_behind.compare(questions, raw, kept, setup_counters.changed(row))
    return page("staff/counters/edit.html", row=row, questions=questions, raw=raw, behind=behind)


@post(f"{_ONE}/edit", who=Who.TOWN_ADMINISTRATOR, again=edit)
def save(id: int):
    now = here()
    row = setup_counters.one(now.member, id)
    if now.form.act() == "back":
        return edit(id)
    try:
        done = setup_counters.revise(
            now.member, id, _values(row), now.form.revision(), change_of_hours.said(now.form), now.form.get("moved")
        )
    except Moves as found:
        return _moved(found, row)
    except Touches as found:
        return _touched(found, "窓口を変える", row, f"{_PATH}/{id}")
    return to(f"{_PATH}/{id}", said="保存しました。" + (done.result or "") + done.words)


def _form(row: Counter | None) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The questions and what stands in them: what was typed, else what is kept."""
    now = here()
    asked = {"questions": setup_counters.questions(now.member, row)}
    return asked["questions"], form.filled(asked, now.form if now.posted else None, setup_counters.kept(row))


def _values(row: Counter | None) -> dict[str, Any]:
    """What was typed; a Refusal says at once all that is wrong, whether unreadable, too much or taken."""
    me, asked = here().member, {"questions": setup_counters.questions(here().member, row)}
    values, errors = form.check_page(asked, form.read_page(asked, here().form), {}, clock.today())
    if errors:
        found = setup_counters.faults(me, values, row) | errors
        places = [f"q-{q['key']}" for q in asked["questions"]]
        raise Refusal("", dict(sorted(found.items(), key=lambda one: places.index(one[0]) if one[0] in places else 0)))
    return values


def _moved(found: Moves, row: Counter):
    """Nothing is changed yet: what goes along to the other division is shown."""
    now = here()
    kept = [(name, value) for name, value in now.form.pairs if name not in ("csrf", "moved")]
    fields = [(name, value) for name, value in kept if not name.startswith("act_")]
    return page("staff/counters/moved.html", row=row, move=found.move, fields=fields)


@post(f"{_ONE}/move", who=Who.TOWN_ADMINISTRATOR)
def move(id: int):
    now = here()
    setup_counters.move(now.member, id, now.form.revision(), up=now.form.act() == "up")
    return to(_PATH)


# ---------------------------------------------------------------- its hours


@get(f"{_ONE}/hours", who=Who.TOWN_ADMINISTRATOR)
def hours(id: int, copied: bool = False):
    now = here()
    row = setup_counters.one(now.member, id)
    typed = _typed_hours() if now.posted else setup_hours.kept_hours(row)
    late = now.posted and now.form.revision() != row.revision
    return page(
        "staff/counters/hours.html",
        row=row,
        typed=setup_hours.like_monday(typed) if copied else typed,
        weekdays=list(enumerate(setup_hours.WEEKDAYS, 1)),
        spans=setup_hours.SPANS,
        name_of=setup_hours.field_name,
        week=setup_hours.week_words(row) if late else [],
    )


def _typed_hours() -> setup_hours.Typed:
    return {name: here().form.get(name) for name in setup_hours.field_names()}


@post(f"{_ONE}/hours", who=Who.TOWN_ADMINISTRATOR, again=hours)
def save_hours(id: int):
    now = here()
    row = setup_counters.one(now.member, id)
    if now.form.act() in ("copy", "back"):
        return hours(id, copied=now.form.act() == "copy")
    try:
        done = setup_hours.change_hours(
            now.member, id, _typed_hours(), now.form.revision(), change_of_hours.said(now.form)
        )
    except Touches as found:
        return _touched(found, "受付時間を変える", row, f"{_PATH}/{id}")
    return to(f"{_PATH}/{id}", said="受付時間を保存しました。" + done.words)


# ---------------------------------------------------------------- single days


@get(f"{_ONE}/days/new", who=Who.TOWN_ADMINISTRATOR)
def new_day(id: int):
    now = here()
    row = setup_counters.one(now.member, id)
    asked = {"questions": setup_hours.QUESTIONS}
    raw = form.filled(asked, now.form if now.posted else None, {"kind": "closed"})
    return page("staff/counters/new_day.html", row=row, questions=asked["questions"], raw=raw)


@post(f"{_ONE}/days/new", who=Who.TOWN_ADMINISTRATOR, again=new_day)
def add_days(id: int):
    now = here()
    row = setup_counters.one(now.member, id)
    if now.form.act() == "back":
        return new_day(id)
    values = form.answers({"questions": setup_hours.QUESTIONS}, now.form)
    try:
        done = setup_hours.set_days(now.member, id, values, now.form.revision(), change_of_hours.said(now.form))
    except Touches as found:
        return _touched(found, "日ごとの予定を入れる", row, f"{_PATH}/{id}")
    return to(f"{_PATH}/{id}", said=f"{done.result}日の予定を入れました。" + done.words)


@get(_DAY, who=Who.TOWN_ADMINISTRATOR)
def ask_to_remove_day(id: int, day: int):
    row = setup_counters.one(here().member, id)
    gone = setup_hours.day_of(row, day)
    shown = next((one for one in setup_hours.days_to_come(row) if one.id == gone.id), None)
    return page("staff/counters/remove_day.html", row=row, day=shown) if shown else to(f"{_PATH}/{id}")


@post(_DAY, who=Who.TOWN_ADMINISTRATOR, again=ask_to_remove_day)
def remove_day(id: int, day: int):
    now = here()
    row = setup_counters.one(now.member, id)
    try:
        done = setup_hours.remove_day(now.member, id, day, now.form.revision(), change_of_hours.said(now.form))
    except Touches as found:
        return _touched(found, "日ごとの予定を取り消す", row, f"{_PATH}/{id}", rewrite=False)
    return to(f"{_PATH}/{id}", said="日ごとの予定を取り消しました。" + done.words)


# ---------------------------------------------------------------- closing


@get(f"{_ONE}/close", who=Who.TOWN_ADMINISTRATOR)
def ask_to_close(id: int):
    row = setup_counters.one(here().member, id)
    if row.closed_at is not None:
        return to(_PATH)
    return page("staff/counters/close.html", row=row, left=counter_effect.left_alone(row))


@post(f"{_ONE}/close", who=Who.TOWN_ADMINISTRATOR, again=ask_to_close)
def close(id: int):
    now = here()
    row = setup_counters.one(now.member, id)
    try:
        done = setup_counters.close(now.member, id, now.form.revision(), change_of_hours.said(now.form))
    except Touches as found:
        return _touched(found, "窓口を閉じる", row, _PATH, rewrite=False)
    return to(_PATH, said=f"「{row.name}」を閉じました。" + done.words)


@post(f"{_ONE}/reopen", who=Who.TOWN_ADMINISTRATOR)
def reopen(id: int):
    row = setup_counters.one(here().member, id)
    setup_counters.reopen(here().member, id)
    return to(_PATH, said=f"「{row.name}」を、また使えるようにしました。")
