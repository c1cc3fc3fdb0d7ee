"""照会コード: what shows, together with the 申込番号, that an application without an account is one's own.

The code follows from secret.key and the number, so it stands in no table and nobody at the town can read it out.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

import config
from models import Application, transaction
from rules import Refusal
from rules.records import numbering, throttle, visitor_pass
from rules.records.access import Missing, Person
from rules.records.throttle import Limit
from rules.values import secrecy, text

# Neither I, L, O nor 0, 1: nobody shall have to guess what was written down.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 10

FAILURES_PER_ADDRESS = Limit("inquiry-ip", 30, timedelta(minutes=10))
# Of one address: by the number alone, anybody who knows it could lock its owner out, right code or not.
FAILURES_PER_NUMBER = Limit("inquiry-number", 10, timedelta(hours=1))

_WRONG = (
    "申込番号か照会コードが違います。申請を終えたときの画面か、受付票に書いてあるものを入力してください。"
    "マイページのある方の申請は、ログインしてご覧ください。"
)
_TOO_MANY = "照会の間違いが続いたため、しばらく止めています。{}ほど待ってから、もう一度お試しください。"


def of(sent: Application) -> str:
    """The code of an application that was sent without an account; "" for any other."""
    return _made(sent.number) if sent.number is not None and sent.resident_id is None else ""


def _made(number: str) -> str:
    rest = int(secrecy.keyed("inquiry-code", number), 16)
    code = ""
    for _ in range(LENGTH):
        rest, at = divmod(rest, len(ALPHABET))
        code += ALPHABET[at]
    return code


def grouped(code: str) -> str:
    """The code as it is shown, ABCDE-FGHJK."""
    return f"{code[:5]}-{code[5:]}" if code else ""


def parse(typed: str) -> str:
    """What was typed, in any width and case, with or without dashes and blanks."""
    return re.sub(r"[-\s]", "", text.digits(typed)).upper()


def prove(person: Person, number: str, code: str, *, ip: str) -> Application:
    """照会する: from here on the application belongs to this browser, and to no other any more.

    Every wrong pair is refused in the same words. Looked at and counted in one turn: parallel guesses gain nothing.
    """
    missing = {"q-number": "申込番号", "q-code": "照会コード"}
    blank = {"q-number": text.is_blank(number), "q-code": text.is_blank(code)}
    if any(blank.values()):
        raise Refusal("", {id: f"{missing[id]}を入力してください。" for id, is_blank in blank.items() if is_blank})
    known = numbering.parse(number)
    pair = f"{known} {ip}"
    with transaction():
        if throttle.exceeded(FAILURES_PER_ADDRESS, ip):
            raise Refusal(_TOO_MANY.format("10分"))
        if known and throttle.exceeded(FAILURES_PER_NUMBER, pair):
            raise Refusal(_TOO_MANY.format("1時間"))
        found = _given(person, known or "", parse(code))
        if found is None:
            throttle.count(FAILURES_PER_ADDRESS, ip)
            if known:
                throttle.count(FAILURES_PER_NUMBER, pair)
    if found is None:
        raise Refusal(_WRONG)
    return found


def _given(person: Person, number: str, code: str) -> Application | None:
    fits = secrecy.same(_made(number), code)
    mine = "number = {} AND resident_id IS NULL"
    if not fits or not Application.change({"visitor": person.visitor}, mine, number):
        return None
    visitor_pass.start(person.visitor)
    return Application.row("number = {}", number)


def end(person: Person, key: int) -> None:
    """照会を終わる: this browser forgets the application, and every other one that was sent from it."""
    mine = "resident_id IS NULL AND number IS NOT NULL AND visitor = {}"
    with transaction():
        if not person.visitor or Application.row(f"id = {{}} AND {mine}", key, person.visitor) is None:
            raise Missing
        Application.change({"visitor": ""}, mine, person.visitor)
        visitor_pass.end(person.visitor)


def page_address() -> str:
    """Where number and code are entered, as paper names it."""
    return f"{config.settings().base_url}/inquiry"


def look_again(sent: Application) -> date:
    """When somebody who gets no mail should look: on the day the result is due, else a week after sending."""
    day: date = sent.due_on or sent.status_at.date() + timedelta(days=7)
    return day
