"""部課: the tree of a town's divisions, as its administrator sets it up."""

from __future__ import annotations

from typing import Any, NamedTuple

from peewee import IntegrityError

import clock
from models import Application, Division, Role, ask, transaction
from rules import Refusal
from rules.applications.application import OPEN
from rules.records import audit, numbering, places
from rules.records.access import Missing
from rules.records.session import SignedInStaff
from rules.town import setup_fields, setup_names
from rules.town.setup_behind import Stale, last_change
from rules.values import text

NOTIFY = {"at_once": "届くたびに送る", "daily": "1日1回、朝にまとめて送る", "never": "送らない"}
DEEPEST = 5
MOST = 300
_TOP = "top"
_ACTS = ("division_changed", "division_closed", "division_reopened")
_SHOWN = 10
_MARKS = ",".join("{}" for _ in OPEN)


class Line(NamedTuple):
    """A division in the list; level 0 is at the top. `up`, `down`: whether it can be moved among its neighbours."""

    id: int
    name: str
    level: int
    telephone: str
    email: str
    hours: str
    notify: str
    revision: int
    procedures: int
    staff: int
    up: bool
    down: bool


class Hold(NamedTuple):
    """What keeps a division open: (id, words) of the first of each, and how many there are."""

    procedures: list[tuple[int, str]]
    applications: list[tuple[int, str]]
    open_applications: int
    below: list[tuple[int, str]]
    counters: list[tuple[int, str]]

    @property
    def any(self) -> bool:
        return bool(self.procedures or self.open_applications or self.below or self.counters)


# ---------------------------------------------------------------- reading


def one(me: SignedInStaff, key: int) -> Division:
    """A division of one's own town, or Missing."""
    found = Division.row("id = {} AND town_id = {}", key, me.town) if me.town else None
    if found is None:
        raise Missing
    return found


_COUNTS = """
SELECT d.id,
  (SELECT COUNT(*) FROM procedure p WHERE p.division_id = d.id AND p.closed_at IS NULL),
  (SELECT COUNT(*) FROM staff_division m JOIN staff s ON s.id = m.staff_id
   WHERE m.division_id = d.id AND s.disabled_at IS NULL AND s.role = {})
FROM division d WHERE d.town_id = {}"""


def lines(me: SignedInStaff) -> tuple[list[Line], list[Division]]:
    """The open divisions, each before those below it, and the closed ones."""
    rows = Division.rows("town_id = {} ORDER BY position, id", me.town)
    counts = {key: (procedures, staff) for key, procedures, staff in ask(_COUNTS, str(Role.CLERK), me.town)}
    below = _below(rows)
    found: list[Line] = []

    def walk(parent: int | None, level: int) -> None:
        children = below.get(parent, [])
        for number, row in enumerate(children):
            up, down = number > 0, number + 1 < len(children)
            facts = (row.telephone, row.email, row.hours, NOTIFY[row.notify], row.revision, *counts[row.id], up, down)
            found.append(Line(row.id, row.name, level, *facts))
            walk(row.id, level + 1)

    walk(None, 0)
    return found, [row for row in rows if row.closed_at is not None]


def _below(rows: list[Division]) -> dict[int | None, list[Division]]:
    """The open divisions by the one above them; what stands under a closed one is on top."""
    still = {row.id for row in rows if row.closed_at is None}
    found: dict[int | None, list[Division]] = {}
    for row in rows:
        if row.id in still:
            found.setdefault(row.parent_id if row.parent_id in still else None, []).append(row)
    return found


def _family(rows: list[Division], key: int) -> set[int]:
    """A division and all below it, closed ones too."""
    children: dict[int | None, list[int]] = {}
    for row in rows:
        children.setdefault(row.parent_id, []).append(row.id)
    found, todo = set(), [key]
    while todo:
        now = todo.pop()
        if now not in found:
            found.add(now)
            todo += children.get(now, [])
    return found


def changed(row: Division) -> str:
    """When and by whom it was last changed."""
    return last_change(row.town_id, _ACTS, changed_division=row.id)


def questions(me: SignedInStaff, row: Division | None) -> list[dict[str, Any]]:
    """What is asked of a division; nothing below it can stand above it."""
    own = _family(Division.rows("town_id = {}", me.town), row.id) if row else set()
    above = [(_TOP, "（いちばん上に置く）")]
    above += [
        (str(line.id), "　" * line.level + line.name)
        for line in lines(me)[0]
        if line.id not in own and line.level < DEEPEST - 1
    ]
    about_above = "上の部課の担当者は、その下の部課の申請も見て、処理できます。"
    about_call = "住民の方のお問い合わせ先になります。空けておくと、役場の番号を出します。"
    about_mail = "申請が届いたことを、このアドレスに知らせます。住民の方には見えません。"
    return [
        setup_fields.line("name", "名前", "例：税務課。住民の方の画面にも出ます。", 60, required=True),
        setup_fields.choice("parent", "上の部課", about_above, above, look="select"),
        setup_fields.other("telephone", "telephone", "電話番号", about_call),
        setup_fields.line("hours", "開庁時間", "役場と違うときだけ入力します。例：平日 8時30分〜19時", 100),
        setup_fields.other("email", "email", "メールアドレス", about_mail),
        setup_fields.choice("notify", "知らせのメール", "", list(NOTIFY.items())),
    ]


def kept(row: Division | None) -> dict[str, Any]:
    """What stands in the form before anybody typed, as raw answers."""
    if row is None:
        return {"parent": _TOP, "notify": "at_once"}
    above = row.parent if row.parent_id else None
    parent = str(row.parent_id) if above is not None and above.closed_at is None else _TOP
    return {key: getattr(row, key) for key in ("name", "telephone", "hours", "email", "notify")} | {"parent": parent}


# ---------------------------------------------------------------- acts


def add(me: SignedInStaff, values: dict[str, Any]) -> Division:
    """部課を加える, behind its neighbours; the same name twice is refused, so that a double press adds one."""
    if Division.select().where(Division.town == me.town).count() >= MOST:
        raise Refusal(f"部課は{MOST}までです。使わない部課を閉じても、これより増やせません。")
    columns = _columns(values)
    with transaction():
        parent = _parent(me, columns["parent"], None)
        columns |= {"parent": parent, "town": me.town, "position": places.after_last(Division, me.town)}
        try:
            made: Division = Division.create(**columns)
        except IntegrityError:
            raise _taken(me, columns["name"]) from None
        audit.record("division_added", staff=me, changed_division=made.id)
    return made


def revise(me: SignedInStaff, key: int, values: dict[str, Any], revision: int) -> None:
    """保存する: a new name reaches every list, page and draft at once."""
    row, columns = one(me, key), _columns(values)
    with transaction():
        columns["parent"] = _parent(me, columns["parent"], row)
        try:
            fits = "id = {} AND revision = {} AND closed_at IS NULL"
            if not Division.change(columns | {"revision": revision + 1}, fits, key, revision):
                raise Stale
        except IntegrityError:
            raise _taken(me, columns["name"]) from None
        if columns["name"] != row.name:
            setup_names.rename_in_drafts(row.town_id, "division", row.name, columns["name"])
        audit.record("division_changed", staff=me, changed_division=key)


def _columns(values: dict[str, Any]) -> dict[str, Any]:
    telephone = values["telephone"]
    return {
        "name": values["name"].strip(),
        "parent": None if values["parent"] == _TOP else int(values["parent"]),
        "telephone": text.digits(telephone["typed"]) if telephone else "",
        "hours": (values["hours"] or "").strip(),
        "email": values["email"] or "",
        "notify": values["notify"],
    }


def _parent(me: SignedInStaff, parent: int | None, row: Division | None) -> int | None:
    """The division above, looked at when it is our turn to write: never one below, closed or too deep."""
    if parent is None:
        return None
    rows = Division.rows("town_id = {}", me.town)
    known = {one.id: one for one in rows}
    family = _family(rows, row.id) if row else set()
    above = known.get(parent)
    if above is None or above.closed_at is not None or parent in family:
        raise Refusal("", {"q-parent": "上の部課を、表示されている中から選び直してください。"})
    if _level(known, parent) + 1 + _height(rows, row) >= DEEPEST:
        raise Refusal("", {"q-parent": f"部課は{DEEPEST}段までです。もう少し上の部課を選んでください。"})
    return parent


def _level(known: dict[int, Division], key: int) -> int:
    level, above = 0, known[key].parent_id
    while above in known and level <= len(known):
        level, above = level + 1, known[above].parent_id
    return level


def _height(rows: list[Division], row: Division | None) -> int:
    """How many levels stand below a division."""
    height, level = 0, {row.id} if row else set()
    while level := {one.id for one in rows if one.parent_id in level and one.closed_at is None}:
        height += 1
        if height > DEEPEST:
            break
    return height


def _taken(me: SignedInStaff, name: str) -> Refusal:
    other = Division.row("town_id = {} AND name = {}", me.town, name)
    closed = other is not None and other.closed_at is not None
    more = "閉じた部課です。また使うときは、一覧の下から開いてください。" if closed else "別の名前にしてください。"
    return Refusal("", {"q-name": f"「{name}」という部課が、すでにあります。{more}"})


def move(me: SignedInStaff, key: int, revision: int, *, up: bool) -> None:
    """上へ, 下へ among the divisions that stand beside it; pressed twice, it moves once."""
    with transaction():
        one(me, key)
        rows = Division.rows("town_id = {} ORDER BY position, id", me.town)
        groups = [[row.id for row in group] for group in _below(rows).values()]
        beside = next((group for group in groups if key in group), [])
        if places.move(Division, [row.id for row in rows], beside, key, revision, up=up):
            audit.record("division_moved", staff=me, changed_division=key)


# ---------------------------------------------------------------- closing


def holds(row: Division) -> Hold:
    """What has to be moved elsewhere before a division can be closed."""
    mine = "division_id = {} AND closed_at IS NULL"
    procedures = ask(f"SELECT id, name FROM procedure WHERE {mine} ORDER BY name_kana, id", row.id)
    open_ones = (Application.division == row) & Application.status.in_(OPEN)
    first = Application.select().where(open_ones).order_by(Application.submitted_at).limit(_SHOWN)
    under = "parent_id = {} AND closed_at IS NULL ORDER BY position, id"
    below = ask(f"SELECT id, name FROM division WHERE {under}", row.id)
    return Hold(
        list(dict.fromkeys([*procedures, *setup_names.named_in_drafts(row.town_id, "division", row.name)])),
        [(sent.id, numbering.grouped(sent.number)) for sent in first],
        Application.select().where(open_ones).count(),
        [(key, name) for key, name in below],
        ask("SELECT id, name FROM counter WHERE division_id = {} AND closed_at IS NULL ORDER BY position, id", row.id),
    )


_IN_USE = "この部課には、まだ手続きや、処理中の申請、窓口、下の部課があります。先に、ほかへ移してください。"
# Of what arrives or is moved here in the same moment, one of the two is refused.
_CAN_CLOSE = f"""id = {{}} AND revision = {{}} AND closed_at IS NULL
AND NOT EXISTS (SELECT 1 FROM procedure p WHERE p.division_id = division.id AND p.closed_at IS NULL)
AND NOT EXISTS (SELECT 1 FROM application a WHERE a.division_id = division.id AND a.status IN ({_MARKS}))
AND NOT EXISTS (SELECT 1 FROM counter c WHERE c.division_id = division.id AND c.closed_at IS NULL)
AND NOT EXISTS (SELECT 1 FROM division d WHERE d.parent_id = division.id AND d.closed_at IS NULL)"""


def close(me: SignedInStaff, key: int, revision: int) -> None:
    """部課を閉じる: it stays with what was done in it, and is offered nowhere any more."""
    row = one(me, key)
    with transaction():
        if row.closed_at is not None:
            return
        if holds(row).any:
            raise Refusal(_IN_USE)
        values = {"closed_at": clock.now(), "revision": revision + 1}
        if not Division.change(values, _CAN_CLOSE, key, revision, *map(str, OPEN)):
            raise Stale("ほかの職員が、先にこの部課を変えました。内容を見てから、もう一度押してください。")
        audit.record("division_closed", staff=me, changed_division=key)


def reopen(me: SignedInStaff, key: int) -> None:
    """また使う: where the division above is closed, it comes to stand on top."""
    row = one(me, key)
    above = row.parent if row.parent_id else None
    values: dict[str, Any] = {"closed_at": None, "revision": row.revision + 1}
    if above is not None and above.closed_at is not None:
        values["parent"] = None
    with transaction():
        if Division.change(values, "id = {} AND revision = {} AND closed_at IS NOT NULL", key, row.revision):
            audit.record("division_reopened", staff=me, changed_division=key)
