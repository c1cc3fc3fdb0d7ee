"""受付時間と日ごとの予定: the hours a counter keeps in the week, and the days on which it keeps others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, NamedTuple

from models import Counter, CounterDay, OpeningHours, ask
from rules import Refusal
from rules.counters import setup_counters
from rules.counters.change_of_hours import Decision, Done, decide
from rules.records import audit
from rules.records.access import Missing
from rules.records.session import SignedInStaff
from rules.town import closing_day, setup_fields
from rules.town.setup_behind import Stale
from rules.values import calendar
from rules.values.period import parse_time
from rules.visits import hours
from rules.visits.hours import Span, clock_words

WEEKDAYS = "月火水木金土日"
SPANS = (1, 2)
"""So many spans of opening hours a day has in the form; what lies between them is the break."""
LONGEST = 40
AHEAD = timedelta(days=366 * 2)
_EXAMPLE = "時刻は「9:00」か「9時」のように入力してください。"

Typed = dict[str, str]
"""What was typed into the hours' form, by the names of its fields."""


def field_name(weekday: int, span: int, end: str) -> str:
    """'w1.2.from': Monday, the second span, its beginning ("from" or "until")."""
    return f"w{weekday}.{span}.{end}"


def field_names() -> list[str]:
    return [field_name(day, span, end) for day in range(1, 8) for span in SPANS for end in ("from", "until")]


def kept_hours(row: Counter) -> Typed:
    """The hours that are kept, as they would be typed."""
    found = dict.fromkeys(field_names(), "")
    for weekday, spans in hours.plan_of(row).weekdays.items():
        for number, (opens, closes) in zip(SPANS, spans, strict=False):
            found[field_name(weekday, number, "from")] = clock_words(opens)
            found[field_name(weekday, number, "until")] = clock_words(closes)
    return found


def like_monday(typed: Typed) -> Typed:
    """月曜日の時間を、火曜日から金曜日に写す."""
    copied = {
        field_name(day, span, end): typed.get(field_name(1, span, end), "")
        for day in range(2, 6)
        for span in SPANS
        for end in ("from", "until")
    }
    return typed | copied


def week_words(row: Counter) -> list[tuple[str, str]]:
    """For each weekday ('月曜日', '9:00〜12:00、13:00〜16:30')."""
    weekdays = hours.plan_of(row).weekdays
    return [(f"{word}曜日", spans_words(weekdays.get(number, ()))) for number, word in enumerate(WEEKDAYS, 1)]


def spans_words(spans: tuple[Span, ...]) -> str:
    return "、".join(f"{clock_words(opens)}〜{clock_words(closes)}" for opens, closes in spans) or "休み"


# ---------------------------------------------------------------- the week


def change_hours(me: SignedInStaff, key: int, typed: Typed, revision: int, decision: Decision) -> Done:
    """保存する; raises Touches where a booking has no slot any more. The same hours pressed twice are found done."""
    row = setup_counters.one(me, key)
    wanted = _week(typed, row.slot_minutes)
    if row.revision != revision and row.closed_at is None and _rows(row) == wanted:
        return Done(None)

    def act() -> None:
        setup_counters.claim(key, revision, {}, Stale())
        OpeningHours.delete().where(OpeningHours.counter == key).execute()
        for weekday, opens, closes in wanted:
            OpeningHours.create(counter=key, weekday=weekday, opens=opens, closes=closes)
        audit.record("counter_hours_changed", staff=me, division=row.division_id, counter=key)

    return decide(me, [row], act, decision)


def _rows(row: Counter) -> list[tuple[int, int, int]]:
    sql = "SELECT weekday, opens, closes FROM opening_hours WHERE counter_id = {} ORDER BY weekday, opens"
    return [(weekday, opens, closes) for weekday, opens, closes in ask(sql, row.id)]


def _week(typed: Typed, slot: int) -> list[tuple[int, int, int]]:
    """(weekday, opens, closes) in their order; a Refusal beside whatever will not do."""
    errors: dict[str, str] = {}
    found = []
    for weekday, word in enumerate(WEEKDAYS, 1):
        spans = []
        for number in SPANS:
            ends = [field_name(weekday, number, end) for end in ("from", "until")]
            span = _span(f"{word}曜日", [typed.get(name, "").strip() for name in ends], ends, slot, errors)
            if span is not None:
                spans.append((span, f"q-{ends[0].replace('.', '-')}"))
        found += [(weekday, *span) for span in _apart(f"{word}曜日", spans, errors)]
    if errors:
        raise Refusal("", errors)
    return found


def _apart(word: str, spans: list[tuple[Span, str]], errors: dict[str, str]) -> list[Span]:
    """The hours of a day in their order; where two of them overlap, it is said beside the later one."""
    spans = sorted(spans)
    for (first, _), (second, at) in zip(spans, spans[1:], strict=False):
        if second[0] < first[1]:
            errors[at] = (
                f"{word}の2つの時間が重なっています（{clock_words(first[0])}〜{clock_words(first[1])}と、"
                f"{clock_words(second[0])}〜{clock_words(second[1])}）。"
            )
    return [span for span, _ in spans]


def _span(word: str, typed: list[str], names: list[str], slot: int, errors: dict[str, str]) -> Span | None:
    """(opens, closes) of two fields; None where both are empty, or something is wrong, which goes into `errors`."""
    ids = [f"q-{name.replace('.', '-')}" for name in names]
    if not any(typed):
        return None
    minutes = []
    for words, at in zip(typed, ids, strict=True):
        since = parse_time(words) if words else None
        if since is None:
            errors[at] = f"{word}の{_EXAMPLE}" if words else f"{word}の、もう片方の時刻も入力してください。"
        else:
            minutes.append(int(since.total_seconds()) // 60)
    if len(minutes) < 2:
        return None
    opens, closes = minutes
    if closes <= opens:
        errors[ids[1]] = f"{word}の終わりの時刻が、始まりの時刻より後になっていません。"
        return None
    if closes - opens < slot:
        errors[ids[1]] = f"{word}の時間が、1件の時間（{slot}分）より短いため、予約の枠ができません。"
        return None
    return opens, closes


# ---------------------------------------------------------------- single days


class OneDay(NamedTuple):
    """A day with a plan of its own, as it is listed."""

    id: int
    words: str
    hours: str
    reason: str


QUESTIONS = [
    setup_fields.other("from", "date", "日", "何日か続くときは、初めの日。", required=True),
    setup_fields.other("until", "date", "終わりの日", f"1日だけのときは、入力しません。一度に{LONGEST}日まで。"),
    setup_fields.choice("kind", "予定", "", [("closed", "休む"), ("open", "下の時間だけ受け付ける")]),
    setup_fields.line("opens", "始まりの時刻", "「下の時間だけ受け付ける」のとき。例：9:00", 20)
    | {"limits": {"width": "short"}},
    setup_fields.line("closes", "終わりの時刻", "例：12:00", 20) | {"limits": {"width": "short"}},
    setup_fields.line("opens2", "2つめの時間の始まり", "昼休みなどで、時間を2つに分けるとき。例：13:00", 20)
    | {"limits": {"width": "short"}},
    setup_fields.line("closes2", "2つめの時間の終わり", "例：16:00", 20) | {"limits": {"width": "short"}},
    setup_fields.line(
        "reason", "理由", "例：システムの入替え、休日の臨時窓口。休む日は、住民の方の画面にも出ます。", 40
    ),
]


def days_to_come(row: Counter) -> list[OneDay]:
    """The single days from today on."""
    sql = "SELECT MIN(id), day FROM counter_day WHERE counter_id = {} AND day >= {} GROUP BY day ORDER BY day"
    plan, found = hours.plan_of(row), []
    for key, stored in ask(sql, row.id, hours.today().isoformat()):
        day = date.fromisoformat(stored)
        spans, reason = plan.days[day]
        found.append(OneDay(key, calendar.near_date(day), spans_words(spans), reason))
    return found


def year_ahead(row: Counter) -> list[tuple[str, str, str]]:
    """(day, name, what the counter does) of public holidays, the town's closing days and the year's end to come."""
    plan, today = hours.plan_of(row), hours.today()
    until, found = today + timedelta(days=365), []
    closed = closing_day.names(row.town_id, today, until)
    for day in hours.days_between(today, until):
        name = calendar.holidays().get(day, "")
        if not (1, 3) < (day.month, day.day) < (12, 29):
            name = "年末年始"
        elif day in plan.closed:
            name = closing_day.words(closed.get(day, ""))
        if name:
            found.append((calendar.near_date(day), name, spans_words(plan.spans(day))))
    return found


def set_days(me: SignedInStaff, key: int, values: dict[str, Any], revision: int, decision: Decision) -> Done:
    """日ごとの予定を入れる: every day of a range; what stood for a day before is replaced. `result`: how many days."""
    row = setup_counters.one(me, key)
    spans = _hours(values, row.slot_minutes)
    days = _days(values)
    plan, reason = hours.plan_of(row), (values["reason"] or "").strip()
    if row.revision != revision and (done := _already(plan, days, spans, reason)):
        return Done(done)
    if not spans:
        days = [day for day in days if plan.spans(day)]
        if not days:
            raise Refusal("", {"q-from-year": "その日は、もともと休みです。入れる必要はありません。"})

    def act() -> int:
        setup_counters.claim(key, revision, {}, Stale(setup_counters.STALE))
        CounterDay.delete().where((CounterDay.counter == key) & CounterDay.day.in_(days)).execute()
        for day in days:
            for opens, closes in spans or ((None, None),):
                CounterDay.create(counter=key, day=day, opens=opens, closes=closes, reason=reason)
        told = [day.isoformat() for day in days]
        audit.record("counter_days_set", staff=me, division=row.division_id, counter=key, days=told)
        return len(days)

    return decide(me, [row], act, decision)


def _already(plan: hours.Plan, days: list[date], spans: tuple[Span, ...], reason: str) -> int:
    """How many days stand just so already, after a first press; 0 where something is still to do."""
    same = [day for day in days if plan.days.get(day) == (spans, reason)]
    rest = [day for day in days if day not in same and (spans or plan.spans(day))]
    return 0 if rest else len(same)


_CLOSED_WITH_HOURS = (
    "「休む」を選んでいますが、時刻が入っています。受け付けるときは「下の時間だけ受け付ける」を選び、"
    "休むときは時刻を消してください。"
)


def _hours(values: dict[str, Any], slot: int) -> tuple[Span, ...]:
    """The hours of days that are open; () for days that are not."""
    if values["kind"] == "closed":
        if any((values.get(end) or "").strip() for end in ("opens", "closes", "opens2", "closes2")):
            raise Refusal("", {"q-kind": _CLOSED_WITH_HOURS})
        return ()
    errors: dict[str, str] = {}
    spans = []
    for ends in (["opens", "closes"], ["opens2", "closes2"]):
        span = _span("この日", [(values.get(end) or "").strip() for end in ends], ends, slot, errors)
        if span is not None:
            spans.append((span, f"q-{ends[0]}"))
    found = _apart("この日", spans, errors)
    if errors:
        raise Refusal("", errors)
    if not found:
        raise Refusal("", {"q-opens": "受け付ける時間を入力してください。例：9:00から12:00まで。"})
    return tuple(found)


def _days(values: dict[str, Any]) -> list[date]:
    first = date.fromisoformat(values["from"])
    last = date.fromisoformat(values["until"]) if values["until"] else first
    today = hours.today()
    if first < today:
        raise Refusal("", {"q-from-year": "過ぎた日は入れられません。きょうからの日にしてください。"})
    if last < first:
        raise Refusal("", {"q-until-year": "終わりの日が、初めの日より前になっています。"})
    if last > today + AHEAD:
        raise Refusal("", {"q-from-year": "2年より先の日は、まだ入れられません。"})
    if (last - first).days >= LONGEST:
        raise Refusal("", {"q-until-year": f"一度に入れられるのは、{LONGEST}日までです。"})
    return list(hours.days_between(first, last))


def day_of(row: Counter, key: int) -> CounterDay:
    """A single day of a counter, or Missing."""
    found = CounterDay.row("id = {} AND counter_id = {}", key, row.id)
    if found is None:
        raise Missing
    return found


def remove_day(me: SignedInStaff, key: int, day: int, revision: int, decision: Decision) -> Done:
    """取り消す: from here on the day is kept as its weekday is. Twice it changes nothing."""
    row = setup_counters.one(me, key)
    gone = CounterDay.row("id = {} AND counter_id = {}", day, row.id)
    return Done(None) if gone is None else decide(me, [row], _removal(me, row, gone, revision), decision)


def _removal(me: SignedInStaff, row: Counter, gone: CounterDay, revision: int) -> Callable[[], None]:
    def act() -> None:
        setup_counters.claim(row.id, revision, {}, Stale(setup_counters.STALE))
        CounterDay.delete().where((CounterDay.counter == row.id) & (CounterDay.day == gone.day)).execute()
        told = [gone.day.isoformat()]
        audit.record("counter_day_removed", staff=me, division=row.division_id, counter=row.id, days=told)

    return act
