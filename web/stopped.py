"""停止: what residents get while their pages rest: until when, why, and that nothing typed is lost (R-8.1)."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

import bottle

import clock
from models import Town
from rules.accounts import code
from rules.records import towns
from rules.town import stop
from rules.values import secrecy
from web import kept
from web.page import page, stops_known
from web.visit import Visit

# Their pages say what residents need to know during a stop, or belong to the frame of every page.
_OPEN = ("/stops", "/logout", "/look")
_OPEN_BELOW = ("/static/", "/demo/")
# Whom to call, and what to try: texts that need no working counter.
_help = re.compile(r"(/towns/[0-9]{6})?/help/[a-z]+").fullmatch


class Rest(NamedTuple):
    """The stop a request met, and the town its page is about."""

    stop: stop.Stop
    town: Town | None


class Saved(NamedTuple):
    """What became of a POST that was kept: said in words, and where it goes on afterwards."""

    heading: str
    sentences: list[str]
    label: str
    href: str


def met_by(visit: Visit) -> Rest | None:
    """The stop this request of a resident meets, or None."""
    if visit.realm == "staff" or visit.path in _OPEN or visit.path.startswith(_OPEN_BELOW) or _help(visit.path):
        return None
    known = stops_known(visit)
    if not stop.any_running(known):
        return None
    town = towns.only_town() or stop.town_of(visit.path)
    found = stop.running(known, town.id if town else None)
    return Rest(found, town) if found else None


def show(visit: Visit, rest: Rest, saved: Saved | None = None) -> str:
    """503 with the end of the stop; what was posted and not saved can be sent again when it is over."""
    visit.errors, visit.message, visit.status = {}, "", 200
    again = visit.posted and saved is None
    if again and visit.token:
        # It can be sent again when the stop is over: a registration that was begun must still be there then.
        code.outlast("sign_up", secrecy.token_hash(visit.token), rest.stop.ends)
    answer = page(
        "resident/errors/stopped.html",
        town=rest.town,
        status=503,
        when=stop.when(rest.stop),
        until=stop.until(rest.stop),
        reason=rest.stop.reason,
        saved=saved,
        again=again,
        action=visit.path,
        # The token it came with: when it is sent again, the gate looks at it as at any other time.
        token=visit.form.get("csrf") or "-",
        fields=kept.everything(visit) if again else [],
        files=[upload.name for upload in visit.uploads] if again else [],
        shown=kept.values(visit) if again else [],
        passwords=again and kept.had_password(visit),
        towns=[] if rest.town else towns.every(),
    )
    left = (rest.stop.ends - clock.now()).total_seconds()
    bottle.response.set_header("Retry-After", str(max(math.ceil(left), 1)))
    return answer
