"""R-7.12: a division is mailed at once, once a day, or never."""

from __future__ import annotations

import pytest
from cast_acts import sent

import clock
from models import OutboxMail
from rules.applications import digest


def mails(kind: str) -> list[OutboxMail]:
    return list(OutboxMail.select().where(OutboxMail.kind == kind))


def wants(cast, notify: str) -> None:
    division = cast.dogs.division
    division.notify = notify
    division.save()


@pytest.mark.parametrize(("notify", "at_once", "daily"), [("at_once", 1, 0), ("daily", 0, 1), ("never", 0, 0)])
def test_as_the_division_wants(cast, notify, at_once, daily):
    wants(cast, notify)
    sent(cast.dogs, cast.keiko)
    with clock.at("2026-11-25T08:00:00"):
        digest.send_daily(clock.now())
    assert (len(mails("division_arrival")), len(mails("division_daily"))) == (at_once, daily)


def test_once_a_day_and_only_when_something_came(cast):
    wants(cast, "daily")
    sent(cast.dogs, cast.keiko)
    with clock.at("2026-11-25T07:59:00"):
        assert digest.send_daily(clock.now()) == 0
    with clock.at("2026-11-25T08:00:00"):
        assert digest.send_daily(clock.now()) == 1
        assert digest.send_daily(clock.now()) == 0
    with clock.at("2026-11-26T08:00:00"):
        assert digest.send_daily(clock.now()) == 0
    body = mails("division_daily")[0].body
    assert "1件" in body
    assert cast.keiko.family_name not in body


def test_not_on_a_day_off(cast):
    """What came on Saturday is told on Monday."""
    wants(cast, "daily")
    with clock.at("2026-11-27T08:00:00"):
        digest.send_daily(clock.now())
    with clock.at("2026-11-28T09:00:00"):
        sent(cast.dogs, cast.keiko)
        assert digest.send_daily(clock.now()) == 0
    with clock.at("2026-11-30T08:00:00"):
        assert digest.send_daily(clock.now()) == 1
