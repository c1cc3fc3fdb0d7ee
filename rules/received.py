"""A file on its way in: every check in its order, before anything is stored: size, kind, structure, virus scan."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol

from models import Application
from rules import Refusal, audit, scanner, upload
from rules.session import SignedInStaff
from rules.upload import verdicts

log = logging.getLogger("madoguchi.files")

# (reason, the file within the file, detail for the log) of a file by its name; "" as the reason is a yes.
Inspect = Callable[[str, BinaryIO], tuple[str, str, str]]
# The reason given when too many wait for an inspection; nothing was found out about the file.
BUSY = "busy"


class Scanned(Protocol):
    """What the scanner said (outside.antivirus.Verdict)."""

    @property
    def clean(self) -> bool: ...
    @property
    def word(self) -> str: ...
    @property
    def virus(self) -> str: ...
    @property
    def reason(self) -> str: ...


Scan = Callable[[BinaryIO], Scanned]


@dataclass(frozen=True)
class Accepted:
    """A file that may be stored: the name to keep, its media type, and the scanner's word."""

    name: str
    media_type: str
    verdict: str


def accept(
    question: dict[str, Any],
    name: str,
    size: int,
    stream: BinaryIO,
    *,
    inspect: Inspect,
    scan: Scan,
    **about: int | None,
) -> Accepted:
    """What may be stored of a file that came for a question, or a Refusal with its sentence.

    Both partners are slow: this is never called inside a transaction. `about` says in the audit log where a virus came.
    """

    def looked_into(kept: str, content: BinaryIO) -> verdicts.Verdict:
        content.seek(0)
        reason, inside, detail = inspect(kept, content)
        if reason == BUSY:
            log.warning("no room to inspect a file: %s", detail)
            raise Refusal(f"ただいま混み合っています。「{kept}」は、少し待ってから、もう一度添付してください。")
        if reason:
            log.info("a file was refused: %s %s", reason, detail)
        return verdicts.of(reason, inside, detail) if reason else verdicts.OK

    kept, media_type = upload.check(question, name, size, stream, looked_into)
    return Accepted(kept, media_type, _scanned(kept, stream, scan, about))


def _scanned(name: str, stream: BinaryIO, scan: Scan, about: dict[str, int | None]) -> str:
    verdict = scan(stream)
    stream.seek(0)
    if verdict.clean:
        return verdict.word
    if verdict.virus:
        log.warning("a file with a virus was refused: %s", verdict.virus)
        audit.record("virus_found", virus=verdict.virus, **about)  # type: ignore[arg-type]
        raise Refusal(
            f"「{name}」から、ウイルスの疑いがあるものが見つかったため、受け付けませんでした。"
            "お使いの機器をウイルス対策ソフトで調べてください。書類は、別の機器で作り直すか、紙でお出しください。"
        )
    log.error("no verdict of the virus scanner: %s", verdict.reason)
    scanner.note(verdict.reason)
    raise Refusal(
        f"ただいまウイルス検査ができません。「{name}」は、あとでもう一度添付してください。ほかの入力は残っています。"
    )


def withheld(name: str, verdict: Scanned) -> str:
    """Why staff do not get a file that was scanned again when they opened it."""
    if verdict.virus:
        return (
            f"「{name}」から、ウイルスの疑いがあるもの（{verdict.virus}）が見つかったため、お渡しできません。"
            "情報システムの担当者に知らせ、申請した方には、別の方法で出し直していただいてください。"
        )
    return (
        f"ただいまウイルス検査ができないため、「{name}」をお渡しできません。しばらくしてから、もう一度開いてください。"
    )


def note_withheld(staff: SignedInStaff, application: Application, file: int, verdict: Scanned) -> None:
    """Record that staff did not get a file, and why."""
    audit.record(
        "file_withheld",
        staff=staff,
        application=application.id,
        division=application.division_id,
        file=file,
        virus=verdict.virus,
        reason=verdict.reason,
    )
    if not verdict.virus:
        scanner.note(verdict.reason)
