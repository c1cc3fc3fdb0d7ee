"""申請の処理と来庁: what becomes of the visit of an application by an act on it, said to staff beforehand."""

from __future__ import annotations

from typing import NamedTuple

import clock
from models import Application, Reservation
from rules.applications.application import MOVES
from rules.counters import by_town
from rules.visits import booking, by_resident, occasion, telling


class Becomes(NamedTuple):
    """`words` of what becomes of a visit; `key` of its booking."""

    words: str
    key: int


def becomes(sent: Application, verb: str) -> Becomes | None:
    """What an act does to a visit to come, as by_resident will do it; None where there is nothing to say."""
    row = booking.of(sent)
    if row is None or row.state != "BOOKED" or row.ends_at <= clock.now():
        return None
    words = _words(sent, verb, row)
    return Becomes(words, row.id) if words else None


def _words(sent: Application, verb: str, row: Reservation) -> str:
    visit = f"{telling.place_and_time(row)}の来庁の予約"
    found = by_resident.outcome(sent, row, verb)
    if found == by_resident.STAYS:
        return f"きょう、{visit}は、取り消されずに残ります。来ないと分かったときは、予約を取り消してください。"
    if found == by_resident.FREED:
        told = "取消しは、メールで知らせます。" if by_town.reaches(row) else _BY_TELEPHONE
        return f"{visit}も、取り消されます。{told}"
    if verb in _DONE:
        return f"{visit}は、そのまま残ります。{_needless(sent, verb)}"
    if verb == "transfer":
        return f"{visit}は、窓口も日時も変わりません。移した先の担当者も、この予約を見て、変えることができます。"
    return ""


_BY_TELEPHONE = "メールは届かないので、電話などで知らせてください。"
_DONE = {"approve": "承認した", "complete": "完了にした"}


def _needless(sent: Application, verb: str) -> str:
    """When to cancel a visit that is not needed: before the result, the mail would ask for another time."""
    target = MOVES[verb].target
    if target is None or occasion.awaited(occasion.document_of(sent), target):
        return ""
    return f"来る必要がなくなったときは、{_DONE[verb]}あとで、予約を取り消してください。"
