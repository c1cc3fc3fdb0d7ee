"""Drafts: kept a month to the end of the day, files within their limits, adopted at login."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from cast_acts import PDF, as_staff, attach, person, send, sent, write

import clock
from models import Application, Attachment, Procedure
from rules import Refusal
from rules.applications import draft, draft_term, mypage
from rules.files import storage
from rules.records import access
from rules.records.access import Missing, Person
from rules.town import stop


@pytest.mark.parametrize(
    ("saved", "last"),
    [
        ("2026-11-24", "2026-12-24"),
        ("2026-12-31", "2027-01-31"),
        ("2027-01-31", "2027-02-28"),
        ("2028-01-30", "2028-02-29"),
        ("2027-02-28", "2027-03-28"),
        ("2026-05-31", "2026-06-30"),
        ("2026-08-31", "2026-09-30"),
    ],
)
def test_the_same_day_of_the_next_month(saved, last):
    """R-3.3: its last day if there is none."""
    assert draft_term.same_day_next_month(date.fromisoformat(saved)).isoformat() == last


def test_kept_to_the_end_of_that_day_from_the_last_save(cast):
    """R-3.3"""
    written = write(cast.dogs, cast.keiko)
    with clock.at("2026-12-10T23:30:00"):
        page = draft.document(written)["form"]["pages"][0]
        draft.save_page(written, page, {"corporation_name": "x"})
        row = Application.get_by_id(written.id)
        assert row.expires_at.isoformat() == "2027-01-11T00:00:00+09:00"
        assert draft_term.last_day(row) == date(2027, 1, 10)


@pytest.mark.parametrize(
    ("saved", "last_moment", "gone"),
    [
        ("2027-01-31T00:00:00", "2027-02-28T23:59:59.999999", "2027-03-01T00:00:00"),
        ("2028-01-31T23:59:59", "2028-02-29T23:59:59.999999", "2028-03-01T00:00:00"),
        ("2026-08-31T12:00:00", "2026-09-30T23:59:59.999999", "2026-10-01T00:00:00"),
        ("2026-12-31T23:59:59", "2027-01-31T23:59:59.999999", "2027-02-01T00:00:00"),
        # Half past eight in the morning in Tokyo is still the day before in UTC.
        ("2026-12-01T08:30:00", "2027-01-01T23:59:59.999999", "2027-01-02T00:00:00"),
    ],
)
def test_never_a_day_early_and_not_a_day_late(cast, saved, last_moment, gone):
    """R-3.3: the town's calendar, month ends included; with its files."""
    me = person(cast.keiko)
    with clock.at(saved):
        written = write(cast.dogs, cast.keiko)
        attach(written)
    with clock.at(last_moment):
        assert draft.editable(me, written.id)
        assert len(mypage.drafts(me).lines) == 1
        assert draft.expire_drafts(clock.now()) == 0
    with clock.at(gone):
        with pytest.raises(draft.Over):
            draft.editable(me, written.id)
        assert mypage.drafts(me).lines == []
        assert draft.others_open(cast.dogs, me) == []
        assert draft.expire_drafts(clock.now()) == 0  # a page may be open still
    with clock.at(datetime.fromisoformat(gone) + draft_term.GRACE):
        assert draft.expire_drafts(clock.now()) == 1
    assert (Application.select().count(), Attachment.select().count()) == (0, 0)


def test_what_is_posted_within_a_day_keeps_it_anew(cast):
    """R-3.6: its page was open when the time ran out."""
    me, written = person(cast.keiko), write(cast.dogs, cast.keiko)
    page = draft.document(written)["form"]["pages"][1]
    with clock.at("2026-12-25T08:00:00"):
        draft.save_page(draft.editable(me, written.id, late=True), page, {"dog_name": "ハチ"})
        assert draft.expire_drafts(clock.now()) == 0
        assert draft_term.last_day(draft.editable(me, written.id)) == date(2027, 1, 25)
    with clock.at("2027-01-27T00:00:00"), pytest.raises(draft.Over):
        draft.editable(me, written.id, late=True)


def test_going_on_late_keeps_it_and_going_on_in_time_changes_nothing(cast):
    """R-3.3"""
    written = write(cast.dogs, cast.keiko)
    with clock.at("2026-12-24T23:00:00"):
        draft.keep_anew(written)
        assert draft_term.last_day(Application.get_by_id(written.id)) == date(2026, 12, 24)
    with clock.at("2026-12-25T00:00:00"):
        draft.keep_anew(written)
        assert draft_term.last_day(Application.get_by_id(written.id)) == date(2027, 1, 25)


def test_a_clock_put_back_deletes_nothing(cast):
    """Issue 3, faults."""
    with clock.at("2026-12-24T10:00:00"):
        written = write(cast.dogs, cast.keiko)
    with clock.at("2026-11-01T10:00:00"):
        assert draft.expire_drafts(clock.now()) == 0
        page = draft.document(written)["form"]["pages"][0]
        draft.save_page(draft.editable(person(cast.keiko), written.id), page, {"telephone": "0999-00-0002"})
    with clock.at("2026-12-01T23:59:59"):
        assert draft.editable(person(cast.keiko), written.id)


def test_discarding_twice_and_saving_what_was_discarded(cast):
    """No trace, no half row."""
    written = write(cast.dogs, cast.keiko)
    draft.discard(written)
    page = draft.document(written)["form"]["pages"][0]
    for act in (lambda: draft.discard(written), lambda: draft.save_page(written, page, {"telephone": "1"})):
        with pytest.raises(Missing):
            act()
    assert Application.select().count() == 0


def test_without_an_account_a_day(cast):
    """R-3.5"""
    bulky = Procedure.get(Procedure.slug == "bulky-waste")
    written = draft.start(bulky, Person(None, "v" * 64))
    with clock.at("2026-11-25T09:59:00"):
        assert draft.editable(Person(None, "v" * 64), written.id)
    with clock.at("2026-11-25T10:00:00"):
        for late in (False, True):
            with pytest.raises(draft.Over):
                draft.editable(Person(None, "v" * 64), written.id, late=late)
        # What was promised is kept: no grace for what nobody has an account for.
        assert draft.expire_drafts(clock.now()) == 1
    assert Application.select().count() == 0


def test_what_was_kept_for_an_account_is_taken_along(cast):
    """R-3.5: not what nobody asked to keep, and only by the browser that wrote it."""
    bulky = Procedure.get(Procedure.slug == "bulky-waste")
    mine, other = Person(None, "v" * 64), Person(None, "w" * 64)
    wanted, unasked = draft.start(bulky, mine), draft.start(bulky, mine)
    draft.keep_for_account(wanted)
    assert draft.adopt(other.visitor, cast.ken.id) == []
    assert draft.adopt(mine.visitor, cast.keiko.id) == [wanted.id]
    assert access.owns(person(cast.keiko), wanted.id)
    assert not access.owns(mine, wanted.id)
    assert access.owns(mine, unasked.id)
    assert draft_term.last_day(Application.get_by_id(wanted.id)) == date(2026, 12, 24)


def test_half_an_hour_after_it_was_asked_for_it_is_another_persons_login(cast):
    """R-3.5: at a shared computer; a login from its own pages takes it along whenever."""
    bulky, mine = Procedure.get(Procedure.slug == "bulky-waste"), Person(None, "v" * 64)
    written = draft.start(bulky, mine)
    draft.keep_for_account(written)
    with clock.at("2026-11-24T10:30:00"):
        assert draft.adopt(mine.visitor, cast.ken.id) == []
        assert draft.adopt(mine.visitor, cast.ken.id, key=written.id + 1) == []
        assert access.owns(mine, written.id)
        assert draft.adopt("w" * 64, cast.ken.id, key=written.id) == []
        assert draft.adopt(mine.visitor, cast.keiko.id, key=written.id) == [written.id]


def test_a_new_name_of_the_browser_keeps_what_it_writes(cast):
    """R-3.6: after a login that did not take it along."""
    bulky, mine = Procedure.get(Procedure.slug == "bulky-waste"), Person(None, "v" * 64)
    written = draft.start(bulky, mine)
    draft.follow_browser(mine.visitor, "w" * 64)
    assert access.owns(Person(None, "w" * 64), written.id) and not access.owns(mine, written.id)


# ---------------------------------------------------------------- stops


def rest(cast, starts: str, ends: str, town=None) -> None:
    when = [datetime.fromisoformat(text).replace(tzinfo=clock.TOKYO) for text in (starts, ends)]
    stop.announce(as_staff(cast.system), town=town, starts=when[0], ends=when[1], reason="点検")


def test_a_stop_announced_later_takes_no_time_away(cast):
    """R-8.1 R-3.3: the last day falls into a stop of six days, so a day after it is the last."""
    written, other = write(cast.dogs, cast.keiko), write(cast.dogs, cast.keiko)
    with clock.at("2026-12-01T10:00:00"):
        draft.save_page(other, draft.document(other)["form"]["pages"][0], {})
    rest(cast, "2026-12-23T00:00", "2026-12-29T06:00", cast.town.id)
    with clock.at("2026-12-30T23:59:59"):
        assert draft.expire_drafts(clock.now()) == 0
        assert draft_term.last_day(draft.editable(person(cast.keiko), written.id)) == date(2026, 12, 30)
        assert len(mypage.drafts(person(cast.keiko)).lines) == 2
        assert draft_term.last_day(Application.get_by_id(other.id)) == date(2027, 1, 1)
    with clock.at("2026-12-31T00:00:00"), pytest.raises(draft.Over):
        draft.editable(person(cast.keiko), written.id)


def test_saved_while_a_stop_is_known(cast):
    """R-8.1: also where one stop leads into the next; another town's takes and gives nothing."""
    rest(cast, "2026-12-24T12:00", "2026-12-26T12:00", cast.town.id)
    rest(cast, "2026-12-27T12:00", "2026-12-29T12:00")
    rest(cast, "2026-12-30T00:00", "2027-01-02T00:00", cast.other_town.id)
    written = write(cast.dogs, cast.keiko)
    assert draft_term.last_day(Application.get_by_id(written.id)) == date(2026, 12, 30)


@pytest.mark.parametrize("saved", ["2026-11-24T10:00:00", "2026-11-24T14:00:00"])
def test_without_an_account_a_day_after_the_stop(cast, saved):
    """R-8.1 R-3.5: a stop of forty hours, announced after the save or running at it."""
    bulky, mine = Procedure.get(Procedure.slug == "bulky-waste"), Person(None, "v" * 64)
    written = draft.start(bulky, mine)
    rest(cast, "2026-11-24T10:00", "2026-11-26T02:00", cast.town.id)
    with clock.at(saved):
        if saved > "2026-11-24T10:00:00":
            draft.save_page(written, draft.document(written)["form"]["pages"][0], {})
    with clock.at("2026-11-27T01:59:59"):
        assert draft.expire_drafts(clock.now()) == 0
        assert draft.editable(mine, written.id)
    with clock.at("2026-11-27T02:00:00"):
        assert draft.expire_drafts(clock.now()) == 1


# ---------------------------------------------------------------- files


def test_no_more_files_than_allowed(cast):
    """R-4.1"""
    written = write(cast.dogs, cast.keiko)
    attach(written)
    with pytest.raises(Refusal) as refusal:
        attach(written, name="もう1つ.pdf")
    assert "もう1つ.pdf" in refusal.value.message
    assert Attachment.select().count() == 1


@pytest.mark.parametrize("most", ["REMOVED_AT_MOST", "REMOVED_BYTES_AT_MOST"])
def test_attaching_and_removing_does_not_fill_the_disk(cast, monkeypatch, most):
    """R-4.4: what was taken off stays for a day; so much of it, and no more is taken until then."""
    written = write(cast.dogs, cast.keiko)
    monkeypatch.setattr(draft, most, 3 if most == "REMOVED_AT_MOST" else 3 * len(PDF))
    for _ in range(3):
        attach(written)
        draft.remove_file(written, Attachment.select().order_by(Attachment.id.desc()).get().id)
    with pytest.raises(Refusal) as refusal:
        attach(written)
    assert "注射済証.pdf" in refusal.value.message and "1日たってから" in refusal.value.message
    attach(write(cast.dogs, cast.keiko))
    with clock.at(clock.now() + storage.ORPHAN_AGE):
        attach(written)


def test_two_tabs_save_their_own_pages(cast):
    """House rule 6: only the page's own answers are replaced."""
    written = write(cast.dogs, cast.keiko)
    stale = Application.get_by_id(written.id)
    pages = draft.document(written)["form"]["pages"]
    draft.save_page(written, pages[0], {"telephone": "0999-00-0001"})
    draft.save_page(stale, pages[1], {"dog_name": "ハチ"})
    answers = Application.get_by_id(written.id).answers
    assert (answers["telephone"], answers["dog_name"]) == ("0999-00-0001", "ハチ")


def test_a_sent_application_takes_no_more(cast):
    """R-6.2"""
    done = sent(cast.dogs, cast.keiko)
    page = draft.document(done)["form"]["pages"][0]
    for act in (
        lambda: draft.save_page(done, page, {"telephone": "1"}),
        lambda: attach(done),
        lambda: draft.discard(done),
        lambda: draft.editable(person(cast.keiko), done.id),
    ):
        with pytest.raises(Missing):
            act()
    assert Attachment.select().count() == 0


def test_an_expired_draft_leaves_no_file_behind(cast, town_db):
    """R-3.3"""
    written = write(cast.dogs, cast.keiko)
    attach(written)
    with clock.at("2026-12-26T00:00:00"):
        draft.expire_drafts(clock.now())
    assert (Application.select().count(), Attachment.select().count()) == (0, 0)
    with clock.at("2027-01-03T00:00:00"):
        assert storage.sweep(clock.now()) == 1
    assert [path for path in town_db.stored_files.rglob("*") if path.is_file()] == []


def test_the_account_fills_in_what_it_knows(cast):
    """R-3.7"""
    written = draft.start(cast.dogs, person(cast.keiko))
    assert written.answers["name"]["family"] == "浜口"
    assert written.answers["address"]["address"] == cast.keiko.address
    assert written.answers["telephone"] == cast.keiko.telephone


def test_discarding_what_another_window_has_sent_leaves_it_whole(cast):
    """R-3.12: the row was read as a draft, and is none any more."""
    written = write(cast.dogs, cast.keiko)
    attach(written)
    stale = Application.get_by_id(written.id)
    send(written, cast.keiko)
    with pytest.raises(Missing):
        draft.discard(stale)
    assert Attachment.select().count() == 1
    assert Application.get_by_id(written.id).number
