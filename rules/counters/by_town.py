"""役場がする予約: what staff enter, change, cancel and mark, each told to who booked where that is possible."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import clock
from clock import TOKYO
from models import Application, Channel, Counter, Reservation, Status, transaction
from rules import Refusal
from rules.records import access, audit, numbering
from rules.records.access import Missing
from rules.records.history import Actor
from rules.records.session import SignedInStaff
from rules.values import calendar, text
from rules.visits import booking, hours, seats, states, telling

# How far ahead staff may enter a visit, whatever residents may.
AHEAD = timedelta(days=366)
# Two presses of one form lie no further apart.
_AT_ONCE = timedelta(seconds=5)
CHANNELS = {str(Channel.TELEPHONE): "電話", str(Channel.COUNTER): "窓口"}
_OVERTAKEN = (
    "この予約は、先に変えられています。いまの予約は、このページに出ているとおりです。"
    "よければ、もう一度操作してください。"
)
_SHUT = "この窓口は閉じています。ほかの窓口を選んでください。"
_NOT_TOLD = "いま入力した理由は残さず、メールも送っていません。"
_SAME_TIME = "いまと同じ日時です。変えるときは、ほかの日時にしてください。"
SAME_NAME = (
    "同じ氏名の予約が、この時間にもうあります。別の方の予約のときは、下の四角を選んでから、もう一度押してください。"
)


@dataclass(frozen=True)
class Caller:
    """Who comes, as it was told to staff."""

    name: str
    telephone: str = ""
    note: str = ""
    channel: str = str(Channel.TELEPHONE)
    # Of an application, as it was typed; "" where the visit belongs to none.
    number: str = ""
    # Said to be somebody else than who comes at that time under the same name.
    another: bool = False


# ---------------------------------------------------------------- whose


def own(me: SignedInStaff, key: int) -> Reservation:
    """A booking at a counter, or of an application, of one's own divisions; else Missing."""
    row = Reservation.row("id = {} AND town_id = {} AND state NOT IN ('HELD','EXPIRED')", key, me.town)
    if row is None:
        raise Missing
    mine = access.own_divisions(me)
    if row.counter.division_id not in mine and not sees_application(row.application, mine):
        raise Missing
    return row


def sees_application(sent: Application | None, mine: set[int]) -> bool:
    """Whether who works for these divisions may look at an application."""
    return sent is not None and sent.division_id in mine and sent.status != Status.DRAFT


def own_counters(me: SignedInStaff) -> list[Counter]:
    """The counters of one's own divisions and those below, the closed ones last."""
    mine = access.own_divisions(me)
    rows = Counter.rows("town_id = {} ORDER BY closed_at IS NOT NULL, position, id", me.town)
    return [row for row in rows if row.division_id in mine]


def own_counter(me: SignedInStaff, key: int) -> Counter:
    """One of them, or Missing."""
    row = Counter.row("id = {} AND town_id = {}", key, me.town)
    if row is None or row.division_id not in access.own_divisions(me):
        raise Missing
    return row


def why_not(counter: Counter, starts_at: datetime) -> str:
    """Why staff cannot enter a visit, seats apart: today is possible, and so is a day residents cannot book yet."""
    if counter.closed_at is not None:
        return _SHUT
    now, plan = clock.now(), hours.plan_of(counter)
    day = starts_at.astimezone(TOKYO).date()
    if starts_at + timedelta(minutes=counter.slot_minutes) <= now:
        return "この日時は、もう過ぎています。これからの日時にしてください。"
    if day > hours.today() + AHEAD:
        return "1年より先の日は、まだ予約できません。"
    if not plan.spans(day):
        return f"{calendar.near_date(day)}は、この窓口は休みです（{plan.why_closed(day)}）。ほかの日にしてください。"
    if not plan.offers(starts_at):
        return f"この時刻から始まる枠は、ありません。この日の枠は、{_times(plan.slots(day))}です。"
    return ""


def _times(slots: list[datetime]) -> str:
    return "、".join(f"{at.hour}:{at.minute:02}" for at in slots)


def _may_come(counter: Counter, starts_at: datetime, besides: int = 0) -> None:
    """Refuse what cannot be, and what is full with the times of that day that are not."""
    if sentence := why_not(counter, starts_at):
        raise Refusal("", {"q-time": sentence})
    left = free_times(counter, starts_at, besides)
    if starts_at in left:
        return
    ends_at = starts_at + timedelta(minutes=counter.slot_minutes)
    word = "休止にして" if seats.blocked_between(counter.id, starts_at, ends_at) else "満席になって"
    others = f"この日に空いているのは、{_times(left)}です。" if left else "この日は、ほかの時刻も空いていません。"
    raise Refusal("", {"q-time": f"この時刻は、{word}います。{others}"})


def free_times(counter: Counter, day_of: datetime, besides: int = 0) -> list[datetime]:
    """The times of a day at which somebody could still come, or to which the booking `besides` could be moved."""
    slots = hours.plan_of(counter).slots(day_of.astimezone(TOKYO).date())
    if not slots or counter.closed_at is not None:
        return []
    now = clock.now()
    taken = seats.taken_between(counter.id, slots[0], slots[-1] + timedelta(minutes=1), now, besides=besides)
    length, found = timedelta(minutes=counter.slot_minutes), []
    for at in slots:
        count, blocked = taken.get(str(Reservation.starts_at.db_value(at)), (0, False))
        if at + length > now and not blocked and count < counter.seats:
            found.append(at)
    return found


# ---------------------------------------------------------------- entering


def enter(me: SignedInStaff, key: int, starts_at: datetime, caller: Caller) -> Reservation:
    """電話の予約を入れる. A second press finds it done; a second caller of the same name is asked about."""
    with transaction():
        counter = own_counter(me, key)
        sent = _application(me, caller.number)
        caller = _filled_in(caller, sent)
        if found := _entered(me, counter, starts_at, caller, sent):
            return found
        if sent is not None:
            _one_visit_each(sent)
        elif not caller.another:
            _nobody_of_that_name(counter, starts_at, caller.name)
        _may_come(counter, starts_at)
        made = seats.book_at_once(
            counter,
            starts_at,
            application=sent,
            procedure=sent.procedure_id if sent else None,
            resident=sent.resident_id if sent else None,
            number=None if sent else numbering.free_number(),
            name=caller.name,
            name_folded=searchable(caller.name, sent),
            telephone=caller.telephone,
            note=caller.note,
            channel=caller.channel,
            created_by=me.id,
        )
        telling.record(made, "visit_booked", Actor(staff=me), telling.place_and_time(made))
        telling.told(made, "visit_booked")
        note("reservation_entered", me, made)
    return made


def _entered(
    me: SignedInStaff, counter: Counter, starts_at: datetime, caller: Caller, sent: Application | None
) -> Reservation | None:
    """What a second press of the same form finds; later on the same words may well be another caller's."""
    same = "counter_id = {} AND starts_at = {} AND state = 'BOOKED' AND name = {} AND telephone = {} AND "
    values = (counter.id, Reservation.starts_at.db_value(starts_at), caller.name, caller.telephone)
    if sent is not None:
        return Reservation.row(same + "application_id = {}", *values, sent.id)
    alone = "application_id IS NULL AND note = {} AND channel = {} AND created_by_id = {} AND created_at >= {}"
    lately = Reservation.created_at.db_value(clock.now() - _AT_ONCE)
    return Reservation.row(same + alone, *values, caller.note, caller.channel, me.id, lately)


def _nobody_of_that_name(counter: Counter, starts_at: datetime, name: str) -> None:
    same = "counter_id = {} AND starts_at = {} AND state = 'BOOKED' AND name = {}"
    if Reservation.row(same, counter.id, Reservation.starts_at.db_value(starts_at), name):
        raise Refusal("", {"q-another": SAME_NAME})


def _filled_in(caller: Caller, sent: Application | None) -> Caller:
    """What was left empty is taken from the application."""
    known = sent.resident.telephone if sent is not None and sent.resident is not None else ""
    name = caller.name or (sent.applicant_name if sent is not None else "")
    if not name:
        raise Refusal("", {"q-name": "来る方の氏名を入力してください。"})
    return replace(caller, name=name, telephone=plain_telephone(caller.telephone or known))


def searchable(name: str, sent: Application | None) -> str:
    """What a search looks in: who comes, and name and フリガナ of the applicant."""
    return text.fold(name) + (sent.applicant_folded if sent is not None else "")


def plain_telephone(typed: str) -> str:
    """A telephone number as bookings keep it: digits of half width, a hyphen between its parts."""
    return re.sub(r"[-()\[\]\s.・/]+", "-", text.digits(typed)).strip("-")


def _application(me: SignedInStaff, typed: str) -> Application | None:
    if not typed.strip():
        return None
    number = numbering.parse(typed)
    if number is None:
        raise Refusal("", {"q-number": "申込番号は、12けたの数字です。番号をお確かめください。"})
    sent = Application.row("number = {} AND town_id = {}", number, me.town)
    if not sees_application(sent, access.own_divisions(me)):
        raise Refusal("", {"q-number": "この番号の申請は、あなたの部課にはありません。番号をお確かめください。"})
    assert sent is not None
    if sent.status in (Status.WITHDRAWN, Status.REJECTED):
        raise Refusal("", {"q-number": "この申請は、取り下げられたか、却下されています。番号をお確かめください。"})
    return sent


def _one_visit_each(sent: Application) -> None:
    present = booking.of(sent)
    if present is None:
        return
    if present.state == "BOOKED":
        when = telling.place_and_time(present)
        raise Refusal("", {"q-number": f"この申請には、もう予約があります（{when}）。その予約を変更してください。"})
    seats.drop(present)


# ---------------------------------------------------------------- changing and cancelling


def rebook(me: SignedInStaff, key: int, revision: int, to: tuple[int, datetime], reason: str) -> Reservation:
    """予約を変更する, at any time: `to` another (counter, time). A second press finds it done."""
    with transaction():
        row = own(me, key)
        where, starts_at = to
        if row.state == "BOOKED" and (row.counter_id, row.starts_at) == (where, starts_at):
            if row.revision != revision:
                return row
            raise Refusal("", {"q-time": _SAME_TIME})
        _still(row, revision)
        counter = row.counter if where == row.counter_id else own_counter(me, where)
        _may_come(counter, starts_at, besides=row.id)
        before = telling.place_and_time(row)
        seats.move(row, counter, starts_at)
        after = telling.place_and_time(row)
        telling.record(row, "visit_changed", Actor(staff=me), f"{before} → {after}\n理由：{reason}")
        telling.told(row, "visit_changed_by_town", before=before, reason=reason)
        note("reservation_changed", me, row)
    return row


def cancel(me: SignedInStaff, key: int, revision: int, reason: str) -> Reservation:
    """予約を取り消す, at any time. A second press finds it done."""
    with transaction():
        row = own(me, key)
        if row.state != "CANCELLED":
            _still(row, revision)
            cancel_row(me, row, reason)
        elif (row.cancelled_by, row.cancelled_reason) != (_by(me, row), reason):
            raise Refusal(f"この予約は、先に取り消されています（{row.cancelled_by}）。{_NOT_TOLD}")
    return row


def cancel_row(me: SignedInStaff, row: Reservation, reason: str) -> None:
    """Cancel a booking, tell who booked, and write it down; call inside a transaction."""
    told = {"cancelled_by": _by(me, row), "cancelled_reason": reason}
    seats.give_back(row, "CANCELLED", cancelled_at=clock.now(), **told)
    telling.record(row, "visit_cancelled", Actor(staff=me), f"{telling.place_and_time(row)}\n理由：{reason}")
    telling.told(row, "visit_cancelled_by_town", reason=reason)
    note("reservation_cancelled", me, row)


def _by(me: SignedInStaff, row: Reservation) -> str:
    return f"{row.counter.division.name} {me.name}"


def _still(row: Reservation, revision: int) -> None:
    if row.revision != revision:
        raise Refusal(_OVERTAKEN)
    if row.state != "BOOKED":
        word = states.WORDS[row.state]
        raise Refusal(f"この予約は「{word}」になっています。変更や取消しは、予約中のものだけができます。")


# Act -> (state before, state after, event of the application)
_MARKS = {
    "visited": ("BOOKED", "VISITED", "visited"),
    "no_show": ("BOOKED", "NO_SHOW", "visit_missed"),
}


def marks(state: str, starts_at: datetime) -> list[str]:
    """What can be marked now: whether one came is known from the day, that nobody came once the time has begun."""
    if state in ("VISITED", "NO_SHOW"):
        return ["undo"]
    found = []
    if state == "BOOKED" and starts_at.astimezone(TOKYO).date() <= hours.today():
        found.append("visited")
    if state == "BOOKED" and starts_at <= clock.now():
        found.append("no_show")
    return found


def mark(me: SignedInStaff, key: int, revision: int, act: str) -> Reservation:
    """来庁済みにする, 来庁なしにする, or `undo` either. A second press finds it done."""
    with transaction():
        row = own(me, key)
        before, after, event = _MARKS.get(act, (str(row.state), "BOOKED", "visit_mark_undone"))
        if row.state == after and row.revision != revision:
            return row
        if row.revision != revision:
            raise Refusal(_OVERTAKEN)
        if act not in marks(str(row.state), row.starts_at):
            raise Refusal(_too_early(act) if row.state == "BOOKED" else _OVERTAKEN)
        if act == "undo":
            _no_other_visit(row)
        seats.mark(row, before, state=after)
        telling.record(row, event, Actor(staff=me), telling.place_and_time(row))
        note("reservation_marked", me, row, state=after)
    return row


def _too_early(act: str) -> str:
    if act == "visited":
        return "来庁済みにできるのは、予約の日からです。"
    return "来庁なしにできるのは、予約の時刻が来てからです。"


def _no_other_visit(row: Reservation) -> None:
    live = booking.of(row.application) if row.application is not None else None
    if live is not None and live.state == "BOOKED":
        when = telling.place_and_time(live)
        raise Refusal(f"この申請には、新しい予約があります（{when}）。前の予約は、元に戻せません。")
    if live is not None:
        seats.drop(live)


# ---------------------------------------------------------------- written down


def note(act: str, me: SignedInStaff, row: Reservation, **detail: Any) -> None:
    """What staff did with a booking, in the audit log."""
    audit.record(
        act,
        staff=me,
        application=row.application_id,
        division=row.counter.division_id,
        counter=row.counter_id,
        reservation=row.id,
        **detail,
    )


# The same in SQL, of a reservation r.
REACHES = "EXISTS (SELECT 1 FROM resident s WHERE s.id = r.resident_id AND s.closed_at IS NULL)"


def reaches(row: Reservation) -> bool:
    """Whether a mail reaches who booked; else staff have to call."""
    return row.resident is not None and row.resident.closed_at is None
