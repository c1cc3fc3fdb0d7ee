"""様式 in the editor: paper forms that a clerk uploads; residents see them once a version that names them is out."""

from __future__ import annotations

import re
from typing import Any, BinaryIO, NamedTuple

from models import PaperForm, Procedure, transaction
from rules import Refusal
from rules.files import file_names, received, storage
from rules.files.received import Inspect, Scan
from rules.files.upload import names
from rules.forms.fields import size_label
from rules.procedures import editing, paper_form, procedure_file
from rules.procedures.edit_sheet import Sheet, line
from rules.records.access import Missing
from rules.records.session import SignedInStaff
from rules.values import text

Document = dict[str, Any]

MOST_FORMS = 20
KINDS = ("pdf", "docx", "xlsx", "odt", "ods")
# Kinds that are looked into as the ZIP they are: the checks of residents' files know them by no name of their own.
_PACKED = ("odt", "ods")
_NAME = re.compile(procedure_file.NOT_RESERVED + "[a-z0-9][a-z0-9_-]{0,60}")


class Paper(NamedTuple):
    """A paper form of the draft, as the screen lists it."""

    name: str
    title: str
    size: str
    is_there: bool
    is_public: bool


def papers(row: Procedure, document: Document) -> list[Paper]:
    """What the draft offers, in its order."""
    present, public = paper_form.of_draft(row), paper_form.of_published(row)
    return [
        Paper(
            entry["file"],
            entry["title"],
            size_label(present[entry["file"]].size) if entry["file"] in present else "",
            entry["file"] in present,
            entry["file"] in public,
        )
        for entry in document.get("paper_forms", ())
    ]


def sheet() -> Sheet:
    """What is asked beside the file itself."""
    return Sheet([line("title", "様式の名前", "住民の方に見える名前です。例：犬の登録申請書", required=True)], {})


def question() -> dict[str, Any]:
    """The file as the checks of uploads know it."""
    return {
        "key": "file",
        "type": "file",
        "label": "様式のファイル",
        "required": True,
        "limits": {"extensions": [*KINDS]},
    }


# ---------------------------------------------------------------- acts


def add(
    me: SignedInStaff,
    key: int,
    revision: int,
    title: str,
    upload: tuple[str, int, BinaryIO],
    *,
    inspect: Inspect,
    scan: Scan,
) -> None:
    """Take in a file and name it in the draft; the checks are those of residents' files."""
    row = editing.own_procedure(me, key)
    kept = _accepted(me, upload, inspect=inspect, scan=scan)
    upload[2].seek(0)
    name = _free_name(row, kept)
    found = paper_form.checked(name, text.one_line(title).strip(), upload[2].read())
    upload[2].seek(0)
    stored_as = storage.store(upload[2])[0]

    def act(document: Document) -> None:
        forms = document.setdefault("paper_forms", [])
        if len(forms) >= MOST_FORMS:
            raise Refusal(f"様式は、{MOST_FORMS}までです。使わないものを消してから、入れてください。")
        forms.append({"file": name, "title": found.title})

    with transaction():
        changed = editing.change(me, key, revision, act)
        paper_form.add_one(changed, found, stored_as)


def _accepted(me: SignedInStaff, upload: tuple[str, int, BinaryIO], *, inspect: Inspect, scan: Scan) -> str:
    """The name to keep of a file that passed every check; a Refusal with its sentence."""
    name, size, stream = file_names.shown(upload[0]), upload[1], upload[2]
    ending = names.ending(name)
    packed = ending in _PACKED
    asked = question() | {"limits": {"extensions": ["zip"] if packed else ["pdf", "docx", "xlsx"]}}
    shown = f"{name}.zip" if packed else name
    try:
        found = received.accept(asked, shown, size, stream, inspect=inspect, scan=scan, town=me.town)
    except Refusal as refusal:
        raise Refusal("", {"q-file": refusal.message.replace(shown, name)}) from None
    return name if packed else found.name


def _free_name(row: Procedure, name: str) -> str:
    """A name for the file that no form of this procedure ever had: a file once published is never another."""
    stem, _, ending = name.rpartition(".")
    plain = stem.lower().replace(" ", "-")
    if not _NAME.fullmatch(plain):
        plain = row.slug[:50] if _NAME.fullmatch(row.slug) else "form"
    taken = {one.name for one in PaperForm.rows("procedure_id = {}", row.id)}
    taken |= {entry["file"] for entry in editing.draft_of(row).get("paper_forms", ())}
    numbers = (f"{plain}-{n}.{ending.lower()}" for n in range(2, 10_000))
    first = f"{plain}.{ending.lower()}"
    return first if first not in taken else next(one for one in numbers if one not in taken)


def _entry(document: Document, name: str) -> tuple[list[Document], int]:
    forms: list[Document] = document.get("paper_forms", [])
    for at, entry in enumerate(forms):
        if entry["file"] == name:
            return forms, at
    raise editing.Gone("様式")


def rename(document: Document, name: str, title: str) -> None:
    forms, at = _entry(document, name)
    forms[at] = {"file": name, "title": text.one_line(title).strip()}


def place(document: Document, name: str, index: int) -> None:
    """Move a form in the list; the place counts from 0."""
    forms, at = _entry(document, name)
    if 0 <= index < len(forms):
        forms.insert(index, forms.pop(at))


def remove(document: Document, name: str) -> None:
    """Name a form no longer; its file goes when the draft is published or given up."""
    forms, at = _entry(document, name)
    del forms[at]


def opened(row: Procedure, name: str) -> tuple[PaperForm, BinaryIO]:
    """A form of the draft with its content, or Missing."""
    found = paper_form.of_draft(row).get(name)
    if found is None:
        raise Missing
    return found, storage.open_stored(found)
