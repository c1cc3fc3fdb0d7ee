"""Texts, numbers and dates as answers."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from rules.forms import fields
from rules.forms.fields import Question, Wrong

TODAY = date(2026, 11, 21)


def q(kind: str, label: str = "項目", **more: Any) -> Question:
    return {"key": "it", "type": kind, "label": label, "hint": "", "required": False, **more}


def required(kind: str, label: str = "項目", **more: Any) -> Question:
    return q(kind, label, **more) | {"required": True}


def errors(question: Question, raw: Any) -> dict[str, str]:
    with pytest.raises(Wrong) as wrong:
        fields.check(question, raw, TODAY)
    return wrong.value.errors


def value(question: Question, raw: Any) -> Any:
    return fields.check(question, raw, TODAY)


def day(year: str, month: str, day: str, era: str = "") -> dict[str, str]:
    return {"era": era, "year": year, "month": month, "day": day}


# ---------------------------------------------------------------- plain


def test_text() -> None:
    """R-3.10: blanks at the ends stay; a line end can only be crafted and becomes a blank."""
    assert value(q("text"), " ポチ ") == " ポチ "
    assert value(q("text"), "ポチ\nシロ") == "ポチ シロ"
    assert value(q("text"), "　\u200b") is None
    assert errors(required("text", "犬の名前"), " ") == {"q-it": "犬の名前を入力してください。"}
    assert errors(required("text", "犬の名前は何ですか"), "") == {"q-it": "「犬の名前は何ですか」を入力してください。"}


def test_too_long() -> None:
    """The sentence says how many characters are too many."""
    assert value(q("text"), "字" * 200) == "字" * 200
    assert errors(q("text", "理由"), "字" * 203) == {
        "q-it": "理由は、200字までで入力してください。いまは 203字で、3字多くなっています。"
    }
    assert errors(q("long_text", limits={"max_length": 5}), "字" * 6)
    assert errors(q("long_text"), "字" * 2_000_000)


def test_kana_text() -> None:
    """R-1.4, R-3.10: 法人名フリガナ is converted, kanji are refused by name."""
    kana = q("text", "法人名フリガナ", limits={"kind": "kana"})
    assert value(kana, "あさなぎｼｮｳｶｲ") == "アサナギショウカイ"
    assert errors(kana, "朝凪しょうかい") == {
        "q-it": "法人名フリガナは、カタカナで入力してください。「朝凪」は使えません。"
    }
    assert value(q("text", profile="corporation_kana"), "あ") == "ア"


def test_corporate_number() -> None:
    """R-1.4: 法人番号 is optional, its check digit verified."""
    number = q("text", "法人番号", limits={"kind": "corporate_number"})
    assert value(number, "") is None
    assert value(number, "７０００−０１２０−５０００２") == "7000012050002"
    assert errors(number, "700001205000") == {
        "q-it": "法人番号は、13けたの数字で入力してください。入力されたのは 12けたです。"
    }
    assert "どこか違っています" in errors(number, "8000012050002")["q-it"]


def test_digits_text() -> None:
    chip = q("text", "マイクロチップの番号", limits={"kind": "digits"})
    assert value(chip, "３９２-000 000000001") == "392000000000001"
    assert "数字で入力してください" in errors(chip, "39２a")["q-it"]


@pytest.mark.parametrize(("raw", "count"), [("12", 2), ("1" * 14, 14), ("1" * 16, 16)])
def test_digits_of_one_length(raw, count) -> None:
    """What says 「15けたの数字です」 takes no other."""
    chip = q("text", "マイクロチップの番号", limits={"kind": "digits", "min_length": 15, "max_length": 15})
    sentence = f"マイクロチップの番号は、15けたの数字で入力してください。入力されたのは {count}けたです。"
    assert errors(chip, raw) == {"q-it": sentence}
    assert value(chip, "３９２-000 000000001") == "392000000000001"
    assert "3字以上で入力してください。いまは 2字です。" in errors(q("text", limits={"min_length": 3}), "あい")["q-it"]


@pytest.mark.parametrize(
    ("raw", "limits", "number"),
    [
        ("3", {}, 3),
        ("３", {}, 3),
        ("1,000", {}, 1000),
        ("１，０００円", {"unit": "円"}, 1000),
        ("-5", {}, -5),
        ("−５", {}, -5),
        ("007", {}, 7),
        ("3.0", {}, 3),
        ("-0", {}, 0),
        ("12.50", {"decimals": 2}, "12.5"),
        ("１２．５", {"decimals": 2}, "12.5"),
        ("12", {"decimals": 2}, "12"),
        ("10メートル", {"unit": "メートル"}, 10),
        (" 4 ", {"min": 4, "max": 4}, 4),
        ("100000", {"decimals": 1}, "100000"),
    ],
)
def test_number(raw: str, limits: dict[str, Any], number: Any) -> None:
    """Width, commas and the unit do not matter; one number has one value."""
    found = value(q("number", limits=limits), raw)
    assert found == number
    assert type(found) is type(number)


@pytest.mark.parametrize(
    ("raw", "limits", "words"),
    [
        ("三", {}, "数字で入力してください。入力されたのは「三」です。"),
        ("1e5", {}, "数字で入力してください"),
        ("1.5", {}, "小数点のない数字で"),
        ("1.234", {"decimals": 2}, "小数点より下は2けたまでで"),
        ("0", {"min": 1, "unit": "頭"}, "1頭以上の数字"),
        ("10001", {"max": 10000, "unit": "円"}, "10,000円以下の数字"),
        ("9" * 16, {}, "15けたまでで"),
        ("NaN", {}, "数字で"),
        ("Infinity", {"decimals": 2}, "数字で"),
    ],
)
def test_wrong_number(raw: str, limits: dict[str, Any], words: str) -> None:
    assert words in errors(q("number", "頭数", limits=limits), raw)["q-it"]


def test_numbers_shown() -> None:
    assert fields.show(q("number", limits={"unit": "円"}), 3000) == ["3,000円"]
    assert fields.show(q("number", limits={"unit": "年"}), 2026) == ["2026年"]
    assert fields.show(q("number"), 12345) == ["12,345"]
    assert fields.show(q("number", limits={"decimals": 2, "unit": "㎡"}), "120.5") == ["120.5㎡"]


# ---------------------------------------------------------------- dates


@pytest.mark.parametrize(
    ("raw", "iso"),
    [
        (day("1988", "4", "9"), "1988-04-09"),
        (day("63", "4", "9", "S"), "1988-04-09"),
        (day("６３年", "０４月", "９日", "S"), "1988-04-09"),
        (day("元", "5", "1", "R"), "2019-05-01"),
        (day("1", "5", "1", "R"), "2019-05-01"),
        (day("昭和63", "4", "9"), "1988-04-09"),
        (day("S63", "4", "9"), "1988-04-09"),
        (day("15", "12", "25", "T"), "1926-12-25"),
        (day("元", "12", "25", "S"), "1926-12-25"),
        (day("昭和63年4月9日", "", ""), "1988-04-09"),
        (day("1988/4/9", "", ""), "1988-04-09"),
        (day("63.4.9", "", "", "S"), "1988-04-09"),
    ],
)
def test_date(raw: dict[str, str], iso: str) -> None:
    """西暦 or 和暦 in small fields, in any width, with 元年, or all of it in the first field."""
    assert value(q("date"), raw) == iso


@pytest.mark.parametrize(
    ("raw", "where", "words"),
    [
        (day("63", "4", "9"), "year", "西暦は4けたで"),
        (day("1988", "4", "9", "S"), "year", "「西暦」を選んでください"),
        (day("1988", "2", "30"), "day", "1日から29日まで"),
        (day("64", "1", "8", "S"), "era", "平成元年です"),
        (day("1988", "", "9"), "month", "生年月日の「月」を入力してください。"),
        (day("", "", "9"), "year", "生年月日の「年」を入力してください。"),
        (day("1988", "四", "9"), "month", "数字で入力してください。入力されたのは「四」です。"),
        (day("63", "4", "9", "X"), "era", "元号を選び直してください"),
        (day("9" * 5000, "4", "9"), "year", "数字で"),
    ],
)
def test_wrong_date(raw: dict[str, str], where: str, words: str) -> None:
    """The sentence stands at the wrong one of the small fields."""
    assert words in errors(q("date", "生年月日"), raw)[f"q-it-{where}"]


def test_every_missing_part_is_named() -> None:
    assert set(errors(q("date"), day("1988", "", ""))) == {"q-it-month", "q-it-day"}
    assert errors(required("date", "生年月日"), day("", "", "", "S")) == {"q-it-year": "生年月日を入力してください。"}


def test_past_and_future() -> None:
    """Today itself is neither too late nor too early."""
    past, future = (
        q("date", "生まれた日", limits={"past": True}),
        q("date", "使い始める日", limits={"future": True}),
    )
    today, yesterday, tomorrow = day("2026", "11", "21"), day("2026", "11", "20"), day("2026", "11", "22")
    assert value(past, today) == value(future, today) == "2026-11-21"
    assert errors(past, tomorrow) == {"q-it-year": "生まれた日が、きょうより後になっています。日付をお確かめください。"}
    assert errors(future, yesterday) == {
        "q-it-year": "使い始める日が、きょうより前になっています。日付をお確かめください。"
    }
    assert errors(q("date", profile="birth_date"), tomorrow)


def test_dates_shown() -> None:
    """A birth date carries the age, so that a wrong 元号 is seen at once."""
    assert fields.show(q("date"), "1988-04-09", TODAY) == ["昭和63年（1988年）4月9日"]
    assert fields.show(q("date", profile="birth_date"), "1988-04-09", TODAY) == ["昭和63年（1988年）4月9日　38歳"]
    assert fields.show(q("date", profile="birth_date"), "1988-04-09") == ["昭和63年（1988年）4月9日"]
