"""ZIPs (R-4.2): passwords wherever they are noted, bombs, bad names, and damage that does no harm."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import files_to_upload as files
import pytest
from files_to_upload import by_hand, member, zipped

from rules.files.upload import inspect
from rules.files.upload.budget import Limits
from rules.files.upload.names import decode

AES = struct.pack("<HHHHBH", 0x9901, 7, 2, 0x4541, 3, 8)
STRONG = struct.pack("<HHHHH", 0x0017, 6, 2, 0x6610, 256)


def judged(content: bytes, name: str = "書類.zip", **limits: int) -> tuple[str, str]:
    verdict = inspect(name, io.BytesIO(content), limits=Limits(**limits))
    return str(verdict.word), verdict.reason


PLAIN = member(b"a.txt", b"words")
LOCKED = {
    "ZipCrypto": by_hand(PLAIN, member(b"b.txt", b"x" * 20, flags=1)),
    "AES": by_hand(PLAIN, member(b"b.txt", b"x" * 20, flags=1, method=99, extra=AES)),
    "AES without its flag": by_hand(member(b"b.txt", b"x" * 20, method=99)),
    "AES by its field alone": by_hand(member(b"b.txt", b"x" * 20, extra=AES)),
    "strong": by_hand(member(b"b.txt", b"x" * 20, flags=0x41, extra=STRONG)),
    "strong by its field alone": by_hand(member(b"b.txt", b"x" * 20, extra=STRONG)),
    "masked headers": by_hand(member(b"b.txt", b"x" * 20, flags=0x2000)),
    "in the local header alone": by_hand(PLAIN, member(b"b.txt", b"x" * 20, local_flags=1)),
    "in the directory alone": by_hand(PLAIN, member(b"b.txt", b"x" * 20, flags=1, local_flags=0)),
    "a member no directory lists": by_hand((PLAIN[0] + member(b"b.txt", b"x" * 20, flags=1)[0], PLAIN[1])),
    "without an end record": member(b"b.txt", b"x" * 20, flags=1)[0],
    "encrypted directory": PLAIN[0] + b"PK\x06\x08" + bytes(50) + files.end(1, 54, len(PLAIN[0])),
    "behind something in front": b"\0" * 100 + by_hand(member(b"b.txt", b"x" * 20, flags=1)),
    "an empty member": by_hand(member(b"b.txt", b"", flags=1)),
    "in a ZIP in its comment": by_hand(PLAIN, behind=by_hand(member(b"b.txt", b"x", flags=1))),
}


@pytest.mark.parametrize("content", LOCKED.values(), ids=LOCKED)
def test_a_password_is_seen_wherever_it_is_noted(content):
    """R-4.2: a password-protected ZIP, of every kind."""
    assert judged(content) == ("encrypted", "zip-password")


def test_an_encrypted_directory_of_the_64_bit_kind():
    record = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44 + 28, 62, 62, 0, 0, 1, 1, 60, 35)
    record += struct.pack("<HQQHHHH", 8, 60, 60, 0x6610, 256, 1, 0) + bytes(2)
    front = b"PK\x03\x04" + bytes(31)
    content = front + bytes(60) + record + struct.pack("<4sIQI", b"PK\x06\x07", 0, len(front) + 60, 1)
    assert judged(content + files.end(0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF)) == ("encrypted", "zip-password")


INSIDE = {
    "ZIP": ("a.zip", LOCKED["ZipCrypto"], "encrypted"),
    "ZIP by another name": ("a.dat", LOCKED["AES"], "encrypted"),
    "new Office": ("a.docx", files.locked_docx(), "encrypted"),
    "Word": ("a.doc", files.doc(0x0100), "encrypted"),
    "Excel": ("a.xls", files.xls((0x2F, bytes(6))), "encrypted"),
    "PowerPoint": ("a.ppt", files.ppt(0xF3D1C4DF), "encrypted"),
    "ODF": ("a.odt", files.odt("<manifest:encryption-data/>"), "encrypted"),
    "ODF in UTF-16": ("a.odt", files.odt("<encryption-data/>".encode("utf-16").decode("latin-1")), "encrypted"),
    "ODF in one piece": ("a.odt", files.odt(**{"encrypted-package": "x"}), "encrypted"),
    "PDF": ("a.pdf", files.pdf(user_password="x", algorithm="RC4-128"), "encrypted"),
    "7z": ("a.7z", files.SEVEN_ZIP, "type"),
    "RAR": ("a.bin", files.RAR, "type"),
}


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize(("name", "content", "word"), INSIDE.values(), ids=INSIDE)
def test_a_password_inside_down_to_the_third_level(name, content, word, depth):
    """R-4.2: a ZIP that holds a password-protected file."""
    assert judged(files.nested(zipped({"申請書.txt": "x", name: content}), depth - 1))[0] == word


def test_a_restricted_pdf_inside_is_fine():
    content = files.pdf(user_password="", owner_password="x", algorithm="AES-256")
    assert judged(zipped({"a.pdf": content})) == ("ok", "")


# ---------------------------------------------------------------- bombs


def test_a_member_that_grows_too_much():
    """Issue 5: bombs by ratio."""
    assert judged(zipped({"a.txt": bytes(11_000_000)})) == ("dangerous", "bomb")
    assert judged(zipped({"a.txt": bytes(9_000_000)})) == ("ok", "")


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_bytes_are_counted_over_all_levels_and_methods(method):
    inner = zipped({"a.txt": bytes(70_000)}, method)
    assert judged(zipped({"a.zip": inner, "b.zip": inner}), total=100_000) == ("dangerous", "bomb")
    assert judged(zipped({"a.zip": inner, "b.zip": inner}), total=200_000) == ("ok", "")
    assert judged(inner, member=60_000) == ("dangerous", "bomb")


def test_members_are_counted_over_all_levels():
    inner = zipped({f"{number}.txt": "x" for number in range(1_000)})
    assert judged(inner) == ("ok", "")
    assert judged(zipped({"a.zip": inner, "b.zip": inner})) == ("dangerous", "many")


def test_a_huge_directory():
    bulky = [member(b"n" * 60_000 + str(number).encode(), b"") for number in range(80)]
    assert judged(by_hand(*bulky)) == ("dangerous", "many")


def test_members_that_share_their_bytes():
    """The overlapping bomb: each member's data runs over the headers and the data of the next."""
    kernel = zlib.compress(bytes(1000))
    first, second = member(b"a", kernel, central_packed=len(kernel) + 40), member(b"b", kernel)
    assert judged(by_hand(first, second)) == ("dangerous", "overlap")
    again = PLAIN[1][:42] + struct.pack("<I", 0) + PLAIN[1][46:]
    twice = PLAIN[0] + again + again + files.end(2, 2 * len(again), len(PLAIN[0]))
    assert judged(twice) == ("dangerous", "overlap")


def test_nesting_has_an_end():
    plain = zipped({"a.txt": "x"})
    assert judged(files.nested(plain, 3)) == ("ok", "")
    assert judged(files.nested(plain, 4)) == ("dangerous", "deep")
    assert judged(files.nested(plain, 30)) == ("dangerous", "deep")


def test_a_zip_that_holds_itself_ends():
    """A quine's members are the file again: the budget ends it, whatever the depth."""
    ticks = iter(range(1_000_000))
    verdict = inspect("a.zip", io.BytesIO(files.nested(zipped({"a": "x"}), 50)), ticking=lambda: next(ticks) / 1000)
    assert verdict.word == "dangerous"


def test_time_runs_out_by_the_clock_that_was_given():
    ticks = iter((0.0, *[20.0] * 1_000))
    verdict = inspect("a.zip", io.BytesIO(zipped({"a.txt": "x"})), ticking=lambda: next(ticks))
    assert (verdict.word, verdict.reason) == ("malformed", "slow")


# ---------------------------------------------------------------- names and contents


@pytest.mark.parametrize(
    "name", ["../a.txt", "b/../../a.txt", "/etc/a.txt", "C:\\a.txt", "\\\\host\\a.txt", "..\\a.txt", "a/.. /b.txt"]
)
def test_names_that_lead_elsewhere(name):
    """Issue 5: path traversal."""
    assert judged(by_hand(member(name.encode(), b"x"))) == ("dangerous", "path")


def test_links():
    assert judged(by_hand(member(b"a", b"/etc/passwd", mode=0o120777))) == ("dangerous", "link")


def test_kanji_whose_second_byte_is_a_backslash_are_no_folder():
    """R-4.3: 表 in Shift_JIS ends in 0x5C."""
    assert judged(by_hand(member("表/ソ連.txt".encode("cp932"), b"x"))) == ("ok", "")
    assert decode("予定表.txt".encode("cp932"), False) == "予定表.txt"
    assert decode("予定表.txt".encode(), False) == "予定表.txt"
    assert decode(b"\x81\xff", True) == decode(b"\x81\xff", False)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (files.EXE, "program"),
        (files.ELF, "program"),
        (b"#!/usr/bin/env python\n", "script"),
        (files.HTML, "web-page"),
        (files.SVG, "web-page"),
        (files.RAR, "archive"),
        (files.LZH, "archive"),
        (files.docx(word__vbaProject_dot_bin="x"), "macro"),
        (files.compound({"x": b"x"}, storages=("Macros", "VBA")), "macro"),
        (files.compound({"\x01Ole10Native": files.packaged("a.exe", b"x")}), "program"),
        (files.compound({"\x01Ole10Native": files.packaged("a.txt", files.EXE)}), "program"),
    ],
)
def test_what_runs_is_found_at_any_depth_under_any_name(content, reason):
    """Issue 5: executables, scripts, HTML, SVG, macros."""
    for depth in (1, 2, 3):
        assert judged(files.nested(zipped({"メモ.txt": content}), depth - 1))[1] == reason


def test_a_locked_zip_between_words_and_a_long_comment():
    """The end record is found, and from there the directory, however far in front of the last bytes that stands."""
    locked = by_hand(member(b"a.txt", b"words", flags=1), behind=b"c" * 65_500)
    assert judged(zipped({"a.dat": b"some words\n" * 20 + locked})) == ("encrypted", "zip-password")
    assert judged(zipped({"a.dat": b"some words\n" * 20 + locked[:-70_000]})) == ("ok", "")


@pytest.mark.parametrize("front", [files.EXE, files.HTML, b"#!/bin/sh\n", files.GIF, b"%PDF-1.4\n"])
def test_something_in_front_of_a_zip(front):
    """Issue 5: polyglots."""
    assert judged(front + zipped({"a.txt": "x"}))[0] in ("dangerous", "malformed")
    assert judged(b"\0\0" + front + zipped({"a.txt": "x"}))[0] in ("ok", "dangerous")


def test_something_behind_a_zip():
    assert judged(zipped({"a.txt": "x"}) + files.HTML) == ("dangerous", "polyglot")
    assert judged(zipped({"a.txt": "x"}) + files.EXE) == ("dangerous", "polyglot")


def test_two_readings_are_both_looked_at():
    """The directory says stored, the local header says packed: an opener may believe either."""
    packed = zlib.compress(files.EXE)[2:-4]
    local, central = member(b"a.txt", packed, method=8, crc=zlib.crc32(files.EXE))
    stored = central[:10] + struct.pack("<H", 0) + central[12:]
    assert judged(by_hand((local, stored))) == ("dangerous", "program")


# ---------------------------------------------------------------- damage


def test_a_zip_that_was_cut_off():
    whole = zipped({"a.txt": "some words", "b.txt": "some words"})
    assert judged(whole[:-30]) == ("malformed", "cut")
    assert judged(whole[:40]) == ("malformed", "cut")


def test_damaged_data_and_unknown_methods():
    packed = zlib.compress(b"some words" * 100)[2:-4]
    assert judged(by_hand(member(b"a", packed, method=8, crc=1))) == ("malformed", "damaged")
    assert judged(by_hand(member(b"a", b"\xff" * 20, method=8))) == ("malformed", "damaged")
    assert judged(by_hand(member(b"a", b"x" * 20, method=93))) == ("type", "method")
    assert judged(by_hand(member(b"a", b"x" * 20, method=14))) == ("malformed", "damaged")
    assert judged(zipped({})) == ("malformed", "empty")


def test_harmless_oddities_pass():
    words = member(b"a.txt", b"words")
    whole = by_hand(words)
    assert judged(by_hand(member(b"a.txt", b"words", crc=1))) == ("ok", "")
    assert judged(b"\0" * 50 + whole) == ("ok", "")
    assert judged(whole + b"\0" * 50) == ("ok", "")
    assert judged(by_hand((words[0] + b"a gap", words[1]), words)) == ("ok", "")
    assert judged(by_hand(words, behind=b"a comment")) == ("ok", "")
    assert judged(by_hand(words, behind=by_hand(words))) == ("ok", "")
    assert judged(whole.replace(b"PK\x01\x02", b"PK\x01\x03")) == ("ok", "")


def test_streamed_and_64_bit_members_pass():
    class OnlyWrites(io.RawIOBase):
        def __init__(self) -> None:
            self.kept = b""

        def writable(self) -> bool:
            return True

        def write(self, data) -> int:
            self.kept += bytes(data)
            return len(data)

    for wide in (False, True):
        out = OnlyWrites()
        with (
            zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive,
            archive.open("a.txt", "w", force_zip64=wide) as file,
        ):
            file.write(b"some words" * 100)
        assert judged(out.kept) == ("ok", "")


def test_folders_pass():
    assert judged(zipped({"書類/": "", "書類/a.txt": "x"})) == ("ok", "")


def test_a_zip_put_in_as_it_is_stays_one_level_down():
    """Its own end record stands near the end of the file, unpacked."""
    inner = files.docx(word__media__a_dot_svg=files.SVG)
    assert judged(zipped({"a.docx": inner}, zipfile.ZIP_STORED)) == ("ok", "")
    assert judged(zipped({"a.docx": inner, "b.docx": inner}, zipfile.ZIP_STORED)) == ("ok", "")
    locked = zipped({"a.zip": LOCKED["ZipCrypto"]}, zipfile.ZIP_STORED)
    assert inspect("a.zip", io.BytesIO(locked)).inside == "a.zip"
