"""A paper form inside a form: a link to the file, for whoever would rather write by hand."""

from __future__ import annotations

from pathlib import Path

from cast_acts import PDF
from visitor_acts import open_dogs

from models import PaperForm
from rules.procedures import procedure

QUESTION = {"key": "paper", "type": "paper_form", "label": "記入用紙", "hint": "手書きのときに。", "file": "memo.pdf"}
NAME = {"key": "memo", "type": "text", "label": "メモ", "hint": "", "required": False}


def test_the_link_leads_to_the_file(browser, cast, tmp_path: Path):
    """Issue 4.1: reference to a paper form; nothing to answer, nothing to read back."""
    (tmp_path / "memo.pdf").write_bytes(PDF)
    document = procedure.published(open_dogs(cast))[1]
    page = {"key": "one", "title": "用紙のページ", "intro": "", "questions": [QUESTION, NAME]}
    papers = [{"file": "memo.pdf", "title": "メモの用紙"}]
    wanted = procedure.load(cast.town, {**document, "paper_forms": papers, "form": {"pages": [page]}}, forms=tmp_path)
    opened = browser()
    opened.visit(f"/procedures/{wanted.id}")
    opened.press("申請する")
    assert opened.shows("記入用紙", "手書きのときに。", "メモの用紙（PDF、")
    answer = opened.page.click("メモの用紙")
    assert answer.body == PDF
    opened.press("次へ進む")
    assert opened.shows("内容の確認", "メモ") and not opened.shows("記入用紙")


def test_a_form_that_is_gone_is_said_to_be(browser, cast, tmp_path: Path):
    (tmp_path / "memo.pdf").write_bytes(PDF)
    document = procedure.published(open_dogs(cast))[1]
    page = {"key": "one", "title": "用紙のページ", "intro": "", "questions": [QUESTION, NAME]}
    papers = [{"file": "memo.pdf", "title": "メモの用紙"}]
    wanted = procedure.load(cast.town, {**document, "paper_forms": papers, "form": {"pages": [page]}}, forms=tmp_path)
    PaperForm.delete().execute()
    opened = browser()
    opened.visit(f"/procedures/{wanted.id}")
    opened.press("申請する")
    assert opened.shows("この用紙は、いまはダウンロードできません")
