"""The state of the database against migrations/: applied by `manage.py migrate`, asked for at every start."""

from __future__ import annotations

from playhouse.migrations import Runner

import config
from models import connect, database
from rules.procedures import search

FOLDER = config.PROGRAM / "migrations"


def _runner() -> Runner:
    connect()
    return Runner(database, str(FOLDER))


def pending() -> list[str]:
    """The names of migrations that have not been applied."""
    return [row.name for row in _runner().status() if row.path is not None and not row.applied]


def unknown() -> list[str]:
    """Migrations the database has and this program does not: a newer program wrote it."""
    return [row.name for row in _runner().status() if row.path is None]


def migrate() -> list[str]:
    """Apply what is pending, each in a transaction of its own, and complete the search index; returns the names."""
    applied = list(_runner().up())
    search.fill()
    return applied
