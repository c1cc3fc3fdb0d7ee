"""来庁予約 in words: what pages, papers and lists say of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import clock
from clock import TOKYO
from models import Application, Counter, Reservation, ask
from rules.procedures import guidance
from rules.records import numbering
from rules.records.access import Person
from rules.values.calendar import near_date, read_instant
from rules.visits import booking, by_resident, hours, states, telling

_LATEST = "application_id = {} AND state NOT IN ('HELD','EXPIRED') ORDER BY state = 'CANCELLED', id DESC"


@dataclass(frozen=True)
class Shown:
    """One booking; `map_blocks` and `bring` keep the lines they were written in."""

    id: int
    number: str
    subject: str
    application: int | None
    state: str
    state_words: str
    time: str
    counter: str
    place: str
    map_blocks: list[guidance.Block]
    telephone: str
    division: str
    bring: list[str]
    changeable: bool
    today: bool
    # `live` is still to come; of what is `over` nobody has noted yet whether one came.
    live: bool
    over: bool
    # A mail is still to come on the day before.
    reminded: bool
    # 取下げ or 却下 of the application on the day itself; else "".
    withdrawn: str
    revision: int
    cancelled: str

    @property
    def where(self) -> str:
        return f"{self.counter}（{self.place}）" if self.place else self.counter


def of(row: Reservation) -> Shown:
    """A booking as a page says it."""
    counter, over = row.counter, states.is_over(row.state, row.ends_at)
    live = row.state == "BOOKED" and not over
    became = telling.over_words(row.withdrawn, row.application.status if row.application is not None else "")
    return Shown(
        row.id,
        telling.number_words(row),
        telling.subject_words(row),
        row.application_id,
        str(row.state),
        states.for_owner(row.state, row.ends_at, became),
        telling.time_words(row),
        str(counter.name),
        str(counter.place),
        guidance.blocks(counter.map_text),
        telling.telephone(row),
        str(counter.division.name),
        telling.bring_words(row).splitlines(),
        by_resident.changeable(row),
        live and booking.day_of(row) == hours.today(),
        live,
        over,
        live and booking.day_of(row) > hours.today() + timedelta(days=1),
        became,
        row.revision,
        _cancelled(row),
    )


_CANCELLED = {
    states.BY_OWNER: "ご自分で取り消しました。",
    states.BY_WITHDRAWAL: "申請が取り下げられたため、取り消されました。",
    states.BY_LEAVING: "退会したため、取り消されました。",
}


def _cancelled(row: Reservation) -> str:
    if row.state != "CANCELLED":
        return ""
    if known := _CANCELLED.get(row.cancelled_by):
        return known
    return f"{_division(row)}が取り消しました。" + (f"理由：{row.cancelled_reason}" if row.cancelled_reason else "")


def _division(row: Reservation) -> str:
    """Which division cancelled: residents are told that, never a name of staff, which stands after it."""
    beside = [row.application.division.name] if row.application is not None else []
    names = [str(name) for name in (row.counter.division.name, *beside)]
    return next((name for name in names if f"{row.cancelled_by} ".startswith(f"{name} ")), names[0])


def of_application(sent: Application) -> Shown | None:
    """The visit of what was sent: the one that counts, else the last one cancelled."""
    row = Reservation.row(_LATEST, sent.id)
    return of(row) if row is not None else None


@dataclass(frozen=True)
class Held:
    """The time of a draft: what was chosen, until when it is kept, and what is wrong with it."""

    chosen: bool
    time: str
    where: str
    bring: list[str]
    until: str
    ran_out: bool
    wrong: str
    mark: str
    # Where to look at the week of it.
    counter: int | None
    starts_at: datetime | None

    @property
    def words(self) -> str:
        """Until when it is kept, in a sentence; "" when something is wrong with it."""
        if not self.chosen or self.wrong:
            return ""
        if self.ran_out:
            until = f"（{self.until}まで）" if self.until else ""
            return f"取っておく時間{until}は過ぎましたが、この日時はまだ空いています。"
        return f"この日時を、{self.until}まで取っておきます。"


def of_draft(written: Application, offered: list[Counter] | None = None) -> Held:
    """What a draft has chosen, seen from now; `offered` are its counters, where they are known."""
    row = booking.of(written)
    wrong = booking.why_not_sent(written, row, offered)
    if row is None:
        return Held(False, "", "", [], "", False, wrong, "", None, None)
    return Held(
        True,
        telling.time_words(row),
        telling.place_words(row),
        telling.bring_words(row).splitlines(),
        until_words(row),
        booking.ran_out(row),
        wrong,
        booking.mark_of(row),
        row.counter_id,
        row.starts_at,
    )


def until_words(row: Reservation) -> str:
    """'10:15', the last whole minute of a hold; "" where it does not say."""
    end = row.held_until
    return f"{end.astimezone(TOKYO):%H:%M}".removeprefix("0") if end is not None else ""


def day_words(row: Reservation) -> str:
    """'12月1日（火） 9:00'"""
    begins = row.starts_at.astimezone(TOKYO)
    return f"{near_date(begins.date())} {begins.hour}:{begins.minute:02}"


# ---------------------------------------------------------------- the list in マイページ


@dataclass(frozen=True)
class Line:
    """A booking in a list."""

    id: int
    time: str
    subject: str
    where: str
    number: str
    state_words: str


_LINES = """SELECT r.id, r.starts_at, r.ends_at, r.state, r.withdrawn, a.status, p.name, c.name, c.place,
  COALESCE(a.number, r.number)
FROM reservation r JOIN counter c ON c.id = r.counter_id LEFT JOIN procedure p ON p.id = r.procedure_id
LEFT JOIN application a ON a.id = r.application_id WHERE r.resident_id = {}"""


def coming(person: Person) -> list[Line]:
    """The bookings to come, the nearest first."""
    return _lines(f"{_LINES} AND r.state = 'BOOKED' AND r.ends_at > {{}} ORDER BY r.starts_at", person)


def past(person: Person) -> list[Line]:
    """What is over or cancelled, the latest first, at most fifty."""
    over = "r.state NOT IN ('HELD','EXPIRED') AND NOT (r.state = 'BOOKED' AND r.ends_at > {})"
    return _lines(f"{_LINES} AND {over} ORDER BY r.starts_at DESC LIMIT 50", person)


def _lines(sql: str, person: Person) -> list[Line]:
    return [
        Line(
            key,
            telling.span_words(read_instant(begins), read_instant(ends)),
            name or telling.NO_SUBJECT,
            f"{counter}（{place}）" if place else counter,
            numbering.grouped(number),
            states.for_owner(state, read_instant(ends), telling.over_words(withdrawn, status)),
        )
        for key, begins, ends, state, withdrawn, status, name, counter, place, number in ask(
            sql, person.resident, Reservation.ends_at.db_value(clock.now())
        )
    ]
