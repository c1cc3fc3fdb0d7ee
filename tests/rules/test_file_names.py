"""Names in a ZIP that Windows and macOS take."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.files import file_names


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("住民票の写し.pdf", "住民票の写し.pdf"),
        ("見取図 (2).pdf", "見取図 (2).pdf"),
        ('a<b>c:d"e/f\\g|h?i*j.pdf', "a_b_c_d_e_f_g_h_i_j.pdf"),
        ("../../etc/passwd", "_.._.._etc_passwd"),
        ("C:\\写真\\a.jpg", "C__写真_a.jpg"),
        ("con", "_con"),
        ("CON.tar.gz", "_CON.tar.gz"),
        ("nul .txt", "_nul .txt"),
        ("COM1.pdf", "_COM1.pdf"),
        ("lpt².pdf", "_lpt².pdf"),
        ("CONIN$", "_CONIN$"),
        ("console.pdf", "console.pdf"),
        ("COM10.pdf", "COM10.pdf"),
        ("写真.jpg. .", "写真.jpg"),
        ("山田　太郎.pdf", "山田　太郎.pdf"),
        (" 図面.pdf", "図面.pdf"),
        (".htaccess", "_.htaccess"),
        ("...", "file"),
        ("", "file"),
        ("a\u202egpj.exe", "a_gpj.exe"),
        ("a\0b\n.pdf", "a_b_.pdf"),
        ("外字\ue001.pdf", "外字\ue001.pdf"),
        ("か" + "\u3099" * 300 + ".pdf", "file.pdf"),
    ],
)
def test_safe(name, wanted):
    """R-4.3: forbidden signs, devices, ends and beginnings."""
    assert file_names.safe(name) == wanted


def test_long_names_keep_their_ending_and_whole_signs():
    """In bytes for Linux, in characters for Windows; a variation selector stays with its kanji."""
    long = file_names.safe("申" * 300 + ".pdf")
    assert long.endswith("申.pdf") and len(long.encode()) <= file_names.MOST_BYTES
    assert len(file_names.safe("a" * 300 + ".docx")) == file_names.MOST_CHARACTERS
    assert len(file_names.safe("a." + "b" * 300)) == file_names.MOST_CHARACTERS
    for more in range(4):
        cut = file_names.safe("x" * more + "葛\U000e0100" * 90 + ".pdf").removesuffix(".pdf").lstrip("x")
        assert len(cut) % 2 == 0 and cut.endswith("\U000e0100")


def test_no_two_alike():
    """Windows does not tell capitals from small letters, macOS not が from か with its mark."""
    found = file_names.distinct(
        ["写し.pdf", "写し.pdf", "A.PDF", "a.pdf", "が", unicodedata.normalize("NFD", "が"), "写し (2).pdf"]
    )
    assert found == ["写し.pdf", "写し (2).pdf", "A.PDF", "a (2).pdf", "が", "か\u3099 (2)", "写し (2) (2).pdf"]
    many = file_names.distinct(["長" * 200 + ".pdf"] * 12)
    assert len(set(many)) == 12 and all(len(name.encode()) <= 255 and name.endswith(".pdf") for name in many)


@given(st.lists(st.text(max_size=120), max_size=6))
def test_whatever_they_are_called(names):
    found = file_names.distinct(names)
    assert len({unicodedata.normalize("NFC", name.casefold()) for name in found}) == len(names)
    for name in found:
        assert name and not re.search(r'[\x00-\x1f<>:"/\\|?*]', name)
        assert name == name.strip(" ").rstrip(".") and not name.startswith(".")
        assert len(name) <= 110 and len(name.encode()) <= 255
