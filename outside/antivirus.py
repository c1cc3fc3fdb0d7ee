"""The virus scanner: asked before a file is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

import config


@dataclass(frozen=True)
class Verdict:
    """What the scanner said; `word` is kept with the file and shown to staff."""

    clean: bool
    word: str


def scan(_stream: BinaryIO) -> Verdict:
    """Ask the scanner that config.toml names; "off" lets files pass unscanned, and says so. No verdict, no file."""
    if config.settings().files.virus_scan == "off":
        return Verdict(True, "未検査")
    return Verdict(False, "検査できません")
