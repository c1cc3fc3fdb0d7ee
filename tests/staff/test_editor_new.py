"""A clerk builds a procedure from nothing in the editor. (R-7.4, R-7.5)"""

from __future__ import annotations

import pytest

from models import AuditEntry, Procedure, Session, StaffDivision
from rules.procedures import editing

RADIO = "1つ選ぶ"


@pytest.fixture
def miura(browser, cast):
    return browser(cast.clerk)


def new(clerk, **more) -> Procedure:
    """A procedure with nothing in it yet."""
    clerk.visit("/staff/procedures")
    clerk.page = clerk.page.click("新しい手続きを作る", index=0)
    typed = {
        "name": "犬の登録",
        "name_kana": "いぬのとうろく",
        "category": "動物",
        "division": "住民生活課",
        "channel": "online",
        "kind": "decision",
        "id": "dogs",
        **more,
    }
    clerk.fill(**typed)
    clerk.press("下書きを作る")
    return Procedure.get(Procedure.slug == typed["id"])


def draft(row: Procedure) -> dict:
    return editing.draft_of(Procedure.get_by_id(row.id))


def add_page(clerk, row: Procedure, title: str) -> str:
    clerk.visit(f"/staff/procedures/{row.id}")
    clerk.page = clerk.page.click("ページを足す", index=0)
    clerk.fill(title=title)
    clerk.press("保存する")
    return draft(row)["form"]["pages"][-1]["key"]


def add(clerk, row: Procedure, page: str, kind: str, **typed) -> dict:
    """Add a question by the buttons a clerk presses."""
    clerk.visit(f"/staff/procedures/{row.id}/pages/{page}")
    clerk.page = clerk.page.click("項目を足す", index=0)
    clerk.page = clerk.page.click(kind, index=0)
    clerk.fill(**typed)
    clerk.press("保存する")
    assert clerk.page.status_int == 200, clerk.page.text
    return next(p for p in draft(row)["form"]["pages"] if p["key"] == page)["questions"][-1]


def test_the_dog_registration_from_nothing(miura):
    """R-7.4: every step in the browser; what stands in the draft is what a file would say."""
    row = new(miura)
    assert miura.shows("犬の登録", "公開前の下書き", "まだページがありません")
    owner = add_page(miura, row, "飼い主")
    name = add(miura, row, owner, "氏名", label="氏名")
    assert name == {"key": "name", "type": "name", "label": "氏名", "hint": "", "required": True, "profile": "name"}
    dog = add_page(miura, row, "犬")
    sex = add(miura, row, dog, RADIO, label="犬の性別", new_choices="おす\nめす")
    assert sex["choices"] == [{"value": "male", "label": "おす"}, {"value": "female", "label": "めす"}]
    chip = add(
        miura, row, dog, "1行の文字", label="マイクロチップの番号", required="no",
        limit_kind="digits", limit_min_length="15", limit_max_length="１５", limit_width="short",
    )  # fmt: skip
    assert chip["key"] == "microchip" and chip["required"] is False
    assert chip["limits"] == {"min_length": 15, "max_length": 15, "width": "short", "kind": "digits"}
    born = add(miura, row, dog, "日付", label="犬の生年月日", day_when="past")
    assert born["limits"] == {"past": True}
    paper = add(miura, row, dog, "添付ファイル", label="狂犬病予防注射済証", required="no")
    assert paper["key"] == "certificate" and "limits" not in paper
    miura.visit(f"/staff/procedures/{row.id}")
    assert miura.shows("直すところ（1）", "短い説明：")
    miura.visit(f"/staff/procedures/{row.id}/rules")
    miura.fill(summary="犬を飼い始めた方の登録です。", correction_days="0")
    miura.press("保存する")
    assert miura.page.status_int == 422, "a day for a correction is not none"
    miura.fill(correction_days="14")
    miura.press("保存する")
    miura.visit(f"/staff/procedures/{row.id}")
    assert miura.shows("直すところは、見つかりませんでした")
    assert editing.faults(draft(row)) == []
    assert "procedure_edited" in {entry.act for entry in AuditEntry.select()}
    miura.page = miura.page.click("住民の方の画面を試しに見る")
    assert miura.shows("手続きのあらまし", "狂犬病予防注射済証")
    miura.page = miura.page.click("^犬$")
    assert miura.shows("犬の性別", "おす", "マイクロチップの番号")
    miura.page = miura.page.click("内容の確認")
    assert miura.shows("犬の生年月日")


def test_what_has_to_be_there_first(miura):
    """A sum of nothing, a link to no paper: the screen says what comes first, and has nothing to save."""
    row = new(miura)
    key = add_page(miura, row, "費用")
    for kind, sentence in (("sum", "先に、数か金額の項目を足してください"), ("paper_form", "様式を入れてください")):
        miura.visit(f"/staff/procedures/{row.id}/pages/{key}/add?type={kind}")
        assert miura.shows(sentence) and not miura.shows("保存する")
    add(miura, row, key, "金額", label="工事の費用")
    miura.visit(f"/staff/procedures/{row.id}/pages/{key}/add?type=sum")
    assert miura.shows("足すもの", "工事の費用", "保存する")


def test_the_second_of_its_kind_is_about_somebody_else(miura):
    """Only the first name and the first address of a form begin with what the account knows."""
    row = new(miura)
    key = add_page(miura, row, "空き家")
    owner = add(miura, row, key, "^住所$", label="住所")
    house = add(miura, row, key, "^住所$", label="空き家の所在地")
    assert owner["profile"] == "address" and "profile" not in house
    miura.visit(f"/staff/procedures/{row.id}/preview/{key}")
    assert [legend.text for legend in miura.page.html.find_all("legend")] == ["空き家の所在地"]
    add(miura, row, key, "^住所$", label="空き家の所在地")
    assert [fault.sentence for fault in editing.faults(draft(row)) if "同じ名前のもの" in fault.sentence]


def test_typed_by_somebody_who_may_no_longer(miura, cast):
    """A login taken away, a division moved: what was typed is shown in words, without what only programs read."""
    row = new(miura)
    key = add_page(miura, row, "家族")
    add(miura, row, key, RADIO, label="だれの分ですか", new_choices="自分\nほかの方", key="whose")
    miura.visit(f"/staff/procedures/{row.id}/questions/whose")
    assert {field.attrs["aria-label"] for field in miura.page.html.select("td input.control-long")} == {
        "1つ目の言葉", "2つ目の言葉",
    }  # fmt: skip
    open_page = miura.page
    StaffDivision.delete().where(StaffDivision.staff == cast.clerk).execute()
    miura.press("保存する")
    assert miura.page.status_int == 404 and miura.shows('<p class="pre">自分</p>')
    assert not miura.shows('<p class="pre">c1</p>')
    miura.page = open_page
    Session.delete().where(Session.staff == cast.clerk).execute()
    miura.press("保存する")
    assert miura.shows("職員の登録が変わったため", "町の管理者に連絡してください", 'value="自分"')
