"""予約の一覧: the visits to the counters of one's divisions as a list and as CSV, and one booking as a line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from clock import TOKYO
from models import Application, Reservation, ask
from rules.applications.export import harmless
from rules.records import access, audit, numbering
from rules.records.session import SignedInStaff
from rules.visits import by_town, states
from rules.visits.lines import Line, lines

_stored = Reservation.starts_at.db_value


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), TOKYO)


# ---------------------------------------------------------------- a list


@dataclass(frozen=True)
class Wanted:
    """Which bookings: `words` are part of a name or of a telephone number, or the beginning of a number."""

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
            values.append(_stored(midnight(day)))
    named, more = _by_words(wanted.words)
    rest = " AND ".join([*conditions, *named, *([_UNMAILED] if wanted.unmailed else [])])
    asked = [wanted.state] if wanted.state in STATES else list(STATES)
    one = f"SELECT r.id, r.starts_at FROM reservation r WHERE r.state = {{}} AND {rest}"
    sql = f"{' UNION ALL '.join([one] * len(asked))} ORDER BY 2, 1 LIMIT {{}} OFFSET {{}}"
    each = [value for state in asked for value in (state, *values, *more)]
    return [key for key, _ in ask(sql, *each, most, skip)]


_UNMAILED = "(r.resident_id IS NULL OR r.resident_id IN (SELECT id FROM resident WHERE closed_at IS NOT NULL))"


def _after(day: date | None) -> date | None:
    return None if day is None else day + timedelta(days=1)


_NUMBERED = (
    "r.id IN (SELECT id FROM reservation WHERE number >= {} AND number < {} UNION ALL SELECT v.id FROM application a "
    "JOIN reservation v ON v.application_id = a.id WHERE a.number >= {} AND a.number < {})"
)


def _by_words(words: str) -> tuple[list[str], list[str]]:
    """A condition for what was typed: digits are a number, which never begins with 0, or else a telephone's."""
    digits = numbering.beginning(words)
    if digits.startswith("0"):
        return ["REPLACE(r.telephone, '-', '') LIKE {}"], [f"%{digits}%"]
    if digits:
        # ":" comes after "9".
        return [_NUMBERED], [digits, f"{digits}:"] * 2
    escaped = [word.replace("!", "!!").replace("%", "!%").replace("_", "!_") for word in words.split()]
    return ["r.name LIKE {} ESCAPE '!'"] * len(escaped), [f"%{word}%" for word in escaped]


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


def of_application(me: SignedInStaff, sent: Application) -> list[Line]:
    """The visits of an application: the one to come, then the latest."""
    condition = "r.application_id = {} ORDER BY r.state = 'BOOKED' DESC, r.starts_at DESC, r.id DESC"
    return lines(access.own_divisions(me), condition, sent.id)
