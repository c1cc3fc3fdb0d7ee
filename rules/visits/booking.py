"""来庁予約 of an applicant: choosing a time, sending it along, changing and cancelling it, and withdrawal."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import clock
from clock import TOKYO
from models import Application, Counter, Procedure, Reservation, Status, ask, transaction
from rules import Refusal
from rules.applications import application, draft, submission
from rules.procedures import procedure
from rules.records import access, history
from rules.records.access import Missing, Person
from rules.records.history import Actor
from rules.visits import hours, seats, telling, weeks

# With the application, as a booking of its own, or to collect what was granted.
APPLYING, BOOKING, COLLECT = "applying", "booking", "collect"
_LIVE = "application_id = {} AND state IN ('HELD','BOOKED','EXPIRED') ORDER BY state = 'EXPIRED', id DESC"

# Without hours there is nothing to choose from.
_OFFERED = (
    "division_id = {} AND closed_at IS NULL AND (id IN (SELECT counter_id FROM opening_hours) OR id IN "
    "(SELECT counter_id FROM counter_day WHERE opens IS NOT NULL AND day > {})) ORDER BY position, id"
)

NOT_CHOSEN = "来庁の日時を、まだ選んでいません。"
_TODAY_STAYS = "来庁の当日は、予約の変更や取消しができません。来られなくなったときは、窓口に電話してください。"
_NO_SLOT = "この日時には、予約の枠がありません。表の中から選び直してください。"
_NO_COUNTER = "この窓口では、いまは予約を受け付けていません。ほかの窓口を選んでください。"
_HAS_ONE = "すでに予約があります。「予約の確認」の「予約を変更する」から変えてください。"
_OTHER_THAN_SHOWN = (
    "このページを開いたあとで来庁の日時が変わったため、まだ送っていません。"
    "いまの日時をお確かめのうえ、もう一度押してください。"
)


def when(document: dict[str, Any]) -> str:
    """When a procedure asks for a visit: applying, booking, collect, or "" for never."""
    found = str((document.get("visit") or {}).get("when", ""))
    return "" if found == "none" else found


def with_form(document: dict[str, Any]) -> bool:
    """Whether a time is chosen before the application is sent."""
    return when(document) in (APPLYING, BOOKING)


def bring(document: dict[str, Any]) -> str:
    """What to bring along, in the procedure's words."""
    return str((document.get("visit") or {}).get("bring", ""))


def is_step(written: Application) -> bool:
    """Whether choosing a time is a step of its own now; a correction keeps the visit that was booked."""
    return written.status == Status.DRAFT and with_form(document_of(written))


def counters_for(wanted: Procedure) -> list[Counter]:
    """The counters that can be visited for a procedure: its division's, else the nearest's above that has any."""
    division, seen = wanted.division, set()
    while division is not None and division.id not in seen:
        seen.add(division.id)
        found = Counter.rows(_OFFERED, division.id, hours.today().isoformat())
        if found:
            return found
        division = division.parent
    return []


def no_counter(written: Application, offered: list[Counter] | None = None) -> str:
    """The sentence for a draft that needs a visit while no counter takes bookings, or ""."""
    if not is_step(written) or (counters_for(written.procedure) if offered is None else offered):
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


def document_of(written: Application) -> dict[str, Any]:
    return procedure.document_of(written.form_version_id)


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
        elif (present is None or present.state != "BOOKED") and not bookable(written):
            raise Missing
        where, starts_at = _place(counters_for(written.procedure), counter, slot)
        same = present is not None and (present.counter_id, present.starts_at) == (where.id, starts_at)
        if present is not None and present.state == "BOOKED":
            if same:
                return present
            raise Refusal(_HAS_ONE)
        # Also of what is held already: the day may have been closed since.
        _may_come(where, starts_at)
        if present is not None:
            if same and not ran_out(present) and not seats.lost(present):
                return present
            seats.give_back(present, "EXPIRED")
        if written.status == Status.DRAFT:
            seats.not_too_many(written.resident_id)
        made = seats.hold(
            where,
            starts_at,
            application=written,
            procedure=written.procedure_id,
            resident=written.resident_id,
            name=written.applicant_name,
        )
        if written.status != Status.DRAFT:
            _book(written, made)
    return made


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
    if not with_form(document_of(written)):
        raise Missing
    if written.resident_id is None:
        raise Refusal(draft.why_not_sent(written))


def _place(offered: list[Counter], counter: str, slot: str) -> tuple[Counter, datetime]:
    """The counter and the time that a form names; anything may stand there."""
    where = next((one for one in offered if str(one.id) == counter), None)
    if where is None:
        raise Refusal(_NO_COUNTER if counter else "窓口を選んでください。")
    starts_at = weeks.time_of(slot)
    if starts_at is None:
        raise Refusal(_NO_SLOT)
    return where, starts_at


def _may_come(counter: Counter, starts_at: datetime) -> None:
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
    return sentence or _not_offered(written, held, offered) or (seats.LOST if seats.lost(held) else "")


def _not_offered(written: Application, held: Reservation, offered: list[Counter] | None = None) -> str:
    """The sentence for a hold at a counter that is not one of the procedure's any more, or ""."""
    found = counters_for(written.procedure) if offered is None else offered
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
    if written.submissions.count() > 1 or not with_form(document_of(written)):
        return  # a correction: the visit stands, or what became of it
    held = of(written)
    if held is None:
        raise Refusal(f"{NOT_CHOSEN}日時を選んでから、もう一度送ってください。")
    _may_come(held.counter, held.starts_at)
    if sentence := _not_offered(written, held):
        raise Refusal(sentence)
    _book(written, held)


def _book(written: Application, held: Reservation) -> None:
    resident = written.resident
    seats.book(
        held,
        resident=written.resident_id,
        procedure=written.procedure_id,
        name=written.applicant_name,
        telephone=resident.telephone if resident is not None else "",
    )
    _event(held, "visit_booked", Actor(resident=written.resident_id), telling.place_and_time(held), written)
    telling.told(held, "visit_booked")


# ---------------------------------------------------------------- afterwards


def collects(sent: Application) -> bool:
    """Whether there is something to collect: what was granted, or what is ready where nothing is decided."""
    document = document_of(sent)
    ready = Status.APPROVED if document["decision"] else Status.COMPLETED
    return when(document) == COLLECT and sent.status == ready


def bookable(sent: Application) -> bool:
    """Whether a time can be booked at once for what was sent: to collect, or anew after a cancellation."""
    if sent.number is None or sent.resident_id is None:
        return False
    open_visit = with_form(document_of(sent)) and sent.status in application.OPEN
    if not open_visit and not collects(sent):
        return False
    return not ask("SELECT 1 FROM reservation WHERE application_id = {} AND state IN ('BOOKED','VISITED')", sent.id)


def own(person: Person, key: int) -> Reservation:
    """A booking of one's own, or Missing."""
    found = Reservation.row("id = {} AND resident_id = {}", key, person.resident) if person.resident else None
    if found is None or found.state in ("HELD", "EXPIRED"):
        raise Missing
    return found


def coming(resident: int) -> list[Reservation]:
    """The bookings of a resident that are not over, the nearest first."""
    mine = "resident_id = {} AND state = 'BOOKED' AND ends_at >= {} ORDER BY starts_at"
    return Reservation.rows(mine, resident, Reservation.ends_at.db_value(clock.now()))


def next_visit(person: Person) -> Reservation | None:
    """The nearest visit to come."""
    now = Reservation.starts_at.db_value(clock.now())
    mine = "resident_id = {} AND starts_at > {} AND state = 'BOOKED' ORDER BY starts_at"
    return Reservation.row(mine, person.resident, now)


def changeable(row: Reservation) -> bool:
    """Until the day before (R-5.2), and only what is still a booking."""
    return row.state == "BOOKED" and day_of(row) > hours.today()


def counters_to_change(row: Reservation) -> list[Counter]:
    """Where a booking may be moved to: the counters of its procedure, and its own."""
    found = counters_for(row.procedure) if row.procedure is not None else []
    if row.counter.closed_at is None and all(one.id != row.counter_id for one in found):
        found = [row.counter, *found]
    return found


def why_not_changed(row: Reservation) -> str:
    """The sentence that says why a booking can be neither changed nor cancelled by its owner; "" if it can."""
    if row.state != "BOOKED":
        return "この予約は、すでに終わっているか、取り消されています。"
    return _TODAY_STAYS if day_of(row) <= hours.today() else ""


def _until_the_day_before(row: Reservation) -> None:
    sentence = why_not_changed(row)
    if sentence:
        raise Refusal(sentence)


def change_time(person: Person, key: int, revision: int, counter: str, slot: str) -> Reservation:
    """予約を変更する: the new seat is there before the old one goes. A second press finds it done."""
    with transaction():
        row = own(person, key)
        _until_the_day_before(row)
        where, starts_at = _place(counters_to_change(row), counter, slot)
        if (row.counter_id, row.starts_at) == (where.id, starts_at):
            return row
        _may_come(where, starts_at)
        row.revision = revision
        before = telling.place_and_time(row)
        seats.move(row, where, starts_at)
        _event(row, "visit_changed", Actor(resident=person.resident), f"{before} → {telling.place_and_time(row)}")
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
        seats.give_back(row, "CANCELLED", cancelled_at=clock.now(), cancelled_by="申請した方")
        _event(row, "visit_cancelled", Actor(resident=person.resident), telling.place_and_time(row))
        telling.told(row, "visit_cancelled")
    return row


def _event(row: Reservation, name: str, actor: Actor, text: str, written: Application | None = None) -> None:
    about = written or row.application
    if about is not None:
        history.record(about, name, actor, before=about.status, text=text)


# ---------------------------------------------------------------- when what it is for comes to an end


@application.when_withdrawn
def _withdrawn(sent: Application) -> None:
    """取下げ frees the seat; on the day itself it stays, and staff see both (R-5.2)."""
    row = of(sent)
    if row is not None and _falls_away(row, "申請の取下げ"):
        telling.told(row, "visit_cancelled")


@application.when_decided
def _decided(sent: Application) -> None:
    """So does 却下, and a 訂正 of what there was to collect; who booked is told why."""
    row, rejected = of(sent), sent.status == Status.REJECTED
    if row is None:
        return
    if rejected or (sent.status == Status.IN_REVIEW and when(document_of(sent)) == COLLECT):
        reason = "申請が却下されたため" if rejected else "申請の結果が訂正されたため"
        if _falls_away(row, str(sent.division.name), reason, sign=rejected):
            telling.told(row, "visit_cancelled_by_town", reason=reason)
    elif row.withdrawn:
        seats.mark(row, str(row.state), withdrawn=False)


def _falls_away(row: Reservation, by: str, reason: str = "", *, sign: bool = True) -> bool:
    """End a visit to come: True if a booking was freed. On the day it stays, with a `sign` for staff."""
    if row.state != "BOOKED":
        seats.give_back(row, "EXPIRED")
    elif day_of(row) > hours.today():
        seats.give_back(row, "CANCELLED", cancelled_at=clock.now(), cancelled_by=by, cancelled_reason=reason)
        return True
    elif day_of(row) == hours.today() and sign:
        seats.mark(row, "BOOKED", withdrawn=True)
    return False


def leave(resident: int) -> None:
    """退会 frees the seats of the days after today; call inside its transaction. The mail of 退会 tells enough."""
    for row in coming(resident):
        if _falls_away(row, "退会", sign=False):
            _event(row, "visit_cancelled", Actor(resident=resident), f"{telling.place_and_time(row)}\n退会のため")
