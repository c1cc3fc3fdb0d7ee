"""見つからなかったことば on the staff site."""

from __future__ import annotations

import pytest
from cast_acts import as_staff

from models import AuditEntry, Procedure, SearchMiss
from rules.procedures import procedure, search_miss
from rules.records.access import Missing


@pytest.fixture
def misses(cast):
    for words, times in (("キャンプ場", 3), ("ドローン", 4), ("山田花子", 2)):
        for _ in range(times):
            search_miss.remember(cast.town, words, ip="192.0.2.1")
    search_miss.remember(cast.other_town, "よその町", ip="192.0.2.1")


def test_a_clerk_reads_the_words_the_most_wanted_first(misses, browser, cast):
    """R-2.5"""
    clerk = browser(cast.clerk)
    clerk.visit("/staff/searches")
    assert clerk.shows("ドローン", "4回") and "ヨソノ町" not in clerk.page.text
    assert clerk.shows("2日以上にわたって探されたか、3回以上") and not clerk.shows("山田花子")
    assert clerk.page.text.index("ドローン") < clerk.page.text.index("キャンプ場")
    assert 'value="消す"' not in clerk.page.text and "手続きを選ぶ" not in clerk.page.text


def test_an_administrator_takes_off_what_was_dealt_with(misses, browser, cast):
    chief = browser(cast.administrator)
    chief.visit("/staff/searches")
    stale = chief.page
    chief.press("消す")
    assert chief.page.request.path == "/staff/searches"
    assert "ドローン" not in chief.page.text
    assert {row.words for row in SearchMiss.select()} == {"キヤンプ場", "ヨソノ町", "山田花子"}
    kept, chief.page = chief.page, stale
    chief.press("消す")
    assert chief.page.status_int == 200 and chief.page.text == kept.text, "a second press leads back to the list"
    assert AuditEntry.select().where(AuditEntry.act == "search_miss_removed").count() == 1


def test_a_procedure_is_made_to_be_found(misses, browser, cast):
    """R-2.5: the words become a synonym of a published procedure, at once, and are on the list no longer."""
    chief, stranger = browser(cast.administrator), browser()
    chief.visit("/staff/searches")
    chief.page = chief.page.click("手続きを選ぶ", index=0)
    stale = chief.page
    chief.press("この手続きで見つかるようにする")
    assert chief.page.status_int == 422 and chief.shows("手続きを選んでください", "「ドローン」で探した方")
    before = cast.dogs.published
    chief.fill(procedure=str(cast.dogs.id))
    chief.press("この手続きで見つかるようにする")
    assert chief.page.request.path == "/staff/searches" and not chief.shows("ドローン")
    fresh = Procedure.get_by_id(cast.dogs.id)
    assert (fresh.published, fresh.draft) == (before + 1, None)
    for typed in ("ドローン", "どろーん"):
        stranger.visit("/towns/064998/procedures", params={"words": typed})
        assert stranger.shows("犬の登録申請")
    stranger.visit("/towns/064998/procedures", params={"words": "狂犬病"})
    assert stranger.shows("犬の登録申請"), "what it was found by before"
    entry = AuditEntry.get(AuditEntry.act == "synonym_added")
    assert entry.detail == {"procedure": cast.dogs.id}
    chief.visit("/staff/audit")
    assert chief.shows("手続きが見つかることばを足した：犬の登録申請")
    chief.page = stale
    chief.fill(procedure=str(cast.dogs.id))
    chief.press("この手続きで見つかるようにする")
    assert chief.page.request.path == "/staff/searches" and Procedure.get_by_id(cast.dogs.id).published == before + 1


def test_a_draft_is_not_published_by_the_way(misses, browser, cast):
    """R-7.3: what somebody is still writing stays unpublished; a foreign procedure cannot be chosen."""
    chief = browser(cast.administrator)
    Procedure.update(draft={"x": 1}).where(Procedure.id == cast.dogs.id).execute()
    chief.visit(f"/staff/searches/{SearchMiss.get(SearchMiss.words == 'ドローン').id}")
    chief.fill(procedure=str(cast.dogs.id))
    chief.press("この手続きで見つかるようにする")
    assert chief.page.status_int == 422 and chief.shows("まだ公開していない下書きがある")
    assert Procedure.get_by_id(cast.dogs.id).draft == {"x": 1}
    with pytest.raises(Missing):
        procedure.add_synonym(as_staff(cast.foreign_clerk), cast.dogs.id, "ドローン")


def test_no_more_words_than_a_file_may_have(misses, browser, cast):
    """R-7.5: what is published by this button can be exported and loaded again."""
    document = procedure.published(cast.dogs)[1]
    procedure.load(cast.town, document | {"synonyms": [f"ことば{number}" for number in range(100)]})
    before = Procedure.get_by_id(cast.dogs.id).published
    chief = browser(cast.administrator)
    chief.visit(f"/staff/searches/{SearchMiss.get(SearchMiss.words == 'ドローン').id}")
    chief.fill(procedure=str(cast.dogs.id))
    chief.press("この手続きで見つかるようにする")
    assert chief.page.status_int == 422 and chief.shows("「ほかの言い方」が、もう100個あります")
    assert Procedure.get_by_id(cast.dogs.id).published == before and SearchMiss.get(SearchMiss.words == "ドローン")


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
    assert SearchMiss.select().count() == 4
