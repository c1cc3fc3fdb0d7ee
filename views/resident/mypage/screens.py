"""マイページ: what there is to do, what is saved, what was sent, which mails came."""

from __future__ import annotations

from datetime import date

from models import Resident
from rules.applications import my_mails, mypage
from rules.applications.mypage import Wanted
from rules.applications.review import STATE_WORDS
from rules.values import calendar
from rules.values.calendar import show_instant
from rules.visits import by_resident, occasion, shown
from web import Pager, Who, asked, asked_number, asked_page, get, here, page


@get("/mypage", who=Who.RESIDENT)
def front():
    person = here().person
    resident = Resident.get_by_id(person.resident)
    unsent, late = my_mails.troubles(person)
    coming = by_resident.coming(resident.id)
    return page(
        "resident/mypage/front.html",
        visit=shown.of(coming[0]) if coming else None,
        more=len(coming) - 1,
        unbooked=occasion.unbooked(person),
        to_do=mypage.to_do(person),
        to_answer=mypage.to_answer(person),
        recent=mypage.recent(person),
        saved=mypage.drafts(person),
        taken=bool(asked("taken", 1)),
        mail_unsent=unsent,
        mail_late=late,
        last_login=show_instant(resident.previous_login_at) if resident.previous_login_at else "",
    )


@get("/mypage/saved", who=Who.RESIDENT)
def saved():
    return page("resident/mypage/saved.html")


@get("/mypage/drafts", who=Who.RESIDENT)
def drafts():
    saved = mypage.drafts(here().person, asked_page())
    pager = Pager.of(saved.total_label, "/mypage/drafts", saved.previous, saved.next)
    return page("resident/mypage/drafts.html", saved=saved, pager=pager)


@get("/mypage/applications", who=Who.RESIDENT)
def applications():
    return page("resident/mypage/applications.html")


# ---------------------------------------------------------------- the history

_STATES = [("", "すべて"), *((str(state), word) for state, word in STATE_WORDS.items())]
_NO_DATE = "日付は「令和8年11月24日」か「2026年11月24日」のように入力してください。"
_FIELDS = ("words", "procedure", "state", "from", "to")


@get("/mypage/history", who=Who.RESIDENT)
def past():
    person = here().person
    typed = {name: asked(name, 100).strip() for name in _FIELDS}
    procedures = mypage.own_procedures(person)
    wanted = _wanted(typed, dict(procedures))
    _in_order(wanted)
    found = mypage.past(person, wanted, asked_page())
    return page(
        "resident/mypage/history.html",
        found=found,
        asked=typed,
        states=_STATES,
        procedures=procedures,
        conditions=_in_words(wanted, dict(procedures)),
        pager=Pager.of(found.total_label, "/mypage/history", found.previous, found.next, **typed),
    )


def _wanted(typed: dict[str, str], procedures: dict[int, str]) -> Wanted:
    """What was asked for in the address; what is not known there is left out."""
    key = asked_number("procedure")
    return Wanted(
        words=typed["words"],
        procedure=key if key in procedures else None,
        state=typed["state"] if typed["state"] in dict(_STATES) else "",
        since=_day(typed["from"], "from"),
        until=_day(typed["to"], "to"),
    )


def _day(text: str, field: str) -> date | None:
    """A date typed into one field; a wrong one is said beside it and left out."""
    if not text:
        return None
    try:
        return calendar.parse(text)
    except calendar.BadDate as bad:
        here().errors[f"q-{field}"] = bad.sentence if calendar.parse_parts(text) else _NO_DATE
        here().status = 422
        return None


def _in_order(wanted: Wanted) -> None:
    """A period that ends before it begins holds nothing: that is said, not only shown."""
    if wanted.since and wanted.until and wanted.until < wanted.since:
        here().errors["q-to"] = "「この日から」より後の日か、同じ日を入力してください。"
        here().status = 422


def _in_words(wanted: Wanted, procedures: dict[int, str]) -> list[str]:
    """The conditions as they are repeated above the list."""
    said = [f"「{wanted.words}」"] if wanted.words else []
    if wanted.procedure is not None:
        said.append(f"手続き「{procedures[wanted.procedure]}」")
    if wanted.state:
        said.append(f"状態「{dict(_STATES)[wanted.state]}」")
    if wanted.since:
        said.append(f"{calendar.show_date(wanted.since)}から")
    if wanted.until:
        said.append(f"{calendar.show_date(wanted.until)}まで")
    return said


# ---------------------------------------------------------------- the mails


@get("/mypage/mails", who=Who.RESIDENT)
def mails():
    found = my_mails.find(here().person, asked_page())
    pager = Pager.of(found.total_label, "/mypage/mails", found.previous, found.next)
    return page("resident/mypage/mails.html", found=found, pager=pager)


@get("/mypage/mails/<id:int>", who=Who.RESIDENT)
def mail(id: int):
    return page("resident/mypage/mail.html", mail=my_mails.read(here().person, id))
