"""What is kept of a text and what is folded away."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rules.values import text


@pytest.mark.parametrize(
    "typed",
    [
        "𠮷田",
        "山﨑",
        "\ufa19社",
        "塚\ufa10",
        "\uf9dc",
        "ゔァイオリン",
        "葛\U000e0100城",
        "辻\ufe00",
        "㈱①ｶﾞ",
        "Ａ１　−〜",
        "Nguyễn Văn",
        "e\u0301",
        "&#28961;",
        "👨\u200d👩\u200d👧",
        "あ\tい\nう",
        " 空白 ",
    ],
)
def test_texts_are_kept_as_typed(typed: str) -> None:
    """R-3.10: not one of these is changed."""
    assert text.clean(typed) == typed


def test_compatibility_kanji_are_not_normalised() -> None:
    """R-3.10: NFC would change 神 (U+FA19), cleaning does not."""
    assert unicodedata.normalize("NFC", "\ufa19") != "\ufa19"
    assert text.clean("\ufa19か\u3099") == "\ufa19が"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("か\u3099", "が"),
        ("ハ\u309a", "パ"),
        ("う\u3099", "ゔ"),
        ("ワ\u3099", "ヷ"),
        ("あ\u3099", "あ\u3099"),
        ("一\u3099", "一\u3099"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("あ\0い\x1b\x7f\x85う", "あいう"),
        ("\ud800あ", "あ"),
        ("か\0\u3099", "が"),
        ("\r\0\n", "\n"),
    ],
)
def test_repairs(typed: str, kept: str) -> None:
    """R-3.10: kana are joined with their marks, line ends made one, control characters dropped."""
    assert text.clean(typed) == kept


@given(st.text(st.characters()))
@example("か\u3099\u3099")
def test_cleaning_again_changes_nothing(typed: str) -> None:
    kept = text.clean(typed)
    assert text.clean(kept) == kept
    kept.encode("utf-8")
    assert not any(unicodedata.category(c) == "Cc" and c not in "\t\n" for c in kept)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ガス", "ｶﾞｽ"),
        ("いぬ", "イヌ"),
        ("ＡＢＣ", "abc"),
        ("１２", "12"),
        ("犬の登録", "犬の　登録"),
        ("髙橋", "高橋"),
        ("山﨑", "山崎"),
        ("渡邊", "渡邉"),
        ("渡辺", "渡邊"),
        ("齋藤", "斉藤"),
        ("𠮷野", "吉野"),
        ("1‐2", "1−2"),
        ("ラ−メン", "ラーメン"),
        ("キヤノン", "キャノン"),
        ("ゃ", "ヤ"),
        ("葛\U000e0100", "葛"),
        ("\ufa19", "\u795e"),
        ("霞ケ関", "霞ヶ関"),
        ("ゔ", "ヴ"),
    ],
)
def test_folding(one: str, other: str) -> None:
    """R-2.1, R-1.6: what must not matter when comparing."""
    assert text.fold(one) == text.fold(other)


@pytest.mark.parametrize(("one", "other"), [("犬", "猫"), ("はし", "ばし"), ("東", "西"), ("12", "21")])
def test_folding_keeps_differences(one: str, other: str) -> None:
    assert text.fold(one) != text.fold(other)


@given(st.text())
def test_folding_again_changes_nothing(typed: str) -> None:
    assert text.fold(text.fold(typed)) == text.fold(typed)


def test_words() -> None:
    """R-2.1: half and full width blanks part the words, two characters are a word."""
    assert text.words(" 税金　ｲﾇ  Ａb ") == ["税金", "イヌ", "ab"]
    assert text.words(" 　") == []


def test_same_name() -> None:
    """R-1.6: blanks and variants do not matter; two empty names are not the same name."""
    assert text.same_name("髙﨑　𠮷子", "高崎吉子")
    assert not text.same_name("髙﨑", "高橋")
    assert not text.same_name("", " ")


@pytest.mark.parametrize(
    ("typed", "kana"),
    [
        ("ｱｻﾅｷﾞ", "アサナギ"),
        ("あさなぎ", "アサナギ"),
        ("ｳﾞｧﾝ", "ヴァン"),
        ("ジョ−ンズ", "ジョーンズ"),
        ("ゔ", "ヴ"),
        ("か゛", "ガ"),
        ("カ\u3099", "ガ"),
        ("ｼﾞｮﾝ･ｽﾐｽ", "ジョン・スミス"),
        ("山田", "山田"),
        ("Ａ", "Ａ"),
        ("-ア", "-ア"),
    ],
)
def test_to_katakana(typed: str, kana: str) -> None:
    """R-3.10: the フリガナ field converts rather than refuses."""
    assert text.to_katakana(typed) == kana


def test_digits_and_half_width() -> None:
    assert text.digits("　０９９９−００ー１２３４ ") == "0999-00-1234"
    assert text.half_width("Ａ－１　ガ") == "A-1 ガ"


def test_blank_and_one_line() -> None:
    assert text.is_blank(" 　\n\u200b\ufeff")
    assert not text.is_blank(" あ ")
    assert text.one_line("あ\n\tい") == "あ い"
