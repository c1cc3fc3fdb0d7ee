"""送信メール: which mails a member of staff may see, and how much of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from models import Application, MailState, OutboxMail, Role, Town, ask, transaction
from rules.records import access, audit, mail, numbering
from rules.records.access import Missing
from rules.records.session import SignedInStaff
from rules.values.calendar import show_instant

PER_PAGE = 30
LAST_PAGE = 34
COUNT_LIMIT = 1000

STATES = {MailState.QUEUED: "送信待ち", MailState.SENT: "送信済み", MailState.FAILED: "送れませんでした"}
KINDS = {
    "sign_up_code": "認証コード",
    "sign_up_registered": "登録済みのお知らせ",
    "registered": "利用者登録の完了",
    "received": "受付",
    "received_again": "再申請の受付",
    "returned": "差戻し",
    "return_ended": "差戻しの終わり",
    "approved": "承認",
    "rejected": "却下",
    "completed": "完了",
    "withdrawn": "取下げ",
    "reopened": "結果の訂正",
    "issued": "交付物",
    "issued_extended": "交付物の期限の変更",
    "issued_withdrawn": "交付物の取消し",
    "visit_booked": "来庁の予約",
    "visit_changed": "来庁の予約の変更",
    "visit_cancelled": "来庁の予約の取消し",
    "visit_changed_by_town": "役場による来庁の予約の変更",
    "visit_cancelled_by_town": "役場による来庁の予約の取消し",
    "visit_reminder": "来庁の前日の知らせ",
    "visit_today": "来庁の当日の知らせ",
    "division_daily": "部課への知らせ：1日のまとめ",
    "division_arrival": "部課への知らせ：到着",
    "division_resubmitted": "部課への知らせ：再申請",
    "division_withdrawn": "部課への知らせ：取下げ",
    "division_message": "部課への知らせ：メッセージ",
    "message": "メッセージ",
    "draft_reminder": "保存期限の知らせ",
    "notice": "お知らせメール",
    "reset_code": "パスワード再設定の認証コード",
    "reset_refused": "パスワードを再設定できない知らせ",
    "password_changed": "パスワードの変更",
    "email_code": "メールアドレス変更の認証コード",
    "email_taken": "登録済みのアドレスの知らせ",
    "email_changed": "メールアドレスの変更",
    "account_closed": "退会",
    "recovery_issued": "窓口でのコードの発行",
}


# Which of the two went out, and to whom, tells whether an address is registered: nobody's affair here.
_ONE_OF_TWO = {
    "sign_up_code": "新規登録の知らせ",
    "sign_up_registered": "新規登録の知らせ",
    "reset_code": "パスワード再設定の知らせ",
    "reset_refused": "パスワード再設定の知らせ",
    "email_code": "メールアドレス変更の知らせ",
    "email_taken": "メールアドレス変更の知らせ",
}
# What a resident has not sent yet is not the town's affair either.
_NOT_FOR_STAFF = frozenset({*_ONE_OF_TWO, "draft_reminder"})


@dataclass(frozen=True)
class Line:
    """A mail as it is listed; a system administrator gets neither address nor subject."""

    id: int
    state: str
    state_word: str
    kind: str
    to: str
    subject: str
    tries: int
    error: str
    at: str
    sent_at: str
    can_resend: bool


def _visible(staff: SignedInStaff) -> Any:
    """A clerk: of the own divisions' applications; a town administrator: the town's; a system administrator: all."""
    query = OutboxMail.select(OutboxMail)
    if staff.role is Role.SYSTEM_ADMINISTRATOR:
        return query
    # The additions keep the planner from gathering and sorting all mails there ever were: it shall walk them back.
    if staff.role is Role.TOWN_ADMINISTRATOR:
        return query.where(OutboxMail.town + 0 == staff.town)
    own = sorted(access.own_divisions(staff))
    return query.join(Application).where(OutboxMail.division.in_(own) & (Application.division + 0).in_(own))


def find(staff: SignedInStaff, state: str, page: int) -> tuple[list[Line], bool]:
    """A page of mails, newest first, and whether more follow."""
    query = _visible(staff)
    if state == MailState.SENT:
        query = query.where(OutboxMail.state.concat("") == state)
    elif state in STATES:
        query = query.where(OutboxMail.state == state)
    rows = list(query.order_by(OutboxMail.id.desc()).limit(PER_PAGE + 1).offset((page - 1) * PER_PAGE))
    return [_line(staff, row) for row in rows[:PER_PAGE]], len(rows) > PER_PAGE and page < LAST_PAGE


def counts(staff: SignedInStaff) -> dict[str, int]:
    """How many wait and how many were given up, as far as this member of staff sees them."""
    return {state: _count(staff, state) for state in (MailState.QUEUED, MailState.FAILED)}


def failed(staff: SignedInStaff) -> int:
    """How many were given up: the alarm in the menu."""
    # Nearly always none at all, which is cheaper to ask than whose they are.
    if not ask("SELECT 1 FROM outbox_mail WHERE state = {} LIMIT 1", str(MailState.FAILED)):
        return 0
    return _count(staff, MailState.FAILED)


def _count(staff: SignedInStaff, state: MailState) -> int:
    return int(_visible(staff).where(OutboxMail.state == state).limit(COUNT_LIMIT).count())


def one(staff: SignedInStaff, key: int) -> OutboxMail:
    """One of them, or Missing."""
    found: OutboxMail | None = _visible(staff).where(OutboxMail.id == key).first()
    if found is None:
        raise Missing
    return found


def _line(staff: SignedInStaff, row: OutboxMail) -> Line:
    contents = staff.role is not Role.SYSTEM_ADMINISTRATOR and row.kind not in _NOT_FOR_STAFF
    return Line(
        row.id,
        row.state,
        STATES[MailState(row.state)],
        _ONE_OF_TWO.get(row.kind) or KINDS.get(row.kind, row.kind),
        row.to_address if contents else "",
        row.subject if contents else "",
        row.attempts,
        row.last_error if contents else row.last_error.replace(row.to_address, "（あて先）"),
        show_instant(row.created_at),
        show_instant(row.sent_at) if row.sent_at else "",
        row.state == MailState.FAILED and not row.has_code,
    )


def read(staff: SignedInStaff, key: int, *, look: bool) -> dict[str, Any]:
    """A mail for its own page; the text only where it carries no code and is this reader's affair."""
    row: Any = one(staff, key)
    shown = staff.role is not Role.SYSTEM_ADMINISTRATOR and not row.has_code and row.kind not in _NOT_FOR_STAFF
    if shown and look:
        audit.record("mail_viewed", staff=staff, application=row.application_id, division=row.division_id, mail=row.id)
    linked = staff.role is not Role.SYSTEM_ADMINISTRATOR and row.application_id is not None
    return {
        "line": _line(staff, row),
        "body": row.body if shown else "",
        "has_code": row.has_code,
        "application": row.application_id if linked else None,
        "number": numbering.grouped(row.application.number) if linked else "",
        "town_name": Town.get_by_id(row.town_id).name if row.town_id else "",
    }


def send_again(staff: SignedInStaff, key: int) -> None:
    """もう一度送る."""
    row = one(staff, key)
    with transaction():
        mail.resend(row)
        audit.record(
            "mail_sent_again", staff=staff, application=row.application_id, division=row.division_id, mail=row.id
        )
