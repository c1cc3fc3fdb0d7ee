"""R-1.9: wrong passwords slow down, alike for names that exist and names that do not."""

from __future__ import annotations

import pytest

import clock
from models import LoginGuard, transaction
from rules import Refusal, login_guard


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


def test_names_are_not_kept():
    tries("a@example.jp", 1)
    assert "example" not in LoginGuard.get().key
    with clock.at("2026-11-25T10:00:01"), transaction():
        assert login_guard.tidy(clock.now()) == 1
