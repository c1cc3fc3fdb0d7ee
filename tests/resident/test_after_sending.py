"""申請内容照会 and what is done there: withdrawing, writing, comparing, printing; S1's sentences on it, one by one."""

from __future__ import annotations

import pytest
from cast_acts import as_staff, person, send, sent
from visitor_acts import give_back

import clock
import models
from models import Application, Message, Status
from rules.applications import application, draft, message, mypage, submission
from rules.procedures import procedure
from rules.records import audit, numbering


@pytest.fixture
def keiko(browser, cast):
    return browser(cast.keiko)


@pytest.fixture
def row(cast) -> Application:
    return sent(cast.dogs, cast.keiko)


def path(row: Application, rest: str = "") -> str:
    return f"/applications/{row.id}{rest}"


def fresh(row: Application) -> Application:
    return Application.get_by_id(row.id)


def put(row: Application, status: Status) -> None:
    with models.transaction():
        Application.update(status=status).where(Application.id == row.id).execute()


def decide(row: Application, cast, *, reject: bool = False) -> None:
    chief, row = as_staff(cast.administrator), fresh(row)
    application.start_review(row, chief, row.revision)
    if reject:
        application.reject(row, chief, row.revision, reason="犬の所在地が町の外です。")
    else:
        application.approve(row, chief, row.revision, remarks="鑑札は窓口でお渡しします。")


# ---------------------------------------------------------------- S1, sentence by sentence


def test_the_state_is_seen_from_my_page(keiko, cast, row):
    """R-6.1 S1: 「申請履歴・委任状の確認」>「申請履歴一覧・検索」から…申請状況を確認することができます."""
    keiko.visit("/mypage")
    keiko.page = keiko.page.click("申請履歴・委任状の確認").click("申請履歴一覧・検索")
    keiko.page = keiko.page.click(numbering.grouped(row.number))
    assert keiko.page.html.h1.text == "申請内容照会"
    assert "受付済み" in keiko.page.html.find(class_="now").find(class_="status-submitted").text
    for heading in ("やりとり", "経過", "申請した内容"):
        assert keiko.page.html.find("h2", string=heading), heading


def test_an_application_is_withdrawn(keiko, cast, row):
    """R-6.3 S1: 申請書の取下げ(手続によって取下げの可否は変わります。)"""
    keiko.visit(path(row))
    keiko.press("取り下げる")
    assert keiko.shows("元に戻せません", numbering.grouped(row.number))
    assert keiko.page.html.find("label", string="取下げの理由")
    keiko.fill(reason="犬をゆずったため")
    keiko.press("取り下げる")
    assert keiko.page.request.path == path(row)
    assert keiko.shows("この申請は取り下げられました。", "犬をゆずったため")
    assert fresh(row).status == Status.WITHDRAWN
    assert not keiko.shows("取り下げる") and keiko.visit(path(row, "/withdraw")).request.path == path(row)


def test_whether_it_can_be_withdrawn_depends_on_the_procedure(keiko, cast):
    """R-6.3 S1: the page says why not, and whom to call."""
    strict = procedure.load(cast.town, dict(procedure.published(cast.dogs)[1], id="strict", withdrawal=[]))
    row = sent(strict, cast.keiko)
    keiko.visit(path(row))
    box = keiko.page.html.find(class_="column-side").get_text()
    assert "この手続きは、この画面からは取り下げられません" in box and "住民生活課" in box
    assert not keiko.page.html.find("input", value="取り下げる")


def test_all_past_applications_are_there(keiko, cast, row):
    """R-6.1 S1: 申請履歴は、過去全てのデータを確認することができます."""
    with clock.at("2046-11-24T10:00:00"):
        keiko.log_in(cast.keiko.email, "nagisa-no-machi-7")
        keiko.visit("/mypage/history")
        keiko.page = keiko.page.click(numbering.grouped(row.number))
        assert keiko.shows("ポチ", "2026年11月24日")


def test_a_sent_application_is_not_changed_but_a_returned_one_is(keiko, cast, row):
    """R-6.2 S1: 一度申請したデータは修正できません。ただし、差戻しされたデータは、修正して再申請できます."""
    keiko.visit(path(row))
    assert not keiko.shows("修正して再申請する")
    assert keiko.visit(path(row, "/pages/dog")).status_int == 409
    give_back(row, cast, dog_name="鑑札と違います。")
    keiko.visit(path(row))
    keiko.press("修正して再申請する")
    keiko.fill(dog_name="ハチ")
    keiko.press("次へ進む")
    keiko.press("この内容で申請する")
    assert keiko.shows("申請を受け付けました", numbering.grouped(row.number))
    assert submission.values_of(submission.latest(row))["dog_name"] == "ハチ"


# ---------------------------------------------------------------- withdrawal


def test_a_reason_is_asked_for_beside_the_field(keiko, row):
    keiko.visit(path(row, "/withdraw"))
    assert keiko.press("取り下げる").status_int == 422
    assert keiko.page.html.find("a", href="#q-reason") and fresh(row).status == Status.SUBMITTED


def test_staff_were_first(keiko, cast, row):
    """R-6.3 R-3.6: a clear sentence, what was typed is there, the application as staff left it."""
    keiko.visit(path(row, "/withdraw"))
    decide(row, cast)
    keiko.fill(reason="犬をゆずったため")
    assert keiko.press("取り下げる").status_int == 422
    assert keiko.shows("役場で手続きが進んだため", "犬をゆずったため", "住民生活課")
    assert not keiko.page.html.find("input", value="取り下げる")
    assert fresh(row).status == Status.APPROVED


def test_two_windows(keiko, cast, row):
    """R-6.3: withdrawn in one, a correction goes on in the other: it is told and shown."""
    give_back(row, cast)
    keiko.visit(path(row, "/pages/dog"))
    typing = keiko.page
    keiko.visit(path(row, "/withdraw"))
    keiko.fill(reason="やめます")
    keiko.press("取り下げる")
    keiko.page = typing
    keiko.fill(dog_name="クロ")
    assert keiko.press("next").status_int == 409
    assert keiko.shows("クロ") and fresh(row).status == Status.WITHDRAWN


@pytest.mark.parametrize(
    ("status", "button", "words"),
    [
        (Status.SUBMITTED, True, ""),
        (Status.IN_REVIEW, False, "いまの状態では、この画面からは取り下げられません"),
        (Status.RETURNED, True, ""),
        (Status.APPROVED, False, "いまの状態では、この画面からは取り下げられません"),
        (Status.REJECTED, False, ""),
        (Status.COMPLETED, False, ""),
        (Status.WITHDRAWN, False, ""),
    ],
)
def test_the_state_decides(keiko, cast, row, status, button, words):
    """R-6.3."""
    put(row, status)
    keiko.visit(path(row))
    assert bool(keiko.page.html.find("input", value="取り下げる")) is button
    assert ("取り下げたいときは" in keiko.page.text) is bool(words) and words in keiko.page.text


# ---------------------------------------------------------------- corrections


def test_a_correction_after_its_date_is_taken(keiko, cast, row):
    """R-6.2: as long as staff have not moved the application."""
    give_back(row, cast)
    with clock.at("2026-12-20T10:00:00"):
        keiko.log_in(cast.keiko.email, "nagisa-no-machi-7")
        keiko.visit(path(row))
        assert keiko.shows("期限（11月24日（火））を過ぎました", "役場が次の手続きに進むまでは送れます")
        assert not keiko.shows("11月24日（火）まで")
        assert "を過ぎました" in keiko.visit("/mypage").text
        keiko.visit(path(row))
        keiko.press("修正して再申請する")
        assert keiko.shows("期限（11月24日（火））を過ぎました", "まだ送られていません")
        keiko.press("次へ進む")
        keiko.press("次へ進む")
        keiko.press("この内容で申請する")
        assert keiko.shows("申請を受け付けました")
    assert fresh(row).status == Status.SUBMITTED


def test_the_confirm_page_of_a_correction(keiko, cast, row):
    """R-6.2: it says so, repeats what the office asked for, and marks what was changed."""
    give_back(row, cast, dog_name="鑑札と違います。")
    keiko.visit(path(row, "/confirm"))
    assert keiko.shows("まだ何も直していません") and "直した</span>" not in keiko.page.text
    keiko.visit(path(row, "/pages/dog"))
    keiko.fill(dog_name="ハチ")
    keiko.press("次へ進む")
    assert keiko.page.html.h1.text == "直した内容の確認"
    assert keiko.shows("お確かめください。", "鑑札と違います。", "前に送った内容から直したところは、1か所です。")
    (changed,) = keiko.page.html.find_all(class_="changed")
    assert changed.text == "ハチ" and keiko.page.html.find("del").text == "ポチ"
    keiko.press("この内容で申請する")
    assert keiko.shows("申請を受け付けました", cast.keiko.email)
    assert not keiko.shows("手続案内の「申請したあとの流れ」")


def test_both_versions_side_by_side(keiko, cast, row):
    """R-6.2: what was asked for, before and after; marked in words, not by colour alone."""
    assert keiko.visit(path(row, "/compare")).status_int == 404
    give_back(row, cast, dog_name="鑑札と違います。")
    written = draft.editable(person(cast.keiko), row.id)
    page = next(p for p in draft.document(written)["form"]["pages"] if p["key"] == "dog")
    draft.save_page(written, page, {"dog_name": "ハチ"})
    send(fresh(row), cast.keiko)
    keiko.visit(path(row))
    keiko.page = keiko.page.click("前回と今回の内容をくらべる")
    assert keiko.shows("お確かめください。", "鑑札と違います。", "直したところは1か所です")
    (line,) = [tr for tr in keiko.page.html.find_all("tr") if tr.find(class_="tag")]
    assert line.th.get_text(" ", strip=True) == "犬の名前 直した"
    assert [td.get_text(strip=True) for td in line.find_all("td")] == ["前回：ポチ", "今回：ハチ"]


# ---------------------------------------------------------------- messages


def test_a_message_and_its_answer(keiko, cast, row):
    """R-6.9."""
    keiko.visit(path(row))
    keiko.fill(text="犬の色は\n黒です。")
    keiko.press("メッセージを送る")
    assert keiko.page.request.path == path(row)
    assert keiko.shows("申請者", "犬の色は", "黒です。")
    message.answer(row, as_staff(cast.clerk), "<b>直しました</b>", Message.get().id)
    keiko.visit(path(row))
    assert keiko.shows("住民生活課", "&lt;b&gt;直しました&lt;/b&gt;") and not keiko.shows(cast.clerk.name)


def test_a_message_of_the_office_stands_on_the_front(keiko, cast, row):
    """R-6.9: under 「していただくこと」, until it is answered, the application is over or thirty days went by."""
    waiting = "役場からメッセージが届きました"
    assert waiting not in keiko.visit("/mypage").text
    message.answer(row, as_staff(cast.clerk), "犬の色は何色ですか。", 0)
    keiko.visit("/mypage")
    assert keiko.shows(waiting, numbering.grouped(row.number)) and not keiko.shows("していただくことはありません")
    with clock.at("2026-12-24T09:59:00"):
        assert len(mypage.to_answer(person(cast.keiko))) == 1
    with clock.at("2026-12-24T10:01:00"):
        assert mypage.to_answer(person(cast.keiko)) == []
    assert mypage.to_answer(person(cast.ken)) == []
    keiko.page = keiko.page.click("メッセージを読む")
    keiko.fill(text="黒です。")
    keiko.press("メッセージを送る")
    assert waiting not in keiko.visit("/mypage").text
    message.answer(row, as_staff(cast.clerk), "わかりました。", 0)
    assert waiting in keiko.visit("/mypage").text
    put(row, Status.COMPLETED)
    assert waiting not in keiko.visit("/mypage").text


def test_a_message_that_is_too_long_stays(keiko, row):
    """R-3.6."""
    keiko.visit(path(row))
    keiko.fill(text="あ" * 2001)
    assert keiko.press("メッセージを送る").status_int == 422
    assert keiko.page.html.find("a", href="#q-text") and "あ" * 2001 in keiko.page.text
    assert not Message.select().exists()


def test_after_ninety_days_the_page_says_whom_to_call(keiko, cast, row):
    """R-6.9."""
    put(row, Status.COMPLETED)
    keiko.visit(path(row))
    assert keiko.shows("2月22日（月）まで送れます", "メッセージを送る")
    with clock.at("2027-02-23T00:00:00"):
        keiko.log_in(cast.keiko.email, "nagisa-no-machi-7")
        keiko.visit(path(row))
        assert keiko.shows("この申請のやりとりは終わりました", row.division.telephone)
        assert not keiko.page.html.find("input", value="メッセージを送る")


def test_what_is_anothers_is_not_there(browser, cast, row):
    """R-7.8: 404, whoever asks; a signed-in stranger writes nothing and withdraws nothing."""
    ken, written = browser(cast.ken), draft.start(cast.dogs, person(cast.ken))
    token = ken.visit("/mypage").forms[0]["csrf"].value
    for rest in ("", "/withdraw", "/compare", "/receipt", "/result"):
        assert ken.visit(path(row, rest)).status_int == 404, rest
    for rest, fields in (("/messages", {"text": "はい"}), ("/withdraw", {"reason": "x"}), ("/end-inquiry", {})):
        assert ken.post(path(row, rest), {"csrf": token, **fields}).status_int == 404, rest
        assert ken.post(path(written, rest), {"csrf": token, **fields}).status_int == 404, rest
    assert not Message.select().exists() and fresh(row).status == Status.SUBMITTED


# ---------------------------------------------------------------- paper, and who looked


def test_the_result_stands_alone_on_paper(keiko, cast, row):
    """R-6.4: procedure, arrival, number, date and time of the decision, result, remarks, fee, where to go."""
    assert keiko.visit(path(row, "/result")).status_int == 404
    with clock.at("2026-11-24T10:20:00"):
        decide(row, cast)
    keiko.visit(path(row))
    keiko.page = keiko.page.click("結果を印刷する")
    assert keiko.shows(
        "犬の登録申請", numbering.grouped(row.number), "2026年11月24日（火）10時00分", "2026年11月24日（火）10時20分",
        "承認", "鑑札は窓口でお渡しします。", "3,000円", "住民生活課", row.division.telephone, cast.town.address,
    )  # fmt: skip
    for secret in (cast.keiko.address, cast.keiko.telephone, cast.keiko.email, "ポチ"):
        assert secret not in keiko.page.text


def test_a_rejection_on_paper_tells_how_to_object(keiko, cast, row):
    """R-6.4 R-7.3."""
    decide(row, cast, reject=True)
    keiko.visit(path(row, "/result"))
    assert keiko.shows("却下", "犬の所在地が町の外です。", "審査請求") and not keiko.shows("手数料を納めたり")


def test_a_result_taken_back_is_no_paper_any_more(keiko, cast, row):
    """R-7.3."""
    decide(row, cast)
    chief, row = as_staff(cast.administrator), fresh(row)
    application.reopen(row, chief, row.revision, reason="押し間違い")
    assert keiko.visit(path(row, "/result")).status_int == 404
    assert not keiko.visit(path(row)).html.find("a", string="結果を印刷する")


def test_who_looked_at_it(keiko, cast, row):
    """R-7.8."""
    keiko.visit(path(row))
    assert keiko.shows("役場では、まだこの申請を開いていません。")
    audit.record("application_viewed", staff=as_staff(cast.clerk), application=row.id, division=row.division_id)
    keiko.visit(path(row))
    heading = keiko.page.html.find("h2", string="この申請を見た部課")
    assert heading.find_next("li").text == "2026年11月24日（火）　住民生活課"
    assert cast.clerk.name not in keiko.page.text
