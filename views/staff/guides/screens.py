"""手続き判定 for staff: the texts, what is wrong with them, publishing, and walking through a draft."""

from __future__ import annotations

import io

import clock
from models import Guide, Role
from rules import Refusal, fields, form, guide, guide_lint, guide_walk
from rules.calendar import show_instant
from rules.guide_text import Questionnaire
from rules.guide_walk import LONGEST_CODE
from web import Who, asked, download, get, here, page, post, to

_PATH = "/staff/guides"
_ONE = f"{_PATH}/<id:int>"


@get(_PATH, who=Who.CLERK)
def guides():
    me = here().member
    return page(
        "staff/guides/list.html",
        lines=guide.of_staff(me),
        may_write=me.role is Role.TOWN_ADMINISTRATOR,
        show_instant=show_instant,
    )


@post(_PATH, who=Who.TOWN_ADMINISTRATOR, again=guides)
def begin():
    return to(f"{_PATH}/{guide.begin(here().member)}")


def _revision() -> int:
    """The revision the form was made from; a form without one fits none."""
    typed = here().form.get("revision")
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else -1


@get(_ONE, who=Who.CLERK)
def show(id: int):
    return _edit_page(id)


def _edit_page(id: int, *, checked: bool = False):
    now = here()
    row = guide.for_staff(now.member, id)
    typed = now.form.get("text") if "text" in now.form else row.text
    revision = _revision() if "revision" in now.form else row.revision
    return page(
        "staff/guides/edit.html",
        guide=row,
        typed=typed,
        remarks=guide_lint.lint(typed, guide.known_slugs(row.town_id)),
        checked=checked,
        # A form that is behind stays behind: pressing again must not write over what the other has saved.
        revision=revision,
        theirs=row.text if revision != row.revision else None,
        may_write=now.member.role is Role.TOWN_ADMINISTRATOR,
        published_at=show_instant(row.published_at) if row.published_at else "",
        updated_at=show_instant(row.updated_at),
        updated_by=row.updated_by.name if row.updated_by else "",
    )


@post(_ONE, who=Who.TOWN_ADMINISTRATOR, again=show)
def write(id: int):
    now = here()
    row = guide.for_staff(now.member, id)
    act, typed = now.form.act(), now.form.get("text")
    if act == "save":
        guide.keep_draft(row, now.member, _revision(), typed)
    elif act == "publish":
        guide.publish(row, now.member, _revision(), typed)
    else:
        return _edit_page(id, checked=True)
    return to(f"{_PATH}/{id}")


@get(f"{_ONE}/text", who=Who.CLERK)
def as_file(id: int):
    row = guide.for_staff(here().member, id)
    content = row.text.encode("utf-8")
    return download(io.BytesIO(content), f"{row.slug}.txt", "text/plain; charset=UTF-8", len(content))


# ---------------------------------------------------------------- acts that ask first


def _ask_page(template: str, id: int):
    row = guide.for_staff(here().member, id)
    return page(template, guide=row, revision=row.revision)


@get(f"{_ONE}/revert", who=Who.TOWN_ADMINISTRATOR)
def ask_to_revert(id: int):
    return _ask_page("staff/guides/revert.html", id)


@post(f"{_ONE}/revert", who=Who.TOWN_ADMINISTRATOR, again=ask_to_revert)
def revert(id: int):
    me = here().member
    guide.revert(guide.for_staff(me, id), me, _revision())
    return to(f"{_PATH}/{id}")


@get(f"{_ONE}/close", who=Who.TOWN_ADMINISTRATOR)
def ask_to_close(id: int):
    return _ask_page("staff/guides/close.html", id)


@post(f"{_ONE}/close", who=Who.TOWN_ADMINISTRATOR, again=ask_to_close)
def close(id: int):
    me = here().member
    guide.close(guide.for_staff(me, id), me, _revision())
    return to(_PATH)


# ---------------------------------------------------------------- trying a draft


def _code() -> str:
    now = here()
    return now.form.get("answers") if now.posted else asked("answers", LONGEST_CODE)


def _said(sheet: Questionnaire, walked: guide_walk.Way) -> list[tuple[str, list[str]]]:
    return [(q.text, guide_walk.labels(q, walked.answers[q.key])) for q in walked.answered()]


def _sound(row: Guide) -> bool:
    return guide_lint.is_sound(row.text)


@get(f"{_ONE}/preview", who=Who.CLERK)
def preview(id: int):
    now = here()
    row = guide.for_staff(now.member, id)
    if not _sound(row):
        return to(f"{_PATH}/{id}")
    sheet = guide.sheet(row, draft=True)
    walked = guide_walk.way(sheet, guide_walk.decode(sheet, _code()) or {})
    question = guide_walk.as_page(walked.open)["questions"][0] if walked.open else None
    outcome = None if walked.open else guide_walk.outcome(sheet, walked.answers)
    return page(
        "staff/guides/preview.html",
        guide=row,
        sheet=sheet,
        question=question,
        raw=fields.blank(question) if question else None,
        code=guide_walk.encode(sheet, walked.answers),
        said=_said(sheet, walked),
        outcome=outcome,
        listed=guide.listed(row.town_id, outcome) if outcome else {},
    )


@post(f"{_ONE}/preview", who=Who.CLERK, again=preview)
def try_answer(id: int):
    now = here()
    row = guide.for_staff(now.member, id)
    sheet = guide.sheet(row, draft=True)
    answers = guide_walk.decode(sheet, _code()) or {}
    q = guide_walk.way(sheet, answers).open
    if q is None or not _sound(row):
        return to(f"{_PATH}/{id}/preview")
    form_page = guide_walk.as_page(q)
    values, errors = form.check_page(form_page, form.read_page(form_page, now.form), {}, clock.today())
    if errors:
        raise Refusal("", errors)
    answers[q.key] = guide_walk.answer_of(q, values["choice"])
    return to(f"{_PATH}/{id}/preview?answers={guide_walk.encode(sheet, answers)}")
