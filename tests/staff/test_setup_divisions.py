"""部課 as a town's administrator sets them up: the tree, names that reach everything, closing."""

from __future__ import annotations

import pytest
from cast_acts import as_staff, sent
from counter_acts import make_counter
from staff_acts import token

import clock
import models
from models import AuditEntry, Division, Procedure
from rules import Refusal
from rules.procedures import procedure
from rules.records import access
from rules.records.access import Missing
from rules.town import setup_divisions


@pytest.fixture
def chief(browser, cast):
    return browser(cast.administrator)


def named(cast, name: str) -> Division:
    return Division.get((Division.town == cast.town) & (Division.name == name))


def fresh(row: Division) -> Division:
    return Division.get_by_id(row.id)


def order(cast) -> list[tuple[int, str]]:
    return [(line.level, line.name) for line in setup_divisions.lines(as_staff(cast.administrator))[0]]


def test_a_division_is_added(chief, cast):
    """R-7.4: by its form, below another; a double press adds one."""
    chief.visit("/staff/divisions")
    chief.page = chief.page.click("部課を加える")
    parent = str(named(cast, "町民部").id)
    chief.fill(
        name="環境課", parent=parent, telephone="０９９９ー００−１３００", email="kankyo@example.jp", notify="daily"
    )
    form = next(form for form in chief.page.forms.values() if "act_save" in form.fields)
    chief.press("加える")
    assert chief.page.request.path == "/staff/divisions" and chief.shows("「環境課」を加えました", "環境課")
    made = named(cast, "環境課")
    assert (made.telephone, made.email, made.notify) == ("0999-00-1300", "kankyo@example.jp", "daily")
    assert made.parent_id == named(cast, "町民部").id
    again = form.submit("act_save")
    assert again.status_int == 422 and "すでにあります" in again.text and 'value="環境課"' in again.text
    assert Division.select().where(Division.name == "環境課").count() == 1
    assert AuditEntry.select().where(AuditEntry.act == "division_added").count() == 1


def test_what_is_wrong_is_said_beside_its_field(chief, cast):
    """R-7.4: everything typed stays."""
    chief.visit("/staff/divisions/new")
    chief.fill(name="", telephone="12", email="x")
    chief.press("加える")
    assert chief.page.status_int == 422
    assert chief.shows("q-name-error", "q-email-error", 'value="12"')


def test_a_clerk_reads(browser, cast):
    """R-7.4, the table of roles: divisions are read by clerks."""
    clerk = browser(cast.clerk)
    clerk.visit("/staff/divisions")
    assert clerk.shows("住民生活課", "変えられるのは、町の管理者です") and not clerk.shows("部課を加える", "上へ")
    one = named(cast, "税務課")
    for path in ("/staff/divisions/new", f"/staff/divisions/{one.id}", f"/staff/divisions/{one.id}/close"):
        assert clerk.get(path, expect_errors=True).status_int == 404
    csrf = token(clerk)
    refused = clerk.post(f"/staff/divisions/{one.id}/close", {"csrf": csrf, "revision": "0"}, expect_errors=True)
    assert refused.status_int == 404 and fresh(one).closed_at is None


def test_a_new_name_reaches_lists_pages_and_drafts(chief, browser, cast):
    """R-7.4, house rule 12: 手続案内, 手続き一覧, お問い合わせ and drafts, at once."""
    division = cast.dogs.division
    before = division.name
    with models.transaction():
        document = procedure.published(cast.dogs)[1]
        Procedure.change({"draft": document}, "id = {}", cast.dogs.id)
    stranger = browser()
    assert before in stranger.visit(f"/procedures/{cast.dogs.id}").text
    chief.visit(f"/staff/divisions/{division.id}")
    chief.fill(name="くらしの課")
    chief.press("保存する")
    assert chief.shows("「くらしの課」を保存しました")
    # Sentences in which a clerk wrote the name stay as they were written.
    assert "くらしの課" in stranger.visit(f"/procedures/{cast.dogs.id}").text
    for path in ("/procedures", "/help/contact"):
        text = stranger.visit(path).text
        assert "くらしの課" in text and before not in text, path
    assert Procedure.get_by_id(cast.dogs.id).draft["division"] == "くらしの課"
    # What was published stays as it was published.
    assert procedure.published(Procedure.get_by_id(cast.dogs.id))[1]["division"] == before


def test_a_division_with_a_counter_stays_open(chief, cast):
    """R-5.1: what is booked there has somebody who sees it."""
    row = setup_divisions.add(
        as_staff(cast.administrator),
        {"name": "窓口課", "parent": "top", "telephone": None, "hours": None, "email": None, "notify": "never"},
    )
    counter = make_counter(cast, division=row)
    chief.visit(f"/staff/divisions/{row.id}/close")
    assert chief.shows("まだ閉じられません", "住民窓口") and not chief.shows("閉じないで戻る")
    with pytest.raises(Refusal) as refused:
        setup_divisions.close(as_staff(cast.administrator), row.id, row.revision)
    assert "窓口" in refused.value.message
    with models.transaction():
        counter.closed_at = clock.now()
        counter.save()
    setup_divisions.close(as_staff(cast.administrator), row.id, row.revision)
    assert fresh(row).closed_at is not None


def test_two_administrators_do_not_overwrite_each_other(chief, cast):
    """House rule 6: the second sees what the first did, loses nothing, and may save again."""
    row = named(cast, "税務課")
    chief.visit(f"/staff/divisions/{row.id}")
    questions = setup_divisions.questions(as_staff(cast.administrator), row)
    kept = {q["key"]: None for q in questions} | {"name": "税務住民課", "parent": "top", "notify": "never"}
    setup_divisions.revise(as_staff(cast.administrator), row.id, kept, row.revision)
    chief.fill(name="税の課", hours="平日だけ")
    chief.press("保存する")
    assert chief.page.status_int == 422
    assert chief.shows("ほかの職員が、先に", "町野 一郎", "税務住民課", "税の課", "平日だけ")
    assert fresh(row).name == "税務住民課"
    chief.press("保存する")
    assert (fresh(row).name, fresh(row).hours, fresh(row).revision) == ("税の課", "平日だけ", 2)


def test_no_circles_and_no_endless_depth(cast):
    """Issue 4.7: a division is never below itself."""
    me = as_staff(cast.administrator)
    top, below = named(cast, "町民部"), named(cast, "税務課")
    offered = [c["value"] for q in setup_divisions.questions(me, top) if q["key"] == "parent" for c in q["choices"]]
    assert str(top.id) not in offered and str(below.id) not in offered
    values = {"name": "町民部", "parent": str(below.id), "telephone": None, "hours": None, "email": None}
    for parent in (below.id, top.id, 10**6):
        with pytest.raises(Refusal) as refused:
            setup_divisions.revise(me, top.id, values | {"parent": str(parent), "notify": "never"}, top.revision)
        assert "q-parent" in refused.value.fields
    parent = below
    for level in range(3):
        parent = setup_divisions.add(me, values | {"name": f"係{level}", "parent": str(parent.id), "notify": "never"})
    with pytest.raises(Refusal):
        setup_divisions.add(me, values | {"name": "深すぎる係", "parent": str(parent.id), "notify": "never"})


def test_the_order(chief, cast):
    """Issue 4.7: among its neighbours; pressed twice it moves once."""
    names = [name for level, name in order(cast) if level == 0]
    chief.visit("/staff/divisions")
    path = f"/staff/divisions/{named(cast, names[1]).id}/move"
    form = next(form for form in chief.page.forms.values() if form.action == path)
    form.submit("act_up")
    form.submit("act_up")
    moved = [name for level, name in order(cast) if level == 0]
    assert moved == [names[1], names[0], *names[2:]]
    assert AuditEntry.select().where(AuditEntry.act == "division_moved").count() == 1
    # What is below goes along.
    flat = [name for _, name in order(cast)]
    assert flat.index("税務課") > flat.index("町民部")


def test_moving_a_division_moves_what_its_clerks_see(chief, cast):
    """R-7.1: own divisions and below."""
    me = as_staff(cast.other_clerk)
    tax, life = named(cast, "税務課"), cast.dogs.division
    assert life.id not in access.own_divisions(me)
    chief.visit(f"/staff/divisions/{life.id}")
    chief.fill(parent=str(tax.id))
    chief.press("保存する")
    assert life.id in access.own_divisions(me)


def test_what_has_work_is_not_closed(chief, cast):
    """Issue 4.7: says which procedures and applications, with links; nothing changes."""
    sent_one = sent(cast.dogs, cast.keiko)
    life = cast.dogs.division
    chief.visit(f"/staff/divisions/{life.id}/close")
    assert chief.shows("犬の登録申請", f"/staff/procedures/{cast.dogs.id}", f"/staff/applications/{sent_one.id}")
    assert not chief.shows("閉じないで戻る")
    csrf = token(chief)
    answer = chief.post(f"/staff/divisions/{life.id}/close", {"csrf": csrf, "revision": life.revision}, status=422)
    assert "先に、ほかへ移してください" in answer.text and fresh(life).closed_at is None
    answer = chief.post(
        f"/staff/divisions/{named(cast, '町民部').id}/close", {"csrf": csrf, "revision": "0"}, status=422
    )
    assert "下の部課" in answer.text and "税務課" in answer.text


def test_closing_and_using_again(chief, cast, browser):
    """Issue 4.7: a closed division is offered nowhere, stays in the records, and can be used again."""
    row = setup_divisions.add(
        as_staff(cast.administrator),
        {"name": "臨時給付室", "parent": "top", "telephone": None, "hours": None, "email": None, "notify": "never"},
    )
    assert "臨時給付室" in browser().visit("/help/contact").text
    chief.visit(f"/staff/divisions/{row.id}/close")
    form = next(form for form in chief.page.forms.values() if "act_close" in form.fields)
    chief.press("閉じる")
    assert chief.shows("「臨時給付室」を閉じました", "閉じた部課", "また使う")
    assert form.submit("act_close").status_int == 302  # pressed twice
    assert AuditEntry.select().where(AuditEntry.act == "division_closed").count() == 1
    assert "臨時給付室" not in browser().visit("/help/contact").text
    chief.visit("/staff/settings")
    assert "臨時給付室" not in chief.visit("/staff/divisions/new").text
    assert "臨時給付室" not in chief.visit("/staff/people/new").text
    chief.visit("/staff/divisions")
    chief.press("また使う")
    assert fresh(row).closed_at is None and chief.shows("また使えるようにしました")


def test_a_name_of_a_closed_division_is_named_as_such(cast):
    """Issue 4.7"""
    me = as_staff(cast.administrator)
    values = {"name": "臨時室", "parent": "top", "telephone": None, "hours": None, "email": None, "notify": "never"}
    row = setup_divisions.add(me, values)
    setup_divisions.close(me, row.id, row.revision)
    with pytest.raises(Refusal) as refused:
        setup_divisions.add(me, values)
    assert "閉じた部課です" in refused.value.fields["q-name"]


def test_another_town(cast):
    """R-8.4"""
    far = Division.get(Division.town == cast.other_town)
    with pytest.raises(Missing):
        setup_divisions.one(as_staff(cast.administrator), far.id)
