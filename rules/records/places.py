"""並び順: where what is added to a list of a town's comes to stand, and how it is moved there by hand."""

from __future__ import annotations

from models import Category, Counter, Division, ask

Placed = type[Category | Counter | Division]


def after_last(table: Placed, town: int | None) -> int:
    """The position behind all there are; positions may have gaps. Call inside the transaction that takes it."""
    named = table._meta.table_name
    return int(ask(f"SELECT COALESCE(MAX(position), -1) + 1 FROM {named} WHERE town_id = {{}}", town)[0][0])


def move(table: Placed, order: list[int], beside: list[int], key: int, revision: int, *, up: bool) -> list[int]:
    """上へ, 下へ: a row and its neighbour in `beside` change places within `order`, the ids of the whole list.

    Returns the ids that stand elsewhere now; [] at the end of the list, or where somebody was quicker: pressed twice,
    it moves once. Call inside a transaction.
    """
    at = beside.index(key) if key in beside else -1
    other = at - 1 if up else at + 1
    if at < 0 or not 0 <= other < len(beside):
        return []
    if not table.change({"revision": revision + 1}, "id = {} AND revision = {}", key, revision):
        return []
    swapped = {key: beside[other], beside[other]: key}
    return [
        one
        for position, one in enumerate(swapped.get(one, one) for one in order)
        if table.change({"position": position}, "id = {} AND position <> {}", one, position)
    ]
