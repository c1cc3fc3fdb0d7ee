"""手続案内: a procedure's document in the words and the order a resident reads it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from models import Procedure, Town
from rules.forms import form
from rules.forms.field_types.base import counted
from rules.procedures import eligibility, reception

Document = dict[str, Any]
Block = tuple[str, list[str]]

IDENTITY = {
    "none": "確かめません",
    "mail": "メールアドレスで確かめます",
    "id_copy": "本人確認書類の写しで確かめます",
    "visit": "役場の窓口で確かめます",
    "signature": "電子署名で確かめます",
}

_PAYMENT = {
    "none": "いりません",
    "counter": "役場の窓口で納めます",
    "on_request": "役場からの案内のあとで納めます",
    "at_submit": "申請するときに、電子納付で納めます",
}

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
        return [*found, ("申請の方法", "窓口のみ"), ("来庁", _visit(document))]
    return [*found, ("ログイン", _login(document)), ("来庁", _visit(document))]


def _login(document: Document) -> str:
    return "必要です" if document["login"] == "required" else "いりません"


def _visit(document: Document) -> str:
    if document["channel"] == "counter" or document["identity"] == "visit":
        return "必要です"
    visit = document["guidance"]["visit"]
    return "いりません" if not visit or visit.startswith("来庁はいりません") else "下の案内をご覧ください"


def needs(procedure: Procedure, document: Document) -> list[tuple[str, str]]:
    """What one has to know before beginning, in short: (label, words)."""
    days, online = document["standard_days"], document["channel"] == "online"
    found = (
        [("受付期間", reception.words(procedure.period_from, procedure.period_until) or "いつでも申請できます")]
        if online
        else []
    )
    found.append(("申請の方法", "この窓口（インターネット）で申請できます" if online else "役場の窓口のみ"))
    if online:
        found.append(("ログイン", _login(document)))
        found.append(("電子署名", "必要です" if document["identity"] == "signature" else "いりません"))
    fee = document["fee"]
    paid = _PAYMENT[fee["when"]] + (f"（{fee['amount']:,}円）" if fee["amount"] else "")
    return [
        *found,
        ("手数料の支払い", paid),
        ("来庁", _visit(document)),
        ("本人確認", IDENTITY[document["identity"]]),
        ("標準処理期間", f"開庁日で{days}日" if days else "決まっていません"),
    ]


def fee_words(fee: dict[str, Any]) -> str:
    """The fee in short: the amount where it is one, else that there is one."""
    if fee["amount"] is not None:
        return f"{fee['amount']:,}円"
    return "下の案内をご覧ください"


def sections(document: Document, town: Town) -> list[tuple[str, list[Block]]]:
    """(heading, blocks) of every text that is there; a block is ("p", lines) or ("ul", items)."""
    found = [(title, blocks(document["guidance"].get(key, ""))) for key, title in _SECTIONS]
    # Whom the program itself refuses stands before what the town says of it.
    found[0] = (found[0][0], [("p", ["、".join(eligibility.words(document, town)) + "。"]), *found[0][1]])
    if document["fee"]["when"] != "none":
        found.insert(3, ("手数料", blocks(document["fee"]["text"])))
    return [(title, parts) for title, parts in found if parts]


@lru_cache(maxsize=1000)
def blocks(text: str) -> list[Block]:
    """Plain text as paragraphs and lists: a blank line parts, 「・」 begins an item."""
    found: list[Block] = []
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
    return f"{counted(limits.get('count', 1))}まで、{kinds or 'PDF・JPG・PNG'}、1つ10MBまで（{needed}）"
