"""How often a page asks the database: a list asks no more for many rows than for one."""

from __future__ import annotations

import json

import pytest
from cast_acts import person, sent, write
from visit_acts import NEXT, booked, key, make_counter, visiting

import demo
import models
from rules.procedures import procedure
from rules.visits import by_resident


@pytest.fixture
def queries(monkeypatch):
    """The statements since the last look: queries() returns them and begins anew."""
    seen: list[str] = []
    ask = models.database.execute_sql

    def watched(sql, params=None):
        seen.append(sql)
        return ask(sql, params)

    monkeypatch.setattr(models.database, "execute_sql", watched)

    def since() -> list[str]:
        found = seen[:]
        seen.clear()
        return found

    return since


def _asked(browser, path: str, queries) -> list[str]:
    browser.visit(path)  # what is read once per process is not counted
    queries()
    browser.visit(path)
    return queries()


def _load_all(cast) -> None:
    for path in sorted((demo.STARTER / "procedures").glob("*.json")):
        procedure.load(cast.town, json.loads(path.read_text(encoding="utf-8")))


def test_the_list_of_procedures_does_not_ask_per_row(cast, browser, queries):
    stranger, path = browser(), f"/towns/{cast.town.code}/procedures"
    few = _asked(stranger, path, queries)
    _load_all(cast)
    many = _asked(stranger, path, queries)
    assert stranger.page.text.count('class="row"') > 15
    assert len(many) == len(few) <= 6, many


def test_searching_asks_for_the_page_and_the_count(cast, browser, queries):
    _load_all(cast)
    assert len(_asked(browser(), f"/towns/{cast.town.code}/procedures?words=%E7%8A%AC", queries)) <= 7


def test_the_town_page_and_the_guidance(cast, browser, queries):
    stranger = browser()
    assert len(_asked(stranger, "/", queries)) <= 6
    assert len(_asked(stranger, f"/procedures/{cast.dogs.id}", queries)) <= 8


def test_the_history_does_not_ask_per_row(cast, browser, queries):
    keiko = browser(cast.keiko)
    sent(cast.dogs, cast.keiko)
    one = _asked(keiko, "/mypage/history", queries)
    for _ in range(11):
        sent(cast.dogs, cast.keiko)
    many = _asked(keiko, "/mypage/history", queries)
    assert keiko.page.text.count("<tr>") == 13
    assert len(many) == len(one) <= 5, many


def test_what_is_saved_and_what_was_mailed_is_not_asked_per_row(cast, browser, queries):
    keiko = browser(cast.keiko)
    paths = ("/mypage", "/mypage/drafts", "/mypage/mails")
    sent(cast.dogs, cast.keiko)
    write(cast.dogs, cast.keiko)
    few = [len(_asked(keiko, path, queries)) for path in paths]
    for _ in range(11):
        sent(cast.dogs, cast.keiko)
        write(cast.dogs, cast.keiko)
    assert [len(_asked(keiko, path, queries)) for path in paths] == few


def test_the_inbox_does_not_ask_per_row(cast, browser, queries):
    clerk = browser(cast.clerk)
    sent(cast.dogs, cast.keiko)
    one = _asked(clerk, "/staff/", queries)
    for _ in range(11):
        sent(cast.dogs, cast.ken)
    many = _asked(clerk, "/staff/", queries)
    assert clerk.page.text.count("/staff/applications/") == 12
    assert len(many) == len(one) <= 17, many


def test_an_input_page(cast, browser, queries):
    keiko = browser(cast.keiko)
    keiko.visit(f"/procedures/{cast.dogs.id}")
    keiko.press("start")
    # One of them is of the account: whether the procedure is still for its owner; one of the page: whether there are
    # postal codes to look its address up by.
    assert len(_asked(keiko, keiko.page.request.path, queries)) <= 11


def test_the_list_of_the_editor_does_not_ask_per_row(cast, browser, queries):
    chief = browser(cast.administrator)
    few = _asked(chief, "/staff/procedures", queries)
    _load_all(cast)
    many = _asked(chief, "/staff/procedures", queries)
    assert chief.page.text.count('href="/staff/procedures/') > 30
    assert len(many) == len(few) <= 13, many
    assert len(_asked(chief, f"/staff/procedures/{cast.dogs.id}", queries)) <= 13


def _cancelled(cast, wanted, counter) -> None:
    row = booked(cast.keiko, wanted, counter, key(NEXT))
    by_resident.cancel(person(cast.keiko), row.id, row.revision)


def test_bookings_are_not_asked_per_row(cast, browser, queries):
    keiko, counter = browser(cast.keiko), make_counter(cast.town, seats=20)
    wanted = visiting(cast.town)
    booked(cast.keiko, wanted, counter)
    paths = ("/mypage", "/mypage/reservations")
    _cancelled(cast, wanted, counter)  # for which a time is to be chosen anew
    few = [len(_asked(keiko, path, queries)) for path in paths]
    for _ in range(3):
        _cancelled(cast, wanted, counter)
    others = [make_counter(cast.town, f"窓口{number}", seats=20) for number in range(2)]
    for number in range(11):
        booked(cast.keiko, wanted, [counter, *others][number % 3])
    assert [len(_asked(keiko, path, queries)) for path in paths] == few
    assert keiko.page.text.count('class="row"') == 12 + 4 + 4  # to come, to be chosen, over
