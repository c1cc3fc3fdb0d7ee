"""枠の休止: slots that staff take out of use, one by one or a whole day, and put back."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import clock
from clock import TOKYO
from models import transaction
from rules import Refusal
from rules.counters import by_town
from rules.counters.change_of_hours import Decision, Done, decide
from rules.records import audit
from rules.records.session import SignedInStaff
from rules.visits import hours, seats, weeks

_NO_SUCH = "この日に、その時刻の枠はありません。表示されている中から選び直してください。"


def block(me: SignedInStaff, key: int, day: date, times: list[str], reason: str, decision: Decision) -> Done:
    """休止にする: the chosen times of a day; raises Touches where somebody has booked them, and tells how many were not
    out of use before.
    """
    counter = by_town.own_counter(me, key)
    if counter.closed_at is not None:
        raise Refusal("この窓口は閉じています。休止にする枠はありません。")
    length, now = timedelta(minutes=counter.slot_minutes), clock.now()
    chosen = _chosen(day, times, [at for at in hours.plan_of(counter).slots(day) if at + length > now])
    if not reason.strip():
        raise Refusal("", {"q-reason": "休止の理由を入力してください。職員の画面に出ます。"})

    def act() -> int:
        done = sum(seats.block(counter, at, reason.strip()) for at in chosen)
        if done:
            audit.record("slots_blocked", staff=me, division=counter.division_id, counter=key, days=[day.isoformat()])
        return done

    return decide(me, [counter], act, decision)


def unblock(me: SignedInStaff, key: int, day: date, times: list[str]) -> int:
    """休止をやめる: returns how many times can be booked again."""
    counter = by_town.own_counter(me, key)
    chosen = _chosen(day, times, None)
    with transaction():
        done = sum(seats.unblock(counter, at) for at in chosen)
        if done:
            audit.record("slots_unblocked", staff=me, division=counter.division_id, counter=key, days=[day.isoformat()])
    return done


def _chosen(day: date, times: list[str], slots: list[datetime] | None) -> list[datetime]:
    """The times a form named; each has to be one of the day, and one of `slots` where these are given."""
    if not times:
        raise Refusal("", {"q-times": "時刻を1つ以上選んでください。"})
    found = []
    for key in dict.fromkeys(times):
        at = weeks.time_of(key)
        if at is None or at.astimezone(TOKYO).date() != day or (slots is not None and at not in slots):
            raise Refusal("", {"q-times": _NO_SUCH})
        found.append(at)
    return found
