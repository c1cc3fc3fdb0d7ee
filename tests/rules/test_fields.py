"""The types of questions: read, checked, shown, and read back."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from bottle import MultiDict
from hypothesis import given
from hypothesis import strategies as st

from rules.forms import fields
from rules.forms.fields import Question, Wrong

TODAY = date(2026, 11, 21)
OPTIONS = [
    {"value": v, "label": label} for v, label in (("male", "オス"), ("female", "メス"), ("unknown", "わからない"))
]
FILE = {"name": "写し.pdf", "size": 2_000_000, "sha256": "0" * 64, "id": "a"}


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


def person(family: str, given: str, family_kana: str, given_kana: str) -> dict[str, str]:
    return {"family": family, "given": given, "family_kana": family_kana, "given_kana": given_kana}


def day(year: str, month: str, day: str, era: str = "") -> dict[str, str]:
    return {"era": era, "year": year, "month": month, "day": day}


def home(postal_code: str, prefecture: str, address: str) -> dict[str, str]:
    return {"postal_code": postal_code, "prefecture": prefecture, "address": address}


# ---------------------------------------------------------------- all types

FILLED: list[tuple[Question, Any]] = [
    (q("text"), "ポチ"),
    (q("long_text"), "一行目\n二行目"),
    (q("number", limits={"min": 1, "max": 9}), "3"),
    (q("number", limits={"decimals": 2}), "3.50"),
    (q("date"), day("63", "4", "9", "S")),
    (q("choice", choices=OPTIONS), "male"),
    (q("choices", choices=OPTIONS), ["female", "male"]),
    (q("consent"), "yes"),
    (q("name"), person("𠮷田", "花子", "よしだ", "ﾊﾅｺ")),
    (q("address"), home("９９９８１００", "山形県", "朝凪町浜手一丁目1番1号")),
    (q("telephone"), "０９９９−００−１２３４"),
    (q("email"), " hanako@example.jp "),
    (q("file", limits={"count": 2}), [FILE]),
]
by_type = pytest.mark.parametrize(
    ("question", "raw"), FILLED, ids=[f"{x['type']}{i}" for i, (x, _) in enumerate(FILLED)]
)


@by_type
def test_value_goes_to_raw_and_back(question: Question, raw: Any) -> None:
    """R-3.6: what was meant can be shown in the form again and means the same."""
    meant = value(question, raw)
    assert meant is not None
    again = fields.raw_of(question, meant)
    assert fields.fit(question, again) == again
    assert value(question, again) == meant
    assert json.loads(json.dumps(meant, ensure_ascii=False)) == meant
    assert all(isinstance(line, str) and line for line in fields.show(question, meant))


@by_type
def test_nothing_typed(question: Question, raw: Any) -> None:
    """An empty answer is None, or a sentence at an input of the question where it is required."""
    blank = fields.blank(question)
    assert value(question, blank) is None
    assert fields.show(question, None) == []
    assert fields.raw_of(question, None) == blank
    found = errors(question | {"required": True}, blank)
    assert all(i == "q-it" or i.startswith("q-it-") for i in found)
    assert all(sentence.endswith(("ください。", "押します。")) for sentence in found.values())


@by_type
@pytest.mark.parametrize("garbage", [None, 5, "x", [], ["x", 5], {}, {"family": 5, "era": []}, [[1]]], ids=repr)
def test_drafts_of_an_older_form_do_no_harm(question: Question, raw: Any, garbage: Any) -> None:
    """R-3.2: an answer of another type's shape is fitted or refused, never an accident."""
    fitted = fields.fit(question, garbage)
    assert type(fitted) is type(fields.blank(question))
    try:
        value(question, garbage)
    except Wrong as wrong:
        assert wrong.errors


@by_type
def test_read_from_a_form(question: Question, raw: Any) -> None:
    """Inputs are named key.part; missing ones are blank."""
    if question["type"] == "file":
        return
    assert fields.read(question, MultiDict()) == fields.blank(question)
    form = MultiDict()
    for part in fields.parts(question):
        typed = raw[part] if isinstance(raw, dict) else raw
        for one in typed if isinstance(typed, list) else [typed]:
            form.append(f"it.{part}" if part else "it", one)
    assert fields.read(question, form) == raw


def test_reading_cleans() -> None:
    """R-3.10: kana are joined and control characters dropped, and nothing else happens."""
    assert fields.read(q("text"), MultiDict(it="か\u3099\0\ufa19 ")) == "が\ufa19 "


@given(st.text())
def test_any_text_is_kept_exactly(typed: str) -> None:
    """R-3.10"""
    raw = fields.read(q("long_text"), MultiDict(it=typed))
    kept = value(q("long_text"), raw)
    assert kept == raw or (kept is None and fields.check(q("long_text"), raw, TODAY) is None)
    if kept is not None:
        assert value(q("long_text"), fields.raw_of(q("long_text"), kept)) == kept


@given(st.sampled_from([question for question, _ in FILLED]), st.text(), st.text())
def test_no_typing_is_an_accident(question: Question, one: str, other: str) -> None:
    """Whatever is typed into whatever field becomes a value or a sentence."""
    form = MultiDict((f"it.{part}" if part else "it", one) for part in fields.parts(question))
    form["it.month"] = other
    try:
        json.dumps(value(question, fields.read(question, form))).encode()
    except Wrong as wrong:
        assert wrong.errors


# ---------------------------------------------------------------- choosing


def test_choice() -> None:
    choice = q("choice", "犬の性別", choices=OPTIONS)
    assert value(choice, "female") == "female"
    assert fields.show(choice, "female") == ["メス"]
    assert errors(choice, "other") == {"q-it": "犬の性別を、表示されている中から選んでください。"}
    assert errors(choice | {"required": True}, "") == {"q-it": "犬の性別を選んでください。"}


def test_choices() -> None:
    """Values stand in the form's order, each once."""
    choices = q("choices", "毛の色", choices=OPTIONS, limits={"min": 1, "max": 2})
    assert value(choices, ["female", "male", "female"]) == ["male", "female"]
    assert fields.show(choices, ["male", "female"]) == ["オス", "メス"]
    assert errors(choices, ["male", "other"]) == {"q-it": "毛の色を、表示されている中から選んでください。"}
    assert errors(choices, ["male", "female", "unknown"]) == {
        "q-it": "毛の色は、2つまで選んでください。いまは3つ選ばれています。"
    }
    assert "2つ以上選んで" in errors(choices | {"limits": {"min": 2}}, ["male"])["q-it"]


def test_consent() -> None:
    consent = required("consent", "上の説明を読みました")
    assert value(consent, "yes") is True
    assert "「上の説明を読みました」" in errors(consent, "")["q-it"]
    assert errors(consent, "no")


# ---------------------------------------------------------------- files


def test_files() -> None:
    """R-4.1: how many are set per question."""
    file = q("file", "免許証の写し", limits={"count": 2})
    assert value(file, [FILE]) == [FILE]
    assert fields.show(file, [FILE]) == ["写し.pdf（1.9MB）"]
    assert "2つまでです。いまは3つあります。" in errors(file, [FILE] * 3)["q-it"]
    many = {**file, "limits": {"count": 10}}
    assert "10個までです。いまは11個あります。" in errors(many, [FILE] * 11)["q-it"]
    assert errors(file | {"required": True}, [])["q-it"].startswith("免許証の写しを添付してください。")


def test_size_label() -> None:
    assert [fields.size_label(size) for size in (5, 1024, 1025, 10 * 1_048_576)] == [
        "5バイト",
        "1KB",
        "2KB",
        "10.0MB",
    ]


def test_heading() -> None:
    heading = {"key": "h", "type": "heading", "label": "説明", "hint": ""}
    assert fields.parts(heading) == ()
    assert fields.check(heading, "", TODAY) is None


# ---------------------------------------------------------------- profile


@pytest.mark.parametrize(
    ("question", "fact", "raw"),
    [
        (q("name"), person("三浦", "花子", "ミウラ", "ハナコ"), person("三浦", "花子", "ミウラ", "ハナコ")),
        (q("text"), person("三浦", "花子", "ミウラ", "ハナコ"), "三浦 花子"),
        (q("text"), home("999-8100", "山形県", "朝凪町"), "山形県朝凪町"),
        (q("date"), "1988-04-09", day("1988", "4", "9")),
        (q("telephone"), "0999-00-1234", "0999-00-1234"),
        (q("choice", choices=OPTIONS), "male", "male"),
        (q("choice", choices=OPTIONS), "男", None),
        (q("email"), "a@example.jp", "a@example.jp"),
        (q("file"), "x", None),
    ],
)
def test_facts_of_the_account(question: Question, fact: Any, raw: Any) -> None:
    """R-3.7: what the account knows fills in what fits."""
    assert fields.from_profile(question, fact) == raw
