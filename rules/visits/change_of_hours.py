"""予定の変更: no change to a counter drops a booking silently: it is shown first which it touches, and staff decide."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any

import clock
from clock import TOKYO
from models import Counter, Reservation, Seat, ask, transaction
from rules.forms.fields import FormData
from rules.records import access
from rules.records.session import SignedInStaff
from rules.visits import by_town, hours
from rules.visits.lines import Line, lines

KEEP, CANCEL = "keep", "cancel"


@dataclass(frozen=True)
class Decision:
    """What staff said of the bookings they were shown; `seen` names these (Touches.seen)."""

    what: str = ""
    reason: str = ""
    seen: str = ""


_OWN_FIELDS = ("csrf", "bookings", "cancel_reason", "seen")


def said(form: FormData) -> Decision:
    """What a posted form says of the bookings it showed."""
    return Decision(form.get("bookings"), form.get("cancel_reason"), form.get("seen"))


def to_decide(found: Touches, pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """What parts/touched.html is made of: the bookings, what was said of them, and the other fields to carry along."""
    typed = dict(pairs)
    return {
        "found": found,
        "fields": [(name, value) for name, value in pairs if name not in _OWN_FIELDS and not name.startswith("act_")],
        "what": typed.get("bookings") or KEEP,
        "reason": typed.get("cancel_reason", ""),
    }


class Touches(Exception):
    """A change would leave bookings without their slot, and nobody has decided on just these; nothing was changed."""

    def __init__(self, touched: list[Line], errors: dict[str, str], *, again: bool) -> None:
        super().__init__(f"{len(touched)} bookings")
        self.lines = touched
        self.errors = errors
        # Other bookings than those that were decided on.
        self.again = again

    @property
    def wrong(self) -> bool:
        """Whether this is the answer to a decision that could not be taken."""
        return self.again or bool(self.errors)

    @property
    def seen(self) -> str:
        return _digest([line.id for line in self.lines])


@dataclass(frozen=True)
class Done:
    """What the change gave back, and what became of the bookings: kept, cancelled, and of these not to be mailed."""

    result: Any
    kept: int = 0
    cancelled: int = 0
    untold: int = 0

    @property
    def words(self) -> str:
        """The same as sentences, "" where no booking was touched."""
        if self.kept:
            return f"予約{self.kept}件は、そのままにしました。"
        if not self.cancelled:
            return ""
        told = f"うち{self.untold}件は、メールが届きません。予約の一覧で電話番号を見て、知らせてください。"
        return f"予約{self.cancelled}件を取り消しました。" + (told if self.untold else "")


def decide(me: SignedInStaff, counters: list[Counter], act: Callable[[], Any], decision: Decision) -> Done:
    """Do `act`, which changes these counters; raises Touches, nothing done, until its bookings are decided on.

    What a change touches is what fitted before and does not afterwards: it is done, looked at, and taken back.
    """
    keys = [counter.id for counter in counters]
    with transaction():
        before = _fitting(keys)
        result = act()
        touched = sorted(before - _fitting(keys))
        if not touched:
            return Done(result)
        errors = {}
        if decision.what == CANCEL and not decision.reason.strip():
            errors["q-cancel_reason"] = "取り消す理由を入力してください。予約した方へのメールに書きます。"
        fresh = decision.seen == _digest(touched)
        if errors or not fresh or decision.what not in (KEEP, CANCEL):
            again = bool(decision.seen) and not fresh
            raise Touches(_lines(me, touched), errors, again=again)
        if decision.what == KEEP:
            return Done(result, kept=len(touched))
        return Done(result, cancelled=len(touched), untold=_cancel(me, touched, decision.reason.strip()))


def of_town(me: SignedInStaff, act: Callable[[], Any], decision: Decision) -> Done:
    """The same for what changes every counter of a town: its closing days."""
    return decide(me, Counter.rows("town_id = {} AND closed_at IS NULL", me.town), act, decision)


def _cancel(me: SignedInStaff, keys: list[int], reason: str) -> int:
    untold = 0
    for row in Reservation.rows(f"id IN ({_marks(keys)}) ORDER BY starts_at, id", *keys):
        by_town.cancel_row(me, row, reason)
        untold += not by_town.reaches(row)
    return untold


def _lines(me: SignedInStaff, keys: list[int]) -> list[Line]:
    condition = f"r.id IN ({_marks(keys)}) ORDER BY r.starts_at, r.id"
    return lines(access.own_divisions(me), condition, *keys)


def _marks(keys: list[int]) -> str:
    return ",".join(["{}"] * len(keys))


def _digest(keys: list[int]) -> str:
    return sha256(",".join(map(str, sorted(keys))).encode("ascii")).hexdigest()[:32]


# ---------------------------------------------------------------- what fits

_COMING = (
    "SELECT id, counter_id, starts_at, ends_at FROM reservation WHERE counter_id IN ({}) AND state = 'BOOKED' "
    "AND ends_at > {now} ORDER BY counter_id, starts_at, booked_at, id"
)


def _fitting(keys: list[int]) -> set[int]:
    """The bookings to come that have a slot, and a seat in it, as the counters are now; who booked first sits first."""
    if not keys:
        return set()
    now = clock.now()
    counters = {row.id: row for row in Counter.rows(f"id IN ({_marks(keys)})", *keys)}
    plans = hours.plans_of(list(counters.values()))
    stored = Reservation.ends_at.db_value(now)
    blocked = set(ask(f"SELECT counter_id, starts_at FROM seat WHERE counter_id IN ({_marks(keys)}) "
                      "AND reservation_id IS NULL AND starts_at >= {}", *keys, _day_before(now)))  # fmt: skip
    slots: dict[tuple[int, date], set[datetime]] = {}
    found: set[int] = set()
    last, rank = None, 0
    for key, counter, starts, ends in ask(_COMING.replace("{}", _marks(keys)).replace("{now}", "{}"), *keys, stored):
        rank = rank + 1 if last == (counter, starts) else 1
        last = (counter, starts)
        at = datetime.fromisoformat(starts).astimezone(TOKYO)
        row, plan = counters[counter], plans[counter]
        if (counter, at.date()) not in slots:
            slots[counter, at.date()] = set(plan.slots(at.date()))
        length = (datetime.fromisoformat(ends) - datetime.fromisoformat(starts)).total_seconds() / 60
        fits = at in slots[counter, at.date()] and length == row.slot_minutes
        if fits and rank <= row.seats and row.closed_at is None and last not in blocked:
            found.add(key)
    return found


def _day_before(now: datetime) -> str:
    return str(Seat.starts_at.db_value(now.replace(hour=0, minute=0, second=0, microsecond=0)))
