"""申請内容照会: what was sent, read from its records, for the applicant, for staff and for paper."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import clock
from models import Application, Attachment, Correction, Submission
from rules.applications import submission
from rules.forms import form
from rules.forms.fields import FormData, size_label
from rules.procedures import procedure
from rules.records.access import Missing

# outside/antivirus.py says so where it is switched off.
NOT_SCANNED = "未検査"


@dataclass(frozen=True)
class Answer:
    """One answer as it is read: `before` are the lines of the sending before, where they differ."""

    key: str
    label: str
    lines: list[str]
    changed: bool = False
    before: list[str] | None = None
    edit_href: str | None = None
    edit_label: str = ""


Groups = list[tuple[str, str | None, list[Answer]]]
Files = dict[str, list[dict[str, Any]]]


def answers(record: Submission, earlier: Submission | None = None) -> Groups:
    """The answers of a sending by page; with an earlier one, what changed is marked."""
    document = procedure.document_of(record.form_version_id)["form"]
    today = record.at.date()
    before, swapped = _before(document, earlier, submission.files_of(record), today)
    shown = form.display(document, submission.values_of(record), submission.files_of(record), today)
    return [(page["title"], None, [_answer(q, lines, before, swapped) for q, lines in rows]) for page, rows in shown]


def _before(
    document: dict[str, Any], earlier: Submission | None, files: Files, today: date
) -> tuple[dict[str, list[str]], set[str]]:
    """The lines of the sending before, by question key, and the keys whose files hold something else now."""
    if earlier is None:
        return {}, set()
    old = form.display(document, submission.values_of(earlier), submission.files_of(earlier), today)
    digests = _digests(submission.files_of(earlier))
    swapped = {key for key, found in _digests(files).items() if found != digests.get(key, found)}
    return {q["key"]: lines for _, rows in old for q, lines in rows}, swapped


def _digests(files: Files) -> dict[str, list[str]]:
    """What files hold, by question key."""
    return {key: [file["sha256"] for file in rows] for key, rows in files.items()}


def two_turns(sent: Application, wanted: int | None) -> tuple[Submission, Submission]:
    """(a sending, the one before it): the wanted one if it is a correction, else the last; Missing without any."""
    turns = submission.turns(sent)
    if len(turns) < 2:
        raise Missing
    at = next((at for at, record in enumerate(turns) if at and record.turn == wanted), len(turns) - 1)
    return turns[at], turns[at - 1]


def asked_for(sent: Application, turn: int) -> Correction | None:
    """The return that a sending answers."""
    found: Correction | None = (
        Correction.select()
        .where((Correction.application == sent) & (Correction.turn == turn - 1))
        .order_by(Correction.id.desc())
        .first()
    )
    return found


def confirm_groups(
    document: dict[str, Any], ready: submission.Sheet, place: Callable[..., str], earlier: Submission | None = None
) -> Groups:
    """What would be sent now, each answer with the way back; `place(page key, input id)` makes the link.

    With what was sent before, what was changed since is marked.
    """
    files, today = submission.by_question(ready.files), clock.today()
    before, swapped = _before(document, earlier, files, today)
    groups: Groups = []
    for page, rows in form.display(document, ready.values, files, today):
        found = [
            replace(
                _answer(q, lines, before, swapped),
                edit_href=place(page["key"], f"q-{q['key']}"),
                edit_label=f"直す：{q['label']}",
            )
            for q, lines in rows
        ]
        groups.append((page["title"], place(page["key"]), found))
    return groups


def typed_words(form_page: dict[str, Any], typed: FormData) -> list[tuple[str, list[str]]]:
    """What was typed on a page, by label, as far as it means something."""
    values, _ = form.check_page(form_page, form.read_page(form_page, typed), {}, clock.today())
    shown = form.display({"pages": [form_page]}, values, {})
    return [(q["label"], lines) for _, rows in shown for q, lines in rows if values.get(q["key"]) is not None]


def _answer(question: dict[str, Any], lines: list[str], before: dict[str, list[str]], swapped: set[str]) -> Answer:
    old = before.get(question["key"])
    changed = old is not None and (old != lines or question["key"] in swapped)
    if changed and old == lines:
        lines = [*lines, "（前回と同じ名前の、別のファイルです）"]
    return Answer(question["key"], question["label"], lines, changed, old if changed else None)


@dataclass(frozen=True)
class File:
    """A file of a sending, for a list."""

    name: str
    href: str
    size_label: str
    checked_label: str
    sha256: str
    size: int

    @property
    def digest_groups(self) -> list[str]:
        """The digest in groups of eight, four to a line, as paper shows it."""
        parts = [self.sha256[at : at + 8] for at in range(0, 64, 8)]
        return [" ".join(parts[:4]), " ".join(parts[4:])]


def checked_words(verdict: str) -> str:
    """What a scan said, for residents: that there was none is the town's affair, not theirs."""
    return "－" if verdict == NOT_SCANNED else verdict


def files(record: Submission, base: str, *, for_resident: bool = False) -> list[File]:
    """The files of a sending; `base` is the path below which they are handed out."""
    verdicts = {
        row.id: row.verdict for row in Attachment.select().where(Attachment.application == record.application_id)
    }
    return [
        File(
            file["name"],
            f"{base}/{file['id']}",
            size_label(file["size"]),
            checked_words(verdicts.get(file["id"], "")) if for_resident else verdicts.get(file["id"], ""),
            file["sha256"],
            file["size"],
        )
        for file in record.files
    ]


def sent_file(sent: Application, key: int) -> Attachment:
    """A file that some sending of this application names, or Missing."""
    named = any(file["id"] == key for record in submission.turns(sent) for file in record.files)
    found: Attachment | None = Attachment.get_or_none((Attachment.id == key) & (Attachment.application == sent))
    if not named or found is None:
        raise Missing
    return found


def age_in_days(sent: Application) -> int:
    """Whole days since arrival."""
    days: int = (clock.today() - sent.submitted_at.date()).days
    return days
