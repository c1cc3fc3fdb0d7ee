"""お知らせ, as staff write them: the list, a notice with how far its mails are, writing with a preview, removing."""

from __future__ import annotations

from typing import Any

import clock
from models import Notice, Role
from rules.procedures import guidance
from rules.town import notice, notice_mail
from rules.values import behind, period, secrecy
from views.staff.notices import forms
from web import Pager, Who, asked_page, get, here, page, post, to

_PATH = "/staff/notices"


def _shown_words(starts: Any, ends: Any) -> str:
    """掲載 from when until when, in words."""
    return period.shown_words(starts, ends, clock.today())


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
    """The form, with what was typed; what another one has changed since is shown, and pressing again meant for it."""
    now = here()
    form_page = forms.page_of(found)
    late = found is not None and now.posted and now.form.revision() != found.revision
    return page(
        "staff/notices/edit.html",
        notice=found,
        questions=form_page["questions"],
        raw=forms.raw_of(form_page, found, now.form if now.posted else None),
        revision="" if found is None else found.revision,
        theirs=_theirs(found) if late and found is not None else None,
        action=now.path,
        mail_word=notice_mail.MAIL_WORDS[found.mail_to] if found else "",
    )


def _theirs(found: Notice) -> dict[str, Any]:
    """What stands there now, and who has changed it when."""
    return {
        "changed": behind.changed(found.updated_at, found.updated_by.name) if found.updated_by_id else "",
        "shown": _shown_words(found.shown_from, found.shown_until),
        "mail_word": notice_mail.MAIL_WORDS[found.mail_to],
    }


def _preview(found: Notice | None, values: dict[str, Any]):
    """The page as residents will see it, and who will be mailed; everything typed goes along."""
    now = here()
    begun = found is not None and notice_mail.has_begun(found)
    ours = ("csrf", "once")
    typed = [(name, value) for name, value in now.form.pairs if name not in ours and not name.startswith("act_")]
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
        # New on every preview: of one page a notice is published once.
        fields=[*typed, ("once", secrecy.new_token())],
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
        made = notice.publish(now.member, values, now.form.get("once"))
        return to(f"{_PATH}/{made.id}", said="掲載しました。")
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
        notice.revise(now.member, found, now.form.revision(), values)
        return to(f"{_PATH}/{id}", said="掲載の内容を変えました。")
    notice.check(values, found)
    return _preview(found, values)


@get(f"{_PATH}/<id:int>/remove", who=Who.TOWN_ADMINISTRATOR)
def ask_to_remove(id: int):
    now = here()
    found = notice.one(now.member, id)
    if found.removed_at is not None and not now.posted:
        return to(f"{_PATH}/{id}")
    return page(
        "staff/notices/remove.html",
        notice=found,
        # A form that is behind stays behind: what it would take down was never shown on it.
        revision=now.form.revision() if now.posted else found.revision,
        shown=_shown_words(found.shown_from, found.shown_until),
        progress=notice_mail.progress(found) if found.mail_to != "none" else None,
    )


@post(f"{_PATH}/<id:int>/remove", who=Who.TOWN_ADMINISTRATOR, again=ask_to_remove)
def remove(id: int):
    notice.remove(here().member, notice.one(here().member, id), here().form.revision())
    return to(f"{_PATH}/{id}", said="掲載を取り下げました。")
