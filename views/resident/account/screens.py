"""登録とログイン: sign-up in four steps, login, logout, size of letters and colours."""

from __future__ import annotations

import re

import clock
from models import Application, Code, Status
from rules import Refusal
from rules.accounts import account, code, profile, recovery, reset
from rules.applications import draft
from rules.forms import form
from rules.records import access, postal_code, second_click, session
from rules.values import secrecy
from web import Who, asked, carried, carried_files, choose_look, get, here, local_path, page, post, refuse, taken_up, to

_CHOICES = [{"value": "person", "label": "個人"}, {"value": "business", "label": "事業者"}]
_ADDRESS_PAGE = {
    "key": "address",
    "questions": [
        {"key": "kind", "type": "choice", "label": "利用者の区分", "hint": "", "required": True, "choices": _CHOICES},
        {
            "key": "email",
            "type": "email",
            "label": "メールアドレス",
            "hint": "このアドレスが、ログインするときの利用者IDになります。認証コードを送ります。",
            "required": True,
        },
    ],
}
_CODE_PAGE = {"key": "code", "questions": [code.QUESTION]}


# ---------------------------------------------------------------- sign-up


@get("/sign-up", who=Who.ANYONE)
def sign_up():
    now = here()
    typed = form.read_page(_ADDRESS_PAGE, now.form) if now.posted else {"kind": "person", "email": ""}
    return page("resident/account/sign_up.html", questions=_ADDRESS_PAGE["questions"], raw=typed)


@post("/sign-up", who=Who.ANYONE, again=sign_up)
def send_code():
    now = here()
    values, errors = form.check_page(_ADDRESS_PAGE, form.read_page(_ADDRESS_PAGE, now.form), {}, clock.today())
    if errors:
        raise Refusal("", errors)
    code.send("sign_up", now.visitor, values["email"], kind=values["kind"], ip=now.ip)
    return to("/sign-up/code")


@get("/sign-up/code", who=Who.ANYONE)
def code_page():
    now = here()
    pending = code.pending("sign_up", now.visitor)
    if (pending is None or pending.data.get("used")) and not now.posted:
        return to("/sign-up")
    raw = form.read_page(_CODE_PAGE, now.form) if now.posted else {"code": ""}
    return page(
        "resident/account/code.html",
        questions=_CODE_PAGE["questions"],
        raw=raw,
        pending=pending,
        minutes=code.minutes("sign_up"),
    )


@post("/sign-up/code", who=Who.ANYONE, again=code_page)
def enter_code():
    now = here()
    code.verify("sign_up", now.visitor, code.typed(form.read_page(_CODE_PAGE, now.form)))
    return to("/sign-up/profile")


def _pending() -> Code | None:
    return account.pending_sign_up(here().visitor)


@get("/sign-up/profile", who=Who.ANYONE)
def profile_page():
    now, pending = here(), _pending()
    if pending is None:
        return to("/sign-up")
    form_page = profile.sign_up_form(pending.kind)["pages"][0]
    raw = form.read_page(form_page, now.form) if now.posted else pending.data.get("raw") or profile.first_raw()
    raw, finding = postal_code.pressed(raw, now.form.act()) or (raw, {})
    return page(
        "resident/account/profile.html",
        questions=form_page["questions"],
        raw=form.complete(form_page, raw),
        finding=finding if postal_code.any_loaded() else None,
        email=pending.email,
    )


@post("/sign-up/profile", who=Who.ANYONE, again=profile_page)
def check_profile():
    now, pending = here(), _pending()
    if pending is None:
        # The page that could show it again is gone with the code; the error page shows what was typed.
        return refuse(
            "入力した内容は、登録されていません。「新規登録」のメールアドレスの入力から、もう一度お願いします。",
            "登録の時間が過ぎました",
            ("新規登録", "/sign-up"),
        )
    raw = form.read_page(profile.sign_up_form(pending.kind)["pages"][0], now.form)
    if postal_code.pressed(raw, now.form.act()):
        return profile_page()
    account.keep_profile(pending, raw)
    return to("/sign-up/confirm")


@get("/sign-up/confirm", who=Who.ANYONE)
def confirm():
    pending = _pending()
    if pending is None or not pending.data:
        return to("/sign-up")
    document = profile.sign_up_form(pending.kind)
    rows = [
        (q["label"], lines)
        for _, answers in form.display(document, pending.data["values"], {})
        for q, lines in answers
        if q["type"] != "password"
    ]
    return page("resident/account/confirm.html", rows=rows, email=pending.email)


@post("/sign-up/register", who=Who.ANYONE, again=confirm)
def register():
    now, pending = here(), _pending()
    made = account.register(pending, ip=now.ip) if pending is not None and pending.data else None
    if pending is None or made is None:
        return to("/sign-up/done" if now.resident or account.just_registered(now.visitor) else "/sign-up")
    resident, token = made
    # A registration takes its time: a mail to wait for, and perhaps a second one.
    draft.adopt(now.visitor, resident.id, since=pending.created_at - 2 * session.IDLE)
    now.set_token(token)
    return to("/sign-up/done")


@get("/sign-up/done", who=Who.RESIDENT)
def done():
    drafts = access.own_applications(here().person).where(Application.status == Status.DRAFT)
    return page("resident/account/done.html", has_drafts=drafts.exists())


# ---------------------------------------------------------------- login


@get("/login", who=Who.ANYONE)
def login():
    now = here()
    wanted = now.form.get("next") if now.posted else asked("next", 2000)
    return page(
        "resident/account/login.html",
        next=local_path(wanted),
        email=now.form.get("email"),
        kept=carried(now.form),
        files=carried_files(now.form),
        changed="" if now.posted else _just_changed(),
        twice=asked("twice"),
        registered=not now.posted and account.just_registered(now.visitor),
    )


def _just_changed() -> str:
    """What this browser has changed a moment ago, without a login or in the session that ended with it, in words."""
    now = here()
    if recovery.just_done(now.visitor):
        return "メールアドレスとパスワード"
    if reset.just_done(now.visitor) or second_click.is_done("password", now.token):
        return "パスワード"
    return "メールアドレス" if second_click.is_done("email", now.token) else ""


@post("/login", who=Who.ANYONE, again=login)
def log_in():
    now = here()
    resident, token = account.log_in(now.form.get("email"), now.form.get("password"), ip=now.ip)
    wanted = local_path(now.form.get("next"))
    taken = draft.adopt(now.visitor, resident.id, key=_draft_of(wanted or now.form.get("kept.path")))
    session.end(now.token)
    now.logged_in(token)
    now.forget_answers()
    answer = taken_up()
    return answer if answer is not None else to(_told(wanted or "/mypage", taken))


def _draft_of(path: str) -> int | None:
    """The application from whose pages somebody came to log in."""
    found = re.match(r"/applications/([0-9]{1,18})/", path)
    return int(found[1]) if found else None


def _told(path: str, taken: list[int]) -> str:
    """The page that says what was taken along into the account."""
    return f"{path}{'&' if '?' in path else '?'}taken=1" if taken else path


@post("/logout", who=Who.ANYONE)
def log_out():
    now = here()
    session.end(now.token)
    now.set_token(secrecy.new_token())
    now.forget_answers()
    return to("/")


@get("/look", who=Who.ANYONE)
def look():
    choose_look(here(), asked("is"))
    return to(local_path(asked("back", 2000)) or "/")
