"""手続きのファイル: what a procedure file must look like, before anything of it is taken in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from models import Status
from rules.forms import form
from rules.procedures import electronic_delivery

FORMAT = 1
GUIDANCE = (
    "who",
    "when",
    "bring",
    "visit",
    "after",
    "caution",
    "difference_from_paper",
    "identity",
    "purpose_of_use",
    "legal_ground",
)
_ID = re.compile("[a-z0-9-]{1,60}")
PAPER_KINDS = ("pdf", "docx", "xlsx", "odt", "ods")
_FILE = re.compile(rf"[a-z0-9][a-z0-9_-]{{0,80}}\.({'|'.join(PAPER_KINDS)})")
_OPEN = frozenset({Status.SUBMITTED, Status.IN_REVIEW, Status.RETURNED, Status.APPROVED})

# key -> (type, allowed values or None); every key must be there, no other may but _OPTIONAL.
_KEYS: dict[str, tuple[type | tuple[type, ...], tuple[Any, ...] | None]] = {
    "format": (int, (FORMAT,)),
    "id": (str, None),
    "name": (str, None),
    "name_kana": (str, None),
    "category": (str, None),
    "division": (str, None),
    "summary": (str, None),
    "synonyms": (list, None),
    "channel": (str, ("online", "counter")),
    "login": (str, ("required", "none")),
    "applicants": (list, None),
    "once": (bool, None),
    "identity": (str, ("none", "mail", "id_copy", "visit", "signature")),
    "decision": (bool, None),
    "withdrawal": (list, None),
    "standard_days": ((int, type(None)), None),
    "correction_days": (int, None),
    "retention_years": (int, None),
    "fee": (dict, None),
    "appeal": (str, ("standard", "appeal_first", "none")),
    "appeal_to": (str, None),
    "guidance": (dict, None),
    "form": ((dict, type(None)), None),
}
_OPTIONAL = {"eligibility": (dict, None), "paper_forms": (list, None), "issues_documents": (bool, None)}
_ELIGIBILITY: dict[str, tuple[type | tuple[type, ...], tuple[Any, ...] | None]] = {
    "town_only": (bool, None),
    "age_from": ((int, type(None)), None),
    "age_to": ((int, type(None)), None),
    "sex": (str, ("", "male", "female")),
}
_PAPER_FORM: dict[str, tuple[type | tuple[type, ...], tuple[Any, ...] | None]] = {
    "file": (str, None),
    "title": (str, None),
}
_FEE: dict[str, tuple[type | tuple[type, ...], tuple[Any, ...] | None]] = {
    "when": (str, ("none", "at_submit", "on_request", "counter")),
    "amount": ((int, type(None)), None),
    "text": (str, None),
}


def faults(document: Any) -> list[str]:
    """What is wrong with a procedure file, a sentence each with its key; empty when it can be loaded."""
    if not isinstance(document, dict):
        return ["the file must hold one JSON object"]
    known = _KEYS | {key: shape for key, shape in _OPTIONAL.items() if key in document}
    return list(_shape(document, known, "")) or list(_contents(document))


def _shape(table: dict[str, Any], known: dict[str, Any], place: str) -> Iterator[str]:
    for key in table:
        if key not in known:
            yield f"unknown key: {place}{key}"
    for key, (kind, allowed) in known.items():
        if key not in table:
            yield f"missing key: {place}{key}"
        elif not isinstance(table[key], kind) or (isinstance(table[key], bool) and kind is not bool):
            yield f"{place}{key}: wrong type"
        elif allowed and table[key] not in allowed:
            yield f"{place}{key}: must be one of {', '.join(map(str, allowed))}"


def _contents(document: dict[str, Any]) -> Iterator[str]:
    if not _ID.fullmatch(document["id"]):
        yield "id: 1 to 60 of a-z, 0-9 and -"
    for key in ("name", "category", "division"):
        if not document[key].strip():
            yield f"{key}: must not be empty"
    if not document["applicants"] or not _all_of(document["applicants"], {"person", "business"}):
        yield "applicants: person, business or both"
    if not _all_of(document["withdrawal"], {str(status) for status in _OPEN}):
        yield f"withdrawal: states out of {', '.join(sorted(_OPEN))}"
    if not all(isinstance(word, str) for word in document["synonyms"]):
        yield "synonyms: texts only"
    for key in ("standard_days", "correction_days", "retention_years"):
        if document[key] is not None and not 0 <= document[key] <= 1000:
            yield f"{key}: 0 to 1000"
    yield from _shape(document["fee"], _FEE, "fee.")
    yield from _shape(document["guidance"], dict.fromkeys(GUIDANCE, (str, None)), "guidance.")
    if "eligibility" in document:
        yield from _eligibility(document["eligibility"])
    yield from _paper_forms(document.get("paper_forms", []))
    if document["channel"] == "online":
        wrong = ["form: missing"] if document["form"] is None else form.lint(document["form"])
        yield from wrong or electronic_delivery.faults(document)
    else:
        yield from electronic_delivery.faults(document)


def _eligibility(terms: dict[str, Any]) -> Iterator[str]:
    wrong = list(_shape(terms, _ELIGIBILITY, "eligibility."))
    yield from wrong
    if wrong:
        return
    youngest, oldest = terms["age_from"], terms["age_to"]
    if any(age is not None and not 0 <= age <= 150 for age in (youngest, oldest)):
        yield "eligibility: ages from 0 to 150"
    elif youngest is not None and oldest is not None and youngest > oldest:
        yield "eligibility: age_from is above age_to"


def _paper_forms(forms: list[Any]) -> Iterator[str]:
    names = [form.get("file") for form in forms if isinstance(form, dict)]
    for at, paper_form in enumerate(forms):
        place = f"paper_forms[{at}]"
        if not isinstance(paper_form, dict):
            yield f"{place}: wrong type"
            continue
        wrong = list(_shape(paper_form, _PAPER_FORM, f"{place}."))
        yield from wrong
        if wrong:
            continue
        name = paper_form["file"]
        if not _FILE.fullmatch(name):
            yield f"{place}.file: a name of a-z, 0-9, - and _ ending in .{', .'.join(PAPER_KINDS)}, no folder"
        elif names.count(name) > 1:
            yield f"{place}.file: {name} is named twice"
        if not paper_form["title"].strip():
            yield f"{place}.title: must not be empty"


def _all_of(values: list[Any], allowed: set[str]) -> bool:
    return all(isinstance(value, str) and value in allowed for value in values)
