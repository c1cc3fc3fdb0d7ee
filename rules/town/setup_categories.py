"""カテゴリ: the fields a town's procedures are listed under, as its administrator sets them up."""

from __future__ import annotations

from typing import Any, NamedTuple

from peewee import SQL, IntegrityError

from models import AuditEntry, Category, ask, transaction
from rules import Refusal
from rules.records import audit, places
from rules.records.access import Missing
from rules.records.first_revision import first_revision
from rules.records.session import SignedInStaff
from rules.town import setup_fields, setup_names
from rules.town.setup_behind import Stale, last_change

# The search index has room for 256 places; nobody looks through more fields anyway.
MOST = 100
QUESTIONS = [
    setup_fields.line("name", "名前", "例：住民・印鑑。住民の方が、手続きを探す目印になります。", 40, required=True),
    setup_fields.line("examples", "手続きの例", "町のはじめの画面に出ます。例：転出届、住民票の写し", 80),
]
_ACTS = ("category_changed",)
_NOT_EMPTY = "このカテゴリには、まだ手続きがあります。先に、ほかのカテゴリに移してください。"


class Line(NamedTuple):
    """A category in the list: how many procedures are in it, and how many of them residents see."""

    id: int
    name: str
    examples: str
    revision: int
    procedures: int
    listed: int


_LINES = """
SELECT c.id, c.name, c.examples, c.revision,
  (SELECT COUNT(*) FROM procedure p WHERE p.category_id = c.id),
  (SELECT COUNT(*) FROM procedure p WHERE p.category_id = c.id AND p.listed_as IS NOT NULL)
FROM category c WHERE c.town_id = {} ORDER BY c.position, c.id"""


def lines(me: SignedInStaff) -> list[Line]:
    """Every category of the town in its order."""
    return [Line(*row) for row in ask(_LINES, me.town)]


def one(me: SignedInStaff, key: int) -> Category:
    """A category of one's own town, or Missing."""
    found = Category.row("id = {} AND town_id = {}", key, me.town) if me.town else None
    if found is None:
        raise Missing
    return found


def inside(row: Category) -> list[tuple[int, str, bool]]:
    """(id, name, closed) of the procedures in a category."""
    found = ask("SELECT id, name, closed_at FROM procedure WHERE category_id = {} ORDER BY name_kana, id", row.id)
    named = [(key, name, False) for key, name in setup_names.named_in_drafts(row.town_id, "category", row.name)]
    return list(dict.fromkeys([(key, name, closed is not None) for key, name, closed in found] + named))


def changed(row: Category) -> str:
    """When and by whom it was last changed."""
    return last_change(row.town_id, _ACTS, category=row.id)


# ---------------------------------------------------------------- acts


def add(me: SignedInStaff, values: dict[str, Any]) -> Category:
    """カテゴリを加える, behind the others; the same name twice is refused."""
    rows = lines(me)
    if len(rows) >= MOST:
        raise Refusal(f"カテゴリは{MOST}までです。使わないカテゴリを削除してから、加えてください。")
    columns = _columns(values)
    with transaction():
        try:
            made: Category = Category.create(
                town=me.town,
                **columns,
                position=places.after_last(Category, me.town),
                revision=first_revision(),
            )
        except IntegrityError:
            raise _taken(columns["name"]) from None
        audit.record("category_added", staff=me, category=made.id)
    return made


def revise(me: SignedInStaff, key: int, values: dict[str, Any], revision: int) -> None:
    """保存する: a new name reaches the lists, the search and the drafts in the same moment."""
    row, columns = one(me, key), _columns(values)
    with transaction():
        try:
            if not Category.change(columns | {"revision": revision + 1}, "id = {} AND revision = {}", key, revision):
                raise Stale
        except IntegrityError:
            raise _taken(columns["name"]) from None
        if columns["name"] != row.name:
            setup_names.rename_in_drafts(row.town_id, "category", row.name, columns["name"])
            setup_names.relist(one(me, key))
        audit.record("category_changed", staff=me, category=key)


def move(me: SignedInStaff, key: int, revision: int, *, up: bool) -> None:
    """上へ, 下へ; the procedures of the two that change places follow in every list. Pressed twice, it moves once."""
    with transaction():
        one(me, key)
        order = [row.id for row in Category.rows("town_id = {} ORDER BY position, id", me.town)]
        moved = places.move(Category, order, order, key, revision, up=up)
        for category in moved:
            setup_names.relist(one(me, category))
        if moved:
            audit.record("category_moved", staff=me, category=key)


def delete_empty(me: SignedInStaff, key: int, revision: int) -> str:
    """削除する: only an empty one, since every procedure is listed somewhere.

    Returns its name; pressed twice, the second press finds it done: "".
    """
    if _was_deleted(me, key):
        return ""
    row = one(me, key)
    empty = "NOT EXISTS (SELECT 1 FROM procedure p WHERE p.category_id = category.id)"
    with transaction():
        if inside(row):
            raise Refusal(_NOT_EMPTY)
        gone = Category.delete().where((Category.id == key) & (Category.revision == revision) & SQL(empty))
        if not gone.execute():
            raise Stale("ほかの職員が、先にこのカテゴリを変えました。内容を見てから、もう一度押してください。")
        audit.record("category_deleted", staff=me, category=key)
    return row.name


def _was_deleted(me: SignedInStaff, key: int) -> bool:
    last = AuditEntry.row("staff_id = {} AND act = 'category_deleted' ORDER BY id DESC", me.id)
    return last is not None and last.detail.get("category") == key and Category.row("id = {}", key) is None


def _columns(values: dict[str, Any]) -> dict[str, Any]:
    return {"name": values["name"].strip(), "examples": (values["examples"] or "").strip()}


def _taken(name: str) -> Refusal:
    return Refusal("", {"q-name": f"「{name}」というカテゴリが、すでにあります。別の名前にしてください。"})
