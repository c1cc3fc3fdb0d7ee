"""手続き判定 as a resident meets it: questions, result, paper, saving and finding again."""

from __future__ import annotations

import re

import pytest
from account_acts import code_in_mail
from cast_acts import PASSWORD, as_staff

import clock
import demo
import models
from models import GuideResult, Procedure, Resident, Town
from rules.guides import guide

PROFILE = {
    "name__family": "小林",
    "name__given": "花子",
    "name__family_kana": "コバヤシ",
    "name__given_kana": "ハナコ",
    "birth_date__era": "S",
    "birth_date__year": "63",
    "birth_date__month": "4",
    "birth_date__day": "9",
    "home__postal_code": "9998101",
    "home__address": "朝凪町浜手二丁目14番6号",
    "telephone": "0999-00-1322",
    "notices": "yes",
    "password": "umi-no-mieru-machi",
    "password_again": "umi-no-mieru-machi",
}
PETS = """題名：動物を飼っている方の手続き
説明：犬を飼っている方が、必要な手続きが分かります。

質問：動物
文：犬を飼っていますか
・犬：飼っている
・なし：飼っていない

質問：犬のこと
文：犬について、あてはまるものを選んでください
選び方：いくつでも
聞くとき：動物＝犬
・新しい：飼い始めたばかり
・転居：引っ越した

質問：ごみ
文：大きなごみはありますか
・ある
・ない

手続き：犬の登録申請
手続案内：dog-registration
出すとき：動物＝犬 かつ 犬のこと＝新しい
理由：犬の登録は、飼い主の義務です。
いつまで：飼い始めた日から30日以内
用意するもの：
・本人確認書類

手続き：婚姻届
手続案内：marriage-notification
出すとき：ごみ＝ある

手続き：役場への相談
用意するもの：
・本人確認書類
・印鑑

共通の案内：
  期限の最後の日が休みのときは、次の開庁日までです。
"""


@pytest.fixture
def pets(cast):
    return guide.load(cast.town, "pets", PETS)


def choose(opened, *numbers: int, button: str = "次へ進む"):
    """Answer the question shown and press on."""
    form = next(form for form in opened.page.forms.values() if "choice" in form.fields)
    boxes = form.fields["choice"]
    if len(boxes) > 1:
        for number, box in enumerate(boxes, 1):
            box.checked = number in numbers
    elif numbers:
        form["choice"] = str(numbers[0])
    return opened.press(button)


def walk(opened, pets, *answers):
    opened.visit(f"/guides/{pets.id}")
    opened.page = opened.page.click("はじめる")
    for numbers in answers:
        choose(opened, *numbers)
    return opened.page


DOG = ((1,), (1, 2), (1,))


def test_from_the_list_to_the_result(browser, cast, pets):
    """R-2.7: 手続き判定, a short questionnaire, ends in the procedures needed, why, and what to bring."""
    stranger = browser()
    stranger.visit(f"/towns/{cast.town.code}/guides")
    assert stranger.page.html.h1.text == "手続き判定"
    stranger.page = stranger.page.click("動物を飼っている方の手続き")
    stranger.page = stranger.page.click("はじめる")
    assert stranger.shows("犬を飼っていますか", "必須", "質問1")
    choose(stranger, 1)
    assert stranger.shows("犬について", "いくつでも選べます", "これまでの答え", "飼っている", "戻る")
    choose(stranger, 1, 2)
    choose(stranger, 1)
    page = stranger.page
    assert page.html.h1.text == "判定結果" and "3つの手続き" in page.text
    box = next(box for box in page.html.find_all(class_="box") if "犬の登録申請" in box.text)
    assert box.a["href"] == f"/procedures/{cast.dogs.id}"
    for words in (
        "飼い主の義務です",
        "動物：飼っている",
        "犬のこと：飼い始めたばかり",
        "飼い始めた日から30日以内",
        "本人確認書類",
    ):
        assert words in box.text
    counter = next(box for box in page.html.find_all(class_="box") if "婚姻届" in box.text)
    assert "窓口のみ" in counter.text
    together = page.html.find("h2", string="持ち物のまとめ").find_next("ul")
    assert [item.text for item in together.find_all("li")] == ["本人確認書類", "印鑑"]
    assert "次の開庁日まで" in page.text and GuideResult.select().count() == 0


def test_nothing_is_asked_of_whom_it_does_not_concern(browser, pets):
    stranger = browser()
    walk(stranger, pets, (2,), (2,))
    assert stranger.shows("判定結果", "役場への相談") and not stranger.shows("犬の登録申請")


def test_an_answer_is_needed_where_one_is(browser, pets):
    """R-3.6: the sentence beside the question, and where we were."""
    stranger = browser()
    walk(stranger, pets)
    choose(stranger)
    assert stranger.page.status_int == 422 and stranger.shows("選んでください", "犬を飼っていますか")
    choose(stranger, 1)
    choose(stranger)
    assert stranger.shows("大きなごみ", "あてはまるものはない")


def test_back_keeps_what_was_chosen(browser, pets):
    """R-3.6: 「戻る」 shows the question before with its answer, and the one just answered is not lost."""
    stranger = browser()
    walk(stranger, pets, (1,), (2,))
    choose(stranger, 2, button="戻る")
    boxes = stranger.page.html.find_all("input", type="checkbox")
    assert [box.has_attr("checked") for box in boxes] == [False, True]
    stranger.press("戻る")
    assert stranger.page.html.find("input", type="radio", checked=True)["value"] == "1"
    stranger.press("次へ進む")
    assert stranger.shows("判定結果"), "the last answer was kept, so nothing is left to ask"
    walk(stranger, pets)
    choose(stranger, button="戻る")
    assert stranger.shows("はじめる")


def test_back_from_the_first_question_keeps_the_answers(browser, pets):
    """R-3.6: 「はじめる」 goes on where it was."""
    stranger = browser()
    walk(stranger, pets, (1,))
    stranger.press("戻る")
    choose(stranger, 1, button="戻る")
    assert stranger.page.request.path == f"/guides/{pets.id}"
    stranger.page = stranger.page.click("はじめる")
    assert stranger.shows("犬について", "これまでの答え", "飼っている")


def test_an_answer_is_changed_from_the_result(browser, pets):
    """R-2.7: later answers that no longer apply are dropped, the others stay."""
    stranger = browser()
    walk(stranger, pets, *DOG)
    stranger.page = stranger.page.click(description="直す", href="at=1", index=0)
    choose(stranger, 2)
    assert stranger.shows("判定結果", "婚姻届") and not stranger.shows("犬の登録申請")
    stranger.page = stranger.page.click(description="直す", href="at=1", index=0)
    choose(stranger, 1)
    assert stranger.shows("犬について") and not stranger.page.html.find("input", type="checkbox", checked=True)


def test_the_result_survives_reload_and_goes_on_paper(browser, pets):
    """R-2.7: the address is enough to see it again, in any browser; the paper has everything."""
    stranger = browser()
    address = walk(stranger, pets, *DOG).request.path_qs
    assert len(address) < 60
    other = browser()
    assert other.visit(address).html.h1.text == "判定結果"
    other.page = other.page.click("印刷する")
    assert other.page.html.find(class_="paper") and other.shows("犬の登録申請", "30日以内", "持ち物のまとめ", "□")
    other.page = other.page.click("判定結果へ戻る")
    assert other.page.request.path_qs == address


@pytest.mark.parametrize("code", ["x", "abcdef.9-9-9", "zz", "abcdef.", "1" * 900])
def test_an_address_of_other_questions_begins_anew(browser, pets, code):
    stranger = browser()
    for rest in ("questions", "result", "print"):
        stranger.visit(f"/guides/{pets.id}/{rest}?answers={code}")
        assert stranger.shows("質問が新しくなりました", "はじめる")


def test_questions_changed_while_somebody_answers(browser, cast, pets):
    """R-2.7: old answers are never taken for others."""
    stranger = browser()
    walk(stranger, pets, (1,))
    changed = PETS.replace("・犬：飼っている\n", "・猫：猫だけ\n・犬：飼っている\n")
    guide.publish(models.Guide.get_by_id(pets.id), as_staff(cast.administrator), 0, changed)
    choose(stranger, 1)
    assert stranger.shows("質問が新しくなりました")


def test_a_wrong_number_is_no_answer(browser, pets):
    stranger = browser()
    walk(stranger, pets)
    form = next(form for form in stranger.page.forms.values() if "choice" in form.fields)
    for value in ("0", "3", "-1", "x", "１"):
        form["choice"].force_value(value)
        assert form.submit("act_next").status_int == 422
    form["choice"].force_value("1")
    form["at"].force_value("99")
    assert form.submit("act_next").maybe_follow().status_int == 200


# ---------------------------------------------------------------- saving


def test_a_resident_saves_and_finds_it_again(browser, cast, pets):
    """R-2.7: found again under 「保存した手続き・判定結果の照会」, as it was said."""
    keiko = browser(cast.keiko)
    walk(keiko, pets, *DOG)
    keiko.press("この結果を保存する")
    assert keiko.shows(
        "2026年11月24日", "に保存した結果です", "犬の登録申請", "婚姻届", "もう一度判定する", "引っ越した"
    )
    keiko.visit("/mypage/saved")
    keiko.page = keiko.page.click("判定結果一覧").click("動物を飼っている方の手続き")
    assert keiko.page.html.h1.text == "判定結果"
    assert keiko.page.html.find("a", string="犬の登録申請")["href"] == f"/procedures/{cast.dogs.id}"
    keiko.page = keiko.page.click("印刷する")
    assert keiko.shows("持ち物のまとめ", "2026年11月24日")


def test_saving_twice_keeps_it_once(browser, cast, pets):
    keiko = browser(cast.keiko)
    page = walk(keiko, pets, *DOG)
    keiko.press("この結果を保存する")
    keiko.page = page
    keiko.press("この結果を保存する")
    assert GuideResult.select().count() == 1
    with clock.at("2026-12-24T10:00:00+09:00"):
        again = browser(cast.keiko)
        walk(again, pets, *DOG)
        again.press("この結果を保存する")
    assert GuideResult.select().count() == 2


def test_it_stays_as_it_was_said(browser, cast, pets):
    """R-2.7: a later change of the guide or a procedure closed since does not rewrite it; the link goes."""
    keiko = browser(cast.keiko)
    walk(keiko, pets, *DOG)
    keiko.press("この結果を保存する")
    address = keiko.page.request.path
    chief = as_staff(cast.administrator)
    guide.publish(models.Guide.get_by_id(pets.id), chief, 0, PETS.replace("30日以内", "40日以内"))
    with models.transaction():
        Procedure.update(listed_as=None).where(Procedure.id == cast.dogs.id).execute()
    keiko.visit(address)
    assert keiko.shows("30日以内", "犬の登録申請") and not keiko.page.html.find("a", string="犬の登録申請")
    guide.close(models.Guide.get_by_id(pets.id), chief, 1)
    keiko.visit(address)
    assert keiko.shows("30日以内", "この判定は、いまは行っていません") and not keiko.shows("もう一度判定する")


def test_the_result_is_deleted(browser, cast, pets):
    keiko = browser(cast.keiko)
    walk(keiko, pets, *DOG)
    keiko.press("この結果を保存する")
    keiko.press("この結果を削除する")
    assert keiko.page.request.path == "/mypage/guide-results" and keiko.shows("保存した判定結果は、ありません")
    assert GuideResult.select().count() == 0


def test_other_peoples_results_are_not_there(browser, cast, pets):
    """R-2.7: one's own only."""
    keiko = browser(cast.keiko)
    walk(keiko, pets, *DOG)
    keiko.press("この結果を保存する")
    address = keiko.page.request.path
    token = next(form["csrf"].value for form in keiko.page.forms.values() if "act_delete" in form.fields)
    ken = browser(cast.ken)
    for rest in ("", "/print"):
        assert ken.get(address + rest, expect_errors=True).status_int == 404
    assert ken.visit("/mypage/guide-results").text.count("動物を飼っている方") == 0
    mine = next(form["csrf"].value for form in ken.page.forms.values() if "csrf" in form.fields)
    assert mine != token
    ken.post(f"{address}/delete", {"csrf": mine}, expect_errors=True)
    assert GuideResult.select().count() == 1
    assert "/login" in browser().get(address).location


def test_a_visitor_saves_through_login(browser, cast, pets):
    """R-2.7 R-3.6: who presses without a login logs in, and it is saved."""
    visitor = browser()
    walk(visitor, pets, *DOG)
    visitor.press("この結果を保存する")
    visitor.fill(email=cast.keiko.email, password="wrong-" + PASSWORD)
    visitor.press("login")
    visitor.fill(email=cast.keiko.email, password=PASSWORD)
    visitor.press("login")
    assert visitor.shows("に保存した結果です", "犬の登録申請")
    assert GuideResult.get().resident_id == cast.keiko.id
    assert "まだ保存していない" not in visitor.visit("/mypage/guide-results").text


def test_a_visitor_saves_after_registering(browser, pets):
    """R-2.7 R-3.6: the way over 新規登録 loses nothing: the result waits in 判定結果一覧."""
    visitor = browser()
    walk(visitor, pets, *DOG)
    visitor.press("この結果を保存する")
    visitor.page = visitor.page.click("新規登録", index=0)
    visitor.fill(kind="person", email="hanako@example.jp")
    visitor.press("認証コードを送信する")
    visitor.fill(code=code_in_mail("hanako@example.jp"))
    visitor.press("次へ進む")
    visitor.fill(**PROFILE)
    visitor.press("確認する")
    visitor.press("登録する")
    visitor.visit("/mypage/guide-results")
    assert visitor.shows("まだ保存していない判定結果があります")
    visitor.press("この結果を保存する")
    assert visitor.shows("に保存した結果です", "犬の登録申請")
    assert GuideResult.get().resident_id == Resident.get(Resident.email == "hanako@example.jp").id
    assert "まだ保存していない" not in visitor.visit("/mypage/guide-results").text


def test_an_unsaved_result_is_offered_once(browser, pets):
    """R-2.7: to who registers in that browser; whoever comes after them sees nothing of it."""
    visitor = browser()
    walk(visitor, pets, *DOG)
    kept = visitor.cookies["guide"]
    assert kept.startswith(f"{pets.id}.")
    visitor.page = visitor.page.click("新規登録", index=0)
    visitor.fill(kind="person", email="hanako@example.jp")
    visitor.press("認証コードを送信する")
    visitor.fill(code=code_in_mail("hanako@example.jp"))
    visitor.press("次へ進む")
    visitor.fill(**PROFILE)
    visitor.press("確認する")
    visitor.press("登録する")
    assert "まだ保存していない" in visitor.visit("/mypage/guide-results").text and not visitor.cookies.get("guide")
    assert "まだ保存していない" not in visitor.visit("/mypage/guide-results").text


@pytest.mark.parametrize("after", ["login", "logout"])
def test_the_answers_of_one_person_are_not_offered_to_the_next(browser, cast, pets, after):
    """R-2.7: at a shared computer a stranger's answers end when somebody logs in, at the latest with the logout."""
    shared = browser()
    if after == "logout":
        shared.log_in(cast.keiko.email, PASSWORD)
        other = browser()
        walk(other, pets, *DOG)
        shared.set_cookie("guide", other.cookies["guide"])
        shared.visit("/mypage")
        shared.press("ログアウト")
        assert not shared.cookies.get("guide")
    else:
        walk(shared, pets, *DOG)
    shared.log_in(cast.ken.email, PASSWORD)
    assert "まだ保存していない" not in shared.visit("/mypage/guide-results").text


def test_odd_cookies_are_nothing(browser, cast, pets):
    keiko = browser(cast.keiko)
    for odd in ("x", "1.", f"{pets.id}.abc", "99999999999.1", f"{pets.id}.%00", "9999.1"):
        keiko.set_cookie("guide", odd)
        assert "まだ保存していない" not in keiko.visit("/mypage/guide-results").text


def test_no_more_than_a_hundred(cast, browser, pets):
    keiko = browser(cast.keiko)
    for number in range(100):
        GuideResult.create(
            resident=cast.keiko.id, guide=pets.id, title=str(number), answers=[], result={}, created_at=clock.now()
        )
    walk(keiko, pets, *DOG)
    keiko.press("この結果を保存する")
    assert keiko.page.status_int == 422 and keiko.shows("100件まで")


# ---------------------------------------------------------------- the rest


def test_a_draft_and_another_town_are_not_shown(browser, cast, pets):
    stranger = browser()
    hidden = guide.make(as_staff(cast.administrator), "", guide.TEMPLATE)
    assert stranger.get(f"/guides/{hidden}", expect_errors=True).status_int == 404
    with models.transaction():
        Town.update(closed_at=clock.now()).where(Town.id == cast.town.id).execute()
    for path in ("", "/questions", "/result", "/print"):
        assert stranger.get(f"/guides/{pets.id}{path}", expect_errors=True).status_int == 404
    assert stranger.get(f"/towns/{cast.town.code}/guides", expect_errors=True).status_int == 404


def test_pages_ask_little(browser, pets, monkeypatch):
    """R-2.7: a page of a guide asks the database a handful of times, however many procedures come out."""
    stranger = browser()
    result = walk(stranger, pets, *DOG).request.path_qs
    seen: list[str] = []
    ask = models.database.execute_sql
    monkeypatch.setattr(
        models.database, "execute_sql", lambda sql, params=None: (seen.append(sql), ask(sql, params))[1]
    )
    for path in (f"/guides/{pets.id}", f"/guides/{pets.id}/questions", result):
        stranger.visit(path)
        seen.clear()
        stranger.visit(path)
        # Session, stops and the only town belong to the frame of every page.
        assert len(seen) <= 6, seen


def test_the_shipped_guides_are_walked(browser, cast):
    """R-2.7: 引越し, 出生, おくやみ, each to its end, the first answer to everything."""
    stranger = browser()
    for path in sorted((demo.STARTER / "guides").glob("*.txt")):
        row = guide.load(cast.town, path.stem, path.read_text(encoding="utf-8"))
        walk(stranger, row)
        for _ in range(20):
            if stranger.page.html.h1.text == "判定結果":
                break
            choose(stranger, 1)
        count = int(re.search(r"次の(\d+)つの手続き", stranger.page.text)[1])
        assert count >= 5 and len(stranger.page.request.path_qs) < 100
