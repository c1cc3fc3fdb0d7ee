"""手続き, the versions of their forms, and the guides that lead to them."""

from __future__ import annotations

from peewee import SQL, BooleanField, CharField, Check, DateField, IntegerField, TextField

from models.people import Resident, Staff
from models.table import JSON, ForeignKeyField, InstantField, Table
from models.towns import Category, Division, Town


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
    # 受付期間 as its file says it: "06-01" of every year, "2026-06-01" or "2026-06-01 09:00"; "" is always.
    period_from = CharField(default="", constraints=[SQL("DEFAULT ''")])
    period_until = CharField(default="", constraints=[SQL("DEFAULT ''")])
    # Who changed the draft last, as the name was then, and when.
    draft_actor = CharField(default="", constraints=[SQL("DEFAULT ''")])
    draft_at = InstantField(null=True)

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
    # What is new in it, in the words of who published it.
    note = CharField(default="", constraints=[SQL("DEFAULT ''")])

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
