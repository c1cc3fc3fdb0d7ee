"""お知らせ as residents read them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cast_acts import as_staff

import clock
import models
from models import Notice
from rules.town import notice


@pytest.fixture
def publish(cast):
    def make(title: str, days_ago: int = 0, **changes) -> Notice:
        values = {
            "title": title,
            "body": "はじめに。\n\n・ひとつ\n・ふたつ\n\n<b>おわり</b>",
            "shown_from": clock.now() - timedelta(days=days_ago),
            "shown_until": None,
            "mail_to": "none",
            **changes,
        }
        return notice.publish(as_staff(cast.administrator), values)

    return make


def test_the_list_and_a_page(browser, publish):
    """Issue 3.6: from the menu; newest first, with dates; the text in paragraphs and lists, as text."""
    publish("先月", 30)
    publish("きょう")
    stranger = browser()
    stranger.visit("/")
    stranger.page = stranger.page.click("^お知らせ$")
    assert stranger.page.text.index("きょう") < stranger.page.text.index("先月")
    assert stranger.shows("2026年11月24日（火）", "2026年10月25日（日）")
    stranger.page = stranger.page.click("きょう")
    assert stranger.shows("<h1>きょう</h1>", "<p>はじめに。</p>", "<li>ふたつ</li>", "&lt;b&gt;おわり&lt;/b&gt;")


def test_an_address_in_the_text_is_a_link(browser, publish):
    """Issue 3.6: alone on a line or inside one, whatever stands behind it; nothing else becomes a link."""
    words = "くわしくは https://www.example.jp/a?b=1&c=2をご覧ください。\n\n・http://example.jp/<b>\n・ftp://x"
    publish("工事", body=words)
    stranger = browser()
    stranger.visit("/")
    stranger.page = stranger.page.click("工事")
    links = {a["href"]: a.text for a in stranger.page.html.find(id="main").find_all("a", href=True)}
    assert links["https://www.example.jp/a?b=1&c=2"] == "https://www.example.jp/a?b=1&c=2"
    assert "http://example.jp/" in links and not any(href.startswith("ftp") for href in links)
    assert stranger.shows("&lt;b&gt;", "をご覧ください。</p>")


def test_none(browser, cast):
    """Issue 3.6."""
    stranger = browser()
    stranger.visit("/towns/064998/notices")
    assert stranger.shows("いまは、お知らせはありません")
    assert stranger.visit("/towns/999999/notices").status_int == 404
    assert stranger.visit("/towns/064009/notices").status_int == 404


def test_pages_of_twenty(browser, publish):
    """Issue 3.6."""
    for number in range(21):
        publish(f"その{number}。", number)
    stranger = browser()
    first = stranger.visit("/towns/064998/notices")
    assert "その19。" in first.text and "その20。" not in first.text
    second = first.click("次のページ")
    assert "その20。" in second.text and "次のページ" not in second.text
    assert "その0。" in second.click("前のページ").text
    stranger.visit("/towns/064998/notices?page=9")
    assert stranger.shows("このページに、お知らせはありません")


def test_another_towns_stand_there(browser, cast, publish):
    """R-8.4: each town its own."""
    with models.transaction():
        cast.other_town.closed_at = None
        cast.other_town.save()
    row = publish("断水")
    stranger = browser()
    stranger.visit("/towns/064009/notices")
    assert not stranger.shows("断水")
    stranger.visit(f"/notices/{row.id}")
    assert stranger.shows("断水", "朝凪町") and not stranger.shows("夕凪町")
