"""The table of moves: from where, to where, by whom, with which mail."""

from __future__ import annotations

import itertools

import pytest
from cast_acts import as_staff, send, sent

import clock
from models import Application, AuditEntry, OutboxMail, Role, Status
from rules import Refusal
from rules.applications import application
from rules.procedures import procedure
from rules.records import access

ACTS = {
    "start_review": lambda row, by: application.start_review(row, by, row.revision),
    "return_for_correction": lambda row, by: application.return_for_correction(
        row, by, row.revision, reason="理由", remarks={"dog_name": "読めません"}, until=clock.today()
    ),
    "end_return": lambda row, by: application.end_return(row, by, row.revision, reason="理由"),
    "approve": lambda row, by: application.approve(row, by, row.revision, remarks="備考"),
    "reject": lambda row, by: application.reject(row, by, row.revision, reason="理由"),
    "complete": lambda row, by: application.complete(row, by, row.revision),
    "withdraw": lambda row, by: application.withdraw_on_request(row, by, row.revision, reason="電話", asked="本人"),
    "reopen": lambda row, by: application.reopen(row, by, row.revision, reason="押し間違い"),
}
# The table of design.md, for a procedure with a decision that may be withdrawn while SUBMITTED or RETURNED.
ALLOWED = {
    "start_review": {"SUBMITTED": "IN_REVIEW"},
    "return_for_correction": {"SUBMITTED": "RETURNED", "IN_REVIEW": "RETURNED"},
    "end_return": {"RETURNED": "IN_REVIEW"},
    "approve": {"IN_REVIEW": "APPROVED"},
    "reject": {"IN_REVIEW": "REJECTED"},
    "complete": {"APPROVED": "COMPLETED"},
    "withdraw": {"SUBMITTED": "WITHDRAWN", "RETURNED": "WITHDRAWN"},
    "reopen": {"APPROVED": "IN_REVIEW", "REJECTED": "IN_REVIEW", "COMPLETED": "IN_REVIEW"},
}
SENT = [status for status in Status if status != Status.DRAFT]


def in_state(cast, status: Status) -> Application:
    row = sent(cast.dogs, cast.keiko)
    Application.update(status=status).where(Application.id == row.id).execute()
    return Application.get_by_id(row.id)


@pytest.mark.parametrize(("act", "status"), list(itertools.product(ACTS, SENT)))
def test_every_move_from_every_state(cast, act, status):
    """R-7.3: what the table does not name is refused and changes nothing."""
    row = in_state(cast, status)
    by = as_staff(cast.administrator)
    target = ALLOWED[act].get(status)
    if target is None:
        with pytest.raises(Refusal):
            ACTS[act](row, by)
        assert Application.get_by_id(row.id).status == status
    else:
        ACTS[act](row, by)
        after = Application.get_by_id(row.id)
        assert after.status == target
        assert after.events.where(application.history.ApplicationEvent.status_after == target).exists()
        assert AuditEntry.select().where(AuditEntry.application == row).exists()


@pytest.mark.parametrize("act", ACTS)
def test_roles(cast, act):
    """R-7.1: reopening is the administrator's; a system administrator moves nothing."""
    status = next(iter(ALLOWED[act]))
    for who in (cast.clerk, cast.system):
        row = in_state(cast, Status(status))
        allowed = who.role == Role.CLERK and act != "reopen"
        if allowed:
            ACTS[act](row, as_staff(who))
        else:
            with pytest.raises(access.Missing):
                ACTS[act](row, as_staff(who))


def test_two_clerks_never_overwrite_each_other(cast):
    """R-7.3"""
    row = sent(cast.dogs, cast.keiko)
    mine, theirs = Application.get_by_id(row.id), Application.get_by_id(row.id)
    application.start_review(mine, as_staff(cast.clerk), mine.revision)
    with pytest.raises(Refusal) as refusal:
        application.return_for_correction(
            theirs, as_staff(cast.administrator), theirs.revision, reason="理由", remarks={}, until=clock.today()
        )
    assert cast.clerk.name in refusal.value.message
    assert Application.get_by_id(row.id).status == Status.IN_REVIEW


@pytest.mark.parametrize(
    ("act", "kind"),
    [
        ("return_for_correction", "returned"),
        ("approve", "approved"),
        ("reject", "rejected"),
        ("reopen", "reopened"),
        ("withdraw", "withdrawn"),
        ("end_return", "return_ended"),
    ],
)
def test_the_applicant_is_told(cast, act, kind):
    """R-6.4: with procedure, number, division; no personal detail beyond the name."""
    row = in_state(cast, Status(next(iter(ALLOWED[act]))))
    ACTS[act](row, as_staff(cast.administrator))
    mail = OutboxMail.get(OutboxMail.kind == kind)
    assert mail.to_address == cast.keiko.email
    assert application.letters.numbering.grouped(row.number) in mail.body
    assert "犬の登録申請" in mail.subject
    for secret in (cast.keiko.telephone, cast.keiko.address, "ポチ"):
        assert secret not in mail.body


def test_a_rejection_carries_reason_and_the_way_to_appeal(cast):
    row = in_state(cast, Status.IN_REVIEW)
    application.reject(row, as_staff(cast.clerk), row.revision, reason="町外で飼われている犬のため。")
    body = OutboxMail.get(OutboxMail.kind == "rejected").body
    assert "町外で飼われている犬のため。" in body
    assert "審査請求" in body


@pytest.mark.parametrize("act", ["return_for_correction", "reject", "end_return", "withdraw", "reopen"])
def test_a_reason_is_required(cast, act):
    row = in_state(cast, Status(next(iter(ALLOWED[act]))))
    calls = {
        "return_for_correction": lambda: application.return_for_correction(
            row, as_staff(cast.administrator), row.revision, reason=" ", remarks={}, until=clock.today()
        ),
        "reject": lambda: application.reject(row, as_staff(cast.administrator), row.revision, reason=""),
        "end_return": lambda: application.end_return(row, as_staff(cast.administrator), row.revision, reason="　"),
        "withdraw": lambda: application.withdraw_on_request(
            row, as_staff(cast.administrator), row.revision, reason="", asked="電話で本人から"
        ),
        "reopen": lambda: application.reopen(row, as_staff(cast.administrator), row.revision, reason=""),
    }
    with pytest.raises(Refusal) as refusal:
        calls[act]()
    assert "q-reason" in refusal.value.fields


def test_without_decision_review_ends_in_complete(cast):
    """R-7.3: 届出 are completed straight from review, and never approved or rejected."""
    notice = procedure.load(cast.town, dict(procedure.published(cast.dogs)[1], id="notice", decision=False))
    row = sent(notice, cast.keiko)
    application.start_review(row, as_staff(cast.clerk), row.revision)
    assert "complete" in application.possible_for(as_staff(cast.clerk), row)
    assert "approve" not in application.possible_for(as_staff(cast.clerk), row)
    application.complete(row, as_staff(cast.clerk), row.revision)
    assert Application.get_by_id(row.id).status == Status.COMPLETED


def test_processing_time_stands_still_while_returned(cast):
    """R-7.2: five business days, two used before the return, three left after it."""
    clerk = as_staff(cast.clerk)
    with clock.at("2026-11-24T10:00:00"):
        row = sent(cast.dogs, cast.keiko)
        assert row.due_on.isoformat() == "2026-12-01"
    with clock.at("2026-11-26T10:00:00"):
        application.return_for_correction(row, clerk, row.revision, reason="確認", remarks={}, until=clock.today())
        assert Application.get_by_id(row.id).due_on is None
    with clock.at("2026-12-07T10:00:00"):
        row = Application.get_by_id(row.id)
        application.end_return(row, clerk, row.revision, reason="返事がないため")
        assert Application.get_by_id(row.id).due_on.isoformat() == "2026-12-10"


def test_transfer_changes_hands_and_keeps_the_state(cast):
    """R-7.3: afterwards the old division no longer sees it, the new one does."""
    row = sent(cast.dogs, cast.keiko)
    target = cast.other_clerk.memberships.get().division
    application.transfer(row, as_staff(cast.clerk), row.revision, division=target.id, reason="税の件のため")
    assert Application.get_by_id(row.id).status == Status.SUBMITTED
    assert access.division_application(as_staff(cast.other_clerk), row.id)
    with pytest.raises(access.Missing):
        access.division_application(as_staff(cast.clerk), row.id)


def test_transfer_stays_in_the_town(cast):
    row = sent(cast.dogs, cast.keiko)
    foreign = cast.foreign_clerk.memberships.get().division
    with pytest.raises(Refusal):
        application.transfer(row, as_staff(cast.clerk), row.revision, division=foreign.id, reason="x")


def test_who_sees_what(cast):
    """R-7.1 R-8.4: own divisions and below, own town, never a draft."""
    row = sent(cast.dogs, cast.keiko)
    assert access.division_application(as_staff(cast.clerk), row.id)
    assert access.division_application(as_staff(cast.administrator), row.id)
    for stranger in (cast.other_clerk, cast.foreign_clerk, cast.system):
        with pytest.raises(access.Missing):
            access.division_application(as_staff(stranger), row.id)


def test_a_clerk_of_the_division_above_sees_it_too(cast):
    row = sent(cast.dogs, cast.keiko)
    membership = cast.other_clerk.memberships.get()
    membership.division = row.division.parent
    membership.save()
    assert access.division_application(as_staff(cast.other_clerk), row.id)


def test_a_return_after_the_due_date_can_be_answered(cast):
    """R-7.2: overdue stays overdue by as many business days."""
    clerk = as_staff(cast.clerk)
    with clock.at("2026-11-24T10:00:00"):
        row = sent(cast.dogs, cast.keiko)
    with clock.at("2026-12-03T10:00:00"):  # two business days after the 1st
        application.return_for_correction(row, clerk, row.revision, reason="確認", remarks={}, until=clock.today())
    with clock.at("2026-12-10T10:00:00"):
        row = Application.get_by_id(row.id)
        application.end_return(row, clerk, row.revision, reason="返事がないため")
        assert Application.get_by_id(row.id).due_on.isoformat() == "2026-12-08"


def test_what_was_taken_up_by_ending_a_return_goes_back_to_review(cast):
    """design.md: a correction goes to IN_REVIEW if the application was taken up before."""
    clerk = as_staff(cast.clerk)
    row = sent(cast.dogs, cast.keiko)
    application.return_for_correction(row, clerk, row.revision, reason="1", remarks={}, until=clock.today())
    application.end_return(row, clerk, row.revision, reason="電話で")
    application.return_for_correction(row, clerk, row.revision, reason="2", remarks={}, until=clock.today())
    assert send(row, cast.keiko).status == Status.IN_REVIEW


def test_reopening_takes_the_only_place_again(cast):
    """R-3.8: after a rejection somebody may apply anew; then the rejection cannot be taken back."""
    once = procedure.load(cast.town, dict(procedure.published(cast.dogs)[1], id="once", once=True))
    chief = as_staff(cast.administrator)
    first = sent(once, cast.keiko)
    application.start_review(first, chief, first.revision)
    application.reject(first, chief, first.revision, reason="x")
    application.reopen(first, chief, first.revision, reason="押し間違い")
    with pytest.raises(Refusal):
        sent(once, cast.keiko)
    application.reject(first, chief, first.revision, reason="x")
    sent(once, cast.keiko)
    with pytest.raises(Refusal):
        application.reopen(first, chief, first.revision, reason="押し間違い")


def test_a_transfer_is_signed_by_who_gave_it_away(cast):
    row = sent(cast.dogs, cast.keiko)
    target = cast.other_clerk.memberships.get().division
    application.transfer(row, as_staff(cast.clerk), row.revision, division=target.id, reason="税の件のため")
    event = row.events.order_by(application.history.ApplicationEvent.id.desc()).get()
    assert event.actor.startswith("住民生活課")
    assert "住民生活課から税務課へ" in event.text


def test_a_finished_application_gets_no_assignee(cast):
    row = in_state(cast, Status.WITHDRAWN)
    with pytest.raises(Refusal):
        application.assign(row, as_staff(cast.clerk), row.revision, assignee=cast.clerk.id)
