"""法人番号: 13 digits, the first of which checks the others."""

from __future__ import annotations


def corporate_number_valid(number: str) -> bool:
    """Whether 13 half-width digits carry their right check digit (財務省令: 9 - Σ Pn·Qn mod 9)."""
    if len(number) != 13 or not (number.isascii() and number.isdigit()):
        return False
    total = sum(int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(number[1:])))
    return int(number[0]) == 9 - total % 9
