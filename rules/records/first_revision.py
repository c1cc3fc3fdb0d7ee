"""変更の回数: where it begins for what can be deleted, since the database gives a deleted row's id to another."""

from __future__ import annotations

import secrets

# A form sends it back with at most nine digits, and it goes on counting from here.
_BELOW = 900_000_000


def first_revision() -> int:
    """The revision of a new row: a form that is still open on a deleted one does not fit it."""
    return secrets.randbelow(_BELOW) + 1
