"""Question types that take no typing: attached files (the caller brings their list) and headings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from rules.forms.field_types.base import (
    BETWEEN,
    FieldType,
    FormData,
    Question,
    Raw,
    Value,
    Wrong,
    counted,
    input_id,
    limit,
    the,
)

# The kinds whose content rules/files/upload.py can tell.
EXTENSIONS = ("pdf", "jpg", "jpeg", "png", "gif", "heic", "docx", "xlsx", "zip")


def size_label(size: int) -> str:
    """A size as people say it: '1.2MB', '340KB', '12バイト'."""
    if size >= 1_048_576:
        return f"{size / 1_048_576:.1f}MB"
    return f"{-(-size // 1024)}KB" if size >= 1024 else f"{size}バイト"


class FileField(FieldType):
    """Attached files: a list of {"name", "size", "sha256", "id"}. limits: count, extensions."""

    limits = frozenset({"count", "extensions"})

    def blank(self, q: Question) -> Raw:
        return []

    def read(self, q: Question, form: FormData) -> Raw:
        return []

    def fit(self, q: Question, raw: Raw) -> Raw:
        return [file for file in raw if isinstance(file, dict)] if isinstance(raw, list) else []

    def is_empty(self, q: Question, raw: Raw) -> bool:
        return not raw

    def missing(self, q: Question) -> dict[str, str]:
        return {input_id(q): f"{the(q['label'])}を添付してください。ファイルを選んで「添付する」を押します。"}

    def value(self, q: Question, raw: Raw, today: date) -> Value:
        most = limit(q, "count", 1)
        if len(raw) > most:
            raise Wrong({input_id(q): f"{the(q['label'])}は、{counted(most)}までです。"
                         f"いまは{counted(len(raw))}あります。"
                         "要らないファイルの「削除」を押してください。"})  # fmt: skip
        return raw

    def show(self, q: Question, value: Value, today: date | None) -> list[str]:
        return [f"{file['name']}（{size_label(file['size'])}）" for file in value]

    def raw_of(self, q: Question, value: Value) -> Raw:
        return list(value)

    def as_typed(self, q: Question, raw: Raw) -> list[str]:
        return [str(file.get("name", "")) for file in raw]

    def cells(self, q: Question, value: Value) -> list[str]:
        return [BETWEEN.join(str(file["name"]) for file in value)]

    def from_profile(self, q: Question, fact: Any) -> Raw | None:
        return None

    def lint(self, q: Question) -> Iterator[str]:
        count, extensions = limit(q, "count", 1), limit(q, "extensions", list(EXTENSIONS[:4]))
        if type(count) is not int or not 1 <= count <= 20:
            yield f"添付できる数（count）は、1から20までの整数で決めてください。いまは {count} です。"
        if not isinstance(extensions, list) or not extensions:
            yield "添付できる種類（extensions）がありません。"
        elif unknown := [str(one) for one in extensions if one not in EXTENSIONS]:
            yield f"添付できる種類（extensions）に、受け付けられないものがあります：{'、'.join(unknown)}"


class HeadingField(FieldType):
    """No question at all: a heading and its explanation."""

    parts = ()

    def blank(self, q: Question) -> Raw:
        return ""

    def read(self, q: Question, form: FormData) -> Raw:
        return ""

    def fit(self, q: Question, raw: Raw) -> Raw:
        return ""

    def is_empty(self, q: Question, raw: Raw) -> bool:
        return True

    def check(self, q: Question, raw: Raw, today: date) -> Value:
        return None

    def show(self, q: Question, value: Value, today: date | None) -> list[str]:
        return []

    def columns(self, q: Question) -> list[tuple[str, str]]:
        return []

    def cells(self, q: Question, value: Value) -> list[str]:
        return []

    def from_profile(self, q: Question, fact: Any) -> Raw | None:
        return None
