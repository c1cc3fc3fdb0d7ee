"""How a mail leaves the house: to a mail server, or as a file into a folder; both say what became of it."""

from __future__ import annotations

import base64
import itertools
import os
import re
import secrets
import smtplib
import socket
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, formataddr, parseaddr
from enum import Enum
from pathlib import Path
from typing import Any, Protocol

import clock
import config

# RFC 5321 allows 998 octets in a line of 8bit text.
_LONGEST_LINE = 900


@dataclass(frozen=True)
class Letter:
    """A mail as the transports need it: one recipient, plain text with \\n at the line ends."""

    to: str
    subject: str
    body: str
    message_id: str
    date: datetime


class Answer(Enum):
    """What the other side said."""

    ACCEPTED = "accepted"
    TEMPORARY = "refused for now"
    PERMANENT = "refused for good"
    # It was handed over, but the answer never came: perhaps delivered, perhaps not.
    LOST = "answer lost"
    # Nothing was said about this mail, because there was no talking to the server at all.
    UNREACHED = "not reached"


@dataclass(frozen=True)
class Outcome:
    """The answer, and for all but ACCEPTED a sentence for the staff."""

    answer: Answer
    detail: str = ""


class Transport(Protocol):
    """Takes one mail at a time; never raises for what a server or a disk may do."""

    def send(self, letter: Letter) -> Outcome: ...


def transport(settings: config.MailSettings, data: Path) -> Transport:
    """The transport that [mail] names."""
    if settings.transport == "folder":
        return FolderTransport(data / "mail", settings.sender)
    return SmtpTransport(settings)


# ---------------------------------------------------------------- the message

# What lets through, and nothing that a header could read as two addresses.
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+")

_NO_SUCH_ADDRESS = Outcome(Answer.PERMANENT, "宛先のメールアドレスの形が正しくありません。")


def compose(letter: Letter, sender: str, *, eight_bit: bool, line_end: bytes = b"\n") -> bytes:
    """The mail as it is written down: headers in ASCII, the text in UTF-8.

    `email.message` is left out on purpose: folding, it loses blanks of long Japanese subjects and pushes a
    long Message-ID off its line.
    """
    body = letter.body.encode("utf-8") if eight_bit else base64.encodebytes(letter.body.encode("utf-8"))
    headers = {
        "From": formataddr(parseaddr(sender), "utf-8"),
        "To": letter.to,
        "Subject": Header(letter.subject, "utf-8", header_name="Subject").encode(),
        "Date": format_datetime(letter.date),
        "Message-ID": letter.message_id,
        "Auto-Submitted": "auto-generated",
        "MIME-Version": "1.0",
        "Content-Type": 'text/plain; charset="utf-8"',
        "Content-Transfer-Encoding": "8bit" if eight_bit else "base64",
    }
    head = "".join(f"{name}: {value}\n" for name, value in headers.items()).encode("ascii")
    return (head + b"\n" + body).replace(b"\n", line_end)


# ---------------------------------------------------------------- a folder


class FolderTransport:
    """Writes each mail as an .eml file; the names sort by the time of sending."""

    def __init__(self, folder: Path, sender: str) -> None:
        self._folder = folder
        self._sender = sender
        self._turn = itertools.count()

    def send(self, letter: Letter) -> Outcome:
        if not _ADDRESS.fullmatch(letter.to):
            return _NO_SUCH_ADDRESS
        message = compose(letter, self._sender, eight_bit=True)
        # The turn keeps the order within one tick of the clock, the random end two processes apart.
        name = f"{clock.now():%Y%m%d-%H%M%S-%f}-{next(self._turn):06d}-{secrets.token_hex(3)}"
        unfinished = self._folder / f"{name}.tmp"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with open(unfinished, "xb") as file:
                file.write(message)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(self._folder / f"{name}.eml")
        except OSError as fault:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
            return Outcome(Answer.UNREACHED, f"メールのフォルダに書けません: {fault}")
        return Outcome(Answer.ACCEPTED)


# ---------------------------------------------------------------- a mail server


class _Client(smtplib.SMTP):
    """Hangs up when the time for the whole conversation is over; smtplib alone counts from byte to byte."""

    def connect(self, host: str = "localhost", port: int = 0, source: Any = None) -> tuple[int, bytes]:
        self._over = threading.Event()
        threading.Thread(target=self._watch, name="mail deadline", daemon=True).start()
        try:
            return super().connect(host, port, source)
        except BaseException:
            self._over.set()
            raise

    def close(self) -> None:
        self._over.set()
        super().close()

    def _watch(self) -> None:
        over = self._over.wait(float(self.timeout))
        while not over:
            # The plain socket's shutdown: a TLS socket's own takes away what the reading thread stands on.
            # There may be no socket yet, or one just being replaced; so once more until it is over.
            with suppress(OSError, TypeError):
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)  # type: ignore[arg-type]
            over = self._over.wait(0.5)


class _TlsClient(_Client, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""


# UnicodeError: a password or host name that the protocol cannot say.
_TROUBLE = (OSError, smtplib.SMTPException, UnicodeError)


class SmtpTransport:
    """Hands each mail to a mail server in a connection of its own: what befalls one leaves the next alone."""

    def __init__(self, settings: config.MailSettings, context: ssl.SSLContext | None = None) -> None:
        self._settings = settings
        self._context = context
        self._from = parseaddr(settings.sender)[1]

    def send(self, letter: Letter) -> Outcome:
        if not _ADDRESS.fullmatch(letter.to):
            return _NO_SUCH_ADDRESS
        try:
            client = self._client()
        except _TROUBLE as fault:
            return Outcome(Answer.UNREACHED, f"メールサーバーにつながりません: {_words(fault)}")
        try:
            return self._converse(client, letter)
        finally:
            # Say goodbye but do not wait for the answer: what the server said before is to be recorded now.
            with suppress(*_TROUBLE):
                client.putcmd("quit")
            client.close()

    def _client(self) -> smtplib.SMTP:
        settings, own_name = self._settings, self._from.rpartition("@")[2] or "localhost"
        if settings.security == "tls":
            return _TlsClient(settings.host, settings.port, own_name, timeout=settings.timeout, context=self._trust())
        return _Client(settings.host, settings.port, own_name, timeout=settings.timeout)

    def _trust(self) -> ssl.SSLContext:
        return self._context or ssl.create_default_context()

    def _converse(self, client: smtplib.SMTP, letter: Letter) -> Outcome:
        try:
            refused = self._introduce(client)
            if refused is None:
                refused = _verdict(*client.rcpt(letter.to))
        except _TROUBLE as fault:
            return Outcome(Answer.UNREACHED, f"メールサーバーとのやりとりができません: {_words(fault)}")
        return refused or self._hand_over(client, letter)

    def _introduce(self, client: smtplib.SMTP) -> Outcome | None:
        """Everything up to MAIL FROM. A "no" here is about us, not about the mail, and so never final."""
        client.ehlo_or_helo_if_needed()
        if self._settings.security == "starttls":
            client.starttls(context=self._trust())
            client.ehlo_or_helo_if_needed()
        if self._settings.user:
            client.login(self._settings.user, self._settings.password)
        options = ["BODY=8BITMIME"] if client.has_extn("8bitmime") else []
        code, text = client.mail(self._from, options)
        if code // 100 == 2:
            return None
        answer = _answer_text(code, text)
        return Outcome(Answer.UNREACHED, f"メールサーバーが差出人を受け付けません: {answer}")

    def _hand_over(self, client: smtplib.SMTP, letter: Letter) -> Outcome:
        short_lines = all(len(line.encode("utf-8")) <= _LONGEST_LINE for line in letter.body.split("\n"))
        eight_bit = short_lines and client.has_extn("8bitmime")
        message = compose(letter, self._settings.sender, eight_bit=eight_bit, line_end=b"\r\n")
        try:
            code, text = client.data(message)
        except smtplib.SMTPDataError as no:
            code, text = no.smtp_code, _bytes(no.smtp_error)
        except _TROUBLE as fault:
            return Outcome(Answer.LOST, f"メールサーバーの返事が届きませんでした: {_words(fault)}")
        return _verdict(code, text) or Outcome(Answer.ACCEPTED)


def _verdict(code: int, text: bytes) -> Outcome | None:
    """What a reply about this recipient or this text means; None is a yes."""
    if code // 100 == 2:
        return None
    if code // 100 == 5:
        return Outcome(Answer.PERMANENT, f"メールサーバーに断られました: {_answer_text(code, text)}")
    return Outcome(Answer.TEMPORARY, f"メールサーバーが今は受け付けません: {_answer_text(code, text)}")


def _answer_text(code: int, text: bytes) -> str:
    return f"{code} {text.decode('utf-8', 'replace')}"[:200]


def _bytes(text: bytes | str) -> bytes:
    return text.encode("utf-8") if isinstance(text, str) else text


def _words(fault: Exception) -> str:
    if isinstance(fault, smtplib.SMTPResponseException):
        return _answer_text(fault.smtp_code, _bytes(fault.smtp_error))
    return (str(fault) or type(fault).__name__)[:200]
