"""市町村: those that take part in this installation, and what each says of itself."""

from __future__ import annotations

from typing import Any, NamedTuple

from peewee import IntegrityError

import clock
from models import Role, Town, ask, transaction
from rules import Refusal
from rules.forms.fields import PREFECTURES
from rules.records import audit, numbering, towns
from rules.records.access import Missing
from rules.records.session import SignedInStaff
from rules.town import setup_fields
from rules.town.setup_behind import Stale, last_change
from rules.values import text

MOST = 2_000
_ACTS = ("town_changed", "town_closed", "town_reopened")
_NAMES = [
    setup_fields.line("name", "名前", "例：朝凪町", 40, required=True),
    setup_fields.line("name_kana", "フリガナ", "例：アサナギマチ", 60, required=True, kind="kana"),
    setup_fields.choice("prefecture", "都道府県", "", [(name, name) for name in PREFECTURES], look="select"),
]
CODE = setup_fields.line(
    "code",
    "市町村コード",
    "全国地方公共団体コード（6けた）。あとから変えられません。この市町村の画面のアドレスにもなります。",
    6,
    required=True,
    kind="digits",
    min_length=6,
    width="short",
)
# What a town says of its hall; its own administrator keeps it.
CONTACT = [
    setup_fields.line("postal_code", "役場の郵便番号", "例：999-8100", 8, width="short"),
    setup_fields.line("address", "役場の住所", "例：朝凪町浜手一丁目1番1号", 100),
    setup_fields.other("telephone", "telephone", "役場の電話番号", "住民の方の画面とメールに出ます。"),
    setup_fields.line("hours", "開庁時間", "例：月曜日から金曜日まで 8時30分〜17時15分（祝日と年末年始を除く）", 100),
]


class Line(NamedTuple):
    """A town in the list of all."""

    id: int
    code: str
    name: str
    prefecture: str
    closed: bool
    procedures: int
    administrators: int


class Effect(NamedTuple):
    """What closing or opening a town changes."""

    procedures: int
    drafts: int
    open_applications: int
    # How many towns residents will find afterwards, and the only one if that is all.
    left: int
    only: str


# ---------------------------------------------------------------- reading


_LINES = """
SELECT t.id, t.code, t.name, t.prefecture, t.closed_at IS NOT NULL,
  (SELECT COUNT(*) FROM procedure p WHERE p.town_id = t.id AND p.listed_as IS NOT NULL),
  (SELECT COUNT(*) FROM staff s WHERE s.town_id = t.id AND s.role = {} AND s.disabled_at IS NULL)
FROM town t ORDER BY t.code"""


def lines() -> list[Line]:
    """Every town, closed ones too, by its code: from north to south."""
    rows = ask(_LINES, str(Role.TOWN_ADMINISTRATOR))
    return [
        Line(key, code, name, prefecture, bool(closed), procedures, administrators)
        for key, code, name, prefecture, closed, procedures, administrators in rows
    ]


def one(me: SignedInStaff, key: int) -> Town:
    """A town of the installation for system administrators, one's own for those of a town, or Missing."""
    allowed = me.role is Role.SYSTEM_ADMINISTRATOR or (me.role is Role.TOWN_ADMINISTRATOR and me.town == key)
    found = Town.row("id = {}", key) if allowed else None
    if found is None:
        raise Missing
    return found


def questions(me: SignedInStaff) -> list[dict[str, Any]]:
    """What may be changed: the name by system administrators alone, the rest by the town's own too."""
    return [*_NAMES, *CONTACT] if me.role is Role.SYSTEM_ADMINISTRATOR else CONTACT


def new_questions() -> list[dict[str, Any]]:
    return [CODE, *_NAMES]


def kept(row: Town, asked: list[dict[str, Any]]) -> dict[str, Any]:
    """What stands in the form before anybody typed."""
    return {q["key"]: getattr(row, q["key"]) for q in asked}


def changed(row: Town) -> str:
    """When and by whom it was last changed."""
    return last_change(row.id, _ACTS, changed_town=row.id)


_EFFECT = """
SELECT
  (SELECT COUNT(*) FROM procedure p WHERE p.town_id = {} AND p.listed_as IS NOT NULL),
  (SELECT COUNT(*) FROM application a WHERE a.town_id = {} AND a.status = 'DRAFT'),
  (SELECT COUNT(*) FROM application a WHERE a.town_id = {}
   AND a.status IN ('SUBMITTED', 'IN_REVIEW', 'RETURNED', 'APPROVED'))"""


def effect(row: Town) -> Effect:
    """What it means to residents that a town is closed, or opened again."""
    procedures, drafts, open_ones = ask(_EFFECT, row.id, row.id, row.id)[0]
    left = [town for town in towns.every() if town.id != row.id]
    left += [row] if row.closed_at is not None else []
    return Effect(procedures, drafts, open_ones, len(left), left[0].name if len(left) == 1 else "")


# ---------------------------------------------------------------- acts


def add(me: SignedInStaff, values: dict[str, Any]) -> Town:
    """市町村を加える; residents find it at once, its pages are empty until it publishes something."""
    if Town.select().count() >= MOST:
        raise Refusal(f"市町村は{MOST:,}までです。")
    code = values["code"]
    if not numbering.town_code_valid(code):
        raise Refusal("", {"q-code": f"「{code}」は、市町村コードではありません。6けたを、もう一度お確かめください。"})
    columns = _columns(values)
    with transaction():
        if Town.row("name = {} AND prefecture = {}", columns["name"], columns["prefecture"]):
            raise Refusal("", {"q-name": f"{columns['prefecture']}の「{columns['name']}」は、すでにあります。"})
        try:
            made: Town = Town.create(code=code, **columns)
        except IntegrityError:
            raise Refusal("", {"q-code": f"市町村コード {code} の市町村は、すでにあります。"}) from None
        audit.record("town_added", staff=me, town=made.id, changed_town=made.id)
    return made


def revise(me: SignedInStaff, key: int, values: dict[str, Any], revision: int) -> None:
    """保存する."""
    one(me, key)
    with transaction():
        if not Town.change(_columns(values) | {"revision": revision + 1}, "id = {} AND revision = {}", key, revision):
            raise Stale
        audit.record("town_changed", staff=me, town=key, changed_town=key)


def _columns(values: dict[str, Any]) -> dict[str, Any]:
    found = {key: (value or "").strip() for key, value in values.items() if key not in ("code", "telephone")}
    if "telephone" in values:
        found["telephone"] = text.digits(values["telephone"]["typed"]) if values["telephone"] else ""
    if found.get("postal_code"):
        found["postal_code"] = _postal_code(found["postal_code"])
    return found


def _postal_code(typed: str) -> str:
    plain = text.digits(typed).replace("-", "").lstrip("〒").strip()
    if not (plain.isascii() and plain.isdecimal() and len(plain) == 7):
        raise Refusal("", {"q-postal_code": "役場の郵便番号は、7けたの数字で入力してください。例：999-8100"})
    return f"{plain[:3]}-{plain[3:]}"


def close(me: SignedInStaff, key: int, revision: int) -> None:
    """市町村を閉じる: residents do not find it any more, its staff finish what was sent."""
    _turn(me, key, revision, "town_closed", {"closed_at": clock.now()}, "closed_at IS NULL")


def reopen(me: SignedInStaff, key: int, revision: int) -> None:
    """もう一度開く."""
    _turn(me, key, revision, "town_reopened", {"closed_at": None}, "closed_at IS NOT NULL")


def _turn(me: SignedInStaff, key: int, revision: int, act: str, values: dict[str, Any], now: str) -> None:
    row = one(me, key)
    done = (row.closed_at is None) is (values["closed_at"] is None)
    if done:
        return
    with transaction():
        fits = f"id = {{}} AND revision = {{}} AND {now}"
        if not Town.change(values | {"revision": revision + 1}, fits, key, revision):
            raise Stale("ほかの職員が、先にこの市町村を変えました。内容を見てから、もう一度押してください。")
        audit.record(act, staff=me, town=key, changed_town=key)
