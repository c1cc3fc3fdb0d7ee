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
# The very same page where it stood in the file already: published versions tell the two apart by the mark.
_IN_FILE = {**_PAGE, "in_file": True}


def completed(document: Document) -> Document:
    """The document as it is published: the consent is asked on a page of its own, unless its form asks already.

    It becomes part of the published version, so that the words somebody agreed to never change.
    """
    if not document.get("issues_documents") or document["form"] is None:
        return document
    pages = document["form"]["pages"]
    if pages and pages[-1] == _PAGE:
        return _with_pages(document, [*pages[:-1], _IN_FILE])
    return document if _asked(document) else _with_pages(document, [*pages, _PAGE])


def _with_pages(document: Document, pages: list[Any]) -> Document:
    return {**document, "form": {**document["form"], "pages": pages}}


def _asked(document: Document) -> list[dict[str, Any]]:
    """The consent's question, as far as the form has it."""
    pages = document["form"]["pages"] if document["form"] else []
    return [q for page in pages for q in page["questions"] if q["key"] == KEY]


def as_written(document: Document) -> Document:
    """A published document as it was before `completed` added its page: what is exported and edited. Not for drafts."""
    pages = document["form"]["pages"] if document.get("issues_documents") and document.get("form") else []
    if pages and pages[-1] in (_PAGE, _IN_FILE):
        return _with_pages(document, pages[:-1] if pages[-1] == _PAGE else [*pages[:-1], _PAGE])
    return document


def faults(document: Document) -> Iterator[str]:
    """What stands in the way of the consent; the form itself must be sound."""
    asked = _asked(document)
    if not document.get("issues_documents"):
        if asked:
            yield f"form：項目の名札「{KEY}」は、issues_documents が true の手続きだけで使えます。"
        return
    if document["form"] is None:
        yield "issues_documents（交付物のダウンロード）：インターネットで申請する手続きだけで使えます。"
    elif not asked:
        if any(page["key"] == KEY for page in document["form"]["pages"]):
            yield f"form：ページの名札「{KEY}」は、issues_documents が足すページのものなので、使えません。"
    else:
        (question,) = asked
        values = {choice["value"] for choice in question.get("choices", ())}
        if question["type"] != "choice" or not question["required"] or values != {YES, NO}:
            yield (
                f"form：「{KEY}」は、必ず答える（required が true）1つ選ぶ項目（choice）にして、"
                f'選択肢の value を "{YES}" と "{NO}" の2つにしてください。'
            )
