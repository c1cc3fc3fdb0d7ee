"""A procedure file in which something has a wrong type gets sentences, never an error."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from asking_form import FORM, document, question
from hypothesis import given, settings
from hypothesis import strategies as st

import demo
from rules.forms import form
from rules.procedures import procedure_file

Place = tuple[str | int, ...]

FILES = ("dog-registration", "child-medical-registration", "bulky-waste", "group-health-check")
SOUND = [
    json.loads((demo.STARTER / "procedures" / f"{name}.json").read_text(encoding="utf-8")) for name in FILES
]  # fmt: skip
SOUND.append(document(FORM))
WRONG = st.sampled_from(
    [5, -1, 1.5, True, None, "x", "", [], {}, [1], [None], [[1]], ["a.b"], {"a": 1}, {"max": "5", "min": [1]},
     [{"value": [1]}], {"question": "lives", "is": [1]}, {"question": ["x"], "at_least": {}}]
)  # fmt: skip


def places(found: Any, at: Place = ()) -> Iterator[Place]:
    """The way to everything a document holds."""
    if at:
        yield at
    items = found.items() if isinstance(found, dict) else enumerate(found) if isinstance(found, list) else ()
    for key, value in items:
        yield from places(value, (*at, key))


def by_name(found: Any) -> dict[str, list[Place]]:
    """The places by the key they stand under, so that each kind of thing goes wrong as often as another."""
    named: dict[str, list[Place]] = {}
    for place in places(found):
        named.setdefault(place[-1] if isinstance(place[-1], str) else "an element", []).append(place)
    return named


# What conditions, sums and other questions look at goes wrong most often.
LOOKED_AT = ("choices", "limits", "columns", "of", "show_if", "type", "key")
PLACES = [by_name(one) for one in SOUND]


def put(changed: Any, place: Place, wrong: Any) -> None:
    """Put it there, if the place is still there."""
    for key in place[:-1]:
        try:
            changed = changed[key]
        except (KeyError, IndexError, TypeError):
            return
    if isinstance(changed, dict) or (isinstance(changed, list) and place[-1] in range(len(changed))):
        changed[place[-1]] = copy.deepcopy(wrong)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_wrong_type_is_told_and_breaks_nothing(data: st.DataObject) -> None:
    """Issue 4.5: whatever stands in a file that is loaded."""
    number = data.draw(st.integers(0, len(SOUND) - 1))
    changed = copy.deepcopy(SOUND[number])
    names = st.sampled_from(LOOKED_AT) | st.sampled_from(sorted(PLACES[number]))
    for name in data.draw(st.lists(names.filter(PLACES[number].__contains__), min_size=1, max_size=4)):
        put(changed, data.draw(st.sampled_from(PLACES[number][name])), data.draw(WRONG))
    assert all(isinstance(sentence, str) and sentence for sentence in procedure_file.faults(changed))


CONDITIONS = [{"is": "a"}, {"at_least": 1}, {"includes": "a"}, {"answered": False}, {"one_of": 5}, {"age_below": [1]}]


@pytest.mark.parametrize("kind", ["choice", "choices", "number", "money", "date", "table", "sum", "consent", "text"])
@pytest.mark.parametrize("name", ["choices", "limits", "columns", "of", "required", "label", "profile"])
def test_what_looks_at_a_question_of_a_wrong_shape(kind: str, name: str) -> None:
    """Conditions and sums look at questions before them, whatever those hold."""
    for wrong in (5, [1], "x", {"a": 1}, {"max": [1]}, True, None, [{"value": 5}]):
        one = question("one", kind, "一", choices=[{"value": "a", "label": "A"}], columns=[], of=[]) | {name: wrong}
        others = [
            question(f"q{n}", "text", "次", show_if={"question": "one", **condition})
            for n, condition in enumerate(CONDITIONS)
        ]
        added = {"key": "added", "type": "sum", "label": "計", "hint": "", "of": ["one", "one.c"]}
        assert form.lint({"pages": [{"key": "p", "title": "一", "intro": "", "questions": [one, *others, added]}]})
