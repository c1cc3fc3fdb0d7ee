"""Question types about a person: name, address, telephone, e-mail and password."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Any

from rules.accounts import password
from rules.forms.field_types.base import (
    FieldType,
    FormData,
    Question,
    Raw,
    Value,
    Wrong,
    input_id,
    input_name,
    limit,
    quote,
    the,
    too_long,
)  # fmt: skip
from rules.forms.field_types.plain import not_kana
from rules.values import email, text

_PREFECTURES = """
北海道 青森県 岩手県 宮城県 秋田県 山形県 福島県 茨城県 栃木県 群馬県 埼玉県 千葉県 東京都 神奈川県
新潟県 富山県 石川県 福井県 山梨県 長野県 岐阜県 静岡県 愛知県 三重県 滋賀県 京都府 大阪府 兵庫県 奈良県
和歌山県 鳥取県 島根県 岡山県 広島県 山口県 徳島県 香川県 愛媛県 高知県 福岡県 佐賀県 長崎県 熊本県
大分県 宮崎県 鹿児島県 沖縄県
"""
PREFECTURES = tuple(_PREFECTURES.split())


class NameField(FieldType):
    """氏名 exactly as typed, フリガナ in full-width katakana."""

    parts = ("family", "given", "family_kana", "given_kana")
    profiles = frozenset({"name"})
    longest = 60

    def missing(self, q: Question) -> dict[str, str]:
        return {input_id(q, part): f"{self.called(q, part)}を入力してください。" for part in self.parts}

    @staticmethod
    def called(q: Question, part: str) -> str:
        word = {"family": "姓", "given": "名", "family_kana": "セイ", "given_kana": "メイ"}[part]
        if not part.endswith("_kana"):
            return f"{the(q['label'])}の「{word}」"
        return f"{NameField.kana_called(q)}の「{word}」"

    @staticmethod
    def kana_called(q: Question) -> str:
        """フリガナ, with whose it is where the question says so."""
        return "フリガナ" if q["label"] in ("氏名", "お名前", "名前") else f"{the(q['label'])}のフリガナ"

    def value(self, q: Question, raw: Raw, today: date) -> Value:
        name = {
            part: text.to_katakana(typed).strip() if part.endswith("_kana") else text.one_line(typed)
            for part, typed in raw.items()
        }
        empty = {part for part in self.parts if text.is_blank(name[part])}
        one_word = "given" in empty and "family" not in empty and not _has_kanji_or_kana(name["family"])
        errors: dict[str, str] = {}
        for part in self.parts:
            if part in empty and one_word and part in ("given", "given_kana"):
                continue
            if wrong := self.wrong(q, part, name[part]):
                errors[input_id(q, part)] = wrong
        if errors:
            raise Wrong(errors)
        return {part: "" if part in empty else name[part] for part in self.parts}

    def wrong(self, q: Question, part: str, typed: str) -> str | None:
        called = self.called(q, part)
        if text.is_blank(typed):
            if part == "given":
                return f"{called}を入力してください。名のない方は、「姓」をローマ字で入力してください。"
            return f"{called}を入力してください。"
        if part.endswith("_kana") and (strange := not_kana(typed)):
            return f"{called}は、カタカナで入力してください。{quote(strange)}は使えません。"
        if len(typed) > self.longest:
            return f"{called}は、{too_long(len(typed), self.longest)}"
        return None

    def show(self, q: Question, value: Value, today: date | None) -> list[str]:
        return [line for line in (_joined(value["family"], value["given"]),
                                  _joined(value["family_kana"], value["given_kana"])) if line]  # fmt: skip

    def columns(self, q: Question) -> list[tuple[str, str]]:
        words = ("姓", "名", "セイ", "メイ")
        return [(part, f"{q['label']} {word}") for part, word in zip(self.parts, words, strict=True)]

    def cells(self, q: Question, value: Value) -> list[str]:
        return [value[part] for part in self.parts]

    def raw_of(self, q: Question, value: Value) -> Raw:
        return self.fit(q, value)

    def from_profile(self, q: Question, fact: Any) -> Raw | None:
        return self.fit(q, fact) if isinstance(fact, dict) else None


def _joined(family: str, given: str) -> str:
    return f"{family}　{given}".strip() if given else family


def _has_kanji_or_kana(name: str) -> bool:
    return any(unicodedata.name(c, "").startswith(("CJK", "HIRAGANA", "KATAKANA", "HALFWIDTH KATAKANA")) for c in name)


class AddressField(FieldType):
    """A postal address: 123-4567, one of 47 prefectures, the rest as typed."""

    parts = ("postal_code", "prefecture", "address")
    extra_keys = frozenset({"prefix"})
    profiles = frozenset({"address"})
    longest = 200

    @staticmethod
    def called(q: Question, part: str) -> str:
        word = {"postal_code": "郵便番号", "prefecture": "都道府県", "address": "住所"}[part]
        head = AddressField.head(q)
        return (q.get("prefix") or (f"{the(head)}の" if head else "")) + word

    @staticmethod
    def head(q: Question) -> str:
        """The heading above its parts: what the question is called, unless its parts say it all."""
        return "" if q.get("prefix") or q["label"] in ("住所", "ご住所") else str(q["label"])

    def missing(self, q: Question) -> dict[str, str]:
        return {input_id(q, part): self.absent(q, part) for part in self.parts}

    def absent(self, q: Question, part: str) -> str:
        return f"{self.called(q, part)}を{'選んで' if part == 'prefecture' else '入力して'}ください。"

    def value(self, q: Question, raw: Raw, today: date) -> Value:
        address = {"postal_code": _postal_code(raw["postal_code"]), "prefecture": raw["prefecture"].strip(),
                   "address": text.one_line(raw["address"])}  # fmt: skip
        errors = {input_id(q, part): self.absent(q, part) for part in self.parts if text.is_blank(address[part])}
        found = address["postal_code"]
        if found and not re.fullmatch("[0-9]{3}-[0-9]{4}", found):
            count = f"{len(found)}けた" if re.fullmatch("[0-9]+", found) else quote(raw["postal_code"])
            errors[input_id(q, "postal_code")] = (
                f"{self.called(q, 'postal_code')}は、7けたの数字で入力してください。入力されたのは{count}です。"
            )
        if address["prefecture"] and address["prefecture"] not in PREFECTURES:
            errors[input_id(q, "prefecture")] = self.absent(q, "prefecture")
        if len(address["address"]) > self.longest:
            sentence = too_long(len(address["address"]), self.longest)
            errors[input_id(q, "address")] = f"{self.called(q, 'address')}は、{sentence}"
        if errors:
            raise Wrong({i: errors[i] for i in (input_id(q, part) for part in self.parts) if i in errors})
        return address

    def show(self, q: Question, value: Value, today: date | None) -> list[str]:
        # Some type the prefecture again although they chose it.
        rest = value["address"].removeprefix(value["prefecture"])
        return [f"〒{value['postal_code']}", value["prefecture"] + rest]

    def columns(self, q: Question) -> list[tuple[str, str]]:
        words = ("郵便番号", "都道府県", "住所")
        return [(part, f"{q['label']} {word}") for part, word in zip(self.parts, words, strict=True)]

    def cells(self, q: Question, value: Value) -> list[str]:
        return [value[part] for part in self.parts]

    def raw_of(self, q: Question, value: Value) -> Raw:
        return self.fit(q, value)

    def from_profile(self, q: Question, fact: Any) -> Raw | None:
        return self.fit(q, fact) if isinstance(fact, dict) else None


def _postal_code(typed: str) -> str:
    """'123-4567' where seven digits were typed in any way, else what was typed without blanks and hyphens."""
    plain = re.sub(r"[\s〒〶-]", "", text.digits(typed))
    return f"{plain[:3]}-{plain[3:]}" if re.fullmatch("[0-9]{7}", plain) else plain


class TelephoneField(FieldType):
    """{"typed": as typed, "digits": digits only, a leading + kept}."""

    profiles = frozenset({"telephone"})

    def value(self, q: Question, raw: Raw, today: date) -> Value:
        digits = re.sub(r"[-()\[\]\s.・/]", "", text.digits(raw))
        if sentence := telephone_wrong(digits):
            raise Wrong({input_id(q): f"{the(q['label'])}は、{sentence}"})
        return {"typed": text.one_line(raw).strip(), "digits": digits}

    def show(self, q: Question, value: Value, today: date | None) -> list[str]:
        return [text.digits(value["typed"])]

    def raw_of(self, q: Question, value: Value) -> Raw:
        return str(value["typed"])

    def cells(self, q: Question, value: Value) -> list[str]:
        return self.show(q, value, None)

    def from_profile(self, q: Question, fact: Any) -> Raw | None:
        return fact.get("typed") if isinstance(fact, dict) else super().from_profile(q, fact)


def telephone_wrong(digits: str) -> str | None:
    """Why this is no telephone number, as the end of a sentence; None if it may be one.

    電気通信番号計画: 0AB-J ten digits; 050, 060, 070, 080, 090, 0800 eleven; 0120, 0570 ten;
    020 is not for people.
    """
    if re.fullmatch(r"\+[0-9]+", digits):
        return None if 7 <= len(digits) - 1 <= 15 else "「+」の後を7けたから15けたまでの数字で入力してください。"
    if not re.fullmatch("[0-9]+", digits):
        return "数字で入力してください。例：0999-00-1234"
    if digits.startswith(("010", "00")):
        return "海外の番号のときは、「+」と国番号から入力してください。"
    if not digits.startswith("0"):
        return "0から始まる番号を、市外局番から入力してください。"
    if digits.startswith("020"):
        return "電話をかけられる番号を入力してください。020から始まる番号は使えません。"
    wanted = 11 if re.match("0[5-9]0", digits) and not digits.startswith("0990") else 10
    if len(digits) == wanted:
        return None
    if len(digits) in (10, 11):
        found = f"入力されたのは {len(digits)}けたです。"
        return f"{digits[:3]}から始まるときは{wanted}けたの数字で入力してください。{found}"
    return f"10けたか11けたの数字で入力してください。入力されたのは {len(digits)}けたです。"


class EmailField(FieldType):
    """An e-mail address, checked as the user ID is (R-1.2)."""

    profiles = frozenset({"email"})

    def value(self, q: Question, raw: Raw, today: date) -> Value:
        address = str(raw).strip()
        try:
            email.check(address)
        except email.BadAddress as bad:
            raise Wrong({input_id(q): str(bad)}) from None
        return address


class PasswordField(FieldType):
    """A password as typed. limits: new (true: the rules for a new one are held against it)."""

    limits = frozenset({"new"})

    def read(self, q: Question, form: FormData) -> Raw:
        found = form.get(input_name(q), "")
        return found if isinstance(found, str) else ""

    def is_empty(self, q: Question, raw: Raw) -> bool:
        return not raw

    def value(self, q: Question, raw: Raw, today: date) -> Value:
        if limit(q, "new"):
            try:
                password.check(raw)
            except password.BadPassword as bad:
                raise Wrong({input_id(q): str(bad)}) from None
        return raw

    def show(self, q: Question, value: Value, today: date | None) -> list[str]:
        return []

    def as_typed(self, q: Question, raw: Raw) -> list[str]:
        return []

    def columns(self, q: Question) -> list[tuple[str, str]]:
        return []

    def cells(self, q: Question, value: Value) -> list[str]:
        return []

    def raw_of(self, q: Question, value: Value) -> Raw:
        return ""

    def from_profile(self, q: Question, fact: Any) -> Raw | None:
        return None
