"""通知メール: the outbox. A mail is queued inside the act that causes it; its fate stands in its row."""

from __future__ import annotations

import re
import secrets
import threading
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple
from urllib.parse import urlsplit

from peewee import Case, Expression

import clock
import config
from models import Application, Division, MailState, OutboxMail, Resident, Town, ask, database, transaction
from rules import Refusal
from rules.records import towns
from rules.town import mail_text

WORDING = mail_text.WORDING
WIDTH = 70
COUNT_LIMIT = 1000

# Try after try, until three days are over; then the mail is given up.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 60, 180, *[360] * 12))
# A code lives half an hour and its registration two hours more; nothing is kept of one that was not finished.
CODE_MAILS_KEPT = timedelta(minutes=150)

# Set whenever a mail was queued in this process, so that the sender need not wait for its next look.
queued = threading.Event()


class Counts(NamedTuple):
    """How many mails wait and how many were given up; COUNT_LIMIT stands for "that many or more"."""

    queued: int
    failed: int


# ---------------------------------------------------------------- writing


def queue(
    kind: str,
    *,
    to: str,
    town: Town | None = None,
    resident: Resident | None = None,
    application: Application | None = None,
    division: Division | None = None,
    has_code: bool = False,
    expires_at: datetime | None = None,
    notice: int | None = None,
    wording: str | None = None,
    **fields: str | int,
) -> OutboxMail:
    """Put a mail into the outbox; call inside the transaction of the act it tells of.

    `wording` is a procedure's own; without one the town's is taken, else the one that ships. Its {town}, {town_hall},
    {division}, {telephone}, {hours} and {url} follow from the rows; `fields` brings the others. A placeholder that
    stays open is a KeyError.
    """
    if not database.in_transaction():
        raise RuntimeError("a mail is queued inside the transaction of its act")
    town = town or _town_of(application, division)
    subject, body = _words(kind, town, wording)
    in_charge = division or (application.division if application else None)
    values = _checked({**_standing_fields(town, in_charge), **fields})
    now = clock.now()
    mail = OutboxMail.create(
        town=town,
        resident=resident,
        application=application,
        division=division,
        kind=kind,
        to_address=to,
        subject=_one_line(subject.format_map(values)),
        body=wrap(_tidy(mail_text.filled(kind, body, values))),
        has_code=has_code,
        message_id=_new_message_id(),
        next_attempt_at=now,
        created_at=now,
        expires_at=expires_at,
        notice=notice,
    )
    queued.set()
    return mail


def _words(kind: str, town: Town | None, own: str | None) -> tuple[str, str]:
    """Subject and body. Own words that could not be filled in give way: they must not stop the act they tell of."""
    if own and not mail_text.faults(kind, own, of_procedure=True):
        return mail_text.parts(own)
    # Where there are several towns, mails about an account come from none of them, and go out as they ship.
    if town and kind in mail_text.KINDS:
        of_town = mail_text.text_of(town.id, kind)
        if of_town:
            return mail_text.parts(of_town)
    return _wording(kind)


@cache
def _wording(kind: str) -> tuple[str, str]:
    """Subject and body as they ship; read once, an upgrade starts the program anew."""
    head, _, body = (WORDING / f"{kind}.txt").read_text(encoding="utf-8").partition("\n\n")
    if not head.startswith("Subject: ") or "\n" in head:
        raise ValueError(f"{kind}.txt must begin with one line 'Subject: …' and an empty one")
    return head.removeprefix("Subject: ").strip(), body.strip("\n") + "\n"


def _town_of(application: Application | None, division: Division | None) -> Town | None:
    """The town a mail is about; one that is about no town comes from the only town there is."""
    about = application if application is not None else division
    if about is not None:
        found: Town = about.town
        return found
    return towns.only_town()


def _standing_fields(town: Town | None, division: Division | None) -> dict[str, str]:
    """What every wording may use without being given it."""
    fields = {"url": config.settings().base_url + "/", "town": town.name if town else "市町村"}
    # Mails that may be about no town cannot name a telephone, and say whom to call all the same.
    fields["town_hall"] = "お住まいの市町村の役場"
    if town:
        fields |= {"telephone": town.telephone, "hours": town.hours, "town_hall": f"{town.name}役場"}
        if town.telephone:
            fields["town_hall"] += f"\n電話 {town.telephone}"
    if division:
        fields["division"] = division.name
        fields |= {key: value for key in ("telephone", "hours") if (value := getattr(division, key))}
    return fields


def _checked(values: Mapping[str, str | int]) -> dict[str, str]:
    """The values as text; None counts as missing, so that no mail ever says "None"."""
    return {key: str(value) for key, value in values.items() if value is not None}


def _new_message_id() -> str:
    host = urlsplit(config.settings().base_url).hostname or "localhost"
    return f"<{secrets.token_hex(16)}@{f'[{host}]' if ':' in host else host}>"


_LINE_ENDS = re.compile(r"\r\n|[\r\v\f\x85\u2028\u2029]")
# Control characters, and halves of a surrogate pair, which no encoding can carry.
_NEVER = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def _tidy(text: str) -> str:
    return _NEVER.sub("", _LINE_ENDS.sub("\n", text).replace("\t", " "))


def _one_line(text: str) -> str:
    """A subject: no line end in a value may begin another header. Longer than any mail list shows is cut."""
    line = re.sub(r"\s*\n\s*", " ", _tidy(text)).strip()
    return line if len(line) <= 200 else line[:199] + "…"


# ---------------------------------------------------------------- long lines

_OPENING = "（「『【〔〈《［｛“‘"
_CLOSING = "、。，．・：；？！ー々…）」』】〕〉》］｝”’"
_MARK = "[\u0300-\u036f\u200d\u3099\u309a\ufe00-\ufe0f\U000e0100-\U000e01ef]"
# What is not taken apart: a word, a link, a character with its marks; brackets and stops stay with it.
_PIECE = re.compile(rf"[{_OPENING}]*(?:[!-~]+|[^!-~]{_MARK}*)[{_CLOSING}]*", re.DOTALL)
_CHARACTER = re.compile(rf".{_MARK}*", re.DOTALL)
# Where a line is indented, so is what it is broken into; what stands further right is no indent.
_INDENT = re.compile(r"(?:[ \u3000]{1,4}(?![ \u3000]))?")


def columns(text: str) -> int:
    """The width in half-width columns; what is ambiguous is wide in Japanese type."""
    if text.isascii():
        return len(text)
    return sum(map(_width, text))


@cache
def _width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WFA" else 1


def wrap(text: str) -> str:
    """Break lines wider than WIDTH: Japanese anywhere but before a stop, words between them, links never."""
    # Most lines are short, whatever stands in them.
    return "\n".join(
        line if len(line) * 2 <= WIDTH or columns(line) <= WIDTH else _broken(line) for line in text.split("\n")
    )


def _broken(line: str) -> str:
    indent = _INDENT.match(line)[0]  # type: ignore[index]
    start = columns(indent)
    lines, current, width = [], indent, start
    for piece in _pieces(line[len(indent) :], WIDTH - start):
        wide = columns(piece)
        if current != indent and width + wide > WIDTH:
            lines.append(current.rstrip())
            current, width = indent, start
            if piece.isspace():
                continue
        current, width = current + piece, width + wide
    return "\n".join([*lines, current.rstrip()])


def _pieces(line: str, room: int) -> list[str]:
    pieces: list[str] = []
    for piece in _PIECE.findall(line):
        if columns(piece) <= room or re.match(r"\W*https?://", piece):
            pieces.append(piece)
        else:
            pieces += _CHARACTER.findall(piece)
    return pieces


# ---------------------------------------------------------------- what became of it

# A mail that carried a code loses its text in the very statement that ends its wait.
_BODY_WITHOUT_CODE = Case(None, [(OutboxMail.has_code, "")], OutboxMail.body)


def claim_next(now: datetime, hold: timedelta) -> OutboxMail | None:
    """Take the next mail that is due, for this process alone until `hold` is over; counts as one attempt.

    Codes go first: somebody is waiting at the screen. A code that has run out is given up instead.
    """
    free = OutboxMail.claimed_until.is_null() | ~clock.lies_ahead(OutboxMail.claimed_until, hold, now)
    put_off = clock.lies_ahead(OutboxMail.next_attempt_at, max(PAUSES), now)
    due = (OutboxMail.state == MailState.QUEUED) & ~put_off & free
    order = (OutboxMail.has_code.desc(), OutboxMail.next_attempt_at, OutboxMail.id)
    with transaction():
        _give_up((OutboxMail.expires_at <= now) & free, "認証コードの期限が過ぎたため、送りませんでした。")
        while mail := OutboxMail.select().where(due).order_by(*order).first():
            mine = {"claimed_until": now + hold, "attempts": OutboxMail.attempts + 1}
            if OutboxMail.update(**mine).where(due & (OutboxMail.id == mail.id)).execute():
                taken: OutboxMail = OutboxMail.get_by_id(mail.id)
                return taken
    return None


def mark_sent(mail: OutboxMail) -> None:
    """The server took the mail: nothing sends it again, whoever holds the row by now."""
    sent = {"state": MailState.SENT, "sent_at": clock.now(), "claimed_until": None, "last_error": ""}
    with transaction():
        OutboxMail.update(**sent, body=_BODY_WITHOUT_CODE).where(
            (OutboxMail.id == mail.id) & (OutboxMail.state != MailState.SENT)
        ).execute()


def mark_failed(mail: OutboxMail, error: str, permanent: bool) -> None:
    """The mail did not go out: try again after a pause, or give it up for good.

    Only who still holds the claim may say so; after it, the mail is in another's hands.
    """
    held = (OutboxMail.id == mail.id) & (OutboxMail.claimed_until == mail.claimed_until)
    with transaction():
        if permanent or mail.attempts > len(PAUSES):
            _give_up(held, error)
        else:
            again = clock.now() + PAUSES[max(mail.attempts, 1) - 1]
            OutboxMail.update(next_attempt_at=again, claimed_until=None, last_error=_one_line(error)).where(
                held & (OutboxMail.state == MailState.QUEUED)
            ).execute()


def _give_up(which: Expression, error: str) -> None:
    failed = {"state": MailState.FAILED, "claimed_until": None, "last_error": _one_line(error)}
    OutboxMail.update(**failed, body=_BODY_WITHOUT_CODE).where(which & (OutboxMail.state == MailState.QUEUED)).execute()


# ---------------------------------------------------------------- what staff see and do


def resend(mail: OutboxMail) -> None:
    """もう一度送る: put a mail that was given up back into the queue, the same mail, all tries ahead."""
    anew = {"state": MailState.QUEUED, "attempts": 0, "next_attempt_at": clock.now(), "last_error": ""}
    failed = (OutboxMail.id == mail.id) & (OutboxMail.state == MailState.FAILED) & ~OutboxMail.has_code
    with transaction():
        if not OutboxMail.update(**anew).where(failed).execute():
            raise Refusal("もう一度送れるのは、送れなかったメールだけです。認証コードのメールは送れません。")
        queued.set()


def counts(town: Town | int | None) -> Counts:
    """What waits and what was given up, of a town or of all."""
    counted: list[str] = []
    values: list[str | int] = []
    for state in (MailState.QUEUED, MailState.FAILED):
        condition = "state = {}" if town is None else "state = {} AND town_id = {}"
        values += [str(state)] if town is None else [str(state), town.id if isinstance(town, Town) else town]
        counted.append(
            f"(SELECT COUNT(*) FROM (SELECT 1 FROM outbox_mail WHERE {condition} LIMIT {COUNT_LIMIT}) AS counted)"
        )
    return Counts(*ask("SELECT " + ", ".join(counted), *values)[0])


def tidy(now: datetime) -> int:
    """Remove the mails that carried a code, once it is of no use to anybody; call inside a transaction."""
    over = (OutboxMail.state != MailState.QUEUED) & (OutboxMail.created_at < now - CODE_MAILS_KEPT)
    return int(OutboxMail.delete().where(OutboxMail.has_code & over).execute())
