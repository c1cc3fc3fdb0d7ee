"""Many at once for few seats, two processes on one file, and one that dies in between: no seat twice (R-5.3)."""

from __future__ import annotations

import http.client
import random
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
from visit_acts import make_counter, visiting

import clock
import models
from models import Application, Counter, Reservation, Seat, Status
from rules.applications import draft, submission
from rules.records import session
from rules.values import secrecy
from rules.visits import booking, hours, seats, weeks
from web import visit

AT_ONCE, SEATS = 200, 50
FEW, FEW_SEATS = 36, 10
QUESTION = {"key": "dog", "type": "text", "label": "犬", "hint": "", "required": True, "limits": {"max_length": 9}}
SHORT = {"pages": [{"key": "dog", "title": "犬", "intro": "", "questions": [QUESTION]}]}
FULL = "満席になりました"


@dataclass
class Wanting:
    """Somebody signed in with a complete draft, who wants one of the slots."""

    token: str
    resident: int
    application: int
    digest: str
    held: str = ""
    told: list[str] = field(default_factory=list)
    booked: bool = False

    def post(self, port: int, path: str, **form: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        csrf = visit._signed(f"r{self.resident}-{secrecy.token_hash(self.token)[:32]}")
        head = {"Cookie": f"madoguchi={self.token}", "Content-Type": "application/x-www-form-urlencoded"}
        try:
            body = urlencode({"csrf": csrf, **form})
            connection.request("POST", f"/applications/{self.application}/{path}", body, head)
            answer = connection.getresponse()
            return answer.status, answer.read().decode("utf-8")
        finally:
            connection.close()

    def take(self, port: int, counter: int, slot: str) -> bool:
        status, text = self.post(port, "visit", counter=str(counter), **{f"act_take.{slot}": "空き"})
        assert status == 302 or (status == 422 and FULL in text), (status, text)
        self.told.append("held" if status == 302 else "full")
        self.held = slot if status == 302 else self.held
        return status == 302

    def send(self, port: int, counter: int) -> None:
        status, text = self.post(port, "submit", digest=self.digest, visit=f"{counter} {self.held}")
        assert status == 302, text
        self.booked = True


@pytest.fixture
def wanting(cast, hashed) -> Callable[[int], list[Wanting]]:
    """Makes residents, each with a draft of a procedure that is a booking with a short form."""
    with real_time(), models.transaction():
        wanted = visiting(cast.town, "booking", form=SHORT, id="dog-visit")
    count = 0

    def make(number: int) -> list[Wanting]:
        nonlocal count
        made = []
        with real_time(), models.transaction():
            for _ in range(number):
                count += 1
                who = make_resident(hashed, f"r{count}@example.jp", "浜口", f"{count}")
                written = draft.start(wanted, person(who))
                draft.save_page(written, SHORT["pages"][0], {"dog": "ポチ"})
                digest = submission.sheet(written).sha256
                made.append(Wanting(session.start(resident=who), who.id, written.id, digest))
        return made

    return make


@pytest.fixture
def counter(cast, wanting) -> Counter:
    wanted = models.Procedure.get(models.Procedure.slug == "dog-visit")
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
    together = threading.Barrier(len(crowd))

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


def assert_no_seat_twice(counter: Counter) -> None:
    """Every booking has one seat, every seat one booking, and there are no more than there may be."""
    rows = {row.id: row for row in Reservation.select().where(Reservation.counter == counter)}
    found = list(Seat.select().where(Seat.counter == counter))
    for seat in found:
        row = rows[seat.reservation_id]
        assert row.state in ("HELD", "BOOKED") and row.starts_at == seat.starts_at
    assert {row.id for row in rows.values() if row.state == "BOOKED"} <= {seat.reservation_id for seat in found}
    assert max(Count(seat.starts_at for seat in found).values(), default=0) <= counter.seats
    for row in rows.values():
        sent = Application.get_by_id(row.application_id)
        assert (row.state == "BOOKED") == (sent.status == Status.SUBMITTED)


def test_two_hundred_for_fifty_seats(town_db, wanting, counter):
    """Exactly fifty are booked, the others are told so, and nothing is held after ten minutes."""
    people, (slot, other, *_) = wanting(AT_ONCE), slots_of(counter)
    with served(town_db) as server:
        at_once(people, lambda one: one.take(server.port, counter.id, slot))
        holders = [one for one in people if one.held]
        assert Count(one.told[0] for one in people) == {"held": SEATS, "full": AT_ONCE - SEATS}
        # Some who were too late look for another time and then go away.
        at_once([one for one in people if not one.held][:20], lambda one: one.take(server.port, counter.id, other))
        at_once(holders, lambda one: one.send(server.port, counter.id))
        assert "locked" not in server.log and "Traceback" not in server.log, server.log
    assert_no_seat_twice(counter)
    booked = Reservation.select().where(Reservation.state == "BOOKED")
    assert {row.application_id for row in booked} == {one.application for one in holders}
    assert len(booked) == SEATS
    with real_time(), clock.at((clock.now() + timedelta(minutes=10)).isoformat()):
        assert seats.is_free(counter, weeks.time_of(other)), "counted as free before anybody tidied up"
        seats.expire_holds(clock.now())
    assert Reservation.select().where(Reservation.state == "HELD").count() == 0
    assert Seat.select().count() == SEATS


def test_two_processes_on_one_file_and_one_that_dies(town_db, wanting, counter):
    """Whoever was shown that it is booked has a seat, whatever became of the process."""
    Counter.update(seats=FEW_SEATS).execute()
    counter = Counter.get_by_id(counter.id)
    people, slots = wanting(FEW), slots_of(counter)[:2]
    shown: set[int] = set()
    with served(town_db) as first, served(town_db) as second:
        ports = (first.port, second.port)

        def try_for_one(one: Wanting) -> None:
            port = ports[people.index(one) % 2]
            try:
                if any(one.take(port, counter.id, slot) for slot in random.sample(slots, 2)):
                    one.send(port, counter.id)
                    shown.add(one.application)
            except (OSError, http.client.HTTPException):
                pass  # the process died; what was not shown may or may not be booked

        dies = threading.Timer(random.uniform(0.05, 0.25), first.kill)
        dies.start()
        at_once(people, try_for_one)
        dies.join()
        _goes_on(second, people, counter, slots)
        assert "Traceback" not in second.log, second.log
    assert_no_seat_twice(counter)
    for application in shown:
        assert booking.of(Application.get_by_id(application)).state == "BOOKED"
    assert Seat.select().count() == 2 * FEW_SEATS


def _goes_on(server: Served, people: list[Wanting], counter: Counter, slots: list[str]) -> None:
    """The other process takes everybody who is left, until every seat is booked."""
    sent = {key for (key,) in models.ask("SELECT id FROM application WHERE status = 'SUBMITTED'")}
    for one in people:
        if one.application not in sent and any(one.take(server.port, counter.id, slot) for slot in slots):
            one.send(server.port, counter.id)
