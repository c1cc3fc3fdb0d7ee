"""Files on disk: written under random ids and made durable before any row names them."""

from __future__ import annotations

import os
import re
import secrets
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import config
from models import Attachment, transaction

ORPHAN_AGE = timedelta(hours=24)
_CHUNK = 256 * 1024
_NAME = re.compile(r"[0-9a-f]{32}")


def _path(stored_as: str) -> Path:
    # Two letters of the random name spread the files over 256 folders.
    return config.settings().stored_files / stored_as[:2] / stored_as


def store(stream: BinaryIO) -> tuple[str, int, str]:
    """Write a stream to disk and fsync it; returns (stored_as, size, sha256). Raises OSError when it cannot."""
    stored_as = secrets.token_hex(16)
    path = _path(stored_as)
    path.parent.mkdir(parents=True, exist_ok=True)
    digest, size = sha256(), 0
    try:
        with open(path, "xb") as file:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
                size += file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        _sync_folder(path.parent)
    except OSError:
        path.unlink(missing_ok=True)
        raise
    return stored_as, size, digest.hexdigest()


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


def open_stored(stored_as: str) -> BinaryIO:
    """The content of a stored file."""
    return open(_path(stored_as), "rb")


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
    return bool(Attachment.select().where(Attachment.stored_as == stored_as).exists())
