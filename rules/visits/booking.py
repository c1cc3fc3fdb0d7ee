"""来庁予約 of an applicant: choosing a time, holding it while the form is finished, and sending it along."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import clock
from clock import TOKYO
from models import Application, Counter, Reservation, Status, transaction
from rules import Refusal
from rules.applications import draft, submission
from rules.records import access
from rules.records.access import Missing, Person
from rules.records.history import Actor
from rules.visits import hours, occasion, seats, states, telling, weeks

_LIVE = "application_id = {} AND state IN ('HELD','BOOKED','EXPIRED') ORDER BY state = 'EXPIRED', id DESC"

NOT_CHOSEN = "来庁の日時を、まだ選んでいません。"
_NO_COUNTER = "この窓口では、いまは予約を受け付けていません。ほかの窓口を選んでください。"
_HAS_ONE = "すでに予約があります。「予約の確認」の「予約を変更する」から変えてください。"
_OTHER_THAN_SHOWN = (
    "このページを開いたあとで来庁の日時が変わったため、まだ送っていません。"
    "いまの日時をお確かめのうえ、もう一度押してください。"
)


def is_step(written: Application) -> bool:
    """Whether choosing a time is a step of its own now; a correction keeps the visit that was booked."""
    return written.status == Status.DRAFT and occasion.with_form(occasion.document_of(written))


def no_counter(written: Application, offered: list[Counter] | None = None) -> str:
    """The sentence for a draft that needs a visit while no counter takes bookings, or ""."""
    if not is_step(written) or (occasion.counters_for(written.procedure) if offered is None else offered):
        return ""
    return (
        "この手続きには来庁の予約が要りますが、いまは予約を受け付けている窓口がありません。"
        "入力した内容は残ります。担当の課に電話でお問い合わせください。"
    )


def of(written: Application) -> Reservation | None:
    """The live visit of an application: held, run out while nobody looked, or booked."""
    return Reservation.row(_LIVE, written.id)


def ran_out(row: Reservation) -> bool:
    """Whether a hold is over; the seat may still be free."""
    return row.state == "EXPIRED" or (row.state == "HELD" and row.held_until <= clock.now())


def is_held(written: Application) -> bool:
    """Whether a seat is held for a draft now."""
    row = of(written)
    return row is not None and not ran_out(row)


def day_of(row: Reservation) -> date:
    found: date = row.starts_at.astimezone(TOKYO).date()
    return found


# ---------------------------------------------------------------- choosing


def choose(person: Person, key: int, counter: str, slot: str) -> Reservation:
    """Take a time: a hold of ten minutes for a draft, the booking itself for what was sent.

    `counter` and `slot` are what a form sent. A second press finds it done.
    """
    with transaction():
        # As it stands when it is our turn: another tab may have chosen, or sent, since the page was drawn.
        written = access.own_application(person, key)
        present = of(written)
        if written.status == Status.DRAFT:
            _open_draft(written)
        elif (present is None or present.state != "BOOKED") and not occasion.bookable(written):
            raise Missing
        where, starts_at = place_of(occasion.counters_for(written.procedure), counter, slot)
        same = present is not None and (present.counter_id, present.starts_at) == (where.id, starts_at)
        if present is not None and present.state == "BOOKED":
            if same:
                return present
            raise Refusal(states.OVER if states.is_over(present.state, present.ends_at) else _HAS_ONE)
        # Also of what is held already: the day may have been closed since.
        may_come(where, starts_at)
        if present is not None:
            if same and not ran_out(present) and not seats.lost(present):
                return present
            seats.drop(present)
        seats.not_too_many_booked(written.resident_id, where)
        if written.status == Status.DRAFT:
            seats.not_too_many_held(written.resident_id)
            return seats.hold(where, starts_at, application=written, **_of_applicant(written))
        made = seats.book_at_once(where, starts_at, application=written, **_of_applicant(written))
        _tell(made)
    return made


def _of_applicant(written: Application) -> dict[str, Any]:
    """What a booking says of who comes, and for what."""
    resident = written.resident
    telephone = resident.telephone if resident is not None else ""
    return {
        "procedure": written.procedure,
        "resident": resident,
        "name": written.applicant_name,
        "name_folded": written.applicant_folded,
        "telephone": telephone,
    }


def renew(person: Person, key: int) -> Reservation:
    """次へ進む: what is held stays so; a hold that ran out is taken anew if the seat is still free."""
    held = of(access.own_application(person, key))
    if held is None:
        raise Refusal(f"{NOT_CHOSEN}表の中から、都合のよい日時を選んでください。")
    try:
        return choose(person, key, str(held.counter_id), weeks.key_of(held.starts_at))
    except seats.Full:
        raise (seats.RanOut() if ran_out(held) else seats.RanOut(seats.LOST)) from None


def _open_draft(written: Application) -> None:
    draft.keep_anew(written)
    draft.follow_published(written)
    if not occasion.with_form(occasion.document_of(written)):
        raise Missing
    if written.resident_id is None:
        raise Refusal(draft.why_not_sent(written))


def place_of(offered: list[Counter], counter: str, slot: str) -> tuple[Counter, datetime]:
    """The counter and the time that a form names; anything may stand there."""
    where = next((one for one in offered if str(one.id) == counter), None)
    if where is None:
        raise Refusal(_NO_COUNTER if counter else "窓口を選んでください。")
    starts_at = weeks.time_of(slot)
    if starts_at is None:
        raise Refusal(hours.NO_SLOT)
    return where, starts_at


def may_come(counter: Counter, starts_at: datetime) -> None:
    sentence = seats.why_not(counter, starts_at)
    if sentence:
        raise Refusal(sentence)


# ---------------------------------------------------------------- along with the application


def mark_of(row: Reservation | None) -> str:
    """What the confirm page carries of the time it shows."""
    return f"{row.counter_id} {weeks.key_of(row.starts_at)}" if row is not None else ""


def why_not_sent(written: Application, held: Reservation | None, offered: list[Counter] | None = None) -> str:
    """The sentence that keeps a draft from being sent for the sake of its visit; "" if nothing does."""
    if held is None:
        return no_counter(written, offered) or f"{NOT_CHOSEN}日時を選んでください。"
    sentence = seats.why_not(held.counter, held.starts_at)
    if not sentence and ran_out(held) and not seats.is_free(held.counter, held.starts_at):
        sentence = seats.RanOut().message
    if not sentence and seats.blocked_between(held.counter_id, held.starts_at, held.ends_at):
        sentence = seats.BLOCKED
    return sentence or _not_offered(written, held, offered) or (seats.LOST if seats.lost(held) else "")


def _not_offered(written: Application, held: Reservation, offered: list[Counter] | None = None) -> str:
    """The sentence for a hold at a counter that is not one of the procedure's any more, or ""."""
    found = occasion.counters_for(written.procedure) if offered is None else offered
    return "" if any(one.id == held.counter_id for one in found) else _NO_COUNTER


def send(person: Person, key: int, digest: str, shown: str) -> Application:
    """この内容で申請する: submission.submit, with the time the confirm page `shown`; another one is shown first."""
    written = access.own_application(person, key)
    if not is_step(written):
        return submission.submit(person, key, digest)
    with transaction():
        if mark_of(of(written)) != shown:
            raise Refusal(_OTHER_THAN_SHOWN)
        return submission.submit(person, key, digest)


@submission.when_sent
def _with_the_application(written: Application) -> None:
    """The seat becomes a booking in the transaction that gives the application its number."""
    if written.submissions.count() > 1 or not occasion.with_form(occasion.document_of(written)):
        return  # a correction: the visit stands, or what became of it
    held = of(written)
    if held is None:
        raise Refusal(f"{NOT_CHOSEN}日時を選んでから、もう一度送ってください。")
    may_come(held.counter, held.starts_at)
    if sentence := _not_offered(written, held):
        raise Refusal(sentence)
    # A hold is none yet: several may have been taken before the first was sent.
    seats.not_too_many_booked(written.resident_id, held.counter)
    held.application = written
    seats.book(held, **_of_applicant(written))
    _tell(held)


def _tell(booked: Reservation) -> None:
    actor = Actor(resident=booked.resident_id)
    telling.record(booked, "visit_booked", actor, telling.place_and_time(booked))
    telling.told(booked, "visit_booked")
