"""The help pages: in the words that ship, in the town's own, and without a town."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from cast_acts import as_staff

import clock
from config import PROGRAM
from models import AuditEntry, Division, PageText
from rules import Refusal
from rules.accounts import code
from rules.applications import draft_term
from rules.files import upload
from rules.records.access import Missing
from rules.town import contact, page_text

NAMES = sorted(page_text.TITLES)
# What is quoted and does not stand on a screen of ours.
ELSEWHERE = {
    ".",
    "インターネット オプション",
    "詳細設定",
    "TLS 1.2 の使用",
    "準拠",
    "高齢者・障害者等配慮設計指針－情報通信における機器，ソフトウェア及びサービス－第3部：ウェブコンテンツ",
    "ウェブコンテンツの JIS X 8341-3:2016 対応度表記ガイドライン",
    "この窓口",
    "利用者",
    "登録利用者",
    "申請等",
}


def of_town(name: str, town: str = "064998") -> str:
    return f"/towns/{town}/help/{name}"


def write(cast, name: str, text: str) -> None:
    me = as_staff(cast.administrator)
    page_text.write(me, name, text, page_text.source(me, name).revision)


def open_other(cast) -> None:
    cast.other_town.closed_at = None
    cast.other_town.save()


# ---------------------------------------------------------------- what ships


@pytest.mark.parametrize("name", NAMES)
def test_every_page_is_there(browser, cast, name):
    """Each page has its heading, the town's own facts, and nothing that only staff should read."""
    opened = browser()
    opened.visit(of_town(name))
    assert opened.page.status_int == 200
    assert f"<h1>{page_text.TITLES[name]}</h1>" in opened.page.text
    content = opened.page.text.split('role="main"')[1].split('class="foot"')[0]
    assert not re.search(r"\{[a-z_]+\}|＃|■|●", content)


@pytest.mark.parametrize("name", NAMES)
def test_the_foot_and_the_menu_lead_there(browser, cast, name):
    """screens.md: 「よくある質問」 in the menu, the others at the foot of every page."""
    link = "アクセシビリティ" if name == "accessibility" else page_text.TITLES[name]
    opened = browser(cast.keiko)
    opened.visit("/mypage")
    opened.page = opened.page.click(f"^{link}$")
    assert opened.page.request.path == of_town(name)


@pytest.mark.parametrize("name", NAMES)
def test_one_town_leads_to_its_own(browser, cast, name):
    assert browser().visit(f"/help/{name}").request.path == of_town(name)


@pytest.mark.parametrize("name", NAMES)
def test_several_towns(browser, cast, name):
    """R-8.4: what is the same everywhere is shown at once; the rest is chosen by town."""
    open_other(cast)
    opened = browser()
    opened.visit(f"/help/{name}")
    assert opened.page.request.path == f"/help/{name}"
    assert not re.search(r"\{[a-z_]+\}", opened.page.text)
    assert opened.shows("Lynx") == (name == "environment")
    opened.page = opened.page.click("夕凪町の" + page_text.TITLES[name])
    assert opened.page.request.path == of_town(name, "064009")


@pytest.mark.parametrize("name", ["x", "FAQ", "..", "faq.txt", "%E3%81%82", "faq%00", "town"])
def test_odd_names(browser, cast, name):
    opened = browser()
    for path in (f"/help/{name}", of_town(name), of_town("faq", "999999")):
        assert opened.get(path, expect_errors=True).status_int == 404, path
    administrator = browser(cast.administrator)
    for path in (f"/staff/pages/{name}", f"/staff/pages/{name}/edit", f"/staff/pages/{name}/put-back"):
        assert administrator.get(path, expect_errors=True).status_int == 404, path


@pytest.mark.parametrize("name", NAMES)
def test_the_contents_lead_to_their_headings(browser, cast, name):
    text = browser().visit(of_town(name)).text
    links = re.findall(r'href="#(s\d+)"', text)
    assert [key for key in links if f'id="{key}"' not in text] == []
    assert (name != "faq") or len(links) > 40


def test_what_ships_can_be_saved(cast):
    """A town administrator who opens a shipped text and presses 「保存する」 is not refused."""
    for name in NAMES:
        write(cast, name, page_text.shipped(name))
        assert page_text.source(as_staff(cast.administrator), name).own


def test_the_questions_say_what_the_rules_do():
    """Lives and limits stand in the rules; the answers follow them."""
    faq = page_text.shipped("faq")
    assert code.LIFE["sign_up"] == timedelta(minutes=30) and "認証コードは、30分のあいだ使えます。" in faq
    assert code.LIFE["reset"] == timedelta(minutes=10) and "認証コードは、10分のあいだ使えます。" in faq
    assert timedelta(hours=2) == code.PROFILE_TIME and "2時間のうちに、登録を終えて" in faq
    assert timedelta(hours=24) == draft_term.VISITOR_LIFE and "残るのは、24時間です。" in faq
    assert upload.MAX_SIZE == 10 * 1024 * 1024 and "1つ10MBまで" in faq


@pytest.mark.parametrize("name", NAMES)
def test_what_is_quoted_stands_on_a_screen(name):
    """A guide is only as good as its words: whatever it puts into 「」 is written just so on some page."""
    screens = [
        *(PROGRAM / "views").rglob("*.html"),
        *(PROGRAM / "rules").rglob("*.py"),
        *(PROGRAM / "web").glob("*.py"),
    ]
    said = "\n".join(path.read_text(encoding="utf-8") for path in screens)
    quoted = set(re.findall("「([^」]+)」", page_text._without_notes(page_text.shipped(name))))
    assert sorted(words for words in quoted - ELSEWHERE if words not in said) == []


def test_a_town_that_has_no_telephone_yet(browser, cast):
    """A fact nobody entered is a blank to be filled in, not a gap in a sentence."""
    cast.town.telephone = ""
    cast.town.save()
    opened = browser()
    opened.visit(of_town("privacy"))
    assert opened.shows("【役場の電話番号】", "役場で準備をしています")


# ---------------------------------------------------------------- whom to ask


def close(name: str) -> None:
    Division.update(closed_at=clock.now()).where(Division.name == name).execute()


def test_contact_lists_the_divisions(browser, cast):
    """お問い合わせ: the town hall first, each division below its 部, no e-mail address, who does what."""
    with_fax = Division.get(Division.name == "税務課")
    with_fax.telephone, with_fax.hours = "", "第2日曜日も開いています"
    with_fax.save()
    close("上下水道課")
    opened = browser()
    text = opened.visit(of_town("contact")).text
    rows = text.split("<tbody>")[1].split("</tbody>")[0].split("<tr>")[1:]
    assert "朝凪町役場" in rows[0] and "0999-00-1234" in rows[0]
    tax = next(row for row in rows if "税務課" in row)
    assert "町民部" in tax and "0999-00-1234" in tax and "第2日曜日も開いています" in tax
    assert "上下水道課" not in text
    assert "asanagi.example.jp" not in text
    duties = text.split("<tbody>")[2]
    assert re.search(r"動物</a></td><td>.*住民生活課", duties)
    opened.page = opened.page.click("動物")
    assert opened.shows("犬の登録申請")


def test_divisions_below_a_closed_one(cast):
    close("町民部")
    offices = {office.name: office.above for office in contact.offices(cast.town)}
    assert offices["税務課"] == "" and "町民部" not in offices


# ---------------------------------------------------------------- a town's own words


def test_a_town_writes_its_own(browser, cast):
    """R-7.4: seen before it is saved, at once on the residents' page, and in the log."""
    administrator, resident = browser(cast.administrator), browser()
    administrator.visit("/staff/settings")
    administrator.page = administrator.page.click("ページの文")
    assert administrator.shows("配布の文のまま", "町で決めて書くところが残っています")
    administrator.page = administrator.page.click("利用規約", index=0)
    administrator.page = administrator.page.click("文を変える")
    administrator.fill(text="■ はじめに\r\n{town}の決まりです。\r\n・一つ\r\n・二つ")
    administrator.press("preview")
    assert administrator.shows(
        "まだ保存していません", '<h2 id="s1">はじめに</h2>', "朝凪町の決まりです。", "<li>二つ</li>"
    )
    assert "朝凪町の決まり" not in resident.visit(of_town("terms")).text

    administrator.press("save")
    assert administrator.page.request.path == "/staff/pages/terms"
    assert administrator.shows("町の文", "町野 一郎", "11月24日")
    assert "朝凪町の決まりです。" in resident.visit(of_town("terms")).text
    assert AuditEntry.select().where(AuditEntry.act == "page_text_saved").get().detail == {"page": "terms"}


def test_putting_back(browser, cast):
    write(cast, "terms", "町の決まり")
    administrator = browser(cast.administrator)
    administrator.visit("/staff/pages/terms")
    administrator.page = administrator.page.click("配布の文に戻す")
    assert administrator.shows("いまの町の文は消えます", "第1条")
    administrator.press("put_back")
    assert administrator.shows("配布の文のまま", "第1条")
    assert "第1条" in browser().visit(of_town("terms")).text
    assert administrator.visit("/staff/pages/terms/put-back").request.path == "/staff/pages/terms"


def test_two_windows_never_overwrite_each_other(browser, cast):
    first, second = browser(cast.administrator), browser(cast.administrator)
    for window in (first, second):
        window.visit("/staff/pages/faq/edit")
    first.fill(text="先の人の文")
    first.press("save")
    second.fill(text="あとの人の文")
    second.press("save")
    assert second.page.status_int == 422
    assert second.shows("先にこの文を変えたため", "あとの人の文", "2026年11月24日（火）10時00分　町野 一郎")
    assert second.shows("いまの文だけ</td><td>1行目</td><td>先の人の文")
    assert "先の人の文" in browser().visit(of_town("faq")).text
    second.press("save")
    assert "あとの人の文" in browser().visit(of_town("faq")).text


def test_a_slip_does_not_hide_a_conflict(browser, cast):
    """A page drawn again for another reason tells of the conflict too; what comes after it is meant."""
    administrator = browser(cast.administrator)
    administrator.visit("/staff/pages/faq/edit")
    write(cast, "faq", "先の人の文")
    administrator.fill(text="あとの人の文 {tel}")
    administrator.press("preview")
    assert administrator.page.status_int == 422 and administrator.shows("{tel} という差込みはありません")
    assert administrator.shows("ほかの職員が、先に変えました", "先の人の文")
    write(cast, "faq", "その間の文")
    administrator.fill(text="あとの人の文")
    administrator.press("preview")
    assert administrator.shows("プレビュー", "ほかの職員が、先に変えました", "その間の文")
    write(cast, "faq", "またその間の文")
    administrator.press("save")
    assert administrator.page.status_int == 422 and administrator.shows("またその間の文")
    assert "またその間の文" in browser().visit(of_town("faq")).text
    administrator.press("save")
    assert "あとの人の文" in browser().visit(of_town("faq")).text


def test_putting_back_does_not_let_an_old_form_in(cast):
    me = as_staff(cast.administrator)
    page_text.write(me, "faq", "一", 0)
    page_text.put_back(me, "faq", 1)
    for old in (0, 1):
        with pytest.raises(page_text.Stale):
            page_text.write(me, "faq", "二", old)
    with pytest.raises(page_text.Stale):
        page_text._write(me, "faq", "二", 0)  # both looked before either wrote
    page_text.write(me, "faq", "二", 2)
    with pytest.raises(page_text.Stale):
        page_text.put_back(me, "faq", 2)
    assert page_text.source(me, "faq").text == "二"


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("", "文を入力してください"),
        (" 　\n", "文を入力してください"),
        ("電話 {tel}", "{tel} という差込みはありません。使えるのは、{town}、"),
        ("電話 ｛telephone｝", "｛telephone｝ という差込みはありません"),
        ("電話 { telephone }", "{ telephone } という差込みはありません"),
        ("あ" * 50_001, "文は50,000文字までです。いまは50,001文字"),
    ],
)
def test_refusals_name_what_is_wrong(browser, cast, written, sentence):
    administrator = browser(cast.administrator)
    for button in ("preview", "save"):
        administrator.visit("/staff/pages/faq/edit")
        administrator.fill(text=written)
        administrator.press(button)
        assert administrator.page.status_int == 422
        assert administrator.shows(sentence)
        assert "「配布の文に戻す」" not in administrator.page.text, "there is no such button here"
        assert administrator.page.forms[1]["text"].value.strip() == written.replace("\n", "").strip()
    assert PageText.select().count() == 0


def test_braces_that_are_no_placeholders(browser, cast):
    write(cast, "faq", "使える文字は { | } ~ です。")
    assert "{ | } ~" in browser().visit(of_town("faq")).text


def test_everything_is_escaped(browser, cast):
    write(cast, "faq", "■ <b>太字</b>\n● <i>\n・<script>alert(1)</script>\n<img src=x onerror=y> & \"'")
    text = browser().visit(of_town("faq")).text
    assert "&lt;script&gt;" in text and "&lt;b&gt;太字" in text and "<img src=x" not in text


def test_blanks_are_counted(browser, cast):
    """What a town has not filled in yet is said to staff, and residents are told that it will come."""
    clerk, resident = browser(cast.clerk), browser()
    notes = "＃ 【】\n#【】\n　＃【】\n"
    write(cast, "terms", notes + "{town}の【施行日】と【　】。【重要】と【受付時間】は、町のことばです。")
    clerk.visit("/staff/pages")
    assert re.search(r"利用規約</a>：2か所", clerk.page.text)
    assert "役場で準備をしています" in resident.visit(of_town("terms")).text
    for name in NAMES:
        write(cast, name, "みんな決めた")
    clerk.visit("/staff/pages")
    assert not clerk.shows("残っています") and not clerk.shows("か所")
    assert "役場で準備をしています" not in resident.visit(of_town("terms")).text


def test_a_small_heading_alone_becomes_a_large_one(browser, cast):
    """No level is left out, whatever a town writes."""
    write(cast, "faq", "●一つめ\n答え\n■　二つめ\n● 三つめ")
    assert re.findall(r"<(h[23]) id=\"s\d\">(.*?)<", browser().visit(of_town("faq")).text) == [
        ("h2", "一つめ"),
        ("h2", "二つめ"),
        ("h3", "三つめ"),
    ]


# ---------------------------------------------------------------- who may


def test_a_clerk_reads_and_does_not_write(browser, cast):
    clerk = browser(cast.clerk)
    clerk.visit("/staff/pages/terms")
    assert clerk.page.status_int == 200 and not clerk.shows("/staff/pages/terms/edit")
    assert clerk.get("/staff/pages/terms/edit", expect_errors=True).status_int == 404
    assert clerk.get("/staff/pages/terms/put-back", expect_errors=True).status_int == 404
    answer = clerk.post("/staff/pages/terms/edit", {"text": "x", "act_save": "1"}, expect_errors=True)
    assert answer.status_int in (403, 404)
    assert PageText.select().count() == 0


def test_a_system_administrator_has_no_town(browser, cast):
    assert browser(cast.system).get("/staff/pages", expect_errors=True).status_int == 404
    with pytest.raises(Missing):
        page_text.lines(as_staff(cast.system))


def test_each_town_writes_only_its_own(browser, cast):
    """R-8.4: the texts of two towns never meet."""
    open_other(cast)
    write(cast, "faq", "朝凪だけの文")
    far = browser(cast.foreign_clerk)
    far.visit("/staff/pages/faq")
    assert far.shows("配布の文のまま") and not far.shows("朝凪だけの文")
    page_text.write(as_staff(cast.foreign_clerk), "faq", "夕凪だけの文 {town}", 0)
    resident = browser()
    assert "朝凪だけの文" in resident.visit(of_town("faq")).text
    assert "夕凪だけの文 夕凪町" in resident.visit(of_town("faq", "064009")).text
    assert "だけの文" not in resident.visit("/help/faq").text


def test_a_shipped_text_that_needs_no_blank_is_no_refusal(cast):
    """The rule refuses; it does not decide by itself what a town wants to say."""
    me = as_staff(cast.administrator)
    with pytest.raises(Refusal):
        page_text.write(me, "faq", "{nobody}", 0)
    assert page_text.preview(me, "faq", "【いつか】【】").blanks == 1


@pytest.mark.parametrize("note", ["＃内部メモ", "#内部メモ", "# 内部メモ", "　＃ 内部メモ"])
def test_notes_are_for_staff(browser, cast, note):
    """As in the text of a 手続き判定: either sign, with or without a blank."""
    write(cast, "faq", f"住民の方へ\n{note}\nおわり")
    text = browser().visit(of_town("faq")).text
    assert "内部メモ" not in text and "住民の方へ" in text and "おわり" in text
    assert "内部メモ" in browser(cast.administrator).visit("/staff/pages/faq/edit").text


def test_a_conflict_when_putting_back(browser, cast):
    """R-7.3: nothing is put back over a text that was not seen, and nothing is said of one that was typed."""
    write(cast, "faq", "町の文")
    administrator = browser(cast.administrator)
    administrator.visit("/staff/pages/faq/put-back")
    write(cast, "faq", "先の人の文")
    administrator.press("put_back")
    assert administrator.page.status_int == 422
    assert administrator.shows("まだ戻していません", "先の人の文") and not administrator.shows("いま入力した文")
    assert "先の人の文" in browser().visit(of_town("faq")).text
