"""職員のメモ: what staff write on an application for each other; the applicant never sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import clock
from models import Application, Note, Staff, transaction
from rules import Refusal
from rules.records import audit
from rules.records.session import SignedInStaff
from rules.values.calendar import show_instant
from rules.values.text import clean, is_blank

LONGEST = 4000


@dataclass(frozen=True)
class Entry:
    """A note as it is read."""

    who: str
    at_label: str
    text: str


def of(application: Application) -> list[Entry]:
    """The notes of an application, newest first."""
    rows: Any = (
        Note.select(Note.at, Note.text, Staff.name)
        .join(Staff)
        .where(Note.application == application)
        .order_by(Note.id.desc())
        .tuples()
    )
    return [Entry(name, show_instant(at), text) for at, text, name in rows]


def add(application: Application, by: SignedInStaff, text: str) -> None:
    """Leave a note; it changes nothing of the application itself, so it needs no revision."""
    text = clean(text).strip()
    if is_blank(text):
        raise Refusal("", {"q-note": "メモを入力してください。"})
    if len(text) > LONGEST:
        raise Refusal("", {"q-note": f"メモは{LONGEST:,}文字までで入力してください。いまは{len(text):,}文字です。"})
    with transaction():
        Note.create(application=application, staff=by.id, at=clock.now(), text=text)
        audit.record("note_added", staff=by, application=application.id, division=application.division_id)
