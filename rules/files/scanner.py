"""ウイルス検査: how the scanner is, as staff are told of it; what asks it stands in outside/antivirus."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Protocol

import clock
import config
from models import Job, transaction

# The job that asks the scanner how it is; its row keeps the answer for the pages of staff.
JOB = "check_scanner"
OLD = timedelta(days=3)

_OFF = "添付ファイルのウイルス検査をしていません。情報システムの担当者に知らせてください。"
_UNKNOWN = "添付ファイルのウイルス検査の状態を確かめられません。情報システムの担当者に知らせてください。"
_TELL = "情報システムの担当者に知らせてください。"


class Trouble(Exception):
    """A sentence for staff on what is wrong with the scanner."""


class State(Protocol):
    """How the scanner is (outside.antivirus.State)."""

    @property
    def off(self) -> bool: ...
    @property
    def trouble(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def signatures(self) -> date | None: ...


def judge(state: State, today: date) -> None:
    """Raise Trouble where no file can be scanned, or only with signatures too old to be of use."""
    if state.trouble:
        raise Trouble(_away(state.trouble))
    if state.signatures is not None and today - state.signatures > OLD:
        days = (today - state.signatures).days
        raise Trouble(f"添付ファイルのウイルス検査の定義ファイルが古くなっています（{days}日前のもの）。{_TELL}")


def _away(reason: str) -> str:
    return f"添付ファイルのウイルス検査ができないため、添付を受け付けていません（{reason}）。{_TELL}"


def note(reason: str) -> None:
    """A file could not be scanned: staff are told at once, until the job finds the scanner well again."""
    sentence = _away(reason)
    with transaction():
        Job.insert(name=JOB).on_conflict_ignore().execute()
        Job.update(last_error=sentence).where((Job.name == JOB) & (Job.last_error != sentence)).execute()


def warnings() -> list[str]:
    """What stands on top of every page of staff; asks the database once, and not at all when scanning is off."""
    if config.settings().files.virus_scan == "off":
        return [_OFF]
    job = Job.row("name = {}", JOB)
    if job is None or not job.last_error:
        return []
    return [str(job.last_error) if job.last_error.endswith(_TELL) else _UNKNOWN]


def findings(state: State) -> list[str]:
    """The same for doctor's report."""
    if state.off:
        return ['WARNING attached files are not scanned for viruses ([files] virus_scan = "off")']
    if state.trouble:
        return [f"ERROR no file can be attached, since the virus scanner gives no verdict: {state.trouble}"]
    if state.signatures is not None and clock.today() - state.signatures > OLD:
        return [f"WARNING the virus scanner's signatures are old, of {state.signatures}"]
    return []
