"""利用者情報の照会・変更: the account as its owner sees it, changes it and ends it."""

from __future__ import annotations

from models import Resident
from rules import change_email, close_account, code, form, logins, my_account, profile, secrecy
from rules.session import SignedInResident
from web import Who, get, here, page, post, to

_EMAIL_CODE_PAGE = {"key": "code", "questions": [code.QUESTION]}


def _me() -> SignedInResident:
    """The resident, on screens that the gate opens to nobody else."""
    me = here().resident
    assert me is not None
    return me


@get("/mypage/account", who=Who.RESIDENT)
def account():
    return page("resident/profile/account.html", rows=profile.rows(Resident.get_by_id(_me().id)))


@get("/mypage/account/<what:re:(edit|email|password)>/done", who=Who.RESIDENT)
def done(what: str):
    return page("resident/profile/done.html", what=what, email=Resident.get_by_id(_me().id).email)


@get("/mypage/account/logins", who=Who.RESIDENT)
def past_logins():
    return page("resident/profile/logins.html", lines=logins.recent(_me().id), most=logins.SHOWN)


# ---------------------------------------------------------------- what is known of the resident


@get("/mypage/account/edit", who=Who.RESIDENT)
def edit():
    now = here()
    form_page = profile.edit_page(_me().kind)
    raw = form.read_page(form_page, now.form) if now.posted else profile.raw_of(Resident.get_by_id(_me().id))
    return page("resident/profile/edit.html", questions=form_page["questions"], raw=form.complete(form_page, raw))


@post("/mypage/account/edit", who=Who.RESIDENT, again=edit)
def change_profile():
    now = here()
    my_account.change_profile(_me(), form.read_page(profile.edit_page(_me().kind), now.form))
    return to("/mypage/account/edit/done")


# ---------------------------------------------------------------- the address


@get("/mypage/account/email", who=Who.RESIDENT)
def email():
    now = here()
    return page(
        "resident/profile/email.html",
        questions=change_email.PAGE["questions"],
        raw=form.complete(change_email.PAGE, form.read_page(change_email.PAGE, now.form)),
        present=Resident.get_by_id(_me().id).email,
    )


@post("/mypage/account/email", who=Who.RESIDENT, again=email)
def send_code():
    now = here()
    change_email.ask(_me(), form.read_page(change_email.PAGE, now.form), ip=now.ip)
    return to("/mypage/account/email/code")


@get("/mypage/account/email/code", who=Who.RESIDENT)
def email_code():
    now = here()
    pending = change_email.pending(_me())
    if pending is None and not now.posted:
        return to("/mypage/account/email")
    raw = form.read_page(_EMAIL_CODE_PAGE, now.form)
    return page(
        "resident/profile/email_code.html", questions=_EMAIL_CODE_PAGE["questions"], raw=raw, pending=pending,
        minutes=code.minutes("change_email"),
    )  # fmt: skip


@post("/mypage/account/email/code", who=Who.RESIDENT, again=email_code)
def set_email():
    now = here()
    if not change_email.just_changed(_me()):
        typed = code.typed(form.read_page(_EMAIL_CODE_PAGE, now.form))
        token = change_email.confirm(_me(), typed, ip=now.ip)
        if token is not None:
            now.set_token(token)
    return to("/mypage/account/email/done")


# ---------------------------------------------------------------- the password


@get("/mypage/account/password", who=Who.RESIDENT)
def password():
    return page("resident/profile/password.html", questions=my_account.PASSWORD_PAGE["questions"])


@post("/mypage/account/password", who=Who.RESIDENT, again=password)
def change_password():
    now = here()
    raw = form.read_page(my_account.PASSWORD_PAGE, now.form)
    now.set_token(my_account.change_password(_me(), raw, ip=now.ip))
    return to("/mypage/account/password/done")


# ---------------------------------------------------------------- the end


@get("/mypage/account/close", who=Who.RESIDENT)
def close():
    return page(
        "resident/profile/close.html",
        questions=close_account.PAGE["questions"],
        outlook=close_account.outlook(_me()),
    )


@post("/mypage/account/close", who=Who.RESIDENT, again=close)
def close_for_good():
    now = here()
    close_account.close_account(_me(), form.read_page(close_account.PAGE, now.form), ip=now.ip)
    now.set_token(secrecy.new_token())
    return to("/mypage/account/closed")


@get("/mypage/account/closed", who=Who.ANYONE)
def closed():
    if here().resident is not None:
        return to("/mypage/account")
    return page("resident/profile/closed.html")
