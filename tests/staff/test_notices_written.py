"""お知らせ as staff write them: list, form, preview, how far the mails are, two at once."""

from __future__ import annotations

import pytest
from cast_acts import as_staff

import clock
import models
from models import AuditEntry, Notice, OutboxMail, Resident
from rules.town import notice, notice_mail

DATES = {"from__year": "2026", "from__month": "11", "from__day": "25", "from__era": ""}


@pytest.fixture
def chief(browser, cast):
    return browser(cast.administrator)


@pytest.fixture
def shown(cast) -> Notice:
    values = {"title": "断水", "body": "工事をします。", "shown_from": clock.now(), "shown_until": None}
    return notice.publish(as_staff(cast.administrator), values | {"mail_to": "none"})


def write(opened, **changes) -> None:
    opened.visit("/staff/notices")
    opened.page = opened.page.click("お知らせを書く")
    text = "次の地区です。\n\n・浜手一丁目\n・浜手二丁目"
    opened.fill(**{"title": "断水のお知らせ", "body": text, "mail_to": "wanted", **DATES, **changes})


def test_from_the_form_to_the_residents_page(chief, cast, browser):
    """Issue 3.6: preview as residents see it, who will be mailed and how many; then it is there."""
    Resident.change({"wants_notices": True}, "id = {}", cast.keiko.id)
    write(chief, from_time="9:00", until__year="2026", until__month="11", until__day="30")
    chief.press("確認する")
    assert chief.shows("まだ保存していません", "<li>浜手一丁目</li>", "お知らせメールを希望する方", "1人")
    assert chief.shows("11月25日（水）9時00分から、11月30日（月）まで", "11月25日（水）9時00分から送り始めます")
    assert not Notice.select().exists()
    chief.press("この内容で掲載する")
    assert chief.shows("断水のお知らせ", "予定", "掲載が始まると、1人に送ります")
    made = Notice.get()
    stranger = browser()
    assert stranger.visit(f"/notices/{made.id}").status_int == 404
    with clock.at("2026-11-25T09:00"):
        stranger.visit("/towns/064998/notices")
        stranger.page = stranger.page.click("断水のお知らせ")
        assert stranger.shows("<h1>断水のお知らせ</h1>", "2026年11月25日（水）", "<li>浜手一丁目</li>")
        notice_mail.send_due(clock.now())
        chief.log_in_staff(cast.administrator.login_id, "nagisa-no-machi-7")
        chief.visit(f"/staff/notices/{made.id}")
        assert chief.shows("掲載中", "1人のうち 0人に送りました", "送信待ち 1人")
    with clock.at("2026-12-01T00:00"):
        assert stranger.visit(f"/notices/{made.id}").status_int == 410
        assert stranger.shows("<h1>このお知らせの掲載は終わりました</h1>") and not stranger.shows("断水")
        stranger.page = stranger.page.click("お知らせの一覧へ")
        assert stranger.shows("いまは、お知らせはありません")


def test_pressing_twice_publishes_once(chief, cast):
    """House rule 12: the second half of a double click lands on what the first has made; a new preview is a new one."""
    write(chief)
    chief.press("確認する")
    preview = next(form for form in chief.page.forms.values() if "act_publish" in form.fields)
    places = {preview.submit("act_publish").headers["Location"] for _ in range(2)}
    assert places == {f"http://madoguchi.test/staff/notices/{Notice.get().id}"}
    write(chief)
    chief.press("確認する")
    chief.press("この内容で掲載する")
    assert Notice.select().count() == 2
    assert AuditEntry.select().where(AuditEntry.act == "notice_created").count() == 2


def test_those_not_reached_are_told(chief, cast):
    """Issue 3.6: when the notice was over before its mails."""
    Resident.change({"wants_notices": True}, "id = {}", cast.keiko.id)
    write(chief, from__day="24", from_time="", until__year="2026", until__month="11", until__day="24")
    chief.press("確認する")
    chief.press("この内容で掲載する")
    with clock.at("2026-11-25T00:00"):
        notice_mail.send_due(clock.now())
    chief.visit(chief.page.request.path)
    assert chief.shows("1人のうち 0人に送りました", "掲載が終わったため、送らなかった方 1人")
    chief.page = chief.page.click("直す")
    assert chief.shows("もう送りません") and not chief.shows("もう送り始めています")


def test_how_far_the_mails_are(chief, cast):
    """Issue 3.6: "N of M" while they go, and at the end."""
    crowd = [{"kind": "person", "email": f"c{n}@x.jp", "email_folded": f"c{n}@x.jp"} for n in range(1200)]
    with models.transaction():
        Resident.insert_many(
            [row | {"password_hash": "x", "created_at": clock.now(), "wants_notices": True} for row in crowd]
        ).execute()
    write(chief, from__day="24", from_time="")
    chief.press("確認する")
    assert chief.shows("1,200人", "すぐに送り始めます")
    chief.press("この内容で掲載する")
    for _ in range(2):
        notice_mail.send_due(clock.now())
        with models.transaction():
            OutboxMail.update(state="SENT").execute()
    chief.visit(chief.page.request.path)
    assert chief.shows("1,200人のうち 400人に送りました。続けて送っています")
    chief.page = chief.page.click("取り下げる")
    assert chief.shows("1,200人のうち 400人に送りました", "元には戻せません") and Notice.get().removed_at is None
    chief.press("取り下げる")
    assert chief.shows("取り下げ", "400人に送ったところで、取り下げました")


def test_without_a_time_the_day_as_a_whole(chief):
    """Issue 3.6: from its beginning to the end of the last; what is kept is what the form shows again."""
    write(chief, mail_to="none", until__year="2026", until__month="11", until__day="25")
    chief.press("確認する")
    assert chief.shows("送りません")
    chief.press("この内容で掲載する")
    made = Notice.get()
    assert f"{made.shown_from:%d %H:%M} {made.shown_until:%d %H:%M}" == "25 00:00 26 00:00"
    chief.page = chief.page.click("直す")
    form = next(form for form in chief.page.forms.values() if "title" in form.fields)
    assert [form[f"until.{part}"].value for part in ("year", "month", "day")] == ["2026", "11", "25"]
    assert (form["until_time"].value, form["mail_to"].value) == ("", "none")


def test_writing_on_after_the_preview(chief):
    """Issue 3.6: 「書き直す」 brings everything typed back."""
    write(chief, from_time="9:00")
    chief.press("確認する")
    chief.press("書き直す")
    assert chief.shows('value="断水のお知らせ"', "・浜手二丁目", 'value="9:00"')
    chief.fill(title="断水")
    chief.press("確認する")
    chief.press("この内容で掲載する")
    assert Notice.get().title == "断水"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title": ""}, "題名を入力してください"),
        ({"from_time": "あさ"}, "時刻は「20:00」か「20時00分」のように入力してください"),
        ({"from__month": "13"}, "月は、1から12まで"),
        ({"until_time": "9:00"}, "時刻だけでなく、日付も"),
        ({"until__year": "2026", "until__month": "11", "until__day": "24"}, "掲載の終わりは、始まりより後"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(chief, changes, sentence):
    """House rule 7: 422 with everything typed still there; nothing is published."""
    write(chief, **changes)
    chief.press("確認する")
    assert chief.page.status_int == 422 and chief.shows(sentence, "・浜手一丁目")
    assert not Notice.select().exists()


def test_two_administrators_never_overwrite_each_other(browser, cast, chief, shown):
    """House rule 6: the second is told who and when and what, with the typed text still there; then it is meant."""
    other = browser(cast.administrator)
    for opened in (chief, other):
        opened.visit(f"/staff/notices/{shown.id}/edit")
    chief.fill(title="先に")
    other.fill(title="あとで")
    for opened in (chief, other):
        opened.press("確認する")
        opened.press("この内容で掲載する")
    assert other.page.status_int == 422 and other.shows('value="あとで"', "ほかの職員が先に直した")
    assert other.shows("2026年11月24日（火）10時00分　町野 一郎", "<dd>先に</dd>", "工事をします。")
    assert Notice.get().title == "先に"
    other.press("確認する")
    other.press("この内容で掲載する")
    assert other.page.status_int == 200 and Notice.get().title == "あとで"


def test_taking_down_what_was_changed_meanwhile(browser, cast, chief, shown):
    """House rule 6: an act that asks first stays behind, pressed as often as one likes."""
    other = browser(cast.administrator)
    other.visit(f"/staff/notices/{shown.id}/remove")
    chief.visit(f"/staff/notices/{shown.id}/edit")
    chief.fill(title="大事な変更")
    chief.press("確認する")
    chief.press("この内容で掲載する")
    for _ in range(2):
        assert other.press("取り下げる").status_int == 422
        assert other.shows("ほかの職員が先に") and Notice.get().removed_at is None
    other.visit(f"/staff/notices/{shown.id}/remove")
    other.press("取り下げる")
    assert Notice.get().removed_at is not None
    assert browser().visit(f"/notices/{shown.id}").status_int == 410
    assert other.visit(f"/staff/notices/{shown.id}/remove").request.path == f"/staff/notices/{shown.id}"
    assert browser(cast.clerk).get(f"/staff/notices/{shown.id}/remove").status_int == 404


def test_mailing_began_while_it_was_written(chief, cast, shown):
    """Issue 3.6: that is said as it is, and nobody has to begin again."""
    Resident.change({"wants_notices": True}, "id = {}", cast.keiko.id)
    Notice.change({"mail_to": "wanted"}, "id = {}", shown.id)
    chief.visit(f"/staff/notices/{shown.id}/edit")
    chief.fill(title="断水（変更）")
    chief.press("確認する")
    notice_mail.send_due(clock.now())
    with pytest.MonkeyPatch.context() as patch:
        # As it was when the act looked, just before.
        patch.setattr(notice_mail, "has_begun", lambda row: False)
        chief.press("この内容で掲載する")
    assert chief.page.status_int == 422 and chief.shows("お知らせメールを送り始めたため", "断水（変更）")
    assert not chief.shows("ほかの職員が、先に変えました")
    chief.press("確認する")
    chief.press("この内容で掲載する")
    assert Notice.get().title == "断水（変更）"


def test_once_mailed_nobody_is_asked_to_whom(chief, cast, shown):
    """Issue 3.6: editing after mailing began does not mail again."""
    Resident.change({"wants_notices": True}, "id = {}", cast.keiko.id)
    Notice.change({"mail_to": "wanted"}, "id = {}", shown.id)
    notice_mail.send_due(clock.now())
    chief.visit(f"/staff/notices/{shown.id}/edit")
    assert chief.shows("もう送り始めています") and not chief.shows('name="mail_to"')
    chief.fill(title="断水（変更）")
    chief.press("確認する")
    assert chief.shows("もう一度送ることはありません")
    chief.press("この内容で掲載する")
    assert notice_mail.send_due(clock.now()) == 0
    assert (Notice.get().title, OutboxMail.select().count()) == ("断水（変更）", 1)


def test_clerks_read(browser, cast, shown):
    """Issue 3.6: the list and a notice, no buttons; other towns' staff and system administrators nothing."""
    clerk = browser(cast.clerk)
    clerk.visit("/staff/notices")
    assert clerk.shows("断水", "掲載中") and not clerk.shows("お知らせを書く")
    clerk.page = clerk.page.click("断水")
    assert clerk.shows("工事をします。") and not clerk.shows("act_remove")
    for path in ("/staff/notices/new", f"/staff/notices/{shown.id}/edit"):
        assert clerk.get(path).status_int == 404
    far = browser(cast.foreign_clerk)
    assert "断水" not in far.visit("/staff/notices").text
    assert far.get(f"/staff/notices/{shown.id}").status_int == 404
    assert browser(cast.system).get("/staff/notices").status_int == 404


def test_pages_of_thirty(chief, cast):
    """Issue 3.6."""
    for number in range(31):
        values = {"title": f"{number}番", "body": "x", "shown_from": clock.now(), "shown_until": None}
        notice.publish(as_staff(cast.administrator), values | {"mail_to": "none"})
    page = chief.visit("/staff/notices")
    assert "30番" in page.text and ">0番" not in page.text
    assert ">0番" in page.click("次のページ").text
