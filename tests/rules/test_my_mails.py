"""届いたメール: a copy of every mail but codes, one's own only, and where it stands in plain words."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from cast_acts import person, sent

import clock
import models
from jobs import Postman
from models import MailState, OutboxMail
from outside.mail import Answer, Outcome
from rules.applications import my_mails
from rules.records import mail
from rules.records.access import Missing

HOLD = timedelta(seconds=30)


class Carrier:
    """A mail server of which the test says how it is."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.taken: list[str] = []

    def send(self, letter) -> Outcome:
        if self.answer is Answer.ACCEPTED:
            self.taken.append(letter.subject)
        return Outcome(self.answer, "" if self.answer is Answer.ACCEPTED else "x")


def deliver(carrier: Carrier, at: str) -> None:
    with clock.at(at):
        Postman(carrier, HOLD, threading.Event()).deliver_due()


def states(who, at: str) -> list[tuple[str, str]]:
    with clock.at(at):
        return [(row.where, row.what) for row in my_mails.find(person(who), 1).lines]


def test_every_mail_but_codes_newest_first(cast):
    with models.transaction():
        mail.queue("sign_up_code", to=cast.keiko.email, resident=cast.keiko, has_code=True, code="123456", minutes=30)
        mail.queue("registered", to=cast.keiko.email, resident=cast.keiko, name=cast.keiko.name)
    done = sent(cast.dogs, cast.keiko)
    found = my_mails.find(person(cast.keiko), 1)
    assert ["受付のお知らせ" in found.lines[0].subject, "利用者登録" in found.lines[1].subject] == [True, True]
    assert (len(found.lines), found.total) == (2, 2)
    read = my_mails.read(person(cast.keiko), found.lines[0].id)
    assert read.application == done.id and read.number.replace("-", "") == done.number
    assert "浜口 恵子 様" in read.body and read.to == cast.keiko.email


def test_ones_own_only(cast):
    """R-6.1: others', divisions' and codes are not there."""
    sent(cast.dogs, cast.keiko)
    with models.transaction():
        code = mail.queue(
            "sign_up_code", to=cast.keiko.email, resident=cast.keiko, has_code=True, code="123456", minutes=30
        )
    assert my_mails.find(person(cast.ken), 1).lines == []
    keys = [(row.id, cast.ken) for row in OutboxMail.select()] + [(code.id, cast.keiko), (9999, cast.keiko)]
    for key, who in keys:
        with pytest.raises(Missing):
            my_mails.read(person(who), key)


def test_a_server_down_for_a_day_loses_nothing(cast):
    """Issue 3, faults: the resident is told where the mail stands, and it goes out when the server is back."""
    sent(cast.dogs, cast.keiko)
    down = Carrier(Answer.UNREACHED)
    deliver(down, "2026-11-24T10:00:05")
    assert states(cast.keiko, "2026-11-24T10:05:00") == [("送信待ち", "まもなく送ります。")]
    for at in ("2026-11-24T10:02:00", "2026-11-24T12:00:00", "2026-11-24T20:00:00", "2026-11-25T09:00:00"):
        deliver(down, at)
    (word, sentence), *_ = states(cast.keiko, "2026-11-25T09:30:00")
    assert word == "送信待ち" and "メールの装置" in sentence
    with clock.at("2026-11-25T09:30:00"):
        assert my_mails.troubles(person(cast.keiko)) == (False, True)
    up = Carrier(Answer.ACCEPTED)
    deliver(up, "2026-11-25T16:00:00")
    assert len(up.taken) == OutboxMail.select().count()
    assert states(cast.keiko, "2026-11-25T16:01:00") == [("送信済み", "2026年11月25日（水）16時00分に送りました。")]
    with clock.at("2026-11-25T16:01:00"):
        assert my_mails.troubles(person(cast.keiko)) == (False, False)


def test_a_mail_that_could_not_be_sent_says_what_to_do(cast):
    sent(cast.dogs, cast.keiko)
    deliver(Carrier(Answer.PERMANENT), "2026-11-24T10:00:05")
    assert OutboxMail.get(OutboxMail.resident == cast.keiko).state == MailState.FAILED
    (word, sentence), *_ = states(cast.keiko, "2026-11-24T11:00:00")
    assert word == "送れませんでした" and "利用者情報の照会・変更" in sentence
    with clock.at("2026-11-30T11:00:00"):
        assert my_mails.troubles(person(cast.keiko)) == (True, False)
        assert my_mails.troubles(person(cast.ken)) == (False, False)
    with clock.at("2027-01-10T11:00:00"):
        assert my_mails.troubles(person(cast.keiko)) == (False, False)


def test_pages_of_twenty(cast):
    with models.transaction():
        for number in range(41):
            mail.queue("registered", to=cast.keiko.email, resident=cast.keiko, name=f"{number}")
    first, third = my_mails.find(person(cast.keiko), 1), my_mails.find(person(cast.keiko), 3)
    assert (len(first.lines), first.more, first.total_label) == (20, True, "41件のうち 1〜20件目")
    assert (len(third.lines), third.more, third.total_label) == (1, False, "41件のうち 41〜41件目")
    assert my_mails.find(person(cast.keiko), 4).lines == []
