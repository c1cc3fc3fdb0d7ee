"""保存した手続き: its page, going on, what comes too late, a form that changed, beginning with a copy."""

from __future__ import annotations

import json

import pytest
from cast_acts import PDF, attach, person, sent, write
from webtest import Upload

import clock
import models
from models import Application, OutboxMail, Procedure
from rules import draft, procedure

PASSWORD = "nagisa-no-machi-7"


@pytest.fixture
def keiko(browser, cast):
    return browser(cast.keiko)


def begin(opened, cast) -> int:
    opened.visit(f"/procedures/{cast.dogs.id}")
    opened.press("申請する")
    return Application.select().order_by(Application.id.desc()).get().id


def publish(cast, change) -> None:
    document = json.loads(json.dumps(procedure.published(Procedure.get_by_id(cast.dogs.id))[1]))
    change(document)
    procedure.load(cast.town, document)


def columns(cast, **values) -> None:
    with models.transaction():
        Procedure.update(values).where(Procedure.id == cast.dogs.id).execute()


# ---------------------------------------------------------------- 内容詳細


def test_the_way_of_the_faq(keiko, cast):
    """R-3.2, as the published FAQ describes it: saved, found again under マイページ, gone on with where it stopped."""
    begin(keiko, cast)
    keiko.press("次へ進む")
    keiko.fill(dog_name="ポチ")
    keiko.press("保存してあとで申請する")
    keiko.visit("/mypage")
    keiko.page = keiko.page.click("保存した手続き・判定結果の照会").click("保存した手続き一覧").click("犬の登録申請")
    assert keiko.shows("内容詳細", "まだ申請されていません", "12月24日（木）まで", "その日の終わりまで", "破棄する")
    assert keiko.page.text.index("ポチ") < keiko.page.text.index('value="次へ進む"')
    keiko.press("次へ進む")
    assert keiko.page.request.path.endswith("/pages/dog") and keiko.shows('value="ポチ"')


def test_what_is_there_and_what_is_lacking(keiko, cast):
    """R-3.3: answers in words, files by name, what is missing without reproach, nothing typed left out."""
    key = begin(keiko, cast)
    keiko.press("次へ進む")
    keiko.fill(dog_name="ポチ", sex="male", dog_birth_date__era="H", dog_birth_date__year="40")
    keiko.fill(certificate=Upload("証.pdf", PDF))
    keiko.press("保存してあとで申請する")
    keiko.visit(f"/applications/{key}/draft")
    assert keiko.shows("浜口　恵子", "このページは、すべて入力してあります", "おす", "証.pdf", "平成40年")
    text = keiko.page.text
    lacking = text[text.index("まだ入力していないもの：") :].split("</p>")[0]
    assert "毛色" in lacking or "色" in lacking
    assert "犬の名前" not in lacking and "もう一度お確かめいただきたいもの：" in text
    assert "エラー" not in text


def test_a_page_of_somebody_else_is_not_there(keiko, cast, browser):
    """R-7.8"""
    written = write(cast.dogs, cast.keiko)
    ken = browser(cast.ken)
    for rest in ("draft", "discard"):
        assert ken.visit(f"/applications/{written.id}/{rest}").status_int == 404
    token = next(form["csrf"].value for form in ken.visit("/mypage").forms.values() if "csrf" in form.fields)
    for rest in ("resume", "discard", "copy"):
        response = ken.post(f"/applications/{written.id}/{rest}", {"csrf": token}, expect_errors=True)
        assert response.status_int == 404, rest
    assert Application.select().count() == 1


def test_saved_ones_by_the_page(keiko, cast):
    for _ in range(21):
        draft.start(cast.dogs, person(cast.keiko))
    keiko.visit("/mypage/drafts")
    assert keiko.page.text.count('class="row"') == 20
    keiko.page = keiko.page.click("次のページ")
    assert keiko.page.text.count('class="row"') == 1
    assert keiko.shows("前のページ")


def test_discarding_asks_once_more(keiko, cast):
    written = write(cast.dogs, cast.keiko)
    keiko.visit(f"/applications/{written.id}/draft")
    keiko.page = keiko.page.click("破棄する")
    assert keiko.shows("元に戻せません") and Application.select().count() == 1
    keiko.page = keiko.page.click("破棄しないで戻る")
    assert keiko.shows("内容詳細")
    keiko.page = keiko.page.click("破棄する")
    keiko.press("破棄する")
    assert Application.select().count() == 0


# ---------------------------------------------------------------- too late


def test_a_page_open_when_the_time_runs_out_is_saved(keiko, cast):
    """R-3.6: nothing typed is lost, and saving is a save."""
    key = begin(keiko, cast)
    keiko.press("次へ進む")
    keiko.fill(dog_name="ハチ")
    waiting = keiko.page
    with clock.at("2026-12-25T00:00:30"):
        keiko.log_in(cast.keiko.email, PASSWORD)
        assert keiko.visit(f"/applications/{key}/draft").status_int == 410
        form = next(f for f in waiting.forms.values() if "dog_name" in f.fields)
        keiko.page = form.submit("act_save").maybe_follow()
        assert keiko.shows("まだ申請されていません", "ハチ", "1月25日（月）まで")


def test_a_confirm_page_open_at_midnight_still_sends(keiko, cast):
    """R-3.1"""
    written = write(cast.dogs, cast.keiko)
    with clock.at("2026-12-24T23:59:50"):
        keiko.log_in(cast.keiko.email, PASSWORD)
        keiko.visit(f"/applications/{written.id}/confirm")
    with clock.at("2026-12-25T00:00:05"):
        keiko.press("この内容で申請する")
        assert keiko.shows("申請を受け付けました")


def test_going_on_from_a_page_open_at_midnight(keiko, cast):
    written = write(cast.dogs, cast.keiko)
    with clock.at("2026-12-24T23:59:50"):
        keiko.log_in(cast.keiko.email, PASSWORD)
        keiko.visit(f"/applications/{written.id}/draft")
    with clock.at("2026-12-25T00:00:05"):
        keiko.press("次へ進む")
        assert keiko.shows('value="ポチ"')


@pytest.mark.parametrize("how", ["discarded", "tidied", "long over"])
def test_typed_for_a_draft_that_is_gone(keiko, cast, how):
    """Issue 3, faults: the words stand there with their labels and begin a new application."""
    key = begin(keiko, cast)
    keiko.press("次へ進む")
    keiko.fill(dog_name="ハチ", dog_birth_date__year="来年")
    waiting = next(f for f in keiko.page.forms.values() if "dog_name" in f.fields)
    if how == "discarded":
        draft.discard(Application.get_by_id(key))
    with clock.at("2026-12-27T09:00:00" if how != "discarded" else "2026-11-24T10:01:00"):
        if how == "tidied":
            draft.expire_drafts(clock.now())
        keiko.log_in(cast.keiko.email, PASSWORD)
        keiko.page = waiting.submit("act_next", status=404)
        assert keiko.shows("いま入力された内容", "犬の名前", "ハチ", "来年", "申請は、送られていません")
        keiko.press("この内容でもう一度始める")
        assert keiko.shows('value="ハチ"', 'value="来年"')
        made = Application.select().order_by(Application.id.desc()).get()
        assert (made.answers["dog_name"], made.answers["name"]["family"]) == ("ハチ", "浜口")


def test_beginning_anew_is_refused_as_any_beginning(keiko, cast):
    """The page stays, with what was typed."""
    key = begin(keiko, cast)
    keiko.press("次へ進む")
    keiko.fill(dog_name="ハチ")
    draft.discard(Application.get_by_id(key))
    keiko.press("next", status=404)
    columns(cast, closes_at=clock.now())
    keiko.press("この内容でもう一度始める", status=422)
    assert keiko.shows("いまは申請できません", "ハチ")
    assert Application.select().count() == 0


def test_a_strangers_expired_draft_can_be_saved_within_a_day(browser, cast):
    """R-3.5"""
    bulky = Procedure.get(Procedure.slug == "bulky-waste")
    opened = browser()
    opened.visit(f"/procedures/{bulky.id}")
    opened.press("申請する")
    waiting = next(f for f in opened.page.forms.values() if "act_save" in f.fields)
    with clock.at("2026-11-25T10:00:00"):
        assert opened.visit(opened.page.request.path).status_int == 410
        opened.page = waiting.submit("act_attach.none").maybe_follow()
        assert draft.expire_drafts(clock.now()) == 0
        assert Application.get().expires_at == clock.now() + draft.VISITOR_LIFE


# ---------------------------------------------------------------- 保存してあとで申請する without an account


def bulky_draft(opened) -> int:
    bulky = Procedure.get(Procedure.slug == "bulky-waste")
    opened.visit(f"/procedures/{bulky.id}")
    opened.press("申請する")
    form = next(f for f in opened.page.forms.values() if "act_save" in f.fields)
    name = next(name for name, fields in form.fields.items() if name and fields[0].attrs.get("type") == "tel")
    form[name] = "0999-00-7777"
    opened.page = form.submit("act_save").maybe_follow()
    return Application.get().id


def test_saved_by_a_stranger_who_logs_in(browser, cast):
    """R-3.5: the login takes the input along."""
    opened = browser()
    key = bulky_draft(opened)
    assert opened.page.request.path == "/login"
    opened.fill(email=cast.keiko.email, password=PASSWORD)
    opened.press("ログイン")
    assert opened.shows("内容詳細", "0999-00-7777", "12月24日（木）まで")
    assert Application.get_by_id(key).resident_id == cast.keiko.id


def test_saved_by_a_stranger_who_registers(browser, cast):
    """R-3.5: so does the registration."""
    opened = browser()
    key = bulky_draft(opened)
    opened.page = opened.page.click("新規登録", index=0)
    opened.fill(email="new@example.jp")
    opened.press("認証コードを送信する")
    code = next(word for word in OutboxMail.get().body.split() if word.isdecimal() and len(word) == 6)
    opened.fill(code=code)
    opened.press("次へ進む")
    opened.fill(
        name__family="小林", name__given="花子", name__family_kana="コバヤシ", name__given_kana="ハナコ",
        birth_date__year="1988", birth_date__month="4", birth_date__day="9", home__postal_code="999-8101",
        home__prefecture="山形県", home__address="朝凪町浜手二丁目", telephone="0999-00-1322",
        password="umi-no-mieru-9", password_again="umi-no-mieru-9",
    )  # fmt: skip
    form = next(f for f in opened.page.forms.values() if "password" in f.fields)
    if "notices" in form.fields:
        form["notices"] = "no"
    opened.press("確認する")
    opened.press("登録する")
    assert opened.shows("登録が完了しました")
    opened.visit("/mypage/drafts")
    assert opened.page.text.count('class="row"') == 1
    opened.visit(f"/applications/{key}/draft")
    assert opened.shows("内容詳細", "0999-00-7777")


# ---------------------------------------------------------------- the form changed, or is closed


def more_questions(document) -> None:
    dog = document["form"]["pages"][1]
    dog["questions"] = [q for q in dog["questions"] if q["key"] != "breed"]
    dog["questions"].append({"key": "nickname", "type": "text", "label": "愛称", "hint": "", "required": True})


def test_a_form_that_changed_is_pointed_at(keiko, cast):
    """Issue 3, faults: new and changed questions are marked on resuming, gone ones named."""
    written = write(cast.dogs, cast.keiko)
    keiko.visit(f"/applications/{written.id}/draft")
    assert not keiko.shows("様式が変わりました")
    publish(cast, more_questions)
    keiko.visit(f"/applications/{written.id}/draft")
    assert keiko.shows("入力を始めたあとで、様式が変わりました", "愛称", "次の質問はなくなりました", "犬の種類")
    keiko.visit(f"/applications/{written.id}/pages/dog")
    assert keiko.page.text.count("この質問が変わりました") == 1 and keiko.shows('value="ポチ"')
    keiko.fill(nickname="ポー")
    keiko.press("次へ進む")
    keiko.press("この内容で申請する")
    assert keiko.shows("申請を受け付けました")
    now = procedure.published(Procedure.get_by_id(cast.dogs.id))[0]
    assert Application.get_by_id(written.id).form_version_id == now != written.form_version_id


def test_typed_while_the_form_was_published_anew(keiko, cast):
    """R-3.6: a question that was on the page, and one that has another type now, keep what was typed."""
    written = write(cast.dogs, cast.keiko)
    keiko.visit(f"/applications/{written.id}/pages/dog")
    keiko.fill(breed="甲斐犬", dog_name="ハチ", certificate=Upload("証.pdf", PDF))
    publish(cast, more_questions)
    keiko.press("次へ進む")
    assert keiko.shows('value="ハチ"', "愛称", "証.pdf", "様式が変わりました")
    answers = Application.get_by_id(written.id).answers
    assert (answers["breed"], answers["dog_name"]) == ("甲斐犬", "ハチ")


def test_the_page_itself_is_gone_from_the_form(keiko, cast):
    written = write(cast.dogs, cast.keiko)
    keiko.visit(f"/applications/{written.id}/pages/dog")
    keiko.fill(dog_name="ハチ")

    def rename(document) -> None:
        document["form"]["pages"][1]["key"] = "animal"

    publish(cast, rename)
    keiko.press("次へ進む")
    assert keiko.page.request.path.endswith("/pages/owner")
    assert Application.get_by_id(written.id).answers["dog_name"] == "ハチ"
    keiko.visit(f"/applications/{written.id}/pages/dog")
    assert keiko.page.request.path.endswith("/pages/owner")
    keiko.visit(f"/applications/{written.id}/draft")
    keiko.press("次へ進む")
    assert keiko.page.status_int == 200


def test_a_procedure_closed_under_a_draft(keiko, cast):
    """Issue 3, faults: a sentence, and the input stays."""
    written = write(cast.dogs, cast.keiko)
    attach(written)
    keiko.visit(f"/applications/{written.id}/confirm")
    waiting = keiko.page
    columns(cast, listed_as=None)
    for rest in ("draft", "pages/dog", "confirm"):
        keiko.visit(f"/applications/{written.id}/{rest}")
        assert keiko.shows("いまは受け付けていません", "ポチ"), rest
    assert not keiko.shows("この内容で申請する")
    keiko.page = waiting
    keiko.press("この内容で申請する", status=422)
    assert keiko.shows("受付は終わりました", "ポチ")
    keiko.visit(f"/applications/{written.id}/pages/dog")
    keiko.fill(dog_name="ハチ")
    keiko.press("保存してあとで申請する")
    assert keiko.shows("ハチ", "まだ申請されていません")


def test_a_period_that_has_not_begun(keiko, cast):
    written = write(cast.dogs, cast.keiko)
    columns(cast, opens_at=clock.now().replace(hour=23))
    keiko.visit(f"/applications/{written.id}/draft")
    assert keiko.shows("受付は、まだ始まっていません")


# ---------------------------------------------------------------- 前回の申請を写す, 「同じ手続きの申請があります」


def copy(opened, done, **fields):
    token = next(form["csrf"].value for form in opened.visit("/mypage").forms.values() if "csrf" in form.fields)
    path = f"/applications/{done.id}/copy"
    opened.page = opened.post(path, {"csrf": token, "act_copy": "前回の申請を写す", **fields}, expect_errors=True)
    opened.page = opened.page.maybe_follow()


def test_copying_an_earlier_application(keiko, cast):
    """R-3.7: what came of it stands on 内容詳細, with the word that files are not copied."""
    done = sent(cast.dogs, cast.keiko)
    with models.transaction():
        Application.update(status="COMPLETED").where(Application.id == done.id).execute()
    copy(keiko, done)
    assert keiko.shows(
        "内容詳細", "前回の申請から写しました", "添付ファイルは写していません", "ポチ", "まだ申請されていません"
    )
    keiko.press("次へ進む")
    assert keiko.page.request.path.endswith("/pages/owner")


def test_copying_asks_first_when_one_is_open(keiko, cast):
    """R-3.8"""
    done = sent(cast.dogs, cast.keiko)
    copy(keiko, done)
    assert keiko.shows("同じ手続きの申請があります") and Application.select().count() == 1
    copy(keiko, done, act_new="1")
    assert keiko.shows("内容詳細") and Application.select().count() == 2


def test_copying_what_is_not_offered_any_more(keiko, cast):
    done = sent(cast.dogs, cast.keiko)
    columns(cast, listed_as=None)
    copy(keiko, done)
    assert keiko.page.status_int == 422 and keiko.shows("いまは受け付けていません")


def test_the_first_page_offers_a_copy(keiko, cast):
    """R-3.7: also where 「新しく申請する」 was pressed; what was just typed stays."""
    begin(keiko, cast)
    assert not keiko.shows("前回の申請を写す")
    sent(cast.dogs, cast.keiko)
    keiko.visit(f"/procedures/{cast.dogs.id}")
    keiko.press("申請する")
    assert keiko.shows("同じ手続きの申請があります")
    keiko.press("新しく申請する")
    keiko.fill(telephone="0999-00-0009")
    keiko.press("前回の申請を写す")
    assert keiko.shows("前回の申請から写しました", 'value="0999-00-0009"') and not keiko.shows('name="act_copy"')
    keiko.press("次へ進む")
    assert keiko.shows('value="ポチ"')


def test_you_already_have_one(keiko, cast):
    """R-3.8: a draft and an open application, where several are allowed."""
    done = sent(cast.dogs, cast.keiko)
    begin(keiko, cast)
    assert keiko.shows("同じ手続きの申請があります", "受付済み", "新しく申請する") and not keiko.shows(
        "続きから入力する"
    )
    keiko.press("新しく申請する")
    keiko.visit(f"/procedures/{cast.dogs.id}")
    keiko.press("申請する")
    assert keiko.shows("続きから入力する", "保存中", "受付済み")
    keiko.press("続きから入力する")
    assert keiko.page.request.path.endswith("/pages/owner")
    with models.transaction():
        Application.update(status="COMPLETED").where(Application.id == done.id).execute()
    draft.discard(Application.get(Application.status == "DRAFT"))
    begin(keiko, cast)
    assert "/pages/" in keiko.page.request.path


def test_one_per_person(keiko, cast):
    """R-3.8: told before, and refused at sending; free again when the first is done."""
    publish(cast, lambda document: document.update(once=True))
    done = sent(cast.dogs, cast.keiko)
    begin(keiko, cast)
    assert keiko.shows("1人1件まで") and not keiko.shows("新しく申請する")
    second = write(Procedure.get_by_id(cast.dogs.id), cast.keiko)
    keiko.visit(f"/applications/{second.id}/confirm")
    keiko.press("この内容で申請する", status=422)
    assert keiko.shows("1人1件まで") and Application.get_by_id(second.id).number is None
    with models.transaction():
        Application.update(status="COMPLETED", once_key=None).where(Application.id == done.id).execute()
    keiko.visit(f"/applications/{second.id}/confirm")
    keiko.press("この内容で申請する")
    assert keiko.shows("申請を受け付けました")
