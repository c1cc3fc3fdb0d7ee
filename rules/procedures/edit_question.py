"""項目 in the editor: what is asked about a question of each type, and the question that the answers make."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from rules import Refusal
from rules.forms.fields import TYPES, FormData, Question
from rules.procedures import edit_names, edit_settings
from rules.procedures.edit_settings import SILENT, Setting
from rules.procedures.edit_sheet import Difference, Sheet, line, lines, one_of
from rules.values import text

Document = dict[str, Any]

MOST_CHOICES = 500
_NOTHING: tuple[Any, ...] = (None, "", [])
_LABEL_HINTS = {
    "heading": "ページの中の区切りに、大きく出る言葉です。",
    "consent": "四角の横に出る文です。例：上の内容に同意します",
    "agreement": "四角の横に出る文です。例：上の内容を読み、同意します",
}
_HINT = "項目の名前の下に、小さく出ます。例：平日の昼間につながる番号を入力してください。"
_HINT_HINTS = {"consent": "四角の上の枠の中に出ます。", "heading": "小見出しの下に出ます。"}
# Types in which every answer that is there goes on meaning what it means: not what a choice keeps of it ("c3"), not a
# number that loses its unit, not lines that run together.
_FITTING = {
    "text": ("long_text",),
    "telephone": ("text", "long_text"),
    "email": ("text", "long_text"),
    "corporate_number": ("text", "long_text"),
    "consent": ("agreement",),
    "agreement": ("consent",),
}


class Row(NamedTuple):
    """A choice in its row: what is recorded for it (hidden), its words, its place."""

    value: str
    label: str
    place: str


# ---------------------------------------------------------------- asking


def sheet(document: Document, kind: str, present: Question | None, *, table: str = "", key: str = "") -> Sheet:
    """The screen of a question; `present` is the one that stands in the draft, None for a new one.

    `key` asks for the 名札 too: "new" where it may be left to the program, "open" where it can still be changed.
    `table` is the key of the table a column belongs to.
    """
    asked = [
        line("label", "項目の名前", _LABEL_HINTS.get(kind, "例：犬の名前"), required=True),
        lines("hint", "入力のしかたの説明", _HINT_HINTS.get(kind, _HINT), most=20_000, rows=2),
    ]
    values: dict[str, Any] = {"label": (present or {}).get("label"), "hint": (present or {}).get("hint") or None}
    if kind not in SILENT:
        asked.append(one_of("required", "必ず答えてもらうか", [("yes", "必須"), ("no", "任意")]))
        values["required"] = "yes" if present is None or present.get("required") else "no"
    q = _fresh(document, kind) if present is None else present
    for setting in _settings(document, kind, present, table):
        asked += setting.asked
        values |= setting.shown(q)
    if key:
        asked.append(_key_question(key))
        values["key"] = q.get("key")
    return Sheet(asked, values)


def _key_question(how: str) -> Question:
    hint = "記録や移し替えに使う名前です。英小文字・数字・_ で書きます。公開したあとは変えられません。"
    empty = "空けておくと、自動で付けます。" if how == "new" else ""
    return line(
        "key", "名札（記録や移し替えに使う名前）", hint + empty, required=how == "open", most=41, width="medium"
    )


def _fresh(document: Document, kind: str) -> Question:
    """What a new question begins with: the first of its kind with what the account knows, a second is about another."""
    taken = {q["type"] for page in (document["form"] or {"pages": []})["pages"] for q in page["questions"]}
    return {"profile": kind} if kind in TYPES[kind].profiles and kind not in taken else {}


def _settings(document: Document, kind: str, present: Question | None, table: str) -> list[Setting]:
    papers = [(form["file"], form["title"]) for form in document.get("paper_forms", ())]
    summands = list(_summands(document, present))
    return edit_settings.settings(kind, papers, summands, of_column=bool(table))


def _summands(document: Document, present: Question | None) -> Iterator[tuple[str, str]]:
    """(key, label) of all that a sum can add up: what stands before it, columns of tables too."""
    for key, q in edit_names.questions_of([document["form"]] if document["form"] else []):
        if present is not None and key == present.get("key"):
            return
        table, _, column = key.partition(".")
        if q["type"] in ("number", "money", "sum"):
            label = f"{_label(document, table)}の「{q['label']}」" if column else q["label"]
            yield key, label


def lacking(document: Document, kind: str) -> str:
    """What has to be there before a question of this type can be added; "" where nothing lacks."""
    if kind == "sum" and not any(_summands(document, None)):
        return "先に、数か金額の項目を足してください。合計は、それより前にある数を足すものです。"
    if kind == "paper_form" and not document.get("paper_forms"):
        return "先に、手続きの画面の「様式（紙の用紙）」で、様式を入れてください。"
    return ""


def _label(document: Document, key: str) -> str:
    found = (q["label"] for page in document["form"]["pages"] for q in page["questions"] if q["key"] == key)
    return next(found, key)


# ---------------------------------------------------------------- what was typed


def written(
    document: Document, kind: str, present: Question | None, values: dict[str, Any], *, table: str = ""
) -> Question:
    """The question that the values of its sheet make; what the sheet does not ask stays as it is."""
    made: Question = {"key": (present or {}).get("key", ""), "type": kind}
    made["label"], made["hint"] = text.one_line(values["label"]).strip(), (values["hint"] or "").strip()
    if kind not in SILENT:
        made["required"] = values["required"] == "yes"
    limits: dict[str, Any] = {}
    for setting in _settings(document, kind, present, table):
        own, limiting = setting.kept(values)
        if present is not None and _untouched(setting, present, values):
            # What nobody touched stays as it was written, a limit at its default too.
            own = {name: present.get(name) for name in own}
            limiting = {name: (present.get("limits") or {}).get(name) for name in limiting}
        made |= {name: value for name, value in own.items() if value not in _NOTHING}
        limits |= {name: value for name, value in limiting.items() if value not in _NOTHING}
    if limits:
        made["limits"] = limits
    for name in ("show_if", "choices", "columns"):
        if present is not None and name in present:
            made[name] = present[name]
    if kind == "table":
        made.setdefault("columns", [])
    return made


def _untouched(setting: Setting, present: Question, values: dict[str, Any]) -> bool:
    shown = setting.shown(present)
    return all(_same(shown.get(q["key"]), values[q["key"]]) for q in setting.asked)


def _same(shown: Any, typed: Any) -> bool:
    if shown in _NOTHING or typed in _NOTHING:
        return shown in _NOTHING and typed in _NOTHING
    return bool(shown == typed or str(shown) == str(typed))


# ---------------------------------------------------------------- choices


def rows(q: Question | None, typed: FormData | None) -> list[Row]:
    """The rows of the present choices: as typed, else as they are kept."""
    if typed is None:
        return [Row(c["value"], c["label"], str(n)) for n, c in enumerate((q or {}).get("choices", ()), 1)]
    return list(_typed_rows(typed))


def _typed_rows(typed: FormData) -> Iterator[Row]:
    for number in range(1, MOST_CHOICES + 1):
        name = f"choice.{number}"
        value = text.clean(typed.get(f"{name}.value"))
        if not value:
            return
        label = text.one_line(text.clean(typed.get(f"{name}.label"))).strip()
        yield Row(value, label, text.clean(typed.get(f"{name}.place")).strip())


def choices(typed: FormData, reserved: set[str]) -> list[dict[str, str]]:
    """The choices in their order: a row without words is dropped, each line of the text area is a new one.

    A reworded row keeps its value, so that what was answered goes on meaning the same; a value that once was used
    (`reserved`) is given to no other choice.
    """
    errors: dict[str, str] = {}
    kept: list[tuple[float, dict[str, str]]] = []
    for number, row in enumerate(_typed_rows(typed), 1):
        place = text.digits(row.place) or str(number)
        if not row.label:
            continue
        if not (place.isascii() and place.replace(".", "", 1).isdecimal() and len(place) < 8):
            errors[f"q-choice-{number}-place"] = f"「{row.label}」の順番は、数字で入力してください。"
            continue
        kept.append((float(place), {"value": row.value, "label": row.label}))
    found = [choice for _, choice in sorted(kept, key=lambda one: one[0])]
    values = reserved | {choice["value"] for choice in found}
    for label in new_labels(typed):
        value = edit_names.value(label, values)
        values.add(value)
        found.append({"value": value, "label": label})
    if errors:
        raise Refusal("", errors)
    if not found:
        raise Refusal("", {"q-new_choices": "選択肢を、1行に1つずつ入力してください。"})
    if len(found) > MOST_CHOICES:
        raise Refusal("", {"q-new_choices": f"選択肢は、{MOST_CHOICES}までにしてください。"})
    twice = [c["label"] for n, c in enumerate(found) if any(c["label"] == other["label"] for other in found[:n])]
    if twice:
        raise Refusal("", {"q-new_choices": f"選択肢「{twice[0]}」が2つあります。片方を消してください。"})
    return found


def choice_differences(q: Question, typed: FormData) -> list[Difference]:
    """Where the choices that were typed are not those that another one has saved meanwhile."""
    theirs = [choice["label"] for choice in q.get("choices", ())]
    mine = [row.label for row in _typed_rows(typed) if row.label] + new_labels(typed)
    return [] if theirs == mine else [Difference("選択肢", theirs, mine)]


def new_labels(typed: FormData) -> list[str]:
    """The lines of the text area in which choices are added."""
    lines = text.clean(typed.get("new_choices")).splitlines()
    return [line.strip().removeprefix("・").strip() for line in lines if line.strip(" 　・")]


# ---------------------------------------------------------------- another type


def other_kinds(kind: str, *, published: bool, of_column: bool = False) -> dict[str, tuple[str, str]]:
    """The types a question can be given instead: any before its publication, then only those its answers fit."""
    offered = edit_settings.kinds(of_column)
    fitting = _FITTING.get(kind, ())
    return {key: words for key, words in offered.items() if key != kind and (not published or key in fitting)}


def with_kind(q: Question, kind: str) -> Question:
    """The question as another type, without what that type does not know."""
    known = TYPES[kind]
    made = {"key": q["key"], "type": kind, "label": q["label"], "hint": q.get("hint", "")}
    if kind not in SILENT:
        made["required"] = bool(q.get("required", True))
    limits = {name: value for name, value in (q.get("limits") or {}).items() if name in known.limits}
    if "kind" in limits and kind != q["type"]:
        del limits["kind"]
    for name in ("show_if", *sorted(known.extra_keys)):
        if name in q:
            made[name] = q[name]
    if q.get("profile") in known.profiles:
        made["profile"] = q["profile"]
    if kind == "table":
        made.setdefault("columns", [])
    if kind in ("choice", "choices"):
        made.setdefault("choices", [])
    return made | ({"limits": limits} if limits else {})
