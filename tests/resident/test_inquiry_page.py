"""申請状況の照会: an application without an account, from the done page to the end, on any browser (R-3.5)."""

from __future__ import annotations

import re

import pytest
from cast_acts import as_staff, sent
from visitor_acts import DOG_ANSWERS, STRANGER, give_back, open_dogs, sent_openly

import clock
from models import Application, Message, OutboxMail, Status
from rules.applications import application, inquiry_code, message
from rules.records import numbering


@pytest.fixture
def row(cast) -> Application:
    return sent_openly(open_dogs(cast))


def path(row: Application, rest: str = "") -> str:
    return f"/applications/{row.id}{rest}"


def is_closed(opened, row: Application, rest: str = "") -> bool:
    """Whether it answers a stranger as any other application does: with the login."""
    return opened.visit(path(row, rest)).request.path == "/login" and opened.shows("申請状況の照会")


def inquire(opened, row: Application, code: str | None = None):
    opened.visit("/inquiry")
    opened.fill(number=numbering.grouped(row.number), code=code or inquiry_code.grouped(inquiry_code.of(row)))
    return opened.press("照会する")


def test_from_the_done_page_to_the_state(browser, cast):
    """R-3.5: number and code on the done page and on the 受付票; no mail, no history; the code is in no address."""
    wanted = open_dogs(cast)
    opened = browser()
    opened.visit(f"/procedures/{wanted.id}")
    opened.press("申請する")
    name, address = DOG_ANSWERS["name"], DOG_ANSWERS["address"]
    opened.fill(
        **{f"name__{key}": value for key, value in name.items()},
        **{f"address__{key}": value for key, value in address.items()},
        telephone=DOG_ANSWERS["telephone"],
    )
    opened.press("次へ進む")
    for key in ("dog_name", "breed", "color", "sex", "vaccination"):
        opened.fill(**{key: DOG_ANSWERS[key]})
    for key in ("dog_birth_date", "acquired_on"):
        opened.fill(**{f"{key}__{part}": value for part, value in DOG_ANSWERS[key].items()})
    opened.press("次へ進む")
    opened.press("この内容で申請する")
    row = Application.get()
    code = inquiry_code.grouped(inquiry_code.of(row))
    assert opened.shows("申請を受け付けました", numbering.grouped(row.number), "照会コード", code, "12月1日（火）ごろ")
    assert opened.shows("もう一度お出しすることができません")
    assert not OutboxMail.select().where(OutboxMail.kind == "received").exists()
    assert opened.page.click("受付票を印刷する").text.count(code) == 1
    other = browser()
    inquire(other, row)
    assert other.page.request.path == path(row) and not other.page.request.query_string
    assert other.page.html.h1.text == "申請内容照会" and other.shows("受付済み", "ポチ")
    assert code not in other.page.text and "マイページ" not in other.page.html.find(class_="crumbs").text


def test_the_labels_are_the_agreed_ones(browser):
    page = browser().visit("/inquiry")
    for label in ("申込番号", "照会コード"):
        assert page.html.find("label", string=label)
    assert page.html.find("input", type="submit", value="照会する") and page.html.h1.text == "申請状況の照会"


def test_a_wrong_pair(browser, cast, row):
    """R-3.5: one sentence for all cases, 422, what was typed is there."""
    opened, mine = browser(), sent(cast.dogs, cast.keiko)
    told = set()
    for number, code in ((row.number, "2222222222"), ("1111", "x"), (mine.number, "ABCDEFGHJK")):
        opened.visit("/inquiry")
        opened.fill(number=number, code=code)
        assert opened.press("照会する").status_int == 422
        assert opened.shows(f'value="{number}"', f'value="{code}"')
        told.add(opened.page.html.find(class_="errors").get_text(strip=True))
    assert len(told) == 1


def test_guessing_ends(browser, row):
    """R-3.5: thirty failures from one address."""
    opened = browser()
    opened.visit("/inquiry")
    for _ in range(30):
        opened.fill(number="なまえ", code="x")
        opened.press("照会する")
    inquire(opened, row)
    assert opened.page.status_int == 422 and opened.shows("10分ほど待って")
    assert inquire(browser(REMOTE_ADDR="192.0.2.2"), row).request.path == path(row)


def test_only_on_the_browser_that_proved_it_last(browser, row):
    """R-3.5."""
    first, second = browser(), browser()
    inquire(first, row)
    inquire(second, row)
    assert second.visit(path(row)).status_int == 200
    for rest in ("", "/receipt", "/withdraw", "/done"):
        assert is_closed(first, row, rest), rest
    assert is_closed(browser(), row)


def test_one_code_never_opens_another(browser, cast, row):
    """R-3.5."""
    opened, other = browser(), sent_openly(open_dogs(cast))
    inquire(opened, row)
    assert is_closed(opened, other)
    assert inquire(opened, other, inquiry_code.of(row)).status_int == 422


def test_after_half_an_hour_it_is_asked_for_again(browser, row):
    """R-3.5: a computer that others use, too."""
    opened = browser()
    inquire(opened, row)
    with clock.at("2026-11-24T10:31:00"):
        assert is_closed(opened, row)
        assert inquire(opened, row).request.path == path(row)


def test_ending_it_on_a_shared_computer(browser, row):
    """R-3.5."""
    opened = browser()
    inquire(opened, row)
    opened.press("照会を終わる")
    assert opened.shows("照会を終わりました")
    assert is_closed(opened, row)
    assert inquire(opened, row).status_int == 200


def test_returned_corrected_and_sent_again(browser, cast, row):
    """R-3.5 R-6.2: under the same number and code, with 「保存してあとで申請する」 on the way."""
    give_back(row, cast, dog_name="鑑札と違います。")
    opened = browser()
    inquire(opened, row)
    assert opened.shows("直していただきたいところがあります", "鑑札と違います。")
    opened.press("修正して再申請する")
    opened.fill(dog_name="ハチ")
    opened.press("保存してあとで申請する")
    assert opened.page.request.path == path(row) and opened.shows("まだ送っていません")
    opened.press("修正して再申請する")
    opened.press("次へ進む")
    opened.press("この内容で申請する")
    assert opened.shows(numbering.grouped(row.number), inquiry_code.grouped(inquiry_code.of(row)))
    assert opened.visit(path(row, "/compare")).text.count("直した") and opened.shows("ポチ", "ハチ")
    assert Application.get_by_id(row.id).status == Status.SUBMITTED


def test_withdrawn(browser, row):
    """R-3.5 R-6.3."""
    opened = browser()
    inquire(opened, row)
    opened.press("取り下げる")
    opened.fill(reason="犬をゆずったため")
    opened.press("取り下げる")
    assert opened.shows("この申請は取り下げられました。")
    assert Application.get_by_id(row.id).status == Status.WITHDRAWN
    assert {mail.kind for mail in OutboxMail.select()} == {"division_arrival", "division_withdrawn"}


def test_messages_and_where_to_read_the_answer(browser, cast, row):
    """R-3.5 R-6.9: no mail, so the page says to look again."""
    opened = browser()
    inquire(opened, row)
    assert opened.shows("メールでは届きません")
    opened.fill(text="いつごろですか。")
    opened.press("メッセージを送る")
    message.answer(row, as_staff(cast.clerk), "来週です。", Message.get().id)
    assert "来週です。" in opened.visit(path(row)).text


def test_the_result_for_the_counter(browser, cast, row):
    """R-6.4."""
    clerk = as_staff(cast.clerk)
    application.start_review(row, clerk, row.revision)
    application.approve(row, clerk, row.revision, remarks="鑑札は窓口でお渡しします。")
    opened = browser()
    inquire(opened, row)
    assert "鑑札は窓口でお渡しします。" in opened.page.click("結果を印刷する").text


def test_a_signed_in_resident(browser, cast, row):
    """R-3.5: may look it up, and finds it in no list; who is signed in elsewhere does not see it."""
    keiko = browser(cast.keiko)
    inquire(keiko, row)
    assert keiko.page.request.path == path(row) and keiko.shows("受付済み", "照会を終わる")
    assert not keiko.shows("前回の申請を写す")
    for place in ("/mypage", "/mypage/history", "/mypage/drafts"):
        assert numbering.grouped(row.number) not in keiko.visit(place).text, place
    assert browser(cast.ken).visit(path(row)).status_int == 404
    keiko.visit("/mypage")
    keiko.press("ログアウト")
    assert is_closed(keiko, row)


def test_an_application_with_an_account_shows_no_code(browser, cast):
    keiko, row = browser(cast.keiko), sent(cast.dogs, cast.keiko)
    for rest in ("/done", "/receipt", ""):
        assert "照会コード" not in keiko.visit(path(row, rest)).text


def test_who_lost_the_code_is_told_what_can_be_done(browser):
    """R-3.5"""
    assert "申込番号と氏名を確かめて" in browser().visit("/inquiry").text


def test_staff_never_see_the_code(browser, cast, row):
    """R-3.5: what opens an application is the applicant's alone."""
    clerk, code = browser(cast.clerk), inquiry_code.of(row)
    for rest in ("", "/print"):
        text = clerk.visit(f"/staff/applications/{row.id}{rest}").text
        assert not re.search(f"{code[:5]}-?{code[5:]}", text)


def test_nothing_in_the_address(browser, row):
    """R-3.5: number and code typed into the address line open nothing and stand nowhere."""
    opened = browser()
    code = inquiry_code.of(row)
    assert code not in opened.visit(f"/inquiry?number={row.number}&code={code}").text
    assert is_closed(opened, row)


def test_a_crossed_request_is_refused(browser, row):
    opened = browser()
    opened.visit("/inquiry")
    fields = {"number": row.number, "code": inquiry_code.of(row)}
    assert opened.post("/inquiry", fields).status_int == 403
    assert Application.get_by_id(row.id).visitor == STRANGER.visitor
