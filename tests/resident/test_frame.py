"""What stands around every page: size and colours without losing anything, the sentence after an act, who may not."""

from __future__ import annotations

from urllib.parse import quote

from cast_acts import PASSWORD, sent, write
from staff_acts import path

import clock
import models
from models import Application, MaintenanceWindow


def test_larger_letters_on_an_input_page_keep_what_was_typed(browser, cast):
    """R-3.6: whoever needs larger letters presses them in the middle of the form."""
    written = write(cast.dogs, cast.keiko)
    keiko = browser(cast.keiko)
    keiko.visit(f"/applications/{written.id}/pages/dog")
    keiko.fill(dog_name="タロウ")
    keiko.press("look.large")
    assert 'class="size-large' in keiko.page.text
    assert Application.get_by_id(written.id).answers["dog_name"] == "タロウ"
    assert 'value="タロウ"' in keiko.page.text
    keiko.press("look.large-black")
    assert 'class="size-large color-black' in keiko.page.text


def test_larger_letters_on_the_profile_redraw_it_as_it_was_typed(browser, cast):
    """R-3.6: nothing is checked, nothing is changed, nothing is lost."""
    keiko = browser(cast.keiko)
    keiko.visit("/mypage/account/edit")
    keiko.fill(telephone="x")
    keiko.press("look.small")
    assert 'class="size-small' in keiko.page.text
    assert 'value="x"' in keiko.page.text
    assert not keiko.shows("次のところを直してください")


def test_the_links_come_back_with_the_conditions(browser, cast):
    asked = f"/towns/{cast.town.code}/procedures?words={quote('犬')}"
    keiko = browser(cast.keiko)
    page = keiko.visit(asked)
    back = page.click(description="^大$").follow()
    assert back.request.path_qs == asked


def test_the_links_of_a_refused_page_lead_to_the_page_it_was_sent_from(browser, cast):
    stranger = browser()
    stranger.visit("/login")
    stranger.fill(email="nobody@example.jp", password="wrong-password")
    stranger.press("ログイン", headers={"Referer": "http://madoguchi.test/login?next=/mypage"})
    assert stranger.page.status_int == 422
    assert "back=/login%3Fnext%3D/mypage" in stranger.page.text
    stranger.visit("/login")
    stranger.fill(email="nobody@example.jp", password="wrong-password")
    stranger.press("ログイン", headers={"Referer": "http://elsewhere.example/evil"})
    assert "back=/%22" not in stranger.page.text and 'back=/"' in stranger.page.text


def test_an_act_is_said_once(browser, cast):
    row = sent(cast.dogs, cast.keiko)
    clerk = browser(cast.clerk)
    clerk.visit(path(row))
    clerk.press("審査を開始する")
    assert clerk.shows('class="said"', "審査を始めました。")
    clerk.visit(path(row))
    assert 'class="said"' not in clerk.page.text


def test_a_sentence_that_is_not_ours_is_not_shown(browser, cast):
    stranger = browser()
    stranger.set_cookie("said", "44GC.0123456789abcdef0123456789abcdef")
    stranger.visit("/")
    assert 'class="said"' not in stranger.page.text


def test_staff_without_the_right_are_told_whom_to_ask(browser, cast):
    clerk = browser(cast.clerk)
    page = clerk.get("/staff/recovery", status=404)
    assert "町の管理者だけが使える画面です" in page.text
    assert PASSWORD not in page.text


def test_help_stays_open_while_pages_rest(browser, cast):
    """R-8.1: the page that says whom to call."""
    now = clock.now()
    with models.transaction():
        MaintenanceWindow.create(
            town=cast.town,
            starts_at=now,
            ends_at=now.replace(hour=23),
            reason="点検",
            created_at=now,
            created_by=cast.administrator,
        )
    stranger = browser()
    assert stranger.get("/", status=503)
    assert stranger.get(f"/towns/{cast.town.code}/help/contact").status_int == 200


def test_a_slash_too_many(browser, cast):
    keiko = browser(cast.keiko)
    assert keiko.get("/mypage/", status=302).headers["Location"] == "http://madoguchi.test/mypage"
    keiko.get("/mypages/", status=404)
    keiko.get("//evil.example/mypage/", status=404)
