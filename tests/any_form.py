"""Strategies for hypothesis: any form that lint finds nothing wrong with, and answers that it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from hypothesis import strategies as st

from rules.forms import conditions, fields
from rules.forms.field_types.table import COLUMN_TYPES

TODAY = date(2026, 11, 24)
Made = tuple[dict[str, Any], Any]
"""A question without its key, and a raw answer that will do."""

WORDS = st.text(st.sampled_from("あいうアイ漢字ABc12 <>&\"'%{}\\　、。？/"), min_size=1, max_size=12).map(
    lambda words: f"項{words}目"
)
LINE = st.text(st.sampled_from("あア漢𠮷é1<&\"' %"), min_size=1, max_size=20).filter(lambda text: bool(text.strip()))


def _with(kind: str, raw: st.SearchStrategy[Any], **more: st.SearchStrategy[Any]) -> st.SearchStrategy[Made]:
    """A question of a type with these further keys, and its answer."""
    parts = {"label": WORDS, "hint": st.just("") | WORDS, "required": st.booleans(), **more}
    return st.tuples(st.fixed_dictionaries(parts).map(lambda found: {"type": kind, **found}), raw)


def _day(year: int) -> dict[str, str]:
    return {"era": "", "year": str(year), "month": "4", "day": "9"}


def _dates() -> st.SearchStrategy[Made]:
    return st.one_of(
        _with("date", st.just({"era": "R", "year": "元", "month": "５", "day": "1"})),
        _with("date", st.integers(1950, 2025).map(_day), limits=st.just({"past": True})),
        _with("date", st.integers(2028, 2040).map(_day), limits=st.just({"future": True})),
        _with("date", st.integers(1950, 1990).map(_day), limits=st.just({"past": True, "age_from": 18})),
    )


def _number(limits: dict[str, Any]) -> st.SearchStrategy[Made]:
    least, most = limits.get("min", -1000), limits.get("max", 100_000)
    return _with("number", st.integers(least, most).map(str), limits=st.just(limits))


@st.composite
def _chosen(draw: st.DrawFn, kind: str) -> Made:
    values = draw(st.lists(st.sampled_from("abcdefghijk"), min_size=2, max_size=11, unique=True))
    choices = [{"value": value, "label": draw(WORDS)} for value in values]
    q = {"type": kind, "label": draw(WORDS), "hint": "", "required": draw(st.booleans()), "choices": choices}
    if kind == "choice":
        return q, draw(st.sampled_from(values))
    return q, draw(st.lists(st.sampled_from(values), min_size=1, unique=True))


@st.composite
def _table(draw: st.DrawFn) -> Made:
    kinds = draw(st.lists(st.sampled_from(COLUMN_TYPES), min_size=1, max_size=4))
    columns, rows = [], [{} for _ in range(draw(st.integers(1, 3)))]
    for at, kind in enumerate(kinds):
        column, raw = draw(BUILDERS[kind]())
        columns.append({"key": f"c{at}", **column, "required": True})
        for row in rows:
            row[f"c{at}"] = raw
    q = {"type": "table", "label": draw(WORDS), "hint": "", "required": draw(st.booleans()), "columns": columns}
    return q | draw(st.sampled_from([{}, {"row_name": "家<族"}, {"limits": {"min": 1, "max": 5}}])), rows


_NAME = {"family": "山﨑", "given": "健", "family_kana": "やまざき", "given_kana": "ケン"}
_ADDRESS = {"postal_code": "999-8101", "prefecture": "山形県", "address": "朝凪町浜手1番<1>"}
_BLANK_ACCOUNT = dict.fromkeys(("bank", "branch", "account_kind", "number", "yucho_symbol", "yucho_number"), "")
_ACCOUNT = {**_BLANK_ACCOUNT, "kind": "bank", "bank": "朝凪銀行", "branch": "本店", "account_kind": "ordinary",
            "number": "12345", "holder": "ハマグチ ケイコ"}  # fmt: skip
_YUCHO = {**_BLANK_ACCOUNT, "kind": "yucho", "yucho_symbol": "18000", "yucho_number": "123451", "holder": "ハマグチ"}
_FILE = {"id": 1, "name": "写し<1>.pdf", "size": 1000, "sha256": "0" * 64}

BUILDERS: dict[str, Callable[[], st.SearchStrategy[Made]]] = {
    "heading": lambda: _with("heading", st.just("")),
    "text": lambda: st.one_of(
        _with("text", LINE),
        _with("text", st.just("カナ"), limits=st.just({"kind": "kana", "max_length": 5, "width": "short"})),
        _with("text", st.just("００１２"), limits=st.just({"kind": "digits", "min_length": 4, "max_length": 4})),
    ),
    "long_text": lambda: _with("long_text", st.lists(LINE, min_size=1, max_size=3).map("\n".join)),
    "number": lambda: st.sampled_from([{}, {"min": 1, "max": 9, "unit": "人"}, {"decimals": 2}]).flatmap(_number),
    "date": _dates,
    "choice": lambda: _chosen("choice"),
    "choices": lambda: _chosen("choices"),
    "consent": lambda: _with("consent", st.just("yes")),
    "name": lambda: _with("name", st.just(_NAME)),
    "address": lambda: _with("address", st.just(_ADDRESS)),
    "telephone": lambda: _with("telephone", st.just("０９９９−００−１２３４")),
    "email": lambda: _with("email", st.just("a@example.jp")),
    "file": lambda: _with("file", st.just([_FILE]), limits=st.sampled_from([{"count": 3}, {"extensions": ["pdf"]}])),
    "corporate_number": lambda: _with("corporate_number", st.just("7000012050002")),
    "money": lambda: _with("money", st.integers(0, 10**7).map("{:,}円".format), limits=st.just({"min": 0})),
    "time": lambda: st.one_of(
        _with("time", st.just({"hour": "13", "minute": "5"})),
        _with("time", st.just({"hour": "9", "minute": "30"}), limits=st.just({"from": "09:00", "step": 30})),
    ),
    "bank_account": lambda: _with("bank_account", st.sampled_from([_ACCOUNT, _YUCHO])),
    "agreement": lambda: _with("agreement", st.just("yes"), text=WORDS),
    "paper_form": lambda: _with("paper_form", st.just(""), file=st.just("dog-registration.pdf")),
    "table": _table,
    "sum": lambda: _with("sum", st.just("")),
}  # fmt: skip
_WITHOUT_REQUIRED = ("heading", "paper_form", "sum")


@dataclass
class Filled:
    """A form with answers to everything in it."""

    form: dict[str, Any]
    raw: dict[str, Any] = field(default_factory=dict)
    files: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


@st.composite
def _condition(draw: st.DrawFn, before: list[dict[str, Any]], raw: dict[str, Any]) -> dict[str, Any] | None:
    """A condition on some question before, which some answer can meet."""
    seen = [q for q in before if conditions.operators(q["type"])]
    if not seen:
        return None
    q = draw(st.sampled_from(seen))
    operator = draw(st.sampled_from(conditions.operators(q["type"])))
    value = None if q["type"] == "sum" else fields.check(q, raw[q["key"]], TODAY)
    wanted: Any = float(value) if isinstance(value, str) and q["type"] == "number" else value
    if q["type"] == "sum":
        wanted = draw(st.integers(0, 1000))
    if operator == "answered":
        wanted = True
    elif operator == "includes":
        wanted = draw(st.sampled_from(value))
    elif operator == "one_of":
        wanted = [wanted]
    elif operator in ("age_at_least", "age_below"):
        if (q.get("limits") or {}).get("future"):
            return None
        wanted = draw(st.integers(1, 80))
    elif operator == "is" and q["type"] in ("consent", "agreement"):
        wanted = True
    return {"question": q["key"], operator: wanted}


def _addable(before: list[dict[str, Any]]) -> list[str]:
    found = [q["key"] for q in before if q["type"] in ("number", "money", "sum")]
    return found + [
        f"{q['key']}.{column['key']}"
        for q in before
        for column in q.get("columns", ())
        if column["type"] in ("number", "money")
    ]


@st.composite
def filled_forms(draw: st.DrawFn) -> Filled:
    """Pages of every type of question, with conditions, exit pages, tables and sums; answers that will do."""
    found, before = Filled({"pages": []}), list[dict[str, Any]]()
    for number in range(draw(st.integers(1, 4))):
        page: dict[str, Any] = {"key": f"p{number}", "title": draw(WORDS), "intro": draw(st.just("") | WORDS)}
        cond = draw(_condition(before, found.raw)) if number and draw(st.booleans()) else None
        if cond:
            page["show_if"] = cond
        if cond and draw(st.integers(0, 4)) == 0:
            found.form["pages"].append(
                {**page, "intro": "理由", "questions": [], "exit": {"procedure": "", "text": ""}}
            )
            continue
        page["questions"] = [
            _add(draw, found, before, kind)
            for kind in [*draw(st.lists(st.sampled_from(sorted(BUILDERS)), max_size=5)), "text"]
        ]
        found.form["pages"].append(page)
    return found


def _add(draw: st.DrawFn, found: Filled, before: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    """One more question, noted with its answer."""
    addable = _addable(before)
    if kind == "sum" and not addable:
        kind = "number"
    q, raw = draw(BUILDERS[kind]())
    q = {"key": f"q{len(before)}", **q}
    if kind in ("name", "address"):
        # Of these no two on a page may be called the same.
        q["label"] += str(len(before))
    if kind in _WITHOUT_REQUIRED:
        del q["required"]
    if kind == "sum":
        q["of"] = draw(st.lists(st.sampled_from(addable), min_size=1, unique=True))
    cond = draw(_condition(before, found.raw)) if draw(st.integers(0, 2)) == 0 else None
    if cond:
        q["show_if"] = cond
    before.append(q)
    (found.files if kind == "file" else found.raw)[q["key"]] = raw
    return q
