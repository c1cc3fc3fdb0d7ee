"""停止: when residents' pages rest, daily or in an announced window; staff work on (R-8.1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import clock
import config
from models import MaintenanceWindow, Role, Town, ask, transaction
from rules import Refusal
from rules.records import access, audit
from rules.records.session import SignedInStaff
from rules.values import period
from rules.values.calendar import short_date

ANNOUNCED_AHEAD = timedelta(days=7)
DAILY_AHEAD = timedelta(hours=1)
LONGEST = timedelta(days=7)
# What would run out in a stop, or so soon after one, is kept for so long after it.
TIME_AFTER = timedelta(days=1)
FARTHEST = timedelta(days=366)
DAILY_REASON = "毎日の点検"
_PAST_SHOWN = 20


@dataclass(frozen=True)
class Stop:
    """From when until when and why; without a town it is for all of them."""

    starts: datetime
    ends: datetime
    reason: str
    town: int | None = None
    town_name: str = ""
    daily: bool = False

    def runs(self, now: datetime) -> bool:
        return self.starts <= now < self.ends

    def concerns(self, town: int | None) -> bool:
        """Whether a page of this town, or of none, is stopped by it."""
        return self.town is None or self.town == town


# ---------------------------------------------------------------- what is known

_WINDOWS = """
SELECT w.starts_at, w.ends_at, w.reason, w.town_id, t.name
FROM maintenance_window w LEFT JOIN town t ON t.id = w.town_id
WHERE w.ends_at > {} AND w.cancelled_at IS NULL ORDER BY w.starts_at, w.id"""


def windows() -> list[Stop]:
    """The announced windows that are not over, of all towns; every page asks for them."""
    read: Any = MaintenanceWindow.ends_at.python_value
    rows = ask(_WINDOWS, MaintenanceWindow.ends_at.db_value(clock.now()))
    return [
        Stop(read(starts), read(ends), reason, town, town_name or "") for starts, ends, reason, town, town_name in rows
    ]


def _daily(day: date) -> list[Stop]:
    """The daily stops that begin on the day before, on a day, and on the day after."""
    times = config.settings().stops.daily_times
    if times is None:
        return []
    start, end = times
    found = []
    for days in (-1, 0, 1):
        first = day + timedelta(days=days)
        last = first if start < end else first + timedelta(days=1)
        starts, ends = (datetime.combine(on, at, clock.TOKYO) for on, at in ((first, start), (last, end)))
        found.append(Stop(starts, ends, DAILY_REASON, daily=True))
    return found


def running(known: list[Stop], town: int | None) -> Stop | None:
    """The stop a page of this town meets now; stops that touch each other are one, to the end of the last."""
    now = clock.now()
    mine = [stop for stop in known if stop.concerns(town)]
    met = [stop for stop in (*mine, *_daily(now.date())) if stop.runs(now)]
    if not met:
        return None
    starts, ends = min(stop.starts for stop in met), max(stop.ends for stop in met)
    while further := [stop for stop in (*mine, *_daily(ends.date())) if stop.starts <= ends < stop.ends]:
        met += further
        ends = max(stop.ends for stop in further)
    reasons = dict.fromkeys(stop.reason for stop in sorted(met, key=lambda stop: stop.starts))
    return Stop(starts, ends, "、".join(reasons), town, daily=all(stop.daily for stop in met))


def any_running(known: list[Stop]) -> bool:
    """Whether anything at all rests now: what nearly every request asks."""
    now = clock.now()
    return any(stop.runs(now) for stop in (*known, *_daily(now.date())))


def announced(known: list[Stop], town: int | None) -> list[Stop]:
    """What has not begun and is near: windows from seven days ahead, the daily stop from one hour ahead."""
    now = clock.now()
    near = [stop for stop in known if stop.concerns(town) and now < stop.starts <= now + ANNOUNCED_AHEAD]
    soon = [stop for stop in _daily(now.date()) if now < stop.starts <= now + DAILY_AHEAD]
    return [*soon, *near]


_TOWN_OF = {
    "towns": "SELECT id FROM town WHERE code = {}",
    "procedures": "SELECT town_id FROM procedure WHERE id = {}",
    "applications": "SELECT town_id FROM application WHERE id = {}",
    "notices": "SELECT town_id FROM notice WHERE id = {}",
    "guides": "SELECT town_id FROM guide WHERE id = {}",
    "guide-results": "SELECT g.town_id FROM guide_result r JOIN guide g ON g.id = r.guide_id WHERE r.id = {}",
}


def town_of(path: str) -> Town | None:
    """The town a page is about, by its address: the part before the number says whose it is."""
    kind, _, rest = path.removeprefix("/").partition("/")
    key = rest.partition("/")[0]
    if kind not in _TOWN_OF or not (key.isascii() and key.isdecimal() and len(key) < 19):
        return None
    rows = ask(_TOWN_OF[kind], key if kind == "towns" else int(key))
    return Town.row("id = {}", rows[0][0]) if rows else None


# ---------------------------------------------------------------- in words


def when(stop: Stop) -> str:
    """'11月28日（土）20時00分〜11月29日（日）6時00分'; the daily one says 本日 and 明日."""
    today = clock.today()
    if not stop.daily:
        return period.words(stop.starts, stop.ends, today)
    names = {today: "本日", today + timedelta(days=1): "明日"}
    first, last = (names.get(day, short_date(day)) for day in (stop.starts.date(), stop.ends.date()))
    until = period.clock_words(stop.ends)
    return f"{first} {period.clock_words(stop.starts)}〜{until if first == last else f'{last} {until}'}"


def runs(stop: Stop) -> bool:
    """Whether it is now."""
    return stop.runs(clock.now())


def until(stop: Stop) -> str:
    """The end by itself: '6時00分' of today, else with its day."""
    today = clock.today()
    return period.clock_words(stop.ends) if stop.ends.date() == today else period.moment(stop.ends, today)


def sentence(stop: Stop) -> str:
    """What residents are told beforehand."""
    return f"{when(stop)}は、{stop.reason}のため、この窓口をご利用になれません。"


def daily_words() -> str:
    """'毎日 3時00分〜4時00分', or "" where there is no daily stop."""
    times = config.settings().stops.daily_times
    if times is None:
        return ""
    start, end = (f"{at.hour}時{at.minute:02}分" for at in times)
    return f"毎日 {start}〜{'翌日' if times[1] < times[0] else ''}{end}"


def warnings(known: list[Stop], by: SignedInStaff) -> list[str]:
    """What staff are told of stops that run or are near."""
    every = by.role is Role.SYSTEM_ADMINISTRATOR
    mine = [stop for stop in known if every or stop.concerns(by.town)]
    now = clock.now()
    found = []
    for stop in (*mine, *_daily(now.date())):
        whose = f"{stop.town_name}の" if every and stop.town_name else ""
        if stop.runs(now):
            found.append(
                f"{whose}住民の画面は、いま止まっています（{when(stop)}、{stop.reason}）。職員の画面は使えます。"
            )
        elif now < stop.starts <= now + (DAILY_AHEAD if stop.daily else ANNOUNCED_AHEAD):
            found.append(f"{when(stop)}は、{stop.reason}のため、{whose}住民の画面が止まります。職員の画面は使えます。")
    return found


# ---------------------------------------------------------------- what staff see and do


def of_staff(by: SignedInStaff) -> tuple[list[MaintenanceWindow], list[MaintenanceWindow]]:
    """(those not over, the soonest first; the last ones that are over or were cancelled) within one's reach."""
    reach = MaintenanceWindow.select()
    if by.role is not Role.SYSTEM_ADMINISTRATOR:
        reach = reach.where(MaintenanceWindow.town.is_null() | (MaintenanceWindow.town == by.town))
    ahead = (MaintenanceWindow.ends_at > clock.now()) & MaintenanceWindow.cancelled_at.is_null()
    coming = reach.where(ahead).order_by(MaintenanceWindow.starts_at, MaintenanceWindow.id)
    past = reach.where(~ahead).order_by(MaintenanceWindow.starts_at.desc()).limit(_PAST_SHOWN)
    return list(coming), list(past)


def state_word(window: MaintenanceWindow) -> str:
    """予定, 停止中, 終了 or 取消し."""
    now = clock.now()
    if window.cancelled_at is not None:
        return "取消し"
    if window.ends_at <= now:
        return "終了"
    return "停止中" if window.starts_at <= now else "予定"


def may_change(by: SignedInStaff, window: MaintenanceWindow) -> bool:
    """A town administrator decides on the own town, a system administrator on all."""
    if by.role is Role.SYSTEM_ADMINISTRATOR:
        return True
    return by.role is Role.TOWN_ADMINISTRATOR and window.town_id is not None and window.town_id == by.town


_told_of_announcement: list[Callable[[], None]] = []


def when_announced(tell: Callable[[], None]) -> Callable[[], None]:
    """Call `tell` inside the transaction that announces a window. Usable as a decorator."""
    _told_of_announcement.append(tell)
    return tell


def announce(
    by: SignedInStaff, *, town: int | None, starts: datetime, ends: datetime, reason: str
) -> MaintenanceWindow:
    """Enter a window; from seven days ahead every resident's page tells of it. A second press enters no second."""
    if by.role is not Role.SYSTEM_ADMINISTRATOR and (by.role is not Role.TOWN_ADMINISTRATOR or town != by.town):
        raise access.Missing
    check(starts, ends)
    reason = plain_reason(reason)
    same = {"town": town, "starts_at": starts, "ends_at": ends}
    with transaction():
        there: MaintenanceWindow | None = MaintenanceWindow.get_or_none(**same, cancelled_at=None)
        if there is not None and there.reason == reason:
            return there
        if there is not None:
            raise Refusal(f"同じ日時の停止が、もう予定に入っています（理由：{there.reason}）。")
        made = MaintenanceWindow.create(**same, reason=reason, created_at=clock.now(), created_by=by.id)
        audit.record("stop_announced", staff=by, town=town, stop=made.id)
        for tell in _told_of_announcement:
            tell()
    return made


def check(starts: datetime, ends: datetime) -> None:
    """Refuse times that fit nothing."""
    errors = _wrong(starts, ends)
    if errors:
        raise Refusal("", errors)


def plain_reason(typed: str) -> str:
    """The reason as it stands before 「のため」."""
    return typed.strip().removesuffix("。").removesuffix("のため")


def _wrong(starts: datetime, ends: datetime) -> dict[str, str]:
    now = clock.now()
    if starts < now.replace(second=0, microsecond=0):
        return {"q-from-year": f"始まりが、いま（{period.moment(now, now.date())}）より前になっています。"}
    if starts > now + FARTHEST:
        return {"q-from-year": "始まりは、1年先までの日付にしてください。"}
    if ends <= starts:
        return {"q-until-year": "終わりは、始まりより後にしてください。"}
    if ends > starts + LONGEST:
        return {"q-until-year": "1回の停止は、7日間までです。終わりの日付をお確かめください。"}
    return {}


def one(by: SignedInStaff, key: int) -> MaintenanceWindow:
    """A window that is for this member of staff to change, or Missing."""
    window = MaintenanceWindow.row("id = {}", key)
    if window is None or not may_change(by, window):
        raise access.Missing
    return window


def cancel(by: SignedInStaff, key: int) -> None:
    """取り消す what has not begun; what runs ends now."""
    window = one(by, key)
    now = clock.now()
    runs = window.starts_at <= now
    change = {"ends_at": now} if runs else {"cancelled_at": now}
    at = MaintenanceWindow.ends_at.db_value(now)
    # The beginning may fall between the look and the act: then it is for the clock to say which of the two this is.
    still = "id = {} AND cancelled_at IS NULL AND ends_at > {} AND starts_at " + ("<= {}" if runs else "> {}")
    with transaction():
        if not MaintenanceWindow.change(change, still, key, at, at):
            raise Refusal("この停止は、もう終わったか、取り消されています。")
        audit.record("stop_ended" if runs else "stop_cancelled", staff=by, town=window.town_id, stop=key)
