"""Files on disk: written under random ids and made durable before any row names them, proved at every reading."""

from __future__ import annotations

import io
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast

import config
from models import Attachment, IssuedDocument, PaperForm, Table, ask, transaction
from rules.accounts import processors
from rules.files import encryption
from rules.records import numbering

# Every table with a column `stored_as` and the `sha256` of the plain content.
NAMING: tuple[type[Table], ...] = (Attachment, IssuedDocument, PaperForm)

ORPHAN_AGE = timedelta(hours=24)
_CHUNK = 256 * 1024
_NAME = re.compile(r"[0-9a-f]{32}")


class Stored(Protocol):
    """A row that names a stored file."""

    @property
    def stored_as(self) -> Any: ...
    @property
    def sha256(self) -> Any: ...


class Damaged(Exception):
    """A stored file is gone, or is not what was stored; it is not handed out."""


def _path(stored_as: str) -> Path:
    # Two letters of the random name spread the files over 256 folders.
    return config.settings().stored_files / stored_as[:2] / stored_as


def store(stream: BinaryIO) -> tuple[str, int, str]:
    """Write a stream to disk and fsync it; returns (stored_as, size, sha256). Raises OSError when it cannot.

    Size and digest are those of the plain content, with [files] encrypt too.
    """
    stored_as = secrets.token_hex(16)
    path = _path(stored_as)
    path.parent.mkdir(parents=True, exist_ok=True)
    plain = _Measured(stream)
    pieces: Iterable[bytes] = iter(lambda: plain.read(_CHUNK), b"")
    if config.settings().files.encrypt:
        pieces = encryption.encrypted(cast(BinaryIO, plain), config.settings().files_key)
    try:
        with open(path, "xb") as file:
            with processors.apart():
                for piece in pieces:
                    file.write(piece)
                file.flush()
            os.fsync(file.fileno())
        _sync_folder(path.parent)
    except OSError:
        path.unlink(missing_ok=True)
        raise
    return stored_as, plain.size, plain.digest.hexdigest()


class _Measured:
    """A stream that counts and digests what is read of it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.size, self.digest = 0, sha256()

    def read(self, count: int) -> bytes:
        piece = self._stream.read(count)
        self.size += len(piece)
        self.digest.update(piece)
        return piece


def _sync_folder(folder: Path) -> None:
    """Make the folder's entry durable too; Windows has no such call and needs none."""
    if os.name != "posix":
        return
    for place in (folder, folder.parent):
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def open_stored(row: Stored) -> BinaryIO:
    """The plain content of the file that a row names, every byte compared with its digest before; raises Damaged."""
    wrong = "is not what was stored"
    try:
        for content in _readings(_path(row.stored_as)):
            if content is None:
                wrong = "is encrypted with another key"
            elif _matches(content, row.sha256):
                content.seek(0)
                return content
            else:
                content.close()
    except FileNotFoundError:
        raise Damaged(f"the file {row.stored_as} is missing") from None
    except OSError as fault:
        raise Damaged(f"the file {row.stored_as} cannot be read: {fault.strerror}") from None
    raise Damaged(f"the file {row.stored_as} {wrong}")


def _readings(path: Path) -> Iterator[BinaryIO | None]:
    """What the bytes may mean, None where that takes another key.

    The digest decides: a file stored plain may begin as an encrypted one does.
    """
    file = open(path, "rb")  # noqa: SIM115 - handed on open
    if encryption.is_encrypted(file):
        try:
            yield cast(BinaryIO, io.BufferedReader(encryption.Decrypted(file, config.settings().files_key), _CHUNK))
        except encryption.OtherKey:
            yield None
        file.close()
        file = open(path, "rb")  # noqa: SIM115
    yield file


def _matches(content: BinaryIO, digest: str) -> bool:
    try:
        return sha256_of(content) == digest
    except encryption.CannotDecrypt:
        return False


def sha256_of(content: BinaryIO) -> str:
    """The digest of the rest of a stream."""
    digest = sha256()
    while piece := content.read(_CHUNK):
        digest.update(piece)
    return digest.hexdigest()


def proved() -> Iterator[tuple[str, str]]:
    """Every row that names a file: (what the row is, what is wrong or ""). Reads all files, so it takes its time."""
    for table in NAMING:
        name, last = table._meta.table_name, 0
        while found := table.rows("id > {} ORDER BY id LIMIT 200", last):
            for row in found:
                yield f"{name} {row.id}{_where(row)}", _fault(table, row)
            last = found[-1].id


def _where(row: Any) -> str:
    """' (1234-5678-9012 a.pdf)': what an operator can look for on the staff site."""
    number = row.application.number if "application" in row._meta.fields else ""
    return f" ({f'{numbering.grouped(number)} ' if number else ''}{row.name})"


def _fault(table: type[Table], row: Any) -> str:
    try:
        open_stored(row).close()
    except (Damaged, OSError) as fault:
        # Removed for good since it was read: no fault.
        return str(fault) if table.row("id = {}", row.id) is not None else ""
    return ""


def missing() -> int:
    """How many rows name a file that is not there; reads no content."""
    root = config.settings().stored_files
    present = {path.name for path in root.glob("*/*")} if root.is_dir() else set()
    named = [name for table in NAMING for (name,) in ask(f"SELECT stored_as FROM {table._meta.table_name}")]
    return sum(name not in present for name in named)


def remove(stored_as: str) -> None:
    """Delete a file; one that is held open (Windows) stays for the next sweep."""
    try:
        _path(stored_as).unlink(missing_ok=True)
    except PermissionError:
        return


def retire(stored_as: str, now: datetime) -> None:
    """Start the day's grace of a file whose row goes: the sweep takes it after that."""
    with suppress(OSError):
        os.utime(_path(stored_as), (now.timestamp(), now.timestamp()))


def remove_marked(now: datetime) -> int:
    """Delete rows and files marked as removed for a day: a backup that is running stays whole."""
    count = 0
    marked = (Attachment.removed_at < now - ORPHAN_AGE) & ~Attachment.sent
    for row in Attachment.select().where(marked):
        with transaction():
            gone = Attachment.delete().where((Attachment.id == row.id) & marked).execute()
        if gone:
            remove(row.stored_as)
            count += 1
    return count


def sweep(now: datetime) -> int:
    """Delete files older than a day that no row names (a process died between file and row)."""
    root, count = config.settings().stored_files, 0
    if not root.is_dir():
        return 0
    for path in root.glob("*/*"):
        try:
            age = now.timestamp() - path.stat().st_mtime
        except FileNotFoundError:  # another process was first
            continue
        if not _NAME.fullmatch(path.name) or age < ORPHAN_AGE.total_seconds():
            continue
        if _named(path.name):
            continue
        with transaction():
            if not _named(path.name):
                remove(path.name)
                count += 1
    return count


def _named(stored_as: str) -> bool:
    return any(table.row("stored_as = {}", stored_as) is not None for table in NAMING)
