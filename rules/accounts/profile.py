"""利用者情報: the forms a resident registers with, and how their answers become the row."""

from __future__ import annotations

from datetime import date
from typing import Any

from models import Resident, Town
from rules.accounts import new_password
from rules.records import towns
from rules.values import secrecy
from rules.values.calendar import show_date
from rules.values.text import digits, fold

Question = dict[str, Any]

_ADDRESS: Question = {"key": "home", "type": "address", "label": "住所", "hint": "", "required": True}
_TELEPHONE: Question = {
    "key": "telephone",
    "type": "telephone",
    "label": "電話番号",
    "hint": "昼間に連絡のとれる番号を入力してください。例：0999-00-1234",
    "required": True,
}
_NOTICES: Question = {
    "key": "notices",
    "type": "choice",
    "label": "お知らせメール",
    "hint": "町からのお知らせをメールで受け取りますか。受付や結果のメールは、どちらを選んでも届きます。",
    "required": True,
    "choices": [{"value": "yes", "label": "希望する"}, {"value": "no", "label": "希望しない"}],
}
_PERSON: list[Question] = [
    {
        "key": "name",
        "type": "name",
        "label": "氏名",
        "hint": "住民票のとおりに入力してください。姓と名の区別がない方は、姓にローマ字で入力してください。",
        "required": True,
    },
    {
        "key": "birth_date",
        "type": "date",
        "label": "生年月日",
        "hint": "",
        "required": True,
        "limits": {"past": True},
        "profile": "birth_date",
    },
    {
        "key": "sex",
        "type": "choice",
        "label": "性別",
        "hint": "答えたくない方は、選ばずに進めます。",
        "required": False,
        "choices": [
            {"value": "male", "label": "男性"},
            {"value": "female", "label": "女性"},
            {"value": "", "label": "回答しない"},
        ],
    },
]
_BUSINESS: list[Question] = [
    {
        "key": "corporation_name",
        "type": "text",
        "label": "法人名",
        "hint": "例：株式会社なぎさ工務店",
        "required": True,
    },
    {
        "key": "corporation_kana",
        "type": "text",
        "limits": {"kind": "kana"},
        "label": "法人名フリガナ",
        "hint": "カタカナで入力してください。ひらがなで入力しても、カタカナに直して受け付けます。",
        "required": True,
    },
    {"key": "contact_name", "type": "text", "label": "担当者名", "hint": "", "required": True},
    {
        "key": "corporate_number",
        "type": "text",
        "limits": {"kind": "corporate_number"},
        "label": "法人番号",
        "hint": "13けたの数字です。ない方や分からない方は、空けておいてください。",
        "required": False,
    },
]


def sign_up_form(kind: str) -> dict[str, Any]:
    """The profile form with password, as a form document of one page."""
    questions = [*edit_page(kind)["questions"], *new_password.questions()]
    return {"pages": [{"key": "profile", "title": "利用者情報の入力", "intro": "", "questions": questions}]}


def edit_page(kind: str) -> dict[str, Any]:
    """The same without password, as the page of a form on which the owner changes it."""
    own = _BUSINESS if kind == "business" else _PERSON
    return {"key": "profile", "questions": [*own, _ADDRESS, _TELEPHONE, _NOTICES]}


def first_raw() -> dict[str, Any]:
    """What stands in the form before anything was typed: most residents live in the town's prefecture."""
    town = towns.only_town()
    return {"home": {"postal_code": "", "prefecture": town.prefecture, "address": ""}} if town else {}


def raw_of(resident: Resident) -> dict[str, Any]:
    """What stands in that form before anything is changed."""
    known = facts(resident)
    typed = {
        "home": known.get("address", {}),
        "telephone": resident.telephone,
        "notices": "yes" if resident.wants_notices else "no",
    }
    if resident.kind == "business":
        keys = ("corporation_name", "corporation_kana", "contact_name", "corporate_number")
        return typed | {key: getattr(resident, key) for key in keys}
    day = {"era": "", "year": "", "month": "", "day": ""}
    if resident.birth_date:
        day |= {part: str(getattr(resident.birth_date, part)) for part in ("year", "month", "day")}
    return typed | {"name": known.get("name", {}), "birth_date": day, "sex": resident.sex}


def columns(kind: str, values: dict[str, Any]) -> dict[str, Any]:
    """The Resident columns that checked answers of the profile form become."""
    home = values["home"]
    row: dict[str, Any] = {
        "postal_code": home["postal_code"],
        "prefecture": home["prefecture"],
        "address": home["address"],
        "municipality_code": municipality_code(home["prefecture"], home["address"]),
        "telephone": digits(values["telephone"]["typed"]),
        "wants_notices": values["notices"] == "yes",
    }
    if kind == "business":
        for key in ("corporation_name", "corporation_kana", "contact_name", "corporate_number"):
            row[key] = values[key] or ""
        return row
    name = values["name"]
    row |= {
        "family_name": name["family"],
        "given_name": name["given"],
        "family_kana": name["family_kana"],
        "given_kana": name["given_kana"],
        "birth_date": date.fromisoformat(values["birth_date"]),
        "sex": values["sex"] or "",
    }
    return row


# What an account that was closed keeps of them.
NOTHING: dict[str, Any] = {
    "family_name": "",
    "given_name": "",
    "family_kana": "",
    "given_kana": "",
    "birth_date": None,
    "sex": "",
    "corporation_name": "",
    "corporation_kana": "",
    "contact_name": "",
    "corporate_number": "",
    "postal_code": "",
    "prefecture": "",
    "municipality_code": "",
    "address": "",
    "telephone": "",
    "wants_notices": False,
}
_HOME = frozenset({"postal_code", "prefecture", "municipality_code", "address"})


def marks(resident: Resident) -> str:
    """What the form of a resident's profile is made of, one mark a column, to go along with it."""
    return "-".join(_mark(name, getattr(resident, name)) for name in sorted(NOTHING))


def touched(new: dict[str, Any], made_of: str) -> dict[str, Any]:
    """The columns that differ from those a form was made of, an address as a whole; all where that is unknown."""
    known = dict(zip(sorted(NOTHING), made_of.split("-"), strict=False))
    names = {name for name, value in new.items() if known.get(name) != _mark(name, value)} - {"municipality_code"}
    return {name: value for name, value in new.items() if name in names or (name in _HOME and names & _HOME)}


def _mark(name: str, value: Any) -> str:
    return secrecy.keyed("profile", f"{name}={value}")[:12]


def municipality_code(prefecture: str, address: str) -> str:
    """The code of the town on this installation in which an address lies; "" when it lies elsewhere."""
    folded = fold(address).removeprefix(fold(prefecture))
    for town in Town.select().where((Town.prefecture == prefecture) & Town.closed_at.is_null()):
        # 郡 names may stand between prefecture and town: 「東田川郡朝凪町…」
        below_county = folded.partition("郡")[2] if "郡" in folded[:8] else ""
        if folded.startswith(fold(town.name)) or below_county.startswith(fold(town.name)):
            return str(town.code)
    return ""


def facts(resident: Resident) -> dict[str, Any]:
    """What the account can fill into a form, keyed by a question's `profile`, as checked values."""
    known: dict[str, Any] = {
        "address": {
            "postal_code": resident.postal_code,
            "prefecture": resident.prefecture,
            "address": resident.address,
        },
        "telephone": resident.telephone,
        "email": resident.email,
        "corporation_name": resident.corporation_name,
        "corporation_kana": resident.corporation_kana,
        "contact_name": resident.contact_name,
        "corporate_number": resident.corporate_number,
    }
    if resident.kind == "person":
        known["name"] = {
            "family": resident.family_name,
            "given": resident.given_name,
            "family_kana": resident.family_kana,
            "given_kana": resident.given_kana,
        }
        known["birth_date"] = resident.birth_date.isoformat() if resident.birth_date else None
        known["sex"] = resident.sex
    return {key: value for key, value in known.items() if value}


def rows(resident: Resident) -> list[tuple[str, str]]:
    """The account as its owner reads it: (label, words)."""
    home = f"〒{resident.postal_code} {resident.prefecture}{resident.address}"
    if resident.kind == "business":
        own = [
            ("法人名", resident.corporation_name),
            ("法人名フリガナ", resident.corporation_kana),
            ("担当者名", resident.contact_name),
            ("法人番号", resident.corporate_number),
        ]
    else:
        sex = {"male": "男性", "female": "女性"}.get(resident.sex, "回答しない")
        own = [
            ("氏名", resident.name),
            ("フリガナ", resident.kana),
            ("生年月日", show_date(resident.birth_date) if resident.birth_date else ""),
            ("性別", sex),
        ]
    notices = "希望する" if resident.wants_notices else "希望しない"
    common = [("住所", home), ("電話番号", resident.telephone), ("お知らせメール", notices)]
    return [("メールアドレス", resident.email), *own, *common]
