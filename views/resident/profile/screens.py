"""利用者情報の照会・変更: the account as its owner sees it, changes it and ends it."""

from __future__ import annotations

from models import Resident
from rules.accounts import change_email, close_account, code, logins, my_account, profile
from rules.forms import form
from rules.records import postal_code
from rules.records.session import SignedInResident
from rules.values import secrecy
from web import Who, get, here, page, post, to

_HOME = "/mypage/account"
_EMAIL_CODE_PAGE = {"key": "code", "questions": [code.QUESTION]}


def _me() -> SignedInResident:
    """The resident, on screens that the gate opens to nobody else."""
    me = here().resident
    assert me is not None
    return me


@get(_HOME, who=Who.RESIDENT)
def account():
    return page("resident/profile/account.html", rows=profile.rows(Resident.get_by_id(_me().id)))


@get(f"{_HOME}/<what:re:(edit|email|password)>/done", who=Who.RESIDENT)
def done(what: str):
    return page("resident/profile/done.html", what=what, email=Resident.get_by_id(_me().id).email)


@get(f"{_HOME}/logins", who=Who.RESIDENT)
def past_logins():
    return page("resident/profile/logins.html", lines=logins.recent(_me().id), most=logins.SHOWN)


# ---------------------------------------------------------------- what is known of the resident


@get(f"{_HOME}/edit", who=Who.RESIDENT)
def edit():
    now = here()
    form_page = profile.edit_page(_me().kind)
    row = Resident.get_by_id(_me().id)
    raw = form.read_page(form_page, now.form) if now.posted else profile.raw_of(row)
    raw, finding = postal_code.pressed(raw, now.form.act()) or (raw, {})
    return page(
        "resident/profile/edit.html",
        questions=form_page["questions"],
        raw=form.complete(form_page, raw),
        finding=finding if postal_code.any_loaded() else None,
        made_of=now.form.get("made_of") if now.posted else profile.marks(row),
    )


@post(f"{_HOME}/edit", who=Who.RESIDENT, again=edit)
def change_profile():
    now = here()
    raw = form.read_page(profile.edit_page(_me().kind), now.form)
    if postal_code.pressed(raw, now.form.act()):
        return edit()
    my_account.change_profile(_me(), raw, now.form.get("made_of"), ip=now.ip)
    return to(f"{_HOME}/edit/done")


# ---------------------------------------------------------------- the address


@get(f"{_HOME}/email", who=Who.RESIDENT)
def email():
    asked = change_email.page(_me())
    return page(
        "resident/profile/email.html",
        questions=asked["questions"],
        raw=form.complete(asked, form.read_page(asked, here().form)),
        present=Resident.get_by_id(_me().id).email,
    )


@post(f"{_HOME}/email", who=Who.RESIDENT, again=email)
def send_code():
    now = here()
    change_email.ask(_me(), form.read_page(change_email.page(_me()), now.form), ip=now.ip)
    return to(f"{_HOME}/email/code")


@get(f"{_HOME}/email/code", who=Who.RESIDENT)
def email_code():
    now = here()
    pending = change_email.pending(_me())
    if pending is None and not now.posted:
        return to(f"{_HOME}/email")
    raw = form.read_page(_EMAIL_CODE_PAGE, now.form)
    return page(
        "resident/profile/email_code.html", questions=_EMAIL_CODE_PAGE["questions"], raw=raw, pending=pending,
        minutes=code.minutes("change_email"),
    )  # fmt: skip


@post(f"{_HOME}/email/code", who=Who.RESIDENT, again=email_code, done=("email", f"{_HOME}/email/done"))
def set_email():
    now = here()
    if not change_email.just_changed(_me()):
        typed = code.typed(form.read_page(_EMAIL_CODE_PAGE, now.form))
        token = change_email.confirm(_me(), typed, ip=now.ip)
        if token is not None:
            now.set_token(token)
    return to(f"{_HOME}/email/done")


# ---------------------------------------------------------------- the password


@get(f"{_HOME}/password", who=Who.RESIDENT)
def password():
    return page("resident/profile/password.html", questions=my_account.PASSWORD_PAGE["questions"])


@post(f"{_HOME}/password", who=Who.RESIDENT, again=password, done=("password", f"{_HOME}/password/done"))
def change_password():
    now = here()
    raw = form.read_page(my_account.PASSWORD_PAGE, now.form)
    now.set_token(my_account.change_password(_me(), raw, ip=now.ip))
    return to(f"{_HOME}/password/done")


# ---------------------------------------------------------------- the end


@get(f"{_HOME}/close", who=Who.RESIDENT)
def close():
    return page(
        "resident/profile/close.html",
        questions=close_account.PAGE["questions"],
        outlook=close_account.outlook(_me()),
    )


@post(f"{_HOME}/close", who=Who.RESIDENT, again=close, done=("closing", f"{_HOME}/closed"))
def close_for_good():
    now = here()
    close_account.close_account(_me(), form.read_page(close_account.PAGE, now.form), ip=now.ip)
    now.set_token(secrecy.new_token())
    return to(f"{_HOME}/closed")


@get(f"{_HOME}/closed", who=Who.ANYONE)
def closed():
    if here().resident is not None:
        return to(_HOME)
    return page("resident/profile/closed.html")
