"""受付箱: the applications a member of staff has to deal with, found and counted without reading them all.

A division may hold a million applications. So every list walks an index that already has the wanted order: for
each division (or procedure, or assignee) and state the first few, then the first few of those. The plain SQL is
what every database understands; models.Application names the indexes it rests on.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any, NamedTuple

import clock
from models import Application, Status, database
from rules.applications.application import OPEN
from rules.applications.review import SOON, STATE_WORDS, WAITING, Due, age_words, due_label
from rules.records import access, numbering
from rules.records.session import SignedInStaff
from rules.town import closing_day
from rules.values.calendar import NONE, add_business_days, read_instant
from rules.values.text import contains, words

PER_PAGE = 30
COUNT_LIMIT = 1000
LAST_PAGE = COUNT_LIMIT // PER_PAGE + 1

S = Status
SENT = tuple(STATE_WORDS)
# What waits for staff comes first, then what waits for the applicant, then what waits for completion.
_RANK = {S.SUBMITTED: 0, S.IN_REVIEW: 0, S.RETURNED: 1, S.APPROVED: 2}


@dataclass(frozen=True)
class Wanted:
    """What a list shall show; everything left empty is 処理中 in the order of the due date."""

    state: str = ""  # "" 処理中, "all", or a Status
    procedure: int | None = None
    assignee: str = ""  # "" 全員, "mine", "none"
    due: str = ""  # "", "past", "soon"
    message: bool = False  # only where an applicant's message waits for an answer
    words: str = ""
    since: date | None = None
    until: date | None = None
    order: str = ""  # "" as fits the state, "due", "arrival"
    page: int = 1

    @cached_property
    def number(self) -> str:
        """The 申込番号, or its first digits, if that is what the words are."""
        return numbering.beginning(self.words)

    @cached_property
    def states(self) -> tuple[Status, ...]:
        """The states looked through; a number is looked for in all of them."""
        if self.due:
            return WAITING
        if self.state == "all" or self.number or (self.message and not self.state):
            return SENT
        return (S(self.state),) if self.state in SENT else OPEN

    @property
    def by_arrival(self) -> bool:
        if self.order:
            return self.order == "arrival"
        return not set(self.states) <= set(OPEN)


class Line(NamedTuple):
    """An application in the list."""

    id: int
    number: str
    status: str
    procedure: str
    applicant: str
    age: str
    due: Due
    assignee: str
    again: bool
    message: bool


@dataclass(frozen=True)
class Found:
    """A page of the list."""

    lines: list[Line]
    total: int
    page: int
    has_next: bool

    @property
    def total_words(self) -> str:
        return count_words(self.total)

    @property
    def total_label(self) -> str:
        first = (self.page - 1) * PER_PAGE + 1
        return f"{self.total_words}のうち {first}〜{first + len(self.lines) - 1}件目" if self.lines else "0件"


def count_words(count: int) -> str:
    """A count that stops at COUNT_LIMIT, in words."""
    return f"{COUNT_LIMIT:,}件以上" if count >= COUNT_LIMIT else f"{count}件"


# ---------------------------------------------------------------- the list

_ROWS = """
WITH keys(owner, status, place) AS (VALUES {keys}),
found AS (
  SELECT a.id, k.place, a.due_on, a.submitted_at
  FROM keys k CROSS JOIN application a
  WHERE a.id IN (SELECT x.id FROM application x WHERE {match}{walk})
  ORDER BY {order} LIMIT {limit} OFFSET {offset})
SELECT a.id, a.number, a.status, p.name, a.applicant_name, a.submitted_at, a.status_at, a.due_on, s.name,
  (SELECT MAX(c.until) FROM correction c
   WHERE c.application_id = a.id AND c.resolved_at IS NULL AND c.ended_at IS NULL),
  (SELECT MAX(t.turn) FROM submission t WHERE t.application_id = a.id),
  EXISTS (SELECT 1 FROM message m WHERE m.application_id = a.id AND m.handled_at IS NULL AND m.staff_id IS NULL)
FROM found f
JOIN application a ON a.id = f.id
JOIN procedure p ON p.id = a.procedure_id
LEFT JOIN staff s ON s.id = a.assignee_id
ORDER BY {final}"""

_WAITING = "SELECT w.application_id FROM message w WHERE w.staff_id IS NULL AND w.handled_at IS NULL"

_BY_DUE = "{0}due_on ASC NULLS LAST, {0}id"
_BY_ARRIVAL = "{0}submitted_at DESC, {0}id DESC"


def find(staff: SignedInStaff, wanted: Wanted) -> Found:
    """One page of what fits; one query for the rows, and one for how many there are where a page is full."""
    divisions = sorted(access.own_divisions(staff))
    page = min(max(wanted.page, 1), LAST_PAGE)
    if not divisions:
        return Found([], 0, 1, False)
    plan = _plan(staff, wanted, divisions)
    end = page * PER_PAGE + 1
    order = _BY_ARRIVAL if wanted.by_arrival else "{1}place, " + _BY_DUE
    sql = _ROWS.format(
        keys=plan.keys,
        match=plan.match,
        walk=f" ORDER BY {plan.walk.format('x.')} LIMIT {end}" if plan.walk else "",
        order=order.format("a.", "k."),
        final=order.format("f.", "f."),
        limit=PER_PAGE + 1,
        offset=end - PER_PAGE - 1,
    )
    rows = list(database.execute_sql(sql, plan.params))
    more, today = len(rows) > PER_PAGE, clock.today()
    closed = closing_day.days(staff.town) if rows else NONE
    lines = [_line(row, today, closed) for row in rows[:PER_PAGE]]
    total = (page - 1) * PER_PAGE + len(lines)
    if more or not lines:
        total = _count(plan)
    return Found(lines, total, page, more and page < LAST_PAGE)


class _Plan(NamedTuple):
    """The keys whose stretches of an index are read, what has to fit there, and the order it is read in."""

    keys: str
    match: str
    walk: str
    params: tuple[Any, ...]


def _plan(staff: SignedInStaff, wanted: Wanted, divisions: list[int]) -> _Plan:
    """Choose the index: by assignee or procedure where one is asked for, else by division."""
    param = database.param
    conditions, values = _conditions(staff, wanted, divisions)
    owner, owners = "division_id", divisions
    if wanted.assignee == "mine":
        owner, owners = "assignee_id", [staff.id]
    elif wanted.procedure is not None:
        owner, owners = "procedure_id", [wanted.procedure]
    walk = "" if wanted.by_arrival else _BY_DUE
    if wanted.number:
        # The digits that begin the number: a range, which the index of numbers answers at once.
        match = f"x.number BETWEEN {param} AND {param} AND x.division_id + 0 IN ({_marks(divisions)})"
        keys: list[tuple[Any, ...]] = [(0, "", 0)]
        values = [wanted.number.ljust(12, "0"), wanted.number.ljust(12, "9"), *divisions, *values]
        walk = ""
    elif wanted.message:
        # Few wait at a time: they are read off their own index, and everything else is looked up for each of them.
        match = f"x.id IN ({_WAITING}) AND x.division_id + 0 IN ({_marks(divisions)})"
        match += f" AND x.{owner} + 0 IN ({_marks(owners)}) AND x.status || '' IN ({_marks(wanted.states)})"
        keys, walk = [(0, "", 0)], ""
        values = [*divisions, *owners, *map(str, wanted.states), *values]
    elif wanted.by_arrival and owner == "division_id" and not wanted.words:
        keys = [(key, "", 0) for key in owners]
        match = f"x.{owner} = k.owner AND x.status IN ({_marks(wanted.states)})"
        values, walk = [*map(str, wanted.states), *values], _BY_ARRIVAL
    else:
        keys = [(key, str(state), _RANK.get(state, 3)) for key in owners for state in wanted.states]
        match = f"x.{owner} = k.owner AND x.status = k.status"
    rows = ",".join([f"({param},{param},{param})"] * len(keys))
    flat = tuple(value for key in keys for value in key)
    return _Plan(rows, " AND ".join([match, *conditions]), walk, (*flat, *values))


def _marks(values: tuple[Any, ...] | list[Any]) -> str:
    return ",".join([database.param] * len(values))


def _conditions(staff: SignedInStaff, wanted: Wanted, divisions: list[int]) -> tuple[list[str], list[Any]]:
    """What an application must fulfil beside its place in the index."""
    param = database.param
    # The addition keeps the planner on the index that was chosen.
    found: list[tuple[str, list[Any]]] = []
    if wanted.assignee == "mine" or wanted.procedure is not None:
        found.append((f"x.division_id + 0 IN ({_marks(divisions)})", divisions))
    if wanted.assignee == "mine" and wanted.procedure is not None:
        found.append((f"x.procedure_id + 0 = {param}", [wanted.procedure]))
    if wanted.assignee == "none":
        found.append(("x.assignee_id IS NULL", []))
    if wanted.due:
        found.append(_due_condition(staff, wanted.due))
    if wanted.since:
        found.append((f"x.submitted_at >= {param}", [_instant(wanted.since)]))
    if wanted.until:
        found.append((f"x.submitted_at < {param}", [_instant(wanted.until + timedelta(days=1))]))
    if not wanted.number:
        found += [(f"x.applicant_folded LIKE {param} ESCAPE '!'", [contains(word)]) for word in words(wanted.words)]
    return [sql for sql, _ in found], [value for _, some in found for value in some]


def _due_condition(staff: SignedInStaff, due: str) -> tuple[str, list[Any]]:
    today = clock.today()
    if due == "past":
        return f"x.due_on < {database.param}", [today.isoformat()]
    last = add_business_days(today, SOON, closing_day.days(staff.town))
    return f"x.due_on BETWEEN {database.param} AND {database.param}", [today.isoformat(), last.isoformat()]


def _instant(day: date) -> str:
    start = datetime.combine(day, time(), clock.TOKYO)
    return str(Application.submitted_at.db_value(start))


def _line(row: tuple[Any, ...], today: date, closed: Container[date]) -> Line:
    key, number, status, procedure, name, submitted, moved, due_on, assignee, until, turn, message = row
    arrived = read_instant(submitted).date()
    ended = today if status in OPEN else read_instant(moved).date()
    return Line(
        key,
        numbering.grouped(number),
        status,
        procedure,
        name or "（氏名の入力なし）",
        age_words((ended - arrived).days),
        due_label(status, _day(due_on), today, _day(until), closed),
        assignee or "未定",
        status in WAITING and (turn or 1) > 1,
        bool(message),
    )


def _day(value: Any) -> date | None:
    return None if value is None else date.fromisoformat(str(value))


# ---------------------------------------------------------------- counts

_COUNT = (
    "SELECT COUNT(*) FROM (WITH keys(owner, status, place) AS (VALUES {keys}) "
    "SELECT 1 FROM keys k CROSS JOIN application x WHERE {match} LIMIT {limit}) AS counted"
)


def _count(plan: _Plan) -> int:
    sql = _COUNT.format(keys=plan.keys, match=plan.match, limit=COUNT_LIMIT)
    return int(database.execute_sql(sql, plan.params).fetchone()[0])


# Key of a box above the list -> its word and what pressing it shows.
BOXES: dict[str, tuple[str, Wanted]] = {
    "open": ("処理中すべて", Wanted()),
    "submitted": ("受付済み", Wanted(state=S.SUBMITTED)),
    "in_review": ("審査中", Wanted(state=S.IN_REVIEW)),
    "returned": ("差戻し", Wanted(state=S.RETURNED)),
    "approved": ("承認（完了待ち）", Wanted(state=S.APPROVED)),
    "past": ("期限を過ぎた", Wanted(due="past")),
    "soon": ("期限が近い", Wanted(due="soon")),
    "mine": ("自分の担当", Wanted(assignee="mine")),
    "message": ("メッセージ", Wanted(message=True)),
}


def counts(staff: SignedInStaff) -> dict[str, int]:
    """How many each box holds, COUNT_LIMIT standing for "that many or more"; all in one query."""
    divisions = sorted(access.own_divisions(staff))
    if not divisions:
        return dict.fromkeys(BOXES, 0)
    plans = [_plan(staff, wanted, divisions) for _, wanted in BOXES.values()]
    parts = ", ".join(f"({_COUNT.format(keys=p.keys, match=p.match, limit=COUNT_LIMIT)})" for p in plans)
    row = database.execute_sql(f"SELECT {parts}", tuple(v for p in plans for v in p.params)).fetchone()
    return dict(zip(BOXES, row, strict=True))


def box_of(wanted: Wanted) -> str:
    """The box a list corresponds to; "" if it is narrowed by something else."""
    plain = replace(wanted, page=1, order="")
    return next((key for key, (_, meant) in BOXES.items() if meant == plain), "")


# ---------------------------------------------------------------- around the list


def procedures(staff: SignedInStaff) -> list[tuple[int, str]]:
    """(id, name) of the procedures a member of staff may filter by."""
    own = sorted(access.own_divisions(staff))
    if not own:
        return []
    sql = f"SELECT id, name FROM procedure WHERE division_id IN ({_marks(own)}) ORDER BY name_kana, id LIMIT {{limit}}"
    rows: Any = database.execute_sql(sql.format(limit=COUNT_LIMIT), tuple(own))
    return list(rows)


def open_count(staff: SignedInStaff) -> int:
    """How many applications are open in one's divisions, COUNT_LIMIT standing for "that many or more"."""
    divisions = sorted(access.own_divisions(staff))
    if not divisions:
        return 0
    plan = _plan(staff, Wanted(), divisions)
    sql = _COUNT.format(keys=plan.keys, match=plan.match, limit=COUNT_LIMIT)
    return int(database.execute_sql(sql, tuple(plan.params)).fetchone()[0])
