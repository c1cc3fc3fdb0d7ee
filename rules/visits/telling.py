"""来庁予約の知らせ: the words of a booking, its mails, its lines in the history, the reminder of the day before."""

from __future__ import annotations

import json
import logging
from datetime import datetime, time, timedelta

import clock
import config
from clock import TOKYO
from models import Application, Counter, Procedure, Reservation, Resident, Status, Town, transaction
from rules.applications import application, letters
from rules.records import history, mail, numbering
from rules.records.history import Actor
from rules.values.calendar import short_date, wareki
from rules.visits import occasion

log = logging.getLogger("madoguchi.visits")

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
    return counter_words(row.counter)


def counter_words(counter: Counter) -> str:
    """'住民窓口（本庁舎1階）'"""
    return f"{counter.name}（{counter.place}）" if counter.place else str(counter.name)


def place_and_time(row: Reservation) -> str:
    return f"{time_words(row)}　{place_words(row)}"


def number_words(row: Reservation) -> str:
    """The number to name at the counter: the application's, or that of a booking entered by staff."""
    number = row.application.number if row.application is not None else row.number
    return numbering.grouped(number) if number else ""


def bring_words(row: Reservation) -> str:
    """What to bring: what the procedure asks for, then what the counter does."""
    document = occasion.document_of(row.application) if row.application is not None else None
    return "\n".join(occasion.bring(document, row.counter))


def hall_words(town: Town) -> str:
    """Where the town hall is; "" where the town has not said so. A counter may stand elsewhere: its own words tell."""
    code = f"〒{town.postal_code} " if town.postal_code else ""
    return f"{code}{town.address}" if town.address else ""


def way_words(row: Reservation) -> str:
    """How to get to the counter, and where the town hall is."""
    hall, way = hall_words(row.town), str(row.counter.map_text).strip()
    return "\n".join(part for part in (f"役場の住所　{hall}" if hall else "", way) if part)


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


def told(row: Reservation, kind: str, *, before: str = "", reason: str = "") -> bool:
    """Queue a mail to who booked, in the transaction of the act; False where no account did."""
    resident = row.resident
    if resident is None or resident.closed_at is not None:
        return False
    if kind in _TELLS_A_TIME and row.starts_at < _after_tomorrow(clock.now()):
        # Who hears of a time on the day before it needs no reminder on top.
        Reservation.change({"reminded_for": row.starts_at}, "id = {}", row.id)
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
        way=way_words(row),
        bring=bring_words(row) or "とくにありません",
        counter_telephone=telephone(row),
        before=before,
        reason=reason or "なし",
        link=_page(row),
        again=_again_words(row),
        changing=_changing_words(row),
    )
    return True


_TELLS_A_TIME = frozenset({"visit_booked", "visit_changed", "visit_changed_by_town"})


def _page(row: Reservation) -> str:
    return f"{config.settings().base_url}/mypage/reservations/{row.id}"


def _changing_words(row: Reservation) -> str:
    """Until when a booking can be changed, which is never on its day (R-5.2)."""
    if row.starts_at.astimezone(TOKYO).date() <= clock.today():
        return "きょうは、電子申請窓口では、\n変更や取消しができません。"
    return "変更や取消しは、前の日の夜12時まで、\n電子申請窓口でできます。\n　マイページ\n　→ 予約の確認"


def _again_words(row: Reservation) -> str:
    """What whoever lost a visit may do next; "" where the application is over as well."""
    sent = row.application
    if row.state == "BOOKED" or sent is None or not occasion.bookable(sent):
        return ""
    if not occasion.offered(sent):
        return "新しい日時は、下の番号に電話してご相談ください。"
    button = occasion.button_words(occasion.collects(sent), again=True)
    words = f"新しい日時は、電子申請窓口で選べます。\n次のページの「{button}」を押してください。\n{_page(row)}"
    if application.possible(sent, "withdraw"):
        words += "\n申請そのものをやめるときは、\n申請のページで「取り下げる」を押してください。"
    return words


@letters.says_beside
def _collecting(sent: Application) -> str:
    """What the mail of a result says of booking a time to collect what is ready; "" where none can be booked."""
    if not occasion.collects(sent) or not occasion.offered(sent):
        return ""
    return (
        "受け取る日時を、前もって予約できます。\n予約するときは、下の「この申請のページ」を開き、\n"
        f"「{occasion.button_words(True, again=False)}」を押してください。"
    )


@letters.tells_of_arrival
def _booked(sent: Application) -> bool:
    """The mail of a booking says that it is there, and more."""
    return occasion.when(occasion.document_of(sent)) == occasion.BOOKING


def record(row: Reservation, event: str, actor: Actor, text: str) -> None:
    """What became of a booking, in the history of its application; none where staff entered it without one."""
    about = row.application
    if about is not None:
        history.record(about, event, actor, before=about.status, text=text)


def remind(now: datetime) -> int:
    """Queue a mail on the day before, once for each time; returns how many mails: who has no account gets none.

    One that could not be made on that day is made late, as long as the visit is still to come. A row that cannot be
    told of is logged and left for the next run: it stops none of the others.
    """
    if not FROM_HOUR <= now.astimezone(TOKYO).hour < UNTIL_HOUR:
        return 0
    stored = Reservation.starts_at.db_value
    due = Reservation.rows(_DUE, stored(now), stored(_after_tomorrow(now)), _BATCH)
    _bring_along(due)
    made = 0
    for row in due:
        try:
            made += _remind(row)
        except Exception:
            log.exception("no reminder for reservation %s", row.id)
    return made


def _after_tomorrow(now: datetime) -> datetime:
    return datetime.combine(now.astimezone(TOKYO).date() + timedelta(days=2), time(), TOKYO)


def _bring_along(due: list[Reservation]) -> None:
    """Read what a mail names of these rows, a table at a time."""
    for name, table in (
        ("town", Town),
        ("counter", Counter),
        ("procedure", Procedure),
        ("application", Application),
        ("resident", Resident),
    ):
        keys = {key for row in due if (key := getattr(row, f"{name}_id")) is not None}
        found = {one.id: one for one in table.rows("id IN (SELECT value FROM json_each({}))", json.dumps(list(keys)))}
        for row in due:
            if (one := found.get(getattr(row, f"{name}_id"))) is not None:
                row.__rel__[name] = one


def _remind(row: Reservation) -> bool:
    """Claim the reminder by the column that remembers it, so that two processes never send it twice; True if sent."""
    same = "id = {} AND state = 'BOOKED' AND starts_at = {} AND (reminded_for IS NULL OR reminded_for <> starts_at)"
    with transaction():
        if not Reservation.change(
            {"reminded_for": row.starts_at}, same, row.id, Reservation.starts_at.db_value(row.starts_at)
        ):
            return False
        today = row.starts_at.astimezone(TOKYO).date() == clock.today()
        return told(row, "visit_today" if today else "visit_reminder")
