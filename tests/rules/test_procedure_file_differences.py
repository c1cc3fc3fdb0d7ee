"""What changes from one document of a procedure to another, in words that a clerk reads before publishing."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import demo
from rules.procedures import keys, procedure_file
from rules.procedures.differences import differences

DOGS = procedure_file.read((demo.STARTER / "procedures" / "dog-registration.json").read_bytes())


def changed(act) -> list[str]:
    document = copy.deepcopy(DOGS)
    act(document)
    return differences(DOGS, document)


def questions(document: dict, page: int = 1) -> list[dict]:
    return document["form"]["pages"][page]["questions"]


def question(document: dict, key: str) -> dict:
    return next(q for page in document["form"]["pages"] for q in page["questions"] if q["key"] == key)


def move(document: dict) -> None:
    questions(document, 0).append(questions(document).pop(2))


def swap(document: dict) -> None:
    found = questions(document)
    found[0], found[1] = found[1], found[0]


def family(document: dict) -> None:
    column = {"key": "age", "type": "number", "label": "年齢", "hint": "", "required": True}
    questions(document).append(
        {"key": "family", "type": "table", "label": "家族", "hint": "", "required": False, "columns": [column]}
    )


ACTS = [
    (lambda d: d.update(name="犬の登録"), "「手続きの名前」が「犬の登録申請」から「犬の登録」に変わります。"),
    (lambda d: d.update(standard_days=7), "「標準処理期間」が「5」から「7」に変わります。"),
    (lambda d: d.update(standard_days=None), "「標準処理期間」が「5」から「なし」に変わります。"),
    (lambda d: d.update(once=True), "「1人につき1件」が「何件でも」から「1件まで」に変わります。"),
    (
        lambda d: d.update(decision=False),
        "「承認・却下」が「決める（申請）」から「決めない（届出）」に変わります。",
    ),
    (lambda d: d.update(applicants=["person"]), "「個人・事業者」が「個人・事業者」から「個人」に変わります。"),
    (
        lambda d: d.update(withdrawal=[]),
        "「取り下げられる状態」が「受付済み・差戻し」から「なし」に変わります。",
    ),
    (lambda d: d["synonyms"].append("わんこ"), "さがすときの言葉「わんこ」が加わります。"),
    (lambda d: d["fee"].update(amount=3200), "手数料の「金額」が「3,000」から「3,200」に変わります。"),
    (
        lambda d: d.update(eligibility={"town_only": True, "age_from": 18, "age_to": None, "sex": ""}),
        "申請できる方の「年齢の下限」が「なし」から「18」に変わります。",
    ),
    (
        lambda d: d.update(period={"from": "06-01", "until": "06-30"}),
        "「受付期間」が「いつでも」から「毎年 6月1日から6月30日まで」に変わります。",
    ),
    (lambda d: d["guidance"].update(caution=""), "手続案内「気をつけること」がなくなります。"),
    (
        lambda d: d["guidance"].update(visit=d["guidance"]["visit"] + "\n駐車場があります。"),
        "手続案内「来庁」の文が変わります（「駐車場があります。」が入ります）。",
    ),
    (lambda d: d.update(mails={"approved": "x"}), "メールの文「承認のお知らせ」が加わります。"),
    (lambda d: d.update(paper_forms=[]), "様式「犬の登録申請書」（dog-registration.pdf）がなくなります。"),
    (lambda d: d.update(form=None), "申請の様式がなくなります。"),
    (lambda d: questions(d).pop(2), "質問「毛の色」がなくなります。"),
    (family, "質問「家族」（くりかえしの表）が、「犬」のページに加わります。"),
    (move, "質問「毛の色」が、「犬」から「飼い主」のページに移ります。"),
    (swap, "「犬」のページで、質問の順番が変わります。"),
    (
        lambda d: question(d, "color").update(label="毛色"),
        "質問「毛の色」の名前が「毛の色」から「毛色」に変わります。",
    ),
    (lambda d: question(d, "color").update(required=False), "質問「毛の色」は、答えなくてもよいものになります。"),
    (lambda d: question(d, "remarks").update(required=True), "質問「連絡事項」は、必ず答えてもらうものになります。"),
    (
        lambda d: question(d, "color")["limits"].update(max_length=80),
        "質問「毛の色」の制限「最大の文字数」が「50」から「80」に変わります。",
    ),
    (
        lambda d: question(d, "sex")["choices"].append({"value": "x", "label": "不明"}),
        "質問「犬の性別」に、選択肢「不明」が加わります。",
    ),
    (
        lambda d: question(d, "sex")["choices"][0].update(label="オス"),
        "質問「犬の性別」の選択肢が「おす」から「オス」に変わります。",
    ),
    (
        lambda d: question(d, "certificate").update(show_if={"question": "vaccination", "is": "done"}),
        "質問「狂犬病予防注射済証」の出る条件が「いつも出ます」から「今年度の狂犬病予防注射：受けたのとき」に変わります。",
    ),
    (lambda d: d["form"]["pages"].reverse(), "ページの順番が変わります。"),
    (lambda d: d["form"]["pages"][1].update(title="イヌ"), "ページ「犬」の題名が「犬」から「イヌ」に変わります。"),
]


@pytest.mark.parametrize(("act", "words"), ACTS, ids=[words[:40] for _, words in ACTS])
def test_a_change_is_said(act, words):
    """R-7.4: what publishing would change, a sentence each."""
    assert words in changed(act)


def test_columns_of_a_table_are_compared():
    before = copy.deepcopy(DOGS)
    family(before)
    after = copy.deepcopy(before)
    columns = questions(after)[-1]["columns"]
    columns[0]["required"] = False
    columns.append({"key": "name", "type": "text", "label": "氏名", "hint": "", "required": True})
    assert differences(before, after) == [
        "質問「家族」に、欄「氏名」が加わります。",
        "質問「家族」の欄「年齢」は、答えなくてもよいものになります。",
    ]


def test_nothing_is_said_of_the_same():
    assert differences(DOGS, copy.deepcopy(DOGS)) == []
    assert differences(DOGS, {**DOGS, "standard_days_by": "business", "mails": {}}) == []
    assert differences(None, DOGS) == ["新しい手続きです。"]


ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "x", "dog_name"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["key", "label", "value", "questions", "question", "is"]), inner, max_size=3)
    ),
    max_leaves=6,
)


def tampered(data) -> dict:
    document = copy.deepcopy(DOGS)
    pages = document["form"]["pages"]
    targets = [document, *pages, *(q for page in pages for q in page["questions"])]
    for _ in range(data.draw(st.integers(0, 3))):
        target = data.draw(st.sampled_from(targets))
        names = [*keys.DOCUMENT, *keys.PAGE, *keys.QUESTION] if target is document else [*keys.PAGE, *keys.QUESTION]
        target[data.draw(st.sampled_from([name for name in names if name != "form"]))] = data.draw(ANY)
    return document


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_whatever_stands_in_two_drafts_is_compared(data):
    """Said if and only if the files differ; whatever a draft holds, nothing fails."""
    one = tampered(data)
    two = tampered(data) if data.draw(st.booleans()) else json.loads(procedure_file.write(one))
    found = differences(one, two)
    assert bool(found) == (procedure_file.write(one) != procedure_file.write(two))
    assert all(sentence.endswith("。") for sentence in found)
