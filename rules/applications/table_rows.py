"""1件追加 and 削除: the rows of a table while an application is written; what else was typed is saved before."""

from __future__ import annotations

from typing import Any

from models import Application
from rules import Refusal
from rules.applications import draft
from rules.forms import fields
from rules.forms.field_types.base import the
from rules.forms.field_types.table import most


def add_row(application: Application, page: dict[str, Any], key: str) -> int | None:
    """Add a blank row to a table of the page and return its place; None where there is no such table."""
    q = _table(page, key)
    if q is None:
        return None
    # What the page showed counts, blank rows too: one more must appear.
    rows = fields.TABLE.rows_shown(q, fields.fit(q, application.answers.get(key)))
    if len(rows) >= most(q):
        sentence = f"{the(q['label'])}は、{most(q)}件までです。これより多いときは、担当の課にお問い合わせください。"
        raise Refusal("", {f"q-{key}": sentence})
    draft.save_page(application, page, {key: [*rows, fields.TABLE.blank_row(q)]})
    return len(rows)


def drop_row(application: Application, page: dict[str, Any], key: str, row: int) -> bool:
    """Take a row away with what was typed in it; False where there is none."""
    q = _table(page, key)
    rows = fields.fit(q, application.answers.get(key)) if q else []
    if q is None or not 0 <= row < len(rows):
        return False
    draft.save_page(application, page, {key: rows[:row] + rows[row + 1 :]})
    return True


def _table(page: dict[str, Any], key: str) -> fields.Question | None:
    return next((q for q in page["questions"] if q["key"] == key and q["type"] == "table"), None)
