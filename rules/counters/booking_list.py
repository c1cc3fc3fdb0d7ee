"""予約の一覧: the visits to the counters of one's divisions as a list and as CSV, and one booking as a line."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from models import Application, Counter, Reservation, Status, ask
from rules.applications.export import harmless
from rules.counters import by_town
from rules.counters.lines import Line, lines
from rules.records import access, audit, numbering
from rules.records.session import SignedInStaff
from rules.values.text import contains, fold, half_width
from rules.visits import hours, occasion, states, telling

_stored = Reservation.starts_at.db_value


# ---------------------------------------------------------------- a list


@dataclass(frozen=True)
class Wanted:
    """Which bookings: `words` are parts of a name; four digits or more begin a number or stand in a telephone's."""

    counter: int | None = None
    since: date | None = None
    until: date | None = None
    state: str = ""
    words: str = ""
    # Only those whom no mail reaches.
    unmailed: bool = False
    page: int = 1


PER_PAGE = 50
STATES = states.TO_FIND
_AT_ONCE = 500


def find(me: SignedInStaff, wanted: Wanted) -> tuple[list[Line], bool]:
    """A page of them in the order of their times, and whether there are more."""
    found = _found(me, wanted, PER_PAGE + 1, (wanted.page - 1) * PER_PAGE)
    return _in_order(me, found[:PER_PAGE]), len(found) > PER_PAGE


def _in_order(me: SignedInStaff, keys: list[int]) -> list[Line]:
    marks = ",".join(["{}"] * len(keys))
    known = {line.id: line for line in lines(access.own_divisions(me), f"r.id IN ({marks})", *keys)}
    return [known[key] for key in keys if key in known]


def _found(me: SignedInStaff, wanted: Wanted, most: int = -1, skip: int = 0) -> list[int]:
    """The ids of the bookings that are wanted, by their times; state by state, since so an index has them in order."""
    keys = [row.id for row in by_town.own_counters(me) if wanted.counter in (None, row.id)]
    if not keys:
        return []
    # A plus keeps one of several counters from being the way in: all its bookings would have to be sorted.
    mine = "r.counter_id = {}" if len(keys) == 1 else f"+r.counter_id IN ({','.join(['{}'] * len(keys))})"
    conditions: list[str] = [mine]
    values: list[Any] = [*keys]
    for condition, day in (("r.starts_at >= {}", wanted.since), ("r.starts_at < {}", _after(wanted.until))):
        if day is not None:
            conditions.append(condition)
            values.append(_stored(hours.midnight(day)))
    named, more = _by_words(wanted.words)
    rest = " AND ".join([*conditions, *named, *([f"NOT {by_town.REACHES}"] if wanted.unmailed else [])])
    asked = [wanted.state] if wanted.state in STATES else list(STATES)
    one = f"SELECT r.id, r.starts_at FROM reservation r WHERE r.state = {{}} AND {rest}"
    sql = f"{' UNION ALL '.join([one] * len(asked))} ORDER BY 2, 1 LIMIT {{}} OFFSET {{}}"
    each = [value for state in asked for value in (state, *values, *more)]
    return [key for key, _ in ask(sql, *each, most, skip)]


def _after(day: date | None) -> date | None:
    return None if day is None else day + timedelta(days=1)


_NUMBERED = (
    "r.id IN (SELECT id FROM reservation WHERE number >= {} AND number < {} UNION ALL SELECT v.id FROM application a "
    "JOIN reservation v ON v.application_id = a.id WHERE a.number >= {} AND a.number < {})"
)


# What residents typed of themselves stands there with whatever signs they used.
_SIGNS = "-() ./・[]+"
_DIGITS = "REPLACE(" * len(_SIGNS) + "r.telephone" + "".join(f", '{sign}', '')" for sign in _SIGNS)
# Few have these digits in this order at all: only theirs are written anew.
_TELEPHONE = f"r.telephone LIKE {{}} AND {_DIGITS} LIKE {{}}"


def _by_words(typed: str) -> tuple[list[str], list[str]]:
    """Conditions for what was typed: a number in whatever parts, or words, all of which have to be found."""
    if digits := _digits(typed):
        condition, values = _by_digits(digits)
        return [condition], values
    conditions, found = [], []
    for word in typed.split():
        condition, values = _by_digits(digits) if (digits := _digits(word)) else (_NAMED, [contains(fold(word))])
        conditions.append(condition)
        found += values
    return conditions, found


_NAMED = "r.name_folded LIKE {} ESCAPE '!'"
_SIGNS_AROUND = r"[()\[\]./・+]"


def _digits(typed: str) -> str:
    return numbering.beginning(re.sub(_SIGNS_AROUND, "", half_width(typed)))


def _by_digits(digits: str) -> tuple[str, list[str]]:
    """They are of a number, which never begins with 0, or of a telephone's."""
    called = [f"%{'%'.join(digits)}%", f"%{digits}%"]
    if digits.startswith("0"):
        return _TELEPHONE, called
    # ":" comes after "9".
    begins = [digits, f"{digits}:"] * 2
    # A whole one; no telephone has as many.
    return (_NUMBERED, begins) if len(digits) == 12 else (f"({_NUMBERED} OR {_TELEPHONE})", [*begins, *called])


HEADINGS = (
    "窓口", "日", "開始", "終了", "番号", "氏名", "電話番号", "メール", "用件", "状態", "取下げ・却下", "受けた方法",
    "メモ",
)  # fmt: skip
_CHANNELS = {"WEB": "インターネット", **by_town.CHANNELS}


def export(me: SignedInStaff, wanted: Wanted) -> Iterator[bytes]:
    """The whole list as CSV for spreadsheets, piece by piece: UTF-8 with its mark, nothing in it that would be run."""
    found = _found(me, wanted)
    audit.record("reservations_exported", staff=me, reservations=len(found), counter=wanted.counter or 0)
    return _pieces(me, found)


def _pieces(me: SignedInStaff, found: list[int]) -> Iterator[bytes]:
    yield _MARK + _written([HEADINGS])
    for first in range(0, len(found), _AT_ONCE):
        yield _written([_cells(line) for line in _in_order(me, found[first : first + _AT_ONCE])])


def _cells(line: Line) -> list[str]:
    return [
        line.counter,
        line.day,
        f"{line.starts_at:%H:%M}",
        f"{line.ends_at:%H:%M}",
        line.number,
        line.name,
        line.telephone,
        "届く" if line.mailed else "届かない",
        line.subject,
        line.state_words,
        line.withdrawn,
        _CHANNELS.get(line.channel, line.channel),
        line.note,
    ]


_MARK = b"\xef\xbb\xbf"


def table(headings: tuple[str, ...], rows: list[list[str]]) -> bytes:
    """A CSV file, every cell harmless to a spreadsheet."""
    return _MARK + _written([headings, *rows])


def _written(rows: Sequence[Sequence[str]]) -> bytes:
    """Lines of such a file."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([harmless(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8")


# ---------------------------------------------------------------- one booking


def line_of(me: SignedInStaff, row: Reservation) -> Line:
    """A booking that `by_town.own` has found, as a line."""
    return lines(access.own_divisions(me), "r.id = {}", row.id)[0]


@dataclass(frozen=True)
class Visits:
    """The visits of an application, the one to come first; whether its procedure `asks` for one.

    Where one can be entered: by oneself (`enters`), or by whoever has the counters `elsewhere`, (whose, telephone).
    """

    lines: list[Line]
    asks: bool
    bookable: bool
    enters: bool
    elsewhere: list[tuple[str, str]]


def of_application(me: SignedInStaff, sent: Application) -> Visits:
    """What the page of an application says of its visits."""
    condition = "r.application_id = {} ORDER BY r.state = 'BOOKED' DESC, r.starts_at DESC, r.id DESC"
    found = lines(access.own_divisions(me), condition, sent.id)
    asks = bool(occasion.when(occasion.document_of(sent)))
    over = sent.status in (Status.WITHDRAWN, Status.REJECTED)
    bookable = (asks or bool(found)) and not over and all(line.state != "BOOKED" for line in found)
    enters = bookable and any(row.closed_at is None for row in by_town.own_counters(me))
    elsewhere = occasion.counters_for(sent.procedure) if bookable and not enters else []
    return Visits(found, asks, bookable, enters, [_whom_to_ask(row) for row in elsewhere])


def _whom_to_ask(counter: Counter) -> tuple[str, str]:
    return f"{counter.name}（{counter.division.name}）", telling.telephone_of(counter)
