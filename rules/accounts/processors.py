"""Which processors a thread runs on; the one place that asks the system, and does nothing where it cannot.

Python runs one thread at a time. Spread over several processors its threads wake each other up more than they work:
eight clients at once got a sixth of the pages that one got alone (docs/decisions/0011).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

# As the process was started, before anything was narrowed.
_ALL = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()


def keep_to_one() -> None:
    """Keep this thread, and every thread it starts from now on, on one processor."""
    if len(_ALL) > 1:
        os.sched_setaffinity(0, {max(_ALL)})


def use_all() -> None:
    """Let this thread run anywhere: it works outside Python's lock."""
    if len(_ALL) > 1:
        os.sched_setaffinity(0, _ALL)


_moving = threading.Lock()


@contextmanager
def apart() -> Iterator[None]:
    """For moving many bytes, from a form to the disk: one thread at a time, on any processor.

    Eight at once would stand in the way of pages at every step of theirs; in turn they are through no later.
    """
    before = os.sched_getaffinity(0) if len(_ALL) > 1 else set()
    with _moving:
        use_all()
        try:
            yield
        finally:
            if before:
                os.sched_setaffinity(0, before)
