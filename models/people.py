"""Residents and staff, their sessions, codes and limits."""

from __future__ import annotations

from peewee import SQL, BooleanField, CharField, Check, DateField, IntegerField, ModelSelect

from models.table import JSON, ForeignKeyField, InstantField, Table
from models.towns import Division, Town


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
    revision = IntegerField(default=0, constraints=[SQL("DEFAULT 0")])
    # Until when a one-time password can be used.
    password_expires_at = InstantField(null=True)


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
