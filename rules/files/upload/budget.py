"""What one inspection may cost: bytes, entries and seconds, shared by all levels of a file within a file."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from rules.files.upload.verdicts import Found

MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Figures that hold on real files: honest ones stay far below."""

    entries: int = 2_000
    directory: int = 4 * MEGABYTE
    member: int = 100 * MEGABYTE
    total: int = 200 * MEGABYTE
    ratio: int = 300
    ratio_from: int = 10 * MEGABYTE
    depth: int = 3
    seconds: float = 15.0
    pieces: int = 200_000
    pixels: int = 1_000 * 1000 * 1000


class Budget:
    """Counts down over one inspection; raises Found when something is used up."""

    def __init__(self, limits: Limits, ticking: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits
        self._ticking = ticking
        self._until = ticking() + limits.seconds
        self._entries = 0
        self._pieces = 0
        self._total = 0

    def tick(self) -> None:
        if self._ticking() > self._until:
            raise Found("slow", f"over {self.limits.seconds} s")

    def entry(self) -> None:
        self._entries += 1
        if self._entries > self.limits.entries:
            raise Found("many", f"over {self.limits.entries} entries")
        if self._entries % 50 == 0:
            self.tick()

    def piece(self) -> None:
        """A block, segment or record: a file cut into crumbs takes long to walk through."""
        self._pieces += 1
        if self._pieces > self.limits.pieces:
            raise Found("slow", f"over {self.limits.pieces} pieces")
        if self._pieces % 256 == 0:
            self.tick()

    def spend(self, count: int) -> None:
        """Bytes that came out of something packed."""
        self._total += count
        if self._total > self.limits.total:
            raise Found("bomb", f"over {self.limits.total} bytes in all")
        self.tick()
