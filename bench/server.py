"""A server of the bench: started as a process of its own, watched for memory and for locked databases."""

from __future__ import annotations

import atexit
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A Python program that prints `ready` and then serves on 127.0.0.1."""

    def __init__(self, name: str, arguments: list[str], log: Path, **environ: str) -> None:
        self.name, self._log = name, log
        began = time.perf_counter()
        self._errors = open(log, "w", encoding="utf-8")  # noqa: SIM115 - the process writes it
        self.process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env={**os.environ, "PYTHONIOENCODING": "utf-8", **environ},
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            encoding="utf-8",
        )
        atexit.register(self.process.kill)  # when the bench itself fails
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.strip() == "ready":
                break
        else:
            raise SystemExit(f"{name} did not start: see {log}")
        self.start_seconds = time.perf_counter() - began

    def memory(self) -> float | None:
        """Resident memory in MB, where the system tells."""
        status = Path(f"/proc/{self.process.pid}/status")
        if not status.exists():
            return None
        found = re.search(r"VmRSS:\s+(\d+) kB", status.read_text(encoding="ascii"))
        return int(found[1]) / 1024 if found else None

    def said(self, word: str) -> int:
        """How many lines of its log hold a word."""
        return sum(word in line for line in self._log.read_text(encoding="utf-8").splitlines())

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._errors.close()
