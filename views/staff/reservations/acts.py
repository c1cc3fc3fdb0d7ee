"""予約の処理: one booking, and what staff do with it; a visit told by telephone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import clock
from models import Counter, Reservation
from rules.counters import booking_list, by_town, correcting, schedule
from rules.counters.by_town import Caller
from rules.forms import form
from rules.procedures import guidance
from rules.records import audit
from rules.town import setup_behind
from rules.values.calendar import near_date, show_instant
from rules.visits import telling
from views.staff.reservations.ground import (
    AT,
    ONE,
    PATH,
    another_question,
    asked_day,
    asked_for,
    asked_time,
    caller_questions,
    correct_questions,
    counter_question,
    raw,
    raw_when,
    read,
    reason_question,
    when,
)
from web import Who, asked, asked_number, get, here, page, post, to

# ---------------------------------------------------------------- a visit told by telephone


@get(f"{AT}/new", who=Who.CLERK)
def new(id: int):
    me = here().member
    counter = by_town.own_counter(me, id)
    questions = [*when(), *caller_questions(), *_another()]
    first = raw_when(asked_time()) | {"channel": "TELEPHONE", "number": asked("number", 20)}
    week = f"{PATH}/counters/{id}/week" + (f"?number={asked_for()}" if asked_for() else "")
    filled = raw(questions, first)
    return page("staff/reservations/new.html", counter=counter, questions=questions, raw=filled, week=week)


def _another() -> list[dict[str, Any]]:
    """Asked only where it matters, and kept once it was answered."""
    now = here()
    return [another_question()] if now.posted and ("q-another" in now.errors or now.form.get("another")) else []


@post(f"{AT}/new", who=Who.CLERK, again=new)
def enter(id: int):
    me = here().member
    by_town.own_counter(me, id)
    values, at = read([*when(), *caller_questions(), another_question()])
    telephone = values["telephone"]
    caller = Caller(
        (values["name"] or "").strip(),
        telephone["typed"].strip() if telephone else "",
        (values["note"] or "").strip(),
        values["channel"],
        values["number"] or "",
        bool(values["another"]),
    )
    made = by_town.enter(me, id, at, caller)
    return to(f"{PATH}/{made.id}", said=f"予約を入れました。番号は {telling.number_words(made)} です。")


# ---------------------------------------------------------------- one booking


@get(ONE, who=Who.CLERK)
def show(id: int):
    me = here().member
    row = by_town.own(me, id)
    audit.record(
        "reservation_viewed",
        staff=me,
        application=row.application_id,
        division=row.counter.division_id,
        counter=row.counter_id,
        reservation=id,
    )
    marks = by_town.marks(str(row.state), row.starts_at)
    return page("staff/reservations/show.html", marks=marks, corrected=correcting.last_corrected(row), **_about(row))


def _about(row: Reservation) -> dict[str, Any]:
    """What every page of a booking says of it."""
    line = booking_list.line_of(here().member, row)
    return {
        "row": row,
        "line": line,
        "when": telling.time_words(row),
        "place": telling.place_words(row),
        "bring": telling.bring_words(row),
        "made": _made(row),
        # Whoever handles the application alone sees the visit, and nothing else of the counter.
        "own_counter": row.counter_id in {one.id for one in by_town.own_counters(here().member)},
        "may_change": row.state == "BOOKED",
        "may_print": _to_come(row),
        "correct_word": "氏名・電話番号・メモを直す" if len(correcting.correctable(row)) > 1 else "メモを直す",
    }


def _to_come(row: Reservation) -> bool:
    return row.state == "BOOKED" and row.ends_at > clock.now()


def _made(row: Reservation) -> str:
    """When and how it was booked."""
    by = "インターネット" if row.created_by is None else f"{row.created_by.name}（{by_town.CHANNELS[row.channel]}）"
    return f"{show_instant(row.booked_at or row.created_at)}　{by}"


@post(f"{ONE}/mark", who=Who.CLERK, again=show)
def mark(id: int):
    now = here()
    act = now.form.act()
    row = by_town.mark(now.member, id, now.form.revision(), act)
    said = {"visited": "来庁済みにしました。", "no_show": "来庁なしにしました。"}.get(act, "来庁前に戻しました。")
    if now.form.get("back") == "day":
        return to(f"{PATH}/counters/{row.counter_id}/day?day={row.starts_at.date().isoformat()}", said=said)
    return to(f"{PATH}/{id}", said=said)


@get(f"{ONE}/slip", who=Who.CLERK)
def slip(id: int):
    """What who comes takes home."""
    me = here().member
    row = by_town.own(me, id)
    if not _to_come(row):
        return to(f"{PATH}/{id}", said="控えを印刷できるのは、これから来る方の予約だけです。")
    by_town.note("reservation_slip_printed", me, row)
    way, printed = guidance.blocks(row.counter.map_text), show_instant(clock.now())
    return page(
        "staff/reservations/slip.html",
        map_blocks=way,
        printed=printed,
        telephone=telling.telephone(row),
        account=by_town.reaches(row),
        **_about(row),
    )


# ---------------------------------------------------------------- putting right what was told


@get(f"{ONE}/edit", who=Who.CLERK)
def ask_to_correct(id: int):
    now = here()
    row = by_town.own(now.member, id)
    questions = correct_questions(row)
    kept = {"name": row.name, "telephone": row.telephone, "note": row.note}
    typed, behind = raw(questions, kept), None
    if now.posted and now.form.revision() != row.revision:
        was = form.complete({"questions": questions}, kept)
        behind = setup_behind.compare(questions, typed, was, correcting.last_corrected(row))
    return page("staff/reservations/edit.html", questions=questions, raw=typed, behind=behind, **_about(row))


@post(f"{ONE}/edit", who=Who.CLERK, again=ask_to_correct)
def correct(id: int):
    now = here()
    row = by_town.own(now.member, id)
    values = form.answers({"questions": correct_questions(row)}, now.form)
    telephone = values.get("telephone")
    typed = {key: values.get(key) or "" for key in ("name", "note")}
    typed["telephone"] = telephone["typed"] if telephone else ""
    correcting.correct(now.member, id, now.form.revision(), typed)
    return to(f"{PATH}/{id}", said="保存しました。")


# ---------------------------------------------------------------- changing and cancelling


def _counters_of(row: Reservation) -> list[Counter]:
    """Where a booking may be moved to: one's own counters, and the one it is at, as far as they are open."""
    counters = [one for one in by_town.own_counters(here().member) if one.closed_at is None]
    stays = row.counter.closed_at is None and row.counter_id not in {one.id for one in counters}
    return [row.counter, *counters] if stays else counters


def _change_questions(row: Reservation) -> list[dict[str, Any]]:
    counters = _counters_of(row)
    chosen = [counter_question(counters)] if [one.id for one in counters] != [row.counter_id] else []
    return [*chosen, *when(), reason_question(row)]


@get(f"{ONE}/week", who=Who.CLERK)
def choose(id: int):
    """The free times of a counter, for a booking that is to be changed; each leads back to the change."""
    row = by_town.own(here().member, id)
    if row.state != "BOOKED":
        return to(f"{PATH}/{id}")
    counters, wanted = _counters_of(row), asked_day(row.starts_at.date())
    if not counters:
        return to(f"{PATH}/{id}/change")
    here_now = row.counter if row.counter.closed_at is None else counters[0]
    counter = next((one for one in counters if one.id == asked_number("counter")), here_now)
    found = schedule.week(counter, wanted, besides=row.id)
    monday = found.days[0][0]
    return page(
        "staff/reservations/choose.html",
        counter=counter,
        counters=counters,
        found=found,
        typed=asked("day", 100) or wanted.isoformat(),
        today=clock.today(),
        before=(monday - timedelta(days=7)).isoformat(),
        after=(monday + timedelta(days=7)).isoformat(),
        **_about(row),
    )


@get(f"{ONE}/change", who=Who.CLERK)
def ask_to_change(id: int):
    row = by_town.own(here().member, id)
    if row.state != "BOOKED" and not here().posted:
        return to(f"{PATH}/{id}")
    questions, counters, at = _change_questions(row), _counters_of(row), asked_time() or row.starts_at
    counter = next((one for one in counters if one.id == (asked_number("counter") or row.counter_id)), row.counter)
    first = raw_when(at) | {"counter": str(counter.id) if counter.closed_at is None else ""}
    free = [f"{at.hour}:{at.minute:02}" for at in by_town.free_times(counter, at, row.id)]
    return page(
        "staff/reservations/change.html",
        questions=questions,
        raw=raw(questions, first),
        free=free,
        counter=counter,
        movable=bool(counters),
        day=near_date(at.date()),
        **_about(row),
    )


@post(f"{ONE}/change", who=Who.CLERK, again=ask_to_change)
def change(id: int):
    now = here()
    row = by_town.own(now.member, id)
    values, at = read(_change_questions(row))
    where = int(values.get("counter") or row.counter_id)
    changed = by_town.rebook(now.member, id, now.form.revision(), (where, at), values["reason"].strip())
    return to(f"{PATH}/{id}", said="予約を変更しました。" + _told(changed))


@get(f"{ONE}/cancel", who=Who.CLERK)
def ask_to_cancel(id: int):
    row = by_town.own(here().member, id)
    if row.state != "BOOKED" and not here().posted:
        return to(f"{PATH}/{id}")
    questions = [reason_question(row)]
    return page("staff/reservations/cancel.html", questions=questions, raw=raw(questions, {}), **_about(row))


@post(f"{ONE}/cancel", who=Who.CLERK, again=ask_to_cancel)
def cancel(id: int):
    now = here()
    questions = [reason_question(by_town.own(now.member, id))]
    values = form.answers({"questions": questions}, now.form)
    row = by_town.cancel(now.member, id, now.form.revision(), values["reason"].strip())
    return to(f"{PATH}/{id}", said="予約を取り消しました。" + _told(row))


def _told(row: Reservation) -> str:
    return "メールで知らせます。" if by_town.reaches(row) else "メールは届きません。電話などで知らせてください。"
