"""公開 as a rule: its effect, the one place that publishes, and that the slower of two publishes and loses nothing."""

from __future__ import annotations

import pytest
from cast_acts import as_staff, sent, write
from versions_acts import edit, fresh, question, renamed, with_paper_forms, without_color

import clock
import models
from models import Application, Category, Division, FormVersion, PaperForm, Procedure, SearchMiss
from rules import Refusal
from rules.files import storage
from rules.procedures import closing, editing, procedure, publishing, usage, versions
from rules.records.access import Missing


@pytest.fixture(autouse=True)
def _paper_forms(cast):
    with_paper_forms(cast)


def publish(cast, note: str = "") -> publishing.Published:
    row = fresh(cast.dogs)
    return publishing.publish(
        as_staff(cast.administrator), row.id, row.revision, publishing.digest(row.draft), note=note
    )


def effect_of(cast) -> publishing.Effect:
    row = fresh(cast.dogs)
    return publishing.effect(row, row.draft)


# ---------------------------------------------------------------- the effect


def test_uses_are_counted_by_version(cast):
    write(cast.dogs, cast.keiko)
    sent(cast.dogs, cast.ken)
    (first,) = usage.by_version(fresh(cast.dogs))
    assert usage.by_version(cast.dogs)[first] == (1, 1, 0)
    with models.transaction():
        Application.update(status="WITHDRAWN").where(Application.status == "SUBMITTED").execute()
        Application.update(expires_at=clock.now()).where(Application.status == "DRAFT").execute()
    assert usage.by_version(cast.dogs)[first] == (0, 0, 1), "a draft whose time is over is nobody's any more"


def test_another_procedure_does_not_count(cast):
    sent(cast.dogs, cast.ken)
    assert usage.by_version(Procedure.get(Procedure.slug == "bulky-waste")) == {}


def test_the_effect_names_each_question_once(cast):
    def act(document: dict) -> None:
        without_color(document)
        question(document, "breed")["type"] = "long_text"
        question(document, "breed").pop("limits", None)
        question(document, "breed")["label"] = "犬の種類と特徴"
        question(document, "certificate")["required"] = True

    edit(cast, act)
    found = effect_of(cast)
    assert [q["key"] for q in found.gone] == ["color"]
    assert [(old["type"], new["label"]) for old, new in found.changed] == [("text", "犬の種類と特徴")]
    assert [q["key"] for q in found.required] == ["certificate"]
    assert found.touches_answers and not found.ends


def test_other_words_touch_no_answers(cast):
    edit(cast, renamed("犬の登録"))
    assert not effect_of(cast).touches_answers


def test_the_counter_ends_what_is_online(cast):
    edit(cast, lambda document: document.update(channel="counter", form=None))
    found = effect_of(cast)
    assert found.ends and not found.touches_answers


def test_applications_on_earlier_versions_are_told_apart(cast):
    sent(cast.dogs, cast.ken)
    edit(cast, renamed("犬の登録"))
    publish(cast)
    sent(fresh(cast.dogs), cast.keiko)
    edit(cast, renamed("犬のこと"))
    found = effect_of(cast)
    assert (found.open, found.earlier) == (1, 1)


# ---------------------------------------------------------------- publishing


def test_a_new_version_stands_beside_the_old(cast):
    """House rule 11: a published form never changes."""
    first = FormVersion.get(procedure=cast.dogs)
    edit(cast, renamed("犬の登録"))
    assert publish(cast, "短くした") == (2, publishing.NEW)
    second = FormVersion.get(procedure=cast.dogs, number=2)
    assert FormVersion.get_by_id(first.id).document["name"] == "犬の登録申請"
    assert (second.document["name"], second.note, second.published_by_id) == (
        "犬の登録",
        "短くした",
        cast.administrator.id,
    )
    row = fresh(cast.dogs)
    assert (row.name, row.draft, row.draft_actor, row.draft_at) == ("犬の登録", None, "", None)


def test_the_second_press_finds_it_done(cast):
    row = edit(cast, renamed("犬の登録"))
    me, shown = as_staff(cast.administrator), publishing.digest(row.draft)
    assert publishing.publish(me, row.id, row.revision, shown) == (2, publishing.NEW)
    assert publishing.publish(me, row.id, row.revision, shown) == (2, publishing.DONE)
    assert FormVersion.select().where(FormVersion.procedure == row).count() == 2


def test_only_what_was_looked_at_is_published(cast):
    before = edit(cast, renamed("犬の登録"))
    edit(cast, renamed("犬のこと"))
    with pytest.raises(Refusal, match="まだ公開していません"):
        publishing.publish(as_staff(cast.administrator), before.id, before.revision, publishing.digest(before.draft))
    assert fresh(cast.dogs).published == 1


def test_who_may_publish(cast):
    """R-7.2: town administrators, of this town."""
    row = edit(cast, renamed("犬の登録"))
    for member in (cast.clerk, cast.other_clerk, cast.foreign_clerk, cast.system):
        with pytest.raises(Missing):
            publishing.publish(as_staff(member), row.id, row.revision, publishing.digest(row.draft))


def test_nothing_to_publish(cast):
    row = fresh(cast.dogs)
    with pytest.raises(Refusal, match="ありません"):
        publishing.publish(as_staff(cast.administrator), row.id, row.revision, "")


def test_the_same_in_other_words_is_the_same(cast):
    """A key at its default, written out: no version is worth that."""
    row = fresh(cast.dogs)
    written_out = editing.draft_of(row) | {"standard_days_by": "business", "visit": {"when": "none", "bring": ""}}
    with models.transaction():
        Procedure.change({"draft": written_out}, "id = {}", row.id)
    assert publishing.is_equal(fresh(cast.dogs)) and publishing.changes(fresh(cast.dogs)) == []
    assert publish(cast) == (1, publishing.EQUAL)
    assert (
        fresh(cast.dogs).draft is None and FormVersion.select().where(FormVersion.procedure == cast.dogs).count() == 1
    )


def test_a_paper_form_that_is_not_there_keeps_from_publishing(cast):
    row = edit(cast, lambda document: document.update(paper_forms=[{"file": "other.pdf", "title": "ほかの用紙"}]))
    (fault,) = publishing.faults(row)
    assert fault.path == "paper-forms" and "ほかの用紙" in fault.sentence
    with pytest.raises(Refusal, match="直すところ"):
        publish(cast)


def test_what_issues_documents_is_compared_with_its_own_page(cast):
    """The page of consent that publishing adds is no change of the next draft."""
    edit(cast, lambda document: document.update(issues_documents=True))
    assert any("電子データ" in sentence or "交付物" in sentence for sentence in publishing.changes(fresh(cast.dogs)))
    publish(cast)
    row = edit(cast, renamed("犬の登録"))
    assert len(publishing.changes(row)) == 1 and not publishing.effect(row, row.draft).touches_answers
    versions.discard(as_staff(cast.clerk), row.id, row.revision)
    edit(cast, lambda document: document.update(issues_documents=False))
    publish(cast)
    row = fresh(cast.dogs)
    versions.restore(as_staff(cast.clerk), row.id, row.revision, 2)
    keys = [page["key"] for page in fresh(row).draft["form"]["pages"]]
    assert "electronic_delivery" not in keys and fresh(row).draft["issues_documents"] is True


def test_what_failed_to_be_published_is_not_remembered(cast, monkeypatch):
    """Published documents stay in memory: not those of a transaction that was rolled back."""
    row = edit(cast, renamed("犬の登録"))

    def fail(*_):
        raise OSError("no room")

    with monkeypatch.context() as broken:
        broken.setattr(procedure.search, "index", fail)
        with pytest.raises(OSError):
            publish(cast)
    assert fresh(row).published == 1 and fresh(row).draft is not None
    edit(cast, renamed("犬のこと"))
    publish(cast)
    assert procedure.published(fresh(row))[1]["name"] == "犬のこと"


# ---------------------------------------------------------------- giving up, taking up


def test_files_of_a_draft_go_with_it(cast):
    """A paper form that nobody was ever offered is not kept for ever."""
    row = edit(cast, renamed("犬の登録"))
    PaperForm.create(
        procedure=row, title="x", name="x.pdf", stored_as="0" * 32, size=1, sha256="0" * 64,
        content_type="application/pdf", position=-1,
    )  # fmt: skip
    versions.discard(as_staff(cast.clerk), row.id, row.revision)
    assert [paper.name for paper in PaperForm.select().where(PaperForm.procedure == row)] == ["dog-registration.pdf"]


def test_nothing_of_another_is_removed(cast):
    """R-7.2: the id of a procedure that is somebody else's is no procedure."""
    made = editing.make(as_staff(cast.clerk), editing.draft_of(fresh(cast.dogs)) | {"id": "cats", "paper_forms": []})
    for member in (cast.other_clerk, cast.foreign_clerk):
        with pytest.raises(Missing):
            versions.discard(as_staff(member), made.id, made.revision)
    assert versions.discard(as_staff(cast.clerk), made.id, made.revision) is False
    assert versions.discard(as_staff(cast.clerk), made.id, made.revision) is False
    with pytest.raises(Missing):
        versions.discard(as_staff(cast.other_clerk), made.id, made.revision)


def test_a_published_procedure_is_never_removed(cast):
    row = fresh(cast.dogs)
    assert versions.discard(as_staff(cast.clerk), row.id, row.revision) is True
    assert Procedure.row("id = {}", row.id) is not None


def test_a_version_from_before_a_new_name_is_restored(cast):
    """The version keeps the old names; as a draft it has those that the town has."""
    me, dogs = as_staff(cast.administrator), cast.dogs
    with models.transaction():
        Category.change({"name": "いきもの"}, "id = {}", dogs.category_id)
        Division.change({"name": "くらしの課"}, "id = {}", dogs.division_id)
    edit(cast, renamed("犬"))
    publish(cast)
    restored = fresh(dogs)
    versions.restore(me, dogs.id, restored.revision, 1)
    draft = fresh(dogs).draft
    assert (draft["name"], draft["category"], draft["division"]) == ("犬の登録申請", "いきもの", "くらしの課")
    assert versions.one(dogs, 1).document["category"] == "動物"


def test_restoring_what_is_there_already_changes_nothing(cast):
    edit(cast, renamed("犬の登録"))
    publish(cast)
    row = fresh(cast.dogs)
    versions.restore(as_staff(cast.clerk), row.id, row.revision, 1)
    after = fresh(row).revision
    versions.restore(as_staff(cast.clerk), row.id, row.revision, 1)
    assert fresh(row).revision == after and fresh(row).draft["name"] == "犬の登録申請"


def test_closing_and_opening_again_leave_all_as_it_was(cast):
    me = as_staff(cast.administrator)
    before = fresh(cast.dogs)
    listed = Category.get_by_id(before.category_id).listed
    closing.close(me, before.id, before.revision)
    with pytest.raises(Missing):
        procedure.published(fresh(before))
    closing.close(me, before.id, before.revision)
    closing.reopen(me, before.id, fresh(before).revision)
    after = fresh(before)
    assert (after.listed_as, after.folded, after.published) == (before.listed_as, before.folded, before.published)
    assert Category.get_by_id(after.category_id).listed == listed
    assert SearchMiss.select().count() == 0 and storage.missing() == 0
