"""認証コード: one purpose, one browser or account, one use (R-1.9)."""

from __future__ import annotations

import re

import pytest

import clock
from models import Code, OutboxMail, transaction
from rules import Refusal
from rules.accounts import code

BROWSER, OTHER = "a" * 64, "b" * 64


def sent(purpose: str, visitor: str = BROWSER, address: str = "new@example.jp", **more) -> str:
    code.send(purpose, visitor, address, ip="192.0.2.1", **more)
    body = OutboxMail.select().order_by(OutboxMail.id.desc()).get().body
    found = re.search(r"(?<!\d)\d{6}(?!\d)", body)
    return found.group() if found else ""


@pytest.mark.parametrize(("purpose", "other"), [("sign_up", "change_email"), ("change_email", "sign_up")])
def test_a_code_is_for_one_purpose(cast, purpose, other):
    """R-1.9"""
    first, second = sent(purpose), sent(other, address="other@example.jp")
    if first != second:
        with pytest.raises(Refusal):
            code.verify(other, BROWSER, first)
    assert code.verify(purpose, BROWSER, first).purpose == purpose


def test_a_code_is_for_one_browser(cast):
    """R-1.9: read off another's screen it is worth nothing."""
    first = sent("sign_up")
    with pytest.raises(Refusal):
        code.verify("sign_up", OTHER, first)


def test_codes_are_kept_as_keyed_hashes(cast):
    """R-1.9"""
    digits = sent("sign_up")
    row = Code.get()
    assert len(row.code_hash) == 64 and digits not in str(row.__data__)


def test_a_code_is_used_once(cast):
    """R-1.9: the first to use it up is told so, the second too; one that was replaced is over."""
    digits = sent("sign_up")
    proved = code.verify("sign_up", BROWSER, digits)
    with transaction():
        assert code.use(proved)
        assert not code.use(proved)
    assert code.finished("sign_up", BROWSER) and not code.finished("sign_up", OTHER)
    with pytest.raises(Refusal):
        code.verify("sign_up", BROWSER, digits)
    sent("sign_up")
    with pytest.raises(Refusal), transaction():
        code.use(proved)


@pytest.mark.parametrize("typed", ["１２３４５６", "123 456", "12-34-56", " 123456 "])
def test_typed_in_any_width(typed):
    """R-3.10"""
    assert code.typed({"code": typed}) == "123456"


@pytest.mark.parametrize("typed", ["", "abc", "〇一二", "1" * 30])
def test_what_is_no_number_costs_no_try(typed):
    """R-1.9"""
    with pytest.raises(Refusal) as caught:
        code.typed({"code": typed})
    assert "q-code" in caught.value.fields


@pytest.mark.parametrize(("purpose", "minutes"), [("sign_up", 30), ("reset", 10), ("change_email", 10)])
def test_lives(cast, purpose, minutes):
    """R-1.1, R-1.9: 30 minutes for signing up, 10 for the others; tidied away after that, its mail too."""
    sent(purpose, resident=cast.keiko)
    assert code.minutes(purpose) == minutes
    assert OutboxMail.get().expires_at == Code.get().expires_at
    with clock.at(f"2026-11-24T10:{minutes - 1:02}:59") as now, transaction():
        assert code.pending(purpose, BROWSER) is not None and code.tidy(now) == 0
    with clock.at(f"2026-11-24T10:{minutes}:01") as now, transaction():
        assert code.pending(purpose, BROWSER) is None and code.tidy(now) == 1


def test_both_letters_are_forgotten_alike(cast):
    """R-1.3: nothing is kept of an address that somebody typed."""
    sent("sign_up", address="keiko@example.jp")
    sent("sign_up", OTHER)
    kinds = {(row.kind, row.has_code, row.expires_at) for row in OutboxMail.select()}
    at = Code.get().expires_at
    assert kinds == {("sign_up_registered", True, at), ("sign_up_code", True, at)}
