"""職員のログイン: login, logout, and the password of one's own."""

from __future__ import annotations

from rules.accounts import account
from rules.records import audit, second_click, session
from rules.values import secrecy
from web import Who, asked, carried, carried_files, get, here, local_path, page, post, taken_up, to

_PASSWORDS = [
    {"key": "present", "type": "password", "label": "いまのパスワード", "hint": "", "required": True},
    {
        "key": "password",
        "type": "password",
        "label": "新しいパスワード",
        "hint": "8文字以上にしてください。文のような、長くて覚えやすいものをお勧めします。",
        "required": True,
        "limits": {"new": True},
    },
    {
        "key": "password_again",
        "type": "password",
        "label": "新しいパスワード(確認)",
        "hint": "同じパスワードを、もう一度入力してください。",
        "required": True,
        "limits": {"new": True},
    },
]


@get("/staff/login", who=Who.ANYONE)
def login():
    now = here()
    wanted = now.form.get("next") if now.posted else asked("next", 2000)
    return page(
        "staff/account/login.html",
        next=local_path(wanted),
        email=now.form.get("login_id"),
        kept=carried(now.form),
        files=carried_files(now.form),
        changed=not now.posted and second_click.is_done("staff-password", now.token),
    )


@post("/staff/login", who=Who.ANYONE, again=login)
def log_in():
    now = here()
    _, token = account.log_in_staff(now.form.get("login_id"), now.form.get("password"), ip=now.ip)
    wanted = local_path(now.form.get("next"))
    session.end(now.token)
    now.logged_in(token)
    answer = taken_up()
    return answer if answer is not None else to(wanted if wanted.startswith("/staff") else "/staff/")


@post("/staff/logout", who=Who.ANYONE)
def log_out():
    now = here()
    if now.staff is not None:
        audit.record("staff_logged_out", staff=now.staff, address=now.ip)
    session.end(now.token)
    now.set_token(secrecy.new_token())
    return to("/staff/login")


@get("/staff/password", who=Who.STAFF)
def password():
    return page("staff/account/password.html", questions=_PASSWORDS, first=here().member.must_change_password)


@post("/staff/password", who=Who.STAFF, again=password, done=("staff-password", "/staff/"))
def change_password():
    now = here()
    present, chosen, again = (now.form.get(name) for name in ("present", "password", "password_again"))
    now.set_token(account.change_staff_password(now.member, present, chosen, again, ip=now.ip))
    return to("/staff/")
