"""The question for a bank account: 銀行など or ゆうちょ銀行, and the holder as banks write names."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from rules.forms.field_types.base import FieldType, Question, Raw, Value, Wrong, input_id, quote, the, too_long
from rules.values import bank_kana, text

KINDS = {"bank": "銀行・信用金庫・農協など", "yucho": "ゆうちょ銀行"}
ACCOUNT_KINDS = {"ordinary": "普通", "current": "当座", "savings": "貯蓄"}
BANK_PARTS = {"bank": "金融機関名", "branch": "支店名", "account_kind": "種別", "number": "口座番号"}
YUCHO_PARTS = {"yucho_symbol": "記号", "yucho_number": "番号"}
_NAMES = {"kind": "金融機関の種類", **BANK_PARTS, **YUCHO_PARTS, "holder": "口座名義（カナ）"}
_LONGEST = 60
# (least, most) digits; a shorter number of a bank gets its leading zeros back.
_DIGITS = {"number": (1, 7), "yucho_symbol": (5, 5), "yucho_number": (2, 8)}

Errors = dict[str, str]


class BankAccountField(FieldType):
    """{"kind": "bank" or "yucho", "holder", and the parts of that kind}; the other kind's parts must be empty."""

    parts = ("kind", "bank", "branch", "account_kind", "number", "yucho_symbol", "yucho_number", "holder")

    def is_empty(self, q: Question, raw: Raw) -> bool:
        # lynx chooses the first of several circles by itself: the kind alone is no answer nobody asked for.
        says = self.parts if q.get("required") else [part for part in self.parts if part != "kind"]
        return all(text.is_blank(raw[part]) for part in says)

    def missing(self, q: Question) -> Errors:
        sentence = f"{the(q['label'])}を入力してください。はじめに、金融機関の種類を選んでください。"
        return {input_id(q, "kind"): sentence}

    def value(self, q: Question, raw: Raw, today: date) -> Value:
        kind = raw["kind"]
        if kind not in KINDS:
            raise Wrong({input_id(q, "kind"): "金融機関の種類を選んでください。"})
        mine, others = (BANK_PARTS, YUCHO_PARTS) if kind == "bank" else (YUCHO_PARTS, BANK_PARTS)
        errors: Errors = {}
        account = {"kind": kind}
        for part in (*mine, "holder"):
            account[part], wrong = _read(part, raw[part])
            if wrong:
                errors[input_id(q, part)] = wrong
        for part, name in others.items():
            if not text.is_blank(raw[part]):
                verb = "選ばずに" if part == "account_kind" else "空に"
                errors[input_id(q, part)] = (
                    f"「{KINDS[kind]}」を選んだので、{name}は{verb}してください。ちがうときは、種類を選び直してください。"
                )
        if errors:
            raise Wrong({i: errors[i] for i in (input_id(q, part) for part in self.parts) if i in errors})
        return account

    def show(self, q: Question, value: Value, today: date | None) -> list[str]:
        if value["kind"] == "yucho":
            place = ["ゆうちょ銀行", f"記号 {value['yucho_symbol']}　番号 {value['yucho_number']}"]
        else:
            kind = ACCOUNT_KINDS[value["account_kind"]]
            place = [f"{value['bank']}　{value['branch']}", f"{kind}　{value['number']}"]
        return [*place, f"名義　{value['holder']}"]

    def raw_of(self, q: Question, value: Value) -> Raw:
        return self.fit(q, value)

    def as_typed(self, q: Question, raw: Raw) -> list[str]:
        words = {"kind": KINDS, "account_kind": ACCOUNT_KINDS}
        typed = [words.get(part, {}).get(raw[part], raw[part]) for part in self.parts]
        return ["　".join(word for word in typed if word.strip())]

    def columns(self, q: Question) -> list[tuple[str, str]]:
        return [(part, f"{q['label']} {_NAMES[part]}") for part in self.parts]

    def cells(self, q: Question, value: Value) -> list[str]:
        words = {"kind": KINDS, "account_kind": ACCOUNT_KINDS}
        return [words.get(part, {}).get(value.get(part, ""), value.get(part, "")) for part in self.parts]

    def from_profile(self, q: Question, fact: Any) -> Raw | None:
        return None


def _read(part: str, typed: str) -> tuple[str, str]:
    """(the part as it is kept, what is wrong with it)"""
    name = _NAMES[part]
    if part == "account_kind":
        return (typed, "") if typed in ACCOUNT_KINDS else ("", f"{name}を選んでください。")
    if text.is_blank(typed):
        return "", f"{name}を入力してください。"
    if part in _DIGITS:
        return _number(part, typed)
    if part == "holder":
        return _holder(typed)
    line = text.one_line(typed).strip()
    return line, f"{name}は、{too_long(len(line), _LONGEST)}" if len(line) > _LONGEST else ""


def _number(part: str, typed: str) -> tuple[str, str]:
    name, (least, most) = _NAMES[part], _DIGITS[part]
    digits = re.sub(r"[-\s]", "", text.digits(typed))
    wanted = f"{most}けたの" if least == most else f"{most}けたまでの"
    if not re.fullmatch("[0-9]+", digits):
        return "", f"{name}は、{wanted}数字で入力してください。入力されたのは{quote(typed)}です。"
    if not least <= len(digits) <= most:
        found = f"入力されたのは {len(digits)}けたです。"
        if part == "yucho_symbol" and len(digits) == 6:
            found += "「-」のあとの1けたは、入力しません。"
        if part == "yucho_number" and len(digits) < least:
            wanted = f"{least}けたから{most}けたまでの"
        return "", f"{name}は、{wanted}数字で入力してください。{found}"
    return (digits.zfill(most) if part == "number" else digits), ""


def _holder(typed: str) -> tuple[str, str]:
    holder = bank_kana.convert(typed)
    if strange := bank_kana.not_allowed(holder):
        return "", (
            f"{_NAMES['holder']}は、通帳のとおりにカタカナで入力してください。{quote(strange)}は使えません。"
            "会社などは「カ）ナギサ」のように入力してください。"
        )
    if not holder:
        return "", f"{_NAMES['holder']}を入力してください。"
    longest = _LONGEST * 2
    return holder, f"{_NAMES['holder']}は、{too_long(len(holder), longest)}" if len(holder) > longest else ""
