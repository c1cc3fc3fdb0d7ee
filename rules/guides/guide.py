"""手続き判定: a town's guides, as residents see them and as staff write them."""

from __future__ import annotations

import re
import secrets
from functools import lru_cache
from typing import Any, NamedTuple

import clock
from models import Guide, Town, ask, transaction
from rules import Refusal
from rules.guides import guide_lint
from rules.guides.guide_text import MOST_TEXT, Questionnaire, parse
from rules.records import audit
from rules.records.access import Missing
from rules.records.session import SignedInStaff
from rules.values import text

MOST_GUIDES = 50
MOST_TITLE = 100
_ONCE = re.compile("[0-9a-f]{16}")

_CHANGED = (
    "ほかの職員が、先にこの判定を保存したため、あなたの文は、まだ保存していません。下に残っています。"
    "違うところを見て、よければ、もう一度「保存する」か「公開する」を押してください。"
)
_CHANGED_BEFORE = (
    "ほかの職員が、先にこの判定を保存したため、まだ何も変えていません。"
    "「手続き判定」の一覧から判定を開いて、いまの文を見てから、もう一度操作してください。"
)
_SAVED_BEFORE = (
    "この画面の判定は、もう保存してあります。いま入力した文は、まだ保存していません。"
    "「手続き判定」の一覧からその判定を開いて、直してください。"
)
TEMPLATE = """# 「#」で始まる行はメモです。住民の方には見えません。
題名：新しい判定
説明：いくつかの質問に答えると、必要な手続きが分かります。

質問：はじめの質問
文：どれにあてはまりますか
選び方：1つ
・ひとつめ：ひとつめの答え
・ふたつめ：ふたつめの答え

手続き：手続きの名前
出すとき：はじめの質問＝ひとつめ、ふたつめ
理由：なぜ必要か
いつまで：いつまでに
どこで：担当の課
用意するもの：
・本人確認書類
"""


# ---------------------------------------------------------------- what residents see

# Keyed by the text that the request read: what was read once is never read as another.
_read = lru_cache(maxsize=100)(parse)


def sheet(guide: Guide, *, draft: bool = False) -> Questionnaire:
    """The questions and procedures of a guide: what is published, or what staff have saved."""
    return _read(guide.text if draft else guide.published_text)


def shown(key: int) -> Guide:
    """A guide the public may see, or Missing."""
    found = Guide.row("id = {} AND published_at IS NOT NULL AND closed_at IS NULL", key)
    if found is None or found.town.closed_at is not None:
        raise Missing
    return found


def of_town(town: Town) -> list[Guide]:
    """The guides of a town that the public may see, in the town's order."""
    return Guide.rows(
        "town_id = {} AND published_at IS NOT NULL AND closed_at IS NULL ORDER BY position, id LIMIT {}",
        town.id,
        MOST_GUIDES,
    )


class Listed(NamedTuple):
    """A procedure of the town that a result can lead to."""

    id: int
    at_counter: bool


def listed(town: int, outcome: dict[str, Any]) -> dict[str, Listed]:
    """The procedures of an outcome that the town lists now, by their id in the text."""
    slugs = sorted({item["slug"] for group in outcome["groups"] for item in group["items"] if item["slug"]})
    if not slugs:
        return {}
    marks = ", ".join("{}" for _ in slugs)
    sql = (
        f"SELECT slug, id, channel FROM procedure WHERE town_id = {{}} AND slug IN ({marks}) AND listed_as IS NOT NULL"
    )
    return {slug: Listed(key, channel == "counter") for slug, key, channel in ask(sql, town, *slugs)}


# ---------------------------------------------------------------- what staff do


class Line(NamedTuple):
    """A guide in the list of staff."""

    id: int
    title: str
    is_published: bool
    has_draft: bool
    updated_at: Any
    updated_by: str


def of_staff(me: SignedInStaff) -> list[Line]:
    """The guides of the town of a member of staff."""
    rows = Guide.rows("town_id = {} AND closed_at IS NULL ORDER BY position, id", me.town)
    names = dict(ask("SELECT id, name FROM staff WHERE town_id = {}", me.town)) if rows else {}
    return [
        Line(
            row.id,
            row.title,
            row.published_at is not None,
            row.text != row.published_text,
            row.updated_at,
            names.get(row.updated_by_id, ""),
        )
        for row in rows
    ]


def for_staff(me: SignedInStaff, key: int) -> Guide:
    """One of them, or Missing."""
    found = Guide.row("id = {} AND town_id = {} AND closed_at IS NULL", key, me.town)
    if found is None:
        raise Missing
    return found


def known_slugs(town: int | None) -> set[str]:
    """The ids of the procedures that a town lists."""
    return {slug for (slug,) in ask("SELECT slug FROM procedure WHERE town_id = {} AND listed_as IS NOT NULL", town)}


def make(by: SignedInStaff, once: str, typed: str, *, publish: bool = False) -> int:
    """A new guide, kept as a draft or shown at once; returns its id.

    `once` is of the form that was pressed: pressed twice, it finds what the first press has made.
    """
    kept = _sound(typed) if publish else _checked(typed)
    with transaction():
        slug = f"guide-{once}" if _ONCE.fullmatch(once) else f"guide-{secrets.token_hex(8)}"
        before = Guide.row("town_id = {} AND slug = {}", by.town, slug)
        if before is not None:
            if before.text != kept:
                raise Refusal(_SAVED_BEFORE)
            return int(before.id)
        made = Guide.create(
            town=by.town,
            slug=slug,
            revision=0,
            updated_at=clock.now(),
            updated_by=by.id,
            **_first(kept, _next_position(by.town), publish=publish),
        )
        audit.record("guide_created", staff=by, guide=made.id)
        if publish:
            audit.record("guide_published", staff=by, guide=made.id)
    return int(made.id)


def _next_position(town: int | None) -> int:
    count, last = ask("SELECT COUNT(*), MAX(position) FROM guide WHERE town_id = {} AND closed_at IS NULL", town)[0]
    if count >= MOST_GUIDES:
        raise Refusal(f"手続き判定は、{MOST_GUIDES}までです。使わないものを削除してから、作ってください。")
    return int(last or 0) + 10


def _first(kept: str, position: int, *, publish: bool) -> dict[str, Any]:
    if publish:
        return _as_published(kept, position)
    return {"text": kept, "published_text": "", "title": _title(kept, "新しい判定"), "position": position}


def keep_draft(guide: Guide, by: SignedInStaff, revision: int, typed: str) -> None:
    """Keep what was typed as the draft; residents go on seeing what is published."""
    kept = _checked(typed)
    values: dict[str, Any] = {"text": kept}
    if guide.published_at is None:
        values["title"] = _title(kept, guide.title)
    _change(guide, by, revision, "guide_saved", values)


def publish(guide: Guide, by: SignedInStaff, revision: int, typed: str) -> None:
    """Keep what was typed and show it to residents; refused while anything grave is wrong with it."""
    _change(guide, by, revision, "guide_published", _as_published(_sound(typed), guide.position))


def revert(guide: Guide, by: SignedInStaff, revision: int) -> None:
    """Put the published text back in the place of the draft."""
    if guide.published_at is None:
        raise Refusal("まだ公開していないので、戻す文がありません。")
    _change(guide, by, revision, "guide_reverted", {"text": guide.published_text}, _CHANGED_BEFORE)


def close(guide: Guide, by: SignedInStaff, revision: int) -> None:
    """Take a guide away; results that residents saved stay theirs."""
    _change(guide, by, revision, "guide_closed", {"closed_at": clock.now()}, _CHANGED_BEFORE)


def load(town: Town, slug: str, typed: str) -> Guide:
    """Take in a guide's file and publish it; the guide of the same name is replaced."""
    kept = _checked(typed.removeprefix("\ufeff"))
    if not guide_lint.is_sound(kept):
        raise Refusal(" ".join(f"{one.line}行目：{one.sentence}" for one in guide_lint.lint(kept) if one.grave))
    with transaction():
        found = Guide.row("town_id = {} AND slug = {}", town.id, slug)
        values = {**_as_published(kept, found.position if found else 0), "updated_at": clock.now(), "updated_by": None}
        if found is None:
            return Guide.create(town=town, slug=slug, revision=0, **values)
        Guide.change({**values, "closed_at": None, "revision": found.revision + 1}, "id = {}", found.id)
    return Guide.get_by_id(found.id)


def _as_published(kept: str, position: int) -> dict[str, Any]:
    asked = parse(kept).position
    return {
        "text": kept,
        "published_text": kept,
        "published_at": clock.now(),
        "title": _title(kept, ""),
        "position": position if asked is None else asked,
    }


def _title(kept: str, before: str) -> str:
    return parse(kept).title[:MOST_TITLE] or before


def _checked(typed: str) -> str:
    """The text as it is kept."""
    kept = text.clean(typed)
    if len(kept) > MOST_TEXT:
        sentence = f"文が長すぎて、保存できません。{MOST_TEXT:,}字までにしてください（いまは{len(kept):,}字）。"
        raise Refusal("", {"q-text": sentence})
    return kept


def _sound(typed: str) -> str:
    """The same for a text that residents may see."""
    kept = _checked(typed)
    if not guide_lint.is_sound(kept):
        raise Refusal("", {"q-text": "直すところがあるため、公開できません。下の一覧を見て、直してください。"})
    return kept


def _change(
    guide: Guide, by: SignedInStaff, revision: int, act: str, values: dict[str, Any], behind: str = _CHANGED
) -> None:
    """Write if nobody has written since the form was made."""
    with transaction():
        changed = Guide.change(
            {**values, "revision": revision + 1, "updated_at": clock.now(), "updated_by": by.id},
            "id = {} AND revision = {} AND closed_at IS NULL",
            guide.id,
            revision,
        )
        if changed != 1:
            raise Refusal(behind)
        audit.record(act, staff=by, guide=guide.id)
