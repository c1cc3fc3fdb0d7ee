"""Mail over SMTP: real conversations on this machine, with servers that refuse, hang and die."""

from __future__ import annotations

import asyncio
import email
import email.policy
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

import clock
import config
from jobs import Postman
from models import MailState, OutboxMail, transaction
from outside.mail import Answer, Letter, SmtpTransport
from rules.records import mail

SENDER = "青空町役場 <noreply@aozora.example.jp>"
NOON = "2026-11-24T12:00:00"


class Server:
    """A mail server that does what the plan says, conversation by conversation, and then behaves."""

    def __init__(self, *plan: str) -> None:
        self.plan = list(plan)
        self.taken: list[email.message.EmailMessage] = []
        self.recipients: list[str] = []
        self.options: list[str] = []
        self.extensions = True

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, name: str, lines: list[str]) -> list[str]:
        session.host_name = name
        return lines if self.extensions else [line for line in lines if "8BITMIME" not in line]

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if self.plan and self.plan[0].startswith("MAIL "):
            return self.plan.pop(0)[5:]
        envelope.mail_from = address
        self.options = options
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if self.plan and self.plan[0].startswith("RCPT "):
            return self.plan.pop(0)[5:]
        if self.plan and self.plan[0] == "die early":
            self.plan.pop(0)
            server.transport.abort()
        envelope.rcpt_tos.append(address)
        self.recipients.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        step = self.plan.pop(0) if self.plan else "250 OK"
        if step.startswith(("4", "5")):
            return step
        # From here on the server has the mail, whatever it manages to say about it.
        self.taken.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        if step == "hang":
            await asyncio.sleep(30)
        if step == "die before the answer":
            server.transport.abort()
        if step in ("die in the answer", "die after the answer"):
            server.transport.write(b"250-Que" if step == "die in the answer" else b"250 OK\r\n")
            server.transport.close()
        return "250 OK"


@contextmanager
def serving(server: Server, **options: Any) -> Iterator[int]:
    """The server at a port of its own."""
    port = free_port()
    controller = Controller(server, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def settings(port: int, **changes: Any) -> config.MailSettings:
    return config.MailSettings("smtp", SENDER, **({"host": "127.0.0.1", "port": port, "timeout": 5} | changes))


def letter(**changes: str) -> Letter:
    values = {
        "to": "hanako@example.jp",
        "subject": "【青空町】犬の登録申請 受付のお知らせ 1234-5678-9012 を受け付けました",
        "body": "𠮷田 﨑子 様\n\n.\n..\nFrom 役場\n神のままです。\n",
        "message_id": "<0123456789abcdef@madoguchi.example.jp>",
    }
    return Letter(**(values | changes), date=clock.now())


@pytest.fixture
def wording(tmp_path, monkeypatch):
    (tmp_path / "note.txt").write_text("Subject: {name} 様\n\n{name} 様\n", encoding="utf-8")
    monkeypatch.setattr(mail, "WORDING", tmp_path)
    mail._wording.cache_clear()
    yield
    mail._wording.cache_clear()


def queue(name: str = "佐藤 花子") -> OutboxMail:
    with clock.at(NOON), transaction():
        return mail.queue("note", to="hanako@example.jp", name=name)


def deliver(port: int, at: str = NOON, **changes: Any) -> str | None:
    """One round of the sender, as at an instant."""
    carrier = SmtpTransport(settings(port, **changes))
    with clock.at(at):
        return Postman(carrier, timedelta(seconds=30), threading.Event()).deliver_due()


def state(row: OutboxMail) -> MailState:
    return MailState(OutboxMail.get_by_id(row.id).state)


# ---------------------------------------------------------------- one conversation


@pytest.mark.parametrize("extensions", [True, False])
def test_japanese_arrives_as_it_was_written(extensions):
    """R-3.4: with 8BITMIME or without."""
    server, sent = Server(), letter()
    server.extensions = extensions
    with serving(server) as port:
        assert SmtpTransport(settings(port)).send(sent).answer is Answer.ACCEPTED
    (message,) = server.taken
    assert server.recipients == ["hanako@example.jp"]
    assert message["subject"] == sent.subject and message["from"] == SENDER
    assert message["message-id"] == sent.message_id and message["auto-submitted"] == "auto-generated"
    assert message.get_content().replace("\r\n", "\n") == sent.body
    assert message["content-transfer-encoding"] == ("8bit" if extensions else "base64")
    assert server.options == (["BODY=8BITMIME"] if extensions else [])


def test_a_line_too_long_for_smtp_goes_in_another_coding():
    server, sent = Server(), letter(body="https://madoguchi.example.jp/" + "a" * 2000 + "\n")
    with serving(server) as port:
        assert SmtpTransport(settings(port)).send(sent).answer is Answer.ACCEPTED
    assert server.taken[0].get_content().replace("\r\n", "\n") == sent.body


@pytest.mark.parametrize(
    ("step", "answer"),
    [
        ("RCPT 450 mailbox busy", Answer.TEMPORARY),
        ("RCPT 550 no such user", Answer.PERMANENT),
        ("451 try later", Answer.TEMPORARY),
        ("554 we do not want this", Answer.PERMANENT),
        # A server that does not like us says nothing about the mail.
        ("MAIL 550 sender not allowed", Answer.UNREACHED),
        ("die early", Answer.UNREACHED),
        ("die before the answer", Answer.LOST),
        ("die in the answer", Answer.LOST),
        ("die after the answer", Answer.ACCEPTED),
    ],
)
def test_every_answer_is_told_apart(step, answer):
    with serving(Server(step)) as port:
        outcome = SmtpTransport(settings(port)).send(letter())
    assert outcome.answer is answer
    assert (outcome.detail == "") == (answer is Answer.ACCEPTED)
    if step[-4:] in ("busy", "user", "ater", "this"):
        assert step.removeprefix("RCPT ") in outcome.detail


def test_nobody_at_the_door():
    outcome = SmtpTransport(settings(free_port())).send(letter())
    assert outcome.answer is Answer.UNREACHED and "つながりません" in outcome.detail


def test_a_server_that_hangs_is_left():
    with serving(Server("hang")) as port:
        started = time.monotonic()
        assert SmtpTransport(settings(port, timeout=1)).send(letter()).answer is Answer.LOST
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("greeting", [b"", b"220 hello\r\n"])
def test_a_server_that_drips_is_left_too(greeting):
    """A byte now and then keeps smtplib's own timeout from ever ending; the deadline is for the whole."""
    with dripping(greeting) as port:
        started = time.monotonic()
        assert SmtpTransport(settings(port, timeout=1)).send(letter()).answer is Answer.UNREACHED
    assert time.monotonic() - started < 4


@contextmanager
def dripping(greeting: bytes) -> Iterator[int]:
    done = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        guest, _ = listener.accept()
        with guest:
            guest.sendall(greeting)
            try:
                while not done.wait(0.2):
                    guest.sendall(b"2")
            except OSError:
                return

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        done.set()
        listener.close()
        thread.join()


# ---------------------------------------------------------------- passwords and TLS


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_a_wrong_password_loses_no_mail(wording):
    def check(*arguments: Any) -> AuthResult:
        login = arguments[-1]
        return AuthResult(success=(login.login, login.password) == (b"town", b"right"), handled=False)

    row, server = queue(), Server()
    with serving(server, authenticator=check, auth_require_tls=False, auth_required=True) as port:
        assert "535" in str(deliver(port, user="town", password="wrong"))
        assert state(row) == MailState.QUEUED and server.taken == []
        deliver(port, "2026-11-24T12:01:00", user="town", password="right")
    assert state(row) == MailState.SENT


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """(for the server, for the client): a certificate for 127.0.0.1 that only this test trusts."""
    if not shutil.which("openssl"):
        pytest.skip("needs the openssl command")
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test"]
        + ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(cert)],
        check=True,
        capture_output=True,
    )
    serving_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving_side.load_cert_chain(cert, key)
    return serving_side, ssl.create_default_context(cafile=str(cert))


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_encrypted(certificate, security):
    ours, theirs = certificate
    options = {"ssl_context": ours} if security == "tls" else {"tls_context": ours, "require_starttls": True}
    server = Server()
    with serving(server, **options) as port:
        trusting = SmtpTransport(settings(port, security=security), theirs)
        assert trusting.send(letter()).answer is Answer.ACCEPTED
        # A certificate nobody vouches for is not spoken to.
        assert SmtpTransport(settings(port, security=security)).send(letter()).answer is Answer.UNREACHED
    assert len(server.taken) == 1


def test_starttls_that_is_not_offered_is_not_done_without():
    server = Server()
    with serving(server) as port:
        outcome = SmtpTransport(settings(port, security="starttls")).send(letter())
    assert outcome.answer is Answer.UNREACHED and server.taken == []


# ---------------------------------------------------------------- with the outbox


def test_delivered_is_delivered_once(wording):
    rows, server = [queue(str(n)) for n in range(3)], Server()
    with serving(server) as port:
        assert deliver(port) == ""
        assert deliver(port, "2026-11-25T12:00:00") is None
    assert sorted(message["message-id"] for message in server.taken) == sorted(row.message_id for row in rows)
    assert [state(row) for row in rows] == [MailState.SENT] * 3


@pytest.mark.parametrize(
    ("step", "copies"),
    [
        ("RCPT 450 busy", 1),
        ("451 later", 1),
        ("MAIL 421 closing", 1),
        ("die early", 1),
        ("die before the answer", 2),
        ("die in the answer", 2),
        # The 250 was seen: never again.
        ("die after the answer", 1),
    ],
)
def test_nothing_is_lost_and_repeats_are_recognised(wording, step, copies):
    """R-3.4: what was not surely taken goes again, as the same mail."""
    row, server = queue(), Server(step)
    with serving(server) as port:
        deliver(port)
        expected = MailState.SENT if step == "die after the answer" else MailState.QUEUED
        assert state(row) == expected
        assert deliver(port, "2026-11-24T12:00:59") is None
        deliver(port, "2026-11-24T12:01:00")
        assert deliver(port, "2026-11-30T12:00:00") is None
    assert state(row) == MailState.SENT
    assert [message["message-id"] for message in server.taken] == [row.message_id] * copies
    assert len({message["date"] for message in server.taken}) == 1


def test_hanging_then_well(wording):
    row, server = queue(), Server("hang")
    with serving(server) as port:
        deliver(port, timeout=1)
        assert state(row) == MailState.QUEUED
        deliver(port, "2026-11-24T12:01:00")
    assert state(row) == MailState.SENT
    assert [message["message-id"] for message in server.taken] == [row.message_id] * 2


@pytest.mark.parametrize("step", ["RCPT 550 no such user", "554 spam"])
def test_refused_for_good_is_shown_not_repeated(wording, step):
    """R-7.10."""
    row, server = queue(), Server(step)
    with serving(server) as port:
        deliver(port)
        assert deliver(port, "2026-11-30T12:00:00") is None
    assert state(row) == MailState.FAILED and server.taken == []
    assert step[-4:] in OutboxMail.get_by_id(row.id).last_error
    assert mail.counts(None).failed == 1


def test_a_server_away_is_not_asked_for_every_mail(wording):
    """The rest of the queue keeps its tries for when there is somebody to ask."""
    rows = [queue(str(n)) for n in range(5)]
    assert "つながりません" in str(deliver(free_port()))
    assert sorted(OutboxMail.get_by_id(row.id).attempts for row in rows) == [0, 0, 0, 0, 1]


def test_a_process_that_died_with_the_mail_in_hand(wording):
    """Killed between the server's 250 and our record: it goes again after the claim, as the same mail."""
    row, server = queue(), Server()
    with serving(server) as port:
        with clock.at(NOON) as now:
            taken = mail.claim_next(now, timedelta(seconds=30))
            SmtpTransport(settings(port)).send(
                Letter(taken.to_address, taken.subject, taken.body, taken.message_id, taken.created_at)
            )
        assert deliver(port, "2026-11-24T12:00:29") is None
        assert deliver(port, "2026-11-24T12:00:30") == ""
    assert [message["message-id"] for message in server.taken] == [row.message_id] * 2
    assert state(row) == MailState.SENT


def test_a_record_that_fails_does_not_send_twice(wording, monkeypatch):
    """The 250 was seen and the database said no: the sender remembers, and records it later."""
    row, server = queue(), Server()

    def broken(_: OutboxMail) -> None:
        raise OSError("disk full")

    right: Callable[[OutboxMail], None] = mail.mark_sent
    with serving(server) as port:
        postman = Postman(SmtpTransport(settings(port)), timedelta(seconds=30), threading.Event())
        monkeypatch.setattr(mail, "mark_sent", broken)
        with clock.at(NOON), pytest.raises(OSError):
            postman.deliver_due()
        monkeypatch.setattr(mail, "mark_sent", right)
        with clock.at("2026-11-24T12:00:30"):
            assert postman.deliver_due() == ""
    assert len(server.taken) == 1 and state(row) == MailState.SENT
