"""停止の予定: announcing when residents' pages rest, cancelling, and ending what runs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import clock
from models import Role
from rules import Refusal
from rules.forms import form
from rules.records import towns
from rules.town import stop
from rules.values import period
from web import Who, get, here, page, post, to

_PATH = "/staff/stops"
_ALL = "all"


def _questions() -> list[dict[str, Any]]:
    hint = "例：20:00、6時30分"
    short = {"max_length": 20, "width": "short"}
    found: list[dict[str, Any]] = [
        {"key": "from", "type": "date", "label": "始まりの日", "hint": "", "required": True},
        {
            "key": "from_time",
            "type": "text",
            "label": "始まりの時刻",
            "hint": hint,
            "required": True,
            "limits": short,
        },
        {
            "key": "until",
            "type": "date",
            "label": "終わりの日",
            "hint": "7日間まで。夜の12時をまたいでもかまいません。",
            "required": True,
        },
        {"key": "until_time", "type": "text", "label": "終わりの時刻", "hint": hint, "required": True, "limits": short},
        {
            "key": "reason",
            "type": "text",
            "label": "理由",
            "hint": "住民の方の画面で「…のため、ご利用になれません」と示されます。例：システムの点検",
            "required": True,
            "limits": {"max_length": 60, "width": "long"},
        },
    ]
    return [*_whose(), *found]


def _whose() -> list[dict[str, Any]]:
    """A system administrator says which town; a town administrator's is the own one."""
    if here().member.role is not Role.SYSTEM_ADMINISTRATOR:
        return []
    choices = [{"value": _ALL, "label": "すべての市町村"}]
    choices += [{"value": str(town.id), "label": town.name} for town in towns.every()]
    return [
        {
            "key": "town",
            "type": "choice",
            "label": "停止する市町村",
            "hint": "",
            "required": True,
            "limits": {"look": "select"},
            "choices": choices,
        }
    ]


@get(_PATH, who=Who.STAFF)
def stops():
    now = here()
    coming, past = stop.of_staff(now.member)
    names = _town_names()
    today = clock.today()

    def line(row: Any) -> dict[str, Any]:
        return {
            "id": row.id,
            "state": stop.state_word(row),
            "when": period.words(row.starts_at, row.ends_at, today),
            "reason": row.reason,
            "whose": names.get(row.town_id, "") if row.town_id else "すべての市町村",
            "may_change": stop.may_change(now.member, row),
        }

    return page(
        "staff/stops/list.html",
        coming=[line(row) for row in coming],
        past=[line(row) for row in past],
        daily=stop.daily_words(),
        may_announce=now.member.role is not Role.CLERK,
    )


@get(f"{_PATH}/new", who=Who.ADMINISTRATOR)
def new():
    now, form_page = here(), {"key": "stop", "questions": _questions()}
    raw = form.read_page(form_page, now.form) if now.posted else {}
    return page("staff/stops/new.html", questions=form_page["questions"], raw=form.complete(form_page, raw))


@post(f"{_PATH}/new", who=Who.ADMINISTRATOR, again=new)
def announce():
    now, form_page = here(), {"key": "stop", "questions": _questions()}
    if now.form.act() == "mend":
        return new()
    values, errors = form.check_page(form_page, form.read_page(form_page, now.form), {}, clock.today())
    starts, ends = period.instant(values, errors, "from"), period.instant(values, errors, "until")
    if errors or starts is None or ends is None:
        raise Refusal("", errors)
    chosen = values.get("town", str(now.member.town))
    town = None if chosen == _ALL else int(chosen)
    if now.form.act() != "announce":
        stop.check(starts, ends)
        return _confirm_page(stop.Stop(starts, ends, stop.plain_reason(values["reason"]), town))
    stop.announce(now.member, town=town, starts=starts, ends=ends, reason=values["reason"])
    return to(_PATH, said="停止を予定に入れました。")


def _confirm_page(planned: stop.Stop):
    """What would be entered, in words that show a slip of the day or the hour; everything typed goes along."""
    now = here()
    return page(
        "staff/stops/confirm.html",
        when=stop.when(planned),
        **_far(planned.starts, planned.ends),
        whose=_town_names().get(planned.town, "すべての市町村"),
        reason=planned.reason,
        sentence=stop.sentence(planned),
        told_from=period.day_words(max(planned.starts - stop.ANNOUNCED_AHEAD, clock.now())),
        fields=[(name, value) for name, value in now.form.pairs if name != "csrf" and not name.startswith("act_")],
    )


def _far(starts: Any, ends: Any) -> dict[str, Any]:
    """How long until it begins, and how long it lasts."""
    ahead = starts - clock.now()
    begins = f"いまから{period.length_words(ahead)}後" if ahead > timedelta(minutes=1) else "すぐ"
    return {"begins": begins, "lasts": period.length_words(ends - starts)}


def _town_names() -> dict[int | None, str]:
    return {town.id: town.name for town in towns.every()}


@get(f"{_PATH}/<id:int>/cancel", who=Who.ADMINISTRATOR)
def ask_to_cancel(id: int):
    window = stop.one(here().member, id)
    state = stop.state_word(window)
    if state not in ("予定", "停止中"):
        return to(_PATH)
    return page(
        "staff/stops/cancel.html",
        id=id,
        runs=state == "停止中",
        when=period.words(window.starts_at, window.ends_at, clock.today()),
        **_far(window.starts_at, window.ends_at),
        whose=_town_names().get(window.town_id, "すべての市町村"),
        reason=window.reason,
    )


@post(f"{_PATH}/<id:int>/cancel", who=Who.ADMINISTRATOR, again=lambda id: stops())
def cancel(id: int):
    stop.cancel(here().member, id)
    return to(_PATH, said="停止を取り消しました。")
