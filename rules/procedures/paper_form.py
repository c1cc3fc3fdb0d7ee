"""様式ダウンロード: the paper forms of a procedure, taken in with its file and handed out from its page."""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable
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


Content = Path | bytes
Find = Callable[[str], Content | None]
"""The content of a paper form by its file name, or None."""

# What the library raises on a ZIP that was damaged, or made to be: sizes and places in it are whatever they say.
BROKEN_ZIP = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, ArithmeticError, LookupError, EOFError, OSError,
    RuntimeError, ValueError, MemoryError,
)  # fmt: skip

# The position of a form that only the draft has: published with it, seen by nobody before.
_WAITING = -1


@dataclass(frozen=True)
class Checked:
    """A file that was found and is what its name says."""

    name: str
    title: str
    content: Content
    size: int
    sha256: str

    def open(self) -> BinaryIO:
        return io.BytesIO(self.content) if isinstance(self.content, bytes) else self.content.open("rb")


def _ending(name: str) -> str:
    return name.rpartition(".")[2]


def in_folder(folder: Path, procedure: str) -> Find:
    """The forms in a folder; those of one procedure alone stand in a folder of its name there."""

    def find(name: str) -> Content | None:
        return next((path for path in (folder / procedure / name, folder / name) if path.is_file()), None)

    return find


def check(document: Document, find: Find) -> list[Checked]:
    """The files a procedure file names, all there and sound; else a Refusal that names the first that is not."""
    return [checked(entry["file"], entry["title"], find(entry["file"])) for entry in document.get("paper_forms", ())]


def beside(document: Document, find: Find) -> tuple[list[Checked], list[Document]]:
    """The files it names as far as they are there, all sound, and its entries for those that are not."""
    found = [(entry, find(entry["file"])) for entry in document.get("paper_forms", ())]
    there = [checked(entry["file"], entry["title"], content) for entry, content in found if content is not None]
    return there, [entry for entry, content in found if content is None]


def checked(name: str, title: str, content: Content | None) -> Checked:
    """One of them."""
    if content is None:
        raise Refusal(not_there(name, title))
    place = f"様式 {content if isinstance(content, Path) else name}"
    size = len(content) if isinstance(content, bytes) else content.stat().st_size
    if not 0 < size <= MAX_SIZE:
        raise Refusal(f"{place}：空のファイルと、10MBより大きいファイルは使えません。")
    found = Checked(name, title, content, size, _digest(content))
    if not _is_what_it_says(found):
        raise Refusal(f"{place}：中身が、名前（.{_ending(name)}）の種類と違います。")
    return found


def not_there(name: str, title: str) -> str:
    return f"様式「{title}」のファイル forms/{name} がありません。"


def _digest(content: Content) -> str:
    return sha256(content if isinstance(content, bytes) else content.read_bytes()).hexdigest()


def _is_what_it_says(found: Checked) -> bool:
    media_type, inside = KINDS[_ending(found.name)]
    with found.open() as file:
        if not inside:
            return b"%PDF-" in file.read(1024)
        try:
            with zipfile.ZipFile(file) as packed:
                if inside not in packed.namelist():
                    return False
                return not media_type.startswith(_OPEN) or _says(packed, media_type)
        except BROKEN_ZIP:
            return False


def _says(packed: zipfile.ZipFile, media_type: str) -> bool:
    with packed.open("mimetype") as file:
        return file.read(200).decode("ascii", "replace") == media_type


# ---------------------------------------------------------------- kept


def of_draft(procedure: Procedure) -> dict[str, PaperForm]:
    """The forms a draft can name, by file name: its own, else the published ones."""
    rows = PaperForm.rows("procedure_id = {} ORDER BY position DESC, id DESC", procedure.id)
    return {row.name: row for row in rows}


def of_published(procedure: Procedure) -> dict[str, PaperForm]:
    """The forms residents are offered, by file name and in their order."""
    rows = PaperForm.rows("procedure_id = {} AND position >= 0 ORDER BY position, id", procedure.id)
    return {row.name: row for row in rows}


def lacking(procedure: Procedure, document: Document) -> list[str]:
    """A sentence for each form that a document names and the procedure does not have: it could not be offered."""
    present = of_draft(procedure)
    named = [(str(entry.get("file")), str(entry.get("title"))) for entry in document.get("paper_forms", ())]
    return [
        f"paper_forms：様式「{title}」のファイル {file} がありません。" for file, title in named if file not in present
    ]


def store(found: list[Checked], procedure: Procedure | None) -> dict[str, str]:
    """Write what the procedure does not have yet to disk: {name: stored_as}; before the transaction of `add`."""
    rows = PaperForm.rows("procedure_id = {}", procedure.id) if procedure is not None else []
    present = {(row.name, row.sha256) for row in rows}
    stored = {}
    for file in found:
        if (file.name, file.sha256) not in present:
            with file.open() as stream:
                stored[file.name] = storage.store(stream)[0]
    return stored


def add(procedure: Procedure, found: list[Checked], stored: dict[str, str]) -> None:
    """Make these the forms of the draft: nobody sees them before it is published. Call inside a transaction.

    What the draft names and is not among them stays as it is.
    """
    rows = PaperForm.rows("procedure_id = {}", procedure.id)
    present = {(row.name, row.sha256) for row in rows}
    wanted = {(file.name, file.sha256) for file in found}
    kept = {entry["file"] for entry in procedure.draft.get("paper_forms", ())} - {file.name for file in found}
    for row in rows:
        if row.position == _WAITING and row.name not in kept and (row.name, row.sha256) not in wanted:
            _remove(row)
    for file in found:
        if (file.name, file.sha256) in present:
            continue
        if file.name not in stored:
            raise Refusal("ほかの職員が、同じ手続きを同時に読み込みました。もう一度読み込んでください。")
        add_one(procedure, file, stored[file.name])


def add_one(procedure: Procedure, file: Checked, stored_as: str) -> None:
    """Give the draft one form more; nobody sees it before it is published. Call inside a transaction."""
    PaperForm.create(
        procedure=procedure,
        title=file.title,
        name=file.name,
        stored_as=stored_as,
        size=file.size,
        sha256=file.sha256,
        content_type=KINDS[_ending(file.name)][0],
        position=_WAITING,
    )


def settle(procedure: Procedure, document: Document) -> None:
    """Offer the forms that a published document names, in its order, and no others; call inside a transaction.

    A form that did not change keeps its row, and with it its address.
    """
    present = of_draft(procedure)
    titles = {entry["file"]: entry["title"] for entry in document.get("paper_forms", ())}
    kept = set()
    for position, (name, title) in enumerate(titles.items()):
        if row := present.get(name):
            kept.add(row.id)
            if (row.title, row.position) != (title, position):
                row.title, row.position = title, position
                row.save()
    for row in PaperForm.rows("procedure_id = {}", procedure.id):
        if row.id not in kept:
            _remove(row)


def forget_draft(procedure: Procedure) -> None:
    """Drop the forms that only the draft had; call inside the transaction that drops the draft."""
    for row in PaperForm.rows("procedure_id = {} AND position = {}", procedure.id, _WAITING):
        _remove(row)


def _remove(row: PaperForm) -> None:
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
    rows = ask(
        "SELECT id, title, name, size FROM paper_form WHERE procedure_id = {} AND position >= 0 ORDER BY position",
        procedure.id,
    )
    return [Link(key, title, _ending(name).upper(), size_label(size)) for key, title, name, size in rows]


def named(procedure: int, name: object) -> Link | None:
    """The paper form of a procedure with that file name, as a question of its form offers it."""
    row = PaperForm.row("procedure_id = {} AND name = {} ORDER BY position DESC", procedure, str(name))
    return None if row is None else Link(row.id, row.title, _ending(row.name).upper(), size_label(row.size))


def open_form(procedure: Procedure, key: int) -> tuple[PaperForm, BinaryIO]:
    """A paper form that is offered, with its content, or Missing."""
    found = PaperForm.row("id = {} AND procedure_id = {} AND position >= 0", key, procedure.id)
    if found is None:
        raise Missing
    return found, storage.open_stored(found)
