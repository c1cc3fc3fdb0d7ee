"""The real program as a process of its own, seen as its operator sees it: what it prints and which mails it sends."""

from __future__ import annotations

import email
import email.policy
import os
import queue
import subprocess
import sys
import threading
import time
from email.message import EmailMessage
from pathlib import Path
from typing import IO

PROGRAM = Path(__file__).resolve().parents[2]
NOW = "2026-11-24T10:00:00+09:00"  # a Tuesday
START_PATIENCE = 30.0
MAIL_PATIENCE = 20.0


class Program:
    """`python app.py …` from its start to its end; leaving a `with` leaves nothing running."""

    def __init__(self, data: Path, *arguments: str, listen: str = "127.0.0.1:0", now: str | None = NOW) -> None:
        environment = {**os.environ, "PYTHONUTF8": "1"}
        # Each line has to be flushed by the program itself, not by a setting of the interpreter.
        environment.pop("PYTHONUNBUFFERED", None)
        environment.pop("MADOGUCHI_NOW", None)
        if now:
            environment["MADOGUCHI_NOW"] = now
        command = [sys.executable, str(PROGRAM / "app.py"), "--data", str(data), "--listen", listen, *arguments]
        self.process = subprocess.Popen(
            command,
            cwd=data.parent,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        self.lines: list[str] = []
        self.errors: list[str] = []
        self._printed: queue.Queue[str | None] = queue.Queue()
        self._readers = [
            threading.Thread(target=self._read, args=(self.process.stdout, self._printed.put), daemon=True),
            threading.Thread(target=self._read, args=(self.process.stderr, self.errors.append), daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def _read(self, stream: IO[str], take) -> None:
        for line in stream:
            take(line.rstrip("\n"))
        if stream is self.process.stdout:
            take(None)

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def kill(self) -> None:
        """End it without asking, if it still runs."""
        if self.process.poll() is None:
            self.process.kill()
            self.ended()

    def wait_until_ready(self) -> Program:
        """Read what it prints up to "ready"."""
        deadline = time.monotonic() + START_PATIENCE
        while "ready" not in self.lines:
            try:
                line = self._printed.get(timeout=max(0.1, deadline - time.monotonic()))
            except queue.Empty:
                line = None
            if line is None:
                self.kill()
                raise AssertionError(f"it printed {self.lines}, then nothing more: {self.errors}")
            self.lines.append(line)
        return self

    def told(self, name: str) -> list[str]:
        """What follows `name: ` in the printed lines."""
        return [line.removeprefix(f"{name}: ") for line in self.lines if line.startswith(f"{name}: ")]

    @property
    def residents(self) -> str:
        return self.told("residents")[0]

    @property
    def staff(self) -> str:
        return self.told("staff")[0]

    def login(self, role: str) -> tuple[str, str]:
        """ID and password of the member of staff with this role."""
        return next((words[0], words[1]) for words in map(str.split, self.told("login")) if words[2] == role)

    def mails(self, to: str) -> list[EmailMessage]:
        """The mails sent to an address, oldest first."""
        folder = Path(self.told("mails")[0])
        found = [
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            for path in sorted(folder.glob("*.eml"))
        ]
        return [mail for mail in found if mail["To"] == to]

    def mail(self, to: str, subject: str) -> str:
        """The text of the newest mail with these words in its subject; waits for it."""
        deadline = time.monotonic() + MAIL_PATIENCE
        while time.monotonic() < deadline:
            found = [mail for mail in self.mails(to) if subject in mail["Subject"]]
            if found:
                return found[-1].get_content()
            time.sleep(0.1)
        raise AssertionError(f"no mail about {subject} to {to}: {[mail['Subject'] for mail in self.mails(to)]}")

    def stop(self) -> int:
        """SIGTERM (on Windows the end at once); returns how it ended."""
        if self.process.poll() is None:
            self.process.terminate()
        return self.ended()

    def ended(self, patience: float = 40) -> int:
        """Wait for its end and read the rest of what it had to say."""
        try:
            code = self.process.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        for reader in self._readers:
            reader.join(timeout=5)
        for stream in (self.process.stdout, self.process.stderr):
            stream.close()
        return code


def demo(data: Path, **options) -> Program:
    """The demo on a folder, ready."""
    return Program(data, "--demo", **options).wait_until_ready()
