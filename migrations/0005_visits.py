"""Visits (来庁予約): counters, their hours, bookings, and the seats that no two bookings can have."""

from peewee import (
    SQL,
    AutoField,
    BooleanField,
    CharField,
    Check,
    DateField,
    ForeignKeyField,
    IntegerField,
    Model,
    TextField,
)


def up(migrator, db):
    class Frozen(Model):
        id = AutoField()

        class Meta:
            database = db
            legacy_table_names = False

    # The tables they point at, as far as that needs.
    class Town(Frozen):
        pass

    class Division(Frozen):
        pass

    class Procedure(Frozen):
        pass

    class Application(Frozen):
        pass

    class Resident(Frozen):
        pass

    class Staff(Frozen):
        pass

    class Counter(Frozen):
        town = ForeignKeyField(Town)
        division = ForeignKeyField(Division)
        name = CharField()
        place = CharField()
        map_text = TextField()
        telephone = CharField()
        bring = TextField()
        slot_minutes = IntegerField()
        seats = IntegerField()
        days_from = IntegerField(constraints=[Check("days_from >= 1")])
        days_until = IntegerField()
        on_holidays = BooleanField()
        position = IntegerField()
        revision = IntegerField()
        closed_at = TextField(null=True)

        class Meta:
            indexes = ((("town", "name"), True),)
            constraints = [Check("seats >= 1"), Check("slot_minutes >= 5"), Check("days_until >= days_from")]

    class OpeningHours(Frozen):
        counter = ForeignKeyField(Counter, on_delete="CASCADE")
        weekday = IntegerField(constraints=[Check("weekday BETWEEN 1 AND 7")])
        opens = IntegerField()
        closes = IntegerField()

        class Meta:
            constraints = [Check("0 <= opens AND opens < closes AND closes <= 1440")]
            indexes = ((("counter", "weekday", "opens"), True),)

    class CounterDay(Frozen):
        counter = ForeignKeyField(Counter, on_delete="CASCADE")
        day = DateField()
        opens = IntegerField(null=True)
        closes = IntegerField(null=True)
        reason = CharField()

        class Meta:
            constraints = [Check("(opens IS NULL) = (closes IS NULL)"), Check("opens IS NULL OR opens < closes")]
            indexes = ((("counter", "day"), True),)

    class Reservation(Frozen):
        town = ForeignKeyField(Town)
        counter = ForeignKeyField(Counter)
        procedure = ForeignKeyField(Procedure, null=True)
        application = ForeignKeyField(Application, null=True, on_delete="CASCADE")
        resident = ForeignKeyField(Resident, null=True)
        number = CharField(max_length=12, null=True, unique=True)
        state = CharField(constraints=[Check("state IN ('HELD','BOOKED','CANCELLED','VISITED','NO_SHOW','EXPIRED')")])
        starts_at = TextField()
        ends_at = TextField()
        held_until = TextField(null=True)
        name = CharField()
        telephone = CharField()
        note = TextField()
        channel = CharField()
        created_at = TextField()
        created_by = ForeignKeyField(Staff, null=True)
        booked_at = TextField(null=True)
        cancelled_at = TextField(null=True)
        cancelled_by = CharField()
        cancelled_reason = TextField()
        reminded_for = TextField(null=True)
        withdrawn = BooleanField()
        revision = IntegerField()

        class Meta:
            indexes = (
                (("counter", "starts_at"), False),
                (("resident", "starts_at"), False),
                (("state", "held_until"), False),
                (("state", "starts_at"), False),
            )

    Reservation.add_index(
        Reservation.index(Reservation.application, unique=True, name="reservation_application_live").where(
            SQL("state IN ('HELD','BOOKED')")
        )
    )

    class Seat(Frozen):
        counter = ForeignKeyField(Counter)
        starts_at = TextField()
        number = IntegerField()
        reservation = ForeignKeyField(Reservation, null=True, unique=True, on_delete="CASCADE")
        blocked = CharField()

        class Meta:
            indexes = ((("counter", "starts_at", "number"), True),)

    db.create_tables([Counter, OpeningHours, CounterDay, Reservation, Seat])
