"""Which files a question takes (R-4.1, R-4.2): size, name, kind, and the sentences of refusal."""

from __future__ import annotations

import io
import pickle
import struct
import time

import files_to_upload as files
import pytest

from rules import Refusal
from rules.files import upload
from rules.files.upload import Word, inspect, verdicts
from rules.files.upload.kinds import detect

QUESTION = {"key": "f", "type": "file", "label": "f", "limits": {"count": 1, "extensions": ["pdf", "jpg", "png"]}}
ANY = {"limits": {"extensions": list(upload.KINDS)}}


def judged(name: str, content: bytes) -> tuple[str, str]:
    verdict = inspect(name, io.BytesIO(content))
    return str(verdict.word), verdict.reason


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("空.pdf", b"", "中身が空"),
        ("大.pdf", b"%PDF-" + b"x" * upload.MAX_SIZE, "10MBを超え"),
        ("表.xlsx", b"PK\x03\x04", "PDFで保存し直して"),
        ("図.dwg", b"AC1015", "添付できるのはPDF・JPG・PNGです"),
        ("名前だけ", b"only words", "添付できない種類"),
        ("写真.jpg", files.png(), "中身はPNGのようです。名前の終わりを .png に変える"),
        ("写真.png", files.JPEG, "中身はJPGのようです。名前の終わりを .jpg に変える"),
        ("写真.jpg", files.HEIC, "中身はHEICのようです。JPGに変えて"),
        ("書類.pdf", files.docx(), "中身はDOCXのようです。PDFで保存し直して"),
        ("書類.pdf", files.doc(), "中身は古い形の文書（.docや.xls）のようです。PDFで保存し直して"),
        ("IMG_0001.HEIC", files.HEIC, "JPGに変えて"),
        ("文書.pdf", files.EXE, "プログラム"),
        ("文書.pdf", b"only words", "中身は、名前の種類（.pdf）"),
        ("書類.lzh", files.LZH, "7Z・RAR・LZH・CAB"),
        ("手順.bat", b"dir", "プログラムを書いたファイル"),
        ("案内.html", files.HTML, "PDFにして添付"),
        ("表.xlsm", b"PK\x03\x04", "マクロ"),
    ],
)
def test_each_refusal_says_what_to_do(name, content, words):
    """R-4.2"""
    with pytest.raises(Refusal) as refusal:
        upload.check(QUESTION, name, len(content), io.BytesIO(content))
    assert words in refusal.value.message
    assert f"「{name}」" in refusal.value.message


@pytest.mark.parametrize(
    ("name", "allowed", "words"),
    [
        ("書類.doc", ["pdf", "docx"], "PDFかDOCXで保存し直して"),
        ("書類.odt", ["pdf", "docx", "xlsx"], "PDFかDOCXで保存し直して"),
        ("表.xls", ["pdf", "docx", "xlsx"], "PDFかXLSXで保存し直して"),
        ("発表.pptx", ["pdf", "docx"], "PDFで保存し直して"),
        ("書類.doc", ["jpg"], "添付できるのはJPGです"),
        ("書類.jtd", ["pdf"], "PDFで保存し直して"),
    ],
)
def test_another_form_of_a_document_that_the_question_takes(name, allowed, words):
    """R-4.2: what to do, as this question allows."""
    with pytest.raises(Refusal) as refusal:
        upload.check({"limits": {"extensions": allowed}}, name, 4, io.BytesIO(b"abcd"))
    assert words in refusal.value.message


def test_a_file_too_deep_is_called_by_its_outer_name():
    verdict = inspect("書類.zip", io.BytesIO(files.nested(files.zipped({"a.txt": "x"}), 6)))
    assert verdict.reason == "deep" and verdict.sentence("書類.zip").startswith("「書類.zip」は、")


@pytest.mark.parametrize(("content", "kept"), [(files.pdf(), "住民票.pdf"), (files.JPEG, "住民票.jpg")])
def test_a_name_without_an_ending_gets_it(content, kept):
    """R-4.2"""
    assert upload.check(QUESTION, "住民票", len(content), io.BytesIO(content))[0] == kept


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("住民票.PDF", files.pdf(), "application/pdf"),
        ("写真.JPG", files.JPEG, "image/jpeg"),
        ("図.png", files.png(), "image/png"),
        ("図.gif", files.GIF, "image/gif"),
        ("写真.heic", files.HEIC, "image/heic"),
        ("書類.docx", files.docx(), upload.KINDS["docx"]),
        ("表.xlsx", files.xlsx(), upload.KINDS["xlsx"]),
        ("書類.zip", files.zipped({"住民票.pdf": files.pdf()}), "application/zip"),
    ],
)
def test_good_files_pass_and_can_be_read_from_the_start(name, content, kind):
    """R-4.1"""
    stream = io.BytesIO(content)
    assert upload.check(ANY, name, len(content), stream) == (name, kind)
    assert stream.read() == content


def test_exactly_ten_megabytes_pass():
    """R-4.1: a PDF may be filled up behind its end."""
    content = files.pdf().ljust(upload.MAX_SIZE, b"\n")
    upload.check(QUESTION, "a.pdf", len(content), io.BytesIO(content))


def test_an_endless_name_keeps_its_ending():
    name, _ = upload.check(QUESTION, "長" * 400 + ".pdf", 8, io.BytesIO(files.pdf()))
    assert len(name) <= upload.MAX_NAME
    assert name.endswith(".pdf")


def test_control_characters_do_not_reach_the_name():
    name, _ = upload.check(QUESTION, "a\r\nb\u202e.pdf", 8, io.BytesIO(files.pdf()))
    assert name == "ab.pdf"


@pytest.mark.parametrize("name", ["申請書\u3000山田.pdf", "外字\ue001.pdf", "葛\U000e0100城.pdf", "が\u3099.pdf"])
def test_the_characters_of_japanese_names_stay(name):
    """R-4.3: the wide space, the town's own characters, the forms of a kanji; in sentences too."""
    assert upload.check(QUESTION, name, 8, io.BytesIO(files.pdf()))[0] == name
    assert f"「{name}」" in verdicts.of("slow", name).sentence("書類.zip")


@pytest.mark.parametrize("reason", sorted(verdicts._REASONS))
def test_every_reason_has_a_sentence_that_says_what_to_do(reason):
    """R-4.2: also for a file within a file, whose odd characters and length do not reach the page."""
    for inside in ("", "長\r\n" * 100 + "い.docx"):
        sentence = verdicts.of(reason, inside).sentence("書類.zip")
        assert "「書類.zip」" in sentence and "{" not in sentence and "\n" not in sentence
        assert sentence.endswith("ください。") and len(sentence) < 250


def test_a_locked_file_inside_is_named_with_what_to_mend():
    """R-4.2"""
    content = files.zipped({"申請/収入.docx": files.locked_docx()})
    with pytest.raises(Refusal) as refusal:
        upload.check(ANY, "書類.zip", len(content), io.BytesIO(content))
    assert "「書類.zip」の中の「申請/収入.docx」にパスワード" in refusal.value.message
    assert "「書類.zip」を作り直して" in refusal.value.message


def test_a_verdict_can_leave_its_process():
    verdict = inspect("a.zip", io.BytesIO(files.zipped({"x.exe": b"x"})))
    assert pickle.loads(pickle.dumps(verdict)) == verdict
    assert verdict.word is Word.DANGEROUS


# ---------------------------------------------------------------- content and name


@pytest.mark.parametrize(
    ("content", "verdict"),
    [
        (files.EXE, ("dangerous", "program")),
        (files.ELF, ("dangerous", "program")),
        (b"L\0\0\0\x01\x14\x02\0" + bytes(60), ("dangerous", "program")),
        (b"#!/bin/sh\nls\n", ("dangerous", "script")),
        (b"\xef\xbb\xbf<?php echo 1;", ("dangerous", "script")),
        (files.HTML, ("dangerous", "web-page")),
        (b"<!-- %PDF-1.4 -->\n<script>x</script>", ("dangerous", "web-page")),
        ("<html>".encode("utf-16"), ("dangerous", "web-page")),
        (files.SVG, ("dangerous", "web-page")),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related; x\r\n", ("dangerous", "web-page")),
        (files.SEVEN_ZIP, ("type", "archive")),
        (files.RAR, ("type", "archive")),
        (files.LZH, ("type", "archive")),
        (files.CAB, ("type", "archive")),
        (b"\x1f\x8b\x08" + bytes(20), ("type", "archive")),
        (files.docx(), ("malformed", "mismatch")),
        (files.doc(), ("malformed", "mismatch")),
        (bytes(100), ("malformed", "mismatch")),
    ],
)
@pytest.mark.parametrize("name", ["文書.pdf", "写真.jpg"])
def test_content_counts_and_not_the_name(name, content, verdict):
    """R-4.2: issue 5, 'content that is not what the name says'."""
    assert judged(name, content) == verdict


@pytest.mark.parametrize("ending", ["docx", "xlsx"])
def test_a_document_is_the_document_its_name_says(ending):
    contents = {"docx": files.docx(), "xlsx": files.xlsx(), "zip": files.zipped({"a.txt": "x"})}
    for kind, content in contents.items():
        assert judged(f"a.{ending}", content)[0] == ("ok" if kind == ending else "malformed")
        assert judged("a.zip", content)[0] == "ok"


@pytest.mark.parametrize(
    "name", ["a.exe", "a.pdf.exe", "a.exe.", "a.SCR ", "a.pdf:b.exe", "a.lnk", "a.js", "a.svg", "a.docm", "a.rar"]
)
def test_names_never_taken(name):
    assert judged(name, b"some words")[0] in ("dangerous", "type")
    assert judged("a.zip", files.zipped({name: "some words"}))[0] in ("dangerous", "type")


@pytest.mark.parametrize("name", ["説明.txt", "表.csv", "図面.dwg", "データ.xml", "写真.tif", "古い.doc"])
def test_other_papers_may_be_in_a_zip(name):
    content = {"古い.doc": files.doc(), "データ.xml": b"<?xml version='1.0'?>\n<form><title>x</title></form>"}
    assert judged("書類.zip", files.zipped({name: content.get(name, b"some words")})) == ("ok", "")


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("memo.txt", "<b>重要</b>のお知らせ".encode(), "ok"),
        ("data.xml", b"<?xml version='1.0'?><a><script>x</script></a>", "ok"),
        ("mail.eml", b"MIME-Version: 1.0\nContent-Type: multipart/related; x", "ok"),
        ("memo", b"<b>words</b>", "dangerous"),
        ("memo.dat", b"MIME-Version: 1.0\nContent-Type: multipart/related; x", "dangerous"),
        ("memo.pdf", b"<table><tr>", "dangerous"),
        ("memo.txt", b"<html><b>words</b>", "dangerous"),
        ("memo.txt", b"<!doctype  html><b>words</b>", "dangerous"),
        ("data.xml", b"<a xmlns='http://www.w3.org/1999/xhtml'><script>x</script></a>", "dangerous"),
    ],
)
def test_words_that_look_like_a_page_are_words_where_the_name_says_so(name, content, word):
    assert judged("書類.zip", files.zipped({name: content}))[0] == word


def test_how_content_begins_is_told_without_trying_twice():
    """The time grows with the length and not with its square: that of a hundred heads is bounded very generously."""
    heads = [b"<!doctype" + b" " * 4080, b"<!doctype x[" + b"] " * 2040, b"<!--" * 1024, b" " * 4096]
    began = time.process_time()
    for head in heads * 25:
        assert detect(head) == ""
    assert time.process_time() - began < 3


# ---------------------------------------------------------------- pictures


@pytest.mark.parametrize(
    ("name", "content", "verdict"),
    [
        ("a.png", files.png()[:40], ("malformed", "cut")),
        ("a.png", files.png()[:-12], ("malformed", "cut")),
        ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(40), ("malformed", "damaged")),
        ("a.png", files.png(60_000, 60_000), ("dangerous", "bomb")),
        ("a.jpg", files.JPEG[:20], ("malformed", "cut")),
        ("a.jpg", b"\xff\xd8\xff\xe0 a small photograph", ("malformed", "cut")),
        ("a.gif", files.GIF[:30], ("malformed", "cut")),
        ("a.gif", files.GIF[:13] + b"\x3b", ("malformed", "damaged")),
        ("a.heic", files.HEIC[:34], ("malformed", "cut")),
        ("a.heic", files.HEIC[:24], ("malformed", "damaged")),
        ("a.jpg", b"\xff\xd8" + b"\xff\xe0\0\2" * 250_000 + files.JPEG[2:], ("malformed", "slow")),
        ("a.gif", files.GIF[:13] + b"\x21\xff\0" * 250_000 + files.GIF[13:], ("malformed", "slow")),
    ],
)
def test_pictures_that_cannot_be_seen(name, content, verdict):
    assert judged(name, content) == verdict


@pytest.mark.parametrize("picture", [files.JPEG, files.png(), files.GIF])
@pytest.mark.parametrize(
    "second",
    [
        files.zipped({"a.txt": "x"}),
        files.RAR,
        files.SEVEN_ZIP,
        files.EXE,
        files.HTML,
        b"xx<script>x</script>",
        files.pdf(),
    ],
    ids=["zip", "rar", "7z", "exe", "html", "script", "pdf"],
)
def test_a_picture_that_is_something_else_too(picture, second):
    """Issue 5: polyglots."""
    ending = {b"\xff": "jpg", b"\x89": "png", b"G": "gif"}[picture[:1]]
    assert judged(f"a.{ending}", picture + second) == ("dangerous", "polyglot")


@pytest.mark.parametrize("behind", [b"\0" * 500, b"\0\0\0\x18ftypmp42" + bytes(200), files.JPEG, b"SEFHf\0\0\0"])
def test_what_phones_put_behind_a_photograph_is_fine(behind):
    assert judged("a.jpg", files.JPEG + behind) == ("ok", "")


def test_a_photograph_that_was_cut_off_in_the_middle():
    """R-4.2: the end of a small preview in front is not the end of the picture."""
    preview = b"\xff\xe1" + struct.pack(">H", len(files.JPEG) + 2) + files.JPEG
    whole = files.JPEG[:2] + preview + files.JPEG[2:-3] + bytes(1000) + b"\x2a\xff\xd9"
    assert judged("a.jpg", whole) == judged("a.jpg", whole + bytes(64)) == ("ok", "")
    for cut in (2, 3, 500):
        assert judged("a.jpg", whole[:-cut]) == ("malformed", "cut")


def test_a_broken_picture_in_a_zip_is_let_be():
    assert judged("a.zip", files.zipped({"a.jpg": files.JPEG[:20]})) == ("ok", "")
