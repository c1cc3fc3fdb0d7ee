"""来庁予約の知らせ: the words of a booking, its mails, its lines in the history, the reminder of the day before."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import clock
import config
from clock import TOKYO
from models import Counter, Reservation, Status, transaction
from rules.records import history, mail, numbering
from rules.records.history import Actor
from rules.values.calendar import short_date, wareki
from rules.visits import occasion

# Nobody is woken by a mail.
FROM_HOUR, UNTIL_HOUR = 8, 20
_BATCH = 500
# Nobody is reminded of a visit whose application is over.
_DUE = (
    "state = 'BOOKED' AND NOT withdrawn AND starts_at > {} AND starts_at < {} "
    "AND (reminded_for IS NULL OR reminded_for <> starts_at) AND NOT EXISTS (SELECT 1 FROM application a "
    "WHERE a.id = reservation.application_id AND a.status IN ('REJECTED', 'WITHDRAWN')) ORDER BY starts_at LIMIT {}"
)
NO_SUBJECT = "来庁の予約"


def time_words(row: Reservation) -> str:
    """'令和8年12月1日（火） 9:00〜9:30', in the town's time."""
    return span_words(row.starts_at, row.ends_at)


def span_words(begins: datetime, ends: datetime) -> str:
    """The same of two instants."""
    begins, ends = begins.astimezone(TOKYO), ends.astimezone(TOKYO)
    day = f"{wareki(begins.date())}{short_date(begins.date())}"
    return f"{day} {begins.hour}:{begins.minute:02d}〜{ends.hour}:{ends.minute:02d}"


def place_words(row: Reservation) -> str:
    counter = row.counter
    return f"{counter.name}（{counter.place}）" if counter.place else str(counter.name)


def place_and_time(row: Reservation) -> str:
    return f"{time_words(row)}　{place_words(row)}"


def number_words(row: Reservation) -> str:
    """The number to name at the counter: the application's, or that of a booking entered by staff."""
    number = row.application.number if row.application is not None else row.number
    return numbering.grouped(number) if number else ""


def bring_words(row: Reservation) -> str:
    """What to bring: what the procedure asks for, then what the counter does."""
    asked = ""
    if row.application is not None:
        asked = occasion.bring(occasion.document_of(row.application))
    return "\n".join(part for part in (asked.strip(), str(row.counter.bring).strip()) if part)


def subject_words(row: Reservation) -> str:
    """What the visit is for."""
    return str(row.procedure.name) if row.procedure is not None else NO_SUBJECT


def over_words(withdrawn: bool, status: str) -> str:
    """What became of the application on the day of the visit, in a word; "" where it goes on."""
    if not withdrawn:
        return ""
    return "却下" if status == Status.REJECTED else "取下げ"


def telephone(row: Reservation) -> str:
    """Whom to call about a visit."""
    return telephone_of(row.counter)


def telephone_of(counter: Counter) -> str:
    """Whom to call about a counter."""
    return str(counter.telephone or counter.division.telephone or counter.town.telephone)


def told(row: Reservation, kind: str, *, before: str = "", reason: str = "") -> None:
    """Queue a mail to who booked, in the transaction of the act; none where no account did."""
    resident = row.resident
    if resident is None or resident.closed_at is not None:
        return
    mail.queue(
        kind,
        to=resident.email,
        town=row.town,
        resident=resident,
        application=row.application,
        division=row.counter.division,
        name=resident.name,
        procedure=subject_words(row),
        number=number_words(row),
        time=time_words(row),
        place=place_words(row),
        bring=bring_words(row) or "とくにありません",
        counter_telephone=telephone(row),
        before=before,
        reason=reason or "なし",
        link=f"{config.settings().base_url}/mypage/reservations",
    )


def record(row: Reservation, event: str, actor: Actor, text: str) -> None:
    """What became of a booking, in the history of its application; none where staff entered it without one."""
    about = row.application
    if about is not None:
        history.record(about, event, actor, before=about.status, text=text)


def remind(now: datetime) -> int:
    """Queue a mail on the day before, once for each time; returns how many.

    One that could not be made on that day is made late, as long as the visit is still to come.
    """
    local = now.astimezone(TOKYO)
    if not FROM_HOUR <= local.hour < UNTIL_HOUR:
        return 0
    end = datetime.combine(local.date() + timedelta(days=2), time(), TOKYO)
    stored = Reservation.starts_at.db_value
    due = Reservation.rows(_DUE, stored(now), stored(end), _BATCH)
    return sum(_remind(row) for row in due)


def _remind(row: Reservation) -> bool:
    """Claim the reminder by the column that remembers it, so that two processes never send it twice."""
    same = "id = {} AND state = 'BOOKED' AND starts_at = {} AND (reminded_for IS NULL OR reminded_for <> starts_at)"
    with transaction():
        if not Reservation.change(
            {"reminded_for": row.starts_at}, same, row.id, Reservation.starts_at.db_value(row.starts_at)
        ):
            return False
        # Who booked less than a day ahead has just had the mail of the booking.
        if row.booked_at is None or row.booked_at.astimezone(TOKYO).date() < clock.today():
            told(row, "visit_reminder")
    return True
