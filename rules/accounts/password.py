"""Passwords: which are refused, and how they are kept and compared."""

from __future__ import annotations

import base64
import hmac
import threading
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import TypeVar

import bcrypt

import config
from rules import Refusal
from rules.accounts import processors
from rules.accounts.common_passwords import COMMON

SHORTEST, LONGEST = 8, 128

Result = TypeVar("Result")


class BadPassword(ValueError):
    """A sentence that says why a new password is refused."""


class Busy(Refusal):
    """Too many people are signing in at this moment; nothing was decided."""

    def __init__(self) -> None:
        super().__init__("ただいま混み合っています。少し待ってから、もう一度押してください。")


def check(password: str, email: str = "") -> None:
    """Raise BadPassword unless a new password will do; there are no rules on what it is made of."""
    if len(password) < SHORTEST:
        raise BadPassword(
            f"パスワードは、{SHORTEST}文字以上で入力してください。入力されたのは {len(password)}文字です。"
        )
    if len(password) > LONGEST:
        raise BadPassword(
            f"パスワードは、{LONGEST}文字までで入力してください。入力されたのは {len(password):,}文字です。"
        )
    folded = _normal(password).casefold().strip()
    if folded in COMMON or len(set(folded)) <= 1:
        raise BadPassword("このパスワードは、よく使われていて見破られやすいため使えません。別のものにしてください。")
    if email and folded in (email.casefold().strip(), email.casefold().strip().partition("@")[0]):
        raise BadPassword("メールアドレスと同じパスワードは使えません。別のものにしてください。")


def hash(password: str) -> str:  # noqa: A001 - password.hash() says it best
    """The text to keep of a password; raises Busy."""
    salt = bcrypt.gensalt(config.settings().server.bcrypt_cost)
    return _in_turn(bcrypt.hashpw, _short(password), salt).decode("ascii")


def verify(password: str, hashed: str) -> bool:
    """Whether this is the password that was hashed; raises Busy."""
    try:
        return _in_turn(bcrypt.checkpw, _short(password), hashed.encode("ascii"))
    except ValueError:  # not a hash: an account that has no password
        return False


def dummy() -> None:
    """Take the time of a verify, so that an unknown user is not told from a known one; raises Busy."""
    salt = b"$2b$%02d$" % config.settings().server.bcrypt_cost + b"." * 22
    _in_turn(bcrypt.hashpw, b"nobody", salt)


def _normal(password: str) -> str:
    # The same password from two keyboards: か + dakuten or が, full or half width.
    return unicodedata.normalize("NFKC", password)


def _short(password: str) -> bytes:
    """44 bytes of any password: bcrypt takes 72, 24 kanji; without the pepper a stolen table is useless."""
    pepper = config.settings().key("password")
    digest = hmac.new(pepper, _normal(password).encode("utf-8", "surrogatepass"), sha256).digest()
    return base64.b64encode(digest)


# Several at once would take every processor and stop all other pages; one works beside them.
_WAITING_AT_MOST = 6
_room = threading.BoundedSemaphore(_WAITING_AT_MOST + 1)
_worker = ThreadPoolExecutor(1, "bcrypt", initializer=processors.use_all)


def _in_turn(work: Callable[[bytes, bytes], Result], password: bytes, other: bytes) -> Result:
    if not _room.acquire(blocking=False):
        raise Busy
    try:
        return _worker.submit(work, password, other).result()
    finally:
        _room.release()
