"""手続きファイルの書出し: procedures as files that any town can load, with their paper forms beside."""

from __future__ import annotations

import logging
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

from models import FormVersion, PaperForm, Procedure, Town
from rules import Refusal
from rules.files import storage
from rules.procedures import procedure_file, upload_set
from rules.procedures.procedure import as_filed, of_town_by_id

Document = dict[str, Any]

log = logging.getLogger("madoguchi.files")

_IN_MEMORY = 4 * 1024 * 1024
# A ZIP tells no time before 1980; always the same, so that the same content is the same file.
_WHEN = (1980, 1, 1, 0, 0, 0)
_LACKING = "{}（{}）：様式「{}」のファイル {} がないか、こわれているため、様式なしで書き出します。"


class Paper(NamedTuple):
    """A paper form of an exported set, and its path there."""

    path: str
    row: PaperForm


class Exported(NamedTuple):
    """Files to write: {name: content}, the paper forms, and sentences on what is named but not there."""

    files: dict[str, bytes]
    papers: list[Paper]
    remarks: list[str]


def document_of(procedure: Procedure) -> Document:
    """What a procedure's file says: the published version as it was written, else the draft."""
    if procedure.published is None:
        draft: Document = procedure.draft
        return draft
    return as_filed(procedure, FormVersion.get(procedure=procedure, number=procedure.published).document)


def file_of(procedure: Procedure) -> bytes:
    """The procedure file; without its paper forms."""
    return procedure_file.write(document_of(procedure))


def collect(town: Town, ids: Iterable[str] | None) -> Exported:
    """The files of procedures by their ids; None: all of the town that are not closed. Raises Refusal."""
    rows = of_town_by_id(town)
    wanted = [row for row in rows.values() if row.closed_at is None] if ids is None else _by_id(rows, ids)
    documents = _documents(town, wanted)
    papers, remarks = papers_of(wanted, documents, _present(town, wanted))
    files = {f"{row.slug}.json": procedure_file.write(documents[row.id]) for row in wanted}
    return Exported(files, papers, remarks)


def _by_id(rows: dict[str, Procedure], ids: Iterable[str]) -> list[Procedure]:
    unknown = [key for key in dict.fromkeys(ids) if key not in rows]
    if unknown:
        raise Refusal(f"手続き「{'」「'.join(unknown)}」はありません。何も書き出しませんでした。")
    return [rows[key] for key in dict.fromkeys(ids)]


def _documents(town: Town, wanted: list[Procedure]) -> dict[int, Document]:
    of_town = "procedure_id IN (SELECT id FROM procedure WHERE town_id = {})"
    versions = {(row.procedure_id, row.number): row.document for row in FormVersion.rows(of_town, town.id)}
    return {
        row.id: row.draft if row.published is None else as_filed(row, versions[(row.id, row.published)])
        for row in wanted
    }


_Present = dict[tuple[int, str], PaperForm]


def _present(town: Town, wanted: list[Procedure]) -> _Present:
    """The paper forms by procedure and name; what only the draft of a published procedure has stays at home."""
    of_town = "procedure_id IN (SELECT id FROM procedure WHERE town_id = {}) ORDER BY position DESC, id DESC"
    present: _Present = {}
    published = {row.id for row in wanted if row.published is not None}
    for paper in PaperForm.rows(of_town, town.id):
        if paper.position >= 0 or paper.procedure_id not in published:
            present[(paper.procedure_id, paper.name)] = paper
    return present


def papers_of(
    wanted: list[Procedure], documents: dict[int, Document], present: _Present
) -> tuple[list[Paper], list[str]]:
    """What goes along with these documents, and a sentence for each paper form that cannot."""
    named = [
        (row, str(entry.get("file")), str(entry.get("title")))
        for row in wanted
        for entry in documents[row.id].get("paper_forms", ())
    ]
    contents: dict[str, set[str]] = {}
    for row, name, _ in named:
        # One that is not there is nobody else's of that name either.
        found = present.get((row.id, name))
        contents.setdefault(name, set()).add(found.sha256 if found else row.slug)
    papers, remarks, taken = [], [], set()
    for row, name, title in named:
        found = present.get((row.id, name))
        # Two procedures may call different papers the same: then each has a folder of its own.
        path = f"forms/{name}" if len(contents.get(name, ())) <= 1 else f"forms/{row.slug}/{name}"
        if found is None or not _is_whole(found):
            remarks.append(_LACKING.format(row.name, row.slug, title, name))
        elif path not in taken:
            taken.add(path)
            papers.append(Paper(path, found))
    return papers, remarks


def _is_whole(paper: PaperForm) -> bool:
    try:
        storage.open_stored(paper).close()
    except storage.Damaged as fault:
        log.error("paper form %s: %s", paper.id, fault)
        return False
    return True


# ---------------------------------------------------------------- handing out


def into_folder(exported: Exported, folder: Path) -> list[str]:
    """Write a set below a folder, in the place of what was written there before; returns what else lies there."""
    paths = {*exported.files, *(paper.path for paper in exported.papers)}
    for name in exported.files:
        _make_way(folder / "forms" / name.removesuffix(".json"), paths)
    for name, content in exported.files.items():
        _write(folder / name, content)
    for paper in exported.papers:
        with storage.open_stored(paper.row) as stream:
            _write(folder / paper.path, stream.read())
    found = [*folder.glob("*.json"), *(folder / "forms").rglob("*")]
    return sorted(name for path in found if path.is_file() and (name := _below(folder, path)) not in paths)


def _make_way(own: Path, paths: set[str]) -> None:
    """Take out of a procedure's own folder what is written for all now: what lies there would be loaded instead."""
    if own.is_symlink() or not own.is_dir():
        return
    for path in own.iterdir():
        if f"forms/{path.name}" in paths and f"forms/{own.name}/{path.name}" not in paths:
            path.unlink()
    if not any(own.iterdir()):
        own.rmdir()


def _below(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def packed(exported: Exported) -> BinaryIO:
    """A set as a ZIP, the same content always the same bytes."""
    made = cast(BinaryIO, tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY))  # noqa: SIM115 - the caller closes it
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in exported.files.items():
            archive.writestr(_member(name), content)
        for paper in exported.papers:
            with storage.open_stored(paper.row) as stream:
                archive.writestr(_member(paper.path), stream.read())
        if exported.remarks:
            said = "".join(f"{sentence}\r\n" for sentence in exported.remarks)
            archive.writestr(_member(upload_set.REMARKS), said.encode("utf-8-sig"))
    made.seek(0)
    return made


def _member(name: str) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name, _WHEN)
    made.compress_type = zipfile.ZIP_DEFLATED
    # The same on every system: made on "Unix", readable by all.
    made.create_system, made.external_attr = 3, 0o644 << 16
    return made


def bundle(town: Town, ids: Iterable[str] | None = None) -> BinaryIO:
    """The set of procedures as a ZIP."""
    return packed(collect(town, ids))
