"""What is wrong with a form document, in sentences that name the place."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from typing import Any, NamedTuple

from rules.forms.condition_lint import Before, condition_faults
from rules.forms.field_types.base import FieldType, limit
from rules.forms.field_types.sum import sum_faults
from rules.forms.field_types.table import COLUMN_TYPES, MOST_ROWS
from rules.forms.fields import TYPES, Question
from rules.values import text

PROFILES = ("name", "birth_date", "address", "telephone", "email", "corporation_name", "corporation_kana",
            "contact_name", "corporate_number", "sex")  # fmt: skip

_KEY = re.compile("[a-z][a-z0-9_]{0,40}")
# Names that the forms around a question use themselves: buttons, the token, the digest, the carried fields.
RESERVED = re.compile("act_.*|csrf|digest|revision|next|kept|password|password_again|present|shown")
_PAGE_KEYS = {"key", "title", "intro", "questions", "show_if", "exit"}
_QUESTION_KEYS = {"key", "type", "label", "hint", "required", "limits", "profile", "show_if"}
NO_ANSWER = ("heading", "paper_form")
"""Types that stand on the page and ask nothing."""
NOT_REQUIRED = (*NO_ANSWER, "sum")

MOST_PAGES = 50
MOST_QUESTIONS = 500
MOST_COLUMNS = 20
MOST_CHOICES = 500
MOST_INPUTS = 1_500  # web/form.py reads 2,000 fields of a page
LONGEST_LABEL = 200
LONGEST_TEXT = 20_000
# A card may be shown (its front); its number may not be asked for.
_CARD = re.compile(r"(個人番号|マイナンバ-)カ-ド(?!\(?ノ?(番号|裏|両面|表裏))")


class Fault(NamedTuple):
    """What is wrong, and where: the keys of the page and of the question, "" where it is about neither."""

    sentence: str
    page: str = ""
    question: str = ""


def lint(form: Any) -> list[str]:
    """A sentence for each fault, none for a sound form."""
    return [fault.sentence for fault in faults(form)]


def faults(form: Any) -> list[Fault]:
    """Everything that is wrong with a form, each with its place; nothing that JSON can hold makes it fail."""
    pages = form.get("pages") if isinstance(form, dict) else None
    if not isinstance(pages, list) or not pages:
        return [Fault("様式にページ（pages）がありません。")]
    found = [Fault(f"様式に、知らない項目「{key}」があります。") for key in form if key != "pages"]
    count = sum(len(_questions(page)) for page in pages if isinstance(page, dict))
    if len(pages) > MOST_PAGES:
        found.append(Fault(f"ページが多すぎます。{MOST_PAGES}ページまでにしてください。いまは{len(pages)}ページです。"))
    if count > MOST_QUESTIONS:
        found.append(Fault(f"項目が多すぎます。{MOST_QUESTIONS}までにしてください。いまは{count}あります。"))
    walk = _Walk(pages)
    for number, page in enumerate(pages, 1):
        found += walk.page_faults(number, page)
    return found


class _Walk:
    """One way through a form, remembering what stood before."""

    def __init__(self, pages: list[Any]) -> None:
        keys = (q.get("key") for page in pages if isinstance(page, dict) for q in _questions(page) if _is_table(q))
        self.before = Before(later=frozenset(key for key in keys if isinstance(key, str)))
        self.page_keys: set[str] = set()
        self.question_keys: set[str] = set()

    def page_faults(self, number: int, page: Any) -> Iterator[Fault]:
        if not isinstance(page, dict):
            yield Fault(f"{number}ページ目の形が違います。")
            return
        key = _key(page)
        place = f"「{_short(page.get('title')) or f'{number}ページ目'}」のページ"
        for sentence in (*_page_faults(page, self.page_keys), *self._page_condition(number, page)):
            yield Fault(f"{place}：{sentence}", key)
        twins = _twins(page)
        for place_in_page, q in enumerate(_questions(page), 1):
            where = _where(place, q, place_in_page)
            for sentence in (*self._question(page, q), *(_TWIN for twin in twins if twin is q)):
                yield Fault(f"{where}：{sentence}", key, _key(q))

    def _page_condition(self, number: int, page: dict[str, Any]) -> Iterator[str]:
        if "show_if" not in page:
            return
        if number == 1:
            yield "最初のページには、条件（show_if）を付けられません。"
        else:
            yield from condition_faults(page["show_if"], self.before)

    def _question(self, page: dict[str, Any], q: Any) -> Iterator[str]:
        yield from _question_faults(q, self.question_keys)
        if not _is_known(q) or not _key(q):
            return
        if "show_if" in q:
            yield from condition_faults(q["show_if"], self.before, _key(q))
        if q["type"] == "sum":
            yield from sum_faults(q, self.before.questions, self.before.later)
        self.before.questions[_key(q)] = _well_shaped(q)
        if "show_if" not in page and "show_if" not in q:
            self.before.always.add(_key(q))


def _questions(page: dict[str, Any]) -> list[Any]:
    found = page.get("questions")
    return found if isinstance(found, list) else []


_TWIN = "同じページに、同じ名前のものがあります。だれの、どこのものか分かる名前にしてください。"


def _twins(page: dict[str, Any]) -> list[Any]:
    """Names and addresses that are called as one before them, and may stand on the page together with it."""
    found: list[Any] = []
    seen: dict[tuple[str, str, str], bool] = {}
    for q in _questions(page):
        if isinstance(q, dict) and q.get("type") in ("name", "address"):
            known = (q["type"], _short(q.get("label")), _short(q.get("prefix")))
            by_turns = "show_if" in q and seen.get(known, True)
            if known in seen and not by_turns:
                found.append(q)
            seen[known] = by_turns
    return found


def _is_table(found: Any) -> bool:
    return isinstance(found, dict)


def _key(found: Any) -> str:
    key = found.get("key") if isinstance(found, dict) else None
    return key if isinstance(key, str) else ""


def _is_known(q: Any) -> bool:
    """Whether a question has a type at all."""
    return isinstance(q, dict) and isinstance(q.get("type"), str) and q["type"] in TYPES and q["type"] != "password"


def _well_shaped(q: Question) -> Question:
    """A question as conditions and sums may look at it; what has another shape has its own fault."""
    limits, kinds = q.get("limits"), {"choices": q.get("choices"), "columns": q.get("columns")}
    lists = {
        name: [one for one in found if isinstance(one, dict)]
        for name, found in kinds.items()
        if isinstance(found, list)
    }
    return {
        **{name: of for name, of in q.items() if name not in ("limits", *kinds)},
        **lists,
        "limits": limits if isinstance(limits, dict) else {},
    }


def _short(words: Any) -> str:
    """A title or label, short enough for the place in a sentence."""
    said = words.strip() if isinstance(words, str) else ""
    return said if len(said) <= 40 else said[:40] + "…"


def _where(place: str, q: Any, number: int) -> str:
    if not isinstance(q, dict) or not _short(q.get("label")):
        return f"{place}の{number}番目の項目"
    return f"{place}の「{_short(q['label'])}」（{q.get('key', '')}）"


def _page_faults(page: dict[str, Any], seen: set[str]) -> Iterator[str]:
    for key in page:
        if key not in _PAGE_KEYS:
            yield f"知らない項目「{key}」があります。"
    yield from _key_faults(page.get("key"), seen)
    yield from _text_faults(page, "title", "題名", must=True, most=LONGEST_LABEL)
    yield from _text_faults(page, "intro", "説明")
    if "exit" in page:
        yield from _exit_faults(page)
        return
    asked = [q for q in _questions(page) if isinstance(q, dict) and q.get("type") not in NO_ANSWER]
    if not asked:
        yield "入力する項目が1つもありません。"
    fields_of_page = sum(_inputs(q) for q in asked)
    if fields_of_page > MOST_INPUTS:
        yield (
            f"入力欄が多すぎて、古いブラウザーから送れません（{fields_of_page:,}）。{MOST_INPUTS:,}までになるように、"
            "ページを分けるか、表の件数（max）を減らしてください。"
        )


def _exit_faults(page: dict[str, Any]) -> Iterator[str]:
    """An exit page says that the procedure is not for the applicant, and asks nothing."""
    if "show_if" not in page:
        yield "「対象ではありません」のページには、条件（show_if）が要ります。ないと、だれも先に進めません。"
    if page.get("questions") != []:
        yield "「対象ではありません」のページには、項目を置けません。questions は [] にします。"
    if not _is_words(page.get("intro")):
        yield "「対象ではありません」のページの説明（intro）に、理由と、どうすればよいかを書いてください。"
    way = page["exit"]
    if not isinstance(way, dict) or set(way) - {"procedure", "text"}:
        yield "ほかの手続きへの案内（exit）は、procedure と text だけで書いてください。"
    elif not all(isinstance(one, str) for one in way.values()):
        yield "ほかの手続きへの案内（exit）の procedure と text は、文字で書いてください。"
    else:
        yield from _text_faults(way, "text", "ほかの手続きへの案内", most=LONGEST_LABEL)


def _inputs(q: dict[str, Any]) -> int:
    """How many fields a browser sends for a question at most."""
    if not _is_known(q):
        return 1
    if q["type"] == "choices":
        return len(q["choices"]) if isinstance(q.get("choices"), list) else 1
    if q["type"] == "table":
        most = limit(q, "max", MOST_ROWS) if isinstance(q.get("limits", {}), dict) else 1
        columns = q.get("columns") if isinstance(q.get("columns"), list) else []
        return (most if type(most) is int else 1) * sum(_inputs(c) for c in columns or () if isinstance(c, dict))
    return len(TYPES[q["type"]].parts)


def _text_faults(
    found: dict[str, Any], key: str, word: str, *, must: bool = False, most: int = LONGEST_TEXT
) -> Iterator[str]:
    """What is wrong with a text: none where there must be one, no text at all, or far too long."""
    words = found.get(key, "")
    if must and not _is_words(words):
        yield f"{word}（{key}）がありません。"
    elif not isinstance(words, str):
        yield f"{word}（{key}）は、文字で書いてください。"
    elif len(words) > most:
        yield f"{word}（{key}）が長すぎます。{most:,}字までにしてください。いまは{len(words):,}字です。"


def _key_faults(key: Any, seen: set[str]) -> Iterator[str]:
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        yield f"キー「{key}」は使えません。英小文字で始め、英小文字・数字・_ で41文字までにします。"
    elif RESERVED.fullmatch(key):
        yield f"キー「{key}」は、画面のほかの部品が使うので、使えません。"
    elif key in seen:
        yield f"キー「{key}」が二度使われています。"
    else:
        seen.add(key)


def _question_faults(q: Any, seen: set[str], types: Container[str] = TYPES) -> Iterator[str]:
    """The faults of a question by itself, or of a column of a table."""
    if not isinstance(q, dict):
        yield "項目の形が違います。"
        return
    yield from _key_faults(q.get("key"), seen)
    yield from _text_faults(q, "label", "見出し", must=True, most=LONGEST_LABEL)
    yield from _text_faults(q, "hint", "説明")
    if not _is_known(q):
        yield f"項目の種類「{_short(str(q.get('type')))}」はありません。"
        return
    if q["type"] not in types:
        yield f"この種類の項目（{q['type']}）は、表の列にできません。"
        return
    yield from _shape_faults(q, TYPES[q["type"]])
    yield from _choice_faults(q)
    if q["type"] == "table":
        yield from _column_faults(q)
    if asks_for_individual_number(q):
        yield "個人番号（マイナンバー）をたずねることはできません。写しの番号は、隠してもらってください。"


def _column_faults(q: Question) -> Iterator[str]:
    """What is wrong with the columns of a table."""
    columns = q.get("columns")
    if not isinstance(columns, list) or not columns:
        yield "表の列（columns）が1つもありません。"
        return
    if len(columns) > MOST_COLUMNS:
        yield f"表の列が多すぎます。{MOST_COLUMNS}までにしてください。いまは{len(columns)}あります。"
    seen: set[str] = set()
    for number, column in enumerate(columns, 1):
        where = f"列「{_short(column.get('label'))}」" if isinstance(column, dict) and column.get("label") else ""
        for sentence in _question_faults(column, seen, COLUMN_TYPES):
            yield f"{where or f'{number}番目の列'}：{sentence}"
        if isinstance(column, dict):
            for key, words in (("show_if", "条件（show_if）"), ("profile", "利用者情報（profile）")):
                if key in column:
                    yield f"{where or f'{number}番目の列'}：表の列に、{words}は付けられません。"


def _choice_faults(q: Question) -> Iterator[str]:
    choices = q.get("choices")
    if not isinstance(choices, list):
        return
    if len(choices) > MOST_CHOICES:
        yield f"選択肢が多すぎます。{MOST_CHOICES}までにしてください。いまは{len(choices)}あります。"
    for choice in choices:
        if isinstance(choice, dict):
            yield from _text_faults(choice, "label", "選択肢の文字", most=LONGEST_LABEL)


def _shape_faults(q: Question, kind: FieldType) -> Iterator[str]:
    known = _QUESTION_KEYS - {"required"} if q["type"] in NOT_REQUIRED else _QUESTION_KEYS
    for key in q:
        if key not in known | kind.extra_keys:
            yield f"知らない項目「{key}」があります。"
    if q["type"] not in NOT_REQUIRED and not isinstance(q.get("required"), bool):
        yield "必須かどうか（required）を、true か false で決めてください。"
    if not isinstance(q.get("prefix", ""), str):
        yield "見出しの前に付ける言葉（prefix）は、文字で書いてください。"
    profile = q.get("profile")
    if profile is not None and profile not in PROFILES:
        yield f"利用者情報（profile）に「{_short(str(profile))}」はありません。"
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
    choices = q.get("choices")
    if isinstance(choices, list):
        said += [choice.get("label", "") for choice in choices if isinstance(choice, dict)]
    return any(re.search("個人番号|マイナンバ-", _CARD.sub("", text.fold(str(label)))) for label in said)


def _is_words(found: Any) -> bool:
    return isinstance(found, str) and bool(found.strip())
