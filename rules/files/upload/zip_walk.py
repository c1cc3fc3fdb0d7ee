"""Going through a ZIP: refusing what its headers betray, then handing out the members' contents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from rules.files.upload import names
from rules.files.upload.budget import Budget
from rules.files.upload.kinds import HEAD, detect
from rules.files.upload.reading import at, size_of
from rules.files.upload.unpack import METHODS, Unpacked, unpack
from rules.files.upload.verdicts import Found
from rules.files.upload.zip_directory import Directory, Entry, Header, read

_LINK, _KIND_OF_FILE = 0xA000, 0xF000


@dataclass(frozen=True)
class Member:
    """`sure` is False for a reading that is not as noted: what is found there counts, what is broken does not."""

    name: str
    content: BinaryIO
    sure: bool


def open_zip(stream: BinaryIO, budget: Budget) -> Directory:
    """The directory, unless its headers alone are reason to refuse."""
    directory = read(stream, budget)
    for entry in directory.entries:
        for header in entry.headers:
            if header.encrypted:
                raise Found("zip-password", "flags" if header is entry.central else "flags of a local header")
    _refuse_what_surrounds(stream, directory)
    for entry in directory.entries:
        if entry.mode & _KIND_OF_FILE == _LINK:
            raise Found("link", inside=name_of(entry))
        for name in names_of(entry):
            if names.leads_elsewhere(name):
                raise Found("path", inside=name)
            if "\0" in name:
                raise Found("damaged", "NUL in a name", inside=name)
    _refuse_overlaps(directory.entries)
    if not directory.complete:
        raise Found("cut", "no end record")
    return directory


def name_of(entry: Entry) -> str:
    return next(iter(names_of(entry)), "")


def names_of(entry: Entry) -> list[str]:
    """The name, and the other one if the local header tells another."""
    return list(dict.fromkeys(names.decode(h.name, bool(h.flags & 0x800)) for h in entry.headers))


def _refuse_what_surrounds(stream: BinaryIO, directory: Directory) -> None:
    """Something of a known kind before the first member or behind the end: the file is two things at once."""
    if directory.first > 0 and detect(at(stream, 0, min(HEAD, directory.first))) not in ("", "zip"):
        raise Found("polyglot", "in front of the ZIP")
    if directory.after < size_of(stream) and detect(at(stream, directory.after, HEAD)):
        raise Found("polyglot", "behind the ZIP")


def _refuse_overlaps(entries: list[Entry]) -> None:
    """Members that share their bytes multiply what comes out."""
    # A set: two directories may well list the same members.
    extents = sorted({(e.start, _data_at(e, e.local) + e.central.packed) for e in entries if e.central and e.local})
    for (_, end), (start, _) in zip(extents, extents[1:], strict=False):
        if start < end:
            raise Found("overlap", f"at {start}")


def members(stream: BinaryIO, directory: Directory, budget: Budget) -> Iterator[Member]:
    """The contents, in every reading that the headers allow. Raises Found when a listed member has none."""
    listed = any(entry.central for entry in directory.entries)
    for entry in directory.entries:
        name = name_of(entry)
        must = entry.central is not None or not listed
        readable = False
        for start, header, packed in _readings(entry):
            if header.method not in METHODS:
                continue
            try:
                unpacked = unpack(stream, start, packed, header, budget)
            except Found as found:
                if found.reason != "damaged":
                    found.inside = found.inside or name
                    raise
                continue
            sure = _as_noted(entry, header.method, unpacked)
            readable = readable or sure
            yield Member(name, unpacked.content, sure)
        if must and not readable:
            unknown = {header.method for header in entry.headers}.isdisjoint(METHODS)
            raise Found("method" if unknown else "damaged", "content", inside=name)


def _readings(entry: Entry) -> list[tuple[int, Header, int]]:
    """(start, header, packed): what the central directory says, and the local header where it says something else."""
    central, local = entry.central, entry.local
    if local is None:
        return []
    starts = [_data_at(entry, local)]
    if central is not None and len(central.name) != len(local.name):
        starts.append(entry.start + 30 + len(central.name) + len(local.extra))
    told: dict[tuple[int, int], Header] = {}
    for header in entry.headers:
        if header is central or header.packed or not header.streamed:
            told.setdefault((header.packed, header.method), header)
    if not told:
        return [(starts[0], local, entry.limit - starts[0])]
    return [(start, header, header.packed) for header in told.values() for start in starts]


def _data_at(entry: Entry, local: Header) -> int:
    return entry.start + 30 + len(local.name) + len(local.extra)


def _as_noted(entry: Entry, method: int, unpacked: Unpacked) -> bool:
    noted = [h for h in entry.headers if h is entry.central or not (h.streamed and not h.crc)]
    if not unpacked.whole:
        return False
    # What was never packed cannot have been unpacked wrongly: it is there, whatever its CRC.
    stored = method == 0 and unpacked.size in {h.size for h in noted}
    return stored or not noted or unpacked.crc in {h.crc for h in noted}
