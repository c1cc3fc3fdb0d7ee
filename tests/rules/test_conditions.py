"""Conditions: when a page or question is asked, and what of a form is seen by those who read it."""

from __future__ import annotations

import copy
import re
from datetime import date
from typing import Any

import pytest
from asking_form import FORM, JUST_LIVES, choices, question
from bottle import MultiDict

import config
from rules.forms import columns, conditions, fields, form
from rules.forms.field_types.table import COLUMN_TYPES
from rules.procedures import guidance

TODAY = date(2026, 11, 24)
DAY = {"era": "", "year": "2020", "month": "1", "day": "2"}
ROW = {
    "name": {"family": "浜口", "given": "健", "family_kana": "ハマグチ", "given_kana": "ケン"},
    "born": DAY,
    "relation": "child",
    "income": "",
    "student": "",
}
CONTRACT = {"contract": [{"id": 1, "name": "契約書.pdf", "size": 10, "sha256": "0" * 64}]}


@pytest.mark.parametrize(
    ("value", "condition", "met"),
    [
        ("a", {"is": "a"}, True),
        ("b", {"is": "a"}, False),
        (None, {"is": "a"}, False),
        ("b", {"is_not": "a"}, True),
        ("a", {"is_not": "a"}, False),
        (None, {"is_not": "a"}, False),
        ("b", {"one_of": ["a", "b"]}, True),
        ("c", {"one_of": ["a", "b"]}, False),
        (["a", "c"], {"includes": "c"}, True),
        (["a"], {"includes": "c"}, False),
        (True, {"is": True}, True),
        (None, {"is": True}, False),
        (3, {"is": 3}, True),
        ("1.50", {"is": 1.5}, True),
        ("01", {"is": "1"}, False),
        (10, {"at_least": 10}, True),
        ("9.5", {"at_least": 10}, False),
        (9, {"at_most": 9}, True),
        (10, {"at_most": 9}, False),
        ("2026-04-01", {"at_least": "2026-04-01"}, True),
        ("2026-03-31", {"at_least": "2026-04-01"}, False),
        ("2026-03-31", {"at_most": "2026-03-31"}, True),
        ("2008-11-24", {"age_at_least": 18}, True),
        ("2008-11-25", {"age_at_least": 18}, False),
        ("2008-11-25", {"age_below": 18}, True),
        ("2008-11-24", {"age_below": 18}, False),
        ("x", {"answered": True}, True),
        (None, {"answered": True}, False),
        ("x", {"answered": False}, False),
        (None, {"answered": False}, True),
    ],
)
def test_what_meets_a_condition(value: Any, condition: dict[str, Any], met: bool) -> None:
    """Issue 4.2: an earlier answer compares; without an answer only "not answered" is met."""
    assert conditions.holds({"question": "q", **condition}, {"q": value}, TODAY) is met


def test_a_condition_that_makes_no_sense_never_fails() -> None:
    """A draft of a form may hold anything while it is made."""
    for wanted in (None, [], {}, "x", 1, True, "2026-99-99"):
        for operator in (*conditions.ALL, "unknown"):
            for value in ("x", 1, True, ["x"], [{"a": 1}], {"a": 1}, "2026-01-01"):
                assert conditions.holds({"question": "q", operator: wanted}, {"q": value}, TODAY) in (True, False)
    assert conditions.holds({}, {}, TODAY) is False


def keys(found: form.Form) -> dict[str, list[str]]:
    return {p["key"]: [q["key"] for q in p["questions"]] for p in found["pages"]}


def test_only_what_is_asked_is_visible() -> None:
    """Issue 4.2: pages and questions appear with the answers before them."""
    assert keys(form.visible(FORM, {}, {}, TODAY)) == {
        "home": ["lives"],
        "people": ["alone", "rent", "fee", "housing"],
        "last": ["telephone"],
    }
    everything = {"lives": "yes", "way": "mail", "alone": "no", "rent": "40000", "fee": "10,000円"}
    assert keys(form.visible(FORM, everything, {}, TODAY)) == {
        "home": ["lives", "way", "send_to", "wants"],
        "people": ["alone", "family", "rent", "fee", "housing", "incomes"],
        "help": ["contract", "since"],
        "last": ["telephone"],
    }
    assert form.visible(FORM, everything, {}, TODAY)["pages"][-1] == FORM["pages"][-1]


def test_a_hidden_answer_counts_as_none() -> None:
    """Whoever depends on a question that is hidden is hidden too, whatever stands in the draft."""
    raw = {"lives": "no", "way": "mail", "send_to": "浜手1番"}
    assert keys(form.visible(FORM, raw, {}, TODAY))["home"] == ["lives"]
    raw["lives"] = "yes"
    assert keys(form.visible(FORM, raw, {}, TODAY))["home"] == ["lives", "way", "send_to", "wants"]


def test_a_hidden_answer_is_neither_checked_nor_kept() -> None:
    """Issue 4.2: hidden answers are neither required nor kept when sent."""
    raw = {**JUST_LIVES, "send_to": "浜手1番", "family": [ROW], "rent": "1000", "since": {"year": "x"}}
    values, errors = form.check_form(FORM, raw, CONTRACT, TODAY)
    assert errors == {}
    assert sorted(values) == ["alone", "fee", "housing", "lives", "rent", "telephone", "wants", "way"]
    assert raw["send_to"] == "浜手1番"


def test_an_exit_page_ends_the_form() -> None:
    """Issue 4.2: "this procedure is not for you": nothing behind it is asked, and nothing can be sent."""
    raw = {**JUST_LIVES, "lives": "no"}
    found = form.reading(FORM, raw, {}, TODAY)
    assert list(keys(found.form)) == ["home", "outside"]
    assert form.exit_page(found.form) is not None
    assert list(found.errors) == ["outside"]
    assert "対象になりません" in found.errors["outside"][""]
    assert form.next_page(found.form, "outside") is None
    past = form.reading(FORM, raw, {}, TODAY, past_exit=True)
    assert list(keys(past.form)) == ["home", "outside", "people", "last"]
    assert form.exit_page(form.visible(FORM, JUST_LIVES, {}, TODAY)) is None


def test_the_pages_around_one_that_is_hidden() -> None:
    """A page that an answer in another window has hidden still knows its neighbours."""
    shown = form.visible(FORM, JUST_LIVES, {}, TODAY)
    assert form.next_page(shown, "people")["key"] == "last"  # type: ignore[index]
    assert form.next_page(shown, "help", FORM)["key"] == "last"  # type: ignore[index]
    assert form.previous_page(shown, "help", FORM)["key"] == "people"  # type: ignore[index]
    assert form.previous_page(shown, "people")["key"] == "home"  # type: ignore[index]


def test_a_page_of_which_all_is_hidden_is_none() -> None:
    """A heading alone makes no page."""
    hidden = [
        {"key": "head", "type": "heading", "label": "くわしく", "hint": ""},
        question("more", "text", "くわしく", show_if={"question": "first", "is": "yes"}),
    ]
    made = {
        "pages": [
            {
                "key": "a",
                "title": "一",
                "intro": "",
                "questions": [question("first", "choice", "はじめ", required=False, choices=choices(yes="はい"))],
            },
            {"key": "b", "title": "二", "intro": "", "questions": hidden},
        ]
    }
    assert form.lint(made) == []
    assert list(keys(form.visible(made, {}, {}, TODAY))) == ["a"]
    assert list(keys(form.visible(made, {"first": "yes"}, {}, TODAY))) == ["a", "b"]


def test_what_is_read_back_is_what_was_asked() -> None:
    """Confirm page, 受付票, print and staff page go through display; CSV has "" for what was hidden."""
    values, _ = form.check_form(FORM, JUST_LIVES, {}, TODAY)
    shown = form.display(FORM, values, {}, TODAY)
    assert {p["key"]: [q["key"] for q, _ in rows] for p, rows in shown} == {
        "home": ["lives", "way", "wants"],
        "people": ["alone", "rent", "fee", "housing"],
        "last": ["telephone"],
    }
    row = columns.by_column(FORM, values, {})
    assert (row["way"], row["send_to"], row["family.name.family"]) == ("窓口", "", "")
    outside, _ = form.check_form(FORM, {"lives": "no"}, {}, TODAY)
    assert [p["key"] for p, _ in form.display(FORM, outside, {}, TODAY)] == ["home"]


def test_read_shown() -> None:
    """Issue 4.2: a post from a page where a question was hidden must not blank it."""
    home = FORM["pages"][0]
    assert form.read_shown(home, MultiDict(lives="yes", shown="lives")) == {"lives": "yes"}
    posted = MultiDict(lives="yes", way="mail", shown="lives way wants")
    assert form.read_shown(home, posted) == {"lives": "yes", "way": "mail", "wants": []}
    assert form.read_shown(home, MultiDict(lives="yes"), {"lives"}) == {"lives": "yes"}
    assert set(form.read_shown(home, MultiDict(lives="yes"))) == {"lives", "way", "send_to", "why", "wants"}
    assert form.read_shown(home, MultiDict(lives="x", shown="gone <b> q.1")) == {}


def test_values_of_a_sending_are_stable() -> None:
    """The same answers make the same bytes, whatever the hidden questions hold."""
    values, _ = form.check_form(FORM, JUST_LIVES, {}, TODAY)
    other, _ = form.check_form(FORM, {**JUST_LIVES, "send_to": "x", "family": [ROW]}, CONTRACT, TODAY)
    assert form.canonical(values) == form.canonical(other)


def test_a_form_without_conditions_is_as_it_was() -> None:
    """Versions of 0.2.0 know none of this."""
    plain = copy.deepcopy(FORM)
    plain["pages"] = [{**p, "questions": [q for q in p["questions"] if "show_if" not in q]} for p in plain["pages"]
                      if "show_if" not in p]  # fmt: skip
    assert form.visible(plain, {}, {}, TODAY) == plain


def test_unconditional() -> None:
    """What was typed on a page that is lost is told whole."""
    page = form.unconditional(FORM["pages"][3])
    assert "show_if" not in page
    assert not any("show_if" in q for q in form.unconditional(FORM["pages"][0])["questions"])
    assert "show_if" in FORM["pages"][3]


def test_the_document_tells_every_comparison() -> None:
    """docs/procedure-format.md: each operator with the types it fits."""
    text = (config.PROGRAM / "docs" / "procedure-format.md").read_text(encoding="utf-8")
    told = text.partition("### 条件")[2]
    rows = dict(re.findall(r"^\| `(\w+)` \|.*\|.*\| (.*) \|$", told, re.MULTILINE))
    for operator in conditions.ALL:
        if operator == "answered":
            continue
        fitting = {kind for kind in fields.TYPES if operator in conditions.operators(kind)}
        assert set(re.findall(r"`([a-z_]+)`", rows[operator])) - {"true"} == fitting, operator
    assert f"{', '.join(COLUMN_TYPES)}" in text.replace("`、`", ", ")


def test_the_guidance_does_not_ask_everybody_for_a_file_of_some():
    """R-4.1: said before anybody begins, and true for who reads it."""
    file = {"key": "a", "type": "file", "label": "写し", "hint": "", "required": True}
    hidden = {**file, "key": "b", "show_if": {"question": "x", "is": "1"}}
    page = {"key": "p", "title": "書類", "intro": "", "questions": [file, hidden]}
    later = {**page, "key": "q", "questions": [{**file, "key": "c"}], "show_if": {"question": "x", "is": "1"}}
    said = [words.rpartition("（")[2] for _, words in guidance.files({"form": {"pages": [page, later]}})]
    assert said == ["必要です）", "当てはまる方だけ必要です）", "当てはまる方だけ必要です）"]
