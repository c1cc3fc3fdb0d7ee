"""The types of questions: for each what it is made of, how it is read, checked and shown.

raw    what was typed, as the page needs it again: str, list[str] or {part: str}
value  what it means: JSON-able, one spelling for one meaning; None = nothing answered
"""

from __future__ import annotations

from datetime import date

from rules.forms.field_types.bank_account import BankAccountField
from rules.forms.field_types.base import FieldType, FormData, Question, Raw, Value, Wrong, input_id, input_name
from rules.forms.field_types.choice import ChoiceField, ChoicesField, ConsentField
from rules.forms.field_types.clock_time import TimeField
from rules.forms.field_types.day import DateField
from rules.forms.field_types.files import FileField, HeadingField, size_label
from rules.forms.field_types.numbers import CorporateNumberField, MoneyField
from rules.forms.field_types.person import (
    PREFECTURES,
    AddressField,
    EmailField,
    NameField,
    PasswordField,
    TelephoneField,
)
from rules.forms.field_types.plain import LongTextField, NumberField, TextField
from rules.forms.field_types.reading import AgreementField, PaperFormField
from rules.forms.field_types.sum import SumField
from rules.forms.field_types.table import TableField

__all__ = [
    "PREFECTURES", "TYPES", "FormData", "Question", "Raw", "Value", "Wrong", "as_typed", "blank", "cells", "check",
    "columns", "fit", "from_profile", "hint_of", "input_id", "input_name", "is_empty", "kept", "parts", "raw_of",
    "read", "show", "size_label",
]  # fmt: skip

TYPES: dict[str, FieldType] = {
    "heading": HeadingField(),
    "text": TextField(),
    "long_text": LongTextField(),
    "number": NumberField(),
    "date": DateField(),
    "choice": ChoiceField(),
    "choices": ChoicesField(),
    "consent": ConsentField(),
    "name": NameField(),
    "address": AddressField(),
    "telephone": TelephoneField(),
    "email": EmailField(),
    "password": PasswordField(),
    "file": FileField(),
    "corporate_number": CorporateNumberField(),
    "money": MoneyField(),
    "time": TimeField(),
    "bank_account": BankAccountField(),
    "agreement": AgreementField(),
    "paper_form": PaperFormField(),
    "sum": SumField(),
}
TABLE = TableField(TYPES)
TYPES["table"] = TABLE


def parts(q: Question) -> tuple[str, ...]:
    """The parts of its input names: ('',) for a single control, () for a heading."""
    return TYPES[q["type"]].parts


def blank(q: Question) -> Raw:
    """The raw answer nobody has typed yet."""
    return TYPES[q["type"]].blank(q)


def fit(q: Question, raw: Raw) -> Raw:
    """The raw answer if it has this type's shape, else what of it has."""
    return TYPES[q["type"]].fit(q, raw)


def kept(q: Question, raw: Raw) -> Raw:
    """A raw answer as a draft keeps it: a box with the words to which it was ticked."""
    return TYPES[q["type"]].kept(q, raw)


def is_empty(q: Question, raw: Raw) -> bool:
    """Whether a raw answer of the right shape says nothing."""
    return TYPES[q["type"]].is_empty(q, raw)


def read(q: Question, form: FormData) -> Raw:
    """What was typed, out of a posted form; missing inputs are blank."""
    return TYPES[q["type"]].read(q, form)


def check(q: Question, raw: Raw, today: date) -> Value:
    """The value; raises Wrong with a sentence for each wrong input."""
    return TYPES[q["type"]].check(q, raw, today)


def show(q: Question, value: Value, today: date | None = None) -> list[str]:
    """The lines to print, none for no answer; with `today`, a birth date carries the age."""
    return [] if value is None else TYPES[q["type"]].show(q, value, today)


def raw_of(q: Question, value: Value) -> Raw:
    """The raw answer that means this value."""
    return blank(q) if value is None else TYPES[q["type"]].raw_of(q, value)


def as_typed(q: Question, raw: Raw) -> list[str]:
    """An answer of the right shape that says something, in the words it was typed in."""
    return TYPES[q["type"]].as_typed(q, raw)


def hint_of(q: Question) -> str:
    """The hint as it is shown: the clerk's words, and what the limits ask for."""
    words, terms = str(q.get("hint") or ""), TYPES[q["type"]].terms(q)
    return words + ("　" if words and terms and not words.endswith("。") else "") + terms


def columns(q: Question) -> list[tuple[str, str]]:
    """(part, heading) of each column it fills in a table of answers; none for what nobody answers."""
    return TYPES[q["type"]].columns(q)


def cells(q: Question, value: Value) -> list[str]:
    """A text for each of these columns, "" in all of them for no answer."""
    return [""] * len(columns(q)) if value is None else TYPES[q["type"]].cells(q, value)


def from_profile(q: Question, fact: object) -> Raw | None:
    """The raw answer that a fact of the account fills in; None if it does not fit this question."""
    return TYPES[q["type"]].from_profile(q, fact)
