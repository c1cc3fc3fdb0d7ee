"""Mails, the audit log and the jobs."""

from __future__ import annotations

from peewee import BooleanField, CharField, DateField, IntegerField, TextField

from models.applications import Application
from models.people import Resident, Staff
from models.states import MailState
from models.table import JSON, ForeignKeyField, InstantField, Table
from models.towns import Division, Town


class OutboxMail(Table):
    """通知メール: the row is the truth; the Message-ID is fixed here so that a second try is the same mail."""

    town = ForeignKeyField(Town, null=True)
    town_id: int | None
    resident = ForeignKeyField(Resident, null=True, backref="mails")
    resident_id: int | None
    application = ForeignKeyField(Application, null=True, backref="mails")
    application_id: int | None
    division = ForeignKeyField(Division, null=True)
    division_id: int | None
    kind = CharField()
    to_address = CharField(max_length=255)
    subject = CharField()
    body = TextField()
    # Such a mail loses its text once it is sent or given up, and is shown to nobody.
    has_code = BooleanField(default=False)
    message_id = CharField(unique=True)
    state = CharField(default=MailState.QUEUED)
    attempts = IntegerField(default=0)
    next_attempt_at = InstantField()
    claimed_until = InstantField(null=True)
    last_error = CharField(default="")
    created_at = InstantField()
    # A code mail is not sent after its code has run out.
    expires_at = InstantField(null=True)
    sent_at = InstantField(null=True)
    # The id of the Notice it tells of.
    notice = IntegerField(null=True, index=True)

    class Meta:
        indexes = ((("state", "next_attempt_at"), False), (("town", "state"), False))


class AuditEntry(Table):
    """操作ログ: acts and looks of staff and residents; appended, never changed, no contents."""

    at = InstantField(index=True)
    # The town's date: the unit in which entries are sealed.
    day = DateField(index=True)
    town = ForeignKeyField(Town, null=True)
    town_id: int | None
    staff = ForeignKeyField(Staff, null=True)
    staff_id: int | None
    resident = ForeignKeyField(Resident, null=True)
    resident_id: int | None
    division = ForeignKeyField(Division, null=True)
    division_id: int | None
    application = ForeignKeyField(Application, null=True)
    application_id: int | None
    act = CharField()
    detail = JSON(default=dict)
    address = CharField(default="")

    class Meta:
        indexes = ((("application", "at"), False), (("town", "at"), False))


class AuditSeal(Table):
    """One link of the chain: the digest of a day's entries together with the seal before it."""

    day = DateField(unique=True)
    entries = IntegerField()
    last_entry = IntegerField()
    sha256 = CharField(max_length=64)
    sealed_at = InstantField()


class Job(Table):
    """What runs by the clock: who has it, when it last ran and how it ended."""

    name = CharField(unique=True)
    claimed_until = InstantField(null=True)
    last_run_at = InstantField(null=True)
    last_error = TextField(default="")
