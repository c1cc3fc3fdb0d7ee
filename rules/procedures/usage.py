"""版の使われ方: how many drafts and applications stand on each version of a procedure."""

from __future__ import annotations

from typing import NamedTuple

import clock
from models import Application, Procedure, Status, ask

_OPEN = frozenset({Status.SUBMITTED, Status.IN_REVIEW, Status.RETURNED, Status.APPROVED})


class Uses(NamedTuple):
    """Drafts somebody is writing, applications the town is dealing with, and those that are over."""

    drafts: int = 0
    open: int = 0
    over: int = 0


_SQL = """
SELECT form_version_id, status, COUNT(*) FROM application
WHERE procedure_id = {} AND (status <> 'DRAFT' OR expires_at IS NULL OR expires_at > {})
GROUP BY form_version_id, status"""


def by_version(procedure: Procedure) -> dict[int, Uses]:
    """The uses of each FormVersion, by its id; a draft counts for the version it was begun on."""
    found: dict[int, Uses] = {}
    for version, status, count in ask(_SQL, procedure.id, Application.expires_at.db_value(clock.now())):
        drafts, open_, over = found.get(version, Uses())
        if status == Status.DRAFT:
            drafts += count
        elif status in _OPEN:
            open_ += count
        else:
            over += count
        found[version] = Uses(drafts, open_, over)
    return found
