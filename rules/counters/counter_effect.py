"""閉じる窓口・移す窓口: which procedures lose their only counter, and who sees the bookings that go along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import clock
from models import Counter, Division, Procedure, Reservation, Role, ask
from rules.procedures import procedure
from rules.records.history import Actor
from rules.records.session import SignedInStaff
from rules.visits import occasion, telling


class Left(NamedTuple):
    """A procedure without a counter; `sends` still, because only what was granted is collected there."""

    name: str
    sends: bool


def left_alone(row: Counter, to: Division | None = None) -> list[Left]:
    """The procedures that have this counter alone, and none once it is closed or belongs to another division."""
    if occasion.counters_from(row.division.parent):
        return []
    known: dict[int, bool] = {}
    found = []
    for wanted in Procedure.rows("town_id = {} AND listed_as IS NOT NULL ORDER BY listed_as", row.town_id):
        document = procedure.published(wanted)[1]
        if not occasion.when(document):
            continue
        if wanted.division_id not in known:
            known[wanted.division_id] = _loses(wanted.division, row, to)
        if known[wanted.division_id]:
            found.append(_left(document))
    return found


def _loses(division: Division, row: Counter, to: Division | None) -> bool:
    if to is not None and to.id in _chain(division):
        return False
    return [one.id for one in occasion.counters_from(division)] == [row.id]


def _left(document: dict[str, Any]) -> Left:
    return Left(str(document["name"]), not occasion.with_form(document))


def _chain(division: Division | None) -> list[int]:
    """A division and those above it."""
    found: list[int] = []
    while division is not None and division.id not in found:
        found.append(division.id)
        division = division.parent
    return found


def of_draft(town: int, document: dict[str, Any]) -> Left | None:
    """What publishing a document would leave without a counter: nothing where none is asked for, or one is there."""
    if not occasion.when(document) or not document.get("form"):
        return None
    division = Division.row("town_id = {} AND name = {}", town, document["division"])
    return None if occasion.counters_from(division) else _left(document)


# ---------------------------------------------------------------- another division


@dataclass(frozen=True)
class Move:
    """What goes along with a counter: how many bookings to come, and who will see them, or will not any more."""

    source: str
    target: str
    coming: int
    seen_by: list[str]
    unseen_by: list[str]
    left: list[Left]
    # What staff have been shown, for the form to send back.
    mark: str


class Moves(Exception):
    """A counter would go to another division, and nobody was asked about just this; nothing was changed."""

    def __init__(self, move: Move) -> None:
        super().__init__(f"{move.source} to {move.target}")
        self.move = move


def ask_first(row: Counter, division: int, shown: str) -> None:
    """Raise Moves where bookings or procedures depend on it and staff have not been shown them as they are now."""
    if division == row.division_id:
        return
    to = Division.get_by_id(division)
    along, left = coming(row), left_alone(row, to)
    mark = f"{division}.{along}.{len(left)}"
    if mark == shown or not (along or left):
        return
    before, after = _seeing(row.division), _seeing(to)
    unseen = [name for key, name in before.items() if key not in after]
    raise Moves(Move(row.division.name, to.name, along, list(after.values()), unseen, left, mark))


def coming(row: Counter) -> int:
    """How many bookings to come a counter has."""
    sql = "SELECT COUNT(*) FROM reservation WHERE counter_id = {} AND state = 'BOOKED' AND ends_at > {}"
    return int(ask(sql, row.id, Reservation.ends_at.db_value(clock.now()))[0][0])


def tell_of_place(me: SignedInStaff, before: Counter) -> str:
    """Mail everybody still to come where a counter is now, or what it is called; the sentence about it for staff.

    Call inside the transaction that has changed the counter, with the counter as it was.
    """
    now, then = Counter.get_by_id(before.id), telling.counter_words(before)
    if telling.counter_words(now) == then:
        return ""
    told = untold = 0
    still = "counter_id = {} AND state = 'BOOKED' AND ends_at > {} ORDER BY starts_at, id"
    for row in Reservation.rows(still, now.id, Reservation.ends_at.db_value(clock.now())):
        place_before = f"{telling.time_words(row)}　{then}"
        telling.record(row, "visit_changed", Actor(staff=me), f"{place_before} → {telling.place_and_time(row)}")
        why = "窓口の名前か場所が変わったため"
        reached = telling.told(row, "visit_changed_by_town", before=place_before, reason=why)
        told, untold = told + reached, untold + (not reached)
        # The event in a calendar follows it by its SEQUENCE.
        Reservation.change({"revision": row.revision + 1}, "id = {}", row.id)
    sentence = f"予約{told}件の方に、メールで知らせました。" if told else ""
    if untold:
        sentence += (
            f"メールが届かない予約が{untold}件あります。予約の一覧の「届かない方」で、電話番号を見て知らせてください。"
        )
    return sentence


def _seeing(division: Division) -> dict[int, str]:
    """The clerks who see what belongs to a division: those who work for it or for one above."""
    chain = _chain(division)
    sql = (
        "SELECT DISTINCT s.id, s.name FROM staff s JOIN staff_division m ON m.staff_id = s.id "
        f"WHERE m.division_id IN ({','.join(['{}'] * len(chain))}) AND s.role = {{}} AND s.disabled_at IS NULL "
        "ORDER BY s.name, s.id"
    )
    return dict(ask(sql, *chain, str(Role.CLERK)))
