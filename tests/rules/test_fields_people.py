"""Names, addresses, telephones, e-mail and passwords as answers."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from bottle import MultiDict

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


def person(family: str, given: str, family_kana: str, given_kana: str) -> dict[str, str]:
    return {"family": family, "given": given, "family_kana": family_kana, "given_kana": given_kana}


def home(postal_code: str, prefecture: str, address: str) -> dict[str, str]:
    return {"postal_code": postal_code, "prefecture": prefecture, "address": address}


def test_name_is_kept_as_typed_and_kana_are_converted() -> None:
    """R-3.10"""
    typed = person("\ufa19﨑\U000e0100", "ゔぃ 髙", "ｼﾞﾝｻﾞｷ ", "ゔぃ")
    assert value(q("name", "氏名"), typed) == person("\ufa19﨑\U000e0100", "ゔぃ 髙", "ジンザキ", "ヴィ")
    assert fields.show(q("name"), person("三浦", "花子", "ミウラ", "ハナコ")) == [
        "三浦　花子",
        "ミウラ　ハナコ",
    ]


def test_foreign_names() -> None:
    """R-3.10: a name in Latin letters may stand in one field."""
    assert value(q("name"), person("NGUYỄN VĂN AN", "", "グエン ヴァン アン", "")) == person(
        "NGUYỄN VĂN AN", "", "グエン ヴァン アン", ""
    )
    assert fields.show(q("name"), person("NGUYEN", "", "グエン", "")) == ["NGUYEN", "グエン"]
    assert set(errors(q("name"), person("O'BRIEN", "JOHN", "オブライエン", ""))) == {"q-it-given_kana"}


def test_wrong_name() -> None:
    """Only what is wrong is named."""
    assert errors(q("name", "氏名"), person("三浦", "花子", "ミウラ", "")) == {
        "q-it-given_kana": "フリガナの「メイ」を入力してください。"
    }
    found = errors(q("name", "飼い主の氏名"), person("三浦", "", "三浦", "ハナコ"))
    assert list(found) == ["q-it-given", "q-it-family_kana"]
    assert found["q-it-given"].startswith("飼い主の氏名の「名」を入力してください。")
    assert (
        found["q-it-family_kana"]
        == "飼い主の氏名のフリガナの「セイ」は、カタカナで入力してください。「三浦」は使えません。"
    )
    assert set(errors(q("name"), person("", "花子", "ミウラ", "ハナコ"))) == {"q-it-family"}
    assert set(errors(required("name"), person("", "", "", ""))) == {
        "q-it-family",
        "q-it-given",
        "q-it-family_kana",
        "q-it-given_kana",
    }
    assert "1字多くなっています" in errors(q("name"), person("三" * 61, "花子", "ミウラ", "ハナコ"))["q-it-family"]


@pytest.mark.parametrize(
    "typed", ["999-8100", "9998100", "〒999-8100", "９９９－８１００", "９９９ー８１００", " 999 8100 "]
)
def test_postal_code(typed: str) -> None:
    """R-3.10: converted rather than refused."""
    assert value(q("address"), home(typed, "山形県", "朝凪町"))["postal_code"] == "999-8100"


def test_wrong_address() -> None:
    assert errors(q("address", "住所"), home("99981", "山形県", "朝凪町")) == {
        "q-it-postal_code": "郵便番号は、7けたの数字で入力してください。入力されたのは5けたです。"
    }
    assert errors(q("address", prefix="施設の"), home("9998100", "朝凪県", "")) == {
        "q-it-prefecture": "施設の都道府県を選んでください。",
        "q-it-address": "施設の住所を入力してください。",
    }
    assert len(errors(required("address"), home("", "", ""))) == 3
    assert len(fields.PREFECTURES) == len(set(fields.PREFECTURES)) == 47


def test_address_shown() -> None:
    """The prefecture is not said twice."""
    assert fields.show(q("address"), home("999-8100", "山形県", "朝凪町浜手1")) == [
        "〒999-8100",
        "山形県朝凪町浜手1",
    ]
    assert fields.show(q("address"), home("999-8100", "山形県", "山形県朝凪町")) == [
        "〒999-8100",
        "山形県朝凪町",
    ]


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("0999-00-1234", "0999001234"),
        ("(0999)00−1234", "0999001234"),
        ("０９０　１２３４　５６７８", "09012345678"),
        ("060-1234-5678", "06012345678"),
        ("0120-123-456", "0120123456"),
        ("0800-123-4567", "08001234567"),
        ("050-1234-5678", "05012345678"),
        ("0570ー000ー123", "0570000123"),
        ("03.1234.5678", "0312345678"),
        ("+81 90 1234 5678", "+819012345678"),
        ("＋１－２０２－５５５－０１００", "+12025550100"),
    ],
)
def test_telephone(typed: str, digits: str) -> None:
    """R-3.10: any hyphen, bracket, blank and width; 060 is a telephone too. What was typed is kept."""
    assert value(q("telephone"), typed) == {"typed": typed, "digits": digits}


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("09990012", "電話番号は、10けたか11けたの数字で入力してください。入力されたのは 8けたです。"),
        ("090-1234-567", "090から始まるときは11けた"),
        ("0999-00-12345", "099から始まるときは10けた"),
        ("00-1234", "国番号"),
        ("1234567", "市外局番"),
        ("020-1234-5678", "020から始まる番号は使えません"),
        ("なし", "数字で"),
        ("+81", "「+」の後"),
        ("+1234567890123456", "「+」の後"),
    ],
)
def test_wrong_telephone(typed: str, words: str) -> None:
    assert words in errors(q("telephone", "電話番号"), typed)["q-it"]


def test_telephone_shown() -> None:
    assert fields.show(q("telephone"), {"typed": "０９９９−００−１２３４", "digits": "0999001234"}) == ["0999-00-1234"]


def test_email() -> None:
    """R-1.2: blanks around do no harm, the four rules hold."""
    assert value(q("email"), " Taro@example.jp\n") == "Taro@example.jp"
    assert "続けて使えません" in errors(q("email"), "a..b@example.jp")["q-it"]


def test_password() -> None:
    """R-1.1: kept as typed, never shown again; the rules are for new ones."""
    assert fields.read(q("password"), MultiDict(it="か\u3099\r ")) == "か\u3099\r "
    assert value(required("password"), "short") == "short"
    assert errors(required("password", limits={"new": True}), "short")
    assert fields.show(q("password"), "kaze-to-nami") == []
    assert fields.raw_of(q("password"), "kaze-to-nami") == ""


def test_an_address_is_called_as_its_question() -> None:
    """Two addresses on a page are told apart: by what they are called, or by the words put before their parts."""
    bare = home("", "", "")
    assert errors(required("address", "住所"), bare)["q-it-postal_code"] == "郵便番号を入力してください。"
    house = required("address", "空き家の所在地")
    assert errors(house, bare)["q-it-postal_code"] == "空き家の所在地の郵便番号を入力してください。"
    assert errors(house, home("99", "", ""))["q-it-prefecture"] == "空き家の所在地の都道府県を選んでください。"
    sent_to = required("address", "送り先", prefix="送り先の")
    assert errors(sent_to, bare)["q-it-address"] == "送り先の住所を入力してください。"
