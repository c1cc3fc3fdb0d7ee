"""申請状況の照会: number and code open an application that was sent without an account, on this browser."""

from __future__ import annotations

from rules.applications import inquiry_code
from web import Who, get, here, page, post, to


@get("/inquiry", who=Who.ANYONE)
def ask():
    typed = here().form
    return page("resident/inquiry/ask.html", number=typed.get("number"), code=typed.get("code"))


@post("/inquiry", who=Who.ANYONE, again=ask)
def prove():
    now = here()
    found = inquiry_code.prove(now.applicant(), now.form.get("number"), now.form.get("code"), ip=now.ip)
    return to(f"/applications/{found.id}")


@post("/applications/<id:int>/end-inquiry", who=Who.APPLICANT)
def end(id: int):
    inquiry_code.end(here().person, id)
    return to("/inquiry/ended")


@get("/inquiry/ended", who=Who.ANYONE)
def ended():
    return page("resident/inquiry/ended.html")
