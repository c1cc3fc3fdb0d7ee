"""操作ログ: appended, sealed by the day, and a change shows (R-7.8)."""

from __future__ import annotations

from datetime import date

import pytest
from cast_acts import as_staff

import clock
from models import AuditEntry, AuditSeal
from rules.records import audit


@pytest.fixture
def three_days(cast):
    for day in (24, 25, 26):
        with clock.at(f"2026-11-{day}T12:00:00"):
            audit.record("application_viewed", staff=as_staff(cast.clerk))
            audit.record("application_moved", staff=as_staff(cast.clerk), move="approved")
    audit.seal_days(date(2026, 11, 27))


def test_every_day_that_is_over_is_sealed_once(three_days):
    assert AuditSeal.select().count() == 3
    assert audit.seal_days(date(2026, 11, 27)) == 0
    assert audit.broken_days() == []


def test_today_is_not_sealed(cast):
    audit.record("application_viewed", staff=as_staff(cast.clerk))
    assert audit.seal_days(clock.today()) == 0


def last_of(day: int) -> AuditEntry:
    return AuditEntry.select().where(AuditEntry.day == date(2026, 11, day)).order_by(AuditEntry.id.desc()).get()


@pytest.mark.parametrize("column", ["act", "detail", "staff", "at", "address"])
def test_a_changed_entry_shows(three_days, cast, column):
    changed = {"act": "x", "detail": {"move": "rejected"}, "staff": cast.system.id, "at": clock.now(), "address": "::1"}
    AuditEntry.update({column: changed[column]}).where(AuditEntry.id == last_of(25).id).execute()
    assert audit.broken_days() == [date(2026, 11, 25)]


def test_a_removed_entry_shows(three_days):
    last_of(24).delete_instance()
    assert date(2026, 11, 24) in audit.broken_days()


def test_an_entry_put_in_afterwards_shows(three_days, cast):
    with clock.at("2026-11-25T23:00:00"):
        audit.record("application_viewed", staff=as_staff(cast.clerk))
    assert audit.broken_days() == [date(2026, 11, 25)]


def test_a_seal_made_anew_breaks_the_next(three_days):
    """Whoever changes a day and its seal has to change every later seal too."""
    AuditEntry.update(act="x").where(AuditEntry.id == last_of(24).id).execute()
    seal = AuditSeal.get(AuditSeal.day == date(2026, 11, 24))
    seal.sha256 = audit._digest(seal.day, "")[2]
    seal.save()
    assert audit.broken_days() == [date(2026, 11, 25)]
