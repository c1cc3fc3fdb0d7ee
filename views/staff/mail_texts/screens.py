"""メールの文面: what the mails of the town say, read by every clerk, written by town administrators."""

from __future__ import annotations

from models import Role
from rules.town import setup_mails
from rules.town.mail_text import joined
from rules.values import behind
from web import Who, get, here, page, post, to

_PATH = "/staff/mail-texts"


@get(_PATH, who=Who.CLERK)
def mail_texts():
    groups = setup_mails.groups(here().member)
    return page("staff/mail_texts/list.html", groups=groups, several=setup_mails.several_towns())


@get(f"{_PATH}/<kind>", who=Who.CLERK)
def show(kind: str):
    me = here().member
    source = setup_mails.source(me, kind)
    subject, body = (source.subject, source.body) if not source.rests else setup_mails.shipped(kind)
    return page(
        "staff/mail_texts/show.html",
        source=source,
        letter=setup_mails.letter(me, kind, subject, body),
        may_write=me.role is Role.TOWN_ADMINISTRATOR,
    )


@get(f"{_PATH}/<kind>/edit", who=Who.TOWN_ADMINISTRATOR)
def edit(kind: str):
    return _edit_page(kind, None)


def _edit_page(kind: str, letter: setup_mails.Letter | None):
    now = here()
    source = setup_mails.source(now.member, kind)
    typed = (now.form.get("subject"), now.form.get("body")) if now.posted else (source.subject, source.body)
    late = now.posted and now.form.revision() != source.revision
    theirs = joined(source.subject, source.body)
    return page(
        "staff/mail_texts/edit.html",
        source=source,
        subject=typed[0],
        body=typed[1],
        # What the other has changed is shown: pressing again is meant for it.
        revision=source.revision,
        behind=behind.compare(joined(*typed), theirs, source.changed) if late else None,
        letter=letter,
    )


@post(f"{_PATH}/<kind>/edit", who=Who.TOWN_ADMINISTRATOR, again=edit)
def save(kind: str):
    now = here()
    subject, body = now.form.get("subject"), now.form.get("body")
    if now.form.act() != "save":
        return _edit_page(kind, setup_mails.letter(now.member, kind, subject, body))
    setup_mails.write(now.member, kind, subject, body, now.form.revision())
    return to(f"{_PATH}/{kind}", said="保存しました。次のメールから、この文面になります。")


@get(f"{_PATH}/<kind>/put-back", who=Who.TOWN_ADMINISTRATOR)
def ask_to_put_back(kind: str):
    me = here().member
    source = setup_mails.source(me, kind)
    if not source.own:
        return to(f"{_PATH}/{kind}")
    letter = setup_mails.letter(me, kind, *setup_mails.shipped(kind))
    return page("staff/mail_texts/put_back.html", source=source, letter=letter)


@post(f"{_PATH}/<kind>/put-back", who=Who.TOWN_ADMINISTRATOR, again=show)
def put_back(kind: str):
    setup_mails.put_back(here().member, kind, here().form.revision())
    return to(f"{_PATH}/{kind}", said="配布の文面に戻しました。")
