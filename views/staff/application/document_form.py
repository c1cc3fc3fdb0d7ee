"""交付物を登録する: what is asked about a document, on the page of its own and on that of the decision."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import clock
from models import Application
from outside import antivirus, inspector
from rules import Refusal
from rules.applications import issued_document
from rules.files import received
from rules.forms import fields, form
from web import Upload, here

TITLE = {
    "key": "title",
    "type": "text",
    "label": "交付物の名前",
    "hint": "申請した方への画面とメールに出ます。「道路占用許可書」のように書き、個人の情報は書かないでください。",
    "required": True,
    "limits": {"max_length": 100, "width": "long"},
}
UNTIL = {
    "key": "until",
    "type": "date",
    "label": "ダウンロードの期限",
    "hint": "この日の終わりまで、ダウンロードできます。あとで延ばすことができます。",
    "required": True,
    "limits": {"future": True},
}
MESSAGE = {
    "key": "message",
    "type": "long_text",
    "label": "添える言葉",
    "hint": "申請した方の画面に、交付物といっしょに示されます。メールには書かれません。",
    "required": False,
    "limits": {"rows": 3, "max_length": 1000},
}
CONFIRMED = {
    "key": "confirmed",
    "type": "consent",
    "label": "申請した方に、電子データで受け取ることへの同意を確かめました",
    "hint": "この手続きでは、申請のときに同意をたずねていません。電話などで、申請した方に確かめてください。",
    "required": True,
}


def questions(sent: Application) -> list[dict[str, Any]]:
    asked = [TITLE, UNTIL, MESSAGE]
    return asked if issued_document.consent(sent) else [*asked, CONFIRMED]


def raw(asked: list[dict[str, Any]], until: date) -> dict[str, Any]:
    """What was typed; on the first look the date is filled in."""
    form_page = {"key": "issue", "questions": asked}
    if here().posted:
        return form.complete(form_page, form.read_page(form_page, here().form))
    known = {q["key"]: fields.raw_of(q, until.isoformat()) for q in asked if q["type"] == "date"}
    return form.complete(form_page, known)


def checked(asked: list[dict[str, Any]]) -> tuple[dict[str, Any], dict[str, str]]:
    """(values, errors) of what was typed."""
    form_page = {"key": "issue", "questions": asked}
    return form.check_page(form_page, form.read_page(form_page, here().form), {}, clock.today())


def upload() -> Upload | None:
    """The file that was chosen."""
    return next((one for one in here().uploads if one.field == "file"), None)


def wanted(sent: Application, *, may_lack: bool = False) -> issued_document.Wanted | None:
    """What is to be issued; raises Refusal. None where nothing was chosen or named, if it `may_lack`."""
    chosen, (values, errors) = upload(), checked(questions(sent))
    if may_lack and chosen is None and not values.get("title"):
        return None
    if chosen is None:
        errors = {"q-file": "交付するファイルを選んでください。", **errors}
        if may_lack:
            errors["q-file"] += "交付物を登録しないときは、交付物の名前を消してください。"
    elif errors:
        errors["q-file"] = again(chosen)
    if errors:
        raise Refusal("", errors)
    return issued_document.Wanted(
        values["title"],
        date.fromisoformat(values["until"]),
        values["message"] or "",
        bool(values.get("confirmed")),
    )


def again(chosen: Upload) -> str:
    """What is said beside a file that the browser does not send a second time by itself."""
    return f"「{chosen.name}」は、まだ登録していません。もう一度選んでください。"


def accepted(sent: Application, chosen: Upload) -> received.Accepted:
    """The file after every check; raises Refusal."""
    try:
        return received.accept(
            issued_document.QUESTION,
            chosen.name,
            chosen.size,
            chosen.stream,
            inspect=inspector.inspect,
            scan=antivirus.scan,
            town=sent.town_id,
            staff_id=here().member.id,
            application=sent.id,
            division=sent.division_id,
        )
    except Refusal as refusal:
        raise Refusal("", {"q-file": refusal.message}) from None


# ---------------------------------------------------------------- along with a decision


def along(sent: Application) -> dict[str, Any] | None:
    """What the page of a decision asks about a document that goes with it; None where there can be none."""
    if not issued_document.goes_with_decision(sent):
        return None
    asked = [{**q, "required": False} for q in questions(sent)]
    return {
        "questions": asked,
        "raw": raw(asked, issued_document.default_until()),
        "terms": issued_document.file_terms(),
    }


def decided(sent: Application, decide: Callable[[], None]) -> bool:
    """Decide and issue what was chosen for it, both or neither; False, and nothing done, where nothing was chosen."""
    if not issued_document.goes_with_decision(sent):
        return False
    document, chosen = wanted(sent, may_lack=True), upload()
    if document is None or chosen is None:
        return False
    issued_document.expect(sent, document, decided=False)
    file = accepted(sent, chosen)
    issued_document.issue_with(decide, sent, here().member, document, file, chosen.stream)
    return True
