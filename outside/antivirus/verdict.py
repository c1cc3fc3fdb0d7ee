"""What a scanner can answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Verdict:
    """Clean, or a virus by its name, or no verdict for a reason; `word` is kept with the file and shown to staff."""

    clean: bool
    word: str
    virus: str = ""
    reason: str = ""
    # The whole time passed without an answer.
    late: bool = False
    # Nobody was asked, since too many wait already: nothing is wrong with the scanner.
    busy: bool = False


@dataclass(frozen=True)
class State:
    """How a scanner is: `trouble` says why it cannot scan, `signatures` the day of what it knows, if it tells."""

    off: bool = False
    trouble: str = ""
    version: str = ""
    signatures: date | None = None


CLEAN = Verdict(True, "問題なし")
NOT_SCANNED = Verdict(True, "未検査")


def found(virus: str) -> Verdict:
    return Verdict(False, "ウイルスあり", virus=virus[:200] or "?")


BUSY = Verdict(False, "検査できません", reason="検査が混み合っています", busy=True)


def none(reason: str, *, late: bool = False) -> Verdict:
    return Verdict(False, "検査できません", reason=reason[:200], late=late)
