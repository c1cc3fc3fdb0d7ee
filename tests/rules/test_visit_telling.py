"""来庁予約: the reminder of the day before, and the file for a calendar."""

from __future__ import annotations

import icalendar
import pytest
from cast_acts import PASSWORD, as_staff, person, sent, write
from staff_acts import put_into
from visit_acts import NEXT, at, booked, hold, key, make_counter, visiting

import clock
import jobs
import models
from models import Application, Counter, Division, Job, MailText, OutboxMail, Reservation, Status, Town
from rules.accounts import close_account
from rules.applications import application
from rules.counters import by_town
from rules.records.session import SignedInResident
from rules.town import mail_text
from rules.visits import booking, by_resident, ics, occasion, seats, shown, telling


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
    sent = [mail for mail in OutboxMail.select() if mail.kind in ("visit_reminder", "visit_today")]
    assert len(sent) == made
    if made:
        on_the_day = moment.startswith(NEXT)
        assert ("きょうは、来庁の予約の日です" in sent[0].body) is on_the_day
        assert ("きょうの夜12時まで" in sent[0].body) is not on_the_day
        assert ("変更や取消しができません" in sent[0].body) is on_the_day


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


def test_who_was_told_on_the_day_before_is_not_told_twice(cast, row):
    """By the mail of a booking, of a change, or of one that staff made; who hears of a later day is reminded then."""
    clerk = as_staff(cast.administrator)
    with clock.at("2026-11-25T09:00:00"):
        other = booked(cast.ken, row.procedure, row.counter, key(NEXT, "10:00"))
        now = Reservation.get_by_id(row.id)
        by_resident.change_time(person(cast.keiko), row.id, now.revision, str(row.counter_id), key(NEXT, "11:00"))
    assert remind("2026-11-25T12:00:00") == 0
    with clock.at("2026-11-25T13:00:00"):
        for moved, to in ((other, at(NEXT, "13:00")), (row, at("2026-11-27", "13:00"))):
            now = Reservation.get_by_id(moved.id)
            by_town.rebook(clerk, now.id, now.revision, (now.counter_id, to), "研修のため")
    assert [remind("2026-11-25T14:00:00"), remind("2026-11-26T08:00:00")] == [0, 1]
    assert OutboxMail.select().where(OutboxMail.kind == "visit_reminder").count() == 1


def test_one_bad_row_stops_no_other(cast, row, monkeypatch, caplog):
    """It is told of at a later run, when what was wrong is mended; and the rows are read a table at a time."""
    last = booked(cast.ken, row.procedure, row.counter, key(NEXT, "10:00"))
    told = telling.told

    def failing(about, kind, **more):
        if about.id == row.id:
            raise KeyError("time")
        return told(about, kind, **more)

    monkeypatch.setattr(telling, "told", failing)
    assert remind("2026-11-25T08:00:00") == 1 and str(row.id) in caplog.text
    assert [mail.application_id for mail in OutboxMail.select().where(OutboxMail.kind == "visit_reminder")] == [
        last.application_id
    ]
    monkeypatch.setattr(telling, "told", told)
    assert [remind("2026-11-25T08:10:00"), remind("2026-11-25T08:20:00")] == [1, 0]


def test_the_jobs_are_there(row):
    """Holds end by themselves, whoever looks; and the reminder is a job."""
    with clock.at("2026-11-25T10:00:00"):
        jobs.run_due(tuple(task for task in jobs.TASKS if task.name in ("expire_holds", "remind_visits")))
    assert OutboxMail.select().where(OutboxMail.kind == "visit_reminder").count() == 1
    assert {job.name for job in Job.select().where(Job.last_error == "")} >= {"expire_holds", "remind_visits"}


def test_a_table_at_a_time(row, monkeypatch, cast):
    """The rows of a run are read together: what is asked for each is its own writing only."""
    for who, slot in ((cast.ken, "10:00"), (cast.keiko, "11:00"), (cast.ken, "13:00")):
        booked(who, row.procedure, row.counter, key(NEXT, slot))
    seen, ask = [], models.database.execute_sql
    monkeypatch.setattr(models.database, "execute_sql", lambda sql, *more: seen.append(sql) or ask(sql, *more))
    assert remind("2026-11-25T08:00:00") == 4
    for table in ("counter", "town", "resident", "procedure", "application", "division"):
        assert sum(f'FROM "{table}"' in sql for sql in seen) <= 1, table


# ---------------------------------------------------------------- the other mails


def letter(kind: str) -> str:
    """The last mail of a kind."""
    return str(OutboxMail.select().where(OutboxMail.kind == kind).order_by(OutboxMail.id.desc()).get().body)


@pytest.fixture
def asanagi(cast, row):
    Counter.update(map_text="玄関を入って左です。\n駐車場は南側です。", bring="印鑑" * 20 + "\n手数料").execute()
    Town.update(postal_code="999-8100", address="朝凪町浜手一丁目1番1号").execute()


def test_how_to_get_there(cast, row, asanagi):
    """R-5.5: place, address, way and what to bring; every line of them stands as far right as the first."""
    booked(cast.ken, row.procedure, Counter.get(), key(NEXT, "10:00"))
    body = letter("visit_booked")
    assert (
        "　住民窓口（本庁舎1階）\n　役場の住所　〒999-8100 朝凪町浜手一丁目1番1号\n　玄関を入って左です。\n　駐車場は"
        in body
    )
    lines = body.split("持ち物\n")[1].split("\n\n")[0].split("\n")
    assert len(lines) == 4 and all(line.startswith("　") for line in lines)
    assert "前の日の夜12時まで" in body and f"/mypage/reservations/{Reservation.select().count()}" in body
    _, event = parsed(ics.event(Reservation.get_by_id(row.id)))
    for words in (
        "〒999-8100 朝凪町浜手一丁目1番1号",
        "駐車場は南側です",
        "前の日の夜12時まで",
        f"/reservations/{row.id}",
    ):
        assert words in event["DESCRIPTION"], words
    Counter.update(map_text="").execute()
    Town.update(address="").execute()
    booked(cast.ken, row.procedure, Counter.get(), key(NEXT, "11:00"))
    assert "（本庁舎1階）\n持ち物\n" in letter("visit_booked")


def test_what_comes_after_a_cancellation(cast, row):
    """Where one can choose anew, whom to call instead, or nothing where the application is over as well."""
    by_resident.cancel(person(cast.keiko), row.id, row.revision)
    assert "「新しい日時を選ぶ」" in letter("visit_cancelled") and "「取り下げる」" in letter("visit_cancelled")
    assert f"/mypage/reservations/{row.id}\n" in letter("visit_cancelled")
    other = booked(cast.ken, row.procedure, row.counter, key(NEXT, "10:00"))
    Counter.update(closed_at=clock.now()).execute()
    by_town.cancel(as_staff(cast.administrator), other.id, other.revision, "工事のため")
    assert "下の番号に電話してご相談ください" in letter("visit_cancelled_by_town")
    Counter.update(closed_at=None).execute()
    third = booked(cast.ken, row.procedure, Counter.get(), key(NEXT, "11:00"))
    application.withdraw(third.application, person(cast.ken), reason="行かないため")
    assert "新しい日時" not in letter("visit_cancelled") and "\n\n\n" not in letter("visit_cancelled")


def in_review(row: Reservation) -> Application:
    put_into(row.application, Status.IN_REVIEW)
    found: Application = Application.get_by_id(row.application_id)
    return found


def test_a_visit_for_the_form_is_asked_for_until_the_result(cast, row):
    """R-5.1: who was told not to come is not asked to choose anew once it is granted; who has a booking keeps it."""
    me, clerk, sent = person(cast.keiko), as_staff(cast.clerk), in_review(row)
    other = booked(cast.ken, row.procedure, row.counter, key(NEXT, "10:00"))
    by_town.cancel(clerk, row.id, row.revision, "書類で確かめられたため")
    assert occasion.unbooked(me) and "「新しい日時を選ぶ」" in letter("visit_cancelled_by_town")
    application.approve(sent, clerk, sent.revision)
    assert not occasion.unbooked(me) and not occasion.bookable(sent) and not occasion.ahead_of(sent).waits
    sent = in_review(other)
    application.approve(sent, clerk, sent.revision)
    now = Reservation.get_by_id(other.id)
    assert now.state == "BOOKED" and by_resident.changeable(now)
    by_town.cancel(clerk, now.id, now.revision, "書類で確かめられたため")
    assert "新しい日時" not in letter("visit_cancelled_by_town")
    assert not occasion.unbooked(person(cast.ken))


def test_a_result_on_the_day_tells_of_the_visit(cast, row):
    """R-5.2: 却下 leaves it, and so does a 訂正 of what was to be collected; the mail says so, and whom to call."""
    chief, later = as_staff(cast.administrator), booked(cast.keiko, row.procedure, row.counter, key("2026-11-27"))
    fetched = sent(visiting(cast.town, "collect", decision=True), cast.ken)
    put_into(fetched, Status.APPROVED)
    booking.choose(person(cast.ken), fetched.id, str(row.counter_id), key(NEXT, "10:00"))
    with clock.at(f"{NEXT}T08:00:00"):
        about = in_review(row)
        application.reject(about, chief, about.revision, reason="要件を満たさないため")
        about = Application.get_by_id(fetched.id)
        application.reopen(about, chief, about.revision, reason="押しまちがい")
    for kind, time, words in (
        ("rejected", "9:00〜9:30", "お越しにならないときは、"),
        ("reopened", "10:00〜10:30", "お越しになる前に、"),
    ):
        visit = f"　令和8年11月26日（木） {time}\n　住民窓口（本庁舎1階）\n"
        assert f"きょうの来庁の予約は、残っています。\n{visit}{words}窓口に電話" in letter(kind), kind
        assert "　電話 0999-00-1240\n\n" in letter(kind), kind
    # Of a visit on another day there is a mail of its own.
    about = in_review(later)
    application.reject(about, chief, about.revision, reason="要件を満たさないため")
    assert "予約" not in letter("rejected") and "\n\n\n" not in letter("rejected")


def test_a_visit_today_cannot_be_changed_any_more(cast, row):
    """R-5.2: nor does a mail say so, of one that staff enter for today or move to it."""
    clerk = as_staff(cast.administrator)
    assert "前の日の夜12時まで" in letter("visit_booked")
    with clock.at(f"{NEXT}T08:00:00"):
        by_town.rebook(clerk, row.id, row.revision, (row.counter_id, at(NEXT, "15:00")), "研修のため")
        number = telling.number_words(row)
        by_town.cancel(clerk, row.id, Reservation.get_by_id(row.id).revision, "研修のため")
        by_town.enter(clerk, row.counter_id, at(NEXT, "15:30"), by_town.Caller("", number=number))
    for kind in ("visit_changed_by_town", "visit_booked"):
        assert "変更や取消しができません" in letter(kind) and "前の日の夜12時" not in letter(kind), kind
        assert f"{telling._page(row)[:-1]}" in letter(kind) and "電話してください" in letter(kind), kind


def test_words_of_a_town_leave_no_visit_unsaid(cast, row):
    """R-5.5 R-7.4: what a wording of its own has no place for stands above its closing lines, or at the end."""
    values = {"visit": "きょうの予約は、\n残っています。", "visits": ""}
    for body, whole in (
        ("取り下げました。\n\n――――――\n役場\n", "取り下げました。\n\n{visit}\n\n――――――\n役場\n"),
        ("取り下げました。\n-----\nあ\n-----\n役場", "取り下げました。\n-----\nあ\n\n{visit}\n\n-----\n役場\n"),
        ("取り下げました。\n", "取り下げました。\n\n{visit}\n"),
        ("{visit}\n取り下げました。\n", "{visit}\n取り下げました。\n"),
    ):
        assert mail_text.whole("withdrawn", body, values) == whole
        assert mail_text.whole("withdrawn", body, {"visit": " "}) == mail_text.whole("received", body, values) == body
    own = "Subject: 取下げ {number}\n\n取り下げました。\n\n――――――\n{town}\n"
    MailText.create(
        town=cast.town, kind="withdrawn", text=own, revision=1, updated_at=clock.now(), updated_by=cast.administrator
    )
    with clock.at(f"{NEXT}T08:00:00"):
        application.withdraw(row.application, person(cast.keiko), reason="行かないため")
    assert "取り下げました。\n\nきょうの来庁の予約は、残っています。" in letter("withdrawn")
    assert letter("withdrawn").endswith(f"0999-00-1240\n\n――――――\n{cast.town.name}\n")


def test_who_cancelled_is_a_division(cast, row):
    """R-1.5: never a name of staff, however the division is written, and whatever it is called since."""
    division = row.counter.division
    Division.update(name="こども 家庭課").where(Division.id == division.id).execute()
    by_town.cancel(as_staff(cast.administrator), row.id, row.revision, "工事のため")
    assert shown.of(Reservation.get_by_id(row.id)).cancelled == "こども 家庭課が取り消しました。理由：工事のため"
    Division.update(name="育ち課").where(Division.id == division.id).execute()
    assert shown.of(Reservation.get_by_id(row.id)).cancelled.startswith("育ち課が取り消し")


def test_a_result_says_that_a_time_can_be_booked(cast):
    """R-5.1: the mail of 承認 leads to the booking, where a counter takes some."""
    wanted, clerk = visiting(cast.town, "collect"), as_staff(cast.clerk)
    for counters in range(2):
        one = sent(wanted, cast.keiko)
        put_into(one, Status.IN_REVIEW)
        one = Application.get_by_id(one.id)
        application.approve(one, clerk, one.revision)
        assert ("「受け取りの日時を予約する」" in letter("approved")) is bool(counters)
        assert "\n\n\n" not in letter("approved")
        make_counter(cast.town, name=f"窓口{counters}")


def test_a_booking_has_one_mail(cast):
    """It says that it is booked; nobody promises a result. Words that a procedure has for it still go out."""
    counter = make_counter(cast.town)
    booked(cast.keiko, visiting(cast.town, "booking"), counter)
    assert [mail.kind for mail in OutboxMail.select().where(OutboxMail.resident == cast.keiko)] == ["visit_booked"]
    words = {"received": "Subject: 届きました\n\n{number}\n"}
    booked(cast.ken, visiting(cast.town, "booking", mails=words), counter, key(NEXT))
    assert [mail.kind for mail in OutboxMail.select().where(OutboxMail.resident == cast.ken)] == [
        "visit_booked",
        "received",
    ]


def test_who_leaves_is_told_of_the_visits(cast, row):
    """退会: which are cancelled; today's, with number and telephone, stays."""
    booked(cast.keiko, row.procedure, row.counter, key("2026-11-27"))
    me = SignedInResident(cast.keiko.id, cast.keiko.name, "person", 0)
    with clock.at("2026-11-26T08:00:00"):
        close_account.close_account(me, {"present": PASSWORD}, ip="192.0.2.1")
    body = letter("account_closed")
    gone, stays = body.split("きょうの来庁の予約は、残っています")
    assert "次の来庁の予約は、取り消しました。\n　令和8年11月27日（金）" in gone
    assert "　令和8年11月26日（木）" in stays
    assert f"　申込番号 {telling.number_words(row)}\n　電話 0999-00-1240" in stays


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
    assert remind("2026-11-25T08:00:00") == 1
    assert OutboxMail.select().where(OutboxMail.kind == "visit_reminder").count() == 1


def test_expired_holds_are_tidied_once(cast, row):
    written = write(row.procedure, cast.ken)
    hold(cast.ken, written, row.counter)
    with clock.at("2026-11-24T10:10:00"), models.transaction():
        assert (seats.expire_holds(clock.now()), seats.expire_holds(clock.now())) == (1, 0)
