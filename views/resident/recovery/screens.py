"""窓口で受け取ったコードをお持ちの方: back in under a new address and a new password."""

from __future__ import annotations

from rules.accounts import code, recovery, reset
from rules.forms import form
from web import Who, get, here, page, post, to


@get("/recovery", who=Who.ANYONE)
def ask():
    raw = form.complete(recovery.PAGE, form.read_page(recovery.PAGE, here().form))
    return page("resident/recovery/ask.html", questions=recovery.PAGE["questions"], raw=raw)


@post("/recovery", who=Who.ANYONE, again=ask)
def send_code():
    now = here()
    recovery.ask(form.read_page(recovery.PAGE, now.form), now.visitor, ip=now.ip)
    return to("/recovery/code")


@get("/recovery/code", who=Who.ANYONE)
def code_page():
    now = here()
    pending = code.pending("change_email", now.visitor)
    if (pending is None or pending.data.get("used")) and not now.posted:
        return to("/recovery")
    return page(
        "resident/recovery/code.html",
        questions=reset.CODE_PAGE["questions"],
        raw=form.complete(reset.CODE_PAGE, form.read_page(reset.CODE_PAGE, now.form)),
        pending=pending,
        minutes=code.minutes("change_email"),
    )


@post("/recovery/code", who=Who.ANYONE, again=code_page)
def set_account():
    now = here()
    if recovery.just_done(now.visitor):
        return to("/login?twice=1")
    recovery.set_account(form.read_page(reset.CODE_PAGE, now.form), now.visitor, ip=now.ip)
    return to("/login")
