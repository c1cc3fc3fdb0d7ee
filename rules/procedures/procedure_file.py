"""手続きのファイル: what a procedure file must look like, before anything of it is taken in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from rules.forms import form
from rules.procedures import electronic_delivery, keys, reception
from rules.procedures.keys import FORMAT, Key
from rules.procedures.written import MAX_BYTES, read, tidied, write
from rules.town import mail_text
from rules.values import text

__all__ = ["FORMAT", "GUIDANCE", "MAX_BYTES", "PAPER_KINDS", "faults", "read", "tidied", "write"]

GUIDANCE = tuple(keys.GUIDANCE)
PAPER_KINDS = ("pdf", "docx", "xlsx", "odt", "ods")
# Windows has no files of these names, whatever their ending.
NOT_RESERVED = r"(?!(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$))"
ID = re.compile(NOT_RESERVED + "[a-z0-9-]{1,60}")
PAPER_FILE = re.compile(rf"{NOT_RESERVED}[a-z0-9][a-z0-9_-]{{0,80}}\.({'|'.join(PAPER_KINDS)})")
MOST = {
    "standard_days": 1000,
    "correction_days": 1000,
    "retention_years": 1000,
    "fee.amount": 1_000_000_000,
    "age": 150,
}

RESERVED = "「con」「nul」などは、ファイルの名前に使えないので、付けられません。"

_TYPES = {"string": str, "integer": int, "boolean": bool, "array": list, "object": dict, "null": type(None)}
_KINDS = {
    "string": '「"」で囲んだ文字',
    "integer": "数",
    "boolean": "「true」か「false」",
    "array": "[ ] で囲んだ並び",
    "object": "{ } で囲んだもの",
    "null": "「null」",
}
# One line each, no longer than this.
LINES = {"name": 200, "name_kana": 200, "category": 100, "division": 100, "summary": 500, "appeal_to": 200}
LONGEST = 20_000
_NOT_EMPTY = ("name", "category", "division")
MOST_SYNONYMS, _WORD_LENGTH = 100, 100

_NEWER = (
    "format：この版のプログラムより新しい形式です（形式{}）。読めるのは形式{}までです。"
    "プログラムを新しい版にしてから読み込むか、書き出した市町村に、古い形式で書き出してもらってください。"
)


def faults(document: Any) -> list[str]:
    """What is wrong with a procedure file, a sentence each that begins with the place; empty when it can be loaded."""
    if not isinstance(document, dict):
        return ["手続きのファイルではありません。「{」で始まり「}」で終わるファイルを使ってください。"]
    number = document.get("format")
    if isinstance(number, int) and not isinstance(number, bool) and number > FORMAT:
        return [_NEWER.format(number, FORMAT)]
    return list(_shape(document, keys.DOCUMENT, "")) or list(_contents(document))


# ---------------------------------------------------------------- the shape of a table


def _shape(found: Mapping[str, Any], known: Mapping[str, Key], place: str) -> Iterator[str]:
    for name in found:
        if name not in known:
            yield f"{place}{text.one_line(name)[:60]}：知らない項目です。{_meant(name, known)}"
    for name, key in known.items():
        label = f"{place}{name}（{key.words}）"
        if name not in found:
            if key.default is keys.REQUIRED:
                yield f"{label}：この項目がありません。"
        elif not _is_of(found[name], key.kinds):
            yield f"{label}：値の種類が違います。{'か、'.join(_KINDS[kind] for kind in key.kinds)}にしてください。"
        elif key.allowed and found[name] not in key.allowed:
            yield f"{label}：{_choice(list(key.allowed))}にしてください。いまは {_written(found[name])} です。"


def _is_of(value: Any, kinds: tuple[str, ...]) -> bool:
    return any(type(value) is _TYPES[kind] for kind in kinds)


def _meant(name: str, known: Mapping[str, Key]) -> str:
    near = get_close_matches(name, known, n=1, cutoff=0.6)
    return f"「{near[0]}」のまちがいではありませんか。" if near else "書きまちがいでなければ、消してください。"


def _choice(allowed: list[Any]) -> str:
    shown = [_written(value) for value in allowed]
    return shown[0] if len(shown) == 1 else f"{'、'.join(shown)} のどれか"


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{text.one_line(value)[:40]}"' if isinstance(value, str) else str(value)


# ---------------------------------------------------------------- what stands in it


def _contents(document: dict[str, Any]) -> Iterator[str]:
    if not ID.fullmatch(document["id"]):
        yield _at("id", f"英小文字・数字・「-」だけで、1文字から60文字までにしてください。{RESERVED}")
    yield from _texts(document)
    for key, words in (("applicants", keys.KINDS_OF_APPLICANTS), ("withdrawal", keys.WITHDRAWAL)):
        yield from _set(key, document[key], list(words), empty=key == "withdrawal")
    yield from _synonyms(document["synonyms"])
    for key in ("standard_days", "correction_days", "retention_years"):
        if document[key] is not None and not 0 <= document[key] <= MOST[key]:
            yield _at(key, f"0から{MOST[key]:,}までの数にしてください。")
    yield from _fee(document["fee"])
    yield from _guidance(document["guidance"])
    yield from _without_login(document)
    if "eligibility" in document:
        yield from _eligibility(document["eligibility"])
    if "period" in document:
        yield from _period(document["period"])
    if "visit" in document:
        yield from _visit(document)
    yield from _mails(document.get("mails", {}))
    yield from _paper_forms(document.get("paper_forms", []))
    yield from _form(document)


def _without_login(document: dict[str, Any]) -> Iterator[str]:
    """What only a login can keep: nobody else knows who applies a second time, or whose signature it is."""
    if document["channel"] != "online" or document["login"] == "required":
        return
    if document["once"]:
        yield _at("once", "ログインがいらない手続きは、だれの申請か分からないので、1人につき1件にできません。")
    if document.get("signature", "none") != "none":
        yield _at("signature", "ログインがいらない手続きでは、電子署名を求められません。")


def _at(key: str, sentence: str) -> str:
    return f"{key}（{keys.DOCUMENT[key].words}）：{sentence}"


def _texts(document: dict[str, Any]) -> Iterator[str]:
    for key, longest in LINES.items():
        value = document[key]
        if key in _NOT_EMPTY and text.is_blank(value):
            yield _at(key, "空にはできません。")
        elif "\n" in value:
            yield _at(key, "改行を入れず、1行で書いてください。")
        elif len(value) > longest:
            yield _at(key, f"{longest}文字までにしてください。いまは{len(value):,}文字あります。")


def _too_long(place: str, value: Any) -> Iterator[str]:
    if isinstance(value, str) and len(value) > LONGEST:
        yield f"{place}：{LONGEST:,}文字までにしてください。いまは{len(value):,}文字あります。"


def _set(key: str, values: list[Any], allowed: list[str], *, empty: bool) -> Iterator[str]:
    if not all(isinstance(value, str) and value in allowed for value in values):
        yield _at(key, f"{'、'.join(map(_written, allowed))} だけを並べてください。")
    elif len(set(values)) < len(values):
        yield _at(key, "同じものが二度あります。")
    elif not values and not empty:
        yield _at(key, f"{_choice(allowed)}を、1つは書いてください。")


def _synonyms(words: list[Any]) -> Iterator[str]:
    if not all(isinstance(word, str) and len(word) <= _WORD_LENGTH and "\n" not in word for word in words):
        yield _at("synonyms", f"1つ{_WORD_LENGTH}文字までの文字だけを並べてください。")
    if len(words) > MOST_SYNONYMS:
        yield _at("synonyms", f"{MOST_SYNONYMS}個までにしてください。いまは{len(words):,}個あります。")


def _fee(fee: dict[str, Any]) -> Iterator[str]:
    wrong = list(_shape(fee, keys.FEE, "fee."))
    yield from wrong
    most = MOST["fee.amount"]
    if not wrong and fee["amount"] is not None and not 0 <= fee["amount"] <= most:
        yield f"fee.amount（金額）：0から{most:,}までの数か、null にしてください。"
    yield from _too_long("fee.text", fee.get("text"))


def _guidance(texts: dict[str, Any]) -> Iterator[str]:
    shape = {key: Key(title, ("string",)) for key, title in keys.GUIDANCE.items()}
    yield from _shape(texts, shape, "guidance.")
    for key, value in texts.items():
        yield from _too_long(f"guidance.{key}", value)


def _eligibility(terms: dict[str, Any]) -> Iterator[str]:
    wrong = list(_shape(terms, keys.ELIGIBILITY, "eligibility."))
    yield from wrong
    if wrong:
        return
    youngest, oldest = terms["age_from"], terms["age_to"]
    for key in ("age_from", "age_to"):
        if terms[key] is not None and not 0 <= terms[key] <= MOST["age"]:
            yield f"eligibility.{key}：0から{MOST['age']}までの数か、null にしてください。"
    if youngest is not None and oldest is not None and youngest > oldest:
        yield "eligibility.age_from：年齢の下限が、上限（age_to）より大きくなっています。"


def _period(period: dict[str, Any]) -> Iterator[str]:
    wrong = list(_shape(period, keys.PERIOD, "period."))
    yield from wrong
    if wrong:
        return
    first, last = period["from"], period["until"]
    unread = [key for key in keys.PERIOD if reception.is_wrong(period[key])]
    for key in unread:
        yield (
            f'period.{key}（受付期間）："06-01"（毎年）、"2026-06-01"、"2026-06-01 09:00" のように、'
            f"{reception.YEARS[0]}年から{reception.YEARS[-1]}年までの、ある日付で書いてください。"
            f"いまは {_written(period[key])} です。"
        )
    if unread:
        return
    if reception.yearly(first) != reception.yearly(last):
        yield "period（受付期間）：毎年の期間のときは、from と until の両方を「月-日」で書いてください。"
    elif first and last and not reception.yearly(first) and reception.is_empty(first, last):
        yield "period（受付期間）：終わり（until）が、初め（from）より前になっています。"


def _visit(document: dict[str, Any]) -> Iterator[str]:
    wrong = list(_shape(document["visit"], keys.VISIT, "visit."))
    yield from wrong
    yield from _too_long("visit.bring", document["visit"].get("bring"))
    asked = not wrong and document["visit"]["when"] != "none"
    # Whoever booked is told of changes, and changes the booking, by the account.
    if asked and document["channel"] == "online" and document["login"] != "required":
        yield _at("visit", '来庁の予約がある手続きには、ログインが要ります。login を "required" にしてください。')


def _mails(mails: dict[str, Any]) -> Iterator[str]:
    shape = {kind: Key(title, ("string",), default="") for kind, title in keys.MAILS.items()}
    wrong = list(_shape(mails, shape, "mails."))
    yield from wrong
    if not wrong:
        yield from (
            f"mails.{kind}：{said}"
            for kind, wording in mails.items()
            for said in mail_text.faults(kind, wording, of_procedure=True)
        )


def _paper_forms(forms: list[Any]) -> Iterator[str]:
    names = [form.get("file") for form in forms if isinstance(form, dict)]
    for at, paper_form in enumerate(forms, 1):
        place = f"paper_forms[{at}]"
        if not isinstance(paper_form, dict):
            yield f"{place}：値の種類が違います。{_KINDS['object']}にしてください。"
            continue
        wrong = list(_shape(paper_form, keys.PAPER_FORM, f"{place}."))
        yield from wrong
        if wrong:
            continue
        name = paper_form["file"]
        if not PAPER_FILE.fullmatch(name):
            yield (
                f"{place}.file（ファイルの名前）：英小文字・数字・「-」・「_」の名前に、"
                f".{'、.'.join(PAPER_KINDS)} のどれかを付けてください。フォルダーの名前は書けません。{RESERVED}"
            )
        elif names.count(name) > 1:
            yield f"{place}.file（ファイルの名前）：{name} が二度書かれています。"
        if text.is_blank(paper_form["title"]) or "\n" in paper_form["title"] or len(paper_form["title"]) > 200:
            yield f"{place}.title（画面に出す名前）：200文字までの1行で書いてください。空にはできません。"


def _form(document: dict[str, Any]) -> Iterator[str]:
    wanted = document["form"]
    if document["channel"] == "online" and wanted is None:
        yield _at("form", 'インターネットで申請する手続き（channel が "online"）には、申請の様式が要ります。')
        return
    wrong = form.lint(wanted) if document["channel"] == "online" else []
    yield from wrong or electronic_delivery.faults(document)
    if wanted is not None and not wrong and document["channel"] == "online":
        named = {
            paper_form.get("file") for paper_form in document.get("paper_forms", []) if isinstance(paper_form, dict)
        }
        for question in form.questions(wanted):
            if question["type"] == "paper_form" and question.get("file") not in named:
                yield (
                    f"form：「{question['label']}」（{question['key']}）が指す様式 "
                    f"{_written(question.get('file'))} が、paper_forms にありません。"
                )
