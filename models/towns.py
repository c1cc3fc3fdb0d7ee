"""市町村, its divisions and its categories."""

from __future__ import annotations

from peewee import SQL, CharField, Check, DateField, IntegerField, ModelSelect

from models.table import ForeignKeyField, InstantField, Table


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
    revision = IntegerField(default=0, constraints=[SQL("DEFAULT 0")])


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
    revision = IntegerField(default=0, constraints=[SQL("DEFAULT 0")])

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
    revision = IntegerField(default=0, constraints=[SQL("DEFAULT 0")])

    class Meta:
        indexes = ((("town", "name"), True),)


class ClosingDay(Table):
    """閉庁日 of a town, beside weekends, public holidays and the year's end."""

    town = ForeignKeyField(Town)
    town_id: int
    day = DateField()
    name = CharField(default="")

    class Meta:
        indexes = ((("town", "day"), True),)


class PostalCode(Table):
    """郵便番号 and the place it stands for, as loaded from the postal service's list; a code may have several."""

    code = CharField(max_length=7, index=True)
    municipality_code = CharField(max_length=6)
    prefecture = CharField()
    municipality = CharField()
    area = CharField(default="")
