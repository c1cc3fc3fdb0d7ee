"""照会コード: what it is made of, what it opens, and how often one may guess."""

from __future__ import annotations

import dataclasses
import re

import pytest
from cast_acts import as_staff, person, sent, write
from visitor_acts import STRANGER, open_dogs, sent_openly

import clock
import config
from models import Application, Session, Status
from rules import Refusal
from rules.applications import application, draft, inquiry_code
from rules.records import access, session
from rules.records.access import Person

OTHER = Person(None, "w" * 64)
IP = "192.0.2.7"


@pytest.fixture
def row(cast) -> Application:
    return sent_openly(open_dogs(cast))


def prove(row: Application, who: Person = OTHER, code: str | None = None, number: str | None = None, ip: str = IP):
    return inquiry_code.prove(who, number or row.number, inquiry_code.of(row) if code is None else code, ip=ip)


def opens(who: Person, row: Application) -> bool:
    return access.owns(who, row.id)


# ---------------------------------------------------------------- the code


def test_ten_characters_nobody_mistakes(cast):
    """R-3.5: of the alphabet agreed on, shown in two groups, different for every application."""
    dogs = open_dogs(cast)
    codes = {inquiry_code.of(sent_openly(dogs)) for _ in range(20)}
    assert len(codes) == 20
    for code in codes:
        assert re.fullmatch("[23456789ABCDEFGHJKMNPQRSTUVWXYZ]{10}", code)
        assert re.fullmatch("[0-9A-Z]{5}-[0-9A-Z]{5}", inquiry_code.grouped(code))


def test_it_follows_from_the_secret_key(cast, row):
    """R-3.5: stored nowhere; with another secret.key it is another code."""
    code = inquiry_code.of(row)
    assert code == inquiry_code.of(Application.get_by_id(row.id))
    assert not [value for value in row.__data__.values() if code in str(value)]
    config.use(dataclasses.replace(config.settings(), secret=bytes(32)))
    assert inquiry_code.of(row) != code


def test_only_what_was_sent_without_an_account_has_one(cast):
    assert inquiry_code.of(sent(cast.dogs, cast.keiko)) == ""
    assert inquiry_code.of(write(cast.dogs, cast.keiko)) == ""
    assert inquiry_code.grouped("") == ""


@pytest.mark.parametrize("change", [str.lower, inquiry_code.grouped, lambda code: f" {code[:5]} {code[5:]}　"])
def test_as_people_type_it(row, change):
    assert prove(row, code=change(inquiry_code.of(row))).id == row.id


def test_in_full_width_too(row):
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in inquiry_code.of(row))
    assert prove(row, code=wide, number="－".join((row.number[:4], row.number[4:8], row.number[8:]))).id == row.id


# ---------------------------------------------------------------- what it opens


def test_the_browser_that_proved_it_last_has_it(row):
    """R-3.5: and the one that had it before has it no more."""
    assert opens(STRANGER, row) and not opens(OTHER, row)
    prove(row)
    assert opens(OTHER, row) and not opens(STRANGER, row)
    prove(row, STRANGER)
    assert opens(STRANGER, row) and not opens(OTHER, row)


def test_one_code_never_opens_another(cast, row):
    """R-3.5."""
    second = sent_openly(open_dogs(cast), Person(None, "x" * 64))
    with pytest.raises(Refusal):
        prove(second, code=inquiry_code.of(row))
    prove(row)
    assert opens(OTHER, row) and not opens(OTHER, second)


def test_an_application_with_an_account_is_not_opened(cast):
    """R-3.5: not even by the code that its number would give."""
    mine = sent(cast.dogs, cast.keiko)
    with pytest.raises(Refusal):
        prove(mine, code=inquiry_code._made(mine.number))
    assert not opens(OTHER, mine)


def test_every_wrong_pair_gets_the_same_answer(cast, row):
    """R-3.5: neither which half was wrong nor whether the number exists can be told."""
    mine = sent(cast.dogs, cast.keiko)
    told = set()
    for number, code in (
        (row.number, "2222222222"),
        ("123456789012", inquiry_code.of(row)),
        (mine.number, "2222222222"),
        ("なまえ", "？？"),
        (row.number, "あ" * 5000),
        ("9" * 5000, "x"),
    ):
        with pytest.raises(Refusal) as refusal:
            inquiry_code.prove(OTHER, number, code, ip=IP)
        told.add((refusal.value.message, tuple(refusal.value.fields)))
    assert len(told) == 1


@pytest.mark.parametrize(("number", "code", "fields"), [("", "x", {"q-number"}), ("1", " ", {"q-code"})])
def test_an_empty_field_is_named_and_not_counted(number, code, fields):
    for _ in range(40):
        with pytest.raises(Refusal) as refusal:
            inquiry_code.prove(OTHER, number, code, ip=IP)
        assert set(refusal.value.fields) == fields


def test_half_an_hour_of_use(row):
    """R-3.5: what was sent is open while it is used, not for the next person at the same computer."""
    prove(row)
    for minutes in (20, 40, 60):
        with clock.at(f"2026-11-24T{10 + minutes // 60}:{minutes % 60:02}:00"):
            assert opens(OTHER, row)
    with clock.at("2026-11-24T11:30:01"):
        assert not opens(OTHER, row)
        prove(row)
        assert opens(OTHER, row)


def test_the_browser_that_sent_it_has_half_an_hour_too(row):
    with clock.at("2026-11-24T10:30:00"):
        assert opens(STRANGER, row)
    with clock.at("2026-11-24T11:00:01"):
        assert not opens(STRANGER, row)


def test_never_longer_than_a_session(row):
    for hour in range(10, 22):
        for minute in (0, 25, 50):
            with clock.at(f"2026-11-24T{hour}:{minute:02}:00"):
                assert opens(STRANGER, row)
    with clock.at("2026-11-24T22:05:00"):
        assert not opens(STRANGER, row)


def test_reading_writes_at_most_every_five_minutes(row):
    before = Session.get(Session.token_hash == STRANGER.visitor).seen_at
    with clock.at("2026-11-24T10:04:59"):
        assert opens(STRANGER, row)
    assert Session.get(Session.token_hash == STRANGER.visitor).seen_at == before


def test_a_pass_is_tidied_away(row):
    with clock.at("2026-11-25T11:00:00"):
        assert session.tidy(clock.now()) == 1
        prove(row)
        assert opens(OTHER, row)


def test_a_pass_is_no_login(row):
    """The row of nobody's session lets nobody in."""
    assert Session.get(Session.token_hash == STRANGER.visitor).resident_id is None
    assert session.resident_of("v") is None


def test_ending_it(row):
    prove(row)
    with pytest.raises(access.Missing):
        inquiry_code.end(STRANGER, row.id)
    inquiry_code.end(OTHER, row.id)
    assert not opens(OTHER, row) and not opens(Person(None, ""), row)
    with pytest.raises(access.Missing):
        inquiry_code.end(OTHER, row.id)


def test_ending_it_ends_all_that_was_sent_from_there(cast, row):
    """R-3.5: the next person at a shared computer finds none of them; what is being written stays."""
    second = sent_openly(open_dogs(cast))
    written = draft.start(open_dogs(cast), STRANGER)
    elsewhere = sent_openly(open_dogs(cast), OTHER)
    inquiry_code.end(STRANGER, second.id)
    assert not opens(STRANGER, row) and not opens(STRANGER, second)
    assert not Session.select().where(Session.token_hash == STRANGER.visitor).exists()
    assert opens(STRANGER, written) and opens(OTHER, elsewhere)


def test_ending_it_logs_nobody_out(cast, row):
    now = clock.now()
    with_session = Person(cast.keiko.id, "s" * 64)
    Session.create(token_hash="s" * 64, resident=cast.keiko, created_at=now, seen_at=now)
    prove(row, with_session)
    inquiry_code.end(with_session, row.id)
    assert not opens(with_session, row) and Session.select().where(Session.resident == cast.keiko).exists()


def test_a_draft_cannot_be_ended(cast):
    """Its browser is the only way to it."""
    written = draft.start(open_dogs(cast), STRANGER)
    with pytest.raises(access.Missing):
        inquiry_code.end(STRANGER, written.id)


def test_a_signed_in_resident_may_look_it_up(cast, row):
    """R-3.5: on their browser, while their session lives; never in their lists."""
    with_session = Person(cast.keiko.id, "s" * 64)
    now = clock.now()
    Session.create(token_hash="s" * 64, resident=cast.keiko, created_at=now, seen_at=now)
    prove(row, with_session)
    assert opens(with_session, row)
    assert not access.own_applications(with_session).exists()
    assert not opens(person(cast.ken), row) and not opens(person(cast.keiko), row)
    Session.delete().where(Session.resident == cast.keiko).execute()
    assert not opens(with_session, row)


def test_what_was_sent_stands_in_no_list(row):
    """R-3.5."""
    assert opens(STRANGER, row) and not access.own_applications(STRANGER).exists()


# ---------------------------------------------------------------- how often


def test_thirty_failures_of_an_address_in_ten_minutes(cast, row):
    """R-3.5: then it waits, right code or not; other addresses do not."""
    for _ in range(30):
        with pytest.raises(Refusal):
            inquiry_code.prove(OTHER, "なまえ", "x", ip=IP)
    with pytest.raises(Refusal) as refusal:
        prove(row)
    assert "10分" in refusal.value.message
    assert prove(row, ip="192.0.2.8")
    with clock.at("2026-11-24T10:10:01"):
        assert prove(row)


def test_ten_failures_of_a_number_in_an_hour(cast, row):
    """R-3.5: from one address, which may still try another number."""
    other = sent_openly(open_dogs(cast), Person(None, "x" * 64))
    for _ in range(10):
        with pytest.raises(Refusal):
            prove(row, code="2222222222")
    with clock.at("2026-11-24T10:59:59"):
        with pytest.raises(Refusal) as refusal:
            prove(row)
        assert "1時間" in refusal.value.message and not opens(OTHER, row)
        assert prove(other)
    with clock.at("2026-11-24T11:00:01"):
        assert prove(row)


def test_nobody_locks_the_owner_out(row):
    """R-3.5: however many guess at a number elsewhere, who has its code gets in."""
    for guess in range(20):
        with pytest.raises(Refusal):
            prove(row, code="2222222222", ip=f"198.51.100.{guess}")
    assert prove(row)


def test_what_succeeds_is_not_counted(row):
    for _ in range(40):
        assert prove(row)


def test_when_to_look_again(cast, row):
    """R-3.5: the day the result is due, else a week after sending."""
    assert inquiry_code.look_again(row).isoformat() == "2026-12-01"
    clerk = as_staff(cast.clerk)
    application.start_review(row, clerk, row.revision)
    assert Application.get_by_id(row.id).status == Status.IN_REVIEW
    row.due_on = None
    assert inquiry_code.look_again(row).isoformat() == "2026-12-01"
    with clock.at("2026-11-26T10:00:00"):
        assert inquiry_code.look_again(sent_openly(open_dogs(cast, standard_days=None))).isoformat() == "2026-12-03"
