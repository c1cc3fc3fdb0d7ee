"""Question types of one typed line, paragraph or number."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from rules.forms.field_types.base import (
    FieldType,
    Question,
    Raw,
    Value,
    Wrong,
    input_id,
    limit,
    quote,
    the,
    too_long,
)
from rules.values import text
from rules.values.corporate_number import corporate_number_valid

_GROUPED = re.compile(r"[-+]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?")
KANA = re.compile("[ァ-ヺーヽヾ・ㇰ-ㇿ \u3000]+")
WIDTHS = ("short", "medium", "long")


def not_kana(kana: str) -> str:
    """The characters that may not stand in a フリガナ."""
    return "".join(dict.fromkeys(c for c in kana if not KANA.fullmatch(c)))


def bare_number(typed: str, unit: str) -> str:
    """A number as it was typed, without its unit, 也 and the commas between groups of three; other commas stay."""
    plain = re.sub(r"\s", "", text.digits(typed)).replace("、", ",").removesuffix("也")
    number = plain[: len(plain) - len(plain.lstrip("-+0123456789.,"))]
    if _unit(plain.removeprefix(number)) == _unit(unit):
        plain = number
    return plain.replace(",", "") if _GROUPED.fullmatch(plain) else plain


def _unit(words: str) -> str:
    """「ｋｇ」, 「㎏」 and 「KG」 are one unit."""
    return unicodedata.normalize("NFKC", text.digits(words)).casefold()


class TextField(FieldType):
    """One line. limits: min_length, max_length, width, kind = "kana" | "digits" | "corporate_number"."""

    limits = frozenset({"min_length", "max_length", "width", "kind"})
    profiles = frozenset(
        {"name", "birth_date", "address", "telephone", "email", "corporate_number"}
        | {"corporation_name", "corporation_kana", "contact_name"}
    )
    longest = 200

    def value(self, q: Question, raw: Raw, today: date) -> Value:
        kept = self.convert(q, raw)
        least, most = limit(q, "min_length", 1), limit(q, "max_length", self.longest)
        if not least <= len(kept) <= most:
            raise Wrong({input_id(q): f"{the(q['label'])}は、{self.wrong_length(q, len(kept), least, most)}"})
        return kept

    def wrong_length(self, q: Question, length: int, least: int, most: int) -> str:
        """What is said of a text that is too long or too short; digits are counted as people do."""
        if self.kind(q) == "digits" and least == most:
            return f"{most}けたの数字で入力してください。入力されたのは {length}けたです。"
        if length > most:
            return too_long(length, most)
        return f"{least:,}字以上で入力してください。いまは {length:,}字です。"

    def convert(self, q: Question, raw: str) -> str:
        """The text as it is kept: as typed, unless its kind has one right way to be written."""
        line, kind = text.one_line(raw), self.kind(q)
        if kind == "kana":
            kana = text.to_katakana(line).strip()
            if strange := not_kana(kana):
                raise Wrong({input_id(q): f"{the(q['label'])}は、カタカナで入力してください。"
                             f"{quote(strange)}は使えません。"})  # fmt: skip
            return kana
        if kind in ("digits", "corporate_number"):
            number = re.sub("[- ]", "", text.digits(line))
            if kind == "corporate_number":
                self.check_corporate_number(q, number)
            elif not (number.isascii() and number.isdigit()):
                raise Wrong({input_id(q): f"{the(q['label'])}は、数字で入力してください。"
                             f"入力されたのは{quote(line)}です。"})  # fmt: skip
            return number
        return line

    @staticmethod
    def kind(q: Question) -> str:
        by_profile = {"corporation_kana": "kana", "corporate_number": "corporate_number"}
        return str(limit(q, "kind") or by_profile.get(q.get("profile", ""), ""))

    @staticmethod
    def check_corporate_number(q: Question, number: str) -> None:
        if not re.fullmatch("[0-9]{13}", number):
            found = f"入力されたのは {len(number)}けたです。" if number.isascii() and number.isdigit() else ""
            raise Wrong({input_id(q): f"{the(q['label'])}は、13けたの数字で入力してください。{found}"})
        if not corporate_number_valid(number):
            raise Wrong({input_id(q): f"{the(q['label'])}の数字が、どこか違っています。番号をお確かめください。"})

    def show(self, q: Question, value: Value, today: date | None) -> list[str]:
        return str(value).splitlines() or [""]

    def from_profile(self, q: Question, fact: Any) -> Raw | None:
        if isinstance(fact, dict):
            keys = ("family", "given") if "family" in fact else ("prefecture", "address")
            fact = ("" if "prefecture" in keys else " ").join(fact.get(key, "") for key in keys).strip()
        return super().from_profile(q, fact)

    def lint(self, q: Question) -> Iterator[str]:
        most = limit(q, "max_length", self.longest)
        if type(most) is not int or not 1 <= most <= 20_000:
            yield f"文字数（max_length）は、1から20,000までの整数で決めてください。いまは {most} です。"
        least = limit(q, "min_length", 1)
        if type(least) is not int or (type(most) is int and not 1 <= least <= most):
            yield f"文字数（min_length）は、1から、max_length までの整数で決めてください。いまは {least} です。"
        if limit(q, "width", "medium") not in WIDTHS:
            yield f"入力欄の幅（width）は、{'、'.join(WIDTHS)} のどれかにしてください。"
        if limit(q, "kind", "kana") not in ("kana", "digits", "corporate_number"):
            yield "文字の種類（kind）は、kana、digits、corporate_number のどれかにしてください。"


class LongTextField(TextField):
    """Paragraphs. limits: max_length, rows."""

    limits = frozenset({"max_length", "rows"})
    longest = 4000

    def convert(self, q: Question, raw: str) -> str:
        return raw

    def lint(self, q: Question) -> Iterator[str]:
        yield from super().lint(q)
        rows = limit(q, "rows", 5)
        if type(rows) is not int or not 1 <= rows <= 40:
            yield f"行数（rows）は、1から40までの整数で決めてください。いまは {rows} です。"


class NumberField(FieldType):
    """A number: int, or a decimal in plain digits as str where `decimals` allows them."""

    limits = frozenset({"min", "max", "decimals", "unit"})
    most_digits = 15

    def value(self, q: Question, raw: Raw, today: date) -> Value:
        number = self.parse(q, raw)
        least, most = limit(q, "min"), limit(q, "max")
        for wrong, bound, words in (
            (least is not None and number < Decimal(str(least)), least, "以上"),
            (most is not None and number > Decimal(str(most)), most, "以下"),
        ):
            if wrong:
                wanted = f"{self.plain(q, Decimal(str(bound)))}{limit(q, 'unit', '')}{words}"
                raise Wrong({input_id(q): f"{the(q['label'])}は、{wanted}の数字を入力してください。"})
        return format(number.normalize(), "f") if limit(q, "decimals", 0) else int(number)

    def parse(self, q: Question, raw: str) -> Decimal:
        label, unit = the(q["label"]), limit(q, "unit", "")
        plain = bare_number(raw, unit)
        if not re.fullmatch(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)", plain):
            raise Wrong({input_id(q): f"{label}は、数字で入力してください。入力されたのは{quote(raw)}です。"})
        if len(plain) > self.most_digits:
            raise Wrong({input_id(q): f"{label}の数字が長すぎます。{self.most_digits}けたまでで入力してください。"})
        number, decimals = Decimal(plain), limit(q, "decimals", 0)
        if number != round(number, decimals):
            wanted = f"小数点より下は{decimals}けたまでで" if decimals else "小数点のない数字で"
            raise Wrong({input_id(q): f"{label}は、{wanted}入力してください。入力されたのは{quote(raw)}です。"})
        return abs(number) if number == 0 else number

    @staticmethod
    def plain(q: Question, number: Decimal) -> str:
        # Amounts always get their commas; small counts and years are easier to read without.
        grouped = abs(number) >= 10_000 or limit(q, "unit") == "円"
        return format(number.normalize(), ",f" if grouped else "f")

    def show(self, q: Question, value: Value, today: date | None) -> list[str]:
        return [f"{self.plain(q, Decimal(str(value)))}{limit(q, 'unit', '')}"]

    def lint(self, q: Question) -> Iterator[str]:
        least, most, decimals = limit(q, "min"), limit(q, "max"), limit(q, "decimals", 0)
        for bound in (least, most):
            if bound is not None and (isinstance(bound, bool) or not isinstance(bound, int | float)):
                yield f"最小と最大（min、max）は、数字で決めてください。いまは {bound} です。"
                return
        if least is not None and most is not None and least > most:
            yield f"どんな数字も入力できません。最小 {least} が最大 {most} より大きくなっています。"
        if type(decimals) is not int or not 0 <= decimals <= 6:
            yield f"小数点より下のけた数（decimals）は、0から6までの整数です。いまは {decimals} です。"
        if not isinstance(limit(q, "unit", ""), str):
            yield "単位（unit）は、文字で決めてください。"
