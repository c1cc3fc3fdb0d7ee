"""閲覧の記録: which division looked at an application, as its applicant may know (R-7.8): the day, no names.

The division is the looking one's own; who works for none of those in charge is the town's administration.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from models import ask
from rules.values.calendar import short_date

NEWEST = 20
_ADMINISTRATION = "役場（管理者）"

_LOOKS = f"""
SELECT e.day, d.name FROM audit_entry e LEFT JOIN division d ON d.id = e.division_id
WHERE e.application_id = {{}} AND e.act IN ('application_viewed', 'application_printed', 'file_downloaded')
GROUP BY e.day, d.id, d.name, d.position ORDER BY e.day DESC, d.id IS NULL, d.position, d.id LIMIT {NEWEST}"""


@dataclass(frozen=True)
class Look:
    """A day on which a division looked."""

    day_label: str
    division: str


def of(application: int) -> list[Look]:
    """A line a day and division, the newest first."""
    rows = ask(_LOOKS, application)
    return [Look(_label(date.fromisoformat(str(day))), division or _ADMINISTRATION) for day, division in rows]


def _label(day: date) -> str:
    return f"{day.year}年{short_date(day)}"
