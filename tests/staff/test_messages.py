"""やりとり and both versions on the staff side: who may read and write, and what the inbox says."""

from __future__ import annotations

import pytest
from cast_acts import person, send, sent
from staff_acts import acts, path, token
from visitor_acts import STRANGER, give_back, open_dogs, sent_openly

from models import Application, Message, OutboxMail
from rules.applications import draft, message


@pytest.fixture
def asked(cast) -> Application:
    """An application with a question of its applicant."""
    row = sent(cast.dogs, cast.keiko)
    message.write(row, person(cast.keiko), "いつごろですか。")
    return row


def test_the_inbox_says_that_somebody_waits(browser, cast, asked):
    """R-6.9 R-7.2: a tag in the row, and a box that leads to it."""
    sent(cast.dogs, cast.ken)
    clerk = browser(cast.clerk)
    tags = [tag.text for tag in clerk.visit("/staff/").html.find("tbody").find_all(class_="tag")]
    assert tags == ["メッセージあり"]
    clerk.page = clerk.page.click("^メッセージ$")
    assert clerk.page.html.find(class_="count-here").get_text(" ", strip=True) == "メッセージ 1"
    assert len(clerk.page.html.find("tbody").find_all("tr")) == 1
    assert clerk.shows("メッセージ：返事待ち")


def test_answering(browser, cast, asked):
    """R-6.9: inline, with a mail to the applicant; then nothing waits."""
    clerk = browser(cast.clerk)
    clerk.visit(path(asked))
    assert clerk.shows("メッセージ1件に、まだ返事をしていません", "いつごろですか。", "返事待ち")
    clerk.fill(text="来週です。")
    clerk.press("メッセージを送る")
    assert clerk.page.request.path == path(asked)
    assert clerk.shows("来週です。", "住民生活課 三浦 直樹") and not clerk.shows("返事待ち")
    assert OutboxMail.get(OutboxMail.kind == "message").to_address == cast.keiko.email
    assert ("message_sent", {}) in acts(asked)
    assert "メッセージあり" not in clerk.visit("/staff/").text


def test_no_answer_is_needed(browser, cast, asked):
    """R-6.9: 「返事は不要」, for a word of thanks."""
    clerk = browser(cast.clerk)
    clerk.visit(path(asked))
    clerk.press("返事は不要")
    assert not clerk.shows("返事待ち") and not clerk.page.html.find("input", value="返事は不要")
    assert Message.select().count() == 1 and ("message_handled", {}) in acts(asked)
    assert not OutboxMail.select().where(OutboxMail.kind == "message").exists()


def test_what_came_while_the_answer_was_written_waits_on(browser, cast, asked):
    """R-6.9."""
    clerk = browser(cast.clerk)
    clerk.visit(path(asked))
    message.write(asked, person(cast.keiko), "急いでいます。")
    clerk.fill(text="来週です。")
    clerk.press("メッセージを送る")
    assert clerk.shows("メッセージ1件に、まだ返事をしていません", "急いでいます。")
    assert clerk.shows("メッセージを送りました。書いているあいだに、新しいメッセージが届きました。")
    clerk.fill(text="あすです。")
    clerk.press("メッセージを送る")
    assert clerk.shows("メッセージを送りました。") and not clerk.shows("書いているあいだに")


@pytest.mark.parametrize("seen", ["", "x", "-1", "9" * 30])
def test_a_form_without_what_was_seen_answers_nothing(browser, cast, asked, seen):
    clerk = browser(cast.clerk)
    fields = {"csrf": token(clerk), "seen": seen, "act_no_answer": "返事は不要"}
    assert clerk.post(path(asked, "messages"), fields).status_int == 302
    assert Message.get().handled_at is None


@pytest.mark.parametrize("text", ["", "あ" * 2001])
def test_a_refused_message_stays(browser, cast, asked, text):
    clerk = browser(cast.clerk)
    clerk.visit(path(asked))
    clerk.fill(text=text)
    assert clerk.press("メッセージを送る").status_int == 422
    assert clerk.page.html.find("a", href="#q-text") and text in clerk.page.text
    assert Message.select().count() == 1


def test_two_clerks_press_at_once(browser, cast, asked):
    """The same words twice are one message; others are two, and both are read."""
    clerk, chief = browser(cast.clerk), browser(cast.administrator)
    for opened in (clerk, chief):
        opened.visit(path(asked))
        opened.fill(text="来週です。")
    for opened in (clerk, chief):
        assert opened.press("メッセージを送る").status_int == 200
    assert Message.select().where(Message.staff.is_null(False)).count() == 1


@pytest.mark.parametrize("who", ["other_clerk", "foreign_clerk", "system"])
def test_others_neither_read_nor_write(browser, cast, asked, who):
    """R-7.1: another division's clerk gets a 404, a system administrator no contents."""
    opened = browser(getattr(cast, who))
    fields = {"csrf": token(opened), "seen": "9", "text": "はい。"}
    assert opened.post(path(asked, "messages"), fields).status_int == 404
    assert opened.post(path(asked, "messages"), {**fields, "act_no_answer": "返事は不要"}).status_int == 404
    for place in (path(asked), path(asked, "compare"), "/staff/"):
        assert "いつごろですか。" not in opened.visit(place).text and "メッセージあり" not in opened.page.text
    assert Message.get().handled_at is None and Message.select().count() == 1


def test_not_on_a_draft(browser, cast):
    clerk, written = browser(cast.clerk), draft.start(cast.dogs, person(cast.keiko))
    fields = {"csrf": token(clerk), "seen": "0", "text": "はい。"}
    assert clerk.post(path(written, "messages"), fields).status_int == 404


def test_who_gets_no_mail_is_said(browser, cast, asked):
    """R-3.5: before the clerk relies on it."""
    clerk, row = browser(cast.clerk), sent_openly(open_dogs(cast))
    assert "メールでもお知らせします" in clerk.visit(path(asked)).text
    assert "メールは届きません" in clerk.visit(path(row)).text
    message.write(row, STRANGER, "いつごろですか。")
    assert "返事待ち" in clerk.visit(path(row)).text


def test_both_versions_side_by_side(browser, cast):
    """R-6.2: for staff too, with what was asked for."""
    row = give_back(sent(cast.dogs, cast.keiko), cast, dog_name="鑑札と違います。")
    written = draft.editable(person(cast.keiko), row.id)
    page = next(p for p in draft.document(written)["form"]["pages"] if p["key"] == "dog")
    draft.save_page(written, page, {"dog_name": "ハチ"})
    clerk = browser(cast.clerk)
    assert clerk.visit(path(row, "compare")).status_int == 404
    send(Application.get_by_id(row.id), cast.keiko)
    clerk.visit(path(row))
    clerk.page = clerk.page.click("前回と今回をならべて見る")
    assert clerk.shows("お確かめください。", "鑑札と違います。", "直したところは1か所です")
    (line,) = [tr for tr in clerk.page.html.find_all("tr") if tr.find(class_="tag")]
    assert [td.get_text(strip=True) for td in line.find_all("td")] == ["前回：ポチ", "今回：ハチ"]
    assert acts(row)[-1] == ("application_viewed", {})
    assert browser(cast.other_clerk).visit(path(row, "compare")).status_int == 404
