"""R-7.8: a resident sees on which day which division looked, and nobody's name."""

from __future__ import annotations

import pytest
from cast_acts import as_staff, sent

import clock
from models import Application, Division
from rules.applications import application, looks
from rules.records import audit


@pytest.fixture
def row(cast) -> Application:
    return sent(cast.dogs, cast.keiko)


def look(cast, row: Application, act: str = "application_viewed", division: int | None = None) -> None:
    audit.record(
        act, staff=as_staff(cast.clerk), application=row.id, division=division or row.division_id, page="approve"
    )


def test_one_line_a_day_and_division(cast, row):
    """R-7.8: looking, printing and opening a file are looks; acts are told in the history."""
    for act in ("application_viewed", "application_viewed", "application_printed", "file_downloaded"):
        look(cast, row, act)
    application.start_review(row, as_staff(cast.clerk), row.revision)
    with clock.at("2026-11-25T09:00:00"):
        look(cast, row, division=Division.get(Division.name == "税務課").id)
        look(cast, row)
    lines = {(line.day_label, line.division) for line in looks.of(row.id)}
    assert lines == {
        ("2026年11月25日（水）", "住民生活課"),
        ("2026年11月25日（水）", "税務課"),
        ("2026年11月24日（火）", "住民生活課"),
    }
    assert len(looks.of(row.id)) == 3
    assert cast.clerk.name not in repr(looks.of(row.id))


def test_of_this_application_only(cast, row):
    look(cast, sent(cast.dogs, cast.keiko))
    assert looks.of(row.id) == []


def test_an_act_is_no_look(cast, row):
    application.start_review(row, as_staff(cast.clerk), row.revision)
    assert looks.of(row.id) == []


def test_the_newest_twenty(cast, row):
    for day in range(1, 26):
        with clock.at(f"2026-12-{day:02}T09:00:00"):
            look(cast, row)
    lines = looks.of(row.id)
    assert len(lines) == 20 and lines[0].day_label == "2026年12月25日（金）"
