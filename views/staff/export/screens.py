"""申請の一覧をCSVで取り出す: which procedure, which applications, which columns, in which character set."""

from __future__ import annotations

from datetime import date
from typing import Any

import clock
from rules import Refusal
from rules.applications import export
from rules.applications.review import STATE_WORDS
from rules.forms import form
from web import Who, download_pieces, get, here, page, post

_PATH = "/staff/export"
_NOT_ALL = "選んだものだけになります。"


@get(_PATH, who=Who.CLERK)
def choose():
    return page("staff/export/choose.html", procedures=export.procedures(here().member), action=_PATH)


def _form_page(questions: list[export.Question]) -> dict[str, Any]:
    """The page's questions, as a form of the house."""
    states = [{"value": str(state), "label": word} for state, word in STATE_WORDS.items()]
    about = [{"value": key, "label": word} for key, word in export.ABOUT.items()]
    asked = [{"value": q.key, "label": q.label + ("（前の様式）" if q.old else "")} for q in questions]
    charsets = [{"value": key, "label": word} for key, word in export.CHARSETS.items()]

    def one(key: str, kind: str, label: str, hint: str, **more: Any) -> dict[str, Any]:
        return {"key": key, "type": kind, "label": label, "hint": hint, "required": False, **more}

    found = [
        one("since", "date", "受付日（から）", "入力しなければ、はじめからです。", limits={"past": True}),
        one("until", "date", "受付日（まで）", "入力しなければ、きょうまでです。"),
        one("states", "choices", "状態", "1つも選ばなければ、すべての状態です。", choices=states),
        one("about", "choices", "申請についての列", _NOT_ALL, choices=about),
        one("asked", "choices", "答えの列", _NOT_ALL, choices=asked),
        one("charset", "choice", "文字コード", "", choices=charsets) | {"required": True},
    ]
    return {"key": "export", "questions": [q for q in found if q.get("choices") != []]}


def _first_raw(form_page: dict[str, Any]) -> dict[str, Any]:
    """All columns, all states, every day."""
    every = {q["key"]: [choice["value"] for choice in q.get("choices", ())] for q in form_page["questions"]}
    return {"about": every["about"], "asked": every.get("asked", []), "charset": "utf-8"}


@get(f"{_PATH}/<id:int>", who=Who.CLERK)
def one(id: int, lacking: export.Lacking | None = None):
    now, wanted = here(), export.own_procedure(here().member, id)
    form_page = _form_page(export.questions(wanted))
    raw = form.read_page(form_page, now.form) if now.posted else _first_raw(form_page)
    return page(
        "staff/export/one.html",
        procedure=wanted,
        action=f"{_PATH}/{id}",
        questions=form_page["questions"],
        raw=form.complete(form_page, raw),
        lacking=lacking,
        most=export.MOST,
    )


@post(f"{_PATH}/<id:int>", who=Who.CLERK, again=one)
def take(id: int):
    now, wanted = here(), export.own_procedure(here().member, id)
    act = now.form.act()
    chosen = _wanted(wanted, act)
    try:
        pieces = export.make(now.member, chosen, lossy=act == "lossy")
    except export.Lacking as lacking:
        return one(id, lacking)
    return download_pieces(pieces, export.file_name(chosen), f"text/csv; charset={_CHARSET[chosen.charset]}")


_CHARSET = {"utf-8": "UTF-8", "cp932": "Shift_JIS"}


def _wanted(wanted: Any, act: str) -> export.Wanted:
    """What was chosen; a Refusal beside what will not do."""
    form_page = _form_page(export.questions(wanted))
    values, errors = form.check_page(form_page, form.read_page(form_page, here().form), {}, clock.today())
    if not errors and not values["about"] and not values.get("asked"):
        errors = {"q-about": "列を1つ以上選んでください。"}
    if not errors and values["since"] and values["until"] and values["since"] > values["until"]:
        errors = {"q-until-year": "受付日（まで）を、受付日（から）より後の日にしてください。"}
    if errors:
        raise Refusal("", errors)
    return export.Wanted(
        wanted,
        since=_day(values["since"]),
        until=_day(values["until"]),
        states=tuple(values["states"] or ()),
        about=tuple(values["about"] or ()),
        asked=tuple(values.get("asked") or ()),
        charset="utf-8" if act == "utf8" else values["charset"],
    )


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None
