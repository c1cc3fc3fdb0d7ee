"""マイページ: what a resident has to do, has going on, has saved, has sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Generic, TypeVar

import clock
from models import Application, ApplicationEvent, Correction, Procedure, Status, ask
from rules.applications.application import OPEN
from rules.applications.reminder import DAYS_BEFORE
from rules.forms import form
from rules.procedures import procedure
from rules.records import history, numbering
from rules.records.access import Person
from rules.values.calendar import near_date, read_instant, show_instant
from rules.values.text import contains, words

PER_PAGE = 20
COUNT_LIMIT = 1000
RECENT = 5
_LATELY = timedelta(days=30)

Item = TypeVar("Item")

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
    # Of a draft whose last day is near: how long it is still there.
    left: str = ""
    # Of a return: whether its last day is over.
    late: bool = False


@dataclass(frozen=True)
class Leaf(Generic[Item]):
    """One page of a list, and how many there are in all, COUNT_LIMIT standing for "that many or more"."""

    lines: list[Item]
    total: int
    page: int
    more: bool

    @classmethod
    def of(cls, found: list[Item], page: int, counted: str, *values: Any) -> Leaf[Item]:
        """Of one row more than a page holds; `counted` is the query of all, asked only where it must be."""
        lines, more = found[:PER_PAGE], len(found) > PER_PAGE
        # A short page says by itself how many there are.
        total = (page - 1) * PER_PAGE + len(lines)
        if more or not lines:
            total = ask(f"SELECT COUNT(*) FROM ({counted} LIMIT {COUNT_LIMIT}) AS counted", *values)[0][0]
        return cls(lines, total, page, more)

    @property
    def total_words(self) -> str:
        return f"{COUNT_LIMIT:,}件以上" if self.total >= COUNT_LIMIT else f"{self.total}件"

    @property
    def total_label(self) -> str:
        if not self.lines:
            return self.total_words
        first = (self.page - 1) * PER_PAGE + 1
        return f"{self.total_words}のうち {first}〜{first + len(self.lines) - 1}件目"

    @property
    def previous(self) -> int | None:
        return self.page - 1 if self.page > 1 else None

    @property
    def next(self) -> int | None:
        return self.page + 1 if self.more else None


def place(page: int) -> str:
    """LIMIT and OFFSET of a page: one row more than it holds tells whether another follows."""
    return f" LIMIT {PER_PAGE + 1} OFFSET {(page - 1) * PER_PAGE}"


def meaning(sent: Application) -> str:
    """What the state means for the applicant, in a sentence."""
    return _MEANING[Status(sent.status)]


_SENT = """FROM application a JOIN procedure p ON p.id = a.procedure_id
WHERE a.resident_id = {} AND a.submitted_at IS NOT NULL"""


def _lines(person: Person, limits: str, condition: str = "", *values: Any) -> list[Line]:
    """What the person has sent, newest first."""
    sql = f"SELECT a.id, a.number, a.status, p.name, a.submitted_at {_SENT}{condition}"
    return [
        Line(key, numbering.grouped(number), status, name, show_instant(read_instant(at)))
        for key, number, status, name, at in ask(
            f"{sql} ORDER BY a.submitted_at DESC{limits}", person.resident, *values
        )
    ]


def recent(person: Person) -> list[Line]:
    """The last few applications sent."""
    return _lines(person, f" LIMIT {RECENT}")


_SAVED = """FROM application a JOIN procedure p ON p.id = a.procedure_id
WHERE a.resident_id = {} AND a.status = 'DRAFT' AND a.expires_at > {}"""


def drafts(person: Person, page: int = 1) -> Leaf[Line]:
    """The saved applications that are still kept: those that go soon first, then the last saved."""
    now = clock.now()
    near = datetime.combine(now.date() + timedelta(days=DAYS_BEFORE + 1), time(), now.tzinfo)
    rows = ask(
        f"SELECT a.id, p.name, a.saved_at, a.expires_at {_SAVED} "
        "ORDER BY a.expires_at > {}, a.saved_at DESC, a.id DESC" + place(page),
        person.resident,
        _stored(now),
        _stored(near),
    )
    found = [_saved(*row, today=now.date()) for row in rows]
    return Leaf.of(found, page, f"SELECT 1 {_SAVED}", person.resident, _stored(now))


def _saved(key: int, name: str, saved_at: str, expires_at: str, *, today: date) -> Line:
    last = (read_instant(expires_at) - timedelta(microseconds=1)).date()
    days = (last - today).days
    left = "" if days > DAYS_BEFORE else f"あと{days}日" if days > 0 else "きょうまで"
    return Line(key, "", Status.DRAFT, name, show_instant(read_instant(saved_at)), near_date(last), left)


def _stored(instant: datetime) -> str:
    return str(Application.submitted_at.db_value(instant))


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
            near_date(row.until),
            late=row.until < clock.today(),
        )
        for row in rows
    ]


_UNANSWERED = f"""SELECT a.id, a.number, a.status, p.name, m.at FROM application a
JOIN procedure p ON p.id = a.procedure_id
JOIN message m ON m.id = (SELECT MAX(last.id) FROM message last WHERE last.application_id = a.id)
WHERE a.resident_id = {{}} AND a.status IN ({", ".join(["{}"] * len(OPEN))})
AND m.staff_id IS NOT NULL AND m.at > {{}} ORDER BY m.at DESC"""


def to_answer(person: Person) -> list[Line]:
    """Open applications in which the office wrote last, the newest message first; an old one presses nobody."""
    since = clock.now() - _LATELY
    return [
        Line(key, numbering.grouped(number), status, name, show_instant(read_instant(at)))
        for key, number, status, name, at in ask(_UNANSWERED, person.resident, *OPEN, _stored(since))
    ]


# ---------------------------------------------------------------- the history and its search


@dataclass(frozen=True)
class Wanted:
    """What the history is searched for; everything left empty is all that was ever sent."""

    words: str = ""  # a number, its first digits, or words of a procedure's name
    procedure: int | None = None
    state: str = ""
    since: date | None = None
    until: date | None = None


def past(person: Person, wanted: Wanted, page: int) -> Leaf[Line]:
    """A page of what fits of all applications ever sent, newest first."""
    conditions, values = _conditions(wanted)
    found = _lines(person, place(page), conditions, *values)
    return Leaf.of(found, page, f"SELECT 1 {_SENT}{conditions}", person.resident, *values)


def _conditions(wanted: Wanted) -> tuple[str, list[Any]]:
    found: list[tuple[str, list[Any]]] = []
    number = numbering.beginning(wanted.words)
    if number:
        found.append((" AND a.number BETWEEN {} AND {}", [number.ljust(12, "0"), number.ljust(12, "9")]))
    else:
        found += [(" AND p.folded LIKE {} ESCAPE '!'", [contains(word)]) for word in words(wanted.words)]
    if wanted.procedure is not None:
        # The list walks the resident's index, not that of a procedure with a million applications.
        found.append((" AND a.procedure_id + 0 = {}", [wanted.procedure]))
    if wanted.state:
        found.append((" AND a.status = {}", [wanted.state]))
    if wanted.since is not None:
        found.append((" AND a.submitted_at >= {}", [_morning(wanted.since)]))
    if wanted.until is not None:
        found.append((" AND a.submitted_at < {}", [_morning(wanted.until + timedelta(days=1))]))
    return "".join(sql for sql, _ in found), [value for _, some in found for value in some]


def _morning(day: date) -> str:
    """When a day of the town begins, as it is stored."""
    return _stored(datetime.combine(day, time(), clock.TOKYO))


def own_procedures(person: Person) -> list[tuple[int, str]]:
    """(id, name) of every procedure the person ever sent an application of."""
    sent = "SELECT DISTINCT a.procedure_id FROM application a WHERE a.resident_id = {} AND a.submitted_at IS NOT NULL"
    return [
        (key, name)
        for key, name in ask(f"SELECT id, name FROM procedure WHERE id IN ({sent}) ORDER BY name_kana", person.resident)
    ]


# ---------------------------------------------------------------- one application


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
        if event.name in history.BESIDE:
            continue
        if event.name not in _DECISIONS:
            break
        found.append(Decision(_DECISIONS[event.name], show_instant(event.at), event.text))
    return found[::-1]


def now_words() -> str:
    """When something was printed."""
    return show_instant(clock.now())
