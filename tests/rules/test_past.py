"""The history of a resident: by number, procedure, state and period, over all years."""

from __future__ import annotations

import json
from datetime import date

import pytest
from cast_acts import person, sent, write
from staff_acts import put_into

import clock
import demo
from models import Application, Procedure, Status
from rules.applications import mypage
from rules.applications.mypage import Wanted
from rules.procedures import procedure
from rules.records import numbering


@pytest.fixture
def years(cast):
    """Keiko's applications of five years, Ken's one among them."""
    with clock.at("2021-12-31T23:59:59"):
        oldest = sent(cast.dogs, cast.keiko, dog_birth_date={"era": "R", "year": "3", "month": "1", "day": "1"},
                      acquired_on={"era": "R", "year": "3", "month": "2", "day": "1"})  # fmt: skip
    with clock.at("2025-06-01T00:00:00"):
        middle = sent(cast.dogs, cast.keiko)
    newest = sent(cast.dogs, cast.keiko)
    sent(cast.dogs, cast.ken)
    write(cast.dogs, cast.keiko)
    put_into(oldest, Status.COMPLETED)
    return oldest, middle, newest


def found(cast, page: int = 1, **wanted) -> list[int]:
    return [line.id for line in mypage.past(person(cast.keiko), Wanted(**wanted), page).lines]


def test_all_years_newest_first_and_nobody_elses(cast, years):
    """R-6.1: no time limit; drafts are not among them."""
    assert found(cast) == [row.id for row in reversed(years)]


def test_by_number_whole_grouped_or_begun(cast, years):
    """R-6.1"""
    number = years[1].number
    full_width = number.translate({ord("0") + n: chr(0xFF10 + n) for n in range(10)})
    for words in (number, numbering.grouped(number), full_width, number[:6], f" {number[:4]}-{number[4:8]} "):
        assert years[1].id in found(cast, words=words), words
    for dash in "-－ー−‐":
        assert found(cast, words=dash.join((number[:4], number[4:8]))) == [years[1].id], dash
    assert found(cast, words=number) == [years[1].id]
    assert found(cast, words=Application.get(Application.resident == cast.ken).number) == []


def test_by_procedure_state_and_words(cast, years):
    """R-6.1"""
    assert found(cast, procedure=cast.dogs.id) == found(cast)
    assert found(cast, procedure=Procedure.get(Procedure.slug == "bulky-waste").id) == []
    assert found(cast, state="COMPLETED") == [years[0].id]
    assert found(cast, words="ｲﾇ") == found(cast)
    assert found(cast, words="転出") == []
    assert found(cast, words="犬 登録") == found(cast, words="申請　ｲﾇ") == found(cast)
    assert found(cast, words="犬 転出") == []
    assert found(cast, words="%") == []


def test_by_period_with_both_days_in_it(cast, years):
    """R-6.1: the town's days: 23:59:59 and 00:00:00 lie on either side of midnight in Tokyo."""
    oldest, middle, newest = (row.id for row in years)
    assert found(cast, since=date(2025, 6, 1), until=date(2025, 6, 1)) == [middle]
    assert found(cast, until=date(2021, 12, 31)) == [oldest]
    assert found(cast, since=date(2022, 1, 1)) == [newest, middle]
    assert found(cast, since=date(2026, 1, 1), until=date(2025, 1, 1)) == []


def test_conditions_combine(cast, years):
    assert found(cast, state="SUBMITTED", since=date(2026, 1, 1), words="犬", procedure=cast.dogs.id) == [years[2].id]


def test_pages_and_counts(cast):
    for _ in range(21):
        sent(cast.dogs, cast.keiko)
    first = mypage.past(person(cast.keiko), Wanted(), 1)
    assert (len(first.lines), first.total_label, first.previous, first.next) == (20, "21件のうち 1〜20件目", None, 2)
    second = mypage.past(person(cast.keiko), Wanted(state="SUBMITTED"), 2)
    assert (len(second.lines), second.total_label, second.previous, second.next) == (
        1,
        "21件のうち 21〜21件目",
        1,
        None,
    )


def test_the_procedures_to_choose_from_are_ones_own(cast):
    """Even one that is not listed any more."""
    for path in sorted((demo.STARTER / "procedures").glob("*.json"))[:3]:
        procedure.load(cast.town, json.loads(path.read_text(encoding="utf-8")))
    sent(cast.dogs, cast.keiko)
    Procedure.update(listed_as=None).where(Procedure.id == cast.dogs.id).execute()
    assert mypage.own_procedures(person(cast.keiko)) == [(cast.dogs.id, "犬の登録申請")]
    assert mypage.own_procedures(person(cast.ken)) == []


def test_saved_ones_that_go_soon_come_first(cast):
    """R-3.3"""
    with clock.at("2026-11-24T10:00:00"):
        soon = write(cast.dogs, cast.keiko)
    with clock.at("2026-12-01T10:00:00"):
        write(cast.dogs, cast.keiko)
    with clock.at("2026-12-10T10:00:00"):
        late = write(cast.dogs, cast.keiko)
    lines = {}
    for at in ("2026-12-20", "2026-12-21", "2026-12-23", "2026-12-24"):
        with clock.at(at + "T12:00:00"):
            lines[at] = mypage.drafts(person(cast.keiko)).lines
    assert lines["2026-12-20"][0].id == late.id and not any(line.left for line in lines["2026-12-20"])
    assert [lines[at][0].id for at in ("2026-12-21", "2026-12-23", "2026-12-24")] == [soon.id] * 3
    words = ["あと3日", "あと1日", "きょうまで"]
    assert [lines[at][0].left for at in ("2026-12-21", "2026-12-23", "2026-12-24")] == words
    assert lines["2026-12-24"][0].until == "12月24日（木）"
