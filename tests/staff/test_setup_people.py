"""職員: invited with a printed one-time password, changed, disabled, let in again; nobody locks everybody out."""

from __future__ import annotations

import re

import pytest
from cast_acts import PASSWORD, as_staff, sent
from staff_acts import token

import clock
import models
from models import Application, AuditEntry, Division, Role, Session, Staff, StaffDivision, Town
from rules import Refusal
from rules.accounts import account, staff, staff_admin
from rules.records.access import Missing


@pytest.fixture
def chief(browser, cast):
    return browser(cast.administrator)


def member(login_id: str) -> Staff:
    return Staff.get(Staff.login_id == login_id)


def password_on(page) -> str:
    return re.search(r">([a-z2-9]{4}(?:-[a-z2-9]{4}){3})<", page.text)[1]


def invite(chief, cast, login_id: str = "t.yamada", role: str = "CLERK") -> str:
    chief.visit("/staff/people/new")
    chief.fill(login_id=login_id, name="山田 太郎", role=role)
    form = next(form for form in chief.page.forms.values() if "act_invite" in form.fields)
    form.set("divisions", True, index=1)
    chief.page = form.submit("act_invite")
    return password_on(chief.page)


def test_invited_by_a_printed_password(chief, browser, cast):
    """Issue 4.7: shown once; it opens the door to the change of password and to nothing else."""
    first = invite(chief, cast)
    assert chief.page.status_int == 200 and chief.shows(
        "職員の仮のパスワード", "t.yamada", "2026年12月8日（火）10時00分まで"
    )
    assert chief.page.headers["Cache-Control"] == "no-store"
    made = member("t.yamada")
    assert made.role == Role.CLERK and made.town_id == cast.town.id and made.memberships.count() == 1
    assert first not in made.password_hash
    entry = AuditEntry.get(AuditEntry.act == "staff_created", AuditEntry.staff == cast.administrator)
    assert entry.town_id == cast.town.id and first not in str(entry.detail)
    opened = browser()
    opened.log_in_staff("t.yamada", first)
    assert opened.page.request.path == "/staff/password"
    assert opened.visit("/staff/").request.path == "/staff/password"
    opened.visit("/staff/password")
    opened.fill(present=first, password=PASSWORD, password_again=PASSWORD)
    opened.press("変更する")
    assert opened.page.request.path == "/staff/" and member("t.yamada").password_expires_at is None
    chief.visit("/staff/people")
    assert not chief.shows("仮のパスワード</span>")


def test_a_one_time_password_runs_out(chief, browser, cast):
    """Issue 4.7: 14 days; a sentence for who has it, and the usual one for who has not."""
    first = invite(chief, cast)
    with clock.at("2026-12-08T09:59:00"):
        assert account.log_in_staff("t.yamada", first, ip="192.0.2.9")
    with clock.at("2026-12-08T10:00:00"):
        opened = browser()
        opened.log_in_staff("t.yamada", first)
        assert opened.page.status_int == 422 and opened.shows("使える期間（14日間）が過ぎました")
        opened.log_in_staff("t.yamada", "wrong-password")
        assert opened.shows("職員IDかパスワードが違います") and not opened.shows("14日間")


def test_pressed_twice_invites_once(chief, cast):
    """House rule 12: the second press says how to get at another paper."""
    invite(chief, cast)
    chief.visit("/staff/people/new")
    chief.fill(login_id="T.Yamada", name="山田 太郎", role="TOWN_ADMINISTRATOR")
    chief.press("登録する")
    assert chief.page.status_int == 422 and chief.shows(
        "すでに使われています", "新しいパスワードを発行する", "山田 太郎"
    )
    assert Staff.select().where(Staff.name == "山田 太郎").count() == 1


@pytest.mark.parametrize("login_id", ["", "あ", "a b c", "ab", "x" * 41, "a/b/c", "<b>abc"])
def test_odd_ids(chief, cast, login_id):
    """Issue 4.7"""
    chief.visit("/staff/people/new")
    chief.fill(login_id=login_id, name="山田 太郎", role="TOWN_ADMINISTRATOR")
    chief.press("登録する")
    assert chief.page.status_int == 422 and chief.shows("q-login_id-error")


def test_a_clerk_needs_a_division(chief, cast):
    """R-7.1"""
    chief.visit("/staff/people/new")
    chief.fill(login_id="t.yamada", name="山田 太郎", role="CLERK")
    chief.press("登録する")
    assert chief.page.status_int == 422 and chief.shows("担当者は、部課を1つ以上選んでください")


def test_changing(chief, cast):
    """R-7.4: name, role and divisions at once; the next page they open goes by it."""
    row = cast.other_clerk
    life = cast.dogs.division_id
    chief.visit(f"/staff/people/{row.id}")
    chief.fill(name="堀 かな")
    form = next(form for form in chief.page.forms.values() if "divisions" in form.fields)
    for box in form.fields["divisions"]:
        box.checked = box._value == str(life)
    chief.press("保存する")
    assert chief.shows("「hori」の登録を保存しました", "堀 かな")
    assert [m.division_id for m in StaffDivision.select().where(StaffDivision.staff == row)] == [life]
    assert AuditEntry.get(AuditEntry.act == "staff_changed").detail == {"new_staff": row.id}


def test_two_administrators_at_one_account(chief, cast):
    """House rule 6"""
    row = cast.other_clerk
    chief.visit(f"/staff/people/{row.id}")
    values = {"name": "堀 佳菜", "role": "CLERK", "divisions": [str(cast.dogs.division_id)]}
    staff_admin.revise(as_staff(cast.administrator), row.id, values, row.revision)
    chief.fill(name="堀 かな")
    chief.press("保存する")
    assert chief.page.status_int == 422 and chief.shows("堀 佳菜", "堀 かな", "いまの内容")
    assert member("hori").name == "堀 佳菜"
    chief.press("保存する")
    assert member("hori").name == "堀 かな"


def test_disabled_at_once(chief, browser, cast):
    """Issue 4.7: the session ends with the next page; open applications are shown; enabled, the old password works."""
    clerk = browser(cast.clerk)
    mine = sent(cast.dogs, cast.keiko)
    with models.transaction():
        Application.update(assignee=cast.clerk).where(Application.id == mine.id).execute()
    chief.visit(f"/staff/people/{cast.clerk.id}")
    chief.page = chief.page.click("ログインできなくする")
    assert chief.shows("1件", f"/staff/applications/{mine.id}")
    chief.press("ログインできなくする")
    assert chief.shows("ログインできなくなりました", "担当を決め直してください", f"/staff/applications/{mine.id}")
    assert not Session.select().where(Session.staff == cast.clerk).exists()
    assert clerk.visit("/staff/").request.path == "/staff/login"
    clerk.log_in_staff("miura", PASSWORD)
    assert clerk.page.status_int == 422
    chief.visit("/staff/people")
    assert chief.shows("ログインできません")
    chief.visit(f"/staff/people/{cast.clerk.id}")
    chief.press("また使えるようにする")
    clerk.log_in_staff("miura", PASSWORD)
    assert clerk.page.request.path == "/staff/"
    acts = [row.act for row in AuditEntry.select().where(AuditEntry.act.startswith("staff_")).order_by(AuditEntry.id)]
    assert [act for act in acts if act in ("staff_disabled", "staff_enabled")] == ["staff_disabled", "staff_enabled"]


def test_a_new_password(chief, browser, cast):
    """Issue 4.7: the old one and every session end, a lock is lifted, and pressed twice it is given once."""
    clerk = browser(cast.clerk)
    for _ in range(6):
        browser().log_in_staff("miura", "wrong-password-1")
    chief.visit(f"/staff/people/{cast.clerk.id}/password")
    form = next(form for form in chief.page.forms.values() if "act_reset" in form.fields)
    first = password_on(form.submit("act_reset"))
    again = form.submit("act_reset")
    assert again.status_int == 422 and "発行していません" in again.text
    assert clerk.visit("/staff/").request.path == "/staff/login"
    opened = browser()
    opened.log_in_staff("miura", PASSWORD)
    assert opened.page.status_int == 422
    opened.log_in_staff("miura", first)
    assert opened.page.request.path == "/staff/password"
    assert member("miura").password_expires_at == clock.now() + staff.ONE_TIME
    assert AuditEntry.select().where(AuditEntry.act == "staff_password_reset").count() == 1


def test_nobody_acts_on_himself(chief, cast):
    """Issue 4.7: neither role nor login of one's own."""
    me = as_staff(cast.administrator)
    chief.visit(f"/staff/people/{cast.administrator.id}")
    assert chief.shows("パスワードの変更") and not chief.shows("ログインできなくする", 'name="role"')
    for act in (
        lambda: staff_admin.revise(me, me.id, {"name": "町野", "role": "CLERK", "divisions": ["1"]}, 0),
        lambda: staff_admin.disable(me, me.id, 0),
        lambda: staff_admin.reset_password(me, me.id, 0),
    ):
        with pytest.raises(Refusal):
            act()
    chief.fill(name="町野 一朗")
    chief.press("保存する")
    assert (member("chief").name, member("chief").role) == ("町野 一朗", Role.TOWN_ADMINISTRATOR)


def test_the_last_administrator_stays(cast):
    """Issue 4.7: of a town and of the system; also when two disable each other at once."""
    system = as_staff(cast.system)
    chief = cast.administrator
    demote = {"name": chief.name, "role": "CLERK", "divisions": [str(cast.dogs.division_id)]}
    for act in (
        lambda: staff_admin.disable(system, chief.id, chief.revision),
        lambda: staff_admin.revise(system, chief.id, demote, chief.revision),
    ):
        with pytest.raises(Refusal) as refused:
            act()
        assert "ただひとりの町の管理者" in refused.value.message
    second = staff.create("second", "次長", Role.TOWN_ADMINISTRATOR, cast.town, [], PASSWORD, must_change=False)
    staff_admin.disable(as_staff(second), chief.id, chief.revision)
    with pytest.raises(Refusal):
        staff_admin.disable(as_staff(chief), second.id, second.revision)
    other = staff.create("system2", "情報 次郎", Role.SYSTEM_ADMINISTRATOR, None, [], PASSWORD, must_change=False)
    staff_admin.disable(as_staff(other), cast.system.id, cast.system.revision)
    with pytest.raises(Refusal) as refused:
        staff_admin.disable(as_staff(cast.system), other.id, other.revision)
    assert "システム管理者" in refused.value.message


def test_a_town_administrator_stays_in_the_town(browser, chief, cast):
    """R-8.4: no other town's staff, no system administrators, none made."""
    me = as_staff(cast.administrator)
    for stranger in (cast.foreign_clerk, cast.system):
        with pytest.raises(Missing):
            staff_admin.own(me, stranger.id)
        assert chief.get(f"/staff/people/{stranger.id}", expect_errors=True).status_int == 404
    chief.visit("/staff/people")
    assert not chief.shows("夕田 花") and not chief.shows("情報 太郎")
    csrf = token(chief)
    made = {"login_id": "intruder", "name": "だれか", "role": "SYSTEM_ADMINISTRATOR", "csrf": csrf, "town": "0"}
    chief.post("/staff/people/new", made, status=422)
    far = Division.get(Division.town == cast.other_town)
    chief.post(
        "/staff/people/new", made | {"role": "CLERK", "divisions": far.id, "town": cast.other_town.id}, status=422
    )
    with pytest.raises(Missing):
        staff_admin.invite(me, None, {"login_id": "intruder", "name": "だれか"})
    with pytest.raises(Missing):
        staff_admin.invite(me, cast.other_town.id, {"login_id": "x", "name": "y", "role": "CLERK", "divisions": []})
    assert not Staff.select().where(Staff.name == "だれか").exists()


def test_a_system_administrator_serves_every_town(browser, cast):
    """Issue 4.7: their administrators, and each other."""
    with models.transaction():
        Town.update(closed_at=None).execute()
    system = browser(cast.system)
    system.visit("/staff/people")
    assert system.shows("夕田 花", "町野 一郎", "情報 太郎", "夕凪町")
    assert not browser(cast.system).visit(f"/staff/people?town={cast.town.id}").text.count("夕田 花")
    system.page = system.page.click("職員を登録する")
    system.page = system.page.click("夕凪町")
    system.fill(login_id="yunagi.chief", name="夕凪 長", role="TOWN_ADMINISTRATOR")
    system.press("登録する")
    assert system.shows("職員の仮のパスワード") and member("yunagi.chief").town_id == cast.other_town.id
    system.visit("/staff/people/new?town=0")
    system.fill(login_id="system2", name="情報 次郎")
    system.press("登録する")
    made = member("system2")
    assert (made.role, made.town_id) == (Role.SYSTEM_ADMINISTRATOR, None)
    assert AuditEntry.get(AuditEntry.detail == {"new_staff": made.id, "role": "SYSTEM_ADMINISTRATOR"}).town_id is None


def test_a_clerk_reads_names_only(browser, cast):
    """The table of roles"""
    clerk = browser(cast.clerk)
    clerk.visit("/staff/people")
    assert clerk.shows("町野 一郎", "堀 佳奈", "税務課") and not clerk.shows("chief")
    for path in ("new", str(cast.other_clerk.id), f"{cast.other_clerk.id}/disable", f"{cast.other_clerk.id}/password"):
        assert clerk.get(f"/staff/people/{path}", expect_errors=True).status_int == 404
