"""The table the bench prints: each figure with its goal, and whether it was reached."""

from __future__ import annotations

import unicodedata

from bench.load import Figures

_HEAD = (
    "",
    "clients",
    "req/s",
    "p50 ms",
    "p99 ms",
    "yardstick",
    "ratio",
    "goal",
    "p99/p50",
    "goal",
    "its own",
    "failed",
    "",
)


class Table:
    """Collected while measuring, printed at the end; `reached` is False as soon as one goal was missed."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, ...]] = []
        self._goals: list[tuple[str, ...]] = []
        self._notes: list[str] = []
        self.reached = True

    def row(self, name: str, clients: int, found: Figures, against: Figures, *, ratio: float, spread: float) -> None:
        """One page or act at one number of clients, beside its yardstick."""
        reached = found.rate / against.rate
        tail = found.p99 / found.p50
        good = reached >= ratio and not found.failed and (clients == 1 or tail <= spread)
        self.reached &= good
        self._rows.append((
            name, str(clients), f"{found.rate:.0f}", f"{found.p50:.2f}", f"{found.p99:.2f}", f"{against.rate:.0f}",
            f"{reached:.2f}", f">= {ratio}", f"{tail:.1f}", f"<= {spread:g}" if clients > 1 else "",
            f"{against.p99 / against.p50:.1f}", str(found.failed), _word(good),
        ))  # fmt: skip
        print(f"  {name}, {clients}: {found.rate:.0f}/s of {against.rate:.0f}/s", flush=True)

    def goal(self, name: str, value: float | None, unit: str, limit: float, *, at_least: bool = False) -> None:
        """A single figure with its limit; None where the system cannot tell."""
        if value is None:
            self._goals.append((name, "not measured here", "", ""))
            return
        good = value >= limit if at_least else value <= limit
        self.reached &= good
        shown = f"{value:.0f}" if float(value).is_integer() else f"{value:.2f}"
        self._goals.append((name, f"{shown} {unit}", f"{'>=' if at_least else '<='} {limit:g}", _word(good)))

    def compare(self, name: str, one: float | None, other: float | None, unit: str, worse: float) -> None:
        """A figure of the town and of the larger one; for a rate, less is worse."""
        if one is None or other is None:
            return
        factor = (one / other if unit == "/s" else other / one) if one and other else 1.0
        good = factor <= worse
        self.reached &= good
        self._goals.append((name, f"{one:.2f} -> {other:.2f} {unit}", f"x {factor:.2f} <= {worse}", _word(good)))
        print(f"  {name}: {one:.2f} -> {other:.2f} {unit}", flush=True)

    def note(self, text: str) -> None:
        self._notes.append(text)

    def print(self) -> None:
        print()
        if self._rows:
            _print([_HEAD, *self._rows])
        if self._goals:
            _print(self._goals)
        for note in self._notes:
            print(note)
        print("every goal reached" if self.reached else "NOT every goal was reached", flush=True)


def _word(good: bool) -> str:
    return "reached" if good else "MISSED"


def _print(rows: list[tuple[str, ...]]) -> None:
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip())
    print()


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
