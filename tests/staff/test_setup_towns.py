"""市町村: added, named, closed and opened again; what each says of itself."""

from __future__ import annotations

import pytest
from cast_acts import as_staff, person, sent, write
from staff_acts import token

import models
from models import AuditEntry, Town
from rules import Refusal
from rules.applications import submission
from rules.records.access import Missing
from rules.town import setup_towns

YONEZAWA = {"code": "062022", "name": "米沢市", "name_kana": "よねざわし", "prefecture": "山形県"}


@pytest.fixture
def system(browser, cast):
    return browser(cast.system)


def town(code: str) -> Town:
    return Town.get(Town.code == code)


def test_added_with_its_check_digit(system, browser, cast):
    """R-8.4: residents find it at once; the way on is its administrator."""
    system.visit("/staff/towns")
    system.page = system.page.click("市町村を加える")
    assert system.shows("2つめの市町村を加えると", "はじめの画面は、市町村を選ぶ画面になります")
    system.fill(**YONEZAWA)
    form = next(form for form in system.page.forms.values() if "act_save" in form.fields)
    system.press("加える")
    assert system.page.request.path_qs == f"/staff/people/new?town={town('062022').id}"
    assert system.shows("米沢市を加えました", "この市町村の管理者")
    assert town("062022").name_kana == "ヨネザワシ"
    assert form.submit("act_save").status_int == 422
    assert AuditEntry.select().where(AuditEntry.act == "town_added").count() == 1
    stranger = browser()
    stranger.visit("/")
    assert stranger.shows("朝凪町", "米沢市")
    assert stranger.visit("/towns/062022").status_int == 200


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"code": "062021"}, "q-code"),
        ({"code": "0620"}, "q-code"),
        ({"code": "064998"}, "q-code"),
        ({"name": ""}, "q-name"),
        ({"name_kana": "米沢"}, "q-name_kana"),
        ({"name": "朝凪町", "code": "062022"}, "q-name"),
    ],
)
def test_what_is_refused(system, changes, field):
    """R-8.4: a sentence, everything typed stays."""
    system.visit("/staff/towns/new")
    system.fill(**(YONEZAWA | changes))
    system.press("加える")
    assert system.page.status_int == 422 and system.shows(f"{field}-error")
    assert Town.select().count() == 2


def test_a_town_says_of_itself(browser, cast):
    """R-7.4: address, telephone and hours, by its own administrator; the name by the system's."""
    chief = browser(cast.administrator)
    chief.visit("/staff/settings")
    chief.page = chief.page.click("町の情報")
    assert chief.shows("町の名前を変えられるのは、システム管理者です") and not chief.shows('name="name"')
    chief.fill(
        postal_code="９９９８１００", address="朝凪町浜手二丁目2番", telephone="0999-00-7777", hours="平日 9時〜17時"
    )
    chief.press("保存する")
    assert chief.page.request.path == "/staff/settings" and chief.shows("保存しました")
    row = town("064998")
    assert (row.postal_code, row.telephone, row.name) == ("999-8100", "0999-00-7777", "朝凪町")
    assert "0999-00-7777" in browser().visit("/help/contact").text
    csrf = token(chief)
    chief.post(f"/staff/towns/{row.id}", {"csrf": csrf, "revision": row.revision, "name": "別の町", "hours": "x"})
    assert town("064998").name == "朝凪町"
    with pytest.raises(Missing):
        setup_towns.one(as_staff(cast.administrator), cast.other_town.id)


def test_a_wrong_postal_code(browser, cast):
    """R-7.4"""
    chief = browser(cast.administrator)
    chief.visit(f"/staff/towns/{cast.town.id}")
    chief.fill(postal_code="123")
    chief.press("保存する")
    assert chief.page.status_int == 422 and chief.shows("7けたの数字", 'value="123"')


def test_a_new_name_is_on_every_page(system, browser, cast):
    """R-7.4"""
    system.visit(f"/staff/towns/{cast.town.id}")
    system.fill(name="朝凪市", name_kana="アサナギシ")
    system.press("保存する")
    assert system.page.request.path == "/staff/towns" and system.shows("朝凪市")
    text = browser().visit(f"/procedures/{cast.dogs.id}").text
    assert "朝凪市" in text


def test_two_at_once(system, cast):
    """House rule 6: the town's own administrator was first."""
    system.visit(f"/staff/towns/{cast.town.id}")
    values = {"postal_code": None, "address": "新しい住所", "telephone": None, "hours": None}
    setup_towns.revise(as_staff(cast.administrator), cast.town.id, values, cast.town.revision)
    system.fill(address="古い住所")
    system.press("保存する")
    assert system.page.status_int == 422 and system.shows("新しい住所", "古い住所", "町野 一郎")
    assert town("064998").address == "新しい住所"


def test_closed_with_its_effect_shown(system, browser, cast):
    """R-8.4: gone for residents, drafts wait, staff finish what was sent."""
    with models.transaction():
        Town.update(closed_at=None).execute()
    written, row = write(cast.dogs, cast.keiko), sent(cast.dogs, cast.ken)
    digest = submission.sheet(written).sha256
    system.visit(f"/staff/towns/{cast.town.id}/close")
    assert system.shows("公開中の手続き4件", "下書き1件", "処理中の申請1件", "夕凪町だけになります")
    form = next(form for form in system.page.forms.values() if "act_close" in form.fields)
    system.press("閉じる")
    assert system.shows("朝凪町を閉じました", "閉じています")
    assert form.submit("act_close").status_int == 302
    assert AuditEntry.select().where(AuditEntry.act == "town_closed").count() == 1
    stranger = browser()
    assert "夕凪町" in stranger.visit("/").text
    for path in ("/towns/064998", f"/procedures/{cast.dogs.id}", "/towns/064998/procedures"):
        assert stranger.visit(path).status_int == 404
    with pytest.raises(Refusal):
        submission.submit(person(cast.keiko), written.id, digest)
    keiko = browser(cast.ken)
    assert keiko.visit(f"/applications/{row.id}").status_int == 200
    clerk = browser(cast.clerk)
    assert clerk.visit(f"/staff/applications/{row.id}").status_int == 200
    system.visit(f"/staff/towns/{cast.town.id}/close")
    system.press("もう一度開く")
    assert stranger.visit(f"/procedures/{cast.dogs.id}").status_int == 200
    assert submission.submit(person(cast.keiko), written.id, digest).number


def test_who_may(browser, cast):
    """The table of roles: towns are the system administrators' affair."""
    chief, clerk = browser(cast.administrator), browser(cast.clerk)
    for path in ("", "/new", f"/{cast.town.id}/close", f"/{cast.other_town.id}"):
        assert chief.get(f"/staff/towns{path}", expect_errors=True).status_int == 404
    assert clerk.get(f"/staff/towns/{cast.town.id}", expect_errors=True).status_int == 404
