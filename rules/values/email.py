"""E-mail addresses: which ones are accepted (R-1.2), and which two are one."""

from __future__ import annotations

import re

LONGEST = 255

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.]+")
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")

AT = "メールアドレスに「@」（半角）がありません。taro@example.jp のような形で入力してください。"
CHARACTERS = (
    "メールアドレスの@の前は、半角の英字・数字と ! # $ % & ' * + - / = ? ^ _ ` { | } ~ . だけで入力してください。"
)
DOMAIN = "メールアドレスの@の後ろを、example.jp のような形で入力してください。"
DOTS = "メールアドレスの中で「.」が2つ以上続いています。「.」は続けて使えません。"
ENDS = "メールアドレスの最初の文字と、@のすぐ前の文字は、半角の英字か数字にしてください。"
LENGTH = "メールアドレスは、全体で255文字までで入力してください。入力されたのは {count}文字です。"


class BadAddress(ValueError):
    """One of these sentences."""


def check(address: str) -> None:
    """Raise BadAddress with the sentence of the first rule that the address breaks."""
    if len(address) > LONGEST:
        raise BadAddress(LENGTH.format(count=f"{len(address):,}"))
    local, at, domain = address.rpartition("@")
    if not at:
        raise BadAddress(AT)
    if not _LOCAL.fullmatch(local):
        raise BadAddress(CHARACTERS)
    if ".." in address:
        raise BadAddress(DOTS)
    if not (local[0].isalnum() and local[-1].isalnum()):
        raise BadAddress(ENDS)
    if not _is_domain(domain):
        raise BadAddress(DOMAIN)


def _is_domain(domain: str) -> bool:
    labels = domain.split(".")
    return (
        len(labels) > 1
        and len(domain) <= 253
        and all(_LABEL.fullmatch(label) for label in labels)
        # A name on top of the domain is never a number: that would be an IP address.
        and not labels[-1].isdigit()
    )


def fold(address: str) -> str:
    """What two spellings of one address have in common: upper and lower case do not make two."""
    return address.strip().lower()
