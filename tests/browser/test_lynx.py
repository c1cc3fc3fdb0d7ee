"""From 新規登録 to the 申込番号 in lynx: no pictures, no style, a keyboard, and file names with their whole path."""

from __future__ import annotations

import os
import re

import pytest

from browser.real import found, lacking
from browser.story import FILE_NAME, NUMBER, PASSWORD, paper

try:
    from browser.terminal import Lynx
except ImportError:  # pyte, or a terminal of Unix
    Lynx = None

pytestmark = pytest.mark.skipif(os.name == "nt", reason="lynx is driven through a terminal of Unix")


@pytest.fixture
def lynx(program, tmp_path):
    if Lynx is None:
        lacking("pyte is not installed")
    opened = Lynx(found("lynx"), program.residents, tmp_path / "home")
    yield opened
    opened.close()


def test_a_resident_at_lynx(lynx, program, tmp_path):
    """R-1.1 R-2.1 R-3.1 R-4.3"""
    lynx.expect("手続きを探す")
    register(lynx, program, "rin@example.jp")
    find(lynx)
    fill(lynx, paper(tmp_path / "書類"))
    lynx.follow("次へ進む")
    lynx.expect("まだ申請は終わっていません")
    lynx.expect(f"{FILE_NAME}（")
    assert "書類" not in lynx.text()
    lynx.follow("この内容で申請する")
    lynx.expect("申請を受け付けました")
    number = NUMBER.search(lynx.text())[0]
    assert number in program.mail("rin@example.jp", "受付のお知らせ")


def register(lynx, program, address: str) -> None:
    lynx.follow("新規登録")
    lynx.expect("認証コードを送信する")
    lynx.type("メールアドレス", address, group="利用者の区分")
    lynx.follow("認証コードを送信する")
    lynx.expect("認証コードの入力")
    code = re.search(r"^\d{6}$", program.mail(address, "認証コード"), re.MULTILINE)[0]
    lynx.type("認証コード", code, group="認証コードの入力")
    lynx.follow("次へ進む")
    lynx.expect("利用者情報の入力")
    describe(lynx)
    lynx.follow("確認する")
    lynx.expect("まだ登録は終わっていません")
    lynx.follow("登録する")
    lynx.expect("登録が完了しました")


def describe(lynx) -> None:
    for group, label, value in (
        ("氏名", "姓", "汐見"),
        ("氏名", "名", "凛"),
        ("フリガナ", "セイ", "シオミ"),
        ("フリガナ", "メイ", "リン"),
        ("生年月日", "年", "1990"),
        ("生年月日", "月", "7"),
        ("生年月日", "日", "20"),
        ("", "郵便番号", "999-8101"),
        ("", "住所", "朝凪町浜手二丁目3番1号"),
        ("", "電話番号", "0999-00-1455"),
        ("", "パスワード", PASSWORD),
        ("", "パスワード(確認)", PASSWORD),
    ):
        lynx.type(label, value, group=group)
    lynx.choose("希望しない", group="お知らせメール")


def find(lynx) -> None:
    lynx.follow("手続きを探す")
    lynx.expect("申請できる手続きだけを表示しています")
    lynx.type("キーワード検索", "犬の登録")
    lynx.follow("検索する")
    lynx.expect("で探しました")
    lynx.follow("犬の登録申請")
    lynx.expect("申請できる方")


def fill(lynx, file) -> None:
    lynx.follow("申請する")
    lynx.expect("飼い主")
    assert "汐見" in lynx.text()
    lynx.follow("次へ進む")
    lynx.expect("犬の名前")
    for group, label, value in (
        ("", "犬の名前", "しらす"),
        ("", "犬の種類", "雑種"),
        ("", "毛の色", "白"),
        ("犬の生年月日", "年", "2025"),
        ("犬の生年月日", "月", "3"),
        ("犬の生年月日", "日", "1"),
        ("飼い始めた日", "年", "2025"),
        ("飼い始めた日", "月", "5"),
        ("飼い始めた日", "日", "20"),
        ("", "狂犬病予防注射済証", str(file)),
    ):
        lynx.type(label, value, group=group)
    lynx.choose("めす", group="犬の性別")
    lynx.choose("まだ受けていない", group="今年度の狂犬病予防注射")
    lynx.follow("添付する")
    lynx.expect("削除")
    assert "しらす" in lynx.text()
