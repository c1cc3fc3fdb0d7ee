"""書出しと取込み on screen: files out, files in after a page that says what they change, and from town to town."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from datetime import timedelta

import pytest
from cast_acts import DOG_ANSWERS, PASSWORD, as_staff
from versions_acts import acts, edit, fresh, path, press_publish, question, renamed, with_paper_forms, without_color
from webtest import Upload

import clock
import config
import demo
import models
from models import Application, Category, Division, PaperForm, Procedure, Role, Town
from outside import antivirus
from outside.antivirus import verdict
from rules.accounts import staff
from rules.files import storage
from rules.procedures import editing, kept_upload, procedure_file

FOLDER = demo.STARTER / "procedures"
IMPORT = "/staff/procedures/import"


@pytest.fixture(autouse=True)
def _paper_forms(cast):
    with_paper_forms(cast)


@pytest.fixture
def chief(browser, cast):
    return browser(cast.administrator)


@pytest.fixture
def clerk(browser, cast):
    return browser(cast.clerk)


def document_of(file: str, **changes) -> dict:
    return json.loads((FOLDER / f"{file}.json").read_text(encoding="utf-8")) | changes


def packed(**members: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/"), content)
    return made.getvalue()


def beyond(content: bytes) -> bytes:
    """A ZIP whose list of contents says of its one file that it begins where no file can."""
    at, end = content.index(b"PK\x01\x02"), content.index(b"PK\x05\x06")
    entry = bytearray(content[at:end])
    extra = struct.pack("<HHQ", 1, 8, 2**63)
    struct.pack_into("<H", entry, 30, len(extra))
    struct.pack_into("<I", entry, 42, 0xFFFFFFFF)
    last = bytearray(content[end:])
    struct.pack_into("<I", last, 12, len(entry) + len(extra))
    return content[:at] + bytes(entry) + extra + bytes(last)


def choose(browser, name: str, content: bytes):
    browser.visit(IMPORT)
    browser.fill(file=Upload(name, content))
    return browser.press("内容を確かめる")


def known() -> dict[str, tuple[int | None, int]]:
    return {row.slug: (row.published, row.revision) for row in Procedure.select()}


# ---------------------------------------------------------------- out


def test_one_procedure_goes_out_as_a_file(cast, chief):
    """R-7.5: the file of the starter library comes out byte by byte as it went in, with its paper form in a ZIP."""
    other = Procedure.get(Procedure.slug == "bulky-waste")
    answer = chief.get(path(other, "export"))
    assert answer.body == (FOLDER / "bulky-waste.json").read_bytes()
    assert 'filename="bulky-waste.json"' in answer.headers["Content-Disposition"]
    answer = chief.get(path(cast.dogs, "export"))
    assert 'filename="dog-registration.zip"' in answer.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
        assert archive.namelist() == ["dog-registration.json", "forms/dog-registration.pdf"]
        assert archive.read("forms/dog-registration.pdf") == (FOLDER / "forms" / "dog-registration.pdf").read_bytes()


def test_a_draft_goes_out_when_it_is_asked_for(cast, clerk):
    """What is about to be thrown away can be kept."""
    row = edit(cast, renamed("犬の登録"))
    clerk.visit(path(row, "discard"))
    content = clerk.page.click("下書きをファイルに保存").body
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert procedure_file.read(archive.read("dog-registration.json"))["name"] == "犬の登録"
    with zipfile.ZipFile(io.BytesIO(clerk.get(path(row, "export")).body)) as archive:
        assert procedure_file.read(archive.read("dog-registration.json"))["name"] == "犬の登録申請"
    clerk.press("下書きをやめる")
    assert clerk.get(path(row, "export?which=draft"), status="*").status_int == 404


def test_the_whole_set_goes_out(cast, chief, clerk):
    """R-7.5: the town for its administrator, the own divisions for a clerk; what is closed stays at home."""
    answer = chief.get("/staff/procedures/export")
    assert 'filename="procedures-064998.zip"' in answer.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
        every = {name for name in archive.namelist() if name.endswith(".json")}
    assert every == {f"{slug}.json" for slug in known()}
    with zipfile.ZipFile(io.BytesIO(clerk.get("/staff/procedures/export").body)) as archive:
        mine = {name for name in archive.namelist() if name.endswith(".json")}
    own = Procedure.select().where(Procedure.division == cast.dogs.division_id)
    assert mine == {f"{row.slug}.json" for row in own} < every
    chief.visit(path(cast.dogs, "close"))
    chief.press("受付をやめる")
    with zipfile.ZipFile(io.BytesIO(chief.get("/staff/procedures/export").body)) as archive:
        assert "dog-registration.json" not in archive.namelist()


def test_a_paper_form_that_is_lost_keeps_nothing_back(cast, chief):
    """R-7.5: the page names it, the rest goes out, and what went out goes in again."""
    storage.remove(PaperForm.get().stored_as)
    for address in (path(cast.dogs, "export"), "/staff/procedures/export"):
        chief.visit(address)
        assert chief.shows("書き出せない様式があります", "犬の登録申請（dog-registration）", "dog-registration.pdf")
        content = chief.page.click("ほかのものを書き出す").body
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert "dog-registration.json" in archive.namelist() and not archive.namelist()[-2].startswith("forms/")
            assert "犬の登録申請書" in archive.read("remarks.txt").decode("utf-8-sig")
        choose(chief, "set.zip", content)
        assert chief.shows("変わるところは、ありません")
    edit(cast, renamed("犬"))
    chief.visit(path(cast.dogs, "export?which=draft"))
    with zipfile.ZipFile(io.BytesIO(chief.page.click("ほかのものを書き出す").body)) as archive:
        assert procedure_file.read(archive.read("dog-registration.json"))["name"] == "犬"
    Procedure.update(slug="another").where(Procedure.id == cast.dogs.id).execute()
    choose(chief, "set.zip", content)
    assert chief.shows("新しい手続き", "forms/dog-registration.pdf がありません。様式のない下書きになります")
    chief.press("下書きとして取り込む")
    assert Procedure.get(Procedure.slug == "dog-registration").draft["name"] == "犬の登録申請"


def test_a_town_without_procedures_has_nothing_to_hand_out(cast, browser):
    far = browser(cast.foreign_clerk)
    answer = far.get("/staff/procedures/export", status="*")
    assert answer.status_int == 422 and "まだありません" in answer.text


# ---------------------------------------------------------------- in


def test_what_changes_is_said_before_anything_does(cast, chief):
    """R-7.5: new, changed and unchanged procedures, what is created with them; then drafts, and only then."""
    changed = document_of("dog-registration", name="犬の登録")
    without_color(changed)
    new = document_of("moving-out", id="moving-away", division="くらし課", category="くらし", paper_forms=[])
    same = (FOLDER / "bulky-waste.json").read_bytes()
    pdf = (FOLDER / "forms" / "dog-registration.pdf").read_bytes()
    content = packed(
        **{
            "dog-registration.json": json.dumps(changed, ensure_ascii=False).encode(),
            "moving-away.json": json.dumps(new, ensure_ascii=False).encode(),
            "bulky-waste.json": same,
            "forms__dog-registration.pdf": pdf,
        }
    )
    before = known()
    choose(chief, "set.zip", content)
    assert chief.page.html.h1.text == "取り込む内容の確認" and chief.shows("set.zip", "手続き2件が変わります")
    assert chief.shows("部課「くらし課」を作ります", "カテゴリ「くらし」を作ります", "新しい手続きです")
    assert chief.shows("「犬の登録申請」から「犬の登録」に", "毛の色", "粗大ごみ")
    assert known() == before and not Division.select().where(Division.name == "くらし課").exists()
    chief.press("下書きとして取り込む")
    assert known().keys() == before.keys() | {"moving-away"}
    assert fresh(cast.dogs).draft["name"] == "犬の登録" and fresh(cast.dogs).name == "犬の登録申請"
    assert Category.get(Category.name == "くらし").town_id == cast.town.id
    assert acts().count("procedure_loaded") == 2
    assert not [file for file in config.settings().stored_files.glob("*/*") if file.name not in named()]


def named() -> set[str]:
    return {row.stored_as for row in PaperForm.select()}


def test_two_presses_take_in_once(cast, chief):
    choose(chief, "a.json", json.dumps(document_of("bulky-waste", name="大きなごみ")).encode())
    form = next(f for f in chief.page.forms.values() if "kept" in f.fields)
    assert [form.submit("act_take_in").status_int for _ in range(2)] == [302, 302]
    assert acts().count("procedure_loaded") == 1


def test_the_same_again_changes_nothing(cast, chief):
    choose(chief, "bulky-waste.json", (FOLDER / "bulky-waste.json").read_bytes())
    assert chief.shows("変わるところは、ありません") and 'name="act_take_in"' not in chief.page.text
    chief.press("取り込まないでやめる")
    assert chief.page.request.path == IMPORT and chief.shows("何も変わっていません")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"format": 1,\n "id": }', "2行目"),
        (b"\xff\xfe\x00\x00{", ""),
        (b"[]", ""),
        (json.dumps(document_of("bulky-waste", surprise=1)).encode(), "surprise"),
        (json.dumps(document_of("bulky-waste", format=2)).encode(), "形式"),
        (json.dumps(document_of("bulky-waste", name="")).encode(), "name"),
        (b"[" * 100_000, ""),
        (b" " * (3 * 1024 * 1024), ""),
    ],
)
def test_a_file_with_faults_is_named_and_nothing_changes(cast, chief, content, words):
    """Issue 4: a sentence with the line or the key; one bad file keeps all out."""
    before = known()
    good = json.dumps(document_of("bulky-waste", name="大きなごみ")).encode()
    choose(chief, "two.zip", packed(**{"bad.json": content, "good.json": good}))
    assert chief.shows("取り込めません", "bad.json", words) and 'name="act_take_in"' not in chief.page.text
    form = next(f for f in chief.page.forms.values() if "kept" in f.fields)
    posted = chief.post(
        f"{IMPORT}/check",
        {"csrf": form["csrf"].value, "kept": form["kept"].value, "mark": form["mark"].value, "act_take_in": "x"},
        status="*",
    )  # fmt: skip
    assert posted.status_int == 422 and known() == before


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.json", b"", "ファイルを選んで"),
        ("broken.zip", b"PK\x03\x04 and nothing", "こわれています"),
        ("far.zip", beyond(packed(a__json=b"{}")), "こわれています"),
        ("none.zip", packed(readme=b"x"), "手続きのファイル"),
        ("up.zip", packed(**{"..__x.json": b"{}"}), "使えない名前"),
    ],
)
def test_what_is_no_set_at_all_is_refused_at_once(cast, chief, name, content, words):
    answer = choose(chief, name, content)
    assert answer.status_int in (200, 422) and "取り込む内容の確認" not in answer.html.h1.text
    if content:
        assert chief.shows(words)


def test_no_file_at_all(cast, chief):
    chief.visit(IMPORT)
    chief.press("内容を確かめる")
    assert chief.page.status_int == 422 and chief.shows("ファイルを選んでください")


def test_a_clerk_takes_in_for_the_own_divisions_only(cast, clerk):
    """R-7.2: another division's procedure, a new division, a new category: each a sentence that says whom to ask."""
    for changes, words in (
        ({"name": "犬の登録"}, ""),
        ({"division": "税務課"}, "ほかの部課の手続きです"),
        ({"division": "くらし課"}, "町の管理者に、先に作ってもらってください"),
        ({"category": "くらし"}, "町の管理者に、先に作ってもらってください"),
    ):
        document = document_of("dog-registration", **changes)
        choose(clerk, "a.zip", packed(**{
            "dog-registration.json": json.dumps(document).encode(),
            "forms__dog-registration.pdf": (FOLDER / "forms" / "dog-registration.pdf").read_bytes(),
        }))  # fmt: skip
        assert ('name="act_take_in"' in clerk.page.text) is (not words) and clerk.shows(words), words
    assert not Division.select().where(Division.name == "くらし課").exists()


def test_a_draft_that_somebody_is_writing_is_not_lost_unseen(cast, chief):
    """R-7.3: what would be replaced is said; what changed after the page was made is shown before it is replaced."""
    document = json.dumps(document_of("bulky-waste", name="大きなごみ")).encode()
    waste = Procedure.get(Procedure.slug == "bulky-waste")
    choose(chief, "a.json", document)
    assert "置きかわります" not in chief.page.text
    row = fresh(waste)
    editing.change(as_staff(cast.administrator), row.id, row.revision, renamed("ごみ"))
    chief.press("下書きとして取り込む")
    assert chief.page.status_int == 422 and chief.shows("まだ何も取り込んでいません", "町野 一郎", "置きかわります")
    assert fresh(waste).draft["name"] == "ごみ"
    chief.press("下書きとして取り込む")
    assert fresh(waste).draft["name"] == "大きなごみ"


def test_the_upload_is_ones_own_and_kept_for_an_hour(cast, chief, browser):
    """What a browser carries between the two pages opens nothing for anybody else, and nothing later."""
    choose(chief, "a.json", json.dumps(document_of("bulky-waste", name="大きなごみ")).encode())
    address = chief.page.request.path_qs
    with models.transaction():
        second = staff.create(
            "second", "町田 二郎", Role.TOWN_ADMINISTRATOR, cast.town, [], PASSWORD, must_change=False
        )
    other = browser(second)
    other.visit(address)
    assert other.page.request.path == IMPORT and other.shows("何も取り込んでいません")
    for spoilt in (address[:-1], address[:-1] + ("0" if address[-1] != "0" else "1"), f"{IMPORT}/check?kept=x"):
        chief.visit(spoilt)
        assert chief.page.request.path == IMPORT
    chief.visit(address)
    with clock.at(clock.now() + kept_upload.KEPT + timedelta(minutes=1)):
        again = browser(cast.administrator)
        again.visit(address)
        assert again.page.request.path == IMPORT and again.shows("1時間たった")


def test_a_paper_form_with_a_virus_is_not_kept(cast, chief, monkeypatch):
    """R-4.3: what another town sends is scanned like everything else."""
    content = packed(**{
        "dog-registration.json": json.dumps(document_of("dog-registration", name="犬の登録")).encode(),
        "forms__dog-registration.pdf": (FOLDER / "forms" / "dog-registration.pdf").read_bytes(),
    })  # fmt: skip
    before = {file.name for file in config.settings().stored_files.glob("*/*")}
    for answer, words in (
        (verdict.found("Eicar"), "ウイルスの疑い"),
        (verdict.BUSY, "混み合っています"),
        (verdict.none("away"), "ウイルス検査ができない"),
    ):
        monkeypatch.setattr(antivirus, "scan", lambda stream, answer=answer: answer)
        assert choose(chief, "a.zip", content).status_int == 422 and chief.shows(words)
    assert {file.name for file in config.settings().stored_files.glob("*/*")} == before
    assert "virus_found" in acts()


# ---------------------------------------------------------------- from town to town


@pytest.fixture
def far_chief(cast, browser):
    """The administrator of a second, fresh town, which is open to the public now."""
    with models.transaction():
        Town.update(closed_at=None).where(Town.id == cast.other_town.id).execute()
        made = staff.create(
            "far-chief", "夕凪 次郎", Role.TOWN_ADMINISTRATOR, cast.other_town, [], PASSWORD, must_change=False
        )
    return browser(made)


def test_another_town_takes_a_procedure_over(cast, chief, far_chief, browser):
    """Issue 4, R-7.5: exported from one town, loaded into a fresh second one, published and applied for there."""
    edit(cast, lambda document: question(document, "breed").update(hint="わからないときは「雑種」と書いてください。"))
    press_publish(chief, cast.dogs, note="犬種の説明を足した")
    sent_over = chief.get(path(cast.dogs, "export")).body

    choose(far_chief, "dog-registration.zip", sent_over)
    assert far_chief.shows("新しい手続き", "部課「住民生活課」を作ります", "カテゴリ「動物」を作ります")
    far_chief.press("下書きとして取り込む")
    theirs = Procedure.get((Procedure.town == cast.other_town) & (Procedure.slug == "dog-registration"))
    assert theirs.published is None and theirs.listed_as is None
    press_publish(far_chief, theirs)
    assert far_chief.get(path(theirs, "export")).body == sent_over, "the same bytes in any town"

    ken = browser(cast.ken)
    ken.visit(f"/procedures/{theirs.id}")
    assert ken.shows("犬の登録申請", "様式をダウンロード")
    assert ken.page.click("様式をダウンロード").body == (FOLDER / "forms" / "dog-registration.pdf").read_bytes()
    ken.press("申請する")
    assert "わからないときは「雑種」と書いてください" in _fill_in(ken)
    row = Application.get(Application.town == cast.other_town)
    assert (row.status, row.procedure_id, row.form_version.number) == ("SUBMITTED", theirs.id, 1)
    assert fresh(cast.dogs).published == 2, "the first town's procedure is its own"


def _fill_in(browser) -> str:
    """The input pages one after the other, then the confirm page; returns what was read on the way."""
    read = ""
    for _ in range(6):
        form = next(f for f in browser.page.forms.values() if "act_next" in f.fields or "act_submit" in f.fields)
        read += browser.page.text
        if "act_submit" in form.fields:
            browser.press("submit")
            return read
        for key, raw in DOG_ANSWERS.items():
            for part, value in raw.items() if isinstance(raw, dict) else [("", raw)]:
                name = f"{key}.{part}" if part else key
                if name in form.fields:
                    form[name] = value
        browser.page = form.submit("act_next").maybe_follow()
    raise AssertionError(browser.page.text)


def test_a_whole_set_travels(cast, chief, far_chief):
    """R-7.5: everything of one town, loaded into another, is exported there with the same bytes."""
    content = chief.get("/staff/procedures/export").body
    choose(far_chief, "procedures.zip", content)
    far_chief.press("下書きとして取り込む")
    theirs = {row.slug for row in Procedure.select().where(Procedure.town == cast.other_town)}
    assert theirs == {row.slug for row in Procedure.select().where(Procedure.town == cast.town)}
    assert far_chief.get("/staff/procedures/export").body == content
    choose(far_chief, "procedures.zip", content)
    assert far_chief.shows("変わるところは、ありません")
