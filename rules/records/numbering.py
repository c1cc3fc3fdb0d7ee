"""申込番号, twelve digits that tell nothing, and the check digit of a town's code."""

from __future__ import annotations

import re
import secrets

from models import ask
from rules.values import text

# Damm's table: unlike Luhn (which misses 09/90) its check digit finds every single wrong digit and every two
# neighbours swapped.
_DAMM = (
    "0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
    "3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
)  # fmt: skip


def _check(digits: str) -> str:
    interim = "0"
    for digit in digits:
        interim = _DAMM[int(interim)][int(digit)]
    return interim


def new_number() -> str:
    """A fresh number: eleven random digits and their check digit.

    The first is never 0, which spreadsheets would drop. That no two are equal is the database's affair.
    """
    digits = str(10**10 + secrets.randbelow(9 * 10**10))
    return digits + _check(digits)


# Of ten milliards of numbers; the unique columns would say so of the ninth.
_TRIES = 8
_TAKEN = "SELECT 1 FROM application WHERE number = {} UNION ALL SELECT 1 FROM reservation WHERE number = {}"


def free_number() -> str:
    """A new number that neither an application nor a booking entered by staff has; call inside the transaction."""
    for _ in range(_TRIES):
        number = new_number()
        if not ask(_TAKEN, number, number):
            return number
    raise RuntimeError("no free number found")


def valid(number: str) -> bool:
    """Whether these are twelve half-width digits with their right check digit."""
    return re.fullmatch("[0-9]{12}", number) is not None and _check(number) == "0"


def grouped(number: str | None) -> str:
    """The number as it is shown, 1234-5678-9012; "" for what has none yet."""
    if number is None:
        return ""
    return "-".join(number[at : at + 4] for at in range(0, len(number), 4))


def parse(typed: str) -> str | None:
    """The number a person has typed, in any width, with or without dashes and blanks; None if it is none."""
    number = re.sub(r"[-\s]", "", text.digits(typed))
    return number if valid(number) else None


def beginning(typed: str) -> str:
    """The number a person has typed, or the digits it begins with, in any width and with any dash; "" for words."""
    digits = "".join(text.digits(typed).replace("-", "").split())
    return digits if digits.isascii() and digits.isdecimal() and 4 <= len(digits) <= 12 else ""


def town_code_valid(code: str) -> bool:
    """Whether a 全国地方公共団体コード of 6 digits carries its right check digit."""
    if not re.fullmatch("[0-9]{6}", code) or not 1 <= int(code[:2]) <= 47:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(code, (6, 5, 4, 3, 2), strict=False))
    return int(code[5]) == (11 - total % 11) % 10
