"""決まり in the editor: all that a procedure's document says beside its texts and its form, asked in words."""

from __future__ import annotations

import re
from typing import Any

from models import Division, ask
from rules import Refusal
from rules.procedures import keys, procedure_file, reception
from rules.procedures.edit_sheet import Choices, Sheet, day, heading, line, lines, number, one_of, some_of
from rules.records import access
from rules.records.session import SignedInStaff
from rules.values import text

Document = dict[str, Any]

ID_HINT = (
    "アドレスや、ほかの町とのやりとりに使う名前です。英小文字・数字・「-」で書きます。"
    "公開したあとは変えられません。例：dog-registration"
)
BAD_ID = (
    "名札は、英小文字・数字・「-」だけで、60文字までにしてください。例：dog-registration。" + procedure_file.RESERVED
)
KANA_HINT = "カタカナで書きます。並べる順と、検索に使います。ひらがなで入力しても、カタカナに直します。"
_YEARLY = re.compile(r"([0-9]{1,2})(?:月|[-/])([0-9]{1,2})日?")
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_YES_NO: Choices = [("yes", "はい"), ("no", "いいえ")]
_SEXES: Choices = [("any", "問わない"), ("male", "男性"), ("female", "女性")]


def categories(town: int | None) -> list[str]:
    return [name for (name,) in ask("SELECT name FROM category WHERE town_id = {} ORDER BY position, id", town)]


def divisions(me: SignedInStaff) -> list[str]:
    """The divisions that a member of staff may give a procedure to."""
    own = access.own_divisions(me)
    rows = Division.rows("town_id = {} AND closed_at IS NULL ORDER BY position, id", me.town)
    return [row.name for row in rows if row.id in own]


def named(names: list[str], present: str = "") -> Choices:
    """Names as choices; the present one stays, even where it could not be chosen now."""
    return [(name, name) for name in dict.fromkeys([*names, *([present] if present else [])])]


def _choices(key: str) -> Choices:
    """The allowed values of a key of the file, with their words."""
    return [(value, words) for value, words in keys.DOCUMENT[key].allowed.items()]


# ---------------------------------------------------------------- asking


def sheet(me: SignedInStaff, document: Document, *, published: bool) -> Sheet:
    """The screen with every rule; the id is asked only before the first publication."""
    asked = [
        *_names(me, document, published=published),
        *_who(),
        *_how(),
        *_when(),
        *_money(),
        *_after(),
    ]
    return Sheet(asked, _values(document))


def _names(me: SignedInStaff, document: Document, *, published: bool) -> list[dict[str, Any]]:
    found = [
        heading("h_names", "名前と担当"),
        line("name", "手続きの名前", "例：犬の登録申請", required=True),
        line("name_kana", "読み", KANA_HINT, required=True),
        line(
            "summary", "短い説明", "何のための手続きかを、1文で書きます。手続き一覧に出ます。", required=True, most=500
        ),
        one_of("category", "カテゴリ", named(categories(me.town), document["category"]), look="select"),
        one_of("division", "担当する部課", named(divisions(me), document["division"]), look="select"),
        lines(
            "synonyms",
            "ほかの言い方",
            "住民の方が探すときの言葉です。1行に1つ書きます。例：犬の鑑札",
            most=20_000,
            rows=4,
        ),
    ]
    return found if published else [*found, line("id", "英小文字の名札", ID_HINT, required=True, most=60)]


def _who() -> list[dict[str, Any]]:
    return [
        heading("h_who", "申請できる方"),
        some_of("applicants", "個人・事業者", list(keys.KINDS_OF_APPLICANTS.items()), required=True),
        one_of("town_only", "この市町村に住所のある方だけ", _YES_NO),
        number(
            "age_from",
            "年齢の下限",
            "申請する方ご本人の満年齢です。決めないときは空けておきます。",
            min=0,
            max=150,
            unit="歳",
        ),
        number(
            "age_to",
            "年齢の上限",
            "お子さんのための手続きでも、お子さんの年齢は書きません。",
            min=0,
            max=150,
            unit="歳",
        ),
        one_of("sex", "性別", _SEXES),
    ]


_VISIT_HINT = (
    "「申請のとき」と「日時を予約して」は、様式の最後で、窓口に来る日時を選びます。"
    "「書類を受け取るとき」は、承認のあとで選べます。窓口と枠は、「設定」の「窓口と予約の枠」で決めます。"
)


def _how() -> list[dict[str, Any]]:
    return [
        heading("h_how", "申請のしかた"),
        one_of("channel", "申請の方法", _choices("channel"), "「窓口のみ」は、一覧と案内だけを出します。"),
        one_of("login", "ログイン", _choices("login"), "いらないにすると、登録していない方も申請できます。"),
        one_of(
            "once",
            "同じ方の申請",
            [("no", "何件でも申請できる"), ("yes", "終わっていない申請は、1人1件まで")],
        ),
        one_of("identity", "本人確認", _choices("identity")),
        one_of(
            "signature", "電子署名", _choices("signature"), "しくみは、あとの版で使えます。いまは、案内にだけ出ます。"
        ),
        one_of("visit_when", "来庁", list(keys.VISIT["when"].allowed.items()), _VISIT_HINT),
        lines("visit_bring", "来庁のときの持ち物", "来庁が要るときだけ。", most=20_000, rows=2),
        one_of(
            "issues_documents",
            "結果の書類（交付物）",
            [("no", "画面からは渡さない"), ("yes", "画面からダウンロードで渡す")],
            "渡すときは、電子データで受け取ることに同意するかを、様式の最後で自動でたずねます。",
        ),
    ]


def _when() -> list[dict[str, Any]]:
    time = "書かないと、その日の{}です。例：9:00"
    return [
        heading("h_when", "受付期間"),
        one_of(
            "period_kind",
            "受付期間の決め方",
            [
                ("always", "いつでも受け付ける"),
                ("yearly", "毎年、同じ期間だけ受け付ける"),
                ("dated", "日にちを決めて受け付ける"),
            ],
        ),
        line("yearly_from", "毎年の初めの日", "「毎年」のときだけ。例：6月1日", most=12, width="short"),
        line("yearly_until", "毎年の終わりの日", "「毎年」のときだけ。例：6月30日", most=12, width="short"),
        day("dated_from", "初めの日", "「日にちを決めて」のときだけ。決めないときは空けておきます。"),
        line("dated_from_time", "初めの日の時刻", time.format("0時"), most=10, width="short"),
        day("dated_until", "終わりの日", "「日にちを決めて」のときだけ。決めないときは空けておきます。"),
        line("dated_until_time", "終わりの日の時刻", time.format("終わり（24時）"), most=10, width="short"),
    ]


def _money() -> list[dict[str, Any]]:
    return [
        heading("h_money", "手数料"),
        one_of("fee_when", "手数料", list(keys.FEE["when"].allowed.items())),
        number("fee_amount", "金額", "決まった額でなければ、空けておきます。", min=0, max=99_999_999, unit="円"),
        lines("fee_text", "手数料の説明", "かかるときに、手続案内とメールにのります。", most=20_000, rows=3),
    ]


def _after() -> list[dict[str, Any]]:
    states = [(state, words) for state, words in keys.WITHDRAWAL.items()]
    return [
        heading("h_after", "申請のあと"),
        one_of("decision", "承認・却下", [("yes", "決める（申請）"), ("no", "決めない（届出）")]),
        number("standard_days", "標準処理期間", "決まっていないときは空けておきます。", min=1, max=1000, unit="日"),
        one_of("standard_days_by", "標準処理期間の数え方", _choices("standard_days_by")),
        number(
            "correction_days",
            "修正の期限の目安",
            "差し戻したときに、直してもらうまでの日数です。",
            required=True,
            min=1,
            max=1000,
            unit="日",
        ),
        some_of("withdrawal", "取り下げられる状態", states, "1つも選ばないと、取り下げられません。"),
        one_of("appeal", "教示（不服の申し立て方）", _choices("appeal"), "却下のお知らせに付ける文です。"),
        line("appeal_to", "審査請求をする相手", "空けておくと、その市町村の長です。例：都道府県知事"),
        number("retention_years", "保存期間", "", required=True, min=0, max=100, unit="年"),
    ]


# ---------------------------------------------------------------- what is kept


def _values(document: Document) -> dict[str, Any]:
    """The document as the fields of the screen show it."""
    terms = {**keys.DOCUMENT["eligibility"].default, **document.get("eligibility", {})}
    visit = document.get("visit", {})
    same = ("name", "name_kana", "summary", "category", "division", "id", "applicants", "channel", "login", "identity",
            "standard_days", "correction_days", "withdrawal", "appeal", "appeal_to", "retention_years")  # fmt: skip
    return {
        **{key: document[key] or None for key in same},
        # A file may say 0, which means the same.
        "correction_days": document["correction_days"] or keys.USUAL_CORRECTION_DAYS,
        "retention_years": document["retention_years"],
        "synonyms": "\n".join(document["synonyms"]) or None,
        "town_only": _yes(terms["town_only"]),
        "age_from": terms["age_from"],
        "age_to": terms["age_to"],
        "sex": terms["sex"] or "any",
        "once": _yes(document["once"]),
        "decision": _yes(document["decision"]),
        "signature": document.get("signature", "none"),
        "visit_when": visit.get("when", "none"),
        "visit_bring": visit.get("bring") or None,
        "issues_documents": _yes(document.get("issues_documents", False)),
        "standard_days_by": document.get("standard_days_by", "business"),
        "fee_when": document["fee"]["when"],
        "fee_amount": document["fee"]["amount"],
        "fee_text": document["fee"]["text"] or None,
        **_period_values(document.get("period", {})),
    }


def _yes(found: bool) -> str:
    return "yes" if found else "no"


def _period_values(period: dict[str, str]) -> dict[str, Any]:
    first, last = period.get("from", ""), period.get("until", "")
    if not first and not last:
        return {"period_kind": "always"}
    if len(first or last) == 5:
        ends = {"yearly_from": first, "yearly_until": last}
        return {"period_kind": "yearly"} | {key: f"{int(at[:2])}月{int(at[3:])}日" for key, at in ends.items() if at}
    found: dict[str, Any] = {"period_kind": "dated"}
    for key, at in (("dated_from", first), ("dated_until", last)):
        found |= {key: at[:10] or None, f"{key}_time": at[11:] or None}
    return found


# ---------------------------------------------------------------- what was typed


def write(document: Document, values: dict[str, Any]) -> None:
    """Let the document say what the screen says; a Refusal with sentences where the fields do not fit together."""
    errors = _misfits(values)
    period = _period(values, errors)
    if errors:
        raise Refusal("", errors)
    for key in ("name", "summary", "id"):
        if key in values:
            document[key] = text.one_line(values[key]).strip()
    document["name_kana"] = reading(values["name_kana"])
    for key in ("category", "division", "applicants", "channel", "login", "identity", "standard_days",
                "standard_days_by", "appeal", "retention_years", "signature"):  # fmt: skip
        document[key] = values[key]
    if values["correction_days"] != (document["correction_days"] or keys.USUAL_CORRECTION_DAYS):
        document["correction_days"] = values["correction_days"]
    document["synonyms"] = _words(values["synonyms"])
    document["withdrawal"] = values["withdrawal"] or []
    document["appeal_to"] = values["appeal_to"] or ""
    document["once"], document["decision"] = values["once"] == "yes", values["decision"] == "yes"
    document["issues_documents"] = values["issues_documents"] == "yes"
    document["eligibility"] = {
        "town_only": values["town_only"] == "yes",
        "age_from": values["age_from"],
        "age_to": values["age_to"],
        "sex": "" if values["sex"] == "any" else values["sex"],
    }
    document["visit"] = {"when": values["visit_when"], "bring": values["visit_bring"] or ""}
    document["fee"] = {"when": values["fee_when"], "amount": values["fee_amount"], "text": values["fee_text"] or ""}
    document["period"] = period
    if document["channel"] == "online" and document["form"] is None:
        document["form"] = {"pages": []}


def reading(typed: str) -> str:
    """A reading as it is kept, brackets and all."""
    return text.to_katakana(text.one_line(typed)).strip()


def _words(typed: str | None) -> list[str]:
    """The lines of a text area, each once."""
    return list(dict.fromkeys(word.strip() for word in (typed or "").splitlines() if word.strip()))


def _misfits(values: dict[str, Any]) -> dict[str, str]:
    errors: dict[str, str] = {}
    if values["age_from"] is not None and values["age_to"] is not None and values["age_from"] > values["age_to"]:
        errors["q-age_to"] = "年齢の上限が、下限より小さくなっています。"
    if values["visit_when"] != "none" and values["channel"] == "online" and values["login"] != "required":
        errors["q-login"] = "来庁の予約がある手続きは、ログインを「必要」にしてください。予約の確認や変更に使います。"
    if values["visit_when"] == "none" and values["visit_bring"]:
        errors["q-visit_bring"] = "来庁がいらないときは、来庁のときの持ち物を空けてください。"
    if values["fee_when"] == "none" and values["fee_amount"]:
        errors["q-fee_amount"] = "手数料がかからないときは、金額を空けてください。"
    if "id" in values and not procedure_file.ID.fullmatch(values["id"].strip()):
        errors["q-id"] = BAD_ID
    return errors


def _period(values: dict[str, Any], errors: dict[str, str]) -> dict[str, str]:
    if values["period_kind"] == "yearly":
        return {end: _day_of_year(values, f"yearly_{end}", errors) for end in ("from", "until")}
    if values["period_kind"] == "dated":
        found = {end: _dated(values, f"dated_{end}", errors) for end in ("from", "until")}
        if not any(found.values()) and not errors:
            errors["q-dated_from-year"] = "初めの日か終わりの日を入力してください。"
        return found
    return {"from": "", "until": ""}


def _day_of_year(values: dict[str, Any], key: str, errors: dict[str, str]) -> str:
    found = _YEARLY.fullmatch(text.digits(values[key] or "").replace(" ", ""))
    month, last = (int(found[1]), int(found[2])) if found else (0, 0)
    if not (1 <= month <= 12 and 1 <= last <= (29 if month == 2 else 30 if month in (4, 6, 9, 11) else 31)):
        errors[f"q-{key}"] = "6月1日 のように、月と日を入力してください。"
    return f"{month:02d}-{last:02d}"


def _dated(values: dict[str, Any], key: str, errors: dict[str, str]) -> str:
    first, clock = values[key], values[f"{key}_time"]
    if first and reception.is_wrong(first):
        errors[f"q-{key}-year"] = f"{reception.YEARS[0]}年から{reception.YEARS[-1]}年までの日にしてください。"
    if not clock:
        return first or ""
    typed = text.digits(clock).replace("時", ":").removesuffix("分")
    found = _CLOCK.fullmatch(typed + "00" if typed.endswith(":") else typed)
    if found is None:
        errors[f"q-{key}_time"] = "時刻は、9:00 のように入力してください。"
        return ""
    if not first:
        errors[f"q-{key}-year"] = "時刻だけでなく、日にちも入力してください。"
        return ""
    return f"{first} {int(found[1]):02d}:{found[2]}"
