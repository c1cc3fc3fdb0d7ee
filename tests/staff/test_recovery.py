"""窓口でのログインの救済: the counter's side and the resident's (R-1.11)."""

from __future__ import annotations

import re

import pytest
from account_acts import (
    NEW_PASSWORD,
    another,
    ask_new_address,
    code_in_mail,
    form_of,
    fresh,
    kinds_to,
    mails_to,
    move_to,
    no_code_in,
)
from cast_acts import PASSWORD, as_staff, sent

import clock
import jobs
import models
from models import Application, AuditEntry, Code, OutboxMail, Recovery, Resident, Role, Session, Town, transaction
from rules.accounts import recovery, recovery_desk, staff
from rules.records.access import Missing
from rules.values import secrecy

KEIKO, NEW = "keiko@example.jp", "keiko.new@example.jp"


@pytest.fixture
def chief(browser, cast):
    """The town administrator; Keiko lives in the town, Ken elsewhere."""
    with transaction():
        Resident.update(municipality_code="").where(Resident.id == cast.ken.id).execute()
        Resident.update(municipality_code=cast.town.code).where(Resident.id == cast.keiko.id).execute()
    return browser(cast.administrator)


@pytest.fixture
def far_chief(cast):
    return staff.create("far", "夕田 次郎", Role.TOWN_ADMINISTRATOR, cast.other_town, [], PASSWORD, must_change=False)


def search(opened, **typed):
    opened.visit("/staff/recovery")
    opened.fill(**typed)
    return opened.press("探す")


def issue(opened, cast, *facts: str) -> str:
    """The code on the paper."""
    search(opened, email=KEIKO)
    form = form_of(opened, "act_issue")
    for box in form.fields["facts"]:
        box.checked = box._value in (facts or ("id_card", "telephone"))
    opened.page = form.submit("act_issue")
    found = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", opened.page.text)
    return found.group() if found else ""


def ask(opened, code: str, address: str = NEW):
    opened.visit("/login")
    opened.page = opened.page.click("窓口で受け取ったコードをお持ちの方")
    opened.fill(counter_code=code, email=address)
    return opened.press("認証コードを送信する")


def finish(opened, address: str = NEW):
    opened.fill(code=code_in_mail(address), password=NEW_PASSWORD, password_again=NEW_PASSWORD)
    return opened.press("変更する")


# ---------------------------------------------------------------- who helps whom


def test_by_way_of_the_settings(browser, chief):
    """R-1.11"""
    chief.visit("/staff/settings")
    chief.page = chief.page.click("窓口でのログインの救済")
    assert chief.shows("利用者を探す", "本人確認書類")


@pytest.mark.parametrize("who", ["clerk", "system"])
def test_town_administrators_only(browser, cast, chief, who):
    """R-1.11: for anybody else the pages do not exist."""
    opened = browser(getattr(cast, who))
    for path in ("/staff/recovery", f"/staff/recovery/{cast.keiko.id}"):
        assert opened.get(path).status_int == 404
    csrf = form_of(_with_form(opened), "csrf")["csrf"].value
    for path in ("/staff/recovery", f"/staff/recovery/{cast.keiko.id}", f"/staff/recovery/{cast.keiko.id}/cancel"):
        posted = {"csrf": csrf, "email": KEIKO, "facts": "id_card"}
        assert opened.post(path, posted, expect_errors=True).status_int == 404
    assert Recovery.select().count() == 0


def _with_form(opened):
    opened.visit("/staff/audit")
    return opened


@pytest.mark.parametrize(
    "typed",
    [
        {"email": "KEIKO@example.jp"},
        {"name": "濵口　恵子", "birth_date__era": "S", "birth_date__year": "63", "birth_date__month": "4",
         "birth_date__day": "9"},
    ],
)  # fmt: skip
def test_found_by_address_or_by_name_and_birth_date(chief, cast, typed):
    """R-1.11: and shown with little: enough to compare, too little to tell."""
    search(chief, **typed)
    assert chief.page.request.path == f"/staff/recovery/{cast.keiko.id}"
    assert chief.shows("浜口 恵子", "ke***@example.jp", "***1322", "昭和63年（1988年）4月**日")
    assert not chief.shows(KEIKO) and not chief.shows("0999-00-1322") and not chief.shows("14番6号")
    entry = AuditEntry.get(AuditEntry.act == "recovery_looked_up")
    assert (entry.staff_id, entry.resident_id) == (cast.administrator.id, cast.keiko.id)


def test_found_by_number_where_only_an_application_ties_them(chief, cast):
    """R-1.11: an address elsewhere, but something sent to this town; its number can be asked for."""
    row = sent(cast.dogs, cast.ken)
    search(chief, number=f"{row.number[:4]} {row.number[4:8]} {row.number[8:]}")
    assert chief.page.request.path == f"/staff/recovery/{cast.ken.id}"
    assert chief.shows(f"****-****-{row.number[8:]}")


def test_nobody_else_is_found_in_the_same_words(browser, chief, cast, far_chief):
    """R-1.11: unknown, of another town, closed, with a draft only: one sentence, and no page behind the id."""
    number = sent(cast.dogs, cast.keiko).number
    far = browser(far_chief)
    for opened, typed in (
        (chief, {"email": "nobody@example.jp"}),
        (chief, {"email": "ken@example.jp"}),
        (far, {"email": KEIKO}),
        (far, {"number": number}),
        (far, {"name": "浜口恵子", "birth_date__year": "1988", "birth_date__month": "4", "birth_date__day": "9"}),
        (chief, {"number": "1234"}),
    ):
        search(opened, **typed)
        assert opened.page.status_int == 422 and opened.shows("見つかりませんでした"), typed
    assert far.get(f"/staff/recovery/{cast.keiko.id}").status_int == 404
    assert chief.get(f"/staff/recovery/{cast.ken.id}").status_int == 404
    with pytest.raises(Missing):
        recovery_desk.look(as_staff(far_chief), cast.keiko.id)
    with transaction():
        Resident.update(closed_at=clock.now()).where(Resident.id == cast.keiko.id).execute()
    search(chief, email=KEIKO)
    assert chief.shows("見つかりませんでした")
    assert chief.get(f"/staff/recovery/{cast.keiko.id}").status_int == 404
    assert AuditEntry.select().where(AuditEntry.act == "recovery_looked_up").count() == 0


def looks(act: str) -> list:
    return list(AuditEntry.select().where(AuditEntry.act == act).order_by(AuditEntry.id))


def test_every_look_is_recorded(chief, cast):
    """R-7.8, R-1.11: a refused POST shows the same page; whose it was stands in the log each time."""
    search(chief, email=KEIKO)
    form = form_of(chief, "act_issue")
    for number, button in enumerate(("act_issue", "act_issue"), 2):
        assert form.submit(button, expect_errors=True).status_int == 422
        assert [row.resident_id for row in looks("recovery_looked_up")] == [cast.keiko.id] * number


def test_searches_in_vain_are_recorded(chief, cast):
    """R-7.8, R-1.11: by what it was searched, never what; addresses could be tried out one by one."""
    for typed in ({"email": "nobody@example.jp"}, {"number": "123412341234"}, {"name": "浜口恵子"}):
        search(chief, **typed)
    search(chief, name="浜口恵", birth_date__year="1988", birth_date__month="4", birth_date__day="9")
    found = looks("recovery_searched")
    assert [row.detail for row in found] == [{"by": [by], "found": 0} for by in ("email", "number", "name")]
    assert {(row.staff_id, row.resident_id, row.address) for row in found} == {
        (cast.administrator.id, None, "192.0.2.1")
    }
    assert "窓口の救済で探して" in chief.visit("/staff/audit").text


def test_searching_for_nothing_and_for_two(chief, cast):
    """R-1.11: what was typed stays; two accounts of one name and birth date are told apart by something else."""
    search(chief, name="浜口恵子")
    assert chief.page.status_int == 422 and chief.shows("氏名と生年月日を入力", "浜口恵子")
    with transaction():
        Resident.update(municipality_code=cast.town.code, family_name="浜口", given_name="恵子").where(
            Resident.id == cast.ken.id
        ).execute()
    search(chief, name="浜口恵子", birth_date__year="1988", birth_date__month="4", birth_date__day="9")
    assert chief.shows("2つ以上あります")


# ---------------------------------------------------------------- the paper


def test_two_facts_are_needed(chief, cast):
    """R-1.11"""
    for facts, sentence in (
        ((), "本人確認書類のない方には、コードを発行できません"),
        (("birth_date", "telephone"), "本人確認書類のない方には、コードを発行できません"),
        (("id_card",), "本人確認書類のほかに"),
    ):
        search(chief, email=KEIKO)
        form = form_of(chief, "act_issue")
        for box in form.fields["facts"]:
            box.checked = box._value in facts
        chief.page = form.submit("act_issue")
        assert chief.page.status_int == 422 and chief.shows('href="#q-facts"', sentence)
    assert Recovery.select().count() == OutboxMail.select().count() == 0


def test_facts_that_cannot_be_compared_are_not_taken(chief, cast):
    """R-1.11: there is no application whose number could have been asked."""
    found = recovery_desk.look(as_staff(cast.administrator), cast.keiko.id)
    with pytest.raises(recovery.Refusal):
        recovery.issue(as_staff(cast.administrator), found, {"facts": ["id_card", "number"]}, 0, ip="")
    assert Recovery.select().count() == 0


def test_the_code_is_printed_once(browser, chief, cast):
    """R-1.11: recorded, sessions ended, the old address told, only a keyed hash kept."""
    at_home = browser(cast.keiko)
    ask_new_address(at_home, "pending@example.jp", PASSWORD)
    code = issue(chief, cast)
    assert len(code) == 14 and set(code) <= set(recovery.ALPHABET + "-")
    assert chief.shows(
        "ご自宅での操作", "窓口で受け取ったコード", "http://madoguchi.test/recovery", "11月25日（水）10時00分まで"
    )
    assert chief.page.headers["Cache-Control"] == "no-store"
    row = Recovery.get()
    assert (row.facts, row.issued_by_id, row.town_id) == (["id_card", "telephone"], cast.administrator.id, cast.town.id)
    assert row.code_hash == secrecy.keyed("recovery", code.replace("-", ""))
    assert Session.select().where(Session.resident == cast.keiko).count() == Code.select().count() == 0
    assert at_home.visit("/mypage").request.path == "/login"
    assert kinds_to(KEIKO) == ["recovery_issued"] and no_code_in(mails_to(KEIKO)[0])
    assert code not in mails_to(KEIKO)[0].body and "11月25日（水）10時00分" in mails_to(KEIKO)[0].body
    entry = AuditEntry.get(AuditEntry.act == "recovery_issued")
    assert (entry.resident_id, entry.detail) == (cast.keiko.id, {"facts": ["id_card", "telephone"]})
    assert code not in chief.visit(f"/staff/recovery/{cast.keiko.id}").text
    for table in models.TABLES:
        for values in table.select().tuples():
            assert code not in str(values) and code.replace("-", "") not in str(values)


def test_a_newer_code_ends_the_older(browser, chief, cast):
    """R-1.11"""
    first, second = issue(chief, cast), issue(chief, cast)
    opened = browser()
    ask(opened, first)
    assert opened.page.status_int == 422
    ask(opened, second)
    assert opened.page.request.path == "/recovery/code"


def test_the_page_with_the_code_loaded_again_issues_no_other(browser, chief, cast):
    """R-1.11: the paper in the resident's hand stays good; who means a new one presses once more."""
    search(chief, email=KEIKO)
    form = form_of(chief, "act_issue")
    for box in form.fields["facts"]:
        box.checked = box._value in ("id_card", "telephone")
    code = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", form.submit("act_issue").text).group()
    for _ in range(2):
        chief.page = form.submit("act_issue")
        assert chief.page.status_int == 422
        assert chief.shows("2026年11月24日（火）10時00分に、コードを発行してあります", "発行済みのコードがあります")
    assert Recovery.select().count() == 1 and kinds_to(KEIKO) == ["recovery_issued"]
    opened = browser()
    ask(opened, code)
    assert opened.page.request.path == "/recovery/code"
    chief.press("コードを発行する")
    assert chief.shows("ご自宅での操作") and Recovery.select().count() == 2
    ask(browser(), code)
    form["revision"].force_value("x")
    assert form.submit("act_issue").status_int == 422 and Recovery.select().count() == 2


def test_a_lost_paper_is_cancelled(browser, chief, cast):
    """R-1.11: what the mail to the old address promises."""
    code = issue(chief, cast)
    search(chief, email=KEIKO)
    assert chief.shows("発行済みのコードがあります")
    form = form_of(chief, "act_cancel")
    chief.press("コードを取り消す")
    assert not chief.shows("発行済みのコードがあります")
    assert form.submit("act_cancel", expect_errors=True).status_int == 422
    opened = browser()
    ask(opened, code)
    assert opened.page.status_int == 422 and opened.shows("コードが違うか")
    assert AuditEntry.select().where(AuditEntry.act == "recovery_cancelled").count() == 1


# ---------------------------------------------------------------- at home


@pytest.mark.parametrize("typed", ["as printed", "lower", "full width", "blanks"])
def test_a_new_address_and_password(browser, chief, cast, typed):
    """R-1.11: the whole way; letters of any case and width, with or without dashes."""
    number = sent(cast.dogs, cast.keiko).number
    code = issue(chief, cast)
    code = {
        "as printed": code,
        "lower": code.lower().replace("-", ""),
        "full width": "".join(chr(ord(c) + 0xFEE0) for c in code),
        "blanks": f"  {code.replace('-', '　')} ",
    }[typed]
    locked = browser()
    for _ in range(6):
        locked.log_in(KEIKO, "wrong-password-1")
        locked.log_in(NEW, "wrong-password-1")
    opened = browser()
    ask(opened, code)
    assert opened.shows("メールアドレスもパスワードも変わっていません", NEW)
    finish(opened)
    assert opened.page.request.path == "/login" and opened.shows("メールアドレスとパスワードを変更しました")
    opened.log_in(NEW, NEW_PASSWORD)
    assert opened.shows("マイページ", "浜口 恵子 さん")
    assert number[:4] in opened.visit("/mypage/history").text
    opened.press("ログアウト")
    opened.log_in(KEIKO, PASSWORD)
    assert opened.shows("違います")
    assert kinds_to(KEIKO)[0] == "email_changed" and kinds_to(NEW)[0] == "password_changed"
    assert Recovery.get().used_at is not None
    assert AuditEntry.get(AuditEntry.act == "account_recovered").resident_id == cast.keiko.id
    again = browser()
    ask(again, code)
    assert again.page.status_int == 422


def test_a_double_click_recovers_once(browser, chief, cast):
    """R-1.11: one use; the second click lands where the first did."""
    opened = browser()
    ask(opened, issue(chief, cast))
    opened.fill(code=code_in_mail(NEW), password=NEW_PASSWORD, password_again=NEW_PASSWORD)
    form = form_of(opened, "act_change")
    form.submit("act_change")
    again = form.submit("act_change").follow()
    assert again.request.path == "/login" and "先ほど変更しました" in again.text
    assert kinds_to(NEW).count("password_changed") == 1


def test_the_same_address_may_stay(browser, chief, cast):
    """R-1.11: who only lost the password, and whose name is written otherwise."""
    opened = browser()
    ask(opened, issue(chief, cast), KEIKO)
    finish(opened, KEIKO)
    assert fresh(cast.keiko).email == KEIKO and kinds_to(KEIKO)[0] == "password_changed"
    assert "email_changed" not in kinds_to(KEIKO)
    opened.log_in(KEIKO, NEW_PASSWORD)
    assert opened.shows("マイページ")


def test_somebody_elses_address_cannot_be_taken(browser, chief, cast):
    """R-1.3, R-1.11: told by mail only; the code from the counter is still good for another address."""
    code, opened = issue(chief, cast), browser()
    ask(opened, code, "ken@example.jp")
    assert opened.page.request.path == "/recovery/code" and kinds_to("ken@example.jp") == ["email_taken"]
    opened.fill(code="123456", password=NEW_PASSWORD, password_again=NEW_PASSWORD)
    opened.press("変更する")
    assert opened.page.status_int == 422
    ask(opened, code)
    finish(opened)
    assert (fresh(cast.keiko).email, fresh(cast.ken).email) == (NEW, "ken@example.jp")


def test_an_address_taken_meanwhile(browser, chief, cast):
    """R-1.3: nothing is used up by it."""
    code, opened = issue(chief, cast), browser()
    ask(opened, code)
    with transaction():
        Resident.update(email=NEW, email_folded=NEW).where(Resident.id == cast.ken.id).execute()
    finish(opened)
    assert opened.page.status_int == 422 and opened.shows("別のメールアドレスで")
    assert fresh(cast.keiko).password_hash == cast.keiko.password_hash
    ask(opened, code, "third@example.jp")
    finish(opened, "third@example.jp")
    assert fresh(cast.keiko).email == "third@example.jp"


@pytest.mark.parametrize(("at", "works"), [("2026-11-25T09:55:00", True), ("2026-11-25T10:00:00", False)])
def test_a_day_and_no_longer(browser, chief, cast, at, works):
    """R-1.11: 24 hours."""
    code, opened = issue(chief, cast), browser()
    with clock.at(at):
        ask(opened, code)
        assert (opened.page.request.path == "/recovery/code") is works
    if works:
        with clock.at("2026-11-25T10:00:01"):
            finish(opened)
            assert opened.page.status_int == 422 and opened.shows("もう使えません")
            assert fresh(cast.keiko).email == KEIKO


def test_a_clock_put_back_by_days_makes_no_code_last(browser, chief, cast):
    """R-1.11"""
    code, opened = issue(chief, cast), browser()
    with clock.at("2026-11-22T10:00:00"):
        ask(opened, code)
        assert opened.page.status_int == 422
    with clock.at("2026-11-24T09:58:00"):
        ask(opened, code)
        assert opened.page.request.path == "/recovery/code"


def test_guessing_is_stopped(browser, chief, cast):
    """R-1.11: ten wrong codes in ten minutes from one place; elsewhere the right one works."""
    code, opened = issue(chief, cast), browser()
    for _ in range(10):
        ask(opened, "ABCD-EFGH-JKMN")
        assert opened.page.status_int == 422 and opened.shows("コードが違うか")
    ask(opened, code)
    assert opened.shows("コードの間違いが続いています")
    ask(browser(REMOTE_ADDR="192.0.2.9"), code)
    assert kinds_to(NEW) == ["email_code"]
    with clock.at("2026-11-24T10:10:01"):
        ask(opened, code)
        assert opened.page.request.path == "/recovery/code"


def test_what_is_mailed_here_fits_nowhere_else(browser, chief, cast):
    """R-1.9: not in another browser, not for a signed-in resident's address, and five tries end it."""
    code, opened, ken = issue(chief, cast), browser(), browser(cast.ken)
    ask(opened, code)
    right = code_in_mail(NEW)
    stranger = browser()
    assert stranger.visit("/recovery/code").request.path == "/recovery"
    ask_new_address(ken, "ken2@example.jp", PASSWORD)
    if right != code_in_mail("ken2@example.jp"):
        ken.fill(code=right)
        ken.press("メールアドレスを変更する")
        assert ken.page.status_int == 422
    for _ in range(5):
        opened.fill(code=another(right), password=NEW_PASSWORD, password_again=NEW_PASSWORD)
        opened.press("変更する")
    opened.fill(code=right, password=NEW_PASSWORD, password_again=NEW_PASSWORD)
    opened.press("変更する")
    assert opened.shows("間違いが続きました")
    assert (fresh(cast.ken).email, fresh(cast.keiko).email) == ("ken@example.jp", KEIKO)


def test_who_still_has_the_password_cannot_undo_it(browser, chief, cast):
    """R-1.11: a change of address by whoever holds the account does not end the paper; it leads to the same person."""
    code = issue(chief, cast)
    move_to(browser(cast.keiko), "thief@example.jp", PASSWORD)
    opened = browser()
    ask(opened, code)
    finish(opened)
    assert fresh(cast.keiko).email == NEW
    assert kinds_to("thief@example.jp")[0] == "email_changed"


def test_a_closed_account_is_not_recovered(browser, chief, cast):
    """R-1.10, R-1.11"""
    code, keiko = issue(chief, cast), browser(cast.keiko)
    keiko.visit("/mypage/account/close")
    keiko.fill(present=PASSWORD)
    keiko.press("退会する")
    opened = browser()
    ask(opened, code)
    assert opened.page.status_int == 422 and opened.shows("コードが違うか")


def test_records_are_kept_a_year(chief, cast):
    """R-1.11: the audit log knows of them longer."""
    issue(chief, cast)
    with clock.at("2027-11-24T10:00:01") as now:
        jobs._tidy(now)
    assert Recovery.select().count() == 0
    assert AuditEntry.select().where(AuditEntry.act == "recovery_issued").count() == 1


def test_several_towns(browser, chief, cast, far_chief):
    """R-8.4: whoever has business with both towns is helped by either, and each sees its own numbers."""
    with transaction():
        Town.update(closed_at=None).where(Town.id == cast.other_town.id).execute()
    row = sent(cast.dogs, cast.keiko)
    with transaction():
        Application.update(town=cast.other_town.id).where(Application.id == row.id).execute()
    far = browser(far_chief)
    search(far, email=KEIKO)
    assert far.shows("浜口 恵子", row.number[8:])
    search(chief, email=KEIKO)
    assert chief.shows("浜口 恵子") and not chief.shows(f"****-{row.number[8:]}")


def test_the_mail_names_the_town_that_gave_the_code(browser, chief, cast):
    """R-1.11, R-8.4: where there are several too, and whom to call if it was somebody else at the counter."""
    with transaction():
        Town.update(closed_at=None).where(Town.id == cast.other_town.id).execute()
    issue(chief, cast)
    mail = mails_to(KEIKO)[0]
    assert mail.town_id == cast.town.id and mail.subject.startswith("【朝凪町】")
    assert f"朝凪町役場\n電話 {cast.town.telephone}\n" in mail.body
    move_to(browser(cast.keiko), NEW, PASSWORD)
    assert "お問い合わせ\nお住まいの市町村の役場\n" in mails_to(KEIKO)[0].body
