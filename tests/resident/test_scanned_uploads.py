"""The virus scan as residents and staff meet it: fail closed, the form kept, staff told, scanned again when opened."""

from __future__ import annotations

import io
from datetime import date, timedelta

import pytest
from cast_acts import PDF, attach, send, write
from clamd_stand import pretender
from conftest import build_settings
from webtest import Upload

import clock
import config
import jobs
from models import Application, Attachment, AuditEntry, Job
from outside import antivirus, inspector
from rules import Refusal
from rules.files import received, scanner, storage
from rules.operation import doctor

CLEAN, VIRUS = b"stream: OK\0", b"stream: Win.Test.EICAR_HDB-1 FOUND\0"
AWAY = "ウイルス検査ができないため、添付を受け付けていません"


@pytest.fixture(autouse=True)
def awake(monkeypatch):
    monkeypatch.setattr(antivirus, "_resting_until", 0.0)


def use(place: str) -> None:
    files = config.FileSettings(virus_scan="clamd", clamd=place, scan_seconds=2)
    config.use(build_settings(config.settings().data, files=files))


@pytest.fixture
def keiko(browser, cast):
    """At the page with the file, everything else filled in."""
    written = write(cast.dogs, cast.keiko)
    opened = browser(cast.keiko)
    opened.visit(f"/applications/{written.id}/pages/dog")
    return opened


def send_file(keiko, button: str = "次へ進む") -> None:
    keiko.fill(dog_name="タロ", certificate=Upload("注射済証.pdf", PDF))
    keiko.press(button)


def stored() -> list:
    root = config.settings().stored_files
    return [path for path in root.glob("*/*") if path.is_file()]


@pytest.mark.parametrize("answer", [b"", b"stream: Can't open file ERROR\0"], ids=["away", "an error"])
def test_no_verdict_no_file_and_the_form_is_kept(keiko, browser, cast, answer):
    """R-4.5 R-3.6: the sentence beside the field, what was typed still there and saved; staff are told at once."""
    clerk = browser(cast.clerk)
    with pretender(answer) as place:
        use(place if answer else "127.0.0.1:1")
        send_file(keiko)
    assert keiko.page.status_int == 422
    assert keiko.shows("ただいまウイルス検査ができません。「注射済証.pdf」は、あとでもう一度", 'value="タロ"')
    assert 'href="#q-certificate"' in keiko.page.text
    assert (Attachment.select().count(), stored()) == (0, [])
    assert Application.get().answers["dog_name"] == "タロ"
    clerk.visit("/staff/")
    assert clerk.shows(AWAY, "Can" if answer else "つながりません")
    with pretender(CLEAN) as place:
        use(place)
        send_file(keiko, "添付する")
    assert keiko.shows("注射済証.pdf", "問題なし")
    assert Attachment.get().verdict == "問題なし"


def test_a_virus_has_its_own_sentence_and_stands_in_the_log(keiko, cast):
    """R-4.5: refused, nothing stored, recorded by its name and not by the file's."""
    with pretender(VIRUS) as place:
        use(place)
        send_file(keiko)
    assert keiko.page.status_int == 422
    assert keiko.shows("「注射済証.pdf」から、ウイルスの疑い", 'value="タロ"') and not keiko.shows("EICAR")
    assert (Attachment.select().count(), stored()) == (0, [])
    entry = AuditEntry.get(AuditEntry.act == "virus_found")
    assert entry.application == Application.get()
    assert (entry.resident, entry.town) == (cast.keiko, cast.town)
    assert entry.detail == {"virus": "Win.Test.EICAR_HDB-1"}
    assert scanner.warnings() == []


def test_no_place_for_another_file_is_said_before_anybody_looks_into_it(keiko, monkeypatch):
    before = keiko.page
    send_file(keiko, "添付する")
    assert keiko.shows("注射済証.pdf", "削除")
    keiko.page = before  # the back button
    monkeypatch.setattr(inspector, "inspect", None)
    send_file(keiko, "添付する")
    assert keiko.shows("先にほかのファイルを削除してください")


def test_too_many_at_once_are_asked_to_try_again(keiko, monkeypatch):
    """R-3.6: not the file's fault, and said so."""
    monkeypatch.setattr(inspector, "inspect", lambda *_: ("busy", "", "too many"))
    send_file(keiko)
    assert keiko.page.status_int == 422
    assert keiko.shows("ただいま混み合っています。「注射済証.pdf」は、少し待ってから", 'value="タロ"')


def test_a_scanner_with_too_much_to_do_is_not_away(keiko, monkeypatch):
    """R-4.5: the resident is asked to wait a little, and staff are told of no fault."""
    use("127.0.0.1:1")
    monkeypatch.setattr(antivirus._room, "acquire", lambda blocking: False)
    send_file(keiko)
    assert keiko.page.status_int == 422
    assert keiko.shows("ただいま混み合っています。「注射済証.pdf」は、少し待ってから", 'value="タロ"')
    assert scanner.warnings() == [] and not Attachment.select().exists()


def test_an_inspection_that_does_not_start_is_not_the_files_fault(keiko, monkeypatch):
    """R-4.2: the file is not called damaged, and nobody is told to hurry."""
    monkeypatch.setattr(inspector, "inspect", lambda *_: ("away", "", "exit code 1"))
    send_file(keiko)
    assert keiko.page.status_int == 422
    assert keiko.shows("ただいまファイルの検査ができません。「注射済証.pdf」は、あとで", 'value="タロ"')
    assert Attachment.select().count() == 0


def test_one_draft_has_one_file_inspected_at_a_time(keiko, monkeypatch):
    """R-3.6: eight slow files of one draft do not take every place; other drafts and later files are not kept out."""
    told = []

    def attach_to(draft, inspect):
        received.accept({}, "a.pdf", 1, io.BytesIO(PDF), inspect=inspect, scan=lambda _: None, application=draft)

    def quick(name, stream):
        told.append("looked into")
        return "slow", "", ""

    def slow(name, stream):
        for draft in (7, 8):
            with pytest.raises(Refusal) as refusal:
                attach_to(draft, quick)
            told.append("busy" if "混み合って" in refusal.value.message else "")
        return "slow", "", ""

    for _ in range(2):
        with pytest.raises(Refusal, match="時間がかかり"):
            attach_to(7, slow)
    assert told == ["busy", "looked into", ""] * 2


# ---------------------------------------------------------------- staff


@pytest.fixture
def opened(browser, cast):
    """A clerk at an application with a file."""
    written = write(cast.dogs, cast.keiko)
    attach(written)
    sent = send(written, cast.keiko)
    clerk = browser(cast.clerk)
    clerk.visit(f"/staff/applications/{sent.id}")
    return clerk


def test_staff_get_a_file_that_is_clean_today(opened):
    with pretender(CLEAN) as place:
        use(place)
        file = opened.page.click("注射済証.pdf")
    assert file.body == PDF and file.headers["Content-Disposition"].startswith("attachment;")
    assert AuditEntry.select().where(AuditEntry.act == "file_downloaded").count() == 1


@pytest.mark.parametrize(
    ("answer", "words", "told"),
    [(VIRUS, "EICAR", ("Win.Test.EICAR_HDB-1", "")), (b"", "ただいまウイルス検査ができない", ("", "つながりません"))],
    ids=["found today", "no verdict"],
)
def test_staff_do_not_get_a_file_with_a_virus_or_without_a_verdict(opened, answer, words, told):
    """R-4.5: scanned again when opened; a page with a sentence, recorded, not a byte of the file."""
    with pretender(answer) as place:
        use(place if answer else "127.0.0.1:1")
        page = opened.page.click("注射済証.pdf")
    assert (page.status_int, page.content_type) == (422, "text/html")
    assert "ファイルをお渡しできません" in page.text and words in page.text
    entry = AuditEntry.get(AuditEntry.act == "file_withheld")
    assert entry.detail["virus"] == told[0] and told[1] in entry.detail["reason"]
    assert not AuditEntry.select().where(AuditEntry.act == "file_downloaded").exists()


def test_a_damaged_file_is_given_to_nobody(opened, browser, cast, caplog):
    """R-4.4: staff and its owner get a sentence, the log the name of the file."""
    (path,) = stored()
    path.write_bytes(PDF.replace(b"Catalog", b"Catalof"))
    row = Attachment.get()
    page = opened.get(f"/staff/applications/{row.application_id}/files/{row.id}", expect_errors=True)
    assert page.status_int == 500 and "保管している間に壊れたか" in page.text and "情報システムの担当者" in page.text
    keiko = browser(cast.keiko)
    page = keiko.get(f"/applications/{row.application_id}/files/{row.id}", expect_errors=True)
    assert page.status_int == 500 and "保管している間に壊れたか" in page.text and "役場に知らせて" in page.text
    assert row.stored_as in caplog.text and "Traceback" not in caplog.text


# ---------------------------------------------------------------- how the scanner is


def check() -> str:
    """The job runs; what it leaves in its row."""
    jobs.run_due(tuple(task for task in jobs.TASKS if task.name == scanner.JOB))
    return str(Job.get(Job.name == scanner.JOB).last_error)


def test_the_job_tells_staff_and_takes_it_back(browser, cast):
    """R-4.5: every ten minutes; on every page of staff, and in doctor's report."""
    system = browser(cast.system)
    use("127.0.0.1:1")
    assert AWAY in check()
    system.visit("/staff/settings")
    assert system.shows(AWAY, "情報システムの担当者に知らせてください")
    assert [line for line in doctor.examine(config.settings(), antivirus.state()) if "virus" in line] == [
        "ERROR no file can be attached, since the virus scanner gives no verdict: "
        "検査のプログラムにつながりません: Connection refused"
    ]
    with clock.at(clock.now() + timedelta(minutes=10)), pretender(b"ClamAV 1.4.6\0") as place:
        use(place)
        assert check() == ""
        system.visit("/staff/settings")
    assert not system.shows(AWAY)


@pytest.mark.parametrize(("day", "old"), [(21, False), (20, True)])
def test_signatures_older_than_three_days(browser, cast, day, old):
    """R-4.5: files still pass, but staff are told."""
    state = antivirus.State(version="ClamAV 1.4.6", signatures=date(2026, 11, day))
    found = doctor.examine(config.settings(), state)
    assert [line for line in found if "signatures" in line] == (
        ["WARNING the virus scanner's signatures are old, of 2026-11-20"] if old else []
    )
    with pretender(f"ClamAV 1.4.6/27432/Fri Nov {day} 08:01:33 2026\0".encode()) as place:
        use(place)
        assert ("古くなっています（4日前のもの）" in check()) == old
    clerk = browser(cast.clerk)
    clerk.visit("/staff/")
    assert clerk.shows("定義ファイルが古く") == old


def test_an_unforeseen_fault_of_the_job_is_not_shown_as_it_is():
    use("127.0.0.1:1")
    Job.create(name=scanner.JOB, last_error="TypeError: 'NoneType' object is not callable")
    assert scanner.warnings() == [scanner._UNKNOWN]
    assert storage.missing() == 0
