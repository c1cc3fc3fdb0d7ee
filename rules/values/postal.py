"""The postal service's list of 郵便番号: read line by line, each with the place it stands for.

utf_ken_all.csv is UTF-8; KEN_ALL.CSV is Shift_JIS and goes on in the next line where a place's name is long. Both
have 15 columns: 1 code of the municipality (5 digits), 3 postal code, 7 prefecture, 8 municipality, 9 area.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import NamedTuple

from rules.values import text

_COLUMNS = 15
# What the list says where it names no area.
_NO_AREA = re.compile("以下に掲載がない場合|.*の次に.*番地がくる場合|..+一円")
_BRACKET = re.compile("（[^（）]*）")
_SEVERAL = re.compile("[、〜～]")


class BadList(ValueError):
    """Why a list cannot be read: the line it stops at, and what is wrong there."""

    def __init__(self, line: int, sentence: str) -> None:
        super().__init__(f"line {line}: {sentence}")


class Entry(NamedTuple):
    """A postal code and its place; `municipality_code` has the check digit, as a town's code has."""

    code: str
    municipality_code: str
    prefecture: str
    municipality: str
    area: str


def read(content: bytes) -> list[Entry]:
    """Every place of a list, each once, in its order; raises BadList."""
    if content.startswith(b"PK"):
        raise BadList(1, "this is a ZIP file; unpack it first")
    found = dict.fromkeys(_joined(_rows(io.StringIO(_text(content), newline=""))))
    if not found:
        raise BadList(1, "the file is empty")
    return list(found)


def _text(content: bytes) -> str:
    faults = []
    for charset in ("utf-8-sig", "cp932"):
        try:
            return content.decode(charset)
        except UnicodeDecodeError as fault:
            faults.append(fault.start)
    # The charset that got further is the one that was meant.
    raise BadList(content.count(b"\n", 0, max(faults)) + 1, "neither UTF-8 nor Shift_JIS")


def _rows(lines: io.StringIO) -> Iterator[tuple[int, list[str]]]:
    """(number of the line, its cells), each looked at."""
    reader = csv.reader(lines, strict=True)
    while True:
        try:
            row = next(reader, None)
        except csv.Error as fault:
            raise BadList(reader.line_num, str(fault)) from None
        if row is None:
            return
        if row:
            _check(reader.line_num, row)
            yield reader.line_num, row


def _check(line: int, row: list[str]) -> None:
    if len(row) != _COLUMNS:
        raise BadList(line, f"{len(row)} columns instead of {_COLUMNS}")
    if not re.fullmatch("[0-9]{5}", row[0]) or not 1 <= int(row[0][:2]) <= 47:
        raise BadList(line, f"column 1 is no code of a municipality: {row[0][:20]!r}")
    if not re.fullmatch("[0-9]{7}", row[2]):
        raise BadList(line, f"column 3 is no postal code: {row[2][:20]!r}")
    for column, name in ((6, "the prefecture"), (7, "the municipality")):
        if not row[column].strip() or not row[column].isprintable() or len(row[column]) > 100:
            raise BadList(line, f"column {column + 1} does not name {name}")


def _joined(rows: Iterator[tuple[int, list[str]]]) -> Iterator[Entry]:
    """The entries, a name that goes on in the next lines put together."""
    open_at, code, area = 0, "", ""
    for line, row in rows:
        if open_at and row[2] != code:
            break
        code, area = row[2], (area if open_at else "") + row[8]
        if area.count("（") > area.count("）"):
            open_at = open_at or line
            continue
        open_at = 0
        for name in areas(area):
            yield Entry(row[2], row[0] + check_digit(row[0]), row[6], row[7], name)
    if open_at:
        raise BadList(open_at, "the bracket in column 9 is never closed")


def check_digit(code: str) -> str:
    """The sixth digit of a 全国地方公共団体コード of five."""
    total = sum(int(digit) * weight for digit, weight in zip(code, (6, 5, 4, 3, 2), strict=True))
    return str((11 - total % 11) % 10)


def areas(area: str) -> list[str]:
    """The names of an area as they begin an address: without remarks, numbers of blocks, and what is no name."""
    if _NO_AREA.fullmatch(area):
        return [""]
    plain, before = area, ""
    while plain != before:
        plain, before = _BRACKET.sub("", plain), plain
    if _NO_AREA.fullmatch(plain):
        return [""]
    found = [_name(part, several=_SEVERAL.search(plain) is not None) for part in plain.split("、")]
    # 「第１地割、第２地割」: a part that is only a number has no name of its own.
    return list(dict.fromkeys(name for name in found if name)) or [""]


def _name(area: str, *, several: bool) -> str:
    if several:
        # 「種市第１５地割〜第２１地割」 is 種市, whatever the number.
        area = re.split("第?[0-9０-９]", re.split("[〜～]", area)[0])[0]
    return re.sub("第?[0-9０-９]+地割$", "", area).strip()


def code_of(typed: str) -> str:
    """The seven digits of a postal code, however it was typed; "" for anything else."""
    plain = re.sub(r"[\s〒〶-]", "", text.digits(typed))
    return plain if re.fullmatch("[0-9]{7}", plain) else ""
