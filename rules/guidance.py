"""手続案内: a procedure's document in the words and the order a resident reads it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from rules import form

Document = dict[str, Any]

IDENTITY = {
    "none": "確かめません",
    "mail": "メールアドレスで確かめます",
    "id_copy": "本人確認書類の写しで確かめます",
    "visit": "役場の窓口で確かめます",
    "signature": "電子署名で確かめます",
}

_APPLICANTS = {("person",): "個人の方", ("business",): "事業者の方", ("person", "business"): "個人の方、事業者の方"}

# The keys of a document's guidance, in the order of the page.
_SECTIONS = (
    ("who", "申請できる方"),
    ("when", "申請の時期"),
    ("bring", "用意するもの"),
    ("visit", "来庁"),
    ("after", "申請したあとの流れ"),
    ("caution", "気をつけること"),
    ("difference_from_paper", "紙の手続きとの違い"),
    ("identity", "本人確認の方法"),
    ("purpose_of_use", "入力された情報の利用目的"),
    ("legal_ground", "根拠となる法令など"),
)


def facts(document: Document) -> list[tuple[str, str]]:
    """The strip of facts: (label, words)."""
    days, fee = document["standard_days"], document["fee"]
    found = [
        ("手数料", "かかりません" if fee["when"] == "none" else fee_words(fee)),
        ("かかる日数", f"開庁日で{days}日くらい" if days else "決まっていません"),
    ]
    if document["channel"] == "counter":
        return [*found, ("申請の方法", "窓口のみ"), ("来庁", "必要です")]
    visit = document["guidance"]["visit"]
    no_visit = not visit or visit.startswith("来庁はいりません")
    return [
        *found,
        ("ログイン", "必要です" if document["login"] == "required" else "いりません"),
        ("来庁", "いりません" if no_visit else "下の案内をご覧ください"),
    ]


def fee_words(fee: dict[str, Any]) -> str:
    """The fee in short: the amount where it is one, else that there is one."""
    if fee["amount"] is not None:
        return f"{fee['amount']:,}円"
    return "下の案内をご覧ください"


def applicants(document: Document) -> str:
    """Who may apply, by kind of account."""
    return _APPLICANTS.get(tuple(sorted(document["applicants"], reverse=True)), "個人の方、事業者の方")


def sections(document: Document) -> list[tuple[str, list[tuple[str, list[str]]]]]:
    """(heading, blocks) of every text that is there; a block is ("p", lines) or ("ul", items)."""
    found = [(title, document["guidance"].get(key, "")) for key, title in _SECTIONS]
    if document["fee"]["when"] != "none":
        found.insert(3, ("手数料", document["fee"]["text"]))
    return [(title, blocks(text)) for title, text in found if text]


@lru_cache(maxsize=1000)
def blocks(text: str) -> list[tuple[str, list[str]]]:
    """Plain text as paragraphs and lists: a blank line parts, 「・」 begins an item."""
    found: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        kind = "ul" if line.startswith("・") else "p"
        content = line.removeprefix("・").strip()
        if not content:
            found.append(("", []))
        elif found and found[-1][0] == kind:
            found[-1][1].append(content)
        else:
            found.append((kind, [content]))
    return [block for block in found if block[1]]


def files(document: Document) -> list[tuple[str, str]]:
    """(label, what is taken) of every file question: said before anybody begins."""
    if document["form"] is None:
        return []
    return [(q["label"], file_terms(q)) for q in form.questions(document["form"]) if q["type"] == "file"]


def file_terms(question: dict[str, Any]) -> str:
    """Count, kinds and size of a file question, in words."""
    limits = question.get("limits", {})
    kinds = "・".join(dict.fromkeys(kind.upper().replace("JPEG", "JPG") for kind in limits.get("extensions", ())))
    needed = "必要です" if question["required"] else "ある方だけ"
    return f"{limits.get('count', 1)}つまで、{kinds or 'PDF・JPG・PNG'}、1つ10MBまで（{needed}）"
