"""条件 in the editor: a sentence that is chosen piece by piece, and read back in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from rules import Refusal
from rules.forms.conditions import operators, split
from rules.forms.fields import Question
from rules.procedures import editing
from rules.procedures.edit_sheet import Choices, Sheet, day, number, one_of, some_of
from rules.values import calendar

Document = dict[str, Any]

Asked = tuple[list[Question], dict[str, Any]]

ALWAYS = "always"
_NUMBERS = ("number", "money", "sum")
_TICKS = ("consent", "agreement")
_AGES = ("age_at_least", "age_below")

# How each comparison reads behind 「…」が; of a tick and of a date some are said differently.
_WORDS = {
    "is": "次のとおりのとき",
    "is_not": "次のほかの答えのとき",
    "one_of": "次のどれかのとき",
    "includes": "次のものを選んだとき",
    "at_least": "次の数以上のとき",
    "at_most": "次の数以下のとき",
    "age_at_least": "満年齢が、次の数以上のとき",
    "age_below": "満年齢が、次の数より小さいとき",
    "answered": "入力されたとき",
    "unanswered": "入力されていないとき",
}
_OF_DATES = {
    "is": "次の日のとき",
    "is_not": "次の日でないとき",
    "at_least": "次の日か、それより後のとき",
    "at_most": "次の日か、それより前のとき",
}
_OF_TICKS = {"is": "印が付いているとき", "unanswered": "印が付いていないとき"}


# ---------------------------------------------------------------- in words


def words(document: Document, part: Document) -> str:
    """「飼い方」が「屋外」のとき; "" for what is always shown."""
    condition = part.get("show_if")
    if not condition:
        return ""
    key, operator, wanted = split(condition)
    q = next((q for page in editing.pages(document) for q in page["questions"] if q["key"] == key), None)
    if q is None:
        return f"いまはない項目（{key}）の答えによるとき"
    return f"「{q['label']}」{_ending(q, operator, wanted)}"


def _ending(q: Question, operator: str, wanted: Any) -> str:
    if q["type"] in _TICKS:
        return "に印が付いていないとき" if wanted is False else "に印が付いているとき"
    if operator == "answered":
        return "が入力されていないとき" if wanted is False else "が入力されたとき"
    if operator in _AGES:
        return f"の満年齢が{wanted}歳{'以上' if operator == 'age_at_least' else '未満'}のとき"
    said = "".join(f"「{_said(q, one)}」" for one in (wanted if isinstance(wanted, list) else [wanted]))
    if operator in ("at_least", "at_most"):
        ends = ("か、それより後", "か、それより前") if q["type"] == "date" else ("以上", "以下")
        return f"が{said.strip('「」')}{ends[operator == 'at_most']}のとき"
    return {
        "is": f"が{said}のとき",
        "is_not": f"が{said}でないとき",
        "one_of": f"が{said}のどれかのとき",
        "includes": f"で{said}を選んだとき",
    }.get(operator, f"が{said}のとき")


def _said(q: Question, wanted: Any) -> str:
    labels = {choice["value"]: choice["label"] for choice in q.get("choices") or ()}
    if wanted in labels:
        return str(labels[wanted])
    if q["type"] == "date":
        try:
            return calendar.show_date(date.fromisoformat(str(wanted)))
        except ValueError:
            return str(wanted)
    unit = (q.get("limits") or {}).get("unit", "円" if q["type"] in ("money", "sum") else "")
    return f"{wanted:,}{unit}" if isinstance(wanted, int | float) else f"{wanted}{unit}"


# ---------------------------------------------------------------- asking


def before(document: Document, *, page: str = "", question: str = "") -> list[Question]:
    """The questions a page's or a question's condition can look at: those that stand before it."""
    return list(_before(document, page, question))


def _before(document: Document, page: str, question: str) -> Iterator[Question]:
    for one in editing.pages(document):
        if one["key"] == page and not question:
            return
        for q in one["questions"]:
            if q["key"] == question:
                return
            if operators(q["type"]):
                yield q


def on_choices(questions: list[Question]) -> Choices:
    return [(ALWAYS, "いつも出す"), *[(q["key"], f"「{q['label']}」") for q in questions]]


def sheet(q: Question, condition: Mapping[str, Any] | None) -> Sheet:
    """How the answer to a question is compared, and with what."""
    kind, offered = q["type"], _comparisons(q)
    key, operator, wanted = split(dict(condition)) if condition else ("", "", None)
    if key != q["key"]:
        operator, wanted = "", None
    compared = "unanswered" if operator == "answered" and wanted is False else operator
    known = dict(offered)
    asked = [one_of("op", f"「{q['label']}」が", offered)]
    values: dict[str, Any] = {"op": compared if compared in known else offered[0][0]}
    asked_too, more = _values(q, kind, operator, wanted)
    return Sheet(asked + asked_too, values | more)


def _comparisons(q: Question) -> Choices:
    """The comparisons that fit a type, the usual one first."""
    fitting = operators(q["type"])
    special = _OF_TICKS if q["type"] in _TICKS else _OF_DATES if q["type"] == "date" else {}
    if q["type"] in _TICKS:
        return list(_OF_TICKS.items())
    if q["type"] == "choice":
        fitting = tuple(name for name in fitting if name != "is")
        fitting = ("one_of", *(name for name in fitting if name != "one_of"))
    names = [*fitting, "unanswered"] if "answered" in fitting else list(fitting)
    return [(name, special.get(name, _WORDS[name])) for name in names if name != "one_of" or q["type"] == "choice"]


def _values(q: Question, kind: str, operator: str, wanted: Any) -> Asked:
    """The fields for what is compared with, as far as the type has some."""
    if kind in ("choice", "choices"):
        choices = [(choice["value"], choice["label"]) for choice in q.get("choices") or ()]
        ticked = wanted if isinstance(wanted, list) else [wanted] if isinstance(wanted, str) else []
        return [some_of("picked", "選択肢", choices)], {"picked": [one for one in ticked if one in dict(choices)]}
    if kind in _NUMBERS:
        unit = (q.get("limits") or {}).get("unit", "円" if kind != "number" else "")
        value = wanted if isinstance(wanted, int | float) and not isinstance(wanted, bool) else None
        return [number("figure", "数", decimals=6, unit=unit)], {"figure": None if value is None else str(value)}
    if kind == "date":
        asked = [day("day", "日付"), number("years", "満年齢", "例：18歳以上なら 18。", min=0, max=150, unit="歳")]
        return asked, {
            "day": wanted if isinstance(wanted, str) and operator not in _AGES else None,
            "years": wanted if operator in _AGES else None,
        }
    return [], {}


# ---------------------------------------------------------------- what was chosen


def made(q: Question, values: dict[str, Any]) -> dict[str, Any]:
    """The condition that the values of a sheet mean; a Refusal where something to compare with is lacking."""
    operator = values["op"]
    condition: dict[str, Any] = {"question": q["key"]}
    if q["type"] in _TICKS:
        return condition | ({"is": True} if operator == "is" else {"answered": False})
    if operator in ("answered", "unanswered"):
        return condition | {"answered": operator == "answered"}
    if q["type"] in ("choice", "choices"):
        return condition | _picked(operator, values["picked"] or [])
    field = "years" if operator in _AGES else "day" if q["type"] == "date" else "figure"
    if values[field] is None:
        raise Refusal("", {f"q-{field}" + ("-year" if field == "day" else ""): _LACKING[field]})
    value = values[field]
    if field == "figure":
        value = float(value) if "." in value else int(value)
    return condition | {operator: value}


_LACKING = {
    "figure": "比べる数を入力してください。",
    "day": "比べる日付を入力してください。",
    "years": "比べる年齢を入力してください。",
}


def _picked(operator: str, picked: list[str]) -> dict[str, Any]:
    if not picked:
        raise Refusal("", {"q-picked": "選択肢を、1つ以上選んでください。"})
    if operator == "one_of":
        return {"is": picked[0]} if len(picked) == 1 else {"one_of": picked}
    if len(picked) > 1:
        raise Refusal("", {"q-picked": "この比べ方では、選択肢を1つだけ選んでください。"})
    return {operator: picked[0]}


def same(one: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> bool:
    """Whether two conditions mean the same, in whatever order the choices stand."""
    if one is None or other is None or one.keys() != other.keys():
        return one == other
    return all(
        sorted(map(str, value)) == sorted(map(str, other[key])) if isinstance(value, list) else value == other[key]
        for key, value in one.items()
    )
