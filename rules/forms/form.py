"""A form document: its pages in order, what was typed on them, what it means, and how it is read back.

A document is {"pages": [{"key", "title", "intro", "questions": [question]}]}; answers go by question key.
`files` is {question key: [{"name", "size", "sha256", "id"}]}: they are kept apart from the answers.
What a condition (`show_if`) hides is neither checked nor among the values; what was typed there stays in the raw
answers. An exit page (`exit`) that is reached is the last one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import clock
from rules import Refusal
from rules.forms import conditions, fields
from rules.forms.days import Days, as_days
from rules.forms.field_types.sum import total, with_unit
from rules.forms.fields import FormData, Question, Raw, Value, Wrong
from rules.forms.form_lint import NO_ANSWER, Fault, faults, lint

__all__ = [
    "Fault", "Reading", "canonical", "check_form", "check_page", "complete", "display", "exit_page", "faults",
    "inputs", "kept", "lint", "next_page", "page", "pages", "prefill", "previous_page", "questions", "read_page",
    "read_shown", "reading", "shown_keys", "shown_with", "unconditional", "unreadable", "visible",
]  # fmt: skip

Form = dict[str, Any]
Page = dict[str, Any]
Files = Mapping[str, list[dict[str, Any]]]

NOT_TYPED = (*NO_ANSWER, "file", "sum")
NOT_FOR_YOU = "答えの内容では、この手続きの対象になりません。理由をお読みください。答えを直すと、続けられます。"


def pages(form: Form) -> list[Page]:
    return list(form["pages"])


def page(form: Form, key: str) -> Page | None:
    """The page of that key, or None."""
    return next((p for p in form["pages"] if p["key"] == key), None)


def exit_page(form: Form) -> Page | None:
    """The exit page that the answers reach, in a visible form; it is its last page."""
    last = form["pages"][-1] if form["pages"] else {}
    return last if "exit" in last else None


def questions(form: Form) -> list[Question]:
    """Every question in order, headings too."""
    return [q for p in form["pages"] for q in p["questions"]]


def inputs(form_page: Page) -> list[Question]:
    """The questions of a page that have an answer, typed or not."""
    return [q for q in form_page["questions"] if q["type"] not in NO_ANSWER]


def next_page(form: Form, key: str, whole: Form | None = None) -> Page | None:
    """The page after that one; in a visible form `whole` tells the place of a page that is hidden."""
    order = _keys(whole or form)
    later = order[order.index(key) + 1 :]
    return next((p for p in form["pages"] if p["key"] in later), None)


def previous_page(form: Form, key: str, whole: Form | None = None) -> Page | None:
    """The page before that one."""
    order = _keys(whole or form)
    earlier = order[: order.index(key)]
    return next((p for p in reversed(form["pages"]) if p["key"] in earlier), None)


def _keys(form: Form) -> list[str]:
    return [p["key"] for p in form["pages"]]


# ---------------------------------------------------------------- typed


def read_page(form_page: Page, form: FormData) -> dict[str, Raw]:
    """What was typed on a page, by question key; files come another way."""
    return {q["key"]: fields.read(q, form) for q in form_page["questions"] if q["type"] not in NOT_TYPED}


def read_shown(form_page: Page, form: FormData, had: Container[str] = ()) -> dict[str, Raw]:
    """What was typed in the questions that the page in the browser `had`, without them as its field `shown` says.

    A question that was hidden there keeps what was typed in it before.
    """
    known = had or shown_keys(form) or {q["key"] for q in form_page["questions"]}
    return {key: raw for key, raw in read_page(form_page, form).items() if key in known}


def shown_keys(form: FormData) -> set[str]:
    """The keys of the questions that the page in the browser had; none where it does not say."""
    named = form.get("shown", "")
    return set(named.split()) if isinstance(named, str) else set()


def kept(form_page: Page, raw: Mapping[str, Raw]) -> dict[str, Raw]:
    """What was typed on a page as a draft keeps it."""
    asked = {q["key"]: q for q in form_page["questions"]}
    return {key: fields.kept(asked[key], answer) if key in asked else answer for key, answer in raw.items()}


def complete(form_page: Page, raw: Mapping[str, Raw], files: Files | None = None) -> dict[str, Raw]:
    """Raw answers to every question of a page, in the shape of its type, blank where nothing was typed."""
    return {q["key"]: fields.fit(q, _found(q, raw, files or {})) for q in inputs(form_page)}


def filled(form_page: Page, typed: FormData | None, kept: Mapping[str, Raw]) -> dict[str, Raw]:
    """What stands in the fields of a page: what was typed, else what is kept."""
    return complete(form_page, kept if typed is None else read_page(form_page, typed))


def _found(q: Question, raw: Mapping[str, Raw], files: Files) -> Raw:
    """What there is of a question; files are never taken from what was typed: a key may have had another type."""
    return list(files.get(q["key"], ())) if q["type"] == "file" else raw.get(q["key"])


def prefill(form: Form, profile: Mapping[str, Any]) -> dict[str, Raw]:
    """Raw answers that the account already knows, for the questions that name a `profile` fact."""
    known: dict[str, Raw] = {}
    for q in questions(form):
        fact = profile.get(q.get("profile", ""))
        raw = fields.from_profile(q, fact) if fact else None
        if raw is not None:
            known[q["key"]] = raw
    return known


# ---------------------------------------------------------------- what is asked


@dataclass(frozen=True)
class Reading:
    """A form as it stands with some answers: what is shown of it, the values, and the errors by page and input id."""

    form: Form
    values: dict[str, Value]
    errors: dict[str, dict[str, str]]


_ValueOf = Callable[[Question, Mapping[str, Value]], Value]


def reading(
    form: Form, raw: Mapping[str, Raw], files: Files, today: date | Days, *, past_exit: bool = False
) -> Reading:
    """Go through a form with what was typed; it ends at an exit page that is reached, unless `past_exit`."""
    days = as_days(today)
    # Rows in which something is still wrong: what is right in them is added up all the same.
    unfinished: dict[str, Value] = {}

    def value_of(q: Question, values: Mapping[str, Value]) -> Value:
        if q["type"] == "sum":
            return total(q, {**values, **unfinished})
        typed = _found(q, raw, files)
        try:
            return days.check(q, typed)
        except Wrong:
            if q["type"] == "table":
                unfinished[q["key"]] = fields.TABLE.what_is_right(q, typed, days.today)
            raise

    return _walk(form, value_of, days, past_exit=past_exit)


def visible(form: Form, raw: Mapping[str, Raw], files: Files, today: date | Days) -> Form:
    """The form reduced to the pages and questions that are asked with these answers."""
    return reading(form, raw, files, today).form


def shown_with(form: Form, values: Mapping[str, Value], today: date | Days) -> Form:
    """The same by values that were checked before: what a sending shows."""
    return _walk(form, lambda q, _: values.get(q["key"]), as_days(today)).form


def unconditional(form_page: Page) -> Page:
    """A page with everything on it, whatever was answered."""
    plain = [{name: of for name, of in q.items() if name != "show_if"} for q in form_page["questions"]]
    return {name: of for name, of in form_page.items() if name != "show_if"} | {"questions": plain}


def _walk(form: Form, value_of: _ValueOf, days: Days, *, past_exit: bool = False) -> Reading:
    found = Reading({**form, "pages": []}, {}, {})
    kinds = _kinds(form)
    for p in form["pages"]:
        if not _asked(p, found.values, days):
            continue
        asked, errors = _walk_page(p, found.values, value_of, days, kinds)
        if p["questions"] and not any(q["type"] not in NO_ANSWER for q in asked):
            continue  # all of it is hidden: a heading alone makes no page
        found.form["pages"].append({**p, "questions": asked})
        if errors:
            found.errors[p.get("key", "")] = errors
        if "exit" in p and not past_exit:
            found.errors[p["key"]] = {"": NOT_FOR_YOU}
            break
    return found


def _asked(found: Page | Question, values: Mapping[str, Value], days: Days) -> bool:
    cond = found.get("show_if")
    if cond is None:
        return True
    key = conditions.split(cond)[0]
    return conditions.holds(cond, values, days.of(key, values.get(key)))


def _walk_page(
    form_page: Page, values: dict[str, Value], value_of: _ValueOf, days: Days, kinds: Mapping[str, str]
) -> tuple[list[Question], dict[str, str]]:
    """(what is shown of a page, the errors on it); the values are added to those of the pages before."""
    asked: list[Question] = []
    errors: dict[str, str] = {}
    for question in form_page["questions"]:
        if not _asked(question, values, days):
            continue
        q = with_unit(question, kinds) if question["type"] == "sum" else question
        asked.append(q)
        if q["type"] in NO_ANSWER:
            continue
        try:
            value = value_of(q, values)
        except Wrong as wrong:
            errors |= wrong.errors
        else:
            if q["type"] != "file":
                values[q["key"]] = value
    return asked, errors


def _kinds(form: Form) -> dict[str, str]:
    """What a sum must know of the questions before it: whether they are money, hidden ones too."""
    kinds: dict[str, str] = {}
    for question in questions(form):
        q = with_unit(question, kinds) if question["type"] == "sum" else question
        is_money = q["type"] == "sum" and (q.get("limits") or {}).get("unit") == "円"
        kinds[q["key"]] = "money" if is_money else q["type"]
        if q["type"] == "table":
            kinds.update({f"{q['key']}.{column['key']}": column["type"] for column in q["columns"]})
    return kinds


# ---------------------------------------------------------------- meant


def check_page(
    form_page: Page, raw: Mapping[str, Raw], files: Files, today: date | Days
) -> tuple[dict[str, Value], dict[str, str]]:
    """(values by question key without the files, errors by input id in the order of the page).

    For a page that stands alone; where earlier pages matter, `check_form` knows them.
    """
    alone = {name: of for name, of in form_page.items() if name != "show_if"}
    found = reading({"pages": [alone]}, raw, files, today)
    return found.values, found.errors.get(alone.get("key", ""), {})


def answers(form_page: Page, typed: FormData) -> dict[str, Value]:
    """The values of what was typed on a page that stands alone; a Refusal says what is wrong beside its field."""
    values, errors = check_page(form_page, read_page(form_page, typed), {}, clock.today())
    if errors:
        raise Refusal("", errors)
    return values


def check_form(
    form: Form, raw: Mapping[str, Raw], files: Files, today: date | Days
) -> tuple[dict[str, Value], dict[str, dict[str, str]]]:
    """(values by question key, errors by page key, the pages in order and only those with errors).

    An exit page that is reached is an error too: it has no input to mend.
    """
    found = reading(form, raw, files, today)
    return found.values, found.errors


def canonical(document: Any) -> bytes:
    """The one byte sequence of a JSON document: what is kept of a sending, and what its digest is made of."""
    return json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def unreadable(form_page: Page, raw: Mapping[str, Raw], errors: Mapping[str, str], key: str) -> dict[str, str]:
    """Of the errors of a page those in what the sum of that key adds up, where something is typed."""
    asked = {q["key"]: q for q in form_page["questions"]}
    ids = set(_typed_in(key, asked, raw)) if asked.get(key, {}).get("type") == "sum" else set()
    return {place: sentence for place, sentence in errors.items() if place in ids}


def _typed_in(part: str, asked: Mapping[str, Question], raw: Mapping[str, Raw]) -> Iterator[str]:
    """The ids of the inputs in which something is typed: of a question, of a column, of what a sum adds up."""
    key, _, column = part.partition(".")
    q = asked.get(key)
    if q is None:
        return
    if q["type"] == "sum":
        for one in q["of"]:
            yield from _typed_in(one, asked, raw)
        return
    typed = fields.fit(q, raw.get(key))
    for number, row in enumerate(typed if column else ()):
        if row.get(column):
            yield f"q-{key}-{number}-{column}"
    if not column and not fields.is_empty(q, typed):
        yield f"q-{key}"


# ---------------------------------------------------------------- read back


def display(
    form: Form, values: Mapping[str, Value], files: Files, today: date | Days | None = None
) -> list[tuple[Page, list[tuple[Question, list[str]]]]]:
    """For each page its questions with the lines to print; with `today`, a birth date carries the age.

    Only what was asked with these values; an exit page has nothing to print.
    """
    days = None if today is None else as_days(today)
    asked = shown_with(form, values, days or clock.today())
    return [
        (p, [(q, _lines(q, values, files, days)) for q in inputs(p) if q["type"] != "password"])
        for p in asked["pages"]
        if "exit" not in p
    ]


def _lines(q: Question, values: Mapping[str, Value], files: Files, days: Days | None) -> list[str]:
    if q["type"] == "file":
        return fields.show(q, files.get(q["key"]) or None) or ["（添付なし）"]
    # 「回答しない」 is a choice with the value "": nothing answered, in these words.
    unanswered = next((choice["label"] for choice in q.get("choices", ()) if choice["value"] == ""), "（入力なし）")
    value = values.get(q["key"])
    return fields.show(q, value, None if days is None else days.of(q["key"], value)) or [unanswered]
