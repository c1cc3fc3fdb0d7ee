"""Several files chosen at once, where the browser can."""

from __future__ import annotations

import pytest
from cast_acts import PDF
from visitor_acts import open_dogs

from models import Attachment
from rules.procedures import procedure


@pytest.fixture
def visitor(browser, cast):
    """At the page of a procedure that takes up to three files."""
    document = procedure.published(open_dogs(cast))[1]
    asked = {"key": "photos", "type": "file", "label": "写真", "hint": "", "required": False, "limits": {"count": 3}}
    page = {"key": "photos_page", "title": "写真のページ", "intro": "", "questions": [asked]}
    wanted = procedure.load(cast.town, {**document, "form": {"pages": [page]}})
    opened = browser()
    opened.visit(f"/procedures/{wanted.id}")
    opened.press("申請する")
    return opened


def post(opened, *names: str):
    form = next(form for form in opened.page.forms.values() if "act_attach.photos" in form.fields)
    pairs = [("csrf", form["csrf"].value), ("revision", form["revision"].value), ("act_attach.photos", "添付する")]
    opened.page = opened.post(form.action, pairs, upload_files=[("photos", name, PDF) for name in names])
    if opened.page.status_int == 302:
        opened.page = opened.page.maybe_follow()
    return opened.page


def test_several_files_in_one_go(visitor):
    """Issue 4.1: a control of old browsers takes one, that of newer ones as many as there is room for."""
    assert visitor.shows(" multiple ")
    post(visitor, "一.pdf", "二.pdf")
    assert visitor.shows("一.pdf", "二.pdf")
    assert not visitor.shows(" multiple ")
    assert Attachment.select().count() == 2


def test_one_too_many(visitor):
    """What there is room for is attached; the other one gets a sentence."""
    post(visitor, "一.pdf", "二.pdf", "三.pdf", "四.pdf")
    assert Attachment.select().count() == 3
    assert visitor.shows("四.pdf")
    assert visitor.page.status_int == 422
