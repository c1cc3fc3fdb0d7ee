"""What is wrong with a guide, line by line: what cannot be read, dead ends, what is never reached, contradictions."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache

from rules.forms import form_lint
from rules.guides.guide_text import (
    MOST_FAULTS,
    MOST_TEXT,
    Fault,
    Question,
    Questionnaire,
    Result,
    Test,
    When,
    lines_of,
    parse,
)
from rules.guides.guide_walk import labels, way
from rules.guides.guide_ways import Search, TooMany
from rules.values.text import fold

_ONE_ONLY = {"until": "いつまで", "where": "どこで"}
_TANGLED = (
    "条件が込み入っているため、行き止まりなどを最後まで確かめられませんでした。下書きを試して、確かめてください。"
)


@dataclass(frozen=True)
class Remark:
    """A fault with the line it stands in, for the list beside the text."""

    line: int
    words: str
    sentence: str
    grave: bool


def lint(text: str, known: Collection[str] | None = None) -> list[Remark]:
    """Everything to be said about a text, in its order; `known` are the ids of the procedures the town lists."""
    found = list(_faults(text)) if len(text) <= MOST_TEXT else parse(text).faults
    if known is not None:
        found += _unlisted(parse(text), known)
    lines = lines_of(text)
    return [
        Remark(one.line, lines[one.line - 1].strip()[:60] if one.line else "", one.sentence, one.grave)
        for one in sorted(dict.fromkeys(found), key=lambda one: one.line)[:MOST_FAULTS]
    ]


def is_sound(text: str) -> bool:
    """Whether it can be published: nothing grave is wrong."""
    return len(text) <= MOST_TEXT and not any(one.grave for one in _faults(text))


@lru_cache(maxsize=20)
def _faults(text: str) -> tuple[Fault, ...]:
    sheet = parse(text)
    if len(sheet.faults) >= MOST_FAULTS or (sheet.faults and not sheet.questions):
        return tuple(sheet.faults)
    found = [*sheet.faults, *_shape(sheet), *_references(sheet)]
    if not any(fault.grave for fault in found):
        found += _ways(sheet)
    return tuple(found)


# ---------------------------------------------------------------- the parts by themselves


def _shape(sheet: Questionnaire) -> Iterator[Fault]:
    if not sheet.title:
        yield Fault(0, "「題名：」がありません。")
    if not sheet.questions:
        yield Fault(0, "質問が1つもありません。")
    if not sheet.results:
        yield Fault(0, "手続きが1つもありません。")
    for q in sheet.questions:
        if not q.text:
            yield Fault(q.line, f"質問「{q.name}」に、「文：」がありません。")
        if not q.choices:
            yield Fault(q.line, f"質問「{q.name}」に、選択肢がありません。「・」で始まる行に書いてください。")
        label = {"label": q.text, "choices": [{"label": choice.label} for choice in q.choices]}
        if form_lint.asks_for_individual_number(label):
            sentence = "個人番号（マイナンバー）をたずねているように読めます。番号は、たずねないでください。"
            yield Fault(q.line, sentence, grave=False)
    for result in sheet.results:
        for part in result.parts:
            if not any(part.lines):
                yield Fault(part.line, "見出しだけで、中身がありません。")


def _unlisted(sheet: Questionnaire, known: Collection[str]) -> Iterator[Fault]:
    for result in sheet.results:
        if result.slug and result.slug not in known:
            sentence = (
                f"この町の手続き一覧に、「{result.slug}」がありません。名前だけが出て、案内へのリンクは付きません。"
            )
            yield Fault(result.slug_line, sentence, grave=False)


# ---------------------------------------------------------------- conditions, each by itself


def _conditions(sheet: Questionnaire) -> Iterator[tuple[When, int]]:
    """Every condition, with how many questions stand before it."""
    for place, q in enumerate(sheet.questions):
        yield q.when, place
    for result in sheet.results:
        yield result.when, len(sheet.questions)
        for part in result.parts:
            yield part.when, len(sheet.questions)


def _references(sheet: Questionnaire) -> Iterator[Fault]:
    order = {q.key: place for place, q in enumerate(sheet.questions)}
    used: set[str] = set()
    for when, before in _conditions(sheet):
        for term in when:
            for test in term:
                used.add(test.key)
                yield from _reference(sheet, test, order, before)
            yield from _opposed(sheet, list(term), order)
    for q in sheet.questions:
        if q.key not in used:
            sentence = f"質問「{q.name}」の答えは、どの条件にも使われていません。聞かなくても、結果は変わりません。"
            yield Fault(q.line, sentence, grave=False)


def _reference(sheet: Questionnaire, test: Test, order: dict[str, int], before: int) -> Iterator[Fault]:
    place = order.get(test.key)
    if place is None:
        yield Fault(test.line, f"条件の中の質問「{test.question}」が、ありません。")
        return
    if place >= before:
        yield Fault(
            test.line, f"質問「{test.question}」は、ここより後ろで聞きます。条件にできるのは、前の質問だけです。"
        )
    known = {choice.key for choice in sheet.questions[place].choices}
    for name in test.wanted:
        if fold(name) not in known:
            yield Fault(test.line, f"質問「{test.question}」に、選択肢「{name}」がありません。")


def _opposed(sheet: Questionnaire, term: list[Test], order: dict[str, int]) -> Iterator[Fault]:
    """Tests of one question with one choice that cannot hold together."""
    for key in dict.fromkeys(test.key for test in term):
        place = order.get(key)
        if place is None or sheet.questions[place].many:
            continue
        q, left = sheet.questions[place], {choice.key for choice in sheet.questions[place].choices}
        for test in (test for test in term if test.key == key):
            left = left - test.keys if test.differs else left & test.keys
        named = all(test.keys <= {choice.key for choice in q.choices} for test in term if test.key == key)
        if named and not left:
            line = next(test.line for test in term if test.key == key)
            yield Fault(
                line, f"質問「{q.name}」の条件が食い違っています。1つしか選べないので、この条件は成り立ちません。"
            )


# ---------------------------------------------------------------- ways through the whole


def _ways(sheet: Questionnaire) -> list[Fault]:
    search, found = Search(sheet), []
    try:
        for fault in _dead_ends(sheet, search):
            found.append(fault)
        for fault in _never(sheet, search):
            found.append(fault)
        for fault in _twice(sheet, search):
            found.append(fault)
    except TooMany:
        found.append(Fault(0, _TANGLED, grave=False))
    return found


def _dead_ends(sheet: Questionnaire, search: Search) -> Iterator[Fault]:
    dead = search.find([], [result.when for result in sheet.results])
    if dead is None:
        return
    # Questions that decide nothing may be left out of the example.
    given = way(sheet, dead).answers
    words = [f"「{q.name}」に「{'、'.join(labels(q, given[q.key]))}」" for q in sheet.questions if q.key in given]
    example = f"たとえば、{'、'.join(words)}と答えたときです。" if words else ""
    yield Fault(0, f"行き止まりがあります。手続きが1つも出ない答え方です。{example}")


def _never(sheet: Questionnaire, search: Search) -> Iterator[Fault]:
    """Conditions that no way of answering meets, though each test could hold by itself."""
    for q in sheet.questions:
        yield from _never_met(search, [], q.when, q, f"質問「{q.name}」が聞かれることは、ありません。")
    for result in sheet.results:
        sentence = f"手続き「{result.name}」が出ることは、ありません。"
        met = False
        for fault in _never_met(search, [], result.when, result, sentence):
            met = met or fault.line == result.line
            yield fault
        if not met:
            for part in result.parts:
                yield from _never_met(search, [result.when], part.when, result, "")


def _never_met(
    search: Search, also: list[When], when: When, owner: Question | Result, sentence: str
) -> Iterator[Fault]:
    dead = [term for term in when if search.find([*also, [term]], []) is None]
    for term in dead:
        yield Fault(term[0].line, "この条件は、どう答えても成り立ちません。前の質問の条件と食い違っています。")
    if dead and len(dead) == len(when) and sentence:
        yield Fault(owner.line, sentence)


def _twice(sheet: Questionnaire, search: Search) -> Iterator[Fault]:
    """One procedure shown twice, or two answers to "until when", for the same person."""
    seen: dict[str, list[Result]] = {}
    for result in sheet.results:
        for other in seen.setdefault(fold(result.name), []):
            if search.find([other.when, result.when], []) is not None:
                yield Fault(
                    result.line, f"手続き「{result.name}」が、同じ人に二度出ることがあります（{other.line}行目と）。"
                )
                break
        seen[fold(result.name)].append(result)
        for kind, word in _ONE_ONLY.items():
            parts = [part for part in result.parts if part.kind == kind]
            for place, part in enumerate(parts):
                for other_part in parts[:place]:
                    if search.find([result.when, other_part.when, part.when], []) is not None:
                        sentence = f"「{word}」が、同じ人に二通り出ることがあります（{other_part.line}行目と）。"
                        yield Fault(part.line, sentence)
                        break
