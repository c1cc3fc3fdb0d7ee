"""手続きファイル as JSON Schema (draft 2020-12), made from the tables the checks use."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from rules.forms.fields import TYPES
from rules.forms.form_lint import NOT_REQUIRED, PROFILES
from rules.procedures import keys, procedure_file
from rules.procedures.keys import Key

Schema = dict[str, Any]

_KEY = "^[a-z][a-z0-9_]{0,40}$"
_NOT_TYPED = {"password"}
_EXTRA: dict[str, Schema] = {
    "choices": {
        "type": "array",
        "minItems": 1,
        "items": {
            "type": "object",
            "properties": {"value": {"type": "string"}, "label": {"type": "string", "minLength": 1}},
            "required": ["value", "label"],
            "additionalProperties": False,
        },
    },
    "prefix": {"type": "string"},
    "text": {"type": "string", "minLength": 1},
    "file": {"type": "string", "pattern": f"^{procedure_file.PAPER_FILE.pattern}$"},
    "of": {"type": "array", "minItems": 1, "items": {"type": "string"}},
    "row_name": {"type": "string"},
    "columns": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/question"}},
}
_LIMITS: dict[str, Schema] = {
    **dict.fromkeys(("min", "max"), {"type": "number"}),
    **dict.fromkeys(("min_length", "max_length", "decimals", "rows", "count"), {"type": "integer", "minimum": 0}),
    **dict.fromkeys(("age_from", "age_to"), {"type": "integer", "minimum": 0}),
    **dict.fromkeys(("past", "future"), {"type": "boolean"}),
    **dict.fromkeys(("unit", "width", "kind", "look"), {"type": "string"}),
    **dict.fromkeys(("from", "until"), {"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$"}),
    "step": {"type": "integer", "minimum": 1},
    "weekdays": {"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 7}},
    "days_ahead": {"type": "array", "minItems": 2, "maxItems": 2, "items": {"type": ["integer", "null"]}},
    "extensions": {"type": "array", "items": {"type": "string"}},
}


def schema() -> Schema:
    """The schema of a procedure file of this format."""
    shape = _table(keys.DOCUMENT)
    properties = shape["properties"]
    properties["id"] |= {"pattern": f"^{procedure_file.ID.pattern}$"}
    for name, longest in procedure_file.LINES.items():
        properties[name] |= {"maxLength": longest}
    for name in ("name", "category", "division"):
        properties[name] |= {"minLength": 1, "pattern": r"\S"}
    for name in ("standard_days", "correction_days", "retention_years"):
        properties[name] |= {"minimum": 0, "maximum": procedure_file.MOST[name]}
    properties["synonyms"] |= {"items": {"type": "string"}}
    properties["applicants"] |= _set(keys.KINDS_OF_APPLICANTS, 1)
    properties["withdrawal"] |= _set(keys.WITHDRAWAL, 0)
    _tables(properties)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Madoguchi の手続きファイル（形式1）",
        "description": "説明は docs/procedure-format.md。読み込むときの検査は、これより細かく調べます。",
        **shape,
        # What is applied for online has a form.
        "if": {"properties": {"channel": {"const": "online"}}},
        "then": {"properties": {"form": {"type": "object"}}},
        "$defs": {"page": _page(), "question": _question(), "condition": _condition()},
    }


def written() -> bytes:
    """The schema as data/starter/procedure.schema.json holds it."""
    return (json.dumps(schema(), ensure_ascii=False, indent=2) + "\n").encode("utf-8")


def _tables(properties: dict[str, Schema]) -> None:
    text = {"type": "string", "maxLength": procedure_file.LONGEST}
    for name, known in (("eligibility", keys.ELIGIBILITY), ("fee", keys.FEE), ("visit", keys.VISIT)):
        properties[name] = {"title": properties[name]["title"], **_table(known)}
    for age in ("age_from", "age_to"):
        properties["eligibility"]["properties"][age] |= {"minimum": 0, "maximum": procedure_file.MOST["age"]}
    properties["fee"]["properties"]["amount"] |= {"minimum": 0, "maximum": procedure_file.MOST["fee.amount"]}
    properties["period"] = {"title": properties["period"]["title"], **_table(keys.PERIOD)}
    end = "^(|[0-9]{2}-[0-9]{2}|2[01][0-9]{2}-[0-9]{2}-[0-9]{2}( [0-9]{2}:[0-9]{2})?)$"
    for name in keys.PERIOD:
        properties["period"]["properties"][name] |= {"pattern": end}
    properties["guidance"] = _texts(properties["guidance"], keys.GUIDANCE, text, required=list(keys.GUIDANCE))
    properties["mails"] = _texts(
        properties["mails"], keys.MAILS, {"type": "string", "pattern": "^Subject:"}, required=[]
    )
    paper = _table(keys.PAPER_FORM)
    paper["properties"]["file"] |= {"pattern": f"^{procedure_file.PAPER_FILE.pattern}$"}
    paper["properties"]["title"] |= {"minLength": 1, "maxLength": 200}
    properties["paper_forms"] |= {"items": paper}
    pages = {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/page"}}
    properties["form"] |= {"properties": {"pages": pages}, "required": ["pages"], "additionalProperties": False}


def _table(known: Mapping[str, Key]) -> Schema:
    return {
        "type": "object",
        "properties": {name: _value(key) for name, key in known.items()},
        "required": [name for name, key in known.items() if key.default is keys.REQUIRED],
        "additionalProperties": False,
    }


def _value(key: Key) -> Schema:
    found: Schema = {"title": key.words, "type": list(key.kinds) if len(key.kinds) > 1 else key.kinds[0]}
    if key.allowed and key.kinds != ("boolean",):
        found["enum"] = list(key.allowed)
    return found


def _texts(known: Schema, titles: Mapping[str, str], text: Schema, *, required: list[str]) -> Schema:
    properties = {name: {"title": title, **text} for name, title in titles.items()}
    return {**known, "properties": properties, "required": required, "additionalProperties": False}


def _set(allowed: Iterable[str], least: int) -> Schema:
    return {"items": {"enum": list(allowed)}, "minItems": least, "uniqueItems": True}


def _page() -> Schema:
    return {
        "type": "object",
        "properties": {
            "key": {"type": "string", "pattern": _KEY},
            "title": {"type": "string", "minLength": 1},
            "intro": {"type": "string"},
            "show_if": {"$ref": "#/$defs/condition"},
            "exit": {
                "type": "object",
                "properties": {name: {"type": "string"} for name in keys.EXIT},
                "additionalProperties": False,
            },
            "questions": {"type": "array", "items": {"$ref": "#/$defs/question"}},
        },
        "required": ["key", "title", "questions"],
        "additionalProperties": False,
        # Only the page that ends for those whom a procedure is not for asks nothing.
        "if": {"required": ["exit"]},
        "then": {"required": ["show_if"], "properties": {"questions": {"maxItems": 0}}},
        "else": {"properties": {"questions": {"minItems": 1}}},
    }


def _question() -> Schema:
    kinds = [name for name in TYPES if name not in _NOT_TYPED]
    return {
        "type": "object",
        "properties": {"type": {"enum": kinds}},
        "required": ["key", "type", "label"],
        "allOf": [_of_type(name) for name in kinds],
    }


def _of_type(name: str) -> Schema:
    """What a question of one type may hold."""
    kind = TYPES[name]
    properties: Schema = {
        "key": {"type": "string", "pattern": _KEY},
        "type": True,
        "label": {"type": "string", "minLength": 1},
        "hint": {"type": "string"},
        "show_if": {"$ref": "#/$defs/condition"},
        "limits": {
            "type": "object",
            "properties": {limit: _LIMITS.get(limit, True) for limit in sorted(kind.limits)},
            "additionalProperties": False,
        },
        "profile": {"enum": [fact for fact in PROFILES if fact in kind.profiles]},
        **{extra: _EXTRA.get(extra, True) for extra in sorted(kind.extra_keys)},
    }
    required = sorted(kind.extra_keys & {"choices", "columns", "of", "text", "file"})
    if not kind.profiles:
        del properties["profile"]
    if name not in NOT_REQUIRED:
        properties["required"] = {"type": "boolean"}
        required.append("required")
    return {
        "if": {"properties": {"type": {"const": name}}},
        "then": {"properties": properties, "required": required, "additionalProperties": False},
    }


def _condition() -> Schema:
    compared = [name for name in keys.CONDITION if name != "question"]
    whole = {"type": "integer", "minimum": 0}
    return {
        "type": "object",
        "properties": {
            "question": {"type": "string", "pattern": _KEY},
            **dict.fromkeys(compared, True),
            "one_of": {"type": "array", "minItems": 1},
            "answered": {"type": "boolean"},
            **dict.fromkeys(("age_at_least", "age_below"), whole),
        },
        "required": ["question"],
        "minProperties": 2,
        "maxProperties": 2,
        "additionalProperties": False,
    }
