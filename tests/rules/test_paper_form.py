"""様式: taken in with the procedure's file or not at all, kept as long as they are named."""

from __future__ import annotations

import io
import json
import os
import zipfile

import pytest

import clock
import demo
import manage
from models import PaperForm, Procedure
from rules import Refusal
from rules.files import storage
from rules.procedures import paper_form, procedure, procedure_file

PDF = b"%PDF-1.4\n% a blank form\n"


@pytest.fixture
def papers(tmp_path):
    folder = tmp_path / "forms"
    folder.mkdir()
    (folder / "dog.pdf").write_bytes(PDF)
    return folder


def load(cast, papers, *files: tuple[str, str]) -> Procedure:
    named = [{"file": file, "title": title} for file, title in files]
    return procedure.load(cast.town, {**procedure.published(cast.dogs)[1], "paper_forms": named}, forms=papers)


def office(*members: tuple[str, str], packed: bool = False) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return made.getvalue()


def damaged(content: bytes) -> bytes:
    """What is packed of the first file in it is overwritten; the lists are whole."""
    at = content.index(b"mimetype") + len(b"mimetype")
    return content[:at] + b"\xff" * 12 + content[at + 12 :]


ODT = "application/vnd.oasis.opendocument.text"
SOUND = {
    "a.docx": office(("[Content_Types].xml", "x"), ("word/document.xml", "x")),
    "a.xlsx": office(("[Content_Types].xml", "x"), ("xl/workbook.xml", "x")),
    "a.odt": office(("mimetype", ODT), ("content.xml", "x")),
    "a.ods": office(("mimetype", ODT.replace("text", "spreadsheet")), ("content.xml", "x")),
}


def test_a_form_is_stored_and_read_back(cast, papers):
    """R-2.4"""
    loaded = load(cast, papers, ("dog.pdf", "犬の登録申請書"))
    (link,) = paper_form.links(loaded)
    assert (link.title, link.kind, link.size) == ("犬の登録申請書", "PDF", "24バイト")
    found, stream = paper_form.open_form(loaded, link.id)
    with stream:
        assert stream.read() == PDF
    assert (found.name, found.content_type, found.size) == ("dog.pdf", "application/pdf", len(PDF))


@pytest.mark.parametrize("name", SOUND)
def test_office_files_are_known_by_what_is_in_them(cast, papers, name):
    (papers / name).write_bytes(SOUND[name])
    load(cast, papers, (name, "様式"))
    assert PaperForm.get().content_type == paper_form.KINDS[name[2:]][0]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", b"<html>"),
        ("a.pdf", b""),
        ("a.docx", b"PK\x03\x04 broken"),
        ("a.docx", SOUND["a.xlsx"]),
        ("a.ods", SOUND["a.odt"]),
        ("a.odt", office(("content.xml", "x"))),
        ("a.odt", damaged(office(("mimetype", ODT * 50), ("content.xml", "x" * 500), packed=True))),
        ("a.pdf", PDF + b"x" * paper_form.MAX_SIZE),
    ],
)
def test_what_is_not_sound_loads_nothing(cast, papers, name, content):
    (papers / name).write_bytes(content)
    revision = Procedure.get_by_id(cast.dogs.id).revision
    with pytest.raises(Refusal) as refusal:
        load(cast, papers, ("dog.pdf", "よい"), (name, "わるい"))
    assert name in refusal.value.message
    assert PaperForm.select().count() == 0
    assert Procedure.get_by_id(cast.dogs.id).revision == revision


@pytest.mark.parametrize(
    ("forms", "words"),
    [
        ([{"file": "../dog.pdf", "title": "x"}], "フォルダーの名前は書けません"),
        ([{"file": "dog.exe", "title": "x"}], ".ods のどれかを付けて"),
        ([{"file": "dog.pdf"}], "paper_forms[1].title（画面に出す名前）：この項目がありません"),
        ([{"file": "dog.pdf", "title": " "}], "空にはできません"),
        ([{"file": "dog.pdf", "title": "x"}, {"file": "dog.pdf", "title": "y"}], "二度書かれています"),
        (["dog.pdf"], "値の種類が違います"),
    ],
)
def test_what_a_procedure_file_may_not_say(cast, forms, words):
    found = procedure_file.faults({**procedure.published(cast.dogs)[1], "paper_forms": forms})
    assert any(words in sentence for sentence in found), found


def test_loading_again_replaces_what_changed_and_keeps_the_rest(cast, papers):
    (papers / "b.pdf").write_bytes(PDF + b"b")
    loaded = load(cast, papers, ("dog.pdf", "一"), ("b.pdf", "二"))
    before = {link.title: link.id for link in paper_form.links(loaded)}
    (papers / "b.pdf").write_bytes(PDF + b"changed")
    load(cast, papers, ("b.pdf", "二"), ("dog.pdf", "一（改）"))
    after = paper_form.links(loaded)
    assert [link.title for link in after] == ["二", "一（改）"]
    assert after[1].id == before["一"]
    assert after[0].id != before["二"]
    load(cast, papers)
    assert paper_form.links(loaded) == []


def test_loading_without_the_folder_leaves_the_forms_alone(cast, papers):
    loaded = load(cast, papers, ("dog.pdf", "一"))
    procedure.load(cast.town, procedure.published(Procedure.get_by_id(loaded.id))[1])
    assert len(paper_form.links(loaded)) == 1


def test_the_sweep_leaves_forms_and_takes_those_no_longer_named(cast, papers, town_db):
    load(cast, papers, ("dog.pdf", "一"))
    stored = PaperForm.get().stored_as
    path = next(town_db.stored_files.rglob(stored))
    os.utime(path, (1, 1))
    assert storage.sweep(clock.now()) == 0
    load(cast, papers)
    with clock.at("2026-11-25T09:00:00"):
        assert storage.sweep(clock.now()) == 0  # a day's grace for a running backup
    with clock.at("2026-11-25T10:00:01"):
        assert storage.sweep(clock.now()) == 1


def test_what_ships_names_forms_that_are_there(cast):
    """R-2.4: sober papers of one page, none of them large."""
    named = set()
    for path in sorted((demo.STARTER / "procedures").glob("*.json")):
        document, forms = json.loads(path.read_text(encoding="utf-8")), path.parent / "forms"
        for checked in paper_form.check(document, paper_form.in_folder(forms, document["id"])):
            named.add(checked.name)
            assert checked.size < 80 * 1024
    assert named == {path.name for path in (demo.STARTER / "procedures" / "forms").iterdir()}
    assert len(named) >= 4


# ---------------------------------------------------------------- as an operator types it


def typed(tmp_path, capsys, *words) -> tuple[int, str]:
    code = manage.main(["--data", str(tmp_path / "live"), *map(str, words)])
    return code, capsys.readouterr().err


def test_manage_loads_the_forms_beside_the_file(tmp_path, capsys):
    init = ("--town-code", "064998", "--town-name", "朝凪町", "--base-url", "http://127.0.0.1:8080", "--mail", "folder")
    assert typed(tmp_path, capsys, "init", *init)[0] == 0
    folder = tmp_path / "mine"
    folder.mkdir()
    source = demo.STARTER / "procedures"
    for name in ("bulky-waste", "dog-registration"):
        (folder / f"{name}.json").write_bytes((source / f"{name}.json").read_bytes())
    files = [folder / "bulky-waste.json", folder / "dog-registration.json"]
    code, complaint = typed(tmp_path, capsys, "load", "--publish", *files)
    assert code == 1
    assert "forms/dog-registration.pdf がありません" in complaint and "何も読み込みませんでした。" in complaint
    assert str(files[1]) in complaint
    assert Procedure.select().count() == 0
    (folder / "forms").mkdir()
    (folder / "forms" / "dog-registration.pdf").write_bytes((source / "forms" / "dog-registration.pdf").read_bytes())
    assert typed(tmp_path, capsys, "load", "--publish", *files) == (0, "")
    assert PaperForm.get().title == "犬の登録申請書"
    assert list((tmp_path / "live" / "files").rglob(PaperForm.get().stored_as))
