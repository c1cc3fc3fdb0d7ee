"""マイページ: what there is to do, what is saved, what was sent."""

from __future__ import annotations

from models import Resident
from rules import mypage, profile
from rules.calendar import show_instant
from web import Pager, Who, asked, asked_page, get, here, page


@get("/mypage", who=Who.RESIDENT)
def front():
    person = here().person
    resident = Resident.get_by_id(person.resident)
    return page(
        "resident/mypage/front.html",
        to_do=mypage.to_do(person),
        recent=mypage.recent(person),
        drafts=mypage.drafts(person),
        last_login=show_instant(resident.previous_login_at) if resident.previous_login_at else "",
    )


@get("/mypage/account", who=Who.RESIDENT)
def account():
    resident = Resident.get_by_id(here().person.resident)
    return page("resident/mypage/account.html", rows=profile.rows(resident))


@get("/mypage/saved", who=Who.RESIDENT)
def saved():
    return page("resident/mypage/saved.html")


@get("/mypage/drafts", who=Who.RESIDENT)
def drafts():
    return page("resident/mypage/drafts.html", drafts=mypage.drafts(here().person))


@get("/mypage/applications", who=Who.RESIDENT)
def applications():
    return page("resident/mypage/applications.html")


@get("/mypage/history", who=Who.RESIDENT)
def past():
    words = asked("words")
    found = mypage.past(here().person, words=words, page=asked_page())
    pager = Pager.of(found.total_label, "/mypage/history", found.previous, found.next, words=words)
    return page("resident/mypage/history.html", found=found, words=words, pager=pager)
