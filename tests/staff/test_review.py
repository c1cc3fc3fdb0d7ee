"""An application in the hands of staff: looking at it, assigning it, notes on it."""

from __future__ import annotations

import pytest
from cast_acts import PASSWORD, PDF, as_staff, attach, send, sent, write
from staff_acts import acts, path, press, state, token

from models import Application, AuditEntry, Note, Role, Status
from rules.accounts import staff
from rules.applications import application
from rules.records import numbering


@pytest.fixture
def arrived(cast) -> Application:
    """A dog to be registered, just arrived."""
    return sent(cast.dogs, cast.keiko)


# ---------------------------------------------------------------- looking


def test_one_line_says_what_it_is(browser, cast, arrived):
    """R-7.2: procedure, state, number, name, arrival, due date; the answers as they were sent."""
    clerk = browser(cast.clerk)
    page = clerk.visit(path(arrived))
    assert page.html.h1.text == "犬の登録申請"
    line = page.html.find(class_="summary").get_text(" ", strip=True)
    assert "受付済み" in line and numbering.grouped(arrived.number) in line
    assert "浜口 恵子 さん" in line and "2026年11月24日（火）10時00分 受付" in line and "期限 12月1日（火）" in line
    assert clerk.shows("ポチ", "柴犬", "申請を受け付けました", "0開庁日／5開庁日")


@pytest.mark.parametrize("who", ["other_clerk", "foreign_clerk", "system"])
@pytest.mark.parametrize("rest", ["", "print", "return", "files/1"])
def test_not_there_for_others(browser, cast, arrived, who, rest):
    """R-7.1: another division, another town, a system administrator: 404, and nothing in the log."""
    other = browser(getattr(cast, who))
    assert other.get(path(arrived, rest)).status_int == 404
    assert not any(act == "application_viewed" for act, _ in acts(arrived))


@pytest.mark.parametrize("who", ["other_clerk", "foreign_clerk", "system"])
@pytest.mark.parametrize("rest", ["start-review", "assign", "notes", "return", "reject", "transfer", "withdraw"])
def test_others_cannot_act(browser, cast, arrived, who, rest):
    """R-7.1: nor by sending the form directly."""
    other = browser(getattr(cast, who))
    fields = {"csrf": token(other), "revision": "1", "reason": "x", "note": "x"}
    assert other.post(path(arrived, rest), fields).status_int == 404
    assert state(arrived) == Status.SUBMITTED and not Note.select().exists()


def test_a_draft_is_not_there(browser, cast):
    """R-3.12: what was not sent is invisible to staff, even to the administrator."""
    written = write(cast.dogs, cast.keiko)
    assert browser(cast.administrator).get(path(written)).status_int == 404


def test_every_look_is_logged(browser, cast, arrived):
    """R-7.8: each page view once, who and which; printing and files by their own names."""
    clerk = browser(cast.clerk)
    clerk.visit(path(arrived))
    clerk.visit(path(arrived))
    clerk.visit(path(arrived, "print"))
    clerk.visit(path(arrived, "return"))
    assert [act for act, _ in acts(arrived)] == [
        "application_viewed",
        "application_viewed",
        "application_printed",
        "application_viewed",
    ]
    entry = AuditEntry.select().where(AuditEntry.application == arrived).first()
    assert (entry.staff_id, entry.town_id, entry.division_id) == (cast.clerk.id, cast.town.id, arrived.division_id)


@pytest.mark.parametrize(
    ("rest", "typed"),
    [
        ("notes", {"note": ""}),
        ("messages", {"text": ""}),
        ("return", {"reason": ""}),
        ("issue", {"title": ""}),
        ("notes", {"act_look.large": "大"}),
    ],
)
def test_a_post_that_shows_contents_is_a_look(browser, cast, arrived, rest, typed):
    """R-7.8: a page that is drawn again, whatever for; an act that succeeds is told in the history."""
    clerk = browser(cast.clerk)
    sent_by = {"csrf": token(clerk), "revision": str(arrived.revision)}
    assert clerk.post(path(arrived, rest), sent_by | typed).status_int in (200, 422)
    assert [act for act, _ in acts(arrived)] == ["application_viewed"]
    assert clerk.post(path(arrived, "notes"), sent_by | {"note": "電話した。"}).status_int == 302
    assert [act for act, _ in acts(arrived)] == ["application_viewed", "note_added"]


def test_the_applicant_sees_whose_division_looked(browser, cast, arrived):
    """R-7.8: the looking one's own, not the one in charge; administrators have none."""
    above = arrived.division.parent
    head = staff.create("head", "上田 進", Role.CLERK, cast.town, [above], PASSWORD, must_change=False)
    keiko = browser(cast.keiko)

    def looked_by() -> list[str]:
        page = keiko.visit(f"/applications/{arrived.id}")
        found = page.html.find("h2", string="この申請を見た部課").find_next("ul")
        return [line.text.partition("　")[2] for line in found.find_all("li")]

    browser(head).visit(path(arrived))
    assert looked_by() == [above.name]
    browser(cast.administrator).visit(path(arrived, "print"))
    assert looked_by() == [above.name, "役場（管理者）"]
    browser(cast.clerk).visit(path(arrived))
    assert set(looked_by()) == {above.name, "住民生活課", "役場（管理者）"}


def test_files_are_handed_out_and_logged(browser, cast):
    """R-4.3, R-7.8: as a download under the resident's name for it."""
    written = write(cast.dogs, cast.keiko)
    attach(written)
    row = send(written, cast.keiko)
    clerk = browser(cast.clerk)
    got = clerk.visit(path(row)).click("注射済証.pdf")
    assert got.body == PDF
    assert got.headers["Content-Disposition"].startswith("attachment;")
    assert ("file_downloaded", {"file": 1}) in acts(row)
    assert clerk.get(path(row, "files/99")).status_int == 404


def test_the_paper_has_everything(browser, cast, arrived):
    """R-7.3: 「印刷する」 leads to a page for A4 with every answer."""
    clerk = browser(cast.clerk)
    clerk.visit(path(arrived))
    clerk.press("印刷する")
    assert clerk.page.html.h1.text == "申請書"
    assert clerk.shows(numbering.grouped(arrived.number), "ポチ", "朝凪町浜手二丁目14番6号", "三浦 直樹")


# ---------------------------------------------------------------- assignment, notes


def test_assignment(browser, cast, arrived):
    """R-7.2: among those who may see it; 未定 takes it back; each is in the log."""
    clerk = browser(cast.clerk)
    clerk.visit(path(arrived))
    options = [option.text for option in clerk.page.html.find("select", id="q-assignee").find_all("option")]
    assert sorted(options) == sorted(["未定", "三浦 直樹", "町野 一郎"])
    clerk.fill(assignee=str(cast.administrator.id))
    clerk.press("変える")
    assert Application.get_by_id(arrived.id).assignee_id == cast.administrator.id
    assert clerk.shows("担当を決めました")
    clerk.fill(assignee="")
    clerk.press("変える")
    assert Application.get_by_id(arrived.id).assignee_id is None
    assert [act for act, _ in acts(arrived)].count("application_assigned") == 2


@pytest.mark.parametrize("chosen", ["other_clerk", "foreign_clerk", "nonsense"])
def test_nobody_else_becomes_the_assignee(browser, cast, arrived, chosen):
    """R-7.1."""
    clerk = browser(cast.clerk)
    value = chosen if chosen == "nonsense" else str(getattr(cast, chosen).id)
    fields = {"csrf": token(clerk), "revision": str(arrived.revision), "assignee": value}
    page = clerk.post(path(arrived, "assign"), fields)
    assert page.status_int == 422 and page.html.find("a", href="#q-assignee")
    assert Application.get_by_id(arrived.id).assignee_id is None


def test_assigning_from_an_old_page_is_refused(browser, cast, arrived):
    """R-7.3: an assignment does not overwrite another one either."""
    clerk = browser(cast.clerk)
    clerk.visit(path(arrived))
    chief = as_staff(cast.administrator)
    application.assign(Application.get_by_id(arrived.id), chief, arrived.revision, assignee=chief.id)
    clerk.fill(assignee=str(cast.clerk.id))
    assert clerk.press("変える").status_int == 422
    assert Application.get_by_id(arrived.id).assignee_id == cast.administrator.id


def test_notes_are_for_staff_only(browser, cast, arrived):
    """R-7.13: names and times; logged; the resident never sees them."""
    clerk = browser(cast.clerk)
    clerk.visit(path(arrived))
    clerk.fill(note="電話で確かめた。\n折り返し待ち。")
    clerk.press("メモを残す")
    assert clerk.shows("電話で確かめた。", "折り返し待ち。", "2026年11月24日（火）10時00分　三浦 直樹")
    assert ("note_added", {}) in acts(arrived)
    assert "電話で確かめた" in browser(cast.administrator).visit(path(arrived)).text
    assert "電話で確かめた" not in browser(cast.keiko).visit(f"/applications/{arrived.id}").text
    assert clerk.press("メモを残す").status_int == 422
    assert clerk.page.html.find("a", href="#q-note")


def test_what_residents_and_staff_write_is_only_text(browser, cast):
    """R-7.3: no markup of anybody's runs on the staff's pages."""
    row = sent(cast.dogs, cast.keiko, dog_name="<b>ポチ</b>")
    clerk = browser(cast.clerk)
    clerk.visit(path(row))
    clerk.fill(note="<script>x</script>")
    clerk.press("メモを残す")
    press(clerk, row, "差し戻す", reason="<i>理由</i>")
    for rest in ("", "print"):
        text = clerk.visit(path(row, rest)).text
        assert "<b>ポチ" not in text and "<script>" not in text and "<i>理由" not in text
        assert "&lt;b&gt;ポチ" in text
