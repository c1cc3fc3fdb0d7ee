"""やりとり: messages on an application, both ways; each is also announced by mail, without its text (R-6.9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import clock
from models import Application, Division, Message, Status, transaction
from rules import Refusal
from rules.applications import letters
from rules.applications.application import OPEN
from rules.records import audit
from rules.records.access import Missing, Person
from rules.records.history import Actor
from rules.records.session import SignedInStaff
from rules.values.calendar import show_instant
from rules.values.text import clean, is_blank

LONGEST = 2000
PER_DAY = 20
AFTER_END = timedelta(days=90)
# The words said last, again within this time, are a second press of the same button.
_ONCE = timedelta(minutes=1)


@dataclass(frozen=True)
class Entry:
    """A message as it is read."""

    id: int
    at_label: str
    who: str
    text: str
    waiting: bool


def for_resident(application: Application) -> list[Entry]:
    """The oldest first; staff appear as their division, never by name."""
    return [_entry(row, row.actor.partition(" ")[0]) for row in _all(application)]


def for_staff(application: Application) -> list[Entry]:
    """The oldest first, with names."""
    return [_entry(row, row.actor) for row in _all(application)]


def _all(application: Application) -> list[Message]:
    return Message.rows("application_id = {} ORDER BY id", application.id)


def _entry(row: Message, who: str) -> Entry:
    waiting = row.staff_id is None and row.handled_at is None
    return Entry(row.id, show_instant(row.at), who or "申請者", row.text, waiting)


# ---------------------------------------------------------------- the applicant


def last_day(application: Application) -> date | None:
    """The last day on which the applicant can write; None while the application is open."""
    if application.status in OPEN:
        return None
    ended: date = application.status_at.date()
    return ended + AFTER_END


def can_write(application: Application) -> bool:
    """Whether the applicant can send a message now: while it is open, and a while after its end."""
    last = last_day(application)
    return application.status != Status.DRAFT and (last is None or clock.today() <= last)


def write(application: Application, person: Person, text: str) -> None:
    """メッセージを送る, by the applicant; the division in charge is told by mail."""
    text = _checked(text)
    if not can_write(application):
        raise Refusal("この申請のやりとりは終わりました。お尋ねになりたいことは、担当の課に電話してください。")
    with transaction():
        _hold(application)
        if _said(application, text, by_staff=False):
            return
        mine = (Message.application == application) & Message.staff.is_null()
        midnight = datetime.combine(clock.today(), time(), clock.TOKYO)
        if Message.select().where(mine & (Message.at >= midnight)).count() >= PER_DAY:
            raise Refusal(
                "",
                {"q-text": f"1日に送れるメッセージは{PER_DAY}件までです。急ぐときは、担当の課に電話してください。"},
            )
        Message.create(application=application, at=clock.now(), resident=person.resident, actor="申請者", text=text)
        letters.to_division(application, "division_message")


# ---------------------------------------------------------------- staff


def answer(application: Application, by: SignedInStaff, text: str, seen: int) -> None:
    """メッセージを送る, by staff; what the applicant wrote up to the message `seen` is answered by it."""
    text = _checked(text)
    with transaction():
        _hold(application)
        if _said(application, text, by_staff=True):
            return
        Message.create(
            application=application, at=clock.now(), staff=by.id, actor=Actor(staff=by).label(application), text=text
        )
        _handle(application, seen)
        letters.to_applicant(application, "message")
        audit.record("message_sent", staff=by, application=application.id, division=application.division_id)


def no_answer_needed(application: Application, by: SignedInStaff, seen: int) -> None:
    """返事は不要: what the applicant wrote up to the message `seen` is dealt with."""
    with transaction():
        if _handle(application, seen):
            audit.record("message_handled", staff=by, application=application.id, division=application.division_id)


def _handle(application: Application, seen: int) -> int:
    """What came after the page was drawn was read by nobody: it waits on."""
    return Message.change(
        {"handled_at": clock.now()},
        "application_id = {} AND id <= {} AND staff_id IS NULL AND handled_at IS NULL",
        application.id,
        seen,
    )


def came_after(application: Application, seen: int) -> bool:
    """Whether the applicant has written since the message `seen`, and waits for an answer."""
    condition = "application_id = {} AND id > {} AND staff_id IS NULL AND handled_at IS NULL"
    return Message.row(condition, application.id, seen) is not None


def arrived_since(division: Division, since: datetime) -> int:
    """How many messages applicants wrote to a division after an instant."""
    from_applicants = Message.staff.is_null() & (Message.at > since)
    mine = Message.select().join(Application).where(from_applicants & (Application.division == division))
    return int(mine.count())


# ---------------------------------------------------------------- both


def _checked(text: str) -> str:
    text = clean(text).strip()
    if is_blank(text):
        raise Refusal("", {"q-text": "メッセージを入力してください。"})
    if len(text) > LONGEST:
        sentence = f"メッセージは{LONGEST:,}文字までで入力してください。いまは{len(text):,}文字です。"
        raise Refusal("", {"q-text": sentence})
    return text


def _hold(application: Application) -> None:
    """This write comes first: of two at once the second sees what the first has written."""
    sent = (Application.id == application.id) & (Application.status != Status.DRAFT)
    if not Application.update(status=Application.status).where(sent).execute():
        raise Missing


def _said(application: Application, text: str, *, by_staff: bool) -> bool:
    """Whether this is what was said last, by the same side and just now: words repeated after an answer are new."""
    last = Message.row("application_id = {} ORDER BY id DESC", application.id)
    if last is None or last.text != text or (last.staff_id is not None) is not by_staff:
        return False
    return bool(timedelta(0) <= clock.now() - last.at < _ONCE)
