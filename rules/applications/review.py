"""審査: what staff see beside an application: 期限, the days used, who deals with it, what may be its double."""

from __future__ import annotations

from collections.abc import Container
from datetime import date
from typing import Any, NamedTuple

from models import Application, Staff, Status
from rules.applications import processing_time
from rules.applications.application import OPEN
from rules.records import access
from rules.records.session import SignedInStaff
from rules.town import closing_day
from rules.values.calendar import NONE, business_days_between, short_date

S = Status
STATE_WORDS = {
    S.SUBMITTED: "受付済み",
    S.IN_REVIEW: "審査中",
    S.RETURNED: "差戻し",
    S.APPROVED: "承認",
    S.REJECTED: "却下",
    S.COMPLETED: "完了",
    S.WITHDRAWN: "取下げ",
}
# The standard processing time runs only here: not while returned, and no longer once decided.
WAITING = (S.SUBMITTED, S.IN_REVIEW)
SOON = 3  # business days


class Due(NamedTuple):
    """期限 in words; `mark` is "past", "soon" or ""."""

    words: str
    small: str = ""
    mark: str = ""


def age_words(days: int) -> str:
    """経過: whole days since arrival."""
    return f"{days}日" if days > 0 else "きょう"


def due_label(
    status: str, due_on: date | None, today: date, until: date | None = None, closed: Container[date] = NONE
) -> Due:
    """期限 as a list or a heading says it; `until` is the date until which a return is to be answered.

    `closed` are the town's own closing days.
    """
    if status == S.RETURNED:
        return Due("止めています", f"返事 {short_date(until)}まで" if until else "")
    if status == S.APPROVED:
        return Due("完了待ち")
    if due_on is None:
        return Due("なし")
    if status not in WAITING:
        return Due(short_date(due_on))
    if due_on < today:
        return Due(f"▲ {short_date(due_on)}", f"{(today - due_on).days}日過ぎ", "past")
    left = business_days_between(today, due_on, closed)
    if left <= SOON:
        return Due(f"△ {short_date(due_on)}", f"あと{left}日" if left else "きょうまで", "soon")
    return Due(short_date(due_on))


def days_used(sent: Application, document: dict[str, Any], today: date) -> str:
    """How many days of the 標準処理期間 are used; "" where there is none or it is over."""
    standard = document["standard_days"]
    if standard is None or sent.status not in (*WAITING, S.RETURNED):
        return ""
    left = sent.days_left if sent.status == S.RETURNED else None
    if left is None:
        if sent.due_on is None:
            return ""
        left = processing_time.count(document, today, sent.due_on, closing_day.days(sent.town_id))
    unit = "日" if processing_time.by_calendar(document) else "開庁日"
    return f"{max(standard - left, 0)}{unit}／{standard}{unit}"


# ---------------------------------------------------------------- beside it


def same_applicant(staff: SignedInStaff, sent: Application) -> list[Application]:
    """Other open applications of the same procedure by the same applicant, the newest first: possibly sent twice."""
    if sent.resident_id is None and not sent.applicant_folded:
        return []
    who = (
        Application.resident == sent.resident_id
        if sent.resident_id is not None
        else (Application.division == sent.division_id) & (Application.applicant_folded == sent.applicant_folded)
    )
    others = access.division_applications(staff).where(
        who & (Application.procedure == sent.procedure_id) & Application.status.in_(OPEN) & (Application.id != sent.id)
    )
    return list(others.order_by(Application.id.desc()).limit(10))


def assignee_name(sent: Application) -> str:
    """Who deals with it."""
    if sent.assignee_id is None:
        return "未定"
    return str(Staff.select(Staff.name).where(Staff.id == sent.assignee_id).scalar())
