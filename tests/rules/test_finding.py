"""手続きを探す: four searches that combine, in the list's order, from an index that knows the place of everything."""

from __future__ import annotations

import itertools
import json

import pytest

import clock
import demo
from models import Category, Division, Procedure, ask, transaction
from rules.operation import schema
from rules.procedures import eligibility, finding, procedure, search
from rules.procedures.eligibility import Facts
from rules.procedures.finding import Wanted
from rules.values import syllabary

ALL_FACTS = [
    Facts(kind, in_town, age, sex)
    for kind, in_town, age, sex in itertools.product(
        ("", "person", "business"), (None, True, False), (None, 14, 65, 66), ("", "male", "female")
    )
]
TERMS = [
    {},
    {"town_only": True},
    {"age_from": 15},
    {"age_to": 65},
    {"age_from": 15, "age_to": 65, "town_only": True, "sex": "female"},
    {"sex": "male"},
]


def names(town, wanted: Wanted, page: int = 1) -> list[str]:
    return [row.name for _, rows in finding.find(town, wanted, page=page).groups for row in rows]


def all_names(town, wanted: Wanted) -> list[str]:
    """On whatever page they stand."""
    pages = (names(town, wanted, number) for number in itertools.count(1))
    return [name for page in itertools.takewhile(bool, pages) for name in page]


def a_procedure(cast, slug: str, **changes) -> Procedure:
    document = {**procedure.published(cast.dogs)[1], "id": slug, "name": slug, **changes}
    return procedure.load(cast.town, document)


def division(town, name: str) -> int:
    return Division.get((Division.town == town) & (Division.name == name)).id


def category(town, name: str) -> int:
    return Category.get((Category.town == town) & (Category.name == name)).id


# ---------------------------------------------------------------- the four searches


WORDS = (
    *("税", "税金", "ぜい", "ｾﾞｲ", "水道", "ペット", "ぺっと", "ﾍﾟｯﾄ", "引っ越し"),
    *("犬　登録", "犬、登録", "住民票の写し", "inu"),
)


def test_words_of_any_width_kana_and_length(whole):
    """R-2.1: width, kana and case do not matter; one and two letters work, and so do whole names."""
    procedure.load(whole, {**_document("dog-registration"), "synonyms": ["ＩＮＵ", "ペット"]})
    assert [words for words in WORDS if finding.find(whole, Wanted(words)).total == 0] == []


def _document(slug: str) -> dict:
    return json.loads((demo.STARTER / "procedures" / f"{slug}.json").read_text(encoding="utf-8"))


def test_every_word_has_to_match_and_every_condition(whole):
    """R-2.1: words, field, division and facts combine."""
    tax, citizens = category(whole, "税金"), division(whole, "町民部")
    person, business = Facts(kind="person"), Facts(kind="business")
    assert "所得・課税証明書の交付申請" in names(whole, Wanted("所得 課税", tax, citizens, person))
    assert names(whole, Wanted("所得 課税", tax, citizens, business)) == []
    assert names(whole, Wanted("所得 課税", category(whole, "動物"), citizens, person)) == []
    assert names(whole, Wanted("所得 課税", tax, division(whole, "健康福祉部"), person)) == []
    assert names(whole, Wanted("所得 課税 犬", tax, citizens, person)) == []


def test_each_combination_is_what_all_its_parts_have(whole):
    """R-2.1: a combination finds exactly what each of its conditions finds by itself."""
    choices = (
        ("", "申請", "申請 届"),
        (None, category(whole, "税金"), category(whole, "住民・印鑑")),
        (None, division(whole, "町民部"), division(whole, "税務課")),
        (Facts(), Facts(kind="business"), Facts(kind="person", in_town=False, age=14)),
    )
    fields = ("words", "category", "division", "facts")
    alone = {
        (field, choice): set(all_names(whole, Wanted(**{field: choice})))
        for field, options in zip(fields, choices, strict=True)
        for choice in options
    }
    for combined in itertools.product(*choices):
        asked = list(zip(fields, combined, strict=True))
        expected = set.intersection(*(alone[condition] for condition in asked))
        assert set(all_names(whole, Wanted(**dict(asked)))) == expected


def test_a_department_includes_the_divisions_below_it(whole):
    """R-2.1: 部 includes its 課; a 課 does not include its 部."""
    department, tax = (
        names(whole, Wanted(division=division(whole, "町民部"))),
        Wanted(division=division(whole, "税務課")),
    )
    assert set(names(whole, tax)) < set(department)
    assert "犬の登録申請" in department
    tree = [(unit.name, unit.depth) for unit in finding.divisions(whole)]
    assert tree[tree.index(("町民部", 0)) + 1] == ("住民生活課", 1)


def test_a_closed_department_leaves_its_divisions_to_be_found(whole):
    Division.update(closed_at=clock.now()).where(Division.name == "町民部").execute()
    tree = {unit.name: unit.depth for unit in finding.divisions(whole)}
    assert "町民部" not in tree
    assert tree["税務課"] == 0


def test_one_age_in_words(cast):
    """R-2.2"""
    terms = {**eligibility.EVERYBODY, "age_from": 18, "age_to": 18}
    assert eligibility.words({"applicants": ["person"], "eligibility": terms}, cast.town) == ["個人の方", "18歳の方"]


@pytest.mark.parametrize("terms", TERMS, ids=str)
def test_the_list_leaves_out_whom_the_application_would_refuse(cast, terms):
    """R-2.1: what they cannot apply for is left out, by the same terms as the application itself goes by."""
    for applicants in (["person"], ["business"], ["person", "business"]):
        document = {**procedure.published(cast.dogs)[1], "id": "x", "name": "たしかめ", "applicants": applicants}
        document["eligibility"] = {**eligibility.EVERYBODY, **terms}
        procedure.load(cast.town, document)
        for facts in ALL_FACTS:
            shown = "たしかめ" in names(cast.town, Wanted("たしかめ", facts=facts))
            assert shown == (eligibility.why_not(document, facts) == ""), (applicants, facts)
            assert shown == ("たしかめ" in names(cast.town, Wanted(facts=facts)))


def test_the_words_of_a_published_change_replace_the_old_ones(cast):
    a_procedure(cast, "x", name="ふるい名前", name_kana="フルイナマエ", synonyms=["いにしえ"])
    a_procedure(cast, "x", name="あたらしい名前", name_kana="アタラシイナマエ", synonyms=[])
    assert names(cast.town, Wanted("いにしえ")) == []
    assert names(cast.town, Wanted("あたらしい")) == ["あたらしい名前"]
    assert ask("SELECT COUNT(*) FROM procedure_search WHERE procedure_search MATCH 'end'")[0][0] == 5


def test_the_end_of_one_text_and_the_beginning_of_the_next_are_no_word(cast):
    a_procedure(cast, "x", name="い犬", synonyms=["犬の", "花"])
    assert names(cast.town, Wanted("犬の花")) == []


@pytest.mark.parametrize("typed", ["、", "・", "?", '"', "()", "%", "!!"])
def test_signs_find_nothing(cast, typed):
    assert finding.find(cast.town, Wanted(typed)).total == 0


def test_conditions_of_somewhere_else_find_nothing(cast):
    foreign = Division.get(Division.town == cast.other_town).id
    assert finding.find(cast.town, Wanted(division=foreign)).total == 0
    assert finding.find(cast.town, Wanted(category=999_999)).total == 0
    assert finding.every(cast.town, Wanted(category=999_999)) == []


# ---------------------------------------------------------------- order and pages


def test_pages_of_a_search_hold_everything_once_in_the_order_of_the_list(cast):
    letters = "アイウエオカキクケコサシスセソタチツテト"
    with transaction():
        for number in range(120):
            kana = letters[number * 7 % 20] + letters[number * 3 % 20]
            field = ("衛生", "児童", "動物")[number % 3]
            a_procedure(cast, f"copy-{number}", name=f"写し{number}番", name_kana=kana, category=field)
    pages = [finding.find(cast.town, Wanted("写し"), page=page) for page in (1, 2, 3)]
    rows = [(name, row.id) for page in pages for name, rows in page.groups for row in rows]
    listed = dict(Procedure.select(Procedure.id, Procedure.listed_as).tuples())
    assert [page.total for page in pages] == [120, 120, 120]
    assert [page.has_next for page in pages] == [True, True, False]
    assert len({key for _, key in rows}) == len(rows) == 120
    assert [listed[key] for _, key in rows] == sorted(listed[key] for _, key in rows)
    assert finding.every(cast.town, Wanted("写し")) == [key for _, key in rows]


def test_an_entry_of_the_index_sorts_as_the_list_does():
    listed = [
        "0000 ア",
        "0000 イヌ",
        "0000 イノ",
        "0001 ア",
        "0001 ガ",
        "0001 キ",
        "0002 1",
        "0002 ア",
        "0255 ン",
        "0300 ア",
    ]
    places = [search.place(1, entry, 7) for entry in listed]
    assert places[:-1] == sorted(places[:-1])
    assert search.place(1, "9999 ン", 7) < search.place(2, "0000 ア", 1) < 2**63


def test_more_than_can_be_counted_is_said_so(cast, monkeypatch):
    monkeypatch.setattr(finding, "COUNT_LIMIT", 3)
    assert finding.find(cast.town).total_words == "3件以上"
    assert finding.find(cast.town, Wanted("犬")).total_words == "1件"


# ---------------------------------------------------------------- after an upgrade


def test_the_index_is_made_anew_where_it_lacks_something(whole):
    before = names(whole, Wanted("申請"))
    with transaction():
        ask("DELETE FROM procedure_search")
    assert names(whole, Wanted("申請")) == []
    schema.migrate()
    assert names(whole, Wanted("申請")) == before
    assert search.fill() == 0


# ---------------------------------------------------------------- 五十音


@pytest.mark.parametrize(
    ("kana", "row", "first"),
    [
        ("イヌノトウロク", "ア", "イ"),
        ("ガッコウ", "カ", "カ"),
        ("ヴィジョン", "ア", "ウ"),
        ("ぱすぽーと", "ハ", "ハ"),
        ("ｼﾞｭｳﾐﾝﾋｮｳ", "サ", "シ"),
        ("ァ", "ア", "ア"),
        ("ヲ", "ワ", "ヲ"),
        ("ンゴロ", "ワ", "ン"),
        ("NPO", "＊", "＊"),
        ("", "＊", "＊"),
        ("ーア", "＊", "＊"),
    ],
)
def test_the_row_of_a_reading(kana, row, first):
    """R-2.5: ガ stands under カ, ヴ under ウ."""
    assert (syllabary.row_of(kana), syllabary.first_of(kana)) == (row, first)


def test_the_index_of_kana(cast):
    """R-2.5"""
    a_procedure(cast, "gas", name="ガスの届", name_kana="ガスノトドケ")
    a_procedure(cast, "npo", name="NPOの届", name_kana="NPOノトドケ")
    found = syllabary.index(cast.town, "カ", 1)
    assert dict(found.rows)["カ"] == 2 and dict(found.rows)["＊"] == 1
    shown = [(letter, [name for _, name, _ in rows]) for letter, rows in found.groups]
    assert shown == [("カ", ["ガスの届"]), ("コ", ["婚姻届"])]
    assert [letter for letter, _ in syllabary.index(cast.town, "＊", 1).groups] == ["＊"]
    assert syllabary.index(cast.town, "?", 1).row == "ア"
