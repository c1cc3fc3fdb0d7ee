"""Question types that are read more than answered: an agreement, and the paper form that goes with the procedure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rules.forms.field_types.base import Question
from rules.forms.field_types.choice import ConsentField
from rules.forms.field_types.files import HeadingField

LONGEST = 20_000
_FILE = re.compile(r"[a-z0-9_-]+\.(pdf|docx|xlsx|odt|ods)")


class AgreementField(ConsentField):
    """A text to read (`text`) and a box to tick below it: True, or nothing."""

    extra_keys = frozenset({"text"})
    read_before = ("text",)

    def lint(self, q: Question) -> Iterator[str]:
        text = q.get("text")
        if not isinstance(text, str) or not text.strip():
            yield "読んでもらう文（text）がありません。"
        elif len(text) > LONGEST:
            yield f"読んでもらう文（text）は、{LONGEST:,}字までです。いまは {len(text):,}字です。"


class PaperFormField(HeadingField):
    """A link to one of the procedure's paper forms (`file`): nothing to answer."""

    extra_keys = frozenset({"file"})

    def lint(self, q: Question) -> Iterator[str]:
        file = q.get("file")
        if not isinstance(file, str) or not _FILE.fullmatch(file):
            yield "様式のファイル（file）に、この手続きの paper_forms にある名前を書いてください。"
