"""来庁予約 on the last page of an application and on its papers: all that one needs to come."""

from __future__ import annotations

from cast_acts import person
from visit_acts import NEXT, booked, key, make_counter, visiting

from models import Reservation, Town
from rules.visits import by_resident


def test_a_booking_is_no_application(browser, cast):
    """R-5.1, R-5.5: it is booked, no result is promised; how to get there, until when it can be changed, where."""
    Town.update(postal_code="999-8100", address="朝凪町浜手一丁目1番1号").execute()
    row = booked(cast.keiko, visiting(cast.town, "booking"), make_counter(cast.town, map_text="玄関を入って左です。"))
    keiko, own = browser(cast.keiko), f"/mypage/reservations/{row.id}"
    keiko.visit(f"/applications/{row.application_id}/done")
    assert keiko.shows("予約を受け付けました", "予約のメールが届きます", "玄関を入って左です。", "前の日の夜12時まで")
    # For tomorrow no reminder follows: this mail is one.
    assert not keiko.shows("直していただきたいところ") and not keiko.shows("前の日にも、メールで")
    other = booked(cast.keiko, row.procedure, row.counter, key(NEXT))
    assert "前の日にも、メールで" in keiko.visit(f"/applications/{other.application_id}/done").text
    keiko.visit(f"/applications/{row.application_id}/done")
    assert all(f'href="{path}"' in keiko.page.text for path in (own, f"{own}/print", f"{own}.ics"))
    keiko.visit(f"/applications/{row.application_id}/receipt")
    assert keiko.shows("玄関を入って左です。", "前の日の夜12時まで") and not keiko.shows("認められた")
    assert "〒999-8100 朝凪町浜手一丁目1番1号" in keiko.visit(f"{own}/print").text
    by_resident.cancel(person(cast.keiko), row.id, Reservation.get_by_id(row.id).revision)
    keiko.visit(f"/applications/{row.application_id}/done")
    assert keiko.shows("取消し") and not keiko.shows("予約は、これで決まりました") and own not in keiko.page.text


def test_the_step_names_whom_to_call(browser, cast):
    """As every page of the form does; and takes a day as the page itself writes it."""
    row = booked(cast.keiko, visiting(cast.town), make_counter(cast.town))
    ken = browser(cast.ken)
    ken.visit(f"/procedures/{row.procedure_id}")
    ken.press("申請する")
    draft = ken.page.request.path.split("/pages")[0]
    ken.visit(f"{draft}/visit?week=12%E6%9C%883%E6%97%A5%EF%BC%88%E6%9C%A8%EF%BC%89")
    assert ken.shows("11月30日（月）から12月6日（日）まで", "わからないときは")
