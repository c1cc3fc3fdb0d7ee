"""見つからなかったことば on the staff site."""

from __future__ import annotations

import pytest

from models import AuditEntry, SearchMiss
from rules import search_miss


@pytest.fixture
def misses(cast):
    for words, times in (("キャンプ場", 1), ("ドローン", 3)):
        for _ in range(times):
            search_miss.remember(cast.town, words, ip="192.0.2.1")
    search_miss.remember(cast.other_town, "よその町", ip="192.0.2.1")


def test_a_clerk_reads_the_words_the_most_wanted_first(misses, browser, cast):
    """R-2.5"""
    clerk = browser(cast.clerk)
    clerk.visit("/staff/searches")
    assert clerk.shows("ドローン", "3回", "synonyms") and "ヨソノ町" not in clerk.page.text
    assert clerk.page.text.index("ドローン") < clerk.page.text.index("キヤンプ場")
    assert 'value="消す"' not in clerk.page.text


def test_an_administrator_takes_off_what_was_dealt_with(misses, browser, cast):
    chief = browser(cast.administrator)
    chief.visit("/staff/searches")
    chief.press("消す")
    assert chief.page.request.path == "/staff/searches"
    assert "ドローン" not in chief.page.text
    assert {row.words for row in SearchMiss.select()} == {"キヤンプ場", "ヨソノ町"}
    assert AuditEntry.select().where(AuditEntry.act == "search_miss_removed").count() == 1


def test_nobody_else_may(misses, browser, cast):
    key = SearchMiss.get(SearchMiss.words == "ドローン").id
    for who in (cast.clerk, cast.system):
        opened = browser(who)
        token = opened.visit("/staff/").html.select_one("input[name=csrf]")["value"]
        answer = opened.post(f"/staff/searches/{key}/remove", {"csrf": token}, expect_errors=True)
        assert answer.status_int == 404
    foreign = SearchMiss.get(SearchMiss.words == "ヨソノ町").id
    chief = browser(cast.administrator)
    token = chief.visit("/staff/searches").html.select_one("input[name=csrf]")["value"]
    assert chief.post(f"/staff/searches/{foreign}/remove", {"csrf": token}, expect_errors=True).status_int == 404
    assert SearchMiss.select().count() == 3
