"""Every procedure that ships can be filled in with plausible answers and sent, by whoever may apply."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from cast_acts import PDF
from filled_forms import Walk
from webtest import Upload

import clock
import demo
from models import Application, Counter, OpeningHours, OutboxMail, Procedure, Reservation, Resident, Status, transaction
from rules.procedures import procedure
from rules.records import numbering

DOCUMENTS = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((demo.STARTER / "procedures").glob("*.json"))
}
ONLINE = [slug for slug, document in DOCUMENTS.items() if document["form"]]

# One grey point.
JPEG = b"\xff\xd8\xff\xc0\0\x0b\x08\0\x01\0\x01\x01\x01\x11\0\xff\xda\0\x08\x01\x01\0\0\x3f\0\x2a\xff\xd9"


def typed(walk: Walk) -> dict[str, object]:
    """What a resident types or ticks, by input name."""
    found: dict[str, object] = {}
    for key, raw in walk.raw.items():
        found |= _typed(key, raw)
    return found


def _typed(name: str, raw: object) -> dict[str, object]:
    if isinstance(raw, dict):
        return {inner: value for part, of in raw.items() for inner, value in _typed(f"{name}.{part}", of).items()}
    if isinstance(raw, list) and raw and isinstance(raw[0], dict):
        return {inner: value for n, row in enumerate(raw) for inner, value in _typed(f"{name}.{n}", row).items()}
    return {name: raw}


def fill_page(opened, answers: dict[str, object], questions: dict[str, dict]) -> None:
    """Fill in what the page shows."""
    target = next(f for f in opened.page.forms.values() if "act_save" in f.fields)
    for name in list(target.fields):
        question = questions.get(name or "", {})
        if question.get("type") == "file":
            takes_pdf = "pdf" in question["limits"]["extensions"]
            copy = Upload("写し.pdf", PDF) if takes_pdf else Upload("写真.jpg", JPEG)
            target[name] = [copy] if "multiple" in target.fields[name][0].attrs else copy
        elif name in answers:
            _fill(target, name, answers[name])


def _fill(target, name: str, value: object) -> None:
    fields = target.fields[name]
    if isinstance(value, list):
        for field in fields:
            field.checked = field._value in value
    elif type(fields[0]).__name__ == "Checkbox":
        fields[0].checked = bool(value)
    else:
        target[name] = value


def the_day(document: dict) -> datetime:
    """A day in the period of a procedure, as it is written."""
    first = document.get("period", {}).get("from", "")
    return clock.now() if not first else datetime.fromisoformat(f"2027-{first}T10:00:00+09:00")


@pytest.mark.parametrize("slug", ONLINE)
def test_to_the_done_page(browser, cast, slug):
    """R-3.1 R-3.4 R-3.5"""
    document = DOCUMENTS[slug]
    with clock.at(the_day(document).isoformat()):
        _send(browser, cast, document)


def _open_counter(wanted: Procedure) -> None:
    """Where its visit would be."""
    made = Counter.create(town=wanted.town_id, division=wanted.division_id, name="窓口")
    for weekday in range(1, 8):
        OpeningHours.create(counter=made, weekday=weekday, opens=540, closes=600)


def _send(browser, cast, document: dict) -> None:
    with transaction():
        loaded = procedure.load(cast.town, document)
        _open_counter(loaded)
        Resident.update(sex="").where(Resident.id == cast.keiko.id).execute()
    who = None if document["login"] == "none" else cast.keiko if "person" in document["applicants"] else cast.company
    walk = Walk(procedure.published(loaded)[1], {}, clock.today())
    questions = {q["key"]: q for page in walk.form["pages"] for q in page["questions"]}
    answers = typed(walk)
    opened = browser(who)
    opened.visit(f"/procedures/{loaded.id}")
    opened.press("申請する")
    for _ in range(3 * len(walk.form["pages"])):
        if opened.shows("この内容で申請する"):
            break
        if opened.page.request.path.endswith("/visit") and "/pages/" not in opened.page.request.path:
            opened.press("空き1")
            continue
        fill_page(opened, answers, questions)
        opened.press("next")
        assert opened.page.status_int in (200, 422), opened.page.text
    opened.press("この内容で申請する")
    booking = document.get("visit", {}).get("when") == "booking"
    assert opened.shows("予約を受け付けました" if booking else "申請を受け付けました")
    done = Application.get()
    assert done.status == Status.SUBMITTED
    assert opened.shows(numbering.grouped(done.number))
    asked_to_come = document.get("visit", {}).get("when") in ("applying", "booking")
    assert Reservation.select().where(Reservation.state == "BOOKED").count() == asked_to_come
    arrival = "visit_booked" if booking else "received"
    assert OutboxMail.select().where(OutboxMail.kind == arrival).count() == (0 if who is None else 1)
    opened.visit(f"/applications/{done.id}/receipt")
    assert opened.shows("受付票")
