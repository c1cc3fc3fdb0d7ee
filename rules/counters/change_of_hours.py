"""予定の変更: no change to a counter drops a booking silently: it is shown first which it touches, and staff decide."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

import clock
from clock import TOKYO
from models import Counter, Reservation, ask, transaction
from rules.counters import by_town
from rules.counters.lines import Line, lines
from rules.forms.fields import FormData
from rules.records import access
from rules.records.session import SignedInStaff
from rules.visits import hours, seats

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
        told = (
            f"うち{self.untold}件は、メールが届きません。予約の一覧を「取消し」と、メールが「届かない方」で絞り込み、"
            "電話で知らせてください。"
        )
        return f"予約{self.cancelled}件を取り消しました。" + (told if self.untold else "")


def decide(me: SignedInStaff, counters: list[Counter], act: Callable[[], Any], decision: Decision) -> Done:
    """Do `act`, which changes these counters; raises Touches, nothing done, until its bookings are decided on.

    What a change touches is what stands worse afterwards than before: it is done, looked at, and taken back.
    """
    keys = [counter.id for counter in counters]
    with transaction():
        before = _standing(keys)
        result = act()
        touched = sorted({key for key, _ in before - _standing(keys)})
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
    return decide(me, Counter.rows("town_id = {}", me.town), act, decision)


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


# ---------------------------------------------------------------- what stands

_COMING = (
    "SELECT id, counter_id, starts_at, ends_at FROM reservation WHERE counter_id IN ({}) AND state = 'BOOKED' "
    "AND starts_at > {} AND ends_at > {} ORDER BY booked_at, id"
)
_BLOCKED = (
    "SELECT r.id FROM reservation r JOIN seat s ON s.counter_id = r.counter_id AND s.reservation_id IS NULL "
    "AND s.starts_at < r.ends_at AND s.ends_at > r.starts_at WHERE r.counter_id IN ({}) AND r.state = 'BOOKED' "
    "AND r.starts_at > {} AND r.ends_at > {}"
)


def _standing(keys: list[int]) -> set[tuple[int, str]]:
    """What the bookings to come rest on, as the counters are now: (booking, "slot" | "time" | "day" | "counter").

    One that was kept although it lost its slot still rests on its day, and on its time not being blocked. Of more
    bookings than seats those have a slot that were made first.
    """
    if not keys:
        return set()
    counters = {row.id: row for row in Counter.rows(f"id IN ({_marks(keys)})", *keys)}
    plans = hours.plans_of(list(counters.values()))
    blocked = {key for (key,) in _of_counters(_BLOCKED, keys)}
    slots: dict[tuple[int, date], set[datetime]] = {}
    found: set[tuple[int, str]] = set()
    earlier = _Earlier()
    for key, counter, starts, ends in _of_counters(_COMING, keys):
        at, until = (datetime.fromisoformat(one).astimezone(TOKYO) for one in (starts, ends))
        row, plan = counters[counter], plans[counter]
        if (counter, at.date()) not in slots:
            slots[counter, at.date()] = set(plan.slots(at.date()))
        has_slot = at in slots[counter, at.date()] and until - at == timedelta(minutes=row.slot_minutes)
        rests_on = {
            "slot": earlier.count((counter, at.date()), starts, ends) < row.seats and has_slot,
            "time": key not in blocked,
            "day": bool(plan.spans(at.date())),
            "counter": row.closed_at is None,
        }
        found |= {(key, what) for what, holds in rests_on.items() if holds}
    return found


class _Earlier:
    """How many of the bookings seen before are there at the same time as one, in part at least."""

    def __init__(self) -> None:
        self._seen: dict[tuple[int, date], dict[tuple[str, str], int]] = {}

    def count(self, day: tuple[int, date], starts: str, ends: str) -> int:
        spans = self._seen.setdefault(day, {})
        found = sum(many for (begins, over), many in spans.items() if begins < ends and over > starts)
        spans[starts, ends] = spans.get((starts, ends), 0) + 1
        return found


def _of_counters(sql: str, keys: list[int]) -> list[tuple[Any, ...]]:
    """The rows about bookings of these counters that are not over; the first bound is what the index goes by."""
    now, stored = clock.now(), Reservation.ends_at.db_value
    return ask(sql.replace("{}", _marks(keys), 1), *keys, stored(now - seats.BACK), stored(now))
