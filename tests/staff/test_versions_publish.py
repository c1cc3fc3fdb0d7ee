"""公開と版 on screen: the effect before the act, who may, two presses, the history, back to an old version."""

from __future__ import annotations

import pytest
from cast_acts import as_staff, person, sent, write
from versions_acts import acts, edit, fresh, path, press_publish, question, renamed, with_paper_forms, without_color

import models
from models import Application, FormVersion, Procedure
from rules.applications import draft
from rules.procedures import editing


@pytest.fixture(autouse=True)
def _paper_forms(cast):
    with_paper_forms(cast)


@pytest.fixture
def chief(browser, cast):
    return browser(cast.administrator)


@pytest.fixture
def clerk(browser, cast):
    return browser(cast.clerk)


# ---------------------------------------------------------------- the effect


def test_the_effect_is_shown_before_publishing(cast, chief):
    """R-7.4: who uses the present version, and what becomes of the answers to a question that goes away."""
    write(cast.dogs, cast.keiko)
    write(cast.dogs, cast.ken)
    sent(cast.dogs, cast.keiko)
    edit(cast, without_color)
    chief.visit(path(cast.dogs, "publish"))
    words = " ".join(chief.page.html.get_text().split())
    assert "下書き2件と、受付中の申請1件が、いまの版を使っています" in words
    assert chief.shows("下書きは、送るまでこの答えを残します。申請は、送ったときの版のままです。")
    rows = [row.get_text(" ", strip=True) for row in chief.page.html.tbody.find_all("tr")]
    assert len(rows) == 1 and "なくなります" in rows[0]
    assert fresh(cast.dogs).published == 1, "looking publishes nothing"


def test_a_question_of_another_kind_or_newly_required_is_told(cast, chief):
    def act(document: dict) -> None:
        question(document, "breed")["type"] = "long_text"
        question(document, "breed").pop("limits", None)
        question(document, "certificate")["required"] = True

    edit(cast, act)
    rows = [row.get_text(" ", strip=True) for row in chief.visit(path(cast.dogs, "publish")).html.tbody.find_all("tr")]
    assert any("「1行の文字」から「何行もの文字」になります" in row for row in rows)
    assert any("必須になります" in row for row in rows)


def test_what_was_promised_comes_true(cast, chief):
    """R-7.4: a draft keeps the answer, an application its version."""
    begun, filed = write(cast.dogs, cast.ken), sent(cast.dogs, cast.keiko)
    edit(cast, without_color)
    chief.visit(path(cast.dogs, "publish"))
    chief.press("公開する")
    assert chief.shows("版2を公開しました。")
    second = FormVersion.get(procedure=cast.dogs, number=2)
    assert draft.editable(person(cast.ken), begun.id).form_version_id == second.id
    assert Application.get_by_id(begun.id).answers["color"] == "茶"
    assert Application.get_by_id(filed.id).form_version.number == 1


def test_from_the_browser_to_the_counter(cast, chief, browser):
    """R-3.6: what is being written cannot be sent any more, and is there to be read all the same."""
    begun = write(cast.dogs, cast.ken)
    edit(cast, lambda document: document.update(channel="counter", form=None))
    press_publish(chief, cast.dogs)
    chief.visit(path(cast.dogs, "versions/2"))
    assert chief.shows("入力のページはありません")
    ken = browser(cast.ken)
    for place in ("draft", "confirm", "pages/owner"):
        ken.visit(f"/applications/{begun.id}/{place}")
        assert ken.page.status_int == 200 and ken.shows("いまは受け付けていません") or place == "pages/owner"
    assert ken.visit(f"/applications/{begun.id}/draft").text.count("柴犬") == 1


# ---------------------------------------------------------------- publishing


def test_publishing_keeps_who_when_and_why(cast, chief, browser):
    """R-7.4: the history says who published and what is new; residents see it at once."""
    edit(cast, renamed("犬の登録"))
    chief.visit(path(cast.dogs, "publish"))
    chief.fill(note="名前を短くした\n条例に合わせた")
    chief.press("公開する")
    assert browser().visit(f"/procedures/{cast.dogs.id}").html.h1.text == "犬の登録"
    chief.visit(path(cast.dogs, "versions"))
    rows = [row.get_text(" ", strip=True) for row in chief.page.html.tbody.find_all("tr")]
    assert len(rows) == 2 and rows[0].startswith("版2 公開中") and rows[1].startswith("版1")
    assert "町野 一郎" in rows[0] and "名前を短くした" in rows[0] and "（ファイルから）" in rows[1]
    assert "procedure_published" in acts()
    assert chief.visit("/staff/audit").text.count("手続きを公開した") == 1


def test_two_presses_publish_once(cast, chief):
    edit(cast, renamed("犬の登録"))
    form = next(f for f in chief.visit(path(cast.dogs, "publish")).forms.values() if "note" in f.fields)
    first, second = form.submit("act_publish"), form.submit("act_publish")
    assert (first.status_int, second.status_int) == (302, 302)
    chief.page = second.follow()
    assert chief.shows("版2を公開しています。")
    assert FormVersion.select().where(FormVersion.procedure == cast.dogs).count() == 2
    assert acts().count("procedure_published") == 1


def test_a_clerk_sees_the_page_and_who_can(cast, clerk):
    edit(cast, renamed("犬の登録"))
    page = clerk.visit(path(cast.dogs, "publish"))
    assert clerk.shows("公開できるのは、町の管理者です") and 'name="act_publish"' not in page.text
    token = next(f["csrf"].value for f in page.forms.values() if "csrf" in f.fields)
    row = fresh(cast.dogs)
    posted = clerk.post(path(cast.dogs, "publish"), {"csrf": token, "revision": row.revision, "digest": ""}, status="*")
    assert posted.status_int == 404 and fresh(cast.dogs).published == 1


def test_a_draft_with_faults_is_not_published_and_leads_to_the_place(cast, chief):
    """R-7.4: mistakes are found before publishing."""
    chief.visit(path(cast.dogs, "publish"))

    def act(document: dict) -> None:
        question(document, "sex")["choices"] = []

    row = edit(cast, act)
    page = chief.visit(path(cast.dogs, "publish"))
    assert chief.shows("直すところ") and 'name="act_publish"' not in page.text
    assert page.html.find("a", href=path(cast.dogs, "questions/sex")) is not None
    token = next(f["csrf"].value for f in page.forms.values() if "csrf" in f.fields)
    posted = chief.post(path(cast.dogs, "publish"), {"csrf": token, "revision": row.revision, "digest": ""}, status="*")
    assert posted.status_int == 422 and "直すところがあるため、公開できません" in posted.text
    assert fresh(cast.dogs).published == 1 and fresh(cast.dogs).draft is not None


def test_a_change_in_between_is_shown_first(cast, chief):
    """R-7.3: what was never looked at is never published."""
    edit(cast, renamed("犬の登録"))
    chief.visit(path(cast.dogs, "publish"))
    chief.fill(note="名前を短くした")
    edit(cast, renamed("犬の登録のこと"))
    chief.press("公開する")
    assert chief.page.status_int == 422 and chief.shows("まだ公開していません", "犬の登録のこと", "名前を短くした")
    assert fresh(cast.dogs).published == 1
    chief.press("公開する")
    assert fresh(cast.dogs).name == "犬の登録のこと"
    assert FormVersion.get(procedure=cast.dogs, number=2).note == "名前を短くした"


def test_a_note_that_is_too_long_is_kept_on_screen(cast, chief):
    edit(cast, renamed("犬の登録"))
    chief.visit(path(cast.dogs, "publish"))
    chief.fill(note="あ" * 501)
    chief.press("公開する")
    assert chief.page.status_int == 422 and chief.shows("500文字まで", "あ" * 501)
    assert fresh(cast.dogs).published == 1


def test_an_equal_draft_makes_no_version(cast, chief):
    edit(cast, renamed("犬の登録"))
    edit(cast, renamed("犬の登録申請"))
    assert fresh(cast.dogs).draft is not None
    chief.visit(path(cast.dogs, "publish"))
    assert chief.shows("いま公開している版と同じです")
    chief.press("公開する")
    assert chief.shows("下書きは、いま公開している版1と同じでした") and fresh(cast.dogs).draft is None
    assert FormVersion.select().where(FormVersion.procedure == cast.dogs).count() == 1
    chief.visit(path(cast.dogs, "publish"))
    assert chief.shows("公開していない下書きは、ありません")


def test_a_first_publication(cast, chief, browser):
    document = editing.draft_of(cast.dogs) | {"id": "cats", "name": "猫の登録", "paper_forms": []}
    made = editing.make(as_staff(cast.clerk), document)
    chief.visit(path(made, "publish"))
    assert chief.shows("はじめての公開です", "新しい手続きです") and "いまの版を使っています" not in chief.page.text
    chief.press("公開する")
    assert browser().visit(f"/procedures/{made.id}").html.h1.text == "猫の登録"


def test_another_division_takes_over_when_it_is_published(cast, chief, clerk):
    def act(document: dict) -> None:
        document["division"] = "税務課"

    row = fresh(cast.dogs)
    editing.change(as_staff(cast.administrator), row.id, row.revision, act)
    clerk.visit(path(cast.dogs, "publish"))
    chief.visit(path(cast.dogs, "publish"))
    chief.press("公開する")
    assert fresh(cast.dogs).division.name == "税務課"
    assert clerk.get(path(cast.dogs, "publish"), status="*").status_int == 404


# ---------------------------------------------------------------- giving a draft up


def test_a_draft_is_given_up_with_its_loss_shown(cast, clerk):
    edit(cast, renamed("犬の登録"))
    clerk.visit(path(cast.dogs, "discard"))
    assert clerk.shows("なくなる変更", "「犬の登録申請」から「犬の登録」に", "三浦 直樹")
    form = next(f for f in clerk.page.forms.values() if "revision" in f.fields)
    clerk.press("下書きをやめる")
    assert fresh(cast.dogs).draft is None and fresh(cast.dogs).name == "犬の登録申請"
    assert form.submit("act_discard").status_int == 302 and acts().count("draft_discarded") == 1


def test_a_draft_that_went_on_is_not_given_up_unseen(cast, clerk):
    edit(cast, renamed("犬の登録"))
    clerk.visit(path(cast.dogs, "discard"))
    edit(cast, renamed("犬の登録のこと"))
    clerk.press("下書きをやめる")
    assert clerk.page.status_int == 422 and clerk.shows("まだ何も変えていません", "犬の登録のこと")
    assert fresh(cast.dogs).draft is not None
    clerk.press("下書きをやめる")
    assert fresh(cast.dogs).draft is None


def test_what_was_never_published_goes_as_a_whole(cast, clerk):
    made = editing.make(as_staff(cast.clerk), editing.draft_of(cast.dogs) | {"id": "cats", "name": "猫の登録"})
    clerk.visit(path(made, "discard"))
    assert clerk.shows("手続きそのものが、一覧からなくなります")
    form = next(f for f in clerk.page.forms.values() if "revision" in f.fields)
    assert form.submit("act_discard").status_int == 302
    assert Procedure.row("id = {}", made.id) is None
    assert form.submit("act_discard").status_int == 302, "the second press"
    assert acts().count("procedure_removed") == 1


# ---------------------------------------------------------------- versions


@pytest.fixture
def three(cast, chief) -> Procedure:
    """Three versions by name: 犬の登録申請, 犬の登録, 犬の届出."""
    for name in ("犬の登録", "犬の届出"):
        edit(cast, renamed(name))
        chief.visit(path(cast.dogs, "publish"))
        chief.press("公開する")
    return fresh(cast.dogs)


def test_each_version_says_how_many_use_it(cast, chief):
    """R-7.4: what is written and what was sent on which version."""
    sent(cast.dogs, cast.keiko)
    over = sent(cast.dogs, cast.ken)
    with models.transaction():
        Application.update(status="COMPLETED").where(Application.id == over.id).execute()
    edit(cast, renamed("犬の登録"))
    chief.visit(path(cast.dogs, "publish"))
    chief.press("公開する")
    write(fresh(cast.dogs), cast.ken)
    chief.visit(path(cast.dogs, "versions"))
    cells = [[td.text[-1] for td in row.find_all("td")][4:7] for row in chief.page.html.tbody.find_all("tr")]
    assert cells == [["1", "0", "0"], ["0", "1", "1"]]


def test_any_two_versions_side_by_side(cast, chief, three):
    chief.visit(path(three, "versions/3/compare"))
    assert chief.shows("版2から版3になって", "「犬の登録」から「犬の届出」に")
    form = next(f for f in chief.page.forms.values() if "with" in f.fields)
    form["with"] = "1"
    chief.page = form.submit()
    assert chief.shows("版1から版3になって", "「犬の登録申請」から「犬の届出」に")
    chief.visit(path(three, "versions/1/compare"))
    assert chief.shows("はじめての版です")
    chief.visit(path(three, "versions/1/compare?with=2"))
    assert chief.shows("版1から版2になって", "「犬の登録申請」から「犬の登録」に")
    assert chief.get(path(three, "versions/9/compare"), status="*").status_int == 404


def test_an_old_version_is_shown_as_residents_saw_it(cast, chief, three):
    chief.visit(path(three, "versions/1"))
    assert chief.page.html.h1.text == "版1" and chief.shows("犬の登録申請", "申請できる方", "毛の色")
    assert chief.get(path(three, "versions/9"), status="*").status_int == 404


def test_an_old_version_becomes_the_draft(cast, clerk, chief, three):
    """R-7.4: restored, looked at and published as a new version."""
    clerk.visit(path(three, "versions"))
    clerk.page = clerk.page.click("下書きにする", index=1)
    assert clerk.page.html.h1.text == "版1を下書きにする" and clerk.shows("「犬の届出」から「犬の登録申請」に")
    clerk.press("下書きにする")
    row = fresh(three)
    assert row.draft == FormVersion.get(procedure=row, number=1).document and row.published == 3
    chief.visit(path(three, "publish"))
    chief.press("公開する")
    assert (fresh(three).published, fresh(three).name) == (4, "犬の登録申請")
    assert "version_restored" in acts()


def test_a_draft_in_the_way_is_lost_only_on_purpose(cast, clerk, three):
    edit(cast, renamed("犬のこと"))
    clerk.visit(path(three, "restore?version=1"))
    assert clerk.shows("いまの下書きは、なくなります", "「犬の届出」から「犬のこと」に")
    clerk.press("下書きにする")
    assert clerk.page.status_int == 422 and clerk.shows("いまの下書きがなくなるため")
    assert fresh(three).draft["name"] == "犬のこと"
    clerk.fill(over=True)
    clerk.press("下書きにする")
    assert fresh(three).draft["name"] == "犬の登録申請"


def test_a_draft_that_appeared_meanwhile_is_not_lost(cast, clerk, three):
    clerk.visit(path(three, "restore?version=1"))
    edit(cast, renamed("犬のこと"))
    clerk.press("下書きにする")
    assert clerk.page.status_int == 422 and fresh(three).draft["name"] == "犬のこと"
    assert clerk.shows("「犬の届出」から「犬のこと」に"), "the loss is shown now"


def test_the_history_does_not_ask_per_version(cast, chief, three, monkeypatch):
    seen: list[str] = []
    ask = models.database.execute_sql
    monkeypatch.setattr(
        models.database, "execute_sql", lambda sql, params=None: (seen.append(sql), ask(sql, params))[1]
    )
    chief.visit(path(three, "versions"))
    seen.clear()
    chief.visit(path(three, "versions"))
    few = len(seen)
    edit(cast, renamed("犬のこと"))
    press_publish(chief, three)
    seen.clear()
    chief.visit(path(three, "versions"))
    assert chief.page.text.count("<tr>") == 5 and len(seen) == few
