"""予約の一覧の1行: bookings as staff read them, many of them with one question to the database."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models import Status, ask
from rules.counters.by_town import REACHES
from rules.records import numbering
from rules.values.calendar import near_date, read_instant
from rules.visits import states, telling

_ROWS = f"""
SELECT r.id, r.counter_id, c.name, r.starts_at, r.ends_at, COALESCE(a.number, r.number), r.name, r.telephone,
  p.name, r.state, r.withdrawn, a.id, a.division_id, a.status, r.note, r.channel, r.revision, r.cancelled_by,
  r.cancelled_reason, {REACHES}
FROM reservation r JOIN counter c ON c.id = r.counter_id
LEFT JOIN application a ON a.id = r.application_id LEFT JOIN procedure p ON p.id = r.procedure_id
WHERE r.state NOT IN ('HELD','EXPIRED') AND """


@dataclass(frozen=True)
class Line:
    """A booking; `application` is None where who looks may not look at the application."""

    id: int
    counter_id: int
    counter: str
    starts_at: datetime
    ends_at: datetime
    number: str
    name: str
    telephone: str
    subject: str
    state: str
    # 取下げ or 却下 of the application on the day itself; else "".
    withdrawn: str
    application: int | None
    note: str
    channel: str
    revision: int
    cancelled: str
    mailed: bool

    @property
    def day(self) -> str:
        """'2026-11-25', as addresses name it."""
        return self.starts_at.date().isoformat()

    @property
    def day_words(self) -> str:
        return near_date(self.starts_at.date())

    @property
    def time_words(self) -> str:
        return f"{self.starts_at.hour}:{self.starts_at.minute:02}〜{self.ends_at.hour}:{self.ends_at.minute:02}"

    @property
    def state_words(self) -> str:
        return states.for_staff(self.state, self.ends_at)


def lines(mine: Container[int], condition: str, *values: Any) -> list[Line]:
    """The bookings that fit a condition in plain SQL (r reservation, a application); `mine` are one's own divisions."""
    return [_line(mine, row) for row in ask(_ROWS + condition, *values)]


def _line(mine: Container[int], row: tuple[Any, ...]) -> Line:
    key, counter, place, starts, ends, number, name, telephone, subject, state, withdrawn, sent, *more = row
    division, status, note, channel, revision, by, reason, mailed = more
    seen = sent is not None and division in mine and status != Status.DRAFT
    return Line(
        key,
        counter,
        place,
        read_instant(starts),
        read_instant(ends),
        numbering.grouped(number),
        name or "（氏名の入力なし）",
        telephone,
        subject or "来庁の予約",
        state,
        telling.over_words(withdrawn, status),
        sent if seen else None,
        note,
        channel,
        revision,
        "　".join(part for part in (by, reason) if part),
        bool(mailed),
    )
