"""Answers as a table: what the columns of a form are called, and a row for each sending."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rules.forms import fields, form
from rules.forms.form import Files, Form

Column = tuple[str, str]
"""(key of the column: the question's, with ".part" behind it where it fills several; heading)"""


def headings(document: Form) -> list[Column]:
    """The columns of a form in its order, whatever conditions hide."""
    return [column for q in form.questions(document) for column in of_question(q)]


def of_question(q: fields.Question) -> list[Column]:
    """The columns of one question; none for what nobody answers."""
    return [(f"{q['key']}.{part}" if part else q["key"], heading) for part, heading in fields.columns(q)]


def cells(document: Form, values: Mapping[str, Any], files: Files) -> list[str]:
    """A text for each column of `headings`: days as ISO dates, amounts in digits, choices in their words.

    "" where nothing is answered, and where a question was hidden.
    """
    return [cell for q in form.questions(document) for cell in _cells(q, values, files)]


def by_column(document: Form, values: Mapping[str, Any], files: Files) -> dict[str, str]:
    """The same by the key of the column, so that the versions of a form come together in one table."""
    return dict(zip((key for key, _ in headings(document)), cells(document, values, files), strict=True))


def _cells(q: fields.Question, values: Mapping[str, Any], files: Files) -> list[str]:
    value = files.get(q["key"]) or None if q["type"] == "file" else values.get(q["key"])
    return fields.cells(q, value)
