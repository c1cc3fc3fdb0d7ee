"""窓口の設定: the counters of a town as its administrator sets them up; what touches bookings is decided on first."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple

from peewee import IntegrityError

import clock
from models import Counter, Division, ask, transaction
from rules import Refusal
from rules.counters import counter_effect
from rules.counters.change_of_hours import Decision, Done, decide
from rules.records import audit, places
from rules.records.access import Missing
from rules.records.session import SignedInStaff
from rules.town import setup_fields
from rules.town.setup_behind import Stale, last_change
from rules.values import text
from rules.visits import hours

MOST = 100
LONGEST_SLOT = 480
MOST_SEATS = 50
FARTHEST = 365
_ACTS = (
    "counter_changed", "counter_hours_changed", "counter_days_set", "counter_day_removed", "counter_moved",
    "counter_closed", "counter_reopened",
)  # fmt: skip
STALE = "ほかの職員が、先にこの窓口を変えました。いまの内容を見てから、もう一度押してください。"


class Listed(NamedTuple):
    """A counter in the list, with the name of its division and how many bookings it has to come."""

    row: Counter
    division: str
    coming: int


_COMING = (
    "SELECT counter_id, COUNT(*) FROM reservation WHERE town_id = {} AND state = 'BOOKED' AND starts_at > {} "
    "AND ends_at > {} GROUP BY counter_id"
)


def _coming(me: SignedInStaff) -> dict[int, int]:
    """How many bookings each counter has to come, by its id; those that began long ago need not be looked at."""
    now, stored = clock.now(), Counter.closed_at.db_value
    return dict(ask(_COMING, me.town, stored(now - timedelta(minutes=LONGEST_SLOT)), stored(now)))


def listed(me: SignedInStaff) -> tuple[list[Listed], list[Listed]]:
    """The open counters of the town, and the closed ones."""
    names = dict(ask("SELECT id, name FROM division WHERE town_id = {}", me.town))
    coming = _coming(me)
    rows = Counter.rows("town_id = {} ORDER BY position, id", me.town)
    found = [Listed(row, names[row.division_id], coming.get(row.id, 0)) for row in rows]
    return [one for one in found if one.row.closed_at is None], [one for one in found if one.row.closed_at is not None]


def one(me: SignedInStaff, key: int) -> Counter:
    """A counter of one's own town, or Missing."""
    found = Counter.row("id = {} AND town_id = {}", key, me.town) if me.town else None
    if found is None:
        raise Missing
    return found


def changed(row: Counter) -> str:
    """When and by whom it was last changed."""
    return last_change(row.town_id, _ACTS, counter=row.id)


def questions(me: SignedInStaff, row: Counter | None = None) -> list[dict[str, Any]]:
    """What is asked of a counter, apart from its hours; of one to which somebody comes also whether to tell them."""
    coming = counter_effect.coming(row) if row is not None else 0
    about_telling = f"これからの予約が{coming}件あります。名前か場所を変えたときに、メールで知らせるかどうかです。"
    yes_no = [("yes", "知らせる"), ("no", "知らせない")]
    tell = setup_fields.choice("tell", "予約した方への知らせ", about_telling, yes_no)
    rows = ask("SELECT id, name FROM division WHERE town_id = {} AND closed_at IS NULL ORDER BY position, id", me.town)
    divisions = [(str(key), name) for key, name in rows]
    about_division = "この部課と、その下の部課の手続きから予約できます。予約を見られるのは、この部課の担当者です。"
    holidays = [("no", "休む"), ("yes", "いつもの曜日と同じに受け付ける")]
    return [
        setup_fields.line("name", "窓口の名前", "例：住民窓口。住民の方の画面にも出ます。", 60, required=True),
        setup_fields.choice("division", "部課", about_division, divisions, look="select"),
        setup_fields.line("place", "場所", "例：本庁舎1階 3番", 100),
        _long("map_text", "行き方", "例：正面玄関を入って、左の奥です。駐車場は庁舎の南側です。"),
        setup_fields.other("telephone", "telephone", "電話番号", "空けておくと、部課の番号を案内します。"),
        _long(
            "bring", "持ち物", "予約した方みんなに持ってきてもらうもの。手続きごとの持ち物は、手続きの画面で決めます。"
        ),
        _number("slot_minutes", "1件の時間", f"枠の長さです。5分から{LONGEST_SLOT}分まで。例：30", "分"),
        _number("seats", "同じ時刻に受け付ける数", f"1から{MOST_SEATS}まで。例：2", "件"),
        _number(
            "days_from",
            "予約できる初めの日",
            "何日先から予約できるか。あすからなら1です。当日の予約はできません。",
            "日",
        ),
        _number("days_until", "予約できる終わりの日", f"何日先まで予約できるか。{FARTHEST}日まで。例：60", "日"),
        setup_fields.choice("on_holidays", "祝日", "年末年始（12月29日から1月3日まで）は、いつも休みです。", holidays),
        *([tell] if coming else []),
    ]


def _long(key: str, label: str, hint: str) -> dict[str, Any]:
    return setup_fields.other(key, "long_text", label, hint) | {"limits": {"max_length": 500, "rows": 3}}


def _number(key: str, label: str, hint: str, unit: str) -> dict[str, Any]:
    return setup_fields.other(key, "number", label, hint, required=True) | {"limits": {"unit": unit}}


_NUMBERS = ("slot_minutes", "seats", "days_from", "days_until")


def kept(row: Counter | None) -> dict[str, Any]:
    """What stands in the form before anybody typed, as raw answers."""
    if row is None:
        return {"slot_minutes": "30", "seats": "1", "days_from": "1", "days_until": "60", "on_holidays": "no"}
    found = {key: getattr(row, key) for key in ("name", "place", "map_text", "telephone", "bring")}
    found |= {key: str(getattr(row, key)) for key in _NUMBERS}
    return found | {"division": str(row.division_id), "on_holidays": "yes" if row.on_holidays else "no", "tell": "yes"}


# ---------------------------------------------------------------- acts


def add(me: SignedInStaff, values: dict[str, Any]) -> Counter:
    """窓口を加える; the same name twice is refused, so that a double press adds one."""
    with transaction():
        columns = _columns(me, values)
        if ask("SELECT COUNT(*) FROM counter WHERE town_id = {}", me.town)[0][0] >= MOST:
            raise Refusal(f"窓口は{MOST}までです。")
        try:
            made: Counter = Counter.create(**columns, town=me.town, position=places.after_last(Counter, me.town))
        except IntegrityError:
            raise _taken(columns["name"]) from None
        audit.record("counter_added", staff=me, division=made.division_id, counter=made.id)
    return made


def revise(
    me: SignedInStaff, key: int, values: dict[str, Any], revision: int, decision: Decision, shown: str = ""
) -> Done:
    """保存する; raises Touches where the length or the number of the seats leaves bookings without one.

    Moves is raised first where it goes to another division with bookings, until `shown` is what it says. `result`: the
    sentence about who was told of another name or place.
    """
    row = one(me, key)
    if row.revision == revision and row.closed_at is None:
        counter_effect.ask_first(row, int(_columns(me, values, row)["division"]), shown)

    def act() -> None:
        columns = _columns(me, values, row)
        try:
            claim(key, revision, columns, Stale())
        except IntegrityError:
            raise _taken(columns["name"]) from None
        audit.record("counter_changed", staff=me, counter=key)

    with transaction():
        done = decide(me, [row], act, decision)
        # Whoever was cancelled along with it hears of that alone.
        return replace(done, result=counter_effect.tell_of_place(me, row) if values.get("tell") == "yes" else "")


def move(me: SignedInStaff, key: int, revision: int, *, up: bool) -> None:
    """上へ, 下へ among the open counters, as residents see them; pressed twice, it moves once."""
    with transaction():
        one(me, key)
        rows = Counter.rows("town_id = {} ORDER BY position, id", me.town)
        still = [row.id for row in rows if row.closed_at is None]
        if places.move(Counter, [row.id for row in rows], still, key, revision, up=up):
            audit.record("counter_moved", staff=me, counter=key)


def claim(key: int, revision: int, columns: dict[str, Any], late: Refusal) -> None:
    """Write to an open counter if nobody else did since the form was made, else raise `late`."""
    fits = "id = {} AND revision = {} AND closed_at IS NULL"
    if not Counter.change(columns | {"revision": revision + 1}, fits, key, revision):
        raise late


def _columns(me: SignedInStaff, values: dict[str, Any], row: Counter | None = None) -> dict[str, Any]:
    if errors := faults(me, values, row):
        raise Refusal("", errors)
    telephone = values["telephone"]
    texts = {key: (values[key] or "").strip() for key in ("name", "place", "map_text", "bring")}
    return {
        **texts,
        **{key: values[key] for key in _NUMBERS},
        "division": int(values["division"]),
        "telephone": text.digits(telephone["typed"]) if telephone else "",
        "on_holidays": values["on_holidays"] == "yes",
    }


def faults(me: SignedInStaff, values: dict[str, Any], row: Counter | None = None) -> dict[str, str]:
    """What will not do, beside its field; what is not there, because it could not be read, is passed over."""
    errors: dict[str, str] = {}
    name, division = (values.get("name") or "").strip(), values.get("division")
    if ask("SELECT 1 FROM counter WHERE town_id = {} AND name = {} AND id <> {}", me.town, name, row.id if row else 0):
        errors |= _taken(name).fields
    open_one = "id = {} AND town_id = {} AND closed_at IS NULL"
    if division and Division.row(open_one, int(division), me.town) is None:
        errors["q-division"] = "部課を、表示されている中から選び直してください。"
    return errors | _wrong_slots(values, row) | _wrong_window(values.get("days_from"), values.get("days_until"))


def _wrong_slots(values: dict[str, Any], row: Counter | None) -> dict[str, str]:
    errors: dict[str, str] = {}
    minutes, seats = values.get("slot_minutes"), values.get("seats")
    if minutes is not None and not 5 <= minutes <= LONGEST_SLOT:
        errors["q-slot_minutes"] = f"1件の時間は、5分から{LONGEST_SLOT}分までにしてください。"
    elif minutes is not None and row is not None and 0 < (longest := _longest_span(row)) < minutes:
        errors["q-slot_minutes"] = (
            f"この窓口の受付時間は、いちばん長くて続けて{longest}分です。{minutes}分の枠は、1つもできません。"
            f"{longest}分までにするか、先に受付時間を変えてください。"
        )
    if seats is not None and not 1 <= seats <= MOST_SEATS:
        errors["q-seats"] = f"同じ時刻に受け付ける数は、1から{MOST_SEATS}までにしてください。"
    return errors


def _longest_span(row: Counter) -> int:
    """The most minutes in a row that the counter is open on a weekday, or a day to come; 0 without hours."""
    plan, today = hours.plan_of(row), hours.today()
    days = [*plan.weekdays.values(), *(spans for day, (spans, _) in plan.days.items() if day >= today)]
    return max((closes - opens for spans in days for opens, closes in spans), default=0)


def too_short(row: Counter) -> list[int]:
    """The weekdays, 1 is Monday, on which some hours are too short for a slot: one long day alone lets it through."""
    plan = hours.plan_of(row)
    short = [day for day, spans in plan.weekdays.items() if any(b - a < row.slot_minutes for a, b in spans)]
    return sorted(short)


def _wrong_window(first: int | None, last: int | None) -> dict[str, str]:
    errors = {}
    if first is not None and first < 1:
        errors["q-days_from"] = "当日の予約はできません。1（あすから）以上の数字にしてください。"
    if last is not None and last < 1:
        errors["q-days_until"] = "0日では、だれも予約できません。1以上の数字にしてください。"
    elif last is not None and last > FARTHEST:
        errors["q-days_until"] = f"予約できる終わりの日は、{FARTHEST}日先までです。"
    elif first is not None and last is not None and 1 <= last < first:
        errors["q-days_until"] = (
            f"予約できる終わりの日（{last}日先）が、初めの日（{first}日先）より前になっています。"
            "これでは、だれも予約できません。"
        )
    return errors


def _taken(name: str) -> Refusal:
    return Refusal("", {"q-name": f"「{name}」という窓口が、すでにあります。別の名前にしてください。"})


def close(me: SignedInStaff, key: int, revision: int, decision: Decision) -> Done:
    """窓口を閉じる: nobody can book any more; raises Touches for the bookings to come. Twice it changes nothing."""
    row = one(me, key)
    if row.closed_at is not None:
        return Done(None)

    def act() -> None:
        claim(key, revision, {"closed_at": clock.now()}, Stale(STALE))
        audit.record("counter_closed", staff=me, division=row.division_id, counter=key)

    return decide(me, [row], act, decision)


def reopen(me: SignedInStaff, key: int) -> None:
    """また使う."""
    row = one(me, key)
    with transaction():
        if row.division.closed_at is not None:
            raise Refusal("この窓口の部課は閉じています。先に、部課をまた使えるようにしてください。")
        values = {"closed_at": None, "revision": row.revision + 1}
        if Counter.change(values, "id = {} AND revision = {} AND closed_at IS NOT NULL", key, row.revision):
            audit.record("counter_reopened", staff=me, division=row.division_id, counter=key)
