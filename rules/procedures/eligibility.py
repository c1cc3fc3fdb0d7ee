"""申請できる方: whom a procedure is for, by kind of account, home, age and sex."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import clock
from models import Resident, Town
from rules.values import calendar
from rules.values.text import digits

Document = dict[str, Any]

_KINDS = {"person": "個人", "business": "事業者"}
_SEXES = {"male": "男性", "female": "女性"}
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


def facts_of(resident: Resident, town: Town, today: date) -> Facts:
    """What an account says of its owner, seen from a town."""
    return Facts(
        kind=resident.kind,
        in_town=resident.municipality_code == town.code,
        age=calendar.age(resident.birth_date, today) if resident.birth_date else None,
        sex=resident.sex,
    )


def known(resident: int | None, town: Town) -> Facts:
    """The facts of whoever is signed in; without an account nothing is known."""
    row = Resident.row("id = {}", resident) if resident is not None else None
    return facts_of(row, town, clock.today()) if row is not None else Facts()


OLDEST = 150


def typed_age(text: str) -> tuple[int | None, str]:
    """An age as somebody types it, and what is wrong with it, if anything."""
    plain = digits(text).rstrip("歳才").strip()
    if not plain:
        return None, ""
    if plain.isascii() and plain.isdecimal() and len(plain) <= 3 and int(plain) <= OLDEST:
        return int(plain), ""
    return None, f"年齢は、0から{OLDEST}までの数字で入力してください。年齢のほかの条件で探しました。"


def conditions(facts: Facts) -> list[tuple[str, tuple[Any, ...]]]:
    """The same as `why_not` over `procedure p`, for lists: (SQL, its values)."""
    found: list[tuple[str, tuple[Any, ...]]] = []
    if facts.kind in _KINDS:
        found.append((f"p.for_{facts.kind} = {{}}", (True,)))
    if facts.in_town is False:
        found.append(("p.town_only = {}", (False,)))
    if facts.kind == "business":
        return found
    if facts.age is not None:
        found.append(("(p.age_from IS NULL OR p.age_from <= {})", (facts.age,)))
        found.append(("(p.age_to IS NULL OR p.age_to >= {})", (facts.age,)))
    if facts.sex:
        found.append(("p.sex IN ('', {})", (facts.sex,)))
    return found


def said(facts: Facts) -> list[str]:
    """Facts in words, as a list of procedures repeats them."""
    home = None if facts.in_town is None else "町内" if facts.in_town else "町外"
    age = None if facts.age is None else f"{facts.age}歳"
    return [word for word in (home, age, _SEXES.get(facts.sex), _KINDS.get(facts.kind)) if word]


def words(document: Document, town: Town) -> list[str]:
    """Whom a procedure is for, as a guidance page says it, a phrase each."""
    wanted, kinds = terms(document), document["applicants"]
    found = ["・".join(f"{word}の方" for kind, word in _KINDS.items() if kind in kinds)]
    if wanted["town_only"]:
        found.append(f"{town.name}に住所のある方")
    youngest, oldest = wanted["age_from"], wanted["age_to"]
    if youngest is not None and youngest == oldest:
        found.append(f"{youngest}歳の方")
    elif youngest is not None and oldest is not None:
        found.append(f"{youngest}歳から{oldest}歳までの方")
    elif youngest is not None:
        found.append(f"{youngest}歳以上の方")
    elif oldest is not None:
        found.append(f"{oldest}歳までの方")
    if wanted["sex"]:
        found.append(f"{_SEXES[wanted['sex']]}の方")
    return found


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
