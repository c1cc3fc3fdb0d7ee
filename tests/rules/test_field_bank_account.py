"""口座: the parts of the kind that was chosen, and the holder as banks write names."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.forms import fields
from rules.forms.fields import Wrong
from rules.values import bank_kana

TODAY = date(2026, 11, 21)
ACCOUNT = {"key": "it", "type": "bank_account", "label": "振込先の口座", "hint": "", "required": True}
BANK = {"kind": "bank", "bank": "なぎさ銀行", "branch": "浜手支店", "account_kind": "ordinary", "number": "１２３４５",
        "yucho_symbol": "", "yucho_number": "", "holder": "はまぐち　けいこ"}  # fmt: skip
YUCHO = dict.fromkeys(BANK, "") | {
    "kind": "yucho", "yucho_symbol": "12345", "yucho_number": "1234567-1", "holder": "ﾊﾏｸﾞﾁ ｹｲｺ",
}  # fmt: skip


def errors(**changes: str) -> dict[str, str]:
    with pytest.raises(Wrong) as wrong:
        fields.check(ACCOUNT, BANK | changes, TODAY)
    return wrong.value.errors


def test_an_account_at_a_bank() -> None:
    """Issue 4.1: only the parts of a bank are kept; a short number gets its zeros."""
    found = fields.check(ACCOUNT, BANK, TODAY)
    assert found == {"kind": "bank", "bank": "なぎさ銀行", "branch": "浜手支店", "account_kind": "ordinary",
                     "number": "0012345", "holder": "ﾊﾏｸﾞﾁ ｹｲｺ"}  # fmt: skip
    assert fields.show(ACCOUNT, found) == ["なぎさ銀行　浜手支店", "普通　0012345", "名義　ﾊﾏｸﾞﾁ ｹｲｺ"]
    assert fields.cells(ACCOUNT, found) == [
        "銀行・信用金庫・農協など", "なぎさ銀行", "浜手支店", "普通", "0012345", "", "", "ﾊﾏｸﾞﾁ ｹｲｺ",
    ]  # fmt: skip


def test_an_account_at_the_post_bank() -> None:
    found = fields.check(ACCOUNT, YUCHO, TODAY)
    assert found == {"kind": "yucho", "yucho_symbol": "12345", "yucho_number": "12345671", "holder": "ﾊﾏｸﾞﾁ ｹｲｺ"}
    assert fields.show(ACCOUNT, found) == ["ゆうちょ銀行", "記号 12345　番号 12345671", "名義　ﾊﾏｸﾞﾁ ｹｲｺ"]


def test_headings_of_its_columns() -> None:
    """R-7.6"""
    assert [heading for _, heading in fields.columns(ACCOUNT)] == [
        f"振込先の口座 {word}"
        for word in ("金融機関の種類", "金融機関名", "支店名", "種別", "口座番号", "記号", "番号", "口座名義（カナ）")
    ]


def test_the_kind_comes_first() -> None:
    """Without it nobody can say what is lacking."""
    assert errors(kind="") == {"q-it-kind": "金融機関の種類を選んでください。"}
    assert errors(kind="other") == {"q-it-kind": "金融機関の種類を選んでください。"}


def test_the_kind_alone_is_no_answer() -> None:
    """lynx sends the first circle although nobody chose it: an account that need not be told stays untold."""
    only = dict.fromkeys(BANK, "") | {"kind": "bank"}
    assert fields.check(ACCOUNT | {"required": False}, only, TODAY) is None
    with pytest.raises(Wrong) as wrong:
        fields.check(ACCOUNT, only, TODAY)
    assert list(wrong.value.errors) == [
        f"q-it-{part}" for part in ("bank", "branch", "account_kind", "number", "holder")
    ]


def test_each_part_has_its_sentence() -> None:
    found = errors(bank=" ", branch="", account_kind="x", number="12345678", holder="")
    assert list(found) == ["q-it-bank", "q-it-branch", "q-it-account_kind", "q-it-number", "q-it-holder"]
    assert "7けたまで" in found["q-it-number"] and "8けたです" in found["q-it-number"]
    assert found["q-it-account_kind"] == "種別を選んでください。"


def test_the_other_kind_must_be_empty() -> None:
    """Nothing typed is dropped in silence: it may be the account that was meant."""
    found = errors(yucho_symbol="12345")
    assert list(found) == ["q-it-yucho_symbol"]
    assert "記号は空にしてください" in found["q-it-yucho_symbol"]
    both = errors(kind="yucho", yucho_symbol="12345", yucho_number="11")
    assert list(both) == ["q-it-bank", "q-it-branch", "q-it-account_kind", "q-it-number"]


@pytest.mark.parametrize(
    ("part", "typed", "words"),
    [("yucho_symbol", "1234", "4けたです"), ("yucho_symbol", "12340-2", "あとの1けたは、入力しません"),
     ("yucho_number", "123456789", "9けたです"), ("yucho_number", "1", "2けたから8けたまで"),
     ("yucho_number", "八", "数字で")],
)  # fmt: skip
def test_wrong_numbers_of_the_post_bank(part: str, typed: str, words: str) -> None:
    with pytest.raises(Wrong) as wrong:
        fields.check(ACCOUNT, YUCHO | {part: typed}, TODAY)
    assert list(wrong.value.errors) == [f"q-it-{part}"] and words in wrong.value.errors[f"q-it-{part}"]


def test_as_typed() -> None:
    """内容詳細 shows what will not do yet in the words it was typed in."""
    assert fields.as_typed(ACCOUNT, BANK | {"number": "x"}) == [
        "銀行・信用金庫・農協など　なぎさ銀行　浜手支店　普通　x　はまぐち　けいこ"
    ]


# ---------------------------------------------------------------- the holder


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("はまぐち けいこ", "ﾊﾏｸﾞﾁ ｹｲｺ"), ("ハマグチ　ケイコ", "ﾊﾏｸﾞﾁ ｹｲｺ"), ("カ）ナギサコウムテン", "ｶ)ﾅｷﾞｻｺｳﾑﾃﾝ"),
     ("ショウタ", "ｼﾖｳﾀ"), ("パーティー", "ﾊﾟ-ﾃｲ-"), ("ｽｰﾊﾟｰ", "ｽ-ﾊﾟ-"), ("ヲノ・ヰト", "ｵﾉ ｲﾄ"), ("ゔぃ", "ｳﾞｲ"),
     ("nguyen van an", "NGUYEN VAN AN"), ("Ｎ．Ｐ．Ｏ", "N.P.O"), ("  ア  イ ", "ｱ ｲ"), ("か゛", "ｶﾞ")],
)  # fmt: skip
def test_holders_as_banks_write_them(typed: str, kept: str) -> None:
    """Issue 4.1: half-width kana, large, with marks of their own; a dash for the long mark."""
    assert bank_kana.convert(typed) == kept
    assert bank_kana.not_allowed(kept) == ""


def test_kanji_are_refused_by_name() -> None:
    assert "「株式会社」は使えません" in errors(holder="株式会社ナギサ")["q-it-holder"]


@given(st.text())
def test_converting_twice_changes_nothing_more(typed: str) -> None:
    """What was kept means itself when it is shown in the form again."""
    once = bank_kana.convert(typed)
    if not bank_kana.not_allowed(once):
        assert bank_kana.convert(once) == once
