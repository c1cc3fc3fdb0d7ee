"""電子での受け取り: the consent that is asked while applying where a procedure issues documents (R-6.6)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Document = dict[str, Any]

KEY = "electronic_delivery"
YES, NO = "yes", "no"

_QUESTION = {
    "key": KEY,
    "type": "choice",
    "label": "電子データでの受け取り",
    "hint": "役場が出す書類（交付物）を、紙のかわりに、この窓口のページからダウンロードして受け取ることに同意しますか。"
    "用意ができたら、期限までにダウンロードしてください。",
    "required": True,
    "choices": [
        {"value": YES, "label": "同意する（ダウンロードで受け取ります）"},
        {"value": NO, "label": "同意しない（窓口や郵送などで受け取ります）"},
    ],
}
_PAGE = {"key": KEY, "title": "交付物の受け取り方", "intro": "", "questions": [_QUESTION]}


def completed(document: Document) -> Document:
    """The document as it is published: the consent is asked on a page of its own, unless its form asks already.

    It becomes part of the published version, so that the words somebody agreed to never change.
    """
    if not document.get("issues_documents") or document["form"] is None or _asked(document):
        return document
    form = {**document["form"], "pages": [*document["form"]["pages"], _PAGE]}
    return {**document, "form": form}


def _asked(document: Document) -> list[dict[str, Any]]:
    """The consent's question, as far as the form has it."""
    pages = document["form"]["pages"] if document["form"] else []
    return [q for page in pages for q in page["questions"] if q["key"] == KEY]


def faults(document: Document) -> Iterator[str]:
    """What stands in the way of the consent; the form itself must be sound."""
    asked = _asked(document)
    if not document.get("issues_documents"):
        if asked:
            yield f"form: the key {KEY} is kept for procedures with issues_documents"
        return
    if document["form"] is None:
        yield "issues_documents: only what is applied for online can be issued online"
    elif not asked:
        if any(page["key"] == KEY for page in document["form"]["pages"]):
            yield f"form: the page key {KEY} is kept for the page that issues_documents adds"
    else:
        (question,) = asked
        values = {choice["value"] for choice in question.get("choices", ())}
        if question["type"] != "choice" or not question["required"] or values != {YES, NO}:
            yield f'form: {KEY} must be a required choice of "{YES}" and "{NO}"'
