"""A form document: its pages in order, what was typed on them, what it means, and how it is read back.

A document is {"pages": [{"key", "title", "intro", "questions": [question]}]}; answers go by question key.
`files` is {question key: [{"name", "size", "sha256", "id"}]}: they are kept apart from the answers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from rules.forms import fields
from rules.forms.fields import FormData, Question, Raw, Value, Wrong
from rules.forms.form_lint import lint

__all__ = [
    "canonical", "check_form", "check_page", "complete", "display", "inputs", "lint", "next_page",
    "page", "pages", "prefill", "previous_page", "questions", "read_page",
]  # fmt: skip

Form = dict[str, Any]
Page = dict[str, Any]
Files = Mapping[str, list[dict[str, Any]]]

_NOT_TYPED = ("heading", "file")


def pages(form: Form) -> list[Page]:
    return list(form["pages"])


def page(form: Form, key: str) -> Page | None:
    """The page of that key, or None."""
    return next((p for p in form["pages"] if p["key"] == key), None)


def questions(form: Form) -> list[Question]:
    """Every question in order, headings too."""
    return [q for p in form["pages"] for q in p["questions"]]


def inputs(form_page: Page) -> list[Question]:
    """The questions of a page that can be answered."""
    return [q for q in form_page["questions"] if q["type"] != "heading"]


def next_page(form: Form, key: str) -> Page | None:
    return _neighbour(form, key, 1)


def previous_page(form: Form, key: str) -> Page | None:
    return _neighbour(form, key, -1)


def _neighbour(form: Form, key: str, step: int) -> Page | None:
    here = [p["key"] for p in form["pages"]].index(key) + step
    return form["pages"][here] if 0 <= here < len(form["pages"]) else None


# ---------------------------------------------------------------- typed


def read_page(form_page: Page, form: FormData) -> dict[str, Raw]:
    """What was typed on a page, by question key; files come another way."""
    return {q["key"]: fields.read(q, form) for q in form_page["questions"] if q["type"] not in _NOT_TYPED}


def complete(form_page: Page, raw: Mapping[str, Raw], files: Files | None = None) -> dict[str, Raw]:
    """Raw answers to every question of a page, in the shape of its type, blank where nothing was typed."""
    found = dict(raw) | {key: list(of_question) for key, of_question in (files or {}).items()}
    return {q["key"]: fields.fit(q, found.get(q["key"])) for q in inputs(form_page)}


def prefill(form: Form, profile: Mapping[str, Any]) -> dict[str, Raw]:
    """Raw answers that the account already knows, for the questions that name a `profile` fact."""
    known: dict[str, Raw] = {}
    for q in questions(form):
        fact = profile.get(q.get("profile", ""))
        raw = fields.from_profile(q, fact) if fact else None
        if raw is not None:
            known[q["key"]] = raw
    return known


# ---------------------------------------------------------------- meant


def check_page(
    form_page: Page, raw: Mapping[str, Raw], files: Files, today: date
) -> tuple[dict[str, Value], dict[str, str]]:
    """(values by question key without the files, errors by input id in the order of the page)."""
    values: dict[str, Value] = {}
    errors: dict[str, str] = {}
    typed = complete(form_page, raw, files)
    for q in inputs(form_page):
        try:
            value = fields.check(q, typed[q["key"]], today)
        except Wrong as wrong:
            errors |= wrong.errors
        else:
            if q["type"] not in _NOT_TYPED:
                values[q["key"]] = value
    return values, errors


def check_form(
    form: Form, raw: Mapping[str, Raw], files: Files, today: date
) -> tuple[dict[str, Value], dict[str, dict[str, str]]]:
    """(values by question key, errors by page key, the pages in order and only those with errors)."""
    values: dict[str, Value] = {}
    errors: dict[str, dict[str, str]] = {}
    for form_page in form["pages"]:
        found, wrong = check_page(form_page, raw, files, today)
        values |= found
        if wrong:
            errors[form_page["key"]] = wrong
    return values, errors


def canonical(document: Any) -> bytes:
    """The one byte sequence of a JSON document: what is kept of a sending, and what its digest is made of."""
    return json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


# ---------------------------------------------------------------- read back


def display(
    form: Form, values: Mapping[str, Value], files: Files, today: date | None = None
) -> list[tuple[Page, list[tuple[Question, list[str]]]]]:
    """For each page its questions with the lines to print; with `today`, a birth date carries the age."""
    return [
        (p, [(q, _lines(q, values, files, today)) for q in inputs(p) if q["type"] != "password"]) for p in form["pages"]
    ]


def _lines(q: Question, values: Mapping[str, Value], files: Files, today: date | None) -> list[str]:
    if q["type"] == "file":
        return fields.show(q, files.get(q["key"]) or None) or ["（添付なし）"]
    # 「回答しない」 is a choice with the value "": nothing answered, in these words.
    unanswered = next((choice["label"] for choice in q.get("choices", ()) if choice["value"] == ""), "（入力なし）")
    return fields.show(q, values.get(q["key"]), today) or [unanswered]
