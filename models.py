"""The tables, and nothing but the tables."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Self

import peewee
from peewee import (
    SQL,
    AutoField,
    BlobField,
    BooleanField,
    CharField,
    Check,
    DateField,
    IntegerField,
    Model,
    ModelSelect,
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


class Status(StrEnum):
    """The states of an application."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    IN_REVIEW = "IN_REVIEW"
    RETURNED = "RETURNED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    COMPLETED = "COMPLETED"
    WITHDRAWN = "WITHDRAWN"


class Role(StrEnum):
    """What a staff account may do at most."""

    CLERK = "CLERK"
    TOWN_ADMINISTRATOR = "TOWN_ADMINISTRATOR"
    SYSTEM_ADMINISTRATOR = "SYSTEM_ADMINISTRATOR"


class MailState(StrEnum):
    """Where a mail stands; SENT means the mail server said so."""

    QUEUED = "QUEUED"
    SENT = "SENT"
    FAILED = "FAILED"


class Channel(StrEnum):
    """How an application came in."""

    WEB = "WEB"
    COUNTER = "COUNTER"
    POST = "POST"
    TELEPHONE = "TELEPHONE"


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
        key = instance.__data__.get(self.name)
        if key is not None and self.name not in instance.__rel__:
            instance.__rel__[self.name] = self.rel_model.get_by_id(key)
        return super().get_rel_instance(instance)


class ForeignKeyField(peewee.ForeignKeyField):
    accessor_class = _Reference


# ---------------------------------------------------------------- the town


class Town(Table):
    """市町村."""

    divisions: ModelSelect[Division]
    code = CharField(max_length=6, unique=True)
    name = CharField()
    name_kana = CharField(default="")
    prefecture = CharField(default="")
    postal_code = CharField(default="")
    address = CharField(default="")
    telephone = CharField(default="")
    hours = CharField(default="")
    closed_at = InstantField(null=True)


class Division(Table):
    """部課; closed, never deleted, because applications point at it."""

    children: ModelSelect[Division]
    town = ForeignKeyField(Town, backref="divisions")
    town_id: int
    parent = ForeignKeyField("self", null=True, backref="children")
    parent_id: int | None
    name = CharField()
    telephone = CharField(default="")
    email = CharField(default="")
    hours = CharField(default="")
    notify = CharField(default="at_once", constraints=[Check("notify IN ('at_once','daily','never')")])
    # When the daily mail was last made, or found to have nothing to say.
    digested_at = InstantField(null=True)
    position = IntegerField(default=0)
    closed_at = InstantField(null=True)

    class Meta:
        indexes = ((("town", "name"), True),)


class Category(Table):
    """カテゴリ: the field a procedure is listed under."""

    town = ForeignKeyField(Town, backref="categories")
    town_id: int
    name = CharField()
    examples = CharField(default="")
    position = IntegerField(default=0)
    # How many procedures are listed under it, so that no page has to count them.
    listed = IntegerField(default=0)

    class Meta:
        indexes = ((("town", "name"), True),)


# ---------------------------------------------------------------- people


class Resident(Table):
    """利用者, a person (個人) or a business (事業者); the user ID is the e-mail address."""

    kind = CharField(constraints=[Check("kind IN ('person','business')")])
    email = CharField(max_length=255)
    email_folded = CharField(max_length=255)
    password_hash = CharField()
    wants_notices = BooleanField(default=False)
    # A business leaves the person's columns empty and the other way round.
    family_name = CharField(default="")
    given_name = CharField(default="")
    family_kana = CharField(default="")
    given_kana = CharField(default="")
    birth_date = DateField(null=True)
    sex = CharField(default="", constraints=[Check("sex IN ('','male','female')")])
    corporation_name = CharField(default="")
    corporation_kana = CharField(default="")
    contact_name = CharField(default="")
    corporate_number = CharField(default="")
    postal_code = CharField(default="")
    prefecture = CharField(default="")
    municipality_code = CharField(default="")
    address = CharField(default="")
    telephone = CharField(default="")
    created_at = InstantField()
    last_login_at = InstantField(null=True)
    previous_login_at = InstantField(null=True)
    closed_at = InstantField(null=True)

    @property
    def name(self) -> str:
        """The name letters are addressed to: the person's, or the corporation's."""
        if self.kind == "business":
            return str(self.corporation_name)
        return f"{self.family_name} {self.given_name}".strip()

    @property
    def kana(self) -> str:
        if self.kind == "business":
            return str(self.corporation_kana)
        return f"{self.family_kana} {self.given_kana}".strip()


# The address of a closed account is free again.
Resident.add_index(
    Resident.index(Resident.email_folded, unique=True, name="resident_email_open").where(SQL("closed_at IS NULL"))
)


class Staff(Table):
    """職員."""

    memberships: ModelSelect[StaffDivision]
    login_id = CharField(unique=True)
    name = CharField()
    role = CharField()
    town = ForeignKeyField(Town, null=True, backref="staff")
    town_id: int | None
    password_hash = CharField()
    must_change_password = BooleanField(default=True)
    last_login_at = InstantField(null=True)
    created_at = InstantField()
    disabled_at = InstantField(null=True)


class StaffDivision(Table):
    """A clerk may work for several divisions."""

    staff = ForeignKeyField(Staff, backref="memberships", on_delete="CASCADE")
    staff_id: int
    division = ForeignKeyField(Division, backref="memberships")
    division_id: int

    class Meta:
        indexes = ((("staff", "division"), True),)


class Session(Table):
    """A signed-in browser; only the hash of its token is kept."""

    token_hash = CharField(max_length=64, unique=True)
    resident = ForeignKeyField(Resident, null=True, backref="sessions", on_delete="CASCADE")
    resident_id: int | None
    staff = ForeignKeyField(Staff, null=True, backref="sessions", on_delete="CASCADE")
    staff_id: int | None
    created_at = InstantField()
    seen_at = InstantField(index=True)


class Code(Table):
    """認証コード: what a mailed code proves, for the browser that asked for it."""

    purpose = CharField(constraints=[Check("purpose IN ('sign_up','reset','change_email')")])
    visitor = CharField(max_length=64)
    email = CharField(max_length=255)
    email_folded = CharField(max_length=255)
    # Empty when the address could not be used: the screen must look the same, no code will ever fit.
    code_hash = CharField()
    kind = CharField(default="")
    resident = ForeignKeyField(Resident, null=True, on_delete="CASCADE")
    resident_id: int | None
    created_at = InstantField()
    expires_at = InstantField(index=True)
    tries = IntegerField(default=0)
    verified_at = InstantField(null=True)
    # The profile between its form and 「登録する」: {"answers": …, "password_hash": …}.
    data = JSON(default=dict)

    class Meta:
        indexes = ((("visitor", "purpose"), False),)


class ThrottleEvent(Table):
    """One event that counts against a limit; keys are HMACs, so no address stands here."""

    key = CharField(max_length=64)
    at = InstantField(index=True)

    class Meta:
        indexes = ((("key", "at"), False),)


class Login(Table):
    """ログインの記録: what a resident sees of who came in, or tried to, under their address."""

    resident = ForeignKeyField(Resident, on_delete="CASCADE")
    resident_id: int
    at = InstantField(index=True)
    succeeded = BooleanField()
    address = CharField(default="")

    class Meta:
        indexes = ((("resident", "at"), False),)


class Recovery(Table):
    """窓口での救済: a printed one-time code by which a resident gets back in under a new address (R-1.11)."""

    resident = ForeignKeyField(Resident, on_delete="CASCADE")
    resident_id: int
    town = ForeignKeyField(Town)
    town_id: int
    issued_by = ForeignKeyField(Staff)
    issued_by_id: int
    code_hash = CharField(max_length=64, unique=True)
    # Which two facts were asked at the counter; their names, never their contents.
    facts = JSON(default=list)
    created_at = InstantField()
    expires_at = InstantField()
    used_at = InstantField(null=True)
    cancelled_at = InstantField(null=True)


class LoginGuard(Table):
    """Tries at a login, by HMAC of the name typed: it says nothing of whether the name exists."""

    key = CharField(max_length=64, unique=True)
    failures = IntegerField(default=0)
    locked_until = InstantField(null=True)
    at = InstantField(index=True)


# ---------------------------------------------------------------- procedures


class Procedure(Table):
    """手続き. The columns repeat what lists and look-ups ask of the published document."""

    town = ForeignKeyField(Town, backref="procedures")
    town_id: int
    slug = CharField(max_length=60)
    division = ForeignKeyField(Division, backref="procedures")
    division_id: int
    category = ForeignKeyField(Category, backref="procedures")
    category_id: int
    name = CharField()
    name_kana = CharField(default="")
    summary = CharField(default="")
    channel = CharField(default="online", constraints=[Check("channel IN ('online','counter')")])
    login = CharField(default="required", constraints=[Check("login IN ('required','none')")])
    standard_days = IntegerField(null=True)
    opens_at = InstantField(null=True)
    closes_at = InstantField(null=True)
    # The number of the FormVersion the public sees; none yet: not listed.
    published = IntegerField(null=True)
    draft = JSON(null=True)
    revision = IntegerField(default=0)
    # The place in 手続き一覧 (field, then kana); NULL keeps it off the list.
    listed_as = CharField(null=True)
    # Name, reading and synonyms folded, for words of one character; longer ones use the bigram index.
    folded = TextField(default="")
    created_at = InstantField()
    closed_at = InstantField(null=True)
    # Who may apply, out of the published document: what a resident cannot apply for is left out of a search.
    for_person = BooleanField(default=True, constraints=[SQL("DEFAULT 1")])
    for_business = BooleanField(default=True, constraints=[SQL("DEFAULT 1")])
    town_only = BooleanField(default=False, constraints=[SQL("DEFAULT 0")])
    age_from = IntegerField(null=True)
    age_to = IntegerField(null=True)
    sex = CharField(default="", constraints=[SQL("DEFAULT ''")])
    # The row of the 五十音 its reading begins in (ア, カ … ワ; ＊ for what is no kana).
    kana_row = CharField(default="", constraints=[SQL("DEFAULT ''")])
    # Applications sent within a year; a job counts them for the most used ones.
    used = IntegerField(default=0, constraints=[SQL("DEFAULT 0")])

    class Meta:
        indexes = (
            (("town", "slug"), True),
            (("town", "listed_as"), False),
            (("category", "listed_as"), False),
            (("division", "name_kana", "id", "name"), False),
            (("division", "listed_as"), False),
            (("town", "kana_row", "name_kana"), False),
            (("town", "used"), False),
        )


class FormVersion(Table):
    """版: what was published, never changed; `document` is the procedure file as a whole."""

    procedure = ForeignKeyField(Procedure, backref="versions")
    procedure_id: int
    number = IntegerField()
    document = JSON()
    sha256 = CharField(max_length=64)
    published_at = InstantField()
    published_by = ForeignKeyField(Staff, null=True)
    published_by_id: int | None

    class Meta:
        indexes = ((("procedure", "number"), True),)


class PaperForm(Table):
    """様式: a paper form to print; the file stands in files/ under `stored_as`."""

    procedure = ForeignKeyField(Procedure, backref="paper_forms")
    procedure_id: int
    title = CharField()
    name = CharField()
    stored_as = CharField(unique=True)
    size = IntegerField()
    sha256 = CharField(max_length=64)
    content_type = CharField()
    position = IntegerField(default=0)


class SearchMiss(Table):
    """見つからなかったことば: what was searched for in vain, without who or when but for the day."""

    town = ForeignKeyField(Town)
    town_id: int
    # Folded, so that spellings are counted together; `shown` is the one that was typed first.
    words = CharField()
    shown = CharField(default="")
    times = IntegerField(default=1)
    first_on = DateField()
    last_on = DateField(index=True)

    class Meta:
        indexes = ((("town", "words"), True),)


class Guide(Table):
    """手続き判定: a questionnaire as a text; residents see `published_text`, staff edit `text`."""

    town = ForeignKeyField(Town, backref="guides")
    town_id: int
    slug = CharField(max_length=60)
    title = CharField()
    position = IntegerField(default=0)
    text = TextField()
    published_text = TextField(default="")
    revision = IntegerField(default=0)
    updated_at = InstantField()
    updated_by = ForeignKeyField(Staff, null=True)
    updated_by_id: int | None
    published_at = InstantField(null=True)
    closed_at = InstantField(null=True)

    class Meta:
        indexes = ((("town", "slug"), True),)


class GuideResult(Table):
    """判定結果: what a guide said to a resident, kept as it was said."""

    resident = ForeignKeyField(Resident, on_delete="CASCADE")
    resident_id: int
    guide = ForeignKeyField(Guide)
    guide_id: int
    title = CharField()
    answers = JSON()
    result = JSON()
    created_at = InstantField()


# ---------------------------------------------------------------- applications


class Application(Table):
    """申請. `answers` is only the working copy; what was sent stands in Submission."""

    submissions: ModelSelect[Submission]
    corrections: ModelSelect[Correction]
    events: ModelSelect[ApplicationEvent]
    notes: ModelSelect[Note]
    attachments: ModelSelect[Attachment]
    mails: ModelSelect[OutboxMail]
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


# ---------------------------------------------------------------- what a town tells


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


# ---------------------------------------------------------------- bookkeeping


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


TABLES: tuple[type[Table], ...] = (
    Town,
    Division,
    Category,
    Resident,
    Staff,
    StaffDivision,
    Session,
    Code,
    ThrottleEvent,
    Login,
    Recovery,
    LoginGuard,
    Procedure,
    FormVersion,
    PaperForm,
    SearchMiss,
    Guide,
    GuideResult,
    Application,
    Submission,
    Attachment,
    ApplicationEvent,
    Correction,
    Note,
    Message,
    IssuedDocument,
    Notice,
    MaintenanceWindow,
    PageText,
    OutboxMail,
    AuditEntry,
    AuditSeal,
    Job,
)
