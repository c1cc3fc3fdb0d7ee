"""メールの文面 of a town: checked, previewed, sent, and put back."""

from __future__ import annotations

import pytest
from cast_acts import as_staff, sent
from staff_acts import token

import models
from models import AuditEntry, MailText, OutboxMail, Town
from rules import Refusal
from rules.accounts import code
from rules.records import mail
from rules.records.access import Missing
from rules.town import mail_text, setup_mails

SUBJECT = "{town}からのお知らせ（{number}）"
BODY = "{name} 様\n\n{procedure}を受け付けました。\n番号は {number} です。"


@pytest.fixture
def chief(browser, cast):
    return browser(cast.administrator)


def write(cast, kind: str = "received", subject: str = SUBJECT, body: str = BODY, revision: int = 0) -> None:
    setup_mails.write(as_staff(cast.administrator), kind, subject, body, revision)


# ---------------------------------------------------------------- what a wording may say


@pytest.mark.parametrize("kind", sorted(mail_text.KINDS))
def test_what_ships_is_as_it_should_be(kind):
    """Issue 4.7: every mail has a row in the table, and fits it."""
    assert mail_text.faults(kind, mail_text.shipped(kind)) == []
    assert set(mail_text.KINDS[kind].needed) <= set(mail_text.KINDS[kind].fields) <= set(mail_text.FIELDS)
    assert mail_text.joined(*mail_text.parts(mail_text.shipped(kind))) == mail_text.shipped(kind)


def test_every_mail_can_be_worded():
    """Issue 4.7"""
    assert set(mail_text.KINDS) == {path.stem for path in mail.WORDING.glob("*.txt")}


@pytest.mark.parametrize(
    ("kind", "subject", "body", "words"),
    [
        ("received", SUBJECT, BODY + "{reason}", "{reason} という差込みは、このメールでは使えません"),
        ("received", SUBJECT, BODY + "{name!r}", "{name!r}"),
        ("received", SUBJECT, BODY + "{name.__class__}", "{name.__class__}"),
        ("received", SUBJECT, BODY + "{name:>9999999}", "{name:>9999999}"),
        ("received", SUBJECT, BODY + "｛name｝", "｛name｝"),
        ("received", SUBJECT, BODY + "{", "差込みのほかには使えません"),
        ("received", SUBJECT, BODY + "}}", "差込みのほかには使えません"),
        ("received", "受付", "受け付けました。", "{number}（申込番号）がありません"),
        ("sign_up_code", "コード", "{minutes}分間使えます。", "{code}（認証コード）がありません"),
        ("rejected", "{number}", "{reason}", "{appeal}（教示文（不服の申し立て方））がありません"),
        ("returned", "{number}", "{reason} {until}", "{correction_list}"),
        ("received", "あ" * 101 + "{number}", BODY, "件名は100文字まで"),
        ("received", SUBJECT, BODY + "あ" * 5000, "本文は5,000文字まで"),
        ("received", "", BODY, "件名を入力してください"),
        ("received", SUBJECT, " 　\n", "本文を入力してください"),
    ],
)
def test_what_is_wrong_with_a_wording(cast, kind, subject, body, words):
    """Issue 4.7: a sentence beside the field; nothing is kept."""
    with pytest.raises(Refusal) as refused:
        write(cast, kind, subject, body)
    assert words in "".join(refused.value.fields.values())
    assert not MailText.select().exists()


def test_a_wording_out_of_a_file():
    """Issue 4.3: a procedure's own wording is held against the same table."""
    assert mail_text.faults("received", "件名なし\n\n{number}") != []
    assert any("1行目" in one for one in mail_text.faults("received", "{number}\n"))
    assert any("次の行は、空けて" in one for one in mail_text.faults("received", "Subject: {number}\n本文"))
    assert "ありません" in mail_text.faults("nonsense", "x")[0]


# ---------------------------------------------------------------- the screens


def test_written_previewed_and_sent(chief, cast):
    """R-7.4: the next mail says it so, with its own values."""
    chief.visit("/staff/mail-texts")
    chief.page = chief.page.click("受付のお知らせ", index=0)
    assert chief.shows("申請が届いたとき", "配布の文面のまま", "1234-5678-9012")
    chief.page = chief.page.click("文面を変える")
    assert chief.shows("{number}", "申込番号", "必要")
    chief.fill(subject=SUBJECT, body=BODY)
    chief.press("プレビュー")
    assert chief.shows("まだ保存していません", "朝凪町からのお知らせ（1234-5678-9012）", "見本 花子 様")
    assert not MailText.select().exists()
    chief.press("保存する")
    assert chief.shows("保存しました", "町の文面", "町野 一郎")
    row = sent(cast.dogs, cast.keiko)
    queued = OutboxMail.get(OutboxMail.kind == "received")
    assert queued.subject.startswith("朝凪町からのお知らせ（") and "浜口 恵子 様" in queued.body
    assert queued.body.count(row.number[:4]) == 1
    assert AuditEntry.get(AuditEntry.act == "mail_text_saved").detail == {"mail": "received"}
    chief.visit("/staff/audit")
    assert chief.shows("メールの文面を変えた：受付のお知らせ")


def test_mails_about_an_account_of_the_only_town(cast, browser):
    """Issue 4.7: where there is one town, they are its own too; where there are several, they are nobody's."""
    write(cast, "sign_up_code", "{town}のコード", "{code} を{minutes}分以内に入力してください。")
    code.send("sign_up", "v" * 64, "new@example.jp", kind="person", ip="192.0.2.7")
    assert OutboxMail.get(OutboxMail.kind == "sign_up_code").subject == "朝凪町のコード"
    with models.transaction():
        Town.update(closed_at=None).execute()
    code.send("sign_up", "w" * 64, "next@example.jp", kind="person", ip="192.0.2.8")
    last = OutboxMail.select().order_by(OutboxMail.id.desc()).first()
    assert "利用者登録の認証コード" in last.subject
    chief = browser(cast.administrator)
    chief.visit("/staff/mail-texts")
    assert chief.shows("どの市町村にも共通です") and not chief.shows("利用者登録の認証コード")
    assert chief.get("/staff/mail-texts/sign_up_code", expect_errors=True).status_int == 404


def test_a_mistake_keeps_what_was_typed(chief, cast):
    """R-3.6 for staff"""
    chief.visit("/staff/mail-texts/received/edit")
    chief.fill(subject="{oops}", body="番号のない文")
    for button in ("プレビュー", "保存する"):
        chief.press(button)
        assert chief.page.status_int == 422
        assert chief.shows("q-subject-error", "q-body-error", "{oops}", "番号のない文")


def test_two_administrators(chief, cast):
    """House rule 6"""
    chief.visit("/staff/mail-texts/received/edit")
    write(cast, body=BODY + "\n先に書いた行です。")
    chief.fill(subject=SUBJECT, body=BODY + "\n後から書いた行です。")
    chief.press("保存する")
    assert chief.page.status_int == 422
    assert chief.shows("ほかの職員が、先に", "先に書いた行です。", "後から書いた行です。", "いまの文だけ")
    assert "先に書いた" in MailText.get().text
    chief.press("保存する")
    assert "後から書いた" in MailText.get().text and MailText.get().revision == 2


def test_back_to_what_ships(chief, cast):
    """Issue 4.7: by a page; a form made before never fits again."""
    write(cast)
    chief.visit("/staff/mail-texts/received/put-back")
    assert chief.shows("いまの町の文面は消えます", "次の申請が、役場に届きました")
    chief.press("配布の文面に戻す")
    assert chief.shows("配布の文面に戻しました", "配布の文面のまま")
    assert MailText.get().text == "" and mail_text.text_of(cast.town.id, "received") is None
    with pytest.raises(Refusal):
        write(cast, revision=0)
    sent(cast.dogs, cast.keiko)
    assert "受付のお知らせ" in OutboxMail.get(OutboxMail.kind == "received").subject


def test_a_wording_that_fits_no_more_stops_nothing(chief, cast):
    """House rule: written for an older version, it is left aside, and staff are told."""
    write(cast)
    with models.transaction():
        MailText.update(text="Subject: 古い {gone}\n\n{number}\n").execute()
    sent(cast.dogs, cast.keiko)
    assert "受付のお知らせ" in OutboxMail.get(OutboxMail.kind == "received").subject
    assert "△ 直してください" in chief.visit("/staff/mail-texts").text
    chief.visit("/staff/mail-texts/received")
    assert chief.shows("町の文面は、いま使っていません", "{gone}")


def test_clerks_read_and_other_towns_keep_their_own(browser, cast):
    """The table of roles, R-8.4"""
    write(cast)
    clerk = browser(cast.clerk)
    clerk.visit("/staff/mail-texts/received")
    assert clerk.shows("文面を変えられるのは、町の管理者です")
    csrf = token(clerk)
    fields = {"csrf": csrf, "revision": "1", "subject": "x {number}", "body": "{number}", "act_save": "保存する"}
    assert clerk.post("/staff/mail-texts/received/edit", fields, expect_errors=True).status_int == 404
    far = browser(cast.foreign_clerk)
    far.visit("/staff/mail-texts/received")
    assert far.shows("配布の文面のまま") and not far.shows("朝凪町からのお知らせ")
    with pytest.raises(Missing):
        setup_mails.source(as_staff(cast.administrator), "nonsense")
