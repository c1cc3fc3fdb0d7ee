"""What the town allows and does: no HTTP, no HTML, no network."""

from __future__ import annotations

from collections.abc import Mapping


class Refusal(Exception):
    """A "no" with a sentence that says what to do; `fields` maps input ids to the sentences beside them."""

    def __init__(self, message: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fields = dict(fields or {})
