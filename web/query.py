"""What stands behind the ? of an address: conditions and page numbers, as anybody may type them."""

from __future__ import annotations

import bottle

from web.visit import here

# Pages beyond this are not turned to, whatever the address says.
LAST_PAGE = 10_000


def asked(name: str, most: int = 200) -> str:
    """A condition as text, cut to a length that a person types."""
    return str(bottle.request.query.getunicode(name, ""))[:most]


def brought(name: str, most: int = 200) -> str:
    """What a page passes on from one address or form to the next: posted, or else behind the ?."""
    now = here()
    return now.form.get(name) if now.posted else asked(name, most)


def asked_number(name: str) -> int | None:
    """A whole number of up to nine digits, or None."""
    text = asked(name, 10)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def asked_page() -> int:
    """Which page of a list: 1 unless the address says a sensible other."""
    return min(max(asked_number("page") or 1, 1), LAST_PAGE)
