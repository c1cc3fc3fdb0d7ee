"""Choices that were made and are offered no more: what they were called, since an answer is only a short value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from models import Application, ask
from rules.forms import fields, form
from rules.forms.fields import Question, Raw
from rules.procedures import procedure

Places = Mapping[str, list[dict[str, str]]]
"""The choices by the key of their question, of a column by TABLE.COLUMN."""


def put_back(written: Application, asked: form.Form) -> dict[str, Question]:
    """The questions in whose answers something is chosen that is no choice any more, with that choice put back."""
    lost = [q for q in form.questions(asked) if any(_unknown(q, fields.fit(q, written.answers.get(q["key"]))))]
    if not lost:
        return {}
    offered = _ever_offered(written)
    return {q["key"]: _with(q, q["key"], offered) for q in lost}


def _unknown(q: Question, raw: Raw) -> Iterator[str]:
    """The values in an answer of the right shape that its question does not offer."""
    if q["type"] == "table":
        for column in q["columns"]:
            for row in raw:
                yield from _unknown(column, row[column["key"]])
    elif q["type"] in ("choice", "choices"):
        known = {choice["value"] for choice in q["choices"]}
        yield from (value for value in ([raw] if isinstance(raw, str) else raw) if value and value not in known)


def _ever_offered(written: Application) -> Places:
    """What the versions have offered since the one a draft was begun on, in the words of the latest."""
    versions = ask(
        "SELECT v.id FROM form_version v JOIN application a ON a.procedure_id = v.procedure_id"
        " WHERE a.id = {} AND v.id >= a.form_version_id ORDER BY v.id",
        written.id,
    )
    found: dict[str, dict[str, str]] = {}
    for (version,) in versions:
        asked = procedure.document_of(version)["form"]
        for q in form.questions(asked) if asked else ():
            for path, one in [(q["key"], q), *((f"{q['key']}.{c['key']}", c) for c in q.get("columns", ()))]:
                found.setdefault(path, {}).update({c["value"]: c["label"] for c in one.get("choices", ())})
    return {path: [{"value": value, "label": label} for value, label in of.items()] for path, of in found.items()}


def _with(q: Question, path: str, offered: Places) -> Question:
    made: dict[str, Any] = dict(q)
    if "choices" in q:
        known = {choice["value"] for choice in q["choices"]}
        gone = [choice for choice in offered.get(path, ()) if choice["value"] not in known]
        made["choices"] = [*q["choices"], *gone]
    if "columns" in q:
        made["columns"] = [_with(column, f"{path}.{column['key']}", offered) for column in q["columns"]]
    return made
