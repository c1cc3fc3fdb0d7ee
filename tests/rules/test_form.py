"""Form documents: pages, answers, reading back, and what lint finds."""

from __future__ import annotations

import copy
import json
from datetime import date
from typing import Any

import pytest
from bottle import MultiDict
from hypothesis import given
from hypothesis import strategies as st

import config
from rules.forms import form

TODAY = date(2026, 11, 21)
FORM: dict[str, Any] = {
    "pages": [
        {
            "key": "owner",
            "title": "飼い主",
            "intro": "",
            "questions": [
                {"key": "head", "type": "heading", "label": "飼い主のこと", "hint": ""},
                {
                    "key": "name",
                    "type": "name",
                    "label": "氏名",
                    "hint": "",
                    "required": True,
                    "profile": "name",
                },
                {
                    "key": "tel",
                    "type": "telephone",
                    "label": "電話番号",
                    "hint": "",
                    "required": True,
                    "profile": "telephone",
                },
            ],
        },
        {
            "key": "dog",
            "title": "犬",
            "intro": "",
            "questions": [
                {"key": "dog_name", "type": "text", "label": "犬の名前", "hint": "", "required": True},
                {
                    "key": "born",
                    "type": "date",
                    "label": "生まれた日",
                    "hint": "",
                    "required": False,
                    "limits": {"past": True},
                },
                {
                    "key": "proof",
                    "type": "file",
                    "label": "注射済証",
                    "hint": "",
                    "required": False,
                    "limits": {"count": 1},
                },
            ],
        },
        {
            "key": "other",
            "title": "連絡事項",
            "intro": "",
            "questions": [{"key": "remarks", "type": "long_text", "label": "連絡事項", "hint": "", "required": False}],
        },
    ]
}
FILE = {"name": "済証.pdf", "size": 1000, "sha256": "0" * 64, "id": "a"}
NAME = {"family": "三浦", "given": "花子", "family_kana": "ミウラ", "given_kana": "ハナコ"}


def typed() -> dict[str, Any]:
    return {"name": dict(NAME), "tel": "0999-00-1234", "dog_name": "ポチ"}


def test_pages() -> None:
    """R-3.1: one or more pages in order."""
    assert [p["key"] for p in form.pages(FORM)] == ["owner", "dog", "other"]
    assert form.page(FORM, "dog") is FORM["pages"][1]
    assert form.page(FORM, "cat") is None
    assert form.next_page(FORM, "owner") is FORM["pages"][1]
    assert form.next_page(FORM, "other") is None
    assert form.previous_page(FORM, "dog") is FORM["pages"][0]
    assert form.previous_page(FORM, "owner") is None
    assert [q["key"] for q in form.questions(FORM)][:2] == ["head", "name"]


def test_read_page_takes_only_its_own_questions() -> None:
    """R-3.2: unknown fields are ignored, missing ones blank, files come another way."""
    posted = MultiDict({"dog_name": "ポチ", "born.year": "2026", "evil": "x", "name.family": "三浦", "proof": "x"})
    assert form.read_page(FORM["pages"][1], posted) == {
        "dog_name": "ポチ",
        "born": {"era": "", "year": "2026", "month": "", "day": ""},
    }


def test_complete() -> None:
    """Every question of the page has a raw answer of its shape, also files and drafts of an older form."""
    complete = form.complete(FORM["pages"][1], {"born": "1988", "gone": "x"}, {"proof": [FILE]})
    assert complete == {
        "dog_name": "",
        "born": {"era": "", "year": "", "month": "", "day": ""},
        "proof": [FILE],
    }


def test_check_page() -> None:
    values, errors = form.check_page(FORM["pages"][0], {"name": NAME, "tel": "1"}, {}, TODAY)
    assert values == {"name": NAME}
    assert list(errors) == ["q-tel"]


def test_check_form() -> None:
    """R-3.1: the answers of all pages, or the errors page by page in order."""
    values, errors = form.check_form(FORM, typed(), {}, TODAY)
    assert errors == {}
    assert values == {
        "name": NAME,
        "tel": {"typed": "0999-00-1234", "digits": "0999001234"},
        "dog_name": "ポチ",
        "born": None,
        "remarks": None,
    }
    values, errors = form.check_form(FORM, {}, {"proof": [FILE, FILE]}, TODAY)
    assert list(errors) == ["owner", "dog"]
    assert list(errors["dog"]) == ["q-dog_name", "q-proof"]


def test_prefill() -> None:
    """R-3.7: what the account knows, and no blanks for what it does not."""
    assert form.prefill(FORM, {"name": NAME, "telephone": "", "email": "a@example.jp"}) == {"name": NAME}


def test_display() -> None:
    """R-3.9: every answer in the form's order, an empty one said in words, files by name."""
    values, _ = form.check_form(FORM, typed(), {}, TODAY)
    shown = form.display(FORM, values, {"proof": [FILE]})
    assert [p["key"] for p, _ in shown] == ["owner", "dog", "other"]
    assert [(q["key"], lines) for q, lines in shown[1][1]] == [
        ("dog_name", ["ポチ"]),
        ("born", ["（入力なし）"]),
        ("proof", ["済証.pdf（1000バイト）"]),
    ]
    assert {q["key"]: lines for q, lines in form.display(FORM, values, {})[1][1]}["proof"] == ["（添付なし）"]


def test_passwords_are_not_read_back() -> None:
    """R-1.1"""
    secret = {"key": "secret", "type": "password", "label": "パスワード", "hint": "", "required": True}
    shown = form.display({"pages": [{"key": "p", "title": "", "questions": [secret]}]}, {"secret": "kaze"}, {})
    assert shown[0][1] == []


documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
)


@given(documents)
def test_canonical_bytes(document: Any) -> None:
    """R-3.12: one document has one byte sequence, whatever the order of its keys, and can be read back."""
    kept = form.canonical(document)
    assert json.loads(kept) == document
    if isinstance(document, dict):
        assert form.canonical(dict(reversed(document.items()))) == kept


def test_canonical_keeps_kanji() -> None:
    """R-3.10, R-3.12"""
    assert form.canonical({"b": "𠮷", "a": ["\ufa19", None]}) == '{"a":["\ufa19",null],"b":"𠮷"}'.encode()


# ---------------------------------------------------------------- lint


def test_a_sound_form_has_no_faults() -> None:
    assert form.lint(FORM) == []


def spoilt(place: tuple[int, int] | None = None, **changes: Any) -> list[str]:
    """The faults of FORM after changes to one question, or to the first page."""
    document = copy.deepcopy(FORM)
    target = document["pages"][0] if place is None else document["pages"][place[0]]["questions"][place[1]]
    for key, changed in changes.items():
        target[key] = changed
    return form.lint(document)


@pytest.mark.parametrize(
    ("place", "changes", "words"),
    [
        (None, {"title": ""}, "題名（title）がありません"),
        (None, {"key": "dog"}, "キー「dog」が二度"),
        (None, {"key": "Dog"}, "キー「Dog」は使えません"),
        (None, {"questions": []}, "入力する項目が1つもありません"),
        (None, {"layout": 2}, "知らない項目「layout」"),
        ((1, 0), {"key": "name"}, "キー「name」が二度"),
        ((1, 0), {"type": "slider"}, "項目の種類「slider」はありません"),
        ((1, 0), {"type": ["text"]}, "はありません"),
        ((1, 0), {"label": " "}, "見出し（label）がありません"),
        ((1, 0), {"color": "red"}, "知らない項目「color」"),
        ((1, 0), {"choices": []}, "知らない項目「choices」"),
        ((1, 0), {"required": "yes"}, "必須かどうか"),
        ((1, 0), {"limits": {"count": 1}}, "制限「count」はありません"),
        ((1, 0), {"limits": {"max_length": 0}}, "1から20,000まで"),
        ((1, 0), {"limits": {"min_length": 6, "max_length": 5}}, "max_length までの整数"),
        ((1, 0), {"limits": []}, "制限（limits）の形が違います"),
        ((1, 0), {"profile": "age"}, "「age」はありません"),
        ((1, 1), {"profile": "telephone"}, "この種類の項目には入りません"),
        ((1, 1), {"limits": {"past": True, "future": True}}, "きょうの日付のほかは入力できません"),
        ((1, 2), {"limits": {"count": 0}}, "1から20まで"),
        ((1, 2), {"limits": {"extensions": ["exe"]}}, "exe"),
        ((1, 0), {"type": "number", "limits": {"min": 5, "max": 2}}, "どんな数字も入力できません"),
        ((1, 0), {"type": "choice"}, "選択肢（choices）がありません"),
        ((1, 0), {"type": "choice", "choices": [{"value": "a", "label": ""}]}, "1番目の選択肢に文字"),
        ((1, 0), {"type": "choice", "choices": [{"value": "a", "label": "ア"}] * 2}, "「a」が二度"),
        (
            (1, 0),
            {"type": "choices", "choices": [{"value": "a", "label": "ア"}], "limits": {"min": 2}},
            "どう選んでも",
        ),
        ((1, 0), {"label": "個人番号"}, "個人番号（マイナンバー）をたずねる"),
        ((1, 0), {"label": "世帯主の ﾏｲﾅﾝﾊﾞｰ"}, "個人番号（マイナンバー）をたずねる"),
        ((1, 0), {"label": "マイナンバーカードの番号"}, "個人番号（マイナンバー）をたずねる"),
        ((1, 2), {"label": "個人番号カード（裏）"}, "個人番号（マイナンバー）をたずねる"),
    ],
)
def test_faults(place: tuple[int, int] | None, changes: dict[str, Any], words: str) -> None:
    """R-7.4, R-3.11: each fault is found, and its sentence names the place."""
    faults = spoilt(place, **changes)
    assert any(words in fault for fault in faults), faults
    page_title = changes.get("title", FORM["pages"][place[0] if place else 0]["title"]) or "1ページ目"
    assert all(page_title in fault or "犬" in fault for fault in faults)


@pytest.mark.parametrize("label", ["マイナンバーカードの写し（表）", "個人番号カードの有無"])
def test_the_card_itself_may_be_asked_for(label: str) -> None:
    """R-3.11: the front of the card is no number."""
    assert spoilt((1, 2), label=label) == []


@pytest.mark.parametrize(
    "document", [None, [], {}, {"pages": []}, {"pages": [None]}, {"pages": [{"questions": [None]}]}]
)
def test_what_is_no_form(document: Any) -> None:
    assert form.lint(document)


@pytest.mark.parametrize(
    "path",
    sorted((config.PROGRAM / "data" / "starter" / "procedures").glob("*.json")),
    ids=lambda path: path.stem,
)
def test_the_shipped_forms(path: Any) -> None:
    """R-3.11: every form of the sample town is sound."""
    document = json.loads(path.read_text(encoding="utf-8"))
    if document["form"] is not None:
        assert form.lint(document["form"]) == []
