"""手続き一覧, 五十音, 手続案内 and the CSV as residents see them."""

from __future__ import annotations

from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from cast_acts import sent
from webtest.response import TestResponse

import clock
import demo
from models import Notice, PaperForm, Resident, SearchMiss, transaction
from rules.procedures import most_used, procedure

LIST = "/towns/064998/procedures"


def at(**asked: object) -> str:
    """The list's address with conditions."""
    return f"{LIST}?{urlencode(asked)}"


def listed(page: TestResponse) -> list[str]:
    return [row.a.text for row in page.html.select("p.row-title")]


def option(page: TestResponse, field: str, label: str) -> str:
    """The value of what a list offers under these words."""
    return next(o["value"] for o in page.html.select(f"select[name={field}] option") if o.text.strip() == label)


# ---------------------------------------------------------------- 手続き一覧


def test_the_four_searches_combine_on_the_screen(whole, browser):
    """R-2.1"""
    opened = browser()
    page = opened.visit(LIST)
    assert opened.shows("キーワード検索", "カテゴリ", "組織", "利用者情報", "住所", "年齢", "性別", "利用者の区分")
    opened.fill(
        words="所得 証明",
        category=option(page, "category", "税金"),
        division=option(page, "division", "町民部"),
        home="out",
        age="３８歳",
        sex="female",
        kind="person",
    )
    opened.page = next(form for form in opened.page.forms.values() if "age" in form.fields).submit()
    assert listed(opened.page) == ["所得・課税証明書の交付申請"]
    sentence = (
        "「所得 証明」・カテゴリ「税金」・組織「町民部」・町外・38歳・女性・個人で探しました。<strong>1件</strong>"
    )
    assert opened.shows(sentence)
    opened.page = opened.page.click("条件をすべて消す")
    assert len(listed(opened.page)) == 50  # a page of the list


def test_who_lives_elsewhere_or_is_too_young_is_not_offered_it(whole, browser):
    """R-2.1: what they cannot apply for is left out."""
    opened = browser()
    assert "印鑑登録" in listed(opened.visit(f"{LIST}?home=in&age=15"))
    assert "印鑑登録" not in listed(opened.visit(f"{LIST}?home=in&age=14"))
    assert "印鑑登録" not in listed(opened.visit(f"{LIST}?home=out&age=15"))
    assert "法人の設立・設置・異動・廃止の届出" not in listed(opened.visit(f"{LIST}?kind=person"))


@pytest.mark.parametrize("age", ["abc", "200", "-1", "１５１", "3.5"])
def test_a_wrong_age_is_told_beside_its_field_and_the_rest_works(whole, browser, age):
    opened = browser()
    opened.visit(LIST, params={"age": age, "words": "犬"})
    assert opened.shows("年齢は、0から150までの数字で入力してください。", 'id="q-age-error"', f'value="{age}"')
    assert opened.page.status_int == 200
    assert {"犬の登録申請", "犬の登録事項変更・死亡の届出"} <= set(listed(opened.page))


def test_every_condition_survives_paging_and_the_csv(cast, browser):
    """R-2.1, R-2.3"""
    with transaction():
        for number in range(60):
            document = dict(procedure.published(cast.dogs)[1], id=f"copy-{number}", name=f"写し{number}")
            procedure.load(cast.town, document)
    asked = {
        "words": "写し",
        "category": str(cast.dogs.category_id),
        "division": str(cast.dogs.division_id),
        "home": "in",
        "age": "38",
        "sex": "male",
        "kind": "person",
    }
    opened = browser()
    first = opened.visit(LIST, params=asked)
    following = first.click("次のページ")
    query = {name: values[0] for name, values in parse_qs(urlsplit(following.request.path_qs).query).items()}
    assert query == {**asked, "page": "2"}
    assert len(listed(first)) == 50 and len(listed(following)) == 10
    assert not set(listed(first)) & set(listed(following))
    csv = urlsplit(first.html.find("a", string="CSVをダウンロード")["href"])
    assert {name: values[0] for name, values in parse_qs(csv.query).items()} == asked
    assert opened.get(f"{csv.path}?{csv.query}").text.count("写し") >= 60


# ---------------------------------------------------------------- whoever is signed in


def test_the_facts_of_the_account_are_filled_in_and_apply(whole, browser, cast):
    """R-2.1: a signed-in resident's facts are filled in; the page says so and shows everything on request."""
    Resident.update(sex="female").where(Resident.id == cast.keiko.id).execute()
    keiko = browser(cast.keiko)
    page = keiko.visit(LIST)
    assert keiko.shows("利用者情報（町内・38歳・女性・個人）をもとに、申請できる手続きだけを表示しています")
    form = next(form for form in page.forms.values() if "age" in form.fields)
    assert [form[name].value for name in ("home", "age", "sex", "kind")] == ["in", "38", "female", "person"]
    assert "法人の設立・設置・異動・廃止の届出" not in listed(page)
    everything = page.click("申請できないものも表示する")
    assert "法人の設立・設置・異動・廃止の届出" in listed(everything)
    assert "申請できる手続きだけを表示しています" not in everything.text
    # What the account knows never stands in a link.
    links = [parse_qs(urlsplit(a.get("href", "")).query) for a in page.html.select("a")]
    assert not any(name in link for link in links for name in ("home", "age", "sex"))


def test_what_is_asked_for_wins_over_the_account(whole, browser, cast):
    keiko = browser(cast.keiko)
    found = listed(keiko.visit(f"{LIST}?kind=business"))
    assert "法人の設立・設置・異動・廃止の届出" in found and "住民票の写しの申込（窓口受取）" not in found
    company = browser(cast.company)
    assert "法人の設立・設置・異動・廃止の届出" in listed(company.visit(LIST))
    assert "住民票の写しの申込（窓口受取）" not in listed(company.visit(LIST))


def test_the_facts_apply_on_the_second_page_too(cast, browser):
    with transaction():
        for number in range(60):
            document = dict(procedure.published(cast.dogs)[1], id=f"copy-{number}", name=f"写し{number}")
            document["applicants"] = ["person"] if number % 10 else ["business"]
            procedure.load(cast.town, document)
    keiko = browser(cast.keiko)
    second = keiko.visit(at(words="写し")).click("次のページ")
    assert len(listed(second)) == 4
    assert "申請できる手続きだけを表示しています" in second.text


def test_who_may_not_apply_sees_why_before_pressing(whole, browser, cast):
    """R-2.1, R-2.2"""
    Resident.update(municipality_code="").where(Resident.id == cast.keiko.id).execute()
    keiko, stranger = browser(cast.keiko), browser()
    path = keiko.visit(at(words="住民票", kind="all")).html.select_one("p.row-title a")["href"]
    keiko.visit(path)
    assert keiko.shows("いまの利用者情報では、申請できません。", "この市町村に住所のある方だけ")
    assert 'value="申請する"' not in keiko.page.text
    assert 'value="申請する"' in stranger.visit(path).text
    assert stranger.shows("個人の方、朝凪町に住所のある方。")


# ---------------------------------------------------------------- nothing found


def test_nothing_found_says_what_to_do_and_is_kept_for_staff(whole, browser):
    """R-2.5"""
    opened = browser()
    opened.visit(at(words="ドローン"))
    assert opened.shows("見つかりませんでした", "0999-00-1234", f'href="{LIST}/kana"', f'href="{LIST}?category=')
    row = SearchMiss.get()
    assert (row.words, row.times) == ("ドローン", 1)


@pytest.mark.parametrize(
    "query",
    ["words=犬&kind=business&category=1", "words=犬&division=999", "words=ドローン&page=2", "category=999", "words=、"],
)
def test_only_words_that_are_nowhere_are_kept(whole, browser, query):
    """R-2.5: what other conditions left out, a later page or no word at all is no miss."""
    browser().visit(f"{LIST}?{quote(query, safe='=&')}")
    assert SearchMiss.select().count() == 0


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("ひっこし", {"転入届", "転居届", "転出届", "水道の使用開始の届出"}),
        ("ゼイキン", {"所得・課税証明書の交付申請", "原付・小型特殊自動車の廃車申告"}),
        ("こそだて", {"児童手当 認定請求", "放課後児童クラブの利用申請", "母子健康手帳の交付（妊娠の届出）"}),
        ("すいどう", {"水道の使用開始の届出"}),
        ("ごみ", {"粗大ごみ戸別収集の申込", "生ごみ処理機等購入費補助金の交付申請"}),
        ("しゅっせい", {"出生届", "児童手当 認定請求"}),
        ("ねんきん", {"国民年金の加入・変更の届出"}),
        ("お悔やみ", {"死亡届（火葬の許可）", "葬祭費の支給申請（国民健康保険・後期高齢者医療）"}),
    ],
)
def test_what_people_type_finds_it(whole, browser, typed, found):
    """R-2.5 R-2.6: everyday words by their reading too, and what is done only at the counter."""
    assert found <= set(listed(browser().visit(at(words=typed))))


def test_nothing_found_leads_on(whole, browser):
    """R-2.7: to the questionnaires too."""
    opened = browser()
    opened.visit(at(words="のこぎり"))
    assert "手続き判定" in opened.page.html.find(class_="result-side").text
    opened.page = opened.page.click("手続き判定", href="/towns/064998/guides", index=-1)
    assert opened.page.status_int == 200 and opened.page.html.h1.text == "手続き判定"


# ---------------------------------------------------------------- CSV, 五十音, town page


def test_the_csv_is_the_same_for_everybody(whole, browser, cast):
    """R-2.3: open data, with its licence, without anything of the account."""
    answer, mine = browser().get(f"{LIST}.csv"), browser(cast.company).get(f"{LIST}.csv")
    assert answer.body == mine.body
    assert answer.content_type == "text/csv"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="procedures-064998.csv"')
    assert answer.headers["Cache-Control"].startswith("public")
    assert "creativecommons.org/licenses/by/4.0" in answer.headers["Link"]
    files = list((demo.STARTER / "procedures").glob("*.json"))
    assert answer.body.count(b"\r\n") == len(files) + 1
    assert "クリエイティブ・コモンズ" in browser().visit(LIST).text


def test_the_kana_index(whole, browser):
    """R-2.5: a link per row with its count; counter-only ones are there too (R-2.6)."""
    opened = browser()
    opened.page = opened.visit(LIST).click("五十音から探す")
    opened.page = opened.page.click("サ行")
    assert opened.shows("住民票の写しの申込（窓口受取）") and "犬の登録申請" not in opened.page.text
    assert [h.text for h in opened.page.html.select("h2")] == sorted(h.text for h in opened.page.html.select("h2"))
    assert opened.visit(f"{LIST}/kana?row={quote('カ')}").text.count("窓口のみ") >= 2


def test_procedures_at_the_counter_are_found_and_marked(whole, browser):
    """R-2.6"""
    assert "窓口のみ" in browser().visit(at(words="婚姻")).text


def test_the_town_page_leads_everywhere(whole, browser, cast):
    opened = browser()
    opened.visit("/")
    assert "よく使われる手続き" not in opened.page.text
    for words, path in (
        ("手続き判定", "/towns/064998/guides"),
        ("五十音から探す", f"{LIST}/kana"),
        ("申請状況の照会", "/inquiry"),
    ):
        assert path in [a["href"] for a in opened.page.html.find_all("a", string=words)]
    assert "すべてのお知らせ" not in opened.page.text
    told = {"town": cast.town, "body": "", "created_at": clock.now(), "created_by": cast.administrator}
    for day in range(20, 24):
        shown_from = clock.now().replace(day=day)
        Notice.create(title=f"{day}日のお知らせ", shown_from=shown_from, **told)
    opened.visit("/")
    assert [a.text[:3] for a in opened.page.html.select(".news a")] == ["23日", "22日", "21日"]
    assert opened.page.html.find("a", string="すべてのお知らせ")["href"] == "/towns/064998/notices"
    sent(cast.dogs, cast.keiko)
    most_used.count_uses(clock.now())
    assert opened.visit("/").text.index("よく使われる手続き") < opened.page.text.index("犬の登録申請")


# ---------------------------------------------------------------- 手続案内


def test_the_guidance_says_all_that_has_to_be_known(whole, browser, cast):
    """R-2.2: everything that has to be known before one begins stands on the page."""
    opened = browser()
    opened.visit(f"/procedures/{cast.dogs.id}")
    for words in (
        "申請できる方",
        "個人の方・事業者の方",
        "受付期間",
        "いつでも申請できます",
        "用意するもの",
        "添付するもの",
        "3,000円",
        "標準処理期間",
        "開庁日で5日",
        "狂犬病予防法 第4条",
        "メールアドレスで確かめます",
        "入力された情報の利用目的",
        "紙の手続きとの違い",
        "ログイン",
        "電子署名",
        "手数料の支払い",
        "役場の窓口で納めます",
        "来庁",
        "住民生活課（電話 0999-00-1240）",
    ):
        assert words in opened.page.text, words


def test_a_paper_form_is_downloaded(whole, browser, cast):
    """R-2.4"""
    opened = browser()
    opened.visit(f"/procedures/{cast.dogs.id}")
    assert opened.shows("様式をダウンロード", "犬の登録申請書", "（PDF、")
    answer = opened.page.click("様式をダウンロード")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="dog-registration.pdf"')
    assert answer.content_type == "application/pdf"
    path = demo.STARTER / "procedures" / "forms" / "dog-registration.pdf"
    assert answer.body == path.read_bytes()


def test_a_paper_form_belongs_to_its_procedure(whole, browser, cast):
    other = PaperForm.get(PaperForm.procedure != cast.dogs).id
    opened = browser()
    assert opened.get(f"/procedures/{cast.dogs.id}/forms/{other}", expect_errors=True).status_int == 404
    cast.dogs.listed_as = None
    cast.dogs.save()
    mine = PaperForm.get(PaperForm.procedure == cast.dogs).id
    assert opened.get(f"/procedures/{cast.dogs.id}/forms/{mine}", expect_errors=True).status_int == 404
