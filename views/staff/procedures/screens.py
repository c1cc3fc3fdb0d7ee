"""手続き for staff: the list, a new one, and the overview of one with all that is to be put right in it."""

from __future__ import annotations

from typing import Any

from rules.procedures import edit_conditions, edit_list, edit_new, edit_settings, editing, publishing
from rules.procedures.edit_sheet import Sheet
from rules.values.calendar import show_instant
from views.staff.procedures.ground import LIST, ONE, Ground, frame, ground, home
from web import Pager, Who, asked, asked_number, asked_page, get, here, page, post, to

_STARTS = f"{LIST}/new"


@get(LIST, who=Who.CLERK)
def procedures():
    me, number = here().member, asked_page()
    words, state, division = asked("words"), asked("state"), asked_number("division")
    found = edit_list.find(me, words, division, state, number)
    more = number * edit_list.PAGE_SIZE < found.total
    return page(
        "staff/procedures/list.html",
        lines=found.lines,
        total=found.total,
        words=words,
        state=state,
        division=division,
        states=list(edit_list.STATES.items()),
        divisions=edit_list.divisions(me),
        filtered=bool(words or state or division is not None),
        show_instant=show_instant,
        pager=Pager.of(
            f"{number}ページ目", LIST, number - 1 or None, number + 1 if more else None,
            words=words, state=state, division=division,
        ),
    )  # fmt: skip


# ---------------------------------------------------------------- a new one


@get(_STARTS, who=Who.CLERK)
def new():
    return _new_page(edit_new.sheet(here().member), _STARTS)


def _new_page(sheet: Sheet, action: str, source: dict[str, Any] | None = None):
    now = here()
    return page(
        "staff/procedures/new.html",
        questions=sheet.questions,
        raw=sheet.raw(now.form if now.posted else None),
        action=action,
        source=source,
    )


@post(_STARTS, who=Who.CLERK, again=new)
def create():
    now = here()
    made = edit_new.make(now.member, edit_new.sheet(now.member).read(now.form))
    return to(home(made.id), said="手続きを作りました。まだ公開していません。")


@get(f"{_STARTS}/library", who=Who.CLERK)
def library():
    words = asked("words")
    return page("staff/procedures/library.html", groups=edit_new.samples(words), words=words)


@get(f"{_STARTS}/library/<name>", who=Who.CLERK)
def from_library(name: str):
    source = edit_new.sample(name)
    return _new_page(edit_new.sheet(here().member, source), f"{_STARTS}/library/{name}", source)


@post(f"{_STARTS}/library/<name>", who=Who.CLERK, again=from_library)
def create_from_library(name: str):
    now = here()
    values = edit_new.sheet(now.member, edit_new.sample(name)).read(now.form)
    made = edit_new.from_sample(now.member, values, name)
    return to(home(made.id), said="見本から、手続きの下書きを作りました。まだ公開していません。")


@get(f"{ONE}/copy", who=Who.CLERK)
def copy(id: int):
    source = edit_new.own_source(here().member, id)
    return _new_page(edit_new.sheet(here().member, source), home(id, "copy"), source)


@post(f"{ONE}/copy", who=Who.CLERK, again=copy)
def create_copy(id: int):
    now = here()
    source = edit_new.own_source(now.member, id)
    made = edit_new.make(now.member, edit_new.sheet(now.member, source).read(now.form), source)
    return to(home(made.id), said="手続きを写して、下書きを作りました。まだ公開していません。")


# ---------------------------------------------------------------- one of them


@get(ONE, who=Who.CLERK)
def overview(id: int):
    at = ground(id)
    row = at.row
    word = edit_list.state(
        published=row.published is not None, closed=row.closed_at is not None, has_draft=editing.has_changes(row)
    )
    return page(
        "staff/procedures/overview.html",
        **frame(at, at.document["name"]) | {"way": [("手続き", LIST), (at.document["name"], None)]},
        state=edit_list.STATES[word],
        is_public=row.listed_as is not None,
        has_draft=row.draft is not None,
        faults=publishing.faults(row) if row.draft is not None else [],
        pages=_tree(at),
    )


def _tree(at: Ground) -> list[dict[str, Any]]:
    """Pages with their questions, each with its type and its condition in words."""
    return [
        {
            "page": form_page,
            "condition": edit_conditions.words(at.document, form_page),
            "rows": [
                (q, edit_settings.kind_word(q["type"]), edit_conditions.words(at.document, q))
                for q in form_page["questions"]
            ],
        }
        for form_page in editing.pages(at.document)
    ]
