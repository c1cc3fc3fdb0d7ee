"""来庁予約: counters, the hours they keep, and who has which seat.

A reference without an index of its own stands first in an index of several columns, or is never asked by.
"""

from __future__ import annotations

from peewee import SQL, BooleanField, CharField, Check, DateField, IntegerField, TextField

from models.applications import Application
from models.people import Resident, Staff
from models.procedures import Procedure
from models.table import ForeignKeyField, InstantField, Table
from models.towns import Division, Town


class Counter(Table):
    """窓口: a place one visits; it belongs to a division."""

    town = ForeignKeyField(Town)
    town_id: int
    division = ForeignKeyField(Division, backref="counters")
    division_id: int
    name = CharField()
    place = CharField(default="")
    map_text = TextField(default="")
    telephone = CharField(default="")
    # What every visitor brings, beside what a procedure asks for.
    bring = TextField(default="")
    slot_minutes = IntegerField(default=30)
    seats = IntegerField(default=1)
    # Booked from so many days ahead (never for today) until so many days ahead.
    days_from = IntegerField(default=1, constraints=[Check("days_from >= 1")])
    days_until = IntegerField(default=60)
    on_holidays = BooleanField(default=False)
    position = IntegerField(default=0)
    revision = IntegerField(default=0)
    closed_at = InstantField(null=True)

    class Meta:
        indexes = ((("town", "name"), True),)
        constraints = [Check("seats >= 1"), Check("slot_minutes >= 5"), Check("days_until >= days_from")]


class OpeningHours(Table):
    """受付時間 of a weekday; what lies between two of them is a break. Minutes since midnight, the end outside."""

    counter = ForeignKeyField(Counter, backref="hours", on_delete="CASCADE", index=False)
    counter_id: int
    # 1 is Monday, 7 Sunday.
    weekday = IntegerField(constraints=[Check("weekday BETWEEN 1 AND 7")])
    opens = IntegerField()
    closes = IntegerField()

    class Meta:
        constraints = [Check("0 <= opens AND opens < closes AND closes <= 1440")]
        indexes = ((("counter", "weekday", "opens"), True),)


class CounterDay(Table):
    """Hours of a day on which a counter keeps other ones than its weekday's, a row for each, what lies between two of
    them being a break; none at all where `opens` is empty.
    """

    counter = ForeignKeyField(Counter, on_delete="CASCADE", index=False)
    counter_id: int
    day = DateField()
    opens = IntegerField(null=True)
    closes = IntegerField(null=True)
    reason = CharField(default="")

    class Meta:
        constraints = [Check("(opens IS NULL) = (closes IS NULL)"), Check("opens IS NULL OR opens < closes")]
        indexes = ((("counter", "day", "opens"), True),)


class Reservation(Table):
    """来庁予約: HELD while a form is finished, BOOKED, then what became of it; the row stays for good."""

    town = ForeignKeyField(Town)
    town_id: int
    counter = ForeignKeyField(Counter, backref="reservations", index=False)
    counter_id: int
    procedure = ForeignKeyField(Procedure, null=True)
    procedure_id: int | None
    # A draft that goes takes its hold along; what was sent is never deleted.
    application = ForeignKeyField(Application, null=True, backref="reservations", on_delete="CASCADE")
    application_id: int | None
    resident = ForeignKeyField(Resident, null=True, backref="reservations", index=False)
    resident_id: int | None
    # Of one entered by staff; the others go by the number of their application.
    number = CharField(max_length=12, null=True, unique=True)
    state = CharField(constraints=[Check("state IN ('HELD','BOOKED','CANCELLED','VISITED','NO_SHOW','EXPIRED')")])
    starts_at = InstantField()
    ends_at = InstantField()
    held_until = InstantField(null=True)
    # Who comes, as it was told to staff; of an account its name then.
    name = CharField(default="")
    telephone = CharField(default="")
    note = TextField(default="")
    # Entered by staff: 電話, 窓口.
    channel = CharField(default="WEB")
    created_at = InstantField()
    created_by = ForeignKeyField(Staff, null=True, index=False)
    created_by_id: int | None
    booked_at = InstantField(null=True)
    cancelled_at = InstantField(null=True)
    # By whom, in words: the applicant, or a division and a name.
    cancelled_by = CharField(default="")
    cancelled_reason = TextField(default="")
    # The starts_at its reminder was queued for: a change makes the next one due.
    reminded_for = InstantField(null=True)
    # Its application was withdrawn or rejected on the day itself: the seat stays.
    withdrawn = BooleanField(default=False)
    revision = IntegerField(default=0)
    # When and by whom name, telephone or note was last put right.
    corrected_at = InstantField(null=True)
    corrected_by = CharField(default="", constraints=[SQL("DEFAULT ''")])
    # What a search looks in: the name, and of an application its フリガナ too, folded.
    name_folded = CharField(default="", constraints=[SQL("DEFAULT ''")])

    class Meta:
        indexes = (
            (("counter", "starts_at", "state"), False),
            (("resident", "starts_at"), False),
            (("state", "held_until"), False),
            (("state", "starts_at"), False),
        )


class Seat(Table):
    """予約枠の席: the one row that stands for a seat at a time; who has none of these has no seat."""

    counter = ForeignKeyField(Counter, index=False)
    counter_id: int
    starts_at = InstantField()
    ends_at = InstantField()
    number = IntegerField()
    # Empty: blocked by staff.
    reservation = ForeignKeyField(Reservation, null=True, unique=True, on_delete="CASCADE")
    reservation_id: int | None
    blocked = CharField(default="")

    class Meta:
        indexes = ((("counter", "starts_at", "number"), True),)


# One application has one visit at a time.
Reservation.add_index(
    Reservation.index(Reservation.application, unique=True, name="reservation_application_live").where(
        SQL("state IN ('HELD','BOOKED')")
    )
)
