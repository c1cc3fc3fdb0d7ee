"""送信メール: what waits, what was sent, what could not be sent."""

from __future__ import annotations

import bottle

from models import Role
from rules import mail_list
from web import Pager, Who, get, here, page, post, to

_PATH = "/staff/mails"


@get(_PATH, who=Who.STAFF)
def mails():
    me, asked = here().staff, bottle.request.query
    state = asked.getunicode("state", "") if asked.getunicode("state", "") in mail_list.STATES else ""
    number = min(int(asked.page), mail_list.LAST_PAGE) if asked.page.isdecimal() and int(asked.page) else 1
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
        contents=now.staff.role is not Role.SYSTEM_ADMINISTRATOR,
        **mail_list.read(now.staff, id, look=not now.posted),
    )


@post(f"{_PATH}/<id:int>/send-again", who=Who.STAFF, again=mail)
def send_again(id: int):
    mail_list.send_again(here().staff, id)
    return to(_PATH)
