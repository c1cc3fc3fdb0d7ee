"""What can be set for each type of question, as the editor asks it, and how it stands in the document."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from rules import Refusal
from rules.forms.field_types.files import EXTENSIONS
from rules.forms.fields import TYPES, Question
from rules.procedures import keys
from rules.procedures.edit_sheet import Choices, line, lines, number, one_of, some_of
from rules.values import text

# type -> (name, what it is for), in the order in which they are offered.
KINDS: dict[str, tuple[str, str]] = {
    "text": ("1行の文字", "名前、番号など、短い文字を入力してもらいます"),
    "long_text": ("何行もの文字", "理由や連絡事項など、文章を入力してもらいます"),
    "number": ("数", "人数、頭数、面積など"),
    "money": ("金額", "円の金額"),
    "date": ("日付", "年月日。和暦でも西暦でも入力できます"),
    "time": ("時刻", "何時何分"),
    "choice": ("1つ選ぶ", "選択肢から、1つだけ選んでもらいます"),
    "choices": ("いくつか選ぶ", "選択肢から、いくつでも選んでもらいます"),
    "consent": ("同意の印", "四角に印を付けてもらいます"),
    "agreement": ("読んで同意する文", "長い文を読んで、印を付けてもらいます"),
    "name": ("氏名", "姓・名とフリガナ"),
    "address": ("住所", "郵便番号・都道府県・住所"),
    "telephone": ("電話番号", "けた数などのまちがいを確かめます"),
    "email": ("メールアドレス", "書き方のまちがいを確かめます"),
    "corporate_number": ("法人番号", "13けたの番号。まちがいを確かめます"),
    "bank_account": ("口座", "銀行やゆうちょ銀行の口座"),
    "file": ("添付ファイル", "書類や写真を添付してもらいます"),
    "table": ("くりかえしの表", "家族の1人ずつのように、同じ項目を何件も入力してもらいます"),
    "sum": ("合計", "ほかの項目の数を足して見せます。入力はありません"),
    "heading": ("小見出し", "ページの中の区切りの見出し。入力はありません"),
    "paper_form": ("様式の案内", "紙の様式へのリンク。入力はありません"),
}
# What one row of a table can be made of.
COLUMNS = ("text", "long_text", "number", "money", "date", "time", "choice", "consent", "name", "telephone", "email",
           "corporate_number")  # fmt: skip
# Nothing is typed there, so nothing can be required.
SILENT = ("heading", "paper_form", "sum")
_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_WEEKDAYS = [(str(number), f"{word}曜日") for number, word in enumerate("月火水木金土日", 1)]


class Setting(NamedTuple):
    """One thing that can be set: the fields that ask for it, and the way between them and the document.

    `shown` gives the fields' values out of the question, `kept` what the question's own keys and its limits become
    (None: left out) out of the fields' values.
    """

    asked: list[Question]
    shown: Callable[[Question], dict[str, Any]]
    kept: Callable[[dict[str, Any]], tuple[dict[str, Any], dict[str, Any]]]


def kinds(of_column: bool = False) -> dict[str, tuple[str, str]]:
    """The types that can be chosen."""
    return {key: words for key, words in KINDS.items() if key in TYPES and (not of_column or key in COLUMNS)}


def kind_word(kind: str) -> str:
    return KINDS.get(kind, (kind, ""))[0]


def settings(kind: str, papers: Choices, summands: Choices, *, of_column: bool = False) -> list[Setting]:
    """Everything that can be set for a type, beyond label, hint and whether it is required."""
    found = list(_OF_TYPE.get(kind, ()))
    if kind == "paper_form":
        found.append(
            _own(one_of("file", "様式", papers, "「様式（紙の用紙）」の画面で入れたものです。", look="select"))
        )
    if kind == "sum":
        found.append(
            _own(some_of("of", "足すもの", summands, "この項目より前にある、数・金額・合計です。", required=True))
        )
    profiles = [] if of_column else [(key, word) for key, word in keys.PROFILES.items() if key in TYPES[kind].profiles]
    if profiles:
        found.append(_profile(profiles))
    return found


# ---------------------------------------------------------------- the kinds of settings


def _limit(asked: Question, name: str = "") -> Setting:
    """A limit that is its field's value."""
    key = asked["key"]
    name = name or key.removeprefix("limit_")
    return Setting(
        [asked],
        lambda q: {key: (q.get("limits") or {}).get(name)},
        lambda values: ({}, {name: _plain(values[key]) if asked["type"] == "number" else values[key]}),
    )


def _plain(value: Any) -> Any:
    """A number with decimals comes as its digits, and stands in the document as a number."""
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
        return value
    return float(value) if "." in value else int(value)


def _own(asked: Question) -> Setting:
    """A key of the question itself that is its field's value."""
    key = asked["key"]
    return Setting([asked], lambda q: {key: q.get(key)}, lambda values: ({key: values[key]}, {}))


def _choice_limit(asked: Question, default: str) -> Setting:
    """A limit out of a few, one of which is the default and not written down."""
    key = asked["key"]
    name = key.removeprefix("limit_")
    return Setting(
        [asked],
        lambda q: {key: (q.get("limits") or {}).get(name) or default},
        lambda values: ({}, {name: None if values[key] == default else values[key]}),
    )


def _profile(profiles: Choices) -> Setting:
    asked = one_of(
        "profile",
        "利用者情報から入れておく",
        [("none", "入れない"), *profiles],
        "ログインした方には、登録してある内容を初めから入れておきます。申請する方は、書き直せます。",
        look="select",
    )
    return Setting(
        [asked],
        lambda q: {"profile": q.get("profile") or "none"},
        lambda values: ({"profile": None if values["profile"] == "none" else values["profile"]}, {}),
    )


def _day_limits() -> Setting:
    asked = one_of(
        "day_when",
        "入力できる日",
        [("any", "いつの日でも"), ("past", "きょうか、きょうより前の日"), ("future", "きょうか、きょうより後の日")],
    )

    def shown(q: Question) -> dict[str, Any]:
        limits = q.get("limits") or {}
        return {"day_when": next((name for name in ("past", "future") if limits.get(name)), "any")}

    def kept(values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        return {}, {name: True if values["day_when"] == name else None for name in ("past", "future")}

    return Setting([asked], shown, kept)


def _weekdays() -> Setting:
    asked = some_of("limit_weekdays", "選べる曜日", _WEEKDAYS, "どの曜日でもよいときは、印を付けません。")
    return Setting(
        [asked],
        lambda q: {"limit_weekdays": [str(one) for one in (q.get("limits") or {}).get("weekdays") or ()]},
        lambda values: ({}, {"weekdays": [int(one) for one in values["limit_weekdays"] or ()] or None}),
    )


def _days_ahead() -> Setting:
    limits: dict[str, Any] = {"min": 0, "max": 3650, "unit": "日"}
    asked = [
        number(
            "ahead_from",
            "きょうから何日後より",
            "例：3日後から選べるときは 3。決めないときは空けておきます。",
            **limits,
        ),
        number("ahead_until", "きょうから何日後まで", "例：60日後まで選べるときは 60。", **limits),
    ]

    def shown(q: Question) -> dict[str, Any]:
        ahead = (q.get("limits") or {}).get("days_ahead")
        return dict(
            zip(("ahead_from", "ahead_until"), ahead if isinstance(ahead, list) else (None, None), strict=False)
        )

    def kept(values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        first, last = values["ahead_from"], values["ahead_until"]
        if (first is None) != (last is None):
            empty = "ahead_from" if first is None else "ahead_until"
            raise Refusal(
                "", {f"q-{empty}": "「何日後より」と「何日後まで」は、両方を入力するか、両方を空けてください。"}
            )
        return {}, {"days_ahead": None if first is None else [first, last]}

    return Setting(asked, shown, kept)


def _clock(key: str, label: str, hint: str) -> Setting:
    asked = line(key, label, hint, most=12, width="short")
    name = key.removeprefix("limit_")

    def kept(values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        typed = text.digits(values[key] or "").replace("時", ":").removesuffix("分")
        found = _TIME.fullmatch(typed + "00" if typed.endswith(":") else typed)
        if values[key] and found is None:
            raise Refusal("", {f"q-{key}": f"{label}は、9:00 のように入力してください。"})
        return {}, {name: f"{int(found[1]):02d}:{found[2]}" if found else None}

    return Setting([asked], lambda q: {key: (q.get("limits") or {}).get(name)}, kept)


def _file_count() -> Setting:
    asked = number(
        "limit_count", "ファイルの数", "1つの項目に添付できる数です。", required=True, min=1, max=20, unit="個"
    )
    return Setting(
        [asked],
        lambda q: {"limit_count": (q.get("limits") or {}).get("count", 1)},
        lambda values: ({}, {"count": None if values["limit_count"] == 1 else values["limit_count"]}),
    )


_USUAL_FILES = ["pdf", "jpg", "jpeg", "png"]


def _extensions() -> Setting:
    """JPG is one kind for people, and two endings."""
    offered = [(kind, kind.upper()) for kind in EXTENSIONS if kind != "jpeg"]
    asked = some_of("limit_extensions", "ファイルの種類", offered, required=True)

    def shown(q: Question) -> dict[str, Any]:
        found = (q.get("limits") or {}).get("extensions") or _USUAL_FILES
        return {"limit_extensions": [kind for kind, _ in offered if kind in found]}

    def kept(values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        chosen = [kind for kind in EXTENSIONS if (kind if kind != "jpeg" else "jpg") in values["limit_extensions"]]
        return {}, {"extensions": None if chosen == _USUAL_FILES else chosen}

    return Setting([asked], shown, kept)


_WIDTH = _choice_limit(
    one_of("limit_width", "入力欄の幅", [("short", "短い"), ("medium", "ふつう"), ("long", "長い")]), "medium"
)
_TEXT_KIND = one_of(
    "limit_kind",
    "入力できる文字",
    [
        ("any", "どんな文字でも"),
        ("kana", "カタカナだけ"),
        ("digits", "数字だけ"),
        ("corporate_number", "法人番号（13けた）"),
    ],
)
# As many digits as the question takes itself: what a file says can be saved again.
_DIGITS: dict[str, Any] = {"decimals": 6}
_YEN: dict[str, Any] = {"min": 0, "max": 999_999_999_999, "unit": "円"}
_AGE: dict[str, Any] = {"min": 0, "max": 150, "unit": "歳"}

_OF_TYPE: dict[str, list[Setting]] = {
    "text": [
        _choice_limit(_TEXT_KIND, "any"),
        _limit(
            number(
                "limit_min_length",
                "いちばん少ない文字数",
                "例：15けたの番号なら、少ないほうも多いほうも 15。",
                min=1,
                max=20000,
                unit="字",
            )
        ),
        _limit(
            number(
                "limit_max_length", "いちばん多い文字数", "空けておくと、200字までです。", min=1, max=20000, unit="字"
            )
        ),
        _WIDTH,
    ],
    "long_text": [
        _limit(
            number(
                "limit_max_length", "いちばん多い文字数", "空けておくと、4,000字までです。", min=1, max=20000, unit="字"
            )
        ),
        _limit(number("limit_rows", "入力欄の高さ", "空けておくと、5行です。", min=1, max=40, unit="行")),
    ],
    "number": [
        _limit(line("limit_unit", "単位", "数のあとに付ける言葉です。例：人、頭、㎡", most=20, width="short")),
        _limit(number("limit_min", "いちばん小さい数", "例：1人以上なら 1。決めないときは空けておきます。", **_DIGITS)),
        _limit(number("limit_max", "いちばん大きい数", "決めないときは空けておきます。", **_DIGITS)),
        _limit(
            number(
                "limit_decimals",
                "小数点より下のけた数",
                "例：12.5 のように入力できるときは 1。空けておくと、小数は入力できません。",
                min=0,
                max=6,
                unit="けた",
            )
        ),
    ],
    "money": [
        _limit(number("limit_min", "いちばん少ない額", "決めないときは空けておきます。", **_YEN)),
        _limit(number("limit_max", "いちばん多い額", "決めないときは空けておきます。", **_YEN)),
    ],
    "date": [
        _day_limits(),
        _limit(
            number("limit_age_from", "年齢の下限", "生年月日をたずねるときだけ。例：18歳以上の方だけなら 18。", **_AGE)
        ),
        _limit(number("limit_age_to", "年齢の上限", "生年月日をたずねるときだけ。", **_AGE)),
        _weekdays(),
        _days_ahead(),
    ],
    "time": [
        _clock("limit_from", "いちばん早い時刻", "例：9:00。決めないときは空けておきます。"),
        _clock("limit_until", "いちばん遅い時刻", "例：16:30。決めないときは空けておきます。"),
        _limit(number("limit_step", "きざみ", "例：30分ごとに選んでもらうときは 30。", min=1, max=60, unit="分")),
    ],
    "choice": [
        _choice_limit(
            one_of(
                "limit_look", "見せ方", [("radio", "丸い印（選択肢が9つ以上なら一覧）"), ("select", "開いて選ぶ一覧")]
            ),
            "radio",
        ),
    ],
    "choices": [
        _limit(
            number(
                "limit_min",
                "選ぶ数の下限",
                "例：2つ以上なら 2。決めないときは空けておきます。",
                min=1,
                max=100,
                unit="つ",
            )
        ),
        _limit(number("limit_max", "選ぶ数の上限", "決めないときは空けておきます。", min=1, max=100, unit="つ")),
    ],
    "agreement": [
        _own(lines("text", "読んでもらう文", "空の行で段落が分かれます。", required=True, most=20_000, rows=12))
    ],
    "address": [
        _own(
            line(
                "prefix",
                "「郵便番号」「住所」の前に付ける言葉",
                "例：送付先の。空けておくと、項目の名前が見出しになります。",
                most=20,
                width="short",
            )
        )
    ],
    "file": [_file_count(), _extensions()],
    "table": [
        _own(
            line(
                "row_name",
                "1件の呼び名",
                "「家族 1」「家族 2」のように出ます。空けておくと「件」です。例：家族、犬、車",
                most=20,
                width="short",
            )
        ),
        _limit(number("limit_min", "いちばん少ない件数", "決めないときは空けておきます。", min=0, max=50, unit="件")),
        _limit(number("limit_max", "いちばん多い件数", "空けておくと、20件までです。", min=1, max=50, unit="件")),
    ],
    "sum": [_limit(line("limit_unit", "単位", "空けておくと「円」です。例：人、㎡", most=20, width="short"))],
}
