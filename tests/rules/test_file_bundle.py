"""すべてのファイル: one ZIP with a manifest, read back as Windows and macOS would."""

from __future__ import annotations

import io
import zipfile
from hashlib import sha256

import pytest
from cast_acts import PDF, as_staff, attach, person, send, sent, write
from issued_acts import fresh, issue, put, recorded
from visitor_acts import give_back

from models import Application, Attachment, IssuedDocument
from outside.antivirus.verdict import CLEAN, Verdict, found, none
from rules.applications import draft, file_bundle, issued_document, submission
from rules.records import numbering
from rules.records.access import Missing


def scan(stream) -> Verdict:
    stream.read()
    return CLEAN


def pack(cast, row: Application, scan=scan) -> tuple[zipfile.ZipFile, str]:
    """The archive, and the lines of its manifest."""
    bundle = file_bundle.pack(fresh(row), as_staff(cast.clerk), scan)
    with bundle.stream:
        content = bundle.stream.read()
    assert len(content) == bundle.size
    archive = zipfile.ZipFile(io.BytesIO(content))
    assert archive.testzip() is None
    raw = archive.read("manifest.txt")
    assert raw.startswith(b"\xef\xbb\xbf") and b"\n" not in raw.replace(b"\r\n", b"")
    return archive, raw.decode("utf-8-sig").replace("\r\n", "\n")


@pytest.fixture
def row(cast) -> Application:
    written = write(cast.dogs, cast.keiko)
    attach(written, name="注射済証.pdf")
    return send(written, cast.keiko)


def test_everything_with_a_manifest(cast, row):
    """R-7.1: names, question, size, digest; nothing else in it; each file in the audit log."""
    made = issue(cast, put(row), content=PDF + b"\n", name="許可書.pdf", confirmed=True)
    archive, manifest = pack(cast, row)
    assert archive.namelist() == ["注射済証.pdf", "交付物_許可書.pdf", "manifest.txt"]
    assert archive.read("注射済証.pdf") == PDF and archive.read("交付物_許可書.pdf") == PDF + b"\n"
    assert all(entry.flag_bits & 0x800 for entry in archive.infolist()[:2]), "the names are marked as UTF-8"
    assert not any(entry.flag_bits & 0x8 for entry in archive.infolist()), "sizes stand before the content"
    for words in (numbering.grouped(row.number), "犬の登録申請", "三浦 直樹", "ファイルの数：2"):
        assert words in manifest
    for words in (
        "狂犬病予防注射済証",
        "交付物：道路占用許可書",
        "もとの名前：許可書.pdf",
        sha256(PDF).hexdigest(),
        "問題なし",
    ):
        assert words in manifest, manifest
    assert f"大きさ：{len(PDF):,}バイト" in manifest
    key = Attachment.get().id
    assert recorded(row, "file_downloaded", "issued_document_opened") == [
        ("file_downloaded", {"file": key, "bundle": True}),
        ("issued_document_opened", {"document": made.id, "bundle": True}),
    ]
    assert IssuedDocument.get().first_downloaded_at is None


def test_only_what_was_sent_last(cast, row):
    """R-3.12: a correction in progress is invisible; a file taken off by it is gone from the next."""
    attach(write(cast.dogs, cast.keiko), name="ほかの申請.pdf")
    back = give_back(put(row, "IN_REVIEW"), cast)
    mine = draft.editable(person(cast.keiko), back.id)
    draft.remove_file(mine, Attachment.get(Attachment.application == back).id)
    attach(mine, name="新しい注射済証.pdf")
    assert pack(cast, row)[0].namelist() == ["注射済証.pdf", "manifest.txt"]
    mine = draft.editable(person(cast.keiko), back.id)
    submission.submit(person(cast.keiko), back.id, submission.sheet(mine).sha256)
    archive, manifest = pack(cast, row)
    assert archive.namelist() == ["新しい注射済証.pdf", "manifest.txt"] and "2回目" in manifest


def test_names_alike_and_names_no_system_takes(cast, row):
    """R-4.3: two of one name, the manifest's own name, a device."""
    put(row)
    for name in ("CON.pdf", "con.pdf", "見本?.pdf", "見本*.pdf"):
        issue(cast, row, name=name, confirmed=True)
    names = pack(cast, row)[0].namelist()
    assert names[1:5] == ["交付物_CON.pdf", "交付物_con (2).pdf", "交付物_見本_.pdf", "交付物_見本_ (2).pdf"]


def test_a_file_called_like_the_manifest(cast):
    written = write(cast.dogs, cast.keiko)
    attach(written, name="注射済証.pdf")
    Attachment.update(name="Manifest.TXT").execute()
    assert pack(cast, send(written, cast.keiko))[0].namelist() == ["Manifest (2).TXT", "manifest.txt"]


@pytest.mark.parametrize(
    ("verdict", "word"), [(found("Eicar"), "Eicar"), (none("down"), "ただいまウイルス検査ができない")]
)
def test_what_is_not_clean_stays_out(cast, row, verdict, word):
    """R-4.2: scanned again, told in the manifest, recorded; the other files are there."""
    issue(cast, put(row), content=b"good", confirmed=True)
    archive, manifest = pack(cast, row, lambda stream: verdict if stream.read() == PDF else CLEAN)
    assert archive.namelist() == ["交付物_占用許可書.pdf", "manifest.txt"]
    assert "入れていません" in manifest and word in manifest
    assert not recorded(row, "file_downloaded") and len(recorded(row, "file_withheld")) == 1


def test_the_name_tells_of_what_was_left_out(cast, row):
    issue(cast, put(row), content=b"good", confirmed=True)
    now, clerk = fresh(row), as_staff(cast.clerk)
    whole = file_bundle.pack(now, clerk, scan)
    less = file_bundle.pack(now, clerk, lambda stream: none("down") if stream.read() == PDF else CLEAN)
    number = numbering.grouped(row.number)
    assert (whole.name, less.name) == (f"{number}.zip", f"{number}_2件のうち1件.zip")


def test_a_virus_in_what_the_town_made(cast, row):
    """Nobody asks the applicant to bring the town's own document again."""
    issue(cast, put(row), content=b"good", confirmed=True)
    manifest = pack(cast, row, lambda stream: found("Eicar") if stream.read() == b"good" else CLEAN)[1]
    assert "交付物を取り消して" in manifest and "出し直して" not in manifest


def test_a_damaged_file_stays_out(cast, row, town_db):
    """Every byte is proved before it is handed out."""
    issue(cast, put(row), content=b"good", confirmed=True)
    stored = Attachment.get().stored_as
    (town_db.stored_files / stored[:2] / stored).write_bytes(b"x")
    archive, manifest = pack(cast, row)
    assert archive.namelist() == ["交付物_占用許可書.pdf", "manifest.txt"]
    assert "壊れている" in manifest


def test_withdrawn_ones_are_named_as_such(cast, row):
    made = issue(cast, put(row), confirmed=True)
    clerk, now = as_staff(cast.clerk), fresh(row)
    issued_document.withdraw(now, clerk, now.revision, made.id, reason="まちがい")
    archive, manifest = pack(cast, row)
    assert "取消し_交付物_占用許可書.pdf" in archive.namelist() and "（取り消したもの）" in manifest


def test_nothing_to_pack(cast):
    plain = sent(cast.dogs, cast.keiko)
    assert file_bundle.count(plain) == 0
    with pytest.raises(Missing):
        file_bundle.pack(plain, as_staff(cast.clerk), scan)


def test_large_files_go_over_the_disk(cast, row):
    """Memory stays small: more than a few megabytes are not kept in it."""
    content = bytes(range(256)) * 4096 * 5
    issue(cast, put(row), content=content, confirmed=True)
    bundle = file_bundle.pack(fresh(row), as_staff(cast.clerk), scan)
    with bundle.stream as stream:
        assert stream._rolled and zipfile.ZipFile(stream).read("交付物_占用許可書.pdf") == content
