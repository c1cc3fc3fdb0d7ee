"""名札: the keys that questions, pages and choices go by, proposed from their words and never used for another."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from models import Procedure, ask
from rules import Refusal
from rules.forms import form_lint
from rules.forms.fields import Question
from rules.procedures import electronic_delivery
from rules.values.text import fold

Document = dict[str, Any]

_KEY = re.compile("[a-z][a-z0-9_]{0,40}")
_BAD_KEY = "名札は、英小文字で始めて、英小文字・数字・_ だけで、41文字までにしてください。例：dog_name"
_RESERVED_KEY = "名札「{}」は、画面のしくみが使うため、使えません。ほかの名札にしてください。"
_TAKEN_KEY = "名札「{}」は、この手続きでもう使っています。ほかの名札にしてください。"

# Labels as towns write them, folded when compared, and the keys that the shipped procedures use for them.
_USUAL = {
    "name": "氏名 お名前 名前 申請者氏名 届出人氏名",
    "representative": "代表者 代表者氏名",
    "householder": "世帯主 世帯主氏名",
    "address": "住所 現住所 申請者住所",
    "domicile": "本籍",
    "telephone": "電話番号 連絡先",
    "email": "メールアドレス",
    "birth_date": "生年月日",
    "sex": "性別",
    "occupation": "職業",
    "relation": "続柄",
    "family": "家族",
    "remarks": "連絡事項 備考",
    "reason": "理由 申請理由",
    "purpose": "目的 使用目的 使いみち",
    "corporate_number": "法人番号",
    "corporation_name": "法人名 法人・団体の名称 団体名 会社名",
    "contact_name": "担当者名",
    "account": "口座 振込先 振込先口座",
    "identity_document": "本人確認書類 本人確認書類の写し",
    "consent": "同意",
    "total": "合計",
    "amount": "金額",
    "copies": "枚数 通数",
    "people": "人数",
    "place": "場所 犬のいる場所",
    "area": "面積",
    "dog_name": "犬の名前",
    "breed": "犬の種類",
    "color": "毛の色",
    "dog_birth_date": "犬の生年月日",
    "acquired_on": "飼い始めた日",
    "microchip": "マイクロチップの番号",
    "certificate": "狂犬病予防注射済証",
}
_BY_LABEL = {fold(label): key for key, labels in _USUAL.items() for label in labels.split()}
_BY_TYPE = {"name": "name", "address": "address", "telephone": "telephone", "email": "email", "bank_account": "account",
            "corporate_number": "corporate_number"}  # fmt: skip
_VALUES = {
    "yes": "はい ある あり 同意する 希望する",
    "no": "いいえ ない なし 同意しない 希望しない",
    "male": "男 男性 おす",
    "female": "女 女性 めす",
    "self": "本人",
    "agent": "代理人",
    "person": "個人",
    "business": "法人 事業者",
    "other": "その他",
}
_BY_CHOICE = {fold(label): value for value, labels in _VALUES.items() for label in labels.split()}


# ---------------------------------------------------------------- what is taken


def published_forms(procedure: Procedure) -> list[Document]:
    """The forms of every version that ever was published."""
    rows = ask("SELECT document FROM form_version WHERE procedure_id = {}", procedure.id)
    documents = [json.loads(document) for (document,) in rows]
    return [document["form"] for document in documents if document.get("form")]


def questions_of(forms: Iterable[Document]) -> Iterable[tuple[str, Question]]:
    """(key, question) of every question, and TABLE.COLUMN of every column, of these forms."""
    for form in forms:
        for page in form["pages"]:
            for q in page["questions"]:
                yield q["key"], q
                for column in q.get("columns") or ():
                    yield f"{q['key']}.{column['key']}", column


def published_keys(procedure: Procedure) -> set[str]:
    """The keys that a published version has used: they keep their meaning for ever."""
    return {key for key, _ in questions_of(published_forms(procedure))}


def published_pages(procedure: Procedure) -> set[str]:
    return {page["key"] for form in published_forms(procedure) for page in form["pages"]}


def taken(procedure: Procedure, document: Document, table: str = "") -> set[str]:
    """The keys that no new question may have; for a column those of its table."""
    keys = published_keys(procedure) | {key for key, _ in questions_of([document["form"]] if document["form"] else [])}
    if table:
        return {key.partition(".")[2] for key in keys if key.startswith(f"{table}.")}
    return {key for key in keys if "." not in key} | {electronic_delivery.KEY}


# ---------------------------------------------------------------- new ones


def checked(key: str, others: set[str]) -> str:
    """A key as a clerk wants it; a Refusal that says what is wrong with it."""
    key = key.strip()
    for wrong, sentence in (
        (not _KEY.fullmatch(key), _BAD_KEY),
        (form_lint.RESERVED.fullmatch(key), _RESERVED_KEY.format(key)),
        (key in others, _TAKEN_KEY.format(key)),
    ):
        if wrong:
            raise Refusal("", {"q-key": sentence})
    return key


def question(label: str, kind: str, others: set[str]) -> str:
    """A key for a question, from its label where it is a usual one, else from its type, else q1, q2 …"""
    usual = _BY_LABEL.get(fold(label)) or _BY_TYPE.get(kind)
    return free(usual, others) if usual else numbered("q", others)


def free(key: str, others: set[str]) -> str:
    """The key itself, or with the first number that makes it free."""
    return key if key not in others else next(f"{key}_{n}" for n in range(2, 10_000) if f"{key}_{n}" not in others)


def numbered(letter: str, others: set[str]) -> str:
    return next(f"{letter}{n}" for n in range(1, 10_000) if f"{letter}{n}" not in others)


def value(label: str, others: set[str]) -> str:
    """What is recorded for a choice: a word for the usual ones, else c1, c2 …"""
    usual = _BY_CHOICE.get(fold(label))
    return usual if usual and usual not in others else numbered("c", others)
