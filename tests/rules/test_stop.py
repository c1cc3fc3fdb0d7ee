"""Stops: when residents' pages rest, to the second, and when that is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from cast_acts import as_staff

import clock
import config
import models
from models import AuditEntry, MaintenanceWindow
from rules import Refusal
from rules.records import access
from rules.town import stop
from rules.values import period

WEDNESDAY = "2026-11-25T"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=clock.TOKYO)


def daily(times: str) -> None:
    config.use(replace(config.settings(), stops=config.StopSettings(times)))


@pytest.fixture
def window(cast):
    """Sets the stage: a window as it stands in the table, of the whole installation unless a town is named."""

    def make(starts: str, ends: str, town=None, reason: str = "システムの点検") -> MaintenanceWindow:
        with models.transaction():
            return MaintenanceWindow.create(
                town=town,
                starts_at=at(starts),
                ends_at=at(ends),
                reason=reason,
                created_at=clock.now(),
                created_by=cast.system,
            )

    return make


def met(moment: str, town: int | None = None) -> str:
    """'start end' of the stop that is met at a moment, "" for none."""
    with clock.at(moment):
        found = stop.running(stop.windows(), town)
    return f"{found.starts:%d %H:%M} {found.ends:%d %H:%M}" if found else ""


def told(moment: str, town: int | None = None) -> list[str]:
    with clock.at(moment):
        return [stop.when(near) for near in stop.announced(stop.windows(), town)]


# ---------------------------------------------------------------- when it runs


@pytest.mark.parametrize(
    ("times", "inside", "outside"),
    [
        ("03:00-04:00", ["03:00:00", "03:59:59.999999"], ["02:59:59.999999", "04:00:00"]),
        ("23:30-00:30", ["23:30:00", "00:00:00", "00:29:59"], ["23:29:59", "00:30:00", "12:00:00"]),
        ("", [], ["03:00:00", "03:30:00"]),
    ],
)
def test_the_daily_stop_to_the_second(cast, times, inside, outside):
    """R-8.1: from and to, or none; midnight may lie between."""
    daily(times)
    assert all(met(WEDNESDAY + moment) for moment in inside)
    assert not any(met(WEDNESDAY + moment) for moment in outside)


def test_a_window_to_the_second_and_over_midnight(window):
    """R-8.1: 27 Sep 20:00 to 28 Sep 06:00."""
    window("2026-11-27T20:00", "2026-11-28T06:00")
    assert met("2026-11-27T19:59:59") == ""
    assert met("2026-11-27T20:00:00") == met("2026-11-28T00:00:00") == met("2026-11-28T05:59:59") == "27 20:00 28 06:00"
    assert met("2026-11-28T06:00:00") == ""


def test_stops_that_touch_are_one(window):
    """R-8.1: a window up to the daily stop, and another from within it: the end is that of the last."""
    daily("03:00-04:00")
    window("2026-11-27T20:00", "2026-11-28T03:00")
    assert met("2026-11-27T21:00:00") == "27 20:00 28 04:00"
    window("2026-11-28T03:30", "2026-11-28T05:00")
    assert met("2026-11-27T21:00:00") == "27 20:00 28 05:00"
    assert met("2026-11-28T04:30:00") == "28 03:30 28 05:00"
    window("2026-11-28T05:01", "2026-11-28T06:00")
    assert met("2026-11-27T21:00:00") == "27 20:00 28 05:00"


def test_the_daily_stop_touches_the_next_days_window_over_midnight(window):
    """R-8.1: joined to the end across midnight."""
    daily("23:30-00:30")
    window("2026-11-26T00:30", "2026-11-26T02:00")
    assert met("2026-11-25T23:45:00") == "25 23:30 26 02:00"


def test_each_reason_is_named_once(window):
    """R-8.1: why."""
    window("2026-11-25T10:00", "2026-11-25T12:00", reason="回線の工事")
    window("2026-11-25T11:00", "2026-11-25T13:00", reason="システムの点検")
    window("2026-11-25T12:00", "2026-11-25T14:00", reason="回線の工事")
    with clock.at("2026-11-25T11:30"):
        found = stop.running(stop.windows(), None)
    assert (found.reason, found.ends) == ("回線の工事、システムの点検", at("2026-11-25T14:00"))


def test_a_towns_window_is_not_the_others(window, cast):
    """R-8.4: a town's own window stops that town's pages, not another's and not those of none."""
    window("2026-11-25T10:00", "2026-11-25T12:00", cast.town)
    moment = "2026-11-25T11:00"
    assert met(moment, cast.town.id)
    assert not met(moment, cast.other_town.id)
    assert not met(moment)


def test_a_cancelled_window_stops_nothing(window):
    """R-8.1."""
    row = window("2026-11-25T10:00", "2026-11-25T12:00")
    MaintenanceWindow.change({"cancelled_at": clock.now()}, "id = {}", row.id)
    assert not met("2026-11-25T11:00") and not told("2026-11-25T09:00")


# ---------------------------------------------------------------- when it is told


def test_a_window_is_told_from_seven_days_ahead(window):
    """R-8.1: with date and times; once it runs, the page of the stop says so."""
    window("2026-12-05T20:00", "2026-12-06T06:00")
    words = ["12月5日（土）20時00分〜12月6日（日）6時00分"]
    assert told("2026-11-28T19:59:59") == []
    assert told("2026-11-28T20:00:00") == told("2026-12-05T19:59:59") == words
    assert told("2026-12-05T20:00:00") == []


def test_the_daily_stop_is_told_from_one_hour_ahead(cast):
    """R-8.1."""
    daily("03:00-04:00")
    assert told("2026-11-25T01:59:59") == []
    assert told("2026-11-25T02:00:00") == told("2026-11-25T02:59:59") == ["本日 3時00分〜4時00分"]
    assert told("2026-11-25T03:00:00") == []


def test_the_daily_stop_around_midnight_in_words(cast):
    """R-8.1: whether it is today's or tomorrow's."""
    daily("23:30-00:30")
    assert told("2026-11-25T23:00") == ["本日 23時30分〜明日 0時30分"]
    daily("00:15-01:15")
    assert told("2026-11-25T23:30") == ["明日 0時15分〜1時15分"]
    assert told("2026-11-26T00:00") == ["本日 0時15分〜1時15分"]


def test_the_end_of_the_year_in_words(window):
    """R-8.1: a window over the end of the year says which year."""
    window("2026-12-31T22:00", "2027-01-01T06:00")
    assert told("2026-12-28T10:00") == ["12月31日（木）22時00分〜2027年1月1日（金）6時00分"]
    window("2027-01-03T22:00", "2027-01-03T23:00")
    assert told("2026-12-31T10:00")[1] == "2027年1月3日（日）22時00分〜23時00分"
    assert met("2027-01-01T05:59:59") == "31 22:00 01 06:00"


def test_only_its_own_town_is_told(window, cast):
    """R-8.4."""
    window("2026-11-27T20:00", "2026-11-27T21:00", cast.town)
    now = "2026-11-25T10:00"
    assert told(now, cast.town.id) and not told(now, cast.other_town.id) and not told(now)


def test_staff_are_told_while_it_runs_too(window, cast):
    """R-8.1: information for staff; a system administrator reads whose it is."""
    window("2026-11-25T10:00", "2026-11-25T12:00", cast.town)
    with clock.at("2026-11-25T11:00"):
        known = stop.windows()
        assert "いま止まっています" in stop.warnings(known, as_staff(cast.clerk))[0]
        assert stop.warnings(known, as_staff(cast.system))[0].startswith("朝凪町の住民の画面は、いま止まっています")
        assert stop.warnings(known, as_staff(cast.foreign_clerk)) == []
    with clock.at("2026-11-25T09:00"):
        assert "11月25日（水）10時00分〜12時00分は" in stop.warnings(known, as_staff(cast.clerk))[0]


# ---------------------------------------------------------------- entering, cancelling, ending


def acts() -> list[str]:
    """What the log says of stops."""
    return [entry.act for entry in AuditEntry.select().order_by(AuditEntry.id) if entry.act.startswith("stop_")]


def announce(by, starts: str, ends: str, town=None) -> MaintenanceWindow:
    whose = town.id if town else None
    return stop.announce(as_staff(by), town=whose, starts=at(starts), ends=at(ends), reason="点検のため")


def test_who_may_stop_what(cast):
    """R-8.1: a town administrator the own town, a system administrator all, a clerk nothing."""
    times = ("2026-11-27T20:00", "2026-11-28T06:00")
    assert announce(cast.administrator, *times, cast.town).reason == "点検"
    assert announce(cast.system, *times).town_id is None
    assert announce(cast.system, *times, cast.other_town).town_id == cast.other_town.id
    for by, town in ((cast.clerk, cast.town), (cast.administrator, cast.other_town), (cast.administrator, None)):
        with pytest.raises(access.Missing):
            announce(by, *times, town)
    assert acts() == ["stop_announced"] * 3


@pytest.mark.parametrize(
    ("starts", "ends", "field"),
    [
        ("2026-11-24T09:59", "2026-11-24T12:00", "q-from-year"),
        ("2026-11-27T20:00", "2026-11-27T20:00", "q-until-year"),
        ("2026-11-27T20:00", "2026-11-27T19:00", "q-until-year"),
        ("2026-11-27T20:00", "2026-12-04T20:01", "q-until-year"),
        ("2028-11-27T20:00", "2028-11-27T21:00", "q-from-year"),
    ],
)
def test_times_that_cannot_be_are_refused(cast, starts, ends, field):
    """R-8.1: not in the past, the end after the beginning, seven days at most."""
    with pytest.raises(Refusal) as refusal:
        announce(cast.system, starts, ends)
    assert list(refusal.value.fields) == [field]
    assert not MaintenanceWindow.select().exists()


def test_times_that_are_just_possible(cast):
    """R-8.1: from this minute on, for seven days to the minute."""
    announce(cast.system, "2026-11-24T10:00", "2026-11-24T10:01")
    announce(cast.system, "2026-11-27T20:00", "2026-12-04T20:00")


def test_cancelling_and_ending_early(cast, window):
    """R-8.1: what has not begun is cancelled, what runs ends now; neither twice."""
    coming, runs = (
        window("2026-11-27T20:00", "2026-11-28T06:00", cast.town),
        window("2026-11-24T09:00", "2026-11-24T12:00", cast.town),
    )
    chief = as_staff(cast.administrator)
    for row in (coming, runs):
        stop.cancel(chief, row.id)
        with pytest.raises(Refusal):
            stop.cancel(chief, row.id)
    coming, runs = (MaintenanceWindow.get_by_id(row.id) for row in (coming, runs))
    assert (stop.state_word(coming), stop.state_word(runs)) == ("取消し", "終了")
    assert runs.ends_at == clock.now() and runs.cancelled_at is None
    assert not met("2026-11-24T10:00:00", cast.town.id)
    assert acts() == ["stop_cancelled", "stop_ended"]


def test_nobody_cancels_anothers(cast, window):
    """R-8.4: neither a clerk, nor another town's administrator, nor a town administrator what is for all."""
    own = window("2026-11-27T20:00", "2026-11-28T06:00", cast.town)
    whole = window("2026-11-27T20:00", "2026-11-28T06:00")
    for by, row in ((cast.clerk, own), (cast.foreign_clerk, own), (cast.administrator, whole)):
        with pytest.raises(access.Missing):
            stop.cancel(as_staff(by), row.id)
    assert stop.of_staff(as_staff(cast.foreign_clerk))[0] == [whole]
    assert stop.of_staff(as_staff(cast.system))[0] == [own, whole]


# ---------------------------------------------------------------- times as they are typed


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [
        ("20:00", 1200), ("２０：００", 1200), ("20時", 1200), ("20時30分", 1230), ("2000", 1200), ("630", 390),
        ("6:05", 365), ("午後8時30分", 1230), ("午前12時", 0), ("0:00", 0), ("24:00", 1440), ("8", 480),
        ("24:01", None), ("25:00", None), ("20:60", None), ("午後13時", None), ("夜", None), ("", None),
        ("20:00:00", None),
    ],
)  # fmt: skip
def test_times_of_the_day(typed, minutes):
    since = period.parse_time(typed)
    assert (since.total_seconds() / 60 if since is not None else None) == minutes


@pytest.mark.parametrize(
    ("starts", "ends", "words"),
    [
        ("2026-11-25T00:00", None, "11月25日（水）から"),
        ("2026-11-25T09:00", "2026-12-01T00:00", "11月25日（水）9時00分から、11月30日（月）まで"),
        ("2026-12-25T00:00", "2027-01-01T00:00", "12月25日（金）から、12月31日（木）まで"),
        ("2026-12-25T00:00", "2027-01-05T12:30", "12月25日（金）から、2027年1月5日（火）12時30分まで"),
        ("2027-01-05T00:00", None, "2027年1月5日（火）から"),
    ],
)
def test_periods_in_words(starts, ends, words):
    """Whole days are said without their midnights, other years with their number."""
    assert period.shown_words(at(starts), at(ends) if ends else None, at("2026-11-24T10:00").date()) == words
