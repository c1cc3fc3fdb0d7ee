"""申請 and what belongs to one: what was sent, its files, its events."""

from __future__ import annotations

from typing import Any

from peewee import SQL, BlobField, BooleanField, CharField, Check, DateField, IntegerField, ModelSelect, TextField

from models.people import Resident, Staff
from models.procedures import FormVersion, Procedure
from models.states import Channel, Status
from models.table import JSON, ForeignKeyField, InstantField, Table
from models.towns import Division, Town


class Application(Table):
    """申請. `answers` is only the working copy; what was sent stands in Submission."""

    submissions: ModelSelect[Submission]
    corrections: ModelSelect[Correction]
    events: ModelSelect[ApplicationEvent]
    notes: ModelSelect[Note]
    attachments: ModelSelect[Attachment]
    mails: ModelSelect[Any]
    town = ForeignKeyField(Town)
    town_id: int
    procedure = ForeignKeyField(Procedure, backref="applications")
    procedure_id: int
    form_version = ForeignKeyField(FormVersion)
    form_version_id: int
    # The applicant's account; the account that files may be an agent's; neither where no login is needed.
    resident = ForeignKeyField(Resident, null=True, backref="applications")
    resident_id: int | None
    filed_by = ForeignKeyField(Resident, null=True)
    filed_by_id: int | None
    # Without an account: the browser that is filling it in.
    visitor = CharField(max_length=64, default="", index=True)
    # 「保存してあとで申請する」 was pressed without an account: the next login of that browser takes it along.
    wants_account = BooleanField(default=False)
    number = CharField(max_length=12, null=True, unique=True)
    status = CharField(
        default=Status.DRAFT, constraints=[Check(f"status IN ({','.join(repr(str(s)) for s in Status)})")]
    )
    channel = CharField(default=Channel.WEB)
    # Copied when sent: transfers and renamed divisions must not rewrite the past.
    division = ForeignKeyField(Division, null=True)
    division_id: int | None
    applicant_name = CharField(default="")
    applicant_kana = CharField(default="")
    applicant_folded = CharField(default="")
    assignee = ForeignKeyField(Staff, null=True)
    assignee_id: int | None
    answers = JSON(default=dict)
    page = CharField(default="")
    revision = IntegerField(default=0)
    # "procedure:resident" while open, where only one may be open per person.
    once_key = CharField(null=True, unique=True)
    created_at = InstantField()
    saved_at = InstantField()
    expires_at = InstantField(null=True)
    submitted_at = InstantField(null=True)
    # Paper and telephone: the day it reached the town, apart from the time of entry.
    received_on = DateField(null=True)
    status_at = InstantField()
    review_started_at = InstantField(null=True)
    decided_at = InstantField(null=True)
    due_on = DateField(null=True)
    # Business days left when a return stopped the clock.
    days_left = IntegerField(null=True)
    # The expires_at a draft's reminder was sent for: saving again moves it on, and the next reminder is due.
    reminded_for = InstantField(null=True)

    class Meta:
        indexes = (
            # 受付箱 walks these in order; the folded name stands in the index so that a search reads nothing else.
            (("division", "status", "due_on", "id", "applicant_folded"), False),
            (("division", "submitted_at", "id"), False),
            (("assignee", "status", "due_on", "id"), False),
            (("resident", "submitted_at"), False),
            (("procedure", "status", "due_on", "id"), False),
            (("status", "expires_at"), False),
        )


class Submission(Table):
    """One sending, as it was sent: written once, never changed. `answers` is canonical JSON in UTF-8."""

    application = ForeignKeyField(Application, backref="submissions")
    application_id: int
    turn = IntegerField()
    form_version = ForeignKeyField(FormVersion)
    form_version_id: int
    answers = BlobField()
    files = JSON()
    sha256 = CharField(max_length=64)
    at = InstantField()
    by = ForeignKeyField(Resident, null=True)
    by_id: int | None

    class Meta:
        indexes = ((("application", "turn"), True),)


class Attachment(Table):
    """添付ファイル; the content stands in files/ under `stored_as`."""

    application = ForeignKeyField(Application, backref="attachments")
    application_id: int
    question = CharField()
    name = CharField()
    stored_as = CharField(unique=True)
    size = IntegerField()
    sha256 = CharField(max_length=64)
    content_type = CharField()
    verdict = CharField(default="")
    created_at = InstantField()
    # A submission names it: taking it off a correction never removes it.
    sent = BooleanField(default=False)
    # Deleting marks; a job removes later.
    removed_at = InstantField(null=True, index=True)


class ApplicationEvent(Table):
    """処理履歴: one row a change, named in the past tense."""

    application = ForeignKeyField(Application, backref="events")
    application_id: int
    name = CharField()
    at = InstantField()
    resident = ForeignKeyField(Resident, null=True)
    resident_id: int | None
    staff = ForeignKeyField(Staff, null=True)
    staff_id: int | None
    # The division and name as they were then.
    actor = CharField(default="")
    status_before = CharField(default="")
    status_after = CharField(default="")
    text = TextField(default="")
    data = JSON(default=dict)


class Correction(Table):
    """補正: a return as a record of its own."""

    application = ForeignKeyField(Application, backref="corrections")
    application_id: int
    requested_at = InstantField()
    requested_by = ForeignKeyField(Staff)
    requested_by_id: int
    turn = IntegerField()
    reason = TextField()
    remarks = JSON(default=dict)
    until = DateField()
    resolved_at = InstantField(null=True)
    ended_at = InstantField(null=True)


class Note(Table):
    """職員メモ: what only staff see."""

    application = ForeignKeyField(Application, backref="notes")
    application_id: int
    staff = ForeignKeyField(Staff)
    staff_id: int
    at = InstantField()
    text = TextField()


class Message(Table):
    """やりとり: a message on an application; from staff, or from the applicant (`staff` empty)."""

    application = ForeignKeyField(Application, backref="messages")
    application_id: int
    at = InstantField()
    resident = ForeignKeyField(Resident, null=True)
    resident_id: int | None
    staff = ForeignKeyField(Staff, null=True)
    staff_id: int | None
    # The division and name as they were then.
    actor = CharField(default="")
    text = TextField()
    # An applicant's message waits until staff answered it or said that it is dealt with.
    handled_at = InstantField(null=True)


Message.add_index(
    Message.index(Message.staff, Message.application, name="message_waiting").where(
        SQL("handled_at IS NULL AND staff_id IS NULL")
    )
)


class IssuedDocument(Table):
    """交付物: what staff hand out on an application until a date; the file stands in files/ under `stored_as`."""

    application = ForeignKeyField(Application, backref="issued_documents")
    application_id: int
    title = CharField()
    message = TextField(default="")
    name = CharField()
    stored_as = CharField(unique=True)
    size = IntegerField()
    sha256 = CharField(max_length=64)
    content_type = CharField()
    verdict = CharField(default="")
    # Where the applicant agreed to receive it electronically: in the form, or told to staff.
    consent = CharField(constraints=[Check("consent IN ('form','staff')")])
    # The last day on which it can be downloaded.
    until = DateField()
    issued_at = InstantField()
    issued_by = ForeignKeyField(Staff)
    issued_by_id: int
    # The division and name as they were then.
    actor = CharField(default="")
    first_viewed_at = InstantField(null=True)
    first_downloaded_at = InstantField(null=True)
    withdrawn_at = InstantField(null=True)
    withdrawn_by = ForeignKeyField(Staff, null=True)
    withdrawn_by_id: int | None
    withdrawn_reason = TextField(default="")

    class Meta:
        constraints = [Check("(withdrawn_at IS NULL) = (withdrawn_by_id IS NULL)")]
