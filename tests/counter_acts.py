"""What the tests of visits share: a counter with hours, and who comes to it."""

from __future__ import annotations

from datetime import datetime

from cast_acts import as_staff, sent
from staff_acts import put_into

import models
from clock import TOKYO
from models import Application, Counter, OpeningHours, OutboxMail, Reservation, Status
from rules.counters import by_town
from rules.counters.by_town import Caller

# The cast lives on Tuesday, 24 November 2026, 10:00.
TOMORROW = "2026-11-25"


def at(clock_time: str, day: str = TOMORROW) -> datetime:
    return datetime.fromisoformat(f"{day}T{clock_time}").replace(tzinfo=TOKYO)


def make_counter(cast, **columns) -> Counter:
    """Open on weekdays from nine to twelve, half an hour for each of two at a time."""
    values = {"town": cast.town, "division": cast.dogs.division, "name": "住民窓口", "place": "本庁舎1階", "seats": 2}
    with models.transaction():
        made = Counter.create(**values | columns)
        for weekday in range(1, 6):
            OpeningHours.create(counter=made, weekday=weekday, opens=540, closes=720)
    return made


def entered(cast, counter: Counter, when: datetime, name: str = "電話 太郎", **more) -> Reservation:
    caller = Caller(name, more.pop("telephone", "0999-00-2222"), **more)
    return by_town.enter(as_staff(cast.clerk), counter.id, when, caller)


def approved(cast, resident=None) -> Application:
    row = sent(cast.dogs, resident or cast.keiko)
    put_into(row, Status.APPROVED)
    return Application.get_by_id(row.id)


def with_application(cast, counter: Counter, when: datetime, resident=None) -> Reservation:
    """A booking of somebody with an account, whom mails reach."""
    return entered(cast, counter, when, "", telephone="", number=approved(cast, resident).number)


def fresh(row: Reservation) -> Reservation:
    return Reservation.get_by_id(row.id)


def mails(kind: str) -> list[OutboxMail]:
    return list(OutboxMail.select().where(OutboxMail.kind == kind).order_by(OutboxMail.id))
