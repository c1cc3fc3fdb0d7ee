"""Looking into files in helper processes: one that hangs, dies or is slow harms no other."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
import time

import files_to_upload as files
import pytest

import config
from outside import inspector
from outside.inspector import Inspector
from rules.files.upload import inspect

# The real worker, in which some names make it hang, die or print.
_TROUBLED = """
import os, sys, time
from rules.files.upload import worker
real = worker.inspect
def inspect(name, stream):
    if name.startswith("hang"):
        time.sleep(60)
    if name.startswith("deaf"):
        os.close(0)
        time.sleep(60)
    if name.startswith("die"):
        os._exit(3)
    if name.startswith("slow"):
        time.sleep(0.5)
    print("a library that prints")
    return real(name, stream)
worker.inspect = inspect
worker.main()
"""


@pytest.fixture
def troubled():
    made = []

    def make(deadline: float = 10.0, wait: float = 20.0) -> Inspector:
        made.append(Inspector((sys.executable, "-c", _TROUBLED), deadline, wait))
        return made[-1]

    yield make
    for one in made:
        one.end()


def ask(one: Inspector, name: str, content: bytes = files.pdf()) -> tuple[str, str, str]:  # noqa: B008
    return one.inspect(name, io.BytesIO(content))


@pytest.fixture(scope="module")
def real():
    made = Inspector()
    yield made
    made.end()


def test_the_same_verdicts_as_without_a_helper(real):
    """R-4.2: reason and the file within the file come back whole, whatever the name."""
    assert ask(real, "住民票.pdf") == ("", "", "")
    assert ask(real, "\udce3壊れた名前.pdf") == ("", "", "")
    assert ask(real, "写真.jpg")[0] == "mismatch"
    assert ask(real, "書類.zip", files.zipped({"手順\n書.bat": b"dir"}))[:2] == ("script", "手順\n書.bat")
    large = files.pdf() + bytes(10 * 1024 * 1024)
    assert ask(real, "大.pdf", large)[0] == inspect("大.pdf", io.BytesIO(large)).reason
    assert len(real._idle) == 1, "one after the other needs one helper"


def test_a_hanging_file_is_refused_at_its_deadline_and_stops_nobody(troubled):
    """R-4.2: two files hang; others wait their turn and pass; the helpers that hung are gone."""
    one = troubled(deadline=1.5)
    assert ask(one, "a.pdf")[0] == ""
    told: dict[str, tuple[str, str, str]] = {}

    def inspect(name: str) -> None:
        told[name] = ask(one, name)

    began = time.monotonic()
    asking = [threading.Thread(target=inspect, args=(name,)) for name in ("hang1.pdf", "deaf.pdf", "b.pdf", "c.pdf")]
    for thread in asking:
        thread.start()
        time.sleep(0.1)
    for thread in asking:
        thread.join()
    assert told["hang1.pdf"][0] == told["deaf.pdf"][0] == "slow"
    assert told["b.pdf"][0] == told["c.pdf"][0] == ""
    assert time.monotonic() - began < 6
    assert all(helper.usable for helper in one._idle)


def test_one_that_does_not_read_is_killed_too(troubled):
    """More than a pipe holds is written to a helper that is still asleep."""
    one = Inspector((sys.executable, "-c", "import time; print('ready', flush=True); time.sleep(60)"), 1.0)
    began = time.monotonic()
    assert ask(one, "a.pdf", bytes(3_000_000))[0] == "slow"
    assert time.monotonic() - began < 4


def test_a_helper_that_dies_is_replaced(troubled):
    one = troubled()
    reason, _, detail = ask(one, "die.pdf")
    assert reason == "damaged" and "3" in detail
    assert ask(one, "a.pdf")[0] == ""


def test_two_at_a_time(troubled):
    """Four of half a second take one second and not a half, and two helpers did it."""
    one = troubled()
    both = [threading.Thread(target=ask, args=(one, f"slow{n}.pdf")) for n in range(2)]  # start the helpers
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    began = time.monotonic()
    four = [threading.Thread(target=ask, args=(one, f"slow{n}.pdf")) for n in range(4)]
    for thread in four:
        thread.start()
    for thread in four:
        thread.join()
    assert time.monotonic() - began > 0.95
    assert len(one._idle) == 2


def test_who_waits_too_long_or_in_too_long_a_line_is_asked_to_come_again(troubled):
    """R-3.6: no thread waits without end."""
    one = troubled(deadline=2.0, wait=0.3)
    told: list[str] = []
    many = [threading.Thread(target=lambda n=n: told.append(ask(one, f"hang{n}.pdf")[0])) for n in range(12)]
    for thread in many:
        thread.start()
    for thread in many:
        thread.join()
    assert sorted(told) == ["busy"] * 10 + ["slow"] * 2


@pytest.mark.parametrize(
    "command",
    [
        ("/nowhere/python",),
        (sys.executable, "-c", "raise SystemExit(7)"),
        (sys.executable, "-c", "print('no such module', flush=True)"),
        (sys.executable, "-c", "import time; time.sleep(60)"),
    ],
)
def test_a_helper_that_does_not_start_is_not_the_files_fault(command, caplog):
    one = Inspector(command, deadline=1.0)
    assert ask(one, "a.pdf")[0] == "away"
    assert "ERROR" in [record.levelname for record in caplog.records]
    assert one.trouble()


def test_no_trouble_where_helpers_start(real):
    assert real.trouble() == ""


def test_a_helper_ends_when_its_program_is_gone():
    """Killed hard, the program cannot say goodbye; the pipe does."""
    code = "import io, os, sys; from outside import inspector as i; i.inspect('a.pdf', io.BytesIO(b'%PDF-'));"
    code += "print(i._inspector._idle[0].process.pid, flush=True); os._exit(9)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=config.PROGRAM, capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 9, done.stderr
    until = time.monotonic() + 10
    while _alive(int(done.stdout)):
        assert time.monotonic() < until
        time.sleep(0.05)


def _alive(process: int) -> bool:
    if os.name != "posix":
        pytest.skip("os.kill() asks on POSIX only")
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    # One that ended and was not yet waited for.
    state = f"/proc/{process}/stat"
    if os.path.exists(state):  # noqa: PTH110
        with open(state, encoding="ascii") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    return True


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="processors are told on Linux only")
def test_helpers_do_not_share_the_processor_of_the_pages():
    """Threads that make pages are kept on one processor; what they start must not be."""
    before, one = os.sched_getaffinity(0), Inspector()
    os.sched_setaffinity(0, {max(before)})
    try:
        ask(one, "a.pdf")
        assert os.sched_getaffinity(one._idle[0].process.pid) == inspector._PROCESSORS == before
    finally:
        os.sched_setaffinity(0, before)
        one.end()


def test_the_end_of_the_program_ends_idle_helpers():
    one = Inspector()
    ask(one, "a.pdf")
    process = one._idle[0].process
    one.end()
    assert process.returncode is not None and one._idle == []
