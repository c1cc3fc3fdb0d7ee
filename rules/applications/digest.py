"""部課への1日1回のお知らせ: for divisions that want no mail per application (R-7.12)."""

from __future__ import annotations

from datetime import datetime, timedelta

import config
from models import Application, Division, Status, transaction
from rules.applications import message
from rules.records import mail
from rules.town import closing_day
from rules.values.calendar import is_business_day

FROM_HOUR = 8


def send_daily(now: datetime) -> int:
    """Queue one mail for each division on a business day, if something arrived since the last; returns how many."""
    if now.hour < FROM_HOUR or not is_business_day(now.date()):
        return 0
    due = Division.digested_at.is_null() | (Division.digested_at < _this_morning(now))
    wanting = Division.select().where(
        (Division.notify == "daily") & (Division.email != "") & Division.closed_at.is_null() & due
    )
    closed = closing_day.towns_closed_on(now.date())
    return sum(_tell(division, now) for division in list(wanting) if division.town_id not in closed)


def _this_morning(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def _tell(division: Division, now: datetime) -> int:
    """Claim the day by the very column that remembers it, so that two processes never tell twice."""
    before = division.digested_at
    unchanged = Division.digested_at.is_null() if before is None else Division.digested_at == before
    mine = Application.division == division
    since = before or now - timedelta(days=1)
    with transaction():
        if not Division.update(digested_at=now).where((Division.id == division.id) & unchanged).execute():
            return 0
        arrived = Application.select().where(mine & (Application.submitted_at > since)).count()
        messages = message.arrived_since(division, since)
        if not arrived and not messages:
            return 0
        mail.queue(
            "division_daily",
            to=division.email,
            town=division.town,
            division=division,
            arrived_count=arrived,
            message_count=messages,
            waiting_count=Application.select().where(mine & (Application.status == Status.SUBMITTED)).count(),
            url=f"{config.settings().base_url}/staff/",
        )
    return 1
