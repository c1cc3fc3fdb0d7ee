"""What the cast does about visits, without screens: a counter, a procedure that asks for a visit, a booking."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from cast_acts import person, write

import demo
import models
from clock import TOKYO
from models import Application, Counter, OpeningHours, Procedure, Reservation, Resident, Seat, Town
from rules.applications import submission
from rules.procedures import procedure
from rules.visits import booking, weeks

DOGS = json.loads((demo.STARTER / "procedures" / "dog-registration.json").read_text(encoding="utf-8"))
# A form with one question.
SHORT = {
    "pages": [
        {
            "key": "dog",
            "title": "犬",
            "intro": "",
            "questions": [
                {
                    "key": "dog",
                    "type": "text",
                    "label": "犬",
                    "hint": "",
                    "required": True,
                    "limits": {"max_length": 9},
                }
            ],
        }
    ]
}
# The cast's clock stands at Tuesday, 24 November 2026, 10:00.
TOMORROW, NEXT = "2026-11-25", "2026-11-26"


def at(day: str, clock_time: str = "09:00") -> datetime:
    return datetime.fromisoformat(f"{day}T{clock_time}:00").replace(tzinfo=TOKYO)


def key(day: str = TOMORROW, clock_time: str = "09:00") -> str:
    return f"{day}T{clock_time}"


def make_counter(
    town: Town,
    name: str = "住民窓口",
    division: int | None = None,
    hours: tuple[tuple[int, int], ...] = ((540, 720), (780, 960)),
    **columns: Any,
) -> Counter:
    """Open from Monday to Friday, 9:00 to 12:00 and 13:00 to 16:00; one seat every half hour."""
    wanted = Procedure.get((Procedure.town == town) & (Procedure.slug == DOGS["id"]))
    with models.transaction():
        made = Counter.create(
            town=town,
            division=division or wanted.division_id,
            name=name,
            **{"place": "本庁舎1階", "telephone": "0999-00-1240", "bring": "本人確認書類", **columns},
        )
        for weekday in range(1, 6):
            for opens, closes in hours:
                OpeningHours.create(counter=made, weekday=weekday, opens=opens, closes=closes)
    return made


def visiting(town: Town, when: str = "applying", **changes: Any) -> Procedure:
    """The dog registration, which asks for a visit from now on."""
    with models.transaction():
        return procedure.load(town, {**DOGS, "visit": {"when": when, "bring": "犬の写真"}, **changes})


def hold(who: Resident, written: Application, counter: Counter, slot: str | None = None) -> Reservation:
    return booking.choose(person(who), written.id, str(counter.id), slot or key())


def send(who: Resident, written: Application) -> Application:
    """As the confirm page does it."""
    row = Application.get_by_id(written.id)
    mark = booking.mark_of(booking.of(row))
    booking.send(person(who), row.id, submission.sheet(row).sha256, mark)
    return Application.get_by_id(row.id)


def booked(who: Resident, wanted: Procedure, counter: Counter, slot: str | None = None) -> Reservation:
    """An application that was sent with a visit."""
    written = write(wanted, who)
    hold(who, written, counter, slot)
    send(who, written)
    found = booking.of(written)
    assert found is not None and found.state == "BOOKED"
    return found


def seats_of(counter: Counter, slot: str | None = None) -> int:
    starts_at = weeks.time_of(slot or key())
    return int(Seat.select().where((Seat.counter == counter) & (Seat.starts_at == starts_at)).count())
