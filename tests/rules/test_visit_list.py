"""予約の一覧: found by name, number and telephone, and as CSV to the last row; quick however much there is."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from cast_acts import as_staff
from counter_acts import at, entered, make_counter, with_application

import models
from models import AuditEntry, Counter, Reservation
from rules.counters import booking_list, setup_counters, statistics
from rules.counters.booking_list import Wanted
from rules.visits import seats


@pytest.fixture
def counter(cast) -> Counter:
    return make_counter(cast)


_MANY = """
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {})
INSERT INTO reservation (town_id, counter_id, state, starts_at, ends_at, name, telephone, note, channel, created_at,
  cancelled_by, cancelled_reason, withdrawn, revision)
SELECT {}, {}, 'VISITED', strftime('%Y-%m-%dT%H:%M:%S.000000Z', '2026-11-23', -i || ' hours'),
  strftime('%Y-%m-%dT%H:%M:%S.000000Z', '2026-11-23', -i || ' hours', '30 minutes'), '前の人' || i, '', '', 'TELEPHONE',
  '2026-11-01T00:00:00.000000Z', '', '', 0, 0 FROM n"""


def _fill(counter: Counter, many: int) -> None:
    with models.transaction():
        models.ask(_MANY, many - 1, counter.town_id, counter.id)


def test_the_csv_holds_everything(cast, counter):
    """Issue 6.5: also what comes after ten thousand that are over; the audit tells how many."""
    _fill(counter, 10_050)
    coming = entered(cast, counter, at("09:00"), "これからの人")
    me = as_staff(cast.clerk)
    content = b"".join(booking_list.export(me, Wanted())).decode("utf-8-sig")
    heads, *rows = csv.reader(io.StringIO(content))
    assert len(rows) == 10_051 and len({row[heads.index("氏名")] for row in rows}) == 10_051
    assert [row[heads.index("日")] for row in rows] == sorted(row[heads.index("日")] for row in rows)
    last = dict(zip(heads, rows[-1], strict=True))
    assert (last["氏名"], last["番号"].replace("-", ""), last["メール"]) == ("これからの人", coming.number, "届かない")
    told = AuditEntry.get(AuditEntry.act == "reservations_exported").detail
    assert told["reservations"] == 10_051
    last_page = booking_list.find(me, Wanted(page=202))
    assert (last_page[0][0].name, last_page[1]) == ("これからの人", False)


def test_found_by_number_telephone_and_name(cast, counter):
    """Issue 6.5: the number of an application or of a booking, its beginning, a telephone number in any writing."""
    mine = with_application(cast, counter, at("09:00"))
    called = entered(cast, counter, at("09:30"), "海野 花", telephone="0999-12-3456")
    seats.hold(counter, at("10:00"), name="海野 書")
    me = as_staff(cast.clerk)

    def found(words: str, **more) -> list[int]:
        return [line.id for line in booking_list.find(me, Wanted(words=words, **more))[0]]

    assert found(mine.application.number) == found(mine.application.number[:6]) == [mine.id]
    assert called.id in found(called.number[:4]) and found(called.number) == [called.id]
    assert found("099912") == found("０９９９－１２－３４") == found("3456") == found("(0999)12-3456") == [called.id]
    typed = ("０９９９－７７－３４５６", "0999(77)3456", "0999 77 3456", "+81 999-77-3456")
    plain = {entered(cast, counter, at("11:00"), tel[-3:] + tel[:4], telephone=tel).telephone for tel in typed[:2]}
    plain |= {entered(cast, counter, at("11:30"), tel[-3:] + tel[:4], telephone=tel).telephone for tel in typed[2:]}
    assert plain == {"0999-77-3456", "+81-999-77-3456"}
    # As an account has it.
    Reservation.update(telephone="(0999)77 3456").where(Reservation.id == mine.id).execute()
    assert len(found("0999-77-3456")) == 4 and len(found("7734")) == 5 and found("7743") == []
    day = date(2026, 11, 25)
    assert found("海野") == found("花", state="BOOKED", since=day, until=day) == [called.id]
    assert found("海野", state="CANCELLED") == found("海野", until=date(2026, 11, 24)) == found("海野%") == []
    # Without the blank, in other letters, by フリガナ; a name and the end of a telephone number.
    assert found("海野花") == found("海野　花") == found("花 3456") == [called.id] and found("花 9999") == []
    assert found("はまぐち　けいこ") == found("浜口恵子") == [mine.id]
    assert found(called.number, counter=counter.id) == [called.id]
    elsewhere = make_counter(cast, name="ほかの課の窓口", division=cast.other_clerk.memberships.get().division)
    assert found(called.number, counter=elsewhere.id) == []
    assert not booking_list.find(as_staff(cast.other_clerk), Wanted(words=called.number))[0]


def test_no_search_looks_at_everything(cast, counter, monkeypatch):
    """Issue 6.6c: lists and numbers are read in the order of an index, none sorts what there ever was."""
    make_counter(cast, name="子育て窓口")
    me, chief, seen = as_staff(cast.clerk), as_staff(cast.administrator), []
    run = models.database.execute_sql

    def watched(sql, params=None):
        if sql.lstrip().startswith("SELECT") and "FROM reservation" in sql:
            seen.append(" | ".join(row[3] for row in run(f"EXPLAIN QUERY PLAN {sql}", params)))
        return run(sql, params)

    monkeypatch.setattr(models.database, "execute_sql", watched)
    for act, way, sorts in (
        (lambda: booking_list.find(me, Wanted()), "reservation_state_starts_at", False),
        (lambda: booking_list.find(me, Wanted(counter=counter.id)), "starts_at", False),
        (lambda: booking_list.find(me, Wanted(words="12345678")), "reservation_number", True),
        (lambda: setup_counters.listed(chief), "reservation_state_starts_at", True),
        (lambda: statistics.years(me), "reservation_counter_id_starts_at", False),
    ):
        seen.clear()
        act()
        assert way in seen[0] and "reservation_town_id" not in seen[0], seen[0]
        assert sorts or "TEMP B-TREE" not in seen[0], seen[0]
