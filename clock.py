"""The one place that knows what time it is: the town's time, Asia/Tokyo."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

# Japan has kept one offset without summer time since 1952; a fixed offset needs no tzdata package on Windows.
TOKYO = timezone(timedelta(hours=9), "Asia/Tokyo")

_offset = timedelta(0)
_frozen: datetime | None = None


def now() -> datetime:
    """The present instant, aware, in the town's time."""
    return _frozen if _frozen is not None else datetime.now(TOKYO) + _offset


def today() -> date:
    """The town's date."""
    return now().date()


def lies_ahead(instant: Any, most: timedelta, at: datetime | None = None) -> Any:
    """Whether an instant, or a column of them, lies ahead, but no further than can be.

    One that lies further ahead comes from a clock that was put back since.
    """
    at = at or now()
    return (instant > at) & (instant <= at + most)


def start_at(text: str) -> None:
    """Let the clock start at an ISO time with offset and run on from there (the demo's MADOGUCHI_NOW)."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("the time needs an offset, as in 2026-11-21T09:00:00+09:00")
    global _offset
    _offset = instant.astimezone(UTC) - datetime.now(UTC)


@contextmanager
def at(instant: datetime | str) -> Iterator[datetime]:
    """Hold the clock still at an instant (for tests); a text without offset is the town's time."""
    global _frozen
    if isinstance(instant, str):
        instant = datetime.fromisoformat(instant)
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=TOKYO)
    before, _frozen = _frozen, instant.astimezone(TOKYO)
    try:
        yield _frozen
    finally:
        _frozen = before
