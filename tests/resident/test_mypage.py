"""マイページ: the ways through it, the search of the history, the mails, what is told on its front."""

from __future__ import annotations

import pytest
from cast_acts import sent, write

import clock
import models
from models import MailState, OutboxMail
from rules.records import mail, numbering

PASSWORD = "nagisa-no-machi-7"


@pytest.fixture
def keiko(browser, cast):
    return browser(cast.keiko)


def search(opened, **fields):
    opened.visit("/mypage/history")
    opened.fill(**{("from" if name == "since" else name): value for name, value in fields.items()})
    form = next(f for f in opened.page.forms.values() if "words" in f.fields)
    opened.page = form.submit(expect_errors=True)
    return opened.page


def test_the_ways_through_it(keiko, cast):
    """screens.md: each link leads to a page that holds the next links."""
    keiko.visit("/mypage")
    assert keiko.shows("利用者メニュー", "利用者情報の照会・変更", "届いたメール")
    saved = keiko.page.click("保存した手続き・判定結果の照会")
    assert "判定結果一覧" in saved.text and "保存した手続き一覧" in saved.click("保存した手続き一覧").text
    past = keiko.page.click("申請履歴・委任状の確認").click("申請履歴一覧・検索")
    assert "まだ申請はありません" in past.text
    assert "まだメールはありません" in keiko.page.click("届いたメール").text


def test_the_history_is_searched(keiko, cast):
    """R-6.1: number, procedure, state and period; said again in words; all can be dropped."""
    with clock.at("2025-06-01T09:00:00"):
        old = sent(cast.dogs, cast.keiko)
    new = sent(cast.dogs, cast.keiko)
    shown = search(keiko, words=numbering.grouped(old.number))
    assert numbering.grouped(old.number) in shown.text and numbering.grouped(new.number) not in shown.text
    shown = search(keiko, procedure=str(cast.dogs.id), state="SUBMITTED", since="R7.6.1", to="令和7年6月1日")
    assert f'<a href="/applications/{old.id}"' in shown.text and f'<a href="/applications/{new.id}"' not in shown.text
    for words in ("手続き「犬の登録申請」", "状態「受付済み」", "令和7年（2025年）6月1日から", "<strong>1件</strong>"):
        assert words in shown.text, words
    assert f'<a href="/applications/{new.id}"' in shown.click("条件をすべて消す").text
    shown = search(keiko, state="REJECTED")
    assert "見つかりませんでした" in shown.text


@pytest.mark.parametrize("typed", ["きのう", "2026-13-40", "平成40年1月1日", "99999999"])
def test_a_wrong_date_is_said_beside_the_field(keiko, cast, typed):
    """R-6.1: the other conditions still hold, the date stays to be mended."""
    done = sent(cast.dogs, cast.keiko)
    shown = search(keiko, to=typed, words="犬")
    assert shown.status_int == 422
    assert 'id="q-to-error"' in shown.text and 'href="#q-to"' in shown.text and f'value="{typed}"' in shown.text
    assert f'<a href="/applications/{done.id}"' in shown.text
    assert "「犬」の条件で探しました" in shown.text


def test_a_period_that_ends_before_it_begins(keiko, cast):
    """R-6.1: said beside the field, not only by finding nothing."""
    sent(cast.dogs, cast.keiko)
    shown = search(keiko, since="2026-11-25", to="2026-11-24")
    assert shown.status_int == 422 and "より後の日か、同じ日" in shown.html.find(id="q-to-error").text
    assert search(keiko, since="2026-11-24", to="2026-11-24").status_int == 200


def test_conditions_go_with_the_pages(keiko, cast):
    for _ in range(21):
        sent(cast.dogs, cast.keiko)
    shown = search(keiko, words="犬", state="SUBMITTED", since="2026-11-24")
    following = shown.click("次のページ")
    for part in ("state=SUBMITTED", "from=2026-11-24", "page=2"):
        assert part in following.request.path_qs
    assert following.text.count("<tr>") == 2 and "21件のうち 21〜21件目" in following.text


def test_others_procedures_and_odd_conditions_are_left_out(keiko, cast):
    sent(cast.dogs, cast.ken)
    keiko.visit(f"/mypage/history?procedure={cast.dogs.id}&state=DRAFT&page=9")
    assert keiko.page.status_int == 200 and not keiko.shows("犬の登録申請")


def test_the_mails_are_read_in_mypage(keiko, cast, browser):
    """Issue 3.4: a copy of every mail, with its application; nobody else's."""
    done = sent(cast.dogs, cast.keiko)
    keiko.visit("/mypage")
    keiko.page = keiko.page.click("届いたメール")
    assert keiko.shows("受付のお知らせ", "送信待ち", cast.keiko.email)
    keiko.page = keiko.page.click("受付のお知らせ")
    assert keiko.shows("まもなく送ります", "浜口 恵子 様")
    path = keiko.page.request.path
    keiko.page = keiko.page.click(numbering.grouped(done.number), index=0)
    assert keiko.page.request.path == f"/applications/{done.id}"
    assert browser(cast.ken).visit(path).status_int == 404
    assert browser().visit(path).request.path == "/login"


def test_a_mail_that_was_not_sent_is_told_on_the_front(keiko, cast):
    sent(cast.dogs, cast.keiko)
    keiko.visit("/mypage")
    assert not keiko.shows("送れなかったメール") and not keiko.shows("メールが遅れています")
    with clock.at("2026-11-24T10:11:00"):
        keiko.visit("/mypage")
        assert keiko.shows("メールが遅れています")
    with models.transaction():
        OutboxMail.update(state=MailState.FAILED).execute()
    keiko.visit("/mypage")
    assert keiko.shows("送れなかったメールがあります")
    keiko.page = keiko.page.click("届いたメール", index=0).click("受付のお知らせ")
    assert keiko.shows("送れませんでした", "利用者情報の照会・変更")


def test_a_code_is_never_shown_again(keiko, cast):
    with models.transaction():
        code = mail.queue(
            "sign_up_code", to=cast.keiko.email, resident=cast.keiko, has_code=True, code="482913", minutes=30
        )
    keiko.visit("/mypage/mails")
    assert keiko.shows("まだメールはありません")
    assert keiko.visit(f"/mypage/mails/{code.id}").status_int == 404


def test_what_goes_soon_stands_on_the_front(keiko, cast):
    """R-3.3"""
    write(cast.dogs, cast.keiko)
    keiko.visit("/mypage")
    assert keiko.shows("していただくことはありません", "12月24日（木）まで")
    with clock.at("2026-12-22T09:00:00"):
        keiko.log_in(cast.keiko.email, PASSWORD)
        keiko.visit("/mypage")
        assert keiko.shows("あと2日", "まだ申請されていません", "12月24日（木）の終わり")
        assert not keiko.shows("していただくことはありません")
    with clock.at("2026-12-25T00:00:00"):
        keiko.log_in(cast.keiko.email, PASSWORD)
        keiko.visit("/mypage")
        assert not keiko.shows("保存中")


def test_the_last_login_is_shown(keiko, cast):
    """R-1.9"""
    with clock.at("2026-11-24T10:20:00"):
        keiko.log_in(cast.keiko.email, PASSWORD)
        keiko.visit("/mypage")
        assert keiko.shows("前回のログイン：2026年11月24日（火）10時00分")
