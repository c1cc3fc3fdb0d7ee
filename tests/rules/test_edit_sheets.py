"""The editor's screens and the file say the same thing: what a screen shows and keeps is what stood there. (R-7.5)"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cast_acts import as_staff

import clock
import demo
from models import Procedure
from rules import Refusal
from rules.forms import fields, form_lint
from rules.procedures import (
    edit_conditions,
    edit_names,
    edit_pages,
    edit_question,
    edit_rules,
    edit_settings,
    edit_texts,
    editing,
    written,
)
from rules.records.session import SignedInStaff
from web import Form

FILES = sorted((demo.STARTER / "procedures").glob("*.json"))


def document_of(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def posted(sheet, **changes: Any) -> Form:
    """What a browser sends of a sheet that somebody opened, changed in these fields and saved."""
    pairs: list[tuple[str, str]] = []
    raw = sheet.raw()
    for q in sheet.questions:
        if q["type"] == "heading":
            continue
        value = raw[q["key"]]
        for name, typed in (
            [(q["key"], one) for one in value]
            if isinstance(value, list)
            else [(f"{q['key']}.{part}", value[part]) for part in fields.parts(q)]
            if isinstance(value, dict)
            else [(q["key"], value)]
        ):
            if name.replace(".", "__") not in changes:
                pairs.append((name, typed))
    for name, value in changes.items():
        pairs += [(name.replace("__", "."), one) for one in (value if isinstance(value, list) else [value])]
    return Form(pairs)


def with_rows(form: Form, q: dict[str, Any]) -> Form:
    """The same with the rows of the present choices."""
    pairs = list(form.pairs)
    for number, row in enumerate(edit_question.rows(q, None), 1):
        pairs += [(f"choice.{number}.{name}", value) for name, value in row._asdict().items()]
    return Form(pairs)


def questions_through_their_screens(document: dict[str, Any]) -> None:
    for key, q in edit_names.questions_of([document["form"]] if document["form"] else []):
        table = key.rpartition(".")[0]
        sheet = edit_question.sheet(document, q["type"], q, table=table, key="open")
        made = edit_question.written(document, q["type"], q, sheet.read(posted(sheet)), table=table)
        assert written._question(made) == q, (document["id"], key)
        if "choices" in q:
            assert edit_question.choices(with_rows(posted(sheet), q), set()) == q["choices"]
        assert sheet.differences(posted(sheet)) == []


def the_rest_through_its_screens(document: dict[str, Any], me: SignedInStaff) -> None:
    for page in editing.pages(document):
        others = [(page["exit"]["procedure"], "ほか")] if "exit" in page else []
        sheet = edit_pages.page_sheet(document, page, others, is_exit="exit" in page)
        edit_pages.write_page(page, sheet.read(posted(sheet)), is_exit="exit" in page)
    sheet = edit_texts.guidance_sheet(document)
    edit_texts.write_guidance(document, sheet.read(posted(sheet)))
    sheet = edit_rules.sheet(me, document, published=False)
    edit_rules.write(document, sheet.read(posted(sheet)))


def conditions_through_their_steps(document: dict[str, Any]) -> None:
    for page in editing.pages(document):
        for part, whose in [(page, {"page": page["key"]}), *((q, {"question": q["key"]}) for q in page["questions"])]:
            if "show_if" in part:
                earlier = edit_conditions.before(document, **whose)
                on = next(q for q in earlier if q["key"] == part["show_if"]["question"])
                sheet = edit_conditions.sheet(on, part["show_if"])
                made = edit_conditions.made(on, sheet.read(posted(sheet)))
                assert edit_conditions.same(made, part["show_if"]), (document["id"], part["key"])
                assert "いまはない" not in edit_conditions.words(document, part)


def test_what_is_saved_unchanged_stays_unchanged(cast):
    """R-7.5: every question, page, text, condition and rule of every shipped procedure, through its screen and back."""
    for path in FILES:
        document, again = written.tidied(document_of(path)), written.tidied(document_of(path))
        questions_through_their_screens(document)
        conditions_through_their_steps(document)
        the_rest_through_its_screens(again, as_staff(cast.administrator))
        assert written.tidied(again) == document, path.name


# ---------------------------------------------------------------- questions

EMPTY = {"paper_forms": [{"file": "a.pdf", "title": "用紙"}], "form": {"pages": []}}
TYPED = {
    "text": {"limit_kind": "kana", "limit_max_length": "50", "limit_width": "short"},
    "long_text": {"limit_max_length": "500", "limit_rows": "3"},
    "number": {"limit_unit": "㎡", "limit_min": "0.5", "limit_max": "100", "limit_decimals": "1"},
    "money": {"limit_min": "1,000", "limit_max": "１２０００円"},
    "date": {"day_when": "future", "limit_weekdays": ["1", "3"], "ahead_from": "3", "ahead_until": "60"},
    "time": {"limit_from": "9:00", "limit_until": "16時30分", "limit_step": "30"},
    "choices": {"limit_max": "2"},
    "agreement": {"text": "読んでください。\n\nここまで。"},
    "file": {"limit_count": "3", "limit_extensions": ["pdf", "docx"]},
    "paper_form": {"file": "a.pdf"},
    "table": {"row_name": "家族", "limit_min": "1", "limit_max": "8"},
    "address": {"prefix": "送付先の"},
}
KEPT = {
    "text": {"kind": "kana", "max_length": 50, "width": "short"},
    "number": {"unit": "㎡", "min": 0.5, "max": 100, "decimals": 1},
    "money": {"min": 1000, "max": 12000},
    "date": {"future": True, "weekdays": [1, 3], "days_ahead": [3, 60]},
    "time": {"from": "09:00", "until": "16:30", "step": 30},
    "file": {"count": 3, "extensions": ["pdf", "docx"]},
    "table": {"min": 1, "max": 8},
}


@pytest.mark.parametrize("kind", sorted(set(edit_settings.kinds()) - {"sum"}))
def test_a_new_question_of_each_type_is_sound(kind):
    """R-7.4: what the screen of a type makes is what the form takes, but for the choices and columns still to come."""
    sheet = edit_question.sheet(EMPTY, kind, None, key="new")
    made = edit_question.written(EMPTY, kind, None, sheet.read(posted(sheet, label="名前", **TYPED.get(kind, {}))))
    assert made.get("limits", {}) == KEPT.get(kind, made.get("limits", {}))
    made["key"] = "a"
    if kind in ("choice", "choices"):
        made["choices"] = edit_question.choices(Form([("new_choices", "赤\n青\n黒")]), set())
    if kind == "table":
        made["columns"] = [{"key": "b", "type": "text", "label": "列", "hint": "", "required": True}]
    anchor = {"key": "z", "type": "text", "label": "ほか", "hint": "", "required": False}
    page = {"key": "p", "title": "ページ", "intro": "", "questions": [made, anchor]}
    assert form_lint.lint({"pages": [page]}) == []


def test_a_sum_adds_what_stands_before_it():
    number = {"key": "a", "type": "number", "label": "大人", "hint": "", "required": True}
    table = {"key": "t", "type": "table", "label": "家族", "hint": "", "required": True,
             "columns": [{"key": "cost", "type": "money", "label": "費用", "hint": "", "required": True}]}  # fmt: skip
    total = {"key": "s", "type": "sum", "label": "計", "hint": "", "of": ["a"]}
    document = {
        "form": {"pages": [{"key": "p", "title": "", "intro": "", "questions": [number, table, total, number]}]}
    }
    sheet = edit_question.sheet(document, "sum", total)
    offered = next(q for q in sheet.questions if q["key"] == "of")["choices"]
    assert [(c["value"], c["label"]) for c in offered] == [("a", "大人"), ("t.cost", "家族の「費用」")]
    made = edit_question.written(document, "sum", total, sheet.read(posted(sheet, of=["a", "t.cost"])))
    assert made["of"] == ["a", "t.cost"] and "required" not in made


def test_only_what_makes_no_sense_is_refused():
    sheet = edit_question.sheet(EMPTY, "text", None, key="new")
    with pytest.raises(Refusal) as refused:
        sheet.read(posted(sheet, label="", limit_max_length="たくさん"))
    assert set(refused.value.fields) == {"q-label", "q-limit_max_length"}


def test_days_ahead_need_both_ends():
    sheet = edit_question.sheet(EMPTY, "date", None)
    with pytest.raises(Refusal) as refused:
        edit_question.written(EMPTY, "date", None, sheet.read(posted(sheet, label="日", ahead_from="3")))
    assert "q-ahead_until" in refused.value.fields


# ---------------------------------------------------------------- choices

COLOURS = {
    "choices": [{"value": "red", "label": "赤"}, {"value": "blue", "label": "青"}, {"value": "c1", "label": "黒"}]
}


def choices(rows, added="", reserved=()):
    pairs = [("new_choices", added)]
    for number, (value, label, place) in enumerate(rows, 1):
        pairs += [
            (f"choice.{number}.{name}", typed) for name, typed in (("value", value), ("label", label), ("place", place))
        ]
    return [(one["value"], one["label"]) for one in edit_question.choices(Form(pairs), set(reserved))]


def test_a_reworded_choice_keeps_its_value():
    """What was answered goes on meaning the same, whatever else is changed with it."""
    assert choices([("red", "赤色", "3"), ("blue", "", "2"), ("c1", "黒", "１")], "白\n黄\n") == [
        ("c1", "黒"), ("red", "赤色"), ("c2", "白"), ("c3", "黄"),
    ]  # fmt: skip


def test_a_value_that_was_used_is_given_to_no_other_choice():
    assert choices([("red", "赤", "1")], "白", reserved={"c1", "c2"}) == [("red", "赤"), ("c3", "白")]
    assert choices([], "はい\nいいえ\nその他") == [("yes", "はい"), ("no", "いいえ"), ("other", "その他")]


@pytest.mark.parametrize(
    ("rows", "added", "field"),
    [
        ([("red", "赤", "先頭")], "", "q-choice-1-place"),
        ([("red", "", "1")], "", "q-new_choices"),
        ([("red", "赤", "1")], "赤", "q-new_choices"),
    ],
)
def test_choices_that_make_no_sense(rows, added, field):
    with pytest.raises(Refusal) as refused:
        choices(rows, added)
    assert list(refused.value.fields) == [field]


# ---------------------------------------------------------------- keys and types


@pytest.mark.parametrize(
    ("label", "kind", "taken", "key"),
    [
        ("氏名", "name", (), "name"),
        ("犬の名前", "text", (), "dog_name"),
        ("メイルアドレス", "email", (), "email"),
        ("氏名", "name", ("name", "name_2"), "name_3"),
        ("変わったこと", "text", ("q1",), "q2"),
    ],
)
def test_a_key_is_proposed(label, kind, taken, key):
    assert edit_names.question(label, kind, set(taken)) == key


@pytest.mark.parametrize("key", ["A", "1a", "犬", "a b", "csrf", "act_x", "used", "a" * 42])
def test_a_key_that_cannot_be(key):
    with pytest.raises(Refusal) as refused:
        edit_names.checked(key, {"used"})
    assert list(refused.value.fields) == ["q-key"]


def test_another_type_drops_what_it_does_not_know():
    q = {"key": "a", "type": "text", "label": "あ", "hint": "い", "required": False, "profile": "telephone"}
    q |= {"limits": {"kind": "digits", "max_length": 9}, "show_if": {"question": "b", "is": "c"}}
    made = edit_question.with_kind(q, "long_text")
    assert made == {**q, "type": "long_text", "limits": {"max_length": 9}}
    assert edit_question.with_kind(q, "heading") == {
        "key": "a", "type": "heading", "label": "あ", "hint": "い", "show_if": q["show_if"],
    }  # fmt: skip
    assert "date" in edit_question.other_kinds("text", published=False)
    assert set(edit_question.other_kinds("text", published=True)) == {"long_text"}
    assert edit_question.other_kinds("file", published=True) == {}


# ---------------------------------------------------------------- the period, the id


@pytest.mark.parametrize(
    ("typed", "period"),
    [
        ({"period_kind": "always", "yearly_from": "6月1日"}, {"from": "", "until": ""}),
        (
            {"period_kind": "yearly", "yearly_from": "６月１日", "yearly_until": "2/29"},
            {"from": "06-01", "until": "02-29"},
        ),
        (
            {"period_kind": "dated", "dated_from__year": "2026", "dated_from__month": "6", "dated_from__day": "1",
             "dated_from_time": "9時"},
            {"from": "2026-06-01 09:00", "until": ""},
        ),
    ],
)  # fmt: skip
def test_the_period_in_words_and_back(cast, typed, period):
    """R-2.2: what was typed is kept as the file says it, and shown again."""
    document = written.tidied(document_of(demo.STARTER / "procedures" / "dog-registration.json"))
    sheet = edit_rules.sheet(as_staff(cast.administrator), document, published=True)
    edit_rules.write(document, sheet.read(posted(sheet, **typed)))
    assert document["period"] == period
    again = edit_rules.sheet(as_staff(cast.administrator), document, published=True)
    edit_rules.write(document, again.read(posted(again)))
    assert document["period"] == period


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"period_kind": "yearly", "yearly_from": "6月31日", "yearly_until": "7月1日"}, "q-yearly_from"),
        ({"period_kind": "dated"}, "q-dated_from-year"),
        ({"period_kind": "dated", "dated_until_time": "17:00"}, "q-dated_until-year"),
        (
            {"period_kind": "dated", "dated_until__year": "1999", "dated_until__month": "6", "dated_until__day": "1"},
            "q-dated_until-year",
        ),
        ({"id": "nul"}, "q-id"),
        ({"age_from": "20", "age_to": "10"}, "q-age_to"),
        ({"fee_when": "none"}, "q-fee_amount"),
        ({"id": "犬"}, "q-id"),
        ({"applicants": []}, "q-applicants"),
    ],
)
def test_rules_that_do_not_fit_together(cast, typed, field):
    document = document_of(demo.STARTER / "procedures" / "dog-registration.json")
    sheet = edit_rules.sheet(as_staff(cast.administrator), document, published=False)
    with pytest.raises(Refusal) as refused:
        edit_rules.write(document, sheet.read(posted(sheet, **typed)))
    assert list(refused.value.fields) == [field]


def test_a_row_as_it_would_be_published(cast):
    document = editing.draft_of(cast.dogs) | {"name": "犬", "period": {"from": "06-01", "until": "06-30"}}
    shown = edit_texts.shown_as(cast.dogs, document)
    assert (shown.name, shown.period_from, shown.division.name) == ("犬", "06-01", "住民生活課")
    assert Procedure.get_by_id(cast.dogs.id).name == "犬の登録申請" and shown.created_at == clock.now()
