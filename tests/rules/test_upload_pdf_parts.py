"""PDF (R-4.2): the files put into it and the actions that start something."""

from __future__ import annotations

import io

import files_to_upload as files
import pytest
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject

from rules.files.upload import inspect


def written(writer: PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def holding(name: str, content: bytes) -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.add_attachment(name, content)
    return written(writer)


def judged(content: bytes) -> tuple[str, str, str]:
    verdict = inspect("書類.pdf", io.BytesIO(content))
    return str(verdict.word), verdict.reason, verdict.inside


LOCKED_ZIP = files.by_hand(files.member(b"a.txt", b"secret", flags=1))


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("tool.exe", b"anything", ("dangerous", "program", "tool.exe")),
        ("letter.txt", files.EXE, ("dangerous", "program", "letter.txt")),
        ("a.html", files.HTML, ("dangerous", "web-page", "a.html")),
        ("a.zip", LOCKED_ZIP, ("encrypted", "zip-password", "a.zip")),
        ("a.docx", files.locked_docx(), ("encrypted", "office-password", "a.docx")),
        ("b.pdf", files.pdf(user_password="x"), ("encrypted", "pdf-password", "b.pdf")),
        ("b.pdf", holding("c.exe", b"x"), ("dangerous", "program", "b.pdf/c.exe")),
        ("請求.xml", b'<?xml version="1.0"?><invoice/>', ("ok", "", "")),
        ("写真.jpg", files.JPEG, ("ok", "", "")),
        ("a.zip", files.zipped({"a.txt": "x"}), ("ok", "", "")),
    ],
)
def test_files_put_into_a_pdf(name, content, found):
    """R-4.2: they are looked into like those in a ZIP."""
    assert judged(holding(name, content)) == found


def test_files_put_into_a_pdf_with_a_lock_that_opens():
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.add_attachment("tool.txt", files.EXE)
    writer.encrypt("", "owner", algorithm="AES-256")
    assert judged(written(writer)) == ("dangerous", "program", "tool.txt")


def test_files_named_only_in_packed_objects():
    """R-4.2: what names the file stands in a stream, where no search of the bytes sees it."""
    content = files.pdf_packed(
        b"<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles<</Names[(a)<</F(a.txt)/EF<</F 4 0 R>>>>]>>>>>>", files.EXE
    )
    assert b"/EF" not in content
    assert judged(content) == ("dangerous", "program", "a.txt")


def test_pdfs_within_pdfs_have_a_depth():
    content = files.pdf()
    for _ in range(6):
        content = holding("a.pdf", content)
    assert judged(content)[:2] == ("dangerous", "deep")


def test_an_action_that_starts_a_program():
    """R-4.2"""
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    start = DictionaryObject({NameObject("/S"): NameObject("/Launch"), NameObject("/F"): TextStringObject("cmd.exe")})
    writer.root_object[NameObject("/OpenAction")] = writer._add_object(ArrayObject([start])[0])
    content = written(writer)
    assert judged(content)[:2] == ("dangerous", "launch")
    assert "起動する作り" in inspect("書類.pdf", io.BytesIO(content)).sentence("書類.pdf")
