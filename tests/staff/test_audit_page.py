"""操作ログ on screen: who may read which part of it."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from cast_acts import as_staff, sent

import clock
import demo
import models
from models import AuditEntry
from rules.guides import guide
from rules.records import audit, numbering
from rules.town import notice, page_text, stop


@pytest.fixture
def looked_at(browser, cast):
    """An application at which a clerk and the administrator looked."""
    row = sent(cast.dogs, cast.keiko)
    for who in (cast.clerk, cast.administrator):
        browser(who).visit(f"/staff/applications/{row.id}")
    return row


def rows(page) -> list[str]:
    body = page.html.find("tbody")
    return [row.get_text("|", strip=True) for row in body.find_all("tr")] if body else []


def test_clerks_see_their_own_acts(browser, cast, looked_at):
    """R-7.8: in words, with the number as a link; the newest first."""
    clerk = browser(cast.clerk)
    page = clerk.visit("/staff/audit")
    assert page.html.h1.text == "操作ログ"
    number = numbering.grouped(looked_at.number)
    login, look, first_login = rows(page)
    assert look == f"2026年11月24日（火）10時00分|三浦 直樹|申請を見た|{number}"
    assert login == first_login == "2026年11月24日（火）10時00分|三浦 直樹|ログインした"
    assert page.click(number).html.h1.text == "犬の登録申請"


def test_moves_are_said_in_words(browser, cast, looked_at):
    """R-7.8."""
    clerk = browser(cast.clerk)
    clerk.visit(f"/staff/applications/{looked_at.id}")
    clerk.press("審査を開始する")
    assert "申請を処理した：審査を始めました" in rows(clerk.visit("/staff/audit"))[1]


def test_an_administrator_sees_the_town(browser, cast, looked_at):
    """R-7.1, R-8.4: everybody's acts in the town, none of another town's."""
    browser(cast.foreign_clerk)
    text = "".join(rows(browser(cast.administrator).visit("/staff/audit")))
    assert "三浦 直樹|申請を見た" in text and "町野 一郎|申請を見た" in text and "町野 一郎|ログインした" in text
    assert "夕田 花" not in text


def test_a_system_administrator_sees_all_without_contents(browser, cast, looked_at):
    """R-7.1: every town, no link into an application."""
    browser(cast.foreign_clerk)
    page = browser(cast.system).visit("/staff/audit")
    text = "".join(rows(page))
    assert "三浦 直樹|申請を見た" in text and "夕田 花|ログインした" in text and "朝凪町" in text
    assert "/staff/applications/" not in page.text


def test_filter_by_day(browser, cast, looked_at):
    """R-7.8: one day, in 和暦 too; a wrong one is said."""
    with clock.at("2026-11-25T09:00:00+09:00"):
        clerk = browser(cast.clerk)
        clerk.visit(f"/staff/applications/{looked_at.id}")
        assert len(rows(clerk.visit("/staff/audit"))) == 4
        assert len(rows(clerk.get("/staff/audit", params={"day": "令和8年11月24日"}))) == 2
        assert rows(clerk.get("/staff/audit", params={"day": "2026-11-20"})) == []
        assert clerk.get("/staff/audit", params={"day": "きょう"}).status_int == 422


def test_pages_of_fifty(browser, cast, looked_at):
    """R-7.8."""
    clerk = browser(cast.clerk)
    for _ in range(51):
        AuditEntry.insert(
            at=clock.now(), day=clock.today(), town=cast.town.id, staff=cast.clerk.id, act="note_added", detail={}
        ).execute()
    page = clerk.visit("/staff/audit")
    assert len(rows(page)) == 50 and "1〜50件目" in page.text
    page = page.click("次のページ")
    assert len(rows(page)) == 4 and "51〜54件目" in page.text


def test_every_act_that_is_recorded_has_words():
    """R-7.8: no bare identifiers on the screen."""
    root = Path(audit.__file__).parent
    used = set()
    for path in root.glob("*.py"):
        used |= set(re.findall(r'audit\.record\(\s*"([a-z_]+)"', path.read_text(encoding="utf-8")))
    used |= {"application_moved", "application_transferred", "application_viewed", "application_printed"}
    assert used <= set(audit.LABELS), used - set(audit.LABELS)


def test_what_was_acted_on_is_named(browser, cast):
    """R-7.8: notices, guides, stops, pages and procedures by name, people by number, facts in words."""
    me = as_staff(cast.administrator)
    values = {"title": "断水", "body": "x", "shown_from": clock.now(), "shown_until": None, "mail_to": "none"}
    notice.publish(me, values)
    row = guide.load(cast.town, "dogs", (demo.STARTER / "guides" / "moving.txt").read_text(encoding="utf-8"))
    guide.close(row, me, row.revision)
    starts = clock.now() + timedelta(days=3)
    stop.announce(me, town=cast.town.id, starts=starts, ends=starts + timedelta(hours=2), reason="点検")
    page_text.write(me, "faq", "よくある質問です。", 0)
    audit.record("recovery_issued", staff=me, resident=cast.keiko.id, facts=["id_card", "telephone"])
    audit.record("account_closed", town=cast.town.id, resident=cast.keiko.id)
    audit.record("notice_mailed", town=cast.town.id, notice=999, mails=3)
    text = "\n".join(rows(browser(cast.administrator).visit("/staff/audit")))
    for words in (
        "お知らせを書いた：断水",
        "手続き判定を削除した：引越しの手続き",
        "停止を予定した：11月27日（金）10時00分〜12時00分",
        "ページの文を変えた：よくある質問",
        f"窓口の救済のコードを発行した：利用者番号{cast.keiko.id}、氏名と、顔写真のある本人確認書類、電話番号",
        f"利用者|退会した：利用者番号{cast.keiko.id}",
        "自動の処理|お知らせメールを送り出した",
        "サーバーでの操作|職員を登録した：三浦 直樹",
    ):
        assert words in text, words
    assert "浜口" not in text and "記録なし" not in text


def test_names_are_not_asked_for_per_entry(browser, cast, monkeypatch):
    """R-7.8: one query for each kind, however many entries."""
    for number in range(20):
        values = {"title": f"{number}番", "body": "x", "shown_from": clock.now(), "shown_until": None}
        notice.publish(as_staff(cast.administrator), values | {"mail_to": "none"})
    chief = browser(cast.administrator)
    seen: list[str] = []
    ask = models.database.execute_sql
    monkeypatch.setattr(
        models.database, "execute_sql", lambda sql, params=None: (seen.append(sql), ask(sql, params))[1]
    )
    assert "19番" in chief.visit("/staff/audit").text
    assert sum('"notice"' in sql for sql in seen) == 1
