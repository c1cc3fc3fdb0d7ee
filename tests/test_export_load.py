"""Procedures as files: out of one town and into another, whole or not at all, and the same bytes everywhere."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from pathlib import Path

import pytest
from cast_acts import as_staff

import clock
import demo
import manage
import models
from models import AuditEntry, Category, Division, FormVersion, PaperForm, Procedure, Town
from rules import Refusal
from rules.procedures import (
    editing,
    electronic_delivery,
    export,
    loading,
    paper_form,
    procedure,
    procedure_file,
    publishing,
    upload_set,
    versions,
)
from rules.procedures.loading import Source
from rules.town import setup_categories, setup_divisions

FOLDER = demo.STARTER / "procedures"
FILES = sorted(FOLDER.glob("*.json"))
PDF = b"%PDF-1.4\n% a form\n"


def dogs(**changes) -> dict:
    return procedure_file.read((FOLDER / "dog-registration.json").read_bytes()) | changes


def source(document: dict, papers: dict[str, bytes] | None = None, name: str = "x.json") -> Source:
    found = {"dog-registration.pdf": PDF} if papers is None else papers
    return Source(name, procedure_file.write(document), found.get)


def plan(town: Town, *documents: dict, **more) -> loading.Plan:
    return loading.plan(town, [source(document) for document in documents], **more)


def row(town: Town, slug: str = "dog-registration") -> Procedure:
    return Procedure.get(town=town, slug=slug)


@pytest.fixture
def town() -> Town:
    return Town.get()


# ---------------------------------------------------------------- as a draft, published, once more


def test_a_file_becomes_a_draft(town):
    """R-7.5: residents see nothing of it before it is published."""
    made = plan(town, dogs())
    assert [change.state for change in made.changes] == [loading.NEW]
    assert made.creates == ["部課「住民生活課」を作ります。", "カテゴリ「動物」を作ります。"]
    assert Procedure.select().count() == Division.select().count() == 0
    (loaded,) = loading.take_in(made)
    assert (loaded.published, loaded.listed_as, loaded.name) == (None, None, "犬の登録申請")
    assert procedure_file.write(loaded.draft) == (FOLDER / "dog-registration.json").read_bytes()
    assert paper_form.links(loaded) == [], "a paper form is offered with what is published"
    assert AuditEntry.get(AuditEntry.act == "procedure_loaded").detail == {"procedure": loaded.id}
    loading.take_in(plan(town, dogs(), publish=True))
    published = row(town)
    assert (published.published, published.draft) == (1, None)
    assert [link.title for link in paper_form.links(published)] == ["犬の登録申請書"]


@pytest.mark.parametrize("publish", [True, False])
def test_the_same_file_twice_changes_nothing(town, publish):
    loading.take_in(plan(town, dogs(), publish=publish))
    before = row(town)
    made = plan(town, dogs(), publish=publish)
    assert [(change.state, change.lines) for change in made.changes] == [(loading.SAME, [])]
    assert loading.take_in(made) == []
    after = row(town)
    assert (after.revision, after.draft, after.published) == (before.revision, before.draft, before.published)
    assert FormVersion.select().count() == int(publish)


def test_what_a_file_makes_stands_behind_what_is_there(town):
    """Issue 4.7: its division and category come last, also where the order has gaps."""
    with models.transaction():
        Division.create(town=town, name="税務課", position=5)
        Category.create(town=town, name="税", position=7)
    loading.take_in(plan(town, dogs(), publish=True))
    assert (row(town).division.position, row(town).category.position) == (6, 8)


def test_what_is_published_stays_until_the_draft_is_published(town):
    loading.take_in(plan(town, dogs(), publish=True))
    changed = dogs(division="環境課", summary="犬の登録です。")
    made = plan(town, changed)
    assert "「担当の部課」が「住民生活課」から「環境課」に変わります。" in made.changes[0].lines
    loading.take_in(made)
    present = row(town)
    assert (present.published, present.division.name, present.draft["division"]) == (1, "住民生活課", "環境課")
    loading.take_in(plan(town, changed, publish=True))
    assert (row(town).published, row(town).division.name, row(town).draft) == (2, "環境課", None)


def test_the_published_version_itself_takes_the_draft_away(town):
    loading.take_in(plan(town, dogs(), publish=True))
    loading.take_in(plan(town, dogs(name="犬")))
    made = plan(town, dogs())
    assert made.changes[0].remarks == ["いまの下書きは、ファイルの内容に置きかわります。"]
    loading.take_in(made)
    assert (row(town).draft, row(town).published) == (None, 1)


def test_publishing_over_a_draft(town):
    loading.take_in(plan(town, dogs(), publish=True))
    loading.take_in(plan(town, dogs(name="犬")))
    made = plan(town, dogs(), publish=True)
    assert made.changes[0].lines == ["下書きをやめて、公開中の版に戻します。"]
    loading.take_in(made)
    assert (row(town).draft, row(town).published, FormVersion.select().count()) == (None, 1, 1)
    loading.take_in(plan(town, dogs(name="犬")))
    made = plan(town, dogs(name="犬"), publish=True)
    assert made.changes[0].lines == ["「手続きの名前」が「犬の登録申請」から「犬」に変わります。"]
    loading.take_in(made)
    assert (row(town).name, row(town).published) == ("犬", 2)


def test_a_changed_paper_form_is_a_change(town):
    loading.take_in(plan(town, dogs(), publish=True))
    (before,) = paper_form.links(row(town))
    anew = [source(dogs(), {"dog-registration.pdf": PDF + b"2"})]
    made = loading.plan(town, anew)
    assert made.changes[0].lines == ["様式「犬の登録申請書」の中身が変わります。"]
    loading.take_in(made)
    assert paper_form.links(row(town)) == [before], "residents still get the published one"
    loading.take_in(loading.plan(town, anew, publish=True))
    (after,) = paper_form.links(row(town))
    assert after.id != before.id and PaperForm.select().count() == 1
    assert row(town).published == 1


def test_a_closed_procedure_stays_closed(town):
    loading.take_in(plan(town, dogs(), publish=True))
    Procedure.update(closed_at=clock.now(), listed_as=None).execute()
    made = plan(town, dogs(name="犬"), publish=True)
    assert made.changes[0].remarks == ["受付をやめている手続きです。読み込んでも、受付は始まりません。"]
    loading.take_in(made)
    assert row(town).listed_as is None


# ---------------------------------------------------------------- nothing when something is wrong


def test_one_wrong_file_keeps_all_out(town):
    wrong = source(dogs(id="other", login="maybe"), name="other.json")
    made = loading.plan(town, [source(dogs()), wrong, Source("broken.json", b"{", lambda _: None)])
    assert [(fault.file, fault.sentence.partition("：")[0]) for fault in made.faults] == [
        ("other.json", "login（ログイン）"),
        ("broken.json", "1行目の2文字目"),
    ]
    with pytest.raises(Refusal) as refusal:
        loading.take_in(made)
    assert "other.json：login" in refusal.value.message
    assert Procedure.select().count() == Division.select().count() == PaperForm.select().count() == 0


def test_what_nobody_has_is_not_published(town):
    """A paper form that did not come along: published it could not be offered; a draft says what it lacks."""
    lacking = "様式「犬の登録申請書」のファイル forms/dog-registration.pdf がありません。"
    made = loading.plan(town, [source(dogs(), {})], publish=True)
    assert [fault.sentence for fault in made.faults] == [lacking]
    made = loading.plan(town, [source(dogs(), {})])
    assert made.faults == [] and made.changes[0].remarks[0].startswith(f"{lacking}様式のない下書きになります。")
    (drafted,) = loading.take_in(made)
    assert [fault.path for fault in publishing.faults(drafted)] == ["paper-forms"]


@pytest.mark.parametrize("publish", [True, False])
def test_a_paper_form_that_the_town_has_stays(town, publish):
    """A file without its paper forms, for a procedure that has them under these names: published or waiting."""
    loading.take_in(loading.plan(town, [source(dogs())], publish=publish))
    made = loading.plan(town, [source(dogs(name="犬"), {})], publish=publish)
    assert made.faults == []
    assert made.changes[0].remarks[-1].endswith("がありません。いまある様式を、そのまま使います。")
    loading.take_in(made)
    loading.take_in(loading.plan(town, [source(dogs(name="犬"), {})], publish=True))
    assert row(town).name == "犬" and [link.title for link in paper_form.links(row(town))] == ["犬の登録申請書"]


def test_two_files_of_one_procedure(town):
    made = loading.plan(town, [source(dogs()), source(dogs(name="犬"), name="y.json")])
    assert made.faults == [("y.json", "id（名札）：「dog-registration」は、x.json にもあります。")]


def test_a_closed_division_is_not_taken(town):
    Division.create(town=town, name="住民生活課", closed_at=clock.now())
    assert "部課「住民生活課」は閉じています" in plan(town, dogs()).faults[0].sentence


def test_what_changed_after_it_was_shown_is_not_overwritten(town):
    loading.take_in(plan(town, dogs(), publish=True))
    made = plan(town, dogs(name="犬"), dogs(id="cats"))
    loading.take_in(plan(town, dogs(name="いぬ")))
    assert plan(town, dogs(name="犬"), dogs(id="cats")).mark != made.mark
    with pytest.raises(Refusal) as refusal:
        loading.take_in(made)
    assert "まだ何も読み込んでいません" in refusal.value.message
    assert row(town).draft["name"] == "いぬ" and Procedure.select().count() == 1


def test_an_exit_to_nowhere_is_remarked(town):
    document = dogs()
    document["form"]["pages"].append(
        {
            "key": "not_here",
            "title": "対象外",
            "intro": "この手続きの対象ではありません。",
            "show_if": {"question": "sex", "is": "female"},
            "exit": {"procedure": "dog-change", "text": "変更の届出"},
            "questions": [],
        }
    )
    made = plan(town, document)
    assert made.changes[0].remarks == ["ページ「対象外」の行き先の手続き「dog-change」が、まだありません。"]
    assert plan(town, document, dogs(id="dog-change")).changes[0].remarks == []


def test_a_clerk_loads_into_own_divisions_only(cast):
    """Clerks draft for their own divisions; divisions and categories are made by administrators."""
    clerk, other = as_staff(cast.clerk), as_staff(cast.other_clerk)
    assert plan(cast.town, dogs(name="犬"), by=clerk).faults == []
    assert "ほかの部課の手続き" in plan(cast.town, dogs(name="犬"), by=other).faults[0].sentence
    said = [
        fault.sentence for fault in plan(cast.town, dogs(id="new", division="環境課", category="新"), by=clerk).faults
    ]
    assert [sentence.partition("：")[0] for sentence in said] == ["division", "category"]
    with pytest.raises(Refusal):
        loading.take_in(plan(cast.town, dogs(name="犬"), by=clerk, publish=True), by=clerk)
    loading.take_in(plan(cast.town, dogs(name="犬"), by=clerk), by=clerk)
    assert (row(cast.town).draft["name"], row(cast.town).draft_actor) == ("犬", cast.clerk.name)
    administrator = as_staff(cast.administrator)
    assert plan(cast.town, dogs(id="new", division="環境課"), by=administrator).faults == []


# ---------------------------------------------------------------- out of one town, into another


def load_all(town: Town, *, publish: bool = True) -> None:
    made = loading.plan(town, map(upload_set.from_folder, FILES), publish=publish)
    assert made.faults == []
    loading.take_in(made)


@pytest.mark.parametrize("publish", [True, False])
def test_what_was_loaded_comes_out_the_same_in_any_town(cast, tmp_path, publish):
    """R-7.5: file to town to file to another town to file; not a byte differs."""
    here, there = tmp_path / "here", tmp_path / "there"
    load_all(cast.other_town, publish=publish)
    export.into_folder(export.collect(cast.other_town, None), here)
    third = Town.create(code="064017", name="夜凪町")
    loading.take_in(loading.plan(third, map(upload_set.from_folder, sorted(here.glob("*.json"))), publish=True))
    export.into_folder(export.collect(third, None), there)
    for folder in (here, there):
        found = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        assert found == {path.relative_to(FOLDER): path.read_bytes() for path in FOLDER.rglob("*") if path.is_file()}
    assert cast.town.code.encode() not in b"".join(found.values())
    assert export.bundle(third).read() == export.bundle(cast.other_town).read()


def test_the_page_that_publishing_adds_is_not_exported(town):
    document = dogs(issues_documents=True)
    loading.take_in(plan(town, document, publish=True))
    assert len(procedure.published(row(town))[1]["form"]["pages"]) == 3
    assert export.file_of(row(town)) == procedure_file.write(document)
    assert plan(town, document, publish=True).wanted == []


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_page_of_the_file_is_not_taken_for_the_one_that_publishing_adds(town, place):
    """R-7.5: a file that asks for the consent itself, be it on the very same page, comes out as it went in."""
    document = dogs(issues_documents=True)
    *pages, added = electronic_delivery.completed(document)["form"]["pages"]
    document["form"]["pages"] = [*pages[:place], added, *pages[place:]]
    loading.take_in(plan(town, document, publish=True))
    for publish in (True, False):
        assert [(change.state, change.lines) for change in plan(town, document, publish=publish).changes] == [
            (loading.SAME, [])
        ]
    assert export.file_of(row(town)) == procedure_file.write(document)
    assert procedure_file.write(editing.draft_of(row(town))) == procedure_file.write(document)
    assert len(procedure.published(row(town))[1]["form"]["pages"]) == 3
    loading.take_in(plan(town, document | {"name": "犬"}))
    assert export.file_of(row(town)) == procedure_file.write(document)
    loading.take_in(plan(town, document))
    assert (row(town).draft, row(town).published) == (None, 1)
    # One more word to be found by leaves it where it is.
    with models.transaction():
        Procedure.change({"draft": document}, "id = {}", row(town).id)
    assert publishing.is_equal(row(town)) and publishing.changes(row(town)) == []
    version = FormVersion.get(procedure=row(town))
    assert procedure_file.write(versions.as_draft(row(town), version)) == procedure_file.write(document)
    # The page that publishing adds is another thing: without it in the file the version is a new one.
    without = document | {"form": {"pages": pages}}
    loading.take_in(plan(town, without, publish=True))
    assert export.file_of(row(town)) == procedure_file.write(without)


def test_the_published_version_is_exported_and_not_the_draft(town):
    loading.take_in(plan(town, dogs(), publish=True))
    loading.take_in(plan(town, dogs(name="犬")))
    assert export.document_of(row(town))["name"] == "犬の登録申請"


@pytest.mark.parametrize("publish", [True, False])
def test_what_was_renamed_comes_out_under_its_new_name_and_goes_in_again(cast, publish):
    """R-7.5: a division or category renamed after publication; the version keeps what it was published with."""
    loading.take_in(plan(cast.town, dogs(), publish=True))  # with its paper form
    before = export.document_of(row(cast.town))
    rename(cast, "くらしの課", "いきもの")
    wanted = before | {"division": "くらしの課", "category": "いきもの"}
    present = row(cast.town)
    (content,) = export.collect(cast.town, [present.slug]).files.values()
    assert procedure_file.read(content) == export.document_of(present) == editing.draft_of(present) == wanted
    made = plan(cast.town, wanted, publish=publish)
    assert [(change.state, change.lines) for change in made.changes] == [(loading.SAME, [])] and made.creates == []
    loading.take_in(plan(cast.town, wanted | {"summary": "犬です。"}))
    loading.take_in(plan(cast.town, wanted, publish=publish))
    present = row(cast.town)
    assert (present.draft, present.published, present.division_id) == (None, 1, cast.dogs.division_id)
    version = FormVersion.get(procedure=present)
    assert (version.document["division"], version.document["category"]) == (before["division"], before["category"])


def test_an_old_name_given_to_another_takes_nothing_along(cast):
    """Publishing what is published already, or one more word to be found by, moves nothing into the new namesakes."""
    old, chief = (cast.dogs.division, cast.dogs.category), as_staff(cast.administrator)
    loading.take_in(plan(cast.town, dogs(), publish=True))  # with its paper form
    rename(cast, "くらしの課", "いきもの")
    with models.transaction():
        Division.create(town=cast.town, name=old[0].name)
        Category.create(town=cast.town, name=old[1].name)
        Procedure.change({"draft": editing.draft_of(row(cast.town))}, "id = {}", cast.dogs.id)
    present = row(cast.town)
    assert publishing.changes(present) == [] and publishing.is_equal(present)
    digest = publishing.digest(present.draft)
    made = publishing.publish(chief, present.id, present.revision, digest)
    assert (made.number, made.how) == (1, publishing.EQUAL)
    assert publishing.publish(chief, present.id, present.revision, digest).how == publishing.DONE
    procedure.add_synonym(chief, present.id, "わんこ")
    present = row(cast.town)
    assert (present.published, present.division, present.category) == (2, *old)
    assert FormVersion.get(procedure=present, number=2).document["category"] == "いきもの"


def rename(cast, division: str, category: str) -> None:
    me, dogs = as_staff(cast.administrator), cast.dogs
    values = {"name": division, "parent": "top", "telephone": None, "hours": None, "email": None, "notify": "never"}
    setup_divisions.revise(me, dogs.division_id, values, dogs.division.revision)
    setup_categories.revise(me, dogs.category_id, {"name": category, "examples": None}, dogs.category.revision)


def test_a_closed_procedure_is_exported_only_by_name(town):
    loading.take_in(plan(town, dogs(), dogs(id="cats"), publish=True))
    Procedure.update(closed_at=clock.now()).where(Procedure.slug == "cats").execute()
    assert list(export.collect(town, None).files) == ["dog-registration.json"]
    assert list(export.collect(town, ["cats"]).files) == ["cats.json"]
    with pytest.raises(Refusal):
        export.collect(town, ["cats", "birds"])


def test_two_papers_of_one_name_keep_apart(town, tmp_path):
    """Two procedures may call different papers the same; each gets its own back."""
    cats = dogs(id="cats")
    loading.take_in(loading.plan(town, [source(dogs()), source(cats, {"dog-registration.pdf": PDF + b"cat"})]))
    export.into_folder(export.collect(town, None), tmp_path)
    papers = {str(path.relative_to(tmp_path).as_posix()) for path in tmp_path.rglob("*.pdf")}
    assert papers == {"forms/cats/dog-registration.pdf", "forms/dog-registration/dog-registration.pdf"}
    made = loading.plan(town, map(upload_set.from_folder, sorted(tmp_path.glob("*.json"))))
    assert (made.faults, made.wanted) == ([], [])
    # Alike again, each is loaded from the one place for all; what else lies there is named, and left.
    loading.take_in(loading.plan(town, [source(cats), source(dogs())]))
    (tmp_path / "birds.json").write_bytes(b"{}")
    assert export.into_folder(export.collect(town, ["cats"]), tmp_path) == [
        "birds.json", "dog-registration.json", "forms/dog-registration/dog-registration.pdf",
    ]  # fmt: skip
    assert export.into_folder(export.collect(town, None), tmp_path) == ["birds.json"]
    (tmp_path / "birds.json").unlink()
    assert [str(path.relative_to(tmp_path).as_posix()) for path in tmp_path.rglob("*.pdf")] == [
        "forms/dog-registration.pdf"
    ]
    made = loading.plan(town, map(upload_set.from_folder, sorted(tmp_path.glob("*.json"))))
    assert (made.faults, made.wanted) == ([], [])


# ---------------------------------------------------------------- uploads


def packed(members: dict[str, bytes], **flags) -> io.BytesIO:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return made


SET = {"dog-registration.json": (FOLDER / "dog-registration.json").read_bytes(), "forms/dog-registration.pdf": PDF}


@pytest.mark.parametrize(
    "members",
    [
        SET,
        {f"朝凪町/{name}": content for name, content in SET.items()},
        SET | {"__MACOSX/._x": b"x", ".DS_Store": b"x", "forms/Thumbs.db": b"x"},
        {name.replace("/", "\\"): content for name, content in SET.items()},
    ],
)
def test_a_set_is_read_as_it_was_packed(town, members):
    (found,) = loading.read_upload("手続き.zip", packed(members))
    assert found.name == "dog-registration.json"
    made = loading.plan(town, [found])
    assert made.faults == [] and made.changes[0].papers[0].size == len(PDF)


def test_one_file_is_read(town):
    (found,) = loading.read_upload("C:\\temp\\犬.json", io.BytesIO(procedure_file.write(dogs(paper_forms=[]))))
    assert found.name == "犬.json"
    assert loading.plan(town, [found]).faults == []


BIG = b"\0" * (paper_form.MAX_SIZE + 1)


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"../dog.json": b"{}"}, "使えない名前"),
        ({"/etc/dog.json": b"{}"}, "使えない名前"),
        ({"C:/dog.json": b"{}"}, "使えない名前"),
        ({"a/b/c/d/e/dog.json": b"{}"}, "使えない名前"),
        ({"forms/x.pdf": PDF}, "手続きのファイル（名前が .json で終わるもの）がありません"),
        ({"x.json": b"{}", "readme.txt": b"x"}, "readme.txt は、手続きのファイルでも"),
        ({f"{n}.json": b"{}" for n in range(1001)}, "ファイルが多すぎます"),
        ({"x.json": b"{}"} | {f"forms/{n}.pdf": BIG for n in range(11)}, "中身が大きすぎます"),
    ],
)
def test_a_set_that_is_not_one_is_refused(members, words):
    """Zip bombs, paths out of the set, too many: a sentence each."""
    with pytest.raises(Refusal) as refusal:
        loading.read_upload("x.zip", packed(members))
    assert words in refusal.value.message


def test_a_member_larger_than_it_says_is_named(town):
    made = loading.plan(town, loading.read_upload("x.zip", packed({"x.json": b" " * 5_000_000})))
    assert "大きすぎます" in made.faults[0].sentence
    anew = SET | {"forms/dog-registration.pdf": PDF + BIG}
    made = loading.plan(town, loading.read_upload("x.zip", packed(anew)))
    assert "10MBより大きい" in made.faults[0].sentence


@pytest.mark.parametrize("cut", [3, 30, 200, -30])
def test_a_broken_set_is_refused(cut):
    content = packed(SET).getvalue()[:cut]
    with pytest.raises(Refusal) as refusal:
        loading.read_upload("x.zip", io.BytesIO(content))
    assert "こわれています" in refusal.value.message


def test_a_locked_set_is_refused():
    content = bytearray(packed(SET).getvalue())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(mark)
        content[at + place] |= 1
    with pytest.raises(Refusal) as refusal:
        loading.read_upload("x.zip", io.BytesIO(bytes(content)))
    assert "パスワード" in refusal.value.message


# ---------------------------------------------------------------- as an operator types it


@pytest.fixture
def live(tmp_path, capsys):
    init = ("--town-code", "064998", "--town-name", "朝凪町", "--base-url", "http://127.0.0.1:8080", "--mail", "folder")
    assert manage.main(["--data", str(tmp_path / "live"), "init", *init]) == 0
    capsys.readouterr()

    def typed(*words) -> tuple[int, str, str]:
        code = manage.main(["--data", str(tmp_path / "live"), *map(str, words)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return typed


def test_load_says_what_will_change(live, tmp_path):
    """R-7.5: a draft by default; what it changes is said in words, by procedure."""
    code, said, _ = live("load", FOLDER / "dog-registration.json")
    assert code == 0 and "1件を、下書きとして読み込みました。" in said
    assert Procedure.get().published is None
    live("load", "--publish", FOLDER / "dog-registration.json")
    document = dogs(division="環境課")
    del document["form"]["pages"][1]["questions"][2]
    shutil.copytree(FOLDER / "forms", tmp_path / "forms")
    path = tmp_path / "changed.json"
    path.write_bytes(procedure_file.write(document))
    code, said, _ = live("load", path)
    assert said.splitlines()[:4] == [
        "dog-registration 犬の登録申請：変わります",
        "  ・「担当の部課」が「住民生活課」から「環境課」に変わります。",
        "  ・質問「毛の色」がなくなります。",
        "部課「環境課」を作ります。",
    ]
    code, said, _ = live("load", path)
    assert said == "dog-registration 犬の登録申請：変わりません\n読み込むものは、ありませんでした。\n"


def test_load_names_file_line_and_key(live, tmp_path):
    paths = [tmp_path / name for name in ("broken.json", "wrong.json", "nowhere.json")]
    paths[0].write_text('{\n  "id": "x",\n}', encoding="utf-8")
    paths[1].write_bytes(procedure_file.write(dogs(login="maybe", colour="red", paper_forms=[])))
    code, said, complaint = live("load", "--publish", FOLDER / "dog-registration.json", paths[0])
    assert (code, said) == (1, "")
    assert complaint.splitlines()[0].startswith(f"{paths[0]}：3行目の1文字目：")
    assert complaint.splitlines()[-1] == "何も読み込みませんでした。"
    complaint = live("load", paths[1])[2]
    assert f"{paths[1]}：login（ログイン）：" in complaint and f"{paths[1]}：colour：知らない項目です。" in complaint
    assert f"{paths[2]}：ファイルがありません。" in live("load", paths[2])[2]
    assert Procedure.select().count() == 0


def test_export_writes_all_or_some(live, tmp_path, monkeypatch):
    names = ("bulky-waste", "dog-registration", "moving-out")
    live("load", "--publish", *(FOLDER / f"{name}.json" for name in names))
    code, said, complaint = live("export", "--all", tmp_path / "all")
    assert (code, complaint) == (0, "") and "手続き3件と、様式2件を書き出しました。" in said
    for path in (tmp_path / "all").rglob("*.*"):
        assert path.read_bytes() == (FOLDER / path.relative_to(tmp_path / "all")).read_bytes()
    assert live("export", "moving-out", "bulky-waste", tmp_path / "some")[0] == 0
    assert sorted(path.name for path in (tmp_path / "some").glob("*.json")) == ["bulky-waste.json", "moving-out.json"]
    monkeypatch.chdir(tmp_path / "some")
    assert live("export", "dog-registration")[0] == 0
    assert (tmp_path / "some" / "dog-registration.json").is_file()
    code, _, complaint = live("export", "birds", tmp_path / "none")
    assert code == 1 and "「birds」" in complaint and not (tmp_path / "none").exists()
    assert live("export", "--all", "a", "b")[0] == live("export")[0] == live("export", "--all")[0] == 1
    # A slip of the pen is no folder; a folder is there, has a / in its name, or comes behind --to.
    code, _, complaint = live("export", "moving-out", "bulky-wast")
    assert code == 1 and "「bulky-wast」" in complaint and not Path("bulky-wast").exists()
    for words in (("--to", "new"), ("./near",)):
        assert live("export", "moving-out", *words)[0] == 0 and Path(words[-1], "moving-out.json").is_file()
    assert live("export", "bulky-waste", "new")[0] == 0 and Path("new", "bulky-waste.json").is_file()
    Path("new", "gone.json").write_bytes(b"{}")
    code, _, complaint = live("export", "--all", "new")
    assert code == 0 and "gone.json：今回書き出したものではありません" in complaint


def test_towns_are_told_apart(live, tmp_path):
    with models.transaction():
        Town.create(code="064009", name="夕凪町")
    assert "--town must be one of" in live("load", FOLDER / "dog-registration.json")[2]
    assert live("load", "--town", "064009", FOLDER / "dog-registration.json")[0] == 0
    assert "手続き0件" in live("export", "--town", "064998", "--all", tmp_path / "one")[1]
    assert "手続き1件" in live("export", "--town", "064009", "--all", tmp_path / "other")[1]
    assert Category.get().town.code == "064009"


def test_format_writes_the_one_way(live, tmp_path):
    path = tmp_path / "dog.json"
    path.write_text(json.dumps(dogs(), ensure_ascii=True), encoding="utf-8")
    assert live("format", path) == (0, f"{path}：書き直しました。\n", "")
    assert path.read_bytes() == (FOLDER / "dog-registration.json").read_bytes()
    assert live("format", path) == (0, "", "")
    path.write_text("{", encoding="utf-8")
    assert live("format", path)[0] == 1


def test_the_schema_is_written(live, tmp_path):
    assert live("schema", tmp_path / "schema.json")[0] == 0
    assert (tmp_path / "schema.json").read_bytes() == Path(demo.STARTER / "procedure.schema.json").read_bytes()
