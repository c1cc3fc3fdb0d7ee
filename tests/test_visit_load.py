"""Many at once for few seats, two processes on one file, and one that dies in between: no seat twice (R-5.3)."""

from __future__ import annotations

import http.client
import re
import threading
from collections import Counter as Count
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from cast_acts import person
from conftest import make_resident
from served import Served, real_time, served
from visit_acts import SHORT, make_counter, visiting

import clock
import models
from models import Application, Counter, Procedure, Reservation, Resident, Seat, Status, ask
from rules.applications import draft, submission
from rules.records import session
from rules.values import secrecy
from rules.visits import hours, seats, weeks
from web import visit

AT_ONCE, SEATS = 200, 50
# So many of those who send at the process that dies have their answer by then; so many others look for a time.
TOLD, LOOKING = 5, 50
FULL = "満席になりました"


@dataclass
class Wanting:
    """Somebody signed in with a complete draft, who wants one of the slots."""

    who: Resident
    token: str
    application: int = 0
    digest: str = ""
    held: str = ""
    booked: bool = False
    # What was answered, and what was not.
    answers: list[str] = field(default_factory=list)

    def write(self, wanted: Procedure) -> None:
        """A draft, where there is none that is not sent."""
        self.held, self.answers = "", []
        if self.booked or not self.application:
            written = draft.start(wanted, person(self.who))
            draft.save_page(written, SHORT["pages"][0], {"dog": "ポチ"})
            self.application, self.digest, self.booked = written.id, submission.sheet(written).sha256, False

    def _ask(self, port: int, method: str, path: str, **form: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        csrf = visit._signed(f"r{self.who.id}-{secrecy.token_hash(self.token)[:32]}")
        head = {"Cookie": f"madoguchi={self.token}", "Content-Type": "application/x-www-form-urlencoded"}
        connection.connect()
        try:
            body = urlencode({"csrf": csrf, **form}) if form else None
            connection.request(method, f"/applications/{self.application}/{path}", body, head)
            answer = connection.getresponse()
            return answer.status, answer.read().decode("utf-8")
        except (OSError, http.client.HTTPException):
            self.answers.append(f"{path} cut")
            raise
        finally:
            connection.close()

    def take(self, port: int, counter: int, slot: str) -> bool:
        status, text = self._ask(port, "POST", "visit", counter=str(counter), **{f"act_take.{slot}": "空き"})
        assert status == 302 or (status == 422 and FULL in text), (status, text)
        self.answers.append("held" if status == 302 else "full")
        self.held = slot if status == 302 else self.held
        return status == 302

    def send(self, port: int, counter: int) -> None:
        status, text = self._ask(port, "POST", "submit", digest=self.digest, visit=f"{counter} {self.held}")
        assert status == 302, text
        self.booked = True

    def number(self, port: int) -> str:
        """As the done page shows it."""
        status, text = self._ask(port, "GET", "done")
        (found,) = set(re.findall(r"\b[0-9]{4}-[0-9]{4}-[0-9]{4}\b", text))
        assert status == 200, text
        return found.replace("-", "")


@pytest.fixture
def wanted(cast) -> Procedure:
    """A procedure that is a booking with a short form."""
    with real_time():
        return visiting(cast.town, "booking", form=SHORT, id="dog-visit")


@pytest.fixture
def people(wanted, hashed) -> list[Wanting]:
    with real_time(), models.transaction():
        made = [make_resident(hashed, f"r{number}@example.jp", "浜口", f"{number}") for number in range(AT_ONCE)]
        return [Wanting(who, session.start(resident=who)) for who in made]


@pytest.fixture
def counter(cast, wanted) -> Counter:
    return make_counter(cast.town, "住民窓口", wanted.division_id, seats=SEATS, on_holidays=True)


def slots_of(counter: Counter) -> list[str]:
    """The times of the first open day from tomorrow on, as the served process counts them."""
    with real_time():
        plan, today = hours.plan_of(counter), hours.today()
        day = next(day for day in hours.days_between(*plan.window(today)) if plan.slots(day))
        return [weeks.key_of(slot) for slot in plan.slots(day)]


def at_once(people: Iterable[Wanting], act: Callable[[Wanting], object]) -> None:
    """Everybody presses at the same moment; the first failure of one is the test's."""
    crowd, faults = list(people), []
    together = threading.Barrier(max(1, len(crowd)))

    def press(one: Wanting) -> None:
        together.wait()
        try:
            act(one)
        except Exception as fault:
            faults.append(fault)

    threads = [threading.Thread(target=press, args=(one,)) for one in crowd]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]


@dataclass
class Rush:
    """Two hundred people, fifty seats, and the processes they meet."""

    people: list[Wanting]
    wanted: Procedure
    counter: Counter

    def write(self) -> None:
        with real_time(), models.transaction():
            for one in self.people:
                one.write(self.wanted)

    def hold(self, slot: str, *servers: Served) -> list[Wanting]:
        """Everybody wants the same time; returns who got it: exactly as many as there are seats."""
        self.write()
        at_once(self.people, lambda one: one.take(self._port(one, servers), self.counter.id, slot))
        assert Count(one.answers[0] for one in self.people) == {"held": SEATS, "full": AT_ONCE - SEATS}
        return [one for one in self.people if one.held]

    def send(self, holders: list[Wanting], *servers: Served) -> None:
        at_once(holders, lambda one: one.send(self._port(one, servers), self.counter.id))

    def _port(self, one: Wanting, servers: tuple[Served, ...]) -> int:
        return servers[self.people.index(one) % len(servers)].port

    def assert_booked(self, slot: str, exactly: Iterable[Wanting]) -> None:
        """A seat each, and a number, for these and for nobody else."""
        self.assert_no_seat_twice()
        starts_at = weeks.time_of(slot)
        booked = Reservation.select().where((Reservation.state == "BOOKED") & (Reservation.starts_at == starts_at))
        assert sorted(row.application_id for row in booked) == sorted(one.application for one in exactly)
        assert len(booked) == SEATS

    def assert_no_seat_twice(self) -> None:
        """Every booking has one seat, every seat one booking, and what has a number has a seat."""
        rows = {row.id: row for row in Reservation.select()}
        found = list(Seat.select())
        for seat in found:
            row = rows[seat.reservation_id]
            assert row.state in ("HELD", "BOOKED") and row.starts_at == seat.starts_at
        booked = [row for row in rows.values() if row.state == "BOOKED"]
        assert {row.id for row in booked} <= {seat.reservation_id for seat in found}
        assert max(Count(seat.starts_at for seat in found).values(), default=0) <= SEATS
        numbered = Application.select().where(Application.number.is_null(False))
        assert sorted(row.id for row in numbered) == sorted(row.application_id for row in booked)
        assert all(row.status == Status.SUBMITTED for row in numbered)
        mails = "SELECT application_id, COUNT(*) FROM outbox_mail WHERE kind = 'visit_booked' GROUP BY 1"
        assert dict(ask(mails)) == {row.application_id: 1 for row in booked}


def test_two_hundred_for_fifty_seats(town_db, people, wanted, counter):
    """At one process, at two, and at two of which one dies in the middle: the same people, the same servers."""
    rush = Rush(people, wanted, counter)
    slot, another, last, other, *_ = slots_of(counter)
    with served(town_db) as first, served(town_db) as second:
        holders = rush.hold(slot, first)
        # Some who were too late look for another time and then go away.
        at_once([one for one in people if not one.held][:LOOKING], lambda one: one.take(first.port, counter.id, other))
        rush.send(holders, first)
        rush.assert_booked(slot, holders)

        holders = rush.hold(another, first, second)
        # Held at one process, sent at the other.
        rush.send(holders, second, first)
        rush.assert_booked(another, holders)

        holders = rush.hold(last, first, second)
        _dies(rush, holders, first, second, other)
        with served(town_db) as again:
            _go_on(rush, holders, last, again, second)
        for server in (first, second):
            assert "locked" not in server.log and "Traceback" not in server.log, server.log
    rush.assert_booked(last, holders)
    with real_time(), clock.at((clock.now() + timedelta(minutes=10)).isoformat()):
        assert seats.is_free(counter, weeks.time_of(other)), "counted as free before anybody tidied up"
        seats.expire_holds(clock.now())
    assert Reservation.select().where(Reservation.state == "HELD").count() == 0
    assert Seat.select().count() == 3 * SEATS


def _dies(rush: Rush, holders: list[Wanting], first: Served, second: Served, other: str) -> None:
    """Half of those who hold a time send at each process, and others look for one, when the first is killed."""
    here = set(map(id, holders[::2]))
    told: Count[bool] = Count()
    counting = threading.Lock()

    def act(one: Wanting) -> None:
        at_first = id(one) in here or not one.held and rush.people.index(one) % 2
        port = (first if at_first else second).port
        try:
            if not one.held:
                one.take(port, rush.counter.id, other)
                return
            one.send(port, rush.counter.id)
        except (OSError, http.client.HTTPException):
            assert at_first, "cut by the process that lives"
            return
        with counting:
            told[at_first] += 1
            if at_first and told[True] == TOLD:
                first.process.kill()

    at_once([*holders, *[one for one in rush.people if not one.held][:LOOKING]], act)
    first.kill()
    cut = Count(one.answers[-1] for one in rush.people)
    assert cut["submit cut"] and cut["visit cut"], "killed when everything was done: nothing was tried"
    assert told[True] >= TOLD and told[False] == SEATS // 2
    rush.assert_no_seat_twice()


def _go_on(rush: Rush, holders: list[Wanting], slot: str, *servers: Served) -> None:
    """Who was told a number has it, and a seat; who was not told gets one now, and then all are taken."""
    numbers = dict(ask("SELECT id, number FROM application WHERE number IS NOT NULL"))
    for one in holders:
        if one.booked:
            assert one.number(servers[0].port) == numbers[one.application]
    left = [one for one in holders if one.application not in numbers]
    at_once(left, lambda one: one.take(servers[0].port, rush.counter.id, slot))
    rush.send(left, *servers)
    late = next(one for one in rush.people if not one.held)
    assert not late.take(servers[0].port, rush.counter.id, slot)
