"""並び順: where what is added to a list of a town's comes to stand."""

from __future__ import annotations

from models import Category, Division, ask


def after_last(table: type[Category | Division], town: int | None) -> int:
    """The position behind all there are; positions may have gaps. Call inside the transaction that takes it."""
    named = table._meta.table_name
    return int(ask(f"SELECT COALESCE(MAX(position), -1) + 1 FROM {named} WHERE town_id = {{}}", town)[0][0])
