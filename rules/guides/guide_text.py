"""The text of a 手続き判定, as a clerk types it: read line by line into questions and procedures.

docs/guide-format.md tells the format. Names are compared folded, so width and kind of kana do not matter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property

from rules.values.text import fold, half_width

MOST_TEXT = 100_000
MOST_LINE = 1_000
MOST_QUESTIONS = 60
MOST_CHOICES = 40
MOST_RESULTS = 150
MOST_TERMS = 20
MOST_TESTS = 10
MOST_NAME = 30
MOST_FAULTS = 100


@dataclass(frozen=True)
class Fault:
    """What is wrong: the line (0: the text as a whole), a sentence, and whether it keeps from publishing."""

    line: int
    sentence: str
    grave: bool = True


@dataclass(frozen=True)
class Test:
    """One comparison: the answer to a question holds one of these choices, or (`differs`) none of them."""

    question: str
    wanted: tuple[str, ...]
    differs: bool
    line: int

    @cached_property
    def key(self) -> str:
        return fold(self.question)

    @cached_property
    def keys(self) -> frozenset[str]:
        return frozenset(fold(name) for name in self.wanted)


# All tests of a term must hold, and one term is enough; no term at all: always.
Term = tuple[Test, ...]
When = list[Term]


@dataclass
class Choice:
    key: str
    name: str
    label: str
    line: int


@dataclass
class Question:
    key: str
    name: str
    line: int
    text_lines: list[str] = field(default_factory=list)
    hint_lines: list[str] = field(default_factory=list)
    many: bool = False
    choices: list[Choice] = field(default_factory=list)
    when: When = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.text_lines)

    @property
    def hint(self) -> str:
        return "".join(self.hint_lines)


@dataclass
class Part:
    """What a procedure says under one heading: why, until, where, bring or note."""

    kind: str
    line: int
    lines: list[str]
    when: When


@dataclass
class Result:
    """A procedure that answers can lead to; `slug` names its 手続案内, if it has one."""

    name: str
    line: int
    heading: str
    slug: str = ""
    slug_line: int = 0
    when: When = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)


@dataclass
class Questionnaire:
    """A guide as it was read; `faults` are those of the writing, the lint finds those of the meaning."""

    title: str = ""
    intro: list[str] = field(default_factory=list)
    position: int | None = None
    questions: list[Question] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


_PARTS = {"理由": "why", "いつまで": "until", "どこで": "where", "用意するもの": "bring", "補足": "note"}
_BEGINNINGS = ("質問", "見出し", "手続き", "共通の案内")
_BELONGS = {
    "head": ("題名", "説明", "順番"),
    "question": ("文", "補足", "選び方", "聞くとき"),
    "result": ("手続案内", "出すとき", *_PARTS),
    "heading": (),
    "notes": (),
}
_ALSO = {"手続": "手続き", "手続き案内": "手続案内", "持ち物": "用意するもの"}
_WORDS = {
    fold(word): word for words in (_BEGINNINGS, *_BELONGS.values()) for word in words
} | {fold(other): word for other, word in _ALSO.items()}  # fmt: skip
_PLACES = {"head": "題名のあと", "question": "質問の中", "result": "手続きの中"}

_FIELD = re.compile(r"(?P<word>[^：:［\[]{1,12})(?P<brackets>[［\[](?P<when>[^］\]]*)[］\]])?\s*[：:](?P<rest>.*)")
_ITEM = re.compile(r"[・･•*＊-]\s*(?P<text>.*)")
_TEST = re.compile(r"(?P<question>[^＝=≠!！]+)(?P<sign>≠|[!！][＝=]|＝|=)(?P<wanted>[^＝=≠!！]*)")
_NOT_IN_NAMES = re.compile(r"[＝=≠!！、,，：:\[\]［］]|かつ")
SLUG = re.compile("[a-z0-9][a-z0-9-]{0,59}")
_MANY = {fold(word): many for word, many in (("1つ", False), ("一つ", False), ("ひとつ", False), ("いくつでも", True))}


def lines_of(text: str) -> list[str]:
    """The lines as an editor counts them."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")


def parse(text: str) -> Questionnaire:
    """Read a guide's text; what cannot be read stands in `faults`, the rest is there."""
    if len(text) > MOST_TEXT:
        sentence = f"文が長すぎます。{MOST_TEXT:,}字までにしてください（いまは{len(text):,}字）。"
        return Questionnaire(faults=[Fault(0, sentence)])
    reader = _Reader()
    for number, line in enumerate(lines_of(text), 1):
        reader.read(number, line)
        if reader.full:
            break
        if len(reader.made.faults) >= MOST_FAULTS:
            reader.fault(number, "直すところが多すぎるので、ここから後ろは読んでいません。")
            break
    return reader.made


class _Reader:
    """Where the reading stands: the block, and the list of lines that an indented line continues."""

    def __init__(self) -> None:
        self.made = Questionnaire()
        self.block = "head"
        self.heading = ""
        self.open: list[str] | None = None
        self.filled: set[str] = set()
        self.full = False

    def fault(self, line: int, sentence: str) -> None:
        self.made.faults.append(Fault(line, sentence))

    def read(self, number: int, line: str) -> None:
        bare = line.strip()
        if bare.startswith(("#", "＃")):
            return
        if len(line) > MOST_LINE:
            self.fault(number, f"1行が長すぎます。{MOST_LINE:,}字までにしてください。")
        elif not bare:
            if self.open:
                self.open.append("")
        elif item := _ITEM.fullmatch(bare):
            self._item(number, item["text"].strip())
        elif line[0].isspace():
            self._more(number, bare)
        else:
            self._field(number, bare)

    # ------------------------------------------------------------ lines

    def _more(self, number: int, bare: str) -> None:
        if self.block == "question" and self.open is None and self.made.questions[-1].choices:
            self.made.questions[-1].choices[-1].label += bare
        elif self.open is not None:
            self.open.append(bare)
        else:
            self.fault(number, "字下げした行は、前の行の続きです。続ける前の行がありません。")

    def _item(self, number: int, bare: str) -> None:
        if self.block == "question":
            self._choice(number, bare)
        elif self.open is None:
            self.fault(number, "「・」の行は、選択肢か、用意するものなどの下に書いてください。")
        elif not bare:
            self.fault(number, "「・」のあとに、何も書かれていません。")
        else:
            self.open.append("・" + bare)

    def _choice(self, number: int, bare: str) -> None:
        q = self.made.questions[-1]
        name, colon, label = re.sub("：", ":", bare, count=1).partition(":") if _named(bare) else (bare, "", bare)
        name, label = name.strip(), label.strip()
        self.open = None
        if not name or not label:
            self.fault(number, "選択肢に、文字がありません。「・名前：住民の方に見せる文字」と書いてください。")
            return
        if colon:
            self._check_name(number, name)
        if any(choice.key == fold(name) for choice in q.choices):
            self.fault(number, f"この質問に、選択肢「{name}」が2つあります。")
            return
        if len(q.choices) == MOST_CHOICES:
            self.fault(number, f"1つの質問の選択肢は、{MOST_CHOICES}までです。")
        if len(q.choices) < MOST_CHOICES:
            q.choices.append(Choice(fold(name), name, label, number))

    def _check_name(self, number: int, name: str) -> None:
        if len(name) > MOST_NAME:
            self.fault(number, f"名前「{name}」が長すぎます。{MOST_NAME}字までにしてください。")
        if _NOT_IN_NAMES.search(name):
            self.fault(number, f"名前「{name}」に、＝ ≠ 、 ： ［ ］ と「かつ」は使えません。")

    def _field(self, number: int, bare: str) -> None:
        found = _FIELD.fullmatch(bare)
        word = _WORDS.get(fold(found["word"])) if found else None
        if found is None or word is None:
            self._unknown(number, found["word"] if found else bare[:8])
            return
        when: When = []
        if found["brackets"]:
            if self.block == "result" and word in _PARTS:
                when = self._when(number, found["when"])
            else:
                self.fault(number, f"［ ］の条件は、{'・'.join(_PARTS)}にだけ付けられます。")
        rest = found["rest"].strip()
        if word in _BEGINNINGS:
            self._begin(number, word, rest)
        elif word not in _BELONGS[self.block]:
            place = next(_PLACES[block] for block in _PLACES if word in _BELONGS[block])
            self.fault(number, f"「{word}：」は、{place}に書いてください。")
            self.open = None
        else:
            self._set(number, word, rest, when)

    def _unknown(self, number: int, word: str) -> None:
        near = get_close_matches(fold(word), _WORDS, 1, 0.5)
        guess = f"「{_WORDS[near[0]]}：」ではありませんか。" if near else "続きの行なら、行の頭を字下げします。"
        self.fault(number, f"何の行か分かりません。{guess}")
        self.open = None

    def _begin(self, number: int, word: str, rest: str) -> None:
        self.open, self.filled = None, set()
        if word == "共通の案内":
            self.block, self.open = "notes", self.made.notes
            if rest:
                self.open.append(rest)
            return
        if not rest:
            self.fault(number, f"「{word}：」のあとに、名前がありません。")
        if word == "見出し":
            self.block, self.heading = "heading", rest
        elif word == "質問":
            self.block = "question"
            self._check_name(number, rest)
            if any(q.key == fold(rest) for q in self.made.questions):
                self.fault(number, f"質問「{rest}」が2つあります。")
            self._room(number, len(self.made.questions), MOST_QUESTIONS, word)
            self.made.questions.append(Question(fold(rest), rest, number))
        else:
            self.block = "result"
            self._room(number, len(self.made.results), MOST_RESULTS, word)
            self.made.results.append(Result(rest, number, self.heading))

    def _room(self, number: int, count: int, most: int, word: str) -> None:
        if count == most:
            self.fault(number, f"{word}は、{most}までです。ここから後ろは読んでいません。")
            self.full = True

    # ------------------------------------------------------------ fields

    def _set(self, number: int, word: str, rest: str, when: When) -> None:
        self.open = None
        if word in ("聞くとき", "出すとき"):
            owner = self.made.questions[-1] if self.block == "question" else self.made.results[-1]
            if len(owner.when) == MOST_TERMS:
                self.fault(number, f"条件の行は、1つの質問や手続きに{MOST_TERMS}行までです。")
            if len(owner.when) < MOST_TERMS:
                owner.when += self._when(number, rest)
            return
        if self.block == "result" and word in _PARTS:
            self.open = [rest] if rest else []
            self.made.results[-1].parts.append(Part(_PARTS[word], number, self.open, when))
            return
        if word in self.filled:
            self.fault(number, f"「{word}：」が2つあります。")
        self.filled.add(word)
        self._set_once(number, word, rest)

    def _set_once(self, number: int, word: str, rest: str) -> None:
        if word == "題名":
            self.made.title = rest
        elif word == "説明":
            self.open = self.made.intro
            self.open += [rest] if rest else []
        elif word == "順番":
            plain = half_width(rest)
            if plain.isascii() and plain.isdecimal() and len(plain) < 5:
                self.made.position = int(plain)
            else:
                self.fault(number, "順番は、1から9999までの数字で書いてください。")
        elif word == "文":
            self.open = self.made.questions[-1].text_lines
            self.open.append(rest)
        elif word == "補足":
            self.open = self.made.questions[-1].hint_lines
            self.open.append(rest)
        elif word == "選び方":
            if fold(rest) not in _MANY:
                self.fault(number, "選び方は、「1つ」か「いくつでも」と書いてください。")
            self.made.questions[-1].many = _MANY.get(fold(rest), False)
        else:
            result = self.made.results[-1]
            result.slug, result.slug_line = half_width(rest).lower(), number
            if not SLUG.fullmatch(result.slug):
                self.fault(number, "手続案内には、手続きのid（英小文字・数字・- ）を書いてください。")
                result.slug = ""

    def _when(self, number: int, raw: str) -> When:
        """The term that a condition in words means, none if it cannot be read."""
        pieces = re.split(r"\s*かつ\s*", raw.strip())
        if len(pieces) > MOST_TESTS:
            self.fault(number, f"「かつ」でつなぐ条件は、{MOST_TESTS}までです。")
            return []
        tests = []
        for piece in pieces:
            found = _TEST.fullmatch(piece)
            names = re.split("[、,，]", found["wanted"]) if found else []
            wanted = tuple(name.strip() for name in names if name.strip())
            if found is None or not wanted:
                self.fault(number, "条件は「質問の名前＝選択肢の名前、選択肢の名前」と書いてください。")
                return []
            tests.append(Test(found["question"].strip(), wanted, found["sign"] not in "＝=", number))
        return [tuple(tests)]


def _named(bare: str) -> bool:
    """Whether a choice has a name before a colon; a colon far behind belongs to the words."""
    return bool(re.match(rf"[^：:]{{0,{MOST_NAME}}}[：:]", bare))
