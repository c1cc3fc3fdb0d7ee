"""予約の確認: what residents do with a booking of theirs, until the day before, and what ends it beside them."""

from __future__ import annotations

import clock
from models import Application, Counter, Reservation, Status, transaction
from rules import Refusal
from rules.applications import application, letters
from rules.records.access import Missing, Person
from rules.records.history import Actor
from rules.visits import booking, hours, occasion, seats, states, telling

_TODAY_STAYS = "来庁の当日は、予約の変更や取消しができません。来られなくなったときは、窓口に電話してください。"


def own(person: Person, key: int) -> Reservation:
    """A booking of one's own, or Missing."""
    found = Reservation.row("id = {} AND resident_id = {}", key, person.resident) if person.resident else None
    if found is None or found.state in ("HELD", "EXPIRED"):
        raise Missing
    return found


def coming(resident: int) -> list[Reservation]:
    """The bookings of a resident that are not over, the nearest first."""
    mine = "resident_id = {} AND state = 'BOOKED' AND ends_at > {} ORDER BY starts_at"
    return Reservation.rows(mine, resident, Reservation.ends_at.db_value(clock.now()))


def changeable(row: Reservation) -> bool:
    """Until the day before (R-5.2), and only what is still a booking."""
    return row.state == "BOOKED" and booking.day_of(row) > hours.today()


def counters_to_change(row: Reservation) -> list[Counter]:
    """Where a booking may be moved to: the counters of its procedure, and its own."""
    found = occasion.counters_for(row.procedure) if row.procedure is not None else []
    if row.counter.closed_at is None and all(one.id != row.counter_id for one in found):
        found = [row.counter, *found]
    return found


def why_not_changed(row: Reservation) -> str:
    """The sentence that says why a booking can be neither changed nor cancelled by its owner; "" if it can."""
    if row.state != "BOOKED":
        return "この予約は、すでに終わっているか、取り消されています。"
    if states.is_over(row.state, row.ends_at):
        return states.OVER
    return _TODAY_STAYS if booking.day_of(row) <= hours.today() else ""


def _until_the_day_before(row: Reservation) -> None:
    sentence = why_not_changed(row)
    if sentence:
        raise Refusal(sentence)


def change_time(person: Person, key: int, revision: int, counter: str, slot: str) -> Reservation:
    """予約を変更する: both seats change in one, or none does. A second press finds it done."""
    with transaction():
        row = own(person, key)
        _until_the_day_before(row)
        where, starts_at = booking.place_of(counters_to_change(row), counter, slot)
        if (row.counter_id, row.starts_at) == (where.id, starts_at):
            return row
        booking.may_come(where, starts_at)
        if where.id != row.counter_id:
            seats.not_too_many_booked(row.resident_id, where)
        row.revision = revision
        before = telling.place_and_time(row)
        seats.move(row, where, starts_at)
        after = telling.place_and_time(row)
        telling.record(row, "visit_changed", Actor(resident=person.resident), f"{before} → {after}")
        telling.told(row, "visit_changed", before=before)
    return row


def cancel(person: Person, key: int, revision: int) -> Reservation:
    """予約を取り消す, until the day before. A second press finds it done."""
    with transaction():
        row = own(person, key)
        if row.state == "CANCELLED":
            return row
        _until_the_day_before(row)
        row.revision = revision
        seats.give_back(row, "CANCELLED", cancelled_at=clock.now(), cancelled_by=states.BY_OWNER)
        telling.record(row, "visit_cancelled", Actor(resident=person.resident), telling.place_and_time(row))
        telling.told(row, "visit_cancelled")
    return row


# ---------------------------------------------------------------- when what it is for comes to an end


# What becomes of a visit to come: its seat is free again, or, on the day itself, it stays.
FREED, STAYS = "freed", "stays"
# The acts that may end a visit, by the state they lead to.
_ACTS = {Status.WITHDRAWN: "withdraw", Status.REJECTED: "reject", Status.IN_REVIEW: "reopen"}


def outcome(sent: Application, row: Reservation, act: str) -> str:
    """What an act on an application makes of its visit: FREED, STAYS, or "" where it goes on or is past."""
    to_collect = occasion.when(occasion.document_of(sent)) == occasion.COLLECT
    if act not in ("withdraw", "reject") and not (act == "reopen" and to_collect):
        return ""
    return _on_its_day(row)


def _on_its_day(row: Reservation) -> str:
    if row.state != "BOOKED" or booking.day_of(row) < hours.today():
        return ""
    return STAYS if booking.day_of(row) == hours.today() else FREED


@application.when_withdrawn
def _withdrawn(sent: Application) -> None:
    """取下げ frees the seat; on the day itself it stays, and staff see both."""
    row = booking.of(sent)
    if row is not None and _ended(row, outcome(sent, row, "withdraw"), states.BY_WITHDRAWAL):
        telling.told(row, "visit_cancelled")


@letters.says_beside
def _stays(sent: Application) -> str:
    """What the mail of a result says of a visit on that very day; of one that was freed there is a mail of its own."""
    act, row = _ACTS.get(Status(sent.status), ""), booking.of(sent)
    if row is None or outcome(sent, row, act) != STAYS or states.is_over(row.state, row.ends_at):
        return ""
    # What was to be collected may not be handed out now.
    before = "お越しになる前に" if act == "reopen" else "お越しにならないときは"
    return (
        f"きょうの来庁の予約は、残っています。\n　{telling.time_words(row)}\n　{telling.place_words(row)}\n"
        f"{before}、窓口に電話してください。\n　電話 {telling.telephone(row)}"
    )


@application.when_decided
def _decided(sent: Application) -> None:
    """So does 却下, and a 訂正 of what there was to collect; who booked is told why."""
    row, act = booking.of(sent), _ACTS.get(Status(sent.status), "")
    if row is None:
        return
    found, rejected = outcome(sent, row, act), act == "reject"
    reason = "申請が却下されたため" if rejected else "申請の結果が訂正されたため"
    if _ended(row, found, str(sent.division.name), reason, sign=rejected):
        telling.told(row, "visit_cancelled_by_town", reason=reason)
    elif row.withdrawn and not rejected:
        seats.mark(row, "BOOKED", withdrawn=False)


def _ended(row: Reservation, found: str, by: str, reason: str = "", *, sign: bool = True) -> bool:
    """Do what was `found`: True if a booking was freed. On the day it stays, with a `sign` for staff."""
    if row.state != "BOOKED":
        seats.drop(row)
    elif found == FREED:
        seats.give_back(row, "CANCELLED", cancelled_at=clock.now(), cancelled_by=by, cancelled_reason=reason)
    elif found == STAYS and sign:
        seats.mark(row, "BOOKED", withdrawn=True)
    return found == FREED


def leave(resident: int) -> None:
    """退会 frees the seats of the days after today; call inside its transaction. The mail of 退会 tells enough."""
    for row in coming(resident):
        if _ended(row, _on_its_day(row), states.BY_LEAVING, sign=False):
            text = f"{telling.place_and_time(row)}\n退会のため"
            telling.record(row, "visit_cancelled", Actor(resident=resident), text)
