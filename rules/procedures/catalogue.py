"""手続き一覧のCSV: the list of procedures as open data, with columns that stay as they are (R-2.3)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import config
from models import FormVersion, Town, ask
from rules.procedures import eligibility, finding, guidance

LICENCE = "https://creativecommons.org/licenses/by/4.0/"
# docs/operations.md explains each; a new one is put at the end, none is renamed.
COLUMNS = (
    "市町村コード",
    "市町村名",
    "手続きID",
    "手続き名",
    "フリガナ",
    "カテゴリ",
    "担当部課",
    "電話番号",
    "概要",
    "申請方法",
    "ログイン",
    "申請できる方",
    "本人確認",
    "手数料",
    "標準処理日数",
    "根拠法令",
    "様式の数",
    "URL",
    "更新日",
    "受付期間",
    "電子署名",
    "来庁",
    "手数料の納め方",
    "処理日数の数え方",
)
_AT_ONCE = 200
_FORMULA = tuple("=+-@＝＋－＠\t")


def cell(text: str) -> str:
    """A text that no spreadsheet runs as a formula, on one line."""
    parts = [part.strip() for part in text.splitlines() if part.strip()]
    line = text if text.splitlines() == [text] else " / ".join(parts)
    return f"'{line}" if line.startswith(_FORMULA) else line


def pieces(town: Town, wanted: finding.Wanted) -> Iterator[bytes]:
    """The file from beginning to end, some hundred procedures at a time: UTF-8 with BOM, lines end in CR LF."""
    yield b"\xef\xbb\xbf" + _lines([list(COLUMNS)])
    ids = finding.every(town, wanted)
    for first in range(0, len(ids), _AT_ONCE):
        yield _lines([_line(town, row) for row in _rows(ids[first : first + _AT_ONCE])])


def _lines(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([cell(value) for value in row] for row in rows)
    return text.getvalue().encode("utf-8")


_SQL = """
SELECT p.id, p.slug, c.name, d.name, d.telephone, v.document, v.published_at,
    (SELECT COUNT(*) FROM paper_form f WHERE f.procedure_id = p.id AND f.position >= 0)
FROM procedure p
JOIN category c ON c.id = p.category_id
JOIN division d ON d.id = p.division_id
JOIN form_version v ON v.procedure_id = p.id AND v.number = p.published
WHERE p.listed_as IS NOT NULL AND p.id IN """


def _rows(ids: list[int]) -> list[tuple[Any, ...]]:
    marks = ",".join("{}" for _ in ids)
    return ask(f"{_SQL}({marks}) ORDER BY p.listed_as, p.id", *ids)


def _line(town: Town, row: tuple[Any, ...]) -> list[str]:
    key, slug, category, division, telephone, document, published_at, forms = row
    document = json.loads(document)
    fee, online = document["fee"], document["channel"] == "online"
    days = document["standard_days"]
    return [
        town.code,
        town.name,
        slug,
        document["name"],
        document["name_kana"],
        category,
        division,
        telephone,
        document["summary"],
        "オンライン" if online else "窓口のみ",
        ("必要" if document["login"] == "required" else "不要") if online else "",
        "、".join(eligibility.words(document, town)),
        guidance.identity_words(document),
        "なし" if fee["when"] == "none" else f"{fee['amount']}円" if fee["amount"] is not None else fee["text"],
        "" if days is None else str(days),
        document["guidance"]["legal_ground"],
        str(forms),
        f"{config.settings().base_url}/procedures/{key}",
        _day(published_at),
        _period(document),
        guidance.signature_words(document) if online else "",
        guidance.visit_words(document),
        guidance.payment_words(fee),
        "" if days is None else "暦日" if document.get("standard_days_by") == "calendar" else "開庁日",
    ]


def _period(document: dict[str, Any]) -> str:
    """The two ends as the file says them, for programs to read; "" is always open."""
    period = document.get("period", {})
    return "/".join((period.get("from", ""), period.get("until", ""))) if any(period.values()) else ""


def _day(stored: str) -> str:
    return str(FormVersion.published_at.python_value(stored))[:10]
