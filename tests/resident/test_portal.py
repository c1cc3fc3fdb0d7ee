"""ポータル: the way to one's town where there are several (R-8.4)."""

from __future__ import annotations

import pytest

import models
from models import Town
from rules.town import portal

TOWNS = (
    ("012025", "函館市", "ハコダテシ", "北海道"),
    ("131016", "千代田区", "チヨダク", "東京都"),
    ("131024", "中央区", "チュウオウク", "東京都"),
    ("062014", "米沢市", "ヨネザワシ", "山形県"),
)


@pytest.fixture
def several(cast):
    with models.transaction():
        Town.update(closed_at=None).execute()
        for code, name, kana, prefecture in TOWNS:
            Town.create(code=code, name=name, name_kana=kana, prefecture=prefecture)


def names(typed: str) -> list[str]:
    return [town.name for _, group in portal.found(typed) for town in group]


def test_towns_stand_by_prefecture_from_north_to_south(several):
    """R-8.4: 都道府県の順（コードの順）."""
    assert [prefecture for prefecture, _ in portal.found("")] == ["北海道", "山形県", "東京都"]
    assert names("") == ["函館市", "米沢市", "夕凪町", "朝凪町", "千代田区", "中央区"]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("函館", ["函館市"]),
        ("はこだて", ["函館市"]),
        ("ﾁﾖﾀﾞ", ["千代田区"]),
        ("東京都", ["千代田区", "中央区"]),
        ("東京 ちゅうおう", ["中央区"]),
        ("米澤", ["米沢市"]),
        ("存在しない", []),
    ],
)
def test_a_town_is_found_by_name_reading_and_prefecture(several, typed, expected):
    """R-8.4"""
    assert names(typed) == expected


def test_the_page(browser, several):
    """R-8.4: links, the search only where there are many, and a sentence where nothing fits."""
    opened = browser()
    opened.visit("/")
    assert opened.shows("北海道", "函館市", "朝凪町") and not opened.shows("市町村の名前・よみ")
    with models.transaction():
        for number in range(10, 18):
            Town.create(code=f"9999{number}", name=f"見本{number}村", name_kana="ミホン", prefecture="沖縄県")
    opened.visit("/")
    opened.fill(words="みほん")
    opened.press("探す")
    assert opened.shows("8件", "見本10村") and not opened.shows("函館市")
    opened.visit("/?words=zzz")
    assert opened.shows("見つかりませんでした")
    opened.visit("/?words=%E5%A4%95%E5%87%AA")
    opened.page = opened.page.click("夕凪町")
    assert opened.page.request.path == "/towns/064009"


def test_a_closed_town_is_not_offered(browser, several, cast):
    """R-8.4"""
    with models.transaction():
        Town.update(closed_at=cast.keiko.created_at).where(Town.code == "012025").execute()
    assert "函館市" not in names("")
    assert browser().visit("/towns/012025").status_int == 404


def test_one_town_is_the_front_page_and_none_says_so(browser, cast):
    """R-8.4"""
    opened = browser()
    assert "朝凪町の申請と届出" in opened.visit("/").text
    with models.transaction():
        Town.update(closed_at=cast.keiko.created_at).execute()
    opened.visit("/")
    assert opened.shows("いま、ご利用になれる市町村はありません")
