"""ページの文: the help pages of the town, read by every clerk, written by town administrators."""

from __future__ import annotations

from models import Role
from rules.town import page_text
from rules.town.page_text import Shown
from rules.values import behind
from web import Who, get, here, page, post, to

_PATH = "/staff/pages"


@get(_PATH, who=Who.CLERK)
def pages():
    return page("staff/pages/list.html", lines=page_text.lines(here().member))


@get(f"{_PATH}/<name>", who=Who.CLERK)
def show(name: str):
    me = here().member
    source = page_text.source(me, name)
    return page(
        "staff/pages/show.html",
        source=source,
        text=page_text.as_shown(me, name),
        may_write=me.role is Role.TOWN_ADMINISTRATOR,
    )


@get(f"{_PATH}/<name>/edit", who=Who.TOWN_ADMINISTRATOR)
def edit(name: str):
    return _edit_page(name, None)


def _edit_page(name: str, preview: Shown | None):
    now = here()
    source = page_text.source(now.member, name)
    typed = now.form.get("text") if now.posted else source.text
    late = now.posted and now.form.revision() != source.revision
    return page(
        "staff/pages/edit.html",
        source=source,
        typed=typed,
        # What the other has changed is shown: pressing again is meant for it.
        revision=source.revision,
        behind=behind.compare(typed, source.text, source.changed) if late else None,
        preview=preview,
        placeholders=page_text.PLACEHOLDERS,
    )


@post(f"{_PATH}/<name>/edit", who=Who.TOWN_ADMINISTRATOR, again=edit)
def save(name: str):
    now = here()
    if now.form.act() != "save":
        return _edit_page(name, page_text.preview(now.member, name, now.form.get("text")))
    page_text.write(now.member, name, now.form.get("text"), now.form.revision())
    return to(f"{_PATH}/{name}", said="保存しました。住民の方の画面は、この文に変わりました。")


@get(f"{_PATH}/<name>/put-back", who=Who.TOWN_ADMINISTRATOR)
def ask_to_put_back(name: str):
    me = here().member
    source = page_text.source(me, name)
    if not source.own:
        return to(f"{_PATH}/{name}")
    shipped = page_text.preview(me, name, page_text.shipped(name))
    return page("staff/pages/put_back.html", source=source, text=shipped)


@post(f"{_PATH}/<name>/put-back", who=Who.TOWN_ADMINISTRATOR, again=show)
def put_back(name: str):
    page_text.put_back(here().member, name, here().form.revision())
    return to(f"{_PATH}/{name}", said="配布の文に戻しました。")
