"""文の書き方: docs/guide-format.md as staff read it on screen, in the few forms that text is written in."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, NamedTuple

import config

_PATH = config.PROGRAM / "docs" / "guide-format.md"
_LIST = "- "


class Block(NamedTuple):
    """A piece of the text: h2, p, ul, pre or table; `lines` are words, or for a table the cells of each row."""

    kind: str
    lines: list[Any]


Pieces = list[tuple[str, bool]]


@cache
def manual() -> tuple[str, list[Block]]:
    """(heading, the rest)."""
    title, _, rest = _PATH.read_text(encoding="utf-8").partition("\n")
    return title.removeprefix("# "), list(_blocks(rest))


def _blocks(source: str) -> list[Block]:
    found: list[Block] = []
    for at, part in enumerate(re.split(r"^```.*\n", source, flags=re.MULTILINE)):
        if at % 2:
            found.append(Block("pre", [part]))
        else:
            found += [_block(lines.split("\n")) for lines in re.split(r"\n{2,}", part.strip("\n")) if lines.strip()]
    return found


def _block(lines: list[str]) -> Block:
    first = lines[0]
    if first.startswith("## "):
        return Block("h2", [first.removeprefix("## ")])
    if first.startswith("|"):
        rows = [[_pieces(cell.strip()) for cell in line.strip("|").split("|")] for line in lines]
        return Block("table", [rows[0], *rows[2:]])
    if first.startswith(_LIST):
        return Block("ul", [_pieces(line.removeprefix(_LIST)) for line in lines])
    return Block("p", [_pieces("".join(lines))])


def _pieces(words: str) -> Pieces:
    """A line in pieces, each with whether it is to be typed as it stands (between ` and `)."""
    return [(piece, bool(at % 2)) for at, piece in enumerate(words.split("`")) if piece]
