"""パスワードを忘れた方: address and name, then the mailed code and a new password."""

from __future__ import annotations

from rules import code, form, reset
from web import Who, get, here, page, post, to


@get("/reset", who=Who.ANYONE)
def ask():
    raw = form.complete(reset.ASK_PAGE, form.read_page(reset.ASK_PAGE, here().form))
    return page("resident/reset/ask.html", questions=reset.ASK_PAGE["questions"], raw=raw)


@post("/reset", who=Who.ANYONE, again=ask)
def send_code():
    now = here()
    reset.ask(form.read_page(reset.ASK_PAGE, now.form), now.visitor, ip=now.ip)
    return to("/reset/code")


@get("/reset/code", who=Who.ANYONE)
def code_page():
    now = here()
    pending = code.pending("reset", now.visitor)
    if (pending is None or pending.data.get("used")) and not now.posted:
        return to("/reset")
    return page(
        "resident/reset/code.html",
        questions=reset.CODE_PAGE["questions"],
        raw=form.complete(reset.CODE_PAGE, form.read_page(reset.CODE_PAGE, now.form)),
        pending=pending,
        minutes=code.minutes("reset"),
    )


@post("/reset/code", who=Who.ANYONE, again=code_page)
def set_password():
    now = here()
    if not reset.just_done(now.visitor):
        reset.set_password(form.read_page(reset.CODE_PAGE, now.form), now.visitor, ip=now.ip)
    return to("/login")
