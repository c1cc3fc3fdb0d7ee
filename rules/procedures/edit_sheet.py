"""A screen of the editor as data: what it asks, what is kept now, and what was typed instead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import clock
from rules import Refusal
from rules.forms import fields, form
from rules.forms.fields import FormData, Question, Raw, Value, Wrong

Choices = list[tuple[str, str]]


class Difference(NamedTuple):
    """A field in which what was typed is not what another one has saved meanwhile."""

    label: str
    theirs: list[str]
    mine: list[str]


@dataclass(frozen=True)
class Sheet:
    """Questions as any other form has them, and the value that each has now."""

    questions: list[Question]
    values: Mapping[str, Value]

    @property
    def _page(self) -> dict[str, Any]:
        return {"key": "sheet", "questions": self.questions}

    def raw(self, typed: FormData | None = None) -> dict[str, Raw]:
        """What stands in the fields: what was typed, else what is kept."""
        if typed is not None:
            return form.complete(self._page, form.read_page(self._page, typed))
        kept = {q["key"]: fields.raw_of(q, self.values.get(q["key"])) for q in form.inputs(self._page)}
        return form.complete(self._page, kept)

    def read(self, typed: FormData) -> dict[str, Value]:
        """What was typed, checked; a Refusal with a sentence for each field that is wrong."""
        values, errors = form.check_page(self._page, form.read_page(self._page, typed), {}, clock.today())
        if errors:
            raise Refusal("", errors)
        return values

    def differences(self, typed: FormData) -> list[Difference]:
        """Where what was typed says something else than what is kept."""
        return list(self._differing(self.raw(typed)))

    def _differing(self, raw: dict[str, Raw]) -> Iterator[Difference]:
        for q in form.inputs(self._page):
            theirs = fields.show(q, self.values.get(q["key"]))
            mine = _lines(q, raw[q["key"]])
            if theirs != mine:
                yield Difference(q["label"], theirs, mine)


def _lines(q: Question, raw: Raw) -> list[str]:
    try:
        return fields.show(q, fields.check({**q, "required": False}, raw, clock.today()))
    except Wrong:
        parts = raw.values() if isinstance(raw, dict) else raw if isinstance(raw, list) else [raw]
        return [" ".join(str(part) for part in parts if part)]


# ---------------------------------------------------------------- how the editor asks


def line(key: str, label: str, hint: str = "", *, required: bool = False, most: int = 200, width: str = "long",
         **limits: Any) -> Question:  # fmt: skip
    """One line of text."""
    limits = {"max_length": most, "width": width, **limits}
    return {"key": key, "type": "text", "label": label, "hint": hint, "required": required, "limits": limits}


def lines(key: str, label: str, hint: str = "", *, required: bool = False, most: int = 4000, rows: int = 5) -> Question:
    """Several lines of text."""
    limits = {"max_length": most, "rows": rows}
    return {"key": key, "type": "long_text", "label": label, "hint": hint, "required": required, "limits": limits}


def number(key: str, label: str, hint: str = "", *, required: bool = False, **limits: Any) -> Question:
    return {"key": key, "type": "number", "label": label, "hint": hint, "required": required, "limits": limits}


def one_of(
    key: str, label: str, choices: Choices, hint: str = "", *, required: bool = True, look: str = "radio"
) -> Question:
    """One of several, as circles or as a list to unfold."""
    return {
        "key": key,
        "type": "choice",
        "label": label,
        "hint": hint,
        "required": required,
        "limits": {"look": look},
        "choices": [{"value": value, "label": words} for value, words in choices],
    }


def some_of(key: str, label: str, choices: Choices, hint: str = "", *, required: bool = False) -> Question:
    """Boxes to tick."""
    return {
        "key": key,
        "type": "choices",
        "label": label,
        "hint": hint,
        "required": required,
        "choices": [{"value": value, "label": words} for value, words in choices],
    }


def day(key: str, label: str, hint: str = "") -> Question:
    return {"key": key, "type": "date", "label": label, "hint": hint, "required": False}


def heading(key: str, label: str, hint: str = "") -> Question:
    return {"key": key, "type": "heading", "label": label, "hint": hint}
