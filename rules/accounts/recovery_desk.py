"""The counter's side of 窓口での救済: which residents a town may help, and what it is shown to check them by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import clock
from models import Application, Recovery, Resident, Town, ask
from rules import Refusal
from rules.forms import form
from rules.records import audit, numbering
from rules.records.access import Missing
from rules.records.session import SignedInStaff
from rules.values import email
from rules.values.calendar import show_date, show_instant
from rules.values.text import same_name

SEARCH_PAGE: dict[str, Any] = {
    "key": "search",
    "questions": [
        {
            "key": "email",
            "type": "text",
            "label": "メールアドレス",
            "hint": "登録しているアドレス（利用者ID）の全体",
            "required": False,
        },
        {"key": "number", "type": "text", "label": "申込番号", "hint": "12けたの数字", "required": False},
        {
            "key": "name",
            "type": "text",
            "label": "氏名",
            "hint": "個人の方だけです。生年月日も入力してください。",
            "required": False,
        },
        {
            "key": "birth_date",
            "type": "date",
            "label": "生年月日",
            "hint": "",
            "required": False,
            "limits": {"past": True},
        },
    ],
}

# What can be checked at the counter. The paper with a photograph always is, and one thing more.
ID_CARD = "id_card"
FACTS = {
    ID_CARD: "氏名と、顔写真のある本人確認書類",
    "birth_date": "生年月日",
    "address": "住所",
    "telephone": "電話番号",
    "number": "最近の申請の申込番号",
}

_NOT_FOUND = "この町で窓口の救済ができる方は、見つかりませんでした。入力した内容をお確かめください。"
_NO_ID_CARD = (
    "本人確認書類を見て、氏名と顔写真を確かめてから、その項目を選んでください。"
    "本人確認書類のない方には、コードを発行できません。"
)
_NOTHING_ASKED = (
    "本人確認書類のほかに、生年月日や電話番号などを窓口の方に聞いて、登録と合っていたものを1つ以上選んでください。"
)
_SEVERAL = "同じ氏名と生年月日の登録が、2つ以上あります。メールアドレスか申込番号で探してください。"
_ASK_SOMETHING = "メールアドレスか、申込番号か、氏名と生年月日を入力してください。"

# Whom a town may help: who lives there, or has sent it something.
_OURS = """closed_at IS NULL AND (municipality_code = {} OR EXISTS (SELECT 1 FROM application a
WHERE a.resident_id = resident.id AND a.town_id = {} AND a.submitted_at IS NOT NULL))"""
_LAST = """SELECT number FROM application WHERE resident_id = {} AND town_id = {} AND submitted_at IS NOT NULL
ORDER BY submitted_at DESC LIMIT 1"""


@dataclass(frozen=True)
class Found:
    """A resident as the counter is shown them.

    `waiting` is until when a code of theirs is good, `latest` the id of the last one there was (0: none).
    """

    resident: Resident
    name: str
    email: str
    waiting: str
    latest: int
    page: dict[str, Any]


def _ours(staff: SignedInStaff, condition: str, *values: Any) -> list[Resident]:
    """The residents this town may help and who fit a condition."""
    town = Town.get_by_id(staff.town)
    return Resident.rows(f"{condition} AND {_OURS}", *values, town.code, town.id)


def find(staff: SignedInStaff, raw: dict[str, Any], *, ip: str) -> int:
    """The id of the one resident who was searched for; the refusal never tells whether somebody exists elsewhere.

    Searches in vain are recorded, by what was typed into and not what: addresses could be tried out.
    """
    values, errors = form.check_page(SEARCH_PAGE, raw, {}, clock.today())
    if errors:
        raise Refusal("", errors)
    if values["email"]:
        found = _ours(staff, "email_folded = {}", email.fold(values["email"]))
    elif values["number"]:
        found = _by_number(staff, values["number"])
    elif values["name"] and values["birth_date"]:
        born = _ours(staff, "kind = 'person' AND birth_date = {}", values["birth_date"])
        found = [row for row in born if same_name(f"{row.family_name}{row.given_name}", values["name"])]
    else:
        raise Refusal(_ASK_SOMETHING)
    if len(found) != 1:
        by = [key for key in ("email", "number", "name") if values[key]][:1]
        audit.record("recovery_searched", staff=staff, address=ip, by=by, found=len(found))
        raise Refusal(_SEVERAL if found else _NOT_FOUND)
    return int(found[0].id)


def _by_number(staff: SignedInStaff, typed: str) -> list[Resident]:
    number = numbering.parse(typed)
    sent = Application.row("number = {} AND town_id = {}", number, staff.town) if number else None
    return _ours(staff, "id = {}", sent.resident_id) if sent is not None and sent.resident_id else []


def look(staff: SignedInStaff, key: int) -> Found:
    """One of them, or Missing: as little as is needed to compare with what is said and shown at the counter."""
    rows = _ours(staff, "id = {}", key) if staff.town is not None else []
    if not rows:
        raise Missing
    row = rows[0]
    name = f"{row.corporation_name}（担当者 {row.contact_name}）" if row.kind == "business" else row.name
    return Found(row, name, masked_email(row.email), _waiting(row), latest(row.id), _facts_page(staff, row))


def latest(resident: int) -> int:
    """The id of the last code that was issued to a resident, 0 if there was none."""
    return int(ask("SELECT COALESCE(MAX(id), 0) FROM recovery WHERE resident_id = {}", resident)[0][0])


def cancel_codes(resident: int) -> int:
    """End every code of a resident that nobody has used; call inside a transaction. Returns how many it were."""
    unused = (Recovery.resident == resident) & Recovery.used_at.is_null() & Recovery.cancelled_at.is_null()
    return int(Recovery.update(cancelled_at=clock.now()).where(unused & (Recovery.expires_at > clock.now())).execute())


def _waiting(row: Resident) -> str:
    """Until when a code may still be used that was issued before; "" when there is none."""
    now = Recovery.expires_at.db_value(clock.now())
    condition = "resident_id = {} AND used_at IS NULL AND cancelled_at IS NULL AND expires_at > {}"
    found = Recovery.row(condition, row.id, now)
    return show_instant(found.expires_at) if found else ""


def _facts_page(staff: SignedInStaff, row: Resident) -> dict[str, Any]:
    """The question what was checked; only what there is to compare with can be ticked."""
    last = ask(_LAST, row.id, staff.town)
    shown = {
        ID_CARD: row.name,
        "birth_date": masked_day(row),
        "address": masked_address(row),
        "telephone": masked_tail(row.telephone),
        "number": numbering.grouped("*" * 8 + last[0][0][8:]) if last else "",
    }
    choices = [{"value": key, "label": f"{FACTS[key]}：{words}"} for key, words in shown.items() if words]
    question = {
        "key": "facts",
        "type": "choices",
        "label": "確かめたこと",
        "hint": "本人確認書類を必ず確かめ、ほかに1つ以上、窓口の方に聞いて登録と合っていたものを選んでください。",
        "required": True,
        "choices": choices,
    }
    return {"key": "facts", "questions": [question]}


def checked_facts(found: Found, raw: dict[str, Any]) -> list[str]:
    """What was checked at the counter: the paper with a photograph, and something that is asked for."""
    values, errors = form.check_page(found.page, raw, {}, clock.today())
    if errors and any(raw.get("facts") or ()):
        raise Refusal("", errors)
    facts = values.get("facts") or []
    if ID_CARD not in facts:
        raise Refusal("", {"q-facts": _NO_ID_CARD})
    if len(facts) < 2:
        raise Refusal("", {"q-facts": _NOTHING_ASKED})
    return list(facts)


# ---------------------------------------------------------------- enough to compare, too little to tell


def masked_email(address: str) -> str:
    """'ke***@example.jp'"""
    local, _, domain = address.rpartition("@")
    return f"{local[: 2 if len(local) > 3 else 1]}***@{domain}"


def masked_day(row: Resident) -> str:
    """The birth date without its day."""
    return f"{show_date(row.birth_date).partition('月')[0]}月**日" if row.birth_date else ""


def masked_address(row: Resident) -> str:
    """The first half of the address."""
    return f"{row.prefecture}{row.address[: (len(row.address) + 1) // 2]}***" if row.address else ""


def masked_tail(number: str) -> str:
    """The last four signs of a telephone number."""
    return f"***{number[-4:]}" if len(number) > 4 else ""
