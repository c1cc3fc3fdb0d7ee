"""Tables (家族 1, 家族 2 …) and sums: what is read, meant, shown and written to a list."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from asking_form import FAMILY, choices, question
from bottle import MultiDict

from rules.forms import fields, form
from rules.forms.fields import TABLE, Wrong

TODAY = date(2026, 11, 24)
KEN = {
    "name": {"family": "浜口", "given": "健", "family_kana": "はまぐち", "given_kana": "ケン"},
    "born": {"era": "H", "year": "2", "month": "1", "day": "2"},
    "relation": "spouse",
    "income": "120,000",
    "student": "",
}
BLANK = TABLE.blank_row(FAMILY)
VALUE = {
    "name": {"family": "浜口", "given": "健", "family_kana": "ハマグチ", "given_kana": "ケン"},
    "born": "1990-01-02",
    "relation": "spouse",
    "income": 120000,
    "student": None,
}


def posted(*rows: dict[str, str], count: int | None = None) -> MultiDict:
    found = MultiDict({f"family.{at}.{name}": typed for at, row in enumerate(rows) for name, typed in row.items()})
    if count is not None:
        found["family.rows"] = str(count)
    return found


def test_rows_are_read_by_their_number() -> None:
    """Inputs are KEY.N.COLUMN; a row of which nothing comes is there if the page said so."""
    read = TABLE.read(FAMILY, posted({"name.family": "浜口", "relation": "child"}, {"student": "yes"}, count=3))
    assert len(read) == 3
    assert read[0]["name"]["family"] == "浜口"
    assert read[1]["student"] == "yes"
    assert read[2] == BLANK
    assert len(TABLE.read(FAMILY, posted({"income": "1"}, {"income": ""}))) == 2
    assert TABLE.read(FAMILY, MultiDict()) == []


@pytest.mark.parametrize("count", ["99999999999", "-1", "x", "", "１", "1e9"])
def test_garbage_names_are_harmless(count: str) -> None:
    """A row far out, a count that is none: nothing grows and nothing fails."""
    typed = MultiDict({"family.99999999.income": "1", "family.x.income": "1", "family..income": "1",
                       "family.rows": count, "family.0.income": "5"})  # fmt: skip
    read = TABLE.read(FAMILY, typed)
    assert len(read) <= 100
    assert read[0]["income"] == "5"


def test_values_and_back() -> None:
    """Rows wholly empty are left out; the value means the same when it is typed again."""
    value = fields.check(FAMILY, [BLANK, KEN, BLANK], TODAY)
    assert value == [VALUE]
    assert fields.check(FAMILY, fields.raw_of(FAMILY, value), TODAY) == value
    optional = {**FAMILY, "required": False}
    assert fields.check(optional, [BLANK], TODAY) is None
    assert fields.raw_of(optional, None) == []


def test_required_means_required_in_each_row() -> None:
    """Errors carry the row in id and sentence: 家族 2の…"""
    with pytest.raises(Wrong) as wrong:
        fields.check(FAMILY, [KEN, {**BLANK, "income": "いろは"}], TODAY)
    assert list(wrong.value.errors) == [
        "q-family-1-name-family", "q-family-1-name-given", "q-family-1-name-family_kana",
        "q-family-1-name-given_kana", "q-family-1-born-year", "q-family-1-relation", "q-family-1-income",
    ]  # fmt: skip
    assert wrong.value.errors["q-family-1-relation"] == "家族 2の続き柄を選んでください。"
    assert "家族 2の氏名の「姓」" in wrong.value.errors["q-family-1-name-family"]


def test_a_row_without_a_word_for_it() -> None:
    plain = {name: of for name, of in FAMILY.items() if name != "row_name"}
    with pytest.raises(Wrong) as wrong:
        fields.check(plain, [{**BLANK, "income": "1"}], TODAY)
    assert wrong.value.errors["q-family-0-relation"] == "1件目の続き柄を選んでください。"


@pytest.mark.parametrize(
    ("rows", "limits", "sentence"),
    [
        (0, {}, "いっしょに住む家族を、1件以上入力してください。"),
        (0, {"min": 2}, "いっしょに住む家族を、2件以上入力してください。"),
        (1, {"min": 2}, "いっしょに住む家族は、2件以上入力してください。いまは1件です。"),
        (
            3,
            {"max": 2},
            "いっしょに住む家族は、2件まで入力してください。いまは3件です。要らないものの「削除」を押してください。",
        ),
    ],
)
def test_minimum_and_maximum(rows: int, limits: dict[str, int], sentence: str) -> None:
    """Issue 4.1: minimum and maximum; what is over the maximum is told, and stays until somebody takes it away."""
    q = {**FAMILY, "limits": limits}
    with pytest.raises(Wrong) as wrong:
        fields.check(q, [KEN] * rows, TODAY)
    assert wrong.value.errors == {"q-family": sentence}
    assert len(fields.fit(q, [KEN] * rows)) == rows


def test_too_many_rows_are_never_lost_silently() -> None:
    """A post with a thousand rows is cut where no form reaches, and cannot be sent."""
    many = MultiDict({f"family.{at}.income": "1" for at in range(1000)})
    read = TABLE.read(FAMILY, many)
    assert len(read) == 100
    with pytest.raises(Wrong) as wrong:
        fields.check(FAMILY, read, TODAY)
    assert "4件まで" in wrong.value.errors["q-family"]


def test_an_optional_table_with_a_minimum_may_stay_empty() -> None:
    q = {**FAMILY, "required": False, "limits": {"min": 2}}
    assert fields.check(q, [BLANK, BLANK], TODAY) is None
    assert len(TABLE.rows_shown(q, [])) == 2
    assert len(TABLE.rows_shown(FAMILY, [])) == 1
    assert len(TABLE.rows_shown(FAMILY, [KEN, KEN])) == 2


def test_shown_as_a_block_for_each_row() -> None:
    assert fields.show(FAMILY, [VALUE, {**VALUE, "income": None, "student": True}], TODAY) == [
        "家族 1",
        "　氏名：浜口　健　ハマグチ　ケン",
        "　生まれた日：平成2年（1990年）1月2日",
        "　続き柄：配偶者",
        "　月の収入：120,000円",
        "家族 2",
        "　氏名：浜口　健　ハマグチ　ケン",
        "　生まれた日：平成2年（1990年）1月2日",
        "　続き柄：配偶者",
        "　学生です：はい",
    ]
    assert fields.as_typed(FAMILY, [BLANK, KEN])[:2] == ["家族 2", "　氏名：浜口　健　はまぐち　ケン"]


def test_a_cell_for_each_column() -> None:
    """All rows stand in one cell a column, each in its place even where it is empty."""
    headings = [heading for _, heading in fields.columns(FAMILY)]
    cells = fields.cells(FAMILY, [VALUE, {**VALUE, "income": None}])
    row = dict(zip(headings, cells, strict=True))
    assert row["いっしょに住む家族 氏名 姓"] == "浜口 / 浜口"
    assert row["いっしょに住む家族 月の収入"] == "120000 / "
    assert row["いっしょに住む家族 生まれた日"] == "1990-01-02 / 1990-01-02"
    assert fields.cells(FAMILY, None) == [""] * len(headings)


# ---------------------------------------------------------------- sums


def total(raw: dict[str, Any], *questions: dict[str, Any]) -> tuple[Any, list[str]]:
    """(value, lines) of the last question, a sum, with these answers."""
    made = {"pages": [{"key": "p", "title": "一", "intro": "", "questions": list(questions)}]}
    assert form.lint(made) == []
    values, _ = form.check_form(made, raw, {}, TODAY)
    ((_, rows),) = form.display(made, values, {}, TODAY)
    return values[questions[-1]["key"]], rows[-1][1]


def a_sum(*of: str, **limits: Any) -> dict[str, Any]:
    return {"key": "sum", "type": "sum", "label": "合計", "hint": "", "of": list(of), "limits": limits}


A = question("a", "number", "一つ目", required=False, limits={"decimals": 2})
B = question("b", "number", "二つ目", required=False)
YEN = question("yen", "money", "家賃", required=False)


@pytest.mark.parametrize(
    ("raw", "value", "lines"),
    [
        ({"a": "1.25", "b": "2"}, "3.25", ["3.25"]),
        ({"a": "1.5", "b": "0.5"}, "1.5", ["1.5"]),  # b takes no decimals: it is wrong, and not counted
        ({"a": "1.50", "b": "-2"}, "-0.5", ["-0.5"]),
        ({"a": "0.5", "b": ""}, "0.5", ["0.5"]),
        ({"a": "10000", "b": "1"}, 10001, ["10,001"]),
        ({"a": "", "b": ""}, None, ["（入力なし）"]),
        ({"sum": "999", "b": "1"}, 1, ["1"]),
    ],
)
def test_a_sum_is_what_its_parts_come_to(raw: dict[str, str], value: Any, lines: list[str]) -> None:
    """Issue 4.1: the calculated sum; what a browser says it is does not matter."""
    assert total(raw, A, B, a_sum("a", "b")) == (value, lines)


def test_a_sum_of_money_is_money() -> None:
    """円 stands there by itself where all is money, also in a sum of sums and of a column."""
    assert total({"yen": "12,000円"}, YEN, a_sum("yen")) == (12000, ["12,000円"])
    assert total({"yen": "12000"}, YEN, a_sum("yen", unit="")) == (12000, ["12,000"])
    assert total({"yen": "5", "b": "1"}, YEN, B, a_sum("yen", "b")) == (6, ["6"])
    of_sums = {**a_sum("sum"), "key": "whole"}
    assert total({"yen": "12000"}, YEN, a_sum("yen"), of_sums) == (12000, ["12,000円"])
    bills = question("bills", "table", "領収書", columns=[question("paid", "money", "払った額")])
    assert total({"bills": [{"paid": "500"}, {"paid": ""}, {"paid": "20円"}]}, bills, a_sum("bills.paid")) == (
        520,
        ["520円"],
    )


def test_a_sum_stays_money_where_a_part_of_it_is_hidden() -> None:
    asked = question("asked", "choice", "あるか", choices=choices(no="いいえ", yes="はい"))
    hidden = {**B, "key": "more", "type": "money", "show_if": {"question": "asked", "is": "yes"}}
    assert total({"asked": "no", "yen": "12000"}, asked, YEN, hidden, a_sum("yen", "more")) == (12000, ["12,000円"])


def test_what_is_right_in_an_unfinished_table_is_added() -> None:
    """「計算する」 works before every row is complete."""
    made = {"pages": [{"key": "p", "title": "一", "intro": "", "questions": [FAMILY, a_sum("family.income")]}]}
    raw = {"family": [{**BLANK, "income": "10"}, {**BLANK, "income": "x"}, {**BLANK, "income": "5"}]}
    found = form.reading(made, raw, {}, TODAY)
    assert found.values["sum"] == 15
    assert "family" not in found.values
    assert found.errors
