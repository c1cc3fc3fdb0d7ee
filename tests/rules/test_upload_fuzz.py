"""Whatever is done to a file, the inspection ends with a planned word."""

from __future__ import annotations

import io
import struct

import files_to_upload as files
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.files.upload import inspect
from rules.files.upload.budget import Budget, Limits
from rules.files.upload.inspection import examine
from rules.files.upload.verdicts import Found

LIMITS = Limits(total=3_000_000, member=1_000_000, ratio_from=300_000, seconds=5)
BASES = [
    ("a.zip", files.zipped({"a.txt": "some words" * 50, "b.zip": files.zipped({"c.pdf": files.pdf()})})),
    ("a.zip", files.zipped({"a.txt": "some words" * 50}, 14)),
    ("a.zip", files.zipped({"a.txt": "some words" * 50}, 12)),
    ("a.zip", files.by_hand(files.member(b"a", b"x" * 30), files.member(b"b", b"y", extra=b"\1\0\x10\0" + bytes(16)))),
    ("a.zip", files.zipped({"a.doc": files.doc(), "b.xls": files.xls((0x85, bytes(8)))})),
    ("a.docx", files.docx(word__embeddings__a_dot_bin=files.compound({"Package": files.docx()}))),
    ("a.docx", files.locked_docx()),
    ("a.ppt", files.ppt(document=struct.pack("<HHI", 0x10, 0x1011, 60) + bytes(60))),
    ("a.doc", files.compound({"\x01Ole10Native": files.packaged("a.pdf", files.pdf())}, storages=("x",))),
    ("a.odt", files.odt()),
    ("a.pdf", files.pdf()),
    ("a.pdf", files.pdf(user_password="x", algorithm="AES-256")),
    ("a.pdf", files.pdf(user_password="", owner_password="x", algorithm="RC4-128")),
    ("a.jpg", files.JPEG),
    ("a.png", files.png()),
    ("a.gif", files.GIF),
    ("a.heic", files.HEIC),
]
INTERESTING = [
    b"\0",
    b"\xff",
    b"\0\0\0\0",
    b"\xff\xff\xff\xff",
    b"\xff\xff\xff\x7f",
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"PK\x01\x02",
]


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, bytes]:
    """A real file with up to six places overwritten, cut out, repeated or filled in."""
    name, content = draw(st.sampled_from(BASES))
    for _ in range(draw(st.integers(1, 6))):
        place = draw(st.integers(0, len(content)))
        # The end of a file is where ZIP and PDF are read from.
        place = len(content) - place if draw(st.booleans()) else place
        piece = draw(st.sampled_from(INTERESTING) | st.binary(max_size=8))
        act = draw(st.sampled_from(("overwrite", "insert", "remove", "repeat", "cut")))
        if act == "overwrite":
            content = content[:place] + piece + content[place + len(piece) :]
        elif act == "insert":
            content = content[:place] + piece + content[place:]
        elif act == "remove":
            content = content[:place] + content[place + draw(st.integers(1, 600)) :]
        elif act == "repeat":
            content = content[:place] + content[max(0, place - draw(st.integers(1, 600))) :]
        else:
            content = content[:place]
    return name, content


@settings(max_examples=900, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(mutated())
def test_only_planned_refusals(made):
    """Issue 5: a fuzz test sees no exception but the planned refusals."""
    name, content = made
    word = "ok"
    try:
        examine(name, io.BytesIO(content), Budget(LIMITS))
    except Found as found:
        word = found.word
        assert found.verdict().sentence(name)
    assert inspect(name, io.BytesIO(content), limits=LIMITS).word == word


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.sampled_from(["a.pdf", "a.zip", "a.docx", "a.jpg", "a.png", "a.gif", "a.heic"]), st.binary(max_size=300))
def test_no_sense_is_never_taken(name, content):
    """Bytes at random behind the right first ones are no file."""
    heads = {
        "pdf": b"%PDF-",
        "zip": b"PK\x03\x04",
        "docx": b"PK\x03\x04",
        "jpg": b"\xff\xd8\xff",
        "png": b"\x89PNG\r\n\x1a\n",
    }
    head = heads.get(name[2:], b"")
    assert not inspect(name, io.BytesIO(head + content)).ok
