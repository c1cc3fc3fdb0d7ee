"""Tables and sums on an input page: 「1件追加」「削除」「計算する」, each saving everything that was typed."""

from __future__ import annotations

import copy
from datetime import timedelta

import pytest
from asking_form import FAMILY, JUST_LIVES, offered, question
from cast_acts import PDF, person
from webtest import Upload

import clock
from models import Application, MaintenanceWindow, Procedure, transaction
from rules.applications import draft, submission

PERSON = {
    "name.family": "浜口", "name.given": "健", "name.family_kana": "ハマグチ", "name.given_kana": "ケン",
    "born.year": "1990", "born.month": "1", "born.day": "2",
}  # fmt: skip


@pytest.fixture
def asking(cast) -> Procedure:
    return offered(cast.town)


@pytest.fixture
def opened(browser, cast, asking):
    """Keiko's browser on the page with the table."""
    written = draft.start(asking, person(cast.keiko))
    for page in draft.document(written)["form"]["pages"]:
        answers = {**JUST_LIVES, "alone": "no"}
        keys = {q["key"] for q in page["questions"]}
        draft.save_page(written, page, {key: raw for key, raw in answers.items() if key in keys})
    found = browser(cast.keiko)
    found.visit(f"/applications/{written.id}/pages/people")
    return found


def family() -> list[dict]:
    return Application.get().answers["family"]


def type_in(opened, row: int, **more: object) -> None:
    opened.fill(**{f"family.{row}.{name}": typed for name, typed in {**PERSON, **more}.items()})


def test_one_blank_row_to_begin_with(opened):
    """Issue 4.1: the first row is there; a row for itself cannot be taken away."""
    assert opened.shows("<strong>家族 1</strong>", "1件追加")
    assert not opened.shows("家族 2", 'value="削除"')


def test_a_row_can_be_blank_in_every_browser(opened):
    """lynx marks the first of radio buttons by itself: in a row a choice is a select."""
    page = opened.page.html
    assert page.find("select", attrs={"name": "family.0.relation"})
    assert not page.find("input", attrs={"type": "radio", "name": "family.0.relation"})


def test_adding_saves_everything_on_the_page(opened):
    type_in(opened, 0, income="いろは", relation="spouse")
    opened.fill(rent="65000", family__0__student=True)
    opened.press("1件追加")
    assert opened.page.status_int == 200
    assert opened.shows("家族 1", "家族 2", "いろは", "65000")
    assert "エラー" not in opened.page.text
    assert [row["income"] for row in family()] == ["いろは", ""]
    assert opened.page.request.path.endswith("/pages/people")


def test_dropping_takes_that_row_only(opened):
    type_in(opened, 0, income="1")
    opened.press("1件追加")
    type_in(opened, 1, income="2")
    opened.press("1件追加")
    opened.fill(family__2__income="3", rent="7")
    opened.press("act_drop.family.1".removeprefix("act_"))
    assert [row["income"] for row in family()] == ["1", "3"]
    assert Application.get().answers["rent"] == "7"
    assert not opened.shows("家族 3")


def test_pressing_twice_drops_once(opened):
    """The second half of a double click sends the same rows, and takes away the same one."""
    for at in range(2):
        opened.fill(**{f"family.{at}.income": str(at)})
        opened.press("1件追加")
    form = next(f for f in opened.page.forms.values() if "family.rows" in f.fields)
    for _ in range(2):
        form.submit("act_drop.family.0", value="削除")
    assert [row["income"] for row in family()] == ["1", ""]


def test_as_many_as_there_may_be(opened):
    """At the maximum the button is gone; pressed from an older page it says why, and loses nothing."""
    for _ in range(3):
        opened.press("1件追加")
    assert opened.shows("家族 4")
    assert not opened.shows("1件追加")
    form = next(f for f in opened.page.forms.values() if "family.rows" in f.fields)
    form["family.3.income"] = "4"
    answer = form.submit("act_next")
    fields = [(name, value) for name, value in form.submit_fields("act_save") if name != "act_save"]
    answer = opened.post(form.action, [*fields, ("act_add.family", "1件追加")], expect_errors=True)
    assert answer.status_int == 422
    assert "いっしょに住む家族は、4件までです。" in answer.text
    assert len(family()) == 4
    assert family()[3]["income"] == "4"


def test_rows_beyond_the_maximum_are_told(opened):
    form = next(f for f in opened.page.forms.values() if "family.rows" in f.fields)
    fields = [pair for pair in form.submit_fields("act_next") if pair[0] != "family.rows"]
    more = [(f"family.{at}.income", str(at)) for at in range(1, 9)]
    opened.page = opened.post(form.action, [*fields, *more], expect_errors=True).maybe_follow()
    assert opened.shows("いっしょに住む家族は、4件まで入力してください。いまは8件です。")
    assert len(family()) == 9
    opened.press("drop.family.0")
    assert len(family()) == 8


def test_errors_name_row_and_column(opened):
    """Their ids are q-KEY-N-COLUMN, and the summary leads there."""
    type_in(opened, 0, relation="spouse")
    opened.press("1件追加")
    opened.fill(**{"family.1.income": "いろは"})
    opened.press("next")
    assert opened.page.status_int == 422
    assert opened.shows('href="#q-family-1-name-family"', "家族 2の氏名の「姓」を入力してください")
    assert opened.shows('href="#q-family-1-income"', "家族 2の月の収入は、数字で")
    ids = {tag["id"] for tag in opened.page.html.find_all(id=True)}
    targets = {link["href"].removeprefix("#") for link in opened.page.html.find_all("a", class_="errors-link")}
    assert targets <= ids


def test_enter_goes_on(opened):
    """The first button of the form is what Enter presses."""
    form = next(f for f in opened.page.html.find_all("form") if f.find(attrs={"name": "family.rows"}))
    assert form.find(attrs={"type": "submit"})["name"] == "act_next"


@pytest.mark.parametrize(
    "act", ["add.nothing", "add.rent", "drop.family", "drop.family.99", "drop.family.x", "drop.family.-1", "add.",
            "drop.family.99999999999999", "sum.nothing", "add.family.0", "drop.<b>"],
)  # fmt: skip
def test_garbage_acts_save_and_stay(opened, act):
    form = next(f for f in opened.page.forms.values() if "family.rows" in f.fields)
    fields = form.submit_fields("act_save")
    fields = [(name, value) for name, value in fields if name != "act_save"] + [("rent", "9"), (f"act_{act}", "x")]
    answer = opened.post(form.action, [pair for pair in fields if pair[0] != "rent" or pair[1]])
    assert answer.status_int == 302
    assert answer.maybe_follow().request.path.endswith("/pages/people")
    assert Application.get().answers["rent"] == "9"


def test_files_on_a_page_with_a_table(browser, cast):
    """A file that was chosen is attached by 「1件追加」 too."""
    proof = question("proof", "file", "写し", limits={"count": 1, "extensions": ["pdf"]})
    made = {"pages": [{"key": "p", "title": "一", "intro": "", "questions": [copy.deepcopy(FAMILY), proof]}]}
    written = draft.start(offered(cast.town, made), person(cast.keiko))
    opened = browser(cast.keiko)
    opened.visit(f"/applications/{written.id}/pages/p")
    form = next(f for f in opened.page.forms.values() if "proof" in f.fields)
    form["proof"] = Upload("写し.pdf", PDF)
    form["family.0.income"] = "1"
    opened.press("1件追加")
    assert opened.shows("写し.pdf", "家族 2")


def test_an_optional_table_says_it_may_stay_empty(browser, cast):
    made = {"pages": [{"key": "p", "title": "一", "intro": "", "questions": [{**FAMILY, "required": False}]}]}
    written = draft.start(offered(cast.town, made), person(cast.keiko))
    opened = browser(cast.keiko)
    opened.visit(f"/applications/{written.id}/pages/p")
    assert opened.shows("書くことがないときは、空のままで進めます。")
    opened.press("next")
    assert opened.shows("内容の確認", "（入力なし）")


def test_the_table_on_confirm_receipt_and_staff_page(browser, cast, opened):
    """One block a row, wherever answers are read."""
    type_in(opened, 0, relation="spouse", income="120,000")
    opened.press("next")
    opened.press("next")
    assert opened.shows("内容の確認", "　生まれた日：平成2年（1990年）1月2日", "120,000円")
    opened.press("この内容で申請する")
    sent = Application.get()
    clerk = browser(cast.clerk)
    for seen, path in ((opened, ""), (opened, "/receipt"), (clerk, ""), (clerk, "/print")):
        seen.visit(f"{'/staff' if seen is clerk else ''}/applications/{sent.id}{path}")
        assert seen.shows("家族 1", "　続き柄：配偶者"), path
    assert submission.values_of(submission.latest(sent))["incomes"] == 120000


# ---------------------------------------------------------------- sums


def test_a_sum_is_shown_after_a_round_trip(opened):
    """「計算する」 saves and shows; an incomplete page does not matter."""
    assert opened.shows("（まだ計算していません）")
    opened.fill(rent="65,000", fee="1500", **{"family.0.income": "100"})
    opened.press("計算する")
    assert opened.page.status_int == 200
    assert opened.shows("66,500円", "100円")


def test_a_sum_from_a_browser_is_not_believed(opened):
    form = next(f for f in opened.page.forms.values() if "family.rows" in f.fields)
    fields = [*form.submit_fields("act_save"), ("housing", "1"), ("incomes", "999")]
    opened.post(form.action, fields)
    assert "housing" not in Application.get().answers
    assert submission.sheet(Application.get()).values["housing"] is None


def test_while_pages_rest_a_row_is_saved(opened, cast):
    """停止: 「1件追加」 has saved what was typed, and the page says so."""
    opened.fill(rent="5", **{"family.0.income": "3"})
    with transaction():
        MaintenanceWindow.create(
            starts_at=clock.now(),
            ends_at=clock.now() + timedelta(hours=1),
            reason="点検",
            created_at=clock.now(),
            created_by=cast.system,
        )
    opened.press("1件追加", expect_errors=True)
    assert opened.page.status_int == 503
    assert opened.shows("入力した内容は保存しました")
    assert Application.get().answers["rent"] == "5"
    assert [row["income"] for row in family()] == ["3", ""]


def test_an_amount_that_cannot_be_read_is_told_of_when_it_is_added_up(opened):
    """Issue 4.1: 「計算する」 passes nothing over; what is not filled in yet is no fault of it."""
    opened.fill(rent="六万円", fee="1500", **{"family.0.income": "x"})
    opened.press("計算する")
    assert opened.shows("入力されたのは「六万円」です。", 'href="#q-rent"', "1,500円")
    assert not opened.shows("家族 1の氏名")
    assert not opened.shows("「x」")
    opened.press("sum.incomes")
    assert opened.shows('href="#q-family-0-income"')
    assert not opened.shows('href="#q-rent"')
    opened.fill(rent="60,000")
    opened.press("計算する")
    assert opened.page.status_int == 200
    assert opened.shows("61,500円")
