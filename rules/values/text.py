"""Texts: what is kept of what was typed, and what is folded away for comparing and searching."""

from __future__ import annotations

import re
import unicodedata

# ---------------------------------------------------------------- what is kept

_TURNING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_KANA_WITH_MARK = re.compile("[ぁ-ゖゝァ-ヺヽ][\u3099\u309a]")


def clean(text: str) -> str:
    """The text as it is kept: exactly as typed, apart from repairs nobody can see.

    Kana and a separate (han)dakuten become one character, as macOS sends them apart; line ends become LF;
    control characters and lone surrogates, which no keyboard types and UTF-8 cannot hold, are dropped, and so are
    the marks that turn the direction of text around: one in a name would mirror dates on a clerk's page.
    Nothing else: no NFC (it changes people's names). "&#28961;" stays as it is: a client sending it ignores
    our charset, but nobody can tell it from a resident who typed just that.
    """
    if text.isascii() and text.isprintable():
        return text
    kept = "".join(c for c in text if c in "\t\n\r" or unicodedata.category(c) not in ("Cc", "Cs"))
    kept = kept.translate(_TURNING)
    kept = kept.replace("\r\n", "\n").replace("\r", "\n")
    return _KANA_WITH_MARK.sub(_joined, kept)


def _joined(pair: re.Match[str]) -> str:
    # Only kana are matched, so NFC can touch nothing but the pair.
    return unicodedata.normalize("NFC", pair.group())


def one_line(text: str) -> str:
    """The text without line ends and tabs, which a one-line field gets only from crafted requests."""
    return re.sub("[\n\t\u2028\u2029]+", " ", text)


def is_blank(text: str) -> bool:
    """Nothing to read in it: blanks of any width and invisible characters only."""
    return all(c.isspace() or unicodedata.category(c) == "Cf" for c in text)


# A sentence may go on behind an address without a blank, and its full stop is none of it.
_ADDRESS = re.compile(r"https?://[!#-;=?-~]*[\w/#&=~%+*$@-]", re.ASCII)


def linked(line: str) -> list[tuple[str, str]]:
    """A line in pieces, (words, address): the address is "" but where one on the web is written out."""
    pieces: list[tuple[str, str]] = []
    end = 0
    for found in _ADDRESS.finditer(line):
        pieces += [(line[end : found.start()], ""), (found.group(), found.group())]
        end = found.end()
    return [piece for piece in [*pieces, (line[end:], "")] if piece[0]]


# ---------------------------------------------------------------- width and kana

_DASHES = "-‐‑‒–—―⁃−﹘﹣－─━ー"
_FULL_TO_HALF = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_DASHES_TO_HYPHEN = {ord(dash): "-" for dash in _DASHES}
_TO_KATAKANA = {code: code + 0x60 for code in (*range(0x3041, 0x3097), 0x309D, 0x309E)}
_HALF_KANA = re.compile("[\uff65-\uff9f]+")
_MARK_AFTER_KANA = re.compile("(?<=[ァ-ヺ])[゛゜]")
_DASHES_AFTER_KANA = re.compile(f"(?<=[ァ-ヺー])[{re.escape(_DASHES)}]+")


def half_width(text: str) -> str:
    """Full-width letters, digits, signs and blanks as half-width ones; kana and kanji stay."""
    return text.translate(_FULL_TO_HALF)


def digits(text: str) -> str:
    """A number as people write it, made plain: half width, every dash a hyphen, no blanks around."""
    return half_width(text).translate(_DASHES_TO_HYPHEN).strip()


def to_katakana(text: str) -> str:
    """Hiragana and half-width kana as full-width katakana, a dash behind kana as ー; the rest stays."""
    kana = _HALF_KANA.sub(lambda run: unicodedata.normalize("NFKC", run.group()), text).translate(_TO_KATAKANA)
    kana = _MARK_AFTER_KANA.sub(lambda mark: "\u3099" if mark.group() == "゛" else "\u309a", kana)
    kana = _KANA_WITH_MARK.sub(_joined, kana)
    return _DASHES_AFTER_KANA.sub(lambda dashes: "ー" * len(dashes.group()), kana)


# ---------------------------------------------------------------- comparing and searching

# The first of each group stands for all. 斎 and 斉 are two characters, but their owners are called by either.
_SAME_KANJI = """
高髙 崎﨑嵜 辺邊邉 斉斎齋齊 吉𠮷 浜濱濵 沢澤 広廣 国國圀 島嶋嶌 富冨 真眞 徳德 瀬瀨 桜櫻 竜龍 恵惠 栄榮 曽曾
弥彌 寿壽 実實 蔵藏 応應 条條 豊豐 与與 万萬 会會 学學 黒黑 清淸 増增 静靜 済濟 剣劍劔 礼禮 鴎鷗 村邨 野埜
喜㐂 淵渕 館舘 涼凉 峰峯 橋槗 桑桒 柳栁 緒緖 来來 円圓 駅驛 県縣 区區 図圖 数數 気氣 沖冲 滝瀧 塩鹽 関關
鉄鐵 仏佛 亀龜 渓溪 戸戶 郎郞 亜亞 薮藪 桧檜 園薗 松枩 芦蘆 頼賴 巌巖 勲勳 衛衞 槇槙 尭堯 遥遙 瑶瑤 奥奧
将將 摂攝
"""
_SMALL_KANA = dict(zip("ァィゥェォッャュョヮヵヶ", "アイウエオツヤユヨワカケ", strict=True))


def _folding() -> dict[int, str]:
    table = {ord(dash): "-" for dash in _DASHES} | {ord(wave): "~" for wave in "〜∼～"}
    table |= {code: chr(katakana) for code, katakana in _TO_KATAKANA.items()}
    table |= {ord(small): large for small, large in _SMALL_KANA.items()}
    # ぁ is first ァ, then ア: one pass has to know both.
    table |= {code: _SMALL_KANA.get(large, large) for code, large in table.items()}
    for group in _SAME_KANJI.split():
        table |= {ord(variant): group[0] for variant in group[1:] if variant != group[0]}
    return table


_FOLDING = _folding()
_INVISIBLE = re.compile("[\\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufe00-\ufe0f\U000e0100-\U000e01ef]+")


def fold(text: str) -> str:
    """What is left when width, case, kind and size of kana, dashes, kanji variants and blanks do not matter.

    For comparing and searching only, never for keeping.
    """
    if text.isascii():
        return _INVISIBLE.sub("", text).casefold()
    folded = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).casefold()
    folded = unicodedata.normalize("NFKC", folded).translate(_FOLDING)
    # NFKC turns a lone ¨ into a blank and a mark: only now can the mark join what stands before it.
    return unicodedata.normalize("NFC", _INVISIBLE.sub("", folded))


def words(query: str) -> list[str]:
    """The words of a search, folded; blanks of any width part them."""
    return [word for word in (fold(part) for part in query.split()) if word]


def same_name(one: str, other: str) -> bool:
    """Whether two spellings mean one name (R-1.6): blanks, width and common variants do not matter."""
    return fold(one) == fold(other) != ""


def contains(part: str) -> str:
    """The pattern of LIKE … ESCAPE '!' for a text that holds this part."""
    for sign in "!%_":
        part = part.replace(sign, "!" + sign)
    return f"%{part}%"
