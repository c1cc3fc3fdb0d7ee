"""利用者情報の照会・変更: profile, address, password, logins, 退会 (R-1.5, R-1.7 to R-1.10)."""

from __future__ import annotations

import threading

import pytest
from account_acts import (
    NEW_PASSWORD,
    another,
    ask_new_address,
    ask_reset,
    code_in_mail,
    form_of,
    fresh,
    kinds_to,
    mails_to,
    move_to,
    no_code_in,
)
from cast_acts import PASSWORD, attach, sent, write

import clock
import jobs
from models import (
    Application,
    Attachment,
    AuditEntry,
    Code,
    Guide,
    GuideResult,
    Login,
    Resident,
    Session,
    Status,
    Submission,
    transaction,
)
from rules.accounts import logins, my_account, password
from rules.applications import draft
from rules.forms import form

KEIKO, NEW = "keiko@example.jp", "keiko.new@example.jp"


def through_the_menu(opened, *links: str):
    opened.visit("/mypage")
    for words in ("利用者情報の照会・変更", *links):
        opened.page = opened.page.click(words)
    return opened.page


# ---------------------------------------------------------------- the profile


def test_the_way_through_the_menu(browser, cast):
    """S1: マイページ > 利用者メニュー > 利用者情報の照会・変更 > メールアドレスの変更, パスワードの変更."""
    opened = browser(cast.keiko)
    opened.visit("/mypage")
    assert opened.shows("利用者メニュー")
    through_the_menu(opened)
    assert opened.shows("浜口 恵子", "ハマグチ ケイコ", KEIKO, "昭和63年", "希望しない", "退会", "ログインの履歴")
    for link, heading in (
        ("メールアドレスの変更", "新しいメールアドレス"),
        ("パスワードの変更", "新しいパスワード(確認)"),
        ("利用者情報を変更する", "お知らせメール"),
        ("退会", "退会すると"),
    ):
        assert heading in through_the_menu(opened, link).text


def test_a_person_changes_the_profile(browser, cast):
    """R-1.4, R-1.5: what is known stands in the form; the wish for notices is changed there."""
    opened = browser(cast.keiko)
    through_the_menu(opened, "利用者情報を変更する")
    form = form_of(opened, "act_change")
    assert [form[name].value for name in ("name.family", "birth_date.year", "home.postal_code", "notices")] == [
        "浜口",
        "1988",
        "999-8101",
        "no",
    ]
    opened.fill(name__family="髙橋", telephone="０９９９－００－２２２２", notices="yes", sex="female")
    opened.press("変更する")
    assert opened.shows("利用者情報を変更しました")
    row = fresh(cast.keiko)
    assert (row.family_name, row.wants_notices, row.sex, row.email) == ("髙橋", True, "female", KEIKO)
    entry = AuditEntry.get(AuditEntry.act == "profile_changed")
    assert entry.detail == {"fields": ["family_name", "sex", "telephone", "wants_notices"]}
    assert "髙橋 恵子 さん" in opened.visit("/mypage").text


def test_a_business_changes_its_profile(browser, cast):
    """R-1.4"""
    opened = browser(cast.company)
    opened.visit("/mypage/account/edit")
    opened.fill(contact_name="堀 次郎", corporate_number="7000012050002")
    opened.press("変更する")
    assert (fresh(cast.company).contact_name, fresh(cast.company).corporate_number) == ("堀 次郎", "7000012050002")


def test_moving_away_changes_what_one_may_apply_for(browser, cast):
    """R-2.1: the municipality follows the address."""
    opened = browser(cast.keiko)
    for address, code in (("朝凪町浜手1", "064998"), ("隣町1", "")):
        opened.visit("/mypage/account/edit")
        opened.fill(home__address=address)
        opened.press("変更する")
        assert fresh(cast.keiko).municipality_code == code


def test_nothing_typed_in_the_profile_is_lost(browser, cast):
    """R-3.6: a wrong field leaves all others as they were typed, and the row as it was."""
    opened = browser(cast.keiko)
    opened.visit("/mypage/account/edit")
    opened.fill(name__family="髙橋", home__postal_code="12", telephone="12", notices="yes")
    opened.press("変更する")
    assert opened.page.status_int == 422
    form = form_of(opened, "act_change")
    assert (form["name.family"].value, form["telephone"].value, form["notices"].value) == ("髙橋", "12", "yes")
    assert opened.shows('href="#q-telephone"', 'href="#q-home-postal_code"')
    assert fresh(cast.keiko).family_name == "浜口"


def test_an_old_window_does_not_undo_another(browser, cast):
    """R-3.6: only what was touched in a window is written, an address as a whole; the log says what and from where."""
    first, second = browser(cast.keiko), browser(cast.keiko)
    for window in (first, second):
        window.visit("/mypage/account/edit")
    first.fill(telephone="0999-00-2222", home__address="朝凪町山手1")
    first.press("変更する")
    second.fill(name__family="髙橋", notices="yes", home__postal_code="12")
    second.press("変更する")
    assert second.page.status_int == 422
    second.fill(home__postal_code="999-8101")
    second.press("変更する")
    row = fresh(cast.keiko)
    assert (row.telephone, row.address, row.family_name, row.wants_notices) == (
        "0999-00-2222", "朝凪町山手1", "髙橋", True,
    )  # fmt: skip
    entries = list(AuditEntry.select().where(AuditEntry.act == "profile_changed").order_by(AuditEntry.id))
    assert [entry.detail["fields"] for entry in entries] == [["address", "telephone"], ["family_name", "wants_notices"]]
    assert {entry.address for entry in entries} == {"192.0.2.1"}


def test_a_form_that_says_nothing_of_its_making_writes_all(browser, cast):
    """R-3.6: what was typed is what stands there then."""
    opened = browser(cast.keiko)
    opened.visit("/mypage/account/edit")
    form_of(opened, "act_change")["made_of"].force_value("x-y-z")
    opened.fill(telephone="0999-00-2222")
    opened.press("変更する")
    assert fresh(cast.keiko).telephone == "0999-00-2222" and fresh(cast.keiko).family_name == "浜口"


def test_what_was_sent_stays_as_it_was_sent(browser, cast):
    """R-3.12: the page says so, and so it is."""
    row = sent(cast.dogs, cast.keiko)
    before = Submission.get(Submission.application == row).answers
    opened = browser(cast.keiko)
    opened.visit("/mypage/account/edit")
    assert opened.shows("すでに送った申請の内容は、送ったときのまま")
    opened.fill(name__family="髙橋", telephone="0999-00-2222")
    opened.press("変更する")
    assert Submission.get(Submission.application == row).answers == before
    assert Application.get_by_id(row.id).applicant_name == "浜口 恵子"


# ---------------------------------------------------------------- the address


def test_the_address_changes_and_everything_is_still_there(browser, cast):
    """R-1.7, S1: the code goes to the new address, which is the ID then; 申請履歴 is carried over."""
    number = sent(cast.dogs, cast.keiko).number
    write(cast.dogs, cast.keiko)
    opened = browser(cast.keiko)
    through_the_menu(opened, "メールアドレスの変更")
    opened.fill(email=NEW)
    opened.press("認証コードを送信する")
    assert opened.shows("まだ、メールアドレスは変わっていません", NEW)
    assert kinds_to(NEW) == ["email_code"] and kinds_to(KEIKO) == ["received"]
    opened.fill(code=code_in_mail(NEW))
    opened.press("メールアドレスを変更する")
    assert opened.shows("メールアドレスを変更しました", NEW)
    assert kinds_to(KEIKO)[0] == "email_changed" and NEW not in mails_to(KEIKO)[0].body
    assert number[:4] in opened.visit("/mypage/history").text
    assert "犬の登録申請" in opened.visit("/mypage/drafts").text
    opened.press("ログアウト")
    opened.log_in(KEIKO, PASSWORD)
    assert opened.shows("メールアドレスかパスワードが違います")
    opened.log_in(NEW.upper(), PASSWORD)
    assert opened.shows("マイページ", "浜口 恵子 さん")


def test_mail_goes_to_the_new_address_from_then_on(browser, cast):
    """R-1.7"""
    row = sent(cast.dogs, cast.keiko)
    move_to(browser(cast.keiko), NEW, PASSWORD)
    clerk = browser(cast.clerk)
    clerk.visit(f"/staff/applications/{row.id}")
    clerk.press("審査を開始する")
    clerk.press("承認する")
    clerk.press("承認する")
    assert Application.get_by_id(row.id).status == Status.APPROVED
    assert kinds_to(NEW)[0] == "approved" and "approved" not in kinds_to(KEIKO)


def test_a_taken_address_is_told_by_mail_only(browser, cast):
    """R-1.3: the screens are the same; no code ever fits; the other account stays as it is."""
    pages = []
    for address in ("free@example.jp", "KEN@example.jp"):
        opened = browser(cast.keiko)
        ask_new_address(opened, address, PASSWORD)
        assert opened.page.request.path == "/mypage/account/email/code"
        tokens = {form["csrf"].value for form in opened.page.forms.values() if "csrf" in form.fields}
        text = opened.page.text.replace(address, "A")
        for token in tokens:
            text = text.replace(token, "T")
        pages.append(text)
    assert pages[0] == pages[1]
    assert kinds_to("KEN@example.jp") == ["email_taken"] and no_code_in(mails_to("KEN@example.jp")[0])
    opened.fill(code="123456")
    opened.press("メールアドレスを変更する")
    assert opened.page.status_int == 422
    assert fresh(cast.keiko).email == KEIKO and fresh(cast.ken).email == "ken@example.jp"


def test_the_password_is_asked_and_guarded(browser, cast):
    """R-1.7, R-1.9: a browser left open is not enough; guesses are slowed down, the login is not."""
    opened = browser(cast.keiko)
    with clock.at("2026-11-24T10:10:00"):
        for _ in range(5):
            ask_new_address(opened, NEW, "wrong-password-1")
            assert opened.page.status_int == 422 and opened.shows("パスワードが違います", NEW)
        ask_new_address(opened, NEW, PASSWORD)
        assert opened.shows("この操作を止めています")
        assert mails_to(NEW) == []
        browser(cast.keiko).visit("/mypage")
    with clock.at("2026-11-24T10:11:01"):
        ask_new_address(opened, NEW, PASSWORD)
        assert kinds_to(NEW) == ["email_code"]


def test_who_has_just_logged_in_is_not_asked_again(browser, cast):
    """R-1.7, S1: a form drawn within ten minutes and sent after them comes back with the field, and says why."""
    opened = browser(cast.keiko)
    with clock.at("2026-11-24T10:09:59"):
        opened.visit("/mypage/account/email")
        assert "present" not in form_of(opened, "act_send").fields
        opened.fill(email=NEW)
    with clock.at("2026-11-24T10:10:00"):
        opened.press("認証コードを送信する")
        assert opened.page.status_int == 422 and opened.shows("ログインしてから10分が過ぎました", 'href="#q-present"')
        assert form_of(opened, "act_send")["email"].value == NEW and mails_to(NEW) == []
        opened.fill(present=PASSWORD)
        opened.press("認証コードを送信する")
        assert kinds_to(NEW) == ["email_code"]


def test_another_spelling_of_ones_own_address(browser, cast):
    """R-1.3: the same address is no change; other capitals are, and nobody is told to have lost it."""
    opened = browser(cast.keiko)
    ask_new_address(opened, KEIKO, PASSWORD)
    assert opened.page.status_int == 422 and opened.shows("いまと同じメールアドレスです")
    move_to(opened, "Keiko@Example.jp", PASSWORD)
    assert opened.shows("メールアドレスを変更しました")
    assert (fresh(cast.keiko).email, fresh(cast.keiko).email_folded) == ("Keiko@Example.jp", KEIKO)
    assert kinds_to(KEIKO) == []


def test_the_other_sessions_end_and_this_one_gets_a_new_token(browser, cast):
    """R-1.9"""
    here, elsewhere = browser(cast.keiko), browser(cast.keiko)
    before = here.cookies["madoguchi"]
    move_to(here, NEW, PASSWORD)
    assert here.cookies["madoguchi"] != before
    assert here.visit("/mypage").request.path == "/mypage"
    assert elsewhere.visit("/mypage").request.path == "/login"


def test_what_another_window_was_typing_is_carried_through_the_login(browser, cast):
    """R-3.6: the address changed while another session was signed in; its POST is taken up after the login."""
    row = write(cast.dogs, cast.keiko)
    elsewhere = browser(cast.keiko)
    pages = draft.document(row)["form"]["pages"]
    key = next(page["key"] for page in pages if "dog_name" in {q["key"] for q in page["questions"]})
    elsewhere.visit(f"/applications/{row.id}/pages/{key}")
    elsewhere.fill(dog_name="ハチ")
    move_to(browser(cast.keiko), NEW, PASSWORD)
    elsewhere.press("保存してあとで申請する")
    assert elsewhere.shows("ログインし直すと、入力した内容から続けられます")
    form = form_of(elsewhere, "act_login")
    form["email"], form["password"] = NEW, PASSWORD
    elsewhere.page = form.submit("act_login").maybe_follow()
    assert elsewhere.page.request.path.startswith(f"/applications/{row.id}")
    assert Application.get_by_id(row.id).answers["dog_name"] == "ハチ"


def test_the_code_outlives_the_session(browser, cast):
    """R-3.6: logged out while waiting for the mail, the typed code is taken up after the login."""
    opened = browser(cast.keiko)
    ask_new_address(opened, NEW, PASSWORD)
    opened.fill(code=code_in_mail(NEW))
    with transaction():
        Session.delete().execute()
    opened.press("メールアドレスを変更する")
    form = form_of(opened, "act_login")
    form["email"], form["password"] = KEIKO, PASSWORD
    opened.page = form.submit("act_login").maybe_follow()
    assert opened.shows("メールアドレスを変更しました")
    assert fresh(cast.keiko).email == NEW


def test_two_residents_swap_their_addresses(browser, cast):
    """At once it cannot be done, and each is told by mail; through a third address it can."""
    keiko, ken = browser(cast.keiko), browser(cast.ken)
    ask_new_address(keiko, cast.ken.email, PASSWORD)
    ask_new_address(ken, cast.keiko.email, PASSWORD)
    assert kinds_to(cast.ken.email) == kinds_to(cast.keiko.email) == ["email_taken"]
    move_to(keiko, "third@example.jp", PASSWORD)
    move_to(ken, KEIKO, PASSWORD)
    move_to(keiko, "ken@example.jp", PASSWORD)
    assert (fresh(cast.keiko).email, fresh(cast.ken).email) == ("ken@example.jp", KEIKO)
    assert (fresh(cast.keiko).given_name, fresh(cast.ken).given_name) == ("恵子", "健")


def test_two_want_the_same_free_address(browser, cast):
    """R-1.3: both proved it, one gets it, the other is told what to do; nothing of theirs has changed."""
    keiko, ken = browser(cast.keiko), browser(cast.ken)
    ask_new_address(keiko, NEW, PASSWORD)
    first = code_in_mail(NEW)
    ask_new_address(ken, NEW, PASSWORD)
    ken.fill(code=code_in_mail(NEW))
    ken.press("メールアドレスを変更する")
    keiko.fill(code=first)
    keiko.press("メールアドレスを変更する")
    assert keiko.page.status_int == 422 and keiko.shows("その間にほかの利用者が登録しました")
    assert (fresh(cast.keiko).email, fresh(cast.ken).email) == (KEIKO, NEW)
    assert keiko.visit("/mypage").request.path == "/mypage"


def test_an_address_registered_meanwhile(browser, cast):
    """R-1.3: somebody signed up with it while the code was on its way."""
    opened = browser(cast.keiko)
    ask_new_address(opened, NEW, PASSWORD)
    with transaction():
        Resident.update(email=NEW, email_folded=NEW).where(Resident.id == cast.company.id).execute()
    opened.fill(code=code_in_mail(NEW))
    opened.press("メールアドレスを変更する")
    assert opened.page.status_int == 422 and opened.shows("別のメールアドレスで")


def second_clicks(opened, button: str, old: str):
    """Where the second half of a double click ends: under the old cookie for good, and with the new one come since."""
    ends, new = [], opened.cookies["madoguchi"]
    for cookie in (old, new):
        opened.set_cookie("madoguchi", old)
        answer = form_of(opened, button).submit(button)
        opened.set_cookie("madoguchi", cookie)
        ends.append(answer.maybe_follow())
    return ends


def test_a_double_click_moves_once(browser, cast):
    """R-1.9: the second click left before the first answer came, under the cookie that the first has ended."""
    opened = browser(cast.keiko)
    ask_new_address(opened, NEW, PASSWORD)
    opened.fill(code=code_in_mail(NEW))
    form, before = form_of(opened, "act_change"), opened.cookies["madoguchi"]
    form.submit("act_change")
    lost, found = second_clicks(opened, "act_change", before)
    assert lost.request.path == "/login" and "メールアドレスを変更しました" in lost.text
    assert "しばらく操作がなかったため" not in lost.text
    assert found.request.path == "/mypage/account/email/done" and NEW in found.text
    assert kinds_to(KEIKO) == ["email_changed"]
    assert AuditEntry.select().where(AuditEntry.act == "email_changed").count() == 1


def test_a_new_code_ends_the_one_before(browser, cast):
    """R-1.9"""
    opened = browser(cast.keiko)
    ask_new_address(opened, "first@example.jp", PASSWORD)
    ask_new_address(opened, NEW, PASSWORD)
    first, second = code_in_mail("first@example.jp"), code_in_mail(NEW)
    if first != second:
        opened.fill(code=first)
        opened.press("メールアドレスを変更する")
        assert opened.page.status_int == 422
    opened.fill(code=second)
    opened.press("メールアドレスを変更する")
    assert fresh(cast.keiko).email == NEW


def test_a_code_of_ones_own_does_not_move_another(browser, cast):
    """R-1.9: what was mailed for Keiko changes nothing for Ken."""
    keiko, ken = browser(cast.keiko), browser(cast.ken)
    ask_new_address(keiko, NEW, PASSWORD)
    ask_new_address(ken, "ken2@example.jp", PASSWORD)
    if code_in_mail(NEW) != code_in_mail("ken2@example.jp"):
        ken.fill(code=code_in_mail(NEW))
        ken.press("メールアドレスを変更する")
        assert ken.page.status_int == 422
    assert fresh(cast.ken).email == "ken@example.jp"


def test_codes_on_their_way_end_with_a_new_password(browser, cast):
    """R-1.9: who asked for an address with the old password has nothing in hand after a change."""
    thief, keiko = browser(cast.keiko), browser(cast.keiko)
    ask_new_address(thief, "thief@example.jp", PASSWORD)
    keiko.visit("/mypage/account/password")
    keiko.fill(present=PASSWORD, password=NEW_PASSWORD, password_again=NEW_PASSWORD)
    keiko.press("変更する")
    assert Code.select().count() == 0
    keiko.visit("/mypage/account/email/code")
    assert keiko.page.request.path == "/mypage/account/email"


# ---------------------------------------------------------------- the password


def change_password(opened, present=PASSWORD, chosen=NEW_PASSWORD, again=NEW_PASSWORD):
    opened.visit("/mypage/account/password")
    opened.fill(present=present, password=chosen, password_again=again)
    return opened.press("変更する")


def test_the_password_changes_for_the_present_one(browser, cast):
    """R-1.8, R-1.9: asks for the current one; other sessions end, this one goes on under a new token; a mail tells."""
    here, elsewhere = browser(cast.keiko), browser(cast.keiko)
    before = here.cookies["madoguchi"]
    through_the_menu(here, "パスワードの変更")
    change_password(here)
    assert here.shows("パスワードを変更しました") and here.cookies["madoguchi"] != before
    assert here.visit("/mypage").request.path == "/mypage"
    assert elsewhere.visit("/mypage").request.path == "/login"
    assert kinds_to(KEIKO) == ["password_changed"] and "朝凪町役場\n電話 0999" in mails_to(KEIKO)[0].body
    elsewhere.log_in(KEIKO, PASSWORD)
    assert elsewhere.shows("違います")
    elsewhere.log_in(KEIKO, NEW_PASSWORD)
    assert elsewhere.shows("マイページ")


def test_a_double_click_on_a_new_password(browser, cast):
    """R-1.8: it says that it is done, to whom the new cookie never came too."""
    opened = browser(cast.keiko)
    opened.visit("/mypage/account/password")
    opened.fill(present=PASSWORD, password=NEW_PASSWORD, password_again=NEW_PASSWORD)
    before = opened.cookies["madoguchi"]
    form_of(opened, "act_change").submit("act_change")
    lost, found = second_clicks(opened, "act_change", before)
    assert lost.request.path == "/login" and "パスワードを変更しました" in lost.text
    assert found.request.path == "/mypage/account/password/done"
    with clock.at("2026-11-24T10:05:00"):
        opened.set_cookie("madoguchi", before)
        assert "ログイン" in form_of(opened, "act_change").submit("act_change").text
        assert "変更しました" not in opened.visit("/login").text


@pytest.mark.parametrize(
    ("present", "chosen", "again", "words"),
    [
        ("", NEW_PASSWORD, NEW_PASSWORD, "いまのパスワードを入力してください"),
        ("wrong-password-1", NEW_PASSWORD, NEW_PASSWORD, "パスワードが違います"),
        (PASSWORD, PASSWORD, PASSWORD, "いまと違うパスワード"),
        (PASSWORD, "kaze", "kaze", "8文字以上"),
        (PASSWORD, KEIKO, KEIKO, "メールアドレスと同じ"),
        (PASSWORD, NEW_PASSWORD, PASSWORD, "2つのパスワードが違います"),
    ],
)
def test_each_refusal_has_its_sentence(browser, cast, present, chosen, again, words):
    """R-1.8"""
    opened = browser(cast.keiko)
    change_password(opened, present, chosen, again)
    assert opened.page.status_int == 422 and opened.shows(words)
    assert chosen not in opened.page.text.replace(KEIKO, "") or not chosen
    assert fresh(cast.keiko).password_hash == cast.keiko.password_hash


def test_guessing_the_present_password_is_slowed_down(browser, cast):
    """R-1.9: and the login page is not locked by it."""
    opened = browser(cast.keiko)
    for _ in range(6):
        change_password(opened, "wrong-password-1")
    assert opened.shows("この操作を止めています")
    change_password(opened)
    assert fresh(cast.keiko).password_hash == cast.keiko.password_hash
    assert browser(cast.keiko).visit("/mypage").request.path == "/mypage"


def test_passwords_are_not_carried_through_a_login(browser, cast):
    """R-3.6: a POST that came too late is taken up without them."""
    opened = browser(cast.keiko)
    opened.visit("/mypage/account/password")
    opened.fill(present=PASSWORD, password=NEW_PASSWORD, password_again=NEW_PASSWORD)
    with transaction():
        Session.delete().execute()
    opened.press("変更する")
    assert opened.page.request.path == "/mypage/account/password" and opened.shows("ログイン")
    assert PASSWORD not in opened.page.text and NEW_PASSWORD not in opened.page.text


# ---------------------------------------------------------------- logins


def test_logins_are_listed_newest_first(browser, cast):
    """R-1.9: time, success or failure, and from where."""
    opened = browser()
    opened.log_in(KEIKO, "wrong-password-1")
    with clock.at("2026-11-24T10:05:00"):
        elsewhere = browser(cast.keiko, REMOTE_ADDR="203.0.113.7")
        through_the_menu(elsewhere, "ログインの履歴")
    text = elsewhere.page.text
    assert text.index("10時05分") < text.index("10時00分")
    assert text.index("203.0.113.7") < text.index("192.0.2.1")
    assert text.index("成功") < text.index("<strong>失敗</strong>")
    assert "前回のログイン" not in elsewhere.visit("/mypage").text


def test_twenty_are_shown_and_only_ones_own(browser, cast):
    """R-1.9"""
    with transaction():
        for number in range(25):
            Login.create(resident=cast.keiko, at=clock.now(), succeeded=True, address=f"198.51.100.{number}")
        Login.create(resident=cast.ken, at=clock.now(), succeeded=True, address="203.0.113.99")
    text = browser(cast.keiko).visit("/mypage/account/logins").text
    assert text.count("198.51.100.") == 19 and "203.0.113.99" not in text


def test_a_locked_door_writes_nothing(browser, cast):
    """R-1.9: only passwords that were looked at are noted; an unknown address notes nobody."""
    opened = browser()
    for _ in range(8):
        opened.log_in(KEIKO, "wrong-password-1")
        opened.log_in("nobody@example.jp", "wrong-password-1")
    assert Login.select().where(~Login.succeeded).count() == 5


def test_registering_is_a_login(browser, cast):
    """R-1.9: the first line of a new account's list."""
    opened = browser()
    opened.visit("/sign-up")
    opened.fill(kind="business", email="new@example.jp")
    opened.press("認証コードを送信する")
    opened.fill(code=code_in_mail("new@example.jp"))
    opened.press("次へ進む")
    opened.fill(
        corporation_name="有限会社いそ", corporation_kana="ユウゲンガイシャイソ", contact_name="磯 一", notices="no",
        home__postal_code="9998101", home__address="朝凪町1", telephone="0999001322",
        password=NEW_PASSWORD, password_again=NEW_PASSWORD,
    )  # fmt: skip
    opened.press("確認する")
    opened.press("登録する")
    row = Resident.get(Resident.email == "new@example.jp")
    assert [(line.succeeded, line.address) for line in logins.recent(row.id)] == [(True, "192.0.2.1")]


def test_logins_are_forgotten_after_a_year(browser, cast):
    """R-1.9"""
    browser(cast.keiko)
    with clock.at("2027-11-24T09:59:59") as now:
        jobs._tidy(now)
        assert Login.select().count() == 1
    with clock.at("2027-11-24T10:00:01") as now:
        jobs._tidy(now)
        assert Login.select().count() == 0


# ---------------------------------------------------------------- 退会


@pytest.fixture
def result(cast) -> GuideResult:
    with transaction():
        guide = Guide.create(town=cast.town, slug="moving", title="引越し", text="", updated_at=clock.now())
        return GuideResult.create(
            resident=cast.keiko, guide=guide, title="引越し", answers={}, result={}, created_at=clock.now()
        )


def close(opened, password=PASSWORD):
    opened.visit("/mypage/account/close")
    opened.fill(present=password)
    return opened.press("退会する")


def test_the_page_says_what_will_happen(browser, cast, result):
    """R-1.10: what goes on without the account, and what goes with it."""
    row = sent(cast.dogs, cast.keiko)
    write(cast.dogs, cast.keiko)
    opened = browser(cast.keiko)
    through_the_menu(opened, "退会")
    number = f"{row.number[:4]}-{row.number[4:8]}-{row.number[8:]}"
    assert opened.shows(
        number, "犬の登録申請", "保存した手続き（1件）", "判定結果（1件）", "結果は、メールでは届きません"
    )


def test_closing_needs_the_password(browser, cast):
    """R-1.10"""
    opened = browser(cast.keiko)
    for typed, words in (("", "パスワードを入力してください"), ("wrong-password-1", "パスワードが違います")):
        close(opened, typed)
        assert opened.page.status_int == 422 and opened.shows(words)
    assert fresh(cast.keiko).closed_at is None


def test_an_account_is_closed(browser, cast, result):
    """R-1.10: what was sent stays with the town; drafts, their files and saved results go; nobody gets in."""
    row, saved = sent(cast.dogs, cast.keiko), write(cast.dogs, cast.keiko)
    attach(saved)
    elsewhere, opened = browser(cast.keiko), browser(cast.keiko)
    close(opened)
    assert opened.page.request.path == "/mypage/account/closed"
    assert opened.shows("退会しました") and not opened.shows("ログアウト")
    assert Application.get_by_id(row.id).status == Status.SUBMITTED
    assert not Application.select().where(Application.id == saved.id).exists()
    assert not Attachment.select().where(Attachment.application == saved.id).exists()
    assert GuideResult.select().count() == Session.select().count() == Login.select().count() == 0
    assert kinds_to(KEIKO)[0] == "account_closed"
    assert AuditEntry.select().where(AuditEntry.act == "account_closed").count() == 1
    assert elsewhere.visit("/mypage").request.path == "/login"
    elsewhere.log_in(KEIKO, PASSWORD)
    assert elsewhere.shows("メールアドレスかパスワードが違います")
    clerk = browser(cast.clerk)
    assert "浜口 恵子" in clerk.visit(f"/staff/applications/{row.id}").text


@pytest.mark.parametrize("who", ["keiko", "company"])
def test_nothing_personal_is_left_in_a_closed_account(browser, cast, who):
    """R-1.10: the privacy text says so; the town goes on working on what was sent, which says who sent it."""
    resident = getattr(cast, who)
    with transaction():
        Resident.update(sex="female", wants_notices=True, corporate_number="7000012050002").where(
            Resident.id == resident.id
        ).execute()
    row = sent(cast.dogs, resident)
    name = Application.get_by_id(row.id).applicant_name
    opened = browser(resident)
    close(opened)
    kept = {
        key: value for key, value in Resident.select().where(Resident.id == resident.id).dicts().get().items() if value
    }
    assert set(kept) == {"id", "kind", "created_at", "last_login_at", "closed_at"}
    clerk, chief = browser(cast.clerk), browser(cast.administrator)
    for path in ("/staff/", f"/staff/applications/{row.id}/print", f"/staff/applications/{row.id}"):
        assert name in clerk.visit(path).text
    clerk.press("審査を開始する")
    clerk.press("承認する")
    clerk.press("承認する")
    assert Application.get_by_id(row.id).status == Status.APPROVED
    assert "退会" in chief.visit("/staff/mails").text and chief.visit("/staff/audit").status_int == 200


def test_results_are_no_longer_mailed(browser, cast):
    """R-1.10"""
    row = sent(cast.dogs, cast.keiko)
    close(browser(cast.keiko))
    clerk = browser(cast.clerk)
    clerk.visit(f"/staff/applications/{row.id}")
    clerk.press("審査を開始する")
    clerk.press("承認する")
    clerk.press("承認する")
    assert Application.get_by_id(row.id).status == Status.APPROVED
    assert "approved" not in kinds_to(KEIKO)


def test_a_closed_address_is_free_again(browser, cast):
    """R-1.3: the same address registers anew; the old rows stay apart; the old code and reset fit nobody."""
    row = sent(cast.dogs, cast.keiko)
    waiting = browser()
    ask_reset(waiting, KEIKO, "浜口恵子")
    old = code_in_mail(KEIKO)
    close(browser(cast.keiko))
    opened = browser()
    opened.visit("/sign-up")
    opened.fill(kind="business", email=KEIKO)
    opened.press("認証コードを送信する")
    opened.fill(code=code_in_mail(KEIKO))
    opened.press("次へ進む")
    opened.fill(
        corporation_name="有限会社いそ", corporation_kana="ユウゲンガイシャイソ", contact_name="磯 一", notices="no",
        home__postal_code="9998101", home__address="朝凪町1", telephone="0999001322",
        password=NEW_PASSWORD, password_again=NEW_PASSWORD,
    )  # fmt: skip
    opened.press("確認する")
    opened.press("登録する")
    assert opened.shows("登録が完了しました")
    assert "まだ申請はありません" in opened.visit("/mypage").text
    assert opened.get(f"/applications/{row.id}").status_int == 404
    waiting.fill(code=old, password="other-password-9", password_again="other-password-9")
    waiting.press("変更する")
    assert waiting.page.status_int == 422
    assert Resident.select().where(Resident.email_folded == KEIKO).count() == 1
    assert fresh(cast.keiko).closed_at is not None


def test_closing_twice_is_closing_once(browser, cast):
    """R-1.10: a double click lands on the page that says so."""
    opened = browser(cast.keiko)
    opened.visit("/mypage/account/close")
    opened.fill(present=PASSWORD)
    form, before = form_of(opened, "act_close"), opened.cookies["madoguchi"]
    form.submit("act_close")
    for again in second_clicks(opened, "act_close", before):
        assert again.request.path == "/mypage/account/closed" and "退会しました" in again.text
    assert kinds_to(KEIKO) == ["account_closed"]


@pytest.mark.parametrize(
    ("path", "button", "typed", "end"),
    [
        ("close", "act_close", {"present": PASSWORD}, "/mypage/account/closed"),
        (
            "password",
            "act_change",
            {"present": PASSWORD, "password": NEW_PASSWORD, "password_again": NEW_PASSWORD},
            "/mypage/account/password/done",
        ),
    ],
)
def test_a_second_click_while_the_first_is_at_work(browser, cast, monkeypatch, path, button, typed, end):
    """R-1.9, R-1.10: it came in while the session lived; what it finds is done, and that is what it says."""
    opened, first = browser(cast.keiko), browser()
    first.set_cookie("madoguchi", opened.cookies["madoguchi"])
    for window in (first, opened):
        window.visit(f"/mypage/account/{path}")
        window.fill(**typed)
    meanwhile(monkeypatch, lambda: form_of(first, button).submit(button))
    answer = form_of(opened, button).submit(button)
    assert answer.status_int == 302 and answer.location.endswith(end)
    assert len(kinds_to(KEIKO)) == 1


def meanwhile(monkeypatch, act) -> None:
    """Let something happen in another thread while the next password is looked at."""
    real = password.verify

    def slow(typed, hashed):
        monkeypatch.setattr(password, "verify", real)
        other = threading.Thread(target=act)
        other.start()
        other.join(20)
        return real(typed, hashed)

    monkeypatch.setattr(password, "verify", slow)


def change_elsewhere(cast) -> None:
    """A new password, set in another window."""
    with transaction():
        my_account.start_afresh(cast.keiko)
        Resident.update(password_hash="$2b$04$another").where(Resident.id == cast.keiko.id).execute()


def test_an_old_password_closes_nothing(browser, cast, monkeypatch):
    """R-1.9: changed while it was being looked at."""
    opened = browser(cast.keiko)
    meanwhile(monkeypatch, lambda: change_elsewhere(cast))
    close(opened)
    assert opened.page.status_int == 422 and opened.shows("ほかの画面で変わりました")
    assert fresh(cast.keiko).closed_at is None


@pytest.mark.parametrize("at", ["10:00:00", "10:10:00"])
def test_an_old_password_asks_for_no_code(browser, cast, monkeypatch, at):
    """R-1.9: neither one proved just now nor one that opened the session just now."""
    opened = browser(cast.keiko)
    with clock.at(f"2026-11-24T{at}"):
        if at == "10:10:00":
            meanwhile(monkeypatch, lambda: change_elsewhere(cast))
        else:
            check = form.check_page
            monkeypatch.setattr(form, "check_page", lambda *typed: (change_elsewhere(cast), check(*typed))[1])
        ask_new_address(opened, NEW, PASSWORD)
    assert opened.page.status_int == 422 and opened.shows("ほかの画面で変わりました")
    assert Code.select().count() == 0 and mails_to(NEW) == []


def test_a_wrong_code_is_counted_for_a_change_of_address_too(browser, cast):
    """R-1.9"""
    opened = browser(cast.keiko)
    ask_new_address(opened, NEW, PASSWORD)
    right = code_in_mail(NEW)
    for _ in range(5):
        opened.fill(code=another(right))
        opened.press("メールアドレスを変更する")
    opened.fill(code=right)
    opened.press("メールアドレスを変更する")
    assert opened.shows("間違いが続きました") and fresh(cast.keiko).email == KEIKO
