"""交付物: consent, issuing, the last day, first looks, withdrawal; what two at once do to each other."""

from __future__ import annotations

import io
import json
from datetime import date, timedelta

import pytest
from cast_acts import as_staff, person, sent
from issued_acts import UNTIL, again, applied, fresh, granted, issue, permits, put, recorded
from peewee import IntegrityError

import clock
import demo
import models
from models import ApplicationEvent, IssuedDocument, OutboxMail, Procedure, Status
from rules import Refusal
from rules.applications import application, draft, earlier, issued_document, issued_list, mypage
from rules.files import storage
from rules.files.received import Accepted
from rules.procedures import electronic_delivery, procedure, procedure_file
from rules.records import numbering
from rules.records.access import Missing

KEY = "electronic_delivery"


def asked(wanted: Procedure) -> list[dict]:
    """The questions of the page that issues_documents adds."""
    page = procedure.published(Procedure.get_by_id(wanted.id))[1]["form"]["pages"][-1]
    return page["questions"] if page["key"] == KEY else []


def mails(kind: str) -> list[OutboxMail]:
    return list(OutboxMail.select().where(OutboxMail.kind == kind))


# ---------------------------------------------------------------- the consent


def test_the_consent_is_asked_where_the_procedure_issues_documents(cast):
    """R-6.6: on the last page, as part of the published version; nobody is taken to have agreed."""
    (question,) = asked(permits(cast))
    assert (question["key"], question["required"]) == (KEY, True)
    written = draft.start(permits(cast), person(cast.keiko))
    assert KEY not in written.answers
    assert not asked(cast.dogs)


def test_the_published_version_can_be_loaded_again(cast):
    """R-7.5: what is exported asks already, and is the same version."""
    wanted = permits(cast)
    published = procedure.published(Procedure.get_by_id(wanted.id))[1]
    document = electronic_delivery.as_written(published)
    assert not procedure_file.faults(published) and not procedure_file.faults(document)
    assert procedure.load(cast.town, document).published == procedure.load(cast.town, document).published == 1
    assert permits(cast).published == 1


def _changed(**changes) -> dict:
    path = demo.STARTER / "procedures" / "road-occupation.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    return {**document, **changes}


def _with(question: dict | None, page_key: str = "more", **changes) -> dict:
    other = {"key": "other", "type": "text", "label": "ほか", "hint": "", "required": False}
    page = {"key": page_key, "title": "ほか", "intro": "", "questions": [question or other]}
    document = _changed(**changes)
    return {**document, "form": {"pages": [*document["form"]["pages"], page]}}


OWN = {
    "key": KEY,
    "type": "choice",
    "label": "許可書の受け取り方",
    "hint": "",
    "required": True,
    "choices": [{"value": "no", "label": "窓口"}, {"value": "yes", "label": "ダウンロード"}],
}


def test_a_form_may_ask_in_its_own_words(cast):
    wanted = procedure.load(cast.town, _with(OWN))
    document = procedure.published(Procedure.get_by_id(wanted.id))[1]
    found = [q["label"] for page in document["form"]["pages"] for q in page["questions"] if q["key"] == KEY]
    assert found == ["許可書の受け取り方"]


@pytest.mark.parametrize(
    ("document", "word"),
    [
        (_with({**OWN, "required": False}), "必ず答える"),
        (_with({**OWN, "choices": OWN["choices"][:1]}), "必ず答える"),
        (_with({**OWN, "type": "consent", "choices": None}), "choices"),
        (_with(OWN, issues_documents=False), "true の手続きだけ"),
        (_with(None, page_key=KEY), "ページの名札"),
        (_changed(issues_documents="yes"), "issues_documents（交付物のダウンロード）：値の種類"),
        (_changed(channel="counter", form=None), "インターネットで申請する"),
    ],
)
def test_a_wrong_consent_is_not_loaded(document, word):
    assert any(word in fault for fault in procedure_file.faults(document)), procedure_file.faults(document)


def test_a_consent_is_not_copied(cast):
    """R-3.7: it is given for one application."""
    row = applied(cast, permits(cast))
    assert KEY not in earlier.copy(row, person(cast.keiko)).answers


# ---------------------------------------------------------------- issuing


def test_issued_is_a_row_an_event_an_entry_and_a_mail(cast):
    """R-6.6, R-7.8: the mail says that one is there and until when, and carries neither the file nor its name."""
    row = granted(cast)
    made = again(issue(cast, row))
    assert (made.title, made.until, made.consent, made.verdict) == ("道路占用許可書", UNTIL, "form", "問題なし")
    assert made.actor.endswith("三浦 直樹") and made.issued_at == clock.now()
    event = ApplicationEvent.get(ApplicationEvent.name == "document_issued")
    assert "道路占用許可書（期限：2026年12月24日（木））" in event.text and event.status_after == Status.APPROVED
    assert recorded(row, "document_issued") == [("document_issued", {"document": made.id, "consent": "form"})]
    (mail,) = mails("issued")
    assert mail.to_address == cast.keiko.email
    assert "道路占用許可書" in mail.body and "12月24日（木）" in mail.body and "付いていません" in mail.body
    assert "占用許可書.pdf" not in mail.body and "現地でお持ち" not in mail.body


def test_what_was_decided_is_still_shown(cast):
    """R-6.4: a document issued after the decision hides it from nobody."""
    row, clerk = applied(cast, permits(cast)), as_staff(cast.clerk)
    application.start_review(row, clerk, row.revision)
    application.approve(row, clerk, row.revision, remarks="どうぞ。")
    made = issue(cast, row)
    issued_document.withdraw(fresh(row), clerk, fresh(row).revision, made.id, reason="まちがい")
    assert [(one.word, one.text) for one in mypage.decisions(fresh(row))] == [("承認", "どうぞ。")]


@pytest.mark.parametrize("status", [s for s in Status if s not in (Status.APPROVED, Status.COMPLETED)])
def test_not_before_the_decision(cast, status):
    with pytest.raises(Refusal, match="承認か完了"):
        issue(cast, put(applied(cast, permits(cast)), status))
    assert not IssuedDocument.select().exists()


def test_several_after_completion(cast):
    row = put(granted(cast), Status.COMPLETED)
    issue(cast, row)
    issue(cast, row, title="図面", name="図面.pdf")
    assert [entry.title for entry in issued_list.for_resident(fresh(row))] == ["道路占用許可書", "図面"]


def test_never_without_the_consent(cast):
    """R-6.6: who declined gets it another way."""
    row = granted(cast, "no")
    with pytest.raises(Refusal, match="同意していません"):
        issue(cast, row, confirmed=True)
    desk = issued_list.desk(row)
    assert desk.declined and not desk.can_issue and not desk.waiting
    assert not issued_list.expected(row)


def test_where_it_was_not_asked_staff_ask(cast):
    """R-6.6: the consent told to staff stands in the row."""
    row = put(sent(cast.dogs, cast.keiko))
    with pytest.raises(Refusal) as refused:
        issue(cast, row)
    assert "q-confirmed" in refused.value.fields
    assert again(issue(cast, row, confirmed=True)).consent == "staff"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "　 "}, "q-title"),
        ({"until": date(2026, 11, 23)}, "q-until"),
        ({"until": date(2032, 1, 1)}, "q-until"),
    ],
)
def test_what_cannot_be_issued(cast, changes, field):
    with pytest.raises(Refusal) as refused:
        issue(cast, granted(cast), **changes)
    assert field in refused.value.fields


def test_two_clerks(cast):
    """R-7.3: the second is told who was first; no second row, no second mail."""
    row = granted(cast)
    seen_by_both = row.revision
    issue(cast, row)
    wanted = issued_document.Wanted("図面", UNTIL)
    with pytest.raises(Refusal, match="三浦 直樹が、先に"):
        issued_document.issue(fresh(row), as_staff(cast.administrator), seen_by_both, wanted, *_file())
    with pytest.raises(Refusal, match="すでに済んでいます"):
        issued_document.issue(fresh(row), as_staff(cast.clerk), seen_by_both, wanted, *_file())
    assert IssuedDocument.select().count() == len(mails("issued")) == 1


def _file():
    return Accepted("図面.pdf", "application/pdf", "問題なし"), io.BytesIO(b"x")


def test_the_disk_is_full(cast, monkeypatch):
    row = granted(cast)
    monkeypatch.setattr(storage, "store", lambda stream: (_ for _ in ()).throw(OSError(28, "full")))
    with pytest.raises(Refusal) as refused:
        issue(cast, row)
    assert "q-file" in refused.value.fields and not IssuedDocument.select().exists()


def test_the_database_holds_the_rules(cast):
    """House rule 12."""
    made = issue(cast, granted(cast))
    for values in ({"consent": "perhaps"}, {"withdrawn_at": clock.now()}, {"withdrawn_by": cast.clerk.id}):
        with pytest.raises(IntegrityError), models.transaction():
            IssuedDocument.change(values, "id = {}", made.id)


def test_the_file_is_proved_and_never_swept(cast, town_db):
    made = issue(cast, granted(cast))
    later = clock.now() + timedelta(days=400)
    assert storage.sweep(later) == 0
    named = f"issued_document {made.id} ({numbering.grouped(made.application.number)} 占用許可書.pdf)"
    assert (named, "") in list(storage.proved())
    path = town_db.stored_files / made.stored_as[:2] / made.stored_as
    path.write_bytes(b"something else")
    assert dict(storage.proved())[named]
    with pytest.raises(storage.Damaged):
        issued_document.hand_out(made.application, person(cast.keiko), made.id)
    assert again(made).first_downloaded_at is None


# ---------------------------------------------------------------- the applicant


def take(cast, made: IssuedDocument) -> bool:
    found = issued_document.hand_out(fresh(made.application), person(cast.keiko), made.id)
    if found:
        found[1].close()
    return found is not None


def test_until_the_end_of_the_last_day(cast):
    """R-6.6: the town's calendar decides, to the second."""
    made = issue(cast, granted(cast))
    with clock.at("2026-12-24T23:59:59"):
        assert take(cast, made)
        assert issued_list.for_resident(made.application)[0].state == "open"
    with clock.at("2026-12-25T00:00:00"):
        assert not take(cast, made)
        assert issued_list.for_resident(made.application)[0].state == "expired"
    assert again(made).first_downloaded_at.isoformat() == "2026-12-24T23:59:59+09:00"


def test_the_first_look_is_noted_once(cast):
    """R-6.6."""
    row, keiko = granted(cast), person(cast.keiko)
    assert issued_document.unseen(row) == 0
    one = issue(cast, row)
    with clock.at("2026-11-25T09:00:00") as first:
        assert issued_document.unseen(row) == one.id
        two = issue(cast, row, title="図面")  # while the page was drawn
        issued_document.seen(row, keiko, one.id)
    with clock.at("2026-11-26T09:00:00"):
        issued_document.seen(row, keiko, one.id)
        assert issued_document.unseen(row) == two.id
        issued_document.seen(row, keiko, two.id)
    assert issued_document.unseen(row) == 0
    assert again(one).first_viewed_at == first and again(one).first_downloaded_at is None
    looks = [detail["documents"] for _, detail in recorded(row, "issued_document_viewed")]
    assert looks == [[one.id], [two.id]]


def test_what_cannot_be_downloaded_was_not_seen(cast):
    row = granted(cast)
    gone, late = issue(cast, row), issue(cast, row, title="図面")
    issued_document.withdraw(fresh(row), as_staff(cast.clerk), fresh(row).revision, gone.id, reason="まちがい")
    with clock.at("2026-12-25T00:00:00"):
        assert issued_document.unseen(row) == 0
        issued_document.seen(row, person(cast.keiko), late.id)
    assert again(gone).first_viewed_at is again(late).first_viewed_at is None


def test_every_download_is_recorded_and_the_first_kept(cast):
    """R-6.6: whoever downloads has seen it."""
    row = granted(cast)
    made = issue(cast, row)
    with clock.at("2026-11-25T09:00:00") as first:
        assert take(cast, made)
    with clock.at("2026-11-26T09:00:00"):
        assert take(cast, made)
    assert again(made).first_viewed_at == again(made).first_downloaded_at == first
    assert recorded(row, "issued_document_downloaded") == [("issued_document_downloaded", {"document": made.id})] * 2


def test_only_of_this_application(cast):
    one, other = granted(cast), granted(cast)
    made = issue(cast, one)
    with pytest.raises(Missing):
        issued_document.hand_out(other, person(cast.keiko), made.id)


# ---------------------------------------------------------------- taken back, and longer


def test_withdrawn_at_once_and_for_good(cast, town_db):
    """R-6.6: row and file stay, a mail says why."""
    row, clerk = granted(cast), as_staff(cast.clerk)
    made = issue(cast, row)
    issued_document.withdraw(fresh(row), clerk, fresh(row).revision, made.id, reason="別の方の書類でした。")
    assert not take(cast, made)
    gone = again(made)
    assert gone.withdrawn_by_id == clerk.id and gone.withdrawn_reason == "別の方の書類でした。"
    assert recorded(row, "document_withdrawn") == [("document_withdrawn", {"document": made.id})]
    assert (town_db.stored_files / gone.stored_as[:2] / gone.stored_as).exists()
    (mail,) = mails("issued_withdrawn")
    assert "別の方の書類でした。" in mail.body and "道路占用許可書" in mail.body
    with pytest.raises(Refusal, match="すでに取り消"):
        issued_document.withdraw(fresh(row), clerk, fresh(row).revision, made.id, reason="x")
    with pytest.raises(Refusal, match="取り消されています"):
        issued_document.extend(fresh(row), clerk, fresh(row).revision, made.id, until=date(2027, 1, 31), reason="x")
    assert again(made).withdrawn_reason == "別の方の書類でした。" and len(mails("issued_withdrawn")) == 1


def test_withdrawn_while_it_is_being_downloaded(cast, monkeypatch):
    """R-6.6: between the look-up and the first byte."""
    row, clerk = granted(cast), as_staff(cast.clerk)
    made, opened = issue(cast, row), []
    really = storage.open_stored

    def slowly(stored):
        issued_document.withdraw(fresh(row), clerk, fresh(row).revision, made.id, reason="まちがい")
        opened.append(really(stored))
        return opened[0]

    monkeypatch.setattr(storage, "open_stored", slowly)
    assert not take(cast, made)
    assert opened[0].closed and again(made).first_downloaded_at is None
    assert not recorded(row, "issued_document_downloaded")


@pytest.mark.parametrize("act", ["withdraw", "extend"])
def test_a_reason_and_the_revision_are_needed(cast, act):
    row, clerk = granted(cast), as_staff(cast.clerk)
    made = issue(cast, row)
    more = {"until": date(2027, 1, 31)} if act == "extend" else {}
    do = getattr(issued_document, act)
    with pytest.raises(Refusal) as refused:
        do(fresh(row), clerk, fresh(row).revision, made.id, reason=" ", **more)
    assert "q-reason" in refused.value.fields
    with pytest.raises(Refusal, match="すでに済んで"):
        do(fresh(row), clerk, fresh(row).revision - 1, made.id, reason="x", **more)
    assert again(made).until == UNTIL and again(made).withdrawn_at is None


def test_longer_even_when_it_was_over(cast):
    """R-6.6: a reason, an event, an entry, a mail with the new date and its year."""
    row, clerk = granted(cast), as_staff(cast.clerk)
    made = issue(cast, row)
    with clock.at("2026-12-28T10:00:00"):
        issued_document.extend(
            fresh(row), clerk, fresh(row).revision, made.id, until=date(2027, 1, 15), reason="入院のため。"
        )
        assert take(cast, made)
    (mail,) = mails("issued_extended")
    assert "期限を延ばした" in mail.subject and len(mails("issued")) == 1
    assert "2027年1月15日（金）" in mail.body and "入院" not in mail.body
    event = ApplicationEvent.get(ApplicationEvent.name == "document_extended")
    assert "2027年1月15日（金）" in event.text and "入院のため。" in event.text
    assert recorded(row, "document_extended") == [("document_extended", {"document": made.id})]


@pytest.mark.parametrize("until", [date(2026, 12, 24), date(2026, 12, 1), date(2033, 1, 1)])
def test_never_shorter(cast, until):
    row = granted(cast)
    made = issue(cast, row)
    with pytest.raises(Refusal) as refused:
        issued_document.extend(fresh(row), as_staff(cast.clerk), fresh(row).revision, made.id, until=until, reason="x")
    assert "q-until" in refused.value.fields


def test_a_result_taken_back_is_pointed_at(cast):
    """R-7.3: what was issued on it can still be downloaded, and staff are told."""
    row, chief = granted(cast), as_staff(cast.administrator)
    issue(cast, row)
    assert not issued_list.desk(fresh(row)).doubtful
    application.reopen(fresh(row), chief, fresh(row).revision, reason="まちがえました。")
    desk = issued_list.desk(fresh(row))
    assert desk.doubtful and not desk.can_issue


def test_a_result_taken_back_lets_nothing_stay_longer(cast):
    """R-6.6: no mail tells of a new date then; taking the document back is still possible."""
    row, clerk = granted(cast), as_staff(cast.clerk)
    made = issue(cast, row)
    application.reopen(fresh(row), as_staff(cast.administrator), fresh(row).revision, reason="まちがえました。")
    now = fresh(row)
    with pytest.raises(Refusal, match="いまは、期限を延ばせません"):
        issued_document.extend(now, clerk, now.revision, made.id, until=date(2027, 1, 31), reason="x")
    assert again(made).until == UNTIL and not mails("issued_extended")
    issued_document.withdraw(now, clerk, now.revision, made.id, reason="まちがい")
    assert again(made).withdrawn_at
