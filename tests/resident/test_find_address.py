"""「住所を探す」: places by postal code, offered and taken without anything typed being lost."""

from __future__ import annotations

import pytest
from account_acts import code_in_mail
from visitor_acts import open_dogs

import demo
from models import Application, Resident
from rules.records import postal_code
from rules.values import postal


@pytest.fixture
def visitor(browser, cast):
    """A stranger at the first page of the open procedure, the demo's postal codes loaded."""
    postal_code.load(postal.read((demo.STARTER / "postal" / "sample.csv").read_bytes()))
    opened = browser()
    opened.visit(f"/procedures/{open_dogs(cast).id}")
    opened.press("申請する")
    assert "address.postal_code" in next(iter(opened.page.forms.values())).fields or opened.shows("住所を探す")
    return opened


def address(opened) -> tuple[str, str]:
    form = next(form for form in opened.page.forms.values() if "address.address" in form.fields)
    return form["address.prefecture"].value, form["address.address"].value


def test_candidates_are_offered_and_one_is_taken(visitor):
    """Issue 4.1: several places of one code; the rest of the page stays as typed."""
    visitor.fill(address__postal_code="９９９８１０５", telephone="0999-00-1322")
    visitor.press("住所を探す")
    assert visitor.shows("住所が、いくつか見つかりました", "朝凪町上野島", "朝凪町下野島", "朝凪町中野島")
    assert address(visitor) == ("", "")
    visitor.press("山形県 朝凪町中野島")
    assert address(visitor) == ("山形県", "朝凪町中野島")
    assert visitor.shows("0999-00-1322") and not visitor.shows("見つかりました")


def test_nothing_typed_is_overwritten(visitor):
    """It says what is there, and leaves it."""
    visitor.fill(address__postal_code="999-8101", address__address="夕凪町夕浜1")
    visitor.press("住所を探す")
    visitor.press("山形県 朝凪町浜手")
    assert visitor.shows("もう「夕凪町夕浜1」が入っています", "「朝凪町浜手」にするときは")
    assert address(visitor) == ("", "夕凪町夕浜1")
    visitor.fill(address__address="朝凪町浜手二丁目14番6号")
    visitor.press("山形県 朝凪町浜手")
    assert address(visitor) == ("山形県", "朝凪町浜手二丁目14番6号")


def test_unknown_and_empty_codes(visitor):
    visitor.fill(address__postal_code="000-0000")
    visitor.press("住所を探す")
    assert visitor.shows("この郵便番号の住所は、見つかりませんでした")
    visitor.fill(address__postal_code="")
    visitor.press("住所を探す")
    assert visitor.shows("郵便番号を入力してから")


def test_a_place_of_another_code_is_not_taken(visitor):
    """The code was typed anew after the places were shown: the new one's places are shown instead."""
    visitor.fill(address__postal_code="999-8105")
    visitor.press("住所を探す")
    visitor.fill(address__postal_code="999-8107")
    visitor.press("山形県 朝凪町上野島")
    assert address(visitor) == ("", "")
    assert visitor.shows("朝凪町大沢", "朝凪町小沢") and not visitor.shows("上野島")


@pytest.mark.parametrize("act", ["take.address.99999999999999999999", "take.address", "take.x.1", "find.name", "find"])
def test_crafted_buttons_do_nothing(visitor, act):
    form = next(form for form in visitor.page.forms.values() if "address.address" in form.fields)
    posted = [(name, value) for name, value in form.submit_fields() if name != "address.postal_code"]
    answer = visitor.post(form.action, [*posted, ("address.postal_code", "999-8101"), (f"act_{act}", "x")])
    assert answer.status_int in (200, 302)
    raw = Application.select().order_by(Application.id.desc()).first().answers["address"]
    assert (raw["prefecture"], raw["address"]) == ("", "")


def test_enter_presses_next(visitor):
    """The first button of the form is 次へ進む, whatever else may be pressed on the page."""
    form = next(form for form in visitor.page.forms.values() if "address.address" in form.fields)
    acts = [name for name in form.fields if name and name.startswith("act_")]
    assert acts[0] == "act_next"


def test_without_a_list_there_is_no_button(browser, cast):
    opened = browser()
    opened.visit(f"/procedures/{open_dogs(cast).id}")
    opened.press("申請する")
    assert not opened.shows("住所を探す")


# ---------------------------------------------------------------- on the pages of an account


def test_on_the_page_of_ones_own_profile(browser, cast):
    """A page that keeps nothing: what was typed is still there, and nothing is changed yet."""
    postal_code.load(postal.read((demo.STARTER / "postal" / "sample.csv").read_bytes()))
    keiko = browser(cast.keiko)
    keiko.visit("/mypage/account/edit")
    keiko.fill(home__postal_code="999-8107", home__address="", telephone="0999-00-9999")
    keiko.press("住所を探す")
    assert keiko.page.status_int == 200 and keiko.shows("朝凪町大沢", "朝凪町小沢", "0999-00-9999")
    keiko.press("山形県 朝凪町小沢")
    form = next(form for form in keiko.page.forms.values() if "home.address" in form.fields)
    assert (form["home.prefecture"].value, form["home.address"].value) == ("山形県", "朝凪町小沢")
    assert Resident.get_by_id(cast.keiko.id).postal_code == "999-8101"
    keiko.fill(home__address="朝凪町小沢5")
    keiko.press("変更する")
    changed = Resident.get_by_id(cast.keiko.id)
    assert (changed.postal_code, changed.address) == ("999-8107", "朝凪町小沢5")


def test_the_profile_is_not_overwritten_either(browser, cast):
    postal_code.load(postal.read((demo.STARTER / "postal" / "sample.csv").read_bytes()))
    keiko = browser(cast.keiko)
    keiko.visit("/mypage/account/edit")
    keiko.fill(home__postal_code="999-8107", home__address="夕凪町1")
    keiko.press("住所を探す")
    keiko.press("山形県 朝凪町大沢")
    assert keiko.shows("もう「夕凪町1」が入っています")
    form = next(form for form in keiko.page.forms.values() if "home.address" in form.fields)
    assert form["home.address"].value == "夕凪町1"
    acts = [name for name in form.fields if name and name.startswith("act_")]
    assert acts[0] == "act_change"


def test_while_registering(browser):
    """A page in the middle of sign-up: the search registers nobody and loses nothing."""
    postal_code.load(postal.read((demo.STARTER / "postal" / "sample.csv").read_bytes()))
    opened = browser()
    opened.visit("/sign-up")
    opened.fill(kind="person", email="hanako@example.jp")
    opened.press("認証コードを送信する")
    opened.fill(code=code_in_mail("hanako@example.jp"))
    opened.press("次へ進む")
    opened.fill(name__family="小林", home__postal_code="9998101")
    opened.press("住所を探す")
    assert opened.shows("住所が見つかりました", "小林")
    opened.press("山形県 朝凪町浜手")
    form = next(form for form in opened.page.forms.values() if "home.address" in form.fields)
    assert (form["home.address"].value, form["name.family"].value) == ("朝凪町浜手", "小林")
    assert opened.page.status_int == 200
