"""前回の申請を写す: what is taken over, what is asked again, and when it is refused."""

from __future__ import annotations

import json

import pytest
from asking_form import offered, question
from cast_acts import attach, person, send, sent, write

import clock
import models
from models import Application, Attachment, Procedure, Resident
from rules import Refusal
from rules.applications import draft, earlier
from rules.procedures import procedure
from rules.records.access import Missing


def revised(cast, change) -> None:
    document = json.loads(json.dumps(procedure.published(cast.dogs)[1]))
    change(document)
    procedure.load(cast.town, document)
    cast.dogs = Procedure.get_by_id(cast.dogs.id)


def test_the_answers_sent_last_are_the_beginning(cast):
    """R-3.7: files are asked for again."""
    written = write(cast.dogs, cast.keiko, dog_name="𠮷﨑号", color="茶")
    attach(written)
    done = send(written, cast.keiko)
    made = earlier.copy(done, person(cast.keiko))
    assert (made.status, made.number, made.procedure_id) == ("DRAFT", None, cast.dogs.id)
    assert (made.answers["dog_name"], made.answers["color"], made.answers["sex"]) == ("𠮷﨑号", "茶", "male")
    assert made.answers["dog_birth_date"] == {"era": "", "year": "2025", "month": "3", "day": "1"}
    assert Attachment.select().where(Attachment.application == made).count() == 0
    assert Application.get_by_id(done.id).answers == done.answers


def test_what_the_account_knows_goes_before_what_was_sent(cast):
    """R-3.7: who has moved since gets the new address, and the profile stays as it is."""
    done = sent(cast.dogs, cast.keiko)
    with models.transaction():
        Resident.update(address="朝凪町山手1番1号").where(Resident.id == cast.keiko.id).execute()
    made = earlier.copy(done, person(cast.keiko))
    assert made.answers["address"]["address"] == "朝凪町山手1番1号"
    assert Resident.get_by_id(cast.keiko.id).address == "朝凪町山手1番1号"


def test_only_what_is_still_asked_in_the_same_way(cast):
    """R-3.7: the published form; other type, gone question, gone choice are left out."""
    done = sent(cast.dogs, cast.keiko)

    def change(document):
        questions = {q["key"]: q for page in document["form"]["pages"] for q in page["questions"]}
        questions["breed"] |= {"type": "long_text", "limits": {}}
        questions["color"]["key"] = "coat"
        questions["sex"]["choices"] = [{"value": "f", "label": "めす"}, {"value": "m", "label": "おす"}]

    revised(cast, change)
    made = earlier.copy(done, person(cast.keiko))
    assert made.form_version_id == procedure.published(cast.dogs)[0] != done.form_version_id
    assert made.answers["dog_name"] == "ポチ"
    for key in ("breed", "color", "coat", "sex"):
        assert key not in made.answers, key


def test_a_consent_is_given_anew_and_a_day_that_is_over_chosen_anew(cast):
    def change(document):
        document["form"]["pages"][1]["questions"] += [
            {"key": "agreed", "type": "consent", "label": "同意します", "hint": "", "required": True},
            {"key": "visit_on", "type": "date", "label": "希望日", "hint": "", "required": True,
             "limits": {"future": True}},
        ]  # fmt: skip

    revised(cast, change)
    day = {"era": "R", "year": "8", "month": "12", "day": "1"}
    done = sent(cast.dogs, cast.keiko, agreed="yes", visit_on=day)
    assert "visit_on" in earlier.copy(done, person(cast.keiko)).answers
    with clock.at("2026-12-02T09:00:00"):
        made = earlier.copy(done, person(cast.keiko))
    assert "agreed" not in made.answers and "visit_on" not in made.answers


def test_refused_as_any_other_beginning(cast):
    """Not listed, not in its period, not for this person."""
    done = sent(cast.dogs, cast.keiko)
    closed = {"period_until": "2020-01-01"}
    for columns in ({"listed_as": None}, closed):
        before = {name: getattr(Procedure.get_by_id(cast.dogs.id), name) for name in columns}
        with models.transaction():
            Procedure.update(columns).where(Procedure.id == cast.dogs.id).execute()
        with pytest.raises(Refusal):
            earlier.copy(Application.get_by_id(done.id), person(cast.keiko))
        with models.transaction():
            Procedure.update(before).where(Procedure.id == cast.dogs.id).execute()
    revised(cast, lambda document: document.update(applicants=["business"]))
    with pytest.raises(Refusal, match="事業者"):
        earlier.copy(Application.get_by_id(done.id), person(cast.keiko))
    assert Application.select().count() == 1


def test_a_draft_has_nothing_to_copy(cast):
    with pytest.raises(Missing):
        earlier.copy(write(cast.dogs, cast.keiko), person(cast.keiko))


def test_offered_while_nothing_else_is_filled_in(cast):
    """R-3.7: on the first page of a draft that has just begun."""
    assert earlier.offered(draft.start(cast.dogs, person(cast.keiko)), "owner") is None
    done = sent(cast.dogs, cast.keiko)
    fresh = draft.start(cast.dogs, person(cast.keiko))
    assert earlier.offered(fresh, "owner") == done.id
    assert earlier.offered(fresh, "dog") is None
    assert earlier.offered(draft.start(cast.dogs, person(cast.ken)), "owner") is None
    assert earlier.offered(write(cast.dogs, cast.keiko), "owner") is None


def test_filling_in_leaves_what_was_typed(cast):
    """R-3.6"""
    sent(cast.dogs, cast.keiko)
    fresh = draft.start(cast.dogs, person(cast.keiko))
    page = draft.document(fresh)["form"]["pages"][0]
    draft.save_page(fresh, page, {"telephone": "0999-00-0009"})
    earlier.fill(fresh, page)
    answers = Application.get_by_id(fresh.id).answers
    assert (answers["telephone"], answers["dog_name"]) == ("0999-00-0009", "ポチ")
    with pytest.raises(Refusal, match="ほかのページに、もう入力した内容があります"):
        earlier.fill(Application.get_by_id(fresh.id), page)
    assert Application.get_by_id(fresh.id).answers == answers


def test_nothing_to_fill_in_with(cast):
    fresh = draft.start(cast.dogs, person(cast.keiko))
    with pytest.raises(Refusal, match="見つかりません"):
        earlier.fill(fresh, draft.document(fresh)["form"]["pages"][0])


def contact_further_on(document) -> None:
    """Questions on the second page that the account fills in."""
    document["form"]["pages"][1]["questions"] += [
        {
            "key": "at_day",
            "type": "telephone",
            "label": "昼の電話",
            "hint": "",
            "required": True,
            "profile": "telephone",
        },
        {"key": "post_to", "type": "address", "label": "送り先", "hint": "", "required": True, "profile": "address"},
    ]


def test_what_the_account_filled_in_is_not_typed(cast):
    """R-3.7: offered although a later page is filled in already; the answers sent last go before that."""
    revised(cast, contact_further_on)
    away = {"postal_code": "999-8101", "prefecture": "山形県", "address": "朝凪町山手9番9号"}
    done = sent(cast.dogs, cast.keiko, at_day="0999-00-8888", post_to=away)
    fresh = draft.start(cast.dogs, person(cast.keiko))
    first, second = draft.document(fresh)["form"]["pages"]
    assert fresh.answers["at_day"] and fresh.answers["at_day"] != "0999-00-8888"
    assert earlier.offered(fresh, first["key"]) == done.id
    assert earlier.other_than_account(fresh) == []
    earlier.fill(fresh, first)
    assert (fresh.answers["at_day"], fresh.answers["post_to"]) == ("0999-00-8888", away)
    assert earlier.other_than_account(fresh) == ["昼の電話", "送り先"]
    typed = draft.start(cast.dogs, person(cast.keiko))
    draft.save_page(typed, second, {"at_day": "0999-00-0009"})
    assert earlier.offered(typed, first["key"]) is None


def test_hyphens_make_no_other_number(cast):
    done = draft.start(cast.dogs, person(cast.keiko))
    first = draft.document(done)["form"]["pages"][0]
    plain = done.answers["telephone"].replace("-", "")
    for one in (plain, f"{plain[:4]}-{plain[4:6]}-{plain[6:]}"):
        draft.save_page(done, first, {"telephone": one})
        assert earlier.other_than_account(done) == []


@pytest.mark.parametrize("kind", ["money", "number", "date", "time", "telephone", "name", "text"])
def test_a_column_that_became_another_is_left_out(cast, kind):
    """R-3.6: the rest of the table is copied, and nothing fails."""

    def asking(of: str) -> dict:
        columns = [question("name", "text", "名"), question("pays", of, "払う額", required=False)]
        return {"pages": [{"key": "one", "title": "一", "intro": "", "questions": [
            question("people", "table", "家族", required=False, columns=columns)]}]}  # fmt: skip

    wanted = offered(cast.town, asking("text"))
    written = draft.start(wanted, person(cast.keiko))
    draft.save_page(written, asking("text")["pages"][0], {"people": [{"name": "健", "pays": "三万円くらい"}]})
    done = send(written, cast.keiko)
    offered(cast.town, asking(kind))
    (row,) = earlier.copy(Application.get_by_id(done.id), person(cast.keiko)).answers["people"]
    assert row["name"] == "健"
    assert (row["pays"] == "三万円くらい") == (kind == "text")
