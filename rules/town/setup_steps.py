"""はじめの設定: what a new town has still to do until residents find its first procedure."""

from __future__ import annotations

from typing import NamedTuple

from models import Role, ask
from rules.records.session import SignedInStaff


class Step(NamedTuple):
    """One thing to do, where it is done, and whether it is."""

    word: str
    what: str
    path: str
    done: bool


_FACTS = """
SELECT
  (SELECT t.telephone <> '' AND t.address <> '' FROM town t WHERE t.id = {}),
  EXISTS (SELECT 1 FROM division d WHERE d.town_id = {} AND d.closed_at IS NULL),
  EXISTS (SELECT 1 FROM category c WHERE c.town_id = {}),
  EXISTS (SELECT 1 FROM staff s WHERE s.town_id = {} AND s.role = {} AND s.disabled_at IS NULL),
  EXISTS (SELECT 1 FROM procedure p WHERE p.town_id = {}),
  EXISTS (SELECT 1 FROM procedure p WHERE p.town_id = {} AND p.published IS NOT NULL)"""


_WITHOUT_ADMINISTRATOR = """
SELECT t.id, t.name FROM town t WHERE t.closed_at IS NULL AND NOT EXISTS
  (SELECT 1 FROM staff s WHERE s.town_id = t.id AND s.role = {} AND s.disabled_at IS NULL)
ORDER BY t.code LIMIT 20"""


def steps(me: SignedInStaff) -> list[Step]:
    """What an administrator has to do, in the order it is best done; nothing once all is done.

    Of a system administrator: somebody for each town that has nobody.
    """
    town = me.town
    if me.role is Role.SYSTEM_ADMINISTRATOR:
        return [
            Step("町の管理者", f"{name}の管理者を登録する", f"/staff/people/new?town={key}", False)
            for key, name in ask(_WITHOUT_ADMINISTRATOR, str(Role.TOWN_ADMINISTRATOR))
        ]
    if me.role is not Role.TOWN_ADMINISTRATOR or town is None:
        return []
    known = ask(_FACTS, town, town, town, town, str(Role.CLERK), town, town)[0]
    found = [
        Step(word, what, path, bool(done))
        for (word, what, path), done in zip(
            (
                ("町の情報", "役場の住所、電話番号、開庁時間を入れる", f"/staff/towns/{town}"),
                ("部課", "申請を受け持つ部や課を加える", "/staff/divisions"),
                ("カテゴリ", "手続きを分ける分野を加える", "/staff/categories"),
                ("職員", "申請を処理する担当者を登録する", "/staff/people"),
                ("手続き", "見本から選ぶか、新しく作る", "/staff/procedures"),
                ("公開", "手続きの内容を確かめて、公開する", "/staff/procedures"),
            ),
            known,
            strict=True,
        )
    ]
    return [] if all(step.done for step in found) else found
