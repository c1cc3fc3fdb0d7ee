"""取込みの途中: an uploaded file between the page that shows what it changes and the press that takes it in.

It lies among the stored files under a random id, encrypted as they are, and no row names it: the sweep takes it after a
day. What a browser carries is a token that is good for an hour, and for whoever uploaded it.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from datetime import timedelta
from typing import BinaryIO, NamedTuple, cast

import clock
from rules.files import storage
from rules.records.session import SignedInStaff
from rules.values import secrecy

KEPT = timedelta(hours=1)
_IN_MEMORY = 1024 * 1024
_TOKEN = re.compile("([0-9a-f]{32})-([0-9a-f]{64})-([0-9a-f]{1,12})-([0-9a-f]{32})")


class Over(Exception):
    """The token is of nobody here, or its hour is over."""


class Done(Exception):
    """The file is not there any more: it was taken in."""


class _File(NamedTuple):
    stored_as: str
    sha256: str


def keep(me: SignedInStaff, name: str, stream: BinaryIO) -> str:
    """Put an upload aside and return its token. Raises OSError when there is no room."""
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as whole:
        whole.write(name.replace("\n", " ").encode("utf-8", "replace") + b"\n")
        shutil.copyfileobj(stream, whole)
        whole.seek(0)
        stored_as, _, digest = storage.store(cast(BinaryIO, whole))
    claim = f"{stored_as}-{digest}-{int(clock.now().timestamp()):x}"
    return f"{claim}-{_signed(me, claim)}"


def opened(me: SignedInStaff, token: str) -> tuple[str, BinaryIO]:
    """(name, content) of what one has uploaded; raises Over or Done."""
    file = _file(me, token)
    try:
        stream = storage.open_stored(file)
    except storage.Damaged:
        raise Done from None
    name = stream.readline().decode("utf-8", "replace").rstrip("\n")
    with stream:
        content = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - handed on open
        shutil.copyfileobj(stream, content)
    content.seek(0)
    return name, cast(BinaryIO, content)


def drop(me: SignedInStaff, token: str) -> None:
    """Remove what was uploaded; it is taken in, or not wanted."""
    storage.remove(_file(me, token).stored_as)


def _file(me: SignedInStaff, token: str) -> _File:
    found = _TOKEN.fullmatch(token)
    if found is None or not secrecy.same(found[4], _signed(me, token.rpartition("-")[0])):
        raise Over
    age = clock.now().timestamp() - int(found[3], 16)
    if not -60 <= age <= KEPT.total_seconds():
        raise Over
    return _File(found[1], found[2])


def _signed(me: SignedInStaff, claim: str) -> str:
    return secrecy.keyed("kept_upload", f"{claim}-s{me.id}")[:32]
