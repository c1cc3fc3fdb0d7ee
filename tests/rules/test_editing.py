"""The draft of a procedure: whose it is, how it changes, and what two clerks at one draft are told."""

from __future__ import annotations

import json

import pytest
from cast_acts import as_staff

import clock
import demo
import models
from models import AuditEntry, Division, Procedure, StaffDivision
from rules import Refusal
from rules.procedures import edit_acts, edit_list, edit_new, editing, versions
from rules.records.access import Missing
from web import Form

NEW = {
    "name": "犬の登録",
    "name_kana": "いぬのとうろく",
    "category": "動物",
    "division": "住民生活課",
    "channel": "online",
    "kind": "notification",
    "id": "dogs",
}


@pytest.fixture
def miura(cast):
    return as_staff(cast.clerk)


@pytest.fixture
def chief(cast):
    return as_staff(cast.administrator)


def fresh(row: Procedure) -> Procedure:
    return Procedure.get_by_id(row.id)


def rename(name: str):
    def act(document):
        document["name"] = name

    return act


def tax(cast) -> Procedure:
    return Procedure.get(Procedure.slug == "corporation-notice")


def test_a_form_on_a_removed_procedure_does_not_fit_the_next(cast, miura, chief):
    """The database gives the id of what was removed again."""
    gone = edit_new.make(miura, NEW)
    versions.discard(miura, gone.id, gone.revision)
    other = edit_new.make(miura, NEW | {"id": "cats", "name": "猫の登録"})
    assert other.id == gone.id
    with pytest.raises(editing.Behind):
        editing.change(chief, gone.id, gone.revision, rename("犬のつもり"))
    assert fresh(other).draft["name"] == "猫の登録"


# ---------------------------------------------------------------- whose


def test_a_clerk_edits_own_divisions_and_below(cast, miura, chief):
    """R-7.4, issue 4: never another division, never another town."""
    with models.transaction():
        below = Division.create(town=cast.town, parent=cast.dogs.division, name="戸籍係")
        Procedure.update(division=below).where(Procedure.id == cast.dogs.id).execute()
    assert editing.own_procedure(miura, cast.dogs.id).id == cast.dogs.id
    assert {row.slug for row in editing.own_procedures(miura)} >= {"dog-registration"}
    assert "corporation-notice" not in {row.slug for row in editing.own_procedures(miura)}
    for who in (as_staff(cast.other_clerk), as_staff(cast.foreign_clerk), as_staff(cast.system)):
        with pytest.raises(Missing):
            editing.own_procedure(who, cast.dogs.id)
        assert cast.dogs.slug not in {row.slug for row in editing.own_procedures(who)}
    assert editing.own_procedures(chief).count() == Procedure.select().where(Procedure.town == cast.town).count()


def test_a_right_that_was_taken_away_is_gone_at_once(cast, miura):
    with models.transaction():
        StaffDivision.delete().where(StaffDivision.staff == cast.clerk).execute()
    with pytest.raises(Missing):
        editing.change(miura, cast.dogs.id, cast.dogs.revision, rename("猫"))
    assert fresh(cast.dogs).draft is None


# ---------------------------------------------------------------- changing


def test_a_change_is_a_draft_and_residents_see_none_of_it(cast, miura):
    changed = editing.change(miura, cast.dogs.id, cast.dogs.revision, rename("犬の届"))
    assert changed.revision == cast.dogs.revision + 1 and editing.draft_of(changed)["name"] == "犬の届"
    assert (changed.name, changed.draft_actor, changed.draft_at) == ("犬の登録申請", "三浦 直樹", clock.now())
    assert editing.published_of(changed)["name"] == "犬の登録申請" and editing.has_changes(changed)
    entry = AuditEntry.select().where(AuditEntry.act == "procedure_edited").get()
    assert entry.detail == {"procedure": cast.dogs.id}


def test_the_later_of_two_clerks_is_told_and_nothing_is_lost(cast, miura, chief):
    """R-7.3, house rule 6."""
    first = editing.change(chief, cast.dogs.id, cast.dogs.revision, rename("先"))
    with pytest.raises(editing.Behind) as behind:
        editing.change(miura, cast.dogs.id, cast.dogs.revision, rename("後"))
    assert "ほかの職員が先に変更しました" in behind.value.message and "町野 一郎" in behind.value.message
    assert fresh(cast.dogs).draft["name"] == "先"
    assert editing.change(miura, cast.dogs.id, first.revision, rename("後")).draft["name"] == "後"


def test_a_second_press_finds_it_done(cast, miura):
    once = editing.change(miura, cast.dogs.id, cast.dogs.revision, rename("犬"))
    again = editing.change(miura, cast.dogs.id, cast.dogs.revision, rename("犬"))
    assert again.revision == once.revision
    with pytest.raises(editing.Behind) as behind:
        editing.change(miura, cast.dogs.id, cast.dogs.revision, rename("猫"))
    assert "ほかの職員" not in behind.value.message


def test_a_procedure_is_given_only_to_a_division_of_ones_own(cast, miura, chief):
    def move(document):
        document["division"] = "税務課"

    with pytest.raises(Refusal) as refused:
        editing.change(miura, cast.dogs.id, cast.dogs.revision, move)
    assert "q-division" in refused.value.fields and fresh(cast.dogs).draft is None
    changed = editing.change(chief, cast.dogs.id, cast.dogs.revision, move)
    assert changed.division_id == cast.dogs.division_id, "residents and clerks see the old one until it is published"


def test_the_id_is_changed_before_the_first_publication_only(cast, miura):
    def call(slug):
        return lambda document: document.update(id=slug)

    with pytest.raises(Refusal) as refused:
        editing.change(miura, cast.dogs.id, cast.dogs.revision, call("cats"))
    assert "q-id" in refused.value.fields
    made = edit_new.make(miura, NEW)
    with pytest.raises(Refusal):
        editing.change(miura, made.id, made.revision, call("dog-registration"))
    assert editing.change(miura, made.id, made.revision, call("dogs-of-ours")).slug == "dogs-of-ours"


def test_what_was_taken_away_meanwhile_is_said(cast, miura, chief):
    """Issue 4: posts out of order get a sentence and save nothing."""
    before = cast.dogs.revision
    edit_acts.remove_question(chief, cast.dogs.id, before, "sex")
    form = Form([("label", "性別"), ("required", "yes"), ("limit_look", "radio"), ("profile", "none")])
    with pytest.raises(editing.Gone) as gone:
        edit_acts.write_question(miura, cast.dogs.id, before, form, "sex")
    assert "もうありません" in gone.value.message
    with pytest.raises(editing.Gone):
        edit_acts.place_page(miura, cast.dogs.id, before + 1, "nowhere", 0)
    assert fresh(cast.dogs).revision == before + 1


# ---------------------------------------------------------------- new ones


def test_a_new_procedure_begins_with_what_is_usual(miura):
    made = edit_new.make(miura, NEW)
    document = editing.draft_of(made)
    assert (document["name_kana"], document["decision"], document["appeal"]) == ("イヌノトウロク", False, "none")
    assert made.listed_as is None and made.published is None
    short, page = editing.faults(document)
    assert short.sentence.startswith("短い説明：") and short.path == "rules"
    assert page.sentence == "様式にページがありません。"
    assert edit_new.make(miura, NEW).id == made.id, "pressed twice there is one"
    with pytest.raises(Refusal) as refused:
        edit_new.make(miura, NEW | {"name": "ほかの"})
    assert "q-id" in refused.value.fields
    with pytest.raises(Refusal):
        edit_new.make(miura, NEW | {"id": "tax", "division": "税務課"})


def test_every_procedure_of_the_library_can_be_begun_with(cast, chief):
    """Issue 4: the draft of a sample is the sample, and sound but for the town's own names."""
    names = [sample.name for _, samples in edit_new.samples() for sample in samples]
    assert len(names) == len(list((demo.STARTER / "procedures").glob("*.json"))) > 25
    for name in names:
        source = edit_new.sample(name)
        values = NEW | {"name": source["name"], "name_kana": source["name_kana"], "id": f"{name}-copy"[:60]}
        made = edit_new.from_sample(chief, values, name)
        own = {"id", "category", "division"}
        assert {k: v for k, v in made.draft.items() if k not in own} == {
            k: v for k, v in source.items() if k not in own
        }
        assert editing.faults(made.draft) == [], name
    found = [sample.name for _, samples in edit_new.samples("鑑札") for sample in samples]
    assert "dog-registration" in found and len(found) < len(names) / 2


def test_a_copy_of_ones_own(cast, miura):
    source = edit_new.own_source(miura, cast.dogs.id)
    made = edit_new.make(miura, NEW, source)
    assert made.draft["form"] == editing.draft_of(cast.dogs)["form"] and "paper_forms" not in made.draft
    with pytest.raises(Missing):
        edit_new.own_source(miura, tax(cast).id)


# ---------------------------------------------------------------- questions


def press(**typed) -> Form:
    return Form(
        [(name, one) for name, value in typed.items() for one in (value if isinstance(value, list) else [value])]
    )


TEXT = {"label": "毛並み", "required": "no", "limit_kind": "any", "limit_width": "medium", "profile": "none"}


def test_a_key_once_published_is_never_given_to_another_question(cast, miura):
    """Design rule 11: a question keeps its key for life."""
    row = edit_acts.remove_question(miura, cast.dogs.id, cast.dogs.revision, "color")
    row = fresh(cast.dogs)
    form = press(**TEXT | {"label": "毛の色"})
    assert edit_acts.add_question(miura, row.id, row.revision, form, "text", page="dog") == "color_2"
    row = fresh(cast.dogs)
    with pytest.raises(Refusal) as refused:
        edit_acts.add_question(miura, row.id, row.revision, press(**TEXT, key="color"), "text", page="dog")
    assert "q-key" in refused.value.fields
    edit_acts.write_question(miura, row.id, row.revision, press(**TEXT, key="fur"), "breed")
    assert editing.question_of(fresh(row).draft, "breed")["label"] == "毛並み", "the key of a published one stays"


def test_a_new_key_is_followed_by_what_looks_at_it(cast, miura):
    row = edit_new.make(miura, NEW)
    page = edit_acts.add_page(miura, row.id, row.revision, {"title": "犬", "intro": None}, is_exit=False)
    for kind, typed in (
        ("choice", {"label": "種類", "new_choices": "犬\n猫", "limit_look": "radio"}),
        ("text", TEXT),
    ):
        row = fresh(row)
        form = press(**TEXT | typed)
        edit_acts.add_question(miura, row.id, row.revision, form, kind, page=page)
    row = fresh(row)
    edit_acts.set_condition(miura, row.id, row.revision, {"question": "q1", "is": "c1"}, question="q2")
    row = fresh(row)
    form = press(
        **TEXT | {"label": "種類", "key": "kind", "limit_look": "radio"},
        **{"choice.1.value": "c1", "choice.1.label": "犬", "choice.1.place": "1"},
    )
    assert edit_acts.write_question(miura, row.id, row.revision, form, "q1") == "kind"
    assert editing.question_of(fresh(row).draft, "q2")["show_if"] == {"question": "kind", "is": "c1"}


def test_added_twice_there_is_one_question(cast, miura):
    """Issue 4: an editor form posted twice."""
    for _ in range(2):
        path = edit_acts.add_question(miura, cast.dogs.id, cast.dogs.revision, press(**TEXT), "text", page="dog")
    labels = [q["label"] for q in editing.page_of(fresh(cast.dogs).draft, "dog")["questions"]]
    assert labels.count("毛並み") == 1 and editing.question_of(fresh(cast.dogs).draft, path)["label"] == "毛並み"


def test_columns_of_a_table_are_questions_of_their_own(cast, miura):
    form = press(label="家族", required="no", row_name="家族")
    table = edit_acts.add_question(miura, cast.dogs.id, cast.dogs.revision, form, "table", page="owner")
    row = fresh(cast.dogs)
    sentences = [fault.sentence for fault in editing.faults(row.draft)]
    assert len(sentences) == 1 and editing.faults(row.draft)[0].path == f"questions/{table}", sentences
    path = edit_acts.add_question(miura, row.id, row.revision, press(**TEXT | {"label": "氏名"}), "text", table=table)
    assert path == "family.name", "a column's key may be that of a question"
    row = fresh(row)
    assert editing.faults(row.draft) == []
    edit_acts.copy_question(miura, row.id, row.revision, path)
    row = fresh(row)
    edit_acts.place_question(miura, row.id, row.revision, "family.name_2", 0)
    keys = [column["key"] for column in editing.question_of(fresh(row).draft, table)["columns"]]
    assert keys == ["name_2", "name"]


def test_a_question_moves_within_and_between_pages(cast, miura):
    key, revision = cast.dogs.id, cast.dogs.revision
    edit_acts.place_question(miura, key, revision, "sex", 0)
    edit_acts.place_question(miura, key, revision, "sex", 0)  # pressed twice
    edit_acts.move_question(miura, key, revision + 1, "telephone", "dog", "sex")
    questions = [q["key"] for q in editing.page_of(fresh(cast.dogs).draft, "dog")["questions"]]
    assert questions[:3] == ["sex", "telephone", "dog_name"]


def test_a_label_that_asks_for_my_number_is_a_fault(cast, miura):
    """R-3.11."""
    form = press(**TEXT | {"label": "マイナンバー"})
    path = edit_acts.add_question(miura, cast.dogs.id, cast.dogs.revision, form, "text", page="dog")
    found = editing.faults(fresh(cast.dogs).draft)
    assert [fault.path for fault in found] == [f"questions/{path}"] and "個人番号" in found[0].sentence


def test_faults_know_their_places(cast):
    document = editing.draft_of(cast.dogs)
    document["name"], document["appeal_to"] = "", "あ" * 300
    document["mails"] = {"received": "件名がない"}
    document["form"]["pages"][1]["questions"] = []
    places = {fault.path for fault in editing.faults(document)}
    assert places == {"rules", "mails", "pages/dog"}
    assert all(
        "（" not in fault.sentence.partition("：")[0] or "_" not in fault.sentence for fault in editing.faults(document)
    )
    json.dumps(document)


def test_the_list_finds_by_words_and_state(cast, miura, chief):
    edit_new.make(miura, NEW)
    assert {line.name for line in edit_list.find(miura, "いぬ", None, "", 1).lines} == {"犬の登録申請", "犬の登録"}
    assert [line.state for line in edit_list.find(miura, "犬", None, "new", 1).lines] == ["公開前の下書き"]
    assert edit_list.find(miura, "100%", None, "", 1).total == 0
    assert edit_list.find(miura, "", tax(cast).division_id, "", 1).total == 0
    assert edit_list.find(chief, "", tax(cast).division_id, "public", 1).total == 1
    assert edit_list.find(as_staff(cast.system), "", None, "", 1).total == 0
