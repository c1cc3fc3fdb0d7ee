"""Accounts, finding, drafts, messages, notices, stops, guides and help: the tables of version 0.2.0."""

import json
import unicodedata

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
    SqliteDatabase,
    TextField,
)

_COLUMNS = {
    "procedure": (
        ("for_person", "INTEGER NOT NULL DEFAULT 1"),
        ("for_business", "INTEGER NOT NULL DEFAULT 1"),
        ("town_only", "INTEGER NOT NULL DEFAULT 0"),
        ("age_from", "INTEGER"),
        ("age_to", "INTEGER"),
        ("sex", "VARCHAR(255) NOT NULL DEFAULT ''"),
        ("kana_row", "VARCHAR(255) NOT NULL DEFAULT ''"),
        ("used", "INTEGER NOT NULL DEFAULT 0"),
    ),
    "application": (("reminded_for", "TEXT"),),
    "outbox_mail": (("notice", "INTEGER"),),
}
_INDEXES = (
    ("procedure", ("division_id", "listed_as")),
    ("procedure", ("town_id", "kana_row", "name_kana")),
    ("procedure", ("town_id", "used")),
    ("outbox_mail", ("notice",)),
)
_ROWS = {"ア": "アイウエオヴ", "カ": "カキクケコ", "サ": "サシスセソ", "タ": "タチツテト", "ナ": "ナニヌネノ"}
_ROWS |= {"ハ": "ハヒフヘホ", "マ": "マミムメモ", "ヤ": "ヤユヨ", "ラ": "ラリルレロ", "ワ": "ワヰヱヲン"}


def up(migrator, db):
    for table, columns in _COLUMNS.items():
        for name, kind in columns:
            db.execute_sql(f'ALTER TABLE "{table}" ADD COLUMN "{name}" {kind}')
    for table, names in _INDEXES:
        quoted = ", ".join(f'"{name}"' for name in names)
        db.execute_sql(f'CREATE INDEX "{table}_{"_".join(names)}" ON "{table}" ({quoted})')
    _fill_procedures(db)
    _create_tables(db)
    if isinstance(db, SqliteDatabase):
        # Its entries are made anew, in the order of the list, once the tables are there.
        db.execute_sql("DELETE FROM procedure_search")


def _fill_procedures(db):
    """What the new columns say of procedures that are published already."""
    mark = db.param
    sql = (
        "SELECT p.id, p.name_kana, v.document FROM procedure p "
        "JOIN form_version v ON v.procedure_id = p.id AND v.number = p.published"
    )
    for key, kana, document in list(db.execute_sql(sql)):
        applicants = json.loads(document)["applicants"]
        db.execute_sql(
            f"UPDATE procedure SET for_person = {mark}, for_business = {mark}, kana_row = {mark} WHERE id = {mark}",
            ("person" in applicants, "business" in applicants, _kana_row(kana), key),
        )


def _kana_row(kana):
    # Without its marks: ガ is カ. Small kana stand for the large ones.
    first = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", kana[:1]))[:1]
    first = dict(zip("ァィゥェォッャュョヮ", "アイウエオツヤユヨワ", strict=True)).get(first, first)
    return next((row for row, letters in _ROWS.items() if first and first in letters), "＊")


def _create_tables(db):
    class Frozen(Model):
        id = AutoField()

        class Meta:
            database = db
            legacy_table_names = False

    # The tables these point at, as far as that needs.
    class Town(Frozen):
        pass

    class Resident(Frozen):
        pass

    class Staff(Frozen):
        pass

    class Procedure(Frozen):
        pass

    class Application(Frozen):
        pass

    class Login(Frozen):
        resident = ForeignKeyField(Resident, on_delete="CASCADE")
        at = TextField(index=True)
        succeeded = BooleanField()
        address = CharField()

        class Meta:
            indexes = ((("resident", "at"), False),)

    class Recovery(Frozen):
        resident = ForeignKeyField(Resident, on_delete="CASCADE")
        town = ForeignKeyField(Town)
        issued_by = ForeignKeyField(Staff)
        code_hash = CharField(max_length=64, unique=True)
        facts = TextField()
        created_at = TextField()
        expires_at = TextField()
        used_at = TextField(null=True)
        cancelled_at = TextField(null=True)

    class PaperForm(Frozen):
        procedure = ForeignKeyField(Procedure)
        title = CharField()
        name = CharField()
        stored_as = CharField(unique=True)
        size = IntegerField()
        sha256 = CharField(max_length=64)
        content_type = CharField()
        position = IntegerField()

    class SearchMiss(Frozen):
        town = ForeignKeyField(Town)
        words = CharField()
        shown = CharField()
        times = IntegerField()
        first_on = DateField()
        last_on = DateField(index=True)

        class Meta:
            indexes = ((("town", "words"), True),)

    class Guide(Frozen):
        town = ForeignKeyField(Town)
        slug = CharField(max_length=60)
        title = CharField()
        position = IntegerField()
        text = TextField()
        published_text = TextField()
        revision = IntegerField()
        updated_at = TextField()
        updated_by = ForeignKeyField(Staff, null=True)
        published_at = TextField(null=True)
        closed_at = TextField(null=True)

        class Meta:
            indexes = ((("town", "slug"), True),)

    class GuideResult(Frozen):
        resident = ForeignKeyField(Resident, on_delete="CASCADE")
        guide = ForeignKeyField(Guide)
        title = CharField()
        answers = TextField()
        result = TextField()
        created_at = TextField()

    class Message(Frozen):
        application = ForeignKeyField(Application)
        at = TextField()
        resident = ForeignKeyField(Resident, null=True)
        staff = ForeignKeyField(Staff, null=True)
        actor = CharField()
        text = TextField()
        handled_at = TextField(null=True)

    class Notice(Frozen):
        town = ForeignKeyField(Town)
        title = CharField()
        body = TextField()
        shown_from = TextField()
        shown_until = TextField(null=True)
        mail_to = CharField(constraints=[Check("mail_to IN ('none','wanted','all')")])
        mail_cursor = IntegerField()
        mail_count = IntegerField()
        mailed_at = TextField(null=True)
        created_at = TextField()
        created_by = ForeignKeyField(Staff)
        revision = IntegerField()
        removed_at = TextField(null=True)
        mail_unreached = IntegerField()
        form_token = CharField(null=True, unique=True)
        updated_at = TextField(null=True)
        updated_by = ForeignKeyField(Staff, null=True)

        class Meta:
            indexes = ((("town", "shown_from"), False),)

    class MaintenanceWindow(Frozen):
        town = ForeignKeyField(Town, null=True)
        starts_at = TextField()
        ends_at = TextField(index=True)
        reason = CharField()
        created_at = TextField()
        created_by = ForeignKeyField(Staff)
        cancelled_at = TextField(null=True)

    class PageText(Frozen):
        town = ForeignKeyField(Town)
        name = CharField()
        text = TextField()
        revision = IntegerField()
        updated_at = TextField()
        updated_by = ForeignKeyField(Staff)

        class Meta:
            indexes = ((("town", "name"), True),)

    Message.add_index(
        Message.index(Message.staff, Message.application, name="message_waiting").where(
            SQL("handled_at IS NULL AND staff_id IS NULL")
        )
    )
    db.create_tables(
        [Login, Recovery, PaperForm, SearchMiss, Guide, GuideResult, Message, Notice, MaintenanceWindow, PageText]
    )
