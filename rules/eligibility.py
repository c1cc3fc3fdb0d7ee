"""申請できる方: whom a procedure is for, by kind of account, home, age and sex."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from models import Resident, Town

Document = dict[str, Any]

EVERYBODY: dict[str, Any] = {"town_only": False, "age_from": None, "age_to": None, "sex": ""}


@dataclass(frozen=True)
class Facts:
    """What is known of somebody who looks for a procedure; None and "" stand for "not said"."""

    kind: str = ""
    in_town: bool | None = None
    age: int | None = None
    sex: str = ""


def terms(document: Document) -> dict[str, Any]:
    """The `eligibility` of a procedure file, which may leave it or parts of it out."""
    return {**EVERYBODY, **document.get("eligibility", {})}


def age_on(birth_date: date, day: date) -> int:
    """Whole years of age on a day; who was born on 29 February turns a year older on 1 March at the latest."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def facts_of(resident: Resident, town: Town, today: date) -> Facts:
    """What an account says of its owner, seen from a town."""
    return Facts(
        kind=resident.kind,
        in_town=resident.municipality_code == town.code,
        age=age_on(resident.birth_date, today) if resident.birth_date else None,
        sex=resident.sex,
    )


def why_not(document: Document, facts: Facts) -> str:
    """The sentence by which somebody is refused, or ""; what is not known refuses nobody."""
    wanted = terms(document)
    if facts.kind and facts.kind not in document["applicants"]:
        kind = "事業者" if document["applicants"] == ["business"] else "個人"
        return f"この手続きは、{kind}として登録した方だけが申請できます。"
    if wanted["town_only"] and facts.in_town is False:
        return (
            "この手続きは、この市町村に住所のある方だけが申請できます。"
            "引っ越した方は、マイページの「利用者情報の照会・変更」で住所を直してから申請してください。"
        )
    if facts.kind == "business":
        return ""
    if facts.age is not None:
        if wanted["age_from"] is not None and facts.age < wanted["age_from"]:
            return f"この手続きは、{wanted['age_from']}歳以上の方が申請できます。"
        if wanted["age_to"] is not None and facts.age > wanted["age_to"]:
            return f"この手続きは、{wanted['age_to']}歳までの方が申請できます。"
    if wanted["sex"] and facts.sex and facts.sex != wanted["sex"]:
        return f"この手続きは、{'男性' if wanted['sex'] == 'male' else '女性'}の方が申請できます。"
    return ""
