"""What a town tells its residents: notices, stops, texts of its own."""

from __future__ import annotations

from peewee import CharField, Check, IntegerField, TextField

from models.people import Staff
from models.table import ForeignKeyField, InstantField, Table
from models.towns import Town


class Notice(Table):
    """お知らせ of a town, shown between two instants, and mailed to nobody, to those who want it, or to all."""

    town = ForeignKeyField(Town)
    town_id: int
    title = CharField()
    body = TextField()
    shown_from = InstantField()
    shown_until = InstantField(null=True)
    mail_to = CharField(default="none", constraints=[Check("mail_to IN ('none','wanted','all')")])
    # The last resident it was queued for: mailing goes on where it stopped.
    mail_cursor = IntegerField(default=0)
    mail_count = IntegerField(default=0)
    mailed_at = InstantField(null=True)
    created_at = InstantField()
    created_by = ForeignKeyField(Staff)
    created_by_id: int
    revision = IntegerField(default=0)
    removed_at = InstantField(null=True)
    # How many it did not reach because its time was over.
    mail_unreached = IntegerField(default=0)
    # Of the page it was published from: a second press of the same button makes no second notice.
    form_token = CharField(null=True, unique=True)
    # The last change after it was written, taking it down included.
    updated_at = InstantField(null=True)
    updated_by = ForeignKeyField(Staff, null=True)
    updated_by_id: int | None

    class Meta:
        indexes = ((("town", "shown_from"), False),)


class MaintenanceWindow(Table):
    """停止: an announced window in which residents' pages rest; without a town it is for the whole installation."""

    town = ForeignKeyField(Town, null=True)
    town_id: int | None
    starts_at = InstantField()
    ends_at = InstantField(index=True)
    reason = CharField(default="")
    created_at = InstantField()
    created_by = ForeignKeyField(Staff)
    created_by_id: int
    cancelled_at = InstantField(null=True)


class PageText(Table):
    """A town's own text of a help page; without a row the one that ships is shown."""

    town = ForeignKeyField(Town)
    town_id: int
    name = CharField()
    text = TextField()
    revision = IntegerField(default=0)
    updated_at = InstantField()
    updated_by = ForeignKeyField(Staff)
    updated_by_id: int

    class Meta:
        indexes = ((("town", "name"), True),)


class MailText(Table):
    """A town's own wording of a mail; without a row the one that ships is used."""

    town = ForeignKeyField(Town)
    town_id: int
    kind = CharField()
    text = TextField()
    revision = IntegerField(default=0)
    updated_at = InstantField()
    updated_by = ForeignKeyField(Staff)
    updated_by_id: int

    class Meta:
        indexes = ((("town", "kind"), True),)
