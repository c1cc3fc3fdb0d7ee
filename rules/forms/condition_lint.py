"""What is wrong with a condition, in sentences for whoever makes the form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from rules.forms import conditions
from rules.forms.field_types.base import Question, limit

OLDEST = 150


@dataclass
class Before:
    """What a condition may look at: the questions that stand before it; of the others only that they are there."""

    questions: dict[str, Question] = field(default_factory=dict)
    later: frozenset[str] = frozenset()
    always: set[str] = field(default_factory=set)
    """Keys of questions that are asked of everybody."""


def condition_faults(cond: Any, before: Before, own: str = "") -> Iterator[str]:
    """A sentence for each fault of a `show_if`; `own` is the key of the question it stands on."""
    if not isinstance(cond, dict) or not isinstance(cond.get("question"), str) or not cond["question"]:
        yield "条件（show_if）に、どの項目を見るか（question）がありません。"
        return
    unknown = [name for name in cond if name != "question" and name not in conditions.ALL]
    if unknown:
        yield f"条件（show_if）に、知らない比べ方「{unknown[0]}」があります。"
        return
    if len(cond) != 2:
        yield "条件（show_if）の比べ方は、1つだけ書いてください。"
        return
    key, operator, wanted = conditions.split(cond)
    q = before.questions.get(key)
    if q is None:
        yield _not_before(key, before, own)
        return
    if operator not in conditions.operators(q["type"]):
        yield _does_not_fit(q, operator)
        return
    yield from list(_value_faults(q, operator, wanted)) or _never(q, operator, wanted, before)


def _not_before(key: str, before: Before, own: str) -> str:
    if key == own:
        return "条件に、この項目自身の答えは使えません。前にある項目を選んでください。"
    if key in before.later:
        return f"条件で見ている項目「{key}」は、これより後にあります。前にある項目を選んでください。"
    return f"条件で見ている項目「{key}」が、様式にありません。"


def _does_not_fit(q: Question, operator: str) -> str:
    fitting = conditions.operators(q["type"])
    if not fitting:
        return f"条件で見ている「{_label(q)}」は、条件に使えない種類（{q['type']}）の項目です。"
    return f"条件の比べ方（{operator}）は、「{_label(q)}」の種類の項目に合いません。条件を決め直してください。"


def _label(q: Question) -> str:
    return str(q.get("label") or q.get("key"))


def _value_faults(q: Question, operator: str, wanted: Any) -> Iterator[str]:
    """What is wrong with what the answer is compared with, for an operator that fits."""
    if operator == "answered":
        if not isinstance(wanted, bool):
            yield "条件の answered は、true か false にしてください。"
    elif operator in ("age_at_least", "age_below"):
        if type(wanted) is not int:
            yield "条件の年齢は、整数で書いてください。"
    elif operator == "one_of":
        if not isinstance(wanted, list):
            yield "条件の one_of は、値の並びにしてください。"
        else:
            for one in wanted:
                yield from _one_value(q, one)
    else:
        yield from _one_value(q, wanted)


def _one_value(q: Question, wanted: Any) -> Iterator[str]:
    kind = q["type"]
    if kind in ("choice", "choices"):
        choices = q.get("choices")
        known = [choice.get("value") for choice in choices if isinstance(choice, dict)] if choices else []
        if wanted not in known:
            yield f"条件で選んだもの（{wanted}）は、「{_label(q)}」の選択肢にありません。条件を決め直してください。"
    elif kind in ("number", "money", "sum"):
        if isinstance(wanted, bool) or not isinstance(wanted, int | float):
            yield f"「{_label(q)}」の条件の値は、数字で書いてください。いまは「{wanted}」です。"
    elif kind == "date":
        if not _is_day(wanted):
            yield f"「{_label(q)}」の条件の値は、「2027-04-01」のような日付で書いてください。いまは「{wanted}」です。"
    elif kind in ("consent", "agreement"):
        if not isinstance(wanted, bool):
            yield f"「{_label(q)}」の条件の値は、true にしてください。"
    elif not isinstance(wanted, str) or not wanted:
        yield f"「{_label(q)}」の条件の値は、文字で書いてください。"


def _is_day(wanted: Any) -> bool:
    if not isinstance(wanted, str) or not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", wanted):
        return False
    try:
        date.fromisoformat(wanted)
    except ValueError:
        return False
    return True


# ---------------------------------------------------------------- conditions that nothing can meet


def _never(q: Question, operator: str, wanted: Any, before: Before) -> Iterator[str]:
    """A sentence where no answer that the form takes can meet the condition."""
    why = _why_never(q, operator, wanted, before)
    if why:
        yield f"この条件は、成り立つことがありません。{why}"


def _why_never(q: Question, operator: str, wanted: Any, before: Before) -> str:
    label = _label(q)
    if operator == "one_of" and not wanted:
        return "比べる値が1つもありません。"
    if operator == "answered" and wanted is False and q["key"] in before.always and q.get("required") is True:
        return f"「{label}」は、必ず答える項目です。"
    if q["type"] in ("consent", "agreement") and operator == "is" and wanted is False:
        return f"「{label}」の答えは、「印を付けた」だけです。付けていないときは、answered を false にします。"
    if operator == "is_not" and q["type"] == "choice" and len(q.get("choices") or ()) == 1:
        return f"「{label}」の選択肢は、1つだけです。"
    if operator == "age_at_least" and wanted > OLDEST or operator == "age_below" and wanted <= 0:
        return f"年齢が{wanted}歳になっています。"
    if operator == "age_at_least" and wanted > 0 and limit(q, "future"):
        return f"「{label}」は、きょうより後の日付です。"
    if q["type"] in ("number", "money"):
        return _outside(q, operator, wanted)
    return ""


def _outside(q: Question, operator: str, wanted: Any) -> str:
    least, most = limit(q, "min"), limit(q, "max")
    if operator in ("is", "at_least") and _is_number(most) and wanted > most:
        return f"「{_label(q)}」は、{most} までしか入力できません。"
    if operator in ("is", "at_most") and _is_number(least) and wanted < least:
        return f"「{_label(q)}」は、{least} からしか入力できません。"
    if operator == "one_of" and all(_outside(q, "is", one) for one in wanted):
        return f"比べる値は、どれも「{_label(q)}」に入力できません。"
    return ""


def _is_number(found: Any) -> bool:
    return isinstance(found, int | float) and not isinstance(found, bool)
