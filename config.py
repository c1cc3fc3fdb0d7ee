"""What a town has set: DATA/config.toml read into one frozen object; a key unknown or missing stops the start."""

from __future__ import annotations

import hmac
import os
import re
import secrets
import tomllib
from dataclasses import MISSING, dataclass, field, fields
from datetime import time
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PROGRAM = Path(__file__).resolve().parent


class ConfigError(Exception):
    """A sentence that names the key to put right."""


@dataclass(frozen=True)
class MailSettings:
    """[mail]"""

    transport: str
    sender: str = field(metadata={"key": "from"})
    host: str = "127.0.0.1"
    port: int = 25
    security: str = "none"
    user: str = ""
    password: str = ""
    timeout: int = 20


@dataclass(frozen=True)
class ProxySettings:
    """[proxy]: whose X-Forwarded-For and -Proto are believed."""

    trusted: str = ""


@dataclass(frozen=True)
class FileSettings:
    """[files]"""

    virus_scan: str = "off"
    clamd: str = "127.0.0.1:3310"
    defender: str = ""
    scan_seconds: int = 30
    encrypt: bool = False
    key: str = ""


@dataclass(frozen=True)
class ServerSettings:
    """[server]"""

    threads: int = 16
    connections: int = 1000
    bcrypt_cost: int = 12
    one_processor: bool = True


@dataclass(frozen=True)
class StopSettings:
    """[stops]: when residents' pages rest every day; "" = never."""

    daily: str = ""

    @property
    def daily_times(self) -> tuple[time, time] | None:
        """From when until when; the end is on the next day where it is not after the beginning."""
        if not self.daily:
            return None
        start, end = (time.fromisoformat(part) for part in self.daily.split("-"))
        return start, end


@dataclass(frozen=True)
class Config:
    """config.toml as a whole; `data` is the folder it was read from, `secret` the bytes of secret.key."""

    data: Path
    secret: bytes
    base_url: str
    mail: MailSettings
    other_urls: tuple[str, ...] = ()
    proxy: ProxySettings = ProxySettings()
    files: FileSettings = FileSettings()
    server: ServerSettings = ServerSettings()
    stops: StopSettings = StopSettings()
    # What stored files are encrypted with; b"" where there is no key.
    files_key: bytes = field(default=b"", repr=False)
    demo: bool = False

    @property
    def database(self) -> Path:
        return self.data / "madoguchi.sqlite3"

    @property
    def stored_files(self) -> Path:
        return self.data / "files"

    @property
    def origins(self) -> tuple[str, ...]:
        """Every scheme://host[:port] under which the service answers."""
        return (self.base_url, *self.other_urls)

    def key(self, purpose: str) -> bytes:
        """A key of its own for each purpose, derived from secret.key."""
        return hmac.new(self.secret, b"madoguchi:" + purpose.encode("ascii"), sha256).digest()


_TABLES = {
    "mail": MailSettings,
    "proxy": ProxySettings,
    "files": FileSettings,
    "server": ServerSettings,
    "stops": StopSettings,
}
_TOP = {"base_url": str, "other_urls": list}
_CHOICES = {
    "mail.transport": ("smtp", "folder"),
    "mail.security": ("none", "starttls", "tls"),
    "files.virus_scan": ("off", "clamd", "defender"),
}
_TIME = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
# key -> what its text must look like, in an expression and in words; two equal times would never let go.
_SHAPES = {
    "stops.daily": (rf"|(?P<start>{_TIME})-(?!(?P=start)){_TIME}", '"03:00-04:00", or "" for none'),
    "files.clamd": (r"unix:/.+|[^/]+:[1-9][0-9]{0,4}", '"127.0.0.1:3310" or "unix:/run/clamav/clamd.ctl"'),
    "files.scan_seconds": ("[1-9][0-9]{0,2}", "30"),
}

_settings: Config | None = None


def use(settings: Config) -> None:
    """Make these the settings of this process."""
    global _settings
    _settings = settings


def settings() -> Config:
    """The settings in force."""
    if _settings is None:
        raise RuntimeError("config.use() has not been called")
    return _settings


def load(
    data: Path,
    *,
    base_url: str | None = None,
    more_urls: tuple[str, ...] = (),
    demo: bool = False,
    new_files_key: bool = False,
) -> Config:
    """Read DATA/config.toml, secret.key and the key of stored files; the demo brings its own addresses.

    Raises ConfigError naming the key that is unknown, missing or of the wrong kind. `new_files_key` makes a key where
    there is none.
    """
    path = data / "config.toml"
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path} does not exist. Type: python manage.py --data {data} init") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise ConfigError(f"{path}: {fault}") from None
    for key in document:
        if key not in _TOP and key not in _TABLES:
            raise ConfigError(f"{path}: unknown key: {key}")
    if "base_url" not in document:
        raise ConfigError(f"{path}: missing key: base_url")
    for key, kind in _TOP.items():
        if key in document and not isinstance(document[key], kind):
            raise ConfigError(f"{path}: {key} must be a {kind.__name__}")
    tables = {name: _read_table(path, name, kind, document.get(name)) for name, kind in _TABLES.items()}
    return Config(
        data=data,
        secret=_read_secret(data),
        base_url=_origin(path, "base_url", base_url or document["base_url"]),
        other_urls=tuple(_origin(path, "other_urls", url) for url in [*document.get("other_urls", []), *more_urls]),
        files_key=_read_files_key(data, tables["files"], make=new_files_key),
        demo=demo,
        **tables,
    )


def _read_table(path: Path, name: str, kind: type, table: Any) -> Any:
    if table is None:
        table = {}
    if not isinstance(table, dict):
        raise ConfigError(f"{path}: {name} must be a table: [{name}]")
    known = {f.metadata.get("key", f.name): f for f in fields(kind)}
    for key in table:
        if key not in known:
            raise ConfigError(f"{path}: unknown key: {name}.{key}")
    values = {}
    for key, known_field in known.items():
        if key not in table:
            if known_field.default is MISSING:
                raise ConfigError(f"{path}: missing key: {name}.{key}")
            continue
        value, wanted = table[key], {"str": str, "int": int, "bool": bool}[str(known_field.type)]
        if type(value) is not wanted:
            raise ConfigError(f"{path}: {name}.{key} must be a {wanted.__name__}")
        allowed = _CHOICES.get(f"{name}.{key}")
        if allowed and value not in allowed:
            raise ConfigError(f"{path}: {name}.{key} must be one of: {', '.join(allowed)}")
        shape = _SHAPES.get(f"{name}.{key}")
        if shape and not re.fullmatch(shape[0], str(value)):
            raise ConfigError(f"{path}: {name}.{key} must look like {shape[1]}: {value!r}")
        values[known_field.name] = value
    return kind(**values)


def _origin(path: Path, key: str, url: Any) -> str:
    if isinstance(url, str):
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname and parts.path in ("", "/") and not parts.query:
            return f"{parts.scheme}://{parts.netloc}".lower()
    raise ConfigError(f"{path}: {key} must look like https://madoguchi.example.jp (no path): {url!r}")


def _read_secret(data: Path) -> bytes:
    path = data / "secret.key"
    try:
        secret = path.read_bytes()
    except FileNotFoundError:
        raise ConfigError(f"{path} does not exist. Restore it from the backup; without it nobody can log in.") from None
    if len(secret) != 32:
        raise ConfigError(f"{path} must hold 32 bytes, not {len(secret)}. Restore it from the backup.")
    return secret


def files_key_path(data: Path, files: FileSettings) -> Path:
    """Where the key of stored files is; a relative path counts from the data folder."""
    return data / (files.key or "files.key")


def _read_files_key(data: Path, files: FileSettings, *, make: bool) -> bytes:
    """The key; it is read with `encrypt = false` too, for what was encrypted before."""
    path = files_key_path(data, files)
    if make and not path.exists():
        _write_key(path)
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        if files.encrypt:
            raise ConfigError(
                f"{path} does not exist. Restore it from where it is kept; without it no encrypted file can be read. "
                f"Only where nothing was encrypted yet, type: python manage.py --data {data} create-files-key"
            ) from None
        return b""
    except OSError as fault:
        raise ConfigError(f"files.key: {path} cannot be read: {fault.strerror}") from None
    if len(key) != 32:
        raise ConfigError(f"{path} must hold 32 bytes, not {len(key)}. Restore it from where it is kept.")
    return key


def _write_key(path: Path) -> None:
    """32 random bytes in a new file, for nobody else to read."""
    binary = getattr(os, "O_BINARY", 0)  # Windows would turn a 0x0A byte into two
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | binary, 0o600), "wb") as key:
        key.write(secrets.token_bytes(32))
        key.flush()
        os.fsync(key.fileno())


def create(data: Path, text: str) -> None:
    """Write config.toml and a new secret.key into a data folder; an existing one of either stops it."""
    data.mkdir(parents=True, exist_ok=True)
    (data / "files").mkdir(exist_ok=True)
    if os.name == "posix":
        data.chmod(0o700)
    # The key first: a folder with a config.toml is complete.
    _write_key(data / "secret.key")
    with open(data / "config.toml", "x", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
