"""Going through a 手続き判定: which questions are asked, how the answers travel, and what comes out.

Answers are {key of a question: (keys of the chosen choices, in the guide's order)}. In an address they are a code:
the guide's shape, a dot, then for each question the number of its choice, or the sum of its choices' bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from rules.guides.guide_text import Part, Question, Questionnaire, Result, Term, When
from rules.values.text import fold

Answers = dict[str, tuple[str, ...]]

LONGEST_CODE = 700
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


# ---------------------------------------------------------------- conditions


def _fits(term: Term, answers: Answers) -> bool:
    """Whether all tests hold; what was not asked fits nothing, not even "other than"."""
    return all(test.key in answers and test.differs != bool(test.keys.intersection(answers[test.key])) for test in term)


def holds(when: When, answers: Answers) -> bool:
    """Whether a condition is met by the answers given."""
    return not when or any(_fits(term, answers) for term in when)


# ---------------------------------------------------------------- the way


@dataclass(frozen=True)
class Way:
    """The questions asked so far, the answers that still apply, and the first question left open."""

    asked: list[Question]
    answers: Answers
    open: Question | None

    def before(self, q: Question) -> Question | None:
        """The question asked before this one."""
        at = next((place for place, other in enumerate(self.asked) if other.key == q.key), 0)
        return self.asked[at - 1] if at else None

    def answered(self, q: Question | None = None) -> list[Question]:
        """The answered questions, those before `q` or all."""
        upto = self.asked[: self.asked.index(q)] if q is not None and q in self.asked else self.asked
        return [other for other in upto if other.key in self.answers]


def way(sheet: Questionnaire, answers: Answers) -> Way:
    """Walk through the questions; answers to what is no longer asked are dropped."""
    kept: Answers = {}
    asked: list[Question] = []
    first_open = None
    for q in sheet.questions:
        if not holds(q.when, kept):
            continue
        asked.append(q)
        if q.key in answers:
            kept[q.key] = answers[q.key]
        elif first_open is None:
            first_open = q
    return Way(asked, kept, first_open)


def labels(q: Question, chosen: tuple[str, ...]) -> list[str]:
    """An answer in words."""
    return [choice.label for choice in q.choices if choice.key in chosen] or ["あてはまるものはない"]


def as_page(q: Question) -> dict[str, Any]:
    """The question as a page of a form, its answer under the key "choice"; the values are the choices' numbers."""
    hint = q.hint or ("いくつでも選べます。あてはまるものがなければ、選ばずに進んでください。" if q.many else "")
    asked = {
        "key": "choice",
        "type": "choices" if q.many else "choice",
        "label": q.text,
        "hint": hint,
        "required": not q.many,
        "limits": {} if q.many else {"look": "radio"},
        "choices": [{"value": str(number), "label": choice.label} for number, choice in enumerate(q.choices, 1)],
    }
    return {"key": "question", "questions": [asked]}


def answer_of(q: Question, value: Any) -> tuple[str, ...]:
    """What the checked value of that page means."""
    numbers = [value] if isinstance(value, str) else value or []
    return tuple(q.choices[int(number) - 1].key for number in numbers)


# ---------------------------------------------------------------- the code


def _shape(sheet: Questionnaire) -> str:
    """Changes with the questions and choices, so that old answers are never read as others."""
    parts = [(q.key, q.many, [choice.key for choice in q.choices]) for q in sheet.questions]
    return sha256(repr(parts).encode("utf-8", "replace")).hexdigest()[:6]


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return digits or "0"


def encode(sheet: Questionnaire, answers: Answers) -> str:
    """The answers for an address."""
    signs = []
    for q in sheet.questions:
        if q.key not in answers:
            signs.append("")
            continue
        chosen = [place for place, choice in enumerate(q.choices) if choice.key in answers[q.key]]
        signs.append(_base36(sum(1 << place for place in chosen) if q.many else chosen[0]))
    return f"{_shape(sheet)}.{'-'.join(signs).rstrip('-')}"


def decode(sheet: Questionnaire, code: str) -> Answers | None:
    """The answers in a code; None if it was not made for these questions."""
    shape, dot, rest = code.partition(".")
    signs = rest.split("-") if rest else []
    if not dot or shape != _shape(sheet) or len(code) > LONGEST_CODE or len(signs) > len(sheet.questions):
        return None
    answers: Answers = {}
    for q, sign in zip(sheet.questions, signs, strict=False):
        if not sign:
            continue
        if len(sign) > 9 or not set(sign) <= set(_DIGITS):
            return None
        number, count = int(sign, 36), len(q.choices)
        if number >= (1 << count if q.many else count):
            return None
        places = [place for place in range(count) if number >> place & 1] if q.many else [number]
        answers[q.key] = tuple(q.choices[place].key for place in places)
    return answers


# ---------------------------------------------------------------- what comes out


def said(sheet: Questionnaire, walked: Way, upto: Question | None = None) -> list[tuple[str, list[str], int]]:
    """(question, answer in words, its number) of what was answered, before `upto` or all."""
    answered = walked.answered(upto)
    return [(q.text, labels(q, walked.answers[q.key]), sheet.questions.index(q) + 1) for q in answered]


def given(sheet: Questionnaire, answers: Answers) -> list[dict[str, Any]]:
    """The questions with their answers in words: [{"question", "answer": [...]}]."""
    return [{"question": q.text, "answer": labels(q, answers[q.key])} for q in sheet.questions if q.key in answers]


def outcome(sheet: Questionnaire, answers: Answers) -> dict[str, Any]:
    """What the answers lead to, ready to be kept: {"groups": [{"heading", "items"}], "bring", "notes"}.

    An item is {"name", "slug", "why", "answers", "until", "where", "bring", "notes"}, all but the first two lists.
    """
    groups: list[dict[str, Any]] = []
    for result in sheet.results:
        if holds(result.when, answers):
            if not groups or groups[-1]["heading"] != result.heading:
                groups.append({"heading": result.heading, "items": []})
            groups[-1]["items"].append(_item(sheet, result, answers))
    things: dict[str, str] = {}
    for thing in (thing for group in groups for item in group["items"] for thing in item["bring"]):
        things.setdefault(fold(thing), thing)
    return {
        "groups": groups,
        "bring": list(things.values()),
        "notes": "\n".join(sheet.notes).strip(),
    }


def _item(sheet: Questionnaire, result: Result, answers: Answers) -> dict[str, Any]:
    parts = [part for part in result.parts if holds(part.when, answers)]

    def lines(kind: str) -> list[str]:
        return [line for part in parts if part.kind == kind for line in _lines(part)]

    return {
        "name": result.name,
        "slug": result.slug,
        "why": lines("why"),
        "answers": _because(sheet, result, answers),
        "until": lines("until"),
        "where": lines("where"),
        "bring": [line.removeprefix("・") for line in lines("bring")],
        "notes": lines("note"),
    }


def _lines(part: Part) -> list[str]:
    return [line for line in part.lines if line]


def _because(sheet: Questionnaire, result: Result, answers: Answers) -> list[str]:
    """The answers that brought a procedure about: "name of the question：words of the answer"."""
    term = next((term for term in result.when if _fits(term, answers)), ())
    found = []
    for test in term:
        q = next(q for q in sheet.questions if q.key == test.key)
        chosen = answers[q.key] if test.differs else tuple(key for key in answers[q.key] if key in test.keys)
        found.append(f"{q.name}：{'、'.join(labels(q, chosen))}")
    return found
