"""Looking into a file in a helper process: one that hangs or dies takes nothing else along.

Two helpers at most work at a time. A file that is not through at its deadline is refused and its helper killed; the
next file gets a new one.
"""

from __future__ import annotations

import atexit
import contextlib
import io
import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from typing import BinaryIO

import config

log = logging.getLogger("madoguchi.files")

COMMAND = (sys.executable, "-m", "rules.files.upload.worker")
DEADLINE = 15.0
AT_ONCE = 2
_WAITING_AT_MOST = 6
_LONGEST_WAIT = 30.0
# What a library leaks goes with its process.
_FILES_EACH = 500
_PIECE = 256 * 1024

# As the program was started: the threads that make pages are kept on one of them, and a helper would be too.
_PROCESSORS = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()

# reason, the file within the file, detail
Told = tuple[str, str, str]
BUSY, AWAY, SLOW, DIED = "busy", "away", "slow", "damaged"


class _Gone(Exception):
    """The helper hung up in the middle."""


class _NeverBegan(Exception):
    """The helper ended, hung or said something else before its first file: no file's fault."""


class _Helper:
    """One process and the pipes to it."""

    def __init__(self, command: Sequence[str]) -> None:
        self.process = subprocess.Popen(
            command,
            cwd=config.PROGRAM,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        if len(_PROCESSORS) > 1:
            os.sched_setaffinity(self.process.pid, _PROCESSORS)
        self.files = 0

    def ask(self, name: str, stream: BinaryIO, seconds: float) -> Told:
        """Its verdict; killing it at the deadline ends whichever of writing and reading it hangs in."""
        late = threading.Event()

        def kill() -> None:
            late.set()
            self.process.kill()

        alarm = threading.Timer(seconds, kill)
        alarm.daemon = True
        alarm.start()
        try:
            return self._converse(name, stream)
        except _NeverBegan:
            self.end()
            log.error("the inspection of files does not start: exit code %s", self.process.returncode)
            return AWAY, "", f"the inspection does not start: exit code {self.process.returncode}"
        except (OSError, ValueError, _Gone) as fault:
            self.end()
            if late.is_set():
                return SLOW, "", f"killed after {seconds:g} s"
            return DIED, "", f"the inspection died: exit code {self.process.returncode}, {fault}"
        finally:
            alarm.cancel()

    def _converse(self, name: str, stream: BinaryIO) -> Told:
        assert self.process.stdin is not None and self.process.stdout is not None
        if not self.files:
            self._begin()
        size = stream.seek(0, io.SEEK_END)
        stream.seek(0)
        encoded = name.encode("utf-8", "surrogatepass")
        self.process.stdin.write(len(encoded).to_bytes(4, "big") + size.to_bytes(4, "big") + encoded)
        while piece := stream.read(_PIECE):
            self.process.stdin.write(piece)
        self.process.stdin.flush()
        reason, inside, detail = json.loads(self._line())
        self.files += 1
        return str(reason), str(inside), str(detail)

    def _begin(self) -> None:
        try:
            ready = self._line() == b"ready"
        except (OSError, ValueError, _Gone):
            ready = False
        if not ready:
            raise _NeverBegan

    def _line(self) -> bytes:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line.endswith(b"\n"):
            raise _Gone("it hung up")
        return line.strip()

    @property
    def usable(self) -> bool:
        return self.process.poll() is None and self.files < _FILES_EACH

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):  # what was not written yet is not wanted any more
                    pipe.close()


class Inspector:
    """Helpers started when the first files come, and used again."""

    def __init__(self, command: Sequence[str] = COMMAND, deadline: float = DEADLINE, wait: float = _LONGEST_WAIT):
        self._command, self._deadline, self._wait = command, deadline, wait
        self._room = threading.BoundedSemaphore(AT_ONCE + _WAITING_AT_MOST)
        self._turn = threading.Semaphore(AT_ONCE)
        self._idle: list[_Helper] = []
        self._lock = threading.Lock()

    def inspect(self, name: str, stream: BinaryIO) -> Told:
        """(reason, the file within the file, detail); "" as the reason is a yes. Never an exception."""
        if not self._room.acquire(blocking=False):
            return BUSY, "", "too many are waiting"
        try:
            if not self._turn.acquire(timeout=self._wait):
                return BUSY, "", f"waited {self._wait:g} s"
            try:
                return self._ask(name, stream)
            finally:
                self._turn.release()
        finally:
            self._room.release()

    def _ask(self, name: str, stream: BinaryIO) -> Told:
        began = time.monotonic()
        try:
            helper = self._take()
        except OSError as fault:
            log.error("the inspection of files cannot be started: %s", fault)
            return AWAY, "", str(fault)
        told = helper.ask(name, stream, self._deadline)
        if helper.usable:
            with self._lock:
                self._idle.append(helper)
        else:
            helper.end()
            log.warning("an inspection ended after %.1f s: %s", time.monotonic() - began, told)
        return told

    def trouble(self) -> str:
        """Why no file can be looked into, or "": a helper is asked about a small one."""
        reason, _, detail = self.inspect("a.txt", io.BytesIO(b"some words"))
        return detail if reason == AWAY else ""

    def _take(self) -> _Helper:
        with self._lock:
            idle, self._idle = self._idle, []
            helper = idle.pop() if idle else None
            self._idle = idle
        if helper is not None and helper.usable:
            return helper
        if helper is not None:
            helper.end()
        return _Helper(self._command)

    def end(self) -> None:
        """End all helpers that are idle; those at work end when their pipes close."""
        with self._lock:
            idle, self._idle = self._idle, []
        for helper in idle:
            helper.end()


_inspector = Inspector()
inspect, trouble = _inspector.inspect, _inspector.trouble
atexit.register(_inspector.end)
