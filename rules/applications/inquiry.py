"""申請内容照会: what was sent, read from its records, for the applicant, for staff and for paper."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import clock
from models import Application, Attachment, Correction, Submission
from rules.applications import judging_days, submission
from rules.forms import form
from rules.forms.days import Days
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


NOT_ASKED = "（いまの答えでは、たずねない項目です）"


def answers(record: Submission, earlier: Submission | None = None) -> Groups:
    """The answers of a sending by page; with an earlier one, what changed is marked."""
    document = procedure.document_of(record.form_version_id)["form"]
    values, files = submission.values_of(record), submission.files_of(record)
    shown = _pages(document, values, files, judging_days.of(record), earlier)
    return [(page["title"], None, found) for page, found in shown]


def _pages(
    document: dict[str, Any], values: dict[str, Any], files: Files, days: Days, earlier: Submission | None
) -> list[tuple[dict[str, Any], list[Answer]]]:
    """The answers by page, marked where they differ from an earlier sending.

    What was answered then and is not asked any more stands there too: it is a change like others.
    """
    before = _before(document, earlier, files)
    shown = {page["key"]: rows for page, rows in form.display(document, values, files, days)}
    pages = []
    for page in document["pages"]:
        rows = {q["key"]: (q, lines) for q, lines in shown.get(page["key"], ())}
        found = []
        for q in form.inputs(page):
            if q["key"] in rows:
                answered = values.get(q["key"]) is not None or q["key"] in files
                found.append(_answer(*rows[q["key"]], before, new=answered))
            elif q["key"] in before.answered:
                found.append(Answer(q["key"], q["label"], [NOT_ASKED], True, before.lines.get(q["key"], [])))
        if found:
            pages.append((page, found))
    return pages


@dataclass(frozen=True)
class _Before:
    """The sending before: its lines, the keys that were answered, those whose files hold something else now."""

    lines: dict[str, list[str]]
    answered: frozenset[str]
    swapped: frozenset[str]


def _before(document: dict[str, Any], earlier: Submission | None, files: Files) -> _Before:
    if earlier is None:
        return _Before({}, frozenset(), frozenset())
    values, old_files = submission.values_of(earlier), submission.files_of(earlier)
    old = form.display(document, values, old_files, judging_days.of(earlier))
    digests = _digests(old_files)
    return _Before(
        {q["key"]: lines for _, rows in old for q, lines in rows},
        frozenset(old_files) | {key for key, value in values.items() if value is not None},
        frozenset(key for key, found in _digests(files).items() if found != digests.get(key, found)),
    )


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
    written: Application, ready: submission.Sheet, place: Callable[..., str], earlier: Submission | None = None
) -> Groups:
    """What would be sent now, each answer with the way back; `place(page key, input id)` makes the link.

    With what was sent before, what was changed since is marked.
    """
    document, days = procedure.document_of(written.form_version_id)["form"], judging_days.now(written)
    files = submission.by_question(ready.files)
    groups: Groups = []
    for page, found in _pages(document, ready.values, files, days, earlier):
        here = partial(place, page["key"])
        groups.append((page["title"], here(), [_with_way_back(one, here(f"q-{one.key}")) for one in found]))
    return groups


def _with_way_back(answer: Answer, href: str) -> Answer:
    if answer.lines == [NOT_ASKED]:
        return answer  # there is nothing to mend on its page
    return replace(answer, edit_href=href, edit_label=f"直す：{answer.label}")


def typed_words(form_page: dict[str, Any], typed: FormData) -> list[tuple[str, list[str]]]:
    """What was typed on a page, by label, as far as it means something."""
    raw = form.read_shown(form_page, typed)
    alone = form.unconditional(form_page)
    values, _ = form.check_page(alone, raw, {}, clock.today())
    shown = form.display({"pages": [alone]}, values, {})
    return [(q["label"], lines) for _, rows in shown for q, lines in rows if values.get(q["key"]) is not None]


def _answer(question: dict[str, Any], lines: list[str], before: _Before, *, new: bool) -> Answer:
    """One answer; `new` is whether it says something, so that one that was not asked before counts as changed."""
    key, old = question["key"], before.lines.get(question["key"])
    if old is None:
        changed = new and bool(before.lines)
        return Answer(key, question["label"], lines, changed, [] if changed else None)
    changed = old != lines or key in before.swapped
    if changed and old == lines:
        lines = [*lines, "（前回と同じ名前の、別のファイルです）"]
    return Answer(key, question["label"], lines, changed, old if changed else None)


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
