"""Amounts, times, 法人番号, and what a date may be limited to."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from rules.forms import fields, form
from rules.forms.fields import Question, Wrong

TODAY = date(2026, 11, 21)  # a Saturday


def q(kind: str, label: str = "項目", **more: Any) -> Question:
    return {"key": "it", "type": kind, "label": label, "hint": "", "required": False, **more}


def value(question: Question, raw: Any) -> Any:
    return fields.check(question, raw, TODAY)


def errors(question: Question, raw: Any) -> dict[str, str]:
    with pytest.raises(Wrong) as wrong:
        value(question, raw)
    return wrong.value.errors


def lint(question: Question) -> list[str]:
    return form.lint({"pages": [{"key": "one", "title": "見本", "intro": "", "questions": [question]}]})


def at(hour: str, minute: str) -> dict[str, str]:
    return {"hour": hour, "minute": minute}


def on(day: str) -> dict[str, str]:
    year, month, of_month = day.split("-")
    return {"era": "", "year": year, "month": month, "day": of_month}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("1,234.5", "1234.5"),
        ("1.5ｋｇ", "1.5"),
        ("１．５ＫＧ", "1.5"),
        ("1.5㎏", "1.5"),
        ("1、234", "1234"),
        ("12kg也", "12"),
    ],
)
def test_a_number_is_read_as_people_write_it(typed: str, meant: str) -> None:
    assert value(q("number", limits={"decimals": 2, "unit": "kg"}), typed) == meant


@pytest.mark.parametrize("typed", ["1,5", "1,2,3", "12,34", ",5", "1,2345", "5²", "5m"])
def test_a_comma_stands_between_groups_of_three_only(typed: str) -> None:
    """「1,5」 is meant as 1.5 by some: nobody may find 15 there."""
    assert "数字で入力してください" in errors(q("number", limits={"decimals": 2, "unit": "kg"}), typed)["q-it"]
    assert "例：12,000" in errors(q("money"), typed)["q-it"]


# ---------------------------------------------------------------- money


@pytest.mark.parametrize(
    "typed", ["12000", "12,000", "12,000円", "１２，０００円", "￥12,000", "¥ 12 000", "12、000", "12,000円也"]
)
def test_money_is_read_as_people_write_it(typed: str) -> None:
    """Issue 4.1: money; kept in whole yen."""
    assert value(q("money"), typed) == 12000


def test_money_is_shown_with_commas_and_kept_plain() -> None:
    assert fields.show(q("money"), 1234567) == ["1,234,567円"]
    assert fields.raw_of(q("money"), 1234567) == "1,234,567"
    assert fields.cells(q("money"), 1234567) == ["1234567"]
    assert value(q("money"), "0") == 0


@pytest.mark.parametrize("typed", ["1万2千円", "12.5", "百円", "--5", "円", "1e5"])
def test_what_is_no_amount(typed: str) -> None:
    assert "例：12,000" in errors(q("money", "費用"), typed)["q-it"]


def test_money_within_its_limits() -> None:
    cost = q("money", "費用", limits={"min": 1000, "max": 200_000})
    assert errors(cost, "999") == {"q-it": "費用は、1,000円以上の金額を入力してください。"}
    assert errors(cost, "200001") == {"q-it": "費用は、200,000円以下の金額を入力してください。"}
    assert fields.hint_of(cost) == "1,000円以上200,000円以下で入力してください。"
    assert "0円以上" in errors(q("money"), "-5")["q-it"]
    assert value(q("money", limits={"min": -100}), "−5円") == -5
    assert "長すぎます" in errors(q("money"), "1" * 13)["q-it"]


@pytest.mark.parametrize("limits", [{"min": "a"}, {"max": 1.5}, {"min": True}, {"max": 10**13}, {"min": 5, "max": 4}])
def test_limits_of_money_that_nothing_can_satisfy(limits: dict[str, Any]) -> None:
    """R-7.4"""
    assert len(lint(q("money", limits=limits))) == 1


def test_a_maximum_below_zero_needs_its_minimum() -> None:
    assert lint(q("money", limits={"max": -1}))
    assert lint(q("money", limits={"min": -5, "max": -1})) == []


# ---------------------------------------------------------------- time


def test_time() -> None:
    """Issue 4.1: time."""
    assert value(q("time"), at("１３", "5")) == "13:05"
    assert value(q("time"), at("9時", "30分")) == "09:30"
    assert value(q("time"), at("", "")) is None
    assert fields.show(q("time"), "13:05") == ["13時05分"]
    assert fields.cells(q("time"), "09:05") == ["09:05"]
    assert fields.raw_of(q("time"), "09:05") == at("9", "05")
    assert fields.as_typed(q("time"), at("25", "")) == ["25時"]


def test_wrong_times() -> None:
    """Each part has its own sentence."""
    found = errors(q("time", "時刻"), at("25", ""))
    assert list(found) == ["q-it-hour", "q-it-minute"]
    assert "0から23まで" in found["q-it-hour"] and "0を入力します" in found["q-it-minute"]
    assert list(errors(q("time"), at("", "30"))) == ["q-it-hour"]
    assert list(errors(q("time"), at("1", "60"))) == ["q-it-minute"]
    assert list(errors(q("time"), at("9:30", "0"))) == ["q-it-hour"]


def test_time_within_its_limits() -> None:
    visit = q("time", "希望の時刻", limits={"from": "08:45", "until": "16:45", "step": 30})
    assert value(visit, at("8", "45")) == "08:45" and value(visit, at("16", "45")) == "16:45"
    sentence = {"q-it-hour": "希望の時刻は、8時45分から16時45分まで、30分きざみの時刻を入力してください。"}
    for wrong in (at("8", "30"), at("9", "30"), at("17", "15")):
        assert errors(visit, wrong) == sentence
    assert fields.hint_of(visit) == "8時45分から16時45分まで、30分きざみで選んでください。"


@pytest.mark.parametrize(
    "limits", [{"from": "9:00"}, {"until": "24:00"}, {"from": 9}, {"from": "10:00", "until": "09:00"},
               {"step": 7}, {"step": 0}, {"step": True}, {"step": "30"}],
)  # fmt: skip
def test_limits_of_a_time_that_nothing_can_satisfy(limits: dict[str, Any]) -> None:
    """R-7.4"""
    assert len(lint(q("time", limits=limits))) == 1


# ---------------------------------------------------------------- 法人番号


def test_corporate_number() -> None:
    """R-1.4, issue 4.1: thirteen digits with their check digit; the account fills it in."""
    number = q("corporate_number", "法人番号", profile="corporate_number")
    assert value(number, "７０００−０１２０−５０００２") == "7000012050002"
    assert "12けたです" in errors(number, "700001205000")["q-it"]
    assert "どこか違っています" in errors(number, "8000012050002")["q-it"]
    assert "13けたの数字で" in errors(number, "T7000012050002")["q-it"]
    assert fields.from_profile(number, "7000012050002") == "7000012050002"
    assert fields.hint_of(number) == "13けたの数字です。"
    assert lint(number) == []


# ---------------------------------------------------------------- limits of a date


def test_age_on_the_day() -> None:
    """Issue 4.1: a birth date with limits of age, the birthday itself included."""
    adult = q("date", "保護者の生年月日", limits={"age_from": 18})
    assert value(adult, on("2008-11-21")) == "2008-11-21"
    assert errors(adult, on("2008-11-22")) == {
        "q-it-year": "保護者の生年月日は、18歳以上の方だけが対象です。入力された日付では、きょう17歳です。"
        "日付をお確かめください。"
    }
    child = q("date", "お子さんの生年月日", limits={"age_from": 3, "age_to": 5})
    assert value(child, on("2020-11-22")) and "3歳以上5歳以下" in errors(child, on("2020-11-21"))["q-it-year"]
    assert "きょうより後" in errors(child, on("2027-01-01"))["q-it-year"]
    assert fields.show(child, "2020-11-22", TODAY) == ["令和2年（2020年）11月22日　5歳"]
    assert fields.hint_of(adult) == "18歳以上の方だけが対象です。"
    baby = q("date", "赤ちゃんの生年月日", limits={"age_to": 0})
    assert value(baby, on("2025-11-22")) and "1歳になる前の方だけ" in errors(baby, on("2025-11-21"))["q-it-year"]


def test_days_of_the_week() -> None:
    waste = q("date", "回収の日", limits={"weekdays": [5, 2]})
    assert value(waste, on("2026-11-24")) == "2026-11-24"
    assert errors(waste, on("2026-11-25")) == {
        "q-it-year": "回収の日は、火曜日・金曜日の日付を入力してください。11月25日は水曜日です。"
    }


def test_days_ahead() -> None:
    """Both ends count; without an end any later day will do."""
    day = q("date", "希望日", limits={"days_ahead": [3, 10]})
    assert value(day, on("2026-11-24")) and value(day, on("2026-12-01"))
    for wrong in ("2026-11-23", "2026-12-02"):
        assert errors(day, on(wrong)) == {
            "q-it-year": "希望日は、令和8年（2026年）11月24日から令和8年（2026年）12月1日までの日付を入力してください。"
        }
    assert value(q("date", limits={"days_ahead": [0, None]}), on("2100-01-01"))
    assert errors(q("date", limits={"days_ahead": [0, None]}), on("2026-11-20"))
    assert fields.hint_of(day) == "きょうの3日後から10日後までの日付を入力してください。"


@pytest.mark.parametrize(
    "limits",
    [{"age_from": 10, "age_to": 9}, {"age_from": "18"}, {"age_to": 200}, {"age_from": 3, "future": True},
     {"weekdays": []}, {"weekdays": [0]}, {"weekdays": "月"}, {"weekdays": [True]}, {"days_ahead": [10, 3]},
     {"days_ahead": 3}, {"days_ahead": [1]}, {"days_ahead": [-1, 3]}, {"days_ahead": [1, 3], "past": True}],
)  # fmt: skip
def test_limits_of_a_date_that_nothing_can_satisfy(limits: dict[str, Any]) -> None:
    """R-7.4"""
    assert len(lint(q("date", limits=limits))) == 1
