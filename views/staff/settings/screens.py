"""設定: the way to everything a town sets for itself."""

from __future__ import annotations

from typing import NamedTuple

from models import Role
from web import Who, get, here, page


class Entry(NamedTuple):
    """A link of the list, and the roles that see it."""

    word: str
    path: str
    what: str
    roles: frozenset[Role]


_TOWN = frozenset({Role.CLERK, Role.TOWN_ADMINISTRATOR})
_ENTRIES = (
    Entry("停止の予定", "/staff/stops", "点検などで、住民の画面を止める日時", frozenset(Role)),
    Entry("手続き判定", "/staff/guides", "引越しなど、質問に答えると必要な手続きが分かる画面", _TOWN),
    Entry("ページの文", "/staff/pages", "よくある質問、利用規約、個人情報の取扱いなど", _TOWN),
    Entry("見つからなかったことば", "/staff/searches", "手続き一覧で探しても、見つからなかったことば", _TOWN),
    Entry(
        "窓口でのログインの救済",
        "/staff/recovery",
        "メールアドレスが使えなくなった方に、窓口でコードを渡す",
        frozenset({Role.TOWN_ADMINISTRATOR}),
    ),
)


@get("/staff/settings", who=Who.STAFF)
def settings():
    role = here().member.role
    return page("staff/settings/list.html", entries=[entry for entry in _ENTRIES if role in entry.roles])
