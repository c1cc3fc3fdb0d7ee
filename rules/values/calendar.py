"""The town's calendar: 元号, how dates are written, and business days (開庁日)."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import clock
import config

# ---------------------------------------------------------------- 元号


@dataclass(frozen=True)
class Era:
    """First and last day as documents write them: 1912-07-30 and 1926-12-25 stand in two eras each."""

    letter: str
    name: str
    first: date
    last: date

    @property
    def years(self) -> int:
        return self.last.year - self.first.year + 1


# Days before 1873 (明治6年) were counted by another calendar: software cannot tell them.
EARLIEST = date(1873, 1, 1)
LATEST = date(2199, 12, 31)

ERAS = (
    Era("R", "令和", date(2019, 5, 1), LATEST),
    Era("H", "平成", date(1989, 1, 8), date(2019, 4, 30)),
    Era("S", "昭和", date(1926, 12, 25), date(1989, 1, 7)),
    Era("T", "大正", date(1912, 7, 30), date(1926, 12, 25)),
    Era("M", "明治", date(1868, 1, 25), date(1912, 7, 30)),
)
_BY_LETTER = {era.letter: era for era in ERAS}
LETTERS = {name: era.letter for era in ERAS for name in (era.letter, era.name, era.name[0])}


class BadDate(ValueError):
    """Why there is no such date: a sentence, and the part to put right: era, year, month or day."""

    def __init__(self, part: str, sentence: str) -> None:
        super().__init__(sentence)
        self.part = part
        self.sentence = sentence


def make(era: str, year: int, month: int, day: int) -> date:
    """The date of an era's letter ('' = 西暦) with year, month and day; raises BadDate."""
    known = _BY_LETTER.get(era)
    if era and known is None:
        raise BadDate("era", "元号を選び直してください。")
    western = known.first.year + year - 1 if known else year
    if known is None and year < 1000:
        raise BadDate("year", "西暦は4けたで入力してください。昭和や平成などの年のときは、元号を選んでください。")
    if known and not 1 <= year <= known.years:
        raise BadDate("year", _year_outside(known, year))
    if not EARLIEST.year <= western <= LATEST.year:
        raise BadDate("year", f"西暦{EARLIEST.year}年から{LATEST.year}年までの年を入力してください。")
    if not 1 <= month <= 12:
        raise BadDate("month", "月は、1から12までの数字で入力してください。")
    last = _last_day(western, month)
    if not 1 <= day <= last:
        raise BadDate("day", f"{_year_name(known, year)}の{month}月は、1日から{last}日までです。")
    made = date(western, month, day)
    if known and not known.first <= made <= known.last:
        raise BadDate("era", _day_outside(known, made))
    return made


def _year_outside(era: Era, year: int) -> str:
    if year >= EARLIEST.year:
        return f"{era.name}の年ではなく、西暦の年のようです。「西暦」を選んでください。"
    western = era.first.year + year - 1
    if era.letter == "R" or not era.years < year <= 99:
        return "年をお確かめください。"
    meant = wareki(date(western, 12, 31))
    return f"{era.name}は{era.years}年までです。{era.name}{year}年は、{meant}にあたります。"


def _day_outside(era: Era, made: date) -> str:
    if made < era.first:
        return f"{era.name}は、{_plain(era.first)}からです。この日は{wareki(made)}です。"
    return f"{era.name}は、{_plain(era.last)}までです。この日は{wareki(made)}です。"


def _year_name(era: Era | None, year: int) -> str:
    return f"{era.name}{_year_text(year)}年" if era else f"{year}年"


def _year_text(year: int) -> str:
    return "元" if year == 1 else str(year)


def _plain(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _last_day(year: int, month: int) -> int:
    return (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day


class Typed(NamedTuple):
    """A date as typed, not yet known to exist."""

    era: str
    year: int
    month: int
    day: int


_ERA = "|".join(sorted(LETTERS, key=len, reverse=True))
_WHOLE = re.compile(rf"({_ERA})?([0-9]{{1,4}}|元)[年./-]([0-9]{{1,2}})[月./-]([0-9]{{1,2}})日?", re.IGNORECASE)
_RUN = re.compile("([0-9]{4})([0-9]{2})([0-9]{2})")


def parse_parts(text: str) -> Typed | None:
    """A whole date typed into one field: 昭和41年4月2日, S41.4.2, 1966-04-02 or 19660402; None: no date."""
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", text))
    plain = re.sub("[‐‑‒–—―−ー]", "-", plain)
    if run := _RUN.fullmatch(plain):
        return Typed("", *map(int, run.groups()))
    found = _WHOLE.fullmatch(plain)
    if not found:
        return None
    era, year, month, day = found.groups()
    return Typed(LETTERS[era.upper()] if era else "", 1 if year == "元" else int(year), int(month), int(day))


def parse(text: str) -> date:
    """The date in a text, 和暦 or 西暦, any width; raises BadDate."""
    typed = parse_parts(text)
    if typed is None:
        raise BadDate("year", "日付は「昭和63年4月9日」か「1988年4月9日」のように入力してください。")
    return make(*typed)


# ---------------------------------------------------------------- how dates are written

_WEEKDAYS = "月火水木金土日"


def wareki(day: date) -> str:
    """'昭和63年'; the day on which two eras meet belongs to the new one."""
    for era in ERAS:
        if day >= era.first and day >= EARLIEST:
            return f"{era.name}{_year_text(day.year - era.first.year + 1)}年"
    return f"{day.year}年"


def show_date(day: date) -> str:
    """'昭和63年（1988年）4月9日'"""
    if day < EARLIEST:
        return _plain(day)
    return f"{wareki(day)}（{day.year}年）{day.month}月{day.day}日"


def short_date(day: date) -> str:
    """'11月24日（火）'"""
    return f"{day.month}月{day.day}日（{_WEEKDAYS[day.weekday()]}）"


def near_date(day: date) -> str:
    """The same, with the year where it is another than this one."""
    return short_date(day) if day.year == clock.today().year else f"{day.year}年{short_date(day)}"


def wareki_near(day: date) -> str:
    """The same, the year in 和暦: '令和9年1月4日（月）'."""
    return short_date(day) if day.year == clock.today().year else f"{wareki(day)}{short_date(day)}"


def read_instant(stored: str) -> datetime:
    """An instant as plain SQL brings it out of the database, in the town's time."""
    return datetime.fromisoformat(stored).astimezone(clock.TOKYO)


def show_instant(instant: datetime) -> str:
    """'2026年11月21日（土）9時05分', in the zone the instant carries."""
    return f"{instant.year}年{short_date(instant.date())}{instant.hour}時{instant.minute:02}分"


def whole_minute(instant: datetime) -> datetime:
    """The first whole minute that is not before an instant: what is named as "from then on" must hold."""
    return (instant + timedelta(minutes=1, microseconds=-1)).replace(second=0, microsecond=0)


def age(birth: date, on: date) -> int:
    """The age in full years on a day; who is born on 29 February is older on 1 March."""
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


# ---------------------------------------------------------------- business days

_HOLIDAYS = config.PROGRAM / "data" / "starter" / "holidays.json"


@lru_cache(maxsize=1)
def holidays() -> dict[date, str]:
    """国民の祝日 and 休日, date -> name; read once."""
    return read_holidays(_HOLIDAYS)


def read_holidays(path: Path) -> dict[date, str]:
    document = json.loads(path.read_text(encoding="utf-8"))
    return {date.fromisoformat(entry["date"]): entry["name"] for entry in document}


def holidays_end() -> date:
    """The last day for which the list of holidays speaks: the end of its last year."""
    return date(max(holidays()).year, 12, 31)


# 閉庁日 of a town's own are passed in by whoever counts for a town: rules.town.closing_day reads them.
NONE: Container[date] = frozenset()


def why_closed(day: date) -> str:
    """Why every town hall is closed on a day: 祝日 by its name, 年末年始 or the weekend; "" for a business day."""
    if not (1, 3) < (day.month, day.day) < (12, 29):
        return "年末年始"
    return holidays().get(day, "") or ("土曜・日曜" if day.weekday() >= 5 else "")


def is_business_day(day: date, closed: Container[date] = NONE) -> bool:
    """Whether the town hall is open: not at weekends, on holidays, from 29 December to 3 January, nor when `closed`."""
    always = day.weekday() >= 5 or not (1, 3) < (day.month, day.day) < (12, 29)
    return not always and day not in holidays() and day not in closed


def add_business_days(day: date, n: int, closed: Container[date] = NONE) -> date:
    """The n-th business day after a day, itself not counted (民法 第140条); n = 0: it or the next one."""
    if n < 0:
        raise ValueError("business days are counted forward")
    found = day
    if n == 0:
        while not is_business_day(found, closed):
            found += timedelta(days=1)
    while n:
        found += timedelta(days=1)
        n -= is_business_day(found, closed)
    return found


def business_days_between(first: date, last: date, closed: Container[date] = NONE) -> int:
    """How many business days come after the first day, the last counted; negative the other way round."""
    if last < first:
        return -business_days_between(last, first, closed)
    return sum(is_business_day(day, closed) for day in _days(first, last))


def _days(first: date, last: date) -> Iterator[date]:
    """The days after the first up to the last."""
    for number in range(1, (last - first).days + 1):
        yield first + timedelta(days=number)
