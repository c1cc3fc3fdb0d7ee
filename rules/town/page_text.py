"""ページの文: what a town tells about its counter on the help pages, in the words that ship or in its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from peewee import IntegrityError

import clock
import config
from models import PageText, Staff, Town, transaction
from rules import Refusal
from rules.procedures import guidance
from rules.records import audit
from rules.records.access import Missing
from rules.records.session import SignedInStaff
from rules.values import behind, text

TITLES = {
    "faq": "よくある質問",
    "environment": "動作環境",
    "terms": "利用規約",
    "privacy": "個人情報の取扱い",
    "accessibility": "アクセシビリティ方針",
    "contact": "お問い合わせ",
}
# What does not differ from town to town; the others have to be read where the town speaks.
SHARED = frozenset({"faq", "environment"})
LONGEST = 50_000

PLACEHOLDERS = {
    "town": "市町村の名前",
    "prefecture": "都道府県の名前",
    "postal_code": "役場の郵便番号",
    "address": "役場の住所",
    "telephone": "役場の電話番号",
    "hours": "開庁時間",
    "url": "この窓口のアドレス",
}
# On the pages of an installation of several towns that belong to none of them.
_NO_TOWN = {
    "town": "各市町村",
    "prefecture": "",
    "postal_code": "",
    "address": "各市町村の役場",
    "telephone": "各市町村の「お問い合わせ」のページにある電話番号",
    "hours": "各市町村の開庁時間",
}

# Full width braces too, so that a slip is named instead of shown to residents.
_PLACEHOLDER = re.compile(r"([{｛])[ 　]*([A-Za-z_][A-Za-z0-9_]*)[ 　]*([}｝])")
_BLANK = re.compile(r"【[ 　]*([^】\n]*?)[ 　]*】")
_HEADING = re.compile(r"([■●])[ 　]*(\S.*)")
_NOTE = ("＃", "#")
# Below that, a page is seen at once.
_ENOUGH_FOR_CONTENTS = 5

_GONE_ON = (
    "ほかの職員が、先にこの文を変えたため、まだ保存していません。いま入力した文は、下に残っています。"
    "違うところを見て、よければ、もう一度「保存する」を押してください。"
)

_CHANGED_BEFORE = (
    "ほかの職員が、先にこの文を変えたため、まだ戻していません。"
    "下のいまの文を見てから、もう一度「配布の文に戻す」を押してください。"
)

Blocks = list[tuple[str, list[str]]]


class Stale(Refusal):
    """Somebody else wrote the text in the meantime."""

    def __init__(self, sentence: str = _GONE_ON) -> None:
        super().__init__(sentence)


class Section(NamedTuple):
    """A heading (level 2 or 3) and what stands below it; the one before the first heading has level 0."""

    key: str
    level: int
    title: str
    blocks: Blocks


@dataclass(frozen=True)
class Shown:
    """A page as residents read it; `blanks` are the places the town has still to fill in."""

    name: str
    title: str
    sections: tuple[Section, ...]
    blanks: int

    @property
    def opening(self) -> tuple[Section, ...]:
        """What stands before the first heading."""
        return tuple(section for section in self.sections if not section.level)

    @property
    def below(self) -> tuple[Section, ...]:
        """The rest, each part with its heading."""
        return tuple(section for section in self.sections if section.level)

    @property
    def contents(self) -> list[tuple[Section, list[Section]]]:
        """Each heading with those below it; empty where the page is short."""
        found: list[tuple[Section, list[Section]]] = []
        for section in self.below:
            if section.level == 2:
                found.append((section, []))
            else:
                found[-1][1].append(section)
        return found if len(self.below) >= _ENOUGH_FOR_CONTENTS else []


# ---------------------------------------------------------------- what residents read


def title(name: str) -> str:
    """The heading of a page, or Missing."""
    if name not in TITLES:
        raise Missing
    return TITLES[name]


def shown(town: Town | None, name: str) -> Shown:
    """A page in the town's own words where it has some; without a town what is the same everywhere."""
    heading = title(name)
    own = PageText.row("town_id = {} AND name = {}", town.id, name) if town else None
    return _drawn(name, heading, own.text if own and own.text else shipped(name), town)


def _drawn(name: str, heading: str, source: str, town: Town | None) -> Shown:
    filled = _filled(source, town)
    blanks = sum(not words or words in _to_fill_in() for words in _BLANK.findall(filled))
    return Shown(name, heading, _sections(filled), blanks)


@cache
def _to_fill_in() -> frozenset[str]:
    """What stands between 【】 where a town has something to decide; its own 【重要】 is none of them."""
    shipped_blanks = (words for name in TITLES for words in _BLANK.findall(_without_notes(shipped(name))))
    return frozenset([*shipped_blanks, *PLACEHOLDERS.values()])


@cache
def shipped(name: str) -> str:
    """The text that comes with the program."""
    path = config.PROGRAM / "data" / "starter" / "pages" / f"{name}.txt"
    return path.read_text(encoding="utf-8").strip()


def _without_notes(source: str) -> str:
    """＃ or # begins a line that only staff read."""
    return "\n".join(line for line in source.splitlines() if not line.lstrip().startswith(_NOTE))


def _filled(source: str, town: Town | None) -> str:
    """The text with the town's facts; a fact that is not known yet is a blank like the others."""
    known = dict(_NO_TOWN)
    if town is not None:
        known = {key: getattr(town, "name" if key == "town" else key) for key in _NO_TOWN}
    known["url"] = config.settings().base_url

    def fact(found: re.Match[str]) -> str:
        key = found[2]
        return (known[key] or f"【{PLACEHOLDERS[key]}】") if key in known else found[0]

    return _PLACEHOLDER.sub(fact, _without_notes(source))


@lru_cache(maxsize=200)
def _sections(source: str) -> tuple[Section, ...]:
    """Headings and what is below them: 「■ 」 begins a heading, 「● 」 one below it, the rest is as in a 手続案内."""
    parts: list[tuple[int, str, list[str]]] = [(0, "", [])]
    for line in source.splitlines():
        heading = _HEADING.fullmatch(line.strip())
        if heading is None:
            parts[-1][2].append(line)
            continue
        # No heading of the third level hangs in the air.
        level = 3 if heading[1] == "●" and any(part[0] == 2 for part in parts) else 2
        parts.append((level, heading[2].strip(), []))
    return tuple(
        Section(f"s{number}", level, words, guidance.blocks("\n".join(lines)))
        for number, (level, words, lines) in enumerate(parts)
        if level or any(line.strip() for line in lines)
    )


# ---------------------------------------------------------------- what staff write


class Line(NamedTuple):
    """A page in the list of staff; `changed` is empty while nobody touched the text."""

    name: str
    title: str
    own: bool
    blanks: int
    changed: str


class Source(NamedTuple):
    """The text of a page as staff see it, and the revision a form made from it carries."""

    name: str
    title: str
    text: str
    own: bool
    revision: int
    changed: str


def lines(me: SignedInStaff) -> list[Line]:
    """Every page of the town, and what there is still to fill in."""
    town = _town(me)
    rows = {row.name: row for row in PageText.select(PageText, Staff).join(Staff).where(PageText.town == town)}
    found = []
    for name, heading in TITLES.items():
        row = rows.get(name)
        source = row.text if row and row.text else shipped(name)
        blanks = _drawn(name, heading, source, town).blanks
        found.append(Line(name, heading, bool(row and row.text), blanks, _changed(row)))
    return found


def source(me: SignedInStaff, name: str) -> Source:
    """One of them, or Missing."""
    heading, town = title(name), _town(me)
    row = PageText.row("town_id = {} AND name = {}", town.id, name)
    own = bool(row and row.text)
    written = row.text if row and row.text else shipped(name)
    return Source(name, heading, written, own, row.revision if row else 0, _changed(row))


def as_shown(me: SignedInStaff, name: str) -> Shown:
    """The page as the town's residents read it now."""
    return shown(_town(me), name)


def preview(me: SignedInStaff, name: str, written: str) -> Shown:
    """The page as it would be; refuses what cannot be saved either."""
    heading = title(name)
    return _drawn(name, heading, _checked(written), _town(me))


def write(me: SignedInStaff, name: str, written: str, revision: int) -> None:
    """保存する: from now on the town says this."""
    if revision != source(me, name).revision:
        raise Stale
    _write(me, name, _checked(written), revision)


def put_back(me: SignedInStaff, name: str, revision: int) -> None:
    """配布の文に戻す: the row stays, empty, so that its revision goes on and an old form never fits again."""
    if not source(me, name).own:
        return
    try:
        _write(me, name, "", revision)
    except Stale:
        raise Stale(_CHANGED_BEFORE) from None


def _write(me: SignedInStaff, name: str, written: str, revision: int) -> None:
    values = {"text": written, "revision": revision + 1, "updated_at": clock.now(), "updated_by": me.id}
    try:
        with transaction():
            if revision == 0:
                PageText.create(town=_town(me), name=name, **values)
            elif not PageText.change(values, "town_id = {} AND name = {} AND revision = {}", me.town, name, revision):
                raise Stale
            audit.record("page_text_saved" if written else "page_text_put_back", staff=me, page=name)
    except IntegrityError:  # two first texts at once
        raise Stale from None


def _checked(written: str) -> str:
    kept = text.clean(written).strip()
    if text.is_blank(kept):
        raise Refusal(
            "", {"q-text": "文を入力してください。入力する前の文でよいときは、「変えないで戻る」を押してください。"}
        )
    if len(kept) > LONGEST:
        most = f"{LONGEST:,}"
        raise Refusal("", {"q-text": f"文は{most}文字までです。いまは{len(kept):,}文字あります。短くしてください。"})
    unknown = [found[0] for found in _PLACEHOLDER.finditer(kept) if found[0].strip("{}") not in PLACEHOLDERS]
    if unknown:
        names = "、".join(dict.fromkeys(unknown))
        usable = "、".join(f"{{{key}}}" for key in PLACEHOLDERS)
        raise Refusal("", {"q-text": f"{names} という差込みはありません。使えるのは、{usable} です。"})
    return kept


def _town(me: SignedInStaff) -> Town:
    found = Town.row("id = {}", me.town) if me.town else None
    if found is None:
        raise Missing
    return found


def _changed(row: PageText | None) -> str:
    """When and by whom a text was last changed."""
    return behind.changed(row.updated_at, row.updated_by.name) if row else ""
