"""What holds for every type of question there is, whichever family it belongs to."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from bottle import MultiDict
from browser_stand_in import faults_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from webtest.response import TestResponse

from rules.forms import columns, fields, form
from rules.forms.fields import TYPES, Question, Wrong
from web.page import Page

ROOT = Path(__file__).resolve().parents[2]
TODAY = date(2026, 11, 21)
CHOICES = [{"value": value, "label": f"選択 {value}"} for value in ("a", "b", "c")]
AMOUNT = {"key": "amount", "type": "money", "label": "金額", "hint": "", "required": True}
FILE = {"name": "写し.pdf", "size": 2_000_000, "sha256": "0" * 64, "id": 1}
BANK = {"kind": "bank", "bank": "なぎさ銀行", "branch": "浜手支店", "account_kind": "ordinary", "number": "12345",
        "yucho_symbol": "", "yucho_number": "", "holder": "はまぐち　けいこ"}  # fmt: skip

# Type -> (what its question has beside the common keys, a raw answer that will do); the password is no town's to ask.
SAMPLES: dict[str, tuple[dict[str, Any], Any]] = {
    "heading": ({}, ""),
    "text": ({"limits": {"max_length": 20}}, "ポチ"),
    "long_text": ({}, "一行目\n二行目"),
    "number": ({"limits": {"min": 1, "max": 9, "unit": "人"}}, "３"),
    "date": ({"limits": {"future": True, "weekdays": [2]}}, {"era": "R", "year": "8", "month": "12", "day": "1"}),
    "choice": ({"choices": CHOICES}, "b"),
    "choices": ({"choices": CHOICES}, ["c", "a"]),
    "consent": ({}, "yes"),
    "name": ({}, {"family": "𠮷田", "given": "花子", "family_kana": "よしだ", "given_kana": "ﾊﾅｺ"}),
    "address": ({}, {"postal_code": "９９９８１０１", "prefecture": "山形県", "address": "朝凪町浜手1"}),
    "telephone": ({}, "０９９９−００−１２３４"),
    "email": ({}, " hanako@example.jp "),
    "file": ({"limits": {"count": 2}}, [FILE]),
    "corporate_number": ({}, "7000-0120-50002"),
    "money": ({"limits": {"min": 1, "max": 200_000}}, "１２，０００円"),
    "time": ({"limits": {"from": "09:00", "until": "16:30", "step": 30}}, {"hour": "13", "minute": "30"}),
    "bank_account": ({}, BANK),
    "agreement": ({"text": "町が納税の状況を確かめます。\n\n・確かめるのは、1回だけです。"}, "yes"),
    "paper_form": ({"file": "sample.pdf"}, ""),
    "table": ({"columns": [{**AMOUNT, "key": "cost"}], "row_name": "領収書"}, [{"cost": "1,200"}, {"cost": "300"}]),
    "sum": ({"of": ["amount"]}, ""),
}
UNASKED = ("heading", "paper_form")
TYPED = [kind for kind in SAMPLES if kind not in (*UNASKED, "sum")]


def question(kind: str) -> Question:
    made = {"key": "it", "type": kind, "label": "項目", "hint": "説明です。", "required": True, **SAMPLES[kind][0]}
    if kind in (*UNASKED, "sum"):
        del made["required"]
    return made


def document(*kinds: str) -> dict[str, Any]:
    """A form of one page with these types, each with a key of its own."""
    asked = [{**question(kind), "key": f"it_{kind}"} for kind in kinds]
    return {"pages": [{"key": "one", "title": "見本", "intro": "", "questions": [AMOUNT, *asked]}]}


def page_of(q: Question, raw: Any, errors: dict[str, str]) -> str:
    """The question as the page shows it, inside a form."""
    shown = Page.named("parts/question.html").render({"q": q, "raw": raw, "errors": errors})
    fields_of_form = f"<input type='hidden' name='csrf' value='x'>{shown}"
    body = f"<h1>見本</h1><form method='post' enctype='multipart/form-data' action='/'>{fields_of_form}</form>"
    return f"<!DOCTYPE html>\n<html lang='ja'><head><title>見本</title></head><body>{body}</body></html>"


def faults(page: str) -> list[str]:
    return faults_of(TestResponse(page, content_type="text/html", charset="utf-8"))


def test_every_type_has_its_sample_its_page_and_its_row_in_the_docs() -> None:
    """R-3.8: a type that is added is shown, documented and tested as all others."""
    assert set(SAMPLES) == set(TYPES) - {"password"}
    text = (ROOT / "docs" / "procedure-format.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `([a-z_]+)` \|", text.partition("### 種類")[2], re.MULTILINE))
    assert [kind for kind in SAMPLES if kind not in documented] == []
    for kind in TYPES:
        assert (ROOT / "views" / "parts" / "question" / f"{kind}.html").is_file(), kind


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_sound_question_has_no_faults(kind: str) -> None:
    """R-7.4: the lint knows what is sound."""
    assert form.lint(document(kind)) == []


@pytest.mark.parametrize("kind", SAMPLES)
@pytest.mark.parametrize("filled", [False, True])
def test_every_type_is_shown_by_the_rules_for_pages(kind: str, filled: bool) -> None:
    """Issue 4.1: HTML 4 with a label for every field, empty, filled in, and with its errors."""
    q = question(kind)
    raw = SAMPLES[kind][1] if filled else fields.blank(q)
    if kind == "file":
        raw = [{**file, "size_label": "1.9MB", "checked_label": "－"} for file in raw]
    assert faults(page_of(q, raw, {})) == []
    try:
        fields.check(q, fields.blank(q), TODAY)
    except Wrong as wrong:
        page = page_of(q, raw, wrong.errors)
        assert faults(page) == []
        for place, sentence in wrong.errors.items():
            assert f'id="{place}"' in page, place
            assert sentence in page


@pytest.mark.parametrize("kind", SAMPLES)
def test_labels_and_hints_are_text(kind: str) -> None:
    """Issue 4, bad input: HTML in a label is shown as it was written."""
    page = page_of(question(kind) | {"label": "<b>太字</b>", "hint": "<i>&"}, fields.blank(question(kind)), {})
    assert "<b>" not in page and "<i>" not in page
    assert "&lt;i&gt;&amp;" in page
    # An address is called 郵便番号, 都道府県 and 住所 on its page; its label stands where answers are read.
    assert "&lt;b&gt;太字" in page or kind == "address"


@pytest.mark.parametrize("kind", TYPED)
def test_value_goes_to_raw_and_back(kind: str) -> None:
    """R-3.6: what was meant is JSON, can be shown in the form again, and means the same there."""
    q, raw = question(kind), SAMPLES[kind][1]
    meant = fields.check(q, raw, TODAY)
    again = fields.raw_of(q, meant)
    assert meant is not None and fields.fit(q, again) == again
    assert fields.check(q, again, TODAY) == meant
    assert json.loads(json.dumps(meant, ensure_ascii=False)) == meant
    assert fields.show(q, meant, TODAY) and all(line for line in fields.show(q, meant, TODAY))
    assert "".join(fields.as_typed(q, raw))


@pytest.mark.parametrize("kind", [kind for kind in TYPED if kind not in ("file", "table")])
def test_what_was_typed_is_read_from_the_names_of_its_inputs(kind: str) -> None:
    """R-3.2: every part of the raw answer has its input on the page."""
    q, raw = question(kind), SAMPLES[kind][1]
    posted = MultiDict()
    for part in fields.parts(q):
        one = raw[part] if isinstance(raw, dict) else raw
        for value in one if isinstance(one, list) else [one]:
            posted.append(fields.input_name(q, part), value)
    assert fields.read(q, posted) == raw
    page = page_of(q, raw, {})
    assert all(f'name="{fields.input_name(q, part)}"' in page for part in fields.parts(q))


@pytest.mark.parametrize("kind", SAMPLES)
def test_as_many_cells_as_columns(kind: str) -> None:
    """R-7.6: answered, unanswered and hidden."""
    made = document(kind)
    values, errors = form.check_form(made, {"amount": "5", f"it_{kind}": SAMPLES[kind][1]}, _files(kind), TODAY)
    assert errors == {}
    headings = columns.headings(made)
    full, empty = columns.cells(made, values, _files(kind)), columns.cells(made, {}, {})
    assert len(full) == len(empty) == len(headings) == len({key for key, _ in headings})
    assert set(empty) == {""}
    assert all(isinstance(cell, str) for cell in full)
    assert kind in UNASKED or "".join(full[1:])


def _files(kind: str) -> dict[str, list[dict[str, Any]]]:
    return {"it_file": [FILE]} if kind == "file" else {}


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["kind", "hour", "minute", "family", "era", "year", "holder", "number", "cost", "x"]), inner
        )
    ),
    max_leaves=8,
)


@pytest.mark.parametrize("kind", [kind for kind in SAMPLES if kind != "sum"])
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(garbage=ANYTHING)
def test_a_draft_of_another_shape_does_no_harm(kind: str, garbage: Any) -> None:
    """R-3.2: an answer of another type's shape is fitted or refused, never an accident."""
    q = question(kind)
    fitted = fields.fit(q, garbage)
    assert fields.fit(q, fitted) == fitted
    fields.is_empty(q, fitted)
    if kind != "file":  # their list comes from the database, never from a browser
        fields.as_typed(q, fitted)
    try:
        value = fields.check(q, garbage, TODAY)
    except Wrong as wrong:
        assert wrong.errors
    else:
        json.dumps(value)


@pytest.mark.parametrize("kind", SAMPLES)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(bad=ANYTHING, name=st.sampled_from(["limits", "min", "max", "from", "step", "weekdays", "days_ahead", "age_to"]))
def test_odd_limits_are_linted_and_never_an_accident(kind: str, bad: Any, name: str) -> None:
    """R-7.4: a form in the making may hold anything; the lint says it in sentences."""
    made = document(kind)
    limits = made["pages"][0]["questions"][1].setdefault("limits", {})
    if name == "limits":
        made["pages"][0]["questions"][1]["limits"] = bad
    elif isinstance(limits, dict):
        made["pages"][0]["questions"][1]["limits"] = {**limits, name: bad}
    assert all(isinstance(sentence, str) and sentence for sentence in form.lint(made))
