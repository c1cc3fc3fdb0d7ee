"""Taking up, after a login, the POST that was waiting for it."""

from __future__ import annotations

from typing import Any

import bottle

from web import gate, kept
from web.visit import here

_NOT_DONE = "ログインしました。この操作は、まだ行っていません。"


def taken_up() -> Any:
    """The answer to the POST carried through the login, or None when there was none.

    A resident's runs at once if its form was made for them; staff see theirs once more and send it by hand; a form
    from elsewhere is shown and has to be sent by hand; another person's is dropped.
    """
    now = here()
    if not kept.unpack(now):
        return None
    owner = now.form_owner()
    if now.me is not None and owner[1:] not in ("", "0", str(now.me.id)):
        return None  # somebody else's input is not shown to who logs in after them
    if now.realm == "staff" and now.form.pairs:
        # An act that binds the town is pressed again with its text in sight.
        return kept.ask_to_send_again(now, status=200, reason=_NOT_DONE)
    try:
        route, args = gate.app.match({"PATH_INFO": now.path, "REQUEST_METHOD": "POST"})
    except bottle.HTTPError:
        return None
    return gate.enter(route.config["screen"], args, now)
