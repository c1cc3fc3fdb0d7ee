"""申請内容照会: what the applicant does there: 取り下げる, メッセージを送る."""

from __future__ import annotations

import clock
from rules import Refusal
from rules.applications import application, message
from rules.forms import form
from rules.visits import shown
from views.resident.inquiry import screens
from web import Saved, Who, get, here, page, post, to

_REASON = {
    "key": "reason",
    "type": "long_text",
    "label": "取下げの理由",
    "hint": "担当の課が読みます。「予定が変わったため」など、かんたんに書いてください。",
    "required": True,
    "limits": {"rows": 4, "max_length": 1000},
}
_PAGE = {"key": "withdraw", "questions": [_REASON]}


@get("/applications/<id:int>/withdraw", who=Who.APPLICANT)
def ask_withdraw(id: int):
    sent = screens.sent_application(id)
    can = application.possible(sent, "withdraw")
    if not can and not here().posted:
        return to(f"/applications/{id}")
    return page(
        "resident/inquiry/withdraw.html",
        **screens.about(sent, ("申請の取下げ", None)),
        can=can,
        visit=shown.of_application(sent),
        question=_REASON,
        raw=form.complete(_PAGE, form.read_page(_PAGE, here().form))["reason"],
    )


@post("/applications/<id:int>/withdraw", who=Who.APPLICANT, again=ask_withdraw)
def withdraw(id: int):
    now = here()
    sent = screens.sent_application(id)
    values, errors = form.check_page(_PAGE, form.read_page(_PAGE, now.form), {}, clock.today())
    if errors:
        raise Refusal("", errors)
    application.withdraw(sent, now.person, reason=values["reason"])
    return to(f"/applications/{id}", said="申請を取り下げました。")


def _write(id: int) -> None:
    now = here()
    message.write(screens.sent_application(id), now.person, now.form.get("text"))


def when_stopped(id: int) -> Saved | None:
    """停止: a message that was being written is sent; staff work on."""
    try:
        _write(id)
    except Refusal:
        return None
    return Saved(
        "メッセージを送りました",
        [
            "役場に届いています。もう一度送る必要はありません。",
            "停止が終わったら、下のリンクから、この申請のやりとりを見られます。",
        ],
        "やりとりを見る",
        f"/applications/{id}#messages",
    )


@post("/applications/<id:int>/messages", who=Who.APPLICANT, again=screens.application, when_stopped=when_stopped)
def write(id: int):
    _write(id)
    return to(f"/applications/{id}#messages", said="メッセージを送りました。")
