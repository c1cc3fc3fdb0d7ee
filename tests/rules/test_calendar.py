"""元号, written dates and business days."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clock import TOKYO
from rules.values import calendar

days = st.dates(calendar.EARLIEST, date(2100, 12, 31))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("昭和41年4月2日", date(1966, 4, 2)),
        ("S41.4.2", date(1966, 4, 2)),
        ("s41/4/2", date(1966, 4, 2)),
        ("1966-04-02", date(1966, 4, 2)),
        ("１９６６年４月２日", date(1966, 4, 2)),
        ("昭和４１年　４月　２日", date(1966, 4, 2)),
        ("19660402", date(1966, 4, 2)),
        ("1966−4−2", date(1966, 4, 2)),
        ("平成元年1月8日", date(1989, 1, 8)),
        ("平成1年1月8日", date(1989, 1, 8)),
        ("㍻元年1月8日", date(1989, 1, 8)),
        ("令和元年5月1日", date(2019, 5, 1)),
        ("昭和64年1月7日", date(1989, 1, 7)),
        ("明治45年7月30日", date(1912, 7, 30)),
        ("大正元年7月30日", date(1912, 7, 30)),
        ("大正15年12月25日", date(1926, 12, 25)),
        ("昭和元年12月25日", date(1926, 12, 25)),
        ("令6.2.29", date(2024, 2, 29)),
    ],
)
def test_parse(text: str, day: date) -> None:
    """Dates are accepted as documents write them, the two days that stand in two eras in both."""
    assert calendar.parse(text) == day


@pytest.mark.parametrize(
    ("text", "part", "words"),
    [
        ("2026年2月29日", "day", "2026年の2月は、1日から28日まで"),
        ("令和元年4月30日", "era", "令和は、2019年5月1日からです。この日は平成31年です。"),
        ("平成31年5月1日", "era", "平成は、2019年4月30日までです。この日は令和元年です。"),
        ("昭和64年1月8日", "era", "この日は平成元年です。"),
        ("昭和元年12月24日", "era", "この日は大正15年です。"),
        ("大正15年12月26日", "era", "この日は昭和元年です。"),
        ("平成35年6月1日", "year", "平成35年は、令和5年にあたります。"),
        ("昭和1988年4月9日", "year", "「西暦」を選んでください。"),
        ("昭和0年4月9日", "year", "年をお確かめください。"),
        ("令和200年4月9日", "year", "年をお確かめください。"),
        ("63年4月9日", "year", "西暦は4けたで"),
        ("1872年12月31日", "year", "1873年から2199年まで"),
        ("明治5年1月1日", "year", "1873年から"),
        ("2026年13月1日", "month", "1から12まで"),
        ("2026年0月1日", "month", "1から12まで"),
        ("2026年4月0日", "day", "1日から30日まで"),
        ("きのう", "year", "「昭和63年4月9日」"),
        ("", "year", "「昭和63年4月9日」"),
    ],
)
def test_dates_that_do_not_exist(text: str, part: str, words: str) -> None:
    """Refused with a sentence, at the part to put right."""
    with pytest.raises(calendar.BadDate) as bad:
        calendar.parse(text)
    assert bad.value.part == part
    assert words in bad.value.sentence


def test_unknown_era() -> None:
    with pytest.raises(calendar.BadDate):
        calendar.make("X", 1, 1, 1)


@given(days)
def test_every_day_is_read_back_from_its_wareki(day: date) -> None:
    assert calendar.parse(f"{calendar.wareki(day)}{day.month}月{day.day}日") == day
    assert calendar.parse(day.isoformat()) == day


def test_written_dates() -> None:
    assert calendar.wareki(date(2019, 5, 1)) == "令和元年"
    assert calendar.show_date(date(1988, 4, 9)) == "昭和63年（1988年）4月9日"
    assert calendar.show_date(date(1926, 12, 25)) == "昭和元年（1926年）12月25日"
    assert calendar.show_date(date(1850, 4, 9)) == "1850年4月9日"
    assert calendar.short_date(date(2026, 11, 24)) == "11月24日（火）"
    assert calendar.show_instant(datetime(2026, 11, 21, 9, 5, tzinfo=TOKYO)) == "2026年11月21日（土）9時05分"


@pytest.mark.parametrize(
    ("birth", "on", "age"),
    [
        (date(1988, 4, 9), date(2026, 4, 8), 37),
        (date(1988, 4, 9), date(2026, 4, 9), 38),
        (date(2004, 2, 29), date(2026, 2, 28), 21),
        (date(2004, 2, 29), date(2026, 3, 1), 22),
        (date(2026, 4, 9), date(2026, 4, 9), 0),
    ],
)
def test_age(birth: date, on: date, age: int) -> None:
    assert calendar.age(birth, on) == age


@pytest.mark.parametrize(
    ("day", "is_open"),
    [
        (date(2026, 11, 20), True),
        (date(2026, 11, 21), False),
        (date(2026, 11, 22), False),
        (date(2026, 11, 23), False),
        (date(2026, 9, 22), False),
        (date(2026, 5, 6), False),
        (date(2026, 5, 7), True),
        (date(2027, 3, 22), False),
        (date(2026, 12, 28), True),
        (date(2026, 12, 29), False),
        (date(2026, 12, 31), False),
        (date(2027, 1, 1), False),
        (date(2025, 1, 2), False),
        (date(2025, 1, 3), False),
        (date(2027, 1, 4), True),
    ],
)
def test_business_days(day: date, is_open: bool) -> None:
    """R-7.2: closed at weekends, on holidays (with 振替休日 and 国民の休日) and over the year's end."""
    assert calendar.is_business_day(day) is is_open


@pytest.mark.parametrize(
    ("day", "n", "due"),
    [
        (date(2026, 11, 20), 1, date(2026, 11, 24)),
        (date(2026, 11, 20), 5, date(2026, 11, 30)),
        (date(2026, 11, 21), 1, date(2026, 11, 24)),
        (date(2026, 12, 28), 1, date(2027, 1, 4)),
        (date(2026, 11, 20), 0, date(2026, 11, 20)),
        (date(2026, 11, 21), 0, date(2026, 11, 24)),
    ],
)
def test_add_business_days(day: date, n: int, due: date) -> None:
    """R-7.2: the first day is not counted."""
    assert calendar.add_business_days(day, n) == due


@given(st.dates(date(2025, 1, 1), date(2028, 6, 1)), st.integers(1, 60))
def test_adding_and_counting_agree(day: date, n: int) -> None:
    """R-7.2"""
    due = calendar.add_business_days(day, n)
    assert calendar.is_business_day(due)
    assert calendar.business_days_between(day, due) == n
    assert calendar.business_days_between(day, due - timedelta(days=1)) == n - 1
    assert calendar.business_days_between(due, day) == -n


def test_business_days_are_not_counted_backwards() -> None:
    with pytest.raises(ValueError, match="forward"):
        calendar.add_business_days(date(2026, 11, 20), -1)


def test_the_shipped_holidays() -> None:
    """R-8.6: the list says until when it speaks, and holds what only the law of that year tells."""
    assert calendar.holidays_end() >= date(2028, 12, 31)
    assert calendar.holidays()[date(2026, 11, 23)] == "勤労感謝の日"


def test_holidays_are_data(tmp_path: Path) -> None:
    file = tmp_path / "holidays.json"
    file.write_text('[{"date": "2030-01-01", "name": "元日"}]', encoding="utf-8")
    assert calendar.read_holidays(file) == {date(2030, 1, 1): "元日"}
