"""What is wrong with an installation, a line each; ERROR must be put right, WARNING should be known."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import clock
import config
from models import Division, Job, MailState, OutboxMail, Procedure, Staff, Town, database
from rules.files import scanner, storage
from rules.operation import schema
from rules.records import audit, mail
from rules.values.calendar import holidays_end
from rules.visits import occasion

_LOW = 1024**3
# The rarest job runs once a day; the sender of mails reports once a minute.
_JOBS_LATE = timedelta(hours=26)
_SENDER_LATE = timedelta(minutes=30)


def examine(settings: config.Config, scanned: scanner.State) -> list[str]:
    """All findings; empty when everything is well. The scanner was asked before how it is."""
    waiting = schema.pending()
    if waiting:
        return [f"ERROR the database lacks migrations: {', '.join(waiting)}. Type: manage.py migrate"]
    if strange := schema.unknown():
        return [f"ERROR the database was written by a newer version of the program ({', '.join(strange)})"]
    told = [*_disk(settings.data), *_files(), *_database(), *scanner.findings(scanned), *_settings(settings)]
    return [*told, *_town(), *_mail(), *_jobs(), *_log()]


def _disk(data: Path) -> Iterator[str]:
    free = shutil.disk_usage(data).free
    if free < _LOW:
        yield f"ERROR only {free // 1024**2} MB are free on the disk of {data}"
    probe = data / "files" / ".doctor"
    try:
        probe.parent.mkdir(exist_ok=True)
        probe.write_bytes(b"x")
        probe.unlink()
    except OSError as fault:
        yield f"ERROR files cannot be written: {fault}"


def _files() -> Iterator[str]:
    if gone := storage.missing():
        yield f"ERROR {gone} stored files are missing. Type: manage.py check-files"


def _database() -> Iterator[str]:
    verdict = database.execute_sql("PRAGMA quick_check").fetchone()[0]
    if verdict != "ok":
        yield f"ERROR the database is damaged: {verdict}. Restore the last backup."


def _settings(settings: config.Config) -> Iterator[str]:
    if settings.base_url.startswith("http:") and "//127.0.0.1" not in settings.base_url:
        yield "WARNING base_url is not https: passwords cross the network in the open"
    if settings.mail.transport == "folder":
        yield 'WARNING mails are written to a folder and reach nobody ([mail] transport = "folder")'
    ends = holidays_end()
    if ends < clock.today() + timedelta(days=180):
        yield f"WARNING the table of public holidays ends on {ends}"


def _town() -> Iterator[str]:
    if not Town.select().where(Town.closed_at.is_null()).exists():
        yield "ERROR there is no town"
    for town in Town.select().where((Town.telephone == "") & Town.closed_at.is_null()).order_by(Town.code):
        yield f"WARNING the town {town.name} has no telephone: pages and mails cannot say whom to call"
    if not Staff.select().where(Staff.disabled_at.is_null()).exists():
        yield "WARNING there is no staff account yet. Type: manage.py create-staff"
    if not Procedure.select().where(Procedure.listed_as.is_null(False)).exists():
        yield "WARNING no procedure is published yet. Type: manage.py load --publish FILE…"
    for asking in occasion.without_counter():
        whose = asking.division.name
        yield f"WARNING {asking.slug} asks for a visit, but no counter of {whose} or above takes bookings"
    silent = Division.select().where((Division.email == "") & Division.closed_at.is_null()).count()
    if silent:
        yield f"WARNING {silent} divisions have no mail address: they are not told of new applications"


def _mail() -> Iterator[str]:
    waiting, failed = mail.counts(None)
    if failed:
        yield f"ERROR {failed} mails could not be sent; see 送信メール on the staff site"
    queued = OutboxMail.select().where(OutboxMail.state == MailState.QUEUED)
    oldest = queued.order_by(OutboxMail.created_at).first()
    if oldest and oldest.created_at < clock.now() - timedelta(hours=1):
        since = f"{oldest.created_at:%Y-%m-%d %H:%M}"
        yield f"WARNING {waiting} mails wait, the oldest since {since}: {oldest.last_error}"


def _jobs() -> Iterator[str]:
    for job in Job.select().where(Job.name != scanner.JOB).order_by(Job.name):
        if job.last_error:
            yield f"ERROR the job {job.name} failed: {job.last_error.strip().splitlines()[-1]}"
        elif job.last_run_at and job.last_run_at < clock.now() - _patience(job):
            last = f"{job.last_run_at:%Y-%m-%d %H:%M}"
            yield f"WARNING the job {job.name} last ran on {last}: is the service running?"


def _patience(job: Job) -> timedelta:
    return _SENDER_LATE if job.name == "send_mail" else _JOBS_LATE


def _log() -> Iterator[str]:
    for day in audit.broken_days():
        yield f"ERROR the audit log of {day} was changed after it was sealed"
