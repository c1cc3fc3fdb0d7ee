"""閉庁日: the days on which a town hall is closed beside weekends, holidays and the year's end."""

from __future__ import annotations

from datetime import date

from models import ask


def days(town: int | None) -> frozenset[date]:
    """Every closing day of a town's own; what counts business days for a town passes them on to rules.values.calendar.

    Read once by whoever counts for many rows.
    """
    if town is None:
        return frozenset()
    return frozenset(date.fromisoformat(day) for (day,) in ask("SELECT day FROM closing_day WHERE town_id = {}", town))


def names(town: int, first: date, last: date) -> dict[date, str]:
    """What a town calls its closing days from the first to the last; "" where it has said nothing."""
    between = "SELECT day, name FROM closing_day WHERE town_id = {} AND day >= {} AND day <= {}"
    return {date.fromisoformat(day): name for day, name in ask(between, town, first.isoformat(), last.isoformat())}


def words(name: str) -> str:
    """'閉庁日（庁舎停電）'"""
    return f"閉庁日（{name}）" if name else "閉庁日"


def towns_closed_on(day: date) -> frozenset[int]:
    """The towns that have made a day a closing day."""
    return frozenset(town for (town,) in ask("SELECT town_id FROM closing_day WHERE day = {}", day.isoformat()))
