"""来庁予約: the reminder of the day before, and the file for a calendar."""

from __future__ import annotations

import icalendar
import pytest
from cast_acts import as_staff, person, write
from staff_acts import put_into
from visit_acts import NEXT, at, booked, hold, key, make_counter, visiting

import clock
import jobs
import models
from models import Counter, Job, OutboxMail, Reservation, Status
from rules.visits import by_resident, by_town, ics, seats, telling


@pytest.fixture
def row(cast) -> Reservation:
    """For Thursday, 26 November, 9:00."""
    return booked(cast.keiko, visiting(cast.town), make_counter(cast.town), key(NEXT))


def remind(moment: str) -> int:
    with clock.at(moment):
        return telling.remind(clock.now())


@pytest.mark.parametrize(
    ("moment", "made"),
    [
        ("2026-11-24T19:00:00", 0),
        ("2026-11-25T07:59:59", 0),
        ("2026-11-25T08:00:00", 1),
        ("2026-11-25T19:59:59", 1),
        ("2026-11-25T20:00:00", 0),
        ("2026-11-26T08:30:00", 1),  # the jobs did not run for a day
        ("2026-11-26T09:00:00", 0),
    ],
)
def test_the_day_before(row, moment, made):
    """R-5.5"""
    assert remind(moment) == made
    assert OutboxMail.select().where(OutboxMail.kind == "visit_reminder").count() == made


def test_once_whatever_the_jobs_do(row):
    assert [remind("2026-11-25T08:00:00"), remind("2026-11-25T08:00:00"), remind("2026-11-25T12:00:00")] == [1, 0, 0]
    # Two processes that read the same row: the second changes nothing.
    stale = Reservation.get_by_id(row.id)
    Reservation.update(reminded_for=None).execute()
    with clock.at("2026-11-25T12:00:00"):
        assert telling._remind(stale) and not telling._remind(stale)


def test_a_change_makes_the_next_one_due(cast, row):
    remind("2026-11-25T08:00:00")
    with clock.at("2026-11-25T09:00:00"):
        now = Reservation.get_by_id(row.id)
        by_resident.change_time(person(cast.keiko), row.id, now.revision, str(row.counter_id), key("2026-11-30"))
    assert remind("2026-11-25T10:00:00") == 0
    assert remind("2026-11-29T10:00:00") == 1


def test_none_for_what_is_cancelled_or_withdrawn(cast, row):
    by_resident.cancel(person(cast.keiko), row.id, row.revision)
    assert remind("2026-11-25T08:00:00") == 0


@pytest.mark.parametrize("status", [Status.REJECTED, Status.WITHDRAWN])
def test_none_for_an_application_that_is_over(row, status):
    put_into(row.application, status)
    assert remind("2026-11-25T08:00:00") == 0


def test_who_booked_on_the_same_day_is_not_told_twice(cast, row):
    Reservation.update(booked_at=at("2026-11-25", "10:00")).execute()
    assert remind("2026-11-25T12:00:00") == 0 or not OutboxMail.select().where(OutboxMail.kind == "visit_reminder")


def test_the_jobs_are_there(row):
    """Holds end by themselves, whoever looks; and the reminder is a job."""
    with clock.at("2026-11-25T10:00:00"):
        jobs.run_due(tuple(task for task in jobs.TASKS if task.name in ("expire_holds", "remind_visits")))
    assert OutboxMail.select().where(OutboxMail.kind == "visit_reminder").count() == 1
    assert {job.name for job in Job.select().where(Job.last_error == "")} >= {"expire_holds", "remind_visits"}


# ---------------------------------------------------------------- the file


def parsed(content: bytes) -> tuple[icalendar.Calendar, icalendar.Event]:
    calendar = icalendar.Calendar.from_ical(content)
    (event,) = calendar.walk("VEVENT")
    assert not calendar.errors and not event.errors
    return calendar, event


def test_a_calendar_program_can_read_it(row):
    """R-5.5: by RFC 5545, lines of at most 75 octets."""
    Counter.update(name="住民窓口, 1番; \\ 奥", bring="本人確認書類\r\n印鑑\x07; ほか,\n" + "長" * 100).execute()
    content = ics.event(Reservation.get_by_id(row.id))
    assert all(len(line) <= 75 for line in content.split(b"\r\n")) and content.endswith(b"END:VCALENDAR\r\n")
    assert b"\x07" not in content
    calendar, event = parsed(content)
    assert (calendar["VERSION"], event.start, event.end) == ("2.0", at(NEXT), at(NEXT, "09:30"))
    assert "犬の登録申請" in event["SUMMARY"] and "住民窓口, 1番; \\ 奥（本庁舎1階）" in event["LOCATION"]
    for words in (telling.number_words(row), "犬の写真\n本人確認書類\n印鑑; ほか,\n長長", "0999-00-1240"):
        assert words in event["DESCRIPTION"], words
    assert (event["STATUS"], event["SEQUENCE"]) == ("CONFIRMED", row.revision)


def test_a_cancelled_one_replaces_it(cast, row):
    _, before = parsed(ics.event(row))
    by_resident.cancel(person(cast.keiko), row.id, row.revision)
    _, after = parsed(ics.event(Reservation.get_by_id(row.id)))
    assert (after["UID"], after["STATUS"]) == (before["UID"], "CANCELLED")
    assert after["SEQUENCE"] > before["SEQUENCE"]


def test_a_booking_by_telephone_has_a_file_and_no_mail(cast, row):
    caller = by_town.Caller("佐藤 和子", "0999-00-1401")
    made = by_town.enter(as_staff(cast.administrator), row.counter_id, at(NEXT, "10:00"), caller)
    _, event = parsed(ics.event(made))
    assert telling.number_words(made) in event["DESCRIPTION"]
    assert OutboxMail.select().where(OutboxMail.kind == "visit_booked").count() == 1
    remind("2026-11-25T08:00:00")
    assert OutboxMail.select().where(OutboxMail.kind == "visit_reminder").count() == 1


def test_expired_holds_are_tidied_once(cast, row):
    written = write(row.procedure, cast.ken)
    hold(cast.ken, written, row.counter)
    with clock.at("2026-11-24T10:10:00"), models.transaction():
        assert (seats.expire_holds(clock.now()), seats.expire_holds(clock.now())) == (1, 0)
