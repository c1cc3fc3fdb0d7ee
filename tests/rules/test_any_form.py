"""Any form that lint lets through renders, takes its answers, shows them and writes them to a list (issue 4).

MADOGUCHI_TEST_FORMS sets how many are tried.
"""

from __future__ import annotations

import json
import os
from typing import Any

import html5lib
import pytest
from any_form import BUILDERS, TODAY, Filled, filled_forms
from bottle import MultiDict
from browser_stand_in import _elements, _labels
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from webtest.forms import Form as BrowserForm

from rules.forms import columns, conditions, fields, form
from web.page import Page

COUNT = int(os.environ.get("MADOGUCHI_TEST_FORMS", "30"))
# Without shrinking: a form this large shrinks for minutes, and the one that failed says enough.
some_forms = settings(
    max_examples=COUNT,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
GARBAGE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["year", "c0", "x"]), inner, max_size=3)
    ),
    max_leaves=5,
)


def rendered(page: dict[str, Any], raw: dict[str, Any], errors: dict[str, str]) -> str:
    """The questions of a page as the resident's browser gets them."""
    part = Page.named("parts/question.html")
    shown = [part.render(q=q, raw=raw.get(q["key"]), errors=errors) for q in page["questions"]]
    return "<form action='' method='post'>" + "".join(shown) + "</form>"


def check_html(html: str) -> None:
    tree = html5lib.parse(html, namespaceHTMLElements=False)
    assert _elements(tree, html) + _labels(tree) == []


def with_files(found: Filled, page: dict[str, Any]) -> dict[str, Any]:
    listed = {
        key: [{**file, "size_label": "1KB", "checked_label": ""} for file in files]
        for key, files in found.files.items()
    }
    return form.complete(page, found.raw, listed)


def posted(html: str) -> MultiDict:
    """What a browser sends of a page as it stands."""
    sent = MultiDict()
    for name, value in BrowserForm(None, html).submit_fields():
        if isinstance(value, str):
            sent.append(name, value)
    return sent


def test_every_type_is_tried() -> None:
    assert set(BUILDERS) == set(fields.TYPES) - {"password"}


@given(filled_forms())
@some_forms
def test_any_form_takes_its_answers(found: Filled) -> None:
    """Lint finds nothing; complete answers have no errors; what is hidden is nowhere; values mean the same again."""
    assert form.lint(found.form) == []
    reading = form.reading(found.form, found.raw, found.files, TODAY)
    stop = form.exit_page(reading.form)
    assert list(reading.errors) == ([stop["key"]] if stop else [])
    shown = [q for page in reading.form["pages"] for q in form.inputs(page)]
    assert list(reading.values) == [q["key"] for q in shown if q["type"] != "file"]
    again = {q["key"]: fields.raw_of(q, reading.values[q["key"]]) for q in shown if q["type"] not in ("file", "sum")}
    second = form.reading(found.form, again, found.files, TODAY)
    assert (second.values, second.form) == (reading.values, reading.form)
    assert form.canonical(second.values) == form.canonical(reading.values)
    assert json.loads(form.canonical(reading.values)) == reading.values


@given(filled_forms())
@some_forms
def test_any_form_is_read_back(found: Filled) -> None:
    """Confirm page, print, staff page and lists show what was asked, and only that."""
    reading = form.reading(found.form, found.raw, found.files, TODAY)
    asked = {q["key"] for page in reading.form["pages"] for q in form.inputs(page)}
    display = form.display(found.form, reading.values, found.files, TODAY)
    lines = {q["key"]: lines for _, rows in display for q, lines in rows}
    assert set(lines) == asked
    assert all(isinstance(line, str) and lines for of_question in lines.values() for line in of_question)
    assert form.shown_with(found.form, reading.values, TODAY) == reading.form
    headings = columns.headings(found.form)
    cells = columns.cells(found.form, reading.values, {key: of for key, of in found.files.items() if key in asked})
    assert len(cells) == len(headings) == len({key for key, _ in headings})
    for (key, _), cell in zip(headings, cells, strict=True):
        assert key.partition(".")[0] in asked or cell == ""


@given(filled_forms())
@some_forms
def test_any_form_renders(found: Filled) -> None:
    """Blank, filled in and with errors: HTML 4, labels, no id twice; what a browser sends back means the same."""
    reading = form.reading(found.form, found.raw, found.files, TODAY)
    for page in reading.form["pages"]:
        check_html(rendered(page, form.complete(page, {}), {}))
        _, errors = form.check_page(page, {}, {}, TODAY)
        check_html(rendered(page, form.complete(page, {}), errors))
        filled = rendered(page, with_files(found, page), {})
        check_html(filled)
        typed = form.read_page(page, posted(filled))
        for q in page["questions"]:
            if q["key"] in typed:
                assert fields.check(q, typed[q["key"]], TODAY) == reading.values[q["key"]]


@given(filled_forms(), st.data())
@some_forms
def test_no_answer_makes_a_form_fail(found: Filled, data: st.DataObject) -> None:
    """Random raw answers are errors at most, and are shown again as far as they have a shape."""
    raw = {q["key"]: data.draw(GARBAGE) for q in form.questions(found.form)}
    reading = form.reading(found.form, raw, {}, TODAY)
    assert {key for of_page in reading.errors.values() for key in of_page if key and not key.startswith("q-")} == set()
    for page in found.form["pages"]:
        typed = form.complete(page, raw)
        rendered(page, typed, reading.errors.get(page["key"], {}))
        for q in form.inputs(page):
            fields.is_empty(q, typed[q["key"]]) or fields.as_typed(q, typed[q["key"]])
    form.display(found.form, reading.values, {}, TODAY)
    columns.cells(found.form, reading.values, {})


@pytest.mark.parametrize("kind", sorted(fields.TYPES))
def test_conditions_know_every_type(kind: str) -> None:
    """A type that is new must say whether conditions may look at it."""
    assert set(conditions.operators(kind)) <= set(conditions.ALL)
