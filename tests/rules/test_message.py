"""やりとり: who may write, until when, what is announced, and what waits."""

from __future__ import annotations

import pytest
from cast_acts import as_staff, person, sent, write
from visitor_acts import STRANGER, open_dogs, sent_openly

import clock
import models
from models import Application, AuditEntry, Message, OutboxMail, Status
from rules import Refusal
from rules.applications import digest, inbox, message
from rules.applications.inbox import Wanted
from rules.records import access


@pytest.fixture
def row(cast) -> Application:
    return sent(cast.dogs, cast.keiko)


def end(row: Application, status: Status = Status.COMPLETED) -> Application:
    with models.transaction():
        Application.update(status=status, status_at=clock.now()).where(Application.id == row.id).execute()
    return Application.get_by_id(row.id)


def mails(kind: str) -> list[OutboxMail]:
    return list(OutboxMail.select().where(OutboxMail.kind == kind))


def last() -> int:
    return Message.select().order_by(Message.id.desc()).get().id


def test_both_ways_with_mail(cast, row):
    """R-6.9 R-7.12: each is announced; neither mail tells the text or more than the name."""
    message.write(row, person(cast.keiko), "犬の名前は\r\nポチです。")
    message.answer(row, as_staff(cast.clerk), "わかりました。", last())
    assert [(m.actor, m.text) for m in Message.select().order_by(Message.id)] == [
        ("申請者", "犬の名前は\nポチです。"),
        ("住民生活課 三浦 直樹", "わかりました。"),
    ]
    (theirs,), (mine,) = mails("division_message"), mails("message")
    assert theirs.to_address == cast.dogs.division.email and mine.to_address == cast.keiko.email
    assert "浜口" not in theirs.body and "ポチ" not in theirs.body + mine.body and "わかりました" not in mine.body
    for mail in (theirs, mine):
        assert "犬の登録申請" in mail.body and numbers(row) in mail.body
    assert "住民生活課" in mine.body


def numbers(row: Application) -> str:
    return f"{row.number[:4]}-{row.number[4:8]}-{row.number[8:]}"


def test_the_resident_reads_no_names_of_staff(cast, row):
    message.answer(row, as_staff(cast.clerk), "お待ちください。", 0)
    (entry,) = message.for_resident(row)
    assert entry.who == "住民生活課" and cast.clerk.name not in repr(entry)
    assert message.for_staff(row)[0].who == "住民生活課 三浦 直樹"


@pytest.mark.parametrize(("notify", "at_once", "daily"), [("at_once", 1, 0), ("daily", 0, 1), ("never", 0, 0)])
def test_a_division_is_told_as_it_wants(cast, row, notify, at_once, daily):
    """R-7.12: a message alone is enough for the daily mail."""
    division = cast.dogs.division
    division.notify, division.digested_at = notify, clock.now()
    division.save()
    with clock.at("2026-11-24T15:00:00"):
        message.write(Application.get_by_id(row.id), person(cast.keiko), "いつごろですか。")
    with clock.at("2026-11-25T08:00:00"):
        digest.send_daily(clock.now())
    assert (len(mails("division_message")), len(mails("division_daily"))) == (at_once, daily)
    for mail in mails("division_daily"):
        assert "届いたメッセージ\n　1件" in mail.body


@pytest.mark.parametrize("text", ["", " 　\n", "\u200b"])
def test_an_empty_message(cast, row, text):
    for send in (
        lambda: message.write(row, person(cast.keiko), text),
        lambda: message.answer(row, as_staff(cast.clerk), text, 0),
    ):
        with pytest.raises(Refusal) as refusal:
            send()
        assert "q-text" in refusal.value.fields
    assert not Message.select().exists()


def test_two_thousand_characters_and_no_more(cast, row):
    message.write(row, person(cast.keiko), "あ" * 2000)
    with pytest.raises(Refusal) as refusal:
        message.write(row, person(cast.keiko), "い" * 2001)
    assert "2,001文字" in refusal.value.fields["q-text"]


def test_a_double_click_sends_once(cast, row):
    """The same text within a minute is the same press; later, or from the other side, it is another."""
    for _ in range(2):
        message.write(row, person(cast.keiko), "はい。")
    for _ in range(2):
        message.answer(row, as_staff(cast.clerk), "はい。", 0)
    assert (Message.select().count(), len(mails("division_message")), len(mails("message"))) == (2, 1, 1)
    with clock.at("2026-11-24T10:01:01"):
        message.answer(row, as_staff(cast.clerk), "はい。", 0)
    assert Message.select().count() == 3


def test_the_same_answer_to_another_question(cast, row):
    """R-6.9: nothing anybody wrote is dropped because it was said before; nor because the clock was put back."""
    message.write(row, person(cast.keiko), "はい")
    with clock.at("2026-11-24T10:00:20"):
        message.answer(row, as_staff(cast.clerk), "もう1つお尋ねします。", last())
    with clock.at("2026-11-24T10:00:40"):
        message.write(row, person(cast.keiko), "はい")
    assert [entry.text for entry in message.for_staff(row)] == ["はい", "もう1つお尋ねします。", "はい"]
    with clock.at("2026-11-24T09:30:00"):
        message.write(row, person(cast.keiko), "はい")
    assert Message.select().count() == 4


def test_twenty_a_day(cast, row):
    """R-6.9: the applicant's side has a limit; another day is another day, another application another."""
    for number in range(20):
        message.write(row, person(cast.keiko), f"{number}通目です。")
    with pytest.raises(Refusal) as refusal:
        message.write(row, person(cast.keiko), "まだあります。")
    assert "20件" in refusal.value.fields["q-text"]
    message.answer(row, as_staff(cast.clerk), "拝見しました。", last())
    message.write(sent(cast.dogs, cast.keiko), person(cast.keiko), "別の申請です。")
    with clock.at("2026-11-25T00:00:00"):
        message.write(row, person(cast.keiko), "まだあります。")


@pytest.mark.parametrize("status", [Status.REJECTED, Status.COMPLETED, Status.WITHDRAWN])
def test_ninety_days_after_the_end(cast, row, status):
    """R-6.9: to the end of the ninetieth day, in the town's calendar; staff may always write."""
    row = end(row, status)
    with clock.at("2027-02-22T23:59:59"):
        message.write(row, person(cast.keiko), "まだ届きません。")
    with clock.at("2027-02-23T00:00:00"):
        with pytest.raises(Refusal) as refusal:
            message.write(row, person(cast.keiko), "まだ届きません。")
        assert "電話" in refusal.value.message
        message.answer(row, as_staff(cast.clerk), "お送りしました。", 0)
    assert Message.select().count() == 2


def test_an_open_application_has_no_last_day(cast, row):
    for status in (Status.SUBMITTED, Status.IN_REVIEW, Status.RETURNED, Status.APPROVED):
        assert message.last_day(end(row, status)) is None


def test_not_on_a_draft(cast):
    written = write(cast.dogs, cast.keiko)
    with pytest.raises(Refusal):
        message.write(written, person(cast.keiko), "はい。")
    with pytest.raises(access.Missing):
        message.answer(written, as_staff(cast.clerk), "はい。", 0)


def test_what_waits_until_staff_deal_with_it(cast, row):
    """R-6.9: answered, or said to need no answer; what came after the page was drawn waits on."""
    me = as_staff(cast.clerk)
    message.write(row, person(cast.keiko), "一つ目")
    seen = last()
    message.write(row, person(cast.keiko), "二つ目")
    assert (inbox.counts(me)["message"], inbox.find(me, Wanted()).lines[0].message) == (1, True)
    message.answer(row, me, "一つ目について", seen)
    assert [m.handled_at is None for m in Message.select().where(Message.staff.is_null()).order_by(Message.id)] == [
        False,
        True,
    ]
    message.no_answer_needed(row, me, last())
    assert (inbox.counts(me)["message"], inbox.find(me, Wanted()).lines[0].message) == (0, False)
    message.no_answer_needed(row, me, last())
    acts = [entry.act for entry in AuditEntry.select().where(AuditEntry.application == row).order_by(AuditEntry.id)]
    assert acts == ["message_sent", "message_handled"]


def test_the_box_finds_ended_ones_too_and_nobody_elses(cast, row):
    """R-7.1 R-7.2: a message on a finished application waits like any other; other divisions have none of it."""
    message.write(end(row), person(cast.keiko), "まだ届きません。")
    sent(cast.dogs, cast.ken)
    me = as_staff(cast.clerk)
    assert [line.id for line in inbox.find(me, Wanted(message=True)).lines] == [row.id]
    assert inbox.find(me, Wanted(message=True, state=Status.SUBMITTED)).lines == []
    assert inbox.find(me, Wanted(message=True, assignee="mine")).lines == []
    assert inbox.find(me, Wanted(message=True, procedure=cast.dogs.id)).total == 1
    assert inbox.find(me, Wanted(message=True, words="浜口")).total == 1
    assert inbox.find(me, Wanted(message=True, words="山﨑")).total == 0
    for other in (cast.other_clerk, cast.foreign_clerk, cast.system):
        assert inbox.find(as_staff(other), Wanted(message=True)).lines == []
        assert inbox.counts(as_staff(other))["message"] == 0


def test_the_box_reads_only_what_waits(cast, row):
    """R-7.2: a million answered messages cost nothing."""
    message.write(row, person(cast.keiko), "一つ目")
    me = as_staff(cast.clerk)
    plan = inbox._plan(me, Wanted(message=True), sorted(access.own_divisions(me)))
    sql = inbox._COUNT.format(keys=plan.keys, match=plan.match, limit=1000)
    steps = [step[3] for step in models.database.execute_sql("EXPLAIN QUERY PLAN " + sql, plan.params)]
    assert any("message_waiting" in step for step in steps), steps
    assert not any(step.startswith(("SCAN x", "SCAN w")) for step in steps), steps


def test_without_an_account_there_is_no_mail(cast):
    """R-3.5."""
    row = sent_openly(open_dogs(cast))
    message.write(row, STRANGER, "いつごろですか。")
    message.answer(row, as_staff(cast.clerk), "来週です。", last())
    assert not mails("message") and len(mails("division_message")) == 1
    assert [entry.who for entry in message.for_resident(row)] == ["申請者", "住民生活課"]


def test_a_closed_account_gets_no_mail(cast, row):
    """R-1.10: the application stays with the town, the address does not."""
    cast.keiko.closed_at = clock.now()
    cast.keiko.save()
    message.answer(Application.get_by_id(row.id), as_staff(cast.clerk), "来週です。", 0)
    assert not mails("message")
