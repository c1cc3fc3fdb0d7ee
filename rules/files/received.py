"""A file on its way in: every check in its order, before anything is stored: size, kind, structure, virus scan."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol

from rules import Refusal
from rules.files import scanner, upload
from rules.files.upload import verdicts
from rules.records import audit

log = logging.getLogger("madoguchi.files")

# (reason, the file within the file, detail for the log) of a file by its name; "" as the reason is a yes.
Inspect = Callable[[str, BinaryIO], tuple[str, str, str]]
# The reason given when too many wait for an inspection; nothing was found out about the file.
BUSY = "busy"
# The reason given when the inspection does not start at all, as on a machine without memory.
AWAY = "away"
# The applications of which a file is in inspection: one that takes long must not keep the others of a town waiting.
_inspected: set[int] = set()
_one_each = threading.Lock()


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
    @property
    def busy(self) -> bool: ...


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
        with _turn(about.get("application"), kept):
            reason, inside, detail = inspect(kept, content)
        if reason == BUSY:
            log.warning("no room to inspect a file: %s", detail)
            raise _too_many(kept)
        if reason == AWAY:
            log.error("no file can be inspected: %s", detail)
            raise Refusal(
                f"ただいまファイルの検査ができません。「{kept}」は、あとでもう一度添付してください。ほかの入力は残っています。"
            )
        if reason:
            log.info("a file was refused: %s %s", reason, detail)
        return verdicts.of(reason, inside, detail) if reason else verdicts.OK

    kept, media_type = upload.check(question, name, size, stream, looked_into)
    return Accepted(kept, media_type, _scanned(kept, stream, scan, about))


def _too_many(name: str) -> Refusal:
    return Refusal(f"ただいま混み合っています。「{name}」は、少し待ってから、もう一度添付してください。")


@contextmanager
def _turn(application: int | None, name: str) -> Iterator[None]:
    """One file of an application at a time: eight slow ones posted at once would shut out everybody else."""
    if application is None:
        yield
        return
    with _one_each:
        if application in _inspected:
            raise _too_many(name)
        _inspected.add(application)
    try:
        yield
    finally:
        with _one_each:
            _inspected.discard(application)


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
    if verdict.busy:
        raise _too_many(name)
    log.error("no verdict of the virus scanner: %s", verdict.reason)
    scanner.note(verdict.reason)
    raise Refusal(
        f"ただいまウイルス検査ができません。「{name}」は、あとでもう一度添付してください。ほかの入力は残っています。"
    )
