"""Finding procedures by words: an index of two-character tokens, so that 税金 and 水道 are found.

The one module beside models.py that speaks SQLite's own dialect (FTS5).
"""

from __future__ import annotations

from typing import Any

from models import Procedure, database
from rules.text import contains, fold, words

_IN_INDEX = "p.id IN (SELECT rowid FROM procedure_search WHERE procedure_search MATCH {})"


def _bigrams(text: str) -> list[str]:
    # fold() makes ー a hyphen, at which the tokenizer would split.
    letters = "".join(c for c in fold(text).replace("-", "ー") if c.isalnum() or c == "ー")
    return [letters[i : i + 2] for i in range(len(letters) - 1)]


def index(procedure: Procedure, texts: list[str]) -> None:
    """Put a procedure's texts (name, reading, synonyms …) into the index; call inside a transaction."""
    tokens = " ".join(token for text in texts for token in _bigrams(text))
    database.execute_sql("DELETE FROM procedure_search WHERE rowid = ?", (procedure.id,))
    database.execute_sql("INSERT INTO procedure_search (rowid, tokens) VALUES (?, ?)", (procedure.id, tokens))


def conditions(typed: str) -> list[tuple[str, Any]]:
    """(SQL over `procedure p`, its value): one for every word typed, each of which must be found."""
    found = []
    for word in words(typed):
        tokens = _bigrams(word)
        if tokens:
            phrase = '"' + " ".join(tokens) + '"'
            found.append((_IN_INDEX, phrase))
        else:
            found.append(("p.folded LIKE {} ESCAPE '!'", contains(fold(word))))
    return found
