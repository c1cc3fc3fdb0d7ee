"""A correction: what was sent before is judged by the day it was first sent (docs/decisions/0021)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from asking_form import offered, question
from cast_acts import person, send
from visitor_acts import give_back

import clock
from models import Application, Status
from rules.applications import draft, inquiry, submission
from rules.forms.days import Days

SENT, LATER = "2026-11-24T10:00:00", "2026-12-20T10:00:00"
TURNS_18 = {"era": "", "year": "2008", "month": "12", "day": "1"}


def page(*questions: dict[str, Any]) -> dict[str, Any]:
    return {"pages": [{"key": "one", "title": "一", "intro": "", "questions": list(questions)}]}


BORN = question("born", "date", "生年月日", limits={"past": True})
GUARDIAN = question("guardian", "text", "保護者の氏名", show_if={"question": "born", "age_below": 18})
GROWN_UP = question("work", "text", "勤め先", show_if={"question": "born", "age_at_least": 18})
TELEPHONE = question("telephone", "telephone", "電話番号")
ANSWERS = {"born": TURNS_18, "guardian": "浜口 恵子", "telephone": "0999-00-1322"}


def returned(cast: Any, document: dict[str, Any], answers: dict[str, Any]) -> Application:
    with clock.at(SENT):
        written = draft.start(offered(cast.town, document), person(cast.keiko))
        draft.save_page(written, document["pages"][0], answers)
        return give_back(send(written, cast.keiko), cast)


def again(row: Application, cast: Any, **changes: Any) -> Application:
    draft.save_page(row, draft.document(row)["form"]["pages"][0], changes)
    return send(row, cast.keiko)


def lines(record, earlier=None) -> dict[str, tuple[list[str], bool]]:
    return {one.key: (one.lines, one.changed) for _, _, rows in inquiry.answers(record, earlier) for one in rows}


def test_a_birthday_in_between_blocks_no_correction(cast) -> None:
    """R-6.2: the question asked of a minor stays asked, and is shown, whenever it is looked at."""
    row = returned(cast, page(BORN, GUARDIAN, GROWN_UP, TELEPHONE), ANSWERS)
    with clock.at(LATER):
        assert submission.sheet(row).errors == {}
        assert not submission.unsent_changes(row)
        done = again(row, cast, telephone="0999-00-1323")
        first, last = submission.turns(done)
        assert submission.values_of(last)["guardian"] == "浜口 恵子"
        shown = lines(last, first)
        assert shown["guardian"] == (["浜口 恵子"], False)
        assert "work" not in shown
        assert shown["telephone"][1]
        assert not shown["born"][1]


def test_a_birth_date_that_is_changed_is_judged_today(cast) -> None:
    """R-6.2: what the new answer hides is shown as no longer asked, with what was answered then."""
    row = returned(cast, page(BORN, GUARDIAN, TELEPHONE), ANSWERS)
    with clock.at(LATER):
        done = again(row, cast, born={**TURNS_18, "day": "2"})
        first, last = submission.turns(done)
        assert "guardian" not in submission.values_of(last)
        found = {one.key: one for _, _, rows in inquiry.answers(last, first) for one in rows}
        assert found["guardian"].lines == [inquiry.NOT_ASKED]
        assert found["guardian"].before == ["浜口 恵子"]


def test_the_confirm_page_of_a_correction_after_the_birthday(browser, cast) -> None:
    row = returned(cast, page(BORN, GUARDIAN, TELEPHONE), ANSWERS)
    with clock.at(LATER):
        opened = browser(cast.keiko)
        opened.visit(f"/applications/{row.id}/confirm")
        assert opened.shows("保護者の氏名", "この内容で申請する")
        draft.save_page(row, draft.document(row)["form"]["pages"][0], {"born": {**TURNS_18, "day": "2"}})
        opened.visit(f"/applications/{row.id}/confirm")
        assert opened.shows(inquiry.NOT_ASKED, "浜口 恵子")


@pytest.mark.parametrize(
    ("limits", "day", "other"),
    [({"future": True}, (2026, 11, 30), (2026, 12, 1)),
     ({"days_ahead": [3, 20]}, (2026, 11, 30), (2026, 12, 1)),
     ({"age_to": 17}, (2008, 12, 1), (2008, 12, 2))],
)  # fmt: skip
def test_a_day_that_passed_stands_and_another_does_not(cast, limits, day, other) -> None:
    """R-6.2: only what is typed anew is judged by today."""

    def typed(of: tuple[int, int, int]) -> dict[str, str]:
        return {"era": "", **dict(zip(("year", "month", "day"), map(str, of), strict=True))}

    row = returned(cast, page(question("on", "date", "日", limits=limits)), {"on": typed(day)})
    with clock.at(LATER):
        assert submission.sheet(row).errors == {}
        draft.save_page(row, draft.document(row)["form"]["pages"][0], {"on": typed(other)})
        assert submission.sheet(row).errors


def test_a_row_of_a_table_that_was_sent_stands_too(cast) -> None:
    """R-6.2: a row is added to those sent before; the old ones are not judged anew, the new one is."""
    born = question("born", "date", "生年月日", limits={"age_to": 17})
    table = question("children", "table", "お子さん", columns=[born, question("name", "text", "名")])
    old, grown = {"born": TURNS_18, "name": "空"}, {"born": {**TURNS_18, "day": "2"}, "name": "海"}
    young = {"born": {**TURNS_18, "year": "2020"}, "name": "海"}
    row = returned(cast, page(table), {"children": [old]})
    with clock.at(LATER):
        asked = draft.document(row)["form"]["pages"][0]
        draft.save_page(row, asked, {"children": [old, grown]})
        assert list(submission.sheet(row).errors["one"]) == ["q-children-1-born-year"]
        done = again(row, cast, children=[young, old])
        assert len(submission.values_of(submission.latest(done))["children"]) == 2
    assert done.status != Status.RETURNED


def test_the_day_is_that_of_the_first_sending_with_this_answer() -> None:
    sent = ((date(2026, 11, 1), {"a": "x"}), (date(2026, 11, 9), {"a": "x", "b": 1}))
    days = Days(date(2026, 12, 1), sent)
    assert days.of("a", "x") == date(2026, 11, 1)
    assert days.of("b", 1) == date(2026, 11, 9)
    assert days.of("a", "y") == days.of("c", None) == date(2026, 12, 1)


def test_staff_see_the_earlier_sending_as_it_was(browser, cast) -> None:
    """R-6.2: no page fails on a question that only the earlier sending was asked."""
    row = returned(cast, page(BORN, GUARDIAN, TELEPHONE), ANSWERS)
    with clock.at(LATER):
        done = again(row, cast, born={**TURNS_18, "day": "2"})
        opened = browser(cast.clerk)
        for rest in ("", "/compare", "/print"):
            assert opened.visit(f"/staff/applications/{done.id}{rest}").status_int == 200, rest
