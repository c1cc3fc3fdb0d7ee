"""手続きファイル as bytes: read strictly, written in one way only, so that the same content is the same file."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rules import Refusal
from rules.procedures import keys

Document = dict[str, Any]

MAX_BYTES = 2 * 1024 * 1024
_DEEPEST = 20
_TOO_LARGE = "ファイルが大きすぎます。手続きのファイルは、2MBまでです。"
_TOO_DEEP = "かっこの入れ子が深すぎます。手続きのファイルではないようです。"

# ---------------------------------------------------------------- read


def read(content: bytes) -> Document:
    """The document of a file; raises Refusal with a sentence that names the line or the key."""
    if len(content) > MAX_BYTES:
        raise Refusal(_TOO_LARGE)
    text = _decoded(content)
    try:
        document = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number, parse_float=_number)
    except json.JSONDecodeError as fault:
        raise Refusal(f"{fault.lineno}行目の{fault.colno}文字目：{_why(fault, text)}") from None
    except RecursionError:
        raise Refusal(_TOO_DEEP) from None
    except ValueError:
        # Python refuses whole numbers of more than some thousand digits.
        raise Refusal("数が大きすぎます。") from None
    if not isinstance(document, dict):
        raise Refusal("手続きのファイルではありません。「{」で始まり「}」で終わるファイルを使ってください。")
    for place, wrong in _unfit(document):
        raise Refusal(f"{place}：{wrong}")
    return document


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content[:4]:
        raise Refusal("文字コードが UTF-16 です。「UTF-8」を選んで保存し直してください。")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise Refusal(_no_utf8(content, content.count(b"\n", 0, fault.start) + 1)) from None


def _no_utf8(content: bytes, line: int) -> str:
    try:
        content.decode("cp932")
    except UnicodeDecodeError:
        return f"{line}行目に、UTF-8 の文字として読めないところがあります。"
    return f"文字コードが Shift_JIS のようです（{line}行目）。「UTF-8」を選んで保存し直してください。"


_WHY = {
    "Expecting value": '値がありません。前の行の終わりの「,」が多いか、文字を囲む「"」がないようです',
    "Expecting property name enclosed in double quotes": '名札がありません。前の「,」が多いか、「"」で囲まれていません',
    "Illegal trailing comma before end of object": "「}」の前の「,」が多いようです",
    "Illegal trailing comma before end of array": "「]」の前の「,」が多いようです",
    "Expecting ':' delimiter": "名札のあとに「:」がありません",
    "Expecting ',' delimiter": "「,」か、閉じるかっこがありません",
    "Unterminated string starting at": '文字を閉じる「"」がありません',
    "Invalid control character at": "文字の中で改行しています。改行は「\\n」と書きます",
    "Invalid \\escape": "「\\」のあとの文字が違います",
    "Extra data": "手続きの終わりのあとに、まだ何かあります",
}


def _why(fault: json.JSONDecodeError, text: str) -> str:
    if not text.strip():
        return "ファイルが空です。"
    return next((why for said, why in _WHY.items() if fault.msg.startswith(said)), "書き方が違います") + "。"


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise Refusal(f"「{key}」が、同じところに二度書かれています。")
        found[key] = value
    return found


def _no_number(said: str) -> Any:
    raise Refusal(f"「{said}」は、数として使えません。")


def _number(said: str) -> float:
    found = float(said)
    if not math.isfinite(found):
        raise Refusal(f"「{said[:40]}」は、数として大きすぎます。")
    return found


def _unfit(document: Any) -> Iterator[tuple[str, str]]:
    """(place, sentence) of what no document may hold, without recursion: it may be deep."""
    waiting: list[tuple[Any, str, int]] = [(document, "", 0)]
    while waiting:
        value, place, depth = waiting.pop()
        if depth > _DEEPEST:
            yield place[:80], _TOO_DEEP
            return
        if isinstance(value, dict):
            waiting += [(key, f"{place}（名札）", depth + 1) for key in value]
            waiting += [(of, f"{place}.{key}".lstrip("."), depth + 1) for key, of in value.items()]
        elif isinstance(value, list):
            waiting += [(of, f"{place}[{number}]", depth + 1) for number, of in enumerate(value, 1)]
        elif isinstance(value, str) and (wrong := unfit_sign(value)):
            yield place.encode("utf-8", "replace").decode(), wrong


_NEVER = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


def unfit_sign(text: str) -> str:
    """The sentence for a character that no text may hold, or ""."""
    found = _NEVER.search(text)
    if found is None:
        return ""
    if found[0] == "\r":
        return "改行は「\\n」だけにしてください（「\\r」は使えません）。"
    return f"画面に出せない文字（U+{ord(found[0]):04X}、{unicodedata.name(found[0], '制御文字')}）が入っています。"


# ---------------------------------------------------------------- write


def write(document: Mapping[str, Any]) -> bytes:
    """The one file of a document: `read` is its inverse, and what means the same is written the same."""
    return (json.dumps(tidied(document), ensure_ascii=False, indent=2) + "\n").encode("utf-8", "replace")


def tidied(document: Mapping[str, Any]) -> Document:
    """The document with its keys in order and without what is at its default anyway; it may be a faulty draft."""
    found: Document = {}
    for key in _ordered(document, keys.DOCUMENT):
        value = _tidied(key, document[key])
        known = keys.DOCUMENT.get(key)
        if known is None or value != known.default or type(value) is not type(known.default):
            found[key] = value
    return found


_TABLES: dict[str, Iterable[str]] = {
    "eligibility": keys.ELIGIBILITY,
    "fee": keys.FEE,
    "period": keys.PERIOD,
    "visit": keys.VISIT,
    "guidance": keys.GUIDANCE,
    "mails": keys.MAILS,
}
_SETS = {"applicants": list(keys.KINDS_OF_APPLICANTS), "withdrawal": list(keys.WITHDRAWAL)}


def _tidied(key: str, value: Any) -> Any:
    if key in _TABLES:
        return _table(value, _TABLES[key])
    if key in _SETS and isinstance(value, list) and all(one in _SETS[key] for one in value):
        return [one for one in _SETS[key] if one in value]
    if key == "paper_forms":
        return _each(value, lambda one: _table(one, keys.PAPER_FORM))
    if key == "form" and isinstance(value, dict):
        form = _table(value, ("pages",))
        return {name: _each(of, _page) if name == "pages" else of for name, of in form.items()}
    return value


def _page(page: Any) -> Any:
    return _filled(
        page, keys.PAGE, {"intro": ""}, show_if=_condition, exit=_exit, questions=lambda of: _each(of, _question)
    )


def _question(question: Any) -> Any:
    return _filled(
        question,
        keys.QUESTION,
        {"hint": ""},
        show_if=_condition,
        limits=lambda of: _table(of, keys.LIMITS),
        choices=lambda of: _each(of, lambda choice: _table(choice, keys.CHOICE)),
        columns=lambda of: _each(of, _question),
    )


def _exit(value: Any) -> Any:
    return _table(value, keys.EXIT)


def _condition(value: Any) -> Any:
    return _table(value, keys.CONDITION)


def _filled(table: Any, order: Iterable[str], blank: dict[str, str], **ways: Any) -> Any:
    """A page or question: its tables tidied, what says nothing left out, what a reader asks for always there."""
    if not isinstance(table, dict):
        return table
    kept = {key: value for key, value in table.items() if not _says_nothing(key, value)}
    return _table({key: ways[key](value) if key in ways else value for key, value in (blank | kept).items()}, order)


def _says_nothing(key: str, value: Any) -> bool:
    return (
        value is None
        or (key in ("limits", "show_if", "exit") and value == {})
        or (key in ("profile", "prefix") and value == "")
    )


def _table(value: Any, order: Iterable[str]) -> Any:
    return {key: value[key] for key in _ordered(value, order)} if isinstance(value, dict) else value


def _ordered(table: Mapping[str, Any], order: Iterable[str]) -> list[str]:
    """The keys that are there in the order of the format; those it does not know behind, by name."""
    known = list(order)
    return [key for key in known if key in table] + sorted(key for key in table if key not in known)


def _each(value: Any, way: Any) -> Any:
    return [way(one) for one in value] if isinstance(value, list) else value
