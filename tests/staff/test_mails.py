"""送信メール: its state is visible, its text only to those it concerns."""

from __future__ import annotations

import pytest
from cast_acts import sent

import models
from models import AuditEntry, MailState, OutboxMail
from rules.accounts import code
from rules.records import mail


@pytest.fixture
def received(cast) -> OutboxMail:
    """The receipt mail of an application of the clerk's division."""
    row = sent(cast.dogs, cast.keiko)
    return OutboxMail.get((OutboxMail.application == row) & (OutboxMail.kind == "received"))


def give_up(row: OutboxMail, error: str = "550 no such user") -> None:
    with models.transaction():
        OutboxMail.update(state=MailState.FAILED, attempts=3, last_error=error).where(OutboxMail.id == row.id).execute()


def test_states_are_listed_and_filtered(browser, cast, received):
    """R-7.10: queued, sent, failed."""
    clerk = browser(cast.clerk)
    page = clerk.visit("/staff/mails")
    assert page.html.h1.text == "送信メール"
    assert clerk.shows("送信待ち", "keiko@example.jp", received.subject)
    mail.mark_sent(received)
    assert "送信済み" in clerk.visit("/staff/mails?state=SENT").html.find("tbody").text
    assert received.subject not in clerk.visit("/staff/mails?state=FAILED").text


def test_a_failed_mail_is_shown_with_its_reason_and_sent_again(browser, cast, received):
    """R-7.10: a count in the header, the reason, 「もう一度送る」."""
    give_up(received)
    clerk = browser(cast.clerk)
    clerk.visit("/staff/mails?state=FAILED")
    assert clerk.shows("送れませんでした", "550 no such user", "3回", "失敗1")
    clerk.press("もう一度送る")
    row = OutboxMail.get_by_id(received.id)
    assert (row.state, row.attempts, row.message_id) == (MailState.QUEUED, 0, received.message_id)
    assert not clerk.shows("失敗1")
    entry = AuditEntry.get(AuditEntry.act == "mail_sent_again")
    assert (entry.staff_id, entry.application_id, entry.detail) == (cast.clerk.id, row.application_id, {"mail": row.id})


def test_a_second_press_is_refused_with_a_sentence(browser, cast, received):
    """R-7.10: what is not given up is not sent twice."""
    give_up(received)
    clerk = browser(cast.clerk)
    page = clerk.visit("/staff/mails")
    clerk.press("もう一度送る")
    clerk.page = page
    assert clerk.press("もう一度送る").status_int == 422
    assert clerk.shows("もう一度送れるのは、送れなかったメールだけです。")


def test_the_text_can_be_read_and_that_is_logged(browser, cast, received):
    """R-7.10, R-7.8."""
    clerk = browser(cast.clerk)
    clerk.visit(f"/staff/mails/{received.id}")
    assert clerk.shows("浜口 恵子 様", received.subject)
    assert AuditEntry.get(AuditEntry.act == "mail_viewed").application_id == received.application_id


@pytest.mark.parametrize("who", ["other_clerk", "foreign_clerk"])
def test_other_divisions_mails_are_not_there(browser, cast, received, who):
    """R-7.1, R-8.4: neither in the list nor by their address."""
    give_up(received)
    other = browser(getattr(cast, who))
    assert received.subject not in other.visit("/staff/mails").text
    assert other.get(f"/staff/mails/{received.id}").status_int == 404


def test_an_administrator_sees_the_towns(browser, cast, received):
    """R-7.1: the whole town, nothing of another."""
    with models.transaction():
        foreign = mail.queue("registered", to="x@example.jp", town=cast.other_town, name="夕田 花")
    chief = browser(cast.administrator)
    chief.visit("/staff/mails")
    assert chief.shows(received.subject) and not chief.shows("x@example.jp")
    assert chief.get(f"/staff/mails/{foreign.id}").status_int == 404


def test_system_administrators_see_states_only(browser, cast, received):
    """R-7.1: the state of every mail, no address, no subject, no text, no number."""
    give_up(received, "550 keiko@example.jp unknown")
    system = browser(cast.system)
    for path in ("/staff/mails", f"/staff/mails/{received.id}"):
        page = system.visit(path)
        assert "受付" in page.text and "送れませんでした" in page.text
        assert "keiko@example.jp" not in page.text and received.subject not in page.text
        assert "浜口" not in page.text and received.application.number[:4] + "-" not in page.text
    system.visit("/staff/mails")
    system.press("もう一度送る")
    assert OutboxMail.get_by_id(received.id).state == MailState.QUEUED


def test_codes_are_never_shown(browser, cast):
    """R-1.9, R-7.10: a mail with a code shows its state, never its text, and cannot be sent again."""
    code.send("sign_up", "0" * 64, "new@example.jp", kind="person", ip="192.0.2.9")
    row = OutboxMail.get(OutboxMail.has_code)
    digits = next(word for word in row.body.split() if word.isdecimal() and len(word) == 6)
    for who in (cast.administrator, cast.system):
        seen = browser(who)
        for path in ("/staff/mails", f"/staff/mails/{row.id}"):
            page = seen.get(path)
            assert digits not in page.text
    give_up(row)
    assert "もう一度送る" not in browser(cast.system).visit(f"/staff/mails/{row.id}").text


def test_pages(browser, cast, received):
    """R-7.10: pages of thirty, newest first."""
    with models.transaction():
        for number in range(31):
            mail.queue("registered", to=f"n{number}@example.jp", town=cast.town, name="だれか")
    chief = browser(cast.administrator)
    page = chief.visit("/staff/mails")
    assert "n30@example.jp" in page.text and "n0@example.jp" not in page.text
    page = page.click("次のページ")
    assert "n0@example.jp" in page.text and "前のページ" in page.text and "次のページ" not in page.text
