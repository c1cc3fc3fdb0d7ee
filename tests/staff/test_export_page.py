"""受付箱 > CSV: chosen by tick boxes, handed out as a file, told before anything is lost."""

from __future__ import annotations

import pytest
from cast_acts import sent

from models import AuditEntry


@pytest.fixture
def clerk(browser, cast):
    sent(cast.dogs, cast.keiko, dog_name="𠮷ポチ")
    opened = browser(cast.clerk)
    opened.visit("/staff/")
    opened.page = opened.page.click("申請の一覧をCSVで取り出す")
    opened.page = opened.page.click("犬の登録申請")
    return opened


def choose(opened, **chosen: object):
    """Tick these values of each list and no others."""
    form = next(form for form in opened.page.forms.values() if "charset" in form.fields)
    for name, values in chosen.items():
        for box in form.fields[name]:
            box.checked = box._value in values
    return form


def test_a_file_is_handed_out(clerk):
    """R-7.6: UTF-8 with BOM, as a download."""
    answer = choose(clerk, about=["number"], asked=["dog_name"]).submit("act_make")
    assert answer.status_int == 200 and answer.content_type == "text/csv"
    assert "dog-registration-20261124.csv" in answer.headers["Content-Disposition"]
    assert answer.body.decode("utf-8-sig").splitlines()[0] == "申込番号,犬の名前"
    assert "𠮷ポチ" in answer.body.decode("utf-8-sig")


def test_what_shift_jis_lacks_is_told_first(clerk):
    """Never lost silently: counted and listed, then 〓 or UTF-8."""
    form = choose(clerk, about=["number"], asked=["dog_name"])
    form["charset"] = "cp932"
    clerk.page = form.submit("act_make")
    assert clerk.shows("Shift_JISにない文字があります", "1種類、1か所", "U+20BB7", "このまま作る（〓に置きかえる）")
    assert not AuditEntry.select().where(AuditEntry.act == "applications_exported").exists()
    form = next(form for form in clerk.page.forms.values() if "charset" in form.fields)
    assert "〓ポチ" in form.submit("act_lossy").body.decode("cp932")
    whole = form.submit("act_utf8").body.decode("utf-8-sig")
    assert "𠮷ポチ" in whole and whole.startswith("申込番号,犬の名前\r\n")


def test_what_will_not_do_is_said_beside_it(clerk):
    clerk.page = choose(clerk, about=[], asked=[]).submit("act_make", status=422)
    assert clerk.shows("列を1つ以上選んでください")
    form = choose(clerk, about=["number"])
    for name, value in (("since.year", "2026"), ("since.month", "11"), ("since.day", "20"),
                        ("until.year", "2026"), ("until.month", "11"), ("until.day", "1")):  # fmt: skip
        form[name] = value
    clerk.page = form.submit("act_make", status=422)
    assert clerk.shows("受付日（から）より後の日")
    form["until.day"] = "21"
    clerk.page = form.submit("act_make", status=422)
    assert clerk.shows("当てはまる申請は、ありません")


def test_it_is_for_the_own_divisions(browser, cast, clerk):
    path = clerk.page.request.path
    for stranger in (cast.other_clerk, cast.foreign_clerk):
        opened = browser(stranger)
        assert opened.get(path, expect_errors=True).status_int == 404
        opened.visit("/staff/export")
        assert not opened.shows("犬の登録申請")
    assert browser(cast.administrator).get(path).status_int == 200


def test_procedures_with_applications_come_first(browser, cast):
    """R-7.6: of a whole library those stand on top that there is something of, with how many."""
    sent(cast.dogs, cast.keiko)
    opened = browser(cast.clerk)
    opened.visit("/staff/export")
    heads = [head.text for head in opened.page.html.find_all("h2")]
    assert heads == ["申請のある手続き", "まだ申請のない手続き"]
    assert opened.page.html.select_one("ul.rows li").text.strip() == "犬の登録申請　1件"
