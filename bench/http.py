"""Measures the whole service over HTTP against its yardsticks and prints a table: `python bench/http.py --help`."""

from __future__ import annotations

import sys
from pathlib import Path

# The folder of this file must not stand in the search path: it would hide the standard library's http.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

import argparse  # noqa: E402
import json  # noqa: E402
import shutil  # noqa: E402
import subprocess  # noqa: E402
import time  # noqa: E402
from dataclasses import dataclass  # noqa: E402
from urllib.parse import urlencode  # noqa: E402
from urllib.request import urlopen  # noqa: E402

from bench import fill, load  # noqa: E402
from bench.load import Figures  # noqa: E402
from bench.server import ROOT, Server, free_port  # noqa: E402
from bench.table import Table  # noqa: E402
from rules.applications import submission  # noqa: E402
from rules.values import secrecy  # noqa: E402
from web import visit  # noqa: E402

OUT = ROOT / "bench" / "out"
CLIENTS = (1, 8)
PAGE_GOALS, SUBMISSION_GOAL = {1: 0.35, 8: 0.2}, 0.3
SPREAD = 5.0  # p99 over p50 at eight clients, and p99 while people sign in over the quiet one
AT_REST, AFTER_LOAD, START = 60.0, 100.0, 1.0
WORSE = 1.3
SLOW_RATE, SLOW_P99 = 100, 60.0


@dataclass
class Place:
    """A filled data folder with the app serving it, and what its pages are asked with."""

    data: Path
    url: str
    server: Server
    tokens: dict[str, str]
    asked: dict[str, tuple[str, str]]

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])


def main() -> None:
    options = _options()
    OUT.mkdir(exist_ok=True)
    (OUT / ".gitignore").write_text("*\n", encoding="utf-8")
    report = Table()
    if options.slow_fsync:
        _slow_fsync(report, options)
    elif options.times > 1:
        _compare(report, options)
    else:
        _ordinary(report, options)
    report.print()
    sys.exit(0 if report.reached else 1)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=9, help="how long each figure is measured")
    parser.add_argument("--times", type=int, default=1, help="compare with a town this many times as large")
    parser.add_argument("--slow-fsync", action="store_true", help="submissions only, with 5 ms more for each fsync")
    parser.add_argument("--no-jobs", action="store_true", help="serve without the jobs beside it")
    parser.add_argument("--only", default="", help="measure only pages whose name holds this")
    return parser.parse_args()


# ---------------------------------------------------------------- setting up


def _place(times: int, options: argparse.Namespace, **environ: str) -> Place:
    """Copy the filled folder, sign people in, start the app on it."""
    made = fill.town(OUT, times)
    data = OUT / f"run-{times}"
    shutil.rmtree(data, ignore_errors=True)
    shutil.copytree(made, data)
    url = f"http://127.0.0.1:{free_port()}"
    fill.settings(data, url)
    tokens = fill.sign_in()
    (written, _), *_ = fill.drafts(1, [fill.BUSY_RESIDENT])
    resident, clerk = f"madoguchi={tokens[str(fill.BUSY_RESIDENT)]}", f"madoguchi-staff={tokens['clerk']}"
    asked = {
        "town page": ("/", ""),
        "list page": ("/towns/064998/procedures", ""),
        "guidance page": (f"/procedures/{_dogs()}", ""),
        "input page, signed in": (f"/applications/{written}/pages/owner", resident),
        "history in マイページ": ("/mypage/history", resident),
        "staff inbox": ("/staff/", clerk),
    }
    arguments = ["app.py", "--data", str(data), "--listen", url.removeprefix("http://")]
    arguments += ["--no-jobs"] if options.no_jobs else []
    server = Server(f"the app on {data.name}", arguments, OUT / f"{data.name}.log", **environ)
    return Place(data, url, server, tokens, asked)


def _dogs() -> int:
    return int(fill.Procedure.get(fill.Procedure.slug == fill.DOGS).id)


def _yardstick(place: Place) -> tuple[Server, str]:
    """The same pages from constants, under the same waitress."""
    fill.settings(place.data, place.url)
    work = OUT / "asked.json"
    environs = {path: {"HTTP_COOKIE": cookie} if cookie else {} for path, cookie in place.asked.values()}
    work.write_text(json.dumps(environs), encoding="utf-8")
    port = free_port()
    arguments = ["-m", "bench.yardstick", "pages", str(place.data), "--port", str(port), "--asked", str(work)]
    return Server("the yardstick", arguments, OUT / "yardstick.log"), f"http://127.0.0.1:{port}"


# ---------------------------------------------------------------- measuring


def _page(url: str, asked: tuple[str, str], clients: int, seconds: float) -> Figures:
    path, cookie = asked
    return load.pages(url + path, cookie, clients, seconds)


def _submission(place: Place, clients: int, seconds: float, rate: float = 0) -> Figures:
    """Fresh drafts, then their final POSTs."""
    fill.settings(place.data, place.url)
    made = fill.drafts(int(seconds * (rate or 1500)) + clients)
    work = OUT / "submissions.txt"
    work.write_text("".join(_posts(place, made)), encoding="utf-8")
    _settle(place)
    return load.posts(place.url, work, clients, seconds, rate=rate, good="/done")


def _posts(place: Place, made: list[tuple[int, int]]) -> list[str]:
    digest = submission.sheet(fill.Application.get_by_id(made[0][0])).sha256
    lines = []
    for key, who in made:
        token = place.tokens[str(who)]
        csrf = visit._signed(f"r{who}-{secrecy.token_hash(token)[:32]}")
        body = urlencode({"csrf": csrf, "digest": digest, "act_submit": "申請する"})
        lines.append(f"madoguchi={token}\t/applications/{key}/submit\t{body}\n")
    return lines


def _settle(place: Place) -> None:
    """Let the app answer once and the disk come to rest before the clock runs."""
    with urlopen(place.url + "/") as answer:
        answer.read()
    time.sleep(0.3)


def _rows(place: Place, clients: int, seconds: float) -> Figures:
    """The submission's yardstick, in a process of its own on a copy of the same folder."""
    command = [sys.executable, "-m", "bench.yardstick", "rows", str(place.data)]
    command += ["--clients", str(clients), "--seconds", str(seconds)]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    found = json.loads(said)
    found.pop("rows")
    return Figures(**found)


# ---------------------------------------------------------------- the three reports


def _ordinary(report: Table, options: argparse.Namespace) -> None:
    place = _place(1, options)
    yard, yard_url = _yardstick(place)
    time.sleep(1)
    with urlopen(place.url + "/") as answer:
        answer.read()
    rest = place.server.memory()
    report.goal("start until `ready`", place.server.start_seconds, "s", START)
    report.goal("memory at rest", rest, "MB", AT_REST)
    for name, asked in place.asked.items():
        if options.only in name:
            for clients in CLIENTS:
                against, found = load.in_turn(
                    options.seconds,
                    lambda seconds: _page(yard_url, asked, clients, seconds),  # noqa: B023 - called at once
                    lambda seconds: _page(place.url, asked, clients, seconds),  # noqa: B023
                )
                report.row(name, clients, found, against, ratio=PAGE_GOALS[clients], spread=SPREAD)
    yard.stop()
    if options.only in "submission, final POST":
        for clients in CLIENTS:
            against, found = load.in_turn(
                options.seconds,
                lambda seconds: _rows(place, clients, seconds),  # noqa: B023 - called at once
                lambda seconds: _submission(place, clients, seconds),  # noqa: B023
            )
            report.row("submission, final POST", clients, found, against, ratio=SUBMISSION_GOAL, spread=SPREAD)
    if options.only in "signing in":
        _signing_in(report, place, options.seconds)
    report.goal("memory after load", place.server.memory(), "MB", AFTER_LOAD)
    report.goal("“locked” in the log", place.server.said("locked"), "", 0)
    report.goal("answers 500 in the log", place.server.said("Traceback"), "", 0)
    place.server.stop()


def _signing_in(report: Table, place: Place, seconds: float) -> None:
    """Eight people sign in without pause while another client opens the town page."""
    work, lines = OUT / "logins.txt", []
    for key in fill.SIGNERS:
        browser = secrecy.new_token()
        csrf = visit._signed(f"r0-{secrecy.token_hash(browser)[:32]}")
        body = urlencode({"csrf": csrf, "next": "", "email": fill.address(key), "password": fill.PASSWORD})
        lines.append(f"madoguchi={browser}\t/login\t{body}\n")
    work.write_text("".join(lines), encoding="utf-8")
    town = place.asked["town page"]
    quiet = _page(place.url, town, 1, seconds)
    people = load.in_background(place.url, work, 8, seconds + 2)
    time.sleep(1)
    busy = _page(place.url, town, 1, seconds)
    said, _ = people.communicate(timeout=120)
    signed_in = json.loads(said)
    report.note(f"signing in: {signed_in['requests']} tries, {signed_in['failed']} were asked to try again")
    report.note(f"town page, 1 client: quiet p99 {quiet.p99:.2f} ms, while eight sign in {busy.p99:.2f} ms")
    report.goal("p99 while eight sign in / quiet p99", busy.p99 / quiet.p99, "", SPREAD)


def _compare(report: Table, options: argparse.Namespace) -> None:
    """The same figures from a town and from one many times as large, measured turn and turn about."""
    places = [_place(times, options) for times in (1, options.times)]
    small, large = places
    for label, one in (("start", small.server.start_seconds), ("memory at rest", small.server.memory())):
        other = large.server.start_seconds if label == "start" else large.server.memory()
        report.compare(label, one, other, "s" if label == "start" else "MB", WORSE)
    for name in small.asked:
        if options.only in name:
            for clients in CLIENTS:
                found = load.in_turn(
                    options.seconds,
                    lambda seconds: _page(small.url, small.asked[name], clients, seconds),  # noqa: B023
                    lambda seconds: _page(large.url, large.asked[name], clients, seconds),  # noqa: B023
                )
                _compare_figures(report, f"{name}, {clients}", *found)
    if options.only in "submission":
        for clients in CLIENTS:
            found = load.in_turn(
                options.seconds,
                lambda seconds: _submission(small, clients, seconds),  # noqa: B023 - called at once
                lambda seconds: _submission(large, clients, seconds),  # noqa: B023
            )
            _compare_figures(report, f"submission, {clients}", *found)
    report.compare("memory after load", small.server.memory(), large.server.memory(), "MB", WORSE)
    for place in places:
        report.goal(f"“locked” in the log of {place.data.name}", place.server.said("locked"), "", 0)
        place.server.stop()


def _compare_figures(report: Table, label: str, one: Figures, other: Figures) -> None:
    for what, unit in (("p50", "ms"), ("p99", "ms"), ("rate", "/s")):
        report.compare(f"{label}: {what}", getattr(one, what), getattr(other, what), unit, WORSE)
    report.goal(f"{label}: failed", one.failed + other.failed, "", 0)


def _slow_fsync(report: Table, options: argparse.Namespace) -> None:
    shim, count = OUT / "slow_fsync.so", OUT / "fsyncs"
    source = ROOT / "bench" / "slow_fsync.c"
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", str(shim), str(source), "-ldl"], check=True)
    count.write_bytes(bytes(8))
    place = _place(1, options, LD_PRELOAD=str(shim), SLOW_FSYNC_COUNT=str(count))

    def fsyncs() -> int:
        return int.from_bytes(count.read_bytes(), sys.byteorder)

    # The first moments, with empty caches and every job due, are no town's afternoon.
    _submission(place, 8, 3, rate=SLOW_RATE)
    before = fsyncs()
    found = _submission(place, 8, max(options.seconds, 10), rate=SLOW_RATE)
    counted = fsyncs() - before
    shown = found.requests - found.failed
    report.note(f"{shown} numbers shown at {found.rate:.0f}/s, {counted} fsyncs, p50 {found.p50:.1f} ms")
    report.goal("p99 of submissions at 100/s, 8 clients, fsync + 5 ms", found.p99, "ms", SLOW_P99)
    report.goal("submissions a second of the 100 asked for", found.rate, "/s", SLOW_RATE * 0.97, at_least=True)
    report.goal("fsyncs for each number shown", counted / max(shown, 1), "", 1.0, at_least=True)
    report.goal("refused or lost", found.failed, "", 0)
    report.goal("“locked” in the log", place.server.said("locked"), "", 0)
    place.server.stop()


if __name__ == "__main__":
    main()
