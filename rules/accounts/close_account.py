"""退会: an account ends; what was sent stays with the town, what was only saved goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import clock
from models import Application, GuideResult, Resident, Status, ask, transaction
from rules import Refusal
from rules.accounts import logins, my_account, profile, recovery_desk
from rules.applications import draft
from rules.forms import form
from rules.records import audit, mail, numbering, second_click
from rules.records.session import SignedInResident
from rules.visits import by_resident, telling

PAGE: dict[str, Any] = {"key": "close", "questions": [my_account.PRESENT]}

_OPEN = """SELECT a.number, p.name, a.status FROM application a JOIN procedure p ON p.id = a.procedure_id
WHERE a.resident_id = {} AND a.status IN ('SUBMITTED', 'IN_REVIEW', 'RETURNED')
ORDER BY a.submitted_at DESC LIMIT 100"""
_SAVED = """SELECT (SELECT COUNT(*) FROM application WHERE resident_id = {} AND status = 'DRAFT' AND expires_at > {}),
(SELECT COUNT(*) FROM guide_result WHERE resident_id = {})"""


@dataclass(frozen=True)
class Open:
    """An application that goes on without the account."""

    number: str
    procedure: str
    status: str


@dataclass(frozen=True)
class Outlook:
    """What closing an account would end, and what would go on."""

    open: list[Open]
    drafts: int
    results: int
    # The visits to come, in words: those that end with the account, and today's.
    freed: list[str]
    today: list[str]


def outlook(me: SignedInResident) -> Outlook:
    """What the resident is told before deciding."""
    going_on = [Open(numbering.grouped(number), name, status) for number, name, status in ask(_OPEN, me.id)]
    now = Application.expires_at.db_value(clock.now())
    drafts, results = ask(_SAVED, me.id, now, me.id)[0]
    return Outlook(going_on, drafts, results, *_visits(me.id))


def _visits(resident: int) -> tuple[list[str], list[str]]:
    """The visits to come, in words: those that end with the account, and today's, with what one needs for them."""
    freed, today = [], []
    for row in by_resident.coming(resident):
        words = telling.place_and_time(row)
        if by_resident.changeable(row):
            freed.append(words)
        else:
            today.append(f"{words}　申込番号 {telling.number_words(row)}　電話 {telling.telephone(row)}")
    return freed, today


def _visits_in_mail(freed: list[str], today: list[str]) -> str:
    """The same for the mail of 退会; "" where there are none."""
    found = ["次の来庁の予約は、取り消しました。", *(f"　{words}" for words in freed)] if freed else []
    if today:
        found += ["きょうの来庁の予約は、残っています。", "来られないときは、窓口に電話してください。"]
        found += [f"　{part}" for words in today for part in words.split("　")]
    return "\n".join(found)


def close_account(me: SignedInResident, raw: dict[str, Any], *, ip: str) -> None:
    """退会する: drafts with their files and saved results go, sessions end, the address is free again."""
    values, errors = form.check_page(PAGE, raw, {}, clock.today())
    if errors:
        raise Refusal("", errors)
    row = my_account.prove(me, values["present"], ip=ip)
    now = clock.now()
    with transaction():
        # Without a password nobody gets in. What was sent says by itself who sent it: the row need not.
        ended = {"closed_at": now, "password_hash": "", "email": "", "email_folded": "", **profile.NOTHING}
        if not Resident.update(ended).where(my_account.unchanged(row)).execute():
            raise Refusal(my_account.CHANGED)
        second_click.remember(me, "closing")
        mine = (Application.resident == me.id) & (Application.status == Status.DRAFT)
        for application in list(Application.select().where(mine)):
            draft.discard(application)
        visits = _visits_in_mail(*_visits(me.id))
        by_resident.leave(me.id)
        GuideResult.delete().where(GuideResult.resident == me.id).execute()
        logins.forget(me.id)
        recovery_desk.cancel_codes(me.id)
        my_account.start_afresh(row)
        mail.queue("account_closed", to=row.email, resident=row, name=row.name, visits=visits)
        audit.record("account_closed", resident=me.id, address=ip)
