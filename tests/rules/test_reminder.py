"""The reminder of a saved application: once for each last day, whatever the jobs and the clock do."""

from __future__ import annotations

import pytest
from cast_acts import attach, person, sent, write

import clock
import models
from models import Application, OutboxMail, Procedure, Resident
from rules.applications import draft, draft_term, reminder
from rules.records.access import Person

# Saved on 24 November: the last day is 24 December.
SAVED = "2026-11-24T10:00:00"


def remind(at: str) -> int:
    with clock.at(at):
        return reminder.remind(clock.now())


@pytest.mark.parametrize(
    ("at", "made"),
    [
        ("2026-12-20T19:59:59", 0),
        ("2026-12-21T07:59:59", 0),
        ("2026-12-21T08:00:00", 1),
        ("2026-12-21T19:59:59", 1),
        ("2026-12-21T20:00:00", 0),
        ("2026-12-24T19:00:00", 1),
        ("2026-12-25T08:00:00", 0),
    ],
)
def test_three_days_before_by_daylight(cast, at, made):
    """R-3.3: a job that did not run in time sends it late, while the draft lives."""
    write(cast.dogs, cast.keiko)
    assert remind(at) == made
    assert OutboxMail.select().count() == made


def test_what_the_mail_says(cast):
    """R-3.3: the procedure, that it is not sent, until when, and the way there; nothing of what was typed."""
    written = write(cast.dogs, cast.keiko)
    attach(written)
    remind("2026-12-21T09:00:00")
    mail = OutboxMail.get()
    assert (mail.to_address, mail.resident_id, mail.application_id) == (cast.keiko.email, cast.keiko.id, None)
    assert "犬の登録申請" in mail.subject
    for words in (
        "犬の登録申請",
        "まだ申請されていません",
        "12月24日（木）の終わりまで",
        "保存した手続き一覧",
        "浜口 恵子",
    ):
        assert words in mail.body, words
    for words in ("ポチ", "0999-00-1322", "注射済証", cast.keiko.address):
        assert words not in mail.body, words


def test_once_and_again_only_after_another_save(cast):
    """R-3.3: saving moves the last day on, and its reminder with it."""
    written = write(cast.dogs, cast.keiko)
    assert [remind(f"2026-12-{day}T09:00:00") for day in (21, 21, 22, 23, 24)] == [1, 0, 0, 0, 0]
    with clock.at("2026-12-24T12:00:00"):
        draft.save_page(written, draft.document(written)["form"]["pages"][0], {"telephone": "0999-00-0001"})
    assert [remind(at) for at in ("2026-12-24T13:00:00", "2027-01-20T09:00:00", "2027-01-21T09:00:00")] == [0, 0, 1]


def test_two_processes_send_one(cast, monkeypatch):
    """House rule 12: both saw it waiting; the row says who was first."""
    write(cast.dogs, cast.keiko)
    again = {"once": True}
    honest = reminder._remind

    def while_another_works(row):
        if again.pop("once", False):
            reminder.remind(clock.now())
        return honest(row)

    monkeypatch.setattr(reminder, "_remind", while_another_works)
    assert remind("2026-12-21T09:00:00") == 0
    assert OutboxMail.select().count() == 1


def test_a_mail_that_cannot_be_queued_leaves_the_draft_unreminded(cast, monkeypatch):
    write(cast.dogs, cast.keiko)

    def broken(*_args, **_fields):
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(reminder.mail, "queue", broken)
        with pytest.raises(OSError, match="disk full"):
            remind("2026-12-21T09:00:00")
    assert Application.get().reminded_for is None
    assert remind("2026-12-21T09:10:00") == 1


def test_nobody_else_is_written_to(cast):
    """Not who has sent, has no account, or has left; and not before its time."""
    sent(cast.dogs, cast.ken)
    bulky = Procedure.get(Procedure.slug == "bulky-waste")
    draft.start(bulky, Person(None, "v" * 64))
    write(cast.dogs, cast.keiko)
    with models.transaction():
        Resident.update(closed_at=clock.now()).execute()
        OutboxMail.delete().execute()
    assert remind("2026-12-22T09:00:00") == 0


def test_a_clock_put_back_reminds_once(cast):
    """Issue 3, faults."""
    write(cast.dogs, cast.keiko)
    assert remind("2026-12-21T09:00:00") == 1
    assert remind("2026-12-10T09:00:00") == 0
    assert remind("2026-12-21T09:00:00") == 0


def test_a_reminded_draft_can_be_discarded_and_expires(cast):
    """The mail stays in 届いたメール, the draft goes."""
    written, other = write(cast.dogs, cast.keiko), write(cast.dogs, cast.keiko)
    assert remind("2026-12-21T09:00:00") == 2
    draft.discard(written)
    with clock.at("2026-12-26T00:00:00"):
        assert draft.expire_drafts(clock.now()) == 1
    assert not Application.select().where(Application.id == other.id).exists()
    assert OutboxMail.select().count() == 2
    assert draft_term.last_day(other).isoformat() == "2026-12-24"
    assert person(cast.keiko).resident == OutboxMail.get().resident_id
