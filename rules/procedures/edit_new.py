"""新しい手続き: from nothing, as a copy of one of the town's own, or from the procedures that ship."""

from __future__ import annotations

import copy
import json
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import clock
import config
from models import Procedure, transaction
from rules import Refusal
from rules.procedures import edit_rules, editing, keys, paper_form, procedure_file
from rules.procedures.edit_sheet import Sheet, line, one_of
from rules.records.access import Missing
from rules.records.session import SignedInStaff
from rules.values import text
from rules.values.text import fold

Document = dict[str, Any]

LIBRARY = config.PROGRAM / "data" / "starter" / "procedures"
_CHANNELS = [("online", "インターネットで申請"), ("counter", "窓口のみ（案内だけを出す）")]
_KINDS = [
    ("decision", "申請（承認か却下を決める）"),
    ("notification", "届出（承認や却下を決めない）"),
]
_NO_CATEGORY = "まだカテゴリがありません。町の管理者に、「設定」でカテゴリを作ってもらってください。"


class Sample(NamedTuple):
    """A procedure of the library, as the list shows it."""

    name: str
    title: str
    summary: str
    category: str
    online: bool
    questions: int


# ---------------------------------------------------------------- the first screen


def sheet(me: SignedInStaff, source: Document | None = None) -> Sheet:
    """What is asked before a procedure is there; everything else begins with what is usual."""
    divisions = edit_rules.named(edit_rules.divisions(me))
    categories = edit_rules.named(edit_rules.categories(me.town))
    if not categories:
        raise Refusal(_NO_CATEGORY)
    asked = [
        line("name", "手続きの名前", "例：犬の登録申請", required=True),
        line("name_kana", "読み", edit_rules.KANA_HINT, required=True),
        one_of("category", "カテゴリ", categories, look="select"),
        one_of("division", "担当する部課", divisions, look="select"),
        line("id", "英小文字の名札", edit_rules.ID_HINT, required=True, most=60),
    ]
    if source is None:
        asked[4:4] = [
            one_of("channel", "申請の方法", _CHANNELS),
            one_of("kind", "申請か、届出か", _KINDS, "決まりは、あとから変えられます。"),
        ]
    return Sheet(asked, _proposed(me, source, [name for name, _ in divisions], [name for name, _ in categories]))


def _proposed(
    me: SignedInStaff, source: Document | None, divisions: list[str], categories: list[str]
) -> dict[str, Any]:
    # Who works for one division has nothing to choose.
    alone = {"division": divisions[0]} if len(divisions) == 1 else {}
    if source is None:
        return {
            **alone,
            "channel": "online",
            "kind": "decision",
            "id": free_id(me, f"procedure-{clock.today():%Y%m%d}"),
        }
    return {
        **alone,
        "name": source["name"],
        "name_kana": source["name_kana"],
        "category": source["category"] if source["category"] in categories else None,
        **({"division": source["division"]} if source["division"] in divisions else {}),
        "id": free_id(me, source["id"]),
    }


def free_id(me: SignedInStaff, wanted: str) -> str:
    """The id itself, or with the first number that makes it free in the town."""
    taken = {row.slug for row in Procedure.select(Procedure.slug).where(Procedure.town == me.town)}
    if wanted not in taken:
        return wanted
    return next(name for n in range(2, 10_000) if (name := f"{wanted[:55]}-{n}") not in taken)


def make(me: SignedInStaff, values: dict[str, Any], source: Document | None = None) -> Procedure:
    """The procedure with its first draft; of a form that is pressed twice there is one."""
    slug = values["id"].strip()
    if not procedure_file.ID.fullmatch(slug):
        raise Refusal("", {"q-id": edit_rules.BAD_ID})
    document = copy.deepcopy(source) if source is not None else _blank(values)
    document |= {
        "id": slug,
        "name": text.one_line(values["name"]).strip(),
        "name_kana": edit_rules.reading(values["name_kana"]),
        "category": values["category"],
        "division": values["division"],
    }
    return editing.make(me, document)


def _blank(values: dict[str, Any]) -> Document:
    """A procedure as most are: for everybody, with login, free, decided within two weeks."""
    decided, online = values["kind"] == "decision", values["channel"] == "online"
    return {
        "format": keys.FORMAT,
        "summary": "",
        "synonyms": [],
        "channel": values["channel"],
        "login": "required",
        "applicants": ["person"],
        "once": False,
        "identity": "mail" if online else "visit",
        "decision": decided,
        "withdrawal": ["SUBMITTED", "RETURNED"],
        "standard_days": None,
        "correction_days": keys.USUAL_CORRECTION_DAYS,
        "retention_years": 5,
        "fee": {"when": "none", "amount": None, "text": ""},
        "appeal": "standard" if decided else "none",
        "appeal_to": "",
        "guidance": dict.fromkeys(keys.GUIDANCE, ""),
        "form": {"pages": []} if online else None,
    }


# ---------------------------------------------------------------- what to begin with


def own_source(me: SignedInStaff, key: int) -> Document:
    """A procedure of one's own, to be copied: as published, else as drafted; its paper forms stay with it."""
    row = editing.own_procedure(me, key)
    return _without_papers(editing.published_of(row) or editing.draft_of(row))


def _without_papers(document: Document) -> Document:
    return {key: value for key, value in document.items() if key != "paper_forms"}


@lru_cache(maxsize=1)
def _library(folder: Path) -> dict[str, Document]:
    found = (json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json")))
    return {document["id"]: document for document in found if document.get("format") == keys.FORMAT}


def samples(words: str = "") -> list[tuple[str, list[Sample]]]:
    """The library by field; `words` look into names, summaries and synonyms."""
    found: dict[str, list[Sample]] = {}
    for document in sorted(_library(LIBRARY).values(), key=lambda one: str(fold(one["name_kana"]))):
        said = fold(" ".join((document["name"], document["name_kana"], document["summary"], *document["synonyms"])))
        if all(word in said for word in fold(words).split()):
            found.setdefault(document["category"], []).append(_sample(document))
    return sorted(found.items())


def _sample(document: Document) -> Sample:
    questions = sum(len(page["questions"]) for page in editing.pages(document))
    online = document["channel"] == "online"
    return Sample(document["id"], document["name"], document["summary"], document["category"], online, questions)


def sample(name: str) -> Document:
    """One of the library as it ships, or Missing."""
    found = _library(LIBRARY).get(name)
    if found is None:
        raise Missing
    return found


def from_sample(me: SignedInStaff, values: dict[str, Any], name: str) -> Procedure:
    """`make` with one of the library, its paper forms taken along."""
    source = sample(name)
    papers = paper_form.check(source, paper_form.in_folder(LIBRARY / "forms", name))
    stored = paper_form.store(papers, None)
    with transaction():
        made = make(me, values, source)
        present = paper_form.of_draft(made)
        if papers and not present:
            paper_form.add(made, papers, stored)
    return made
