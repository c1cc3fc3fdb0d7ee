"""手続き判定 for staff: the texts, what is wrong with them, publishing, and walking through a draft."""

from __future__ import annotations

import io
import secrets

from models import Guide, Role
from rules.forms import fields, form
from rules.guides import guide, guide_format, guide_lint, guide_walk
from rules.guides.guide_walk import LONGEST_CODE
from rules.values import behind
from rules.values.calendar import show_instant
from web import Who, brought, download, get, here, page, post, to

_PATH = "/staff/guides"
_ONE = f"{_PATH}/<id:int>"
_KEPT = {"save": "保存しました。まだ公開していません。", "publish": "公開しました。"}


@get(_PATH, who=Who.CLERK)
def guides():
    me = here().member
    return page(
        "staff/guides/list.html",
        lines=guide.of_staff(me),
        may_write=me.role is Role.TOWN_ADMINISTRATOR,
        show_instant=show_instant,
    )


@get(f"{_PATH}/format", who=Who.CLERK)
def text_format():
    title, blocks = guide_format.manual()
    return page("staff/guides/format.html", title=title, blocks=blocks)


@get(f"{_PATH}/new", who=Who.TOWN_ADMINISTRATOR)
def new():
    return _new_page()


def _new_page(*, checked: bool = False):
    """Nothing is kept before something is saved; `once` makes two presses one guide."""
    now = here()
    typed = now.form.get("text") if now.posted else guide.TEMPLATE
    return page(
        "staff/guides/edit.html",
        guide=None,
        typed=typed,
        once=now.form.get("once") if now.posted else secrets.token_hex(8),
        remarks=guide_lint.lint(typed, guide.known_slugs(now.member.town)) if now.posted else [],
        checked=checked,
        may_write=True,
    )


@post(f"{_PATH}/new", who=Who.TOWN_ADMINISTRATOR, again=new)
def create():
    now = here()
    act = now.form.act()
    if act not in ("save", "publish"):
        return _new_page(checked=True)
    made = guide.make(now.member, now.form.get("once"), now.form.get("text"), publish=act == "publish")
    return to(f"{_PATH}/{made}", said=_KEPT[act])


@get(_ONE, who=Who.CLERK)
def show(id: int):
    return _edit_page(id)


def _edit_page(id: int, *, checked: bool = False):
    now = here()
    row = guide.for_staff(now.member, id)
    typed = now.form.get("text") if "text" in now.form else row.text
    late = now.posted and now.form.revision() != row.revision
    changed = behind.changed(row.updated_at, row.updated_by.name if row.updated_by else "（ファイルから）")
    return page(
        "staff/guides/edit.html",
        guide=row,
        typed=typed,
        remarks=guide_lint.lint(typed, guide.known_slugs(row.town_id)),
        checked=checked,
        # What the other has changed is shown: pressing again is meant for it.
        revision=row.revision,
        behind=behind.compare(typed, row.text, changed) if late else None,
        may_write=now.member.role is Role.TOWN_ADMINISTRATOR,
        published_at=show_instant(row.published_at) if row.published_at else "",
        changed=changed,
    )


@post(_ONE, who=Who.TOWN_ADMINISTRATOR, again=show)
def write(id: int):
    now = here()
    row = guide.for_staff(now.member, id)
    act, typed = now.form.act(), now.form.get("text")
    if act == "save":
        guide.keep_draft(row, now.member, now.form.revision(), typed)
    elif act == "publish":
        guide.publish(row, now.member, now.form.revision(), typed)
    else:
        return _edit_page(id, checked=True)
    return to(f"{_PATH}/{id}", said=_KEPT[act])


@get(f"{_ONE}/text", who=Who.CLERK)
def as_file(id: int):
    row = guide.for_staff(here().member, id)
    content = row.text.encode("utf-8")
    return download(io.BytesIO(content), f"{row.slug}.txt", "text/plain; charset=UTF-8", len(content))


# ---------------------------------------------------------------- acts that ask first


def _ask_page(template: str, id: int):
    now = here()
    row = guide.for_staff(now.member, id)
    # A form that is behind stays behind: what it would throw away was never shown on it.
    return page(template, guide=row, revision=now.form.revision() if now.posted else row.revision)


@get(f"{_ONE}/revert", who=Who.TOWN_ADMINISTRATOR)
def ask_to_revert(id: int):
    return _ask_page("staff/guides/revert.html", id)


@post(f"{_ONE}/revert", who=Who.TOWN_ADMINISTRATOR, again=ask_to_revert)
def revert(id: int):
    now = here()
    guide.revert(guide.for_staff(now.member, id), now.member, now.form.revision())
    return to(f"{_PATH}/{id}", said="公開している文に戻しました。")


@get(f"{_ONE}/close", who=Who.TOWN_ADMINISTRATOR)
def ask_to_close(id: int):
    return _ask_page("staff/guides/close.html", id)


@post(f"{_ONE}/close", who=Who.TOWN_ADMINISTRATOR, again=ask_to_close)
def close(id: int):
    now = here()
    guide.close(guide.for_staff(now.member, id), now.member, now.form.revision())
    return to(_PATH, said="判定を消しました。")


# ---------------------------------------------------------------- trying a draft


def _sound(row: Guide) -> bool:
    return guide_lint.is_sound(row.text)


@get(f"{_ONE}/preview", who=Who.CLERK)
def preview(id: int):
    now = here()
    row = guide.for_staff(now.member, id)
    if not _sound(row):
        return to(f"{_PATH}/{id}")
    sheet = guide.sheet(row, draft=True)
    walked = guide_walk.way(sheet, guide_walk.decode(sheet, brought("answers", LONGEST_CODE)) or {})
    question = guide_walk.as_page(walked.open)["questions"][0] if walked.open else None
    outcome = None if walked.open else guide_walk.outcome(sheet, walked.answers)
    return page(
        "staff/guides/preview.html",
        guide=row,
        sheet=sheet,
        question=question,
        raw=fields.blank(question) if question else None,
        code=guide_walk.encode(sheet, walked.answers),
        said=guide_walk.said(sheet, walked),
        outcome=outcome,
        listed=guide.listed(row.town_id, outcome) if outcome else {},
    )


@post(f"{_ONE}/preview", who=Who.CLERK, again=preview)
def try_answer(id: int):
    now = here()
    row = guide.for_staff(now.member, id)
    sheet = guide.sheet(row, draft=True)
    answers = guide_walk.decode(sheet, brought("answers", LONGEST_CODE)) or {}
    q = guide_walk.way(sheet, answers).open
    if q is None or not _sound(row):
        return to(f"{_PATH}/{id}/preview")
    form_page = guide_walk.as_page(q)
    values = form.answers(form_page, now.form)
    answers[q.key] = guide_walk.answer_of(q, values["choice"])
    return to(f"{_PATH}/{id}/preview?answers={guide_walk.encode(sheet, answers)}")
