"""交付物: handing documents out on an application, letting them stay longer, taking them back; all its files in one."""

from __future__ import annotations

from datetime import date
from typing import Any

from outside import antivirus
from rules import Refusal
from rules.applications import file_bundle, issued_document, issued_list, letters, mypage
from rules.records import access
from views.staff.application import document_form
from views.staff.application.document_form import UNTIL
from views.staff.application.ground import PATH, at_hand, hand_over, heading, home, look, revision
from web import Who, asked, download, get, here, page, post, to

_DOCUMENT = f"{PATH}/issued/<document:int>"

_EXTEND = [
    {**UNTIL, "label": "新しい期限", "hint": "いまの期限より後の日にしてください。"},
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
        "hint": "申請した方の画面に示されます。メールが届く方には、メールにも書かれます。",
        "required": True,
        "limits": {"rows": 4, "max_length": 1000},
    }
]


# ---------------------------------------------------------------- 交付物を登録する


@get(f"{PATH}/issue", who=Who.CLERK)
def ask_issue(id: int):
    sent = look(id, page="issue")
    why_not = issued_document.why_not(sent)
    if why_not and not here().posted:
        return to(home(id) + "#issued")
    questions = document_form.questions(sent)
    return page(
        "staff/application/issue.html",
        **heading(sent),
        questions=questions,
        raw=document_form.raw(questions, issued_document.default_until()),
        terms=issued_document.file_terms(),
        can=not why_not,
        mailed=letters.reaches(sent),
    )


@post(f"{PATH}/issue", who=Who.CLERK, again=ask_issue)
def issue(id: int):
    sent, chosen = at_hand(id), document_form.upload()
    wanted = document_form.wanted(sent)
    assert wanted is not None and chosen is not None
    issued_document.expect(sent, wanted)
    file = document_form.accepted(sent, chosen)
    issued_document.issue(sent, here().member, revision(), wanted, file, chosen.stream)
    return to(home(id) + "#issued", said="交付物を登録しました。")


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
        raw=document_form.raw(questions, issued_document.default_until(row)),
        mailed=letters.reaches(sent),
    )


@get(f"{_DOCUMENT}/extend", who=Who.CLERK)
def ask_extend(id: int, document: int):
    return _act(id, document, "extend", _EXTEND)


@post(f"{_DOCUMENT}/extend", who=Who.CLERK, again=ask_extend)
def extend(id: int, document: int):
    sent = at_hand(id)
    values, errors = document_form.checked(_EXTEND)
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
    values, errors = document_form.checked(_WITHDRAW)
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
    """すべての添付ファイルをまとめて受け取る; where some cannot be handed out, a page says so first."""
    partial = bool(asked("partial", 1))
    bundle = file_bundle.pack(at_hand(id), here().member, antivirus.scan, whole=not partial)
    if bundle.lacking and not partial:
        bundle.stream.close()
        sent = look(id, page="files")
        return page("staff/application/lacking.html", **heading(sent), lacking=bundle.lacking, inside=bundle.inside)
    return download(bundle.stream, bundle.name, "application/zip", bundle.size)
