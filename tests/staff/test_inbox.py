"""受付箱: what it shows to whom, in which order, and that it does not read more than it shows."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from cast_acts import as_staff, sent, write

import clock
import models
from models import Application, FormVersion, Procedure, Status
from rules.applications import inbox, review
from rules.applications.inbox import Wanted
from rules.records import numbering
from rules.values.text import fold


def fabricate(cast, count: int = 1, **columns) -> list[Application]:
    """Applications straight into the table, as many as a test needs."""
    made = []
    version = FormVersion.get(FormVersion.procedure == cast.dogs)
    now = clock.now()
    for _ in range(count):
        values = {
            "town": cast.town,
            "procedure": cast.dogs,
            "form_version": version,
            "division": cast.dogs.division,
            "resident": cast.keiko,
            "number": numbering.new_number(),
            "status": Status.SUBMITTED,
            "applicant_name": "浜口 恵子",
            "created_at": now,
            "saved_at": now,
            "submitted_at": now,
            "status_at": now,
            "due_on": date(2026, 12, 1),
            **columns,
        }
        values["applicant_folded"] = fold(values["applicant_name"] + values.get("applicant_kana", ""))
        with models.transaction():
            made.append(Application.create(**values))
    return made


@contextmanager
def queries():
    """The statements that reach the database meanwhile."""
    seen: list[str] = []
    execute = models.database.execute_sql

    def counted(sql, params=None, *rest):
        seen.append(sql)
        return execute(sql, params, *rest)

    models.database.execute_sql = counted
    try:
        yield seen
    finally:
        models.database.execute_sql = execute


def numbers(found: inbox.Found) -> list[str]:
    return [line.number for line in found.lines]


def test_a_new_application_stands_in_the_list(browser, cast):
    """R-7.2: state, number as link, procedure, applicant, age, due date, assignee."""
    application_ = sent(cast.dogs, cast.keiko)
    clerk = browser(cast.clerk)
    page = clerk.visit("/staff")
    row = [cell.get_text(" ", strip=True) for cell in page.html.find("table").find("tbody").find_all("td")]
    assert row[0].endswith("受付済み")
    assert row[1] == numbering.grouped(application_.number)
    assert row[2:5] == ["犬の登録申請", "浜口 恵子", "きょう"]
    assert row[5] == "12月1日（火）"
    assert row[6] == "未定"
    clerk.page = page.click(numbering.grouped(application_.number))
    assert clerk.page.html.h1.text == "犬の登録申請"


def test_nobody_sees_what_is_not_theirs(browser, cast):
    """R-7.1, R-8.4: not another division's, not another town's, never a draft; the administrator sees the town."""
    number = numbering.grouped(sent(cast.dogs, cast.keiko).number)
    write(cast.dogs, cast.ken)
    assert browser(cast.clerk).visit("/staff/").text.count("/staff/applications/") == 1
    assert number in browser(cast.administrator).visit("/staff/").text
    for other in (cast.other_clerk, cast.foreign_clerk):
        page = browser(other).visit("/staff/")
        assert number not in page.text
        assert "いま、処理する申請はありません。" in page.text


def test_a_clerk_sees_the_divisions_below(cast):
    """R-7.1: the applications of one's own division and those below it."""
    below = models.Division.create(town=cast.town, name="生活係", parent=cast.dogs.division)
    fabricate(cast, division=below)
    assert inbox.find(as_staff(cast.clerk), Wanted()).total == 1


def test_system_administrators_have_no_inbox(browser, cast):
    """R-7.1: no contents for them; they land on the mails."""
    assert browser(cast.system).visit("/staff/").request.path == "/staff/mails"


def test_most_urgent_first(cast):
    """R-7.2: by due date; then what has none, what is returned, what waits for completion."""
    late, soon = date(2026, 11, 20), date(2026, 11, 26)
    done = fabricate(cast, status=Status.APPROVED, due_on=late)[0]
    returned = fabricate(cast, status=Status.RETURNED, due_on=None)[0]
    nothing = fabricate(cast, due_on=None)[0]
    second = fabricate(cast, status=Status.IN_REVIEW, due_on=soon)[0]
    first = fabricate(cast, due_on=late)[0]
    fabricate(cast, status=Status.COMPLETED)
    found = inbox.find(as_staff(cast.clerk), Wanted())
    assert [line.id for line in found.lines] == [row.id for row in (first, second, nothing, returned, done)]


@pytest.mark.parametrize(
    ("status", "due_on", "words", "mark"),
    [
        (Status.SUBMITTED, date(2026, 11, 20), "▲ 11月20日（金）4日過ぎ", "past"),
        (Status.IN_REVIEW, date(2026, 11, 24), "△ 11月24日（火）きょうまで", "soon"),
        (Status.IN_REVIEW, date(2026, 11, 27), "△ 11月27日（金）あと3日", "soon"),
        (Status.SUBMITTED, date(2026, 11, 30), "11月30日（月）", ""),
        (Status.SUBMITTED, None, "なし", ""),
        (Status.RETURNED, None, "止めています", ""),
        (Status.APPROVED, date(2026, 11, 20), "完了待ち", ""),
        (Status.COMPLETED, date(2026, 11, 20), "11月20日（金）", ""),
    ],
)
def test_due_dates_in_words(status, due_on, words, mark):
    """R-7.2: past, near (three business days), paused."""
    label = review.due_label(status, due_on, clock.today())
    assert (label.words + label.small, label.mark) == (words, mark)


def test_counts_agree_with_what_they_lead_to(browser, cast):
    """R-7.2: every box counts what its link shows."""
    fabricate(cast, 3, due_on=date(2026, 11, 20))
    fabricate(cast, 2, status=Status.IN_REVIEW, due_on=date(2026, 11, 26), assignee=cast.clerk)
    fabricate(cast, 1, status=Status.RETURNED, due_on=None)
    fabricate(cast, 4, status=Status.APPROVED, due_on=date(2026, 11, 20))
    fabricate(cast, 5, status=Status.COMPLETED)
    me = as_staff(cast.clerk)
    counts = inbox.counts(me)
    assert counts == {
        "open": 10, "submitted": 3, "in_review": 2, "returned": 1, "approved": 4, "past": 3, "soon": 2, "mine": 2,
        "message": 0,
    }  # fmt: skip
    for key, (_, wanted) in inbox.BOXES.items():
        assert inbox.find(me, wanted).total == counts[key], key
    clerk = browser(cast.clerk)
    clerk.page = clerk.visit("/staff/").click("期限を過ぎた")
    assert clerk.page.html.find(class_="count-here").get_text(" ", strip=True) == "期限を過ぎた 3"
    assert len(clerk.page.html.find("tbody").find_all("tr")) == 3


def test_counts_stop_at_a_thousand(cast, browser):
    """R-7.2: beyond 1,000 nobody counts; the pages go on to the thousandth."""
    row = fabricate(cast)[0]
    columns = [f.column_name for f in Application._meta.sorted_fields if f.column_name not in ("id", "number")]
    names = ",".join(columns)
    with models.transaction():
        models.database.execute_sql(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1100) "
            f"INSERT INTO application (number, {names}) "
            f"SELECT CAST(200000000000 + n.i AS TEXT), {names} FROM n, application WHERE application.id = {row.id}"
        )
    me = as_staff(cast.clerk)
    assert inbox.counts(me)["open"] == inbox.COUNT_LIMIT
    found = inbox.find(me, Wanted(page=99))
    assert (found.page, found.has_next, found.total_words) == (inbox.LAST_PAGE, False, "1,000件以上")
    assert browser(cast.clerk).visit("/staff/").text.count("1,000件以上") >= 2


def test_pages_of_thirty(cast, browser):
    """R-7.2: 「前のページ」「次のページ」, nothing twice and nothing left out."""
    made = fabricate(cast, 35) + fabricate(cast, 30, status=Status.IN_REVIEW)
    me = as_staff(cast.clerk)
    seen = [line.id for page in (1, 2, 3) for line in inbox.find(me, Wanted(page=page)).lines]
    assert sorted(seen) == sorted(row.id for row in made)
    clerk = browser(cast.clerk)
    page = clerk.visit("/staff/")
    assert "65件のうち 1〜30件目" in page.text and "前のページ" not in page.text
    page = page.click("次のページ").click("次のページ")
    assert "65件のうち 61〜65件目" in page.text and "次のページ" not in page.text
    assert "31〜60件目" in page.click("前のページ").text


@pytest.mark.parametrize(
    "typed",
    [
        "浜口",
        "はまぐち",
        "ﾊﾏｸﾞﾁ",
        "濱口　恵子",
        "ケイコ 浜口",
        "8101-0000-0017",
        "８１０１００００００１７",
        "8101",
        "８１０１ー０",
        "8101−00",
    ],
)
def test_search_by_number_name_and_kana(cast, browser, typed):
    """R-7.13: number (also its beginning), name and フリガナ, whatever the width and the variant."""
    wanted = fabricate(cast, applicant_kana="ハマグチ ケイコ", number="810100000017")[0]
    fabricate(cast, applicant_name="山﨑 健", applicant_kana="ヤマザキ ケン", number="910100000013")
    page = browser(cast.clerk).get("/staff/", params={"words": typed})
    assert f"/staff/applications/{wanted.id}" in page.text
    assert page.text.count("/staff/applications/") == 1
    assert "条件をすべて消す" in page.text


def test_a_number_is_found_whatever_its_state(cast):
    """R-7.13."""
    row = fabricate(cast, status=Status.WITHDRAWN)[0]
    assert inbox.find(as_staff(cast.clerk), Wanted(words=row.number)).total == 1
    assert inbox.find(as_staff(cast.other_clerk), Wanted(words=row.number)).total == 0


def test_signs_of_a_pattern_are_only_signs(cast):
    """R-7.13: % and _ find nothing but themselves."""
    fabricate(cast)
    for sign in ("%", "_", "!", "'"):
        assert inbox.find(as_staff(cast.clerk), Wanted(words=sign)).total == 0


def test_filters_combine(cast, browser):
    """R-7.13: procedure, state, period, assignee; R-7.2: filters."""
    other = Procedure.get(Procedure.slug == "bulky-waste")
    old = clock.now() - timedelta(days=40)
    a = fabricate(cast, status=Status.COMPLETED, submitted_at=old, assignee=cast.clerk)[0]
    b = fabricate(cast, procedure=other, submitted_at=old)[0]
    c = fabricate(cast)[0]
    d = fabricate(cast, procedure=other, assignee=cast.clerk)[0]
    me = as_staff(cast.clerk)

    def found(**wanted):
        return {line.id for line in inbox.find(me, Wanted(**wanted)).lines}

    day = old.date()
    assert found() == {b.id, c.id, d.id}
    assert found(state="all") == {a.id, b.id, c.id, d.id}
    assert found(state="COMPLETED") == {a.id}
    assert found(procedure=other.id) == {b.id, d.id}
    assert found(procedure=other.id, assignee="mine") == {d.id}
    assert found(procedure=other.id, assignee="none") == {b.id}
    assert found(assignee="mine", state="all") == {a.id, d.id}
    assert found(since=day, until=day, state="all") == {a.id, b.id}
    assert found(since=day + timedelta(days=1)) == {c.id, d.id}
    assert found(until=day, words="浜口", state="all", order="arrival") == {a.id, b.id}
    assert found(until=day, order="due") == {b.id}
    page = browser(cast.clerk).get(
        "/staff/", params={"procedure": other.id, "from": "令和8年10月1日", "to": "2026-11-01", "assignee": "none"}
    )
    assert page.text.count("/staff/applications/") == 1
    assert "「粗大ごみ" in page.text and "「担当：未定」" in page.text


def test_another_divisions_procedure_shows_nothing(cast):
    """R-7.1: asking for a procedure or being the assignee opens no door."""
    fabricate(cast, assignee=cast.other_clerk)
    them = as_staff(cast.other_clerk)
    assert inbox.find(them, Wanted(procedure=cast.dogs.id)).total == 0
    assert inbox.find(them, Wanted(assignee="mine")).total == 0
    assert inbox.counts(them)["mine"] == 0


def test_newest_first_where_nothing_is_urgent(cast):
    """R-7.2: finished applications come by arrival, or when asked for."""
    old = fabricate(cast, status=Status.COMPLETED, submitted_at=clock.now() - timedelta(days=3))[0]
    new = fabricate(cast, status=Status.COMPLETED)[0]
    me = as_staff(cast.clerk)
    for wanted in (Wanted(state="COMPLETED"), Wanted(state="all"), Wanted(state="all", words="浜口")):
        assert [line.id for line in inbox.find(me, wanted).lines] == [new.id, old.id]


def test_a_wrong_day_is_said_and_left_out(cast, browser):
    """R-7.13."""
    fabricate(cast)
    page = browser(cast.clerk).get("/staff/", params={"from": "きのう"})
    assert page.status_int == 422
    assert page.html.find("a", href="#q-from") and 'value="きのう"' in page.text
    assert page.text.count("/staff/applications/") == 1


@pytest.mark.parametrize("query", ["state=DRAFT", "state=x&due=y&assignee=z", "procedure=-1", "page=0", "page=x",
                                   "procedure=99999999999999999999", "page=999999999"])  # fmt: skip
def test_nonsense_in_the_address_is_ignored(cast, browser, query):
    """R-7.2."""
    fabricate(cast)
    assert browser(cast.clerk).visit("/staff/?" + query).html.h1.text == "受付箱"


def test_the_list_asks_as_often_for_many_as_for_one(cast, browser):
    """R-7.2: no query per row."""
    clerk = browser(cast.clerk)
    fabricate(cast)
    clerk.visit("/staff/")

    def asked() -> int:
        with queries() as seen:
            clerk.visit("/staff/")
        return len(seen)

    few = asked()
    fabricate(cast, 25, status=Status.IN_REVIEW, assignee=cast.clerk)
    assert asked() == few


def test_the_list_walks_its_index(cast):
    """R-7.2: no plan sorts or scans the applications of a division; that is what keeps a million of them fast."""
    me = as_staff(cast.clerk)
    for wanted in (
        Wanted(),
        Wanted(words="浜口"),
        Wanted(assignee="mine"),
        Wanted(assignee="none"),
        Wanted(procedure=cast.dogs.id),
        Wanted(due="past"),
        Wanted(state="all"),
        Wanted(state="all", since=date(2026, 11, 1)),
    ):
        with queries() as seen:
            inbox.find(me, wanted)
        sql = next(text for text in seen if "WITH keys" in text)
        plan = _plan_of(sql)
        reading = [(parent, words) for _, parent, words in plan if " x " in words]
        assert len(reading) == 1 and "INDEX" in reading[0][1] and "SEARCH" in reading[0][1], (wanted, plan)
        beside = [words for _, parent, words in plan if parent == reading[0][0]]
        assert not any("TEMP B-TREE" in words for words in beside), (wanted, plan)


def _plan_of(sql: str) -> list[tuple[int, int, str]]:
    rows = models.database.execute_sql("EXPLAIN QUERY PLAN " + sql, (1,) * sql.count("?"))
    return [(row[0], row[1], row[3]) for row in rows]


def test_possible_duplicates_are_shown(cast, browser):
    """R-3.8: a second open application of the same person and procedure is pointed out to staff."""
    first, second = sent(cast.dogs, cast.keiko), sent(cast.dogs, cast.keiko)
    sent(cast.dogs, cast.ken)
    page = browser(cast.clerk).visit(f"/staff/applications/{first.id}")
    assert "同じ方の、同じ手続きの申請" in page.text
    assert f'href="/staff/applications/{second.id}"' in page.text
