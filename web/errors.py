"""Pages for what went wrong: a clear sentence and a way on, never a trace."""

from __future__ import annotations

import bottle

from web import kept
from web.page import page
from web.visit import here

_WORDS = {
    400: (
        "送られた内容を読み取れませんでした",
        "お使いのブラウザーの「戻る」で前のページに戻り、もう一度送ってください。",
    ),
    403: (
        "この操作は受け付けられませんでした",
        "ほかのサイトから送られた操作のようです。この窓口のページを開き直して、もう一度操作してください。",
    ),
    404: (
        "ページが見つかりません",
        "アドレスが変わったか、ご覧になれないページです。手続き一覧やマイページから、お探しください。",
    ),
    405: ("このページは直接開けません", "手続き一覧やマイページから、お進みください。"),
    413: ("送られた内容が大きすぎます", "ファイルは1つ10MBまでです。小さくしてから、もう一度送ってください。"),
    422: ("受け付けられませんでした", "前のページに戻って、内容をお確かめください。"),
    500: (
        "うまく処理できませんでした",
        "役場で原因を調べます。入力した内容が保存されているか、マイページで確かめてください。",
    ),
}

# A link to what was saved may be older than what happened to it.
_GONE = (
    "アドレスが変わったか、ご覧になれない申請です。"
    "保存した内容でしたら、破棄したか、保存の期限が過ぎて消えたのかもしれません。マイページで、お確かめください。"
)

# Staff are told of their own places.
_STAFF_WORDS = {
    404: ("ページが見つかりません", "アドレスが変わったか、担当する部課の外のものです。受付箱から、お探しください。"),
    405: ("このページは直接開けません", "受付箱から、お進みください。"),
    500: (
        "うまく処理できませんでした",
        "しばらくしてから、もう一度操作してください。続くときは、情報システムの担当者に知らせてください。",
    ),
}

_NOT_STORED = (
    "うまく処理できませんでした。役場の装置に、不具合が起きているようです。しばらくしてから、もう一度送信してください。"
)


def show(status: int, *, message: str = "", heading: str = "", way: tuple[str, str] | None = None) -> str:
    """An error page in the frame of the side it happened on; `way` is (words, path) of where to go on."""
    visit = here()
    visit.errors, visit.message, visit.status = {}, "", 200
    frame = "staff" if visit.staff else "resident"
    title, sentence = (_STAFF_WORDS if visit.staff else _WORDS).get(status, _WORDS[status])
    if status == 404 and not visit.staff and visit.path.startswith("/applications/"):
        sentence = _GONE
    return page(
        f"{frame}/errors/error.html",
        status=status,
        heading=heading or title,
        sentence=message or sentence,
        typed=kept.values(visit) if visit.posted else [],
        way=way,
    )


def refuse(message: str, heading: str = "", way: tuple[str, str] | None = None) -> str:
    """422 with a sentence, for what has no page to go back to; what was typed is shown."""
    return show(422, message=message, heading=heading, way=way)


def broken() -> str:
    """500; what was being sent can be sent again."""
    visit = here()
    if not visit.posted or not visit.form.pairs:
        return show(500)
    visit.errors, visit.message, visit.status = {}, "", 200
    return kept.ask_to_send_again(visit, status=500, reason=_NOT_STORED)


def damaged() -> str:
    """500: a stored file is gone or changed; changed bytes are given to nobody."""
    whom = "情報システムの担当者" if here().staff else "役場"
    message = f"このファイルは、保管している間に壊れたか、なくなったようです。{whom}に知らせてください。"
    return show(500, message=message, heading="ファイルをお渡しできません")


def bare() -> bottle.HTTPResponse:
    """The last resort, without any look-up."""
    return bottle.HTTPResponse(_NOT_STORED, status=500, headers={"Content-Type": "text/plain; charset=UTF-8"})


def unknown_host() -> bottle.HTTPResponse:
    """400 for a Host that is not ours: no page of ours under somebody else's name."""
    text = "このアドレスでは、ご利用になれません。"
    return bottle.HTTPResponse(text, status=400, headers={"Content-Type": "text/plain; charset=UTF-8"})


def foreign_origin() -> bool:
    """Whether a modern browser says that another site sent this."""
    headers = bottle.request.headers
    if headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return True
    origin = headers.get("Origin", "")
    return bool(origin) and origin != "null" and origin.lower() != here().origin
