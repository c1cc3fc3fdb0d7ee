"""Three towns of sixty procedures each on one installation; everything of a town carries its mark."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from cast_acts import DOG_ANSWERS, PDF, as_staff, attach, person, send

import clock
import demo
import models
from models import (
    Application,
    Category,
    ClosingDay,
    Counter,
    CounterDay,
    Division,
    FormVersion,
    Guide,
    Notice,
    OpeningHours,
    Procedure,
    Resident,
    Role,
    SearchMiss,
    Staff,
    Status,
    Town,
)
from rules.accounts import recovery_desk, staff
from rules.applications import draft, issued_document, message, notes
from rules.counters import by_town
from rules.counters.by_town import Caller
from rules.files.received import Accepted
from rules.guides import guide
from rules.procedures import procedure, search
from rules.records import audit
from rules.town import page_text, setup_mails, stop

MARKS = {"甲原": "062014", "乙川": "062022", "丙山": "062031"}
PROCEDURES = 60


@dataclass
class Place:
    """A town, who works there, and the ids of everything it has."""

    mark: str
    town: Town
    clerk: Staff
    administrator: Staff
    ids: dict[str, int]


def build(document: dict[str, Any], guide_text: str, hashed: str) -> dict[str, Place]:
    """All three, beginning with an empty database."""
    with models.transaction():
        Town.update(closed_at=clock.now()).execute()
        places = {mark: _place(mark, code, document, guide_text, hashed) for mark, code in MARKS.items()}
        search.fill()
    return places


def _place(mark: str, code: str, document: dict[str, Any], guide_text: str, hashed: str) -> Place:
    town = Town.create(code=code, name=f"{mark}町", name_kana="ミホン", prefecture="山形県", telephone="0999-00-1234")
    division = Division.create(town=town, name=f"{mark}課", email=f"{code}@example.jp")
    other = Division.create(town=town, name=f"{mark}係", parent=division, position=1)
    category = Category.create(town=town, name=f"{mark}分野", examples=f"{mark}の例")
    clerk = _staff(f"clerk{code}", f"{mark} 職員", Role.CLERK, town, [division])
    administrator = _staff(f"chief{code}", f"{mark} 長", Role.TOWN_ADMINISTRATOR, town, [])
    dogs = _procedures(town, document, mark, division, category)
    ids = {"town": town.id, "division": other.id, "category": category.id, "staff": clerk.id, "procedure": dogs.id}
    ids |= _said(town, mark, guide_text, as_staff(administrator))
    ids |= _sent(town, mark, dogs, hashed, as_staff(clerk), as_staff(administrator))
    ids |= _visits(town, mark, other, as_staff(clerk))
    return Place(mark, town, clerk, administrator, ids)


def _staff(login_id: str, name: str, role: Role, town: Town, divisions: list[Division]) -> Staff:
    return staff.create(login_id, name, role, town, divisions, "nagisa-no-machi-7", must_change=False)


def _procedures(town: Town, document: dict[str, Any], mark: str, division: Division, category: Category) -> Procedure:
    """One that is published as usual, with a draft, and fifty-nine copies of its rows."""
    named = {
        "name": f"{mark}の登録申請",
        "name_kana": "ケンスウノトウロク",
        "summary": f"{mark}の概要",
        "division": division.name,
        "category": category.name,
        "synonyms": ["共通のことば"],
        "issues_documents": True,
        "paper_forms": [{"file": "dog-registration.pdf", "title": f"{mark}の様式"}],
    }
    made = procedure.load(town, document | named, forms=demo.STARTER / "procedures" / "forms")
    columns = [field for field in Procedure._meta.sorted_fields if field.name not in ("id", "slug", "name")]
    copied = ", ".join(f'"{field.column_name}"' for field in columns)
    for number in range(2, PROCEDURES + 1):
        models.ask(
            f"INSERT INTO procedure (slug, name, {copied}) SELECT slug || {{}}, name || {{}}, {copied} "
            "FROM procedure WHERE id = {}",
            f"-{number}",
            f"その{number}",
            made.id,
        )
    models.ask(
        "INSERT INTO form_version (procedure_id, number, document, sha256, published_at, note) "
        "SELECT p.id, v.number, v.document, v.sha256, v.published_at, v.note FROM procedure p "
        "JOIN form_version v ON v.procedure_id = {} WHERE p.town_id = {} AND p.id <> {}",
        made.id,
        town.id,
        made.id,
    )
    Procedure.change({"draft": document | named | {"summary": f"{mark}の下書き"}}, "id = {}", made.id)
    return Procedure.get_by_id(made.id)


def _said(town: Town, mark: str, guide_text: str, chief: Any) -> dict[str, int]:
    """What the town tells: notice, guide, stop, texts, closing day, what was searched for in vain."""
    row = Notice.create(
        town=town, title=f"{mark}のお知らせ", body=f"{mark}です。", shown_from=clock.now(), created_at=clock.now(),
        created_by=chief.id,
    )  # fmt: skip
    questions: Guide = guide.load(town, f"guide{town.id}", guide_text.replace("題：", f"題：{mark}", 1))
    starts = clock.now().replace(hour=20)
    stop.announce(chief, town=town.id, starts=starts, ends=starts.replace(hour=22), reason=f"{mark}の点検")
    page_text.write(chief, "faq", f"■ {mark}の質問\n{mark}の答え", 0)
    setup_mails.write(chief, "received", f"{mark}からの便り {{number}}", f"{mark}です。{{number}}", 0)
    day = ClosingDay.create(town=town, day="2026-12-01", name=f"{mark}の記念日")
    miss = SearchMiss.create(
        town=town, words=f"{mark}のことば", shown=f"{mark}のことば", first_on=clock.today(), last_on=clock.today()
    )
    window = models.MaintenanceWindow.get(models.MaintenanceWindow.town == town)
    return {"notice": row.id, "guide": questions.id, "stop": window.id, "closing_day": day.id, "search": miss.id}


def _sent(town: Town, mark: str, dogs: Procedure, hashed: str, clerk: Any, chief: Any) -> dict[str, int]:
    """A resident of the town with an application in every room: file, message, note, issued document, mail."""
    address = f"{town.code}@example.jp"
    resident = Resident.create(
        kind="person", email=address, email_folded=address, password_hash=hashed, family_name=mark,
        given_name="花子", family_kana="ミホン", given_kana="ハナコ", birth_date="1988-04-09", prefecture="山形県",
        municipality_code=town.code, address=f"{mark}町1番", telephone="0999-00-1322", created_at=clock.now(),
    )  # fmt: skip
    written = draft.start(dogs, person(resident))
    answers = DOG_ANSWERS | {"dog_name": f"{mark}犬", "electronic_delivery": "yes"}
    for page in draft.document(written)["form"]["pages"]:
        keys = {q["key"] for q in page["questions"]}
        draft.save_page(written, page, {key: raw for key, raw in answers.items() if key in keys})
    attach(written, name=f"{mark}.pdf")
    row = send(written, resident)
    Application.update(status=Status.APPROVED, assignee=clerk.id).where(Application.id == row.id).execute()
    row = Application.get_by_id(row.id)
    message.write(row, person(resident), f"{mark}の伝言")
    notes.add(row, clerk, f"{mark}のメモ")
    issued = issued_document.issue(
        row,
        clerk,
        Application.get_by_id(row.id).revision,
        issued_document.Wanted(title=f"{mark}の許可書", until=date(2026, 12, 24), message=mark),
        Accepted(f"{mark}許可.pdf", "application/pdf", "問題なし"),
        io.BytesIO(PDF),
    )
    draft.start(dogs, person(resident))
    found = recovery_desk.look(chief, resident.id)
    assert found is not None
    audit.record("application_viewed", staff=clerk, application=row.id, division=row.division_id)
    file = models.Attachment.get(models.Attachment.application == row)
    mail = models.OutboxMail.get(models.OutboxMail.town == town)
    models.OutboxMail.update(state="FAILED").where(models.OutboxMail.id == mail.id).execute()
    version = FormVersion.get(FormVersion.procedure == dogs)
    assert version.number == 1
    return {
        "application": row.id, "file": file.id, "document": issued.id, "mail": mail.id, "resident": resident.id,
    }  # fmt: skip


def _visits(town: Town, mark: str, division: Division, clerk: Any) -> dict[str, int]:
    """A counter with hours, a day of its own, and somebody who comes tomorrow."""
    made = Counter.create(town=town, division=division, name=f"{mark}窓口", place=f"{mark}庁舎", bring=f"{mark}の印鑑")
    for weekday in range(1, 6):
        OpeningHours.create(counter=made, weekday=weekday, opens=540, closes=720)
    day = CounterDay.create(counter=made, day="2026-12-02", reason=f"{mark}の休み")
    tomorrow = clock.now().replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=1)
    come = by_town.enter(clerk, made.id, tomorrow, Caller(f"{mark} 来庁", "0999-00-0000", f"{mark}の用件"))
    return {"counter": made.id, "counter_day": day.id, "reservation": come.id}
