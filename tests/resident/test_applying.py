"""申請する: from the list to the done page, and everything that may come between."""

from __future__ import annotations

import re

import pytest
from cast_acts import PDF, as_staff, person
from webtest import Upload

import clock
from models import Application, Attachment, OutboxMail, Procedure, Session, Status, Submission
from rules.applications import application, draft, submission
from rules.files import storage
from rules.forms import form
from rules.records import numbering

DOG = {
    "dog_name": "ポチ",
    "breed": "柴犬",
    "color": "茶",
    "sex": "male",
    "dog_birth_date__era": "R",
    "dog_birth_date__year": "7",
    "dog_birth_date__month": "3",
    "dog_birth_date__day": "1",
    "acquired_on__era": "R",
    "acquired_on__year": "7",
    "acquired_on__month": "5",
    "acquired_on__day": "1",
    "vaccination": "done",
}


def begin(opened, cast):
    opened.visit(f"/procedures/{cast.dogs.id}")
    return opened.press("申請する")


def fill_dog(opened, **changes):
    opened.press("次へ進む")
    opened.fill(**{**DOG, **changes})


def to_confirm(opened, cast, **changes):
    begin(opened, cast)
    fill_dog(opened, **changes)
    opened.press("次へ進む")
    assert opened.shows("まだ申請は終わっていません")


@pytest.fixture
def keiko(browser, cast):
    return browser(cast.keiko)


def test_one_application_goes_the_whole_way(keiko, cast, browser):
    """R-2.1 R-2.2 R-3.1 R-3.4 R-3.7 R-3.9 R-6.1"""
    keiko.visit("/")
    keiko.fill(words="いぬ")
    keiko.page = keiko.page.forms[[i for i, f in keiko.page.forms.items() if "words" in f.fields][0]].submit()
    keiko.page = keiko.page.click("犬の登録申請")
    assert keiko.shows("3,000円", "添付するもの", "住民生活課")
    keiko.press("申請する")
    assert keiko.shows('value="浜口"', "999-8101")
    fill_dog(keiko)
    keiko.fill(certificate=Upload("注射済証.pdf", PDF))
    keiko.press("添付する")
    assert keiko.shows("注射済証.pdf") and not keiko.shows("未検査")
    keiko.press("次へ進む")
    assert keiko.shows("ポチ", "注射済証.pdf", "令和7年")
    keiko.press("この内容で申請する")
    assert keiko.shows("申請を受け付けました", "受付票を印刷する")
    done = Application.get()
    assert keiko.shows(numbering.grouped(done.number))
    assert re.search(r"\d{4}-\d{4}-\d{4}", keiko.page.text)
    keiko.page = keiko.page.click("受付票を印刷する")
    assert keiko.shows("ポチ", "注射済証.pdf", submission.latest(done).sha256)
    keiko.visit("/mypage")
    keiko.page = keiko.page.click("申請履歴・委任状の確認").click("申請履歴一覧・検索")
    keiko.page = keiko.page.click(numbering.grouped(done.number))
    assert keiko.shows("申請内容照会", "受付済み", "状態")
    file = keiko.page.click("注射済証.pdf")
    assert file.body == PDF
    assert "filename*=UTF-8''%E6%B3%A8" in file.headers["Content-Disposition"]


def test_reload_back_and_a_second_tab_send_once(keiko, cast):
    """R-3.1"""
    to_confirm(keiko, cast)
    confirm = keiko.page
    keiko.press("この内容で申請する")
    number = Application.get().number
    again = confirm.forms[[i for i, f in confirm.forms.items() if "digest" in f.fields][0]].submit().maybe_follow()
    assert numbering.grouped(number) in again.text
    assert keiko.get(keiko.page.request.path).text.count("申請を受け付けました")
    assert (Application.select().count(), Submission.select().count()) == (1, 1)
    assert OutboxMail.select().where(OutboxMail.kind == "received").count() == 1


def test_what_changed_in_another_tab_is_shown_again(keiko, cast):
    """R-3.1"""
    to_confirm(keiko, cast)
    written = Application.get()
    draft.save_page(written, draft.document(written)["form"]["pages"][1], {"dog_name": "ハチ"})
    keiko.press("この内容で申請する")
    assert keiko.page.status_int == 422
    assert keiko.shows("まだ送っていません", "ハチ")
    keiko.press("この内容で申請する")
    assert keiko.shows("申請を受け付けました")


def test_save_and_resume(keiko, cast):
    """R-3.2 R-3.3"""
    begin(keiko, cast)
    keiko.press("次へ進む")
    keiko.fill(dog_name="ポ", dog_birth_date__year="来年")
    keiko.press("保存してあとで申請する")
    assert keiko.shows("まだ申請されていません", "12月24日（木）まで", "次へ進む", "破棄する")
    keiko.visit("/mypage")
    keiko.page = keiko.page.click("保存した手続き・判定結果の照会").click("保存した手続き一覧").click("犬の登録申請")
    assert keiko.shows("内容詳細")
    keiko.press("次へ進む")
    assert keiko.shows('value="ポ"', 'value="来年"')
    keiko.press("戻る")
    assert keiko.shows('value="浜口"')


def test_a_draft_is_gone_after_its_last_day(keiko, cast):
    """R-3.3: never one day early."""
    begin(keiko, cast)
    path = keiko.page.request.path
    with clock.at("2026-12-24T23:59:59"):
        keiko.log_in(cast.keiko.email, "nagisa-no-machi-7")
        assert draft.expire_drafts(clock.now()) == 0
        assert keiko.visit(path).status_int == 200
    with clock.at("2026-12-25T00:00:00"):
        assert keiko.visit(path).status_int == 410
        assert keiko.shows("保存の期限が過ぎました", "申請は、送られていません")
        keiko.visit("/mypage/drafts")
        assert keiko.shows("保存した手続きはありません")
    with clock.at("2026-12-26T00:00:00"):
        assert draft.expire_drafts(clock.now()) == 1
    assert Application.select().count() == 0


def test_discard(keiko, cast):
    begin(keiko, cast)
    keiko.press("保存してあとで申請する")
    keiko.page = keiko.page.click("破棄する")
    keiko.press("破棄する")
    assert keiko.shows("保存した手続きはありません")


def test_a_second_application_is_asked_about(keiko, cast):
    """R-3.8"""
    begin(keiko, cast)
    begin(keiko, cast)
    assert keiko.shows("同じ手続きの申請があります")
    keiko.press("続きから入力する")
    assert keiko.page.request.path.endswith("/pages/owner")
    begin(keiko, cast)
    keiko.press("新しく申請する")
    assert Application.select().count() == 2


def test_without_login_to_the_done_page(browser, cast):
    """R-3.5: no mail, no history; the number is shown."""
    bulky = Procedure.get(Procedure.slug == "bulky-waste")
    opened = browser()
    opened.visit(f"/procedures/{bulky.id}")
    opened.press("申請する")
    assert "/pages/" in opened.page.request.path
    stranger = browser()
    answers = [stranger.get(path) for path in (opened.page.request.path, "/applications/999/pages/a")]
    # Nobody learns which applications there are, and which of them were begun without an account.
    assert {answer.status_int for answer in answers} == {302}
    stranger.page = answers[0].follow()
    assert stranger.shows("始めたときのブラウザー", "ログイン")


def test_the_login_on_the_way_takes_the_wish_along(browser, cast):
    """R-3.6: 「申請する」 pressed by a stranger goes on after the login."""
    opened = browser()
    begin(opened, cast)
    assert opened.page.forms[0] is not None
    opened.fill(email=cast.keiko.email, password="nagisa-no-machi-7")
    opened.press("ログイン")
    assert opened.shows("飼い主", 'value="浜口"')


def test_typed_text_survives_the_end_of_the_session(keiko, cast):
    """R-3.6"""
    begin(keiko, cast)
    fill_dog(keiko, dog_name="𠮷﨑号")
    Session.delete().execute()
    keiko.press("次へ進む")
    assert keiko.shows("ログインし直すと、入力した内容から続けられます")
    keiko.fill(email=cast.keiko.email, password="wrong-password-1")
    keiko.press("ログイン")
    keiko.fill(email=cast.keiko.email, password="nagisa-no-machi-7")
    keiko.press("ログイン")
    assert Application.get().answers["dog_name"] == "𠮷﨑号"
    assert "confirm" in keiko.page.request.path or keiko.shows("内容の確認")


def test_after_logout_too(keiko, cast, browser):
    """R-3.6: another window logged out; the form's own window goes on."""
    begin(keiko, cast)
    fill_dog(keiko, dog_name="ハチ")
    waiting = keiko.page
    keiko.visit("/mypage")
    keiko.press("ログアウト")
    keiko.page = waiting
    keiko.press("保存してあとで申請する")
    assert keiko.shows("ログインし直すと、入力した内容から続けられます")
    keiko.fill(email=cast.keiko.email, password="nagisa-no-machi-7")
    keiko.press("ログイン")
    assert keiko.shows("まだ申請されていません")
    assert Application.get().answers["dog_name"] == "ハチ"


def test_another_resident_does_not_take_it_up(keiko, cast):
    begin(keiko, cast)
    fill_dog(keiko, dog_name="ハチ")
    Session.delete().execute()
    keiko.press("次へ進む")
    keiko.fill(email=cast.ken.email, password="nagisa-no-machi-7")
    keiko.press("ログイン")
    assert keiko.page.request.path == "/mypage"
    assert not keiko.shows("ハチ")
    assert Application.get().answers.get("dog_name") != "ハチ"


def test_a_post_without_token_is_explained_and_keeps_the_input(keiko, cast):
    begin(keiko, cast)
    path = keiko.page.request.path
    response = keiko.post(path, {"name.family": "浜口", "telephone": "0999-00-9999"}, expect_errors=True)
    assert response.status_int == 403
    assert "0999-00-9999" in response.text
    keiko.page = response
    keiko.press("もう一度送信する")
    assert Application.get().answers["telephone"] == "0999-00-9999"


def test_a_foreign_origin_is_refused(keiko, cast):
    begin(keiko, cast)
    form = next(f for f in keiko.page.forms.values() if "name.family" in f.fields)
    fields = form.submit_fields("act_next")
    for header in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert keiko.post(keiko.page.request.path, fields, headers=header, expect_errors=True).status_int == 403


def test_one_refused_file_leaves_the_rest(keiko, cast):
    """R-4.2"""
    begin(keiko, cast)
    fill_dog(keiko)
    keiko.fill(certificate=Upload("empty.pdf", b""))
    keiko.press("添付する")
    keiko.fill(certificate=Upload("virus.exe", b"MZ..."))
    keiko.press("次へ進む")
    assert keiko.page.status_int == 422
    assert keiko.shows("virus.exe", "添付できない種類", 'value="ポチ"')
    assert Attachment.select().count() == 0


def test_too_many_files_are_told_of_once(keiko, cast):
    """R-4.1: how many there may be and how many were left out, not a sentence for each."""
    begin(keiko, cast)
    fill_dog(keiko)
    form = next(f for f in keiko.page.forms.values() if "dog_name" in f.fields)
    fields = [(name, value) for name, value in form.submit_fields("act_next") if name != "certificate"]
    files = [("certificate", f"{number}.pdf", PDF) for number in range(9)]
    answer = keiko.post(keiko.page.request.path, fields, upload_files=files, expect_errors=True)
    assert answer.status_int == 422
    kept = Attachment.select().count()
    assert 0 < kept < 9 and "「8.pdf」" not in answer.text
    assert f"添付できるのは{kept}個までです。残りの{9 - kept}個は添付していません。" in answer.text


@pytest.mark.parametrize(
    "name", [r"C:\Documents and Settings\花子\申請書.pdf", "/home/hanako/申請書.pdf", "申請書.pdf"]
)
def test_names_of_any_browser(keiko, cast, name):
    """R-4.3"""
    begin(keiko, cast)
    fill_dog(keiko)
    keiko.fill(certificate=Upload(name, PDF))
    keiko.press("添付する")
    assert Attachment.get().name == "申請書.pdf"


def test_a_shift_jis_file_name(keiko, cast):
    """R-4.3: a browser that sends its own charset."""
    begin(keiko, cast)
    keiko.press("次へ進む")
    form = next(f for f in keiko.page.forms.values() if "dog_name" in f.fields)
    boundary = "----madoguchi"
    parts = [("csrf", form["csrf"].value), ("dog_name", "ポチ"), ("act_attach.certificate", "添付する")]
    body = b"".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in parts
    )
    body += (
        f'--{boundary}\r\nContent-Disposition: form-data; name="certificate"; filename="'.encode()
        + "表の写し.pdf".encode("cp932")
        + b'"\r\n\r\n'
        + PDF
        + f"\r\n--{boundary}--\r\n".encode()
    )
    response = keiko.request(
        keiko.page.request.path,
        method="POST",
        environ=dict(keiko.extra_environ),
        body=body,
        content_type=f"multipart/form-data; boundary={boundary}",
    )
    assert response.status_int == 302, response.text
    assert Attachment.get().name == "表の写し.pdf"


def test_a_full_disk(keiko, cast, monkeypatch):
    """Issue 2.4: a sentence, no half row, the draft intact."""

    def full(_stream):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage, "store", full)
    begin(keiko, cast)
    fill_dog(keiko)
    keiko.fill(certificate=Upload("a.pdf", PDF))
    keiko.press("次へ進む")
    assert keiko.page.status_int == 422
    assert keiko.shows("保存できませんでした", 'value="ポチ"')
    assert Attachment.select().count() == 0
    assert Application.get().answers["dog_name"] == "ポチ"


@pytest.mark.parametrize(
    "garbage",
    [
        {"unknown": "x", "dog_name": "\x00\x01ポ\x1fチ"},
        {"dog_name": "長" * 700_000},
        {"sex": "neither", "vaccination": ["done", "not_yet"]},
        {"dog_birth_date.year": "９" * 50, "dog_birth_date.era": "X", "acquired_on.month": "-1"},
        {"csrf2": "", "act_remove.999999999999999999999": "削除"},
        {"act_remove.x": "削除"},
        {"act_nothing": "x", "act_back": "戻る"},
    ],
)
def test_garbage_is_kept_or_refused_with_a_page(keiko, cast, garbage):
    """Issue 2.4: never a 500, never a lost input."""
    begin(keiko, cast)
    keiko.press("次へ進む")
    token = next(f for f in keiko.page.forms.values() if "dog_name" in f.fields)["csrf"].value
    response = keiko.post(keiko.page.request.path, {"csrf": token, **garbage}, expect_errors=True)
    assert response.status_int in (302, 404, 422), response.status_int


def test_bytes_that_are_no_utf8(keiko, cast):
    begin(keiko, cast)
    keiko.press("次へ進む")
    token = next(f for f in keiko.page.forms.values() if "dog_name" in f.fields)["csrf"].value
    body = b"csrf=" + token.encode() + b"&dog_name=%82%dc%82%e9&breed=%ff%fe%00"
    response = keiko.post(
        keiko.page.request.path, body, content_type="application/x-www-form-urlencoded", expect_errors=True
    )
    assert response.status_int == 302
    assert Application.get().answers["dog_name"] == "まる"


def test_long_texts_arrive_whole(keiko, cast):
    """120 KB of text, which Bottle's own parser loses silently; the refusal says how much is too much."""
    begin(keiko, cast)
    fill_dog(keiko, remarks="あ" * 40_000)
    keiko.press("次へ進む")
    assert keiko.page.status_int == 422
    assert len(Application.get().answers["remarks"]) == 40_000


def test_others_applications_are_not_there(keiko, cast, browser):
    """R-7.8: 404, whoever asks."""
    to_confirm(keiko, cast)
    keiko.press("この内容で申請する")
    key = Application.get().id
    ken = browser(cast.ken)
    for rest in ("", "/confirm", "/done", "/receipt", "/draft", "/pages/owner", "/files/1"):
        assert ken.visit(f"/applications/{key}{rest}").status_int == 404


def test_unknown_host(browser):
    opened = browser(HTTP_HOST="evil.example")
    assert opened.get("/", expect_errors=True).status_int == 400


def test_correcting_a_returned_application(keiko, cast):
    """R-6.2"""
    to_confirm(keiko, cast)
    keiko.press("この内容で申請する")
    done = Application.get()
    application.return_for_correction(
        done,
        as_staff(cast.clerk),
        done.revision,
        reason="犬の名前をお確かめください。",
        remarks={"dog_name": "鑑札と違います。"},
        until=clock.today(),
    )
    keiko.visit("/mypage")
    assert keiko.shows("直していただきたいところがあります", "差戻し")
    keiko.page = keiko.page.click("内容を見て直す")
    assert keiko.shows("犬の名前をお確かめください。", "鑑札と違います。", "11月24日（火）まで")
    keiko.press("修正して再申請する")
    label = next(q["label"] for q in form.questions(draft.document(done)["form"]) if q["key"] == "dog_name")
    assert keiko.shows(f"{label}について、役場から：</strong>鑑札と違います。")
    assert keiko.shows("<strong>11月24日（火）まで</strong>に、直して送ってください", "まだ送られていません")
    assert not keiko.shows("あらかじめ入力してあります")
    keiko.fill(dog_name="ハチ")
    keiko.press("次へ進む")
    keiko.press("この内容で申請する")
    assert keiko.shows(numbering.grouped(done.number))
    keiko.visit(f"/applications/{done.id}")
    assert keiko.shows("ハチ", "ポチ", "直した")
    assert Application.get().status == Status.SUBMITTED


def test_a_sent_application_cannot_be_changed(keiko, cast):
    """R-6.2"""
    to_confirm(keiko, cast)
    keiko.press("この内容で申請する")
    key = Application.get().id
    for rest in ("pages/dog", "confirm"):
        assert keiko.visit(f"/applications/{key}/{rest}").status_int == 409
        assert keiko.shows("もう送られています", numbering.grouped(Application.get().number))


def test_a_correction_that_came_too_late_is_shown_in_words(keiko, cast):
    """A clerk ended the return while the resident was typing."""
    to_confirm(keiko, cast)
    keiko.press("この内容で申請する")
    done = Application.get()
    clerk = as_staff(cast.clerk)
    application.return_for_correction(done, clerk, done.revision, reason="x", remarks={}, until=clock.today())
    keiko.visit(f"/applications/{done.id}/pages/dog")
    keiko.fill(dog_name="クロ")
    done = Application.get()
    application.end_return(done, clerk, done.revision, reason="電話で確かめた")
    keiko.press("next")
    assert keiko.page.status_int == 409
    assert keiko.shows("修正の受付は終わりました", "クロ", "犬の名前", "令和7年")
    assert submission.values_of(submission.latest(done))["dog_name"] == "ポチ"


def test_a_saved_correction_says_it_is_not_sent(keiko, cast):
    """R-6.2"""
    to_confirm(keiko, cast)
    keiko.press("この内容で申請する")
    done = Application.get()
    application.return_for_correction(
        done, as_staff(cast.clerk), done.revision, reason="x", remarks={"dog_name": "鑑札と違う"}, until=clock.today()
    )
    keiko.visit(f"/applications/{done.id}")
    assert not keiko.shows("まだ送っていません")
    keiko.press("修正して再申請する")
    assert "/pages/dog" in keiko.page.request.path
    keiko.fill(dog_name="クロ")
    keiko.press("保存してあとで申請する")
    assert keiko.shows("直した内容は保存してありますが、まだ送っていません")


def test_the_browser_of_a_strangers_draft_is_gone(browser, cast):
    """R-3.5: a sentence that says why, and what was typed."""
    bulky = Procedure.get(Procedure.slug == "bulky-waste")
    opened = browser()
    opened.visit(f"/procedures/{bulky.id}")
    opened.press("申請する")
    opened.reset()
    form = next(f for f in opened.page.forms.values() if "act_save" in f.fields)
    name = next(name for name, fields in form.fields.items() if name and fields[0].attrs.get("type") == "tel")
    form[name] = "0999-00-7777"
    opened.page = form.submit("act_next", status=403)
    assert opened.shows("もう一度、送信してください", "0999-00-7777")
    shown = form["shown"].value
    assert " " in shown and f"<p>{shown}</p>" not in opened.page.text
    opened.press("もう一度送信する", status=404)
    assert opened.shows("この申請は、もうありません", "0999-00-7777", "申請は、送られていません")
    assert opened.shows("ブラウザーの記録（クッキー）が消えたか")


def test_the_application_of_a_strangers_other_page_is_gone(browser, cast):
    """R-3.5: an act without a page of its own says where to look."""
    bulky = Procedure.get(Procedure.slug == "bulky-waste")
    opened = browser()
    opened.visit(f"/procedures/{bulky.id}")
    opened.press("申請する")
    token = next(f for f in opened.page.forms.values() if "csrf" in f.fields)["csrf"].value
    for key in (Application.get().id, 999):
        Application.delete().execute()
        opened.page = opened.post(f"/applications/{key}/resume", {"csrf": token}, status=404)
        assert opened.shows("始めたときのブラウザー", "申請状況の照会")


def old_confirm_page(keiko, cast):
    """A confirm page in one window, while the other sent something else."""
    to_confirm(keiko, cast)
    written = Application.get()
    waiting = keiko.page
    draft.save_page(written, draft.document(written)["form"]["pages"][1], {"dog_name": "ハチ"})
    keiko.visit(f"/applications/{written.id}/confirm")
    keiko.press("この内容で申請する")
    keiko.page = waiting
    return Application.get()


def test_another_window_has_sent_something_else(keiko, cast):
    """R-3.1: the old page says that it was sent, and where to look."""
    done = old_confirm_page(keiko, cast)
    keiko.press("この内容で申請する", status=409)
    assert keiko.shows("この申請は、もう送られています", numbering.grouped(done.number))
    assert Submission.select().count() == 1


def test_staff_ended_the_return_while_its_confirm_page_was_open(keiko, cast):
    """R-6.2"""
    done = old_confirm_page(keiko, cast)
    by, now = as_staff(cast.clerk), {"remarks": {}, "until": clock.today()}
    application.return_for_correction(done, by, done.revision, reason="お確かめください。", **now)
    keiko.visit(f"/applications/{done.id}/confirm")
    done = Application.get()
    application.end_return(done, by, done.revision, reason="返事がないため")
    keiko.press("この内容で申請する", status=409)
    assert keiko.shows("修正の受付は終わりました")


def test_discarding_is_for_drafts(keiko, cast):
    """A sent application's address leads to the application, and asks nothing."""
    to_confirm(keiko, cast)
    key = Application.get().id
    keiko.visit(f"/applications/{key}/discard")
    waiting = keiko.page
    submission.submit(person(cast.keiko), key, submission.sheet(Application.get()).sha256)
    for opened in (keiko.visit(f"/applications/{key}/discard"), None):
        keiko.page = opened or waiting
        if opened is None:
            keiko.press("破棄する")
        assert keiko.page.request.path == f"/applications/{key}" and keiko.shows("受付済み")


def test_pressing_attach_without_a_file(keiko, cast):
    begin(keiko, cast)
    keiko.press("次へ進む")
    keiko.press("添付する")
    assert keiko.page.status_int == 422
    assert keiko.shows("ファイルを選んでから")


def test_marks_that_turn_text_around_do_not_get_in(keiko, cast):
    """R-3.10 keeps what is typed; these nobody types, and they would mirror a clerk's page."""
    to_confirm(keiko, cast, dog_name="花\u202e子\u2066")
    assert Application.get().answers["dog_name"] == "花子"


def test_a_person_cannot_take_a_procedure_for_businesses(keiko, cast):
    notice = Procedure.get(Procedure.slug == "corporation-notice")
    keiko.visit(f"/procedures/{notice.id}")
    assert keiko.shows("事業者として登録した方だけ") and not keiko.shows('value="申請する"')
    # A page from before the procedure or the profile changed still has the button.
    token = keiko.page.html.select_one("input[name=csrf]")["value"]
    keiko.page = keiko.post(f"/procedures/{notice.id}/apply", {"csrf": token, "act_start": "申請する"})
    assert keiko.page.status_int == 422
    assert keiko.page.text.count("事業者として登録した方だけ") == 1


def test_counter_only_is_listed_and_not_applied_for(keiko, cast):
    """R-2.6"""
    keiko.visit(f"/towns/{cast.town.code}/procedures")
    assert keiko.shows("婚姻届", "窓口のみ")
    keiko.page = keiko.page.click("婚姻届")
    assert not keiko.shows('value="申請する"')


def test_search_by_words_of_two_letters_and_any_width(browser, cast):
    """R-2.1"""
    opened = browser()
    for words, found in (
        ("登録", True),
        ("ｲﾇ", True),
        ("いぬ", True),
        ("犬　登録", True),
        ("鑑札", True),
        ("税金", False),
    ):
        opened.visit(f"/towns/{cast.town.code}/procedures", params={"words": words})
        assert opened.shows(">犬の登録申請</a>") is found, words


def test_a_fault_while_saving_keeps_the_input(keiko, cast, monkeypatch):
    """House rule: a failing disk under the database is an apology with everything typed, not a trace."""
    begin(keiko, cast)
    keiko.press("次へ進む")

    def full(*_args, **_options):
        raise OSError("database or disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(draft, "save_page", full)
        form = next(f for f in keiko.page.forms.values() if "dog_name" in f.fields)
        form["dog_name"] = "ハチ"
        keiko.page = form.submit("act_next", status=500)
    assert keiko.shows("もう一度送信する", "ハチ")
    keiko.press("もう一度送信する")
    assert Application.get().answers["dog_name"] == "ハチ"


def test_what_was_typed_for_something_gone_is_shown(keiko, cast):
    begin(keiko, cast)
    keiko.press("次へ進む")
    draft.discard(Application.get())
    form = next(f for f in keiko.page.forms.values() if "dog_name" in f.fields)
    form["dog_name"] = "ハチ"
    keiko.page = form.submit("act_next", status=404)
    assert keiko.shows("いま入力された内容", "犬の名前", "ハチ")
    assert not keiko.shows("ブラウザーの記録")
