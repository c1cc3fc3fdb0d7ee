"""The keys of a procedure file, in the order they are written: what checks, writer, schema and comparison go by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from rules.town import mail_text

FORMAT = 1

USUAL_CORRECTION_DAYS = 14
"""For a correction, where a file says 0."""

REQUIRED: Any = object()
"""The default of a key that must be there."""


class Key(NamedTuple):
    """One key: how screens call it, the JSON types it takes, its allowed values with their words, its default."""

    words: str
    kinds: tuple[str, ...]
    allowed: Mapping[Any, str] = {}
    default: Any = REQUIRED


_TEXT, _NUMBER, _YES_NO, _LIST, _TABLE = ("string",), ("integer",), ("boolean",), ("array",), ("object",)
_NUMBER_OR_NOT = ("integer", "null")

KINDS_OF_APPLICANTS = {"person": "個人", "business": "事業者"}
WITHDRAWAL = {"SUBMITTED": "受付済み", "IN_REVIEW": "審査中", "RETURNED": "差戻し", "APPROVED": "承認"}
# What an account knows of its owner, as a question's `profile` names it.
PROFILES = {
    "name": "氏名",
    "birth_date": "生年月日",
    "sex": "性別",
    "address": "住所",
    "telephone": "電話番号",
    "email": "メールアドレス",
    "corporation_name": "法人名",
    "corporation_kana": "法人名フリガナ",
    "contact_name": "担当者名",
    "corporate_number": "法人番号",
}

DOCUMENT: dict[str, Key] = {
    "format": Key("形式の番号", _NUMBER, {FORMAT: "形式1"}),
    "id": Key("名札", _TEXT),
    "name": Key("手続きの名前", _TEXT),
    "name_kana": Key("読みがな", _TEXT),
    "category": Key("カテゴリ", _TEXT),
    "division": Key("担当の部課", _TEXT),
    "summary": Key("短い説明", _TEXT),
    "synonyms": Key("さがすときの、ほかの言葉", _LIST),
    "channel": Key("申請の方法", _TEXT, {"online": "インターネットで申請", "counter": "窓口のみ"}),
    "login": Key("ログイン", _TEXT, {"required": "必要", "none": "いらない"}),
    "applicants": Key("個人・事業者", _LIST),
    "eligibility": Key(
        "申請できる方", _TABLE, default={"town_only": False, "age_from": None, "age_to": None, "sex": ""}
    ),
    "once": Key("1人につき1件", _YES_NO, {False: "何件でも", True: "1件まで"}),
    "identity": Key(
        "本人確認",
        _TEXT,
        {
            "none": "確かめない",
            "mail": "メールアドレス",
            "id_copy": "本人確認書類の写し",
            "visit": "窓口",
            "signature": "電子署名",
        },
    ),
    "decision": Key("承認・却下", _YES_NO, {True: "決める（申請）", False: "決めない（届出）"}),
    "withdrawal": Key("取り下げられる状態", _LIST),
    "standard_days": Key("標準処理期間", _NUMBER_OR_NOT),
    "standard_days_by": Key(
        "標準処理期間の数え方", _TEXT, {"business": "開庁日", "calendar": "暦の日（土日も数える）"}, "business"
    ),
    "correction_days": Key("修正の期限の日数", _NUMBER),
    "retention_years": Key("保存期間の年数", _NUMBER),
    "fee": Key("手数料", _TABLE),
    "appeal": Key(
        "教示", _TEXT, {"standard": "ふつうの処分", "appeal_first": "審査請求が先", "none": "処分でない（なし）"}
    ),
    "appeal_to": Key("審査請求をする相手", _TEXT),
    "period": Key("受付期間", _TABLE, default={"from": "", "until": ""}),
    "signature": Key(
        "電子署名",
        _TEXT,
        {"none": "いらない", "person": "個人の署名", "business": "事業者の署名", "either": "個人か事業者の署名"},
        "none",
    ),
    "visit": Key("来庁", _TABLE, default={"when": "none", "bring": ""}),
    "guidance": Key("手続案内", _TABLE),
    "mails": Key("メールの文", _TABLE, default={}),
    "paper_forms": Key("様式（紙の用紙）", _LIST, default=[]),
    "issues_documents": Key("交付物のダウンロード", _YES_NO, {False: "なし", True: "あり"}, False),
    "form": Key("申請の様式", ("object", "null")),
}

ELIGIBILITY: dict[str, Key] = {
    "town_only": Key("住所", _YES_NO, {False: "どこでも", True: "この市町村の方だけ"}),
    "age_from": Key("年齢の下限", _NUMBER_OR_NOT),
    "age_to": Key("年齢の上限", _NUMBER_OR_NOT),
    "sex": Key("性別", _TEXT, {"": "問わない", "male": "男性", "female": "女性"}),
}
FEE: dict[str, Key] = {
    "when": Key(
        "納めるとき",
        _TEXT,
        {"none": "かからない", "counter": "窓口で", "on_request": "求めたとき", "at_submit": "送るとき"},
    ),
    "amount": Key("金額", _NUMBER_OR_NOT),
    "text": Key("説明", _TEXT),
}
PERIOD: dict[str, Key] = {"from": Key("初め", _TEXT), "until": Key("終わり", _TEXT)}
VISIT: dict[str, Key] = {
    "when": Key(
        "いつ",
        _TEXT,
        {"none": "いらない", "applying": "申請のとき", "booking": "日時を予約して", "collect": "書類を受け取るとき"},
    ),
    "bring": Key("持ち物", _TEXT),
}
PAPER_FORM: dict[str, Key] = {"file": Key("ファイルの名前", _TEXT), "title": Key("画面に出す名前", _TEXT)}

# In the order of the page 手続案内.
GUIDANCE: dict[str, str] = {
    "who": "申請できる方",
    "when": "申請の時期",
    "bring": "用意するもの",
    "visit": "来庁",
    "after": "申請したあとの流れ",
    "caution": "気をつけること",
    "difference_from_paper": "紙の手続きとの違い",
    "identity": "本人確認の方法",
    "purpose_of_use": "入力された情報の利用目的",
    "legal_ground": "根拠となる法令など",
}

# The mails about an application that go to its applicant: a procedure may word each of them itself.
MAILS: dict[str, str] = {kind: known.title for kind, known in mail_text.KINDS.items() if known.to_applicant}

# The orders in which the tables of a form are written.
PAGE = ("key", "title", "intro", "show_if", "exit", "questions")
EXIT = ("procedure", "text")
QUESTION = (
    *("key", "type", "label", "hint", "required", "show_if", "limits", "choices", "profile", "prefix"),
    *("text", "file", "of", "row_name", "columns"),
)
CHOICE = ("value", "label")
CONDITION = (
    *("question", "is", "is_not", "one_of", "includes", "at_least", "at_most"),
    *("age_at_least", "age_below", "answered"),
)
LIMITS = (
    *("min", "max", "min_length", "max_length", "decimals", "unit", "step", "from", "until", "past", "future"),
    *("age_from", "age_to", "weekdays", "days_ahead", "width", "kind", "rows", "look", "count", "extensions"),
)
