"""停止の予定: every stop of residents' pages that runs or is to come, open during a stop too."""

from __future__ import annotations

from rules.records import towns
from rules.town import stop
from web import Who, get, page


@get("/stops", who=Who.ANYONE)
def stops():
    alone = towns.only_town()
    known = [row for row in stop.windows() if alone is None or row.concerns(alone.id)]
    return page(
        "resident/stops/list.html",
        private=False,
        rows=[(stop.when(row), row.reason, row.town_name or "すべての市町村", stop.runs(row)) for row in known],
        several=alone is None,
        daily=stop.daily_words(),
    )
