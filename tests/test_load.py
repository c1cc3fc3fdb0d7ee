"""Many at once, and a process that dies in between: whoever was shown a number has applied, once and whole."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from hashlib import sha256

import pytest
from cast_acts import PDF, attach, write
from conftest import make_resident
from served import Applicant, Served, files_under, real_time, served

import config
import models
from models import Application, ApplicationEvent, Attachment, OutboxMail, Resident, Status, Submission
from rules.records import session

AT_ONCE = 200
ROUNDS, WAITING, CLIENTS = 3, 60, 12


@pytest.fixture
def waiting(cast, hashed):
    """Makes residents that are signed in, each with a complete draft: (token, application) each."""
    count = 0

    def make(wanted: int, *, with_file: bool = False) -> list[tuple[str, int]]:
        nonlocal count
        made = []
        for _ in range(wanted):
            count += 1
            # One transaction each: two hundred fsyncs would only cost time.
            with real_time(), models.transaction():
                who = make_resident(hashed, f"resident{count}@example.jp", "浜口", f"{count}")
                written = write(cast.dogs, who, dog_name=f"ポチ{count}")
                if with_file:
                    attach(written, name=f"注射済証{count}.pdf", content=PDF + str(count).encode())
                made.append((session.start(resident=who), written.id))
        return made

    return make


def test_two_hundred_residents_submit_at_once(town_db, waiting):
    drafts = waiting(AT_ONCE)
    with served(town_db) as server:
        residents = [Applicant(server.port, token, key) for token, key in drafts]
        for resident in residents:
            resident.confirm()
        shown = _all_at_once(residents)
        log = server.log

    assert len(shown) == AT_ONCE
    assert len(set(shown.values())) == AT_ONCE
    assert "locked" not in log and "Traceback" not in log
    for application, number in shown.items():
        _assert_whole(application, number)
    assert Application.select().where(Application.number.is_null(False)).count() == AT_ONCE


def _all_at_once(residents: list[Applicant]) -> dict[int, str]:
    shown: dict[int, str] = {}
    together = threading.Barrier(len(residents))

    def press(resident: Applicant) -> None:
        together.wait()
        shown[resident.application] = resident.send()
        resident.close()

    threads = [threading.Thread(target=press, args=(resident,)) for resident in residents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return shown


def test_a_number_once_shown_survives_kill_9(town_db, waiting):
    with served(town_db) as server:
        for _ in range(ROUNDS):
            drafts = waiting(WAITING, with_file=True)
            shown = _send_until_killed(server, drafts)
            models.database.close()
            server.start()
            models.connect()

            assert shown, "killed before anything was sent: nothing was tried"
            tokens = {application: token for token, application in drafts}
            for application, number in shown.items():
                again = Applicant(server.port, tokens[application], application)
                assert again.shown() == number
                again.close()
                _assert_whole(application, number, files=1)
            for _, application in drafts:
                _assert_all_or_nothing(application)


def _send_until_killed(server: Served, drafts: list[tuple[str, int]]) -> dict[int, str]:
    """Several clients send one draft after the other; the process dies at a moment nobody chose."""
    shown: dict[int, str] = {}
    left, first = list(drafts), threading.Event()

    def work() -> None:
        while True:
            try:
                token, application = left.pop()
            except IndexError:
                return
            resident = Applicant(server.port, token, application)
            try:
                resident.confirm()
                shown[application] = resident.send()
                first.set()
            except (OSError, http.client.HTTPException):
                return  # the server died; what was not shown may or may not have been sent
            finally:
                resident.close()

    threads = [threading.Thread(target=work) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    first.wait(timeout=20)
    time.sleep(random.uniform(0, 0.25))
    server.kill()
    for thread in threads:
        thread.join()
    return shown


def _assert_whole(application: int, number: str, *, files: int = 0) -> None:
    """State, number, answers, files on disk, event and mail are there, each once."""
    row = Application.get_by_id(application)
    assert (row.number, row.status) == (number, Status.SUBMITTED)
    record = Submission.get(Submission.application == application)
    assert json.loads(bytes(record.answers))["dog_name"].startswith("ポチ")
    assert len(record.files) == files
    if files:
        kept = {
            key: sha256(content).hexdigest() for key, content in files_under(config.settings().stored_files).items()
        }
        attached = {a.id: a for a in Attachment.select().where(Attachment.application == application)}
        for file in record.files:
            assert kept[attached[file["id"]].stored_as] == file["sha256"]
    assert _counts(application) == {"submissions": 1, "events": 1, "mails": 1}
    mail = OutboxMail.get((OutboxMail.application == application) & (OutboxMail.kind == "received"))
    assert mail.to_address == Resident.get_by_id(row.resident_id).email
    assert "-".join((number[:4], number[4:8], number[8:])) in mail.body


def _assert_all_or_nothing(application: int) -> None:
    row = Application.get_by_id(application)
    if row.status == Status.DRAFT:
        assert row.number is None
        assert _counts(application) == {"submissions": 0, "events": 0, "mails": 0}
    else:
        _assert_whole(application, row.number, files=1)


def _counts(application: int) -> dict[str, int]:
    return {
        "submissions": Submission.select().where(Submission.application == application).count(),
        "events": ApplicationEvent.select().where(ApplicationEvent.application == application).count(),
        "mails": OutboxMail.select()
        .where((OutboxMail.application == application) & (OutboxMail.kind == "received"))
        .count(),
    }
