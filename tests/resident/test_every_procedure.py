"""Every procedure that ships can be filled in with plausible answers and sent, by whoever may apply."""

from __future__ import annotations

import json

import pytest
from cast_acts import PDF
from webtest import Upload

import demo
from models import Application, OutboxMail, Status, transaction
from rules.forms import form
from rules.procedures import procedure
from rules.records import numbering

FILES = sorted((demo.STARTER / "procedures").glob("*.json"))
DOCUMENTS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in FILES}
ONLINE = [slug for slug, document in DOCUMENTS.items() if document["form"]]

# One grey point.
JPEG = b"\xff\xd8\xff\xc0\0\x0b\x08\0\x01\0\x01\x01\x01\x11\0\xff\xda\0\x08\x01\x01\0\0\x3f\0\x2a\xff\xd9"


def plausible(question: dict) -> dict[str, object]:
    """What a resident might type, by input name."""
    key, limits = question["key"], question.get("limits", {})
    match question["type"]:
        case "name":
            return {
                f"{key}.family": "山田",
                f"{key}.given": "太郎",
                f"{key}.family_kana": "ヤマダ",
                f"{key}.given_kana": "タロウ",
            }
        case "address":
            return {
                f"{key}.postal_code": "999-8100",
                f"{key}.prefecture": "山形県",
                f"{key}.address": "朝凪町浜手1番1号",
            }
        case "date":
            year = "2030" if limits.get("future") else "2000"
            return {f"{key}.era": "", f"{key}.year": year, f"{key}.month": "4", f"{key}.day": "9"}
        case "number":
            return {key: str(limits.get("min", 1))}
        case "choice":
            return {key: next(choice["value"] for choice in question["choices"] if choice["value"])}
        case "choices":
            return {key: [question["choices"][0]["value"]]}
        case "consent":
            return {key: True}
        case "telephone":
            return {key: "0999-00-1234"}
        case "email":
            return {key: "yamada@example.jp"}
        case "text":
            kinds = {"corporate_number": "7000012050002", "kana": "ヤマダ", "digits": "1" * limits.get("min_length", 5)}
            return {key: kinds.get(limits.get("kind"), "れい")}
        case "long_text":
            return {key: "よろしくお願いします。"}
    return {}


def fill_page(opened, page: dict) -> None:
    target = next(f for f in opened.page.forms.values() if "act_save" in f.fields)
    for question in page["questions"]:
        if question["type"] == "file":
            if question.get("required"):
                takes_pdf = "pdf" in question["limits"]["extensions"]
                target[question["key"]] = Upload("写し.pdf", PDF) if takes_pdf else Upload("写真.jpg", JPEG)
            continue
        if not question.get("required"):
            continue
        for name, value in plausible(question).items():
            if isinstance(value, list):
                for field in target.fields[name]:
                    field.checked = field._value in value
            else:
                target[name] = value


@pytest.mark.parametrize("slug", ONLINE)
def test_to_the_done_page(browser, cast, slug):
    """R-3.1 R-3.4 R-3.5"""
    document = DOCUMENTS[slug]
    with transaction():
        loaded = procedure.load(cast.town, document)
    who = None if document["login"] == "none" else cast.keiko if "person" in document["applicants"] else cast.company
    opened = browser(who)
    opened.visit(f"/procedures/{loaded.id}")
    opened.press("申請する")
    for page in form.pages(procedure.published(loaded)[1]["form"]):
        assert opened.shows(page["title"])
        fill_page(opened, page)
        opened.press("next")
        assert opened.page.status_int == 200, opened.page.text
    opened.press("この内容で申請する")
    assert opened.shows("申請を受け付けました")
    done = Application.get()
    assert done.status == Status.SUBMITTED
    assert opened.shows(numbering.grouped(done.number))
    assert OutboxMail.select().where(OutboxMail.kind == "received").count() == (0 if who is None else 1)
    opened.visit(f"/applications/{done.id}/receipt")
    assert opened.shows("受付票")
