"""パスワードを忘れた方: address and name, then the mailed code and a new password.

What a login page was carrying on goes along from form to form, to the login page that follows.
"""

from __future__ import annotations

from rules.accounts import code, reset
from rules.forms import form
from web import Who, carried, carried_files, get, here, page, post, to


@get("/reset", who=Who.ANYONE)
def ask():
    now = here()
    raw = form.complete(reset.ASK_PAGE, form.read_page(reset.ASK_PAGE, now.form))
    return page("resident/reset/ask.html", questions=reset.ASK_PAGE["questions"], raw=raw, kept=carried(now.form))


@post("/reset", who=Who.ANYONE, again=ask)
def send_code():
    now = here()
    if now.form.act() == "forgotten":
        return ask()
    reset.ask(form.read_page(reset.ASK_PAGE, now.form), now.visitor, ip=now.ip)
    return code_page() if carried(now.form) else to("/reset/code")


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
        kept=carried(now.form),
    )


@post("/reset/code", who=Who.ANYONE, again=code_page)
def set_password():
    now = here()
    twice = reset.just_done(now.visitor)
    if not twice:
        reset.set_password(form.read_page(reset.CODE_PAGE, now.form), now.visitor, ip=now.ip)
    kept = carried(now.form)
    if not kept:
        return to("/login?twice=1" if twice else "/login")
    files = carried_files(now.form)
    return page(
        "resident/account/login.html", next="", email="", kept=kept, files=files, changed="パスワード", twice=twice
    )
