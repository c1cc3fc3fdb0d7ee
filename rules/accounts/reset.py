"""パスワードを忘れた方: a new password for whoever knows the name and reads the mail of an account (R-1.6)."""

from __future__ import annotations

from typing import Any

import clock
from models import Resident, transaction
from rules import Refusal
from rules.accounts import code, my_account, new_password, password
from rules.forms import form
from rules.records import audit, mail
from rules.values import email, text

ASK_PAGE: dict[str, Any] = {
    "key": "ask",
    "questions": [
        {
            "key": "email",
            "type": "email",
            "label": "メールアドレス",
            "hint": "登録したメールアドレス（利用者ID）を入力してください。",
            "required": True,
        },
        {
            "key": "name",
            "type": "text",
            "label": "氏名(事業者の方は担当者名)",
            "hint": "登録したとおりの漢字で入力してください。例：浜口 恵子",
            "required": True,
        },
    ],
}
CODE_PAGE: dict[str, Any] = {"key": "code", "questions": [code.QUESTION, *new_password.questions("新しい")]}


def ask(raw: dict[str, Any], visitor: str, *, ip: str) -> None:
    """認証コードを送信する: one code and one mail, whether address and name belong together or not."""
    values, errors = form.check_page(ASK_PAGE, raw, {}, clock.today())
    if errors:
        raise Refusal("", errors)
    found = Resident.row("email_folded = {} AND closed_at IS NULL", email.fold(values["email"]))
    match = found if text.same_name(values["name"], _name(found)) else None
    # To the spelling on record: on some servers another one is another person's.
    code.send("reset", visitor, values["email"], resident=match, to=match.email if match else "", ip=ip)


def _name(found: Resident | None) -> str:
    if found is None:
        return ""
    return str(found.contact_name) if found.kind == "business" else f"{found.family_name}{found.given_name}"


def checked(raw: dict[str, Any], address: str) -> tuple[str, str]:
    """The code and the new password typed on CODE_PAGE, if nothing is wrong with them by themselves."""
    values, errors = form.check_page(CODE_PAGE, raw, {}, clock.today())
    errors = new_password.judged(errors, raw, email=address)
    if errors:
        raise Refusal("新しいパスワードは、もう一度入力してください。", errors)
    return values["code"], values["password"]


def just_done(visitor: str) -> bool:
    """Whether this browser has set a password this way a moment ago."""
    return code.finished("reset", visitor)


def set_password(raw: dict[str, Any], visitor: str, *, ip: str) -> None:
    """変更する: every session of the account ends, its locks too; a second click changes nothing more."""
    pending = code.pending("reset", visitor)
    typed, chosen = checked(raw, pending.email if pending else "")
    proved = code.verify("reset", visitor, typed)
    hashed = password.hash(chosen)
    with transaction():
        if not code.use(proved):
            return
        # Only while the address that got the code is still that of the account.
        mine = (Resident.id == proved.resident_id) & (Resident.email_folded == proved.email_folded)
        if not Resident.update(password_hash=hashed).where(mine & Resident.closed_at.is_null()).execute():
            raise Refusal(code.OVER)
        resident = Resident.get_by_id(proved.resident_id)
        my_account.start_afresh(resident, used=proved)
        mail.queue("password_changed", to=resident.email, resident=resident, name=resident.name)
        audit.record("password_reset", resident=resident.id, address=ip)
