"""予約の処理: what staff enter, change, cancel and mark, as they press it."""

from __future__ import annotations

import pytest
from cast_acts import as_staff, person, sent
from counter_acts import TOMORROW, approved, at, entered, fresh, mails, make_counter, with_application
from staff_acts import put_into, token
from visit_acts import visiting

import clock
import models
from models import Application, ApplicationEvent, AuditEntry, Counter, Reservation, Resident, Seat, Status
from rules import Refusal
from rules.applications import application
from rules.counters import by_town
from rules.counters.by_town import Caller
from rules.records import history, numbering
from rules.records.access import Missing
from rules.visits import booking, by_resident

DAY = {"day__era": "", "day__year": "2026", "day__month": "11", "day__day": "25"}


@pytest.fixture
def counter(cast) -> Counter:
    return make_counter(cast)


@pytest.fixture
def clerk(browser, cast):
    return browser(cast.clerk)


def page_of(row: Reservation, rest: str = "") -> str:
    return f"/staff/reservations/{row.id}" + (f"/{rest}" if rest else "")


def events(of: Application) -> list[str]:
    rows = ApplicationEvent.select().where(ApplicationEvent.application == of).order_by(ApplicationEvent.id)
    return [row.name for row in rows]


# ---------------------------------------------------------------- by telephone


def test_entered_from_the_week(clerk, cast, counter):
    """R-5.1, issue 6.5: a free slot of the week leads to the form; the booking has a number of its own."""
    clerk.visit("/staff/reservations")
    assert clerk.shows("住民窓口", "空き12")
    clerk.page = clerk.page.click("週の表")
    clerk.page = clerk.page.click("空き2", href="at=2026-11-25T09:30")
    clerk.fill(name="海野 花", telephone="0999-00-7777", note="印鑑登録の相談")
    form = next(form for form in clerk.page.forms.values() if "act_enter" in form.fields)
    clerk.press("予約を入れる")
    row = Reservation.get()
    assert clerk.shows("予約を入れました", numbering.grouped(row.number), "9:30〜10:00", "海野 花", "印鑑登録の相談")
    assert (row.state, row.starts_at, row.channel, row.created_by_id) == (
        "BOOKED",
        at("09:30"),
        "TELEPHONE",
        cast.clerk.id,
    )
    assert numbering.valid(row.number) and not mails("visit_booked")
    form.submit("act_enter")
    assert Reservation.select().count() == Seat.select().count() == 1
    assert AuditEntry.select().where(AuditEntry.act == "reservation_entered").count() == 1


def test_two_callers_of_one_name(clerk, cast, counter):
    """The second one is asked about instead of being taken for a second press; a second press is one all the same."""
    path = f"/staff/reservations/counters/{counter.id}/new?at=2026-11-25T09:00"
    clerk.visit(path)
    assert not clerk.shows("別の方の予約として入れる")
    clerk.fill(name="佐藤 花")
    clerk.press("予約を入れる")
    with clock.at("2026-11-24T10:00:06"):
        clerk.visit(path)
        clerk.fill(name="佐藤 花")
        clerk.press("予約を入れる", status=422)
        assert clerk.shows("同じ氏名の予約が、この時間にもうあります", "別の方の予約として入れる", "佐藤 花")
        assert Reservation.select().count() == 1
        form = next(form for form in clerk.page.forms.values() if "act_enter" in form.fields)
        form["another"].checked = True
        clerk.press("予約を入れる")
        form.submit("act_enter")
    assert Reservation.select().where(Reservation.name == "佐藤 花").count() == Seat.select().count() == 2
    with clock.at("2026-11-24T10:00:12"), pytest.raises(Refusal) as told:
        entered(cast, counter, at("09:00"), "佐藤 花", another=True)
    assert "満席" in told.value.fields["q-time"]


def test_for_an_application(clerk, cast, counter):
    """Issue 6.5: name and telephone come from the application, it is told by mail and in the history."""
    row = approved(cast)
    clerk.visit(f"/staff/reservations/counters/{counter.id}/new?at=2026-11-25T09:00&number={row.number}")
    clerk.press("予約を入れる")
    made = Reservation.get()
    assert (made.application_id, made.resident_id, made.number) == (row.id, cast.keiko.id, None)
    assert (made.name, made.telephone) == ("浜口 恵子", "0999-00-1322")
    assert clerk.shows(numbering.grouped(row.number))
    assert "9:00〜9:30" in mails("visit_booked")[0].body
    assert events(row)[-1] == "visit_booked"
    assert history.for_resident(row)[0].what == "来庁を予約しました"
    clerk.visit(f"/staff/applications/{row.id}")
    assert clerk.shows("来庁予約", "11月25日（水）", "予約中") and not clerk.shows("この申請の予約を入れる")
    by_town.cancel(as_staff(cast.clerk), made.id, made.revision, "都合")
    clerk.visit(f"/staff/applications/{row.id}")
    clerk.page = clerk.page.click("この申請の予約を入れる")
    clerk.page = clerk.page.click("週の表").click("次の週").click("空き2", href="at=2026-12-02T09:30")
    clerk.press("予約を入れる")
    again = Reservation.get(Reservation.state == "BOOKED")
    assert (again.application_id, again.starts_at) == (row.id, at("09:30", "2026-12-02"))


def test_today_too(cast, counter):
    """R-5.2 is for residents: staff enter who calls in the morning, and who stands there while the slot runs."""
    assert entered(cast, counter, at("11:30", "2026-11-24")).state == "BOOKED"
    with clock.at("2026-11-24T10:20:00"):
        assert entered(cast, counter, at("10:00", "2026-11-24")).state == "BOOKED"
    with clock.at("2026-11-24T10:30:00"), pytest.raises(Refusal) as told:
        entered(cast, counter, at("10:00", "2026-11-24"), "おそい人")
    assert "過ぎています" in told.value.fields["q-time"]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"day__era": "R", "day__year": "8", "day__month": "2", "day__day": "30"}, "令和8年の2月は、1日から28日まで"),
        ({"day__era": "H", "day__year": "33"}, "平成は31年まで"),
        ({"time": "9:10"}, "この時刻から始まる枠は、ありません"),
        ({"time": "あさ"}, "時刻は「10:00」"),
        ({"day__day": "24", "time": "9:00"}, "もう過ぎています"),
        ({"day__month": "10"}, "もう過ぎています"),
        ({"day__day": "28"}, "休みです"),
        ({"day__year": "2028"}, "1年より先"),
        ({"name": ""}, "来る方の氏名"),
        ({"number": "1234-5678-9012"}, "12けたの数字です"),
    ],
)
def test_what_is_refused_keeps_what_was_typed(clerk, counter, typed, words):
    """Issue 6: a date that does not exist, no slot, past, closed: a sentence, and everything typed is kept."""
    clerk.visit(f"/staff/reservations/counters/{counter.id}/new?at=2026-11-25T09:00")
    clerk.fill(**{"name": "海野 花", "note": "相談したいこと", "time": "9:00", **DAY} | typed)
    clerk.press("予約を入れる", status=422)
    assert clerk.shows(words, "相談したいこと")
    assert not Reservation.select().exists() and not Seat.select().exists()


def test_full_times_name_the_free_ones(cast, counter):
    """R-5.3: no seat twice, by staff neither; the sentence says where there is room."""
    for name in ("一", "二"):
        entered(cast, counter, at("09:00"), name)
    with pytest.raises(Refusal) as told:
        entered(cast, counter, at("09:00"), "三")
    assert "満席" in told.value.fields["q-time"] and "9:30、10:00" in told.value.fields["q-time"]
    assert Reservation.select().count() == Seat.select().count() == 2


def test_one_visit_for_an_application(cast, counter):
    """Issue 6: not twice, and none for what was withdrawn, or is another division's."""
    row = with_application(cast, counter, at("09:00"))
    number = row.application.number
    with pytest.raises(Refusal) as told:
        entered(cast, counter, at("10:00"), "", number=number)
    assert "もう予約があります" in told.value.fields["q-number"]
    again = entered(cast, counter, at("09:00"), "", telephone="", number=number)
    assert again.id == row.id  # the same form once more
    gone = sent(cast.dogs, cast.ken)
    put_into(gone, Status.WITHDRAWN)
    with pytest.raises(Refusal) as told:
        entered(cast, counter, at("10:00"), "", number=gone.number)
    assert "取り下げ" in told.value.fields["q-number"]
    with models.transaction():
        Application.update(division=cast.other_clerk.id and _tax(cast)).where(Application.id == gone.id).execute()
    with pytest.raises(Refusal) as told:
        entered(cast, counter, at("10:00"), "", number=gone.number)
    assert "あなたの部課にはありません" in told.value.fields["q-number"]


def _tax(cast):
    return models.Division.get((models.Division.town == cast.town) & (models.Division.name == "税務課"))


def test_a_number_is_nobody_elses(cast, counter, monkeypatch):
    """R-3.1: unique among applications and bookings alike."""
    taken, other = sent(cast.dogs, cast.keiko).number, entered(cast, counter, at("09:00")).number
    fresh_one = numbering.new_number()
    numbers = iter([taken, other, fresh_one])
    monkeypatch.setattr(numbering, "new_number", lambda: next(numbers))
    assert entered(cast, counter, at("10:00"), "ほかの人").number == fresh_one
    numbers = iter([taken, other, fresh_one, last := "100000000007"])
    assert sent(cast.dogs, cast.ken).number == last


# ---------------------------------------------------------------- changing and cancelling


def test_changed_with_a_reason(clerk, cast, counter):
    """R-5.5, issue 6.3: at any time, to another counter too; the mail says from when to when and why."""
    other = make_counter(cast, name="子育て窓口", place="別館")
    row = with_application(cast, counter, at("09:00"))
    clerk.visit(page_of(row))
    clerk.press("予約を変更する")
    assert clerk.shows("9:30、10:00")
    clerk.fill(counter=str(other.id), time="10:30", reason="担当者が休みのため", **DAY)
    form = next(form for form in clerk.page.forms.values() if "act_change" in form.fields)
    clerk.press("予約を変更する")
    assert clerk.shows("予約を変更しました。メールで知らせます", "子育て窓口", "10:30〜11:00")
    form.submit("act_change")
    row = fresh(row)
    assert (row.counter_id, row.starts_at, row.ends_at) == (other.id, at("10:30"), at("11:00"))
    assert Seat.select().count() == 1 and Seat.get().starts_at == at("10:30")
    (mail,) = mails("visit_changed_by_town")
    assert "担当者が休みのため" in mail.body and "9:00〜9:30" in mail.body and "10:30〜11:00" in mail.body
    assert events(row.application)[-1] == "visit_changed"
    assert AuditEntry.select().where(AuditEntry.act == "reservation_changed").count() == 1


def test_changed_to_where_nobody_fits(clerk, cast, counter):
    """R-5.3: the seat it has is not lost."""
    for name in ("一", "二"):
        entered(cast, counter, at("09:00"), name)
    row = entered(cast, counter, at("10:00"), "三")
    clerk.visit(page_of(row, "change"))
    clerk.fill(time="9:00", reason="早く来たいとのこと")
    clerk.press("予約を変更する", status=422)
    assert clerk.shows("満席", "早く来たいとのこと")
    clerk.fill(time="10:00")
    clerk.press("予約を変更する", status=422)
    assert clerk.shows("いまと同じ日時です")
    assert fresh(row).starts_at == at("10:00") and Seat.select().count() == 3


def test_cancelled_on_the_day_itself(clerk, cast, counter):
    """R-5.2, issue 6.3: residents cannot, staff can; with reason and mail, and the seat is free."""
    row = with_application(cast, counter, at("09:00"))
    with clock.at("2026-11-25T08:50:00"):
        clerk = clerk_again(clerk, cast)
        clerk.visit(page_of(row))
        clerk.press("予約を取り消す")
        clerk.press("予約を取り消す", status=422)
        assert clerk.shows("理由を入力してください")
        clerk.fill(reason="道路が通れないため")
        form = next(form for form in clerk.page.forms.values() if "act_cancel" in form.fields)
        clerk.press("予約を取り消す")
        assert clerk.shows("予約を取り消しました", "道路が通れないため", "三浦 直樹", "取消し")
        form.submit("act_cancel")
    row = fresh(row)
    assert row.state == "CANCELLED" and not Seat.select().exists()
    assert len(mails("visit_cancelled_by_town")) == 1 and events(row.application).count("visit_cancelled") == 1
    told = history.for_resident(row.application)[0]
    assert "道路が通れないため" in told.text and "三浦" not in told.who


def clerk_again(browser, cast):
    """The session would be over by the next morning."""
    browser.log_in_staff(cast.clerk.login_id, "nagisa-no-machi-7")
    return browser


def test_nobody_to_mail(clerk, cast, counter):
    """R-5.5: staff are told to call whom no mail reaches: by telephone, or an account that was closed."""
    row = entered(cast, counter, at("09:00"))
    clerk.visit(page_of(row, "cancel"))
    clerk.fill(reason="会議のため")
    clerk.press("予約を取り消す")
    assert clerk.shows("メールは届きません。電話などで知らせてください")
    closed = with_application(cast, counter, at("09:00"), cast.ken)
    with models.transaction():
        Resident.update(closed_at=clock.now()).where(Resident.id == cast.ken.id).execute()
    by_town.cancel(as_staff(cast.clerk), closed.id, closed.revision, "会議のため")
    assert not mails("visit_cancelled_by_town")


def test_two_clerks(clerk, browser, cast, counter):
    """House rule 6: the second one sees what the first did, and nothing typed is lost."""
    row = entered(cast, counter, at("09:00"))
    clerk.visit(page_of(row, "change"))
    by_town.rebook(as_staff(cast.administrator), row.id, row.revision, (counter.id, at("11:00")), "先の理由")
    clerk.fill(time="10:00", reason="あとの理由", **DAY)
    clerk.press("予約を変更する", status=422)
    assert clerk.shows("先に変えられています", "11:00〜11:30", "あとの理由")
    assert fresh(row).starts_at == at("11:00")
    clerk.press("予約を変更する")
    assert fresh(row).starts_at == at("10:00")
    other = browser(cast.administrator)
    other.visit(page_of(row, "cancel"))
    by_town.cancel(as_staff(cast.clerk), row.id, fresh(row).revision, "先の理由")
    other.fill(reason="あとの理由")
    other.press("予約を取り消す", status=422)
    assert other.shows("先に取り消されています（住民生活課 三浦 直樹）", "あとの理由")
    assert fresh(row).cancelled_reason == "先の理由"


def test_cancelled_by_the_resident_first(cast, counter):
    """A reason that nobody is told is refused, not swallowed; a second press of one's own is none of that."""
    row = with_application(cast, counter, at("09:00"))
    me = as_staff(cast.clerk)
    by_resident.cancel(person(cast.keiko), row.id, row.revision)
    with pytest.raises(Refusal) as told:
        by_town.cancel(me, row.id, row.revision, "会議のため")
    assert "先に取り消されています（申請した方）" in told.value.message
    assert not mails("visit_cancelled_by_town") and not fresh(row).cancelled_reason
    other = entered(cast, counter, at("10:00"))
    for _ in range(2):
        assert by_town.cancel(me, other.id, other.revision, "会議のため").state == "CANCELLED"


# ---------------------------------------------------------------- the new time, out of the week


def test_the_new_time_is_chosen_from_the_week(clerk, cast, counter):
    """Issue 6.3, 6.5: from the change to the week of any counter of one's own and back; nothing is changed before."""
    other = make_counter(cast, name="子育て窓口", seats=1)
    row = entered(cast, counter, at("09:00"))
    entered(cast, other, at("09:30"), "ほかの人")
    clerk.visit(page_of(row, "change"))
    clerk.page = clerk.page.click("週の表から新しい日時を選ぶ")
    assert clerk.shows("いまの予約：", "まだ、予約は変わりません", "空き2", ">いまの予約<")
    clerk.page = clerk.page.click("子育て窓口").click("次の週").click("前の週")
    assert clerk.shows("予約1", "満席") and not clerk.shows(">いまの予約<")
    clerk.page = clerk.page.click("空き1", href="at=2026-11-26T11:30")
    form = next(form for form in clerk.page.forms.values() if "reason" in form.fields)
    assert (form["counter"].value, form["time"].value, form["day.day"].value) == (str(other.id), "11:30", "26")
    assert fresh(row).starts_at == at("09:00")
    clerk.fill(reason="別の窓口の用件のため")
    clerk.press("予約を変更する")
    assert (fresh(row).counter_id, fresh(row).starts_at) == (other.id, at("11:30", "2026-11-26"))
    by_town.cancel(as_staff(cast.clerk), row.id, fresh(row).revision, "都合")
    assert clerk.get(page_of(row, "week")).status_int == 302


# ---------------------------------------------------------------- putting right what was told


def test_corrected(clerk, browser, cast, counter):
    """Issue 6.5: name, telephone and note of a caller; the second one sees what the first did; written down."""
    row, me = entered(cast, counter, at("09:00"), "海野 鼻", note="相談"), as_staff(cast.clerk)
    clerk.visit(page_of(row))
    clerk.press("氏名・電話番号・メモを直す")
    other = browser(cast.administrator)
    other.visit(page_of(row, "edit"))
    clerk.fill(name="海野 花", telephone="0999-00-3333")
    form = next(form for form in clerk.page.forms.values() if "act_save" in form.fields)
    clerk.press("保存する")
    assert clerk.shows("保存しました", "海野 花", "0999-00-3333", "内容を直した日時", "三浦 直樹")
    form.submit("act_save")
    saved = fresh(row)
    assert (saved.name, saved.telephone, saved.note) == ("海野 花", "0999-00-3333", "相談")
    other.fill(note="証明書も")
    other.press("保存する", status=422)
    assert other.shows("先に変えました", "三浦 直樹", "海野 花", "証明書も") and fresh(row).note == "相談"
    other.fill(name="")
    other.press("保存する", status=422)
    assert other.shows("氏名を入力してください")
    with pytest.raises(Refusal):
        by_town.cancel(me, row.id, row.revision, "前の画面から")
    (entry,) = AuditEntry.select().where(AuditEntry.act == "reservation_corrected")
    assert entry.detail == {"counter": counter.id, "reservation": row.id, "fields": ["name", "telephone"]}
    # It is told as long as the booking is there, wherever that is moved, and the audit log is not gone through for it.
    elsewhere = make_counter(cast, name="子育て窓口")
    by_town.rebook(me, row.id, saved.revision, (elsewhere.id, at("10:00")), "都合")
    AuditEntry.delete().execute()
    clerk.visit(page_of(row))
    assert clerk.shows("子育て窓口", "内容を直した日時", "11月24日（火）10時00分　三浦 直樹")


def test_of_who_booked_for_themselves_the_note_alone(clerk, cast, counter):
    """Their name and telephone are theirs; the note stands in the day, on its print and in the history for staff."""
    row = with_application(cast, counter, at("09:00"))
    with models.transaction():
        Reservation.update(created_by=None, channel="WEB").execute()
    clerk.visit(page_of(row))
    clerk.press("メモを直す")
    assert clerk.shows("ご本人が入力したものです") and "name" not in clerk.page.forms[max(clerk.page.forms)].fields
    clerk.fill(note="車いすで来ます")
    clerk.press("保存する")
    assert (fresh(row).note, fresh(row).name) == ("車いすで来ます", "浜口 恵子")
    assert events(row.application)[-1] == "visit_corrected" and not mails("visit_changed_by_town")
    assert "来庁の予約の内容を直しました" not in [line.what for line in history.for_resident(row.application)]
    for page in ("day", "print", "week/print"):
        clerk.visit(f"/staff/reservations/counters/{counter.id}/{page}?day={TOMORROW}")
        assert clerk.shows("車いすで来ます"), page


def test_a_slip_to_take_home(clerk, cast, counter):
    """Who books at the counter and gets no mail takes paper home."""
    with models.transaction():
        Counter.update(bring="印鑑", map_text="正面玄関の左", telephone="0999-00-1111").execute()
    row = entered(cast, counter, at("09:00"), "海野 花")
    clerk.visit(page_of(row))
    clerk.press("控えを印刷する")
    assert clerk.shows(numbering.grouped(row.number), "令和8年11月25日（水） 9:00〜9:30", "住民窓口（本庁舎1階）")
    assert clerk.shows("印鑑", "正面玄関の左", "0999-00-1111") and not clerk.shows("マイページ")
    entry = AuditEntry.get(AuditEntry.act == "reservation_slip_printed")
    assert entry.detail == {"counter": counter.id, "reservation": row.id}
    # An old tab, or the address: of what is over or cancelled there is none.
    with clock.at("2026-11-25T09:30:00"):
        clerk = clerk_again(clerk, cast)
        clerk.visit(page_of(row))
        assert not clerk.shows("控えを印刷する")
        clerk.visit(page_of(row, "slip"))
        assert clerk.shows("これから来る方の予約だけです")
    by_town.cancel(as_staff(cast.clerk), row.id, row.revision, "都合")
    clerk.visit(page_of(row, "slip"))
    assert clerk.shows("これから来る方の予約だけです", "取消し") and not clerk.shows("日時になりましたら")
    assert AuditEntry.select().where(AuditEntry.act == "reservation_slip_printed").count() == 1


# ---------------------------------------------------------------- whether one came


def test_marked_on_the_day(clerk, cast, counter):
    """Issue 6.3: 来庁済み and 来庁なし from the list of the day, and back; the seat stays."""
    row, other = with_application(cast, counter, at("09:00")), entered(cast, counter, at("09:00"), "来ない人")
    day = f"/staff/reservations/counters/{counter.id}/day?day={TOMORROW}"
    clerk.visit(day)
    assert not clerk.shows("来庁なし")  # the day before
    with clock.at("2026-11-25T09:20:00"):
        clerk = clerk_again(clerk, cast)
        clerk.visit(day)
        form = next(form for form in clerk.page.forms.values() if "act_visited" in form.fields)
        clerk.press("来庁済み")
        assert clerk.page.request.path_qs == day and clerk.shows("来庁済みにしました")
        form.submit("act_visited")
        assert fresh(row).state == "VISITED"
        by_town.mark(as_staff(cast.clerk), other.id, other.revision, "no_show")
        assert (fresh(other).state, Seat.select().count()) == ("NO_SHOW", 2)
        clerk.visit(page_of(row))
        clerk.press("来庁前に戻す")
        assert fresh(row).state == "BOOKED" and events(row.application)[-2:] == ["visited", "visit_mark_undone"]
        clerk.visit(page_of(row))
        clerk.press("来庁なしにする")
    assert fresh(row).state == "NO_SHOW"
    seen = [line.what for line in history.for_resident(row.application)]
    assert "予約の日時に来庁がありませんでした" not in seen
    assert AuditEntry.select().where(AuditEntry.act == "reservation_marked").count() == 4


def test_not_marked_too_early(cast, counter):
    """Nobody has come before the day, or stayed away before the hour."""
    row = entered(cast, counter, at("09:00"))
    me = as_staff(cast.clerk)
    for moment, act in (("2026-11-24T23:59:00", "visited"), ("2026-11-25T08:59:00", "no_show")):
        with clock.at(moment), pytest.raises(Refusal):
            by_town.mark(me, row.id, row.revision, act)
    with clock.at("2026-11-25T00:00:00"):
        assert by_town.mark(me, row.id, row.revision, "visited").state == "VISITED"
        with pytest.raises(Refusal):
            by_town.mark(me, row.id, row.revision + 1, "no_show")
        with pytest.raises(Refusal) as told:
            by_town.cancel(me, row.id, row.revision + 1, "理由")
        assert "来庁済み" in told.value.message


def test_a_mark_is_not_taken_back_over_a_new_visit(cast, counter):
    """One application has one visit at a time."""
    row = with_application(cast, counter, at("09:00"))
    me = as_staff(cast.clerk)
    with clock.at("2026-11-25T09:40:00"):
        by_town.mark(me, row.id, row.revision, "no_show")
        entered(cast, counter, at("10:00", "2026-11-26"), "", number=row.application.number)
        with pytest.raises(Refusal) as told:
            by_town.mark(me, row.id, row.revision + 1, "undo")
    assert "新しい予約" in told.value.message


def test_withdrawn_on_the_day(clerk, cast, counter):
    """R-5.2: the seat stays, and staff see both."""
    row = with_application(cast, counter, at("09:00"))
    put_into(row.application, Status.SUBMITTED)
    with clock.at("2026-11-25T08:50:00"):
        gone = Application.get_by_id(row.application_id)
        application.withdraw_on_request(gone, as_staff(cast.clerk), gone.revision, reason="来ない", asked="本人、電話")
        assert (fresh(row).state, fresh(row).withdrawn) == ("BOOKED", True)
        clerk = clerk_again(clerk, cast)
        for path in (f"/staff/reservations/counters/{counter.id}/day?day={TOMORROW}", page_of(row),
                     "/staff/reservations/list", f"/staff/applications/{gone.id}"):  # fmt: skip
            clerk.visit(path)
            assert clerk.shows("申請は取下げ"), path
    assert booking.of(gone).id == row.id


def test_rejected_on_the_day(clerk, cast, counter):
    """The seat stays, and staff see what became of the application."""
    row = with_application(cast, counter, at("09:00"))
    put_into(row.application, Status.REJECTED)
    with models.transaction():
        Reservation.update(withdrawn=True).execute()
    for path in (f"/staff/reservations/counters/{counter.id}/day?day={TOMORROW}", "/staff/reservations/list",
                 f"/staff/reservations/counters/{counter.id}/print?day={TOMORROW}"):  # fmt: skip
        clerk.visit(path)
        assert clerk.shows("申請は却下"), path
    clerk.visit(page_of(row))
    assert clerk.shows("当日に却下されました")


# ---------------------------------------------------------------- whose


def test_of_the_own_divisions(browser, cast, counter):
    """R-7.1: a clerk of another division, of another town, and who lost the right while the page was open."""
    row = entered(cast, counter, at("09:00"))
    for member in (cast.other_clerk, cast.foreign_clerk):
        stranger = browser(member)
        pages = [page_of(row, rest) for rest in ("", "change", "week", "edit", "slip")]
        for path in (*pages, f"/staff/reservations/counters/{counter.id}/day"):
            assert stranger.get(path, expect_errors=True).status_int == 404
        fields = {"csrf": token(stranger), "revision": row.revision, "reason": "x", "act_visited": "x"}
        for rest in ("cancel", "mark", "edit"):
            assert stranger.post(page_of(row, rest), fields, expect_errors=True).status_int == 404
    with pytest.raises(Missing):
        by_town.enter(as_staff(cast.other_clerk), counter.id, at("10:00"), Caller("だれか"))
    assert fresh(row).state == "BOOKED"


def test_through_the_application(browser, cast, counter):
    """The clerk who handles the application changes its visit, at whichever counter that is."""
    row = with_application(cast, counter, at("09:00"))
    with models.transaction():
        Application.update(division=_tax(cast)).where(Application.id == row.application_id).execute()
    other = browser(cast.other_clerk)
    other.visit(f"/staff/applications/{row.application_id}")
    other.page = other.page.click("予約を見る")
    assert other.shows("住民窓口", "9:00〜9:30")
    assert not other.shows("この日の一覧へ") and f"counters/{counter.id}" not in other.page.text
    other.press("予約を変更する")
    other.page = other.page.click("週の表から新しい日時を選ぶ").click("空き2", href="2026-11-25T10:00")
    assert f"counters/{counter.id}" not in other.page.text
    other.fill(reason="都合により")
    other.press("予約を変更する")
    assert fresh(row).starts_at == at("10:00")
    # Whose counter it is sees the visit, and no way to the application.
    clerk = browser(cast.clerk)
    clerk.visit(f"/staff/reservations/counters/{counter.id}/day?day={TOMORROW}")
    assert clerk.shows("浜口 恵子") and not clerk.shows("申請を見る")
    assert AuditEntry.select().where(AuditEntry.act == "reservation_viewed").count() == 2


def test_whom_to_ask_where_one_has_no_counter(clerk, cast):
    """R-5.1: residents get the counter of the division above; the clerk below reads which one, instead of a link."""
    here = cast.dogs.division
    visiting(cast.town, "collect")
    row, link = sent(cast.dogs, cast.keiko), "この申請の予約を入れる"
    clerk.visit(f"/staff/applications/{row.id}")
    assert clerk.shows("来庁予約", "窓口は、まだありません") and not clerk.shows(link)
    above = make_counter(cast, name="総合窓口", division=here.parent_id, telephone="0999-00-4444")
    clerk.visit(f"/staff/applications/{row.id}")
    assert clerk.shows(f"総合窓口（{above.division.name}）", "電話 0999-00-4444", "頼んでください")
    assert not clerk.shows(link)
    make_counter(cast)
    clerk.visit(f"/staff/applications/{row.id}")
    assert clerk.shows(link) and not clerk.shows("総合窓口")
