"""公開と版: publishing a draft with its effect shown first, giving it up, the history, and taking an old version up."""

from __future__ import annotations

from typing import Any

from models import Procedure
from rules.counters import counter_effect
from rules.forms import form
from rules.procedures import closing, editing, publishing, version_shown, versions
from rules.procedures.differences import differences
from rules.procedures.form_differences import TYPES
from rules.values.calendar import show_instant
from views.staff.versions.ground import LIST, ONE, heading, home, own
from web import Who, asked_number, get, here, page, post, to

_NOTE = {
    "key": "note",
    "type": "long_text",
    "label": "変更のあらまし",
    "hint": "何をなぜ変えたかを、公開した版の履歴に残します。職員だけが読みます。個人の情報は書かないでください。",
    "required": False,
    "limits": {"rows": 3, "max_length": publishing.MOST_NOTE},
}
_NOTE_PAGE = {"key": "publish", "questions": [_NOTE]}
_OVER = {
    "key": "over",
    "type": "consent",
    "label": "いまの下書きを捨ててよい",
    "hint": "",
    "required": True,
}
_SAID = {
    publishing.NEW: "版{}を公開しました。",
    publishing.EQUAL: "下書きは、いま公開している版{}と同じでした。新しい版は作らず、下書きを消しました。",
    publishing.DONE: "版{}を公開しています。",
}


def _saved(wanted: Procedure) -> str:
    """When and by whom the draft was changed last."""
    if wanted.draft is None or wanted.draft_at is None:
        return ""
    return f"{show_instant(wanted.draft_at)}　{wanted.draft_actor or '（ファイルから）'}"


# ---------------------------------------------------------------- 公開する


@get(f"{ONE}/publish", who=Who.CLERK)
def ask_to_publish(id: int):
    wanted = own(id)
    shown = publishing.present(wanted)
    draft = wanted.draft
    return page(
        "staff/versions/publish.html",
        **heading(wanted, "公開する"),
        saved=_saved(wanted),
        present=shown,
        sentences=publishing.changes(wanted) if draft else [],
        equal=draft is not None and publishing.is_equal(wanted),
        faults=publishing.faults(wanted) if draft else [],
        effect=publishing.effect(wanted, draft) if draft else None,
        left=counter_effect.of_draft(wanted.town_id, draft) if draft else None,
        digest=publishing.digest(draft) if draft else "",
        types=TYPES,
        note=_NOTE,
        raw=form.complete(_NOTE_PAGE, form.read_page(_NOTE_PAGE, here().form)),
    )


@post(f"{ONE}/publish", who=Who.TOWN_ADMINISTRATOR, again=ask_to_publish)
def publish(id: int):
    now = here()
    made = publishing.publish(now.member, id, now.form.revision(), now.form.get("digest"), note=now.form.get("note"))
    said = _SAID[made.how].format(made.number)
    return to(home(id), said=said)


# ---------------------------------------------------------------- 下書きをやめる


@get(f"{ONE}/discard", who=Who.CLERK)
def ask_to_discard(id: int):
    wanted = own(id)
    if wanted.draft is None:
        return to(home(id))
    return page(
        "staff/versions/discard.html",
        **heading(wanted, "下書きをやめる"),
        saved=_saved(wanted),
        present=publishing.present(wanted),
        sentences=publishing.changes(wanted),
    )


@post(f"{ONE}/discard", who=Who.CLERK, again=ask_to_discard)
def discard(id: int):
    now = here()
    if versions.discard(now.member, id, now.form.revision()):
        return to(home(id), said="下書きをやめました。公開している版は、そのままです。")
    return to(LIST, said="まだ公開していない手続きを消しました。")


# ---------------------------------------------------------------- 公開した版の履歴


@get(f"{ONE}/versions", who=Who.CLERK)
def history(id: int):
    wanted = own(id)
    return page(
        "staff/versions/list.html",
        **heading(wanted, "公開した版の履歴"),
        lines=versions.lines(wanted),
        saved=_saved(wanted),
        show_instant=show_instant,
    )


@get(f"{ONE}/versions/<number:int>", who=Who.CLERK)
def version(id: int, number: int):
    """One version as residents saw it."""
    wanted = own(id)
    row = versions.one(wanted, number)
    line = next(each for each in versions.lines(wanted) if each.number == number)
    return page(
        "staff/versions/version.html",
        **heading(wanted, f"版{number}", ("公開した版の履歴", home(id, "versions"))),
        line=line,
        at=show_instant(line.at),
        document=row.document,
        sheets=version_shown.sheets(row.document),
        **version_shown.told(wanted, row.document, wanted.town),
    )


@get(f"{ONE}/versions/<number:int>/compare", who=Who.CLERK)
def compare(id: int, number: int):
    """This version and another: the one before it, unless `with` names one; always from the older to the newer."""
    wanted = own(id)
    lines = versions.lines(wanted)
    versions.one(wanted, number)
    others = [line.number for line in lines if line.number != number]
    other = asked_number("with")
    chosen = other if other in others else max((each for each in others if each < number), default=0)
    older, newer = (versions.one(wanted, each).document for each in sorted((chosen or number, number)))
    return page(
        "staff/versions/compare.html",
        **heading(wanted, f"版{number}の変わったところ", ("公開した版の履歴", home(id, "versions"))),
        lines=lines,
        number=number,
        chosen=chosen,
        sentences=differences(older, newer),
        show_instant=show_instant,
    )


# ---------------------------------------------------------------- 前の版に戻す


@get(f"{ONE}/restore", who=Who.CLERK)
def ask_to_restore(id: int):
    now = here()
    wanted = own(id)
    number = _number()
    row = versions.one(wanted, number)
    shown = publishing.present(wanted)
    if shown is not None and shown.number == number:
        return to(home(id, "discard" if wanted.draft else "versions"))
    return page(
        "staff/versions/restore.html",
        **heading(wanted, f"版{number}を下書きにする", ("公開した版の履歴", home(id, "versions"))),
        version=row,
        at=show_instant(row.published_at),
        sentences=differences(editing.published_of(wanted), versions.as_draft(wanted, row)),
        saved=_saved(wanted),
        lost=publishing.changes(wanted) if wanted.draft else [],
        over=_OVER,
        raw=now.form.get("over"),
    )


def _number() -> int:
    """Which version is meant: posted, or else behind the ?."""
    typed = here().form.get("version")
    if here().posted:
        return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else 0
    return asked_number("version") or 0


@post(f"{ONE}/restore", who=Who.CLERK, again=ask_to_restore)
def restore(id: int):
    now = here()
    over = "over" in now.form
    versions.restore(now.member, id, now.form.revision(), _number(), over=over)
    return to(home(id), said=f"版{_number()}の内容を、下書きにしました。まだ公開していません。")


# ---------------------------------------------------------------- 受付をやめる、再開する


def _closing_page(id: int, template: str, word: str, *, closed: bool) -> Any:
    wanted = own(id)
    if wanted.published is None or (wanted.closed_at is not None) is closed:
        return to(home(id))
    return page(
        template,
        **heading(wanted, word),
        touched=closing.touched(wanted),
        closed_at=show_instant(wanted.closed_at) if wanted.closed_at else "",
    )


@get(f"{ONE}/close", who=Who.CLERK)
def ask_to_close(id: int):
    return _closing_page(id, "staff/versions/close.html", "受付をやめる", closed=True)


@post(f"{ONE}/close", who=Who.TOWN_ADMINISTRATOR, again=ask_to_close)
def close(id: int):
    closing.close(here().member, id, here().form.revision())
    return to(home(id), said="受付をやめました。手続き一覧には、もう出ません。")


@get(f"{ONE}/reopen", who=Who.CLERK)
def ask_to_reopen(id: int):
    return _closing_page(id, "staff/versions/reopen.html", "受付を再開する", closed=False)


@post(f"{ONE}/reopen", who=Who.TOWN_ADMINISTRATOR, again=ask_to_reopen)
def reopen(id: int):
    closing.reopen(here().member, id, here().form.revision())
    return to(home(id), said="受付を再開しました。手続き一覧に出ています。")
