"""お知らせ: what a town tells now, newest first, and each on its page."""

from __future__ import annotations

from rules.procedures import guidance
from rules.records import towns
from rules.records.access import Missing
from rules.town import notice
from rules.values import period
from web import Pager, Who, asked_page, get, page


@get("/towns/<code:re:[0-9]{6}>/notices", who=Who.ANYONE)
def notices(code: str):
    town, number = towns.open_town(code), asked_page()
    if town is None:
        raise Missing
    rows, more = notice.shown_page(town, number)
    return page(
        "resident/notices/list.html",
        town=town,
        private=False,
        rows=[(row.id, row.title, period.day_words(row.shown_from)) for row in rows],
        number=number,
        pager=Pager.of(
            f"{number}ページ目",
            towns.notices_path(town),
            number - 1 if number > 1 else None,
            number + 1 if more else None,
        ),
    )


@get("/notices/<id:int>", who=Who.ANYONE)
def one(id: int):
    town = notice.over(id)
    if town is not None:
        return page("resident/notices/over.html", town=town, status=410, private=False, back=towns.notices_path(town))
    found = notice.shown_one(id)
    return page(
        "resident/notices/notice.html",
        town=found.town,
        private=False,
        notice=found,
        at=period.day_words(found.shown_from),
        blocks=guidance.blocks(found.body),
        back=towns.notices_path(found.town),
    )
