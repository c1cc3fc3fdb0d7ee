"""Pages and questions of a draft: adding, moving, copying, taking away, and what else that touches."""

from __future__ import annotations

import copy
from typing import Any, NamedTuple

from rules import Refusal
from rules.forms.fields import Question
from rules.procedures import edit_names, editing
from rules.procedures.edit_sheet import Choices, Sheet, line, lines, one_of

Document = dict[str, Any]

FIRST = "first"
LAST = "last"


class Use(NamedTuple):
    """Something that looks at a question: in words, and the path below the procedure where it stands."""

    words: str
    path: str


# ---------------------------------------------------------------- questions


def add_question(document: Document, page: str, made: Question, after: str) -> None:
    """Put a question on a page: behind another, first or last."""
    questions = editing.page_of(document, page)["questions"]
    questions.insert(_behind(questions, after), made)


def _behind(questions: list[Question], after: str) -> int:
    keys = [q["key"] for q in questions]
    if after == FIRST:
        return 0
    return keys.index(after) + 1 if after in keys else len(keys)


def places(questions: list[Question], *, but: str = "") -> Choices:
    """Where on a page a question can be put, as the choices of a select."""
    others = [(q["key"], f"「{q['label']}」の下") for q in questions if q["key"] != but]
    return [(LAST, "いちばん下"), (FIRST, "いちばん上"), *others[:-1]] if others else [(LAST, "いちばん下")]


def same_but_key(document: Document, page: str, made: Question) -> str:
    """The key of a question that a first press has just put there; "" for none."""
    plain = {**made, "key": ""}
    questions = editing.page_of(document, page)["questions"]
    return next((q["key"] for q in questions if {**q, "key": ""} == plain), "")


def put(document: Document, key: str, made: Question) -> None:
    """Let a question be this one from now on; where its key is another, what looked at it follows."""
    questions, at = editing.place_of(document, key)
    questions[at] = made
    column = key.partition(".")[0] if "." in key else ""
    new = f"{column}.{made['key']}" if column else made["key"]
    if new != key:
        _rename(document, key, new)


def _rename(document: Document, old: str, new: str) -> None:
    for page in editing.pages(document):
        for part in (page, *page["questions"]):
            condition = part.get("show_if")
            if condition and condition.get("question") == old:
                condition["question"] = new
            if "of" in part:
                part["of"] = [_renamed(one, old, new) for one in part["of"]]


def _renamed(one: str, old: str, new: str) -> str:
    return new if one == old else f"{new}.{one.partition('.')[2]}" if one.startswith(f"{old}.") else one


def place_question(document: Document, key: str, index: int) -> None:
    """Move a question, or a column, within its list; the place counts from 0."""
    questions, at = editing.place_of(document, key)
    if 0 <= index < len(questions):
        questions.insert(index, questions.pop(at))


def move_to_page(document: Document, key: str, page: str, after: str) -> None:
    """Move a question to another page, or to another place of its own."""
    questions, at = editing.place_of(document, key)
    target = editing.page_of(document, page)
    if target.get("exit"):
        raise Refusal("", {"q-page": "申請を終える案内のページに、項目は置けません。ほかのページを選んでください。"})
    moved = questions.pop(at)
    target["questions"].insert(_behind(target["questions"], after), moved)


def copy_question(document: Document, key: str, others: set[str]) -> str:
    """Put a copy below a question; returns the copy's key."""
    questions, at = editing.place_of(document, key)
    made = copy.deepcopy(questions[at])
    made["key"] = edit_names.free(made["key"], others)
    made["label"] = f"{made['label']}（写し）"
    questions.insert(at + 1, made)
    return str(made["key"])


def remove_question(document: Document, key: str) -> None:
    questions, at = editing.place_of(document, key)
    del questions[at]


def uses(document: Document, key: str) -> list[Use]:
    """Conditions and sums that look at a question or a column; on publishing each would be a fault without it."""
    return [use for page in editing.pages(document) for use in _uses_on(page, key)]


def _uses_on(page: Document, key: str) -> list[Use]:
    found = []
    if (page.get("show_if") or {}).get("question") == key:
        found.append(Use(f"ページ「{page['title']}」を出す条件", f"pages/{page['key']}/condition"))
    for q in page["questions"]:
        if (q.get("show_if") or {}).get("question") == key:
            found.append(Use(f"「{q['label']}」を出す条件", f"questions/{q['key']}/condition"))
        if any(one == key or one.startswith(f"{key}.") for one in q.get("of", ())):
            found.append(Use(f"「{q['label']}」の合計", f"questions/{q['key']}"))
    return found


# ---------------------------------------------------------------- pages


def page_sheet(document: Document, page: Document | None, others: Choices, *, is_exit: bool) -> Sheet:
    """The screen of a page; `others` are the procedures an exit page can lead to."""
    intro = (
        "このページで申請を終える方に、伝えることです。空の行で段落が分かれます。" if is_exit else "題名の下に出ます。"
    )
    asked = [
        line("title", "ページの題名", "例：飼い主、犬、届けること", required=True),
        lines("intro", "説明", intro, required=is_exit, most=20_000, rows=8 if is_exit else 3),
    ]
    values: dict[str, Any] = {"title": (page or {}).get("title"), "intro": (page or {}).get("intro") or None}
    if is_exit:
        leads_to = (page or {}).get("exit") or {}
        asked += [
            one_of("exit_procedure", "かわりに案内する手続き", [("none", "案内しない"), *others], look="select"),
            line("exit_text", "案内の言葉", "空けておくと、手続きの名前が出ます。例：犬の登録事項変更の届出をする"),
        ]
        values |= {
            "exit_procedure": leads_to.get("procedure") or "none",
            "exit_text": leads_to.get("text") or None,
        }
    return Sheet(asked, values)


def write_page(page: Document, values: dict[str, Any], *, is_exit: bool) -> None:
    """Let a page say what its screen says."""
    page["title"], page["intro"] = values["title"].strip(), (values["intro"] or "").strip()
    if is_exit:
        other = values["exit_procedure"]
        page["exit"] = {"procedure": "" if other == "none" else other, "text": values["exit_text"] or ""}


def new_page(key: str, *, is_exit: bool) -> Document:
    made: Document = {"key": key, "title": "", "intro": "", "questions": []}
    return made | ({"exit": {"procedure": "", "text": ""}} if is_exit else {})


def same_page(document: Document, made: Document) -> str:
    """The key of a page that a first press has just made; "" for none."""
    plain = {**made, "key": ""}
    return next((page["key"] for page in editing.pages(document) if {**page, "key": ""} == plain), "")


def place_page(document: Document, key: str, index: int) -> None:
    """Move a page; the place counts from 0."""
    found = editing.pages(document)
    at = found.index(editing.page_of(document, key))
    if 0 <= index < len(found):
        found.insert(index, found.pop(at))


def remove_page(document: Document, key: str) -> None:
    editing.pages(document).remove(editing.page_of(document, key))


def uses_of_page(document: Document, page: Document) -> list[Use]:
    """What on other pages looks at the questions of a page."""
    others = [other for other in editing.pages(document) if other["key"] != page["key"]]
    found = [use for q in page["questions"] for other in others for use in _uses_on(other, q["key"])]
    return list(dict.fromkeys(found))
