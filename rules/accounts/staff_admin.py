"""職員の管理: who works here, in which role and for which divisions; invited, disabled and let in again."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from peewee import IntegrityError

import clock
from models import Application, Division, Role, Staff, StaffDivision, Town, ask, transaction
from rules import Refusal
from rules.accounts import login_guard, password, staff
from rules.applications.application import OPEN
from rules.records import audit, numbering, session
from rules.records.access import Missing
from rules.records.session import ROLE_LABELS, SignedInStaff
from rules.town import setup_fields
from rules.town.setup_behind import Stale, last_change
from rules.values.calendar import read_instant, show_instant

_ACTS = ("staff_created", "staff_changed", "staff_disabled", "staff_enabled", "staff_password_reset")
_LAST_TOWN = "この方は、この市町村でただひとりの町の管理者です。先に、ほかの職員を町の管理者にしてください。"
_LAST_SYSTEM = "この方は、ただひとりのシステム管理者です。先に、ほかのシステム管理者を登録してください。"
_ANOTHER = """SELECT 1 FROM staff o WHERE o.id <> {} AND o.role = {} AND COALESCE(o.town_id, 0) = {}
AND o.disabled_at IS NULL"""
_TAKEN = (
    "「{}」という職員IDは、すでに使われています。別のIDにしてください。いま登録したばかりで、紙を印刷できなかったときは、"
    "職員の一覧でその方を開き、「新しいパスワードを発行する」を押してください。"
)
_RESET_TWICE = (
    "この画面を開いたあとで、この方の登録が変わりました。いまは、新しいパスワードを発行していません。"
    "先に印刷した紙が使えないときは、もう一度押してください。前のパスワードは使えなくなります。"
)
_GOOD_ID = re.compile(r"[A-Za-z0-9._-]{3,40}")
_SHOWN = 20
_MYSELF = "ご自分の役割を変えたり、ご自分を使えなくしたりはできません。ほかの管理者に頼んでください。"


class Line(NamedTuple):
    """A member of staff in the list."""

    id: int
    login_id: str
    name: str
    role: str
    town: str
    divisions: str
    last_login: str
    disabled: bool
    # Has a one-time password still.
    waiting: bool


class Handed(NamedTuple):
    """What is printed for a member of staff, once: the password stands nowhere else."""

    name: str
    login_id: str
    password: str
    until: str
    at: str


# ---------------------------------------------------------------- whose


def may_manage(me: SignedInStaff) -> bool:
    """Whether one changes other people's accounts; clerks read."""
    return me.role is not Role.CLERK


def one(me: SignedInStaff, key: int) -> Staff:
    """A member of staff one may see: of one's own town; of any for system administrators. Else Missing.

    A town's administrator sees no system administrators: they belong to no town.
    """
    found = Staff.row("id = {}", key)
    if found is None or (me.role is not Role.SYSTEM_ADMINISTRATOR and found.town_id != me.town):
        raise Missing
    return found


def own(me: SignedInStaff, key: int) -> Staff:
    """The same for who changes it: the clerks of a town are its administrator's affair."""
    if not may_manage(me):
        raise Missing
    return one(me, key)


_LINES = """
SELECT s.id, s.login_id, s.name, s.role, t.name, s.last_login_at, s.disabled_at, s.must_change_password
FROM staff s LEFT JOIN town t ON t.id = s.town_id {where}
ORDER BY s.disabled_at IS NOT NULL, t.code, s.role DESC, s.name, s.id"""
_MEMBERSHIPS = """
SELECT m.staff_id, d.name FROM staff_division m JOIN division d ON d.id = m.division_id
JOIN staff s ON s.id = m.staff_id {where} ORDER BY m.id"""


def lines(me: SignedInStaff, town: int | None = None) -> list[Line]:
    """The staff of one's town, or of all or one of them for system administrators; those who cannot log in last."""
    wanted = town if me.role is Role.SYSTEM_ADMINISTRATOR else me.town
    where, values = ("WHERE s.town_id = {}", [wanted]) if wanted is not None else ("", [])
    divisions: dict[int, list[str]] = {}
    for key, name in ask(_MEMBERSHIPS.replace("{where}", where), *values):
        divisions.setdefault(key, []).append(name)
    return [_line(row, "・".join(divisions.get(row[0], ()))) for row in ask(_LINES.replace("{where}", where), *values)]


def _line(row: tuple[Any, ...], divisions: str) -> Line:
    key, login_id, name, role, town, at, disabled, must_change = row
    last = show_instant(read_instant(at)) if at else ""
    label = ROLE_LABELS[Role(role)]
    return Line(key, login_id, name, label, town or "", divisions, last, disabled is not None, bool(must_change))


def assigned(me: SignedInStaff, row: Staff) -> tuple[int, list[tuple[int, str]]]:
    """How many open applications somebody deals with, and (id, number) of the first: no contents for the system."""
    mine = (Application.assignee == row) & Application.status.in_(OPEN)
    count = Application.select().where(mine).count()
    if me.role is not Role.TOWN_ADMINISTRATOR:
        return count, []
    first = Application.select().where(mine).order_by(Application.submitted_at, Application.id).limit(_SHOWN)
    return count, [(sent.id, numbering.grouped(sent.number)) for sent in first]


def changed(row: Staff) -> str:
    """When and by whom an account was last changed."""
    return last_change(row.town_id, _ACTS, new_staff=row.id)


# ---------------------------------------------------------------- the form


def questions(town: int | None, row: Staff | None, me: SignedInStaff) -> list[dict[str, Any]]:
    """What is asked of a member of staff of a town, or of a system administrator; of oneself no role."""
    asked = [] if row else [_LOGIN_ID]
    asked.append(_NAME)
    if town is None:
        return asked
    if row is None or row.id != me.id:
        asked.append(_ROLE)
    return [*asked, _divisions(town, row)]


_LOGIN_ID = setup_fields.line(
    "login_id",
    "職員ID",
    "ログインに使います。半角の英字と数字、「.」「-」「_」で、3文字以上。あとから変えられません。例：t.yamada",
    40,
    required=True,
    min_length=3,
    width="medium",
)
_NAME = setup_fields.line("name", "氏名", "ほかの職員に見えます。", 40, required=True, width="medium")
_ROLE = setup_fields.choice(
    "role",
    "役割",
    "担当者は、自分の部課の申請を処理し、手続きの下書きを作ります。町の管理者は、町のすべてと、公開や設定を受け持ちます。",
    [(str(role), ROLE_LABELS[role]) for role in (Role.CLERK, Role.TOWN_ADMINISTRATOR)],
)


def _divisions(town: int, row: Staff | None) -> dict[str, Any]:
    """The town's open divisions, and those that somebody is in already."""
    mine = {key for (key,) in ask("SELECT division_id FROM staff_division WHERE staff_id = {}", row.id if row else 0)}
    every = Division.rows("town_id = {} ORDER BY position, id", town)
    rows = [one for one in every if one.closed_at is None or one.id in mine]
    return {
        "key": "divisions",
        "type": "choices",
        "label": "部課",
        "hint": "選んだ部課と、その下の部課の申請を扱います。担当者は、1つ以上選んでください。" if rows
        else "部課がまだありません。先に、設定の「部課」で加えてください。",
        "required": False,
        "choices": [
            {"value": str(one.id), "label": one.name + ("（閉じた部課）" if one.closed_at else "")} for one in rows
        ],
    }  # fmt: skip


def kept(row: Staff) -> dict[str, Any]:
    """What stands in the form before anybody typed."""
    divisions = ask("SELECT division_id FROM staff_division WHERE staff_id = {} ORDER BY id", row.id)
    return {"name": row.name, "role": row.role, "divisions": [str(key) for (key,) in divisions]}


def _checked(town: int | None, row: Staff | None, values: dict[str, Any]) -> tuple[Role, list[int]]:
    """The role and the divisions as they were chosen among those offered."""
    if town is None:
        return Role.SYSTEM_ADMINISTRATOR, []
    role = Role(values.get("role") or (row.role if row else Role.CLERK))
    divisions = [int(key) for key in values["divisions"] or ()]
    if role is Role.CLERK and not divisions:
        raise Refusal("", {"q-divisions": "担当者は、部課を1つ以上選んでください。"})
    return role, divisions


# ---------------------------------------------------------------- acts


def invite(me: SignedInStaff, town: int | None, values: dict[str, Any]) -> Handed:
    """職員を登録する: an account with a one-time password, which is printed and handed over."""
    _may_invite(me, town)
    role, divisions = _checked(town, None, values)
    login_id = values["login_id"].strip()
    if not _GOOD_ID.fullmatch(login_id):
        raise Refusal("", {"q-login_id": "職員IDは、半角の英字と数字、「.」「-」「_」だけで入力してください。"})
    first = staff.new_password()
    of_town = Town.get_by_id(town) if town else None
    chosen = Division.rows(f"id IN ({','.join(map(str, divisions))})") if divisions else []
    try:
        made = staff.create(login_id, values["name"].strip(), role, of_town, chosen, first, by=me)
    except (staff.Taken, IntegrityError):
        raise Refusal("", {"q-login_id": _TAKEN.format(login_id)}) from None
    return _handed(made, first)


def _may_invite(me: SignedInStaff, town: int | None) -> None:
    system = me.role is Role.SYSTEM_ADMINISTRATOR
    if not may_manage(me) or (not system and (town is None or town != me.town)):
        raise Missing
    if town is not None and Town.row("id = {}", town) is None:
        raise Missing


def revise(me: SignedInStaff, key: int, values: dict[str, Any], revision: int) -> None:
    """保存する: name, role and divisions; the next page they open goes by it."""
    row = own(me, key)
    role, divisions = _checked(row.town_id, row, values)
    if row.id == me.id and role != row.role:
        raise Refusal(_MYSELF)
    with transaction():
        columns = {"name": values["name"].strip(), "role": str(role), "revision": revision + 1}
        _save(row, columns, revision, leaves=role is not Role(row.role))
        StaffDivision.delete().where((StaffDivision.staff == key) & StaffDivision.division.not_in(divisions)).execute()
        there = {one for (one,) in ask("SELECT division_id FROM staff_division WHERE staff_id = {}", key)}
        for division in divisions:
            if division not in there:
                StaffDivision.create(staff=key, division=division)
        audit.record("staff_changed", staff=me, town=row.town_id, new_staff=key)


def disable(me: SignedInStaff, key: int, revision: int) -> None:
    """使えなくする: no login any more, every session ends at once; what they did stays theirs."""
    row = own(me, key)
    if row.id == me.id:
        raise Refusal(_MYSELF)
    if row.disabled_at is not None:
        return
    with transaction():
        _save(row, {"disabled_at": clock.now(), "revision": revision + 1}, revision, leaves=True)
        session.end_all(staff=key)
        audit.record("staff_disabled", staff=me, town=row.town_id, new_staff=key)


def enable(me: SignedInStaff, key: int, revision: int) -> None:
    """また使えるようにする, with the password they had."""
    row = own(me, key)
    if row.disabled_at is None:
        return
    with transaction():
        _save(row, {"disabled_at": None, "revision": revision + 1}, revision)
        audit.record("staff_enabled", staff=me, town=row.town_id, new_staff=key)


def reset_password(me: SignedInStaff, key: int, revision: int) -> Handed:
    """新しいパスワードを発行する: the old one and every session end."""
    row = own(me, key)
    if row.disabled_at is not None:
        raise Refusal("この方は、いまログインできません。先に「また使えるようにする」を押してください。")
    if row.id == me.id:
        raise Refusal("ご自分のパスワードは、「パスワードの変更」の画面で変えてください。")
    first = staff.new_password()
    hashed = password.hash(first)
    columns = {"password_hash": hashed, "must_change_password": True, "password_expires_at": staff.expiry()}
    with transaction():
        if not Staff.change(columns | {"revision": revision + 1}, "id = {} AND revision = {}", key, revision):
            raise Stale(_RESET_TWICE)
        session.end_all(staff=key)
        login_guard.clear("staff", row.login_id)
        audit.record("staff_password_reset", staff=me, town=row.town_id, new_staff=key)
    return _handed(Staff.get_by_id(key), first)


def _save(row: Staff, columns: dict[str, Any], revision: int, *, leaves: bool = False) -> None:
    """Write if nobody was first, and if an administrator who leaves the post is not the last one in it."""
    condition = "id = {} AND revision = {}"
    values: list[Any] = [row.id, revision]
    post = row.role in (Role.TOWN_ADMINISTRATOR, Role.SYSTEM_ADMINISTRATOR)
    if leaves and post and row.disabled_at is None:
        condition += f" AND EXISTS ({_ANOTHER})"
        values += [row.id, row.role, row.town_id or 0]
    if Staff.change(columns, condition, *values):
        return
    now = Staff.get_by_id(row.id)
    if now.revision == revision:
        raise Refusal(_LAST_TOWN if row.town_id else _LAST_SYSTEM)
    raise Stale


def _handed(row: Staff, first: str) -> Handed:
    until = row.password_expires_at
    assert until is not None
    return Handed(row.name, row.login_id, first, show_instant(until), show_instant(clock.now()))
