"""受付をやめる on screen, reopening, and that every screen about versions is closed to another town's staff."""

from __future__ import annotations

import pytest
from cast_acts import PASSWORD, as_staff, person, sent, write
from versions_acts import acts, edit, fresh, path, renamed, with_paper_forms

import clock
import models
import views  # noqa: F401 - declares every screen
from models import Application, Category, Division, Procedure, Role
from rules import Refusal
from rules.accounts import staff
from rules.applications import draft
from rules.guides import guide
from rules.procedures import editing, finding, procedure, publishing
from rules.procedures.finding import Wanted
from rules.records.access import Missing
from web import app


@pytest.fixture(autouse=True)
def _paper_forms(cast):
    with_paper_forms(cast)


@pytest.fixture
def chief(browser, cast):
    return browser(cast.administrator)


def close(browser, row: Procedure) -> None:
    browser.visit(path(row, "close"))
    browser.press("受付をやめる")


def test_closing_says_first_what_it_does(cast, chief):
    """R-7.4: drafts, open applications and questionnaires that lead to it are named; nothing is done yet."""
    write(cast.dogs, cast.ken)
    sent(cast.dogs, cast.keiko)
    asked = "題名：犬を飼う\n質問：犬\n文：犬を飼いますか\n・はい\n・いいえ\n"
    text = f"{asked}手続き：犬の登録\n手続案内：{cast.dogs.slug}\n"
    guide.load(cast.town, "dogs", text)
    words = " ".join(chief.visit(path(cast.dogs, "close")).html.get_text().split())
    assert "下書き1件" in words and "受付中の申請1件" in words and "犬を飼う" in words
    assert fresh(cast.dogs).closed_at is None


def test_a_closed_procedure_takes_nothing_new_and_ends_what_is_open(cast, chief, browser):
    """R-7.4: it leaves lists, search and guidance; a draft is told; an open application goes on."""
    begun, filed = write(cast.dogs, cast.ken), sent(cast.dogs, cast.keiko)
    before = Category.get_by_id(cast.dogs.category_id).listed
    close(chief, cast.dogs)
    assert chief.shows("受付をやめました") or fresh(cast.dogs).closed_at is not None
    row = fresh(cast.dogs)
    assert row.closed_at is not None and row.listed_as is None
    assert Category.get_by_id(row.category_id).listed == before - 1
    assert finding.find(cast.town, Wanted("犬")).total == 0
    assert browser().get(path(row).removeprefix("/staff"), status="*").status_int == 404
    with pytest.raises(Missing):
        draft.start(row, person(cast.keiko))
    ken = browser(cast.ken)
    assert "この手続きは、いまは受け付けていません" in ken.visit(f"/applications/{begun.id}").text
    assert "山﨑" in ken.page.text and "柴犬" in ken.page.text, "nothing typed is lost"
    clerk = browser(cast.clerk)
    clerk.visit(f"/staff/applications/{filed.id}")
    clerk.press("審査を開始する")
    assert Application.get_by_id(filed.id).status == "IN_REVIEW"
    assert "procedure_closed" in acts()


def test_reopening_puts_it_back(cast, chief, browser):
    before = Category.get_by_id(cast.dogs.category_id).listed
    place = cast.dogs.listed_as
    close(chief, cast.dogs)
    chief.visit(path(cast.dogs, "reopen"))
    assert chief.shows("に受付をやめた手続きです")
    chief.press("受付を再開する")
    row = fresh(cast.dogs)
    assert (row.closed_at, row.listed_as) == (None, place)
    assert Category.get_by_id(row.category_id).listed == before
    assert finding.find(cast.town, Wanted("犬")).total >= 1
    assert browser().visit(f"/procedures/{row.id}").html.h1.text == row.name
    assert procedure.is_open(row)


def test_nothing_is_opened_or_published_in_a_closed_division(cast, chief):
    """R-7.4: a division can be closed once its procedures are; then they wait for another one."""
    close(chief, cast.dogs)
    with models.transaction():
        Division.change({"closed_at": clock.now()}, "id = {}", cast.dogs.division_id)
    chief.visit(path(cast.dogs, "reopen"))
    chief.press("受付を再開する")
    assert chief.page.status_int == 422 and chief.shows("「住民生活課」は、閉じた部課なので、受付を再開できません")
    assert fresh(cast.dogs).closed_at is not None
    me = as_staff(cast.administrator)
    row = editing.change(me, cast.dogs.id, fresh(cast.dogs).revision, renamed("犬の登録"))
    chief.visit(path(row, "publish"))
    assert chief.shows("「住民生活課」は、閉じた部課です", path(row, "rules")) and not chief.shows('name="act_publish"')
    with pytest.raises(Refusal):
        publishing.publish(me, row.id, row.revision, publishing.digest(row.draft))
    row = editing.change(me, row.id, row.revision, lambda document: document.update(division="税務課"))
    chief.visit(path(row, "publish"))
    chief.press("公開する")
    chief.visit(path(row, "reopen"))
    chief.press("受付を再開する")
    assert fresh(row).closed_at is None and fresh(row).division.name == "税務課"


def test_publishing_does_not_open_what_is_closed(cast, chief, browser):
    """Who publishes a better text has not decided to take applications again."""
    close(chief, cast.dogs)
    row = edit(cast, renamed("犬の登録"))
    chief.visit(path(row, "publish"))
    assert chief.shows("この手続きは、受付をやめています")
    chief.press("公開する")
    row = fresh(row)
    assert row.published == 2 and row.listed_as is None
    assert finding.find(cast.town, Wanted("犬")).total == 0


def test_two_presses_close_once(cast, chief):
    form = next(f for f in chief.visit(path(cast.dogs, "close")).forms.values() if "revision" in f.fields)
    assert [form.submit("act_close").status_int for _ in range(2)] == [302, 302]
    assert acts().count("procedure_closed") == 1


def test_only_a_town_administrator_closes(cast, browser):
    clerk = browser(cast.clerk)
    page = clerk.visit(path(cast.dogs, "close"))
    assert clerk.shows("受付をやめられるのは、町の管理者です") and 'name="act_close"' not in page.text
    token = next(f["csrf"].value for f in page.forms.values() if "csrf" in f.fields)
    assert clerk.post(path(cast.dogs, "close"), {"csrf": token, "revision": 0}, status="*").status_int == 404
    assert fresh(cast.dogs).closed_at is None


def test_a_change_in_between_is_shown_first(cast, chief):
    chief.visit(path(cast.dogs, "close"))
    row = edit(cast, renamed("犬の登録"))
    chief.press("受付をやめる")
    assert chief.page.status_int == 422 and fresh(row).closed_at is None
    chief.press("受付をやめる")
    assert fresh(row).closed_at is not None


def test_what_was_never_published_is_not_closed(cast, chief):
    made = editing.make(as_staff(cast.clerk), editing.draft_of(cast.dogs) | {"id": "cats", "name": "猫の登録"})
    page = chief.visit(path(made, "close"))
    assert 'name="act_close"' not in page.text
    form = {"csrf": next(f["csrf"].value for f in page.forms.values() if "csrf" in f.fields), "revision": 1}
    assert chief.post(path(made, "close"), form, status="*").status_int == 404


# ---------------------------------------------------------------- another town, another division


OURS = sorted(
    (route.method, route.rule) for route in app.routes if route.config["screen"].handler.__module__.startswith(
        "views.staff.versions"
    ) and "<id:int>" in route.rule
)  # fmt: skip


def filled(rule: str, row: Procedure) -> str:
    return rule.replace("<id:int>", str(row.id)).replace("<number:int>", "1")


@pytest.mark.parametrize(("method", "rule"), OURS, ids=lambda part: part)
def test_every_screen_is_closed_to_others(cast, browser, hashed, method, rule):
    """R-8.4: staff of another town, of another division, and system administrators get a 404, whoever they are."""
    row = edit(cast, renamed("犬の登録"))
    with models.transaction():
        far_chief = staff.create(
            "far-chief", "夕凪 次郎", Role.TOWN_ADMINISTRATOR, cast.other_town, [], PASSWORD, must_change=False
        )
    before = fresh(cast.dogs)
    for who in (cast.foreign_clerk, cast.other_clerk, cast.system, far_chief):
        opened = browser(who)
        page = opened.visit("/staff/audit")
        token = next(f["csrf"].value for f in page.forms.values() if "csrf" in f.fields)
        target = filled(rule, row)
        if method == "GET":
            answer = opened.get(f"{target}?version=1", status="*")
        else:
            fields = {"csrf": token, "revision": before.revision, "digest": "", "version": "1", "over": "yes"}
            answer = opened.post(target, fields, status="*")
        assert answer.status_int == 404, (who.login_id, target)
    after = fresh(cast.dogs)
    assert (after.revision, after.draft, after.published, after.closed_at) == (
        before.revision, before.draft, before.published, before.closed_at,
    )  # fmt: skip


def test_the_screens_of_this_feature_were_found():
    assert len(OURS) >= 12
