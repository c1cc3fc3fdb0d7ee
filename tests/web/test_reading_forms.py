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
