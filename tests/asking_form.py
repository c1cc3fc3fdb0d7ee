"""A procedure whose form has all that asks by turns: conditions, an exit page, a table and sums."""

from __future__ import annotations

import copy
import json
from typing import Any

import demo
from models import FormVersion, Procedure, Town, transaction
from rules.procedures import procedure


def question(key: str, kind: str, label: str, *, required: bool = True, **more: Any) -> dict[str, Any]:
    return {"key": key, "type": kind, "label": label, "hint": "", "required": required, **more}


def choices(**labels: str) -> list[dict[str, str]]:
    return [{"value": value, "label": label} for value, label in labels.items()]


FAMILY = question(
    "family",
    "table",
    "いっしょに住む家族",
    required=True,
    row_name="家族",
    limits={"max": 4},
    columns=[
        question("name", "name", "氏名"),
        question("born", "date", "生まれた日", limits={"past": True}),
        question("relation", "choice", "続き柄", choices=choices(spouse="配偶者", child="子", other="その他")),
        question("income", "number", "月の収入", required=False, limits={"min": 0, "unit": "円"}),
        question("student", "consent", "学生です", required=False),
    ],
)

FORM: dict[str, Any] = {
    "pages": [
        {
            "key": "home",
            "title": "お住まい",
            "intro": "",
            "questions": [
                question("lives", "choice", "朝凪町にお住まいですか", choices=choices(yes="はい", no="いいえ")),
                question(
                    "way",
                    "choice",
                    "証明書の受け取り方",
                    choices=choices(mail="郵送", desk="窓口", other="その他"),
                    show_if={"question": "lives", "is": "yes"},
                ),
                question("send_to", "text", "送り先", show_if={"question": "way", "is": "mail"}),
                question("why", "text", "その他の内容", required=False, show_if={"question": "way", "is": "other"}),
                question(
                    "wants", "choices", "必要なもの", required=False,
                    show_if={"question": "way", "one_of": ["mail", "desk"]},
                    choices=choices(copy="写し", seal="印鑑の証明", tax="税の証明"),
                ),
            ],
        },
        {
            "key": "outside",
            "title": "町の外にお住まいの方",
            "intro": "この手続きは、朝凪町にお住まいの方のものです。\n\n・お住まいの市町村にお問い合わせください。",
            "questions": [],
            "show_if": {"question": "lives", "is": "no"},
            "exit": {"procedure": "dog-registration", "text": "犬の登録を申請する方はこちら"},
        },
        {
            "key": "people",
            "title": "ご家族",
            "intro": "",
            "questions": [
                question("alone", "choice", "世帯", choices=choices(yes="ひとりで住んでいます", no="家族がいます")),
                {**FAMILY, "show_if": {"question": "alone", "is": "no"}},
                question("rent", "number", "家賃", required=False, limits={"min": 0, "unit": "円"}),
                question("fee", "number", "共益費", required=False, limits={"min": 0, "unit": "円"}),
                {"key": "housing", "type": "sum", "label": "住まいの費用の合計", "hint": "家賃と共益費を足します。",
                 "of": ["rent", "fee"], "limits": {"unit": "円"}},
                {"key": "incomes", "type": "sum", "label": "家族の収入の合計", "hint": "", "of": ["family.income"],
                 "limits": {"unit": "円"}, "show_if": {"question": "alone", "is": "no"}},
            ],
        },
        {
            "key": "help",
            "title": "家賃の補助",
            "intro": "",
            "questions": [
                question("contract", "file", "契約書の写し", limits={"count": 1, "extensions": ["pdf"]}),
                question("since", "date", "住み始めた日", limits={"past": True}),
            ],
            "show_if": {"question": "housing", "at_least": 50000},
        },
        {
            "key": "last",
            "title": "連絡先",
            "intro": "",
            "questions": [question("telephone", "telephone", "電話番号")],
        },
    ]
}  # fmt: skip

JUST_LIVES: dict[str, Any] = {"lives": "yes", "way": "desk", "alone": "yes", "telephone": "0999-00-1322"}


def document(form: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """A whole procedure document with this form."""
    plain = json.loads((demo.STARTER / "procedures" / "dog-registration.json").read_text(encoding="utf-8"))
    named = {"id": "asking", "name": "家賃の補助の申請", "name_kana": "ヤチンノホジョノシンセイ", "paper_forms": []}
    return {**plain, **named, **changes, "form": copy.deepcopy(form or FORM)}


def offered(town: Town, form: dict[str, Any] | None = None, **changes: Any) -> Procedure:
    """The same as a procedure of a town that takes applications."""
    with transaction():
        loaded: Procedure = procedure.load(town, document(form, **changes))
    assert FormVersion.select().where(FormVersion.procedure == loaded).exists()
    return loaded
