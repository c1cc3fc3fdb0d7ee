"""お知らせ: what a town tells its residents, between two instants, and who of the staff writes it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from peewee import IntegrityError

import clock
from models import Notice, Role, Town, ask, transaction
from rules import Refusal
from rules.records import access, audit, towns
from rules.records.session import SignedInStaff
from rules.town import notice_mail

PER_PAGE = 20
STAFF_PER_PAGE = 30


class Shown(NamedTuple):
    """A notice as a list of residents names it."""

    id: int
    title: str
    shown_from: datetime


# ---------------------------------------------------------------- what residents see

_SHOWN = "shown_from <= {} AND (shown_until IS NULL OR shown_until > {}) AND removed_at IS NULL"


def shown(town: Town, limit: int | None = None, skip: int = 0) -> list[Shown]:
    """What residents of a town see now, newest first."""
    now = Notice.shown_from.db_value(clock.now())
    rows = ask(
        f"SELECT id, title, shown_from FROM notice WHERE town_id = {{}} AND {_SHOWN} "
        "ORDER BY shown_from DESC, id DESC LIMIT {} OFFSET {}",
        town.id,
        now,
        now,
        -1 if limit is None else limit,
        skip,
    )
    read: Any = Notice.shown_from.python_value
    return [Shown(key, title, read(at)) for key, title, at in rows]


def shown_page(town: Town, page: int) -> tuple[list[Shown], bool]:
    """A page of them, and whether more follow."""
    rows = shown(town, PER_PAGE + 1, (page - 1) * PER_PAGE)
    return rows[:PER_PAGE], len(rows) > PER_PAGE


def shown_one(key: int) -> Notice:
    """A notice that residents see now, or Missing."""
    now = Notice.shown_from.db_value(clock.now())
    found = Notice.row(f"id = {{}} AND {_SHOWN}", key, now, now)
    if found is None or found.town.closed_at is not None:
        raise access.Missing
    return found


def over(key: int) -> Town | None:
    """The town of a notice that was shown and is so no longer, or None."""
    now = Notice.shown_from.db_value(clock.now())
    was = "shown_from <= {} AND (removed_at IS NOT NULL OR shown_until <= {})"
    found = Notice.row(f"id = {{}} AND {was}", key, now, now)
    return found.town if found is not None and found.town.closed_at is None else None


# ---------------------------------------------------------------- what staff see


def of_staff(by: SignedInStaff, page: int) -> tuple[list[Notice], bool]:
    """A page of the town's notices, those shown last first, and whether more follow."""
    rows = Notice.rows(
        "town_id = {} ORDER BY shown_from DESC, id DESC LIMIT {} OFFSET {}",
        by.town,
        STAFF_PER_PAGE + 1,
        (page - 1) * STAFF_PER_PAGE,
    )
    return rows[:STAFF_PER_PAGE], len(rows) > STAFF_PER_PAGE


def one(by: SignedInStaff, key: int) -> Notice:
    """A notice of the own town, or Missing."""
    found = Notice.row("id = {} AND town_id = {}", key, by.town) if by.town is not None else None
    if found is None:
        raise access.Missing
    return found


def recipients(by: SignedInStaff, mail_to: str) -> int:
    """To how many a notice of the own town would be mailed now."""
    town = towns.staff_town(by)
    return notice_mail.count(town, mail_to) if town else 0


def state_word(notice: Notice) -> str:
    """予定, 掲載中, 終了 or 取り下げ."""
    now = clock.now()
    if notice.removed_at is not None:
        return "取り下げ"
    if notice.shown_from > now:
        return "予定"
    return "終了" if notice.shown_until is not None and notice.shown_until <= now else "掲載中"


# ---------------------------------------------------------------- what a town administrator does


def publish(by: SignedInStaff, values: dict[str, Any], token: str = "") -> Notice:
    """Publish a notice; `values` are title, body, shown_from, shown_until and mail_to.

    `token` is of the page that was pressed: pressed twice, it finds what the first press has made.
    """
    _only_administrators(by)
    check(values)
    try:
        with transaction():
            made = Notice.create(
                town=by.town, created_at=clock.now(), created_by=by.id, form_token=token[:64] or None, **values
            )
            audit.record("notice_created", staff=by, notice=made.id, mail_to=values["mail_to"])
    except IntegrityError:
        found = Notice.row("form_token = {} AND created_by_id = {}", token[:64], by.id)
        if found is None:
            raise
        made = found
    return made


def revise(by: SignedInStaff, notice: Notice, revision: int, values: dict[str, Any]) -> None:
    """Change it, if nobody did since the revision the form was made from; what was mailed is not mailed again."""
    _only_administrators(by)
    check(values, notice)
    still = "id = {} AND revision = {} AND removed_at IS NULL"
    if notice_mail.has_begun(notice):
        values = values | {"mail_to": notice.mail_to}
    else:
        # The first mails may go out between the look and the act.
        still += " AND mail_cursor = 0 AND mailed_at IS NULL"
    with transaction():
        if not Notice.change({**values, **_by(by), "revision": revision + 1}, still, notice.id, revision):
            raise Refusal(_why_not(notice.id, revision))
        audit.record("notice_changed", staff=by, notice=notice.id, mail_to=values["mail_to"])


def _by(by: SignedInStaff) -> dict[str, Any]:
    return {"updated_at": clock.now(), "updated_by": by.id}


def _why_not(key: int, revision: int) -> str:
    found = Notice.get_by_id(key)
    if found.removed_at is not None:
        return "このお知らせは、取り下げられました。直すことはできません。入力した内容は、下に残っています。"
    why = "その間にお知らせメールを送り始めた" if found.revision == revision else "ほかの職員が先に直した"
    return (
        f"{why}ため、まだ保存していません。入力した内容は、下に残っています。"
        "いまの内容を見て、よければ、もう一度「確認する」から進んでください。"
    )


def remove(by: SignedInStaff, notice: Notice, revision: int) -> int:
    """取り下げる: residents see it no longer, mails that wait do not go out; returns how many those were."""
    _only_administrators(by)
    still = "id = {} AND revision = {} AND removed_at IS NULL"
    with transaction():
        taken = {"removed_at": clock.now(), **_by(by), "revision": revision + 1}
        if not Notice.change(taken, still, notice.id, revision):
            raise Refusal("ほかの職員が先に、このお知らせを直したか、取り下げています。内容を確かめてください。")
        stopped = notice_mail.stop(notice)
        audit.record("notice_removed", staff=by, notice=notice.id, mails_stopped=stopped)
    return stopped


def check(values: dict[str, Any], notice: Notice | None = None) -> None:
    """Refuse dates that fit nothing; a notice that is there may be ended by a date that is over."""
    until = values["shown_until"]
    if until is not None and until <= values["shown_from"]:
        raise Refusal("", {"q-until-year": "掲載の終わりは、始まりより後にしてください。"})
    if until is not None and notice is None and until <= clock.now():
        raise Refusal("", {"q-until-year": "掲載の終わりが、もう過ぎています。日付をお確かめください。"})


def _only_administrators(by: SignedInStaff) -> None:
    if by.role is not Role.TOWN_ADMINISTRATOR or by.town is None:
        raise access.Missing
