"""予約の状態: the state of a booking in a word, as staff say it and as who booked reads it."""

from __future__ import annotations

from datetime import datetime

import clock

WORDS = {"BOOKED": "予約中", "VISITED": "来庁済み", "NO_SHOW": "来庁なし", "CANCELLED": "取消し"}
# What can be searched for: whether a booking is over, its time says.
TO_FIND = {**WORDS, "BOOKED": "予約中・記録なし"}
OVER = "この予約の日時は、過ぎました。来られなかったときや、新しい日時を決めたいときは、窓口に電話してください。"
# Who ended a booking, as the row keeps it; else a division and a name.
BY_OWNER, BY_WITHDRAWAL, BY_LEAVING = "申請した方", "申請の取下げ", "退会"


def is_over(state: str, ends_at: datetime) -> bool:
    """Whether the time of a booking is over while nobody has noted whether one came."""
    return state == "BOOKED" and ends_at <= clock.now()


def for_staff(state: str, ends_at: datetime) -> str:
    """What is over and not noted has a word of its own: there is something left to do."""
    return "記録なし" if is_over(state, ends_at) else WORDS[state]


def for_owner(state: str, ends_at: datetime, became: str = "") -> str:
    """The same to who booked; `became` is 取下げ or 却下 of the application on the day itself."""
    if is_over(state, ends_at):
        return "日時が過ぎました"
    if became and state == "BOOKED":
        return "予約が残っています（申請は却下）" if became == "却下" else "予約が残っています（申請は取下げ済み）"
    return WORDS.get(state, "")
