"""保存した手続き: its page, going on, what comes too late, a form that changed, beginning with a copy."""

from __future__ import annotations

import json

import pytest
from cast_acts import PDF, attach, person, sent, write
from visitor_acts import open_dogs
from webtest import Upload

import clock
import models
from models import Application, OutboxMail, Procedure
from rules.applications import draft
from rules.procedures import procedure

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
    assert keiko.page.html.h1.text == "保存した手続き一覧" and keiko.shows("保存した内容を破棄しました")
    assert "破棄しました" not in keiko.visit("/mypage/drafts").text
    assert keiko.visit(f"/applications/{written.id}/draft").status_int == 404
    assert keiko.shows("破棄したか、保存の期限が過ぎて消えたのかもしれません")


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
    columns(cast, period_until="2020-01-01")
    keiko.press("この内容でもう一度始める", status=422)
    assert keiko.shows("いまは申請できません", "ハチ")
    assert Application.select().count() == 0


@pytest.mark.parametrize("tidied", [False, True])
def test_a_strangers_page_open_when_the_day_was_over(browser, cast, tidied):
    """R-3.5 R-3.6: the draft is gone, what was typed on the page is given back and begins a new one."""
    opened = browser()
    with clock.at("2026-11-24T09:00:00"):
        wanted = open_dogs(cast)
        opened.visit(f"/procedures/{wanted.id}")
        opened.press("申請する")
    opened.fill(telephone="0999-00-7777", name__family="浜口")
    waiting = next(f for f in opened.page.forms.values() if "act_save" in f.fields)
    with clock.at("2026-11-25T09:00:00"):
        assert opened.visit(opened.page.request.path).status_int == 410
        if tidied:
            assert draft.expire_drafts(clock.now()) == 1
        opened.page = waiting.submit("act_next", status=404)
        assert opened.shows("0999-00-7777", "浜口", "申請は、送られていません")
        opened.press("この内容でもう一度始める")
        assert opened.shows('value="0999-00-7777"')
        assert Application.select().order_by(Application.id.desc()).get().visitor


def test_beginning_anew_tells_of_what_is_open(keiko, cast):
    """R-3.8: a double click makes one draft; the typed words stay, and begin another one when that is wanted."""
    key = begin(keiko, cast)
    keiko.press("次へ進む")
    keiko.fill(dog_name="ハチ")
    draft.discard(Application.get_by_id(key))
    keiko.press("next", status=404)
    lost = keiko.page
    keiko.press("この内容でもう一度始める")
    keiko.page = lost
    keiko.press("この内容でもう一度始める", status=422)
    assert keiko.shows("同じ手続きの申請が、ほかにあります", "ほかの申請を確かめる", "ハチ")
    assert Application.select().count() == 1
    keiko.press("この内容で新しく申請する")
    assert keiko.shows('value="ハチ"') and Application.select().count() == 2


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


def test_at_a_shared_computer_another_persons_login_takes_nothing(browser, cast):
    """R-3.5: by the head of another page; the browser that was writing goes on with it."""
    opened = browser()
    bulky = Procedure.get(Procedure.slug == "bulky-waste")
    opened.visit(f"/procedures/{bulky.id}")
    opened.press("申請する")
    place = opened.page.request.path
    opened.log_in(cast.ken.email, PASSWORD)
    assert Application.get().resident_id is None
    assert opened.page.request.path == "/mypage" and not opened.shows("に移しました")
    opened.press("ログアウト")
    assert opened.visit(place).request.path == place


def test_a_login_by_the_head_of_an_input_page_takes_it_along(browser, cast):
    """R-3.5: and says so."""
    opened = browser()
    bulky = Procedure.get(Procedure.slug == "bulky-waste")
    opened.visit(f"/procedures/{bulky.id}")
    opened.press("申請する")
    place = opened.page.request.path
    opened.page = opened.page.click("ログイン", index=0)
    opened.fill(email=cast.keiko.email, password=PASSWORD)
    opened.press("ログイン")
    assert opened.page.request.path == place and opened.shows("に移しました", "12月24日（木）まで")
    assert Application.get().resident_id == cast.keiko.id


def test_asked_for_and_logged_in_elsewhere(browser, cast):
    """R-3.5: マイページ says what was taken along; half an hour later it is nobody's."""
    opened, late = browser(), browser()
    key = bulky_draft(opened)
    opened.log_in(cast.keiko.email, PASSWORD)
    assert opened.page.request.path == "/mypage" and opened.shows("に移しました", "まだ申請されていません")
    assert Application.get_by_id(key).resident_id == cast.keiko.id
    bulky_draft(late)
    with clock.at("2026-11-24T10:30:00"):
        late.log_in(cast.ken.email, PASSWORD)
    assert not late.shows("に移しました")
    assert not Application.select().where(Application.resident == cast.ken).exists()


def test_saved_after_a_login_that_took_nothing(browser, cast):
    """R-3.5: whoever is signed in and saves has an account to save it in."""
    opened = browser()
    bulky = Procedure.get(Procedure.slug == "bulky-waste")
    opened.visit(f"/procedures/{bulky.id}")
    opened.press("申請する")
    place = opened.page.request.path
    opened.log_in(cast.keiko.email, PASSWORD)
    opened.visit(place)
    opened.press("保存してあとで申請する")
    assert opened.shows("内容詳細", "12月24日（木）まで")
    assert Application.get().resident_id == cast.keiko.id


def test_a_stranger_is_asked_before_an_old_draft_is_opened(browser, cast):
    """R-3.5 R-3.8: at a shared computer it may be another person's: nothing of it is shown."""
    opened = browser()
    key = bulky_draft(opened)
    bulky = Procedure.get(Procedure.slug == "bulky-waste")
    with clock.at("2026-11-24T19:00:00"):
        opened.visit(f"/procedures/{bulky.id}")
        opened.press("申請する")
        assert opened.shows("同じ手続きの申請があります", "このブラウザーで書きかけの申請があります")
        assert not opened.shows("0999-00-7777")
        asked = opened.page
        opened.press("続きから入力する")
        assert opened.page.request.path.startswith(f"/applications/{key}/pages/") and opened.shows("0999-00-7777")
        opened.page = asked
        opened.press("新しく申請する")
        assert not opened.shows("0999-00-7777") and Application.select().count() == 2
        opened.page = asked.click("破棄する")
        assert opened.shows("元に戻せません") and not opened.shows("マイページ</a> &gt;")
        assert opened.page.click("破棄しないで戻る").request.path == f"/procedures/{bulky.id}/existing"
        opened.press("破棄する")
        assert opened.page.request.path == f"/procedures/{bulky.id}"
        assert not Application.select().where(Application.id == key).exists()


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
    assert keiko.shows("開いていたページは、いまの様式にはありません", "入力した内容は、残っています")
    assert not keiko.shows("様式が変わりました")  # all its questions are still asked
    assert Application.get_by_id(written.id).answers["dog_name"] == "ハチ"
    keiko.visit(f"/applications/{written.id}/pages/dog")
    assert keiko.page.request.path.endswith("/pages/owner")
    keiko.visit(f"/applications/{written.id}/draft")
    keiko.press("次へ進む")
    assert keiko.page.status_int == 200


def test_what_went_with_a_page_is_named(keiko, cast):
    """R-3.6: pages, questions and files that no longer count, also those of a form that came and went meanwhile."""
    written = write(cast.dogs, cast.keiko)
    attach(written, name="注射済証.pdf")
    publish(cast, more_questions)
    keiko.visit(f"/applications/{written.id}/pages/dog")
    keiko.fill(nickname="ポー")
    keiko.press("保存してあとで申請する")
    keiko.visit(f"/applications/{written.id}/pages/dog")

    def drop(document) -> None:
        extra = {"key": "extra", "type": "text", "label": "備考", "hint": "", "required": False}
        document["form"]["pages"] = [document["form"]["pages"][0]]
        document["form"]["pages"][0]["questions"].append(extra)

    title = draft.document(written)["form"]["pages"][1]["title"]
    publish(cast, drop)
    keiko.press("次へ進む")
    told = (f"<li>{title}</li>", "<li>犬の名前</li>", "<li>愛称</li>", "：注射済証.pdf</li>", ">備考</a>")
    assert keiko.page.request.path.endswith("/pages/owner")
    assert keiko.shows("開いていたページは、いまの様式にはありません", *told)
    keiko.visit(f"/applications/{written.id}/draft")
    assert keiko.shows(*told)


def test_a_question_gone_from_the_page_is_named_there(keiko, cast):
    """R-3.6: after a post from the older page, what is gone from it is told on the page itself."""
    written = write(cast.dogs, cast.keiko)
    keiko.visit(f"/applications/{written.id}/pages/dog")
    publish(cast, more_questions)
    keiko.press("次へ進む")
    assert keiko.page.request.path.endswith("/pages/dog")
    assert keiko.shows("次の質問はなくなりました", "<li>犬の種類</li>", ">愛称</a>")


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


def test_a_procedure_closed_under_a_draft_on_a_page_of_the_newer_form(keiko, cast):
    """Issue 3, faults: the page it stopped on is not in the form it falls back to."""
    written = write(cast.dogs, cast.keiko)
    publish(cast, lambda document: document["form"]["pages"][1].update(key="animal"))
    keiko.visit(f"/applications/{written.id}/pages/animal")
    keiko.press("保存してあとで申請する")
    columns(cast, closed_at=clock.now(), listed_as=None)
    assert keiko.visit(f"/applications/{written.id}/draft").status_int == 200
    keiko.press("次へ進む")
    assert keiko.page.request.path.endswith("/pages/owner")


def test_a_procedure_that_asks_for_a_login_now(browser, cast):
    """R-3.5 R-3.8: what a stranger has begun is not sent without an account, and goes on with one."""
    wanted, opened = open_dogs(cast), browser()
    opened.visit(f"/procedures/{wanted.id}")
    opened.press("申請する")
    place = opened.page.request.path
    procedure.load(cast.town, dict(procedure.published(wanted)[1], login="required", once=True))
    opened.visit(place)
    assert opened.shows("ログインが必要になりました")
    opened.press("保存してあとで申請する")
    opened.fill(email=cast.keiko.email, password=PASSWORD)
    opened.press("ログイン")
    assert opened.shows("内容詳細") and not opened.shows("いまは申請できません")


def test_a_period_that_has_not_begun(keiko, cast):
    written = write(cast.dogs, cast.keiko)
    columns(cast, period_from="2099-01-01")
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
    assert keiko.shows("前回の申請から写して始めます")
    keiko.press("新しく申請する")
    assert keiko.shows("内容詳細", "前回の申請から写しました", "ポチ") and Application.select().count() == 2


def test_only_an_own_application_of_that_procedure_is_copied(keiko, cast):
    """R-3.7 R-7.8: the address names which; anything else there begins as always."""
    others, done = sent(cast.dogs, cast.ken), sent(cast.dogs, cast.keiko)
    other = sent(procedure.load(cast.town, dict(procedure.published(cast.dogs)[1], id="cats")), cast.keiko)
    for key in (others.id, other.id, write(cast.dogs, cast.keiko).id, 0, 999_999_999, "x"):
        keiko.visit(f"/procedures/{cast.dogs.id}/existing?copy={key}")
        assert not keiko.shows("写して始めます") and keiko.shows(f'action="/procedures/{cast.dogs.id}/apply"')
    keiko.visit(f"/procedures/{cast.dogs.id}/existing?copy={done.id}")
    assert keiko.shows(f'action="/applications/{done.id}/copy"')


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


def test_a_copy_asked_for_in_a_second_tab_is_refused_with_the_reason(keiko, cast):
    """R-3.7: nothing is said to be copied where nothing was."""
    sent(cast.dogs, cast.keiko)
    written = draft.start(cast.dogs, person(cast.keiko))
    keiko.visit(f"/applications/{written.id}/pages/owner")
    waiting = keiko.page
    draft.save_page(written, draft.document(written)["form"]["pages"][1], {"dog_name": "ハチ"})
    keiko.page = waiting
    keiko.fill(telephone="0999-00-0009")
    keiko.press("前回の申請を写す", status=422)
    assert keiko.shows("前回の申請は、写していません", "ほかのページに、もう入力した内容があります")
    assert keiko.shows('value="0999-00-0009"') and not keiko.shows("前回の申請から写しました")
    assert Application.get_by_id(written.id).answers["dog_name"] == "ハチ"


def test_a_copy_tells_where_it_differs_from_the_account(keiko, cast):
    """R-3.7: who has moved since sees that the old address was copied."""
    away = {"postal_code": "999-8101", "prefecture": "山形県", "address": "朝凪町山手9番9号"}
    sent(cast.dogs, cast.keiko, address=away)
    written = draft.start(cast.dogs, person(cast.keiko))
    keiko.visit(f"/applications/{written.id}/pages/owner")
    keiko.press("前回の申請を写す")
    assert keiko.shows("いま登録してある利用者情報とちがいます：", "山手9番9号")


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


def test_an_approved_one_is_open_too(keiko, cast):
    """R-3.8: told before anything is typed, where one per person is allowed."""
    publish(cast, lambda document: document.update(once=True))
    done = sent(Procedure.get_by_id(cast.dogs.id), cast.keiko)
    with models.transaction():
        Application.update(status="APPROVED").where(Application.id == done.id).execute()
    begin(keiko, cast)
    assert keiko.shows("同じ手続きの申請があります", "1人1件まで") and Application.select().count() == 1


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
