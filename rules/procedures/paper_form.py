"""様式ダウンロード: the paper forms of a procedure, taken in with its file and handed out from its page."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import clock
from models import PaperForm, Procedure, ask
from rules import Refusal
from rules.files import storage
from rules.forms.fields import size_label
from rules.records.access import Missing

Document = dict[str, Any]

MAX_SIZE = 10 * 1024 * 1024
_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."
# Ending -> (media type, what stands inside such a file)
KINDS = {
    "pdf": ("application/pdf", ""),
    "docx": (f"{_OFFICE}wordprocessingml.document", "word/document.xml"),
    "xlsx": (f"{_OFFICE}spreadsheetml.sheet", "xl/workbook.xml"),
    "odt": (f"{_OPEN}text", "content.xml"),
    "ods": (f"{_OPEN}spreadsheet", "content.xml"),
}


@dataclass(frozen=True)
class Checked:
    """A file that was found and is what its name says."""

    title: str
    path: Path
    size: int
    sha256: str

    @property
    def media_type(self) -> str:
        return KINDS[_ending(self.path.name)][0]


def _ending(name: str) -> str:
    return name.rpartition(".")[2]


def check(document: Document, folder: Path) -> list[Checked]:
    """The files a procedure file names, all there and sound; else a Refusal that names the first that is not."""
    return [_checked(folder / entry["file"], entry["title"]) for entry in document.get("paper_forms", ())]


def _checked(path: Path, title: str) -> Checked:
    if not path.is_file():
        raise Refusal(f"{path}: the paper form does not exist")
    size = path.stat().st_size
    if not 0 < size <= MAX_SIZE:
        raise Refusal(f"{path}: a paper form must not be empty nor larger than 10 MB")
    if not _is_what_it_says(path):
        raise Refusal(f"{path}: the content is not what its name says")
    return Checked(title, path, size, sha256(path.read_bytes()).hexdigest())


def _is_what_it_says(path: Path) -> bool:
    media_type, inside = KINDS[_ending(path.name)]
    if not inside:
        with path.open("rb") as file:
            return b"%PDF-" in file.read(1024)
    try:
        with zipfile.ZipFile(path) as packed:
            if inside not in packed.namelist():
                return False
            return not media_type.startswith(_OPEN) or packed.read("mimetype").decode("ascii", "replace") == media_type
    except (zipfile.BadZipFile, KeyError, RuntimeError, NotImplementedError):
        return False


def store(checked: list[Checked], procedure: Procedure | None) -> dict[str, str]:
    """Write what the procedure does not have yet to disk: {name: stored_as}; before the transaction of `replace`."""
    present = {(row.name, row.sha256) for row in _of(procedure)} if procedure is not None else set()
    stored = {}
    for file in checked:
        if (file.path.name, file.sha256) not in present:
            with file.path.open("rb") as stream:
                stored[file.path.name] = storage.store(stream)[0]
    return stored


def _of(procedure: Procedure) -> list[PaperForm]:
    return PaperForm.rows("procedure_id = {} ORDER BY position, id", procedure.id)


def replace(procedure: Procedure, checked: list[Checked], stored: dict[str, str]) -> None:
    """Make these the procedure's paper forms, in this order; call inside a transaction.

    A file that did not change keeps its row, and with it its address.
    """
    present = {(row.name, row.sha256): row for row in _of(procedure)}
    for position, file in enumerate(checked):
        row = present.pop((file.path.name, file.sha256), None)
        if row is not None:
            row.title, row.position = file.title, position
            row.save()
        elif file.path.name not in stored:
            raise Refusal(f"{file.path}: somebody else loaded this procedure at the same time. Load it again.")
        else:
            PaperForm.create(
                procedure=procedure,
                title=file.title,
                name=file.path.name,
                stored_as=stored[file.path.name],
                size=file.size,
                sha256=file.sha256,
                content_type=file.media_type,
                position=position,
            )
    for row in present.values():
        row.delete_instance()
        storage.retire(row.stored_as, clock.now())


class Link(NamedTuple):
    """A paper form as the guidance page offers it."""

    id: int
    title: str
    kind: str
    size: str


def links(procedure: Procedure) -> list[Link]:
    """What can be downloaded for a procedure."""
    rows = ask("SELECT id, title, name, size FROM paper_form WHERE procedure_id = {} ORDER BY position", procedure.id)
    return [Link(key, title, _ending(name).upper(), size_label(size)) for key, title, name, size in rows]


def open_form(procedure: Procedure, key: int) -> tuple[PaperForm, BinaryIO]:
    """A paper form of a procedure with its content, or Missing."""
    found = PaperForm.row("id = {} AND procedure_id = {}", key, procedure.id)
    if found is None:
        raise Missing
    return found, storage.open_stored(found)
