"""よく使われる手続き: counted by the clock, over one year."""

from __future__ import annotations

from cast_acts import sent

import clock
from models import Application, Procedure
from rules.procedures import most_used


def test_what_was_sent_within_a_year_is_counted(cast):
    """R-2.5: drafts do not count, and what is older than a year does no longer."""
    for _ in range(2):
        sent(cast.dogs, cast.keiko)
    assert most_used.shown(cast.town) == []
    assert most_used.count_uses(clock.now()) == 1
    assert most_used.shown(cast.town) == [(cast.dogs.id, "犬の登録申請")]
    assert Procedure.get_by_id(cast.dogs.id).used == 2
    assert most_used.count_uses(clock.now()) == 0
    with clock.at("2027-11-25T10:00:00"):
        assert most_used.count_uses(clock.now()) == 1
    assert most_used.shown(cast.town) == []


def test_a_draft_is_no_use(cast):
    sent(cast.dogs, cast.keiko)
    Application.update(submitted_at=None, status="DRAFT").execute()
    assert most_used.count_uses(clock.now()) == 0
