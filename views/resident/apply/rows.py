"""「1件追加」「削除」「計算する」 on an input page: what was typed is saved already, the same page comes back."""

from __future__ import annotations

from typing import Any

from models import Application
from rules.applications import draft, table_rows
from rules.forms import form
from views.resident.apply.ground import page_path

ACTS = ("add", "drop", "sum")


def unreadable(written: Application, form_page: dict[str, Any], reading: form.Reading, key: str) -> dict[str, str]:
    """What is wrong on the page in the amounts that are to be added up, by input id."""
    asked = form.page(reading.form, form_page["key"]) or form_page
    return form.unreadable(asked, written.answers, reading.errors.get(form_page["key"], {}), key)


def handle(written: Application, form_page: dict[str, Any], act: str, about: str) -> str:
    """The path to go on to, at the row that is new, or at the question."""
    key, _, number = about.partition(".")
    anchor = f"q-{key}" if any(q["key"] == key for q in form_page["questions"]) else ""
    if act == "add":
        row = table_rows.add_row(written, form_page, key)
        anchor = anchor if row is None else f"{anchor}-{row}"
    elif act == "drop" and number.isascii() and number.isdecimal() and len(number) < 6:
        table_rows.drop_row(written, form_page, key, int(number))
    elif act == "sum" and (wrong := unreadable(written, form_page, draft.reading(written), key)):
        return f"{page_path(written, form_page['key'])}?sum={key}#{next(iter(wrong))}"
    return page_path(written, form_page["key"], anchor)
