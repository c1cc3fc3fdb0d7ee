"""「前のページ」「次のページ」 under a list."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode


@dataclass(frozen=True)
class Pager:
    """What parts/pager.html shows: the count in words, and the links that exist."""

    total_label: str
    previous: str | None
    next: str | None

    @classmethod
    def of(cls, label: str, path: str, previous: int | None, following: int | None, **query: object) -> Pager:
        """Links to the pages before and after, with the conditions of the list; empty conditions are left out."""
        kept = {name: value for name, value in query.items() if value not in ("", None)}

        def href(number: int | None) -> str | None:
            return None if number is None else path + "?" + urlencode({**kept, "page": number})

        return cls(label, href(previous), href(following))
