"""カテゴリ as a town's administrator sets them up: names and order reach the lists and the search."""

from __future__ import annotations

import pytest
from cast_acts import as_staff
from staff_acts import token

import models
from models import AuditEntry, Category, Procedure
from rules.procedures import finding, procedure, search
from rules.procedures.finding import Wanted
from rules.town import setup_categories

SEARCHED = "/towns/064998/procedures?words=%E5%9C%92%E8%8A%B8"  # 園芸


@pytest.fixture
def chief(browser, cast):
    return browser(cast.administrator)


def found(cast, words: str) -> list[str]:
    return [row.name for _, rows in finding.find(cast.town, Wanted(words)).groups for row in rows]


def fresh(row: Category) -> Category:
    return Category.get_by_id(row.id)


def test_adding(chief, cast):
    """R-7.4: pressed twice it is there once."""
    chief.visit("/staff/categories")
    chief.page = chief.page.click("カテゴリを加える")
    chief.fill(name="試しの分野", examples="り災証明書")
    form = next(form for form in chief.page.forms.values() if "act_save" in form.fields)
    chief.press("加える")
    assert chief.shows("「試しの分野」を加えました", "り災証明書")
    assert form.submit("act_save").status_int == 422
    made = Category.get(Category.name == "試しの分野")
    assert made.position == max(row.position for row in Category.select())
    assert AuditEntry.select().where(AuditEntry.act == "category_added").count() == 1


def test_a_new_name_reaches_list_search_and_drafts(chief, browser, cast):
    """Issue 4.7: search index, listed_as, folded, drafts; what was published stays as it was."""
    category = cast.dogs.category
    with models.transaction():
        Procedure.change({"draft": procedure.published(cast.dogs)[1]}, "id = {}", cast.dogs.id)
    stranger = browser()
    assert "犬の登録申請" not in stranger.visit(SEARCHED).text
    chief.visit(f"/staff/categories/{category.id}")
    chief.fill(name="園芸・生きもの")
    chief.press("保存する")
    assert "犬の登録申請" in stranger.visit(SEARCHED).text
    assert "園芸・生きもの" in stranger.visit("/").text
    dogs = Procedure.get_by_id(cast.dogs.id)
    assert dogs.draft["category"] == "園芸・生きもの" and "園芸" in dogs.folded
    assert dogs.revision == cast.dogs.revision
    assert procedure.published(dogs)[1]["category"] == category.name
    # The old name finds nothing any more, also where the index is made anew.
    models.ask("DELETE FROM procedure_search")
    search.fill()
    assert "犬の登録申請" in stranger.visit(SEARCHED).text


def test_the_order_reaches_the_lists(chief, cast):
    """Issue 4.7: 手続き一覧 and search results follow the order of the fields."""
    rows = list(Category.select().where(Category.town == cast.town).order_by(Category.position))
    dogs = next(number for number, row in enumerate(rows) if row.id == cast.dogs.category_id)
    with models.transaction():
        Category.update(position=Category.position * 2).execute()  # as a load with gaps leaves them
    me = as_staff(cast.administrator)
    for _ in range(dogs):
        setup_categories.move(me, rows[dogs].id, fresh(rows[dogs]).revision, up=True)
    assert Procedure.get_by_id(cast.dogs.id).listed_as.startswith("0000 ")
    first = Procedure.select().where(Procedure.listed_as.is_null(False)).order_by(Procedure.listed_as).first()
    assert first.name == "犬の登録申請"
    assert found(cast, "の")[:1] == ["犬の登録申請"]
    # A second press of the same button moves nothing.
    order = [row.id for row in Category.select().order_by(Category.position)]
    setup_categories.move(me, rows[dogs].id, 0, up=False)
    assert [row.id for row in Category.select().order_by(Category.position)] == order


def test_only_an_empty_one_is_deleted(chief, cast):
    """Issue 4.7: says what is in it."""
    full = cast.dogs.category
    chief.visit(f"/staff/categories/{full.id}/delete")
    assert chief.shows("先に、ほかのカテゴリへ移してください", "犬の登録申請") and not chief.shows("削除しないで戻る")
    csrf = token(chief)
    answer = chief.post(f"/staff/categories/{full.id}/delete", {"csrf": csrf, "revision": full.revision}, status=422)
    assert "まだ手続きがあります" in answer.text and Category.get_or_none(Category.id == full.id)
    empty = setup_categories.add(as_staff(cast.administrator), {"name": "空の分野", "examples": None})
    chief.visit(f"/staff/categories/{empty.id}/delete")
    form = next(form for form in chief.page.forms.values() if "act_delete" in form.fields)
    chief.press("削除する")
    assert chief.shows("「空の分野」を削除しました") and not Category.get_or_none(Category.id == empty.id)
    again = form.submit("act_delete")
    assert again.status_int == 302 and "もう削除してあります" in again.follow().text


def test_a_form_on_a_deleted_one_does_not_fit_the_next(cast):
    """The database gives the id of what was deleted again."""
    me = as_staff(cast.administrator)
    gone = setup_categories.add(me, {"name": "甲", "examples": None})
    setup_categories.delete_empty(me, gone.id, gone.revision)
    other = setup_categories.add(me, {"name": "乙", "examples": None})
    assert other.id == gone.id
    with pytest.raises(setup_categories.Stale):
        setup_categories.revise(me, gone.id, {"name": "甲のつもり", "examples": None}, gone.revision)
    with pytest.raises(setup_categories.Stale):
        setup_categories.delete_empty(me, gone.id, gone.revision)
    assert Category.get_by_id(other.id).name == "乙"


def test_a_draft_on_its_way_keeps_a_category(chief, cast):
    """Issue 4.7: an unpublished draft names it already."""
    empty = setup_categories.add(as_staff(cast.administrator), {"name": "動物園", "examples": None})
    with models.transaction():
        document = procedure.published(cast.dogs)[1] | {"category": "動物園"}
        Procedure.change({"draft": document}, "id = {}", cast.dogs.id)
    chief.visit(f"/staff/categories/{empty.id}/delete")
    assert chief.shows("犬の登録申請") and not chief.shows("削除しないで戻る")


def test_two_at_once(chief, cast):
    """House rule 6"""
    row = cast.dogs.category
    chief.visit(f"/staff/categories/{row.id}")
    setup_categories.revise(
        as_staff(cast.administrator), row.id, {"name": "動物・植物", "examples": "犬"}, row.revision
    )
    chief.fill(name="どうぶつ")
    chief.press("保存する")
    assert chief.page.status_int == 422 and chief.shows("動物・植物", "どうぶつ", "町野 一郎")
    assert fresh(row).name == "動物・植物"
    chief.press("保存する")
    assert fresh(row).name == "どうぶつ"


def test_a_clerk_reads(browser, cast):
    """The table of roles."""
    clerk = browser(cast.clerk)
    clerk.visit("/staff/categories")
    assert clerk.shows("動物", "変えられるのは、町の管理者です") and not clerk.shows("カテゴリを加える")
    assert clerk.get(f"/staff/categories/{cast.dogs.category_id}", expect_errors=True).status_int == 404
