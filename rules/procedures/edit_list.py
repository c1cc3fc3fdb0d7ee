"""手続き, as staff find them: the list with its search, and what stands in each line."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from models import InstantField, Procedure, ask
from rules.procedures import usage
from rules.records import access
from rules.records.session import SignedInStaff
from rules.values.text import fold, to_katakana

PAGE_SIZE = 50
STATES = {
    "new": "公開前の下書き",
    "public": "公開中",
    "draft": "公開中・下書きあり",
    "closed": "受付をやめた",
}
_CONDITIONS = {
    "new": "p.published IS NULL",
    "public": "p.published IS NOT NULL AND p.closed_at IS NULL AND p.draft IS NULL",
    "draft": "p.published IS NOT NULL AND p.closed_at IS NULL AND p.draft IS NOT NULL",
    "closed": "p.published IS NOT NULL AND p.closed_at IS NOT NULL",
}
_SQL = """
SELECT p.id, p.name, c.name, d.name, p.channel, p.published, p.closed_at, p.draft IS NOT NULL, p.draft_at, p.draft_actor
FROM procedure p JOIN category c ON c.id = p.category_id JOIN division d ON d.id = p.division_id
WHERE {where} ORDER BY c.position, c.id, p.name_kana, p.id LIMIT {most} OFFSET {first}"""


class Line(NamedTuple):
    """A procedure in the list."""

    id: int
    name: str
    category: str
    division: str
    at_counter: bool
    state: str
    changed_at: datetime | None
    changed_by: str


class Found(NamedTuple):
    lines: list[Line]
    total: int


def state(*, published: bool, closed: bool, has_draft: bool) -> str:
    """One of STATES."""
    if not published:
        return "new"
    return "closed" if closed else "draft" if has_draft else "public"


def find(me: SignedInStaff, words: str, division: int | None, wanted: str, number: int) -> Found:
    """A page of what a member of staff may edit."""
    own = sorted(access.own_divisions(me))
    if division is not None:
        own = [division] if division in own else []
    if not own:
        return Found([], 0)
    where = [f"p.town_id = {{}} AND p.division_id IN ({', '.join('{}' for _ in own)})"]
    values: list[Any] = [me.town, *own]
    if wanted in _CONDITIONS:
        where.append(_CONDITIONS[wanted])
    for word in words.split():
        # What is not published yet has no folded column: its name is looked at as it stands.
        where.append("(p.folded LIKE {} ESCAPE '!' OR p.name LIKE {} ESCAPE '!' OR p.name_kana LIKE {} ESCAPE '!')")
        values += [_like(fold(word)), _like(word), _like(to_katakana(word))]
    condition = " AND ".join(where)
    total = ask(f"SELECT COUNT(*) FROM procedure p WHERE {condition}", *values)[0][0]
    sql = _SQL.replace("{where}", condition).replace("{most}", "{}").replace("{first}", "{}")
    rows = ask(sql, *values, PAGE_SIZE, (number - 1) * PAGE_SIZE)
    return Found([_line(row) for row in rows], int(total))


def _like(word: str) -> str:
    for sign in "!%_":
        word = word.replace(sign, "!" + sign)
    return f"%{word}%"


def _line(row: tuple[Any, ...]) -> Line:
    key, name, category, division, channel, published, closed, has_draft, at, by = row
    word = state(published=published is not None, closed=closed is not None, has_draft=bool(has_draft))
    return Line(key, name, category, division, channel == "counter", STATES[word], InstantField().python_value(at), by)


def divisions(me: SignedInStaff) -> list[tuple[int, str]]:
    """(id, name) of the divisions whose procedures a member of staff may edit."""
    own = access.own_divisions(me)
    rows = ask("SELECT id, name FROM division WHERE town_id = {} ORDER BY position, id", me.town)
    return [(key, name) for key, name in rows if key in own]


def others(me: SignedInStaff, key: int) -> list[tuple[str, str]]:
    """(id in the file, name) of the town's other procedures, to be named on an exit page."""
    rows = ask("SELECT slug, name FROM procedure WHERE town_id = {} AND id <> {} ORDER BY name_kana, id", me.town, key)
    return [(slug, name) for slug, name in rows]


def in_use(row: Procedure) -> usage.Uses:
    """What stands on any version of a procedure: drafts somebody is writing, applications that are open, and over."""
    found = usage.by_version(row).values()
    return usage.Uses(sum(one.drafts for one in found), sum(one.open for one in found), sum(one.over for one in found))
