"""The virus scanner: asked before a file is stored and again when staff open it. No verdict, no file."""

from __future__ import annotations

import threading
import time
from typing import BinaryIO

import config
from outside.antivirus import clamd, defender
from outside.antivirus.verdict import BUSY, NOT_SCANNED, State, Verdict, none

__all__ = ["State", "Verdict", "scan", "state"]

# So many threads at most wait for a scanner; the others go on making pages.
_AT_ONCE = 8
_room = threading.BoundedSemaphore(_AT_ONCE)
# A scanner that let its whole time pass is not asked for a moment: each file of a form would wait as long again.
_REST = 10.0
_resting_until = 0.0


def scan(stream: BinaryIO) -> Verdict:
    """What the scanner that config.toml names says of the whole stream; never an exception.

    "off" lets files pass unscanned, and says so.
    """
    global _resting_until
    files = config.settings().files
    if files.virus_scan == "off":
        return NOT_SCANNED
    if time.monotonic() < _resting_until:
        return none("検査のプログラムが、少し前から返事をしていません", late=True)
    if not _room.acquire(blocking=False):
        return BUSY
    try:
        stream.seek(0)
        verdict = _scanner(files).scan(stream)
    finally:
        _room.release()
    if verdict.late:
        _resting_until = time.monotonic() + _REST
    return verdict


def state() -> State:
    """Whether the scanner answers at this moment, and how old what it knows is; never an exception."""
    files = config.settings().files
    if files.virus_scan == "off":
        return State(off=True)
    return _scanner(files).state()


def _scanner(files: config.FileSettings) -> clamd.Clamd | defender.Defender:
    if files.virus_scan == "clamd":
        return clamd.Clamd(files.clamd, files.scan_seconds)
    return defender.Defender(files.defender, files.scan_seconds)
