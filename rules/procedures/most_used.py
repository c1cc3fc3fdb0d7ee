"""よく使われる手続き: which procedures were applied for most within a year."""

from __future__ import annotations

from datetime import datetime, timedelta

from models import Application, Town, ask, transaction

PERIOD = timedelta(days=365)
SHOWN = 5


def shown(town: Town) -> list[tuple[int, str]]:
    """(id, name) of a town's most used procedures; those nobody used are not among them."""
    sql = "SELECT id, name FROM procedure WHERE town_id = {} AND used > 0 AND listed_as IS NOT NULL"
    return [(key, name) for key, name in ask(f"{sql} ORDER BY used DESC, id DESC LIMIT {SHOWN}", town.id)]


_CHANGED = """
SELECT p.id, COALESCE(s.times, 0) FROM procedure p LEFT JOIN (
    SELECT procedure_id, COUNT(*) AS times FROM application
    WHERE submitted_at > {} AND submitted_at <= {} GROUP BY procedure_id
) s ON s.procedure_id = p.id
WHERE p.used <> COALESCE(s.times, 0)"""


def count_uses(now: datetime) -> int:
    """Count what was sent within a year; returns how many procedures have another figure than before."""
    since, until = (Application.submitted_at.db_value(at) for at in (now - PERIOD, now))
    # Counted before the transaction: nobody who is sending has to wait for it.
    changed = ask(_CHANGED, since, until)
    with transaction():
        for key, times in changed:
            ask("UPDATE procedure SET used = {} WHERE id = {}", times, key)
    return len(changed)
