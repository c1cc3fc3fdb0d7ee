"""設定: the way to everything a town sets for itself."""

from __future__ import annotations

from typing import NamedTuple

from models import Role
from rules.town import setup_steps
from web import Who, get, here, page


class Entry(NamedTuple):
    """A link of the list, and the roles that see it."""

    word: str
    path: str
    what: str
    roles: frozenset[Role]


_TOWN = frozenset({Role.CLERK, Role.TOWN_ADMINISTRATOR})
_CHIEF = frozenset({Role.TOWN_ADMINISTRATOR})
_SYSTEM = frozenset({Role.SYSTEM_ADMINISTRATOR})
_ENTRIES = (
    Entry("市町村", "/staff/towns", "この窓口を使う市町村", _SYSTEM),
    Entry("町の情報", "/staff/towns/{town}", "役場の住所、電話番号、開庁時間", _CHIEF),
    Entry("部課", "/staff/divisions", "申請を受け持つ部や課と、その電話番号、知らせのメール", _TOWN),
    Entry("カテゴリ", "/staff/categories", "手続きを分ける分野と、その順番", _TOWN),
    Entry("職員", "/staff/people", "職員の登録、役割と部課、パスワードの発行", frozenset(Role)),
    Entry("閉庁日", "/staff/closing-days", "土日・祝日・年末年始のほかに、役場が休む日", _TOWN),
    Entry("窓口と予約の枠", "/staff/counters", "来庁の予約を受ける窓口、受付の時間、休む日", _TOWN),
    Entry("メールの文面", "/staff/mail-texts", "受付や承認のお知らせなど、自動で送るメール", _TOWN),
    Entry("停止の予定", "/staff/stops", "点検などで、住民の画面を止める日時", frozenset(Role)),
    Entry("手続き判定", "/staff/guides", "引越しなど、質問に答えると必要な手続きが分かる画面", _TOWN),
    Entry("ページの文", "/staff/pages", "よくある質問、利用規約、個人情報の取扱いなど", _TOWN),
    Entry("見つからなかったことば", "/staff/searches", "手続き一覧で探しても、見つからなかったことば", _TOWN),
    Entry(
        "窓口でのログインの救済",
        "/staff/recovery",
        "メールアドレスが使えなくなった方に、窓口でコードを渡す",
        _CHIEF,
    ),
)


@get("/staff/settings", who=Who.STAFF)
def settings():
    me = here().member
    entries = [one._replace(path=one.path.format(town=me.town)) for one in _ENTRIES if me.role in one.roles]
    return page("staff/settings/list.html", entries=entries, steps=setup_steps.steps(me))
