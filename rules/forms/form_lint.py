"""What is wrong with a form document, in sentences that name the place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from rules.forms.field_types.base import FieldType
from rules.forms.fields import TYPES, Question
from rules.values import text

PROFILES = ("name", "birth_date", "address", "telephone", "email", "corporation_name", "corporation_kana",
            "contact_name", "corporate_number", "sex")  # fmt: skip

_KEY = re.compile("[a-z][a-z0-9_]{0,40}")
# Names that the forms around a question use themselves: buttons, the token, the digest, the carried fields.
_RESERVED = re.compile("act_.*|csrf|digest|revision|next|kept|password|password_again|present")
_PAGE_KEYS = {"key", "title", "intro", "questions"}
_QUESTION_KEYS = {"key", "type", "label", "hint", "required", "limits", "profile"}
# A card may be shown (its front); its number may not be asked for.
_CARD = re.compile(r"(個人番号|マイナンバ-)カ-ド(?!\(?ノ?(番号|裏|両面|表裏))")


def lint(form: Any) -> list[str]:
    """A sentence for each fault, none for a sound form."""
    pages = form.get("pages") if isinstance(form, dict) else None
    if not isinstance(pages, list) or not pages:
        return ["様式にページ（pages）がありません。"]
    faults = [f"様式に、知らない項目「{key}」があります。" for key in form if key != "pages"]
    page_keys: set[str] = set()
    question_keys: set[str] = set()
    for number, page in enumerate(pages, 1):
        if not isinstance(page, dict):
            faults.append(f"{number}ページ目の形が違います。")
            continue
        place = f"「{page.get('title') or f'{number}ページ目'}」のページ"
        faults += [f"{place}：{fault}" for fault in _page_faults(page, page_keys)]
        for place_in_page, q in enumerate(_questions(page), 1):
            where = _where(place, q, place_in_page)
            faults += [f"{where}：{fault}" for fault in _question_faults(q, question_keys)]
    return faults


def _questions(page: dict[str, Any]) -> list[Any]:
    found = page.get("questions")
    return found if isinstance(found, list) else []


def _where(place: str, q: Any, number: int) -> str:
    if not isinstance(q, dict) or not q.get("label"):
        return f"{place}の{number}番目の項目"
    return f"{place}の「{q['label']}」（{q.get('key', '')}）"


def _page_faults(page: dict[str, Any], seen: set[str]) -> Iterator[str]:
    for key in page:
        if key not in _PAGE_KEYS:
            yield f"知らない項目「{key}」があります。"
    yield from _key_faults(page.get("key"), seen)
    if not _is_words(page.get("title")):
        yield "題名（title）がありません。"
    if not isinstance(page.get("intro", ""), str):
        yield "説明（intro）は、文字で書いてください。"
    if not any(isinstance(q, dict) and q.get("type") != "heading" for q in _questions(page)):
        yield "入力する項目が1つもありません。"


def _key_faults(key: Any, seen: set[str]) -> Iterator[str]:
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        yield f"キー「{key}」は使えません。英小文字で始め、英小文字・数字・_ で41文字までにします。"
    elif _RESERVED.fullmatch(key):
        yield f"キー「{key}」は、画面のほかの部品が使うので、使えません。"
    elif key in seen:
        yield f"キー「{key}」が二度使われています。"
    else:
        seen.add(key)


def _question_faults(q: Any, seen: set[str]) -> Iterator[str]:
    if not isinstance(q, dict):
        yield "項目の形が違います。"
        return
    yield from _key_faults(q.get("key"), seen)
    if not _is_words(q.get("label")):
        yield "見出し（label）がありません。"
    if not isinstance(q.get("hint", ""), str):
        yield "説明（hint）は、文字で書いてください。"
    kind = TYPES.get(q["type"]) if isinstance(q.get("type"), str) else None
    if kind is None or q["type"] == "password":
        yield f"項目の種類「{q.get('type')}」はありません。"
        return
    yield from _shape_faults(q, kind)
    if asks_for_individual_number(q):
        yield "個人番号（マイナンバー）をたずねることはできません。写しの番号は、隠してもらってください。"


def _shape_faults(q: Question, kind: FieldType) -> Iterator[str]:
    known = _QUESTION_KEYS - {"required"} if q["type"] == "heading" else _QUESTION_KEYS
    for key in q:
        if key not in known | kind.extra_keys:
            yield f"知らない項目「{key}」があります。"
    if q["type"] != "heading" and not isinstance(q.get("required"), bool):
        yield "必須かどうか（required）を、true か false で決めてください。"
    if not isinstance(q.get("prefix", ""), str):
        yield "見出しの前に付ける言葉（prefix）は、文字で書いてください。"
    profile = q.get("profile")
    if profile is not None and profile not in PROFILES:
        yield f"利用者情報（profile）に「{profile}」はありません。"
    elif profile is not None and profile not in kind.profiles:
        yield f"利用者情報「{profile}」は、この種類の項目には入りません。"
    limits = q.get("limits", {})
    if not isinstance(limits, dict):
        yield "制限（limits）の形が違います。"
        return
    for name in limits:
        if name not in kind.limits:
            yield f"この種類の項目に、制限「{name}」はありません。"
    yield from kind.lint(q)


def asks_for_individual_number(q: Question) -> bool:
    """Whether the label or a choice asks for 個人番号 (R-3.11); the front of the card may be asked for."""
    said = [q.get("label", "")]
    said += [choice.get("label", "") for choice in q.get("choices") or [] if isinstance(choice, dict)]
    return any(re.search("個人番号|マイナンバ-", _CARD.sub("", text.fold(str(label)))) for label in said)


def _is_words(found: Any) -> bool:
    return isinstance(found, str) and bool(found.strip())
