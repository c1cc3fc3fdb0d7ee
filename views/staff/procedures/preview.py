"""試しに見る: the draft as residents would see it, without anything that could be sent."""

from __future__ import annotations

from typing import Any, NamedTuple

from rules.forms import fields
from rules.forms.fields import TYPES
from rules.procedures import edit_conditions, editing, publishing
from rules.records.access import Missing
from views.staff.procedures.ground import ONE, Ground, explained, frame, ground
from views.staff.procedures.texts import guidance_values
from web import Who, get, page

# No key of a page holds a hyphen.
_CONFIRM = "all-answers"


class _Row(NamedTuple):
    """A question on the page that shows what was entered, as parts/answers.html reads it."""

    label: str
    lines: list[str]
    edit_href: str = ""
    edit_label: str = ""
    changed: bool = False
    before: tuple[str, ...] = ()


def _document(at: Ground) -> dict[str, Any]:
    """The draft with the page that publishing adds."""
    return publishing.as_published(at.document)


def _frame(at: Ground, word: str, document: dict[str, Any], here_at: str) -> dict[str, Any]:
    links = [("手続案内", at.home + "/preview", "")]
    if document["channel"] == "online":
        links += [(one["title"], f"{at.home}/preview/{one['key']}", one["key"]) for one in editing.pages(document)]
        links.append(("内容の確認", f"{at.home}/preview/{_CONFIRM}", _CONFIRM))
    values = frame(at, word, ("試しに見る", at.home + "/preview") if here_at else ("試しに見る", None))
    if not here_at:
        values["way"] = values["way"][:-1]
    return values | {"links": links, "here_at": here_at}


@get(f"{ONE}/preview", who=Who.CLERK)
def guidance_page(id: int):
    at = ground(id)
    document = _document(at)
    return page(
        "staff/procedures/preview.html",
        **_frame(at, "試しに見る", document, ""),
        shown=guidance_values(at, document),
    )


@get(f"{ONE}/preview/<key>", who=Who.CLERK)
@explained
def form_page(id: int, key: str):
    at = ground(id)
    document = _document(at)
    if document["channel"] != "online":
        raise Missing
    if key == _CONFIRM:
        return _confirm(at, document)
    wanted = editing.page_of(document, key)
    sound = [q for q in wanted["questions"] if q["type"] in TYPES]
    return page(
        "staff/procedures/preview_page.html",
        **_frame(at, wanted["title"] or "題名のないページ", document, key),
        form_page=wanted,
        condition=edit_conditions.words(document, wanted),
        rows=[(q, _blank(q), edit_conditions.words(document, q)) for q in sound],
    )


def _blank(q: dict[str, Any]) -> Any:
    """An input as nobody has filled it in; a table with one row, so that its columns can be seen."""
    blank = fields.blank(q)
    if q["type"] == "table" and not blank:
        return [{column["key"]: fields.blank(column) for column in q.get("columns", ())}]
    return blank


def _confirm(at: Ground, document: dict[str, Any]):
    groups = [
        (one["title"], None, [_Row(q["label"], ["（入力した内容が出ます）"]) for q in one["questions"]
                              if q["type"] not in ("heading", "paper_form")])
        for one in editing.pages(document)
        if "exit" not in one
    ]  # fmt: skip
    return page(
        "staff/procedures/preview_confirm.html",
        **_frame(at, "内容の確認", document, _CONFIRM),
        groups=groups,
    )
