"""席: holding one, booking it, moving it, giving it back. A seat is one row under a unique constraint."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from peewee import IntegrityError

import clock
from clock import TOKYO
from models import Counter, Reservation, Seat, ask, transaction
from rules import Refusal
from rules.visits import hours, telling

HOLD = timedelta(minutes=10)
_FULL = "この日時は、満席になりました。ほかの日時を選んでください。"
BLOCKED = "この日時は、休止になりました。ほかの日時を選んでください。"
_SHUT = "この窓口は、いまは予約を受け付けていません。ほかの窓口を選ぶか、役場に電話でお問い合わせください。"
MOST_HOLDS = 3
_TOO_MANY_HOLDS = (
    f"日時を取っておけるのは、同時に{MOST_HOLDS}件までです。ほかの申請を先に送るか、"
    "10分ほどたってから、もう一度選んでください。"
)
MOST_BOOKINGS = 5
# The row of a time that staff have blocked, whatever becomes of its seats: no seat has this number.
_SIGN = 0


class Full(Refusal):
    """Somebody else was quicker, or staff have blocked the time."""

    def __init__(self, sentence: str = _FULL) -> None:
        super().__init__(sentence)


_RAN_OUT = (
    "日時を取っておける時間（10分）が過ぎ、その間に満席になりました。入力した内容は残っています。"
    "もう一度、日時を選んでください。"
)
LOST = (
    "窓口の受付のしかたが変わり、取っておいた日時では予約できなくなりました。入力した内容は残っています。"
    "もう一度、日時を選んでください。"
)


class RanOut(Refusal):
    """What was held is not there any more: the ten minutes were over, or staff have changed the counter."""

    def __init__(self, sentence: str = _RAN_OUT) -> None:
        super().__init__(sentence)


def hold(counter: Counter, starts_at: datetime, **about: Any) -> Reservation:
    """Hold a seat for ten minutes; `about` is what else the row says (application, resident …). Raises Full.

    Whether the time can be booked at all (hours, window) is asked before.
    """
    with transaction():
        return _seated(counter, starts_at, state="HELD", held_until=clock.now() + HOLD, **about)


def book_at_once(counter: Counter, starts_at: datetime, **about: Any) -> Reservation:
    """Book a seat that nobody held before; the rest as for `hold`. Call inside the transaction of what goes with it."""
    return _seated(counter, starts_at, state="BOOKED", booked_at=clock.now(), **about)


def _seated(counter: Counter, starts_at: datetime, **about: Any) -> Reservation:
    now = clock.now()
    made = Reservation.create(
        town=counter.town_id,
        counter=counter,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=counter.slot_minutes),
        created_at=now,
        **about,
    )
    _take(counter, starts_at, made, now)
    return made


def not_too_many_held(resident: int | None) -> None:
    """Nobody keeps a counter for one draft after another; call inside the hold's transaction."""
    live = "SELECT COUNT(*) FROM reservation WHERE resident_id = {} AND state = 'HELD' AND held_until > {}"
    if ask(live, resident, _stored(clock.now()))[0][0] >= MOST_HOLDS:
        raise Refusal(_TOO_MANY_HOLDS)


def not_too_many_booked(resident: int | None, counter: Counter) -> None:
    """Nobody fills a counter; call inside the transaction that books another seat there, or will."""
    coming = "resident_id = {} AND starts_at > {} AND state = 'BOOKED' AND counter_id = {}"
    found = ask(f"SELECT COUNT(*) FROM reservation WHERE {coming}", resident, _stored(clock.now()), counter.id)
    if found[0][0] >= MOST_BOOKINGS:
        raise Refusal(
            f"同じ窓口に取れる予約は、お一人{MOST_BOOKINGS}件までです。もっと必要なときは、窓口に電話してください。"
            f"{telling.counter_words(counter)}　電話 {telling.telephone_of(counter)}"
        )


def book(held: Reservation, **changes: Any) -> None:
    """Make a hold a booking, also one whose ten minutes are over while nobody else took the seat; else RanOut.

    Call inside the transaction of what goes with it.
    """
    now = clock.now()
    with transaction():
        values = {"state": "BOOKED", "booked_at": now, "held_until": None, **changes}
        changed = Reservation.change(
            {**values, "revision": held.revision + 1}, "id = {} AND state IN ('HELD','EXPIRED')", held.id
        )
        if not changed:
            raise RanOut
        if blocked_between(held.counter_id, held.starts_at, held.ends_at):
            raise Full(BLOCKED)
        if lost(held):
            raise RanOut(LOST)
        if not ask("SELECT 1 FROM seat WHERE reservation_id = {}", held.id):
            # Its seat was given away, or taken back: there may be another one.
            try:
                _take(held.counter, held.starts_at, held, now)
            except Full:
                raise RanOut from None
    for name, value in {**values, "revision": held.revision + 1}.items():
        setattr(held, name, value)


def move(booked: Reservation, counter: Counter, starts_at: datetime, **changes: Any) -> None:
    """Give a booking another time, both in one: where there is no seat it keeps what it has. Raises Full."""
    now = clock.now()
    with transaction():
        values = {"counter": counter, "starts_at": starts_at, "reminded_for": None, **changes}
        values["ends_at"] = starts_at + timedelta(minutes=counter.slot_minutes)
        _change(booked, values, "BOOKED")
        Seat.delete().where(Seat.reservation == booked).execute()
        _take(counter, starts_at, booked, now)


def drop(held: Reservation) -> None:
    """Take a hold back that nobody needs any more: another time was chosen, or what it was for is over."""
    with transaction():
        Seat.delete().where(Seat.reservation == held).execute()
        ask("DELETE FROM reservation WHERE id = {} AND state IN ('HELD','EXPIRED') RETURNING id", held.id)


def give_back(booked: Reservation, state: str, **changes: Any) -> None:
    """End a booking, its seat free again; refused when it was ended before."""
    with transaction():
        _change(booked, {"state": state, **changes}, "BOOKED")
        Seat.delete().where(Seat.reservation == booked).execute()


def mark(booked: Reservation, before: str, **changes: Any) -> None:
    """Change what a booking says of itself; the seat stays."""
    with transaction():
        _change(booked, changes, before)


def _change(row: Reservation, values: dict[str, Any], before: str) -> None:
    values = {**values, "revision": row.revision + 1}
    if not Reservation.change(values, "id = {} AND state = {} AND revision = {}", row.id, before, row.revision):
        raise Refusal("この予約は、先に変えられています。いまの予約をご覧になってから、もう一度操作してください。")
    for name, value in values.items():
        setattr(row, name, value)


_INSERT = (
    "INSERT INTO seat (counter_id, starts_at, ends_at, number, reservation_id, blocked) "
    "VALUES ({}, {}, {}, {}, {}, '') ON CONFLICT (counter_id, starts_at, number) DO NOTHING RETURNING id"
)


def _take(counter: Counter, starts_at: datetime, row: Reservation, now: datetime) -> None:
    """Write the lowest free seat down for a reservation; raises Full.

    The constraint decides, not the look before: with two processes, or on another database, a second writer of the same
    number writes nothing and takes the next one.
    """
    taken, over = _in_the_way(counter, starts_at, now)
    if _SIGN in taken:
        raise Full(BLOCKED)
    if len(taken) >= counter.seats:
        # Also where there were more seats when the last of them was taken.
        raise Full
    _expire(over)
    free = (number for number in range(1, counter.seats + 1) if number not in taken)
    values = (counter.id, _stored(starts_at), _stored(row.ends_at))
    if not any(ask(_INSERT, *values, number, row.id) for number in free):
        raise Full


# The longest visit there can be is shorter: nothing that began before is in the way of a time.
BACK = timedelta(days=1)


def _around(counter: Counter, starts_at: datetime) -> tuple[str, str]:
    """Between which starts everything stands that can overlap a slot."""
    return _stored(starts_at - BACK), _stored(starts_at + timedelta(minutes=counter.slot_minutes))


_SEATS = (
    "FROM seat s LEFT JOIN reservation r ON r.id = s.reservation_id "
    "WHERE s.counter_id = {} AND s.starts_at >= {} AND s.starts_at < {} "
    "AND NOT (r.state IS NOT NULL AND r.state = 'HELD' AND r.held_until <= {}) "
)


_WAY = (
    "SELECT s.number, CASE WHEN r.state = 'HELD' AND r.held_until <= {} THEN r.id END "
    "FROM seat s LEFT JOIN reservation r ON r.id = s.reservation_id "
    "WHERE s.counter_id = {} AND s.starts_at >= {} AND s.starts_at < {} AND s.ends_at > {}"
)


def _in_the_way(counter: Counter, starts_at: datetime, now: datetime) -> tuple[list[int], list[int]]:
    """(the numbers of the seats taken while a visit would last, the holds there whose ten minutes are over).

    Also of what began before or is longer: neither a kept booking nor a blocked time need stand on the slots there are.
    """
    rows = ask(_WAY, _stored(now), counter.id, *_around(counter, starts_at), _stored(starts_at))
    return [number for number, over in rows if over is None], [over for _, over in rows if over is not None]


def lost(held: Reservation) -> bool:
    """Whether the counter was changed so that a hold stands for nothing: other slots, or fewer seats.

    Of several holds for the seats that are left the first ones count.
    """
    counter = Counter.get_by_id(held.counter_id)
    if not hours.plan_of(counter).fits(held.starts_at, held.ends_at):
        return True
    sql = f"SELECT COUNT(*) {_SEATS}AND r.ends_at > {{}} AND r.id <> {{}} AND (r.state <> 'HELD' OR r.id < {{}})"
    values = (*_around(counter, held.starts_at), _stored(clock.now()), _stored(held.starts_at), held.id, held.id)
    before: int = ask(sql, counter.id, *values)[0][0]
    # Without a seat of its own it has to find one anyway.
    return before >= counter.seats and bool(ask("SELECT 1 FROM seat WHERE reservation_id = {}", held.id))


def expire_holds(now: datetime) -> int:
    """Tidy up the holds whose time is over; whoever reads counts them as free already."""
    over = "SELECT id FROM reservation WHERE state = 'HELD' AND held_until <= {}"
    with transaction():
        keys = [key for (key,) in ask(over, Reservation.held_until.db_value(now))]
        _expire(keys)
    return len(keys)


def _expire(keys: list[int]) -> None:
    for key in keys:
        ask("DELETE FROM seat WHERE reservation_id = {} RETURNING id", key)
        Reservation.change({"state": "EXPIRED"}, "id = {} AND state = 'HELD'", key)


def block(counter: Counter, starts_at: datetime, reason: str) -> bool:
    """Take a time out of use: seats that are free, or come free later, stay empty. False: it was blocked before."""
    ends_at = starts_at + timedelta(minutes=counter.slot_minutes)
    try:
        with transaction():
            Seat.create(counter=counter, starts_at=starts_at, ends_at=ends_at, number=_SIGN, blocked=reason or "休止")
    except IntegrityError:
        return False
    return True


def unblock(counter: Counter, starts_at: datetime) -> bool:
    """Put a blocked time back into use. False: it was not blocked."""
    with transaction():
        blocked = (Seat.counter == counter) & (Seat.starts_at == starts_at) & Seat.reservation.is_null()
        return bool(Seat.delete().where(blocked).execute())


def blocked_between(counter: int, starts_at: datetime, ends_at: datetime) -> bool:
    """Whether staff have taken a time out of use, or a part of it."""
    signs = "counter_id = {} AND starts_at >= {} AND starts_at < {} AND ends_at > {} AND reservation_id IS NULL"
    values = (counter, _stored(starts_at - BACK), _stored(ends_at), _stored(starts_at))
    return bool(ask(f"SELECT 1 FROM seat WHERE {signs}", *values))


def _stored(instant: datetime) -> str:
    return str(Seat.starts_at.db_value(instant))


def taken_between(
    counter: int, first: datetime, last: datetime, now: datetime, plan: hours.Plan | None = None, besides: int = 0
) -> dict[str, tuple[int, bool]]:
    """For each time that has any: (seats taken while a visit would last, whether it is blocked).

    Holds that ran out count as free. The times are the slots of `plan`, which is looked up where it is not given, and
    those at which something begins beside them. The booking `besides` is the one that is to be moved.
    """
    plan = plan or hours.plan_of(Counter.get_by_id(counter))
    return taken_at({counter: plan}, first, last, now, besides)[counter]


def taken_at(
    plans: Mapping[int, hours.Plan], first: datetime, last: datetime, now: datetime, besides: int = 0
) -> dict[int, dict[str, tuple[int, bool]]]:
    """The same for several counters at once."""
    found: dict[int, dict[str, tuple[int, bool]]] = {key: {} for key in plans}
    slots = {key: _slots(plan, first, last) for key, plan in plans.items()}
    longest = max((plan.slot_minutes for plan in plans.values()), default=0)
    these = _SEATS.replace("s.counter_id = {}", f"s.counter_id IN ({','.join(['{}'] * len(plans))})")
    kind = "s.counter_id, s.starts_at, s.ends_at, s.reservation_id IS NULL"
    sql = f"SELECT {kind}, COUNT(*) {these}AND COALESCE(s.reservation_id, 0) <> {{}} GROUP BY {kind}"
    # No booking has the number -1.
    values = (_stored(first - BACK), _stored(last + timedelta(minutes=longest)), _stored(now), besides or -1)
    begin, end = first.timestamp(), last.timestamp()
    for key, starts_at, ends_at, sign, many in ask(sql, *plans, *values):
        length = plans[key].slot_minutes * 60
        since, until = _seconds(starts_at), _seconds(ends_at)
        touched = slots[key][bisect_right(slots[key], since - length) : bisect_left(slots[key], until)]
        if since not in touched and begin <= since < end:
            touched.append(since)
        for one in touched:
            at = starts_at if one == since else _stored(datetime.fromtimestamp(one, TOKYO))
            count, blocked = found[key].get(at, (0, False))
            found[key][at] = (count, True) if sign else (count + many, blocked)
    return found


def _slots(plan: hours.Plan, first: datetime, last: datetime) -> list[int]:
    """The slots between two times, in seconds as `datetime.timestamp` counts them."""
    begin, end, found = first.timestamp(), last.timestamp(), []
    for day in hours.days_between(first.astimezone(TOKYO).date(), last.astimezone(TOKYO).date()):
        midnight = int(hours.midnight(day).timestamp())
        found += [at for minute in plan.minutes(day) if begin <= (at := midnight + minute * 60) < end]
    return sorted(found)


def _seconds(stored: str) -> int:
    return int(datetime.fromisoformat(stored).timestamp())


def is_free(counter: Counter, starts_at: datetime) -> bool:
    """Whether somebody could have a seat at a time, its hours apart."""
    taken, _ = _in_the_way(counter, starts_at, clock.now())
    return _SIGN not in taken and len(taken) < counter.seats


def why_not(counter: Counter, starts_at: datetime) -> str:
    """Why a resident cannot book a time of a counter, seats apart."""
    if counter.closed_at is not None:
        return _SHUT
    return hours.plan_of(counter).why_not(starts_at, hours.today())
