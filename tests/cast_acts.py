"""What the cast does, without screens: fills in, sends, signs in as staff."""

from __future__ import annotations

import io

from models import Application, Procedure, Resident, Role, Staff
from rules.applications import draft, submission
from rules.files import upload
from rules.files.received import Accepted
from rules.records.access import Person
from rules.records.session import SignedInStaff

DOG_ANSWERS = {
    "name": {"family": "浜口", "given": "恵子", "family_kana": "ハマグチ", "given_kana": "ケイコ"},
    "address": {"postal_code": "999-8101", "prefecture": "山形県", "address": "朝凪町浜手二丁目14番6号"},
    "telephone": "0999-00-1322",
    "dog_name": "ポチ",
    "breed": "柴犬",
    "color": "茶",
    "sex": "male",
    "dog_birth_date": {"era": "R", "year": "7", "month": "3", "day": "1"},
    "acquired_on": {"era": "R", "year": "7", "month": "5", "day": "1"},
    "vaccination": "done",
}
PASSWORD = "nagisa-no-machi-7"
# A whole, if empty, PDF: an upload looks into it.
PDF = (
    b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
    b"2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\ntrailer\n<< /Size 3 /Root 1 0 R >>\n%%EOF\n"
)


def person(resident: Resident) -> Person:
    return Person(resident.id, "")


def write(procedure: Procedure, resident: Resident, **changes) -> Application:
    """A complete draft of the dog registration."""
    written = draft.start(procedure, person(resident))
    answers = {**DOG_ANSWERS, **changes}
    for page in draft.document(written)["form"]["pages"]:
        keys = {q["key"] for q in page["questions"]}
        draft.save_page(written, page, {key: raw for key, raw in answers.items() if key in keys})
    return written


def send(written: Application, resident: Resident) -> Application:
    fresh = draft.editable(person(resident), written.id)
    submission.submit(person(resident), written.id, submission.sheet(fresh).sha256)
    return Application.get_by_id(written.id)


def sent(procedure: Procedure, resident: Resident, **changes) -> Application:
    return send(write(procedure, resident, **changes), resident)


def attach(written: Application, key: str = "certificate", name: str = "注射済証.pdf", content: bytes = PDF) -> None:
    document = draft.document(written)["form"]
    question = next(q for page in document["pages"] for q in page["questions"] if q["key"] == key)
    kept, kind = upload.check(question, name, len(content), io.BytesIO(content))
    draft.attach(written, question, Accepted(kept, kind, "未検査"), io.BytesIO(content))


def as_staff(row: Staff) -> SignedInStaff:
    return SignedInStaff(row.id, row.name, Role(row.role), row.town_id, False, 0)
