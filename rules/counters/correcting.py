"""予約の訂正: what staff put right of a booking: who comes, whom to call, and the note."""

from __future__ import annotations

import clock
from models import Reservation, transaction
from rules import Refusal
from rules.counters import by_town
from rules.records.history import Actor
from rules.records.session import SignedInStaff
from rules.town.setup_behind import Stale
from rules.values import behind
from rules.visits import seats, telling

_LABELS = {"name": "氏名", "telephone": "電話番号", "note": "メモ"}


def correctable(row: Reservation) -> tuple[str, ...]:
    """What staff may change: all that was told to them, but of who booked for themselves the note alone."""
    return ("name", "telephone", "note") if row.created_by_id is not None else ("note",)


def correct(me: SignedInStaff, key: int, revision: int, typed: dict[str, str]) -> Reservation:
    """予約の内容を直す; nobody is told, since neither time nor place changes. A second press finds it done."""
    with transaction():
        row = by_town.own(me, key)
        wanted = {name: typed[name].strip() for name in correctable(row)}
        if "telephone" in wanted:
            wanted["telephone"] = by_town.plain_telephone(wanted["telephone"])
        changed = [name for name, words in wanted.items() if words != getattr(row, name)]
        if not changed:
            return row
        if row.revision != revision:
            raise Stale
        if not wanted.get("name", row.name):
            raise Refusal("", {"q-name": "来る方の氏名を入力してください。"})
        was = {name: getattr(row, name) or "（なし）" for name in changed}
        if "name" in changed:
            wanted["name_folded"] = by_town.searchable(wanted["name"], row.application)
        seats.mark(row, str(row.state), **wanted, corrected_at=clock.now(), corrected_by=me.name)
        text = "\n".join(f"{_LABELS[name]}：{was[name]} → {wanted[name] or '（なし）'}" for name in changed)
        telling.record(row, "visit_corrected", Actor(staff=me), text)
        by_town.note("reservation_corrected", me, row, fields=changed)
    return row


def last_corrected(row: Reservation) -> str:
    """When and by whom; "" where nobody did."""
    return behind.changed(row.corrected_at, row.corrected_by) if row.corrected_at is not None else ""
