"""Which files are taken (R-4.1, R-4.2 as far as the name and the first bytes tell)."""

from __future__ import annotations

import io

import pytest

from rules import Refusal, upload

QUESTION = {"key": "f", "type": "file", "label": "f", "limits": {"count": 1, "extensions": ["pdf", "jpg", "png"]}}
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("空.pdf", b"", "中身が空"),
        ("大.pdf", b"%PDF-" + b"x" * upload.MAX_SIZE, "10MBを超え"),
        ("表.xlsx", b"PK\x03\x04", "添付できない種類"),
        ("名前だけ", b"%PDF-1.4", "添付できない種類"),
        ("写真.jpg", PNG, "中身は、名前の種類"),
        ("文書.pdf", b"MZ\x90", "中身は、名前の種類"),
    ],
)
def test_each_refusal_says_what_to_do(name, content, words):
    with pytest.raises(Refusal) as refusal:
        upload.check(QUESTION, name, len(content), io.BytesIO(content))
    assert words in refusal.value.message
    assert name in refusal.value.message


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("住民票.PDF", b"%PDF-1.7", "application/pdf"),
        ("写真.JPG", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("図.png", PNG, "image/png"),
    ],
)
def test_good_files_pass_and_can_be_read_from_the_start(name, content, kind):
    stream = io.BytesIO(content)
    assert upload.check(QUESTION, name, len(content), stream) == (name, kind)
    assert stream.read() == content


def test_exactly_ten_megabytes_pass():
    content = b"%PDF-" + b"x" * (upload.MAX_SIZE - 5)
    upload.check(QUESTION, "a.pdf", len(content), io.BytesIO(content))


def test_an_endless_name_keeps_its_ending():
    name, _ = upload.check(QUESTION, "長" * 400 + ".pdf", 8, io.BytesIO(b"%PDF-1.4"))
    assert len(name) <= upload.MAX_NAME
    assert name.endswith(".pdf")


def test_control_characters_do_not_reach_the_name():
    name, _ = upload.check(QUESTION, "a\r\nb\u202e.pdf", 8, io.BytesIO(b"%PDF-1.4"))
    assert name == "ab.pdf"
