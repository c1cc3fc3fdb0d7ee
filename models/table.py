"""The database, how a row is read and written, and the columns of our own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Self

import peewee
from peewee import (
    AutoField,
    CharField,
    IntegerField,
    Model,
    SqliteDatabase,
    TextField,
)

from clock import TOKYO
from turns import Turns

database = SqliteDatabase(None, autoconnect=False)

_PRAGMAS = {
    "journal_mode": "wal",
    # FULL: a number once shown to a resident survives a power cut.
    "synchronous": "full",
    "foreign_keys": "on",
    "busy_timeout": 5000,
    # The jobs move the log into the database beside the writers; where none run, this is when a writer has to.
    "wal_autocheckpoint": 20_000,
    # 1 MB for each thread's connection: what more would hold lies in the system's cache anyway.
    "cache_size": -1000,
    "secure_delete": "on",
}


# One writer at a time inside the process: under load this keeps p99 an order of magnitude below busy_timeout alone.
_writer = Turns()


def open_database(path: Path) -> None:
    """Point the models at a database file; connections are opened per thread by `connect()`."""
    if not database.is_closed():
        database.close()
    database.init(str(path), pragmas=_PRAGMAS)


def connect() -> None:
    """Give this thread its connection; it is kept for the thread's life."""
    if database.is_closed():
        database.connect()


def checkpoint() -> None:
    """Move what the write-ahead log holds into the database, without keeping anybody from writing."""
    database.execute_sql("PRAGMA wal_checkpoint(PASSIVE)")


@contextmanager
def transaction() -> Iterator[None]:
    """The only way to write: BEGIN IMMEDIATE, one writer of this process at a time."""
    connect()
    with _writer:
        if database.in_transaction():
            with database.atomic():
                yield
        else:
            with database.atomic("IMMEDIATE"):
                yield


def tuples(query: Any) -> list[tuple[Any, ...]]:
    """The rows of a query as plain tuples: two to three times faster than model instances."""
    return list(query.tuples())


def ask(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """The rows of a plain SQL statement, {} standing for each value: what every page asks is not built anew."""
    return list(database.execute_sql(sql.replace("{}", database.param), values))


class InstantField(TextField):
    """An instant: aware datetimes only, stored as UTC text that sorts by time, read back as Asia/Tokyo."""

    def db_value(self, value: datetime | None) -> str | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone; ask clock.now()")
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def python_value(self, value: str | None) -> datetime | None:
        return None if value is None else datetime.fromisoformat(value).astimezone(TOKYO)


class JSON(TextField):
    """A JSON document kept as readable text: kanji stay kanji."""

    def db_value(self, value: Any) -> str | None:
        return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def python_value(self, value: str | None) -> Any:
        return None if value is None else json.loads(value)


class Table(Model):
    id = AutoField()

    class Meta:
        database = database
        legacy_table_names = False
        only_save_dirty = True

    @classmethod
    def rows(cls, condition: str, *values: Any) -> list[Self]:
        """The whole rows that fit a condition in plain SQL, {} standing for each value.

        For what every page asks: building a query costs ten times as much as asking it.
        """
        sql, names, readers = _reading(cls, condition)
        found = []
        for row in database.execute_sql(sql, values):
            data = dict(zip(names, row, strict=True))
            for name, read in readers:
                data[name] = read(data[name])
            instance = cls.__new__(cls)
            instance.__dict__.update(__data__=data, __rel__={}, _dirty=set())
            found.append(instance)
        return found

    @classmethod
    def row(cls, condition: str, *values: Any) -> Self | None:
        """The first of those rows, if there is one."""
        found = cls.rows(condition + " LIMIT 1", *values)
        return found[0] if found else None

    @classmethod
    def create(cls, **values: Any) -> Self:
        """A new row, its statement built once: a submission writes four rows while every other writer waits."""
        made = cls(**values)
        data = made.__data__
        sql, fields = _writing(cls, tuple(data))
        made.__data__["id"] = ask(sql, *(field.db_value(data[field.name]) for field in fields))[0][0]
        made._dirty.clear()  # type: ignore[attr-defined]
        return made

    @classmethod
    def change(cls, values: dict[str, Any], condition: str, *more: Any) -> int:
        """UPDATE where a condition in plain SQL still holds; returns how many rows it was."""
        fields = cls._meta.fields
        columns = ", ".join(f'"{fields[name].column_name}" = {{}}' for name in values)
        sql = f'UPDATE "{cls._meta.table_name}" SET {columns} WHERE {condition}'.replace("{}", database.param)
        new = [fields[name].db_value(value) for name, value in values.items()]
        return int(database.execute_sql(sql, (*new, *more)).rowcount)

    @classmethod
    def get_by_id(cls, pk: Any) -> Self:
        found = cls.row("id = {}", pk)
        if found is None:
            raise cls.DoesNotExist  # type: ignore[attr-defined]
        return found


# Their values come out of the database as they are; the others have a reader of their own.
_PLAIN = (AutoField, CharField, IntegerField, TextField)

Readers = tuple[tuple[str, Any], ...]


@cache
def _reading(table: type[Table], condition: str) -> tuple[str, tuple[str, ...], Readers]:
    """The statement that reads whole rows of a table, its columns' names, and what turns which into values."""
    fields = table._meta.sorted_fields
    columns = ", ".join(f'"{field.column_name}"' for field in fields)
    where = condition.replace("{}", database.param)
    readers = tuple((f.name, f.python_value) for f in fields if type(f) not in (*_PLAIN, ForeignKeyField))
    sql = f'SELECT {columns} FROM "{table._meta.table_name}" WHERE {where}'
    return sql, tuple(field.name for field in fields), readers


@cache
def _writing(table: type[Table], names: tuple[str, ...]) -> tuple[str, tuple[Any, ...]]:
    """The statement that writes a row with these fields, and the fields in its order."""
    fields = tuple(table._meta.fields[name] for name in names)
    columns, marks = ", ".join(f'"{field.column_name}"' for field in fields), ", ".join("{}" for _ in fields)
    return f'INSERT INTO "{table._meta.table_name}" ({columns}) VALUES ({marks}) RETURNING id', fields


class _Reference(peewee.ForeignKeyAccessor):
    """Reads the row a foreign key points at the short way."""

    def get_rel_instance(self, instance: Table) -> Any:
        known = instance.__rel__.get(self.name)
        if known is not None:
            return known
        key = instance.__data__.get(self.name)
        if key is None:
            return super().get_rel_instance(instance)
        instance.__rel__[self.name] = found = self.rel_model.get_by_id(key)
        return found


class ForeignKeyField(peewee.ForeignKeyField):
    accessor_class = _Reference
