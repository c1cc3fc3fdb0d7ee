"""取下げ by the applicant: from where, what it ends, and who else may be moving the application."""

from __future__ import annotations

import threading

import pytest
from cast_acts import as_staff, person, sent
from visitor_acts import STRANGER, give_back, open_dogs, sent_openly

import models
from models import Application, ApplicationEvent, AuditEntry, Correction, OutboxMail, Status
from rules import Refusal
from rules.applications import application
from rules.procedures import procedure
from rules.records import access


@pytest.fixture
def row(cast) -> Application:
    return sent(cast.dogs, cast.keiko)


def fresh(row: Application) -> Application:
    return Application.get_by_id(row.id)


def put(row: Application, status: Status) -> Application:
    with models.transaction():
        Application.update(status=status).where(Application.id == row.id).execute()
    return fresh(row)


def test_what_a_withdrawal_does(cast, row):
    """R-6.3 R-7.12: state, event with the reason, both mails, the only place is free again; staff did nothing."""
    application.withdraw(row, person(cast.keiko), reason="犬をゆずったため")
    after = fresh(row)
    assert (after.status, after.due_on, after.days_left, after.once_key) == (Status.WITHDRAWN, None, None, None)
    event = ApplicationEvent.get(ApplicationEvent.name == "withdrawn")
    assert (event.resident_id, event.staff_id, event.actor) == (cast.keiko.id, None, "申請者")
    assert (event.status_before, event.text) == (Status.SUBMITTED, "犬をゆずったため")
    mine, theirs = OutboxMail.get(kind="withdrawn"), OutboxMail.get(kind="division_withdrawn")
    assert mine.to_address == cast.keiko.email and "犬をゆずったため" in mine.body
    assert theirs.to_address == cast.dogs.division.email and "浜口" not in theirs.body
    assert not AuditEntry.select().where(AuditEntry.act == "application_moved").exists()


@pytest.mark.parametrize("status", [s for s in Status if s != Status.DRAFT])
def test_only_from_the_states_the_procedure_names(cast, row, status):
    """R-6.3: dogs may be withdrawn while 受付済み or 差戻し; refused, it stays as it was."""
    row = put(row, status)
    if status in (Status.SUBMITTED, Status.RETURNED, Status.WITHDRAWN):
        application.withdraw(row, person(cast.keiko), reason="x")
        assert fresh(row).status == Status.WITHDRAWN
    else:
        with pytest.raises(Refusal):
            application.withdraw(row, person(cast.keiko), reason="x")
        assert fresh(row).status == status


def test_a_procedure_that_allows_none(cast):
    """R-6.3."""
    strict = procedure.load(cast.town, dict(procedure.published(cast.dogs)[1], id="strict", withdrawal=[]))
    row = sent(strict, cast.keiko)
    with pytest.raises(Refusal) as refusal:
        application.withdraw(row, person(cast.keiko), reason="x")
    assert "電話" in refusal.value.message


@pytest.mark.parametrize("reason", ["", " 　\n"])
def test_a_reason_is_asked_for(cast, row, reason):
    with pytest.raises(Refusal) as refusal:
        application.withdraw(row, person(cast.keiko), reason=reason)
    assert "q-reason" in refusal.value.fields
    assert fresh(row).status == Status.SUBMITTED


def test_who_asked_staff_for_it_is_needed_too(cast, row):
    """R-7.3: refused, it stays as it was; noted, it is for staff alone."""
    clerk = as_staff(cast.clerk)
    with pytest.raises(Refusal) as refusal:
        application.withdraw_on_request(row, clerk, row.revision, reason="x", asked=" ")
    assert "q-asked" in refusal.value.fields and fresh(row).status == Status.SUBMITTED
    application.withdraw_on_request(row, clerk, row.revision, reason="x", asked="電話で本人から")
    assert [note.text for note in fresh(row).notes] == ["取下げの申し出：電話で本人から"]
    assert "電話で本人から" not in OutboxMail.get(kind="withdrawn").body
    assert "電話で本人から" not in ApplicationEvent.get(ApplicationEvent.name == "withdrawn").text


def test_a_second_press_changes_nothing(cast, row):
    """A double click withdraws once, and neither half is told off."""
    application.withdraw(row, person(cast.keiko), reason="x")
    application.withdraw(row, person(cast.keiko), reason="x")
    assert ApplicationEvent.select().where(ApplicationEvent.name == "withdrawn").count() == 1
    assert OutboxMail.select().where(OutboxMail.kind == "withdrawn").count() == 1


def test_another_person_cannot(cast, row):
    for other in (person(cast.ken), STRANGER, access.Person(None, "")):
        with pytest.raises(access.Missing):
            application.withdraw(row, other, reason="x")
    assert fresh(row).status == Status.SUBMITTED


def test_staff_decided_meanwhile(cast, row):
    """R-6.3 R-7.3: the page is old, the application is not; no name of staff is told."""
    seen = fresh(row)
    clerk = as_staff(cast.clerk)
    application.start_review(row, clerk, row.revision)
    application.approve(row, clerk, row.revision)
    with pytest.raises(Refusal) as refusal:
        application.withdraw(seen, person(cast.keiko), reason="x")
    assert cast.clerk.name not in refusal.value.message
    assert fresh(row).status == Status.APPROVED
    assert not OutboxMail.select().where(OutboxMail.kind == "withdrawn").exists()


def test_an_assignment_meanwhile_is_no_obstacle(cast, row):
    """Staff only noted who deals with it: the resident need not press again."""
    seen = fresh(row)
    application.assign(row, as_staff(cast.clerk), row.revision, assignee=cast.clerk.id)
    application.withdraw(seen, person(cast.keiko), reason="x")
    assert fresh(row).status == Status.WITHDRAWN


@pytest.mark.parametrize("by_staff", [False, True])
def test_an_open_return_ends(cast, row, by_staff):
    """R-6.2: what was asked for is asked for no more."""
    row = give_back(row, cast)
    if by_staff:
        application.withdraw_on_request(row, as_staff(cast.clerk), row.revision, reason="電話", asked="電話で本人から")
    else:
        application.withdraw(row, person(cast.keiko), reason="x")
    assert Correction.get().ended_at is not None
    assert (fresh(row).days_left, fresh(row).due_on) == (None, None)


@pytest.fixture
def told():
    """What is beside an application, in a module of a later issue."""
    seen: list[tuple[int, str]] = []
    tell = application.when_withdrawn(lambda row: seen.append((row.id, row.status)))
    yield seen
    application._told_of_withdrawal.remove(tell)


def test_what_stands_beside_is_told(cast, row, told):
    """R-6.3: a waiting payment or a visit hears of it, whoever withdrew, in the same transaction."""
    other = sent(cast.dogs, cast.keiko)
    application.withdraw(row, person(cast.keiko), reason="x")
    application.withdraw_on_request(other, as_staff(cast.clerk), other.revision, reason="x", asked="電話で本人から")
    assert told == [(row.id, Status.WITHDRAWN), (other.id, Status.WITHDRAWN)]


def test_what_stands_beside_can_refuse(cast, row):
    def refuse(_row: Application) -> None:
        assert models.database.in_transaction()
        raise Refusal("もう納めてあります。")

    tell = application.when_withdrawn(refuse)
    try:
        with pytest.raises(Refusal):
            application.withdraw(row, person(cast.keiko), reason="x")
    finally:
        application._told_of_withdrawal.remove(tell)
    assert fresh(row).status == Status.SUBMITTED
    assert not OutboxMail.select().where(OutboxMail.kind == "withdrawn").exists()


def test_without_an_account_nobody_is_mailed_but_the_division(cast):
    """R-3.5 R-6.3."""
    row = sent_openly(open_dogs(cast))
    application.withdraw(row, STRANGER, reason="x")
    assert fresh(row).status == Status.WITHDRAWN
    assert [mail.kind for mail in OutboxMail.select().order_by(OutboxMail.id)][-1] == "division_withdrawn"
    assert not OutboxMail.select().where(OutboxMail.kind == "withdrawn").exists()


def test_a_resident_and_two_clerks_at_once(cast, row):
    """R-7.3: one of the three moves it; the others are told, and there is one event and one state."""
    clerk, chief = as_staff(cast.clerk), as_staff(cast.administrator)
    until = row.submitted_at.date()
    acts = [
        lambda mine: application.withdraw(mine, person(cast.keiko), reason="x"),
        lambda mine: application.start_review(mine, clerk, mine.revision),
        lambda mine: application.return_for_correction(mine, chief, mine.revision, reason="x", remarks={}, until=until),
    ]
    start, outcomes = threading.Barrier(len(acts)), []

    def run(act) -> None:
        models.connect()
        mine = fresh(row)
        start.wait()
        try:
            act(mine)
            outcomes.append("done")
        except Refusal:
            outcomes.append("refused")
        finally:
            models.database.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    events = [event.name for event in ApplicationEvent.select().order_by(ApplicationEvent.id)][1:]
    assert sorted(outcomes)[0] == "done" and len(events) == outcomes.count("done")
    # 差戻し may still be withdrawn; in every other order the second is refused.
    assert events in (["withdrawn"], ["review_started"], ["returned"], ["returned", "withdrawn"])
