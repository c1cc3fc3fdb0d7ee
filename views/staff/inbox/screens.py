"""受付箱: what the divisions of a clerk have to deal with, the most urgent first."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from models import Role
from rules.applications import inbox, review
from rules.applications.inbox import Wanted
from rules.town import setup_steps
from rules.values import calendar
from rules.values.text import half_width
from web import Pager, Who, asked, asked_page, get, here, page, to

_STATES = [("", "処理中"), *((str(state), word) for state, word in review.STATE_WORDS.items()), ("all", "すべて")]
_ASSIGNEES = [("", "全員"), ("mine", "自分"), ("none", "未定")]
_DUE = [("", "すべて"), ("past", "過ぎた"), ("soon", "3開庁日以内")]
_MESSAGES = [("", "すべて"), ("waiting", "返事待ち")]
_ORDERS = [("", "おまかせ"), ("due", "期限の近い順"), ("arrival", "受付の新しい順")]
_BAD_DAY = "日付は「2026-11-21」か「令和8年11月21日」のように入力してください。"


@get("/staff", who=Who.STAFF)
@get("/staff/", who=Who.STAFF)
def front():
    me = here().member
    if me.role is Role.SYSTEM_ADMINISTRATOR:
        return to("/staff/mails")
    typed = {name: asked(name, 100).strip() for name in _FIELDS}
    wanted = _wanted(typed)
    procedures = inbox.procedures(me)
    found, counts = inbox.find(me, wanted), inbox.counts(me)
    at = inbox.box_of(wanted)
    return page(
        "staff/inbox/front.html",
        found=found,
        boxes=[_box(key, counts[key], at) for key in inbox.BOXES],
        asked=typed,
        states=_STATES,
        assignees=_ASSIGNEES,
        dues=_DUE,
        messages=_MESSAGES,
        orders=_ORDERS,
        procedures=procedures,
        conditions=_in_words(wanted, dict(procedures)),
        pager=_pager(found, typed),
        last_page=inbox.LAST_PAGE,
        steps=setup_steps.steps(me) if not procedures else [],
    )


_FIELDS = ("words", "state", "procedure", "assignee", "due", "message", "from", "to", "order", "page")


def _wanted(typed: dict[str, str]) -> Wanted:
    """What was asked for in the address line; whatever is not known there is left out."""
    return Wanted(
        state=_one_of(typed["state"], _STATES),
        procedure=_number(typed["procedure"]),
        assignee=_one_of(typed["assignee"], _ASSIGNEES),
        due=_one_of(typed["due"], _DUE),
        message=typed["message"] == "waiting",
        words=typed["words"],
        since=_day(typed["from"], "from"),
        until=_day(typed["to"], "to"),
        order=_one_of(typed["order"], _ORDERS),
        page=asked_page(),
    )


def _one_of(value: str, choices: list[tuple[str, str]]) -> str:
    return value if value in dict(choices) else ""


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _day(text: str, field: str) -> date | None:
    """A date typed into one field; a wrong one is said beside it and left out."""
    if not text:
        return None
    try:
        return calendar.parse(half_width(text))
    except calendar.BadDate:
        here().errors[f"q-{field}"] = _BAD_DAY
        here().status = 422
        return None


def _pager(found: inbox.Found, typed: dict[str, str]) -> Pager:
    kept = {name: value for name, value in typed.items() if name != "page"}
    before, after = found.page - 1 or None, found.page + 1 if found.has_next else None
    return Pager.of(found.total_label, "/staff/", before, after, **kept)


def _box(key: str, count: int, at: str) -> dict[str, Any]:
    word, wanted = inbox.BOXES[key]
    message = "waiting" if wanted.message else ""
    chosen = {"state": wanted.state, "due": wanted.due, "assignee": wanted.assignee, "message": message}
    query = urlencode({name: value for name, value in chosen.items() if value})
    shown = f"{count:,}" if count < inbox.COUNT_LIMIT else f"{inbox.COUNT_LIMIT:,}件以上"
    return {
        "word": word,
        "count": shown,
        "href": f"/staff/?{query}" if query else "/staff/",
        "here": key == at,
        "alarm": key == "past" and count > 0,
    }


def _in_words(wanted: Wanted, procedures: dict[int, str]) -> list[str]:
    """The filters that are set, as they are repeated above the list."""
    said = [wanted.words] if wanted.words else []
    if wanted.state and not wanted.due and not wanted.number:
        said.append("状態：" + dict(_STATES)[wanted.state])
    if wanted.procedure is not None:
        said.append(procedures.get(wanted.procedure, "手続き"))
    if wanted.assignee:
        said.append("担当：" + dict(_ASSIGNEES)[wanted.assignee])
    if wanted.due:
        said.append("期限：" + dict(_DUE)[wanted.due])
    if wanted.message:
        said.append("メッセージ：返事待ち")
    if wanted.since or wanted.until:
        said.append(f"受付：{_short(wanted.since)}〜{_short(wanted.until)}")
    return said


def _short(day: date | None) -> str:
    return f"{day.year}年{calendar.short_date(day)}" if day else ""
