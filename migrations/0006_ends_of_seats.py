"""A seat says until when it is taken: a blocked time keeps its length when the slots of its counter change."""

from datetime import UTC, datetime, timedelta

from peewee import AutoField, CharField, ForeignKeyField, IntegerField, Model, TextField

_COLUMNS = '"counter_id", "starts_at", "ends_at", "number", "reservation_id", "blocked"'
_BLOCKED = (
    "SELECT s.counter_id, s.starts_at, s.number, s.blocked, c.slot_minutes FROM seat s "
    "JOIN counter c ON c.id = s.counter_id WHERE s.reservation_id IS NULL"
)
_TAKEN = (
    "SELECT s.counter_id, s.starts_at, r.ends_at, s.number, s.reservation_id, s.blocked FROM seat s "
    "JOIN reservation r ON r.id = s.reservation_id"
)


def up(migrator, db):
    class Frozen(Model):
        id = AutoField()

        class Meta:
            database = db
            legacy_table_names = False

    class Counter(Frozen):
        pass

    class Reservation(Frozen):
        pass

    class Seat(Frozen):
        counter = ForeignKeyField(Counter)
        starts_at = TextField()
        ends_at = TextField()
        number = IntegerField()
        reservation = ForeignKeyField(Reservation, null=True, unique=True, on_delete="CASCADE")
        blocked = CharField()

        class Meta:
            indexes = ((("counter", "starts_at", "number"), True),)

    blocked = db.execute_sql(_BLOCKED).fetchall()
    db.execute_sql(f'CREATE TABLE "seat_before" AS {_TAKEN}')
    db.execute_sql('DROP TABLE "seat"')
    db.create_tables([Seat])
    db.execute_sql(f'INSERT INTO "seat" ({_COLUMNS}) SELECT {_COLUMNS} FROM "seat_before"')
    db.execute_sql('DROP TABLE "seat_before"')
    for counter, starts_at, number, reason, minutes in blocked:
        ends_at = datetime.fromisoformat(starts_at).astimezone(UTC) + timedelta(minutes=minutes)
        Seat.create(
            counter=counter,
            starts_at=starts_at,
            ends_at=ends_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            number=number,
            blocked=reason,
        )
