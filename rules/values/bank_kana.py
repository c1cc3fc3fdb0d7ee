"""口座名義 in half-width kana, as banks keep names: capital kana, letters, digits and a few signs."""

from __future__ import annotations

import re
import unicodedata

from rules.values import text

_SMALL = str.maketrans("ァィゥェォッャュョヮヵヶ", "アイウエオツヤユヨワカケ")
# Banks know neither the long mark nor these kana; the names of account holders are written with the others.
_OTHER = str.maketrans({"ー": "-", "ヲ": "オ", "ヰ": "イ", "ヱ": "エ", "・": " "})
_HALF = dict(zip("アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン",
                 "ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜﾝ", strict=True))  # fmt: skip
_HALF |= {"\u3099": "ﾞ", "\u309a": "ﾟ"}
_ALLOWED = re.compile("[ｱ-ﾝﾞﾟA-Z0-9()./ -]")


def convert(typed: str) -> str:
    """What was typed, as a bank writes it; what it cannot write stays as it is."""
    kana = unicodedata.normalize("NFKC", text.to_katakana(text.one_line(typed)))
    kana = kana.translate(_SMALL).translate(_OTHER).upper()
    kana = "".join("-" if text.digits(c) == "-" else c for c in kana)
    kana = "".join(_HALF.get(c, c) for c in unicodedata.normalize("NFD", kana))
    return re.sub(" +", " ", unicodedata.normalize("NFC", kana)).strip()


def not_allowed(converted: str) -> str:
    """The characters that no bank writes, each once."""
    return "".join(dict.fromkeys(c for c in converted if not _ALLOWED.fullmatch(c)))
