"""What every question type has in common: its parts, its blank, and the order of its checks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Protocol

from rules.values import text

Question = dict[str, Any]
Raw = Any
"""What was typed: str, list[str] or dict part -> str, by type."""
Value = Any
"""What it means, JSON-able and canonical; None = nothing answered."""

BETWEEN = " / "
"""What stands between several answers in one cell of a table."""


class FormData(Protocol):
    """A posted form, as far as we read it."""

    def get(self, name: str, default: str = "", /) -> Any: ...
    def getall(self, name: str, /) -> Any: ...


class Wrong(Exception):
    """What was typed will not do; `errors` maps input ids to sentences."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(errors.values()))
        self.errors = errors


def input_name(q: Question, part: str = "") -> str:
    return f"{q['key']}.{part}" if part else str(q["key"])


def input_id(q: Question, part: str = "") -> str:
    return "q-" + input_name(q, part).replace(".", "-")


def counted(count: int) -> str:
    """'3つ', but '20個': つ is for numbers below ten."""
    return f"{count}つ" if count < 10 else f"{count}個"


def limit(q: Question, name: str, default: Any = None) -> Any:
    return (q.get("limits") or {}).get(name, default)


def the(label: str) -> str:
    """A label made fit to stand inside a sentence: a question or a long one goes into brackets."""
    return f"「{label}」" if len(label) > 20 or label.endswith(("か", "？", "?", "。", "）", ")")) else label


def quote(typed: str) -> str:
    """What was typed, short enough to be repeated in a sentence."""
    line = text.one_line(typed).strip()
    return f"「{line[:20]}…」" if len(line) > 20 else f"「{line}」"


def typed(form: FormData, name: str) -> str:
    """One field of a posted form, as it is kept."""
    value = form.get(name, "")
    return text.clean(value) if isinstance(value, str) else ""


def too_long(length: int, most: int) -> str:
    return f"{most:,}字までで入力してください。いまは {length:,}字で、{length - most:,}字多くなっています。"


class FieldType:
    """One text field; the other types change what differs."""

    parts: tuple[str, ...] = ("",)
    limits: frozenset[str] = frozenset()
    extra_keys: frozenset[str] = frozenset()
    profiles: frozenset[str] = frozenset()

    def blank(self, q: Question) -> Raw:
        return "" if self.parts == ("",) else dict.fromkeys(self.parts, "")

    def read(self, q: Question, form: FormData) -> Raw:
        if self.parts == ("",):
            return typed(form, input_name(q))
        return {part: typed(form, input_name(q, part)) for part in self.parts}

    def fit(self, q: Question, raw: Raw) -> Raw:
        """A raw answer of the right shape, whatever a draft of an older form version holds."""
        if self.parts == ("",):
            return raw if isinstance(raw, str) else ""
        found = raw if isinstance(raw, dict) else {}
        return {part: found[part] if isinstance(found.get(part), str) else "" for part in self.parts}

    def kept(self, q: Question, raw: Raw) -> Raw:
        """What was typed as a draft keeps it; `fit` reads it again."""
        return raw

    def is_empty(self, q: Question, raw: Raw) -> bool:
        return all(text.is_blank(part) for part in (raw.values() if isinstance(raw, dict) else [raw]))

    def missing(self, q: Question) -> dict[str, str]:
        """The errors of a required question left empty."""
        return {input_id(q): f"{the(q['label'])}を入力してください。"}

    def check(self, q: Question, raw: Raw, today: date) -> Value:
        """The value, or None where nothing is answered and nothing is required; raises Wrong."""
        raw = self.fit(q, raw)
        if self.is_empty(q, raw):
            if q.get("required"):
                raise Wrong(self.missing(q))
            return None
        return self.value(q, raw, today)

    def value(self, q: Question, raw: Raw, today: date) -> Value:
        """The value of an answer that is not empty; raises Wrong."""
        raise NotImplementedError

    def show(self, q: Question, value: Value, today: date | None) -> list[str]:
        return [str(value)]

    def raw_of(self, q: Question, value: Value) -> Raw:
        return str(value)

    def as_typed(self, q: Question, raw: Raw) -> list[str]:
        """An answer that says something, in the words it was typed in, whether it will do or not."""
        pieces = raw.values() if isinstance(raw, dict) else [raw]
        return ["　".join(piece for piece in pieces if piece.strip())]

    def terms(self, q: Question) -> str:
        """What its limits ask for, as the end of the hint; "" where they say nothing."""
        return ""

    def columns(self, q: Question) -> list[tuple[str, str]]:
        """(part, heading) of each column it fills in a table of answers; none for what nobody answers."""
        return [("", q["label"])]

    def cells(self, q: Question, value: Value) -> list[str]:
        """A text for each of these columns, as programs read it."""
        return [str(value)]

    def from_profile(self, q: Question, fact: Any) -> Raw | None:
        """The raw answer for a fact of the account; None where it does not fit."""
        return fact if isinstance(fact, str) and fact else None

    def lint(self, q: Question) -> Iterator[str]:
        """What is wrong with a question of this type, beyond unknown keys."""
        return iter(())
