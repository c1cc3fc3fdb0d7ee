"""The repeating group: rows of the same small questions, 家族 1, 家族 2 …"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
    input_id,
    input_name,
    limit,
    the,
)

COLUMN_TYPES = ("text", "long_text", "number", "money", "date", "time", "choice", "consent", "name", "telephone",
                "email", "corporate_number")  # fmt: skip
MOST_ROWS = 20
"""So many rows where the form names no maximum."""
LIMIT_OF_ROWS = 50
"""No form may allow more."""
_READ_AT_MOST = 2 * LIMIT_OF_ROWS
Sent = Sequence[tuple[date, list[dict[str, Value]]]]
"""The rows of the sendings before, with their days."""


class TableField(FieldType):
    """Rows of answers: a list of {column key: value}. limits: min, max.

    Its inputs are named KEY.N.COLUMN, N from 0; the hidden KEY.rows says how many rows the page had, because a row
    of boxes that are not ticked sends nothing.
    """

    limits = frozenset({"min", "max"})
    extra_keys = frozenset({"columns", "row_name"})

    def __init__(self, types: Mapping[str, FieldType]) -> None:
        self.types = types

    # ------------------------------------------------------------ its rows and columns

    def cell(self, q: Question, row: int, column: Question) -> Question:
        """The question of one cell: its inputs and ids carry the row.

        A choice is a select: of radio buttons lynx marks the first by itself, and no row would ever be blank.
        """
        found = {**column, "key": f"{q['key']}.{row}.{column['key']}"}
        if column["type"] == "choice":
            found["limits"] = {**(column.get("limits") or {}), "look": "select"}
        return found

    def named_cell(self, q: Question, row: int, column: Question) -> Question:
        """The same, called by its row in sentences: 家族 2の氏名."""
        return {**self.cell(q, row, column), "label": f"{row_name(q, row)}の{column['label']}"}

    def blank_row(self, q: Question) -> dict[str, Raw]:
        return {column["key"]: self.types[column["type"]].blank(column) for column in q["columns"]}

    def is_blank_row(self, q: Question, row: Mapping[str, Raw]) -> bool:
        return all(self.types[column["type"]].is_empty(column, row[column["key"]]) for column in q["columns"])

    def rows_shown(self, q: Question, rows: list[dict[str, Raw]]) -> list[dict[str, Raw]]:
        """The rows a page shows: what there is, filled up with blank ones to the fewest, at least to one."""
        return rows + [self.blank_row(q)] * (max(least(q), 1) - len(rows))

    # ------------------------------------------------------------ typed

    def blank(self, q: Question) -> Raw:
        return []

    def read(self, q: Question, form: FormData) -> Raw:
        return [
            {column["key"]: self.types[column["type"]].read(self.cell(q, row, column), form) for column in q["columns"]}
            for row in range(self._posted_rows(q, form))
        ]

    def _posted_rows(self, q: Question, form: FormData) -> int:
        said = form.get(f"{q['key']}.rows", "")
        known = isinstance(said, str) and said.isascii() and said.isdecimal() and len(said) < 6
        count = min(int(said), _READ_AT_MOST) if known else 0
        while count < _READ_AT_MOST and any(form.getall(name) for name in self._names(q, count)):
            count += 1
        return count

    def _names(self, q: Question, row: int) -> Iterator[str]:
        for column in q["columns"]:
            for part in self.types[column["type"]].parts:
                yield input_name(self.cell(q, row, column), part)

    def fit(self, q: Question, raw: Raw) -> Raw:
        rows = [row for row in raw if isinstance(row, dict)] if isinstance(raw, list) else []
        return [
            {column["key"]: self.types[column["type"]].fit(column, row.get(column["key"])) for column in q["columns"]}
            for row in rows[:_READ_AT_MOST]
        ]

    def kept(self, q: Question, raw: Raw) -> Raw:
        columns = {column["key"]: column for column in q["columns"]}
        kinds = {key: self.types[column["type"]] for key, column in columns.items()}
        return [{key: kinds[key].kept(columns[key], cell) for key, cell in row.items()} for row in self.fit(q, raw)]

    def is_empty(self, q: Question, raw: Raw) -> bool:
        return all(self.is_blank_row(q, row) for row in raw)

    # ------------------------------------------------------------ meant

    def missing(self, q: Question) -> dict[str, str]:
        return {input_id(q): f"{the(q['label'])}を、{least(q)}件以上入力してください。"}

    def check_again(self, q: Question, raw: Raw, today: date, sent: Sent) -> Value:
        """The same for a correction: a row that was sent before stands as it was on that day."""
        try:
            return self.check(q, raw, today)
        except Wrong:
            typed = self.fit(q, raw)
            if self.is_empty(q, typed):
                raise
            return self.value(q, typed, today, sent)

    def value(self, q: Question, raw: Raw, today: date, sent: Sent = ()) -> Value:
        found, errors = self._rows(q, raw, today, sent)
        if not least(q) <= len(found) <= most(q):
            wanted = f"{least(q)}件以上" if len(found) < least(q) else f"{most(q)}件まで"
            advice = "" if len(found) < least(q) else "要らないものの「削除」を押してください。"
            now = f"いまは{len(found)}件です。" if len(raw) < _READ_AT_MOST else ""
            errors = {input_id(q): f"{the(q['label'])}は、{wanted}入力してください。{now}{advice}"} | errors
        if errors:
            raise Wrong(errors)
        return found

    def what_is_right(self, q: Question, raw: Raw, today: date) -> list[dict[str, Value]]:
        """The rows with the answers that will do, whatever else is wrong in them."""
        return self._rows(q, self.fit(q, raw), today)[0]

    def _rows(
        self, q: Question, raw: Raw, today: date, sent: Sent = ()
    ) -> tuple[list[dict[str, Value]], dict[str, str]]:
        errors: dict[str, str] = {}
        found = []
        for number, row in enumerate(raw):
            if not self.is_blank_row(q, row):
                values, wrong = self._row(q, number, row, today)
                before = ((self._row(q, number, row, day)[0], rows) for day, rows in sent if wrong)
                if as_sent := next((one for one, rows in before if one in rows), None):
                    values, wrong = as_sent, {}
                found.append(values)
                errors |= wrong
        return found, errors

    def _row(
        self, q: Question, number: int, row: Mapping[str, Raw], today: date
    ) -> tuple[dict[str, Value], dict[str, str]]:
        values: dict[str, Value] = {}
        errors: dict[str, str] = {}
        for column in q["columns"]:
            cell = self.named_cell(q, number, column)
            try:
                values[column["key"]] = self.types[column["type"]].check(cell, row[column["key"]], today)
            except Wrong as wrong:
                errors |= wrong.errors
        return values, errors

    # ------------------------------------------------------------ read back

    def show(self, q: Question, value: Value, today: date | None) -> list[str]:
        lines = []
        for number, row in enumerate(value):
            lines.append(row_name(q, number))
            for column in q["columns"]:
                answer = row.get(column["key"])
                if answer is not None:
                    said = self.types[column["type"]].show(column, answer, today)
                    lines.append(f"　{column['label']}：{'　'.join(said)}")
        return lines

    def raw_of(self, q: Question, value: Value) -> Raw:
        return [
            {
                column["key"]: self.types[column["type"]].blank(column)
                if row.get(column["key"]) is None
                else self.types[column["type"]].raw_of(column, row[column["key"]])
                for column in q["columns"]
            }
            for row in value
        ]

    def as_typed(self, q: Question, raw: Raw) -> list[str]:
        lines = []
        for number, row in enumerate(raw):
            if self.is_blank_row(q, row):
                continue
            lines.append(row_name(q, number))
            for column in q["columns"]:
                kind, answer = self.types[column["type"]], row[column["key"]]
                if not kind.is_empty(column, answer):
                    lines.append(f"　{column['label']}：{'　'.join(kind.as_typed(column, answer))}")
        return lines

    def columns(self, q: Question) -> list[tuple[str, str]]:
        return [
            (f"{column['key']}.{part}" if part else column["key"], f"{q['label']} {heading}")
            for column in q["columns"]
            for part, heading in self.types[column["type"]].columns(column)
        ]

    def cells(self, q: Question, value: Value) -> list[str]:
        """All rows in one cell a column, each in its place even where it is empty."""
        found: list[str] = []
        for column in q["columns"]:
            kind = self.types[column["type"]]
            width = len(kind.columns(column))
            answers = [row.get(column["key"]) for row in value]
            cells = [[""] * width if one is None else kind.cells(column, one) for one in answers]
            found += [BETWEEN.join(of_row[at] for of_row in cells) for at in range(width)]
        return found

    def terms(self, q: Question) -> str:
        fewest = f"{least(q)}件から" if least(q) > 1 else ""
        return f"{fewest}{most(q)}件まで入力できます。"

    def from_profile(self, q: Question, fact: Any) -> Raw | None:
        return None

    def lint(self, q: Question) -> Iterator[str]:
        fewest, greatest = limit(q, "min", 0), limit(q, "max", MOST_ROWS)
        if type(fewest) is not int or not 0 <= fewest <= LIMIT_OF_ROWS:
            yield f"件数（min）は、0から{LIMIT_OF_ROWS}までの整数で決めてください。いまは {fewest} です。"
        elif type(greatest) is not int or not 1 <= greatest <= LIMIT_OF_ROWS:
            yield f"件数（max）は、1から{LIMIT_OF_ROWS}までの整数で決めてください。いまは {greatest} です。"
        elif fewest > greatest:
            yield f"何件入力しても通りません。最小 {fewest} が最大 {greatest} より大きくなっています。"
        name = q.get("row_name", "")
        if not isinstance(name, str) or len(name) > 20:
            yield "1件の呼び名（row_name）は、20字までの文字で書いてください。"


def row_name(q: Question, row: int) -> str:
    """How a row is called: 家族 2, or 2件目 where the form has no word for it."""
    name = q.get("row_name")
    return f"{name} {row + 1}" if name else f"{row + 1}件目"


def least(q: Question) -> int:
    """How many rows there must be, once there is one."""
    return max(int(limit(q, "min", 0)), 1 if q.get("required") else 0)


def most(q: Question) -> int:
    """How many rows there may be."""
    return int(limit(q, "max", MOST_ROWS))
