"""Eight uploads of 10 MB at once while others browse: how late pages come then, and what it costs in memory.

`python bench/uploads_load.py --help`. The table is that of bench/http.py: every figure with its goal.
"""

from __future__ import annotations

import sys
from pathlib import Path

# The folder of this file must not stand in the search path: it would hide the standard library's http.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

import argparse  # noqa: E402
import http.client  # noqa: E402
import itertools  # noqa: E402
import re  # noqa: E402
import secrets  # noqa: E402
import shutil  # noqa: E402
import statistics  # noqa: E402
import threading  # noqa: E402
import time  # noqa: E402

from bench import fill, load  # noqa: E402
from bench.http import OUT, Place, _place  # noqa: E402
from bench.server import Server, free_port  # noqa: E402
from bench.table import Table  # noqa: E402
from rules.values import secrecy  # noqa: E402
from web import visit  # noqa: E402

MEGABYTE = 1024 * 1024
AT_ONCE, SIZE = 8, 10 * MEGABYTE
LATER, MEMORY = 2.0, 150.0
# The middle of several, of each alike: one turn in which the machine did something else decides nothing.
TURNS = 6
PAGES = ("town page", "guidance page", "input page, signed in")
_BOUNDARY = "----bench" + "0" * 16


def main() -> None:
    options = _options()
    report = Table()
    beside = _second(fill.town(OUT, 1))
    elsewhere = Uploads(beside, options)
    place = _place(1, options)
    uploads = Uploads(place, options)
    for name in PAGES:
        _page(place, name)
    time.sleep(1)
    rest = _memory(place.server.process.pid)
    for name in PAGES:
        _compare(report, place, name, uploads, elsewhere)
    took = f"half within {statistics.median(uploads.seconds):.2f} s, the longest {max(uploads.seconds):.2f} s"
    report.note(f"{len(uploads.seconds)} uploads of 10 MB, {AT_ONCE} at a time: {took}")
    report.note(f"memory at rest {rest:.0f} MB, at most {uploads.memory:.0f} MB; the app alone {uploads.alone:.0f} MB")
    report.goal("memory above rest, helper processes included", uploads.memory - rest, "MB", MEMORY)
    report.goal("uploads refused or lost", uploads.failed + elsewhere.failed, "", 0)
    report.goal("answers 500 in the log", place.server.said("Traceback"), "", 0)
    for one in (place, beside):
        one.server.stop()
    report.print()
    sys.exit(0 if report.reached else 1)


def _second(made: Path) -> Place:
    """Another service on a copy of the folder: uploads to it show what the machine costs, and not the program."""
    data = OUT / "run-beside"
    shutil.rmtree(data, ignore_errors=True)
    shutil.copytree(made, data)
    url = f"http://127.0.0.1:{free_port()}"
    fill.settings(data, url)
    arguments = ["app.py", "--data", str(data), "--listen", url.removeprefix("http://")]
    return Place(data, url, Server("the other app", arguments, OUT / "run-beside.log"), fill.sign_in(), {})


def _compare(report: Table, place: Place, name: str, uploads: Uploads, elsewhere: Uploads) -> None:
    """A page quiet, while eight upload to another service, and while eight upload to this one, turn and turn about."""
    quiet, other, own = [], [], []
    for _ in range(TURNS):
        quiet.append(_page(place, name))
        with elsewhere:
            other.append(_page(place, name))
        with uploads:
            own.append(_page(place, name))
    before, machine, during = (statistics.median(one.p99 for one in found) for found in (quiet, other, own))
    report.note(f"{name}: p99 quiet {before:.2f} ms, uploads elsewhere {machine:.2f} ms, uploads here {during:.2f} ms")
    report.goal(f"{name}: p99 while eight upload / quiet p99", during / before, "", LATER)
    report.goal(f"{name}: p99 while eight upload / the same to another service", during / machine, "", LATER)
    report.goal(f"{name}: failed", sum(one.failed for one in own), "", 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pause", type=float, default=0, help="seconds between two uploads of one browser")
    parser.add_argument("--no-jobs", action="store_true", help="serve without the jobs beside it")
    return parser.parse_args()


def _page(place: Place, name: str) -> load.Figures:
    path, cookie = place.asked[name]
    return load.pages(place.url + path, cookie, 1, 1)


# ---------------------------------------------------------------- the uploads


class Uploads:
    """Eight browsers that send a file of 10 MB each, again and again, until the block is left."""

    def __init__(self, place: Place, options: argparse.Namespace) -> None:
        self._place, self._pause = place, options.pause
        self._drafts = itertools.cycle(fill.drafts(400))
        self._next = threading.Lock()
        self._content = _pdf()
        self.seconds: list[float] = []
        self.failed = 0
        self.memory = self.alone = 0.0

    def __enter__(self) -> Uploads:
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._browser) for _ in range(AT_ONCE)]
        self._threads.append(threading.Thread(target=self._watch))
        for thread in self._threads:
            thread.start()
        time.sleep(0.5)
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _watch(self) -> None:
        pid = self._place.server.process.pid
        while not self._over.wait(0.05):
            self.memory = max(self.memory, _memory(pid))
            self.alone = max(self.alone, self._place.server.memory() or 0)

    def _browser(self) -> None:
        while not self._over.is_set():
            with self._next:
                key, who = next(self._drafts)
            began = time.perf_counter()
            status, target = self._send(key, self._place.tokens[str(who)], who)
            self.seconds.append(time.perf_counter() - began)
            if status != 302 or "#q-" not in target:
                self.failed += 1
            self._over.wait(self._pause)

    def _send(self, key: int, token: str, who: int) -> tuple[int, str]:
        csrf = visit._signed(f"r{who}-{secrecy.token_hash(token)[:32]}")
        fields = (("csrf", csrf), ("act_attach.certificate", "添付する"))
        text = "".join(
            f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields
        )
        head = (
            'Content-Disposition: form-data; name="certificate"; filename="済証.pdf"\r\nContent-Type: application/pdf'
        )
        body = f"{text}--{_BOUNDARY}\r\n{head}\r\n\r\n".encode() + self._content + f"\r\n--{_BOUNDARY}--\r\n".encode()
        connection = http.client.HTTPConnection("127.0.0.1", self._place.port, timeout=120)
        headers = {"Cookie": f"madoguchi={token}", "Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}
        try:
            connection.request("POST", f"/applications/{key}/pages/dog", body, headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status, answer.getheader("Location") or ""
        finally:
            connection.close()


def _pdf() -> bytes:
    """10 MB that are one scanned page, as an inspection sees it."""
    head = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
    head += b"2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\n3 0 obj\n<< >>\nstream\n"
    tail = b"\nendstream\nendobj\ntrailer\n<< /Size 4 /Root 1 0 R >>\n%%EOF\n"
    return head + secrets.token_bytes(SIZE - len(head) - len(tail)) + tail


# ---------------------------------------------------------------- memory


def _memory(pid: int) -> float:
    """Resident memory of a process and of all it started, in MB; 0 where the system does not tell."""
    total, waiting = 0.0, [pid]
    while waiting:
        one = Path(f"/proc/{waiting.pop()}")
        try:
            total += int(re.search(r"VmRSS:\s+(\d+)", (one / "status").read_text(encoding="ascii"))[1]) / 1024  # type: ignore[index]
            for thread in (one / "task").iterdir():
                waiting += [int(child) for child in (thread / "children").read_text(encoding="ascii").split()]
        except (OSError, TypeError):
            continue
    return total


if __name__ == "__main__":
    main()
