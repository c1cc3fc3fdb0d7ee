"""Issued documents (交付物)."""

from peewee import AutoField, CharField, Check, DateField, ForeignKeyField, IntegerField, Model, TextField


def up(migrator, db):
    class Frozen(Model):
        id = AutoField()

        class Meta:
            database = db
            legacy_table_names = False

    # The tables it points at, as far as that needs.
    class Application(Frozen):
        pass

    class Staff(Frozen):
        pass

    class IssuedDocument(Frozen):
        application = ForeignKeyField(Application)
        title = CharField()
        message = TextField()
        name = CharField()
        stored_as = CharField(unique=True)
        size = IntegerField()
        sha256 = CharField(max_length=64)
        content_type = CharField()
        verdict = CharField()
        consent = CharField(constraints=[Check("consent IN ('form','staff')")])
        until = DateField()
        issued_at = TextField()
        issued_by = ForeignKeyField(Staff)
        actor = CharField()
        first_viewed_at = TextField(null=True)
        first_downloaded_at = TextField(null=True)
        withdrawn_at = TextField(null=True)
        withdrawn_by = ForeignKeyField(Staff, null=True)
        withdrawn_reason = TextField()

        class Meta:
            constraints = [Check("(withdrawn_at IS NULL) = (withdrawn_by_id IS NULL)")]

    db.create_tables([IssuedDocument])
