"""予約の一覧と統計: bookings by period and state, what became of them month by month, and both as CSV."""

from __future__ import annotations

import io
from datetime import date

import clock
from rules.counters import booking_list, by_town, statistics
from rules.counters.booking_list import Wanted
from rules.values.calendar import near_date
from views.staff.reservations.ground import PATH, read_day
from web import Pager, Who, asked, asked_number, asked_page, download, download_pieces, get, here, page

_FIELDS = ("counter", "from", "to", "state", "words", "mail")


def _typed() -> dict[str, str]:
    """The conditions as they stand behind the ?; where the form was not sent, the list begins with today."""
    typed = {name: asked(name, 100).strip() for name in _FIELDS}
    if not any(typed.values()) and not asked("find"):
        typed["from"] = clock.today().isoformat()
    return typed


def _wanted(typed: dict[str, str]) -> Wanted:
    """What they mean; whatever is not known is left out, and a wrong day is said beside its field."""
    return Wanted(
        counter=asked_number("counter"),
        since=_day(typed["from"], "from"),
        until=_day(typed["to"], "to"),
        state=typed["state"] if typed["state"] in booking_list.STATES else "",
        words=typed["words"],
        unmailed=typed["mail"] == "no",
        page=asked_page(),
    )


def _in_order(wanted: Wanted) -> None:
    if wanted.since and wanted.until and wanted.until < wanted.since:
        here().errors["q-to"] = "日（まで）が、日（から）より前になっています。"
        here().status = 422


def _day(text: str, field: str) -> date | None:
    day, wrong = read_day(text)
    if wrong:
        here().errors[f"q-{field}"] = wrong
        here().status = 422
    return day


@get(f"{PATH}/list", who=Who.CLERK)
def listed():
    me, typed = here().member, _typed()
    wanted = _wanted(typed)
    _in_order(wanted)
    lines, more = booking_list.find(me, wanted)
    before, after = wanted.page - 1 or None, wanted.page + 1 if more else None
    first = (wanted.page - 1) * booking_list.PER_PAGE
    label = f"{first + 1:,}〜{first + len(lines):,}件目" if lines else "0件"
    return page(
        "staff/reservations/list.html",
        lines=lines,
        asked=typed,
        counters=[("", "すべて"), *((str(row.id), row.name) for row in by_town.own_counters(me))],
        states=[("", "すべて"), *booking_list.STATES.items()],
        mails=[("", "すべて"), ("no", "届かない方")],
        since=near_date(wanted.since) if wanted.since else "",
        until=near_date(wanted.until) if wanted.until else "",
        pager=Pager.of(label, f"{PATH}/list", before, after, find="1", **typed),
    )


@get(f"{PATH}/csv", who=Who.CLERK)
def as_csv():
    wanted = _wanted(_typed())
    _in_order(wanted)
    if here().errors:
        return listed()
    pieces = booking_list.export(here().member, wanted)
    return download_pieces(pieces, f"reservations-{clock.today():%Y%m%d}.csv", "text/csv; charset=UTF-8")


def _csv(content: bytes, name: str):
    return download(io.BytesIO(content), name, "text/csv; charset=UTF-8", len(content))


# ---------------------------------------------------------------- statistics


def _year() -> int:
    wanted = asked_number("year")
    return wanted if wanted in statistics.years(here().member) else clock.today().year


@get(f"{PATH}/statistics", who=Who.CLERK)
def numbers():
    me, year = here().member, _year()
    return page(
        "staff/reservations/statistics.html",
        found=statistics.of_year(me, year),
        years=statistics.years(me),
        headings=statistics.HEADINGS,
    )


@get(f"{PATH}/statistics/csv", who=Who.CLERK)
def numbers_as_csv():
    year = _year()
    return _csv(statistics.export(here().member, year), f"reservations-{year}.csv")
