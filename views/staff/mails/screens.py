"""送信メール: what waits, what was sent, what could not be sent."""

from __future__ import annotations

from models import Role
from rules.records import mail_list
from web import Pager, Who, asked, asked_page, get, here, page, post, to

_PATH = "/staff/mails"


@get(_PATH, who=Who.STAFF)
def mails():
    me, number = here().member, min(asked_page(), mail_list.LAST_PAGE)
    state = asked("state") if asked("state") in mail_list.STATES else ""
    lines, more = mail_list.find(me, state, number)
    counts = mail_list.counts(me)
    first = (number - 1) * mail_list.PER_PAGE + 1
    label = f"{first}〜{first + len(lines) - 1}件目" if lines else "0件"
    return page(
        "staff/mails/list.html",
        lines=lines,
        state=state,
        boxes=[("", "すべて", None), *((key, word, counts.get(key)) for key, word in mail_list.STATES.items())],
        contents=me.role is not Role.SYSTEM_ADMINISTRATOR,
        pager=Pager.of(label, _PATH, number - 1 or None, number + 1 if more else None, state=state),
    )


@get(f"{_PATH}/<id:int>", who=Who.STAFF)
def mail(id: int):
    now = here()
    return page(
        "staff/mails/mail.html",
        contents=now.member.role is not Role.SYSTEM_ADMINISTRATOR,
        **mail_list.read(now.member, id, look=not now.posted),
    )


@post(f"{_PATH}/<id:int>/send-again", who=Who.STAFF, again=mail)
def send_again(id: int):
    mail_list.send_again(here().member, id)
    return to(_PATH, said="もう一度、送信待ちにしました。")
