"""判定結果: what a guide said to a resident, kept as it was said; their own only."""

from __future__ import annotations

from typing import NamedTuple

import clock
from models import Guide, GuideResult, ask, transaction
from rules import Refusal
from rules.guides import guide_walk
from rules.guides.guide_text import Questionnaire
from rules.guides.guide_walk import Answers
from rules.records.access import Missing, Person
from rules.values.calendar import read_instant, show_instant

MOST = 100


def keep(person: Person, guide: Guide, sheet: Questionnaire, answers: Answers) -> int:
    """Keep the outcome of these answers; the same outcome saved twice on a day is kept once. Returns its id."""
    if person.resident is None:
        raise Missing
    given, outcome = guide_walk.given(sheet, answers), guide_walk.outcome(sheet, answers)
    with transaction():
        mine = GuideResult.rows("resident_id = {} ORDER BY id DESC LIMIT {}", person.resident, MOST)
        for row in mine:
            same = (row.guide_id, row.answers, row.result) == (guide.id, given, outcome)
            if same and row.created_at.date() == clock.today():
                return int(row.id)
        if len(mine) >= MOST:
            sentence = f"判定結果は、{MOST}件まで保存できます。「判定結果一覧」でいらないものを、先に削除してください。"
            raise Refusal(sentence)
        made = GuideResult.create(
            resident=person.resident,
            guide=guide.id,
            title=sheet.title,
            answers=given,
            result=outcome,
            created_at=clock.now(),
        )
    return int(made.id)


class Line(NamedTuple):
    """A saved result in the list."""

    id: int
    title: str
    town: str
    saved_at: str


_LINES = """
SELECT r.id, r.title, t.name, r.created_at
FROM guide_result r JOIN guide g ON g.id = r.guide_id JOIN town t ON t.id = g.town_id
WHERE r.resident_id = {} ORDER BY r.id DESC LIMIT {}"""


def own(person: Person) -> list[Line]:
    """A resident's saved results, newest first."""
    rows = ask(_LINES, person.resident, MOST)
    return [Line(key, title, town, show_instant(read_instant(at))) for key, title, town, at in rows]


def own_one(person: Person, key: int) -> GuideResult:
    """One of them, or Missing."""
    found = GuideResult.row("id = {} AND resident_id = {}", key, person.resident)
    if found is None:
        raise Missing
    return found


def discard(person: Person, key: int) -> None:
    """Delete one's saved result; asked twice, it is gone all the same."""
    with transaction():
        GuideResult.delete().where((GuideResult.id == key) & (GuideResult.resident == person.resident)).execute()
