"""A form published anew under a draft: what was agreed to counts for its own words only, and nothing changes unseen."""

from __future__ import annotations

from typing import Any

import pytest
from asking_form import choices, offered, question
from cast_acts import PDF, attach, person
from webtest import Upload

from models import Application, Attachment, Status
from rules.applications import draft, submission

TELEPHONE = question("telephone", "telephone", "電話番号")
PAPER = question("paper", "file", "診断書", required=False, limits={"count": 1, "extensions": ["pdf"]})


def page(*questions: dict[str, Any]) -> dict[str, Any]:
    return {"pages": [{"key": "one", "title": "はじめのページ", "intro": "", "questions": list(questions)}]}


def agreement(words: str) -> dict[str, Any]:
    return page(TELEPHONE, {**question("agreed", "agreement", "上の内容に同意します"), "text": words})


def consent(words: str) -> dict[str, Any]:
    return page(TELEPHONE, {**question("agreed", "consent", "同意します"), "hint": words})


def boxes(words: str) -> dict[str, Any]:
    columns = [question("name", "text", "名"), question("agreed", "consent", words)]
    return page(TELEPHONE, question("people", "table", "家族", columns=columns, limits={"min": 1, "max": 2}))


FILLED = {"telephone": "0999-00-1322", "agreed": True}
ROW = {"telephone": "0999-00-1322", "people.0.name": "健", "people.0.agreed": True}


@pytest.fixture
def opened(browser, cast):
    """A browser on the only page of a new application of a form."""

    def begin(asking: dict[str, Any]) -> Any:
        written = draft.start(offered(cast.town, asking), person(cast.keiko))
        found = browser(cast.keiko)
        found.visit(f"/applications/{written.id}/pages/one")
        return found

    return begin


@pytest.mark.parametrize(("asking", "filled"), [(agreement, FILLED), (consent, FILLED), (boxes, ROW)])
def test_what_was_agreed_to_counts_for_its_words_only(opened, cast, asking, filled):
    """R-3.1: a text that was changed under a complete draft has to be agreed to anew."""
    keiko = opened(asking("個人情報は、町だけが使います。"))
    keiko.fill(**filled)
    keiko.press("next")
    assert keiko.page.request.path.endswith("/confirm")
    assert keiko.shows("この内容で申請する")
    offered(cast.town, asking("個人情報を、ほかの会社にも渡します。"))
    key = Application.get().id
    keiko.visit(f"/applications/{key}/confirm")
    assert not keiko.shows("この内容で申請する")
    assert keiko.shows("入力を始めたあとで、様式が変わりました。", "まだ送れません。")
    keiko.visit(f"/applications/{key}/pages/one")
    box = next(form for form in keiko.page.forms.values() if "telephone" in form.fields)
    ticked = [name for name, fields in box.fields.items() if name and name.endswith("agreed") and fields[0].checked]
    assert ticked == []
    keiko.fill(**{name: value for name, value in filled.items() if value is True})
    keiko.press("next")
    keiko.press("submit")
    assert Application.get().status == Status.SUBMITTED


def test_a_tick_of_a_page_that_was_open_then_counts_for_its_words(opened, cast):
    keiko = opened(agreement("個人情報は、町だけが使います。"))
    offered(cast.town, agreement("個人情報を、ほかの会社にも渡します。"))
    keiko.fill(**FILLED)
    keiko.press("next")
    assert submission.sheet(draft.editable(person(cast.keiko), Application.get().id)).errors


def test_words_that_stayed_stay_agreed_to(opened, cast):
    keiko = opened(agreement("個人情報は、町だけが使います。"))
    keiko.fill(**FILLED)
    keiko.press("save")
    more = agreement("個人情報は、町だけが使います。")
    more["pages"][0]["questions"].append(question("more", "text", "備考", required=False))
    offered(cast.town, more)
    assert not submission.sheet(draft.editable(person(cast.keiko), Application.get().id)).errors


def test_the_confirm_page_says_what_changed(opened, cast):
    """R-3.1: an answer to a question that now asks the opposite is not sent unseen."""

    def asking(label: str) -> dict[str, Any]:
        return page(question("lives", "choice", label, choices=choices(yes="はい", no="いいえ")), TELEPHONE)

    keiko = opened(asking("同居していますか"))
    keiko.fill(lives="yes", telephone="0999-00-1322")
    keiko.press("next")
    assert not keiko.shows("様式が変わりました")
    old_page = keiko.page
    offered(cast.town, asking("別居していますか"))
    keiko.page = old_page
    keiko.press("submit")
    assert Application.get().status == Status.DRAFT
    assert keiko.shows("様式が変わりました")
    assert f'<a href="/applications/{Application.get().id}/pages/one">別居していますか</a>' in keiko.page.text


def test_a_file_chosen_for_a_question_that_is_gone_is_told_of(opened, cast):
    keiko = opened(page(TELEPHONE, PAPER))
    offered(cast.town, page(TELEPHONE))
    keiko.fill(telephone="0999-00-1322", paper=Upload("診断書.pdf", PDF))
    keiko.press("next")
    assert keiko.shows("「診断書.pdf」は、添付していません。様式が変わり、添付するところがなくなりました。")
    assert not Attachment.select().exists()
    assert Application.get().answers["telephone"] == "0999-00-1322"


def test_a_file_of_a_question_that_became_a_text_is_named_on_the_confirm_page(opened, cast):
    keiko = opened(page(TELEPHONE, PAPER))
    keiko.fill(telephone="0999-00-1322")
    keiko.press("save")
    attach(Application.get(), "paper", name="診断書.pdf")
    offered(cast.town, page(TELEPHONE, question("paper", "text", "診断書の番号", required=False)))
    keiko.visit(f"/applications/{Application.get().id}/confirm")
    assert keiko.shows("診断書.pdf", "申請には使われません")


def test_a_question_that_appears_on_the_page_stops_it_once(opened):
    """Issue 4.1: an optional question that an answer brings out is shown, and the next press goes on."""
    asked = question("way", "choice", "受け取り方", choices=choices(mail="郵送", desk="窓口"))
    more = question("floor", "text", "部屋の番号", required=False, show_if={"question": "way", "is": "mail"})
    keiko = opened(page(asked, more))
    keiko.fill(way="mail")
    keiko.press("next")
    assert keiko.shows("答えに合わせて、項目が増えました。", "部屋の番号")
    keiko.press("next")
    assert keiko.page.request.path.endswith("/confirm")
