"""Passwords: refused, kept, compared, and not too many at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import bcrypt
import pytest

import config
from rules import Refusal
from rules.accounts import password
from rules.accounts.common_passwords import COMMON


@pytest.fixture(autouse=True)
def settings(tmp_path: Path) -> Iterator[None]:
    use_secret(bytes(32), tmp_path)
    yield
    use_secret(bytes(32), tmp_path)


def use_secret(secret: bytes, data: Path) -> None:
    config.use(
        config.Config(
            data=data,
            secret=secret,
            base_url="http://localhost",
            mail=config.MailSettings("folder", "x@example.jp"),
            server=config.ServerSettings(bcrypt_cost=4),
        )
    )


@pytest.mark.parametrize(
    "good", ["kaze-to-nami", "なみのおとがする", "x" * 64 + "y" * 64, "空白 の ある もの", "73920518"]
)
def test_accepted(good: str) -> None:
    """R-1.1: eight characters of anything will do."""
    password.check(good, "taro@example.jp")


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ("kaze-to", "8文字以上で入力してください。入力されたのは 7文字です。"),
        ("", "8文字以上"),
        ("x" * 64 + "y" * 65, "128文字まで"),
        ("password", "よく使われていて"),
        ("PassWord", "よく使われていて"),
        ("ｐａｓｓｗｏｒｄ", "よく使われていて"),
        ("sakura123", "よく使われていて"),
        ("パスワードパスワード", "よく使われていて"),
        ("zzzzzzzzzz", "よく使われていて"),
        (" " * 8, "よく使われていて"),
        ("　 " * 8, "よく使われていて"),
        ("Taro.Y@example.jp", "メールアドレスと同じ"),
        ("Taro.Yama", "メールアドレスと同じ"),
    ],
)
def test_refused(bad: str, words: str) -> None:
    """R-1.1: too short, too long, too common, or the address."""
    email = "taro.yama@example.jp" if bad == "Taro.Yama" else "taro.y@example.jp"
    with pytest.raises(password.BadPassword, match=words):
        password.check(bad, email)


def test_the_list_of_common_ones_can_match() -> None:
    """Shorter or unfolded entries would never be reached."""
    assert len(COMMON) >= 200
    assert [word for word in COMMON if len(word) < password.SHORTEST or word != word.casefold()] == []


def test_hash_and_verify() -> None:
    """R-1.9"""
    hashed = password.hash("なみのおと・波の音がする")
    assert hashed.startswith("$2b$04$")
    assert password.verify("なみのおと・波の音がする", hashed)
    assert not password.verify("なみのおと・波の音がした", hashed)
    assert password.hash("なみのおと・波の音がする") != hashed


def test_every_character_counts() -> None:
    """R-1.1: bcrypt alone would look at 72 bytes, 24 kanji."""
    hashed = password.hash("窓" * 127 + "口")
    assert password.verify("窓" * 127 + "口", hashed)
    assert not password.verify("窓" * 127 + "川", hashed)


def test_two_keyboards_type_one_password() -> None:
    """R-1.1: NFKC before hashing."""
    assert password.verify("ｶﾞﾗｽ１２３４", password.hash("カ\u3099ラス1234"))


def test_a_stolen_hash_is_nothing_without_the_key(tmp_path: Path) -> None:
    hashed = password.hash("kaze-to-nami")
    use_secret(bytes(31) + b"x", tmp_path)
    assert not password.verify("kaze-to-nami", hashed)


@pytest.mark.parametrize("hashed", ["", "!", "$2b$04$short", "kaze-to-nami"])
def test_what_is_no_hash_fits_nothing(hashed: str) -> None:
    assert not password.verify("kaze-to-nami", hashed)


def test_dummy_does_the_work_of_a_verify(monkeypatch: pytest.MonkeyPatch) -> None:
    """R-1.9: an unknown user takes the same time as a known one."""
    salts: list[bytes] = []
    real = bcrypt.hashpw

    def hashpw(word: bytes, salt: bytes) -> bytes:
        salts.append(salt)
        return real(word, salt)

    monkeypatch.setattr(bcrypt, "hashpw", hashpw)
    password.dummy()
    assert [salt[:7] for salt in salts] == [b"$2b$04$"]


def test_one_at_a_time_and_six_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """R-1.9: the eighth is asked to try again; once the first is done, there is room again."""
    go_on, inside = threading.Event(), []
    lock = threading.Lock()
    most = 0

    def slow(word: bytes, hashed: bytes) -> bool:
        nonlocal most
        with lock:
            inside.append(1)
            most = max(most, len(inside))
        go_on.wait(10)
        with lock:
            inside.pop()
        return True

    monkeypatch.setattr(bcrypt, "checkpw", slow)
    threads = [threading.Thread(target=password.verify, args=("x", "y")) for _ in range(7)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(1000):
            if password._room._value == 0:
                break
            threading.Event().wait(0.005)
        with pytest.raises(password.Busy, match="ただいま混み合っています"):
            password.verify("x", "y")
        with pytest.raises(Refusal):
            password.dummy()
    finally:
        go_on.set()
        for thread in threads:
            thread.join(10)
    assert most == 1
    assert password.verify("x", "y")
