"""An application in the hands of staff: looking, moving, noting, and two clerks at once."""

from __future__ import annotations

import pytest
from cast_acts import PDF, as_staff, attach, send, sent, write

import clock
import models
from models import Application, AuditEntry, Correction, Division, Note, OutboxMail, Status
from rules import access, application, draft, numbering


@pytest.fixture
def arrived(cast) -> Application:
    """A dog to be registered, just arrived."""
    return sent(cast.dogs, cast.keiko)


def path(row: Application, rest: str = "") -> str:
    return f"/staff/applications/{row.id}" + (f"/{rest}" if rest else "")


def state(row: Application) -> str:
    return Application.get_by_id(row.id).status


def acts(of: Application) -> list[tuple[str, dict]]:
    rows = AuditEntry.select().where(AuditEntry.application == of).order_by(AuditEntry.id)
    return [(row.act, row.detail) for row in rows]


def put_into(row: Application, status: Status) -> None:
    """Set the stage: a state the test does not care how it came about."""
    with models.transaction():
        Application.update(status=status).where(Application.id == row.id).execute()


def press(browser, row: Application, button: str, **typed):
    """Press an act on the application's page, fill in what it asks and press it again there."""
    browser.visit(path(row))
    browser.press(button)
    if typed:
        browser.fill(**typed)
    return browser.press(button)


# ---------------------------------------------------------------- looking


def test_one_line_says_what_it_is(browser, cast, arrived):
    """R-7.2: procedure, state, number, name, arrival, due date; the answers as they were sent."""
    clerk = browser(cast.clerk)
    page = clerk.visit(path(arrived))
    assert page.html.h1.text == "犬の登録申請"
    line = page.html.find(class_="summary").get_text(" ", strip=True)
    assert "受付済み" in line and numbering.grouped(arrived.number) in line
    assert "浜口 恵子 さん" in line and "2026年11月24日（火）10時00分 受付" in line and "期限 12月1日（火）" in line
    assert clerk.shows("ポチ", "柴犬", "申請を受け付けました", "0開庁日／5開庁日")


@pytest.mark.parametrize("who", ["other_clerk", "foreign_clerk", "system"])
@pytest.mark.parametrize("rest", ["", "print", "return", "files/1"])
def test_not_there_for_others(browser, cast, arrived, who, rest):
    """R-7.1: another division, another town, a system administrator: 404, and nothing in the log."""
    other = browser(getattr(cast, who))
    assert other.get(path(arrived, rest)).status_int == 404
    assert not any(act == "application_viewed" for act, _ in acts(arrived))


@pytest.mark.parametrize("who", ["other_clerk", "foreign_clerk", "system"])
@pytest.mark.parametrize("rest", ["start-review", "assign", "notes", "return", "reject", "transfer", "withdraw"])
def test_others_cannot_act(browser, cast, arrived, who, rest):
    """R-7.1: nor by sending the form directly."""
    other = browser(getattr(cast, who))
    fields = {"csrf": _token(other), "revision": "1", "reason": "x", "note": "x"}
    assert other.post(path(arrived, rest), fields).status_int == 404
    assert state(arrived) == Status.SUBMITTED and not Note.select().exists()


def _token(browser) -> str:
    page = browser.visit("/staff/audit")
    return next(form["csrf"].value for form in page.forms.values() if "csrf" in form.fields)


def test_a_draft_is_not_there(browser, cast):
    """R-3.12: what was not sent is invisible to staff, even to the administrator."""
    written = write(cast.dogs, cast.keiko)
    assert browser(cast.administrator).get(path(written)).status_int == 404


def test_every_look_is_logged(browser, cast, arrived):
    """R-7.8: each page view once, who and which; printing and files by their own names."""
    clerk = browser(cast.clerk)
    clerk.visit(path(arrived))
    clerk.visit(path(arrived))
    clerk.visit(path(arrived, "print"))
    clerk.visit(path(arrived, "return"))
    assert [act for act, _ in acts(arrived)] == [
        "application_viewed",
        "application_viewed",
        "application_printed",
        "application_viewed",
    ]
    entry = AuditEntry.select().where(AuditEntry.application == arrived).first()
    assert (entry.staff_id, entry.town_id, entry.division_id) == (cast.clerk.id, cast.town.id, arrived.division_id)


def test_files_are_handed_out_and_logged(browser, cast):
    """R-4.3, R-7.8: as a download under the resident's name for it."""
    written = write(cast.dogs, cast.keiko)
    attach(written)
    row = send(written, cast.keiko)
    clerk = browser(cast.clerk)
    got = clerk.visit(path(row)).click("注射済証.pdf")
    assert got.body == PDF
    assert got.headers["Content-Disposition"].startswith("attachment;")
    assert ("file_downloaded", {"file": 1}) in acts(row)
    assert clerk.get(path(row, "files/99")).status_int == 404


def test_the_paper_has_everything(browser, cast, arrived):
    """R-7.3: 「印刷する」 leads to a page for A4 with every answer."""
    clerk = browser(cast.clerk)
    clerk.visit(path(arrived))
    clerk.press("印刷する")
    assert clerk.page.html.h1.text == "申請書"
    assert clerk.shows(numbering.grouped(arrived.number), "ポチ", "朝凪町浜手二丁目14番6号", "三浦 直樹")


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
    page = next(
        p for p in draft.document(row)["form"]["pages"] if any(q["key"] == "dog_name" for q in p["questions"])
    )
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
    """R-7.3: asked for by telephone, with a reason."""
    clerk = browser(cast.clerk)
    press(clerk, arrived, "取り下げる", reason="浜口さんから電話で申し出がありました。")
    assert state(arrived) == Status.WITHDRAWN
    assert clerk.shows("いまは、できる処理がありません。")


def test_only_the_administrator_corrects_a_wrong_press(browser, cast, arrived):
    """R-7.3: 訂正する – town administrator, reason, mail."""
    put_into(arrived, Status.REJECTED)
    clerk = browser(cast.clerk)
    assert "訂正する" not in clerk.visit(path(arrived)).text
    fields = {"csrf": _token(clerk), "revision": str(Application.get_by_id(arrived.id).revision), "reason": "x"}
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
        (Status.APPROVED, {"完了にする", "訂正する", "別の部課へ移す"}),
        (Status.REJECTED, {"訂正する"}),
        (Status.COMPLETED, {"訂正する"}),
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
    press(quick, arrived, "取り下げる", reason="電話で申し出がありました。")
    slow.fill(reason="名前を直してください。", remark__dog_name="確かめてください。")
    assert slow.press("差し戻す").status_int == 422
    assert slow.shows("町野 一郎が、先にこの申請を変えました（取り下げました）")
    assert slow.shows("名前を直してください。", "確かめてください。")
    assert slow.page.html.find(class_="summary").get_text().count("取下げ") == 1
    assert state(arrived) == Status.WITHDRAWN and not Correction.select().exists()


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
    assert clerk.press("審査を開始する").status_int == 422
    assert [act for act, _ in acts(arrived)].count("application_moved") == 1


@pytest.mark.parametrize("revision", ["", "x", "-1", "9999999999999999999999"])
def test_a_form_without_its_revision_does_nothing(browser, cast, arrived, revision):
    """R-7.3."""
    clerk = browser(cast.clerk)
    fields = {"csrf": _token(clerk), "revision": revision}
    assert clerk.post(path(arrived, "start-review"), fields).status_int == 422
    assert state(arrived) == Status.SUBMITTED


# ---------------------------------------------------------------- assignment, notes


def test_assignment(browser, cast, arrived):
    """R-7.2: among those who may see it; 未定 takes it back; each is in the log."""
    clerk = browser(cast.clerk)
    clerk.visit(path(arrived))
    options = [option.text for option in clerk.page.html.find("select", id="q-assignee").find_all("option")]
    assert sorted(options) == sorted(["未定", "三浦 直樹", "町野 一郎"])
    clerk.fill(assignee=str(cast.administrator.id))
    clerk.press("変える")
    assert Application.get_by_id(arrived.id).assignee_id == cast.administrator.id
    assert clerk.shows("担当を決めました")
    clerk.fill(assignee="")
    clerk.press("変える")
    assert Application.get_by_id(arrived.id).assignee_id is None
    assert [act for act, _ in acts(arrived)].count("application_assigned") == 2


@pytest.mark.parametrize("chosen", ["other_clerk", "foreign_clerk", "nonsense"])
def test_nobody_else_becomes_the_assignee(browser, cast, arrived, chosen):
    """R-7.1."""
    clerk = browser(cast.clerk)
    value = chosen if chosen == "nonsense" else str(getattr(cast, chosen).id)
    fields = {"csrf": _token(clerk), "revision": str(arrived.revision), "assignee": value}
    page = clerk.post(path(arrived, "assign"), fields)
    assert page.status_int == 422 and page.html.find("a", href="#q-assignee")
    assert Application.get_by_id(arrived.id).assignee_id is None


def test_assigning_from_an_old_page_is_refused(browser, cast, arrived):
    """R-7.3: an assignment does not overwrite another one either."""
    clerk = browser(cast.clerk)
    clerk.visit(path(arrived))
    chief = as_staff(cast.administrator)
    application.assign(Application.get_by_id(arrived.id), chief, arrived.revision, assignee=chief.id)
    clerk.fill(assignee=str(cast.clerk.id))
    assert clerk.press("変える").status_int == 422
    assert Application.get_by_id(arrived.id).assignee_id == cast.administrator.id


def test_notes_are_for_staff_only(browser, cast, arrived):
    """R-7.13: names and times; logged; the resident never sees them."""
    clerk = browser(cast.clerk)
    clerk.visit(path(arrived))
    clerk.fill(note="電話で確かめた。\n折り返し待ち。")
    clerk.press("メモを残す")
    assert clerk.shows("電話で確かめた。", "折り返し待ち。", "2026年11月24日（火）10時00分　三浦 直樹")
    assert ("note_added", {}) in acts(arrived)
    assert "電話で確かめた" in browser(cast.administrator).visit(path(arrived)).text
    assert "電話で確かめた" not in browser(cast.keiko).visit(f"/applications/{arrived.id}").text
    assert clerk.press("メモを残す").status_int == 422
    assert clerk.page.html.find("a", href="#q-note")


def test_what_residents_and_staff_write_is_only_text(browser, cast):
    """R-7.3: no markup of anybody's runs on the staff's pages."""
    row = sent(cast.dogs, cast.keiko, dog_name="<b>ポチ</b>")
    clerk = browser(cast.clerk)
    clerk.visit(path(row))
    clerk.fill(note="<script>x</script>")
    clerk.press("メモを残す")
    press(clerk, row, "差し戻す", reason="<i>理由</i>")
    for rest in ("", "print"):
        text = clerk.visit(path(row, rest)).text
        assert "<b>ポチ" not in text and "<script>" not in text and "<i>理由" not in text
        assert "&lt;b&gt;ポチ" in text
