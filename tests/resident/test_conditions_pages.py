"""Conditions and exit pages as a resident meets them: by server round trip, losing nothing."""

from __future__ import annotations

import copy
import io

import pytest
from asking_form import FORM, JUST_LIVES, offered, question
from cast_acts import PDF, as_staff, person, send
from webtest import Upload

import clock
from models import Application, Attachment, Procedure, Status, transaction
from rules.applications import application, draft, draft_sheet, earlier, inquiry, submission
from rules.files import upload
from rules.files.received import Accepted
from rules.forms import form
from rules.procedures import procedure

SINCE = {"era": "", "year": "2020", "month": "1", "day": "2"}


@pytest.fixture
def asking(cast) -> Procedure:
    return offered(cast.town)


def write(wanted: Procedure, resident, **changes) -> Application:
    """A draft with these answers, whatever is asked."""
    written = draft.start(wanted, person(resident))
    answers = {**JUST_LIVES, **changes}
    for page in draft.document(written)["form"]["pages"]:
        keys = {q["key"] for q in page["questions"]}
        draft.save_page(written, page, {key: raw for key, raw in answers.items() if key in keys})
    return written


def begin(browser, who, wanted: Procedure):
    opened = browser(who)
    opened.visit(f"/procedures/{wanted.id}")
    opened.press("申請する")
    return opened


def attach_contract(written: Application) -> None:
    asked = next(q for page in FORM["pages"] for q in page["questions"] if q["key"] == "contract")
    kept, kind = upload.check(asked, "契約書.pdf", len(PDF), io.BytesIO(PDF))
    draft.attach(written, asked, Accepted(kept, kind, "未検査"), io.BytesIO(PDF))


def names(opened) -> set[str]:
    return {name for form in opened.page.forms.values() for name in form.fields if name}


# ---------------------------------------------------------------- on one page


def test_a_question_appears_by_round_trip(browser, cast, asking):
    """Issue 4.2: 「次へ進む」 shows the page again when a question that appears must be answered."""
    opened = begin(browser, cast.keiko, asking)
    assert {"lives"} == names(opened) & {"lives", "way", "send_to", "why", "wants"}
    opened.fill(lives="yes")
    opened.press("next")
    assert opened.shows("答えに合わせて、項目が増えました。")
    assert opened.page.status_int == 200 and not opened.shows("エラー："), "nobody could answer it before"
    opened.press("next")
    assert opened.shows("証明書の受け取り方を選んでください。")
    opened.fill(way="mail")
    opened.press("next")
    assert {"send_to", "wants"} <= names(opened)
    assert not opened.shows("エラー：")
    opened.press("next")
    assert opened.shows("送り先を入力してください。")
    opened.fill(send_to="浜手1番")
    opened.press("next")
    assert opened.shows("ご家族")


def test_a_question_nobody_must_answer_is_shown_all_the_same(browser, cast, asking):
    """What appears was never seen: it is shown once, and then one may go on."""
    opened = begin(browser, cast.keiko, asking)
    opened.fill(lives="yes")
    opened.press("next")
    opened.fill(way="other")
    opened.press("next")
    assert opened.shows("答えに合わせて、項目が増えました。")
    assert opened.page.status_int == 200
    assert "why" in names(opened)
    opened.press("next")
    assert opened.shows("ご家族")


def test_changing_back_loses_nothing(browser, cast, asking):
    """Issue 4.2: hidden answers stay in the draft; a page without the question does not blank it."""
    written = write(asking, cast.keiko, way="mail", send_to="浜手1番", wants=["copy", "tax"])
    opened = browser(cast.keiko)
    page = f"/applications/{written.id}/pages/home"
    opened.visit(page)
    opened.fill(way="other")
    opened.press("next")
    assert "send_to" not in names(opened)
    opened.press("next")
    opened.visit(page)
    opened.fill(way="mail")
    opened.press("next")
    assert opened.page.forms
    kept = Application.get_by_id(written.id).answers
    assert (kept["send_to"], kept["wants"]) == ("浜手1番", ["copy", "tax"])
    opened.visit(page)
    assert opened.shows("浜手1番")


def test_boxes_that_are_shown_can_be_emptied(browser, cast, asking):
    """Boxes send nothing when none is ticked: what the page showed is what counts."""
    written = write(asking, cast.keiko, wants=["copy"])
    opened = browser(cast.keiko)
    opened.visit(f"/applications/{written.id}/pages/home")
    for box in opened.page.forms[max(f for f in opened.page.forms if isinstance(f, int))].fields.get("wants", []):
        box.checked = False
    form = next(f for f in opened.page.forms.values() if "wants" in f.fields)
    for box in form.fields["wants"]:
        box.checked = False
    opened.press("next")
    assert Application.get_by_id(written.id).answers["wants"] == []


def test_a_post_that_does_not_say_what_it_showed(browser, cast, asking):
    """A page of an older program: what is asked now counts as shown, what is hidden stays."""
    written = write(asking, cast.keiko, way="mail", send_to="浜手1番")
    opened = browser(cast.keiko)
    page = opened.visit(f"/applications/{written.id}/pages/home")
    token = page.forms[0]["csrf"].value
    opened.post(
        f"/applications/{written.id}/pages/home", {"csrf": token, "lives": "no", "act_save": "x"}
    )  # fmt: skip
    kept = Application.get_by_id(written.id).answers
    assert (kept["lives"], kept["send_to"]) == ("no", "")
    opened.post(f"/applications/{written.id}/pages/home", {"csrf": token, "lives": "yes", "act_save": "x"})
    kept = Application.get_by_id(written.id).answers
    assert (kept["lives"], kept["way"]) == ("yes", "")


# ---------------------------------------------------------------- pages


def test_hidden_pages_are_not_among_the_steps(browser, cast, asking):
    """The steps name the pages that are asked, with the right numbers."""
    written = write(asking, cast.keiko)
    opened = browser(cast.keiko)
    opened.visit(f"/applications/{written.id}/pages/home")
    assert opened.shows("手順 1／5", "4 内容の確認", "5 完了")
    assert not opened.shows("家賃の補助</span>")
    draft.save_page(written, FORM["pages"][2], {"rent": "50000"})
    opened.visit(f"/applications/{written.id}/pages/people")
    assert opened.shows("手順 2／6", "3 家賃の補助")
    opened.press("next")
    assert opened.shows("契約書の写し")
    opened.press("back")
    assert opened.shows("<h1>ご家族</h1>")


def test_next_and_back_skip_what_is_hidden(browser, cast, asking):
    written = write(asking, cast.keiko)
    opened = browser(cast.keiko)
    opened.visit(f"/applications/{written.id}/pages/people")
    opened.press("next")
    assert opened.shows("<h1>連絡先</h1>")
    opened.press("back")
    assert opened.shows("<h1>ご家族</h1>")


def test_the_address_of_a_hidden_page_leads_on(browser, cast, asking):
    """A link or another window may still name it."""
    written = write(asking, cast.keiko)
    opened = browser(cast.keiko)
    opened.visit(f"/applications/{written.id}/pages/help")
    assert opened.page.request.path.endswith("/pages/last")
    opened.visit(f"/applications/{written.id}/pages/nowhere")
    assert opened.page.request.path.endswith("/pages/home")


def test_a_page_hidden_in_another_window_still_saves(browser, cast, asking):
    """What was typed on it is kept, and the way goes on behind it."""
    written = write(asking, cast.keiko, rent="60000")
    opened = browser(cast.keiko)
    opened.visit(f"/applications/{written.id}/pages/help")
    opened.fill(since__year="2020")
    draft.save_page(written, FORM["pages"][2], {"rent": "1"})
    opened.press("next")
    assert opened.page.request.path.endswith("/pages/last")
    assert Application.get_by_id(written.id).answers["since"]["year"] == "2020"


# ---------------------------------------------------------------- exit pages


def test_exit_page(browser, cast, asking):
    """Issue 4.2: "this procedure is not for you, go to …": no way on, answers stay, changing the answer leads on."""
    opened = begin(browser, cast.keiko, asking)
    opened.fill(lives="no")
    opened.press("next")
    assert opened.shows("この手続きの対象ではありません", "<h1>町の外にお住まいの方</h1>")
    assert opened.shows("お住まいの市町村にお問い合わせください。", f'<a href="/procedures/{cast.dogs.id}">犬の登録を')
    assert not opened.shows("次へ進む")
    written = Application.get()
    for later in ("people", "last"):
        opened.visit(f"/applications/{written.id}/pages/{later}")
        assert opened.shows("この手続きの対象ではありません")
    opened.visit(opened.page.html.find("a", string="戻る")["href"])
    assert opened.page.request.path.endswith("/pages/home")
    assert opened.shows("手順 1／5")
    opened.fill(lives="yes")
    opened.press("next")
    assert opened.shows("項目が増えました", "証明書の受け取り方")


def test_at_an_exit_the_pages_behind_it_are_said_to_be_kept(browser, cast, asking):
    """R-3.6: 内容の確認 and 内容詳細 say so, and the steps are those of the whole form."""
    written = write(asking, cast.keiko, lives="no")
    opened = browser(cast.keiko)
    for rest in ("confirm", "draft"):
        opened.visit(f"/applications/{written.id}/{rest}")
        assert opened.shows("ほかのページに入力した内容も、残っています"), rest
    opened.visit(f"/applications/{written.id}/confirm")
    assert opened.shows("手順 4／5", "（4／5）", "3 連絡先")
    fresh = draft.start(asking, person(cast.keiko))
    draft.save_page(fresh, FORM["pages"][0], {"lives": "no"})
    for rest in ("confirm", "draft"):
        opened.visit(f"/applications/{fresh.id}/{rest}")
        assert not opened.shows("ほかのページに入力した内容も"), rest


def test_confirm_and_submit_refuse_at_an_exit(browser, cast, asking):
    """With a sentence and the way to the page that says why."""
    written = write(asking, cast.keiko, lives="no")
    opened = browser(cast.keiko)
    opened.visit(f"/applications/{written.id}/confirm")
    assert opened.shows("まだ送れません", "答えの内容では、この手続きの対象になりません。")
    assert opened.shows(f'href="/applications/{written.id}/pages/outside"')
    assert not opened.shows("この内容で申請する", "連絡先")
    with pytest.raises(submission.Changed):
        submission.submit(person(cast.keiko), written.id, submission.sheet(written).sha256)
    assert Application.get_by_id(written.id).status == Status.DRAFT
    opened.visit(f"/applications/{written.id}/draft")
    assert opened.shows("この手続きの対象になりません")


@pytest.mark.parametrize(("target", "shown"), [("closed", "犬の登録申請（"), ("nothing", "")])
def test_an_exit_to_what_is_not_listed(browser, cast, target, shown):
    """Only a procedure that residents can open is a link."""
    made = copy.deepcopy(FORM)
    if target == "nothing":
        made["pages"][1]["exit"] = {"procedure": "no-such-thing", "text": "そちらへ"}
    else:
        with transaction():
            Procedure.update(listed_as=None).where(Procedure.id == cast.dogs.id).execute()
    written = write(offered(cast.town, made), cast.keiko, lives="no")
    opened = browser(cast.keiko)
    opened.visit(f"/applications/{written.id}/pages/outside")
    assert opened.shows("この手続きの対象ではありません", shown)
    assert not opened.shows(f'href="/procedures/{cast.dogs.id}"')
    assert not opened.shows("そちらへ")


# ---------------------------------------------------------------- sent


def test_what_is_hidden_is_not_sent(cast, asking):
    """Issue 4.2: neither values nor files of hidden questions are in what is sent; the draft had them."""
    written = write(
        asking,
        cast.keiko,
        rent="60000",
        way="mail",
        send_to="浜手1番",
        since=SINCE,
    )
    attach_contract(written)
    draft.save_page(written, FORM["pages"][2], {"rent": "100"})
    draft.save_page(written, FORM["pages"][0], {"way": "desk"})
    sent = send(written, cast.keiko)
    record = submission.latest(sent)
    values = submission.values_of(record)
    assert record.files == []
    assert "send_to" not in values
    assert "since" not in values
    assert values["housing"] == 100
    assert Attachment.get().sent is False
    shown = [answer.key for _, _, found in inquiry.answers(record) for answer in found]
    assert shown == ["lives", "way", "wants", "alone", "rent", "fee", "housing", "telephone"]


def test_a_file_that_is_asked_for_is_sent(cast, asking):
    written = write(asking, cast.keiko, rent="60000", since=SINCE)
    assert "help" in submission.sheet(written).errors
    attach_contract(written)
    record = submission.latest(send(written, cast.keiko))
    assert [file["question"] for file in record.files] == ["contract"]
    assert Attachment.get().sent is True


def returned(cast, sent: Application, **remarks) -> Application:
    clerk = as_staff(cast.clerk)
    application.start_review(sent, clerk, sent.revision)
    fresh = Application.get_by_id(sent.id)
    application.return_for_correction(
        fresh, clerk, fresh.revision, reason="直してください。", remarks=remarks, until=clock.today()
    )
    return Application.get_by_id(sent.id)


def test_remarks_on_what_is_hidden_are_still_read(browser, cast, asking):
    """A returned application: what the office wrote about a question that is gone stands on top."""
    sent = send(write(asking, cast.keiko, way="mail", send_to="浜手1番"), cast.keiko)
    back = returned(cast, sent, send_to="番地が足りません。")
    opened = browser(cast.keiko)
    opened.visit(f"/applications/{back.id}/pages/home")
    assert opened.page.text.count("番地が足りません。") == 1
    assert opened.shows("送り先について、役場から：")
    draft.save_page(back, FORM["pages"][0], {"way": "desk"})
    opened.visit(f"/applications/{back.id}/pages/home")
    assert opened.shows("次の項目は、いまの答えでは出ていません。", "番地が足りません。")


def test_two_turns_tell_what_is_new_and_gone(browser, cast, asking):
    """Compare: an answer that is not asked any more is a change, and so is one that is new."""
    sent = send(write(asking, cast.keiko, way="mail", send_to="浜手1番"), cast.keiko)
    back = returned(cast, sent)
    draft.save_page(back, FORM["pages"][0], {"way": "other", "why": "あとで決めます"})
    opened = browser(cast.keiko)
    opened.visit(f"/applications/{back.id}/confirm")
    assert opened.shows("直したところは、3か所です", inquiry.NOT_ASKED, "あとで決めます")
    opened.press("この内容で申請する")
    second, first = submission.turns(Application.get_by_id(back.id))[::-1]
    found = {answer.key: answer for _, _, rows in inquiry.answers(second, first) for answer in rows}
    assert found["send_to"].before == ["浜手1番"]
    assert found["send_to"].lines == [inquiry.NOT_ASKED]
    assert (found["why"].changed, found["why"].before) == (True, [])
    assert "wants" not in found  # hidden now, and nothing was answered then
    staff = browser(cast.clerk)
    staff.visit(f"/staff/applications/{back.id}/compare")
    assert staff.shows(inquiry.NOT_ASKED)


def test_draft_detail_shows_what_is_asked(browser, cast, asking):
    """内容詳細: no hidden question is lacking."""
    written = write(asking, cast.keiko, rent="60000")
    found = {part.key: part for part in draft_sheet.parts(written)}
    assert list(found) == ["home", "people", "help", "last"]
    assert found["help"].lacking == ["契約書の写し", "住み始めた日"]
    assert [answer.lines for answer in found["people"].answers if answer.key == "housing"] == [["60,000円"]]
    assert found["home"].complete


def test_copying_an_earlier_application(cast, asking):
    """前回の申請を写す takes what was sent, tables too, without consents; sums are made anew."""
    family = [{
        "name": {"family": "浜口", "given": "健", "family_kana": "ハマグチ", "given_kana": "ケン"},
        "born": {"era": "", "year": "1990", "month": "1", "day": "2"}, "relation": "spouse",
        "income": "5", "student": "yes",
    }]  # fmt: skip
    sent = send(write(asking, cast.keiko, alone="no", family=family, rent="10"), cast.keiko)
    copied = earlier.copy(sent, person(cast.keiko)).answers
    assert copied["family"][0]["name"]["family"] == "浜口"
    assert copied["family"][0]["student"] == ""
    assert "housing" not in copied


def test_published_anew_meanwhile(browser, cast, asking):
    """The form changes while a page is open: hidden answers stay through that too."""
    written = write(asking, cast.keiko, way="mail", send_to="浜手1番")
    opened = browser(cast.keiko)
    opened.visit(f"/applications/{written.id}/pages/home")
    opened.fill(way="desk")
    made = copy.deepcopy(FORM)
    made["pages"][0]["questions"].append(question("extra", "text", "ほかに", show_if={"question": "way", "is": "mail"}))
    offered(cast.town, made)
    procedure.forget()
    opened.press("next")
    kept = Application.get_by_id(written.id).answers
    assert (kept["way"], kept["send_to"]) == ("desk", "浜手1番")
    assert not draft_sheet.changes(Application.get_by_id(written.id)).keys


def test_labels_are_only_text(browser, cast):
    """Bad input of issue 4: HTML in labels is shown as it is written, everywhere."""
    evil = "<b>太字</b><script>alert(1)</script>"
    made = copy.deepcopy(FORM)
    for page in made["pages"]:
        page["title"], page["intro"] = "題<i>1</i>", evil
        for q in page["questions"]:
            q["label"], q["hint"] = evil, evil
            for choice in q.get("choices", ()):
                choice["label"] = evil
            for column in q.get("columns", ()):
                column["label"], q["row_name"] = evil, "<u>行</u>"
    wanted = offered(cast.town, made)
    written = write(wanted, cast.keiko, alone="no", family=[{"income": "x"}])
    opened = browser(cast.keiko)
    paths = [
        f"/applications/{written.id}/{rest}" for rest in ("pages/home", "pages/people?check=1", "confirm", "draft")
    ]
    for path in paths:
        opened.visit(path)
        assert not opened.shows("<b>太字"), path
        assert opened.shows("&lt;b&gt;太字"), path
    draft.save_page(written, made["pages"][0], {"lives": "no"})
    opened.visit(f"/applications/{written.id}/pages/outside")
    assert opened.shows("&lt;b&gt;太字")
    draft.save_page(written, made["pages"][0], {"lives": "yes"})
    draft.save_page(written, made["pages"][2], {"alone": "yes"})
    sent = send(written, cast.keiko)
    clerk = browser(cast.clerk)
    for seen, path in ((opened, ""), (opened, "/receipt"), (clerk, ""), (clerk, "/print")):
        seen.visit(f"{'/staff' if seen is clerk else ''}/applications/{sent.id}{path}")
        assert not seen.shows("<b>太字"), path
        assert seen.shows("&lt;b&gt;太字"), path


def test_a_file_and_a_new_question_in_one_post(browser, cast, asking):
    """A chosen file is attached whatever else the page still lacks."""
    written = write(asking, cast.keiko, rent="60000")
    opened = browser(cast.keiko)
    opened.visit(f"/applications/{written.id}/pages/help")
    form = next(f for f in opened.page.forms.values() if "contract" in f.fields)
    form["contract"] = Upload("契約書.pdf", PDF)
    opened.press("next")
    assert opened.shows("契約書.pdf", "住み始めた日を入力してください。")


def test_a_sum_that_stayed_as_it_was_has_not_changed(cast, asking):
    """What is published anew elsewhere marks no sum as changed: its unit comes from what it adds up."""
    made = copy.deepcopy(FORM)
    for q in made["pages"][2]["questions"]:
        if q["key"] in ("rent", "fee", "housing"):
            q.pop("limits")
            q["type"] = "sum" if q["key"] == "housing" else "money"
    offered(cast.town, made)
    procedure.forget()
    written = write(Procedure.get_by_id(asking.id), cast.keiko, alone="no", rent="10")
    made["pages"][0]["title"] = "住まいのこと"
    offered(cast.town, made)
    procedure.forget()
    assert not draft_sheet.changes(Application.get_by_id(written.id))


def test_a_choice_that_is_gone_is_named_and_chosen_again(browser, cast, asking):
    """Nobody reads "mail": the words that were chosen stand there, and that they can be chosen no more."""
    family = [{"relation": "child"}]
    written = write(asking, cast.keiko, way="mail", send_to="浜手1番", wants=["copy"], alone="no", family=family)
    made = copy.deepcopy(FORM)
    for q in form.questions(made):
        if q["key"] == "wants":
            q["show_if"] = {"question": "lives", "is": "yes"}
        for one in (q, *q.get("columns", ())):
            if one["key"] in ("way", "wants", "relation"):
                one["choices"] = [c for c in one["choices"] if c["value"] not in ("mail", "copy", "child")]
    made["pages"][0]["questions"] = [q for q in made["pages"][0]["questions"] if q["key"] != "send_to"]
    offered(cast.town, made)
    procedure.forget()
    opened = browser(cast.keiko)
    opened.visit(f"/applications/{written.id}/draft")
    assert opened.shows("郵送", "で選んであったものが、なくなりました。もう一度選んでください。", "続き柄：子")
    values = [line.text.strip() for line in opened.page.html.select("dl.answers .line")]
    assert not {"mail", "copy"} & set(values)
