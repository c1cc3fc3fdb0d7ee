"""The date question: 西暦 or 和暦 in small fields, kept as an ISO date."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from rules.forms.field_types.base import FieldType, Question, Raw, Value, Wrong, input_id, limit, quote, the
from rules.values import calendar, text

_NAMES = {"year": "年", "month": "月", "day": "日"}
_WEEKDAYS = "月火水木金土日"
_ERA_IN_YEAR = re.compile(r"(令和|平成|昭和|大正|明治|[令平昭大明RHSTMrhstm])\.?([0-9]+|元)")


_OLDEST = 150
_FARTHEST = 3660


class DateField(FieldType):
    """A date as ISO text.

    limits: past (not after today), future (not before today), age_from and age_to (full years today, of who was
    born that day), weekdays (1 Monday … 7 Sunday), days_ahead ([least, most] days after today, null for no end).
    """

    parts = ("era", "year", "month", "day")
    limits = frozenset({"past", "future", "age_from", "age_to", "weekdays", "days_ahead"})
    profiles = frozenset({"birth_date"})

    def is_empty(self, q: Question, raw: Raw) -> bool:
        return all(text.is_blank(raw[part]) for part in _NAMES)

    def missing(self, q: Question) -> dict[str, str]:
        return {input_id(q, "year"): f"{the(q['label'])}を入力してください。"}

    def value(self, q: Question, raw: Raw, today: date) -> Value:
        typed = self.typed(q, raw)
        try:
            day = calendar.make(*typed)
        except calendar.BadDate as bad:
            raise Wrong({input_id(q, bad.part): f"{the(q['label'])}をお確かめください。{bad.sentence}"}) from None
        if self.is_past(q) and day > today:
            raise Wrong({input_id(q, "year"): f"{the(q['label'])}が、きょうより後になっています。"
                         "日付をお確かめください。"})  # fmt: skip
        if limit(q, "future") and day < today:
            raise Wrong({input_id(q, "year"): f"{the(q['label'])}が、きょうより前になっています。"
                         "日付をお確かめください。"})  # fmt: skip
        if sentence := _wrong_age(q, day, today) or _wrong_distance(q, day, today) or _wrong_weekday(q, day):
            raise Wrong({input_id(q, "year"): f"{the(q['label'])}は、{sentence}"})
        return day.isoformat()

    def typed(self, q: Question, raw: dict[str, str]) -> calendar.Typed:
        """Era and numbers out of the small fields; raises Wrong for each that is missing or no number."""
        era, year = raw["era"].strip(), re.sub(r"\s", "", text.half_width(raw["year"]))
        if text.is_blank(raw["month"]) and text.is_blank(raw["day"]) and (whole := calendar.parse_parts(year)):
            return whole if whole.era or not era else whole._replace(era=era)
        if with_era := _ERA_IN_YEAR.fullmatch(year.removesuffix("年")):
            era, year = calendar.LETTERS[with_era[1].upper()], with_era[2]
        numbers, errors = {}, {}
        for part, name in _NAMES.items():
            plain = (year if part == "year" else text.digits(raw[part])).removesuffix(name).strip()
            if plain == "元" and part == "year":
                plain = "1"
            if not plain:
                errors[input_id(q, part)] = f"{the(q['label'])}の「{name}」を入力してください。"
            elif not re.fullmatch("[0-9]{1,4}", plain):
                errors[input_id(q, part)] = (
                    f"{the(q['label'])}の「{name}」は、数字で入力してください。入力されたのは{quote(raw[part])}です。"
                )
            else:
                numbers[part] = int(plain)
        if errors:
            raise Wrong(errors)
        return calendar.Typed(era, **numbers)

    @staticmethod
    def is_past(q: Question) -> bool:
        return bool(limit(q, "past")) or q.get("profile") == "birth_date" or _ages(q) != (None, None)

    def show(self, q: Question, value: Value, today: date | None) -> list[str]:
        day = date.fromisoformat(value)
        shown = calendar.show_date(day)
        if today is not None and (q.get("profile") == "birth_date" or _ages(q) != (None, None)):
            shown += f"　{calendar.age(day, today)}歳"
        return [shown]

    def raw_of(self, q: Question, value: Value) -> Raw:
        day = date.fromisoformat(value)
        return {"era": "", "year": str(day.year), "month": str(day.month), "day": str(day.day)}

    def as_typed(self, q: Question, raw: Raw) -> list[str]:
        """'令和7年13月', as far as it goes."""
        era = next((era.name for era in calendar.ERAS if era.letter == raw["era"]), "")
        words = [raw[part] + (name if text.digits(raw[part]).isdecimal() else "") for part, name in _NAMES.items()]
        return [era + "".join(words)]

    def terms(self, q: Question) -> str:
        words = []
        if days := _weekdays(q):
            words.append(f"{_weekday_words(days)}だけ選べます。")
        least, most = _distance(q)
        if least is not None or most is not None:
            since = "きょう" if not least else f"きょうの{least}日後"
            words.append(f"{since}から{'' if most is None else f'{most}日後まで'}の日付を入力してください。")
        if _ages(q) != (None, None):
            words.append(f"{_age_words(q)}の方だけが対象です。")
        return "".join(words)

    def from_profile(self, q: Question, fact: Any) -> Raw | None:
        return self.raw_of(q, fact) if isinstance(fact, str) and fact else None

    def lint(self, q: Question) -> Iterator[str]:
        if limit(q, "past") and limit(q, "future"):
            yield "past と future の両方があると、きょうの日付のほかは入力できません。"
        for name in ("past", "future"):
            if not isinstance(limit(q, name, False), bool):
                yield f"{name} は true か false にしてください。"
        yield from _lint_ages(q)
        yield from _lint_weekdays(limit(q, "weekdays"))
        yield from _lint_distance(q)


# A form that is still being written may hold anything as a limit: what is none is passed over here, and linted.


def _ages(q: Question) -> tuple[int | None, int | None]:
    least, most = (age if type(age) is int else None for age in (limit(q, "age_from"), limit(q, "age_to")))
    return least, most


def _distance(q: Question) -> tuple[int | None, int | None]:
    pair = limit(q, "days_ahead")
    if not isinstance(pair, list) or len(pair) != 2:
        return None, None
    least, most = (n if type(n) is int and 0 <= n <= _FARTHEST else None for n in pair)
    return least, most


def _weekdays(q: Question) -> list[int]:
    days = limit(q, "weekdays")
    return [day for day in days if type(day) is int and 1 <= day <= 7] if isinstance(days, list) else []


def _age_words(q: Question) -> str:
    least, most = _ages(q)
    if most == 0:
        return "1歳になる前"
    return (f"{least}歳以上" if least is not None else "") + (f"{most}歳以下" if most is not None else "")


def _wrong_age(q: Question, day: date, today: date) -> str:
    (least, most), age = _ages(q), calendar.age(day, today)
    if (least is None or age >= least) and (most is None or age <= most):
        return ""
    return f"{_age_words(q)}の方だけが対象です。入力された日付では、きょう{age}歳です。日付をお確かめください。"


def _wrong_distance(q: Question, day: date, today: date) -> str:
    least, most = _distance(q)
    first = today + timedelta(days=least or 0) if least is not None or most is not None else None
    last = today + timedelta(days=most) if most is not None else None
    if (first is None or day >= first) and (last is None or day <= last):
        return ""
    since = calendar.show_date(first) if first else ""
    return f"{since}から{calendar.show_date(last) + 'まで' if last else ''}の日付を入力してください。"


def _weekday_words(days: list[int]) -> str:
    return "・".join(_WEEKDAYS[day - 1] + "曜日" for day in sorted(set(days)))


def _wrong_weekday(q: Question, day: date) -> str:
    wanted = _weekdays(q)
    if not wanted or day.isoweekday() in wanted:
        return ""
    found = f"{day.month}月{day.day}日は{_WEEKDAYS[day.weekday()]}曜日です。"
    return f"{_weekday_words(wanted)}の日付を入力してください。{found}"


def _lint_ages(q: Question) -> Iterator[str]:
    least, most = limit(q, "age_from"), limit(q, "age_to")
    for name, age in (("age_from", least), ("age_to", most)):
        if age is not None and (type(age) is not int or not 0 <= age <= _OLDEST):
            yield f"年齢（{name}）は、0から{_OLDEST}までの整数で決めてください。いまは {age} です。"
            return
    if least is not None and most is not None and least > most:
        yield f"どんな年齢も当てはまりません。{least}歳以上で{most}歳以下の方はいません。"
    if (least is not None or most is not None) and (limit(q, "future") or limit(q, "days_ahead")):
        yield "年齢（age_from、age_to）と、これからの日付（future、days_ahead）は、いっしょに使えません。"


def _lint_weekdays(days: Any) -> Iterator[str]:
    if days is None:
        return
    if not isinstance(days, list) or not days or any(type(day) is not int or not 1 <= day <= 7 for day in days):
        yield "曜日（weekdays）は、1（月曜日）から7（日曜日）までの数字を並べて決めてください。"


def _lint_distance(q: Question) -> Iterator[str]:
    pair = limit(q, "days_ahead")
    if pair is None:
        return
    known = isinstance(pair, list) and len(pair) == 2
    if not known or any(n is not None and (type(n) is not int or not 0 <= n <= _FARTHEST) for n in pair):
        yield f"何日後か（days_ahead）は、[3, 60] のように、0から{_FARTHEST}までの整数2つで決めてください。"
    elif None not in pair and pair[0] > pair[1]:
        yield f"どんな日付も入力できません。{pair[0]}日後から{pair[1]}日後までになっています。"
    elif limit(q, "past"):
        yield "past と days_ahead は、いっしょに使えません。"
