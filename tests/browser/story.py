"""The main job from end to end, done the way people do it: by the words on the screen."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from browser.program import Program

PASSWORD = "nagisa-no-machi-7"
FILE_NAME = "狂犬病予防注射済証（ポチ）.pdf"
NUMBER = re.compile(r"\d{4}-\d{4}-\d{4}")
# A whole, if empty, PDF: what looks into files finds nothing to complain about.
PDF = b"""%PDF-1.4
1 0 obj
<< /Type /Catalog /Pages 2 0 R >>
endobj
2 0 obj
<< /Type /Pages /Kids [3 0 R] /Count 1 >>
endobj
3 0 obj
<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>
endobj
xref
0 4
0000000000 65535 f\x20
0000000009 00000 n\x20
0000000058 00000 n\x20
0000000115 00000 n\x20
trailer
<< /Size 4 /Root 1 0 R >>
startxref
186
%%EOF
"""


def paper(folder: Path) -> Path:
    """A file to attach, with a Japanese name."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE_NAME
    path.write_bytes(PDF)
    return path


class Visitor:
    """One person at one browser; `seen` is called with the page and the server's answer when another one is shown."""

    def __init__(self, page: Any, start: str, seen: Callable[[Any, Any], None]) -> None:
        self.page = page
        self.start = start.rstrip("/")
        self._seen = seen

    def open(self, path: str) -> None:
        self._seen(self.page, self.page.goto(self.start + path))

    def follow(self, words: str) -> None:
        self._go(self.page.get_by_role("link", name=words, exact=True).first)

    def press(self, words: str) -> None:
        self._go(self.page.get_by_role("button", name=words, exact=True).last)

    def _go(self, target: Any) -> None:
        with self.page.expect_navigation() as coming:
            target.click()
        self._seen(self.page, coming.value)

    def type(self, label: str, value: str, *, group: str = "") -> None:
        self._within(group).get_by_label(label, exact=True).fill(value)

    def pick(self, label: str, value: str, *, group: str = "") -> None:
        self._within(group).get_by_label(label, exact=True).select_option(label=value)

    def choose(self, label: str, *, group: str) -> None:
        self._within(group).get_by_label(label, exact=True).check()

    def date(self, group: str, era: str, year: str, month: str, day: str) -> None:
        self.pick("元号", era, group=group)
        for label, value in (("年", year), ("月", month), ("日", day)):
            self.type(label, value, group=group)

    def choose_file(self, label: str, path: Path) -> None:
        self.page.get_by_label(label, exact=True).set_input_files(path)

    def expect(self, *words: str) -> None:
        shown = self.words()
        assert not [w for w in words if w not in shown], (self.page.url, words, shown)

    def words(self) -> str:
        return self.page.locator("body").inner_text()

    def heading(self) -> str:
        return self.page.locator("h1").inner_text()

    def value(self, label: str, *, group: str = "") -> str:
        return self._within(group).get_by_label(label, exact=True).input_value()

    def _within(self, group: str) -> Any:
        return self.page.get_by_role("group", name=group, exact=True) if group else self.page


@dataclass
class Story:
    """A resident and a clerk, each at a browser of their own; the steps in the order they happen."""

    program: Program
    resident: Visitor
    clerk: Visitor
    paper: Path
    address: str = "keiko@example.jp"
    number: str = ""

    def whole(self) -> None:
        self.register()
        self.find()
        self.apply()
        self.take_up()
        self.return_it()
        self.correct()
        self.approve()
        self.read_result()

    # ------------------------------------------------------------ the resident registers

    def register(self) -> None:
        me = self.resident
        me.open("/")
        me.follow("新規登録")
        assert me.page.get_by_label("個人", exact=True).is_checked()
        me.type("メールアドレス", self.address)
        me.press("認証コードを送信する")
        self._enter_code()
        self._enter_profile()
        me.press("確認する")
        me.expect("浜口", "ケイコ", "999-8101", "昭和63年")
        me.press("登録する")
        assert me.heading() == "登録が完了しました"
        self.program.mail(self.address, "利用者登録が完了しました")

    def _enter_code(self) -> None:
        me = self.resident
        me.type("認証コード", "あああ")
        me.press("次へ進む")
        assert me.page.title().startswith("エラー：")
        text = self.program.mail(self.address, "認証コード")
        me.type("認証コード", re.search(r"^\d{6}$", text, re.MULTILINE)[0])
        me.press("次へ進む")

    def _enter_profile(self) -> None:
        me = self.resident
        me.press("確認する")
        assert me.page.title().startswith("エラー：")
        for group, label, value in (
            ("氏名", "姓", "浜口"),
            ("氏名", "名", "恵子"),
            ("フリガナ", "セイ", "はまぐち"),
            ("フリガナ", "メイ", "ケイコ"),
            ("", "郵便番号", "９９９８１０１"),
            ("", "住所", "朝凪町浜手二丁目14番6号"),
            ("", "電話番号", "0999-00-1322"),
            ("", "パスワード", PASSWORD),
            ("", "パスワード(確認)", PASSWORD),
        ):
            me.type(label, value, group=group)
        me.date("生年月日", "昭和", "63", "4", "9")
        me.choose("女性", group="性別")
        me.pick("都道府県", "山形県")
        me.choose("希望する", group="お知らせメール")

    # ------------------------------------------------------------ finds the procedure and sends the form

    def find(self) -> None:
        me = self.resident
        me.open("/")
        me.follow("動物")
        me.follow("手続き一覧")
        me.type("キーワード検索", "いぬ")
        me.press("検索する")
        me.follow("犬の登録申請")
        assert me.heading() == "犬の登録申請"

    def apply(self) -> None:
        me = self.resident
        me.press("申請する")
        if me.heading() == "同じ手続きの申請があります":
            me.press("新しく申請する")
        assert me.value("姓", group="氏名") == "浜口"
        me.press("次へ進む")
        me.press("次へ進む")
        assert me.page.title().startswith("エラー：")
        self._describe_dog()
        me.press("添付する")
        me.expect(FILE_NAME)
        assert me.value("犬の名前") == "ポチ"
        self._pause()
        me.press("次へ進む")
        assert me.heading() == "内容の確認"
        me.expect("ポチ", "令和7年", FILE_NAME, "まだ申請は終わっていません")
        me.press("この内容で申請する")
        assert me.heading() == "申請を受け付けました"
        me.expect("申込番号")
        self.number = NUMBER.search(me.words())[0]
        me.follow("受付票を印刷する")
        me.expect(self.number, FILE_NAME)
        assert self.number in self.program.mail(self.address, "受付のお知らせ")

    def _describe_dog(self) -> None:
        me = self.resident
        for label, value in (("犬の名前", "ポチ"), ("犬の種類", "柴犬"), ("毛の色", "茶")):
            me.type(label, value)
        me.choose("おす", group="犬の性別")
        me.date("犬の生年月日", "令和", "7", "3", "1")
        me.date("飼い始めた日", "西暦", "2025", "5", "20")
        me.choose("受けた", group="今年度の狂犬病予防注射")
        me.choose_file("狂犬病予防注射済証", self.paper)

    def _pause(self) -> None:
        """Puts it aside, looks for it in マイページ and goes on."""
        me = self.resident
        me.press("保存してあとで申請する")
        me.expect("まだ申請されていません")
        me.follow("マイページ")
        me.follow("保存した手続き・判定結果の照会")
        me.follow("保存した手続き一覧")
        me.follow("犬の登録申請")
        assert me.heading() == "内容詳細"
        me.press("次へ進む")
        me.expect(FILE_NAME)

    # ------------------------------------------------------------ the clerk takes it up and returns it

    def take_up(self) -> None:
        clerk = self.clerk
        login_id, password = self.program.login("CLERK")
        clerk.open("/staff/")
        clerk.type("職員ID", login_id)
        clerk.type("パスワード", password)
        clerk.press("ログイン")
        assert clerk.heading() == "受付箱"
        clerk.expect("受付済み", "浜口")
        clerk.follow(self.number)
        clerk.expect("ポチ", FILE_NAME)
        with clerk.page.expect_download() as coming:
            clerk.page.get_by_role("link", name=FILE_NAME, exact=True).click()
        assert coming.value.suggested_filename == FILE_NAME
        assert Path(coming.value.path()).read_bytes() == PDF
        clerk.press("審査を開始する")
        clerk.expect("審査中")

    def return_it(self) -> None:
        clerk = self.clerk
        clerk.press("差し戻す")
        assert clerk.value("年", group="補正の期限")
        clerk.press("差し戻す")
        assert clerk.page.title().startswith("エラー：")
        clerk.type("差戻しの理由", "毛の色をくわしく入力してください。")
        clerk.type("毛の色", "白いところがあれば、書いてください。")
        clerk.press("差し戻す")
        clerk.expect("差戻し", "毛の色をくわしく")
        assert "毛の色をくわしく" in self.program.mail(self.address, "修正のお願い")

    # ------------------------------------------------------------ the resident corrects, the clerk approves

    def correct(self) -> None:
        me = self.resident
        me.open("/")
        me.follow("マイページ")
        me.expect("差戻し")
        me.follow("申請履歴・委任状の確認")
        me.follow("申請履歴一覧・検索")
        me.follow(self.number)
        assert me.heading() == "申請内容照会"
        me.expect("毛の色をくわしく", "白いところがあれば")
        me.press("修正して再申請する")
        me.expect("白いところがあれば")
        me.type("毛の色", "茶、足先だけ白")
        me.press("次へ進む")
        me.press("この内容で申請する")
        me.expect(self.number)
        self.program.mail(self.address, "再申請の受付")

    def approve(self) -> None:
        clerk = self.clerk
        clerk.follow("受付箱")
        clerk.follow(self.number)
        clerk.expect("茶、足先だけ白", "審査中")
        clerk.press("承認する")
        clerk.press("承認する")
        clerk.expect("承認")

    def read_result(self) -> None:
        me = self.resident
        me.follow("この申請の状況を見る")
        me.expect("承認", self.number)
        assert self.number in self.program.mail(self.address, "承認のお知らせ")
