"""交付物 on 申請内容照会: consent while applying, download until the last day, withdrawal; without an account too."""

from __future__ import annotations

import pytest
from cast_acts import PDF, as_staff, sent
from issued_acts import again, applied, fresh, granted, issue, permits, put, recorded
from visitor_acts import open_dogs, sent_openly

import clock
from models import Application, IssuedDocument, Status
from rules.applications import inquiry_code, issued_document, issued_list, submission
from rules.files import storage
from rules.records import numbering
from web import gate


@pytest.fixture
def row(cast) -> Application:
    return granted(cast)


@pytest.fixture
def keiko(browser, cast):
    return browser(cast.keiko)


def path(row: Application, rest: str = "") -> str:
    return f"/applications/{row.id}{rest}"


def withdraw(cast, made: IssuedDocument) -> None:
    row = fresh(made.application)
    issued_document.withdraw(row, as_staff(cast.clerk), row.revision, made.id, reason="別の方の書類でした。")


def test_the_consent_is_asked_while_applying(browser, cast):
    """R-6.6: on a page of its own, not chosen beforehand; it is read on the confirm page and sent."""
    wanted = permits(cast)
    keiko = browser(cast.keiko)
    keiko.visit(f"/procedures/{wanted.id}")
    keiko.press("申請する")
    row = Application.get(Application.procedure == wanted)
    keiko.visit(path(row, "/pages/electronic_delivery"))
    assert keiko.page.html.h1.text == "交付物の受け取り方"
    assert not keiko.page.html.find("input", type="radio", checked=True)
    keiko.press("next")
    assert keiko.page.status_int == 422 and keiko.shows("電子データでの受け取り")
    keiko.fill(electronic_delivery="yes")
    keiko.press("next")
    assert keiko.page.html.h1.text == "内容の確認"
    assert keiko.shows("電子データでの受け取り", "同意する（ダウンロードで受け取ります）")
    done = applied(cast, wanted, "no")
    assert submission.values_of(submission.latest(done))["electronic_delivery"] == "no"


def test_from_the_page_to_the_file(cast, keiko, row):
    """R-6.6: name, size, until; an attachment under its name; first view and download are noted."""
    made = issue(cast, row)
    keiko.visit(path(row))
    assert keiko.page.html.find("h2", string="交付物")
    assert keiko.shows("2026年12月24日（木）まで", "占用許可書.pdf（150バイト）", "現地でお持ちください。")
    assert "三浦" not in keiko.page.text
    assert again(made).first_viewed_at == clock.now() and again(made).first_downloaded_at is None
    got = keiko.page.click("道路占用許可書をダウンロードする")
    assert got.body == PDF and got.content_type == "application/pdf"
    assert got.headers["Content-Disposition"].startswith('attachment; filename="file.pdf"')
    assert "sandbox" in got.headers["Content-Security-Policy"]
    assert again(made).first_downloaded_at == clock.now()
    assert len(recorded(row, "issued_document_viewed", "issued_document_downloaded")) == 2


def test_before_there_is_one(cast, keiko):
    """R-6.6: who agreed is told where it will be; nobody else is."""
    yes, no, other = applied(cast, permits(cast)), applied(cast, permits(cast), "no"), sent(cast.dogs, cast.keiko)
    keiko.visit(path(yes))
    assert keiko.page.html.find("h2", string="交付物") and keiko.shows("メールでもお知らせします")
    for row in (no, other, put(yes, Status.REJECTED)):
        keiko.visit(path(row))
        assert not keiko.page.html.find("h2", string="交付物")


def test_over_by_a_second(browser, cast, row):
    """R-6.6: the sentence says whom to call; the address of the file leads back to it."""
    made = issue(cast, row)
    with clock.at("2026-12-24T23:59:59"):
        keiko = browser(cast.keiko)
        assert keiko.get(path(row, f"/issued/{made.id}")).body == PDF
    with clock.at("2026-12-25T00:00:00"):
        keiko.visit(path(row, f"/issued/{made.id}"))
        assert keiko.page.request.path == path(row)
        assert keiko.shows(
            "この交付物は、期限が過ぎています。",
            "ダウンロードの期限が過ぎました",
            "住民生活課",
            "お電話ください",
            "0999-00-",
        )
        assert not keiko.page.html.find("a", href=path(row, f"/issued/{made.id}"))
    assert len(recorded(row, "issued_document_downloaded")) == 1


def test_withdrawn(cast, keiko, row):
    """R-6.6: at once; the reason, and not to use what was downloaded."""
    made = issue(cast, row)
    keiko.visit(path(row))
    withdraw(cast, made)
    keiko.page = keiko.page.click("道路占用許可書をダウンロードする").maybe_follow()
    assert keiko.page.request.path == path(row)
    assert keiko.shows("この交付物は、役場が取り消しました。", "別の方の書類でした。", "お使いにならないでください")
    assert keiko.shows("取り消した交付物") and made.name not in keiko.page.text, "it may name another person"
    assert again(made).first_downloaded_at is None


def test_a_copy_on_paper(cast, keiko, row):
    """R-6.6: what was received, with digests; no names of staff."""
    assert keiko.get(path(row, "/issued")).status_int == 404
    made, gone = issue(cast, row), issue(cast, row, title="図面", name="別の方の図面.pdf")
    withdraw(cast, gone)
    keiko.get(path(row, f"/issued/{made.id}"))
    keiko.visit(path(row))
    keiko.page = keiko.page.click("交付物の控えを印刷する")
    assert keiko.page.html.h1.text == "交付物の控え"
    assert keiko.shows("道路占用許可書", "図面", made.sha256[:8], "別の方の書類でした。", "ダウンロードしていません")
    assert keiko.shows(made.name, "取り消した交付物") and gone.name not in keiko.page.text
    assert "三浦" not in keiko.page.text and numbering.grouped(row.number) in keiko.page.text


def test_nobody_else(browser, cast, row):
    """R-6.6: another resident, a stranger, another application of one's own."""
    made, other = issue(cast, row), granted(cast)
    ken = browser(cast.ken)
    for rest in ("", "/issued", f"/issued/{made.id}"):
        assert ken.get(path(row, rest)).status_int == 404
        assert browser().get(path(row, rest)).status_int == 302
    assert browser(cast.keiko).get(path(other, f"/issued/{made.id}")).status_int == 404
    assert again(made).first_viewed_at is again(made).first_downloaded_at is None


def test_without_an_account(browser, cast):
    """R-3.5: by number and code, and no longer after 照会を終わる."""
    row = put(sent_openly(open_dogs(cast)))
    made = issue(cast, row, confirmed=True)
    stranger = browser()
    assert stranger.get(path(row, f"/issued/{made.id}")).status_int in (302, 404)
    assert again(made).first_downloaded_at is None
    stranger.visit("/inquiry")
    stranger.fill(number=row.number, code=inquiry_code.of(row))
    stranger.press("照会する")
    assert stranger.page.click("道路占用許可書をダウンロードする").body == PDF
    assert again(made).first_viewed_at and again(made).first_downloaded_at
    assert all("resident" not in detail for _, detail in recorded(row, "issued_document_downloaded"))
    stranger.visit(path(row))
    stranger.press("照会を終わる")
    assert stranger.get(path(row, f"/issued/{made.id}")).status_int in (302, 404)


def test_a_damaged_file_is_not_handed_out(cast, keiko, row, town_db):
    """House rule: every byte is proved; no download is noted."""
    made = issue(cast, row)
    (town_db.stored_files / made.stored_as[:2] / made.stored_as).write_bytes(b"x")
    assert PDF not in keiko.get(path(row, f"/issued/{made.id}"), status="*").body
    assert again(made).first_downloaded_at is None


def test_who_only_asks_is_shown_nothing(keiko, cast, row):
    """R-6.6: a HEAD is neither a first look nor a download."""
    made = issue(cast, row)
    for rest in ("", "/issued", f"/issued/{made.id}"):
        assert keiko.head(path(row, rest)).status_int == 200
    assert again(made).first_viewed_at is again(made).first_downloaded_at is None
    assert not recorded(row, "issued_document_viewed", "issued_document_downloaded")


def test_the_copy_on_paper_is_a_look(keiko, cast, row):
    """R-6.6: whoever printed it first has seen what was issued."""
    made = issue(cast, row)
    keiko.visit(path(row, "/issued"))
    assert again(made).first_viewed_at == clock.now()
    assert recorded(row, "issued_document_viewed") == [("issued_document_viewed", {"documents": [made.id]})]


def test_nobody_waits_for_another_resident_s_file(keiko, cast, row, monkeypatch):
    """Issue 5, 4: proving a file and noting a look are no part of the turn in which pages are made."""
    made, held = issue(cast, row), []

    def watched(really):
        return lambda *about, **more: held.append(gate._reading._holder) or really(*about, **more)

    for place, name in ((storage, "open_stored"), (issued_document, "seen"), (issued_list, "for_resident")):
        monkeypatch.setattr(place, name, watched(getattr(place, name)))
    keiko.get(path(row))
    assert [holder != 0 for holder in held] == [True, False]
    assert keiko.get(path(row, f"/issued/{made.id}")).body == PDF
    assert held[2:] == [0]


def test_a_look_that_cannot_be_noted_takes_no_page_away(keiko, cast, row, monkeypatch, caplog):
    made = issue(cast, row)
    with monkeypatch.context() as broken:
        broken.setattr(issued_document, "seen", lambda *_: 1 / 0)
        keiko.visit(path(row))
    assert keiko.shows("道路占用許可書") and "could not be noted" in caplog.text
    assert again(made).first_viewed_at is None
    keiko.visit(path(row))
    assert again(made).first_viewed_at


def test_every_screen_that_hands_out_a_file_is_heavy():
    """Issue 5, 4: one that is forgotten would hold up everybody's pages."""
    for rule, heavy in (
        ("/applications/<id:int>/issued/<document:int>", True),
        ("/applications/<id:int>/files/<file:int>", True),
        ("/procedures/<id:int>/forms/<form:int>", True),
        ("/applications/<id:int>", False),
    ):
        (route,) = [one for one in gate.app.routes if (one.rule, one.method) == (rule, "GET")]
        assert route.config["screen"].heavy is heavy, rule
