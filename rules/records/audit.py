"""操作ログ: what staff did and looked at; appended only, sealed day by day so that a change would show."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from typing import Any

import clock
from models import AuditEntry, AuditSeal, database, transaction, tuples
from rules.records.session import SignedInStaff


def record(
    act: str,
    *,
    staff: SignedInStaff | None = None,
    staff_id: int | None = None,
    town: int | None = None,
    resident: int | None = None,
    application: int | None = None,
    division: int | None = None,
    address: str = "",
    **detail: Any,
) -> None:
    """Append one entry; `act` is in the past tense. Ids and names of fields only, never contents."""
    with transaction():
        # Read when it is our turn to write, so that ids and times go the same way.
        now = clock.now()
        AuditEntry.create(
            at=now,
            day=now.date(),
            town=town if town is not None else (staff.town if staff else None),
            staff=staff.id if staff else staff_id,
            resident=resident,
            application=application,
            division=division,
            act=act,
            detail=detail,
            address=address,
        )


def _digest(day: date, previous: str) -> tuple[int, int, str]:
    """How many entries a day has, the last one's id, and the digest over all of them and the seal before."""
    sum_, count, last = sha256(previous.encode("ascii")), 0, 0
    columns = [field.column_name for field in AuditEntry._meta.sorted_fields]
    sql = f"SELECT {','.join(columns)} FROM audit_entry WHERE day = {database.param} ORDER BY id"
    for row in database.execute_sql(sql, (day.isoformat(),)):
        sum_.update(repr([None if v is None else str(v) for v in row]).encode("utf-8"))
        count, last = count + 1, row[0]
    return count, last, sum_.hexdigest()


def seal_days(today: date) -> int:
    """Seal every day that is over and not yet sealed; returns how many."""
    sealed = 0
    with transaction():
        latest = AuditSeal.select().order_by(AuditSeal.day.desc()).first()
        previous = latest.sha256 if latest else ""
        days = AuditEntry.select(AuditEntry.day).distinct().where(AuditEntry.day < today).order_by(AuditEntry.day)
        if latest:
            days = days.where(AuditEntry.day > latest.day)
        for (day,) in tuples(days):
            count, last, digest = _digest(day, previous)
            AuditSeal.create(day=day, entries=count, last_entry=last, sha256=digest, sealed_at=clock.now())
            previous, sealed = digest, sealed + 1
    return sealed


def broken_days() -> list[date]:
    """The sealed days whose entries no longer give their seal; empty means the log is as it was written."""
    broken, previous = [], ""
    for seal in AuditSeal.select().order_by(AuditSeal.day):
        count, last, digest = _digest(seal.day, previous)
        if (count, last, digest) != (seal.entries, seal.last_entry, seal.sha256):
            broken.append(seal.day)
        previous = seal.sha256
    return broken


LABELS = {
    "staff_logged_in": "ログインした",
    "staff_login_failed": "ログインに失敗した",
    "staff_logged_out": "ログアウトした",
    "staff_password_changed": "パスワードを変えた",
    "application_viewed": "申請を見た",
    "application_printed": "申請を印刷した",
    "applications_exported": "申請の一覧をCSVで取り出した",
    "file_downloaded": "添付ファイルを開いた",
    "file_withheld": "添付ファイルを渡さなかった",
    "virus_found": "添付にウイルスの疑いがあり断った",
    "application_moved": "申請を処理した",
    "application_assigned": "担当を決めた",
    "application_transferred": "別の部課に移した",
    "note_added": "メモを残した",
    "message_sent": "メッセージを送った",
    "message_handled": "メッセージに返事は不要とした",
    "document_issued": "交付物を登録した",
    "document_extended": "交付物の期限を延ばした",
    "document_withdrawn": "交付物を取り消した",
    "document_record_viewed": "交付の記録を見た",
    "issued_document_opened": "交付物を開いた",
    "issued_document_viewed": "申請者が交付物の知らせを見た",
    "issued_document_downloaded": "申請者が交付物をダウンロードした",
    "mail_viewed": "メールを読んだ",
    "mail_sent_again": "メールをもう一度送った",
    "page_text_saved": "ページの文を変えた",
    "page_text_put_back": "ページの文を配布の文に戻した",
    "search_miss_removed": "見つからなかったことばを消した",
    "procedure_created": "手続きを作った",
    "procedure_edited": "手続きの下書きを変えた",
    "synonym_added": "手続きが見つかることばを足した",
    "guide_created": "手続き判定を作った",
    "guide_saved": "手続き判定を保存した",
    "guide_published": "手続き判定を公開した",
    "guide_reverted": "手続き判定を元に戻した",
    "guide_closed": "手続き判定を削除した",
    "procedure_published": "手続きを公開した",
    "draft_equal_to_published": "公開中と同じ下書きを消した",
    "draft_discarded": "手続きの下書きをやめた",
    "version_restored": "前の版を下書きにした",
    "procedure_removed": "公開していない手続きを消した",
    "procedure_loaded": "手続きをファイルから取り込んだ",
    "procedure_loaded_published": "手続きをファイルから取り込んで公開した",
    "procedure_closed": "手続きの受付をやめた",
    "procedure_reopened": "手続きの受付を再開した",
    "staff_created": "職員を登録した",
    "staff_changed": "職員の登録を変えた",
    "staff_disabled": "職員をログインできなくした",
    "staff_enabled": "職員をまた使えるようにした",
    "staff_password_reset": "職員のパスワードを発行し直した",
    "town_added": "市町村を加えた",
    "town_changed": "市町村の情報を変えた",
    "town_closed": "市町村を閉じた",
    "town_reopened": "市町村をもう一度開いた",
    "division_added": "部課を加えた",
    "division_changed": "部課を変えた",
    "division_moved": "部課の順番を変えた",
    "division_closed": "部課を閉じた",
    "division_reopened": "部課をまた使えるようにした",
    "category_added": "カテゴリを加えた",
    "category_changed": "カテゴリを変えた",
    "category_moved": "カテゴリの順番を変えた",
    "category_deleted": "カテゴリを削除した",
    "closing_day_added": "閉庁日を加えた",
    "closing_day_removed": "閉庁日を取り消した",
    "counter_added": "窓口を加えた",
    "counter_changed": "窓口を変えた",
    "counter_hours_changed": "窓口の受付時間を変えた",
    "counter_days_set": "窓口の日ごとの予定を入れた",
    "counter_day_removed": "窓口の日ごとの予定を取り消した",
    "counter_moved": "窓口の順番を変えた",
    "counter_closed": "窓口を閉じた",
    "counter_reopened": "窓口をまた使えるようにした",
    "slots_blocked": "予約の枠を休止にした",
    "slots_unblocked": "予約の枠の休止をやめた",
    "reservation_entered": "来庁の予約を入れた",
    "reservation_changed": "来庁の予約を変更した",
    "reservation_cancelled": "来庁の予約を取り消した",
    "reservation_corrected": "来庁の予約の氏名・電話番号・メモを直した",
    "reservation_marked": "来庁の記録を付けた",
    "reservation_viewed": "来庁の予約を見た",
    "reservations_printed": "来庁の予約の一覧を印刷した",
    "reservation_slip_printed": "来庁の予約の控えを印刷した",
    "reservations_exported": "来庁の予約をCSVで取り出した",
    "mail_text_saved": "メールの文面を変えた",
    "mail_text_put_back": "メールの文面を配布の文面に戻した",
    "resident_registered": "利用者登録をした",
    "profile_changed": "利用者情報を変えた",
    "password_changed": "利用者のパスワードを変えた",
    "password_reset": "利用者のパスワードを決め直した",
    "email_changed": "利用者のメールアドレスを変えた",
    "account_closed": "退会した",
    "recovery_searched": "窓口の救済で探して、1人に決まらなかった",
    "recovery_looked_up": "窓口の救済で利用者を見た",
    "recovery_issued": "窓口の救済のコードを発行した",
    "recovery_cancelled": "窓口の救済のコードを取り消した",
    "account_recovered": "窓口のコードで利用者IDを変えた",
    "notice_created": "お知らせを書いた",
    "notice_changed": "お知らせを直した",
    "notice_removed": "お知らせを取り下げた",
    "notice_mailed": "お知らせメールを送り出した",
    "stop_announced": "停止を予定した",
    "stop_cancelled": "停止の予定を取り消した",
    "stop_ended": "停止を終わらせた",
}


def label(act: str) -> str:
    """An act in words, for the screen."""
    return LABELS.get(act, act)
