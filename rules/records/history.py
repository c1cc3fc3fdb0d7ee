"""申請履歴: what happened to an application, one row a change, named in the past tense."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import clock
from models import Application, ApplicationEvent, Division
from rules.records.session import SignedInStaff
from rules.values.calendar import show_instant

# Event -> (its words, whether the resident sees it, whether the resident sees its text)
WORDS: dict[str, tuple[str, bool, bool]] = {
    "submitted": ("申請を受け付けました", True, True),
    "resubmitted": ("修正した内容を受け付けました", True, True),
    "review_started": ("審査を始めました", True, False),
    "returned": ("差し戻しました", True, True),
    "return_ended": ("差戻しを終えて、審査に戻しました", True, True),
    "approved": ("承認しました", True, True),
    "rejected": ("却下しました", True, True),
    "completed": ("手続きが完了しました", True, True),
    "withdrawn": ("取り下げました", True, True),
    "reopened": ("結果を訂正するため、審査に戻しました", True, True),
    "transferred": ("担当する部課が変わりました", True, True),
    "assigned": ("担当を決めました", False, False),
    "document_issued": ("交付物を登録しました", True, True),
    "document_extended": ("交付物の期限を延ばしました", True, True),
    "document_withdrawn": ("交付物を取り消しました", True, True),
    "visit_booked": ("来庁を予約しました", True, True),
    "visit_changed": ("来庁の予約を変更しました", True, True),
    "visit_cancelled": ("来庁の予約を取り消しました", True, True),
    "visit_corrected": ("来庁の予約の内容を直しました", False, False),
    "visit_missed": ("予約の日時に来庁がありませんでした", False, False),
    "visited": ("予約の日時に来庁しました", False, False),
    "visit_mark_undone": ("来庁の記録を取り消しました", False, False),
}
# These leave what was decided as it is.
BESIDE = frozenset({"assigned", "transferred", "document_issued", "document_extended", "document_withdrawn",
                    "visit_booked", "visit_changed", "visit_cancelled", "visit_missed", "visited",
                    "visit_mark_undone", "visit_corrected"})  # fmt: skip


@dataclass(frozen=True)
class Actor:
    """Who did it: a resident, a member of staff, or nobody by name."""

    resident: int | None = None
    staff: SignedInStaff | None = None

    def label(self, application: Application) -> str:
        if self.staff is not None:
            division = Division.get_or_none(Division.id == application.division_id)
            return f"{division.name if division else ''} {self.staff.name}".strip()
        return "申請者"


def record(
    application: Application,
    name: str,
    actor: Actor,
    *,
    before: str,
    text: str = "",
    label: str = "",
    **data: Any,
) -> ApplicationEvent:
    """Write the event of a change already made to `application`; call inside its transaction.

    `label` says who it was where the change itself would tell it wrongly (a transfer's division).
    """
    event: ApplicationEvent = ApplicationEvent.create(
        application=application,
        name=name,
        at=clock.now(),
        resident=actor.resident,
        staff=actor.staff.id if actor.staff else None,
        actor=label or actor.label(application),
        status_before=before,
        status_after=application.status,
        text=text,
        data=data,
    )
    return event


@dataclass(frozen=True)
class Line:
    """One entry of a timeline."""

    at_label: str
    who: str
    what: str
    text: str


def for_resident(application: Application) -> list[Line]:
    """Newest first; staff appear as their division, never by name."""
    lines = []
    for event in _events(application):
        what, seen, text_seen = WORDS[event.name]
        if seen:
            who = "申請者" if event.staff_id is None else event.actor.partition(" ")[0]
            lines.append(Line(show_instant(event.at), who, what, event.text if text_seen else ""))
    return lines


def for_staff(application: Application) -> list[Line]:
    """Newest first, everything."""
    return [Line(show_instant(e.at), e.actor, WORDS[e.name][0], e.text) for e in _events(application)]


def latest(application: Application) -> ApplicationEvent | None:
    """The last thing that happened."""
    events = _events(application)
    return events[0] if events else None


def _events(application: Application) -> list[ApplicationEvent]:
    found = ApplicationEvent.select().where(ApplicationEvent.application == application)
    return list(found.order_by(ApplicationEvent.at.desc(), ApplicationEvent.id.desc()))
