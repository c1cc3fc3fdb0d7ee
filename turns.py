"""Taking turns: first come, first served."""

from __future__ import annotations

import threading
from collections import deque


class Turns:
    """A lock that is passed on in the order of asking; the thread that has it may take it once more.

    Python's own lets the quick overtake the waiting, and somebody's request is overtaken again and again.
    """

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._waiting: deque[tuple[int, threading.Lock]] = deque()
        self._holder = 0
        self._depth = 0

    def __enter__(self) -> None:
        me, gate = threading.get_ident(), None
        with self._mutex:
            if self._holder in (0, me):
                self._holder, self._depth = me, self._depth + 1
            else:
                gate = threading.Lock()
                gate.acquire()
                self._waiting.append((me, gate))
        if gate is not None:
            gate.acquire()

    def __exit__(self, *_: object) -> None:
        with self._mutex:
            self._depth -= 1
            if self._depth:
                return
            self._holder = 0
            if self._waiting:
                self._holder, gate = self._waiting.popleft()
                self._depth = 1
                gate.release()
