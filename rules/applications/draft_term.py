"""保存の期限: until when a draft is kept, and that no stop of the pages takes that time away."""

from __future__ import annotations

import calendar
from datetime import date, datetime, time, timedelta
from typing import Any

import clock
from models import Application, Status
from rules.town import stop

# The daily stop needs no such care: it is shorter than either time.
VISITOR_LIFE = timedelta(hours=24)
# A page that was open when the time ran out can still be saved for so long: nothing typed is lost. Only with an
# account: without one nothing is kept for longer than was promised.
GRACE = timedelta(days=1)


def same_day_next_month(day: date) -> date:
    """The same day of the next month, or its last day if there is none."""
    year, month = divmod(day.month, 12)
    year, month = day.year + year, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def kept_until(now: datetime, resident: int | None, town: int) -> datetime:
    """When a draft saved now is deleted: after the end of a day a month on; without an account after a day.

    Later where the pages rest then: nobody could go on with it in time.
    """
    end = now + VISITOR_LIFE
    if resident is not None:
        end = _midnight_after(same_day_next_month(now.date()), now)
    for rest in stop.windows():  # the first one first: one may lead into the next
        if rest.concerns(town) and rest.starts < end < rest.ends + stop.TIME_AFTER:
            end = _after(rest, resident is not None)
    return end


def _midnight_after(day: date, now: datetime) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), now.tzinfo)


def _after(rest: stop.Stop, whole_days: bool) -> datetime:
    """When a draft ends whose time would run out in a stop."""
    end = rest.ends + stop.TIME_AFTER
    return _midnight_after(end.date(), end) if whole_days else end


@stop.when_announced
def _outlast_stops() -> None:
    """What was saved before a stop was known is kept past it, too."""
    for rest in stop.windows():
        for own in (True, False):
            met = (Application.expires_at > rest.starts) & (Application.expires_at < rest.ends + stop.TIME_AFTER)
            if rest.town is not None:
                met &= Application.town == rest.town
            Application.update(expires_at=_after(rest, own)).where(
                (Application.status == Status.DRAFT) & Application.resident.is_null(not own) & met
            ).execute()


def last_day(application: Application) -> date:
    """The last day on which a resident's draft is still there."""
    last: date = (application.expires_at - timedelta(microseconds=1)).date()
    return last


def still_kept() -> Any:
    """The condition that a draft's time is not over; decided by the clock, jobs only tidy."""
    return (Application.status != Status.DRAFT) | (Application.expires_at > clock.now())


def is_over(application: Application, *, late: bool = False) -> bool:
    """Whether the time of a draft has run out; `late`: and the day of grace, too."""
    if application.status != Status.DRAFT or application.expires_at is None:
        return False
    grace = GRACE if late and application.resident_id is not None else timedelta()
    return bool(application.expires_at + grace <= clock.now())
