"""A seat says until when it is taken: a blocked time keeps its length when the slots of its counter change.

A single day may have several hours. A booking says when and by whom it was put right, and
keeps its name as searches want it. Indexes that begin as another
one does go: the planner preferred the short ones.
"""

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

_FOLDED = (
    "UPDATE reservation SET name_folded = COALESCE((SELECT a.applicant_folded FROM application a "
    "WHERE a.id = reservation.application_id), REPLACE(REPLACE(name, ' ', ''), '　', ''))"
)
_INDEXES_GONE = (
    "opening_hours_counter_id", "counter_day_counter_id", "counter_day_counter_id_day", "reservation_counter_id",
    "reservation_counter_id_starts_at", "reservation_resident_id", "reservation_created_by_id",
)  # fmt: skip


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
        counter = ForeignKeyField(Counter, index=False)
        starts_at = TextField()
        ends_at = TextField()
        number = IntegerField()
        reservation = ForeignKeyField(Reservation, null=True, unique=True, on_delete="CASCADE")
        blocked = CharField()

        class Meta:
            indexes = ((("counter", "starts_at", "number"), True),)

    words = "VARCHAR(255) NOT NULL DEFAULT ''"
    for column in ('"corrected_at" TEXT', f'"corrected_by" {words}', f'"name_folded" {words}'):
        db.execute_sql(f'ALTER TABLE "reservation" ADD COLUMN {column}')
    db.execute_sql(_FOLDED)
    for name in _INDEXES_GONE:
        db.execute_sql(f'DROP INDEX "{name}"')
    for kind, table, columns in (
        ("UNIQUE INDEX", "counter_day", ("counter_id", "day", "opens")),
        ("INDEX", "reservation", ("counter_id", "starts_at", "state")),
    ):
        named = ", ".join(f'"{column}"' for column in columns)
        db.execute_sql(f'CREATE {kind} "{table}_{"_".join(columns)}" ON "{table}" ({named})')
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
