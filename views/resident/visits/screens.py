"""予約の確認: booking at once for what was sent, one's bookings, their file for a calendar, change and cancel."""

from __future__ import annotations

from io import BytesIO

from models import Application, Reservation
from rules import Refusal
from rules.applications import mypage
from rules.records import access
from rules.visits import booking, by_resident, ics, occasion, shown, telling, weeks
from web import Who, brought, download, get, here, page, post, to

_OWN = "/mypage/reservations/<id:int>"


def _href(row: Reservation) -> str:
    return f"/mypage/reservations/{row.id}"


def _crumbs(*more: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    return [("マイページ", "/mypage"), ("予約の確認", "/mypage/reservations"), *more]


def _slot() -> str:
    """The time whose button was pressed."""
    act, _, slot = here().form.act().partition(".")
    if act != "take":
        raise Refusal("表の中から、都合のよい日時を選んでください。")
    return slot


def _choice(counters, row: Reservation | None = None) -> weeks.Choice:
    """The week that is asked for, with the sentence about a date that is none."""
    counter = brought("counter", 20) or (str(row.counter_id) if row is not None else "")
    choice = weeks.choice(counters, counter, brought("week", 40), row.starts_at if row is not None else None)
    if choice.wrong and not here().posted:
        here().errors["q-week"], here().status = choice.wrong, 422
    return choice


# ---------------------------------------------------------------- for what was sent


@get("/applications/<id:int>/booking", who=Who.RESIDENT)
def ask_book(id: int):
    sent = access.own_application(here().person, id)
    if sent.number is None:
        return to(f"/applications/{id}/visit")
    if not occasion.bookable(sent) and not here().posted:
        return _elsewhere(sent)
    choice = _choice(occasion.counters_for(sent.procedure))
    return page(
        "resident/visits/book.html",
        town=sent.town,
        application=sent,
        document=occasion.document_of(sent),
        collects=occasion.collects(sent),
        bring=occasion.bring(occasion.document_of(sent), choice.counter),
        choice=choice,
        division=sent.division,
        action=f"/applications/{id}/booking",
    )


def _elsewhere(sent: Application):
    """Where to go instead: to the booking there is, or to the application."""
    row = booking.of(sent)
    return to(_href(row) if row is not None and row.state == "BOOKED" else f"/applications/{sent.id}")


@post("/applications/<id:int>/booking", who=Who.RESIDENT, again=ask_book)
def book(id: int):
    now = here()
    row = booking.choose(now.person, id, now.form.get("counter"), _slot())
    if row.state == "HELD":
        return to(f"/applications/{id}/visit")
    return to(_href(row), said="予約しました。")


# ---------------------------------------------------------------- 予約の確認


@get("/mypage/reservations", who=Who.RESIDENT)
def mine():
    person = here().person
    return page(
        "resident/visits/list.html",
        coming=shown.coming(person),
        past=shown.past(person),
        unbooked=occasion.unbooked(person),
        crumbs=_crumbs()[:1] + [("予約の確認", None)],
    )


@get(_OWN, who=Who.RESIDENT)
def one(id: int):
    row = by_resident.own(here().person, id)
    return page(
        "resident/visits/booking.html",
        town=row.town,
        visit=shown.of(row),
        application=row.application,
        ahead=occasion.ahead_of(row.application),
        crumbs=_crumbs(("予約の内容", None)),
    )


@get(_OWN + ".ics", who=Who.RESIDENT)
def calendar_file(id: int):
    content = ics.event(by_resident.own(here().person, id))
    return download(BytesIO(content), "visit.ics", "text/calendar; charset=utf-8", len(content))


@get(_OWN + "/print", who=Who.RESIDENT)
def paper(id: int):
    row = by_resident.own(here().person, id)
    return page(
        "resident/visits/print.html",
        town=row.town,
        visit=shown.of(row),
        hall=telling.hall_words(row.town),
        printed=mypage.now_words(),
    )


@get(_OWN + "/change", who=Who.RESIDENT)
def ask_change(id: int):
    row = by_resident.own(here().person, id)
    why_not = by_resident.why_not_changed(row)
    if why_not and not here().posted:
        return to(_href(row))
    choice = _choice([] if why_not else by_resident.counters_to_change(row), row)
    return page(
        "resident/visits/change.html",
        town=row.town,
        visit=shown.of(row),
        why_not=why_not,
        choice=choice,
        present=weeks.key_of(row.starts_at) if choice.counter and choice.counter.id == row.counter_id else "",
        action=_href(row) + "/change",
        crumbs=_crumbs(("予約の内容", _href(row)), ("予約の変更", None)),
    )


@post(_OWN + "/change", who=Who.RESIDENT, again=ask_change)
def change(id: int):
    now = here()
    row = by_resident.change_time(now.person, id, now.form.revision(), now.form.get("counter"), _slot())
    return to(_href(row), said="予約を変更しました。")


@get(_OWN + "/cancel", who=Who.RESIDENT)
def ask_cancel(id: int):
    row = by_resident.own(here().person, id)
    why_not = by_resident.why_not_changed(row)
    if why_not and not here().posted:
        return to(_href(row))
    return page(
        "resident/visits/cancel.html",
        town=row.town,
        visit=shown.of(row),
        why_not=why_not,
        ahead=occasion.ahead_of(row.application),
        crumbs=_crumbs(("予約の内容", _href(row)), ("予約の取消し", None)),
    )


@post(_OWN + "/cancel", who=Who.RESIDENT, again=ask_cancel)
def cancel(id: int):
    now = here()
    row = by_resident.cancel(now.person, id, now.form.revision())
    return to(_href(row), said="予約を取り消しました。")
