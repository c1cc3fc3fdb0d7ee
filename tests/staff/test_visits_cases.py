"""申請の処理と来庁: every act on an application says beforehand what becomes of its visit, and then does just that."""

from __future__ import annotations

import pytest
from cast_acts import as_staff
from cast_acts import sent as send_in
from counter_acts import at, entered, fresh, mails, make_counter, with_application
from staff_acts import path, press, put_into, token
from visit_acts import visiting

import clock
from models import Application, Counter, Status
from rules.counters import by_town, case_words


@pytest.fixture
def counter(cast) -> Counter:
    return make_counter(cast)


@pytest.fixture
def clerk(browser, cast):
    return browser(cast.clerk)


def test_what_becomes_of_a_visit_to_come(clerk, cast, counter):
    """R-5.2: 承認する and 完了にする leave it, 却下する and 取り下げる free it; 別の部課へ移す leaves it as it is."""
    row = with_application(cast, counter, at("09:00"))
    for name, state, words in (
        ("withdraw", Status.SUBMITTED, "も、取り消されます。取消しは、メールで知らせます"),
        ("approve", Status.IN_REVIEW, "は、そのまま残ります。来る必要がなくなったときは、承認したあとで"),
        ("reject", Status.IN_REVIEW, "も、取り消されます。取消しは、メールで知らせます"),
        ("transfer", Status.IN_REVIEW, "は、窓口も日時も変わりません"),
    ):
        put_into(row.application, state)
        clerk.visit(path(row.application, name))
        assert clerk.shows("令和8年11月25日（水） 9:00〜9:30　住民窓口（本庁舎1階）の来庁の予約" + words), name
        assert clerk.shows(f'href="/staff/reservations/{row.id}"'), name
    clerk.visit(path(row.application, "return"))
    assert not clerk.shows("の来庁の予約")
    press(clerk, row.application, "却下する", reason="書類が足りないため")
    assert fresh(row).state == "CANCELLED" and len(mails("visit_cancelled_by_town")) == 1


def test_what_becomes_of_it_on_the_day_and_afterwards(cast, counter):
    """R-5.2: on the day itself the seat stays; once the time is over there is nothing to say."""
    row = with_application(cast, counter, at("09:00"))
    sent = Application.get_by_id(row.application_id)
    with clock.at("2026-11-25T08:00:00"):
        for verb in ("reject", "withdraw"):
            words = case_words.becomes(sent, verb).words
            assert words.startswith("きょう、") and "取り消されずに残ります" in words
        assert "完了にしたあとで、予約を取り消してください" in case_words.becomes(sent, "complete").words
        # What is collected is still waited for once it is granted.
        fetched = send_in(visiting(cast.town, "collect", decision=True), cast.ken)
        put_into(fetched, Status.IN_REVIEW)
        entered(cast, counter, at("10:00"), "", telephone="", number=fetched.number)
        assert case_words.becomes(Application.get_by_id(fetched.id), "approve").words.endswith("そのまま残ります。")
    with clock.at("2026-11-25T09:31:00"):
        assert case_words.becomes(sent, "reject") is None
    by_town.cancel(as_staff(cast.clerk), row.id, row.revision, "来られないため")
    assert case_words.becomes(sent, "reject") is None


def test_what_was_typed_can_be_read_where_the_right_is_gone(browser, cast, counter):
    """R-3.6: a date is shown as a date, and no word of ours stands between what was typed."""
    other = browser(cast.other_clerk)
    typed = {
        "csrf": token(other), "day.era": "R", "day.year": "8", "day.month": "11", "day.day": "25", "time": "10:00",
        "name": "権 利", "channel": "TELEPHONE", "act_enter": "予約を入れる",
    }  # fmt: skip
    answer = other.post(f"/staff/reservations/counters/{counter.id}/new", typed, expect_errors=True)
    assert answer.status_int == 404
    for words in ("権 利", "令和8年11月25日", "10:00"):
        assert f">{words}</p>" in answer.text, words
    assert "TELEPHONE" not in answer.text
    assert entered(cast, counter, at("10:00")).state == "BOOKED"
