"""お知らせ, as staff write them: the list, a notice with how far its mails are, writing with a preview, removing."""

from __future__ import annotations

from typing import Any

import clock
from models import Notice, Role
from rules import guidance, notice, notice_mail, period
from views.staff.notices import forms
from web import Pager, Who, asked_page, get, here, page, post, to

_PATH = "/staff/notices"


def _shown_words(starts: Any, ends: Any) -> str:
    """掲載 from when until when, in words."""
    return period.shown_words(starts, ends, clock.today())


def _revision() -> int:
    typed = here().form.get("revision")
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else -1


@get(_PATH, who=Who.CLERK)
def notices():
    now, number = here(), asked_page()
    rows, more = notice.of_staff(now.member, number)
    return page(
        "staff/notices/list.html",
        rows=[
            (
                row.id,
                row.title,
                notice.state_word(row),
                _shown_words(row.shown_from, row.shown_until),
                notice_mail.MAIL_WORDS[row.mail_to],
            )
            for row in rows
        ],
        may_write=now.member.role is Role.TOWN_ADMINISTRATOR,
        pager=Pager.of(f"{number}ページ目", _PATH, number - 1 or None, number + 1 if more else None),
    )


@get(f"{_PATH}/<id:int>", who=Who.CLERK)
def show(id: int):
    found = notice.one(here().member, id)
    return page(
        "staff/notices/show.html",
        notice=found,
        state=notice.state_word(found),
        shown=_shown_words(found.shown_from, found.shown_until),
        mail_word=notice_mail.MAIL_WORDS[found.mail_to],
        progress=notice_mail.progress(found) if found.mail_to != "none" else None,
        at=period.day_words(found.shown_from),
        blocks=guidance.blocks(found.body),
        may_write=here().member.role is Role.TOWN_ADMINISTRATOR and found.removed_at is None,
    )


# ---------------------------------------------------------------- writing


def _form(found: Notice | None):
    """The form, with what was typed; the revision stays that of the text it was made from."""
    now = here()
    form_page = forms.page_of(found)
    revision = "" if found is None else now.form.get("revision") if now.posted else str(found.revision)
    return page(
        "staff/notices/edit.html",
        notice=found,
        questions=form_page["questions"],
        raw=forms.raw_of(form_page, found, now.form if now.posted else None),
        revision=revision,
        action=now.path,
        mail_word=notice_mail.MAIL_WORDS[found.mail_to] if found else "",
    )


def _preview(found: Notice | None, values: dict[str, Any]):
    """The page as residents will see it, and who will be mailed; everything typed goes along."""
    now = here()
    begun = found is not None and notice_mail.has_begun(found)
    typed = [(name, value) for name, value in now.form.pairs if name != "csrf" and not name.startswith("act_")]
    return page(
        "staff/notices/preview.html",
        notice=found,
        values=values,
        at=period.day_words(values["shown_from"]),
        blocks=guidance.blocks(values["body"]),
        shown=_shown_words(values["shown_from"], values["shown_until"]),
        begun=begun,
        recipients=0 if begun else notice.recipients(now.member, values["mail_to"]),
        later=period.moment(values["shown_from"], clock.today()) if values["shown_from"] > clock.now() else "",
        action=now.path,
        fields=typed,
    )


@get(f"{_PATH}/new", who=Who.TOWN_ADMINISTRATOR)
def new():
    return _form(None)


@post(f"{_PATH}/new", who=Who.TOWN_ADMINISTRATOR, again=new)
def create():
    now = here()
    if now.form.act() == "mend":
        return new()
    values = forms.values_of(forms.page_of(None), None, now.form)
    if now.form.act() == "publish":
        return to(f"{_PATH}/{notice.publish(now.member, values).id}")
    notice.check(values)
    return _preview(None, values)


@get(f"{_PATH}/<id:int>/edit", who=Who.TOWN_ADMINISTRATOR)
def edit(id: int):
    return _form(notice.one(here().member, id))


@post(f"{_PATH}/<id:int>/edit", who=Who.TOWN_ADMINISTRATOR, again=edit)
def change(id: int):
    now, found = here(), notice.one(here().member, id)
    if now.form.act() == "mend":
        return edit(id)
    values = forms.values_of(forms.page_of(found), found, now.form)
    if now.form.act() == "publish":
        notice.revise(now.member, found, _revision(), values)
        return to(f"{_PATH}/{id}")
    notice.check(values, found)
    return _preview(found, values)


@post(f"{_PATH}/<id:int>/remove", who=Who.TOWN_ADMINISTRATOR, again=show)
def remove(id: int):
    notice.remove(here().member, notice.one(here().member, id), _revision())
    return to(f"{_PATH}/{id}")
