"""The starter library: enough procedures, each whole, and every branch of every form can be gone to its end."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from filled_forms import Walk, wanted_by

import clock
import demo
from rules.forms import columns, form, form_lint
from rules.guides import guide_lint, guide_text
from rules.procedures import guidance, keys, procedure_file

FILES = {path.stem: path for path in sorted((demo.STARTER / "procedures").glob("*.json"))}
DOCUMENTS = {slug: json.loads(path.read_text(encoding="utf-8")) for slug, path in FILES.items()}
ONLINE = [slug for slug, document in DOCUMENTS.items() if document["form"]]
GUIDES = {path.stem: path.read_text(encoding="utf-8") for path in sorted((demo.STARTER / "guides").glob("*.txt"))}

# A Tuesday, like the clock of every test.
TODAY = date(2026, 11, 24)
FEWEST, FEWEST_WITH_FORM = 75, 60
FEWEST_WORDS = 8


# ---------------------------------------------------------------- the files


def test_a_small_town_begins_with_deleting():
    """Issue 4, 6: at least 75 procedures, 60 of them with forms; conditions, tables and exit pages among them."""
    assert len(DOCUMENTS) >= FEWEST and len(ONLINE) >= FEWEST_WITH_FORM
    pages = [page for slug in ONLINE for page in DOCUMENTS[slug]["form"]["pages"]]
    asked = [q for page in pages for q in page["questions"]]
    kinds = {q["type"] for q in asked}
    assert {"table", "sum", "bank_account", "agreement", "money", "time", "corporate_number"} <= kinds
    assert sum("show_if" in q for q in asked) > 100 and sum("exit" in page for page in pages) > 20


@pytest.mark.parametrize("slug", DOCUMENTS)
def test_each_file_is_sound_and_whole(slug):
    """R-2.2 R-2.5 R-2.6: no fault, all ten texts of the guidance, words to find it by, kana among them."""
    document = DOCUMENTS[slug]
    assert procedure_file.faults(document) == []
    assert document["id"] == slug
    assert [key for key in procedure_file.GUIDANCE if not document["guidance"][key].strip()] == []
    assert document["summary"].strip() and re.fullmatch("[ァ-ヶー・（）、 ]+", document["name_kana"])
    words = document["synonyms"]
    assert len(set(words)) == len(words) >= FEWEST_WORDS
    assert any(re.fullmatch("[ぁ-ゖァ-ヶー]+", word) for word in words)
    if not document["decision"]:
        assert document["appeal"] == "none", "where nothing is decided nothing can be appealed against"


def test_no_two_bear_the_same_name():
    names = [document["name"] for document in DOCUMENTS.values()]
    assert len(set(names)) == len(names)


def _asked(document: dict[str, Any]) -> list[dict[str, Any]]:
    found = form.questions(document["form"])
    return found + [column for q in found for column in q.get("columns", ())]


@pytest.mark.parametrize("slug", ONLINE)
def test_no_question_asks_for_the_individual_number(slug):
    """R-3.11: not in a label, a choice or a column; copies of the card show its front only."""
    for question in _asked(DOCUMENTS[slug]):
        assert not form_lint.asks_for_individual_number(question), question["key"]
        if question["type"] == "file" and "マイナンバーカード" in question["label"] + question["hint"]:
            assert "表面だけ" in question["hint"], question["key"]


@pytest.mark.parametrize("slug", ONLINE)
def test_an_exit_leads_to_what_ships(slug):
    """Issue 4, 2: the other procedure of an exit page is there, and called by words."""
    for page in DOCUMENTS[slug]["form"]["pages"]:
        if other := page.get("exit", {}).get("procedure"):
            assert other in DOCUMENTS and other != slug and page["exit"]["text"]


@pytest.mark.parametrize("name", GUIDES)
def test_the_guides_name_what_ships(name):
    """Issue 4, 6: 引越し, 出生 and おくやみ agree with the library; what can be filed online is said to be."""
    assert guide_lint.lint(GUIDES[name], set(DOCUMENTS)) == []
    for block in re.split(r"\n(?=手続き：)", GUIDES[name]):
        if (slug := re.search("^手続案内：(.+)$", block, re.MULTILINE)) and "電子申請" in block.split("補足")[0]:
            assert DOCUMENTS[slug[1]]["channel"] == "online", slug[1]
    assert guide_text.parse(GUIDES[name]).results


# ---------------------------------------------------------------- what is said and what is done


def _said(document: dict[str, Any]) -> str:
    return "\n".join(document["guidance"].values())


@pytest.mark.parametrize("slug", [slug for slug in ONLINE if DOCUMENTS[slug]["login"] == "none"])
def test_who_needs_no_login_is_promised_no_mail(slug):
    """R-3.4 R-3.5: no account means no mail; the number and the code are all one has."""
    document, said = DOCUMENTS[slug], _said(DOCUMENTS[slug])
    assert document["identity"] != "mail" and "visit" not in document
    assert "照会コード" in said and "申請状況の照会" in said and re.search("メールは送りません", said)
    assert not re.search("(完了|承認|結果)[のを、]*メール", said)
    assert ("取下げが" in said) == bool(document["withdrawal"]), "what can be withdrawn is said to be"


@pytest.mark.parametrize("slug", DOCUMENTS)
def test_those_who_are_named_can_apply(slug):
    """R-2.2: businesses are let in where the text says so."""
    document = DOCUMENTS[slug]
    who = document["guidance"]["who"]
    if re.search("法人|団体|事業者|事業の方|業者|管理会社|ケアマネジャー", who):
        assert "business" in document["applicants"]
    if "個人の方も" in who:
        assert "person" in document["applicants"]


@pytest.mark.parametrize("slug", [slug for slug in ONLINE if DOCUMENTS[slug]["once"]])
def test_who_applies_for_others_may_apply_twice(slug):
    """R-3.8: one at a time is counted by account, so it suits only what one files for oneself."""
    document = DOCUMENTS[slug]
    assert document["login"] == "required"
    assert not re.search("代わりに|ご家族|家族など|ケアマネジャー", document["guidance"]["who"])
    labels = [q["label"] for q in form.questions(document["form"])]
    assert [one for one in labels if re.search("(申請|入力|受診)する方$|本人から見た|方との関係", one)] == []


@pytest.mark.parametrize("slug", ONLINE)
def test_what_cannot_be_withdrawn_is_a_report_and_says_so(slug):
    """R-2.2: an application that is decided can be taken back; a report has had its effect on arrival."""
    document = DOCUMENTS[slug]
    if not document["withdrawal"]:
        assert not document["decision"]
        assert re.search("取り下げ(ることは|られま|たり)", document["guidance"]["caution"])


@pytest.mark.parametrize("slug", ONLINE)
def test_nothing_to_attach_means_nothing(slug):
    """R-2.2: what to bring agrees with the form."""
    document = DOCUMENTS[slug]
    if "添付するものはありません" in document["guidance"]["bring"]:
        assert [q["key"] for q in form.questions(document["form"]) if q["type"] == "file"] == []


@pytest.mark.parametrize("slug", ONLINE)
def test_an_area_or_a_length_is_more_than_none(slug):
    """Issue 4, 6: nobody fells 0 ha of trees."""
    for question in _asked(DOCUMENTS[slug]):
        if question["type"] == "number" and question.get("limits", {}).get("unit") in {"㎡", "ha", "m"}:
            assert question["limits"]["min"] > 0, question["key"]


@pytest.mark.parametrize("slug", [slug for slug in DOCUMENTS if slug not in ONLINE])
def test_what_also_goes_by_post_asks_nobody_to_come(slug):
    """R-2.6: only what is done at a counter alone says that one has to come."""
    document = DOCUMENTS[slug]
    ways = re.search("郵送で|郵送する|マイナポータル|オンライン申請", document["guidance"]["visit"])
    assert (document["identity"] == "visit") == (not ways)
    assert (guidance.visit_words(document) == "必要です") == (not ways)


@pytest.mark.parametrize("slug", [slug for slug in ONLINE if DOCUMENTS[slug].get("visit")])
def test_a_booked_visit_is_not_asked_for_in_the_form_too(slug):
    """R-5.1: the calendar has the day; where it is a choice, the text says so."""
    document = DOCUMENTS[slug]
    text = json.dumps(document["form"], ensure_ascii=False)
    assert not re.search("来庁(を希望)?する日|来る日を入力|希望日を入力", _said(document) + text)
    assert ("予約がなくても" in document["guidance"]["visit"]) == (document["visit"]["when"] == "collect")


def test_a_mail_that_keeps_its_subject_to_itself_does_so_always():
    """Issue 4, 1: every mail to the applicant of help with school costs leaves out what it is about."""
    own = DOCUMENTS["school-expense-support"]["mails"]
    assert set(own) == set(keys.MAILS)
    for wording in own.values():
        assert "{procedure}" not in wording and "{fee}" not in wording and "就学" not in wording


# ---------------------------------------------------------------- going through a form


def _places(document: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Every page and every question, each with its page."""
    return ((page, place) for page in form.pages(document) for place in (page, *page["questions"]))


@pytest.mark.parametrize("slug", ONLINE)
def test_a_form_can_be_filled_in_and_read_back(slug):
    """R-3.4 R-4.1: plain answers end in a form without errors, that is shown and listed whole."""
    document = DOCUMENTS[slug]
    reading = Walk(document, {}, TODAY).end
    assert reading.errors == {}
    assert form.exit_page(reading.form) is None
    shown = form.display(document["form"], reading.values, {}, TODAY)
    assert [page["key"] for page, _ in shown] == [page["key"] for page in reading.form["pages"]]
    assert len(columns.cells(document["form"], reading.values, {})) == len(columns.headings(document["form"]))


@pytest.mark.parametrize("slug", ONLINE)
def test_what_a_condition_hides_can_be_reached(slug):
    """Issue 4, 2: every page and question with a condition is asked of somebody, who can then go to the end."""
    document = DOCUMENTS[slug]
    for page, place in _places(document["form"]):
        if "show_if" not in place:
            continue
        above, own = (wanted_by(document, of.get("show_if"), TODAY) for of in (page, place))
        reading = Walk(document, above | own, TODAY).end
        assert place["key"] in [shown["key"] for _, shown in _places(reading.form)], place["key"]
        if "exit" in page:
            assert form.exit_page(reading.form) is not None and list(reading.errors) == [page["key"]]
        else:
            assert reading.errors == {}, place["key"]


def test_the_clock_of_this_file_is_that_of_all(town_db):
    assert clock.today() == TODAY
