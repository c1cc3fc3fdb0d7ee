"""The moves of an application by staff, seen from their screens, and two clerks at once."""

from __future__ import annotations

import pytest
from cast_acts import as_staff, send, sent
from staff_acts import acts, path, press, put_into, state, token
from visitor_acts import open_dogs, sent_openly

import clock
import models
from models import Application, Correction, Division, OutboxMail, Status
from rules.applications import application, draft
from rules.records import access


@pytest.fixture
def arrived(cast) -> Application:
    """A dog to be registered, just arrived."""
    return sent(cast.dogs, cast.keiko)


# ---------------------------------------------------------------- moves


def test_take_up_approve_complete(browser, cast, arrived):
    """R-7.3: the straight way; each move is an event, an audit entry and, where it matters, a mail."""
    clerk = browser(cast.clerk)
    clerk.visit(path(arrived))
    clerk.press("審査を開始する")
    assert state(arrived) == Status.IN_REVIEW
    assert Application.get_by_id(arrived.id).assignee_id == cast.clerk.id
    press(clerk, arrived, "承認する", remarks="鑑札は窓口でお渡しします。")
    assert state(arrived) == Status.APPROVED
    press(clerk, arrived, "完了にする")
    assert state(arrived) == Status.COMPLETED
    assert clerk.shows("審査を始めました", "承認しました", "手続きが完了しました", "鑑札は窓口でお渡しします。")
    moves = [detail["move"] for act, detail in acts(arrived) if act == "application_moved"]
    assert moves == ["review_started", "approved", "completed"]
    mails = OutboxMail.select().where(OutboxMail.application == arrived, OutboxMail.resident == cast.keiko)
    assert [mail.kind for mail in mails.order_by(OutboxMail.id)] == ["received", "approved", "completed"]


@pytest.mark.parametrize("act", ["approve", "reject", "return"])
def test_no_mail_is_promised_where_none_arrives(browser, cast, arrived, act):
    """R-3.5: an application without a login has no address."""
    openly = sent_openly(open_dogs(cast))
    for row, mailed in ((openly, False), (arrived, True)):
        put_into(row, Status.IN_REVIEW)
        clerk = browser(cast.clerk)
        clerk.visit(path(row, act))
        promises = ("メールが送られます", "メールに書かれます", "メールと申請した方の画面")
        assert any(words in clerk.page.text for words in promises) is mailed
        assert ("申請した方に、メールは届きません" in clerk.page.text) is not mailed


def test_return_with_remarks(browser, cast, arrived):
    """R-6.2, R-7.3: reason, remarks per field and a date; the clock of the 標準処理期間 stands still."""
    clerk = browser(cast.clerk)
    clerk.visit(path(arrived))
    clerk.press("差し戻す")
    assert clerk.page.html.h1.text == "差し戻す"
    for label in ("差戻しの理由", "年", "月", "日"):
        assert clerk.page.html.find("label", string=label), label
    assert clerk.page.html.find("legend", string="補正の期限")
    assert clerk.page.html.find("label", string="犬の名前")
    form = next(f for f in clerk.page.forms.values() if "reason" in f.fields)
    assert (form["until.year"].value, form["until.month"].value, form["until.day"].value) == ("2026", "12", "8")
    clerk.fill(reason="犬の名前を確かめてください。", remark__dog_name="登録の名前と違います。")
    clerk.press("差し戻す")
    assert state(arrived) == Status.RETURNED
    assert clerk.shows("差し戻しています", "犬の名前を確かめてください。", "登録の名前と違います。", "止めています")
    asked = Correction.get()
    assert asked.remarks == {"dog_name": "登録の名前と違います。"} and asked.until.isoformat() == "2026-12-08"
    mail = OutboxMail.get(OutboxMail.kind == "returned")
    assert "犬の名前を確かめてください。" in mail.body and "登録の名前と違います。" in mail.body
    row = Application.get_by_id(arrived.id)
    assert row.due_on is None and row.days_left == 5


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"reason": ""}, "q-reason"),
        ({"reason": "x", "until__day": "99"}, "q-until-day"),
        ({"reason": "x", "until__year": "2020"}, "q-until-year"),
        ({"reason": "x", "until__month": ""}, "q-until-month"),
        ({"reason": "x" * 4001}, "q-reason"),
    ],
)
def test_a_refused_return_keeps_everything_typed(browser, cast, arrived, typed, field):
    """R-3.6, R-7.3: 422, the sentence beside the field, the remarks still there."""
    clerk = browser(cast.clerk)
    clerk.visit(path(arrived, "return"))
    clerk.fill(remark__dog_name="登録の名前と違います。", **typed)
    assert clerk.press("差し戻す").status_int == 422
    assert clerk.page.html.find("a", href=f"#{field}")
    assert clerk.shows("登録の名前と違います。", typed["reason"])
    assert state(arrived) == Status.SUBMITTED
    assert not any(act == "application_moved" for act, _ in acts(arrived))


def test_what_was_corrected_is_shown(browser, cast, arrived):
    """R-6.2, R-3.12: both versions; a correction in progress is invisible; the earlier sending can be read."""
    clerk = browser(cast.clerk)
    press(clerk, arrived, "差し戻す", reason="名前を直してください。")
    row = draft.editable(access.Person(cast.keiko.id, ""), arrived.id)
    page = next(p for p in draft.document(row)["form"]["pages"] if any(q["key"] == "dog_name" for q in p["questions"]))
    draft.save_page(row, page, {"dog_name": "タロウ"})
    assert not clerk.visit(path(arrived)).text.count("タロウ")
    with clock.at("2026-11-24T10:20:00+09:00"):
        send(Application.get_by_id(arrived.id), cast.keiko)
        page = clerk.visit(path(arrived))
        assert state(arrived) == Status.SUBMITTED
        assert clerk.shows("再申請されました", "直したところは1か所です", "タロウ", "名前を直してください。")
        assert page.html.find(class_="line-before").get_text(strip=True) == "前の入力：ポチ"
        old = clerk.visit(path(arrived) + "?turn=1")
        assert "1回目に送られた内容です" in old.text and "ポチ" in old.text and "タロウ" not in old.text
        assert "再申請" in clerk.visit("/staff/").html.find("tbody").text


def test_ending_a_return_nobody_answers(browser, cast, arrived):
    """R-7.3: back to review, the time goes on, a mail goes out."""
    clerk = browser(cast.clerk)
    press(clerk, arrived, "差し戻す", reason="名前を直してください。")
    press(clerk, arrived, "差戻しを終える", reason="返事がありませんでした。")
    assert state(arrived) == Status.IN_REVIEW
    assert Application.get_by_id(arrived.id).due_on.isoformat() == "2026-12-01"
    assert OutboxMail.select().where(OutboxMail.kind == "return_ended").count() == 1


def test_rejecting_needs_a_reason_and_shows_the_appeal(browser, cast, arrived):
    """R-7.3: reason and 教示 text."""
    clerk = browser(cast.clerk)
    put_into(arrived, Status.IN_REVIEW)
    clerk.visit(path(arrived))
    clerk.press("却下する")
    assert clerk.page.html.find("label", string="却下の理由")
    assert clerk.shows("教示", "審査請求")
    assert clerk.press("却下する").status_int == 422
    clerk.fill(reason="犬の所在地が町の外です。")
    clerk.press("却下する")
    assert state(arrived) == Status.REJECTED
    mail = OutboxMail.get(OutboxMail.kind == "rejected")
    assert "犬の所在地が町の外です。" in mail.body and "審査請求" in mail.body


def test_withdrawn_on_request(browser, cast, arrived):
    """R-7.3: asked for by telephone, with a reason; who asked is for staff alone."""
    clerk, keiko = browser(cast.clerk), browser(cast.keiko)
    press(clerk, arrived, "取り下げる", reason="犬をゆずったため。")
    assert clerk.page.status_int == 422 and clerk.shows("「だれから、どのように申し出があったか」を入力してください")
    assert clerk.shows("犬をゆずったため。") and state(arrived) == Status.SUBMITTED
    clerk.fill(asked="夫の浜口 透さんから電話で。")
    clerk.press("取り下げる")
    assert state(arrived) == Status.WITHDRAWN
    assert clerk.shows("いまは、できる処理がありません。", "取下げの申し出：夫の浜口 透さんから電話で。")
    mail = OutboxMail.get(OutboxMail.kind == "withdrawn")
    assert "犬をゆずったため。" in mail.body and "浜口 透" not in mail.body
    keiko.visit(f"/applications/{arrived.id}")
    assert keiko.shows("犬をゆずったため。") and not keiko.shows("浜口 透")


def test_only_the_administrator_corrects_a_wrong_press(browser, cast, arrived):
    """R-7.3: 訂正する – town administrator, reason, mail."""
    put_into(arrived, Status.REJECTED)
    clerk = browser(cast.clerk)
    assert "訂正する" not in clerk.visit(path(arrived)).text
    fields = {"csrf": token(clerk), "revision": str(Application.get_by_id(arrived.id).revision), "reason": "x"}
    assert clerk.post(path(arrived, "reopen"), fields).status_int == 404
    chief = browser(cast.administrator)
    press(chief, arrived, "訂正する", reason="押し間違えました。")
    assert state(arrived) == Status.IN_REVIEW
    assert OutboxMail.select().where(OutboxMail.kind == "reopened").count() == 1


def test_transfer_to_another_division(browser, cast, arrived):
    """R-7.3: the other division has it now, the first one no longer."""
    clerk = browser(cast.clerk)
    tax = Division.get((Division.town == cast.town) & (Division.name == "税務課"))
    far = Division.get(Division.town == cast.other_town)
    clerk.visit(path(arrived, "transfer"))
    options = {option["value"] for option in clerk.page.html.find("select", id="q-division").find_all("option")}
    assert str(far.id) not in options and str(arrived.division_id) not in options
    clerk.fill(division=str(tax.id), reason="税に関する申請でした。")
    clerk.press("別の部課へ移す")
    assert clerk.page.request.path == "/staff/"
    assert clerk.get(path(arrived)).status_int == 404
    assert "税に関する申請でした。" in browser(cast.other_clerk).visit(path(arrived)).text
    assert any(act == "application_transferred" for act, _ in acts(arrived))


def test_a_division_of_another_town_is_refused(browser, cast, arrived):
    """R-8.4: not even by a crafted form."""
    clerk = browser(cast.clerk)
    far = Division.get(Division.town == cast.other_town)
    clerk.visit(path(arrived, "transfer"))
    form = next(f for f in clerk.page.forms.values() if "division" in f.fields)
    form["division"].force_value(str(far.id))
    form["reason"] = "x"
    assert clerk.press("別の部課へ移す").status_int == 422
    assert Application.get_by_id(arrived.id).division_id == arrived.division_id


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status.SUBMITTED, {"審査を開始する", "差し戻す", "取り下げる", "別の部課へ移す"}),
        (Status.IN_REVIEW, {"承認する", "差し戻す", "却下する", "別の部課へ移す"}),
        (Status.RETURNED, {"差戻しを終える", "取り下げる", "別の部課へ移す"}),
        (Status.APPROVED, {"完了にする", "訂正する", "別の部課へ移す", "交付物を登録する"}),
        (Status.REJECTED, {"訂正する"}),
        (Status.COMPLETED, {"訂正する", "交付物を登録する"}),
        (Status.WITHDRAWN, set()),
    ],
)
def test_the_state_decides_the_buttons(browser, cast, arrived, status, words):
    """R-7.3: the table of moves, seen by a town administrator."""
    put_into(arrived, status)
    chief = browser(cast.administrator)
    box = chief.visit(path(arrived)).html.find(id="acts")
    assert {button["value"] for button in box.find_all("input", type="submit")} == words
    assert len(box.find_all("input", class_="button-main")) <= 1


def test_a_notification_is_completed_from_review(browser, cast):
    """R-7.3: 届出 without a decision go straight from review to 完了."""
    notice = models.Procedure.get(models.Procedure.slug == "corporation-notice")
    row = sent(cast.dogs, cast.keiko)
    version = models.FormVersion.get(models.FormVersion.procedure == notice)
    assert version.document["decision"] is False
    with models.transaction():
        Application.update(form_version=version, status=Status.IN_REVIEW).where(Application.id == row.id).execute()
    chief = browser(cast.administrator)
    chief.visit(path(row))
    assert chief.shows("完了にする") and not chief.shows("承認する")
    chief.press("完了にする")
    chief.press("完了にする")
    assert state(row) == Status.COMPLETED


def test_an_act_that_is_not_possible_leads_back(browser, cast, arrived):
    """R-7.3: its page is only there while the state allows it."""
    clerk = browser(cast.clerk)
    assert clerk.visit(path(arrived, "approve")).request.path == path(arrived)


# ---------------------------------------------------------------- two clerks at once


def test_the_second_clerk_is_told_and_keeps_what_was_typed(browser, cast, arrived):
    """R-7.3: two clerks at once never overwrite each other."""
    slow, quick = browser(cast.clerk), browser(cast.administrator)
    slow.visit(path(arrived, "return"))
    press(quick, arrived, "取り下げる", reason="予定が変わったため。", asked="本人から電話で。")
    slow.fill(reason="名前を直してください。", remark__dog_name="確かめてください。")
    assert slow.press("差し戻す").status_int == 422
    assert slow.shows("町野 一郎が、先にこの申請を変えました（取り下げました）")
    assert slow.shows("名前を直してください。", "確かめてください。", "あなたの入力は、下に残っています")
    assert slow.shows("いまの状態では、この処理はできません") and not slow.shows("申請した方に差し戻します")
    assert slow.page.html.find(class_="summary").get_text().count("取下げ") == 1
    assert state(arrived) == Status.WITHDRAWN and not Correction.select().exists()


def test_nothing_typed_nothing_kept(browser, cast, arrived):
    """R-7.3: an act that became impossible shows neither its own words nor empty fields."""
    application.start_review(arrived, as_staff(cast.clerk), arrived.revision)
    slow = browser(cast.clerk)
    slow.visit(path(arrived, "approve"))
    assert slow.shows("この申請を承認します")
    press(browser(cast.administrator), arrived, "却下する", reason="要件に当てはまりません。")
    assert slow.press("承認する").status_int == 422
    assert slow.shows("町野 一郎が、先にこの申請を変えました", "いまの状態では、この処理はできません")
    assert not slow.shows("この申請を承認します") and not slow.shows("入力は") and not slow.shows("備考")


def test_an_old_page_does_not_act_even_where_the_state_allows_it(browser, cast, arrived):
    """R-7.3: the revision decides; after reading, a second press goes through."""
    slow, quick = browser(cast.clerk), browser(cast.administrator)
    slow.visit(path(arrived, "return"))
    quick.visit(path(arrived))
    quick.press("審査を開始する")
    slow.fill(reason="名前を直してください。")
    assert slow.press("差し戻す").status_int == 422
    assert slow.shows("先にこの申請を変えました（審査を始めました）")
    assert state(arrived) == Status.IN_REVIEW
    slow.press("差し戻す")
    assert state(arrived) == Status.RETURNED


def test_a_double_click_moves_once(browser, cast, arrived):
    """R-7.3."""
    clerk = browser(cast.clerk)
    page = clerk.visit(path(arrived))
    clerk.press("審査を開始する")
    clerk.page = page
    assert clerk.press("審査を開始する").status_int == 422 and not clerk.shows("入力は")
    assert [act for act, _ in acts(arrived)].count("application_moved") == 1


@pytest.mark.parametrize("revision", ["", "x", "-1", "9999999999999999999999"])
def test_a_form_without_its_revision_does_nothing(browser, cast, arrived, revision):
    """R-7.3."""
    clerk = browser(cast.clerk)
    fields = {"csrf": token(clerk), "revision": revision}
    assert clerk.post(path(arrived, "start-review"), fields).status_int == 422
    assert state(arrived) == Status.SUBMITTED
