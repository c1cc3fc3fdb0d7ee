"""Forms as browsers really send them."""

from __future__ import annotations

import io

import pytest

from web import form


def multipart(name: bytes) -> dict:
    body = b'--b\r\nContent-Disposition: form-data; name="paper"; filename="' + name + b'"\r\n\r\n%PDF-\r\n--b--\r\n'
    return {
        "CONTENT_TYPE": "multipart/form-data; boundary=b",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }


@pytest.mark.parametrize(
    "sent",
    [
        "済証.pdf".encode(),
        # lynx: the whole path, and a backslash before each byte from 80 to 9F
        b"/home/rin/\xe6\\\x9b\xb8\xe9\xa1\\\x9e/\xe6\xb8\\\x88\xe8\xa8\xbc.pdf",
        "C:\\書類\\済証.pdf".encode(),
        "C:\\書類\\済証.pdf".encode("cp932"),
    ],
)
def test_file_names_of_every_browser(sent):
    """R-4.3"""
    _, uploads = form.read(multipart(sent))
    assert [upload.name for upload in uploads] == ["済証.pdf"]


@pytest.mark.parametrize("name", ["表示.pdf", "予表.pdf", "ソ連の構能.pdf", "十円.pdf"])
def test_letters_of_shift_jis_that_hold_a_backslash(name):
    """R-4.3"""
    _, uploads = form.read(multipart(name.encode("cp932")))
    assert [upload.name for upload in uploads] == [name]


@pytest.mark.parametrize(
    "path",
    [
        r"C:\My Documents\表.pdf",
        r"C:\書類\申請.pdf",
        r"C:\表示\ソフト.pdf",
        r"C:\Documents and Settings\予定\能力.pdf",
        r"\\server\十分\構.pdf",
    ],
)
def test_windows_paths_of_shift_jis_are_cut_between_letters(path):
    """R-4.3"""
    _, uploads = form.read(multipart(path.encode("cp932")))
    assert [upload.name for upload in uploads] == [path.rpartition("\\")[2]]


def test_more_text_than_any_page_sends_is_told_so(browser, cast):
    """Issue 2.4: a page, never a cut connection."""
    opened = browser(cast.keiko)
    opened.visit("/mypage")
    body = "csrf=x&" + "a" * (9 * 1024 * 1024)
    response = opened.post("/logout", body, content_type="application/x-www-form-urlencoded", expect_errors=True)
    assert response.status_int == 413
    assert "大きすぎます" in response.text


def test_more_fields_than_any_page_has_are_told_so():
    """Issue 2.4: never the rest glued to the last field."""

    def posted(count: int) -> dict:
        body = b"&".join([b"a=1"] * count)
        return {"CONTENT_TYPE": "", "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)}

    assert form.read(posted(form.FIELD_LIMIT))[0].getall("a") == ["1"] * form.FIELD_LIMIT
    with pytest.raises(form.TooLarge):
        form.read(posted(form.FIELD_LIMIT + 1))
