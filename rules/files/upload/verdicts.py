"""What an inspection can say of a file, and the sentence for each "no"."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rules.files import file_names


class Word(StrEnum):
    """The five words of `bench/uploads.py`."""

    OK = "ok"
    ENCRYPTED = "encrypted"
    DANGEROUS = "dangerous"
    MALFORMED = "malformed"
    TYPE = "type"


_AGAIN = "もう一度添付してください。"
# reason -> (word, sentence). {which} is 「X」, or 「X」の中の「Y」 for a file inside another.
_REASONS: dict[str, tuple[Word, str]] = {
    "zip-password": (
        Word.ENCRYPTED,
        "{which}にはパスワードがかかっています。パスワードをかけずにZIPを作り直して、" + _AGAIN,
    ),
    "office-password": (
        Word.ENCRYPTED,
        "{which}にはパスワードがかかっています。パスワードを外して保存し直し、" + _AGAIN,
    ),
    "pdf-password": (
        Word.ENCRYPTED,
        "{which}は、開くときにパスワードが要ります。パスワードを外したPDFにして、" + _AGAIN,
    ),
    "rights": (
        Word.ENCRYPTED,
        "{which}は、決まった人だけが開けるように守られています。だれでも開ける形で保存し直して、" + _AGAIN,
    ),
    "bomb": (
        Word.DANGEROUS,
        "{which}は、開くと大きくなりすぎるので受け付けられません。要るファイルだけを取り出して、1つずつ添付してください。",
    ),
    "many": (
        Word.DANGEROUS,
        "{which}には、ファイルが多すぎます。要るファイルだけにするか、いくつかに分けて添付してください。",
    ),
    "deep": (
        Word.DANGEROUS,
        "{which}は、ファイルの中にファイルが何重にも入っています。中のファイルを取り出して、1つずつ添付してください。",
    ),
    "overlap": (
        Word.DANGEROUS,
        "{which}は、作りがふつうと違い、安全に開けません。中のファイルを取り出してZIPを作り直し、" + _AGAIN,
    ),
    "path": (
        Word.DANGEROUS,
        "{which}は、名前に使えない形（「..」や「/」で始まるものなど）があるので受け付けられません。"
        "中のファイルを取り出してZIPを作り直し、" + _AGAIN,
    ),
    "link": (
        Word.DANGEROUS,
        "{which}は、別のファイルを指すだけの印（リンク）です。もとのファイルを入れてZIPを作り直し、" + _AGAIN,
    ),
    "program": (
        Word.DANGEROUS,
        "{which}は、添付できない種類です（プログラム）。書類や写真だけを添付してください。",
    ),
    "script": (
        Word.DANGEROUS,
        "{which}は、添付できない種類です（プログラムを書いたファイル）。書類や写真だけを添付してください。",
    ),
    "web-page": (
        Word.DANGEROUS,
        "{which}は、添付できない種類です（HTML・SVGなど、ウェブページの形）。PDFにして添付してください。",
    ),
    "macro": (
        Word.DANGEROUS,
        "{which}は、マクロ（自動で動くプログラム）を使う形なので受け付けられません。"
        "マクロのない形（.docx・.xlsx）かPDFで保存し直して、" + _AGAIN,
    ),
    "remote": (
        Word.DANGEROUS,
        "{which}は、開くとよそからひな形などを読み込む作りなので受け付けられません。PDFで保存し直して、" + _AGAIN,
    ),
    "launch": (
        Word.DANGEROUS,
        "{which}は、開くと別のファイルやプログラムを起動する作りです。もとの書類から、PDFを新しく作り直して、" + _AGAIN,
    ),
    "polyglot": (
        Word.DANGEROUS,
        "{which}には、別の種類のファイルが隠れているようです。もとの書類から新しく保存し直して、" + _AGAIN,
    ),
    "empty": (Word.MALFORMED, "{which}は中身が空です。ファイルを確かめて、もう一度選んでください。"),
    "cut": (
        Word.MALFORMED,
        "{which}は、途中で切れているようです。開けるかどうか確かめ、新しく作り直して、" + _AGAIN,
    ),
    "damaged": (
        Word.MALFORMED,
        "{which}は、壊れているようです。開けるかどうか確かめ、新しく作り直して、" + _AGAIN,
    ),
    "method": (
        Word.TYPE,
        "{which}は、特別な方法で圧縮されていて、中を確かめられません。"
        "パソコンに備わっている圧縮（ZIP）で作り直して、" + _AGAIN,
    ),
    "mismatch": (
        Word.MALFORMED,
        "{which}の中身は、名前の種類（{ending}）と違うようです。ファイルを開けるか確かめて、もう一度選んでください。",
    ),
    "slow": (
        Word.MALFORMED,
        "{which}は、中を調べるのに時間がかかりすぎました。小さく分けるか、PDFにして添付してください。",
    ),
    "archive": (
        Word.TYPE,
        "{which}は、添付できない種類です（7Z・RAR・LZH・CABなどの圧縮ファイル）。"
        "中のファイルを取り出して、1つずつ添付してください。",
    ),
    "kind": (Word.TYPE, "{which}は添付できない種類です。PDFにするか、写真に撮って添付してください。"),
}
_INSIDE_PASSWORD = (
    "「{name}」の中の「{inside}」にパスワードがかかっています。「{inside}」のパスワードを外してから「{name}」を作り直して、"
    + _AGAIN
)
_LONGEST = 60


@dataclass(frozen=True)
class Verdict:
    """`reason` is "" for ok; `inside` names the file within the file that it is about; `detail` is for the log."""

    word: Word = Word.OK
    reason: str = ""
    inside: str = ""
    detail: str = ""

    @property
    def ok(self) -> bool:
        return self.word is Word.OK

    def sentence(self, name: str) -> str:
        """What is said to the person who attached `name`; "" for ok."""
        if self.ok:
            return ""
        # The names of all its levels would fill the page.
        inside = "" if self.reason == "deep" else _short(self.inside)
        if inside and self.word is Word.ENCRYPTED:
            return _INSIDE_PASSWORD.format(name=name, inside=inside)
        which = f"「{name}」の中の「{inside}」" if inside else f"「{name}」"
        dot = name.rfind(".")
        return _REASONS[self.reason][1].format(which=which, ending=name[dot:] if dot > 0 else "名前の終わり")


OK = Verdict()


class Found(Exception):
    """Something to refuse; ends the inspection of this file."""

    def __init__(self, reason: str, detail: str = "", inside: str = "") -> None:
        super().__init__(reason)
        self.word = _REASONS[reason][0]
        self.reason, self.detail, self.inside = reason, detail, inside

    def verdict(self) -> Verdict:
        return Verdict(self.word, self.reason, self.inside, self.detail)


def of(reason: str, inside: str = "", detail: str = "") -> Verdict:
    return Verdict(_REASONS[reason][0], reason, inside, detail)


def _short(inside: str) -> str:
    """A member's name as it can stand in a sentence."""
    kept = file_names.shown(inside)
    return kept if len(kept) <= _LONGEST else f"…{kept[1 - _LONGEST :]}"
