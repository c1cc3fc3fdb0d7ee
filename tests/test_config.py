"""The settings: what is read, what is refused, and that every refusal names the key."""

from __future__ import annotations

import os
from dataclasses import MISSING, fields
from datetime import time
from pathlib import Path

import pytest

import config
from config import ConfigError

MAIL = '[mail]\ntransport = "folder"\nfrom = "madoguchi@asanagi.example.jp"\n'
SHORTEST = 'base_url = "https://madoguchi.example.jp"\n' + MAIL
OPERATIONS = config.PROGRAM / "docs" / "operations.md"


@pytest.fixture
def folder(tmp_path):
    """Writes a config.toml into a data folder of its own and returns the folder."""

    def write(text: str) -> Path:
        data = tmp_path / "data"
        if not data.exists():
            config.create(data, text)
        (data / "config.toml").write_text(text, encoding="utf-8")
        return data

    return write


def refusal(data: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        config.load(data)
    return str(caught.value)


# ---------------------------------------------------------------- what is read


def test_the_shortest_config_brings_every_default(folder):
    data = folder(SHORTEST)
    read = config.load(data)
    assert read.base_url == "https://madoguchi.example.jp"
    assert (read.mail.transport, read.mail.sender) == ("folder", "madoguchi@asanagi.example.jp")
    assert (read.mail.host, read.mail.port, read.mail.security) == ("127.0.0.1", 25, "none")
    assert (read.other_urls, read.proxy.trusted, read.files.virus_scan, read.files_key) == ((), "", "off", b"")
    assert (read.server.threads, read.server.connections, read.server.bcrypt_cost) == (16, 1000, 12)
    assert (read.stops.daily, read.stops.daily_times) == ("", None)
    assert not read.demo
    assert read.database.parent == read.stored_files.parent == data


def test_every_table_is_read(folder):
    read = config.load(
        folder(
            'base_url = "https://madoguchi.example.jp"\nother_urls = ["http://192.0.2.7:8080"]\n'
            '[mail]\ntransport = "smtp"\nfrom = "朝凪町役場 <noreply@asanagi.example.jp>"\nhost = "mail.example.jp"\n'
            'port = 587\nsecurity = "starttls"\nuser = "madoguchi"\npassword = "なぎさ"\ntimeout = 9\n'
            '[proxy]\ntrusted = "127.0.0.1"\n[files]\nvirus_scan = "off"\n'
            "[server]\nthreads = 4\nconnections = 50\nbcrypt_cost = 10\n"
            '[stops]\ndaily = "23:30-00:30"\n'
        )
    )
    assert read.mail == config.MailSettings(
        "smtp",
        "朝凪町役場 <noreply@asanagi.example.jp>",
        "mail.example.jp",
        587,
        "starttls",
        "madoguchi",
        "なぎさ",
        9,
    )
    assert read.origins == ("https://madoguchi.example.jp", "http://192.0.2.7:8080")
    assert read.proxy.trusted == "127.0.0.1"
    assert read.server == config.ServerSettings(4, 50, 10)
    assert read.stops.daily_times == (time(23, 30), time(0, 30))


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://Madoguchi.Example.JP/", "https://madoguchi.example.jp"),
        ("http://192.0.2.7:8080", "http://192.0.2.7:8080"),
        ("http://[2001:db8::7]:8080", "http://[2001:db8::7]:8080"),
    ],
)
def test_an_address_is_kept_as_its_origin(folder, typed, kept):
    assert config.load(folder(SHORTEST.replace("https://madoguchi.example.jp", typed))).base_url == kept


def test_the_demo_brings_its_own_addresses(folder):
    data = folder(SHORTEST)
    read = config.load(data, base_url="http://127.0.0.1:8099", more_urls=("http://localhost:8099",), demo=True)
    assert read.demo
    assert read.origins == ("http://127.0.0.1:8099", "http://localhost:8099")


# ---------------------------------------------------------------- what is refused

WRONG = [
    ('colour = "blue"\n' + SHORTEST, "unknown key: colour"),
    (SHORTEST + 'colour = "blue"\n', "unknown key: mail.colour"),
    (SHORTEST + '[proxy]\ntrust = "127.0.0.1"\n', "unknown key: proxy.trust"),
    (SHORTEST + "[backup]\nkeep = 7\n", "unknown key: backup"),
    (MAIL, "missing key: base_url"),
    ('base_url = "https://madoguchi.example.jp"\n', "missing key: mail.transport"),
    (SHORTEST.replace('from = "madoguchi@asanagi.example.jp"\n', ""), "missing key: mail.from"),
    ('base_url = 8080\n[mail]\ntransport = "folder"\nfrom = "a@b.example"\n', "base_url must be a str"),
    ('other_urls = "http://192.0.2.7"\n' + SHORTEST, "other_urls must be a list"),
    ("other_urls = [8080]\n" + SHORTEST, "other_urls must look like"),
    ('mail = "folder"\nbase_url = "https://madoguchi.example.jp"\n', "mail must be a table: [mail]"),
    (SHORTEST + 'port = "25"\n', "mail.port must be a int"),
    (SHORTEST + "port = true\n", "mail.port must be a int"),
    (SHORTEST + "user = 3\n", "mail.user must be a str"),
    (SHORTEST.replace('"folder"', '"pigeon"'), "mail.transport must be one of: smtp, folder"),
    (SHORTEST + 'security = "ssl"\n', "mail.security must be one of: none, starttls, tls"),
    (SHORTEST + '[files]\nvirus_scan = "mcafee"\n', "files.virus_scan must be one of: off, clamd, defender"),
    (SHORTEST + '[files]\nclamd = "3310"\n', "files.clamd must look like"),
    (SHORTEST + '[files]\nclamd = "/run/clamav/clamd.ctl"\n', "files.clamd must look like"),
    (SHORTEST + "[files]\nscan_seconds = 0\n", "files.scan_seconds must look like 30: 0"),
    (SHORTEST + "[server]\nthreads = 2.5\n", "server.threads must be a int"),
    (SHORTEST + "[stops]\ndaily = 3\n", "stops.daily must be a str"),
    *(
        (
            f'{SHORTEST}[stops]\ndaily = "{wrong}"\n',
            f'stops.daily must look like "03:00-04:00", or "" for none: \'{wrong}\'',
        )
        for wrong in (
            "3:00-4:00",
            "03:00",
            "03:00-24:00",
            "03:00-04:60",
            "03:00-03:00",
            "03:00-04:00 ",
            "none",
            "０３:00-04:00",
        )
    ),
]


@pytest.mark.parametrize(("text", "sentence"), WRONG, ids=[sentence for _, sentence in WRONG])
def test_a_wrong_key_is_named(folder, text, sentence):
    data = folder(text)
    said = refusal(data)
    assert sentence in said
    assert str(data / "config.toml") in said


@pytest.mark.parametrize(
    "address",
    [
        "madoguchi.example.jp",
        "ftp://madoguchi.example.jp",
        "https://madoguchi.example.jp/shinsei",
        "https://madoguchi.example.jp/?a=1",
        "https://",
        "",
    ],
)
def test_an_address_that_is_no_origin_is_refused(folder, address):
    assert "base_url must look like https://madoguchi.example.jp" in refusal(
        folder(SHORTEST.replace("https://madoguchi.example.jp", address))
    )


def test_a_file_that_is_no_toml_is_refused_with_its_place(folder):
    said = refusal(folder("base_url = https://madoguchi.example.jp\n"))
    assert "config.toml" in said
    assert "line 1" in said


def test_a_file_in_another_charset_is_refused(folder):
    data = folder(SHORTEST)
    (data / "config.toml").write_bytes('# 朝凪町\nbase_url = "x"\n'.encode("cp932"))
    assert "config.toml" in refusal(data)


def test_a_folder_without_config_says_what_to_type(tmp_path):
    said = refusal(tmp_path / "nowhere")
    assert "does not exist" in said
    assert f"manage.py --data {tmp_path / 'nowhere'} init" in said


# ---------------------------------------------------------------- secret.key


def test_a_lost_or_shortened_secret_stops_the_start(folder):
    data = folder(SHORTEST)
    (data / "secret.key").write_bytes(b"short")
    assert "must hold 32 bytes, not 5" in refusal(data)
    (data / "secret.key").unlink()
    assert "Restore it from the backup" in refusal(data)


def test_each_purpose_has_a_key_of_its_own(folder):
    data = folder(SHORTEST)
    read = config.load(data)
    assert read.key("csrf") == config.load(data).key("csrf")
    assert len({read.key("csrf"), read.key("code"), read.secret}) == 3


def test_create_makes_a_secret_nobody_else_can_read(tmp_path):
    data = tmp_path / "日本語のフォルダー"
    config.create(data, SHORTEST)
    assert len((data / "secret.key").read_bytes()) == 32
    assert (data / "files").is_dir()
    if os.name == "posix":
        assert data.stat().st_mode & 0o777 == 0o700
        assert (data / "secret.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("present", ["config.toml", "secret.key"])
def test_create_overwrites_nothing(tmp_path, present):
    (tmp_path / present).write_text("mine", encoding="utf-8")
    with pytest.raises(FileExistsError):
        config.create(tmp_path, SHORTEST)
    assert (tmp_path / present).read_text(encoding="utf-8") == "mine"


# ---------------------------------------------------------------- the key of stored files


ENCRYPTING = SHORTEST + "[files]\nencrypt = true\n"


def test_without_the_key_nothing_starts_and_none_is_made_by_the_way(folder):
    """R-4.4: a key made because a disk was away would lock away what was encrypted before."""
    data = folder(ENCRYPTING)
    said = refusal(data)
    assert str(data / "files.key") in said and "create-files-key" in said
    assert not (data / "files.key").exists()
    (data / "files.key").write_bytes(bytes(31))
    assert "must hold 32 bytes, not 31" in refusal(data)


def test_the_key_is_made_once_and_kept(folder):
    data = folder(ENCRYPTING)
    key = config.load(data, new_files_key=True).files_key
    assert len(key) == 32 and key != config.load(data).secret
    assert config.load(data, new_files_key=True).files_key == config.load(data).files_key == key
    assert key.hex() not in repr(config.load(data)) and str(key) not in repr(config.load(data))
    if os.name == "posix":
        assert (data / "files.key").stat().st_mode & 0o777 == 0o600
    (data / "config.toml").write_text(SHORTEST, encoding="utf-8")
    assert config.load(data).files_key == key, "what was encrypted stays readable when it is switched off"


def test_the_key_may_stand_apart(folder, tmp_path):
    apart = tmp_path / "apart.key"
    data = folder(ENCRYPTING + f"key = '{apart}'\n")
    assert config.load(data, new_files_key=True).files_key == apart.read_bytes()
    assert not (data / "files.key").exists()


# ---------------------------------------------------------------- the guide


def _documented() -> list[tuple[str, str]]:
    """(key, default) of every setting, as the guide writes them; "" where there is no default."""
    found = [("base_url", ""), ("other_urls", "[]")]
    for kind in config._TABLES.values():
        for known in fields(kind):
            default = known.default
            if default is not MISSING:
                default = f'"{default}"' if isinstance(default, str) else str(default).lower()
            found.append((known.metadata.get("key", known.name), "" if default is MISSING else default))
    return found


@pytest.mark.parametrize(("key", "default"), _documented())
def test_the_guide_names_every_key_with_its_default(key, default):
    rows = [line for line in OPERATIONS.read_text(encoding="utf-8").splitlines() if line.startswith(f"| `{key}` |")]
    assert rows, key
    assert f"| `{default}` |" in rows[0] if default else "（必ず書く）" in rows[0]
