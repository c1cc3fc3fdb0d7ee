"""手続き判定 for staff: who may write, what the lint says beside the text, publishing, two windows."""

from __future__ import annotations

import re

import pytest
from cast_acts import as_staff

import demo
import models
from models import AuditEntry, Guide
from rules.guides import guide

MOVING = (demo.STARTER / "guides" / "moving.txt").read_text(encoding="utf-8")
BROKEN = MOVING.replace("文：どのような引越しですか\n", "").replace(
    "出すとき：種類＝転居\n", "出すとき：種類＝引越し\n"
)


@pytest.fixture
def moving(cast) -> Guide:
    return guide.load(cast.town, "moving", MOVING)


@pytest.fixture
def chief(browser, cast):
    return browser(cast.administrator)


def path(row: Guide, rest: str = "") -> str:
    return f"/staff/guides/{row.id}{rest}"


def fresh(row: Guide) -> Guide:
    return Guide.get_by_id(row.id)


def test_the_list_says_how_each_stands(chief, moving):
    """R-7.4: questionnaires are edited in the browser."""
    chief.visit("/staff/settings")
    chief.page = chief.page.click("手続き判定")
    assert chief.shows("引越しの手続き", "公開中", "（ファイルから）")
    chief.page = chief.page.click("引越しの手続き")
    chief.fill(text=MOVING + "# 直した\n")
    chief.press("保存する")
    assert chief.visit("/staff/guides").text.count("公開中・下書きあり") == 1 and chief.shows("町野 一郎")
    assert fresh(moving).published_text == MOVING


def test_the_text_is_shown_and_handed_out_exactly(chief, moving):
    """R-2.7: what a window sends back and what the file holds are the text, character by character."""
    chief.visit(path(moving))
    assert next(form for form in chief.page.forms.values() if "text" in form.fields)["text"].value == MOVING
    odd = "\n\n題名：𠮷﨑<b>&amp;\n\n"
    chief.fill(text=odd)
    chief.press("保存する")
    form = next(form for form in chief.page.forms.values() if "text" in form.fields)
    assert fresh(moving).text == odd and form["text"].value.replace("\r\n", "\n").strip("\n") == odd.strip("\n")
    chief.press("保存する")
    assert fresh(moving).text.strip("\n") == odd.strip("\n")
    answer = chief.get(path(moving, "/text"))
    assert answer.body == fresh(moving).text.encode("utf-8")
    assert 'filename="moving.txt"' in answer.headers["Content-Disposition"]


def test_checking_tells_of_every_line_and_keeps_nothing(chief, moving):
    """R-2.7: each fault with its line and the line's text, what was typed still there."""
    chief.visit(path(moving))
    chief.fill(text=BROKEN)
    chief.press("確かめる")
    rows = [row.get_text(" ", strip=True) for row in chief.page.html.tbody.find_all("tr")]
    assert any("「文：」がありません" in row and "質問：種類" in row and "行目" in row for row in rows)
    assert any("選択肢「引越し」がありません" in row and "種類＝引越し" in row for row in rows)
    assert chief.shows("まだ保存していません")
    assert next(f for f in chief.page.forms.values() if "text" in f.fields)["text"].value.replace("\r", "") == BROKEN
    assert fresh(moving).text == MOVING
    chief.fill(text=MOVING)
    chief.press("確かめる")
    assert chief.shows("気になるところ"), "this town has not all of the procedures"


def test_enter_checks_and_does_not_publish(chief, moving):
    chief.visit(path(moving))
    form = next(form for form in chief.page.forms.values() if "text" in form.fields)
    form["text"] = MOVING + "# x\n"
    form.submit()
    assert fresh(moving).text == MOVING


def test_a_faulty_text_is_saved_but_not_published(chief, browser, moving):
    chief.visit(path(moving))
    chief.fill(text=BROKEN)
    chief.press("公開する")
    assert chief.page.status_int == 422 and chief.shows("公開できません", "選択肢「引越し」がありません")
    chief.press("保存する")
    assert (fresh(moving).text, fresh(moving).published_text) == (BROKEN, MOVING)
    assert "保存した文を試す" not in chief.page.text
    assert browser().visit(f"/guides/{moving.id}/questions").html.legend.text == "どのような引越しですか"
    chief.page = chief.page.click("元に戻す")
    chief.press("元に戻す")
    assert fresh(moving).text == MOVING


def test_publishing_changes_what_residents_see(chief, browser, moving):
    """R-7.4: without a restart."""
    chief.visit(path(moving))
    chief.fill(text=MOVING.replace("題名：引越しの手続き", "題名：引っ越すときの手続き"))
    chief.press("公開する")
    assert browser().visit(f"/guides/{moving.id}").html.h1.text == "引っ越すときの手続き"
    acts = [row.act for row in AuditEntry.select().order_by(AuditEntry.id)]
    assert "guide_published" in acts
    assert chief.visit("/staff/audit").text.count("手続き判定を公開した") == 1


def test_two_windows_never_overwrite_each_other(chief, browser, cast, moving):
    """R-7.3 R-2.7: the later is refused once, shown who changed what and when; pressed again, it is meant."""
    other = browser(cast.administrator)
    chief.visit(path(moving))
    other.visit(path(moving))
    chief.fill(text=MOVING + "# 先の職員\n")
    chief.press("保存する")
    other.fill(text=MOVING + "# 後の職員\n")
    other.press("公開する")
    assert other.page.status_int == 422
    assert other.shows("先にこの判定を保存した", "2026年11月24日（火）10時00分　町野 一郎", "# 後の職員")
    lines = [row.get_text("|", strip=True) for row in other.page.html.select(".panel-attention tbody tr")]
    last = len(MOVING.split("\n"))
    assert lines == [f"いまの文だけ|{last}行目|# 先の職員", f"あなたの文だけ|{last}行目|# 後の職員"]
    assert (fresh(moving).text, fresh(moving).published_text) == (MOVING + "# 先の職員\n", MOVING)
    chief.visit(path(moving))
    chief.fill(text=MOVING + "# その間に\n")
    chief.press("保存する")
    other.press("保存する")
    assert other.page.status_int == 422 and other.shows("# その間に")
    other.press("保存する")
    assert other.page.status_int == 200 and fresh(moving).text == MOVING + "# 後の職員\n"
    other.press("確かめる")
    assert not other.shows("ほかの職員が、先に変えました")


def test_deleting_asks_first(chief, browser, moving):
    chief.visit(path(moving))
    chief.page = chief.page.click("この判定を削除する")
    assert fresh(moving).closed_at is None
    chief.press("判定を削除する")
    assert chief.page.request.path == "/staff/guides" and not chief.shows("引越しの手続き")
    assert browser().get(f"/guides/{moving.id}", expect_errors=True).status_int == 404


@pytest.mark.parametrize(("act", "button"), [("close", "判定を削除する"), ("revert", "元に戻す")])
def test_what_was_never_shown_is_not_thrown_away(chief, browser, cast, moving, act, button):
    """R-7.3: however often it is pressed, until the page is opened anew; nothing is said of a text it has not."""
    guide.keep_draft(fresh(moving), as_staff(cast.administrator), 0, MOVING + "# 下書き\n")
    chief.visit(path(moving, f"/{act}"))
    guide.keep_draft(fresh(moving), as_staff(cast.administrator), 1, MOVING + "# 先の職員\n")
    for _ in range(2):
        chief.press(button)
        assert chief.page.status_int == 422 and chief.shows("まだ何も変えていません") and not chief.shows("下に残って")
        assert (fresh(moving).text, fresh(moving).closed_at) == (MOVING + "# 先の職員\n", None)
    chief.visit(path(moving, f"/{act}"))
    chief.press(button)
    assert fresh(moving).text == MOVING or fresh(moving).closed_at is not None


def test_a_new_guide_is_written_tried_and_published(chief, browser, cast):
    """R-7.4: from the empty text to what residents see."""
    chief.visit("/staff/guides")
    chief.page = chief.page.click("新しい判定を作る")
    assert chief.shows("まだ保存していません", "題名：新しい判定") and not Guide.select().exists()
    chief.fill(text=guide.TEMPLATE.replace("題名：", "題："))
    for button in ("確かめる", "公開する"):
        chief.press(button)
        assert chief.shows("「題名：」がありません") and not Guide.select().exists()
    chief.fill(text=guide.TEMPLATE)
    form = next(form for form in chief.page.forms.values() if "text" in form.fields)
    assert form.submit("act_save").headers["Location"] == form.submit("act_save").headers["Location"]
    form["text"] = guide.TEMPLATE + "# 戻って書き足した\n"
    again = form.submit("act_save")
    assert again.status_int == 422 and "もう保存してあります" in again.text and "# 戻って" in again.text
    form["text"] = guide.TEMPLATE
    chief.press("保存する")
    assert chief.shows("まだ公開していません", "題名：新しい判定")
    row = Guide.get()
    chief.page = chief.page.click("保存した文を試す")
    form = next(form for form in chief.page.forms.values() if "choice" in form.fields)
    assert form.submit("act_next").status_int == 422
    form["choice"] = "2"
    chief.page = form.submit("act_next").follow()
    assert chief.shows("手続きの名前", "持ち物のまとめ", "ふたつめの答え")
    assert browser().get(f"/guides/{row.id}", expect_errors=True).status_int == 404
    chief.visit(path(row))
    chief.press("公開する")
    assert browser().visit(f"/towns/{cast.town.code}/guides").text.count("新しい判定") == 1


def test_clerks_read_and_do_not_write(browser, cast, moving):
    """R-7.1: guides are read by clerks, written by town administrators, nobody else's business."""
    clerk = browser(cast.clerk)
    clerk.visit(path(moving))
    assert clerk.shows("題名：引越しの手続き") and not clerk.shows("公開する")
    token = next(form["csrf"].value for form in clerk.page.forms.values() if "csrf" in form.fields)
    for rest in ("", "/revert", "/close"):
        clerk.post(path(moving, rest), {"csrf": token, "revision": "0", "text": "x", "act_save": "1"}, status=404)
    clerk.post("/staff/guides/new", {"csrf": token, "text": "x", "act_save": "1"}, status=404)
    assert clerk.get("/staff/guides/new").status_int == 404
    assert (fresh(moving).text, fresh(moving).closed_at, Guide.select().count()) == (MOVING, None, 1)
    clerk.visit(path(moving, "/preview"))
    assert clerk.shows("どのような引越しですか")
    for who in (cast.foreign_clerk, cast.system):
        other = browser(who)
        for rest in ("", "/text", "/preview"):
            assert other.get(path(moving, rest), expect_errors=True).status_int == 404


def test_a_large_text_is_refused_with_a_sentence(chief, moving):
    chief.visit(path(moving))
    chief.fill(text="あ" * 100_001)
    for button in ("確かめる", "保存する", "公開する"):
        chief.press(button)
        assert chief.shows("100,000字まで")
    assert fresh(moving).text == MOVING


def test_a_form_without_a_revision_fits_none(chief, moving):
    chief.visit(path(moving))
    form = next(form for form in chief.page.forms.values() if "text" in form.fields)
    form["revision"].force_value("x")
    form["text"] = "x"
    assert form.submit("act_save").status_int == 422 and fresh(moving).text == MOVING


def test_the_list_does_not_ask_per_row(chief, cast, moving, monkeypatch):
    seen: list[str] = []
    ask = models.database.execute_sql
    monkeypatch.setattr(
        models.database, "execute_sql", lambda sql, params=None: (seen.append(sql), ask(sql, params))[1]
    )
    chief.visit("/staff/guides")
    seen.clear()
    chief.visit("/staff/guides")
    few = len(seen)
    for number in range(5):
        guide.load(cast.town, f"more-{number}", MOVING)
    seen.clear()
    chief.visit("/staff/guides")
    assert len(seen) == few


def test_how_the_text_is_written_is_on_screen(browser, cast, moving):
    """R-7.4: docs/guide-format.md, every heading, table and sample of it, beside the text."""
    clerk = browser(cast.clerk)
    clerk.visit(path(moving))
    clerk.page = clerk.page.click("文の書き方を見る")
    page, source = clerk.page, (demo.config.PROGRAM / "docs" / "guide-format.md").read_text(encoding="utf-8")
    assert page.html.h1.text == "手続き判定の文の書き方"
    assert [h2.text for h2 in page.html.select("h2") if f"## {h2.text}\n" in source] == re.findall(
        "^## (.+)$", source, re.MULTILINE
    )
    assert "質問：できごと\n文：どのようなことがありましたか" in page.html.pre.text.replace("\r", "")
    assert len(page.html.find_all("table")) == source.count("|---|---|")
    cells = [td.get_text(strip=True) for td in page.html.select("td")]
    assert "聞くとき：" in cells and not any("`" in cell or "|" in cell for cell in cells)
    read = page.html.get_text()
    for line in source.splitlines():
        words = re.sub(r"^(#+ |- )|`", "", line).strip()
        assert line.startswith(("|", "```")) or words in read, line
