"""The jobs: each runs when it is due, once, and whatever befalls one leaves the others alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import clock
import config
import jobs
import models
from jobs import Postman, Task
from models import Code, Job, MailState, OutboxMail, Resident, Session, ThrottleEvent, transaction
from outside.mail import Answer, Letter, Outcome
from rules.records import mail

NOON = "2026-11-24T12:00:00"
HOUR = timedelta(hours=1)


class Diary:
    """A task that writes down when it ran."""

    def __init__(self) -> None:
        self.runs: list[str] = []

    def __call__(self, now: datetime) -> None:
        self.runs.append(f"{now:%H:%M}")

    def task(self, name: str = "diary") -> Task:
        return Task(name, HOUR, self)


def run(at: str, *tasks: Task) -> None:
    with clock.at(at):
        jobs.run_due(tasks)


def until(happened: Callable[[], bool], seconds: float = 10) -> bool:
    """Wait for what another thread or process does; for nothing else."""
    end = time.monotonic() + seconds
    while not happened() and time.monotonic() < end:
        time.sleep(0.02)
    return happened()


@pytest.fixture
def wording(tmp_path, monkeypatch):
    folder = tmp_path / "wording"
    folder.mkdir()
    (folder / "note.txt").write_text("Subject: {name} 様\n\n{name} 様\n", encoding="utf-8")
    monkeypatch.setattr(mail, "WORDING", folder)
    mail._wording.cache_clear()
    yield
    mail._wording.cache_clear()


def queue(name: str = "佐藤 花子") -> OutboxMail:
    with transaction():
        return mail.queue("note", to="hanako@example.jp", name=name)


# ---------------------------------------------------------------- by the clock


def test_a_job_runs_when_it_is_due():
    diary = Diary()
    for at in ("12:00", "12:59", "13:00", "13:30", "14:00"):
        run(f"2026-11-24T{at}:00", diary.task())
    assert diary.runs == ["12:00", "13:00", "14:00"]
    assert Job.get(Job.name == "diary").last_run_at == datetime.fromisoformat("2026-11-24T14:00:00+09:00")


def test_a_failing_job_stops_none_of_the_others():
    def fail(_: datetime) -> None:
        raise ValueError("その理由")

    diary = Diary()
    run(NOON, Task("failing", HOUR, fail), diary.task())
    assert diary.runs == ["12:00"]
    failing = Job.get(Job.name == "failing")
    assert failing.last_error == "ValueError: その理由" and failing.claimed_until is None
    run("2026-11-24T13:00:00", Task("failing", HOUR, lambda now: None))
    assert Job.get(Job.name == "failing").last_error == ""


def test_a_job_in_other_hands_is_left_there_until_its_claim_is_over():
    diary = Diary()
    with clock.at(NOON) as now:
        Job.create(name="diary", claimed_until=now + jobs.HOLD)
    run("2026-11-24T12:14:59", diary.task())
    assert diary.runs == []
    run("2026-11-24T12:15:00", diary.task())
    assert diary.runs == ["12:15"]


def test_two_processes_never_run_a_job_twice():
    diary, gate = Diary(), threading.Barrier(4)

    def process() -> None:
        gate.wait()
        jobs.run_due((diary.task(),))
        models.database.close()

    with clock.at(NOON):
        threads = [threading.Thread(target=process) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert diary.runs == ["12:00"]


def test_a_clock_put_back_stops_no_job():
    diary = Diary()
    run("2026-11-24T12:00:00", diary.task())
    run("2026-11-01T12:00:00", diary.task())
    assert len(diary.runs) == 2


def test_every_shipped_job_runs_on_an_empty_town():
    with clock.at(NOON):
        jobs.run_due()
    assert {row.name: row.last_error for row in Job.select()} == {task.name: "" for task in jobs.TASKS}


def test_what_has_run_out_is_tidied_away(wording):
    """R-1.9, R-1.1: sessions, codes, counted events and code mails; what still counts stays."""
    with clock.at("2026-11-20T12:00:00") as old:
        remember_something(old)
    with clock.at("2026-11-24T11:55:00") as fresh:
        remember_something(fresh)
    run(NOON, *jobs.TASKS)
    for column in (Session.created_at, Code.created_at, ThrottleEvent.at, OutboxMail.created_at):
        assert [at for (at,) in column.model.select(column).tuples()] == [fresh], column.model


def remember_something(now: datetime) -> None:
    someone = f"{now:%d}@example.jp"
    resident = Resident.create(kind="person", email=someone, email_folded=someone, password_hash="", created_at=now)
    Session.create(token_hash=someone, resident=resident, created_at=now, seen_at=now)
    Code.create(
        purpose="sign_up",
        visitor=someone,
        email=someone,
        email_folded=someone,
        code_hash="",
        created_at=now,
        expires_at=now + timedelta(minutes=30),
    )
    ThrottleEvent.create(key=someone, at=now)
    with transaction():
        row = mail.queue("note", to=someone, name="x", has_code=True)
    mail.mark_sent(row)


# ---------------------------------------------------------------- the sender


class Carrier:
    """A transport that answers as told, and then accepts."""

    def __init__(self, *answers: Outcome | Exception) -> None:
        self.answers = list(answers)
        self.letters: list[Letter] = []

    def send(self, letter: Letter) -> Outcome:
        self.letters.append(letter)
        answer = self.answers.pop(0) if self.answers else Outcome(Answer.ACCEPTED)
        if isinstance(answer, Exception):
            raise answer
        return answer


def postman(carrier: Carrier, stop: threading.Event | None = None) -> Postman:
    return Postman(carrier, timedelta(seconds=30), stop or threading.Event())


def test_the_letter_is_the_row(wording):
    row, carrier = queue(), Carrier()
    assert postman(carrier).deliver_due() == ""
    assert carrier.letters == [Letter(row.to_address, row.subject, row.body, row.message_id, row.created_at)]


def test_the_claim_is_on_disk_before_the_server_sees_the_mail(wording):
    row = queue()

    class Looking(Carrier):
        def send(self, letter: Letter) -> Outcome:
            seen = OutboxMail.get_by_id(row.id)
            assert seen.claimed_until is not None and seen.attempts == 1
            assert not models.database.in_transaction()
            return super().send(letter)

    assert postman(Looking()).deliver_due() == ""


def test_one_mail_that_breaks_the_carrier_holds_up_no_other(wording):
    first, second, carrier = queue("一"), queue("二"), Carrier(RuntimeError("broken"))
    postman(carrier).deliver_due()
    assert OutboxMail.get_by_id(first.id).state == MailState.QUEUED
    assert OutboxMail.get_by_id(first.id).last_error == "RuntimeError: broken"
    assert OutboxMail.get_by_id(second.id).state == MailState.SENT


def test_a_queued_mail_is_sent_at_once_and_the_sender_stops_cleanly(wording, monkeypatch):
    """R-3.4: woken by the queueing, after its transaction; not by the next look."""
    monkeypatch.setattr(jobs, "_LOOK_FOR_MAIL", 60)
    stop, carrier = threading.Event(), Carrier()
    thread = threading.Thread(target=postman(carrier, stop).work)
    thread.start()
    try:
        assert until(lambda: Job.select().where(Job.name == jobs.SEND_MAIL).exists())
        with transaction():
            row = mail.queue("note", to="hanako@example.jp", name="佐藤 花子")
            assert not until(lambda: bool(carrier.letters), 0.2)
        assert until(lambda: OutboxMail.get_by_id(row.id).state == MailState.SENT, 5)
    finally:
        stop.set()
        jobs.wake()
        thread.join(5)
    assert not thread.is_alive()


def test_the_job_row_tells_how_the_mail_server_is(wording):
    """R-7.10: what doctor and the staff see."""
    away = Outcome(Answer.UNREACHED, "メールサーバーにつながりません")
    stop, carrier = threading.Event(), Carrier(away)
    row = queue()
    thread = threading.Thread(target=postman(carrier, stop).work)

    def told(error: str) -> bool:
        return Job.select().where((Job.name == jobs.SEND_MAIL) & (Job.last_error == error)).exists()

    thread.start()
    try:
        assert until(lambda: told(away.detail))
        OutboxMail.update(next_attempt_at=row.created_at).execute()
        jobs.wake()
        assert until(lambda: told(""))
    finally:
        stop.set()
        jobs.wake()
        thread.join(5)
    assert OutboxMail.get_by_id(row.id).state == MailState.SENT


# ---------------------------------------------------------------- the program


def test_started_beside_the_app_and_stopped(wording, monkeypatch, tmp_path):
    """`start` is what app.py calls; the folder is the one of the settings."""
    monkeypatch.setattr(jobs, "_TICK", 0.05)
    row, stop = queue(), threading.Event()
    thread = jobs.start(stop)
    try:
        assert until(lambda: OutboxMail.get_by_id(row.id).state == MailState.SENT)
        assert until(lambda: Job.select().where(Job.last_run_at.is_null(False)).count() > len(jobs.TASKS))
    finally:
        stop.set()
        thread.join(10)
    assert not thread.is_alive()
    assert len(list((config.settings().data / "mail").glob("*.eml"))) == 1


def test_without_a_configuration_it_says_what_to_type(tmp_path, capsys):
    assert jobs.main(["--data", str(tmp_path / "nowhere")]) == 1
    assert "manage.py" in capsys.readouterr().err


def test_an_old_database_is_left_alone(tmp_path, capsys):
    data = new_data(tmp_path)
    assert jobs.main(["--data", str(data)]) == 1
    assert f"manage.py --data {data} migrate" in capsys.readouterr().err


def new_data(tmp_path: Path) -> Path:
    data = tmp_path / "town"
    mail_table = '[mail]\ntransport = "folder"\nfrom = "noreply@example.jp"\n'
    config.create(data, f'base_url = "http://localhost:8080"\n{mail_table}')
    return data


@pytest.mark.skipif(os.name != "posix", reason="terminate() kills outright on Windows")
def test_alone_in_a_process_until_it_is_told_to_end(wording, tmp_path):
    data = new_data(tmp_path)
    queue()
    models.database.execute_sql("VACUUM INTO ?", (str(data / "madoguchi.sqlite3"),))
    process = subprocess.Popen(
        [sys.executable, str(config.PROGRAM / "jobs.py"), "--data", str(data)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        assert until(lambda: any((data / "mail").glob("*.eml")))
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.communicate()
