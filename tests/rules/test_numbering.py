"""Numbers with check digits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.records import numbering
from rules.values.corporate_number import corporate_number_valid

numbers = st.builds(numbering.new_number)


@given(numbers)
def test_new_numbers_are_valid(number: str) -> None:
    """R-3.1: twelve digits, the last a check digit."""
    assert len(number) == 12
    assert number.isdigit()
    assert numbering.valid(number)


def test_numbers_do_not_tell_how_many_came_before() -> None:
    """R-3.1: a thousand in a row are all different and rise as often as they fall."""
    made = [numbering.new_number() for _ in range(1000)]
    assert len(set(made)) == 1000
    assert 400 < sum(one < other for one, other in zip(made, made[1:], strict=False)) < 600


@given(numbers, st.integers(0, 11), st.integers(1, 9))
def test_every_wrong_digit_is_found(number: str, place: int, off: int) -> None:
    """R-3.1"""
    wrong = str((int(number[place]) + off) % 10)
    assert not numbering.valid(number[:place] + wrong + number[place + 1 :])


@given(numbers, st.integers(0, 10))
def test_every_swap_of_neighbours_is_found(number: str, place: int) -> None:
    """R-3.1"""
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert numbering.valid(swapped) == (swapped == number)


@given(numbers)
def test_parse_reads_what_grouped_writes(number: str) -> None:
    """R-3.1: shown as 1234-5678-9012."""
    shown = numbering.grouped(number)
    assert [len(part) for part in shown.split("-")] == [4, 4, 4]
    assert numbering.parse(shown) == number
    full_width = shown.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789-"})
    assert numbering.parse(f"　{full_width} ") == number
    assert numbering.parse(shown.replace("-", " ")) == number
    assert numbering.parse(shown[:-1]) is None


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("１２３４ー５６", "123456"),
        ("1234−5678−90", "1234567890"),
        ("123", ""),
        ("1" * 13, ""),
        ("犬", ""),
        ("²" * 4, ""),
    ],
)
def test_how_a_number_begins(typed: str, digits: str) -> None:
    """R-6.1 R-7.13: part of a number, with whatever stands for a dash."""
    assert numbering.beginning(typed) == digits


@pytest.mark.parametrize("number", ["", "12345678901", "1234567890123", "１２３４５６７８９０１２", "12345678901a"])
def test_what_is_no_number(number: str) -> None:
    assert not numbering.valid(number)


@pytest.mark.parametrize("code", ["012025", "092169", "131016", "033014", "473014", "011002", "012131"])
def test_town_codes(code: str) -> None:
    assert numbering.town_code_valid(code)
    assert not numbering.town_code_valid(code[:5] + str((int(code[5]) + 1) % 10))


@pytest.mark.parametrize("code", ["", "12025", "480003", "000000", "01202５", "0120255"])
def test_what_is_no_town_code(code: str) -> None:
    assert not numbering.town_code_valid(code)


@pytest.mark.parametrize(
    "number", ["7000012050002", "4011001098993", "7123456789012", "2120901007402", "7010705000725"]
)
def test_corporate_numbers(number: str) -> None:
    """R-1.4: 法人番号 with its check digit verified."""
    assert corporate_number_valid(number)
    assert not corporate_number_valid(str(int(number[0]) % 9 + 1) + number[1:])
    assert not corporate_number_valid(number[:-1])
