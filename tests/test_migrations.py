"""Databases of earlier versions: what stands in them is still there, and right, after the migrations."""

from __future__ import annotations

from playhouse.migrations import Runner

import models
from models import database
from rules.operation import schema


def at_version(path, name: str) -> Runner:
    """A database as the version left it that ended with this migration."""
    models.open_database(path)
    models.connect()
    runner = Runner(database, str(schema.FOLDER))
    runner.up(name)
    return runner


def test_seats_get_their_ends(tmp_path):
    """0006: a seat is taken as long as its booking, a blocked time as long as a slot was."""
    runner = at_version(tmp_path / "old.sqlite3", "0005_visits")
    database.execute_sql("PRAGMA foreign_keys = OFF")
    for sql in (
        "INSERT INTO counter (id, town_id, division_id, name, place, map_text, telephone, bring, slot_minutes, seats, "
        "days_from, days_until, on_holidays, position, revision) "
        "VALUES (1, 1, 1, '窓口', '', '', '', '', 45, 2, 1, 60, 0, 0, 0)",
        "INSERT INTO reservation (id, town_id, counter_id, state, starts_at, ends_at, name, telephone, note, channel, "
        "created_at, cancelled_by, cancelled_reason, withdrawn, revision) VALUES (7, 1, 1, 'BOOKED', "
        "'2026-11-25T00:00:00.000000Z', '2026-11-25T00:20:00.000000Z', '', '', '', 'WEB', '', '', '', 0, 0)",
        "INSERT INTO seat (counter_id, starts_at, number, reservation_id, blocked) VALUES "
        "(1, '2026-11-25T00:00:00.000000Z', 1, 7, ''), (1, '2026-11-25T01:30:00.000000Z', 0, NULL, '会議')",
    ):
        database.execute_sql(sql)
    runner.up()
    assert database.execute_sql(
        "SELECT starts_at, ends_at, number, reservation_id, blocked FROM seat ORDER BY starts_at"
    ).fetchall() == [
        ("2026-11-25T00:00:00.000000Z", "2026-11-25T00:20:00.000000Z", 1, 7, ""),
        ("2026-11-25T01:30:00.000000Z", "2026-11-25T02:15:00.000000Z", 0, None, "会議"),
    ]
