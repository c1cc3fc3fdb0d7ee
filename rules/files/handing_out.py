"""A file on its way out to staff: what they are told when they do not get it, and what the audit log keeps of both."""

from __future__ import annotations

from typing import Any

from models import Application, Attachment, IssuedDocument, transaction
from rules.files import scanner
from rules.files.received import Scanned
from rules.records import access, audit
from rules.records.session import SignedInStaff

# The word a row keeps once a virus was found in its file: it is handed to nobody any more.
INFECTED = "ウイルスの疑い"


def withheld(row: Attachment | IssuedDocument, verdict: Scanned) -> str:
    """Why staff do not get a file that was scanned again when they opened it."""
    name = row.name
    if verdict.virus:
        again = (
            "交付物を取り消して、別の機器で作り直したものを登録してください。"
            if isinstance(row, IssuedDocument)
            else "申請した方には、別の方法で出し直していただいてください。"
        )
        return (
            f"「{name}」から、ウイルスの疑いがあるもの（{verdict.virus}）が見つかったため、お渡しできません。"
            f"情報システムの担当者に知らせ、{again}"
        )
    if verdict.busy:
        return f"ただいま混み合っているため、「{name}」をお渡しできません。少し待ってから、もう一度開いてください。"
    return (
        f"ただいまウイルス検査ができないため、「{name}」をお渡しできません。しばらくしてから、もう一度開いてください。"
    )


def note_withheld(staff: SignedInStaff, sent: Application, row: Attachment | IssuedDocument, verdict: Scanned) -> None:
    """Record that staff did not get a file, and why; one with a virus is marked, for the applicant too."""
    if verdict.virus:
        _mark(row, INFECTED)
    _record("file_withheld", staff, sent, row, virus=verdict.virus, reason=verdict.reason)
    if not verdict.virus and not verdict.busy:
        scanner.note(verdict.reason)


def note_opened(
    staff: SignedInStaff, sent: Application, row: Attachment | IssuedDocument, word: str, **more: Any
) -> None:
    """Record that staff got a file; `word` is what the scanner said of it this time."""
    _mark(row, word)
    act = "issued_document_opened" if isinstance(row, IssuedDocument) else "file_downloaded"
    _record(act, staff, sent, row, **more)


def _mark(row: Attachment | IssuedDocument, word: str) -> None:
    if word != row.verdict:
        with transaction():
            type(row).change({"verdict": word}, "id = {}", row.id)


def _record(act: str, staff: SignedInStaff, sent: Application, row: Attachment | IssuedDocument, **more: Any) -> None:
    more["document" if isinstance(row, IssuedDocument) else "file"] = row.id
    audit.record(act, staff=staff, application=sent.id, division=access.looking_division(staff, sent), **more)
