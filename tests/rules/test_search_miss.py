"""見つからなかったことば: counted by the day, without anything about a person."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cast_acts import as_staff

import clock
from models import AuditEntry, SearchMiss, ThrottleEvent
from rules.procedures import search_miss
from rules.records.access import Missing


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("ドローン", "ドローン"),
        ("どろーん　許可", "ドローン 許可"),
        ("キャンプ場", "キヤンプ場"),
        ("keiko@example.jp", ""),
        ("ｋｅｉｋｏ＠example.jp", ""),
        ("0999-00-1322", ""),
        ("０９９９", ""),
        ("090 1 2 3", ""),
        ("12-34", ""),
        ("昭和63年", "昭和63年"),
        ("昭和63年4月9日", ""),
        ("四月九日", ""),
        ("63.4.9", ""),
        ("若葉町2-15 山田花子", ""),
        ("若葉町２ー１５", ""),
        ("若葉町2の15", ""),
        ("浜手二丁目14番6号", ""),
        ("浜手十四番六号", ""),
        ("浜手14番地", ""),
        ("マイナンバーの番号", "マイナンバーノ番号"),
        ("4月入園", "4月入園"),
        ("令和8年度", "令和8年度"),
        ("一 二 三 四 五", "一 二 三 四 五"),
        ("一 二 三 四 五 六", ""),
        ("あ" * 31, ""),
        ("、", ""),
        ("", ""),
    ],
)
def test_what_is_kept_of_what_was_typed(town_db, typed, kept):
    """R-2.5: nothing that looks like an address, a number or a letter to the town."""
    assert search_miss.kept_words(typed) == kept


def test_what_may_be_a_name_is_shown_to_nobody(cast):
    """R-2.5: words are shown once they were asked for on two days, or three times."""

    def shown() -> set[str]:
        return {line.words for line in search_miss.lines(as_staff(cast.clerk), 1)[0]}

    for _ in range(2):
        search_miss.remember(cast.town, "山田花子", ip="192.0.2.1")
    for _ in range(3):
        search_miss.remember(cast.town, "ドローン", ip="192.0.2.1")
    search_miss.remember(cast.town, "キャンプ", ip="192.0.2.1")
    assert shown() == {"ドローン"}
    with clock.at("2026-11-25T10:00:00"):
        search_miss.remember(cast.town, "キャンプ", ip="192.0.2.1")
        assert shown() == {"ドローン", "キャンプ"}, "as it was typed"


def test_the_same_words_are_one_row(cast):
    """R-2.5: how often, first and last day; not who."""
    search_miss.remember(cast.town, "どろーん", ip="192.0.2.1")
    with clock.at("2026-12-01T10:00:00"):
        search_miss.remember(cast.town, "ドローン", ip="192.0.2.2")
    row = SearchMiss.get()
    assert (row.words, row.times) == ("ドローン", 2)
    assert (row.first_on.isoformat(), row.last_on.isoformat()) == ("2026-11-24", "2026-12-01")
    assert "192.0.2" not in str(list(ThrottleEvent.select(ThrottleEvent.key).tuples()))


def test_an_address_that_sends_ever_new_words_is_not_listened_to(cast):
    for number in range(40):
        search_miss.remember(
            cast.town, "アイウエオカキクケコサシスセソタチツテト"[number % 20] * (number // 20 + 1), ip="192.0.2.1"
        )
    assert SearchMiss.select().count() == search_miss.PER_ADDRESS.times == 30
    search_miss.remember(cast.town, "ドローン", ip="192.0.2.2")
    assert SearchMiss.select().count() == 31
    with clock.at("2026-11-24T11:30:00"):
        search_miss.remember(cast.town, "キャンプ", ip="192.0.2.1")
    assert SearchMiss.select().count() == 32


def test_a_full_list_gives_up_what_was_asked_for_once(cast, monkeypatch):
    monkeypatch.setattr(search_miss, "MOST_ROWS", 2)
    for words in ("ドローン", "ドローン", "キャンプ", "つり"):
        search_miss.remember(cast.town, words, ip="192.0.2.1")
    assert {row.words for row in SearchMiss.select()} == {"ドローン", "ツリ"}
    SearchMiss.update(times=2).execute()
    search_miss.remember(cast.town, "まつり", ip="192.0.2.1")
    assert {row.words for row in SearchMiss.select()} == {"ドローン", "ツリ"}
    search_miss.remember(cast.other_town, "まつり", ip="192.0.2.1")
    assert SearchMiss.select().count() == 3


def test_after_half_a_year_it_is_forgotten(cast):
    search_miss.remember(cast.town, "ドローン", ip="192.0.2.1")
    assert search_miss.tidy(clock.now() + timedelta(days=180)) == 0
    assert search_miss.tidy(clock.now() + timedelta(days=181)) == 1


def test_only_a_towns_own_words_can_be_taken_off(cast):
    search_miss.remember(cast.other_town, "ドローン", ip="192.0.2.1")
    with pytest.raises(Missing):
        search_miss.remove(as_staff(cast.administrator), SearchMiss.get().id)
    search_miss.remember(cast.town, "ドローン", ip="192.0.2.1")
    mine = SearchMiss.get(SearchMiss.town == cast.town).id
    search_miss.remove(as_staff(cast.administrator), mine)
    assert [row.town_id for row in SearchMiss.select()] == [cast.other_town.id]
    assert AuditEntry.get(AuditEntry.act == "search_miss_removed").detail == {}
