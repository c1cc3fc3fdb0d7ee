"""Large and slow uploads over real sockets, and bodies no browser of today sends."""

from __future__ import annotations

import io
import re
import time
from collections import Counter
from hashlib import sha256

import pytest
from browser_stand_in import faults_of
from cast_acts import PDF, write
from served import real_time, served
from uploads_over_sockets import BOUNDARY, Uploader, large_pdf, multipart
from webtest.response import TestResponse

from models import Application, Attachment
from rules.procedures import procedure
from rules.records import session
from web import form

MEGABYTE = 1024 * 1024


@pytest.fixture
def uploader(cast, town_db):
    """Keiko at the page of a draft that takes ten files, in front of a served app."""
    version, document = procedure.published(cast.dogs)
    for page in document["form"]["pages"]:
        for question in page["questions"]:
            if question["type"] == "file":
                question["limits"] = {"count": 10, "extensions": ["pdf"]}
    with real_time():
        wanted = procedure.load(cast.town, document)
        written = write(wanted, cast.keiko)
        token = session.start(resident=cast.keiko)
    with served(town_db) as server:
        yield Uploader(server.port, token, f"/applications/{written.id}/pages/dog")
        assert "Traceback" not in server.log, server.log


def test_everything_of_a_form_arrives_whole(uploader):
    """R-4.1 R-3.6: files and text above and below every size at which something is moved to the disk."""
    files = [(f"大{n}.pdf", large_pdf(60 * 1024)) for n in range(2)] + [
        (f"小{n}.pdf", large_pdf(30 * 1024)) for n in range(4)
    ]
    text = "犬" * 40 * 1024
    status, location, answer = uploader.post(*files, color=text)
    assert (status, location.endswith("#q-certificate")) == (302, True), answer
    kept = {row.name: (row.size, row.sha256) for row in Attachment.select()}
    assert kept == {name: (len(content), sha256(content).hexdigest()) for name, content in files}
    assert Application.get().answers["color"] == text
    # And the largest that is taken.
    largest = large_pdf(10 * MEGABYTE)
    assert uploader.post(("最大.pdf", largest))[0] == 302
    assert Attachment.get(Attachment.name == "最大.pdf").sha256 == sha256(largest).hexdigest()


def test_a_file_too_large_gets_a_page_and_the_draft_is_kept(uploader):
    """R-4.2 R-3.6: between 10 and 64 MB: a sentence beside the field, the other file and every answer in place."""
    body = [("大きい.pdf", large_pdf(10 * MEGABYTE + 1)), ("よい.pdf", PDF)]
    for size in (0, 50 * MEGABYTE):
        body[0] = (body[0][0], body[0][1] + bytes(size))
        status, _, page = uploader.post(*body, button="act_next", dog_name=f"ポチ{size}")
        assert status == 422
        assert "「大きい.pdf」は10MBを超えています" in page and 'href="#q-certificate"' in page
        assert f'value="ポチ{size}"' in page and "よい.pdf" in page
        assert Application.get().answers["dog_name"] == f"ポチ{size}"
    assert Counter(row.name for row in Attachment.select()) == {"よい.pdf": 2}


def test_a_body_over_the_hard_limit_is_cut_off_early(uploader):
    """R-4.2: 65 MB are announced and a few KB sent; the answer does not wait for the rest."""
    began = time.monotonic()
    with uploader.begin(65 * MEGABYTE, bytes(10_000)) as connection:
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 413 ") and b"onnection: close" in answer
        page = answer.partition(b"\r\n\r\n")[2].decode()
        assert "送られた内容が大きすぎます" in page and "合わせて64MBまで" in page
        assert faults_of(TestResponse(page, content_type="text/html", charset="utf-8")) == []
    assert time.monotonic() - began < 3
    with uploader.begin(64 * MEGABYTE - 1, bytes(10_000)) as connection:
        connection.settimeout(0.3)
        with pytest.raises(TimeoutError):
            connection.recv(1)


def test_a_browser_that_sends_on_finds_the_answer(uploader):
    """Most browsers look for it only when they are through: the connection must not be reset before."""
    with uploader.begin(65 * MEGABYTE, bytes(10_000)) as connection:
        for _ in range(40):
            connection.sendall(bytes(100_000))
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 413 ") and "大きすぎます" in answer.decode()
    assert uploader.ask("GET", "/")[0] == 200


def test_twenty_stalled_uploads_do_not_stop_the_site(uploader):
    """R-8.2: more than there are threads; pages come at once, and another upload passes."""
    body = multipart([("csrf", "x")], [("certificate", "a.pdf", large_pdf(2 * MEGABYTE))])
    stalled = [uploader.begin(len(body), body[: 1000 + n * 80_000]) for n in range(20)]
    try:
        time.sleep(0.2)
        for path in ("/", uploader.path, "/"):
            began = time.monotonic()
            assert uploader.ask("GET", path, timeout=5)[0] == 200
            assert time.monotonic() - began < 1
        assert uploader.post(("よい.pdf", PDF))[0] == 302
    finally:
        for connection in stalled:
            connection.close()
    # Half a body is no form: nothing of it was kept.
    assert [row.name for row in Attachment.select()] == ["よい.pdf"]
    assert uploader.ask("GET", "/")[0] == 200


# ---------------------------------------------------------------- bodies made by hand


def read(body: bytes, content_type: str = f"multipart/form-data; boundary={BOUNDARY}"):
    return form.read({"CONTENT_TYPE": content_type, "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)})


def test_sixty_files_of_sixty_kilobytes():
    files = [("certificate", f"{n}.pdf", large_pdf(60 * 1024)) for n in range(60)]
    read_form, uploads = read(multipart([("color", "x" * 120 * 1024)], files))
    assert len(read_form.get("color")) == 120 * 1024
    assert [(one.name, one.stream.read()) for one in uploads] == [(name, content) for _, name, content in files]


def test_forty_photos_just_small_enough_to_be_kept_in_memory():
    """No sum of good files below the hard limit is called too large."""
    photos = [("photo", f"{n}.jpg", bytes(255 * 1024)) for n in range(40)]
    _, uploads = read(multipart([], photos))
    assert [one.size for one in uploads] == [255 * 1024] * 40


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b'form-data; name="f"; filename="a.pdf"', "a.pdf"),
        (b"form-data; name=f; filename=a.pdf", "a.pdf"),
        ('form-data; name="f"; filename="住民票.pdf"'.encode("cp932"), "住民票.pdf"),
        (b'form-data; name="f"; filename="C:\\Documents and Settings\\a b.pdf"', "a b.pdf"),
    ],
)
def test_odd_parts(head, name):
    """R-4.3: no Content-Type, no quotation marks, Shift_JIS, the whole path of a client."""
    body = f"--{BOUNDARY}\r\n".encode() + b"Content-Disposition: " + head + b"\r\n\r\n" + PDF
    body += f"\r\n--{BOUNDARY}--\r\n".encode()
    for boundary in (BOUNDARY, f'"{BOUNDARY}"', f'"{BOUNDARY}"; charset=UTF-8'):
        _, uploads = read(body, f"multipart/form-data; boundary={boundary}")
        assert [(one.name, one.stream.read()) for one in uploads] == [(name, PDF)]


def test_a_body_that_ends_too_early_is_no_form():
    body = multipart([("a", "x")], [("f", "a.pdf", PDF)])
    for end in (len(body) // 2, len(body) - 30, 10):
        with pytest.raises(form.BadForm):
            read(body[:end])
    assert re.match(rb"--", body)
