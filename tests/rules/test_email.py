"""E-mail addresses, by the four rules."""

from __future__ import annotations

import pytest

from rules.values import email

LONG_DOMAIN = ".".join(["d" * 60] * 3) + ".example.jp"


@pytest.mark.parametrize(
    "address",
    [
        "a@example.jp",
        "Taro.Yamada@sub.example.co.jp",
        "a!#$%&'*+-/=?^_`{|}~.b@example.jp",
        "1@1.example",
        "a@xn--wgv71a.jp",
        "a@xn--wgv71a.xn--q9jyb4c",
        "a" * (254 - len(LONG_DOMAIN)) + "@" + LONG_DOMAIN,
    ],
)
def test_accepted(address: str) -> None:
    """R-1.2: every sign the rule names is accepted, up to 255 characters."""
    email.check(address)


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("あ@example.jp", email.CHARACTERS),
        ("ａ@example.jp", email.CHARACTERS),
        ("a b@example.jp", email.CHARACTERS),
        ("a(b@example.jp", email.CHARACTERS),
        ('"a"@example.jp', email.CHARACTERS),
        ("a@b@example.jp", email.CHARACTERS),
        ("a,b@example.jp", email.CHARACTERS),
        ("", email.AT),
        ("a", email.AT),
        ("@example.jp", email.CHARACTERS),
        ("a@", email.DOMAIN),
        ("a@localhost", email.DOMAIN),
        ("a@-b.jp", email.DOMAIN),
        ("a@b-.jp", email.DOMAIN),
        ("a@b_c.jp", email.DOMAIN),
        ("a@日本.jp", email.DOMAIN),
        ("a@[127.0.0.1]", email.DOMAIN),
        ("a@127.0.0.1", email.DOMAIN),
        ("a@example.jp.", email.DOMAIN),
        ("a@.example.jp", email.DOMAIN),
        ("a@example.jp\n", email.DOMAIN),
        ("a\n@example.jp", email.CHARACTERS),
        ("a@" + "d" * 64 + ".jp", email.DOMAIN),
        ("a..b@example.jp", email.DOTS),
        ("a@example..jp", email.DOTS),
        (".a..b@example.jp", email.DOTS),
        (".a@example.jp", email.ENDS),
        ("a.@example.jp", email.ENDS),
        ("-a@example.jp", email.ENDS),
        ("a+@example.jp", email.ENDS),
    ],
)
def test_refused(address: str, sentence: str) -> None:
    """R-1.2: each rule with its own sentence."""
    with pytest.raises(email.BadAddress) as refused:
        email.check(address)
    assert str(refused.value) == sentence


def test_too_long() -> None:
    """R-1.2 (4): 256 characters are one too many, whatever else is right."""
    address = "a" * (255 - len(LONG_DOMAIN)) + "@" + LONG_DOMAIN
    assert len(address) == 256
    with pytest.raises(email.BadAddress, match="255文字までで入力してください。入力されたのは 256文字です。"):
        email.check(address)


def test_four_sentences_differ() -> None:
    """R-1.2"""
    assert len({email.CHARACTERS, email.DOTS, email.ENDS, email.LENGTH}) == 4


def test_fold() -> None:
    """R-1.3: upper and lower case do not make two addresses."""
    assert email.fold(" Taro@Example.JP") == email.fold("taro@example.jp")
