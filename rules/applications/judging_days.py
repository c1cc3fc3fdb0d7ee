"""Which day the answers of an application are judged by: docs/decisions/0021."""

from __future__ import annotations

import json
from datetime import date

import clock
from models import Application, Submission
from rules.forms.days import Days


def now(written: Application) -> Days:
    """For a draft or a correction as it stands."""
    before = [] if written.number is None else Submission.rows("application_id = {} ORDER BY turn", written.id)
    return _days(before, clock.today())


def of(record: Submission) -> Days:
    """For a sending, as it was when it arrived."""
    earlier = "application_id = {} AND turn < {} ORDER BY turn"
    before = Submission.rows(earlier, record.application_id, record.turn) if record.turn > 1 else []
    return _days(before, record.at.date())


def _days(before: list[Submission], today: date) -> Days:
    return Days(today, tuple((row.at.date(), json.loads(bytes(row.answers))) for row in before))
