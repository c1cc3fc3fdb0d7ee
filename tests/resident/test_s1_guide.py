"""The guide a city gives its residents, sentence by sentence: every step is found by the words on the screen.

The sentences are those of the published FAQ from which the requirements come (S1). What it says about visits, payment,
issued documents and encrypted files is told with those features.
"""

from __future__ import annotations

import json
import re

import html5lib
import pytest
from cast_acts import PASSWORD, as_staff, sent
from staff_acts import put_into
from webtest import Upload

import clock
import demo
import models
from models import Application, OutboxMail, Resident, Status, Submission
from rules.applications import application
from rules.files import upload
from rules.procedures import procedure
from rules.records import numbering
from rules.town import notice_mail

NEW_PASSWORD = "yama-no-mieru-machi"


class Reader:
    """Somebody who follows a guide: knows nothing but what is written on links, labels and buttons."""

    def __init__(self, opened) -> None:
        self.opened = opened

    def follow(self, *words: str) -> None:
        """マイページ ＞ … : one link after the other."""
        for word in words:
            self.opened.page = self.opened.page.click(rf"^\s*{re.escape(word)}\s*$", index=0).maybe_follow()

    def press(self, words: str) -> None:
        self.opened.press(words)

    def type(self, label: str, value: object) -> None:
        """Into the field that this label stands at."""
        self._field(label).value = value

    def pick(self, label: str, words: str) -> None:
        """Out of the list that this label stands at."""
        field = self._field(label)
        field.value = next(value for value, _, text in field.options if (text or "").strip() == words)

    def choose(self, label: str) -> None:
        """A radio button by the words beside it."""
        tree, key = self._tree(), self._labelled(label)
        chosen = next(element for element in tree.iter("input") if element.get("id") == key)
        form = next(form for form in self.opened.page.forms.values() if chosen.get("name") in form.fields)
        form[chosen.get("name")] = chosen.get("value")

    def _field(self, label: str):
        key = self._labelled(label)
        forms = self.opened.page.forms.values()
        return next(field for form in forms for fields in form.fields.values() for field in fields if field.id == key)

    def sees(self, *words: str) -> bool:
        return self.opened.shows(*words)

    def heading(self) -> str:
        return "".join(next(self._tree().iter("h1")).itertext()).strip()

    def _tree(self):
        return html5lib.parse(self.opened.page.text, namespaceHTMLElements=False)

    def _labelled(self, words: str) -> str:
        for label in self._tree().iter("label"):
            if "".join(label.itertext()).strip() == words:
                return label.get("for")
        raise AssertionError(f"no label {words} on {self.opened.page.request.path}")


def code_for(address: str) -> str:
    """認証コード, out of the last mail to an address."""
    mail = OutboxMail.select().where(OutboxMail.to_address == address).order_by(OutboxMail.id.desc()).get()
    (code,) = re.findall(r"(?<!\d)\d{6}(?!\d)", mail.body)
    return code


def mails_to(address: str) -> list[str]:
    return [row.kind for row in OutboxMail.select().where(OutboxMail.to_address == address).order_by(OutboxMail.id)]


def load(cast, slug: str) -> None:
    path = demo.STARTER / "procedures" / f"{slug}.json"
    procedure.load(cast.town, json.loads(path.read_text(encoding="utf-8")))


@pytest.fixture
def stranger(browser, cast) -> Reader:
    reader = Reader(browser())
    reader.opened.visit("/")
    return reader


@pytest.fixture
def keiko(browser, cast) -> Reader:
    reader = Reader(browser(cast.keiko))
    reader.opened.visit("/")
    return reader


def to_log_in(reader: Reader, address: str, password: str) -> None:
    reader.opened.visit("/")
    reader.follow("ログイン")
    reader.type("メールアドレス", address)
    reader.type("パスワード", password)
    reader.press("ログイン")


def start_dog(reader: Reader) -> None:
    reader.follow("手続き一覧", "犬の登録申請")
    reader.press("申請する")


def fill_dog(reader: Reader) -> None:
    reader.press("次へ進む")
    for label, value in (("犬の名前", "ポチ"), ("犬の種類", "柴犬"), ("毛の色", "茶")):
        reader.type(label, value)
    for label in ("おす", "受けた"):
        reader.choose(label)
    for key, year, month in (("dog_birth_date", "7", "3"), ("acquired_on", "7", "5")):
        parts = {"era": "R", "year": year, "month": month, "day": "1"}
        reader.opened.fill(**{f"{key}__{part}": value for part, value in parts.items()})


def send_dog(reader: Reader) -> str:
    start_dog(reader)
    fill_dog(reader)
    reader.press("次へ進む")
    reader.press("この内容で申請する")
    assert reader.heading() == "申請を受け付けました" and reader.sees("申込番号")
    return re.search(r"\d{4}-\d{4}-\d{4}", reader.opened.page.text)[0]


def to_application(reader: Reader, number: str) -> None:
    reader.follow("マイページ", "申請履歴・委任状の確認", "申請履歴一覧・検索", number)
    assert reader.heading() == "申請内容照会"


# ---------------------------------------------------------------- what the service is


def test_what_can_be_done_here(keiko, cast):
    """R-3.1 R-6.1 R-6.3: input and sending, the state afterwards, withdrawal."""
    number = send_dog(keiko)
    to_application(keiko, number)
    assert keiko.sees("受付済み")
    keiko.press("取り下げる")
    keiko.type("取下げの理由", "犬をゆずることになりました。")
    keiko.press("取り下げる")
    assert keiko.sees("取下げ")
    assert Application.get(Application.number == number.replace("-", "")).status == Status.WITHDRAWN


def test_nothing_but_an_address_is_needed(stranger, cast):
    """R-1.1: what is asked for at the beginning is the mail address alone."""
    stranger.follow("新規登録")
    form = next(form for form in stranger.opened.page.forms.values() if "email" in form.fields)
    assert set(form.fields) - {"csrf", "act_send"} == {"kind", "email"}


def test_the_page_on_systems_and_browsers(stranger, cast):
    """R-8.3: 「動作環境」 says which."""
    stranger.follow("動作環境")
    assert stranger.heading() == "動作環境" and stranger.sees("TLS 1.2", "Internet Explorer 11", "JavaScript")


def test_some_procedures_need_no_registration(stranger, cast):
    """R-3.5"""
    stranger.follow("手続き一覧", "粗大ごみ戸別収集の申込")
    assert stranger.sees("ログイン", "いりません")
    stranger.press("申請する")
    assert stranger.sees("次へ進む") and stranger.opened.page.request.path.startswith("/applications/")


# ---------------------------------------------------------------- registration


def ask_for_code(reader: Reader, address: str) -> None:
    reader.opened.visit("/")
    reader.follow("新規登録")
    reader.choose("個人")
    reader.type("メールアドレス", address)
    reader.press("認証コードを送信する")


def register(reader: Reader, address: str, notices: str = "希望する") -> None:
    ask_for_code(reader, address)
    reader.type("認証コード", code_for(address))
    reader.press("次へ進む")
    for label, value in (
        ("姓", "小林"), ("名", "花子"), ("セイ", "コバヤシ"), ("メイ", "ハナコ"), ("郵便番号", "999-8101"),
        ("住所", "朝凪町浜手二丁目14番6号"), ("電話番号", "0999-00-1322"), ("パスワード", PASSWORD),
        ("パスワード(確認)", PASSWORD),
    ):  # fmt: skip
        reader.type(label, value)
    reader.opened.fill(birth_date__era="S", birth_date__year="63", birth_date__month="4", birth_date__day="9")
    reader.choose(notices)
    reader.press("確認する")
    reader.press("登録する")
    assert reader.heading() == "登録が完了しました"


@pytest.mark.parametrize("address", ["hanako@example.jp", "hanako.k@docomo.example.ne.jp"])
def test_the_address_of_a_computer_or_a_telephone(stranger, cast, address):
    """R-1.2: either will do."""
    register(stranger, address)
    assert "registered" in mails_to(address)


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("花子@example.jp", "半角の英字・数字"),
        ("han(ako)@example.jp", "半角の英字・数字"),
        ("hana..ko@example.jp", "「.」が2つ以上続いています"),
        (".hanako@example.jp", "最初の文字と、@のすぐ前の文字"),
        ("hanako-@example.jp", "最初の文字と、@のすぐ前の文字"),
        ("h" * 64 + "@" + "e" * 60 + "." + ("e" * 60 + ".") * 2 + "example.jp", "全体で255文字まで"),
    ],
)
def test_addresses_that_cannot_be_used(stranger, cast, address, sentence):
    """R-1.2: the four rules, each with its sentence."""
    ask_for_code(stranger, address)
    assert stranger.opened.page.status_int == 422 and stranger.sees(sentence)
    assert OutboxMail.select().count() == 0


def test_the_code_does_not_arrive(stranger, cast):
    """R-1.1: the page says where it was sent, and to look among the unwanted mails and at the address."""
    ask_for_code(stranger, "hanako@example.jp")
    assert stranger.sees("hanako@example.jp", "迷惑メール", "アドレスが間違っていないか")
    stranger.follow("入力し直す")
    assert stranger.heading() == "新規登録"


def test_who_does_not_wish_for_notices(stranger, cast):
    """R-1.5: 「希望しない」: the important ones, acceptance and result come all the same."""
    register(stranger, "hanako@example.jp", "希望しない")
    hanako = Resident.get(Resident.email == "hanako@example.jp")
    for kind in ("wanted", "all"):
        tell(cast, kind)
    number = send_dog(stranger)
    row = Application.get(Application.number == number.replace("-", ""))
    for act in (application.start_review, application.approve):
        act(Application.get_by_id(row.id), as_staff(cast.clerk), Application.get_by_id(row.id).revision)
    assert mails_to(hanako.email)[2:] == ["notice", "received", "approved"]
    assert OutboxMail.get(OutboxMail.kind == "notice").subject.find("all") > 0


def tell(cast, mail_to: str) -> None:
    with models.transaction():
        models.Notice.create(
            town=cast.town, title=f"お知らせ {mail_to}", body="本文", shown_from=clock.now(), mail_to=mail_to,
            created_at=clock.now(), created_by=cast.administrator,
        )  # fmt: skip
    notice_mail.send_due(clock.now())


def test_small_and_capital_letters_of_a_password(stranger, cast):
    """R-1.9: typed wrongly it is refused; typed rightly it is accepted."""
    to_log_in(stranger, "keiko@example.jp", PASSWORD.upper())
    assert stranger.heading() == "ログイン" and stranger.sees("メールアドレスかパスワードが違います")
    to_log_in(stranger, "keiko@example.jp", PASSWORD)
    assert stranger.heading() == "マイページ"


def test_a_forgotten_address(stranger, cast):
    """R-1.3: one registers anew; but not with an address that is registered."""
    ask_for_code(stranger, "keiko@example.jp")
    assert mails_to("keiko@example.jp") == ["sign_up_registered"]
    register(stranger, "keiko.atarashii@example.jp")
    assert Resident.select().where(Resident.email.contains("keiko")).count() == 2


# ---------------------------------------------------------------- password and address


@pytest.mark.parametrize(("who", "name"), [("keiko", "浜口恵子"), ("company", "堀 佳奈")])
def test_a_forgotten_password(stranger, cast, who, name):
    """R-1.6: 「パスワードを忘れた方はこちら」, address and 氏名 (事業者: 担当者名), code, password, 「変更する」."""
    address = getattr(cast, who).email
    stranger.follow("ログイン", "パスワードを忘れた方はこちら")
    stranger.type("メールアドレス", address)
    stranger.type("氏名(事業者の方は担当者名)", name)
    stranger.press("認証コードを送信する")
    stranger.type("認証コード", code_for(address))
    stranger.type("新しいパスワード", NEW_PASSWORD)
    stranger.type("新しいパスワード(確認)", NEW_PASSWORD)
    stranger.press("変更する")
    to_log_in(stranger, address, NEW_PASSWORD)
    assert stranger.heading() == "マイページ"


def change_address(reader: Reader, address: str) -> None:
    reader.follow("マイページ")
    assert reader.sees("利用者メニュー")
    reader.follow("利用者情報の照会・変更", "メールアドレスの変更")
    reader.type("新しいメールアドレス", address)
    reader.press("認証コードを送信する")
    reader.type("認証コード", code_for(address))
    reader.press("メールアドレスを変更する")


def test_changing_the_address(keiko, stranger, cast):
    """R-1.7: the code goes to the new address; from then on that is the user ID, and the history comes along."""
    number = send_dog(keiko)
    change_address(keiko, "keiko.new@example.jp")
    assert "email_code" not in mails_to("keiko@example.jp")
    to_log_in(stranger, "keiko@example.jp", PASSWORD)
    assert stranger.heading() == "ログイン"
    to_log_in(stranger, "keiko.new@example.jp", PASSWORD)
    to_application(stranger, number)


def test_changing_the_password(keiko, stranger, cast):
    """R-1.8: マイページ ＞ 利用者メニュー ＞ 利用者情報の照会・変更 ＞ パスワードの変更."""
    keiko.follow("マイページ")
    assert keiko.sees("利用者メニュー")
    keiko.follow("利用者情報の照会・変更", "パスワードの変更")
    labels = ["いまのパスワード", "新しいパスワード", "新しいパスワード(確認)"]
    for label, value in zip(labels, (PASSWORD, NEW_PASSWORD, NEW_PASSWORD), strict=True):
        keiko.type(label, value)
    keiko.press("変更する")
    to_log_in(stranger, "keiko@example.jp", NEW_PASSWORD)
    assert stranger.heading() == "マイページ"


def test_one_address_one_user(stranger, cast):
    """R-1.3: a second user with the same address, in whatever letters, is not made."""
    ask_for_code(stranger, "KEIKO@example.jp")
    assert mails_to("KEIKO@example.jp") == ["sign_up_registered"]
    stranger.type("認証コード", "123456")
    stranger.press("次へ進む")
    assert stranger.opened.page.status_int == 422
    assert Resident.select().where(Resident.email_folded == "keiko@example.jp").count() == 1


# ---------------------------------------------------------------- finding


def test_searching_in_four_ways(stranger, cast):
    """R-2.1: by part of the name, by field, by division, by the facts of the applicant; all four together."""
    stranger.follow("手続き一覧")
    stranger.type("キーワード検索", "犬")
    stranger.press("検索する")
    assert stranger.sees("犬の登録申請") and not stranger.sees("粗大ごみ戸別収集の申込")

    for label, words in (("カテゴリ", "動物"), ("組織", "住民生活課")):
        stranger.opened.visit("/")
        stranger.follow("手続き一覧")
        stranger.pick(label, words)
        stranger.press("検索する")
        assert stranger.sees("犬の登録申請") and not stranger.sees("法人の設立・設置・異動・廃止の届出")

    stranger.follow("手続き一覧")
    assert stranger.sees("利用者情報", "住所", "性別")
    stranger.pick("利用者の区分", "事業者")
    stranger.press("検索する")
    assert stranger.sees("法人の設立・設置・異動・廃止の届出") and not stranger.sees("婚姻届</a>")

    stranger.pick("利用者の区分", "個人")
    stranger.type("年齢", "40")
    stranger.pick("カテゴリ", "動物")
    stranger.pick("組織", "住民生活課")
    stranger.type("キーワード検索", "いぬ 登録")
    stranger.press("検索する")
    assert stranger.sees("犬の登録申請") and not stranger.sees("法人の設立・設置・異動・廃止の届出")


# ---------------------------------------------------------------- saving


def test_saving_and_going_on(keiko, cast):
    """R-3.2: 「保存してあとで申請する」 … 「保存した手続き一覧」 … 「次へ進む」 at the foot of 内容詳細."""
    start_dog(keiko)
    keiko.press("次へ進む")
    keiko.type("犬の名前", "ポチ")
    keiko.press("保存してあとで申請する")
    keiko.follow("マイページ", "保存した手続き・判定結果の照会", "保存した手続き一覧", "犬の登録申請")
    assert keiko.heading() == "内容詳細" and keiko.sees("まだ申請されていません")
    assert keiko.opened.page.text.rindex("次へ進む") > keiko.opened.page.text.index("ここまでに入力した内容")
    keiko.press("次へ進む")
    assert keiko.sees('value="ポチ"')


def test_when_it_is_accepted(keiko, cast):
    """R-3.1 R-3.4: the 申込番号 on the done page, and in the mail of acceptance."""
    number = send_dog(keiko)
    mail = OutboxMail.get(OutboxMail.kind == "received")
    assert mail.to_address == "keiko@example.jp" and number in mail.subject and number in mail.body
    assert Submission.select().count() == 1


def test_saved_for_a_month(keiko, cast, browser):
    """R-3.3: to the end of the same day of the next month."""
    start_dog(keiko)
    keiko.press("保存してあとで申請する")
    assert keiko.sees("12月24日")
    saved = ("マイページ", "保存した手続き・判定結果の照会", "保存した手続き一覧")
    for when, there in (("2026-12-24T23:59:59+09:00", True), ("2026-12-25T00:00:00+09:00", False)):
        with clock.at(when):
            later = Reader(browser(cast.keiko))
            later.opened.visit("/")
            later.follow(*saved)
            assert later.sees("犬の登録申請") == there


# ---------------------------------------------------------------- files


def picture(size: int) -> bytes:
    """A photograph of exactly this size: a frame of 8 x 8 points, and remarks without end before it."""
    frame = b"\xff\xc0\x00\x0b\x08\x00\x08\x00\x08\x01\x01\x11\x00"
    scan = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x00\xff\xd9"
    left, remarks = size - 2 - len(frame) - len(scan), b""
    while left:
        length = min(left, 60_000)
        if 0 < left - length < 4:
            length -= 4
        remarks += b"\xff\xfe" + (length - 2).to_bytes(2, "big") + b"0" * (length - 4)
        left -= length
    return b"\xff\xd8" + remarks + frame + scan


def test_which_files_and_how_large(keiko, cast):
    """R-4.1: kinds and number are the procedure's own, 10 MB each, said before choosing."""
    start_dog(keiko)
    keiko.press("次へ進む")
    assert keiko.sees("1つ10MBまで", "PDF・JPG・PNG")
    for size, taken in ((upload.MAX_SIZE, True), (upload.MAX_SIZE + 1, False)):
        keiko.type("狂犬病予防注射済証", Upload("証明.jpg", picture(size), "image/jpeg"))
        keiko.press("添付する")
        assert keiko.sees("10MBを超えています") != taken
        if taken:
            assert keiko.sees("証明.jpg")
            keiko.press("削除")


# ---------------------------------------------------------------- afterwards


def test_the_state_of_an_application(keiko, cast):
    """R-6.1: 申請履歴・委任状の確認 ＞ 申請履歴一覧・検索 ＞ 申請内容照会."""
    number = send_dog(keiko)
    row = Application.get(Application.number == number.replace("-", ""))
    application.start_review(row, as_staff(cast.clerk), row.revision)
    keiko.follow("マイページ", "申請履歴・委任状の確認", "申請履歴一覧・検索")
    keiko.press("検索する")
    keiko.follow(number)
    assert keiko.heading() == "申請内容照会" and keiko.sees("状態", "審査中")


def test_without_login_there_is_no_history_and_no_mail(browser, cast):
    """R-3.4 R-3.5: such procedures send no mail and stand in no history; number and 照会コード show the state."""
    load(cast, "water-start")
    stranger = Reader(browser())
    stranger.opened.visit("/")
    send_water(stranger)
    assert stranger.heading() == "申請を受け付けました" and stranger.sees(
        "申込番号", "照会コード", "メールは届きません"
    )
    number = re.search(r"\d{4}-\d{4}-\d{4}", stranger.opened.page.text)[0]
    inquiry_code = re.search(r"[2-9A-HJ-NP-Z]{5}-?[2-9A-HJ-NP-Z]{5}", stranger.opened.page.text)[0]
    assert not OutboxMail.select().where(OutboxMail.resident.is_null(False)).exists()

    keiko = Reader(browser(cast.keiko))
    keiko.opened.visit("/")
    keiko.follow("マイページ", "申請履歴・委任状の確認", "申請履歴一覧・検索")
    assert not keiko.sees(number)

    at_home = Reader(browser())
    at_home.opened.visit("/")
    at_home.follow("申請状況の照会")
    at_home.type("申込番号", number)
    at_home.type("照会コード", inquiry_code)
    at_home.press("照会する")
    assert at_home.sees(number, "受付済み")


def send_water(reader: Reader) -> None:
    """水道の使用開始の届出, by somebody without an account."""
    reader.follow("手続き一覧", "水道の使用開始の届出")
    reader.press("申請する")
    for label, value in (
        ("姓", "小林"), ("名", "花子"), ("セイ", "コバヤシ"), ("メイ", "ハナコ"), ("郵便番号", "999-8101"),
        ("都道府県", "山形県"), ("住所", "朝凪町浜手二丁目14番6号"), ("電話番号", "0999-00-1322"),
    ):  # fmt: skip
        reader.type(label, value)
    reader.press("次へ進む")
    for label in ("新しく使い始める", "家庭", "自分の持ち家・建物", "下水道につながっている", "口座振替"):
        reader.choose(label)
    reader.type("水道を使う場所", "朝凪町浜手二丁目14番6号")
    reader.opened.fill(start_on__era="R", start_on__year="8", start_on__month="12", start_on__day="1", terms=True)
    reader.press("次へ進む")
    reader.press("この内容で申請する")


def test_all_applications_of_the_past(keiko, cast):
    """R-6.1: without any limit of time."""
    with clock.at("2016-04-01T10:00:00+09:00"):
        past = {"era": "H", "year": "27", "month": "5", "day": "1"}
        old = sent(cast.dogs, cast.keiko, dog_birth_date=past, acquired_on=past)
    keiko.follow("マイページ", "申請履歴・委任状の確認", "申請履歴一覧・検索", numbering.grouped(old.number))
    assert keiko.heading() == "申請内容照会" and keiko.sees("2016年4月1日")


def test_what_was_sent_cannot_be_changed(keiko, cast):
    """R-6.2: only what was returned can be corrected and sent again."""
    number = send_dog(keiko)
    row = Application.get(Application.number == number.replace("-", ""))
    for status in (Status.SUBMITTED, Status.IN_REVIEW, Status.APPROVED, Status.REJECTED, Status.COMPLETED):
        put_into(row, status)
        to_application(keiko, number)
        assert not keiko.sees("修正して再申請する"), status
    put_into(row, Status.SUBMITTED)
    fresh = Application.get_by_id(row.id)
    tomorrow = clock.today().replace(day=30)
    application.return_for_correction(
        fresh, as_staff(cast.clerk), fresh.revision, reason="毛の色をくわしく", remarks={}, until=tomorrow
    )
    to_application(keiko, number)
    keiko.press("修正して再申請する")
    keiko.press("次へ進む")
    keiko.type("毛の色", "茶、足先だけ白")
    keiko.press("次へ進む")
    keiko.press("この内容で申請する")
    assert keiko.sees(number)
    assert Application.get_by_id(row.id).number == number.replace("-", "")


def test_whom_to_ask(stranger, cast):
    """Every page says whom to call; 「お問い合わせ」 lists the divisions."""
    assert stranger.sees(cast.town.telephone)
    stranger.follow("お問い合わせ")
    assert stranger.sees("住民生活課", "0999-00-1240")
