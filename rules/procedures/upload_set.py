"""手続きファイルの一組: files with their paper forms beside, from a folder or an upload; nothing in them is trusted."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NamedTuple

from rules import Refusal
from rules.procedures import paper_form
from rules.procedures.paper_form import BROKEN_ZIP, Content, Find
from rules.procedures.written import MAX_BYTES
from rules.values import text

MAX_MEMBERS = 1000
MAX_TOTAL = 100 * 1024 * 1024
MAX_UPLOAD = 50 * 1024 * 1024
_FORMS = "forms"
_CHUNK = 256 * 1024
# The mark of an entry in a ZIP's list of contents; office files stored inside have such lists of their own.
_LISTED, _MOST_LISTED = b"PK\x01\x02", 20_000
_TOO_MANY = f"ZIPファイルの中のファイルが多すぎます。{MAX_MEMBERS:,}個までにしてください。"
# What the systems people pack with add of their own.
_IGNORED = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")
# What `export` has to say about a set, beside its files.
REMARKS = "remarks.txt"


class Source(NamedTuple):
    """A procedure file as it came: its name for sentences, its content, and where its paper forms are."""

    name: str
    content: bytes
    find: Find


def from_folder(path: Path) -> Source:
    """A file on disk, its paper forms in `forms` beside; raises Refusal where it cannot be read."""
    if not path.is_file():
        raise Refusal(f"{path}：ファイルがありません。")
    # One byte more than is taken: the size is told from the content, whatever the disk says of it.
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    return Source(str(path), content, paper_form.in_folder(path.parent / _FORMS, path.stem))


def read_upload(name: str, stream: BinaryIO) -> list[Source]:
    """The procedure files of an upload: one file, or a ZIP laid out as `export` writes it; raises Refusal."""
    stream.seek(0, io.SEEK_END)
    if stream.tell() > MAX_UPLOAD:
        raise Refusal(f"ファイルが大きすぎます。{MAX_UPLOAD // 1024 // 1024}MBまでです。")
    stream.seek(0)
    is_packed = stream.read(2) == b"PK"
    stream.seek(0)
    if not is_packed:
        return [Source(_shown(name), stream.read(MAX_BYTES + 1), lambda _: None)]
    _look_at_directory(stream)
    try:
        with zipfile.ZipFile(stream) as packed:
            members = _members(packed)
            contents = _contents(packed, members)
    except _Locked:
        raise Refusal("パスワードの付いたZIPファイルは使えません。付けずに書き出してください。") from None
    except BROKEN_ZIP:
        raise Refusal("ZIPファイルがこわれています。もう一度書き出してください。") from None
    return _sources(contents)


class _Locked(Exception):
    """A member of a ZIP has a password."""


def _look_at_directory(stream: BinaryIO) -> None:
    """Refuse a list of contents that would fill the memory when it is only read."""
    listed, tail = 0, b""
    while piece := stream.read(_CHUNK):
        listed += (tail + piece).count(_LISTED)
        tail = piece[-3:]
    stream.seek(0)
    if listed > _MOST_LISTED:
        raise Refusal(_TOO_MANY)


def _shown(name: str) -> str:
    return text.one_line(text.clean(PurePosixPath(name.replace("\\", "/")).name))[:100] or "ファイル"


def _members(packed: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    found = [member for member in packed.infolist() if not member.is_dir() and not _is_ignored(member.filename)]
    if len(found) > MAX_MEMBERS:
        raise Refusal(_TOO_MANY)
    return found


def _is_ignored(path: str) -> bool:
    return path == REMARKS or any(part in _IGNORED for part in path.replace("\\", "/").split("/"))


def _contents(packed: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> dict[PurePosixPath, bytes]:
    """What stands in a ZIP, counted while it is unpacked: the sizes it names itself are not believed."""
    found: dict[PurePosixPath, bytes] = {}
    total = 0
    for member in members:
        path = _path(member.filename)
        if member.flag_bits & 1:
            raise _Locked(member.filename)
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise zipfile.BadZipFile(member.compress_type)
        most = paper_form.MAX_SIZE if path.suffix.lower() != ".json" else MAX_BYTES
        with packed.open(member) as file:
            content = file.read(most + 1)
        total += len(content)
        if total > MAX_TOTAL:
            raise Refusal(f"ZIPファイルの中身が大きすぎます。全部で{MAX_TOTAL // 1024 // 1024}MBまでにしてください。")
        if path in found:
            raise Refusal(f"ZIPファイルの中に、{_shown(member.filename)} が二度あります。")
        found[path] = content
    return found


def _path(name: str) -> PurePosixPath:
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in name or "\0" in name or len(path.parts) > 5:
        raise Refusal("ZIPファイルの中に、使えない名前のファイルがあります。この画面で書き出したZIPを使ってください。")
    return path


def _sources(contents: dict[PurePosixPath, bytes]) -> list[Source]:
    files = [path for path in contents if path.suffix.lower() == ".json"]
    if not files:
        raise Refusal("ZIPファイルの中に、手続きのファイル（名前が .json で終わるもの）がありません。")
    for path in contents:
        if path.suffix.lower() != ".json" and _FORMS not in path.parts[:-1]:
            name = _shown(str(path))
            raise Refusal(f"ZIPファイルの中の {name} は、手続きのファイルでも、forms フォルダーの様式でもありません。")
    return [Source(_shown(str(path)), contents[path], _beside(path, contents)) for path in sorted(files)]


def _beside(path: PurePosixPath, contents: dict[PurePosixPath, bytes]) -> Find:
    def find(name: str) -> Content | None:
        places = (path.parent / _FORMS / path.stem / name, path.parent / _FORMS / name)
        return next((contents[place] for place in places if place in contents), None)

    return find
