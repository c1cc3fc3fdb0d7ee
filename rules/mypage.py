"""マイページ: what a resident has to do, has going on, has saved, has sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import clock
from models import Application, ApplicationEvent, Correction, Procedure, Status, ask
from rules import access, draft, form, numbering, procedure
from rules.access import Person
from rules.calendar import short_date, show_instant
from rules.text import contains, fold

PER_PAGE = 20
COUNT_LIMIT = 1000
RECENT = 5

_MEANING = {
    Status.SUBMITTED: "役場に届きました。担当の課が、これから内容を確かめます。",
    Status.IN_REVIEW: "担当の課が、内容を確かめています。",
    Status.RETURNED: "直していただきたいところがあります。",
    Status.APPROVED: "申請は承認されました。",
    Status.REJECTED: "申請は認められませんでした。理由をお読みください。",
    Status.COMPLETED: "手続きは、すべて終わりました。",
    Status.WITHDRAWN: "この申請は取り下げられました。",
}


_DECISIONS = {"approved": "承認", "rejected": "却下", "completed": "完了"}


@dataclass(frozen=True)
class Line:
    """An application in a list."""

    id: int
    number: str
    status: str
    procedure: str
    at: str
    until: str = ""


def meaning(sent: Application) -> str:
    """What the state means for the applicant, in a sentence."""
    return _MEANING[Status(sent.status)]


_SENT = """FROM application a JOIN procedure p ON p.id = a.procedure_id
WHERE a.resident_id = {} AND a.submitted_at IS NOT NULL"""


def _lines(person: Person, limit: int, offset: int = 0, condition: str = "", *values: str) -> list[Line]:
    """What the person has sent, newest first."""
    sql = f"SELECT a.id, a.number, a.status, p.name, a.submitted_at {_SENT}{condition}"
    place = f" ORDER BY a.submitted_at DESC LIMIT {limit} OFFSET {offset}"
    return [
        Line(key, numbering.grouped(number), status, name, show_instant(_instant(at)))
        for key, number, status, name, at in ask(sql + place, person.resident, *values)
    ]


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(clock.TOKYO)


def recent(person: Person) -> list[Line]:
    """The last few applications sent."""
    return _lines(person, RECENT)


def drafts(person: Person) -> list[Line]:
    """The saved applications that are still kept, the last saved first."""
    rows = access.own_applications(person).where((Application.status == Status.DRAFT) & draft.still_kept())
    return [
        Line(row.id, "", row.status, row.procedure.name, show_instant(row.saved_at), short_date(draft.last_day(row)))
        for row in rows.order_by(Application.saved_at.desc()).limit(100)
    ]


def to_do(person: Person) -> list[Line]:
    """What waits for the resident: returned applications with their date, the most urgent first."""
    rows = (
        Correction.select(Correction, Application, Procedure)
        .join(Application)
        .join(Procedure)
        .where(
            (Application.resident == person.resident)
            & (Application.status == Status.RETURNED)
            & Correction.resolved_at.is_null()
            & Correction.ended_at.is_null()
        )
        .order_by(Correction.until)
    )
    return [
        Line(
            row.application.id,
            numbering.grouped(row.application.number),
            row.application.status,
            row.application.procedure.name,
            show_instant(row.requested_at),
            short_date(row.until),
        )
        for row in rows
    ]


@dataclass(frozen=True)
class Past:
    """A page of the history."""

    lines: list[Line]
    total: int
    page: int
    more: bool

    @property
    def total_label(self) -> str:
        if not self.total:
            return "0件"
        first = (self.page - 1) * PER_PAGE + 1
        total = f"{COUNT_LIMIT:,}件以上" if self.total >= COUNT_LIMIT else f"{self.total}件"
        return f"{total}のうち {first}〜{first + len(self.lines) - 1}件目"

    @property
    def previous(self) -> int | None:
        return self.page - 1 if self.page > 1 else None

    @property
    def next(self) -> int | None:
        return self.page + 1 if self.more else None


def past(person: Person, *, words: str, page: int) -> Past:
    """All applications ever sent, newest first; `words` is a number or part of a procedure's name."""
    condition, values = "", []
    if words.strip():
        number = numbering.parse(words)
        condition = " AND a.number = {}" if number else " AND p.folded LIKE {} ESCAPE '!'"
        values = [number or contains(fold(words))]
    found = _lines(person, PER_PAGE + 1, (page - 1) * PER_PAGE, condition, *values)
    lines, more = found[:PER_PAGE], len(found) > PER_PAGE
    # A short page says by itself how many there are.
    total = (page - 1) * PER_PAGE + len(lines)
    if more or not lines:
        sql = f"SELECT COUNT(*) FROM (SELECT 1 {_SENT}{condition} LIMIT {COUNT_LIMIT}) AS counted"
        total = ask(sql, person.resident, *values)[0][0]
    return Past(lines, total, page, more)


def remarks(sent: Application, correction: Correction) -> list[tuple[str, str]]:
    """The remarks of a return, (label, remark) in the order of the form."""
    questions = form.questions(procedure.document_of(sent.form_version_id)["form"])
    return [(q["label"], correction.remarks[q["key"]]) for q in questions if correction.remarks.get(q["key"])]


def first_page_to_correct(sent: Application, correction: Correction | None) -> str:
    """The key of the first page with a remark, else of the first page."""
    pages = procedure.document_of(sent.form_version_id)["form"]["pages"]
    remarked = correction.remarks if correction else {}
    return str(next((p["key"] for p in pages if any(q["key"] in remarked for q in p["questions"])), pages[0]["key"]))


@dataclass(frozen=True)
class Decision:
    """What staff decided, as the applicant reads it."""

    word: str
    at: str
    text: str


def decisions(sent: Application) -> list[Decision]:
    """The approval and the completion, or the rejection, each with its own words; none once they were taken back."""
    if sent.status not in (Status.APPROVED, Status.REJECTED, Status.COMPLETED):
        return []
    events = ApplicationEvent.select().where(ApplicationEvent.application == sent).order_by(ApplicationEvent.id.desc())
    found: list[Decision] = []
    for event in events:
        if event.name in ("assigned", "transferred"):
            continue
        if event.name not in _DECISIONS:
            break
        found.append(Decision(_DECISIONS[event.name], show_instant(event.at), event.text))
    return found[::-1]


def now_words() -> str:
    """When something was printed."""
    return show_instant(clock.now())
