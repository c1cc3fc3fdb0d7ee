"""交付物を登録する and what follows, seen from the staff's screens; all files of an application in one."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pytest
from cast_acts import PDF, as_staff, attach, send, sent, write
from files_to_upload import EXE, pdf
from issued_acts import again, applied, fresh, granted, issue, permits, put, recorded
from staff_acts import acts, path, press
from visitor_acts import open_dogs, sent_openly
from webtest import Upload

import clock
import models
from models import Application, AuditEntry, IssuedDocument, Job, OutboxMail, Status
from outside import antivirus
from outside.antivirus.verdict import BUSY, found, none
from rules.applications import issued_document
from rules.files import storage
from rules.records import access
from rules.records.access import Person


@pytest.fixture
def row(cast) -> Application:
    return granted(cast)


@pytest.fixture
def clerk(browser, cast):
    return browser(cast.clerk)


def choose(opened, name: str = "占用許可書.pdf", content: bytes = PDF, **typed) -> None:
    opened.fill(**{"file": Upload(name, content), "title": "道路占用許可書", **typed})


def offered(opened, row: Application) -> bool:
    opened.visit(path(row))
    return opened.page.html.find("input", type="submit", value="交付物を登録する") is not None


def test_from_approving_to_the_document(browser, cast, clerk):
    """R-6.6: offered right after approving; labels, the date filled in, mail; the same button at the foot."""
    row = put(applied(cast, permits(cast)), Status.IN_REVIEW)
    press(clerk, row, "承認する", remarks="")
    assert clerk.shows("交付物を、まだ登録していません。", "電子データでの受け取りに同意しています")
    clerk.press("交付物を登録する")
    assert clerk.page.html.h1.text == "交付物を登録する"
    for label in ("ファイル", "交付物の名前", "年", "月", "日", "添える言葉"):
        assert clerk.page.html.find("label", string=label), label
    form = next(f for f in clerk.page.forms.values() if "title" in f.fields)
    assert [form[f"until.{part}"].value for part in ("era", "year", "month", "day")] == ["", "2026", "12", "24"]
    choose(clerk, content=pdf(), message="現地でお持ちください。")
    clerk.press("交付物を登録する")
    assert clerk.page.request.path == path(row)
    assert clerk.shows("道路占用許可書", "占用許可書.pdf", "2026年12月24日（木）", "まだ開かれていません")
    assert not clerk.shows("交付物を、まだ登録していません。")
    made = IssuedDocument.get()
    assert (made.verdict, made.consent, made.message) == ("未検査", "form", "現地でお持ちください。")
    assert OutboxMail.select().where(OutboxMail.kind == "issued").count() == 1
    clerk.page = clerk.page.click("占用許可書.pdf")
    assert clerk.page.body == pdf() and clerk.page.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in clerk.page.headers["Content-Security-Policy"]
    assert recorded(row, "issued_document_opened") and again(made).first_viewed_at is None


@pytest.mark.parametrize("status", [Status.APPROVED, Status.COMPLETED])
def test_the_button_is_there_after_the_decision(cast, clerk, status):
    row = applied(cast, permits(cast))
    assert not offered(clerk, row)
    assert clerk.get(path(row, "issue")).status_int == 302
    assert offered(clerk, put(row, status))


def test_without_consent_there_is_no_button(cast, clerk):
    """R-6.6: staff are told; a form made by hand is refused."""
    row = granted(cast, "no")
    assert not offered(clerk, row)
    assert clerk.shows("電子データでの受け取りに同意していません", "同意しない")
    assert clerk.get(path(row, "issue")).status_int == 302
    other = granted(cast)
    clerk.visit(path(other, "issue"))
    choose(clerk)
    form = next(f for f in clerk.page.forms.values() if "title" in f.fields)
    form.action = path(row, "issue")
    refused = form.submit("act_issue")
    assert refused.status_int == 422 and "同意していません" in refused.text
    assert not IssuedDocument.select().exists()


def test_where_it_was_not_asked(cast, clerk):
    """R-6.6: staff confirm that the applicant agreed."""
    row = put(sent(cast.dogs, cast.keiko))
    assert offered(clerk, row) and not clerk.shows("交付物を、まだ登録していません。")
    clerk.press("交付物を登録する")
    choose(clerk)
    assert clerk.press("交付物を登録する").status_int == 422
    assert clerk.shows("印を付けてください", "「占用許可書.pdf」は、まだ登録していません。もう一度選んでください。")
    choose(clerk, confirmed=True)
    clerk.press("交付物を登録する")
    assert IssuedDocument.get().consent == "staff" and clerk.shows("登録した職員が確かめました")


@pytest.mark.parametrize(
    ("name", "content", "typed", "field", "word"),
    [
        ("許可.exe", EXE, {}, "q-file", "許可.exe"),
        ("許可.pdf", EXE, {}, "q-file", "許可.pdf"),
        ("許可.pdf", b"", {}, "q-file", "許可.pdf"),
        ("許可.pdf", pdf(user_password="x"), {}, "q-file", "パスワード"),
        ("許可.pdf", PDF, {"title": ""}, "q-title", "もう一度選んでください"),
        ("許可.pdf", PDF, {"until__day": "99"}, "q-until-day", "もう一度選んでください"),
        ("許可.pdf", PDF, {"until__year": "2020"}, "q-until-year", "もう一度選んでください"),
        ("許可.pdf", PDF, {"until__year": "2050"}, "q-until", "5年"),
    ],
)
def test_refused_with_everything_typed(cast, clerk, row, name, content, typed, field, word):
    """R-4.2, R-3.6: the same checks as of a resident's file; 422, the sentence beside the field."""
    clerk.visit(path(row, "issue"))
    choose(clerk, name, content, **{"message": "よろしく。", **typed})
    assert clerk.press("交付物を登録する").status_int == 422
    assert clerk.page.html.find(id=f"{field}-error") or clerk.page.html.find(class_="errors").find(href=f"#{field}")
    assert clerk.shows(word, "よろしく。")
    assert not IssuedDocument.select().exists()


def test_no_file(clerk, row):
    clerk.visit(path(row, "issue"))
    clerk.fill(title="許可書")
    assert clerk.press("交付物を登録する").status_int == 422
    assert clerk.shows("交付するファイルを選んでください。", 'value="許可書"')


@pytest.mark.parametrize(
    ("verdict", "word"), [(found("Eicar"), "ウイルス"), (none("down"), "ただいまウイルス検査ができません")]
)
def test_the_scanner_decides(cast, clerk, row, monkeypatch, verdict, word):
    """R-4.2: fail closed, going in and coming out."""
    made = issue(cast, row)
    monkeypatch.setattr(antivirus, "scan", lambda stream: verdict)
    clerk.visit(path(row, "issue"))
    choose(clerk)
    assert clerk.press("交付物を登録する").status_int == 422 and clerk.shows(word)
    assert IssuedDocument.select().count() == 1
    out = clerk.get(path(row, f"issued/{made.id}"))
    assert out.status_int == 422 and "お渡しできません" in out.text
    assert not recorded(row, "issued_document_opened")


def test_two_clerks(browser, cast, clerk, row):
    """R-7.3: a form made before somebody else's act."""
    chief = browser(cast.administrator)
    for opened in (clerk, chief):
        opened.visit(path(row, "issue"))
        choose(opened)
    clerk.press("交付物を登録する")
    assert chief.press("交付物を登録する").status_int == 422
    assert chief.shows("先にこの申請を変えました（交付物を登録しました）", 'value="道路占用許可書"')
    assert IssuedDocument.select().count() == 1


def test_first_looks_are_shown(cast, clerk, row):
    """R-6.6: staff see when it was first opened and downloaded."""
    made = issue(cast, row)
    with clock.at("2027-06-01T10:05:00") as now, models.transaction():
        IssuedDocument.change({"first_viewed_at": now, "first_downloaded_at": now}, "id = {}", made.id)
    clerk.visit(path(row))
    assert clerk.shows("6月1日（火）10時05分に初めて開かれました", "6月1日（火）10時05分に初めてダウンロードされました")


def test_longer(cast, clerk, row):
    made = issue(cast, row)
    with clock.at("2026-12-25T09:00:00"):
        clerk.log_in_staff("miura", "nagisa-no-machi-7")
        clerk.visit(path(row))
        assert clerk.shows("期限が過ぎました")
        clerk.page = clerk.page.click("期限を延ばす")
        assert clerk.shows("2026年12月24日（木）（過ぎています）")
        form = next(f for f in clerk.page.forms.values() if "until.year" in f.fields)
        assert (form["until.year"].value, form["until.month"].value, form["until.day"].value) == ("2027", "1", "24")
        assert clerk.press("期限を延ばす").status_int == 422
        clerk.fill(reason="入院のため。")
        clerk.press("期限を延ばす")
        assert clerk.page.request.path == path(row) and clerk.shows("2027年1月24日（日）", "入院のため。")
        assert not clerk.shows("期限が過ぎました")
    assert again(made).until.isoformat() == "2027-01-24"


def test_longer_than_a_date_far_ahead(cast, clerk, row):
    """R-6.6: what is filled in beforehand is not refused."""
    made = issue(cast, row, until=date(2027, 3, 31))
    clerk.visit(path(row, f"issued/{made.id}/extend"))
    clerk.fill(reason="入院のため。")
    clerk.press("期限を延ばす")
    assert clerk.page.request.path == path(row) and again(made).until == date(2027, 4, 30)


def test_nothing_stays_longer_after_a_result_taken_back(cast, browser, clerk, row):
    """R-7.3: the way there is not offered, taking back is."""
    made = issue(cast, row)
    press(browser(cast.administrator), row, "訂正する", reason="まちがえました。")
    clerk.visit(path(row))
    assert not clerk.page.html.find("a", href=f"{path(row)}/issued/{made.id}/extend")
    assert clerk.page.html.find("a", href=f"{path(row)}/issued/{made.id}/withdraw")


@pytest.mark.parametrize(("verdict", "told"), [(none("down"), True), (BUSY, False)], ids=["no verdict", "busy"])
def test_what_was_not_handed_over(browser, cast, clerk, row, monkeypatch, verdict, told):
    """R-7.8, R-4.5: recorded as the document it is, under the division that looked; only a fault is a fault."""
    made = issue(cast, row)
    monkeypatch.setattr(antivirus, "scan", lambda stream: verdict)
    out = clerk.get(path(row, f"issued/{made.id}"))
    assert out.status_int == 422 and ("ただいま混み合って" in out.text) is not told
    detail = {"document": made.id, "virus": "", "reason": verdict.reason}
    assert recorded(row, "file_withheld") == [("file_withheld", detail)]
    browser(cast.administrator).get(path(row, f"issued/{made.id}"))
    entries = AuditEntry.select().where(AuditEntry.act == "file_withheld").order_by(AuditEntry.id)
    through = access.looking_division(as_staff(cast.clerk), row)
    assert through and [entry.division_id for entry in entries] == [through, None]
    assert Job.select().where(Job.last_error != "").exists() is told


def test_withdrawn(cast, clerk, row):
    """R-6.6: a wrongly issued one; the first button of the page leads back."""
    made = issue(cast, row)
    with models.transaction():
        IssuedDocument.change({"first_downloaded_at": clock.now()}, "id = {}", made.id)
    clerk.visit(path(row))
    clerk.page = clerk.page.click("取り消す", index=0)
    assert clerk.page.html.h1.text == "交付物を取り消す" and clerk.shows("すでにダウンロードしています")
    assert clerk.press("交付物を取り消す").status_int == 422
    clerk.fill(reason="別の方の書類でした。")
    clerk.press("交付物を取り消す")
    assert clerk.shows("取り消しました", "別の方の書類でした。")
    assert not clerk.page.html.find("a", href=f"{path(row)}/issued/{made.id}/extend")
    assert clerk.get(path(row, f"issued/{made.id}")).body == PDF, "staff keep it"
    assert clerk.get(path(row, f"issued/{made.id}/withdraw")).status_int == 302


def test_a_result_taken_back(browser, cast, row):
    """R-7.3."""
    issue(cast, row)
    chief = browser(cast.administrator)
    press(chief, row, "訂正する", reason="まちがえました。")
    assert chief.shows("先に登録した交付物を、申請した方がまだダウンロードできます。")
    assert chief.page.html.find(id="acts").find("input", value="交付物を登録する") is None


def test_the_record_on_paper(browser, cast, clerk, row):
    """R-6.6, R-7.8."""
    assert clerk.get(path(row, "issued")).status_int == 404
    made = issue(cast, row)
    clerk.visit(path(row, "issued"))
    assert clerk.page.html.h1.text == "交付の記録"
    assert clerk.shows("道路占用許可書", "開かれていません", "三浦 直樹", made.sha256[:8], "申請のときの同意")
    assert ("document_record_viewed", {}) in acts(row)


@pytest.mark.parametrize("who", ["other_clerk", "foreign_clerk", "system"])
def test_not_there_for_others(browser, cast, row, who):
    """R-7.1: another division, another town, a system administrator."""
    made, other = issue(cast, row), browser(getattr(cast, who))
    for rest in ("issue", "issued", f"issued/{made.id}", f"issued/{made.id}/extend", f"issued/{made.id}/withdraw"):
        assert other.get(path(row, rest)).status_int == 404, rest
    assert other.get(path(row, "files.zip")).status_int == 404
    assert not recorded(row, "application_viewed", "issued_document_opened", "file_downloaded")


def test_only_through_its_own_application(cast, clerk, row):
    made, other = issue(cast, row), granted(cast)
    for rest in (f"issued/{made.id}", f"issued/{made.id}/extend", f"issued/{made.id}/withdraw"):
        assert clerk.get(path(other, rest)).status_int == 404


def test_without_an_account_no_mail_is_promised(cast, clerk):
    """R-3.5."""
    row = put(sent_openly(open_dogs(cast)))
    clerk.visit(path(row, "issue"))
    assert clerk.shows("この申請をした方に、メールは届きません。", "照会コード") and not clerk.shows(
        "メールで知らせます"
    )


def test_all_files_in_one(cast, clerk, row):
    """R-7.1, R-4.3: a link with the number of files; an attachment with a plain name."""
    clerk.visit(path(row))
    assert not clerk.shows("すべての添付ファイルをまとめて受け取る")
    assert clerk.get(path(row, "files.zip")).status_int == 404
    written = write(cast.dogs, cast.keiko)
    attach(written)
    row = put(send(written, cast.keiko))
    issue(cast, row, confirmed=True)
    clerk.visit(path(row))
    assert clerk.shows("交付物も入れて2個")
    got = clerk.page.click("すべての添付ファイルをまとめて受け取る")
    assert got.content_type == "application/zip" and int(got.headers["Content-Length"]) == len(got.body)
    assert got.headers["Content-Disposition"].startswith('attachment; filename="')
    assert zipfile.ZipFile(io.BytesIO(got.body)).namelist() == ["注射済証.pdf", "交付物_占用許可書.pdf", "manifest.txt"]


def test_downloaded_means_by_the_applicant(cast, clerk, row):
    """Staff who open it are not the first look."""
    made = issue(cast, row)
    clerk.get(path(row, f"issued/{made.id}"))
    clerk.get(path(row, "files.zip"))
    assert again(made).first_viewed_at is again(made).first_downloaded_at is None
    issued_document.hand_out(fresh(row), Person(cast.keiko.id, ""), made.id)[1].close()
    assert again(made).first_downloaded_at is not None
    assert storage.missing() == 0


# ---------------------------------------------------------------- along with the decision


def decide(opened, row: Application, **typed) -> None:
    opened.visit(f"{path(row)}/approve")
    opened.fill(**typed)


def test_approving_and_issuing_in_one(browser, cast, clerk):
    """R-6.6: one press approves and issues; two mails, one event each, and the consent that was given."""
    row = put(applied(cast, permits(cast)), Status.IN_REVIEW)
    decide(clerk, row, remarks="手数料はいりません。", file=Upload("占用許可書.pdf", pdf()), title="道路占用許可書")
    clerk.press("承認する")
    assert clerk.shows("承認しました。交付物を登録しました。", "道路占用許可書")
    made = IssuedDocument.get()
    assert (fresh(row).status, made.application_id, made.consent) == (Status.APPROVED, row.id, "form")
    kinds = [mail.kind for mail in OutboxMail.select().where(OutboxMail.application == row).order_by(OutboxMail.id)]
    assert kinds[-2:] == ["approved", "issued"]


def test_approving_without_a_document(browser, cast, clerk):
    row = put(applied(cast, permits(cast)), Status.IN_REVIEW)
    decide(clerk, row, remarks="")
    clerk.press("承認する")
    assert fresh(row).status == Status.APPROVED and IssuedDocument.select().count() == 0


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"title": "道路占用許可書"}, "交付物を登録しないときは、交付物の名前を消してください。"),
        ({"file": Upload("占用許可書.pdf", pdf())}, "「占用許可書.pdf」は、まだ登録していません。"),
        ({"file": Upload("占用許可書.pdf", EXE), "title": "道路占用許可書"}, "占用許可書.pdf"),
    ],
)
def test_a_fault_in_the_document_leaves_the_decision_undone(browser, cast, clerk, typed, said):
    """Neither is done; what was typed stays."""
    row = put(applied(cast, permits(cast)), Status.IN_REVIEW)
    decide(clerk, row, remarks="窓口でお待ちします。", **typed)
    clerk.press("承認する", status=422)
    assert clerk.shows(said, "窓口でお待ちします。")
    assert fresh(row).status == Status.IN_REVIEW and IssuedDocument.select().count() == 0


def test_overtaken_on_the_page_of_the_decision(browser, cast, clerk):
    """Another clerk was first: no document is issued, and no file is left with a row."""
    row = put(applied(cast, permits(cast)), Status.IN_REVIEW)
    decide(clerk, row, remarks="", file=Upload("占用許可書.pdf", pdf()), title="道路占用許可書")
    put(row, Status.REJECTED)
    clerk.press("承認する", status=422)
    assert IssuedDocument.select().count() == 0


def test_no_document_where_it_was_declined_or_is_not_usual(browser, cast, clerk):
    declined = put(applied(cast, permits(cast), "no"), Status.IN_REVIEW)
    usual = put(sent(cast.dogs, cast.keiko), Status.IN_REVIEW)
    for row in (declined, usual):
        clerk.visit(f"{path(row)}/approve")
        assert not clerk.shows("いっしょに登録する交付物")


# ---------------------------------------------------------------- a virus found later


def test_a_virus_found_later_reaches_nobody(browser, cast, clerk, row, monkeypatch):
    """R-4.2 R-6.6: found when staff open it; the list says so, and the applicant does not get it any more."""
    made = issue(cast, row)
    with monkeypatch.context() as patch:
        patch.setattr(antivirus, "scan", lambda stream: found("Eicar-Test-Signature"))
        assert clerk.get(path(row, f"issued/{made.id}")).status_int == 422
    assert again(made).verdict == "ウイルスの疑い"
    clerk.visit(path(row))
    assert clerk.shows("ウイルスの疑い")
    keiko = browser(cast.keiko)
    keiko.visit(f"/applications/{row.id}/issued/{made.id}")
    assert keiko.shows("役場で調べているため、いまはお渡しできません")
    assert again(made).first_downloaded_at is None
    # A false alarm ends with the next look.
    clerk.get(path(row, f"issued/{made.id}"))
    assert again(made).verdict != "ウイルスの疑い"
    assert keiko.get(f"/applications/{row.id}/issued/{made.id}").status_int == 200


def test_all_files_but_one(browser, cast, clerk, row):
    """A page tells what is lacking and why before anything is handed out."""
    kept, lost = issue(cast, row), issue(cast, row, name="図面.pdf", title="図面")
    storage._path(lost.stored_as).write_bytes(b"changed")
    opened = clerk.visit(path(row, "files.zip"))
    assert clerk.shows("一部のファイルが入りません", "2個のうち、次の1個は", "図面.pdf", "壊れている")
    assert not recorded(row, "issued_document_opened")
    got = opened.click("残りの1個をまとめて受け取る")
    assert zipfile.ZipFile(io.BytesIO(got.body)).namelist() == ["交付物_占用許可書.pdf", "manifest.txt"]
    assert [detail["document"] for _, detail in recorded(row, "issued_document_opened")] == [kept.id]
