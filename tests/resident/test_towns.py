"""Several towns on one installation (R-8.4)."""

from __future__ import annotations

from models import Procedure
from rules.procedures import procedure


def open_other(cast):
    cast.other_town.closed_at = None
    cast.other_town.save()


def test_one_town_is_the_front_page(browser, cast):
    opened = browser()
    assert opened.visit("/").text.count("朝凪町の申請と届出") >= 1
    assert opened.visit("/procedures").status_int == 200


def test_several_towns_have_a_portal(browser, cast):
    open_other(cast)
    opened = browser()
    opened.visit("/")
    assert opened.shows("朝凪町", "夕凪町")
    opened.page = opened.page.click("夕凪町")
    assert opened.page.request.path == "/towns/064009"
    assert opened.visit("/procedures").status_int == 404


def test_each_town_lists_its_own(browser, cast):
    open_other(cast)
    document = dict(procedure.published(cast.dogs)[1], name="夕凪の犬の登録")
    procedure.load(cast.other_town, document)
    opened = browser()
    assert "夕凪の犬の登録" in opened.visit("/towns/064009/procedures?words=%E7%8A%AC").text
    assert "夕凪の犬の登録" not in opened.visit("/towns/064998/procedures?words=%E7%8A%AC").text
    theirs = Procedure.get(Procedure.name == "夕凪の犬の登録")
    assert "夕凪町" in opened.visit(f"/procedures/{theirs.id}").text
    assert opened.visit("/towns/999999").status_int == 404
