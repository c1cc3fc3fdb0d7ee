"""R-7.6: the table of applications: from the records of what was sent, complete, harmless, of one's own divisions."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import pytest
from cast_acts import as_staff, attach, send, sent, write
from staff_acts import put_into

import clock
from models import Application, AuditEntry, Division, Status
from rules import Refusal
from rules.applications import export
from rules.applications.export import Wanted
from rules.procedures import procedure
from rules.records.access import Missing


def everything(cast) -> tuple[str, ...]:
    return tuple(q.key for q in export.questions(cast.dogs))


def table(cast, me=None, **wanted) -> list[dict[str, str]]:
    """The file as a program reads it."""
    wanted = {"asked": everything(cast), **wanted}
    content = b"".join(export.make(as_staff(me or cast.clerk), Wanted(cast.dogs, **wanted)))
    assert content.startswith(b"\xef\xbb\xbf") and content.endswith(b"\r\n")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_a_row_for_each_application_with_a_column_for_each_part(cast):
    """R-7.6: what every application has, then the answers in plain forms."""
    row = sent(cast.dogs, cast.keiko, dog_name="ポチ\u3000号")
    found = table(cast)
    assert len(found) == 1
    line = found[0]
    assert line["申込番号"].replace("-", "") == row.number
    assert line["受付日時"] == line["最後に送られた日時"] == "2026-11-24 10:00"
    assert (line["状態"], line["送られた回数"], line["様式の版"]) == ("受付済み", "1", "1")
    assert line["申請者"] == "浜口 恵子" and line["担当部課"] == cast.dogs.division.name
    labels = {q.key: q.label for q in export.questions(cast.dogs)}
    assert line[f"{labels['name']} セイ"] == "ハマグチ" and line[f"{labels['address']} 郵便番号"] == "999-8101"
    assert line[labels["dog_name"]] == "ポチ\u3000号"
    assert line[labels["dog_birth_date"]] == "2025-03-01"
    assert line[labels["sex"]] == "おす"


def test_only_the_columns_and_states_and_days_that_were_asked_for(cast):
    early = sent(cast.dogs, cast.keiko)
    with clock.at(clock.now() + timedelta(days=2)):
        late = sent(cast.dogs, cast.ken)
        put_into(late, Status.COMPLETED)
        assert [list(row) for row in table(cast, about=("number",), asked=("breed",))] == [["申込番号", "犬の種類"]] * 2
        for wanted, rows in (
            ({"states": ("COMPLETED",)}, [late]), ({"since": date(2026, 11, 25)}, [late]),
            ({"until": date(2026, 11, 25)}, [early]), ({"since": date(2026, 11, 24), "until": date(2026, 11, 26)},
                                                       [early, late]),
        ):  # fmt: skip
            numbers = [row["申込番号"].replace("-", "") for row in table(cast, **wanted)]
            assert numbers == [row.number for row in rows]


def test_drafts_are_never_in_it(cast):
    """What was not sent is nobody's business."""
    write(cast.dogs, cast.keiko)
    with pytest.raises(Refusal, match="当てはまる申請は、ありません"):
        table(cast)


def test_the_last_sending_counts_and_files_are_named(cast):
    """The working copy of a correction is not what was sent."""
    written = write(cast.dogs, cast.keiko)
    attach(written, name="注射済証.pdf")
    row = send(written, cast.keiko)
    Application.update(answers={**Application.get_by_id(row.id).answers, "dog_name": "ちがう"}).execute()
    labels = {q.key: q.label for q in export.questions(cast.dogs)}
    line = table(cast)[0]
    assert line[labels["dog_name"]] == "ポチ" and line[labels["certificate"]] == "注射済証.pdf"


def test_versions_come_together_by_the_keys_of_questions(cast):
    """A question that is gone keeps its column, one that is new is empty where it was not asked."""
    sent(cast.dogs, cast.keiko)
    document = procedure.published(cast.dogs)[1]
    asked = [q for q in document["form"]["pages"][1]["questions"] if q["key"] != "color"]
    asked = [{**q, "label": "名前"} if q["key"] == "dog_name" else q for q in asked]
    asked.append({"key": "chip", "type": "text", "label": "マイクロチップ", "hint": "", "required": False})
    pages = [document["form"]["pages"][0], {**document["form"]["pages"][1], "questions": asked}]
    procedure.load(cast.town, {**document, "form": {"pages": [*pages, *document["form"]["pages"][2:]]}})
    cast.dogs = type(cast.dogs).get_by_id(cast.dogs.id)
    sent(cast.dogs, cast.ken, chip="392000000000001", dog_name="シロ")
    old, new = table(cast)
    assert [q.old for q in export.questions(cast.dogs) if q.key in ("color", "dog_name", "chip")] == [
        False,
        False,
        True,
    ]
    assert (old["名前"], old["マイクロチップ"], old["毛の色"]) == ("ポチ", "", "茶")
    assert (new["名前"], new["マイクロチップ"], new["毛の色"]) == ("シロ", "392000000000001", "")


def test_clerks_see_their_own_divisions_only(cast):
    """R-7.6: the procedure and each application."""
    row = sent(cast.dogs, cast.keiko)
    for stranger in (cast.other_clerk, cast.foreign_clerk, cast.system):
        with pytest.raises(Missing):
            export.own_procedure(as_staff(stranger), cast.dogs.id)
        assert export.matching(as_staff(stranger), Wanted(cast.dogs)) == []
    assert export.own_procedure(as_staff(cast.administrator), cast.dogs.id).id == cast.dogs.id
    tax = Division.get((Division.town == cast.town) & (Division.name == "税務課"))
    Application.update(division=tax).where(Application.id == row.id).execute()
    assert export.matching(as_staff(cast.clerk), Wanted(cast.dogs)) == []


def test_too_many_are_refused(cast, monkeypatch):
    monkeypatch.setattr(export, "MOST", 1)
    sent(cast.dogs, cast.keiko)
    assert len(table(cast)) == 1
    sent(cast.dogs, cast.ken)
    with pytest.raises(Refusal, match="期間を短くして"):
        table(cast)


def test_taking_it_out_is_written_down_without_contents(cast):
    sent(cast.dogs, cast.keiko)
    table(cast, about=("number",), asked=("dog_name",))
    entry = AuditEntry.select().where(AuditEntry.act == "applications_exported").get()
    assert entry.staff_id == cast.clerk.id
    assert entry.detail == {
        "procedure": cast.dogs.id, "applications": 1, "charset": "utf-8", "columns": ["@number", "dog_name"],
    }  # fmt: skip


# ---------------------------------------------------------------- cells


@pytest.mark.parametrize(
    "cell", ["=1+1", "+81 90", "@SUM(A1)", "-1+1", "\t=1", "\r=1", "＝1", "－A1", "-", "-1\n=2", "\n=1", "-1 / -2"]
)
def test_what_looks_like_a_formula_is_made_harmless(cell: str) -> None:
    assert export.harmless(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["-5", "-1200.5", "0123", "ポチ", "a=b", "", "'x", "999-8101"])
def test_what_is_no_formula_stays(cell: str) -> None:
    """A negative number stays a number, and leading zeros stay."""
    assert export.harmless(cell) == cell


def test_shift_jis_loses_nothing_silently(cast):
    """What it lacks is counted and told; only who says so gets 〓."""
    sent(cast.dogs, cast.keiko, dog_name="𠮷𠮷鷗髙\u301c")
    wanted = Wanted(cast.dogs, about=("number",), asked=("dog_name",), charset="cp932")
    with pytest.raises(export.Lacking) as lacking:
        export.make(as_staff(cast.clerk), wanted)
    assert lacking.value.characters == [("𠮷", "U+20BB7", 2), ("鷗", "U+9DD7", 1)]
    assert lacking.value.places == 3
    assert not AuditEntry.select().where(AuditEntry.act == "applications_exported").exists()
    content = b"".join(export.make(as_staff(cast.clerk), wanted, lossy=True)).decode("cp932")
    assert "〓〓〓髙" in content


def test_shift_jis_writes_the_twin_of_a_sign_as_windows_does(cast):
    sent(cast.dogs, cast.keiko, dog_name="ポチ—号−‖")
    wanted = Wanted(cast.dogs, about=("number",), asked=("dog_name",), charset="cp932")
    assert "ポチ―号－∥" in b"".join(export.make(as_staff(cast.clerk), wanted)).decode("cp932")


def test_a_cell_may_hold_quotes_commas_and_lines(cast):
    sent(cast.dogs, cast.keiko, dog_name='ポ"チ,シ\u2028ロ')
    assert table(cast, asked=("dog_name",))[0]["犬の名前"] == 'ポ"チ,シ ロ'


def test_headings_that_are_alike_get_numbers(cast):
    """No program loses a column because two questions have one label."""
    document = procedure.published(cast.dogs)[1]
    asked = [{**q, "label": "犬"} if q["key"] in ("dog_name", "breed") else q
             for q in document["form"]["pages"][1]["questions"]]  # fmt: skip
    pages = [document["form"]["pages"][0], {**document["form"]["pages"][1], "questions": asked}]
    procedure.load(cast.town, {**document, "form": {"pages": [*pages, *document["form"]["pages"][2:]]}})
    cast.dogs = type(cast.dogs).get_by_id(cast.dogs.id)
    found = export.headings(Wanted(cast.dogs, about=(), asked=("dog_name", "breed")))
    assert found == [("dog_name", "犬"), ("breed", "犬（2）")]
