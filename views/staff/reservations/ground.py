"""What the pages of 予約 share: the day that is asked for, the questions of a visit, and what they mean."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

import clock
from clock import TOKYO
from models import Counter, Reservation
from rules import Refusal
from rules.counters import by_town, correcting, schedule
from rules.forms import fields, form
from rules.records import numbering
from rules.town import setup_fields
from rules.values import calendar, period
from rules.values.text import half_width
from rules.visits import weeks
from web import asked, here

PATH = "/staff/reservations"
AT = f"{PATH}/counters/<id:int>"
ONE = f"{PATH}/<id:int>"

Question = dict[str, Any]
BAD_DAY = "日付は「12月1日」か「令和8年12月1日」のように入力してください。"
_EXAMPLE = "時刻は「10:00」か「10時30分」のように入力してください。"


def asked_day(first: date | None = None) -> date:
    """The day behind the ?, else `first` or today; what is wrong with what was typed is said beside the field."""
    now, typed = here(), asked("day", 100)
    day, wrong = read_day(typed)
    if day is not None and not schedule.shown(day):
        wrong = "表示できるのは、きょうの前後10年までです。"
    if wrong:
        now.errors["q-day"], now.status = f"{wrong}いまは、きょうを表示しています。", 422
    return clock.today() if wrong else day or first or clock.today()


def read_day(text: str) -> tuple[date | None, str]:
    """A date typed into one field, 和暦 or 西暦 or as pages print it, and what is wrong with it."""
    plain = _with_year(re.sub(r"\s|[(][月火水木金土日][)]$", "", half_width(text).strip()))
    try:
        return (calendar.parse(plain) if plain else None), ""
    except calendar.BadDate as bad:
        return None, bad.sentence if calendar.parse_parts(plain) else BAD_DAY


_DAY = re.compile("([0-9]{1,2})[月./-]([0-9]{1,2})日?")


def _with_year(plain: str) -> str:
    """A day without a year is the nearest of that name: in December 1月5日 is to come, in January 12月5日 is over."""
    found = _DAY.fullmatch(plain)
    if found is None:
        return plain
    month, day, today = int(found[1]), int(found[2]), clock.today()
    away = (month - today.month) * 31 + day - today.day
    return f"{today.year + (away < -186) - (away > 186)}-{month}-{day}"


def sent_day() -> date:
    """The day a form was made for."""
    day, _ = read_day(here().form.get("day"))
    return day if day is not None and schedule.shown(day) else clock.today()


# ---------------------------------------------------------------- when


def when() -> list[Question]:
    """The questions of a day and a time."""
    time = setup_fields.line("time", "時刻", "枠の始まりの時刻。例：10:00、13時30分", 20, required=True)
    return [
        setup_fields.other("day", "date", "日", "きょうの予約も入れられます。", required=True),
        time | {"limits": {"max_length": 20, "width": "short"}},
    ]


def raw_when(at: datetime | None) -> dict[str, Any]:
    """The two of them filled in."""
    if at is None:
        return {}
    local = at.astimezone(TOKYO)
    day = fields.raw_of({"key": "day", "type": "date"}, local.date().isoformat())
    return {"day": day, "time": f"{local.hour}:{local.minute:02}"}


def asked_for() -> str:
    """The number of the application a visit is looked for, as an address names it; "" for none."""
    return numbering.parse(asked("number", 20)) or ""


def asked_time() -> datetime | None:
    """The time a link of the week names."""
    return weeks.time_of(asked("at", 20))


def read(questions: list[Question]) -> tuple[dict[str, Any], datetime]:
    """What was typed, and the time it names; a Refusal beside what will not do."""
    asked_for = {"questions": questions}
    values, errors = form.check_page(asked_for, form.read_page(asked_for, here().form), {}, clock.today())
    at = period.instant(values, errors, "day") if "day" in values else None
    since = period.parse_time(values["time"]) if values.get("time") else None
    if values.get("time") and since is None:
        errors["q-time"] = _EXAMPLE
    if errors or at is None or since is None:
        raise Refusal("", errors)
    return values, at + since


def raw(questions: list[Question], first: dict[str, Any]) -> dict[str, Any]:
    """What stands in the form: what was typed, or what it begins with."""
    now = here()
    return form.filled({"questions": questions}, now.form if now.posted else None, first)


def caller_questions() -> list[Question]:
    """Who comes, in a booking that staff enter."""
    channels = list(by_town.CHANNELS.items())
    note = setup_fields.other("note", "long_text", "メモ", "用件など。職員の画面と、この日の印刷に出ます。")
    number = setup_fields.line(
        "number", "申込番号", "申請のある方のとき。メールの届く方には、予約のメールが送られます。", 30
    )
    return [
        number,
        setup_fields.line("name", "氏名", "申込番号を入れたときは、空けておけます。", 60),
        setup_fields.other("telephone", "telephone", "電話番号", "変わったときに、知らせるための番号です。"),
        note | {"limits": {"max_length": 500, "rows": 3}},
        setup_fields.choice("channel", "受けた方法", "", channels),
    ]


def correct_questions(row: Reservation) -> list[Question]:
    """What may be put right of a booking."""
    name = setup_fields.line("name", "氏名", "", 60, required=True)
    told = {q["key"]: q for q in caller_questions()} | {"name": name}
    return [told[key] for key in correcting.correctable(row)]


def another_question() -> Question:
    """Asked when there is a booking of the same name at the same time."""
    return setup_fields.other("another", "consent", "別の方の予約として入れる", "")


def counter_question(counters: list[Counter]) -> Question:
    """Which counter, where there are several."""
    choices = [(str(row.id), row.name) for row in counters]
    return setup_fields.choice("counter", "窓口", "", choices, look="select")


def reason_question(row: Reservation) -> Question:
    """Why, and where it is told."""
    places = [
        *(["予約した方へのメール"] if by_town.reaches(row) else []),
        *(["申請の経過"] if row.application_id is not None else []),
    ]
    hint = f"{'と、'.join(places) or '予約の記録'}に出ます。"
    asked_for = setup_fields.other("reason", "long_text", "理由", hint, required=True)
    return asked_for | {"limits": {"max_length": 300, "rows": 3}}
