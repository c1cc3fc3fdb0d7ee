"""保存期限の知らせ: a mail three days before a saved application is deleted (R-3.3)."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from models import Application, Division, Procedure, Resident, Status, Town, transaction
from rules.applications import draft_term, letters
from rules.records import mail
from rules.values.calendar import near_date

DAYS_BEFORE = 3
# Nobody is woken by a mail.
FROM_HOUR, UNTIL_HOUR = 8, 20
_BATCH = 500


def remind(now: datetime) -> int:
    """Queue a mail for every draft whose last day is near, once for each last day; returns how many.

    One that could not be made in time, because no job ran, is made late, as long as the draft lives.
    """
    if not FROM_HOUR <= now.hour < UNTIL_HOUR:
        return 0
    near = datetime.combine(now.date() + timedelta(days=DAYS_BEFORE + 1), time(), now.tzinfo)
    due = _unreminded() & (Application.expires_at > now) & (Application.expires_at <= near)
    rows = (
        Application.select(Application, Resident, Procedure, Division, Town)
        .join(Resident, on=(Application.resident == Resident.id))
        .switch(Application)
        .join(Procedure)
        .join(Division)
        .switch(Application)
        .join(Town, on=(Application.town == Town.id))
        .where(due & Application.resident.is_null(False) & Resident.closed_at.is_null())
    )
    return sum(_remind(row) for row in list(rows.order_by(Application.expires_at, Application.id).limit(_BATCH)))


def _unreminded() -> Any:
    told = Application.reminded_for.is_null(False) & (Application.reminded_for == Application.expires_at)
    return (Application.status == Status.DRAFT) & ~told


def _remind(row: Application) -> bool:
    """Claim the reminder by the very column that remembers it, so that two processes never send it twice."""
    with transaction():
        unchanged = (Application.id == row.id) & (Application.expires_at == row.expires_at)
        if not Application.update(reminded_for=row.expires_at).where(unchanged & _unreminded()).execute():
            return False
        # The mail does not name the application's row: a draft that is deleted leaves no trace but this.
        mail.queue(
            "draft_reminder",
            to=row.resident.email,
            wording=letters.own_wording(row, "draft_reminder"),
            town=row.town,
            resident=row.resident,
            division=row.procedure.division,
            name=row.resident.name,
            procedure=row.procedure.name,
            until=near_date(draft_term.last_day(row)),
        )
    return True
