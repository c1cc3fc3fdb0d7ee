"""R-1.9: wrong passwords slow down, alike for names that exist and names that do not."""

from __future__ import annotations

import pytest
from cast_acts import PASSWORD

import clock
from models import LoginGuard, Session, transaction
from rules import Refusal
from rules.accounts import account, login_guard, password


def tries(name: str, times: int) -> str:
    for _ in range(times):
        key = login_guard.attempt("resident", name, "192.0.2.1")
    return key


def test_the_sixth_try_waits_a_minute_then_longer():
    tries("a@example.jp", 5)
    with pytest.raises(Refusal):
        tries("a@example.jp", 1)
    with clock.at("2026-11-24T10:01:01"):
        tries("a@example.jp", 1)
        with pytest.raises(Refusal):
            tries("a@example.jp", 1)
    with clock.at("2026-11-24T10:02:30"), pytest.raises(Refusal):
        tries("a@example.jp", 1)
    with clock.at("2026-11-24T10:03:02"):
        tries("a@example.jp", 1)


def test_tries_count_before_the_password_is_looked_at():
    """Parallel guesses gain nothing: five are let through, whenever their answers come."""
    let_through = 0
    for _ in range(12):
        try:
            tries("a@example.jp", 1)
            let_through += 1
        except Refusal:
            pass
    assert let_through == 5


def test_the_right_password_clears_the_name():
    key = tries("a@example.jp", 4)
    with transaction():
        login_guard.passed(key)
    assert LoginGuard.select().count() == 0
    tries("a@example.jp", 5)


def test_a_clock_put_back_locks_nobody_out():
    with clock.at("2027-11-24T10:00:00"):
        tries("a@example.jp", 5)
    tries("a@example.jp", 1)


@pytest.mark.parametrize(("second", "named"), [("00", "10時01分"), ("01", "10時02分"), ("50", "10時02分")])
def test_the_time_that_is_named_holds(second, named):
    """R-1.9: from the minute on that the sentence names, a try is let through and not counted as one too early."""
    with clock.at(f"2026-11-24T10:00:{second}"):
        tries("a@example.jp", 5)
        with pytest.raises(Refusal, match=f"{named}まで"):
            tries("a@example.jp", 1)
    with clock.at(f"2026-11-24T{named.replace('時', ':').replace('分', ':00')}"):
        tries("a@example.jp", 1)


@pytest.mark.parametrize("realm", ["resident", "staff"])
def test_a_password_that_changed_meanwhile_opens_nothing(cast, monkeypatch, realm):
    """R-1.9: the old one was right when it was looked up, and no more when bcrypt was done."""
    real, row = password.verify, cast.keiko if realm == "resident" else cast.clerk

    def slow(typed, hashed):
        right = real(typed, hashed)
        with transaction():
            type(row).update(password_hash="$2b$04$another").where(type(row).id == row.id).execute()
        return right

    monkeypatch.setattr(password, "verify", slow)
    with pytest.raises(Refusal, match="違います"):
        if realm == "resident":
            account.log_in(cast.keiko.email, PASSWORD, ip="192.0.2.1")
        else:
            account.log_in_staff("miura", PASSWORD, ip="192.0.2.1")
    assert Session.select().count() == 0 and LoginGuard.get().failures == 1


def test_names_are_not_kept():
    tries("a@example.jp", 1)
    assert "example" not in LoginGuard.get().key
    with clock.at("2026-11-25T10:00:01"), transaction():
        assert login_guard.tidy(clock.now()) == 1
