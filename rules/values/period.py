"""From when until when: a day and a time typed apart become an instant, and a period is put into words."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Any

import clock
from rules.values import text
from rules.values.calendar import short_date

_TIME = re.compile("(午前|午後)?([0-9]{1,2})(?:[:時]([0-9]{1,2})?分?)?")
_RUN = re.compile("([0-9]{1,2})([0-9]{2})")
_EXAMPLE = "時刻は「20:00」か「20時00分」のように入力してください。"


def parse_time(typed: str) -> timedelta | None:
    """The time since midnight: 20:00, 20時, 2000, 午後8時30分, any width; 24:00 ends a day. None: no time."""
    plain = re.sub(r"\s", "", text.half_width(typed))
    found = _RUN.fullmatch(plain)
    half, hour, minute = ("", found[1], found[2]) if found else ("", "", "")
    if not found:
        parts = _TIME.fullmatch(plain)
        if not parts:
            return None
        half, hour, minute = parts[1] or "", parts[2], parts[3] or "0"
    hours, minutes = int(hour), int(minute)
    if half and hours > 12:
        return None
    if half:
        hours = hours % 12 + (12 if half == "午後" else 0)
    since = timedelta(hours=hours, minutes=minutes)
    return since if minutes < 60 and since <= timedelta(days=1) else None


def instant(values: dict[str, Any], errors: dict[str, str], key: str, *, whole_day: bool = False) -> datetime | None:
    """The instant of the questions `key` (a date) and `key_time`; a time that is none is told in `errors`.

    Without a time the day as a whole is meant: its beginning, or with `whole_day` its end. None: no day, or wrong.
    """
    typed, day = values.get(f"{key}_time") or "", values.get(key)
    since = parse_time(typed) if typed else timedelta(days=1 if whole_day else 0)
    if since is None:
        errors[f"q-{key}_time"] = _EXAMPLE
    elif typed and day is None and not any(id.startswith(f"q-{key}-") for id in errors):
        errors[f"q-{key}-year"] = "時刻だけでなく、日付も入力してください。"
    if since is None or day is None:
        return None
    return datetime.combine(date.fromisoformat(day), time(), clock.TOKYO) + since


def typed_parts(at: datetime | None, *, whole_day: bool = False) -> tuple[str | None, str]:
    """An instant as (day in ISO form, time), as they would be typed; midnight needs no time."""
    if at is None:
        return None, ""
    if at.time() == time():
        return (at - timedelta(days=1) if whole_day else at).date().isoformat(), ""
    return at.date().isoformat(), f"{at.hour}:{at.minute:02}"


def moment(at: datetime, near: date) -> str:
    """'11月28日（土）20時00分'; with the year where it is not that of the day it is read near."""
    return f"{_day(at.date(), near)}{clock_words(at)}"


def _day(day: date, near: date) -> str:
    return short_date(day) if day.year == near.year else f"{day.year}年{short_date(day)}"


def shown_words(starts: datetime, ends: datetime | None, near: date) -> str:
    """'11月25日（水）9時00分から、11月30日（月）まで': whole days without their midnights."""
    first = _day(starts.date(), near) if starts.time() == time() else moment(starts, near)
    if ends is None:
        return f"{first}から"
    day, typed = typed_parts(ends, whole_day=True)
    last = moment(ends, starts.date()) if typed or day is None else _day(date.fromisoformat(day), starts.date())
    return f"{first}から、{last}まで"


def length_words(span: timedelta) -> str:
    """'3日10時間', '45分': down to the minute."""
    days, minutes = span.days, span.seconds // 60
    hours, minutes = divmod(minutes, 60)
    parts = [f"{count}{word}" for count, word in ((days, "日"), (hours, "時間"), (minutes, "分")) if count]
    return "".join(parts) or "1分もない時間"


def clock_words(at: datetime) -> str:
    """'20時00分'"""
    return f"{at.hour}時{at.minute:02}分"


def day_words(at: datetime) -> str:
    """'2026年11月28日（土）'"""
    return f"{at.year}年{short_date(at.date())}"


def words(starts: datetime, ends: datetime, near: date) -> str:
    """'11月28日（土）20時00分〜22時00分', or with both days where they differ."""
    until = clock_words(ends) if starts.date() == ends.date() else moment(ends, starts.date())
    return f"{moment(starts, near)}〜{until}"
