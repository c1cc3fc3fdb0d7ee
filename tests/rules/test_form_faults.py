"""What lint finds in conditions, exit pages, tables, sums and in forms that are too large, and where."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from asking_form import FAMILY, FORM, choices, question
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.forms import form
from rules.forms.form_lint import Fault

BEFORE = [
    {"key": "head", "type": "heading", "label": "はじめに", "hint": ""},
    question("way", "choice", "受け取り方", choices=choices(mail="郵送", desk="窓口")),
    question("wants", "choices", "必要なもの", required=False, choices=choices(copy="写し", seal="印鑑")),
    question("people", "number", "人数", required=False, limits={"min": 1, "max": 9}),
    question("born", "date", "生年月日", required=False),
    question("due", "date", "予定の日", required=False, limits={"future": True}),
    question("agree", "consent", "同意", required=False),
    question("paper", "file", "写し", required=False),
    question("name", "name", "氏名", required=False),
    question("memo", "text", "ひとこと", required=False),
    FAMILY,
]


def made(*more: dict[str, Any]) -> dict[str, Any]:
    """A form whose second page has these questions."""
    first = {"key": "first", "title": "一", "intro": "", "questions": copy.deepcopy(BEFORE)}
    last = question("last", "text", "おわりに", required=False)
    return {"pages": [first, {"key": "second", "title": "二", "intro": "", "questions": [*more, last]}]}


def condition(cond: Any) -> list[Fault]:
    return form.faults(made(question("asked", "text", "くわしく", show_if=cond)))


@pytest.mark.parametrize(
    "cond",
    [
        {"question": "way", "is": "mail"},
        {"question": "way", "is_not": "mail"},
        {"question": "way", "one_of": ["mail", "desk"]},
        {"question": "wants", "includes": "copy"},
        {"question": "people", "at_least": 9},
        {"question": "people", "at_most": 1},
        {"question": "people", "is": 3},
        {"question": "born", "age_below": 18},
        {"question": "born", "age_at_least": 65},
        {"question": "born", "at_least": "2020-04-01"},
        {"question": "agree", "is": True},
        {"question": "agree", "answered": False},
        {"question": "name", "answered": True},
        {"question": "memo", "answered": True},
        {"question": "family", "answered": True},
    ],
)
def test_conditions_that_make_sense(cond: dict[str, Any]) -> None:
    assert condition(cond) == []


@pytest.mark.parametrize(
    ("cond", "sentence"),
    [
        ("mail", "どの項目を見るか（question）がありません"),
        ({"is": "mail"}, "どの項目を見るか（question）がありません"),
        ({"question": "way"}, "比べ方は、1つだけ"),
        ({"question": "way", "is": "mail", "is_not": "desk"}, "比べ方は、1つだけ"),
        ({"question": "way", "equals": "mail"}, "知らない比べ方「equals」"),
        ({"question": "asked", "is": "x"}, "この項目自身の答えは使えません"),
        ({"question": "last", "is": "x"}, "「last」は、これより後にあります"),
        ({"question": "gone", "is": "x"}, "「gone」が、様式にありません"),
        ({"question": "head", "answered": True}, "「はじめに」は、条件に使えない種類（heading）の項目です"),
        ({"question": "paper", "answered": True}, "「写し」は、条件に使えない種類（file）の項目です"),
        ({"question": "way", "is": "post"}, "条件で選んだもの（post）は、「受け取り方」の選択肢にありません"),
        ({"question": "way", "one_of": ["mail", "post"]}, "条件で選んだもの（post）は"),
        ({"question": "wants", "includes": "post"}, "条件で選んだもの（post）は、「必要なもの」の選択肢にありません"),
        ({"question": "way", "at_least": 3}, "条件の比べ方（at_least）は、「受け取り方」の種類の項目に合いません"),
        ({"question": "wants", "is": "copy"}, "条件の比べ方（is）は、「必要なもの」の種類の項目に合いません"),
        ({"question": "memo", "is": "c3"}, "条件の比べ方（is）は、「ひとこと」の種類の項目に合いません"),
        ({"question": "name", "is": "浜口"}, "条件の比べ方（is）は、「氏名」の種類の項目に合いません"),
        ({"question": "people", "is": "3"}, "数字で書いてください。いまは「3」"),
        ({"question": "born", "at_least": "令和2年"}, "日付で書いてください。いまは「令和2年」"),
        ({"question": "born", "at_least": "2026-02-30"}, "日付で書いてください"),
        ({"question": "born", "age_below": "18"}, "条件の年齢は、整数で"),
        ({"question": "way", "one_of": "mail"}, "条件の one_of は、値の並びに"),
        ({"question": "way", "answered": "yes"}, "条件の answered は、true か false"),
        ({"question": "way", "one_of": []}, "成り立つことがありません。比べる値が1つもありません"),
        ({"question": "people", "at_least": 10}, "成り立つことがありません。「人数」は、9 までしか"),
        ({"question": "people", "at_most": 0}, "成り立つことがありません。「人数」は、1 からしか"),
        ({"question": "people", "one_of": [0, 10]}, "成り立つことがありません"),
        ({"question": "agree", "is": False}, "成り立つことがありません。「同意」の答えは"),
        ({"question": "way", "answered": False}, "成り立つことがありません。「受け取り方」は、必ず答える項目"),
        ({"question": "born", "age_below": 0}, "成り立つことがありません。年齢が0歳"),
        ({"question": "born", "age_at_least": 151}, "成り立つことがありません。年齢が151歳"),
        ({"question": "due", "age_at_least": 1}, "成り立つことがありません。「予定の日」は、きょうより後"),
    ],
)
def test_conditions_that_do_not(cond: Any, sentence: str) -> None:
    """Issue 4.4: mistakes are found before publishing, each with its place."""
    (fault,) = condition(cond)
    assert sentence in fault.sentence
    assert fault.sentence.startswith("「二」のページの「くわしく」（asked）：")
    assert (fault.page, fault.question) == ("second", "asked")


def test_a_condition_on_a_page() -> None:
    """The place of a page's condition is the page; a circle cannot be: only what stands before may be named."""
    found = made()
    found["pages"][1]["show_if"] = {"question": "last", "answered": True}
    (fault,) = form.faults(found)
    assert (fault.page, fault.question) == ("second", "")
    assert "これより後にあります" in fault.sentence
    found["pages"][1]["show_if"] = {"question": "way", "is": "mail"}
    assert form.faults(found) == []
    found["pages"][0]["show_if"] = {"question": "last", "answered": True}
    (fault,) = form.faults(found)
    assert "最初のページには、条件（show_if）を付けられません" in fault.sentence


def exit_page(**changes: Any) -> dict[str, Any]:
    return {"key": "out", "title": "対象外", "intro": "理由", "questions": [], "exit": {"procedure": "", "text": ""},
            "show_if": {"question": "way", "is": "mail"}, **changes}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"show_if": None}, "どの項目を見るか"),
        ({"questions": [question("x", "text", "項目")]}, "項目を置けません"),
        ({"intro": " "}, "理由と、どうすればよいか"),
        ({"exit": "dog"}, "procedure と text だけで"),
        ({"exit": {"procedure": "dog", "where": ""}}, "procedure と text だけで"),
        ({"exit": {"procedure": 3}}, "文字で書いてください"),
    ],
)
def test_exit_pages(changes: dict[str, Any], sentence: str) -> None:
    found = made()
    found["pages"].append(exit_page())
    assert form.faults(found) == []
    found["pages"][-1] = exit_page(**changes)
    assert [fault.page for fault in form.faults(found)] == ["out"]
    assert sentence in form.lint(found)[0]


def test_an_exit_page_needs_a_condition() -> None:
    found = made()
    found["pages"].append({name: of for name, of in exit_page().items() if name != "show_if"})
    assert any("だれも先に進めません" in sentence for sentence in form.lint(found))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"columns": []}, "表の列（columns）が1つもありません"),
        ({"columns": None}, "表の列（columns）が1つもありません"),
        ({"columns": [question("a", "file", "添付")]}, "この種類の項目（file）は、表の列にできません"),
        ({"columns": [question("a", "table", "表")]}, "この種類の項目（table）は、表の列にできません"),
        ({"columns": [question("a", "no", "？")]}, "列「？」：項目の種類「no」はありません"),
        ({"columns": [question("a", "text", "一"), question("a", "text", "二")]}, "列「二」：キー「a」が二度"),
        ({"columns": [question("a", "text", "一", show_if={})]}, "条件（show_if）は付けられません"),
        ({"columns": [question("a", "text", "一", profile="name")]}, "利用者情報（profile）は付けられません"),
        ({"columns": [question("a", "text", "マイナンバー")]}, "個人番号（マイナンバー）をたずねることはできません"),
        ({"columns": [question("a", "choice", "一", choices=[])]}, "列「一」：選択肢（choices）がありません"),
        ({"limits": {"min": 5, "max": 4}}, "何件入力しても通りません"),
        ({"limits": {"max": 51}}, "1から50までの整数"),
        ({"limits": {"min": -1}}, "0から50までの整数"),
        ({"row_name": 3}, "1件の呼び名（row_name）"),
        ({"columns": [question(f"c{at}", "text", "列") for at in range(21)]}, "表の列が多すぎます"),
        ({"limits": {"max": 50}, "columns": [question(f"c{at}", "date", "列") for at in range(8)]}, "入力欄が多すぎて"),
    ],
)
def test_tables(changes: dict[str, Any], sentence: str) -> None:
    found = made({**FAMILY, "key": "others", **changes})
    assert any(sentence in one for one in form.lint(found)), form.lint(found)
    assert {fault.page for fault in form.faults(found)} == {"second"}


@pytest.mark.parametrize(
    ("of", "sentence"),
    [
        ([], "合計する項目（of）が1つもありません"),
        (None, "合計する項目（of）が1つもありません"),
        ([3], "項目のキーで"),
        (["people", "people"], "二度あります"),
        (["gone"], "「gone」が、様式にありません"),
        (["last"], "「last」は、これより後にあります"),
        (["total"], "この項目自身は足せません"),
        (["memo"], "「ひとこと」は数字の項目ではない"),
        (["family"], "数字の項目ではない"),
        (["family.gone"], "合計する列「family.gone」が、様式にありません"),
        (["family.relation"], "列「続き柄」は数字の列ではない"),
        (["people.x"], "合計する列「people.x」が、様式にありません"),
    ],
)
def test_sums(of: Any, sentence: str) -> None:
    total = {"key": "total", "type": "sum", "label": "合計", "hint": "", "of": of}
    (fault,) = form.faults(made(total))
    assert sentence in fault.sentence
    assert (fault.page, fault.question) == ("second", "total")
    assert form.faults(made({**total, "of": ["people", "family.income"]})) == []


def test_too_large() -> None:
    """Bad input of issue 4: 500 questions and more, endless texts, each a sentence."""
    q = [question(f"q{at}", "text", "項目", required=False) for at in range(501)]
    pages = [{"key": f"p{at}", "title": "ページ", "intro": "", "questions": [one]} for at, one in enumerate(q)]
    found = form.lint({"pages": pages})
    assert found[0].startswith("ページが多すぎます。50ページまで")
    assert found[1].startswith("項目が多すぎます。500まで")
    assert form.lint({"pages": [{"key": "p", "title": "一", "intro": "", "questions": q[:500]}]}) == []
    long = {"pages": [{"key": "p", "title": "一" * 201, "intro": "説" * 20_001, "questions": [
        question("a", "text", "見" * 201, hint="説" * 20_001),
        question("b", "choice", "一", choices=[{"value": "a", "label": "長" * 201}]),
    ]}]}  # fmt: skip
    sentences = " ".join(form.lint(long))
    for word in ("題名（title）が長すぎます", "説明（intro）が長すぎます", "見出し（label）が長すぎます",
                 "説明（hint）が長すぎます", "選択肢の文字（label）が長すぎます"):  # fmt: skip
        assert word in sentences
    assert all(len(sentence) < 300 for sentence in form.lint(long))


def test_places_of_simple_faults() -> None:
    found = made(question("a", "text", ""), question("a", "choice", "一"))
    assert [(fault.page, fault.question) for fault in form.faults(found)] == [("second", "a")] * 3
    assert form.lint(found) == [fault.sentence for fault in form.faults(found)]
    assert form.faults({}) == [Fault("様式にページ（pages）がありません。")]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 100) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def broken(draw: st.DrawFn) -> Any:
    """The whole form with something else in some place."""
    found = copy.deepcopy(FORM)
    for _ in range(draw(st.integers(1, 3))):
        place: Any = found
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if not isinstance(place[key], dict | list) or draw(st.integers(0, 4)) == 0:
                place[key] = draw(JSON)
                break
            place = place[key]
    return found


@given(broken())
@settings(max_examples=100, deadline=None)
def test_no_document_makes_lint_fail(found: Any) -> None:
    """Bad input of issue 4: wrong types anywhere are sentences."""
    assert all(isinstance(sentence, str) and sentence for sentence in form.lint(found))


def test_two_of_one_name_on_a_page() -> None:
    """Names and addresses that nobody can tell apart; those that stand there by turns, or differ, are none."""
    one = question("one", "address", "住所")
    (fault,) = form.faults(made(one, question("two", "address", "住所")))
    assert "同じページに、同じ名前のものがあります" in fault.sentence and fault.question == "two"
    assert form.faults(made(one, question("two", "address", "住所", prefix="送り先の"))) == []
    assert form.faults(made(one, question("two", "address", "送り先"))) == []
    by_turns = [{"question": "way", "is": way} for way in ("mail", "desk")]
    assert form.faults(made(*(question(f"n{n}", "name", "氏名", show_if=c) for n, c in enumerate(by_turns)))) == []
