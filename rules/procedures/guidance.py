"""手続案内: a procedure's document in the words and the order a resident reads it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from models import Town
from rules.forms import form
from rules.forms.field_types.base import counted
from rules.procedures import eligibility, keys, reception

Document = dict[str, Any]
Block = tuple[str, list[str]]

IDENTITY = {
    "none": "本人確認書類はいりません",
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

SIGNATURE = {
    "none": "いりません",
    "person": "必要です（個人の電子署名）",
    "business": "必要です（事業者の電子署名）",
    "either": "必要です（個人か事業者の電子署名）",
}
# Nobody types anything where there is no form.
_WITHOUT_FORM = {"purpose_of_use": "情報の利用目的"}
# What is not filed here may be filed at a counter, by post, or with the state's own portal.
_ELSEWHERE = "この窓口（インターネット）では申請できません"
_BELOW = "下の案内をご覧ください"
VISITS = {
    "applying": "申請のときに必要です",
    "booking": "日時を予約して、お越しください",
    "collect": "書類を受け取るときに必要です",
}


def facts(document: Document) -> list[tuple[str, str]]:
    """The strip of facts: (label, words)."""
    fee = document["fee"]
    found = [
        ("手数料", "かかりません" if fee["when"] == "none" else fee_words(fee)),
        ("かかる日数", _days(document, "{}くらい")),
    ]
    if document["channel"] == "counter":
        return [*found, ("申請の方法", _ELSEWHERE), ("来庁", visit_words(document))]
    return [*found, ("ログイン", _login(document)), ("来庁", visit_words(document))]


def _days(document: Document, about: str) -> str:
    days = document["standard_days"]
    if not days:
        return "決まっていません"
    if document.get("standard_days_by") == "calendar":
        return about.format(f"{days}日") + "（土日や祝日も数えます）"
    return about.format(f"開庁日で{days}日")


def _login(document: Document) -> str:
    return "必要です" if document["login"] == "required" else "いりません"


def visit_words(document: Document) -> str:
    """Whether one has to come to the town hall, and when."""
    if document["identity"] == "visit":
        return "必要です"
    asked = VISITS.get(document.get("visit", {}).get("when", "none"))
    if asked:
        return asked
    visit = document["guidance"]["visit"]
    needless = visit.startswith("来庁はいりません") or (not visit and document["channel"] == "online")
    return "いりません" if needless else _BELOW


def identity_words(document: Document) -> str:
    """How an applicant is identified; what is filed in several ways on paper says in its text how it is in each."""
    if document["channel"] == "counter" and document["identity"] != "visit":
        return _BELOW
    return IDENTITY[document["identity"]]


def signature_words(document: Document) -> str:
    """Whether an electronic signature is asked for, and whose."""
    wanted = document.get("signature", "none")
    return "必要です" if wanted == "none" and document["identity"] == "signature" else SIGNATURE[wanted]


def payment_words(fee: dict[str, Any]) -> str:
    """How a fee is paid."""
    return _PAYMENT[fee["when"]]


def withdrawal_words(document: Document) -> str:
    """In which states what was sent can be withdrawn."""
    states = [words for status, words in keys.WITHDRAWAL.items() if status in document["withdrawal"]]
    return f"「{'」「'.join(states)}」の間は、取り下げられます" if states else "送ったあとは、取り下げられません"


def period_words(document: Document) -> str:
    """When applications are taken, as a guidance page says it."""
    period = document.get("period", {})
    return reception.words(period.get("from", ""), period.get("until", "")) or "いつでも申請できます"


def needs(document: Document) -> list[tuple[str, str]]:
    """What one has to know before beginning, in short: (label, words)."""
    online = document["channel"] == "online"
    found = [("受付期間", period_words(document))] if online else []
    found.append(("申請の方法", "この窓口（インターネット）で申請できます" if online else _ELSEWHERE))
    if online:
        found.append(("ログイン", _login(document)))
        found.append(("電子署名", signature_words(document)))
        if document["once"]:
            found.append(("申請できる数", "1人につき1件まで。前の申請が終わるまで、次の申請はできません"))
    fee = document["fee"]
    paid = payment_words(fee) + (f"（{fee['amount']:,}円）" if fee["amount"] else "")
    found += [
        ("手数料の支払い", paid),
        ("来庁", visit_words(document)),
        ("本人確認", identity_words(document)),
        ("標準処理期間", _days(document, "{}")),
    ]
    return [*found, ("申請の取下げ", withdrawal_words(document))] if online else found


def fee_words(fee: dict[str, Any]) -> str:
    """The fee in short: the amount where it is one, else that there is one."""
    if fee["amount"] is not None:
        return f"{fee['amount']:,}円"
    return _BELOW


def sections(document: Document, town: Town) -> list[tuple[str, list[Block]]]:
    """(heading, blocks) of every text that is there; a block is ("p", lines) or ("ul", items)."""
    texts = {key: blocks(document["guidance"].get(key, "")) for key in keys.GUIDANCE}
    if bring := document.get("visit", {}).get("bring"):
        texts["visit"] = [*texts["visit"], ("p", ["来庁のときに、お持ちください。"]), *blocks(bring)]
    titles = keys.GUIDANCE if document["channel"] == "online" else keys.GUIDANCE | _WITHOUT_FORM
    found = [(title, texts[key]) for key, title in titles.items()]
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
    return [
        (q["label"], file_terms(q, asked_always="show_if" not in q and "show_if" not in page))
        for page in form.pages(document["form"])
        for q in page["questions"]
        if q["type"] == "file"
    ]


def file_terms(question: dict[str, Any], *, asked_always: bool = True) -> str:
    """Count, kinds and size of a file question, in words; not all are asked one under a condition."""
    limits = question.get("limits", {})
    kinds = "・".join(dict.fromkeys(kind.upper().replace("JPEG", "JPG") for kind in limits.get("extensions", ())))
    needed = ("必要です" if asked_always else "当てはまる方だけ必要です") if question["required"] else "ある方だけ"
    return f"{counted(limits.get('count', 1))}まで、{kinds or 'PDF・JPG・PNG'}、1つ10MBまで（{needed}）"
