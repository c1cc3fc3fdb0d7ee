"""お知らせメール: a notice goes to those who want it, or an important one to all, in batches and once (R-1.5)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import clock
import config
from models import MailState, Notice, OutboxMail, Resident, Town, ask, transaction
from rules.records import audit, mail, towns

KIND = "notice"
BATCH = 100
# No more than this wait at a time: mails about applications shall not stand behind a whole town's.
MOST_WAITING = 200

MAIL_WORDS = {"none": "送らない", "wanted": "希望する方に送る", "all": "全員に送る（重要なお知らせ）"}

_WHY = {
    "wanted": (
        "このメールは、お知らせメールを希望された方に\n送っています。\n"
        "届かないようにするには、電子申請窓口に\nログインして、次の順にお進みください。\n"
        "　マイページ\n　→ 利用者情報の照会・変更\n　→ 利用者情報を変更する\n　→ お知らせメール"
    ),
    "all": (
        "これは重要なお知らせのため、利用者登録を\nされている方全員に送っています。\n"
        "ふだんのお知らせメールを希望するかどうかは、\n電子申請窓口にログインして、次の順に進むと\n変えられます。\n"
        "　マイページ\n　→ 利用者情報の照会・変更\n　→ 利用者情報を変更する\n　→ お知らせメール"
    ),
}
_IMPORTANCE = {"wanted": "お知らせ", "all": "重要なお知らせ"}


class Progress(NamedTuple):
    """How far the mailing of a notice has come: those in all, sent, waiting, given up, and no longer reached."""

    total: int
    sent: int
    waiting: int
    failed: int
    finished: bool
    unreached: int


# ---------------------------------------------------------------- to whom


def _recipients(town: Town, mail_to: str, after: int) -> tuple[str, list[Any]]:
    """The condition of the accounts a notice is for: all of the only town's, else those who live or applied there."""
    condition = "closed_at IS NULL AND id > {}"
    values: list[Any] = [after]
    if mail_to != "all":
        condition += " AND wants_notices"
    if towns.only_town() is None:
        condition += (
            " AND (municipality_code = {} OR EXISTS (SELECT 1 FROM application a"
            " WHERE a.resident_id = resident.id AND a.town_id = {} AND a.number IS NOT NULL))"
        )
        values += [town.code, town.id]
    return condition, values


def count(town: Town, mail_to: str, after: int = 0) -> int:
    """How many accounts a notice would be mailed to now."""
    if mail_to == "none":
        return 0
    condition, values = _recipients(town, mail_to, after)
    return int(ask(f"SELECT COUNT(*) FROM resident WHERE {condition}", *values)[0][0])


# ---------------------------------------------------------------- how far


def has_begun(notice: Notice) -> bool:
    """Whether anybody was reached already, or it is over: from then on the mailing is not made another."""
    return notice.mail_cursor > 0 or notice.mailed_at is not None


def progress(notice: Notice) -> Progress:
    """What staff are told; a mail is sent when the mail server said so."""
    waiting, failed = (_lying(notice, state) for state in (MailState.QUEUED, MailState.FAILED))
    ahead = 0 if notice.mailed_at is not None else _ahead(notice)
    sent = max(notice.mail_count - waiting - failed, 0)
    total = notice.mail_count + notice.mail_unreached + ahead
    return Progress(total, sent, waiting, failed, notice.mailed_at is not None, notice.mail_unreached)


def _ahead(notice: Notice) -> int:
    """How many it was not queued for yet."""
    return count(notice.town, notice.mail_to, notice.mail_cursor)


def _address(notice: Notice) -> str:
    return f"{config.settings().base_url}/notices/{notice.id}"


def _lying(notice: Notice, state: MailState) -> int:
    return int(ask("SELECT COUNT(*) FROM outbox_mail WHERE notice = {} AND state = {}", notice.id, str(state))[0][0])


# ---------------------------------------------------------------- sending

_DUE = (
    "mail_to <> 'none' AND mailed_at IS NULL AND removed_at IS NULL AND shown_from <= {}"
    " AND (shown_until IS NULL OR shown_until > {})"
)
_OVER = "mail_to <> 'none' AND mailed_at IS NULL AND removed_at IS NULL AND shown_until <= {}"
# As it was read: nobody queued more of it, changed or removed it since.
_STILL = "id = {} AND mail_cursor = {} AND revision = {} AND mailed_at IS NULL AND removed_at IS NULL"


def send_due(now: datetime) -> int:
    """Queue the next mails of every notice whose time has come; returns how many."""
    at = Notice.shown_from.db_value(now)
    for over in Notice.rows(_OVER, at):
        _close(over)
    due = Notice.rows(f"{_DUE} ORDER BY shown_from, id", at, at)
    return sum(_go_on(notice, at) for notice in due if notice.town.closed_at is None)


def _close(notice: Notice) -> None:
    """Its time is over: nobody is mailed any more what cannot be read, and staff are told how many that leaves out."""
    left = _ahead(notice)
    with transaction():
        ended = {"mailed_at": clock.now(), "mail_unreached": left}
        if Notice.change(ended, _STILL, notice.id, notice.mail_cursor, notice.revision):
            _note(notice, notice.mail_count, left)


def _note(notice: Notice, mails: int, unreached: int) -> None:
    audit.record("notice_mailed", town=notice.town_id, notice=notice.id, mails=mails, unreached=unreached)


def _go_on(first: Notice, at: str | None) -> int:
    """Batch after batch of one notice, each from the row as it stands then, until enough wait."""
    queued, notice = 0, Notice.row(f"id = {{}} AND {_DUE}", first.id, at, at)
    while notice is not None and _waiting() + BATCH <= MOST_WAITING:
        queued += queue_batch(notice)
        notice = Notice.row(f"id = {{}} AND {_DUE}", first.id, at, at)
    return queued


def _waiting() -> int:
    """Mails of notices not tried yet; those a server put off do not hold up the others."""
    sql = "SELECT COUNT(*) FROM outbox_mail WHERE state = {} AND kind = {} AND attempts = 0"
    return int(ask(sql, str(MailState.QUEUED), KIND)[0][0])


def queue_batch(notice: Notice) -> int:
    """Queue the next hundred in one transaction; nothing, if somebody else did, or changed or removed the notice.

    The cursor is the claim: it moves with the mails or not at all.
    """
    condition, values = _recipients(notice.town, notice.mail_to, notice.mail_cursor)
    people = Resident.rows(f"{condition} ORDER BY id LIMIT {BATCH}", *values)
    change: dict[str, Any] = {"mail_count": notice.mail_count + len(people)}
    if people:
        change["mail_cursor"] = people[-1].id
    if len(people) < BATCH:
        change["mailed_at"] = clock.now()
    # Broken once instead of a hundred times while everybody else waits to write.
    told = mail.wrap(notice.body)
    with transaction():
        if not Notice.change(change, _STILL, notice.id, notice.mail_cursor, notice.revision):
            return 0
        for person in people:
            _queue(notice, person, told)
        if "mailed_at" in change:
            _note(notice, change["mail_count"], 0)
    return len(people)


def _queue(notice: Notice, person: Resident, told: str) -> None:
    mail.queue(
        KIND,
        notice=notice.id,
        to=person.email,
        town=notice.town,
        resident=person,
        name=person.name,
        importance=_IMPORTANCE[notice.mail_to],
        title=notice.title,
        body=told,
        url=_address(notice),
        why=_WHY[notice.mail_to],
    )


def stop(notice: Notice) -> int:
    """Take back what is queued and in nobody's hands; call inside the transaction that removes the notice."""
    free = OutboxMail.claimed_until.is_null() | (OutboxMail.claimed_until <= clock.now())
    mine = (OutboxMail.notice == notice.id) & (OutboxMail.state == MailState.QUEUED)
    taken = int(OutboxMail.delete().where(mine & free).execute())
    if taken:
        Notice.update(mail_count=Notice.mail_count - taken).where(Notice.id == notice.id).execute()
    return taken
