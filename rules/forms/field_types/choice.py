"""Question types that are answered by choosing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from typing import Any

from rules.forms.field_types.base import (
    BETWEEN,
    FieldType,
    FormData,
    Question,
    Raw,
    Value,
    Wrong,
    counted,
    input_id,
    input_name,
    limit,
    the,
)


def labels(q: Question) -> dict[str, str]:
    return {choice["value"]: choice["label"] for choice in q.get("choices", [])}


class ChoiceField(FieldType):
    """One of several: its value. limits: look."""

    limits = frozenset({"look"})
    extra_keys = frozenset({"choices"})
    profiles = frozenset({"sex"})

    def missing(self, q: Question) -> dict[str, str]:
        return {input_id(q): f"{the(q['label'])}を選んでください。"}

    def value(self, q: Question, raw: Raw, today: date) -> Value:
        if raw not in labels(q):
            raise Wrong({input_id(q): f"{the(q['label'])}を、表示されている中から選んでください。"})
        return raw

    def show(self, q: Question, value: Value, today: date | None) -> list[str]:
        return [labels(q).get(value, str(value))]

    def as_typed(self, q: Question, raw: Raw) -> list[str]:
        return [str(labels(q).get(raw, raw))]

    def cells(self, q: Question, value: Value) -> list[str]:
        return self.show(q, value, None)

    def from_profile(self, q: Question, fact: Any) -> Raw | None:
        return fact if isinstance(fact, str) and fact in labels(q) else None

    def lint(self, q: Question) -> Iterator[str]:
        yield from lint_choices(q)
        if limit(q, "look", "radio") not in ("radio", "select"):
            yield "見せ方（look）は、radio か select にしてください。"


class ChoicesField(FieldType):
    """Several of several: their values in the form's order. limits: min, max."""

    limits = frozenset({"min", "max"})
    extra_keys = frozenset({"choices"})

    def blank(self, q: Question) -> Raw:
        return []

    def read(self, q: Question, form: FormData) -> Raw:
        return [value for value in form.getall(input_name(q)) if isinstance(value, str)]

    def fit(self, q: Question, raw: Raw) -> Raw:
        return [value for value in raw if isinstance(value, str)] if isinstance(raw, list) else []

    def is_empty(self, q: Question, raw: Raw) -> bool:
        return not any(raw)

    def missing(self, q: Question) -> dict[str, str]:
        return {input_id(q): f"{the(q['label'])}を、1つ以上選んでください。"}

    def value(self, q: Question, raw: Raw, today: date) -> Value:
        known = labels(q)
        if any(value not in known for value in raw if value):
            raise Wrong({input_id(q): f"{the(q['label'])}を、表示されている中から選んでください。"})
        chosen = [value for value in known if value in raw]
        for wrong, bound, words in (
            (len(chosen) < limit(q, "min", 0), limit(q, "min"), "以上"),
            (len(chosen) > limit(q, "max", len(known)), limit(q, "max"), "まで"),
        ):
            if wrong:
                raise Wrong({input_id(q): f"{the(q['label'])}は、{counted(bound)}{words}選んでください。"
                             f"いまは{counted(len(chosen))}選ばれています。"})  # fmt: skip
        return chosen

    def show(self, q: Question, value: Value, today: date | None) -> list[str]:
        known = labels(q)
        return [known.get(one, str(one)) for one in value]

    def raw_of(self, q: Question, value: Value) -> Raw:
        return list(value)

    def as_typed(self, q: Question, raw: Raw) -> list[str]:
        return ["　".join(labels(q).get(one, one) for one in raw if one.strip())]

    def cells(self, q: Question, value: Value) -> list[str]:
        return [BETWEEN.join(self.show(q, value, None))]

    def from_profile(self, q: Question, fact: Any) -> Raw | None:
        return None

    def lint(self, q: Question) -> Iterator[str]:
        yield from lint_choices(q)
        count = len(q["choices"]) if isinstance(q.get("choices"), list) else 0
        least, most = limit(q, "min", 0), limit(q, "max", count)
        if type(least) is not int or type(most) is not int:
            yield "選ぶ数（min、max）は、整数で決めてください。"
        elif least > min(most, count) or most < 1:
            yield f"どう選んでも通りません。選択肢は{count}つ、選ぶ数は{least}から{most}までになっています。"


class ConsentField(FieldType):
    """One box to tick: True, or nothing.

    A draft keeps to which words it was ticked: when they are others, it is not ticked any more.
    """

    def kept(self, q: Question, raw: Raw) -> Raw:
        return self._ticked(q) if raw == "yes" else raw

    def fit(self, q: Question, raw: Raw) -> Raw:
        if isinstance(raw, str) and raw.startswith("yes:"):
            return "yes" if raw == self._ticked(q) else ""
        return super().fit(q, raw)

    def _ticked(self, q: Question) -> str:
        words = "\n".join(str(q.get(name, "")) for name in ("label", *self.read_before))
        return f"yes:{sha256(words.encode('utf-8', 'replace')).hexdigest()[:16]}"

    read_before: tuple[str, ...] = ("hint",)
    """Where the words stand that are agreed to, beside the label."""

    def missing(self, q: Question) -> dict[str, str]:
        return {input_id(q): f"「{q['label']}」の四角を選んで、印を付けてください。"}

    def value(self, q: Question, raw: Raw, today: date) -> Value:
        if raw != "yes":
            raise Wrong(self.missing(q))
        return True

    def show(self, q: Question, value: Value, today: date | None) -> list[str]:
        return ["はい"]

    def raw_of(self, q: Question, value: Value) -> Raw:
        return "yes" if value else ""

    def as_typed(self, q: Question, raw: Raw) -> list[str]:
        return ["はい"] if raw == "yes" else super().as_typed(q, raw)

    def cells(self, q: Question, value: Value) -> list[str]:
        return self.show(q, value, None)

    def from_profile(self, q: Question, fact: Any) -> Raw | None:
        return None


def lint_choices(q: Question) -> Iterator[str]:
    """What is wrong with the choices themselves."""
    choices = q.get("choices")
    if not isinstance(choices, list) or not choices:
        yield "選択肢（choices）がありません。"
        return
    seen: set[str] = set()
    for place, choice in enumerate(choices, 1):
        if not isinstance(choice, dict) or set(choice) - {"value", "label"}:
            yield f"{place}番目の選択肢は、value と label だけで書いてください。"
            continue
        value, label = choice.get("value"), choice.get("label")
        if not isinstance(label, str) or not label.strip():
            yield f"{place}番目の選択肢に文字（label）がありません。"
        if not isinstance(value, str) or not value.strip():
            yield f"{place}番目の選択肢に値（value）がありません。"
        elif value in seen:
            yield f"選択肢の値「{value}」が二度使われています。"
        else:
            seen.add(value)
