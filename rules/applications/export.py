"""申請の一覧のCSV: what was sent to one's divisions as a table, a row for each application (R-7.6).

Everything comes from the records of what was sent last; the versions of a form come together by the keys of their
questions.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

import clock
from models import Application, Procedure, Submission, ask
from rules import Refusal
from rules.applications import submission
from rules.applications.review import STATE_WORDS
from rules.forms import columns, form
from rules.procedures import procedure
from rules.records import access, audit, numbering
from rules.records.access import Missing
from rules.records.session import SignedInStaff
from rules.values.calendar import read_instant

MOST = 10_000
"""So many applications stand in one file; more are asked for by shorter periods."""
CHARSETS = {"utf-8": "UTF-8（いまの表計算ソフト）", "cp932": "Shift_JIS（古い表計算ソフトや業務システム）"}
GETA = "〓"
_AT_ONCE = 200

# Key -> heading of what every application has, whatever its form asks.
ABOUT = {
    "number": "申込番号",
    "arrived": "受付日時",
    "state": "状態",
    "state_at": "状態が変わった日時",
    "applicant": "申請者",
    "applicant_kana": "申請者フリガナ",
    "sent_at": "最後に送られた日時",
    "turn": "送られた回数",
    "division": "担当部課",
    "assignee": "担当者",
    "due": "期限",
    "version": "様式の版",
}


class Question(NamedTuple):
    """A question whose answers can be taken out; `old` is none of the form in force any more."""

    key: str
    label: str
    columns: tuple[columns.Column, ...]
    old: bool


@dataclass(frozen=True)
class Wanted:
    """What the table shall show: `about` are keys of ABOUT, `asked` keys of questions; no states means all."""

    procedure: Procedure
    since: date | None = None
    until: date | None = None
    states: tuple[str, ...] = ()
    about: tuple[str, ...] = tuple(ABOUT)
    asked: tuple[str, ...] = ()
    charset: str = "utf-8"


class Lacking(Exception):
    """Shift_JIS lacks these characters of the table: (character, its number, how often), the most frequent first."""

    def __init__(self, found: Counter[str]) -> None:
        super().__init__("".join(found))
        self.characters = [(_shown(c), f"U+{ord(c):04X}", count) for c, count in found.most_common()]
        self.places = sum(found.values())


def _shown(character: str) -> str:
    """A mark that changes the shape of the character before it has none of its own."""
    return "（異体字の印）" if unicodedata.category(character) in ("Mn", "Cf") else character


def own_procedure(me: SignedInStaff, key: int) -> Procedure:
    """A procedure of one's divisions, or Missing."""
    found = Procedure.row("id = {}", key)
    if found is None or found.division_id not in access.own_divisions(me):
        raise Missing
    return found


def procedures(me: SignedInStaff) -> list[tuple[int, str, int]]:
    """(id, name, how many applications) of the procedures of one's divisions, the most used first."""
    own = sorted(access.own_divisions(me))
    if not own:
        return []
    marks = ", ".join("{}" for _ in own)
    return ask(
        "SELECT p.id, p.name, (SELECT COUNT(*) FROM application a WHERE a.procedure_id = p.id AND a.number IS NOT NULL)"
        f" AS sent FROM procedure p WHERE p.division_id IN ({marks}) ORDER BY sent DESC, p.name_kana, p.id",
        *own,
    )


def questions(wanted: Procedure) -> list[Question]:
    """Every question that a published form of the procedure asked, those of the newest first."""
    found: dict[str, Question] = {}
    versions = ask("SELECT id, number FROM form_version WHERE procedure_id = {} ORDER BY number DESC", wanted.id)
    for version, number in versions:
        asked = procedure.document_of(version)["form"]
        for q in form.questions(asked) if asked else ():
            filled = tuple(columns.of_question(q))
            if not filled:
                continue
            known = found.get(q["key"])
            if known is None:
                found[q["key"]] = Question(q["key"], q["label"], filled, number != wanted.published)
            else:  # an older form may have filled other columns with it
                keys = {key for key, _ in known.columns}
                more = tuple(column for column in filled if column[0] not in keys)
                found[q["key"]] = known._replace(columns=known.columns + more)
    return list(found.values())


def headings(wanted: Wanted) -> list[columns.Column]:
    """The columns of the table; a heading that stands there already gets a number."""
    found = [(f"@{key}", ABOUT[key]) for key in ABOUT if key in wanted.about]
    found += [column for q in questions(wanted.procedure) if q.key in wanted.asked for column in q.columns]
    times: Counter[str] = Counter()
    named = []
    for key, heading in found:
        times[heading] += 1
        named.append((key, f"{heading}（{times[heading]}）" if times[heading] > 1 else heading))
    return named


# ---------------------------------------------------------------- the rows

_ROWS = """
SELECT a.id, a.number, a.submitted_at, a.status, a.status_at, a.applicant_name, a.applicant_kana, d.name, m.name,
  a.due_on, v.number, t.form_version_id, t.answers, t.files, t.at, t.turn
FROM application a
JOIN submission t ON t.application_id = a.id
  AND t.turn = (SELECT MAX(x.turn) FROM submission x WHERE x.application_id = a.id)
JOIN form_version v ON v.id = t.form_version_id
JOIN division d ON d.id = a.division_id
LEFT JOIN staff m ON m.id = a.assignee_id
WHERE a.id IN ({ids}) ORDER BY a.submitted_at, a.id"""


def matching(me: SignedInStaff, wanted: Wanted) -> list[int]:
    """The applications that fit, in the order of their arrival; a Refusal where they are too many for one file."""
    divisions = sorted(access.own_divisions(me))
    states = [state for state in map(str, STATE_WORDS) if not wanted.states or state in wanted.states]
    if not divisions or not states:
        return []
    conditions = [f"division_id IN ({_marks(divisions)})", f"status IN ({_marks(states)})"]
    values: list[Any] = [*divisions, *states]
    if wanted.since:
        conditions.append("submitted_at >= {}")
        values.append(_instant(wanted.since))
    if wanted.until:
        conditions.append("submitted_at < {}")
        values.append(_instant(wanted.until + timedelta(days=1)))
    where = " AND ".join(["procedure_id = {}", *conditions])
    sql = f"SELECT id FROM application WHERE {where} ORDER BY submitted_at, id LIMIT {{}}"
    ids = [key for (key,) in ask(sql, wanted.procedure.id, *values, MOST + 1)]
    if len(ids) > MOST:
        raise Refusal(f"申請が{MOST:,}件より多くあります。期間を短くして、何回かに分けてください。")
    return ids


def _marks(values: list[Any]) -> str:
    return ",".join("{}" for _ in values)


def _instant(day: date) -> str:
    return str(Application.submitted_at.db_value(datetime.combine(day, time(), clock.TOKYO)))


def _table(ids: list[int], keys: list[str]) -> Iterator[list[str]]:
    """A row of cells for each application, some hundred at a time."""
    for first in range(0, len(ids), _AT_ONCE):
        some = ids[first : first + _AT_ONCE]
        for row in ask(_ROWS.replace("{ids}", _marks(some)), *some):
            cells = _cells(row)
            yield [harmless(cells.get(key, "")) for key in keys]


def _cells(row: tuple[Any, ...]) -> dict[str, str]:
    """What stands in each column, by its key; those of ABOUT begin with a sign that no question's key has."""
    _, number, arrived, status, moved, name, kana, division, assignee, due, version, pinned, *sent = row
    record = Submission(answers=sent[0], files=Submission.files.python_value(sent[1]))
    values, files = submission.values_of(record), submission.files_of(record)
    about = {
        "number": numbering.grouped(number),
        "arrived": _minute(arrived),
        "state": STATE_WORDS[status],
        "state_at": _minute(moved),
        "applicant": name,
        "applicant_kana": kana,
        "sent_at": _minute(sent[2]),
        "turn": str(sent[3]),
        "division": division,
        "assignee": assignee or "",
        "due": str(due or ""),
        "version": str(version),
    }
    answers = columns.by_column(procedure.document_of(pinned)["form"], values, files)
    return answers | {f"@{key}": cell for key, cell in about.items()}


def _minute(stored: str) -> str:
    """'2026-11-21 09:05': what every spreadsheet reads as an instant, in the town's time."""
    return read_instant(stored).strftime("%Y-%m-%d %H:%M")


# ---------------------------------------------------------------- the file

# A spreadsheet would run what begins so as a formula; a negative number is none, but of "-1 / -2" it would make 0.5.
_FORMULA = re.compile("[=+@\t\r\n＝＋＠]|[-－](?![0-9]+(\\.[0-9]+)?$)")


def harmless(cell: str) -> str:
    """A cell that no spreadsheet runs: an apostrophe stands before what looks like a formula."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def make(me: SignedInStaff, wanted: Wanted, *, lossy: bool = False) -> Iterator[bytes]:
    """The file from beginning to end; raises Lacking unless what Shift_JIS lacks may become 〓.

    Lines end in CR LF; UTF-8 begins with the mark by which spreadsheets know it.
    """
    ids, heads = matching(me, wanted), headings(wanted)
    if not ids:
        raise Refusal("この条件に当てはまる申請は、ありません。条件を変えて、もう一度お試しください。")
    if not heads:
        raise Refusal("列を1つ以上選んでください。")
    keys = [key for key, _ in heads]
    first = [harmless(heading) for _, heading in heads]
    if wanted.charset == "cp932" and not lossy:
        found = _lacking(first)
        for row in _table(ids, keys):
            found += _lacking(row)
        if found:
            raise Lacking(found)
    audit.record(
        "applications_exported",
        staff=me,
        division=wanted.procedure.division_id,
        procedure=wanted.procedure.id,
        applications=len(ids),
        charset=wanted.charset,
        columns=keys,
    )
    return _pieces(first, _table(ids, keys), wanted.charset)


# What Windows writes for a sign of which Shift_JIS has only the twin.
_TWINS = str.maketrans("—〜‖−¢£¬", "―～∥－￠￡￢")


def _lacking(row: list[str]) -> Counter[str]:
    return Counter(c for cell in row if not _fits(cell) for c in cell if not _fits(c))


def _fits(text: str) -> bool:
    try:
        text.translate(_TWINS).encode("cp932")
    except UnicodeEncodeError:
        return False
    return True


def _pieces(first: list[str], table: Iterator[list[str]], charset: str) -> Iterator[bytes]:
    yield (b"\xef\xbb\xbf" if charset == "utf-8" else b"") + _line(first, charset)
    for row in table:
        yield _line(row, charset)


def _line(row: list[str], charset: str) -> bytes:
    text = io.StringIO()
    if charset == "cp932":
        row = [cell if _fits(cell) else "".join(c if _fits(c) else GETA for c in cell) for cell in row]
    csv.writer(text, lineterminator="\r\n").writerow(row)
    written = text.getvalue()
    return (written.translate(_TWINS) if charset == "cp932" else written).encode(charset)


def file_name(wanted: Wanted) -> str:
    return f"{wanted.procedure.slug}-{clock.today():%Y%m%d}.csv"
