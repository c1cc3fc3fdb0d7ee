"""届いたメール: a copy of every mail to a resident, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import clock
from models import MailState, ask
from rules.applications.mypage import Leaf, place
from rules.records import numbering
from rules.records.access import Missing, Person
from rules.values.calendar import read_instant, show_instant

# A mail that waits longer than this is late, and its reader is told so.
LATE = timedelta(minutes=10)
# How far back マイページ looks for mails that never arrived.
_RECENT, _RECENT_DAYS = 50, timedelta(days=30)

_LATE = "役場のメールの装置につながらないか、混み合っているため、待っています。送れるようになりしだい、送ります。"
_FAILED = (
    "このアドレスには、送れませんでした。マイページの「利用者情報の照会・変更」で、メールアドレスをお確かめください。"
    "アドレスが正しいときは、担当の課にお電話ください。内容は、このページで読めます。"
)


@dataclass(frozen=True)
class Mail:
    """A mail as its resident sees it; `where` is its state in a word, `what` what that means, or ""."""

    id: int
    subject: str
    to: str
    at: str
    state: str
    where: str
    what: str
    body: str = ""
    application: int | None = None
    number: str = ""


# Codes are never shown again, not even to whom they were sent.
_OWN = "FROM outbox_mail m WHERE m.resident_id = {} AND NOT m.has_code"
_COLUMNS = "m.id, m.subject, m.to_address, m.created_at, m.state, m.sent_at"


def find(person: Person, page: int) -> Leaf[Mail]:
    """A page of the mails to a resident, newest first."""
    sql = f"SELECT {_COLUMNS} {_OWN} ORDER BY m.id DESC{place(page)}"
    found = [_mail(*row) for row in ask(sql, person.resident)]
    return Leaf.of(found, page, f"SELECT 1 {_OWN}", person.resident)


def read(person: Person, key: int) -> Mail:
    """One of them with its text, or Missing."""
    found = ask(
        f"SELECT {_COLUMNS}, m.body, a.id, a.number FROM outbox_mail m "
        "LEFT JOIN application a ON a.id = m.application_id AND a.resident_id = m.resident_id "
        "WHERE m.id = {} AND m.resident_id = {} AND NOT m.has_code",
        key,
        person.resident,
    )
    if not found:
        raise Missing
    *columns, body, application, number = found[0]
    return _mail(*columns, body=body, application=application, number=numbering.grouped(number))


def troubles(person: Person) -> tuple[bool, bool]:
    """Whether of the last mails (one could not be sent, one waits longer than it should)."""
    now = clock.now()
    newest = f"SELECT m.state, m.created_at {_OWN} ORDER BY m.id DESC LIMIT {_RECENT}"
    rows = [(state, read_instant(at)) for state, at in ask(newest, person.resident)]
    failed = any(state == MailState.FAILED and at > now - _RECENT_DAYS for state, at in rows)
    return failed, any(state == MailState.QUEUED and at < now - LATE for state, at in rows)


def _mail(key: int, subject: str, to: str, at: str, state: str, sent_at: str | None, **more: object) -> Mail:
    made = read_instant(at)
    where, what = "送信待ち", "まもなく送ります。"
    if state == MailState.SENT:
        where, what = "送信済み", f"{show_instant(read_instant(sent_at))}に送りました。" if sent_at else ""
    elif state == MailState.FAILED:
        where, what = "送れませんでした", _FAILED
    elif made < clock.now() - LATE:
        what = _LATE
    return Mail(key, subject, to, show_instant(made), state, where, what, **more)  # type: ignore[arg-type]
