"""Office documents and PDF (R-4.2): passwords, macros, what is embedded, what is broken."""

from __future__ import annotations

import io
import struct
import zlib

import files_to_upload as files
import pytest
from pypdf import PdfWriter

from rules.files.upload import inspect


def judged(name: str, content: bytes) -> tuple[str, str]:
    verdict = inspect(name, io.BytesIO(content))
    return str(verdict.word), verdict.reason


# ---------------------------------------------------------------- Office


def test_a_document_with_a_password_sent_alone():
    """R-4.2"""
    assert judged("a.docx", files.locked_docx()) == ("encrypted", "office-password")
    assert judged("a.xlsx", files.locked_docx()) == ("encrypted", "office-password")
    assert judged("a.doc", files.doc(0x0100)) == ("encrypted", "office-password")
    assert judged("a.docx", files.compound({"\tDRMContent": b"x"})) == ("encrypted", "rights")


def test_a_password_in_a_compound_file_that_cannot_be_read():
    broken = bytearray(files.locked_docx())
    broken[48:52] = struct.pack("<I", 0x7FFFFFFF)
    assert judged("a.docx", bytes(broken)) == ("encrypted", "office-password")
    assert judged("a.docx", files.doc()[:600])[0] == "malformed"


@pytest.mark.parametrize(
    "part", ["word__vbaProject_dot_bin", "word__vbaData_dot_xml", "xl__macrosheets__sheet1_dot_xml"]
)
def test_macros_by_the_names_of_parts(part):
    """Issue 5: macro files."""
    assert judged("a.docx", files.docx(**{part: "x"})) == ("dangerous", "macro")


def test_macros_by_the_list_of_contents():
    types = files.CONTENT_TYPES.replace(
        "openxmlformats-officedocument.wordprocessingml.document.main", "x.macroEnabled.main"
    )
    for encoding in ("utf-8", "utf-16"):
        content = files.zipped({"[Content_Types].xml": types.encode(encoding), "word/document.xml": "x"})
        assert judged("a.docx", content) == ("dangerous", "macro")


@pytest.mark.parametrize("letter", [b"&#80;", b"&#x50;", b"&#0080;", b"&#X0050;"])
def test_macros_in_letters_written_as_numbers(letter):
    types = b'<Types><Override ContentType="application/vnd.ms-office.vba' + letter + b'roject"/></Types>'
    for content in (types, types.decode().encode("utf-16")):
        whole = files.zipped({"[Content_Types].xml": content, "word/document.xml": "x", "word/x.bin": "x"})
        assert judged("a.docx", whole) == ("dangerous", "macro")


@pytest.mark.parametrize("part", ["word__x_dot_js", "word__embeddings__x_dot_exe", "word__x_dot_hta", "x_dot_html"])
def test_parts_of_documents_are_no_programs_by_name(part):
    content = files.docx(**{part: "some words"})
    assert judged("a.docx", content)[0] == judged("a.zip", files.zipped({"a.docx": content}))[0] == "dangerous"


def test_names_in_compound_files_have_no_case():
    """MS-CFB 2.6.4: programs find a stream whatever the case of its name."""

    def wide(letters: str) -> bytes:
        return letters.encode("utf-16-le")

    for content, reason in (
        (files.compound({"ENCRYPTEDPACKAGE": b"x"}), "office-password"),
        (files.compound({"\tdrmcontent": b"x"}), "rights"),
        (files.compound({"dir": b"x"}, storages=("vba",)), "macro"),
        (files.doc(0x0100).replace(wide("Word"), wide("wORD")), "office-password"),
        (files.xls((0x2F, bytes(6))).replace(wide("Work"), wide("WORK")), "office-password"),
        (files.ppt(0xF3D1C4DF).replace(wide("User"), wide("USER")), "office-password"),
        (files.compound({"\x01OLE10NATIVE": files.packaged("a.exe", b"x")}), "program"),
    ):
        assert judged("a.zip", files.zipped({"a.dat": content}))[1] == reason
    broken = bytearray(files.compound({"encryptedpackage": b"x"}))
    broken[48:52] = struct.pack("<I", 0x7FFFFFFF)
    assert judged("a.zip", files.zipped({"a.dat": bytes(broken)}))[1] == "office-password"


def test_macros_in_other_documents():
    assert judged("a.xls", files.xls((0x85, bytes(4) + b"\0\1ab"))) == ("dangerous", "macro")
    assert judged("a.xls", files.xls((0x85, bytes(4) + b"\0\0ab"))) == ("type", "kind")
    assert judged("a.odt", files.odt(Basic__Standard__Module1_dot_xml="x")) == ("dangerous", "macro")
    assert judged("a.zip", files.zipped({"a.odt": files.odt(**{"Basic__Standard__script-lb_dot_xml": "x"})})) == (
        "ok",
        "",
    )


def test_a_macro_project_under_another_name():
    project = files.compound({"dir": b"x"}, storages=("VBA",))
    assert judged("a.docx", files.docx(word__media__image1_dot_png=project)) == ("dangerous", "macro")


def test_what_is_embedded_is_looked_at():
    """R-4.2: documents within documents."""
    for content, word in (
        (files.locked_docx(), "encrypted"),
        (files.EXE, "dangerous"),
        (files.compound({"Package": files.locked_docx()}), "encrypted"),
        (files.compound({"CONTENTS": files.pdf(user_password="x", algorithm="RC4-40")}), "encrypted"),
        (files.compound({"\x01Ole10Native": struct.pack("<I", 9) + b"any bytes"}), "ok"),
        (files.docx(), "ok"),
    ):
        assert judged("a.docx", files.docx(word__embeddings__oleObject1_dot_bin=content))[0] == word


def test_what_powerpoint_embeds_is_looked_at():
    for packed in (False, True):
        inner = files.locked_docx()
        data = struct.pack("<I", len(inner)) + zlib.compress(inner) if packed else inner
        record = struct.pack("<HHI", 0x10 if packed else 0, 0x1011, len(data)) + data
        assert judged("a.zip", files.zipped({"a.ppt": files.ppt(document=record)}))[0] == "encrypted"
    broken = struct.pack("<HHI", 0x10, 0x1011, 20) + b"no such packed data."
    assert judged("a.zip", files.zipped({"a.ppt": files.ppt(document=broken)})) == ("malformed", "damaged")


def test_parts_that_only_matter_as_files_pass_in_a_document():
    parts = {"word__media__image1_dot_svg": files.SVG, "word__media__image2_dot_emz": b"\x1f\x8b\x08" + bytes(20)}
    content = files.docx(**parts)
    assert judged("a.docx", content) == ("ok", "")
    assert judged("a.zip", files.zipped({"a.docx": content})) == ("ok", "")
    # Called a ZIP, it opens as a folder, and there the same parts can be clicked.
    assert judged("a.zip", content) == ("dangerous", "web-page")


def test_installers_are_programs():
    clsid = bytes.fromhex("84100c0000000000c000000000000046")
    assert judged("a.zip", files.zipped({"a.dat": files.compound({"x": b"x"}, clsid=clsid)})) == (
        "dangerous",
        "program",
    )


def test_excel_without_its_compound_file():
    book = struct.pack("<HH", 0x0809, 16) + bytes(16)
    assert judged("a.zip", files.zipped({"a.xls": book + b"\x2f\0\6\0" + bytes(6)})) == ("encrypted", "office-password")
    assert judged("a.zip", files.zipped({"a.xls": book + b"\x0a\0\0\0"})) == ("ok", "")


# ---------------------------------------------------------------- PDF


@pytest.mark.parametrize("algorithm", ["RC4-40", "RC4-128", "AES-128", "AES-256-R5", "AES-256"])
def test_a_pdf_that_needs_a_password_and_one_that_is_only_restricted(algorithm):
    """R-4.2: restricted for printing or copying is fine."""
    assert judged("a.pdf", files.pdf(user_password="x", algorithm=algorithm)) == ("encrypted", "pdf-password")
    restricted = files.pdf(user_password="", owner_password="x", algorithm=algorithm)
    assert judged("a.pdf", restricted) == ("ok", "")


def test_the_name_of_the_lock_may_be_written_in_figures():
    locked = files.pdf(user_password="x", algorithm="RC4-128")
    assert locked.count(b"/Encrypt ") == 1
    assert judged("a.pdf", locked.replace(b"/Encrypt ", b"/#45ncr#79pt "))[0] == "encrypted"


@pytest.mark.parametrize("between", [b" " * 60, b"\n" * 41, b" " * 9000, b"%" + b"x" * 100 + b"\n"])
def test_the_lock_may_stand_far_behind_its_name(between):
    """R-4.2: readers skip any number of blanks and comments."""
    locked = files.pdf(user_password="x", algorithm="RC4-128")
    name, found, value = locked.partition(b"/Encrypt")
    padded = name + found + between + value
    assert judged("a.pdf", padded)[0] == "encrypted"
    # What the library cannot read is not taken for open.
    assert judged("a.pdf", padded.replace(b"startxref", b"% x % x %"))[0] != "ok"


def test_the_word_alone_is_no_lock():
    assert judged("a.pdf", files.pdf() + b"\n% a note about /Encrypt and /EncryptMetadata\n%%EOF\n") == ("ok", "")


def test_locked_for_the_holders_of_a_certificate():
    locked = files.pdf(user_password="x", algorithm="RC4-128")
    assert judged("a.pdf", locked.replace(b"/Standard", b"/Adobe.PubSec"))[0] == "encrypted"


def test_a_locked_paper_in_a_wrapper():
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    out = io.BytesIO()
    writer.write(out)
    wrapper = out.getvalue().replace(b"/Type /Catalog", b"/Type /Catalog /AFRelationship /EncryptedPayload")
    assert judged("a.pdf", wrapper) == ("encrypted", "rights")


@pytest.mark.parametrize(
    ("content", "verdict"),
    [
        (b"%PDF-1.4\n", ("malformed", "damaged")),
        (files.pdf()[:120], ("malformed", "cut")),
        (b"\n\n" + files.pdf(), ("ok", "")),
        (files.pdf() + b"\0" * 100, ("ok", "")),
        (files.EXE + files.pdf(), ("dangerous", "program")),
        (files.HTML + files.pdf(), ("dangerous", "web-page")),
        (files.pdf() + files.zipped({"a.txt": "x"}), ("dangerous", "polyglot")),
        (files.pdf() + files.by_hand(files.member(b"a", b"x", flags=1), behind=b"%%EOF"), ("dangerous", "polyglot")),
    ],
)
def test_pdf_that_is_broken_or_more_than_a_pdf(content, verdict):
    assert judged("a.pdf", content) == verdict


def relation(kind: str, target: str, mode: str = ' TargetMode="External"') -> str:
    types = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
    return f'<Relationships><Relationship Id="r1" Type="{types}{kind}" Target="{target}"{mode}/></Relationships>'


@pytest.mark.parametrize(
    ("kind", "target", "verdict"),
    [
        ("attachedTemplate", "https://example.com/a.dotm", ("dangerous", "remote")),
        ("attachedTemplate", "htt&#112;://example.com/a.dotm", ("dangerous", "remote")),
        ("attachedTemplate", "file:///\\\\198.51.100.1\\a.dotm", ("dangerous", "remote")),
        ("oleObject", "mhtml:http://example.com/a.html!x", ("dangerous", "remote")),
        ("frame", "\\\\198.51.100.1\\a.docx", ("dangerous", "remote")),
        # What a template of one's own machine and a link in the text look like.
        ("attachedTemplate", "file:///C:\\Users\\a\\Templates\\Normal.dotm", ("ok", "")),
        ("hyperlink", "https://example.com/", ("ok", "")),
        ("image", "media/image1.png", ("ok", "")),
    ],
)
def test_what_a_document_fetches_on_opening(kind, target, verdict):
    """Issue 5: nothing dangerous gets in; a link that one clicks is none of it."""
    content = files.docx(word___rels__settings_dot_xml_dot_rels=relation(kind, target))
    assert judged("a.docx", content) == verdict
