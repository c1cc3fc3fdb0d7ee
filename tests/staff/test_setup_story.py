"""From `init` to the first published procedure without touching a file (issue 4.7)."""

from __future__ import annotations

import re

from browser_stand_in import Browser

import models
import web
from models import Procedure, Role, Staff, Town
from rules.accounts import staff
from rules.records.session import SignedInStaff
from rules.town import setup_steps

PASSWORD = "hajimete-no-machi-7"


def opened() -> Browser:
    return Browser(web.app, extra_environ={"HTTP_HOST": "madoguchi.test", "REMOTE_ADDR": "192.0.2.1"})


def come_in(login_id: str, first: str) -> Browser:
    browser = opened()
    browser.log_in_staff(login_id, first)
    browser.fill(present=first, password=PASSWORD, password_again=PASSWORD)
    browser.press("変更する")
    return browser


def test_an_empty_town_is_led_through_its_setup():
    """Issue 4.7: init → create-staff → login; the list of first steps is ticked off one by one."""
    town = Town.get()
    Town.update(telephone="", address="").execute()
    first = staff.new_password()
    staff.create("chief", "町野 一郎", Role.TOWN_ADMINISTRATOR, town, [], first)
    chief = come_in("chief", first)
    assert chief.shows("はじめの設定が残っています", "あと6つ")
    chief.page = chief.page.click("設定の画面へ")
    assert chief.shows("はじめの設定") and not chief.shows("済み")

    chief.page = chief.page.click("町の情報", index=0)
    chief.fill(address="朝凪町浜手一丁目1番1号", telephone="0999-00-1234")
    chief.press("保存する")
    chief.page = chief.page.click("部課", index=0)
    assert chief.shows("まだ、部課がありません")
    chief.page = chief.page.click("部課を加える")
    chief.fill(name="住民課")
    chief.press("加える")
    chief.visit("/staff/categories/new")
    chief.fill(name="動物", examples="犬の登録")
    chief.press("加える")
    chief.visit("/staff/people/new")
    chief.fill(login_id="hanako", name="窓口 花子", role="CLERK")
    form = next(form for form in chief.page.forms.values() if "divisions" in form.fields)
    form["divisions"] = True
    chief.page = form.submit("act_invite")
    paper = chief.page.text
    chief.visit("/staff/settings")
    me = SignedInStaff(Staff.get(Staff.login_id == "chief").id, "", Role.TOWN_ADMINISTRATOR, town.id, False, 0)
    assert [step.done for step in setup_steps.steps(me)] == [True, True, True, True, False, False]
    chief.visit("/staff/procedures/new/library/dog-registration")
    chief.fill(division="住民課")
    chief.press("make")
    made = Procedure.get()
    assert [step.done for step in setup_steps.steps(me)][4:] == [True, False]
    chief.visit(f"/staff/procedures/{made.id}/publish")
    chief.press("publish")
    assert setup_steps.steps(me) == [] and "はじめの設定" not in chief.visit("/staff/settings").text
    stranger = opened()
    assert "犬の登録申請" in stranger.visit("/procedures").text
    assert stranger.visit(f"/procedures/{made.id}").status_int == 200
    clerk = come_in("hanako", re.search(r">([a-z2-9]{4}(?:-[a-z2-9]{4}){3})<", paper)[1])
    assert clerk.page.request.path == "/staff/" and not clerk.shows("はじめの設定")


def test_a_town_without_administrator_is_named_to_the_system(browser, cast):
    """Issue 4.7: where the first account is a system administrator's."""
    with models.transaction():
        Town.update(closed_at=None).execute()
    system = browser(cast.system)
    system.visit("/staff/settings")
    assert system.shows("はじめの設定", "夕凪町の管理者を登録する") and not system.shows("朝凪町の管理者")
    system.page = system.page.click("町の管理者")
    assert system.shows("職員を登録する", "夕凪町")


def test_nothing_is_said_once_all_is_done(browser, cast):
    """Issue 4.7"""
    with models.transaction():
        Town.update(telephone="0999-00-1234", address="浜手").execute()
    chief = browser(cast.administrator)
    assert "はじめの設定" not in chief.visit("/staff/settings").text
    assert "はじめの設定" not in browser(cast.system).visit("/staff/settings").text
