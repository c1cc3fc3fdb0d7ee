"""内容詳細: how far a draft has come, page by page, what is lacking, and what changed in the form meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import clock
from models import Application, FormVersion, ask
from rules.applications import draft
from rules.applications.inquiry import Answer
from rules.forms import fields, form
from rules.procedures import procedure, reception
from rules.records.access import Missing
from rules.values import calendar
from rules.values.text import digits

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
    return [_part(page, written.answers, attached) for page in draft.document(written)["form"]["pages"]]


def _part(page: Page, raw: dict[str, Any], attached: form.Files) -> Part:
    typed, today = form.complete(page, raw, attached), clock.today()
    part = Part(page["key"], page["title"], [], [], [])
    for q in form.inputs(page):
        answer = typed[q["key"]]
        try:
            lines = fields.show(q, fields.check(q, answer, today), today)
        except fields.Wrong as wrong:
            lines = as_typed(q, answer)
            if lines:
                part.unclear.extend(wrong.errors.values())
            else:
                part.lacking.append(q["label"])
        part.answers.append(Answer(q["key"], q["label"], lines))
    return part


def as_typed(q: fields.Question, raw: fields.Raw) -> list[str]:
    """An answer in the words it was typed in, whether it will do or not; none where nothing was."""
    answer = fields.fit(q, raw)
    if q["type"] in ("heading", "password") or fields.is_empty(q, answer):
        return []
    if q["type"] == "file":
        return [str(file.get("name", "")) for file in answer]
    names: dict[str, str] = {choice["value"]: choice["label"] for choice in q.get("choices", ())}
    if q["type"] == "date":
        return [_day_as_typed(answer)]
    pieces = answer.values() if isinstance(answer, dict) else answer if isinstance(answer, list) else [answer]
    return ["　".join(names.get(str(piece), str(piece)) for piece in pieces if piece.strip())]


def _day_as_typed(raw: dict[str, str]) -> str:
    """'令和7年13月', as far as it goes."""
    era = next((era.name for era in calendar.ERAS if era.letter == raw["era"]), "")
    units = (("year", "年"), ("month", "月"), ("day", "日"))
    return era + "".join(raw[part] + (unit if digits(raw[part]).isdecimal() else "") for part, unit in units)


def typed_words(page: Page, typed: fields.FormData) -> list[tuple[str, list[str]]]:
    """What was typed on a page, (label, lines), whether it will do or not."""
    found = _part(page, form.read_page(page, typed), {})
    return [(answer.label, answer.lines) for answer in found.answers if answer.lines]


# ---------------------------------------------------------------- the form changed, or is closed


@dataclass(frozen=True)
class Changes:
    """How the published form differs from the one a draft was begun on."""

    keys: frozenset[str] = frozenset()
    labels: list[tuple[str, str]] = field(default_factory=list)  # (page key, label)
    gone: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.keys or self.gone)


_NO_CHANGES = Changes()
# A change of these asks for another look; a hint that was put better does not.
_MATTERS = ("type", "label", "required", "choices", "limits")


def changes(written: Application) -> Changes:
    """Questions that are new or other than when the draft was begun, and answered ones that are gone."""
    if written.number is not None or written.procedure.published == 1:
        return _NO_CHANGES  # sent, or the first version ever: nothing can have changed
    begun_on = ask("SELECT form_version_id FROM application WHERE id = {}", written.id)
    if not begun_on or begun_on[0][0] == written.form_version_id:
        return _NO_CHANGES
    before = {q["key"]: q for q in form.questions(procedure.document_of(begun_on[0][0])["form"])}
    found: list[tuple[str, str, str]] = []
    now: set[str] = set()
    for page in draft.document(written)["form"]["pages"]:
        for q in form.inputs(page):
            now.add(q["key"])
            old = before.get(q["key"])
            if old is None or any(old.get(name) != q.get(name) for name in _MATTERS):
                found.append((q["key"], page["key"], q["label"]))
    gone = [q["label"] for key, q in before.items() if key not in now and as_typed(q, written.answers.get(key))]
    return Changes(frozenset(key for key, _, _ in found), [(place, label) for _, place, label in found], gone)


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
