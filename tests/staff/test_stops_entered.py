"""停止の予定 as staff enter them."""

from __future__ import annotations

import pytest

import clock
from models import MaintenanceWindow

TIMES = {
    "from__year": "2026", "from__month": "11", "from__day": "27", "from_time": "20:00",
    "until__year": "2026", "until__month": "11", "until__day": "28", "until_time": "６時",
    "reason": "システムの点検のため",
}  # fmt: skip


def enter(opened, **changes) -> None:
    opened.visit("/staff/settings")
    opened.page = opened.page.click("停止の予定").click("停止を予定する")
    opened.fill(**{**TIMES, **changes})
    opened.press("確認する")
    if opened.page.status_int == 200:
        opened.press("予定に入れる")


def test_from_the_form_to_the_residents_pages(browser, cast):
    """R-8.1: entered by the town's administrator, told to residents, cancelled again."""
    chief, stranger = browser(cast.administrator), browser()
    enter(chief)
    words = "11月27日（金）20時00分〜11月28日（土）6時00分"
    assert chief.page.request.path == "/staff/stops" and chief.shows(words, "予定", "システムの点検")
    row = MaintenanceWindow.get()
    assert (row.town_id, row.reason, row.created_by_id) == (cast.town.id, "システムの点検", cast.administrator.id)
    stranger.visit("/")
    assert stranger.shows(words + "は、システムの点検のため")
    with clock.at("2026-11-27T20:00"):
        assert stranger.visit("/", expect_errors=True).status_int == 503
    chief.visit("/staff/stops")
    chief.page = chief.page.click("取り消す")
    assert chief.shows("停止の予定を取り消す", words, "システムの点検") and MaintenanceWindow.get().cancelled_at is None
    chief.press("取り消す")
    assert chief.shows("取消し", "いまのところ、予定はありません")
    stranger.visit("/")
    assert not stranger.shows("停止のお知らせ")


def test_pressing_twice_enters_once(browser, cast):
    """House rule 12: the second half of a double click lands on the list; another reason for the same hours is told."""
    chief = browser(cast.administrator)
    chief.visit("/staff/stops/new")
    chief.fill(**TIMES)
    chief.press("確認する")
    form = next(form for form in chief.page.forms.values() if "from_time" in form.fields)
    for _ in range(2):
        assert form.submit("act_announce").headers["Location"].endswith("/staff/stops")
    assert MaintenanceWindow.select().count() == 1
    enter(chief, reason="回線の工事")
    assert chief.page.status_int == 422 and chief.shows("もう予定に入っています（理由：システムの点検）")
    MaintenanceWindow.update(cancelled_at=clock.now()).execute()
    chief.press("確認する")
    chief.press("予定に入れる")
    enter(browser(cast.system), town="all")
    assert MaintenanceWindow.select().count() == 3
    enter(browser(cast.system), town="all")
    assert MaintenanceWindow.select().count() == 3


def test_ending_early(browser, cast):
    """R-8.1: residents come back at once."""
    enter(browser(cast.administrator))
    with clock.at("2026-11-27T21:00"):
        chief, stranger = browser(cast.administrator), browser()
        assert stranger.visit("/", expect_errors=True).status_int == 503
        chief.visit("/staff/stops")
        assert chief.shows("停止中")
        chief.page = chief.page.click("いま終わらせる")
        assert chief.shows("停止をいま終わらせる", "すぐに使えるようになります")
        stale = chief.page
        chief.press("いま終わらせる")
        assert chief.shows("終了", "いまのところ、予定はありません")
        assert stranger.visit("/").status_int == 200
        chief.page = stale
        chief.press("いま終わらせる")
        assert chief.page.status_int == 422 and chief.shows("もう終わったか、取り消されています")


def test_a_system_administrator_says_which_town(browser, cast):
    """R-8.1 R-8.4: every town, or one of them."""
    system = browser(cast.system)
    enter(system, town="")
    assert system.page.status_int == 422 and not MaintenanceWindow.select().exists()
    system.fill(town="all")
    system.press("確認する")
    assert system.shows("すべての市町村")
    system.press("予定に入れる")
    assert MaintenanceWindow.get().town_id is None and system.shows("すべての市町村")
    enter(system, town=str(cast.town.id))
    assert MaintenanceWindow.get_by_id(2).town_id == cast.town.id


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"until__day": "27"}, "終わりは、始まりより後にしてください"),
        ({"until__month": "12", "until__day": "5"}, "7日間まで"),
        ({"from__day": "23"}, "より前になっています"),
        ({"until_time": "25:00"}, "時刻は「20:00」か「20時00分」のように"),
        ({"from_time": ""}, "始まりの時刻を入力してください"),
        ({"from__day": "31"}, "1日から30日まで"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(browser, cast, changes, sentence):
    """House rule 7."""
    chief = browser(cast.administrator)
    enter(chief, **changes)
    assert chief.page.status_int == 422 and chief.shows(sentence, 'value="システムの点検のため"')
    assert not MaintenanceWindow.select().exists()


def test_clerks_read(browser, cast):
    """R-8.1: they see what is planned, and change nothing."""
    enter(browser(cast.administrator))
    clerk = browser(cast.clerk)
    clerk.visit("/staff/stops")
    assert clerk.shows("システムの点検") and not clerk.shows("停止を予定する") and not clerk.shows("取り消す")
    assert clerk.get("/staff/stops/new").status_int == 404
    assert "システムの点検" not in browser(cast.foreign_clerk).visit("/staff/stops").text


def test_what_would_be_entered_is_shown_first(browser, cast):
    """R-8.1: when, how far off and how long, and what residents will read; 「書き直す」 brings everything back."""
    chief = browser(cast.administrator)
    chief.visit("/staff/stops/new")
    chief.fill(**TIMES)
    chief.press("確認する")
    assert chief.shows("まだ予定に入れていません", "11月27日（金）20時00分〜11月28日（土）6時00分")
    assert chief.shows("いまから3日10時間後", "<dd>10時間</dd>", "朝凪町", "2026年11月24日（火）から")
    assert chief.shows("〜11月28日（土）6時00分は、システムの点検のため、この窓口をご利用になれません。</p>")
    assert not MaintenanceWindow.select().exists()
    chief.press("書き直す")
    form = next(form for form in chief.page.forms.values() if "from_time" in form.fields)
    assert (form["until_time"].value, form["reason"].value) == ("６時", "システムの点検のため")
    chief.press("確認する")
    chief.press("予定に入れる")
    row = MaintenanceWindow.get()
    for who in (cast.clerk, cast.foreign_clerk):
        assert browser(who).get(f"/staff/stops/{row.id}/cancel").status_int == 404
    with clock.at("2026-11-28T06:00"):
        assert browser(cast.administrator).visit(f"/staff/stops/{row.id}/cancel").request.path == "/staff/stops"
