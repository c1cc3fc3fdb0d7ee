"""Sending: one number, one record, never twice, never other than shown."""

from __future__ import annotations

import copy
import json
from hashlib import sha256

import pytest
from asking_form import choices, offered, question
from cast_acts import DOG_ANSWERS, as_staff, attach, person, send, sent, write
from visitor_acts import STRANGER, give_back, open_dogs, send_openly, write_openly

import clock
from models import Application, ApplicationEvent, Attachment, OutboxMail, Status, Submission
from rules import Refusal
from rules.applications import application, draft, inquiry, submission
from rules.files import storage
from rules.forms import form
from rules.procedures import procedure
from rules.records import numbering
from rules.records.access import Missing


def test_a_sending_gives_number_record_event_and_mails(cast):
    """R-3.1 R-3.4 R-3.12 R-7.12"""
    done = sent(cast.dogs, cast.keiko)
    assert done.status == Status.SUBMITTED
    assert numbering.valid(done.number)
    record = submission.latest(done)
    assert (record.turn, record.by_id) == (1, cast.keiko.id)
    assert submission.values_of(record)["dog_name"] == "ポチ"
    assert [event.name for event in done.events] == ["submitted"]
    assert sorted(mail.kind for mail in OutboxMail.select()) == ["division_arrival", "received"]
    assert done.due_on.isoformat() == "2026-12-01"


def test_the_digest_is_of_what_is_kept(cast):
    """R-3.12: anyone can compute it again from the record."""
    written = write(cast.dogs, cast.keiko)
    attach(written)
    record = submission.latest(send(written, cast.keiko))
    head = {"form_version": record.form_version_id, "turn": record.turn, "files": record.files}
    assert record.sha256 == sha256(form.canonical(head) + bytes(record.answers)).hexdigest()
    assert json.loads(bytes(record.answers)) == submission.values_of(record)


def test_a_second_press_sends_nothing_more(cast):
    """R-3.1: double click."""
    written = write(cast.dogs, cast.keiko)
    digest = submission.sheet(written).sha256
    first = submission.submit(person(cast.keiko), written.id, digest)
    again = submission.submit(person(cast.keiko), written.id, digest)
    assert first.number == again.number
    assert Submission.select().count() == 1
    assert ApplicationEvent.select().count() == 1


def test_what_changed_after_the_confirm_page_is_not_sent(cast):
    """R-3.1: the digest of what was shown."""
    written = write(cast.dogs, cast.keiko)
    digest = submission.sheet(written).sha256
    page = draft.document(written)["form"]["pages"][1]
    draft.save_page(written, page, {"dog_name": "ハチ"})
    with pytest.raises(submission.Changed):
        submission.submit(person(cast.keiko), written.id, digest)
    assert Application.get_by_id(written.id).number is None


def test_an_incomplete_draft_is_not_sent(cast):
    written = write(cast.dogs, cast.keiko, dog_name="")
    with pytest.raises(submission.Changed):
        send(written, cast.keiko)


def test_nobody_sends_for_somebody_else(cast):
    written = write(cast.dogs, cast.keiko)
    with pytest.raises(Missing):
        submission.submit(person(cast.ken), written.id, submission.sheet(written).sha256)


def test_a_draft_follows_the_published_form_and_a_correction_keeps_its_own(cast):
    written = write(cast.dogs, cast.keiko)
    document = json.loads(json.dumps(procedure.published(cast.dogs)[1]))
    document["form"]["pages"][1]["questions"].append(
        {"key": "nickname", "type": "text", "label": "愛称", "hint": "", "required": True}
    )
    procedure.load(cast.town, document)
    assert draft.editable(person(cast.keiko), written.id).form_version_id != written.form_version_id
    with pytest.raises(submission.Changed):
        send(written, cast.keiko)
    draft.save_page(written, document["form"]["pages"][1], {"nickname": "ポー"})
    done = send(written, cast.keiko)
    pinned = done.form_version_id
    application.return_for_correction(
        done, as_staff(cast.clerk), done.revision, reason="確認", remarks={}, until=clock.today()
    )
    document["form"]["pages"][1]["questions"].pop()
    procedure.load(cast.town, document)
    assert draft.editable(person(cast.keiko), done.id).form_version_id == pinned


def test_a_correction_keeps_number_and_arrival_and_both_versions(cast):
    """R-6.2"""
    with clock.at("2026-11-24T10:00:00"):
        done = sent(cast.dogs, cast.keiko)
        number, arrived = done.number, done.submitted_at
    with clock.at("2026-11-25T10:00:00"):
        application.start_review(done, as_staff(cast.clerk), done.revision)
        application.return_for_correction(
            done, as_staff(cast.clerk), done.revision, reason="犬の名前", remarks={}, until=clock.today()
        )
    with clock.at("2026-12-20T10:00:00"):  # long after the date: taken as long as staff have not moved it
        page = draft.document(done)["form"]["pages"][1]
        draft.save_page(done, page, {"dog_name": "ハチ"})
        again = send(done, cast.keiko)
    assert (again.number, again.submitted_at, again.status) == (number, arrived, Status.IN_REVIEW)
    assert [submission.values_of(turn)["dog_name"] for turn in submission.turns(again)] == ["ポチ", "ハチ"]
    assert again.corrections.get().resolved_at is not None


def test_a_correction_in_progress_is_invisible_in_the_record(cast):
    """R-3.12"""
    done = sent(cast.dogs, cast.keiko)
    application.return_for_correction(
        done, as_staff(cast.clerk), done.revision, reason="確認", remarks={}, until=clock.today()
    )
    draft.save_page(done, draft.document(done)["form"]["pages"][1], {"dog_name": "ハチ"})
    assert submission.values_of(submission.latest(done))["dog_name"] == "ポチ"


def test_a_day_that_passes_changes_no_answer(cast):
    """R-6.2: what was not touched since it was sent is not called unsent, whatever the calendar says by now."""
    document = copy.deepcopy(procedure.published(cast.dogs)[1])
    next(q for q in document["form"]["pages"][1]["questions"] if q["key"] == "acquired_on")["limits"] = {"future": True}
    dogs = procedure.load(cast.town, document)
    row = give_back(sent(dogs, cast.keiko, acquired_on={"era": "R", "year": "8", "month": "11", "day": "30"}), cast)
    page = draft.document(row)["form"]["pages"][1]
    draft.save_page(row, page, {"dog_name": "ハチ"})
    row = give_back(send(row, cast.keiko), cast)
    with clock.at("2026-12-20T10:00:00"):
        assert not submission.unsent_changes(row)
        draft.save_page(row, page, {"acquired_on": {"era": "R", "year": "9", "month": "1", "day": "8"}})
        assert submission.unsent_changes(row)
        draft.save_page(row, page, {"acquired_on": {"era": "R", "year": "8", "month": "11", "day": "1"}})
        assert submission.unsent_changes(row)


def test_an_old_confirm_page_cannot_answer_a_return(cast):
    """The first confirm page is pressed again after the return: nothing happens."""
    written = write(cast.dogs, cast.keiko)
    digest = submission.sheet(written).sha256
    done = submission.submit(person(cast.keiko), written.id, digest)
    application.return_for_correction(
        done,
        as_staff(cast.clerk),
        Application.get_by_id(done.id).revision,
        reason="確認",
        remarks={},
        until=clock.today(),
    )
    with pytest.raises(submission.Changed):
        submission.submit(person(cast.keiko), written.id, digest)


def test_one_per_person_holds_against_a_race(cast):
    """R-3.8: the second of two drafts is refused by the database itself."""
    document = json.loads(json.dumps(procedure.published(cast.dogs)[1]))
    document["once"] = True
    procedure.load(cast.town, document)
    first, second = write(cast.dogs, cast.keiko), write(cast.dogs, cast.keiko)
    send(first, cast.keiko)
    with pytest.raises(Refusal):
        send(second, cast.keiko)
    assert Application.get_by_id(second.id).status == Status.DRAFT
    done = Application.get_by_id(first.id)
    application.withdraw_on_request(done, as_staff(cast.clerk), done.revision, reason="電話で申し出", asked="本人")
    send(second, cast.keiko)


def test_one_per_person_counts_what_was_sent_before_it_was_so(cast):
    """R-3.8: sent while several were allowed."""
    sent(cast.dogs, cast.keiko)
    second = write(cast.dogs, cast.keiko)
    procedure.load(cast.town, dict(procedure.published(cast.dogs)[1], once=True))
    with pytest.raises(Refusal, match="1人1件"):
        send(second, cast.keiko)


def test_what_the_procedure_has_become_holds_for_a_draft(cast):
    """R-2.2 R-3.5: as for anybody who begins now."""
    written, wanted = write(cast.dogs, cast.keiko), open_dogs(cast)
    openly = write_openly(wanted)
    limits = {"town_only": True, "age_from": None, "age_to": 18, "sex": ""}
    procedure.load(cast.town, dict(procedure.published(cast.dogs)[1], eligibility=limits))
    procedure.load(cast.town, dict(procedure.published(wanted)[1], login="required"))
    with pytest.raises(Refusal, match="18歳まで"):
        send(written, cast.keiko)
    with pytest.raises(Refusal, match="ログインが必要になりました"):
        send_openly(openly)
    assert not Application.select().where(Application.number.is_null(False)).exists()


def test_a_login_in_another_tab_while_it_is_sent(cast, monkeypatch):
    """R-3.1 R-3.5: it is sent by one of the two, whole."""
    openly = write_openly(open_dogs(cast))
    allowed = submission._may_send

    def meanwhile(written) -> None:
        allowed(written)
        assert draft.adopt(STRANGER.visitor, cast.ken.id, key=openly.id) == [openly.id]

    monkeypatch.setattr(submission, "_may_send", meanwhile)
    with pytest.raises((submission.Changed, Missing)):
        send_openly(openly)
    row = Application.get_by_id(openly.id)
    assert (row.status, row.resident_id, row.number) == (Status.DRAFT, cast.ken.id, None)
    monkeypatch.undo()
    done = send(row, cast.ken)
    assert done.applicant_name == cast.ken.name
    assert draft.adopt(STRANGER.visitor, cast.keiko.id, key=done.id) == []


def test_a_file_taken_off_is_not_in_the_record(cast):
    written = write(cast.dogs, cast.keiko)
    attach(written)
    draft.remove_file(written, draft.files(written)["certificate"][0]["id"])
    record = submission.latest(send(written, cast.keiko))
    assert record.files == []


def test_names_are_kept_exactly_as_typed(cast):
    """R-3.10: compatibility ideographs, surrogate pairs and variation selectors survive; macOS kana are joined."""
    typed = {"family": "𠮷﨑\U000e0100", "given": "神塚", "family_kana": "ヨシサ\u3099キ", "given_kana": "カミツカ"}
    record = submission.latest(sent(cast.dogs, cast.keiko, name=typed))
    kept = submission.values_of(record)["name"]
    assert (kept["family"], kept["given"]) == (typed["family"], typed["given"])
    assert kept["family_kana"] == "ヨシザキ"


def test_dog_answers_are_complete(cast):
    written = write(cast.dogs, cast.keiko)
    assert submission.sheet(written).errors == {}
    assert set(DOG_ANSWERS) <= set(written.answers)


def test_two_halves_of_a_double_click_end_alike(cast, monkeypatch):
    """R-3.1: both saw a draft; the second finds it sent by the first."""
    written = write(cast.dogs, cast.keiko)
    digest = submission.sheet(written).sha256
    slow = submission._may_send

    def first_is_faster(*args):
        monkeypatch.setattr(submission, "_may_send", slow)
        submission.submit(person(cast.keiko), written.id, digest)
        slow(*args)

    monkeypatch.setattr(submission, "_may_send", first_is_faster)
    second = submission.submit(person(cast.keiko), written.id, digest)
    assert second.number == Application.get().number
    assert Submission.select().count() == 1


# ---------------------------------------------------------------- nothing else is sent, nothing else is kept


def _by_mail(**more) -> dict:
    way = question("way", "choice", "受け取り方", choices=choices(mail="郵送", desk="窓口"))
    only = {"show_if": {"question": "way", "is": "mail"}, **more}
    asked = [
        way,
        question("account", "text", "口座", **only),
        question("paper", "file", "通帳の写し", limits={"count": 1, "extensions": ["pdf"]}, **only),
    ]
    return {"pages": [{"key": "one", "title": "一", "intro": "", "questions": asked}]}


def test_what_is_hidden_is_not_kept_after_sending(cast):
    """R-12.1: neither the answer nor the file of a question that is not asked any more."""
    written = draft.start(offered(cast.town, _by_mail()), person(cast.keiko))
    page = draft.document(written)["form"]["pages"][0]
    draft.save_page(written, page, {"way": "mail", "account": "1234567"})
    attach(written, "paper")
    draft.save_page(written, page, {"way": "desk"})
    assert Application.get_by_id(written.id).answers["account"] == "1234567"  # changing back loses nothing
    done = send(written, cast.keiko)
    assert Application.get_by_id(done.id).answers == {"way": "desk"}
    kept = Attachment.get()
    assert (kept.sent, kept.removed_at is not None) == (False, True)
    with clock.at("2027-03-01T09:00:00"):
        assert storage.remove_marked(clock.now()) == 1


def test_a_file_a_correction_hides_stays_with_the_sending_before(cast):
    """R-3.12 R-6.2"""
    written = draft.start(offered(cast.town, _by_mail()), person(cast.keiko))
    page = draft.document(written)["form"]["pages"][0]
    draft.save_page(written, page, {"way": "mail", "account": "1234567"})
    attach(written, "paper")
    row = give_back(send(written, cast.keiko), cast)
    draft.save_page(row, page, {"way": "desk"})
    done = send(row, cast.keiko)
    first, last = submission.turns(done)
    assert [len(first.files), len(last.files)] == [1, 0]
    assert draft.files(done) == {}
    with clock.at("2027-03-01T09:00:00"):
        assert storage.remove_marked(clock.now()) == 0
    assert inquiry.sent_file(done, first.files[0]["id"]).name == "注射済証.pdf"


def test_a_file_whose_question_became_a_text_is_not_sent(cast):
    """R-3.1: only what the confirm page shows."""
    paper = question("paper", "file", "通帳の写し", required=False, limits={"count": 1, "extensions": ["pdf"]})
    asking = {"pages": [{"key": "one", "title": "一", "intro": "", "questions": [paper]}]}
    written = draft.start(offered(cast.town, asking), person(cast.keiko))
    attach(written, "paper")
    asking["pages"][0]["questions"] = [question("paper", "text", "通帳の番号")]
    offered(cast.town, asking)
    written = draft.editable(person(cast.keiko), written.id)
    draft.save_page(written, asking["pages"][0], {"paper": "1234567"})
    done = send(written, cast.keiko)
    assert submission.latest(done).files == []
    assert draft.files(done) == {}
