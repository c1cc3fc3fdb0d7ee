"""Taking up, after a login, the POST that was waiting for it."""

from __future__ import annotations

from typing import Any

import bottle

from web import gate, kept
from web.visit import here


def taken_up() -> Any:
    """The answer to the POST carried through the login, or None when there was none.

    It runs at once only if its form was made for the person who now logged in; anything else – another
    resident, or a form from elsewhere – is shown and has to be sent by hand.
    """
    now = here()
    if not kept.unpack(now):
        return None
    try:
        route, args = gate.app.match({"PATH_INFO": now.path, "REQUEST_METHOD": "POST"})
    except bottle.HTTPError:
        return None
    return gate.enter(route.config["screen"], args, now)
