"""見つからなかったことば: what residents searched for in vain, kept for staff without who it was (R-2.5)."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import NamedTuple

import clock
from models import SearchMiss, Town, ask, transaction
from rules.procedures import procedure, search
from rules.records import audit, throttle
from rules.records.access import Missing
from rules.records.session import SignedInStaff
from rules.values import text

PER_PAGE = 50
KEPT = timedelta(days=180)
MOST_ROWS = 2000
SHOWN_FROM = 3
MOST_LETTERS, MOST_WORDS, MOST_SHOWN = 30, 5, 60
PER_ADDRESS = throttle.Limit("search-miss", 30, timedelta(hours=1))

_FOUR_DIGITS = re.compile("[0-9]{4}")
_N = "[0-9〇一二三四五六七八九十百]"
# Where somebody lives, or when they were born: 二丁目, 14番6号, 2-15, 2の15, 63.4.9, 63年4月. Not マイナンバーの番号.
_OF_A_PERSON = re.compile(
    rf"丁目|番地|{_N}\s*[番号]|{_N}\s*の\s*{_N}|[0-9]\s*[-./]\s*[0-9]|年\s*{_N}+\s*月|月\s*{_N}+\s*日"
)

_COUNT_ONE = """
INSERT INTO search_miss (town_id, words, shown, times, first_on, last_on) VALUES ({}, {}, {}, 1, {}, {})
ON CONFLICT (town_id, words) DO UPDATE SET times = search_miss.times + 1, last_on = excluded.last_on"""
# Words that were asked for once make room first.
_OLDEST_ASKED_ONCE = "SELECT id FROM search_miss WHERE town_id = {} AND times = 1 ORDER BY last_on, id LIMIT 1"


def kept_words(typed: str) -> str:
    """The words as they are kept; "" for what may be about a person, or is no search at all."""
    words = search.asked_words(typed)
    together = " ".join(words)
    if not words or len(words) > MOST_WORDS or len(together) > MOST_LETTERS:
        return ""
    plain = text.digits(typed)
    # An address, a telephone number, a date of birth: dashes are gone from the words already.
    if "@" in plain or _OF_A_PERSON.search(plain) or _FOUR_DIGITS.search("".join(words).replace("ー", "")):
        return ""
    return together


def shown_words(typed: str) -> str:
    """The words in the spelling in which staff read them."""
    return " ".join(text.clean(typed).split())[:MOST_SHOWN]


def remember(town: Town, typed: str, *, ip: str) -> None:
    """Count words that found nothing; a browser that sends ever new ones is no longer listened to."""
    words = kept_words(typed)
    if not words or throttle.exceeded(PER_ADDRESS, ip):
        return
    today = clock.today().isoformat()
    with transaction():
        throttle.count(PER_ADDRESS, ip)
        if ask("SELECT 1 FROM search_miss WHERE town_id = {} AND words = {}", town.id, words) or _has_room(town):
            ask(_COUNT_ONE, town.id, words, shown_words(typed), today, today)


def _has_room(town: Town) -> bool:
    if ask("SELECT COUNT(*) FROM search_miss WHERE town_id = {}", town.id)[0][0] < MOST_ROWS:
        return True
    oldest = ask(_OLDEST_ASKED_ONCE, town.id)
    for (key,) in oldest:
        ask("DELETE FROM search_miss WHERE id = {}", key)
    return bool(oldest)


def tidy(now: datetime) -> int:
    """Forget what nobody searched for in half a year; returns how many."""
    return int(SearchMiss.delete().where(SearchMiss.last_on < (now - KEPT).date()).execute())


class Line(NamedTuple):
    """Words as they were typed first, and how often they were searched for in any spelling."""

    id: int
    words: str
    times: int
    first_on: date
    last_on: date


def lines(me: SignedInStaff, page: int) -> tuple[list[Line], bool]:
    """A page of a town's words, the most wanted first, and whether more follow.

    What was asked for once or twice on one day may be somebody's name, and is shown to nobody.
    """
    rows = ask(
        "SELECT id, shown, times, first_on, last_on FROM search_miss "
        f"WHERE town_id = {{}} AND (times >= {SHOWN_FROM} OR last_on > first_on) "
        f"ORDER BY times DESC, last_on DESC, id DESC LIMIT {PER_PAGE + 1} OFFSET {(page - 1) * PER_PAGE}",
        me.town,
    )
    found = [
        Line(key, words, times, date.fromisoformat(first), date.fromisoformat(last))
        for key, words, times, first, last in rows[:PER_PAGE]
    ]
    return found, len(rows) > PER_PAGE


def one(me: SignedInStaff, key: int) -> SearchMiss | None:
    """Words of the own town, None when they were dealt with already; another town's are Missing."""
    found = SearchMiss.row("id = {}", key)
    if found is not None and found.town_id != me.town:
        raise Missing
    return found


def remove(me: SignedInStaff, key: int) -> None:
    """Take words off the list that were dealt with; a second press changes nothing."""
    with transaction():
        if one(me, key) is not None and SearchMiss.delete().where(SearchMiss.id == key).execute():
            audit.record("search_miss_removed", staff=me)


def add_synonym(me: SignedInStaff, key: int, wanted: int) -> None:
    """この手続きで見つかるようにする: the words become a synonym of a procedure, and are on the list no longer."""
    with transaction():
        found = one(me, key)
        if found is not None:
            procedure.add_synonym(me, wanted, found.shown)
            SearchMiss.delete().where(SearchMiss.id == key).execute()
