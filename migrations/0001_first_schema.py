"""The first schema: a frozen copy of the tables as they were then, independent of models.py."""

from peewee import (
    SQL,
    AutoField,
    BlobField,
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


def up(migrator, db):
    """Create every table; the search index exists on SQLite only."""

    class Frozen(Model):
        id = AutoField()

        class Meta:
            database = db
            legacy_table_names = False

    class Town(Frozen):
        code = CharField(max_length=6, unique=True)
        name = CharField()
        name_kana = CharField()
        prefecture = CharField()
        postal_code = CharField()
        address = CharField()
        telephone = CharField()
        hours = CharField()
        closed_at = TextField(null=True)

    class Division(Frozen):
        town = ForeignKeyField(Town)
        parent = ForeignKeyField("self", null=True)
        name = CharField()
        telephone = CharField()
        email = CharField()
        hours = CharField()
        notify = CharField(constraints=[Check("notify IN ('at_once','daily','never')")])
        digested_at = TextField(null=True)
        position = IntegerField()
        closed_at = TextField(null=True)

        class Meta:
            indexes = ((("town", "name"), True),)

    class Category(Frozen):
        town = ForeignKeyField(Town)
        name = CharField()
        examples = CharField()
        position = IntegerField()
        listed = IntegerField()

        class Meta:
            indexes = ((("town", "name"), True),)

    class Resident(Frozen):
        kind = CharField(constraints=[Check("kind IN ('person','business')")])
        email = CharField(max_length=255)
        email_folded = CharField(max_length=255)
        password_hash = CharField()
        wants_notices = BooleanField()
        family_name = CharField()
        given_name = CharField()
        family_kana = CharField()
        given_kana = CharField()
        birth_date = DateField(null=True)
        sex = CharField(constraints=[Check("sex IN ('','male','female')")])
        corporation_name = CharField()
        corporation_kana = CharField()
        contact_name = CharField()
        corporate_number = CharField()
        postal_code = CharField()
        prefecture = CharField()
        municipality_code = CharField()
        address = CharField()
        telephone = CharField()
        created_at = TextField()
        last_login_at = TextField(null=True)
        previous_login_at = TextField(null=True)
        closed_at = TextField(null=True)

    class Staff(Frozen):
        login_id = CharField(unique=True)
        name = CharField()
        role = CharField()
        town = ForeignKeyField(Town, null=True)
        password_hash = CharField()
        must_change_password = BooleanField()
        last_login_at = TextField(null=True)
        created_at = TextField()
        disabled_at = TextField(null=True)

    class StaffDivision(Frozen):
        staff = ForeignKeyField(Staff, on_delete="CASCADE")
        division = ForeignKeyField(Division)

        class Meta:
            indexes = ((("staff", "division"), True),)

    class Session(Frozen):
        token_hash = CharField(max_length=64, unique=True)
        resident = ForeignKeyField(Resident, null=True, on_delete="CASCADE")
        staff = ForeignKeyField(Staff, null=True, on_delete="CASCADE")
        created_at = TextField()
        seen_at = TextField(index=True)

    class Code(Frozen):
        purpose = CharField(constraints=[Check("purpose IN ('sign_up','reset','change_email')")])
        visitor = CharField(max_length=64)
        email = CharField(max_length=255)
        email_folded = CharField(max_length=255)
        code_hash = CharField()
        kind = CharField()
        resident = ForeignKeyField(Resident, null=True, on_delete="CASCADE")
        created_at = TextField()
        expires_at = TextField(index=True)
        tries = IntegerField()
        verified_at = TextField(null=True)
        data = TextField()

        class Meta:
            indexes = ((("visitor", "purpose"), False),)

    class ThrottleEvent(Frozen):
        key = CharField(max_length=64)
        at = TextField(index=True)

        class Meta:
            indexes = ((("key", "at"), False),)

    class LoginGuard(Frozen):
        key = CharField(max_length=64, unique=True)
        failures = IntegerField()
        locked_until = TextField(null=True)
        at = TextField(index=True)

    class Procedure(Frozen):
        town = ForeignKeyField(Town)
        slug = CharField(max_length=60)
        division = ForeignKeyField(Division)
        category = ForeignKeyField(Category)
        name = CharField()
        name_kana = CharField()
        summary = CharField()
        channel = CharField(constraints=[Check("channel IN ('online','counter')")])
        login = CharField(constraints=[Check("login IN ('required','none')")])
        standard_days = IntegerField(null=True)
        opens_at = TextField(null=True)
        closes_at = TextField(null=True)
        published = IntegerField(null=True)
        draft = TextField(null=True)
        revision = IntegerField()
        listed_as = CharField(null=True)
        folded = TextField()
        created_at = TextField()
        closed_at = TextField(null=True)

        class Meta:
            indexes = (
                (("town", "slug"), True),
                (("town", "listed_as"), False),
                (("category", "listed_as"), False),
                (("division", "name_kana", "id", "name"), False),
            )

    class FormVersion(Frozen):
        procedure = ForeignKeyField(Procedure)
        number = IntegerField()
        document = TextField()
        sha256 = CharField(max_length=64)
        published_at = TextField()
        published_by = ForeignKeyField(Staff, null=True)

        class Meta:
            indexes = ((("procedure", "number"), True),)

    class Application(Frozen):
        town = ForeignKeyField(Town)
        procedure = ForeignKeyField(Procedure)
        form_version = ForeignKeyField(FormVersion)
        resident = ForeignKeyField(Resident, null=True)
        filed_by = ForeignKeyField(Resident, null=True)
        visitor = CharField(max_length=64, index=True)
        wants_account = BooleanField()
        number = CharField(max_length=12, null=True, unique=True)
        status = CharField(
            constraints=[
                Check(
                    "status IN ('DRAFT','SUBMITTED','IN_REVIEW','RETURNED','APPROVED','REJECTED','COMPLETED','WITHDRAWN')"
                )
            ]
        )
        channel = CharField()
        division = ForeignKeyField(Division, null=True)
        applicant_name = CharField()
        applicant_kana = CharField()
        applicant_folded = CharField()
        assignee = ForeignKeyField(Staff, null=True)
        answers = TextField()
        page = CharField()
        revision = IntegerField()
        once_key = CharField(null=True, unique=True)
        created_at = TextField()
        saved_at = TextField()
        expires_at = TextField(null=True)
        submitted_at = TextField(null=True)
        received_on = DateField(null=True)
        status_at = TextField()
        review_started_at = TextField(null=True)
        decided_at = TextField(null=True)
        due_on = DateField(null=True)
        days_left = IntegerField(null=True)

        class Meta:
            indexes = (
                (("division", "status", "due_on", "id", "applicant_folded"), False),
                (("division", "submitted_at", "id"), False),
                (("assignee", "status", "due_on", "id"), False),
                (("resident", "submitted_at"), False),
                (("procedure", "status", "due_on", "id"), False),
                (("status", "expires_at"), False),
            )

    class Submission(Frozen):
        application = ForeignKeyField(Application)
        turn = IntegerField()
        form_version = ForeignKeyField(FormVersion)
        answers = BlobField()
        files = TextField()
        sha256 = CharField(max_length=64)
        at = TextField()
        by = ForeignKeyField(Resident, null=True)

        class Meta:
            indexes = ((("application", "turn"), True),)

    class Attachment(Frozen):
        application = ForeignKeyField(Application)
        question = CharField()
        name = CharField()
        stored_as = CharField(unique=True)
        size = IntegerField()
        sha256 = CharField(max_length=64)
        content_type = CharField()
        verdict = CharField()
        created_at = TextField()
        sent = BooleanField()
        removed_at = TextField(null=True, index=True)

    class ApplicationEvent(Frozen):
        application = ForeignKeyField(Application)
        name = CharField()
        at = TextField()
        resident = ForeignKeyField(Resident, null=True)
        staff = ForeignKeyField(Staff, null=True)
        actor = CharField()
        status_before = CharField()
        status_after = CharField()
        text = TextField()
        data = TextField()

    class Correction(Frozen):
        application = ForeignKeyField(Application)
        requested_at = TextField()
        requested_by = ForeignKeyField(Staff)
        turn = IntegerField()
        reason = TextField()
        remarks = TextField()
        until = DateField()
        resolved_at = TextField(null=True)
        ended_at = TextField(null=True)

    class Note(Frozen):
        application = ForeignKeyField(Application)
        staff = ForeignKeyField(Staff)
        at = TextField()
        text = TextField()

    class OutboxMail(Frozen):
        town = ForeignKeyField(Town, null=True)
        resident = ForeignKeyField(Resident, null=True)
        application = ForeignKeyField(Application, null=True)
        division = ForeignKeyField(Division, null=True)
        kind = CharField()
        to_address = CharField(max_length=255)
        subject = CharField()
        body = TextField()
        has_code = BooleanField()
        message_id = CharField(unique=True)
        state = CharField()
        attempts = IntegerField()
        next_attempt_at = TextField()
        claimed_until = TextField(null=True)
        last_error = CharField()
        created_at = TextField()
        expires_at = TextField(null=True)
        sent_at = TextField(null=True)

        class Meta:
            indexes = ((("state", "next_attempt_at"), False), (("town", "state"), False))

    class AuditEntry(Frozen):
        at = TextField(index=True)
        day = DateField(index=True)
        town = ForeignKeyField(Town, null=True)
        staff = ForeignKeyField(Staff, null=True)
        resident = ForeignKeyField(Resident, null=True)
        division = ForeignKeyField(Division, null=True)
        application = ForeignKeyField(Application, null=True)
        act = CharField()
        detail = TextField()
        address = CharField()

        class Meta:
            indexes = ((("application", "at"), False), (("town", "at"), False))

    class AuditSeal(Frozen):
        day = DateField(unique=True)
        entries = IntegerField()
        last_entry = IntegerField()
        sha256 = CharField(max_length=64)
        sealed_at = TextField()

    class Job(Frozen):
        name = CharField(unique=True)
        claimed_until = TextField(null=True)
        last_run_at = TextField(null=True)
        last_error = TextField()

    Resident.add_index(
        Resident.index(Resident.email_folded, unique=True, name="resident_email_open").where(SQL("closed_at IS NULL"))
    )
    db.create_tables(
        [
            Town,
            Division,
            Category,
            Resident,
            Staff,
            StaffDivision,
            Session,
            Code,
            ThrottleEvent,
            LoginGuard,
            Procedure,
            FormVersion,
            Application,
            Submission,
            Attachment,
            ApplicationEvent,
            Correction,
            Note,
            OutboxMail,
            AuditEntry,
            AuditSeal,
            Job,
        ]
    )
    if isinstance(db, SqliteDatabase):
        db.execute_sql("CREATE VIRTUAL TABLE procedure_search USING fts5(tokens)")
