"""What clerks make: periods, drafts of procedures, closing days, postal codes, wording of mails, revisions."""

from peewee import AutoField, CharField, DateField, ForeignKeyField, IntegerField, Model, TextField

_TEXT = "VARCHAR(255) NOT NULL DEFAULT ''"
_NUMBER = "INTEGER NOT NULL DEFAULT 0"
ADDED = {
    "procedure": {"period_from": _TEXT, "period_until": _TEXT, "draft_actor": _TEXT, "draft_at": "TEXT"},
    "form_version": {"note": _TEXT},
    "town": {"revision": _NUMBER},
    "division": {"revision": _NUMBER},
    "category": {"revision": _NUMBER},
    "staff": {"revision": _NUMBER, "password_expires_at": "TEXT"},
}


def up(migrator, db):
    for column in ("opens_at", "closes_at"):
        db.execute_sql(f'ALTER TABLE "procedure" DROP COLUMN "{column}"')
    for table, columns in ADDED.items():
        for name, kind in columns.items():
            db.execute_sql(f'ALTER TABLE "{table}" ADD COLUMN "{name}" {kind}')

    class Frozen(Model):
        id = AutoField()

        class Meta:
            database = db
            legacy_table_names = False

    # The tables they point at, as far as that needs.
    class Town(Frozen):
        pass

    class Staff(Frozen):
        pass

    class ClosingDay(Frozen):
        town = ForeignKeyField(Town)
        day = DateField()
        name = CharField()

        class Meta:
            indexes = ((("town", "day"), True),)

    class PostalCode(Frozen):
        code = CharField(max_length=7, index=True)
        municipality_code = CharField(max_length=6)
        prefecture = CharField()
        municipality = CharField()
        area = CharField()

    class MailText(Frozen):
        town = ForeignKeyField(Town)
        kind = CharField()
        text = TextField()
        revision = IntegerField()
        updated_at = TextField()
        updated_by = ForeignKeyField(Staff)

        class Meta:
            indexes = ((("town", "kind"), True),)

    db.create_tables([ClosingDay, PostalCode, MailText])
