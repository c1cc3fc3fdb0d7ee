"""Measures the visits over HTTP: a week of twenty counters, and bookings, each against its yardstick: `--help`."""

from __future__ import annotations

import sys
from pathlib import Path

# The folder of this file must not stand in the search path: it would hide the standard library's http.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

import argparse  # noqa: E402
import json  # noqa: E402
import secrets  # noqa: E402
import shutil  # noqa: E402
import subprocess  # noqa: E402
import threading  # noqa: E402
import time  # noqa: E402
from collections.abc import Iterator  # noqa: E402
from dataclasses import dataclass  # noqa: E402
from datetime import datetime, timedelta  # noqa: E402
from typing import Any  # noqa: E402
from urllib.parse import urlencode  # noqa: E402
from urllib.request import urlopen  # noqa: E402

import app  # noqa: E402
import clock  # noqa: E402
import config  # noqa: E402
import demo  # noqa: E402
import models  # noqa: E402
from bench import fill, load  # noqa: E402
from bench.load import Figures  # noqa: E402
from bench.server import ROOT, Server, free_port  # noqa: E402
from bench.table import Table  # noqa: E402
from models import (  # noqa: E402
    Application,
    ApplicationEvent,
    Counter,
    OpeningHours,
    OutboxMail,
    Procedure,
    Reservation,
    Seat,
)
from rules.operation import schema  # noqa: E402
from rules.procedures import procedure  # noqa: E402
from rules.records import numbering  # noqa: E402
from rules.records.access import Person  # noqa: E402
from rules.values import secrecy  # noqa: E402
from rules.visits import booking, hours, weeks  # noqa: E402
from web import visit  # noqa: E402

OUT = ROOT / "bench" / "out"
CLIENTS = (1, 8)
PAGE_GOALS, BOOKING_GOAL, SPREAD, WORSE = {1: 0.35, 8: 0.2}, 0.3, 5.0, 1.3
COUNTERS, SEATS, DAYS, PAST = 20, 50, 60, 1_000_000
# Forty times of a quarter of an hour.
OPENS, CLOSES, MINUTES = 8 * 60, 18 * 60, 15
ASKING, COLLECTING = "visit-asked", "visit-collect"
_AT_ONCE = 50_000


@dataclass
class Place:
    """A filled data folder with the app serving it, and the page its residents look at."""

    data: Path
    url: str
    server: Server
    tokens: dict[str, str]
    page: str

    @property
    def cookie(self) -> str:
        return f"madoguchi={self.tokens[str(fill.BUSY_RESIDENT)]}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=9, help="how long each figure is measured")
    parser.add_argument("--past", type=int, default=PAST, help="how many past bookings the larger town has; 0: no town")
    parser.add_argument("--rows", type=Path, help="only write the rows of bookings into a folder, without HTTP")
    parser.add_argument("--clients", type=int, default=1, help="of --rows")
    options = parser.parse_args()
    if options.rows:
        print(json.dumps(write_rows(options.rows, options.clients, options.seconds)))
        return
    OUT.mkdir(exist_ok=True)
    (OUT / ".gitignore").write_text("*\n", encoding="utf-8")
    report, small = Table(), _place("visits", 0)
    _ordinary(report, small, options.seconds)
    if options.past:
        _compare(report, small, _place("visits-past", options.past), options.seconds)
    report.goal("“locked” in the log", small.server.said("locked"), "", 0)
    report.goal("answers 500 in the log", small.server.said("Traceback"), "", 0)
    small.server.stop()
    report.print()
    sys.exit(0 if report.reached else 1)


# ---------------------------------------------------------------- the towns


def _place(name: str, past: int) -> Place:
    data = OUT / name
    shutil.rmtree(data, ignore_errors=True)
    url = f"http://127.0.0.1:{free_port()}"
    config.create(data, fill._CONFIG.format(url=url))
    fill.settings(data, url)
    schema.migrate()
    models.database.execute_sql("PRAGMA synchronous = OFF")
    with models.transaction():
        town = demo.fill(data)
        fill._residents(fill.SIGNERS.stop)
        asking = _procedures(town)
        counters = _counters(town, asking.division_id)
        _coming(counters)
    if past:
        print(f"filling {data} with {past:,} past bookings …", flush=True)
        _past(counters, past)
    tokens = fill.sign_in()
    written = _applications(asking, 1, "DRAFT")[0][0]
    models.database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    models.database.close()
    arguments = ["app.py", "--data", str(data), "--listen", url.removeprefix("http://"), "--no-jobs"]
    server = Server(f"the app on {name}", arguments, OUT / f"{name}.log")
    return Place(data, url, server, tokens, f"/applications/{written}/visit")


def _procedures(town: models.Town) -> Procedure:
    """The dog registration with a visit while applying, and one to collect."""
    text = (demo.STARTER / "procedures" / f"{fill.DOGS}.json").read_text(encoding="utf-8")
    made = [
        procedure.load(
            town, {**json.loads(text), "id": name, "decision": True, "visit": {"when": when, "bring": "犬の写真"}}
        )
        for name, when in ((ASKING, "applying"), (COLLECTING, "collect"))
    ]
    return made[0]


def _counters(town: models.Town, division: int) -> list[Counter]:
    Counter.update(closed_at=clock.now()).execute()  # those of the demo
    made = []
    for number in range(COUNTERS):
        made.append(
            Counter.create(
                town=town,
                division=division,
                name=f"窓口{number + 1}",
                slot_minutes=MINUTES,
                seats=SEATS,
                days_until=DAYS,
                on_holidays=True,
            )
        )
        for weekday in range(1, 8):
            OpeningHours.create(counter=made[-1], weekday=weekday, opens=OPENS, closes=CLOSES)
    return made


def _coming(counters: list[Counter]) -> None:
    """A booking at every third time to come."""
    slots = _slots(counters[0])
    _booked((counter.id, at) for counter in counters for at in slots[::3])


def _slots(counter: Counter) -> list[datetime]:
    plan = hours.plan_of(counter)
    return [at for day in hours.days_between(*plan.window(hours.today())) for at in plan.slots(day)]


def _past(counters: list[Counter], count: int) -> None:
    """Spread over the counters and the days before, as many at a time as it takes."""
    a_day = COUNTERS * (CLOSES - OPENS) // MINUTES
    morning = datetime.combine(hours.today(), datetime.min.time(), clock.TOKYO) + timedelta(minutes=OPENS)

    def times() -> Iterator[tuple[int, datetime]]:
        for at in range(count):
            day, slot = divmod(at, a_day)
            when = morning - timedelta(days=day % 1500 + 1) + timedelta(minutes=slot // COUNTERS * MINUTES)
            yield counters[slot % COUNTERS].id, when

    with models.transaction():
        _booked(times(), "VISITED")


def _booked(times: Iterator[tuple[int, datetime]], state: str = "BOOKED") -> None:
    """Bookings of the residents with their seats, the seats of one time counted upwards."""
    first = _next_reservation()
    numbers: dict[tuple[int, str], int] = {}
    rows, taken = [], []
    for key, (counter, at) in enumerate(times, first):
        begins, ends = fill._text(at), fill._text(at + timedelta(minutes=MINUTES))
        number = numbers[counter, begins] = numbers.get((counter, begins), 0) + 1
        # Not of those who book while it is measured: nobody has more than a few at one counter.
        who = fill.SIGNERS[key % len(fill.SIGNERS)]
        rows.append({
            "town": 1, "counter": counter, "resident": who, "state": state, "starts_at": begins, "ends_at": ends,
            "name": "浜口 恵子", "created_at": begins, "booked_at": begins,
        })  # fmt: skip
        taken.append({"counter": counter, "starts_at": begins, "ends_at": ends, "number": number, "reservation": key})
        if len(rows) == _AT_ONCE:
            _write(rows, taken)
    _write(rows, taken)


def _next_reservation() -> int:
    return int(models.ask("SELECT COALESCE(MAX(id), 0) FROM reservation")[0][0]) + 1


def _write(rows: list[dict[str, Any]], taken: list[dict[str, Any]]) -> None:
    fill._insert(Reservation, rows)
    fill._insert(Seat, taken)
    rows.clear()
    taken.clear()


def _applications(wanted: Procedure, count: int, status: str) -> list[tuple[int, int]]:
    """Applications in a state: (id, resident)."""
    version, document = procedure.published(wanted)
    first = int(models.ask("SELECT COALESCE(MAX(id), 0) FROM application")[0][0]) + 1
    owners = [fill.BUSY_RESIDENT] if status == "DRAFT" else list(fill.SENDERS)
    made = [(first + at, owners[at % len(owners)]) for at in range(count)]
    now = fill._text(clock.now())

    def row(key: int, who: int) -> dict[str, Any]:
        digits = f"{10_000_000_000 + key * 7919 % 89_999_999_999:011d}"
        sent = {"number": digits + numbering._check(digits), "submitted_at": now, "division": wanted.division_id}
        return {
            "town": wanted.town_id, "procedure": wanted.id, "form_version": version, "status": status,
            "resident": who, "filed_by": who, "applicant_name": "浜口 恵子",
            "answers": models.JSON().db_value(fill.ANSWERS), "page": document["form"]["pages"][-1]["key"],
            "created_at": now, "saved_at": now, "status_at": now,
            "expires_at": fill._text(clock.now() + timedelta(days=30)) if status == "DRAFT" else None,
            **({} if status == "DRAFT" else sent),
        }  # fmt: skip

    with models.transaction():
        fill._insert(Application, (row(*one) for one in made))
    return made


def _to_collect(count: int) -> list[tuple[int, int]]:
    return _applications(Procedure.get(Procedure.slug == COLLECTING), count, "APPROVED")


# ---------------------------------------------------------------- measuring


def _week(place: Place, url: str, clients: int, seconds: float) -> Figures:
    return load.pages(url + place.page, place.cookie, clients, seconds)


def _bookings(place: Place, clients: int, seconds: float) -> Figures:
    """Fresh approved applications, then the press of a free time each."""
    fill.settings(place.data, place.url)
    made = _to_collect(int(seconds * 1200) + clients)
    counters = list(Counter.select().where(Counter.closed_at.is_null()))
    slots = [weeks.key_of(at) for at in _slots(counters[0])]
    here = Reservation.counter.in_(counters) & Reservation.application.is_null(False)
    lines, before = [], Reservation.select().where(here).count()
    for at, (key, who) in enumerate(made, before):
        token = place.tokens[str(who)]
        csrf = visit._signed(f"r{who}-{secrecy.token_hash(token)[:32]}")
        # Each resident at one counter after the other.
        where, slot = counters[at // len(fill.SENDERS) % COUNTERS].id, slots[secrets.randbelow(len(slots))]
        body = urlencode({"csrf": csrf, "counter": where, f"act_take.{slot}": "空き"})
        lines.append(f"madoguchi={token}\t/applications/{key}/booking\t{body}\n")
    models.database.close()
    work = OUT / "bookings.txt"
    work.write_text("".join(lines), encoding="utf-8")
    with urlopen(place.url + "/") as answer:
        answer.read()
    time.sleep(0.3)
    return load.posts(place.url, work, clients, seconds)


def _rows(place: Place, clients: int, seconds: float) -> Figures:
    """The bookings' yardstick, in a process of its own on the same folder."""
    command = [sys.executable, "-m", "bench.visits", "--rows", str(place.data)]
    command += ["--clients", str(clients), "--seconds", str(seconds)]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return Figures(**json.loads(said))


def write_rows(data: Path, clients: int, seconds: float) -> dict[str, float]:
    """Write the rows of one booking, durably, as often as can be; each for an application and a time of its own."""
    app.make_app(config.load(data))
    models.connect()
    made = _rows_of_one()
    left = _to_collect(int(seconds * 3000))
    # At a counter of nobody's, so that they are no bookings of the residents who book by HTTP.
    counter, began, times = Counter.get(Counter.closed_at.is_null(False)).id, time.perf_counter(), []
    far = clock.now().replace(microsecond=0) + timedelta(days=400)

    def write(key: int, at: datetime) -> None:
        with models.transaction():
            own: dict[str, Any] = {"application": key, "counter": counter, "starts_at": at}
            row = Reservation.create(**{**made[0][1], **own})
            Seat.create(counter=counter, starts_at=at, ends_at=row.ends_at, number=1, reservation=row)
            for table, values in made[1:]:
                mail = {"message_id": secrets.token_hex(16)} if table is OutboxMail else {}
                table.create(**{**values, **mail, "application": key})

    def work() -> None:
        models.connect()
        while left and time.perf_counter() < began + seconds:
            started = time.perf_counter()
            key, _ = left.pop()
            write(key, far + timedelta(minutes=key))
            times.append(time.perf_counter() - started)
        models.database.close()

    threads = [threading.Thread(target=work) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took, times = time.perf_counter() - began, sorted(times)
    p50, p99 = times[len(times) // 2] * 1000, times[len(times) * 99 // 100] * 1000
    return {"requests": len(times), "rate": len(times) / took, "p50": p50, "p99": p99, "failed": 0}


def _rows_of_one() -> list[tuple[type[models.Table], dict[str, Any]]]:
    """Book once by the rules and read back what that wrote."""
    key, who = secrets.choice(_to_collect(len(fill.SENDERS)))
    counter = Counter.get(Counter.closed_at.is_null())
    slot = weeks.key_of(secrets.choice(_slots(counter)))
    booking.choose(Person(who, ""), key, str(counter.id), slot)
    made: list[tuple[type[models.Table], dict[str, Any]]] = []
    for table in (Reservation, ApplicationEvent, OutboxMail):
        for row in table.select().where(table.application == key).dicts():
            row.pop("id")
            made.append((table, row))
    return made


# ---------------------------------------------------------------- the reports


def _ordinary(report: Table, place: Place, seconds: float) -> None:
    fill.settings(place.data, place.url)
    work, port = OUT / "asked-visits.json", free_port()
    work.write_text(json.dumps({place.page: {"HTTP_COOKIE": place.cookie}}), encoding="utf-8")
    models.database.close()
    arguments = ["-m", "bench.yardstick", "pages", str(place.data), "--port", str(port), "--asked", str(work)]
    yard, yard_url = Server("the yardstick", arguments, OUT / "yardstick.log"), f"http://127.0.0.1:{port}"
    for clients in CLIENTS:
        against, found = load.in_turn(
            seconds,
            lambda some: _week(place, yard_url, clients, some),  # noqa: B023 - called at once
            lambda some: _week(place, place.url, clients, some),  # noqa: B023
        )
        report.row("week of 20 counters", clients, found, against, ratio=PAGE_GOALS[clients], spread=SPREAD)
    yard.stop()
    for clients in CLIENTS:
        against, found = load.in_turn(
            seconds,
            lambda some: _rows(place, clients, some),  # noqa: B023 - called at once
            lambda some: _bookings(place, clients, some),  # noqa: B023
        )
        report.row("booking", clients, found, against, ratio=BOOKING_GOAL, spread=SPREAD)


def _compare(report: Table, small: Place, large: Place, seconds: float) -> None:
    """The same figures with a million past bookings, measured turn and turn about."""
    for clients in CLIENTS:
        for label, act in (
            ("week", lambda place, some: _week(place, place.url, clients, some)),  # noqa: B023 - called at once
            ("booking", lambda place, some: _bookings(place, clients, some)),  # noqa: B023
        ):
            one, other = load.in_turn(
                seconds,
                lambda some: act(small, some),  # noqa: B023
                lambda some: act(large, some),  # noqa: B023
            )
            for what, unit in (("p50", "ms"), ("p99", "ms"), ("rate", "/s")):
                report.compare(f"{label}, {clients}: {what}", getattr(one, what), getattr(other, what), unit, WORSE)
            report.goal(f"{label}, {clients}: failed", one.failed + other.failed, "", 0)
    large.server.stop()


if __name__ == "__main__":
    main()
