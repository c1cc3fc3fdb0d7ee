"""Both versions of a corrected application (R-6.2): what changed is marked, files by what is in them."""

from __future__ import annotations

import pytest
from browser.story import PDF
from cast_acts import attach, person, send, sent, write
from visitor_acts import give_back

from models import Application
from rules.applications import draft, inquiry, submission
from rules.records.access import Missing


def correct(row: Application, cast, **answers) -> Application:
    written = draft.editable(person(cast.keiko), row.id)
    for page in draft.document(written)["form"]["pages"]:
        keys = {q["key"] for q in page["questions"]}
        draft.save_page(written, page, {key: raw for key, raw in answers.items() if key in keys})
    return send(Application.get_by_id(row.id), cast.keiko)


def changed(row: Application, turn: int | None = None) -> dict[str, tuple]:
    groups = inquiry.answers(*inquiry.two_turns(row, turn))
    return {a.key: (a.before, a.lines) for _, _, answers in groups for a in answers if a.changed}


def test_what_was_changed(cast):
    """R-6.2."""
    row = give_back(sent(cast.dogs, cast.keiko), cast)
    row = correct(row, cast, dog_name="ハチ")
    assert changed(row) == {"dog_name": (["ポチ"], ["ハチ"])}


def test_nothing_was_changed(cast):
    row = correct(give_back(sent(cast.dogs, cast.keiko), cast), cast)
    assert changed(row) == {}


def test_three_turns_are_compared_two_by_two(cast):
    row = sent(cast.dogs, cast.keiko)
    for name in ("ハチ", "タロウ"):
        row = correct(give_back(row, cast), cast, dog_name=name)
    assert changed(row) == {"dog_name": (["ハチ"], ["タロウ"])}
    assert changed(row, 2) == {"dog_name": (["ポチ"], ["ハチ"])}
    for wanted in (1, 0, 4, -1, None):
        assert inquiry.two_turns(row, wanted)[0].turn == 3
    assert inquiry.asked_for(row, 3).turn == 2


def test_a_file_of_the_same_name_and_size_is_another_file(cast):
    """R-6.2: name and size say nothing of what is in it."""
    written = write(cast.dogs, cast.keiko)
    attach(written, content=PDF)
    row = give_back(send(written, cast.keiko), cast)
    (old,) = draft.files(row)["certificate"]
    draft.remove_file(row, old["id"])
    attach(row, content=PDF.replace(b"842", b"843"))
    row = correct(row, cast)
    before, after = changed(row)["certificate"]
    assert after[: len(before)] == before and "別のファイル" in after[-1]
    assert submission.files_of(submission.turns(row)[0])["certificate"][0]["id"] == old["id"]


def test_one_sending_has_nothing_to_compare(cast):
    with pytest.raises(Missing):
        inquiry.two_turns(sent(cast.dogs, cast.keiko), None)
