"""交付物: handing documents out on an application, letting them stay longer, taking them back; all its files in one."""

from __future__ import annotations

from datetime import date
from typing import Any

import clock
from models import Application
from outside import antivirus, inspector
from rules import Refusal
from rules.applications import file_bundle, issued_document, issued_list, letters, mypage
from rules.files import received
from rules.forms import fields, form
from rules.records import access
from views.staff.application.ground import PATH, at_hand, hand_over, heading, home, look, revision
from web import Upload, Who, download, get, here, page, post, to

_DOCUMENT = f"{PATH}/issued/<document:int>"

_TITLE = {
    "key": "title",
    "type": "text",
    "label": "交付物の名前",
    "hint": "申請した方への画面とメールに出ます。「道路占用許可書」のように書き、個人の情報は書かないでください。",
    "required": True,
    "limits": {"max_length": 100, "width": "long"},
}
_UNTIL = {
    "key": "until",
    "type": "date",
    "label": "ダウンロードの期限",
    "hint": "この日の終わりまで、ダウンロードできます。あとで延ばすことができます。",
    "required": True,
    "limits": {"future": True},
}
_MESSAGE = {
    "key": "message",
    "type": "long_text",
    "label": "添える言葉",
    "hint": "申請した方の画面に、交付物といっしょに示されます。メールには書かれません。",
    "required": False,
    "limits": {"rows": 3, "max_length": 1000},
}
_CONFIRMED = {
    "key": "confirmed",
    "type": "consent",
    "label": "申請した方に、電子データで受け取ることへの同意を確かめました",
    "hint": "この手続きでは、申請のときに同意をたずねていません。電話などで、申請した方に確かめてください。",
    "required": True,
}
_EXTEND = [
    {**_UNTIL, "label": "新しい期限", "hint": "いまの期限より後の日にしてください。"},
    {
        "key": "reason",
        "type": "long_text",
        "label": "延ばす理由",
        "hint": "申請した方の画面の「経過」に示されます。",
        "required": True,
        "limits": {"rows": 3, "max_length": 1000},
    },
]
_WITHDRAW = [
    {
        "key": "reason",
        "type": "long_text",
        "label": "取り消す理由",
        "hint": "申請した方の画面に示され、メールに書かれます。",
        "required": True,
        "limits": {"rows": 4, "max_length": 1000},
    }
]


# ---------------------------------------------------------------- 交付物を登録する


def _questions(sent: Application) -> list[dict[str, Any]]:
    asked = [_TITLE, _UNTIL, _MESSAGE]
    return asked if issued_document.consent(sent) else [*asked, _CONFIRMED]


def _raw(questions: list[dict[str, Any]], until: date) -> dict[str, Any]:
    """What was typed; on the first look the date is filled in."""
    form_page = {"key": "issue", "questions": questions}
    if here().posted:
        return form.complete(form_page, form.read_page(form_page, here().form))
    known = {q["key"]: fields.raw_of(q, until.isoformat()) for q in questions if q["type"] == "date"}
    return form.complete(form_page, known)


def _checked(questions: list[dict[str, Any]]) -> tuple[dict[str, Any], dict[str, str]]:
    form_page = {"key": "issue", "questions": questions}
    return form.check_page(form_page, form.read_page(form_page, here().form), {}, clock.today())


@get(f"{PATH}/issue", who=Who.CLERK)
def ask_issue(id: int):
    sent = look(id, page="issue")
    why_not = issued_document.why_not(sent)
    if why_not and not here().posted:
        return to(home(id) + "#issued")
    questions = _questions(sent)
    return page(
        "staff/application/issue.html",
        **heading(sent),
        questions=questions,
        raw=_raw(questions, issued_document.default_until()),
        terms=issued_document.file_terms(),
        can=not why_not,
        mailed=letters.reaches(sent),
    )


@post(f"{PATH}/issue", who=Who.CLERK, again=ask_issue)
def issue(id: int):
    now, sent = here(), at_hand(id)
    values, errors = _checked(_questions(sent))
    upload = next((one for one in now.uploads if one.field == "file"), None)
    if upload is None:
        errors = {"q-file": "交付するファイルを選んでください。", **errors}
    elif errors:
        errors["q-file"] = f"「{upload.name}」は、まだ登録していません。もう一度選んでください。"
    if upload is None or errors:
        raise Refusal("", errors)
    wanted = issued_document.Wanted(
        values["title"],
        date.fromisoformat(values["until"]),
        values["message"] or "",
        bool(values.get("confirmed")),
    )
    issued_document.expect(sent, wanted)
    file = _accepted(sent, upload)
    issued_document.issue(sent, now.member, revision(), wanted, file, upload.stream)
    return to(home(id) + "#issued", said="交付物を登録しました。")


def _accepted(sent: Application, upload: Upload) -> received.Accepted:
    try:
        return received.accept(
            issued_document.QUESTION,
            upload.name,
            upload.size,
            upload.stream,
            inspect=inspector.inspect,
            scan=antivirus.scan,
            town=sent.town_id,
            staff_id=here().member.id,
            application=sent.id,
            division=sent.division_id,
        )
    except Refusal as refusal:
        raise Refusal("", {"q-file": refusal.message}) from None


# ---------------------------------------------------------------- one of them


def _act(id: int, document: int, act: str, questions: list[dict[str, Any]]):
    """The page of an act on one of them."""
    sent = look(id, page=act)
    row = issued_document.one(sent, document)
    entry = next(one for one in issued_list.for_staff(sent) if one.id == row.id)
    if entry.state == "withdrawn" and not here().posted:
        return to(home(id) + "#issued")
    return page(
        "staff/application/issued_act.html",
        **heading(sent),
        act=act,
        entry=entry,
        questions=questions,
        raw=_raw(questions, issued_document.default_until(row)),
        mailed=letters.reaches(sent),
    )


@get(f"{_DOCUMENT}/extend", who=Who.CLERK)
def ask_extend(id: int, document: int):
    return _act(id, document, "extend", _EXTEND)


@post(f"{_DOCUMENT}/extend", who=Who.CLERK, again=ask_extend)
def extend(id: int, document: int):
    sent = at_hand(id)
    values, errors = _checked(_EXTEND)
    if errors:
        raise Refusal("", errors)
    until = date.fromisoformat(values["until"])
    issued_document.extend(sent, here().member, revision(), document, until=until, reason=values["reason"])
    return to(home(id) + "#issued", said="交付物の期限を変えました。")


@get(f"{_DOCUMENT}/withdraw", who=Who.CLERK)
def ask_withdraw(id: int, document: int):
    return _act(id, document, "withdraw", _WITHDRAW)


@post(f"{_DOCUMENT}/withdraw", who=Who.CLERK, again=ask_withdraw)
def withdraw(id: int, document: int):
    sent = at_hand(id)
    values, errors = _checked(_WITHDRAW)
    if errors:
        raise Refusal("", errors)
    issued_document.withdraw(sent, here().member, revision(), document, reason=values["reason"])
    return to(home(id) + "#issued", said="交付物を取り消しました。")


# ---------------------------------------------------------------- reading


@get(f"{PATH}/issued", who=Who.CLERK)
def record(id: int):
    """交付の記録, on A4."""
    sent = look(id, "document_record_viewed")
    entries = issued_list.for_staff(sent)
    if not entries:
        raise access.Missing
    return page(
        "staff/application/issued_print.html",
        **heading(sent),
        entries=entries,
        division=sent.division,
        printed=mypage.now_words(),
        by=here().member.name,
    )


@get(_DOCUMENT, who=Who.CLERK)
def open_one(id: int, document: int):
    sent = at_hand(id)
    return hand_over(sent, issued_document.one(sent, document))


@get(f"{PATH}/files.zip", who=Who.CLERK)
def all_files(id: int):
    """すべての添付ファイルをまとめて受け取る."""
    bundle = file_bundle.pack(at_hand(id), here().member, antivirus.scan)
    return download(bundle.stream, bundle.name, "application/zip", bundle.size)
