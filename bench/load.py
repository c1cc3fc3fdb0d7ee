"""Loading a server from another process: wrk where it is installed, else the bench's own client."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from bench.server import ROOT

TURNS = 3
WRK = shutil.which("wrk")
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


@dataclass(frozen=True)
class Figures:
    """Requests a second, and the time half and 99 of 100 stayed under, in milliseconds."""

    rate: float
    p50: float
    p99: float
    requests: int
    failed: int


def pages(url: str, cookie: str, clients: int, seconds: float) -> Figures:
    """Ask for one page as often as can be."""
    if WRK is None:
        return _own(url, "--clients", clients, "--seconds", seconds, "--cookie", cookie)
    command = [WRK, "-t1", f"-c{clients}", f"-d{max(1, round(seconds))}s", "--latency", "--timeout", "30s"]
    command += ["-H", f"Cookie: {cookie}"] if cookie else []
    said = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
    requests = int(re.search(r"(\d+) requests in", said)[1])  # type: ignore[index]
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    sockets = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", said)
    failed = int(wrong[1]) if wrong else 0
    failed += sum(map(int, sockets.groups())) if sockets else 0
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])  # type: ignore[index]
    return Figures(rate, _time(said, "50"), _time(said, "99"), requests, failed)


def _time(said: str, percent: str) -> float:
    number, unit = re.search(percent + r"%\s+([\d.]+)(us|ms|s|m)\b", said).groups()  # type: ignore[union-attr]
    return float(number) * _UNITS[unit]


def posts(url: str, work: Path, clients: int, seconds: float, *, rate: float = 0, good: str = "") -> Figures:
    """Send the POSTs of a file, each once."""
    return _own(url, "--clients", clients, "--seconds", seconds, "--posts", work, "--rate", rate, "--good", good)


def in_turn(seconds: float, *measures: Callable[[float], Figures]) -> list[Figures]:
    """Each measure's best of several turns, turn and turn about: what else the machine does only ever adds."""
    found: list[list[Figures]] = [[] for _ in measures]
    for _ in range(TURNS):
        for measure, figures in zip(measures, found, strict=True):
            figures.append(measure(max(seconds / TURNS, 1)))
    best = [max(figures, key=lambda one: one.rate) for figures in found]
    failures = [sum(one.failed for one in figures) for figures in found]
    return [replace(one, failed=failed) for one, failed in zip(best, failures, strict=True)]


def _own(*arguments: object) -> Figures:
    command = [sys.executable, "-m", "bench.client", *map(str, arguments)]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return Figures(**json.loads(said))


def in_background(url: str, work: Path, clients: int, seconds: float) -> subprocess.Popen[str]:
    """POSTs over and over beside something else; its stdout holds the figures at the end."""
    command = [sys.executable, "-m", "bench.client", url, "--posts", str(work), "--repeat"]
    command += ["--clients", str(clients), "--seconds", str(seconds)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
