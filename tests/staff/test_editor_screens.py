"""The editor's screens: two windows, what is gone meanwhile, conditions, texts, paper forms, and whose they are."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from cast_acts import PDF, as_staff
from staff_acts import token
from webtest import Upload

import demo
import models
from models import AuditEntry, PaperForm, Procedure, StaffDivision
from rules.procedures import edit_question, editing, procedure


@pytest.fixture
def miura(browser, cast):
    return browser(cast.clerk)


@pytest.fixture
def chief(browser, cast):
    return browser(cast.administrator)


def path(cast, rest: str = "") -> str:
    return f"/staff/procedures/{cast.dogs.id}" + (f"/{rest}" if rest else "")


def draft(cast) -> dict:
    return editing.draft_of(Procedure.get_by_id(cast.dogs.id))


def question(cast, key: str) -> dict:
    return editing.question_of(draft(cast), key)


def test_the_menu_leads_to_the_list_and_the_list_to_each(miura, cast):
    miura.visit("/staff/")
    miura.page = miura.page.click("手続き", index=0)
    assert miura.shows("犬の登録申請", "公開中") and not miura.shows("法人の設立")
    miura.page = miura.page.click("犬の登録申請")
    assert miura.shows("マイクロチップの番号", "1行の文字", "任意")


def test_two_windows(miura, chief, cast):
    """R-7.3: who comes later sees what the other one has saved, keeps the own words, and may press again."""
    for window in (miura, chief):
        window.visit(path(cast, "questions/color"))
    chief.fill(label="毛の色（全体）", hint="例：茶")
    chief.press("保存する")
    miura.fill(label="犬の毛の色")
    miura.press("保存する")
    assert miura.page.status_int == 422
    assert miura.shows("ほかの職員が先に変更しました", "町野 一郎", "毛の色（全体）", "例：茶、白黒")
    assert next(f for f in miura.page.forms.values() if "label" in f.fields)["label"].value == "犬の毛の色"
    assert question(cast, "color")["label"] == "毛の色（全体）"
    miura.press("保存する")
    assert question(cast, "color")["label"] == "犬の毛の色"


def test_what_the_other_has_deleted_is_said(miura, chief, cast):
    """Issue 4: nothing half-saved, a sentence, and what was typed can be read."""
    for key in ("color", "breed"):
        miura.visit(path(cast, f"questions/{key}"))
        chief.visit(path(cast, f"questions/{key}/delete"))
        chief.press("削除する")
        miura.fill(label="毛の模様")
        miura.press("保存する")
        assert miura.page.status_int == 422
        assert miura.shows("この項目は、もうありません", "毛の模様")
    assert miura.visit(path(cast, "questions/color"), status=404).status_int == 404
    for form in (
        "questions/color/condition",
        "questions/color/move",
        "questions/color/type",
        "pages/x",
        "pages/x/delete",
    ):
        assert miura.get(path(cast, form), expect_errors=True).status_int == 404, form


def test_a_right_that_was_taken_away(miura, cast):
    """Issue 4: 404, and nothing saved."""
    miura.visit(path(cast, "questions/color"))
    with models.transaction():
        StaffDivision.delete().where(StaffDivision.staff == cast.clerk).execute()
    miura.fill(label="毛の模様")
    miura.press("保存する")
    assert miura.page.status_int == 404 and question(cast, "color")["label"] == "毛の色"


SCREENS = ("", "rules", "guidance", "mails", "mails/received", "paper-forms",
           "pages/dog", "pages/dog/add", "pages/dog/delete", "pages/dog/condition", "pages/new-page", "questions/sex",
           "questions/sex/condition", "questions/sex/move", "questions/sex/type", "questions/sex/delete", "copy",
           "preview", "preview/dog", "preview/all-answers")  # fmt: skip


def test_other_towns_and_divisions_see_none_of_it(browser, cast):
    """R-8.4."""
    for who in (cast.other_clerk, cast.foreign_clerk, cast.system):
        stranger = browser(who)
        for screen in SCREENS:
            assert stranger.get(path(cast, screen), expect_errors=True).status_int == 404, screen
    assert "paper_form" not in {entry.act for entry in AuditEntry.select()}


def test_the_screens_are_sound(miura, cast):
    """Each page by the house's rules for pages (the browser checks them)."""
    for screen in SCREENS:
        assert miura.get(path(cast, screen)).status_int == 200, screen
    for kind in ("text", "choice", "table", "sum", "paper_form", "date", "file", "heading", "agreement"):
        assert miura.get(path(cast, f"pages/dog/add?type={kind}")).status_int == 200, kind
    assert miura.visit(path(cast, "pages/dog/add?type=password")).status_int == 200 and miura.shows("くりかえしの表")
    assert miura.visit("/staff/procedures/new/library").status_int == 200


# What a form of 0.2.0 could say and one of today says otherwise, or not at all.
OLDEST: dict[str, dict] = {
    "corporate_number": {
        "type": "text",
        "profile": "corporate_number",
        "limits": {"min_length": 13, "max_length": 13, "kind": "corporate_number"},
    },
    "reading": {"type": "text", "limits": {"kind": "kana"}, "profile": "corporation_kana"},
    "plain_text": {"type": "text"},
    "long": {"type": "long_text"},
    "capital": {"type": "number", "limits": {"min": 0, "max": 9_999_999_999_999, "unit": "円"}},
    "length": {"type": "number", "limits": {"min": 0.5, "max": 9.25, "decimals": 2}},
    "born": {"type": "date", "limits": {"past": True}, "profile": "birth_date"},
    "begins": {"type": "date", "limits": {"future": True}},
    "day": {"type": "date"},
    "one": {"type": "choice", "choices": [{"value": "a", "label": "はい"}]},
    "some": {"type": "choices", "limits": {"min": 1, "max": 1}, "choices": [{"value": "a", "label": "はい"}]},
    "agreed": {"type": "consent"},
    "who": {"type": "name"},
    "where": {"type": "address", "prefix": "送付先の"},
    "call": {"type": "telephone"},
    "write": {"type": "email"},
    "paper": {"type": "file", "limits": {"count": 3, "extensions": ["zip", "heic"]}},
}


def test_what_was_published_long_ago_is_edited(chief, cast):
    """Issue 4: a version of 0.2.0 opens everywhere, and what is saved untouched says what it said."""
    document = json.loads((demo.STARTER / "procedures" / "dog-registration.json").read_text(encoding="utf-8"))
    new = {"period", "standard_days_by", "signature", "visit", "mails", "paper_forms", "eligibility"}
    asked = [{"key": key, "label": key, "hint": "", "required": True, **of} for key, of in OLDEST.items()]
    questions = [{"key": "head", "type": "heading", "label": "見出し", "hint": ""}, *asked]
    document = {key: value for key, value in document.items() if key not in new}
    document |= {"id": "oldest", "form": {"pages": [{"key": "p", "title": "頁", "intro": "", "questions": questions}]}}
    row = procedure.load(cast.town, document)
    saved = ["rules", "guidance", "pages/p", *(f"questions/{q['key']}" for q in questions)]
    more = [f"questions/{q['key']}/{act}" for q in questions for act in ("condition", "move", "type", "delete")]
    for screen in ["", "mails", "mails/received", "paper-forms", "preview", "preview/p", "preview/all-answers",
                   "publish", "versions", "versions/1", "copy", "export", *more]:  # fmt: skip
        assert chief.get(f"/staff/procedures/{row.id}/{screen}".rstrip("/")).status_int == 200, screen
    for screen in saved:
        page = chief.get(f"/staff/procedures/{row.id}/{screen}")
        form = [one for one in page.forms.values() if "act_save" in one.fields][-1]
        assert form.submit("act_save", status="*").status_int == 302, screen
        assert Procedure.get_by_id(row.id).draft is None, screen


# ---------------------------------------------------------------- questions


def test_a_kind_that_is_none_is_asked_for_again(miura, cast):
    """Of a question and of a column alike: the list of kinds, nothing added."""
    row = Procedure.get_by_id(cast.dogs.id)
    people = {"key": "people", "type": "table", "label": "家族", "hint": "", "required": False, "columns": []}
    editing.change(
        as_staff(cast.clerk),
        row.id,
        row.revision,
        lambda document: document["form"]["pages"][0]["questions"].append(people),
    )
    before, csrf = draft(cast), token(miura)
    for screen in ("pages/dog/add", "questions/people/add"):
        answer = miura.post(path(cast, screen), {"csrf": csrf, "revision": row.revision + 1, "type": "x"})
        assert answer.status_int == 200 and "1行の文字" in answer.text, screen
    assert draft(cast) == before


def test_choices_are_reworded_moved_and_added(miura, cast):
    miura.visit(path(cast, "questions/vaccination"))
    miura.fill(
        choice__1__label="今年度に受けた", choice__2__label="", choice__3__place="1", new_choices="これから受ける"
    )
    miura.fill(choice__1__place="2")
    miura.press("保存する")
    assert [(one["value"], one["label"]) for one in question(cast, "vaccination")["choices"]] == [
        ("exempted", "獣医師から猶予の証明を受けた"), ("done", "今年度に受けた"), ("c1", "これから受ける"),
    ]  # fmt: skip
    assert procedure.published(cast.dogs)[1]["form"]["pages"][1]["questions"][6]["choices"][1]["value"] == "not_yet"


def test_a_wrong_question_keeps_all_that_was_typed(miura, cast):
    miura.visit(path(cast, "pages/dog/add?type=choice"))
    miura.fill(label="", hint="説明", new_choices="")
    miura.press("保存する")
    assert miura.page.status_int == 422 and miura.shows(
        "2か所", "項目の名前を入力してください", "1行に1つずつ入力してください"
    )
    miura.fill(label="首輪", new_choices="ある\nない", after="dog_name")
    miura.press("保存する")
    questions = editing.page_of(draft(cast), "dog")["questions"]
    assert questions[1]["label"] == "首輪" and questions[1]["hint"] == "説明"


def test_a_condition_in_two_steps(miura, cast):
    """The earlier question, then what its answer has to be; a round trip for each."""
    miura.visit(path(cast, "questions/certificate"))
    miura.page = miura.page.click("出す条件")
    assert not miura.page.html.find("option", string="「マイクロチップの番号」"), "what comes later decides nothing"
    miura.fill(on="vaccination")
    miura.press("次へ進む")
    assert miura.shows("「今年度の狂犬病予防注射」が")
    miura.press("保存する")
    assert miura.page.status_int == 422 and miura.shows("選択肢を、1つ以上選んでください")
    form = next(f for f in miura.page.forms.values() if "picked" in f.fields)
    form.set("picked", True, index=0)
    miura.press("保存する")
    assert question(cast, "certificate")["show_if"] == {"question": "vaccination", "is": "done"}
    assert miura.shows("「今年度の狂犬病予防注射」が「受けた」のときだけ出ます")
    assert miura.visit(path(cast, "preview/dog")).text.count("のときだけ、次の項目が出ます") == 1
    chosen = miura.visit(path(cast, "questions/certificate/condition?on=vaccination"))
    assert [box.checked for box in chosen.forms[1 if "picked" in chosen.forms[1].fields else 0].fields["picked"]][0]
    miura.visit(path(cast, "questions/vaccination/delete"))
    assert miura.shows("「狂犬病予防注射済証」を出す条件", "公開できなくなります")
    miura.press("削除する")
    miura.visit(path(cast))
    assert miura.shows("公開する前に直すところ")
    miura.page = miura.page.click(href="questions/certificate$", index=0)
    miura.page = miura.page.click("出す条件")
    assert miura.shows("いまはない項目（vaccination）")
    miura.fill(on="always")
    miura.press("次へ進む")
    assert "show_if" not in question(cast, "certificate")


def test_an_exit_page(miura, cast):
    miura.visit(path(cast))
    miura.page = miura.page.click("申請を終える案内のページを足す")
    miura.fill(title="対象ではありません", intro="この町の手続きではありません。", exit_procedure="bulky-waste")
    miura.press("保存する")
    key = editing.pages(draft(cast))[-1]["key"]
    assert editing.page_of(draft(cast), key)["exit"] == {"procedure": "bulky-waste", "text": ""}
    assert {fault.path for fault in editing.faults(draft(cast))} == {f"pages/{key}"}
    assert miura.page.request.path.endswith(f"pages/{key}/condition"), "what it needs comes next"
    miura.fill(on="sex")
    miura.press("次へ進む")
    next(f for f in miura.page.forms.values() if "picked" in f.fields).set("picked", True, index=1)
    miura.press("保存する")
    assert editing.faults(draft(cast)) == []
    assert miura.get(path(cast, f"pages/{key}/add"), expect_errors=True).status_int == 404
    assert miura.visit(path(cast, f"preview/{key}")).text.count("先には進めません") == 1


def test_the_order_is_changed_by_buttons(miura, cast):
    miura.visit(path(cast, "pages/dog"))
    miura.press("place.breed.0")
    assert editing.page_of(draft(cast), "dog")["questions"][0]["key"] == "breed"
    miura.visit(path(cast))
    miura.press("place.0")
    assert [page["key"] for page in editing.pages(draft(cast))] == ["dog", "owner"]
    stale = miura.page
    miura.visit(path(cast, "pages/dog/delete"))
    assert miura.shows("このページの項目（11）も、いっしょに削除します", "毛の色")
    miura.press("ページを削除する")
    miura.page = stale
    miura.press("place.1")
    assert miura.page.status_int == 422 and miura.shows("このページは、もうありません")


def test_the_type_of_a_question(miura, cast):
    """What is published keeps a type that its answers fit."""
    miura.visit(path(cast, "questions/place"))
    miura.page = miura.page.click("種類を変える")
    assert miura.shows("何行もの文字") and not miura.shows("くりかえしの表")
    miura.fill(kind="long_text")
    miura.press("保存する")
    assert question(cast, "place")["type"] == "long_text" and question(cast, "place")["limits"] == {"max_length": 200}
    before = draft(cast)
    form = next(f for f in miura.visit(path(cast, "questions/color/type")).forms.values() if "kind" in f.fields)
    typed = {"csrf": form["csrf"].value, "revision": form["revision"].value, "kind": "file"}
    answer = miura.post(form.action, typed, expect_errors=True)
    assert answer.status_int == 422 and draft(cast) == before


def test_a_copy_and_another_page(miura, cast):
    miura.visit(path(cast, "questions/breed"))
    miura.press("写して、下に足す")
    assert miura.page.html.h1.text == "犬の種類（写し）" and question(cast, "breed_2")["label"] == "犬の種類（写し）"
    miura.page = miura.page.click("別のページへ移す")
    miura.fill(page="owner")
    miura.press("保存する")
    assert editing.page_of(draft(cast), "owner")["questions"][-1]["key"] == "breed_2"


# ---------------------------------------------------------------- texts


def test_guidance_is_seen_before_it_is_saved(miura, cast):
    """R-7.4: a preview as the resident sees it."""
    miura.visit(path(cast, "guidance"))
    miura.fill(caution="・夜は鳴きます。\n・昼は寝ます。")
    miura.press("プレビュー")
    assert miura.shows(
        "まだ保存していません", "<li>夜は鳴きます。</li>", "開庁日で5日", "様式" if False else "根拠となる法令など"
    )
    assert Procedure.get_by_id(cast.dogs.id).draft is None
    miura.press("保存する")
    assert draft(cast)["guidance"]["caution"] == "・夜は鳴きます。\n・昼は寝ます。"


def test_rules_in_words(miura, cast):
    miura.visit(path(cast, "rules"))
    miura.fill(period_kind="yearly", yearly_from="6月1日", yearly_until="6月31日")
    miura.press("保存する")
    assert miura.page.status_int == 422 and miura.shows("月と日を入力してください")
    miura.fill(yearly_until="6月30日", synonyms="犬\nいぬ\n犬", once="yes")
    miura.press("保存する")
    assert draft(cast)["period"] == {"from": "06-01", "until": "06-30"}
    assert draft(cast)["synonyms"] == ["犬", "いぬ"] and draft(cast)["once"] is True
    assert miura.visit(path(cast, "preview")).text.count("毎年 6月1日から6月30日まで") == 1
    assert Procedure.get_by_id(cast.dogs.id).period_from == "", "not before it is published"


def test_a_mail_of_its_own(miura, cast):
    miura.visit(path(cast, "mails"))
    miura.page = miura.page.click("受付のお知らせ", index=0)
    miura.fill(subject="犬の申請を受け付けました", body="{nombre} さん")
    miura.press("保存する")
    assert miura.page.status_int == 422 and miura.shows("{nombre}")
    miura.fill(body="{name} 様\n申込番号 {number}")
    miura.press("保存する")
    assert draft(cast)["mails"]["received"].startswith("Subject: 犬の申請を受け付けました\n\n{name} 様")
    assert editing.faults(draft(cast)) == [] and miura.shows("この手続きの文")
    miura.visit(path(cast, "mails/received"))
    miura.press("町の文に戻す")
    assert "mails" not in draft(cast)
    assert miura.get(path(cast, "mails/reset_code"), expect_errors=True).status_int == 404


# ---------------------------------------------------------------- paper forms


def odt(extra: dict[str, bytes] | None = None) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        packed.writestr("content.xml", "<?xml version='1.0'?><office:document-content/>")
        packed.writestr("META-INF/manifest.xml", "<?xml version='1.0'?><manifest:manifest/>")
        for name, content in (extra or {}).items():
            packed.writestr(name, content)
    return kept.getvalue()


def upload(clerk, cast, name: str, content: bytes, title: str = "登録の用紙"):
    clerk.visit(path(cast, "paper-forms"))
    form = next(f for f in clerk.page.forms.values() if "file" in f.fields)
    form["title"], form["file"] = title, Upload(name, content)
    clerk.page = form.submit("act_add").maybe_follow()
    return clerk.page


def test_a_paper_form_is_public_once_it_is_published(miura, chief, browser, cast):
    """R-4.2 for what a clerk uploads too; residents get it with the version that names it."""
    upload(miura, cast, r"C:\様式\犬の 用紙.PDF", PDF)
    assert draft(cast)["paper_forms"][-1] == {"file": "dog-registration-2.pdf", "title": "登録の用紙"}
    assert miura.shows("まだ公開していません")
    assert miura.get(path(cast, "paper-forms/dog-registration-2.pdf")).body == PDF
    row = PaperForm.get(PaperForm.name == "dog-registration-2.pdf")
    stranger = browser()
    address = f"/procedures/{cast.dogs.id}/forms/{row.id}"
    assert "登録の用紙" not in stranger.visit(f"/procedures/{cast.dogs.id}").text
    assert stranger.get(address, expect_errors=True).status_int == 404
    with models.transaction():
        procedure.publish_draft(Procedure.get_by_id(cast.dogs.id), by=None)
    assert "登録の用紙" in stranger.visit(f"/procedures/{cast.dogs.id}").text
    assert stranger.get(address).body == PDF


def test_paper_forms_are_named_ordered_and_taken_off(miura, cast):
    upload(miura, cast, "sheet.odt", odt())
    assert [entry["file"] for entry in draft(cast)["paper_forms"]] == ["dog-registration.pdf", "sheet.odt"]
    miura.press("place.0")
    assert draft(cast)["paper_forms"][0]["file"] == "sheet.odt"
    miura.fill(title="表")
    miura.press("この名前にする")
    assert draft(cast)["paper_forms"][0]["title"] == "表"
    miura.press("この様式を外す")
    assert [entry["file"] for entry in draft(cast)["paper_forms"]] == ["dog-registration.pdf"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", b""),
        ("a.exe", b"MZ" + bytes(200)),
        ("a.pdf", b"just text"),
        ("a.odt", b"PK\x03\x04broken"),
        ("a.odt", odt({"run.exe": b"MZ" + bytes(200)})),
        ("a.zip", odt()),
    ],
)
def test_a_file_that_is_refused_changes_nothing(miura, cast, name, content):
    before = PaperForm.select().count()
    upload(miura, cast, name, content)
    assert miura.page.status_int == 422 and miura.page.html.find(id="q-file-error")
    assert Procedure.get_by_id(cast.dogs.id).draft is None and PaperForm.select().count() == before
    assert ".zip」" not in miura.page.text.replace("a.zip", "")


def test_nothing_chosen(miura, cast):
    miura.visit(path(cast, "paper-forms"))
    miura.press("様式を足す")
    assert miura.page.status_int == 422 and miura.shows(
        "様式のファイルを選んでください", "様式の名前を入力してください"
    )


def test_a_type_that_cannot_be_changed_has_nothing_to_save(miura, cast):
    """What a choice keeps of an answer is no text: once published, it stays a choice."""
    kinds = edit_question.other_kinds("choice", published=True)
    assert kinds == {} == edit_question.other_kinds("money", published=True)
    miura.visit(path(cast, "questions/sex/type"))
    assert miura.shows("新しい項目を足してください", "戻る") and not miura.shows("保存する")
