"""What happens without anyone asking: mail goes out, what has run out is removed, the log is sealed."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import clock
import config
from models import Job, OutboxMail, checkpoint, connect, database, open_database, transaction
from outside import antivirus
from outside.mail import Answer, Letter, Outcome, Transport, transport
from rules.accounts import code, login_guard, logins, recovery
from rules.applications import digest, draft, reminder
from rules.files import scanner, storage
from rules.operation import schema
from rules.procedures import most_used, search_miss
from rules.records import audit, mail, session, throttle
from rules.town import notice_mail
from rules.visits import seats, telling

log = logging.getLogger("madoguchi.jobs")

# A process that died in the middle of a job keeps the others waiting this long at most.
HOLD = timedelta(minutes=15)
SEND_MAIL = "send_mail"

_TICK = 5.0
_LOOK_FOR_MAIL = 1.0
_HEARTBEAT = timedelta(minutes=1)


def wake() -> None:
    """Let the sender look at once; rules.records.mail.queue has done so already."""
    mail.queued.set()


# ---------------------------------------------------------------- jobs by the clock


@dataclass(frozen=True)
class Task:
    """A job of its own: a failing one stops none of the others."""

    name: str
    every: timedelta
    run: Callable[[datetime], object]


def _tidy(now: datetime) -> None:
    with transaction():
        for subject in (session, code, throttle, login_guard, mail, logins, recovery, search_miss):
            subject.tidy(now)


# An entry may wait a moment for its turn to write: midnight is sealed a little later.
_SEAL_GRACE = timedelta(minutes=10)

TASKS = (
    Task("tidy", timedelta(minutes=10), _tidy),
    Task("count_uses", timedelta(hours=1), most_used.count_uses),
    Task("expire_drafts", timedelta(minutes=10), draft.expire_drafts),
    Task("remind_drafts", timedelta(minutes=10), reminder.remind),
    Task("expire_holds", timedelta(minutes=1), seats.expire_holds),
    Task("remind_visits", timedelta(minutes=10), telling.remind),
    Task("daily_mail", timedelta(minutes=10), digest.send_daily),
    Task("notice_mail", timedelta(minutes=1), notice_mail.send_due),
    Task("remove_files", timedelta(hours=1), storage.remove_marked),
    Task("sweep_files", timedelta(hours=6), storage.sweep),
    Task(scanner.JOB, timedelta(minutes=10), lambda now: scanner.judge(antivirus.state(), now.date())),
    Task("seal_audit_log", timedelta(hours=1), lambda now: audit.seal_days((now - _SEAL_GRACE).date())),
)


def run_due(tasks: tuple[Task, ...] = TASKS) -> None:
    """Run what is due and in nobody else's hands."""
    connect()
    for task in tasks:
        claimed = _claim(task, clock.now())
        if claimed is not None:
            _run(task, claimed)


def _claim(task: Task, now: datetime) -> datetime | None:
    """Until when the task is ours, or None when it is not due or in another's hands."""
    # Times further ahead than can be are those of a clock that was put back since.
    free = Job.claimed_until.is_null() | (Job.claimed_until <= now) | (Job.claimed_until > now + HOLD)
    run_before, put_back = Job.last_run_at <= now - task.every, Job.last_run_at > now + task.every
    due = (Job.name == task.name) & free & (Job.last_run_at.is_null() | run_before | put_back)
    _enter(task.name)
    if not Job.select().where(due).exists():
        return None
    with transaction():
        return now + HOLD if Job.update(claimed_until=now + HOLD).where(due).execute() else None


def _enter(name: str) -> None:
    if not Job.select().where(Job.name == name).exists():
        with transaction():
            Job.insert(name=name).on_conflict_ignore().execute()


def _run(task: Task, claimed: datetime) -> None:
    error = ""
    try:
        task.run(clock.now())
    except scanner.Trouble as trouble:
        log.error("job %s: %s", task.name, trouble)
        error = str(trouble)
    except Exception as fault:
        log.exception("job %s failed", task.name)
        error = f"{type(fault).__name__}: {fault}"
    with transaction():
        # Whoever took longer than the claim has lost it to another, who reports for itself.
        Job.update(last_run_at=clock.now(), claimed_until=None, last_error=error).where(
            (Job.name == task.name) & (Job.claimed_until == claimed)
        ).execute()


# ---------------------------------------------------------------- sending mail


class Postman:
    """Takes the mails one by one from the outbox to the transport, and the answers back.

    No Job row is claimed for it, since each mail is claimed by itself: two processes may send side by side.
    """

    def __init__(self, carrier: Transport, hold: timedelta, stop: threading.Event) -> None:
        self._carrier = carrier
        self._hold = hold
        self._stop = stop
        # Accepted by the server but not yet recorded: whatever the database does, never sent again.
        self._accepted: set[int] = set()
        self._reported: tuple[str, datetime] | None = None

    def work(self) -> None:
        """Look for mail, at once when some was queued here, until told to stop."""
        error = ""
        while not self._stop.is_set():
            try:
                tried = self.deliver_due()
                error = error if tried is None else tried
                self._report(error)
            except Exception:
                log.exception("sending mail failed")
            mail.queued.wait(_LOOK_FOR_MAIL)
            # Cleared before the look: what is queued during it makes another one.
            mail.queued.clear()
        database.close()

    def deliver_due(self) -> str | None:
        """Send every mail that is due; returns what ails the way out ("" if nothing), None without a mail.

        A mail that is refused is its own trouble, and stands in its row.
        """
        error = None
        while not self._stop.is_set():
            started = time.monotonic()
            taken = mail.claim_next(clock.now(), self._hold)
            if taken is None:
                break
            claimed = time.monotonic()
            outcome = self._hand_over(taken)
            answered = time.monotonic()
            self._record(taken, outcome)
            error = outcome.detail if outcome.answer in (Answer.UNREACHED, Answer.LOST) else ""
            if outcome.answer is Answer.UNREACHED:
                # The next one would fare no better just now.
                break
            # Writing may take a fifth of the time at most: residents who are sending come first.
            self._stop.wait(min(4 * (claimed - started + time.monotonic() - answered), 0.25))
        return error

    def _hand_over(self, taken: OutboxMail) -> Outcome:
        if taken.id in self._accepted:
            return Outcome(Answer.ACCEPTED)
        letter = Letter(
            to=taken.to_address,
            subject=taken.subject,
            body=taken.body,
            message_id=taken.message_id,
            date=taken.created_at,
        )
        try:
            outcome = self._carrier.send(letter)
        except Exception as fault:
            log.exception("mail %s could not be handed over", taken.id)
            return Outcome(Answer.LOST, f"{type(fault).__name__}: {fault}")
        if outcome.answer is Answer.ACCEPTED:
            self._accepted.add(taken.id)
        return outcome

    def _record(self, taken: OutboxMail, outcome: Outcome) -> None:
        if outcome.answer is Answer.ACCEPTED:
            mail.mark_sent(taken)
            self._accepted.discard(taken.id)
        else:
            answer = outcome.answer.value
            log.warning("mail %s, try %s: %s: %s", taken.id, taken.attempts, answer, outcome.detail)
            mail.mark_failed(taken, outcome.detail, permanent=outcome.answer is Answer.PERMANENT)

    def _report(self, error: str) -> None:
        """Tell the Job row how things are, when that changes and otherwise once a minute."""
        now = clock.now()
        if self._reported:
            told, at = self._reported
            if told == error and timedelta(0) <= now - at < _HEARTBEAT:
                return
        _enter(SEND_MAIL)
        with transaction():
            Job.update(last_run_at=now, last_error=error).where(Job.name == SEND_MAIL).execute()
        self._reported = (error, now)


# ---------------------------------------------------------------- running


def start(stop: threading.Event) -> threading.Thread:
    """Start all jobs beside the caller; after stop.set() the thread ends after the mail in hand."""
    settings = config.settings()
    hold = timedelta(seconds=settings.mail.timeout + 10)
    postman = Postman(transport(settings.mail, settings.data), hold, stop)
    thread = threading.Thread(target=_work, args=(postman, stop), name="jobs", daemon=True)
    thread.start()
    return thread


def _work(postman: Postman, stop: threading.Event) -> None:
    # Mail has a thread of its own: somebody waits for a code while the sweep walks through all files.
    sender = threading.Thread(target=postman.work, name="mail", daemon=True)
    sender.start()
    keeper = threading.Thread(target=_keep_log_short, args=(stop,), name="log", daemon=True)
    keeper.start()
    while not stop.is_set():
        try:
            run_due()
        except Exception:
            log.exception("the jobs could not be looked through")
        stop.wait(_TICK)
    database.close()
    wake()
    sender.join()
    keeper.join()


def _keep_log_short(stop: threading.Event) -> None:
    """Every second, so that no resident's submission has to do it."""
    connect()
    while not stop.wait(_LOOK_FOR_MAIL):
        try:
            checkpoint()
        except Exception:
            log.exception("the write-ahead log could not be moved into the database")
    database.close()


def main(arguments: list[str] | None = None) -> int:
    """`python jobs.py --data DIR`: the jobs alone, beside an app that runs with --no-jobs."""
    parser = argparse.ArgumentParser(description="Runs the jobs alone, beside an app started with --no-jobs.")
    parser.add_argument("--data", type=Path, default=config.PROGRAM / "data" / "live", metavar="DIR")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        config.use(config.load(chosen.data))
    except config.ConfigError as fault:
        print(fault, file=sys.stderr)
        return 1
    open_database(config.settings().database)
    if schema.pending():
        command = f"python manage.py --data {chosen.data} migrate"
        print(f"The database is older than the program. Type: {command}", file=sys.stderr)
        return 1
    if schema.unknown():
        print(
            "The database was written by a newer version of the program. Install that version.",
            file=sys.stderr,
        )
        return 1
    stop = threading.Event()
    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: stop.set())
    thread = start(stop)
    print("ready", flush=True)
    # In short steps: on Windows a signal is not noticed during a wait without end.
    while thread.is_alive():
        thread.join(0.5)
    return 0


if __name__ == "__main__":
    sys.exit(main())
