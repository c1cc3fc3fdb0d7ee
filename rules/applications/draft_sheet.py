"""内容詳細: how far a draft has come, page by page, what is lacking, and what changed in the form meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import clock
from models import Application, Correction, FormVersion, ask
from rules.applications import draft, earlier_choices
from rules.applications.inquiry import Answer
from rules.forms import fields, form
from rules.forms.field_types.base import the
from rules.procedures import procedure, reception
from rules.records.access import Missing

Document = dict[str, Any]
Page = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """A page of the form: its answers, the labels still without one, and a sentence for each that will not do.

    An answer that will not do yet stands as it was typed.
    """

    key: str
    title: str
    answers: list[Answer]
    lacking: list[str]
    unclear: list[str]

    @property
    def complete(self) -> bool:
        return not self.lacking and not self.unclear


def parts(written: Application) -> list[Part]:
    """Every page of a draft as it stands now."""
    attached = draft.files(written)
    asked = draft.reading(written, attached)
    pages = [page for page in asked.form["pages"] if "exit" not in page]
    lost = earlier_choices.put_back(written, asked.form)
    return [_part(page, written.answers, attached, asked.values, lost) for page in pages]


def _part(
    page: Page,
    raw: dict[str, Any],
    attached: form.Files,
    values: dict[str, Any],
    lost: Mapping[str, fields.Question] = MappingProxyType({}),
) -> Part:
    typed, today = form.complete(page, raw, attached), clock.today()
    part = Part(page["key"], page["title"], [], [], [])
    for q in form.inputs(page):
        answer = typed[q["key"]]
        try:
            value = values.get(q["key"]) if q["type"] == "sum" else fields.check(q, answer, today)
            lines = fields.show(q, value, today)
        except fields.Wrong as wrong:
            lines = as_typed(lost.get(q["key"], q), answer)
            if q["key"] in lost:
                part.unclear.append(f"{the(q['label'])}で選んであったものが、なくなりました。もう一度選んでください。")
            elif lines:
                part.unclear.extend(wrong.errors.values())
            else:
                part.lacking.append(q["label"])
        part.answers.append(Answer(q["key"], q["label"], lines))
    return part


def as_typed(q: fields.Question, raw: fields.Raw) -> list[str]:
    """An answer in the words it was typed in, whether it will do or not; none where nothing was."""
    answer = fields.fit(q, raw)
    return [] if fields.is_empty(q, answer) else fields.as_typed(q, answer)


def typed_words(page: Page, typed: fields.FormData) -> list[tuple[str, list[str]]]:
    """What was typed on a page, (label, lines), whether it will do or not."""
    found = _part(page, form.read_shown(page, typed), {}, {})
    return [(answer.label, answer.lines) for answer in found.answers if answer.lines]


# ---------------------------------------------------------------- the form changed, or is closed


@dataclass(frozen=True)
class Changes:
    """How the published form differs from the one a draft was begun on."""

    keys: frozenset[str] = frozenset()
    labels: list[tuple[str, str]] = field(default_factory=list)  # (page key, label)
    gone: list[str] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)
    """The titles of pages that are gone."""
    files: list[tuple[str, list[str]]] = field(default_factory=list)
    """(label, names) of files for which no question asks any more."""

    def __bool__(self) -> bool:
        return bool(self.keys or self.gone or self.pages or self.files)


_NO_CHANGES = Changes()
# A change of these asks for another look; a hint that was put better does not.
_MATTERS = ("type", "label", "required", "choices", "limits", "columns", "of", "text")


def changes(written: Application) -> Changes:
    """Questions that are new or other than when the draft was begun, and pages, answers and files that are gone."""
    if written.number is not None or written.procedure.published == 1:
        return _NO_CHANGES  # sent, or the first version ever: nothing can have changed
    begun_on = ask("SELECT form_version_id FROM application WHERE id = {}", written.id)
    if not begun_on or begun_on[0][0] == written.form_version_id:
        return _NO_CHANGES
    before = {q["key"]: q for q in form.questions(procedure.document_of(begun_on[0][0])["form"])}
    # As they are written: a sum that is shown has its unit besides.
    now = {q["key"]: q for q in form.questions(draft.document(written)["form"])}
    found: list[tuple[str, str, str]] = []
    for page in draft.reading(written).form["pages"]:
        for q in form.inputs(page):
            old = before.get(q["key"])
            # Above a box to be ticked the hint is what is agreed to.
            matters = (*_MATTERS, "hint") if q["type"] == "consent" else _MATTERS
            if old is None or any(old.get(name) != now[q["key"]].get(name) for name in matters):
                found.append((q["key"], page["key"], q["label"]))
    new = Changes(frozenset(key for key, _, _ in found), [(place, label) for _, place, label in found])
    return replace(new, **_gone(written, begun_on[0][0]))


def _gone(written: Application, begun_on: int) -> dict[str, Any]:
    """What some form since the one a draft was begun on had, and the form now has not."""
    now = draft.document(written)["form"]
    versions = ask(
        "SELECT id FROM form_version WHERE procedure_id = {} AND id >= {} ORDER BY id", written.procedure_id, begun_on
    )
    had = [found for (key,) in versions if (found := procedure.document_of(key)["form"]) is not None]
    titles = {p["key"]: p["title"] for one in had for p in one["pages"] if "exit" not in p}
    questions = {q["key"]: q for one in had for q in form.questions(one)}
    kinds = {q["key"]: q["type"] for q in form.questions(now)}
    labels = {q["key"]: q["label"] for one in had for q in form.questions(one) if q["type"] == "file"}
    present = {p["title"] for p in now["pages"]}
    lost = {key: files for key, files in draft.files(written).items() if kinds.get(key) != "file"}
    return {
        "pages": [title for key, title in titles.items() if form.page(now, key) is None and title not in present],
        "gone": [
            q["label"] for key, q in questions.items() if key not in kinds and as_typed(q, written.answers.get(key))
        ],
        "files": [(labels.get(key, "添付ファイル"), [file["name"] for file in files]) for key, files in lost.items()],
    }


def kept_behind_exit(written: Application, asked: form.Form) -> bool:
    """Whether something was typed on pages that an exit, while the answers reach it, keeps from being asked."""
    if form.exit_page(asked) is None:
        return False
    shown, whole = {page["key"] for page in asked["pages"]}, draft.reading(written, past_exit=True).form
    behind = [q for page in whole["pages"] if page["key"] not in shown for q in form.inputs(page)]
    attached = draft.files(written)
    return any(as_typed(q, written.answers.get(q["key"])) or q["key"] in attached for q in behind)


def remarks_elsewhere(written: Application, correction: Correction | None, asked: form.Form) -> list[tuple[str, str]]:
    """(label, remark) of what the office remarked on questions that are hidden now."""
    remarks = correction.remarks if correction else {}
    shown = {q["key"] for q in form.questions(asked)}
    hidden = [q for q in form.questions(draft.document(written)["form"]) if q["key"] not in shown]
    return [(q["label"], remarks[q["key"]]) for q in hidden if remarks.get(q["key"])]


def made_from(written: Application, version: str) -> Document | None:
    """The form a page in a browser was made from, where that is another than the one in force now."""
    row = _version(version)
    if row is None or row.procedure_id != written.procedure_id or row.id == written.form_version_id:
        return None
    return procedure.document_of(row.id)


def public_version(version: str) -> FormVersion:
    """The version a page in a browser was made from, if residents may still see its procedure; else Missing."""
    row = _version(version)
    if row is None:
        raise Missing
    procedure.listed(row.procedure_id)
    return row


def _version(typed: str) -> FormVersion | None:
    """The published version of an id as a browser sends it back; anything may stand there."""
    known = typed.isascii() and typed.isdecimal() and len(typed) < 10
    return FormVersion.row("id = {}", int(typed)) if known else None


def why_not_now(written: Application) -> str:
    """The sentence that says why a draft cannot be sent at the moment, or ""."""
    wanted = written.procedure
    if written.number is not None:
        return ""
    if wanted.listed_as is not None and procedure.is_open(wanted):
        return draft.why_not_sent(written)
    if wanted.listed_as is not None and reception.opens_later(wanted, clock.now()):
        return "この手続きの受付は、まだ始まっていません。入力した内容は、保存の期限まで残ります。"
    return (
        "この手続きは、いまは受け付けていません。入力した内容は、保存の期限まで残ります。"
        "くわしいことは、担当の課にお問い合わせください。"
    )
