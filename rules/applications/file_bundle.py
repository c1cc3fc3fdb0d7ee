"""すべてのファイル: what was sent last and what was issued, in one ZIP with a manifest, every byte proved before."""

from __future__ import annotations

import logging
import tempfile
import zipfile
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, cast

import clock
from models import Application, Attachment, IssuedDocument, Submission, transaction
from rules.applications import issued_document, submission
from rules.files import file_names, handing_out, storage
from rules.files.received import Scan, Scanned
from rules.forms.form import questions
from rules.procedures import procedure
from rules.records import numbering
from rules.records.access import Missing
from rules.records.session import SignedInStaff
from rules.values.calendar import show_instant

log = logging.getLogger("madoguchi.files")

MANIFEST = "manifest.txt"
_ISSUED = "交付物"
# Up to here it never touches the disk.
_IN_MEMORY = 4 * 1024 * 1024
_CHUNK = 256 * 1024


@dataclass(frozen=True)
class Bundle:
    """The ZIP, ready to be read from its beginning; `lacking` is (name, why) of each file that stayed out."""

    name: str
    stream: BinaryIO
    size: int
    lacking: list[tuple[str, str]]
    inside: int


@dataclass
class _Member:
    """A file on its way into the ZIP; `fault` says why it stayed out."""

    row: Attachment | IssuedDocument
    label: str
    at: datetime
    name: str = ""
    checked: str = ""
    fault: str = ""


def count(sent: Application) -> int:
    """How many files there are to be had."""
    return len(submission.latest(sent).files) + len(issued_document.of(sent))


def pack(sent: Application, by: SignedInStaff, scan: Scan, *, whole: bool = False) -> Bundle:
    """Everything in one ZIP, scanned anew; what is damaged or not clean stays out, and the manifest says so.

    A `whole` one is only wanted with everything in it: no file counts as handed out where some are lacking.
    Proving and scanning are slow: never inside a transaction.
    """
    record = submission.latest(sent)
    members = _members(sent, record)
    if not members:
        raise Missing
    names = file_names.distinct([MANIFEST, *(_wanted_name(member) for member in members)])
    target = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - handed on open
    try:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
            for member, name in zip(members, names[1:], strict=True):
                member.name = name
                _add(archive, member, sent, by, scan)
            text = _manifest(sent, record, by, members)
            archive.writestr(_entry(MANIFEST, clock.now()), text)
        size = target.tell()
        target.seek(0)
        lacking = [(member.row.name, member.fault) for member in members if member.fault]
        if not (whole and lacking):
            _note(sent, by, members)
    except BaseException:
        target.close()
        raise
    return Bundle(_name(sent, members), cast(BinaryIO, target), size, lacking, len(members) - len(lacking))


def _name(sent: Application, members: list[_Member]) -> str:
    """The name tells that something was left out, also where the file is looked at later."""
    inside = sum(not member.fault for member in members)
    less = f"_{len(members)}件のうち{inside}件" if inside < len(members) else ""
    return f"{numbering.grouped(sent.number)}{less}.zip"


def _members(sent: Application, record: Submission) -> list[_Member]:
    labels = {q["key"]: q["label"] for q in questions(procedure.document_of(record.form_version_id)["form"])}
    rows = {row.id: row for row in Attachment.rows("application_id = {}", sent.id)}
    found = [
        _Member(rows[file["id"]], labels.get(file["question"], file["question"]), rows[file["id"]].created_at)
        for file in record.files
    ]
    for row in issued_document.of(sent):
        label = f"{_ISSUED}：{row.title}" + ("（取り消したもの）" if row.withdrawn_at else "")
        found.append(_Member(row, label, row.issued_at))
    return found


def _wanted_name(member: _Member) -> str:
    row = member.row
    if not isinstance(row, IssuedDocument):
        return row.name
    return f"{'取消し_' if row.withdrawn_at else ''}{_ISSUED}_{row.name}"


def _entry(name: str, at: datetime) -> zipfile.ZipInfo:
    """A member's head; zipfile marks a name that is not ASCII as UTF-8."""
    entry = zipfile.ZipInfo(name, at.timetuple()[:6])
    entry.external_attr = 0o644 << 16
    return entry


def _add(archive: zipfile.ZipFile, member: _Member, sent: Application, by: SignedInStaff, scan: Scan) -> None:
    row = member.row
    try:
        stream = storage.open_stored(row)
    except storage.Damaged as fault:
        log.error("a file stayed out of a bundle: %s", fault)
        member.fault = "保存してあるファイルが壊れているため、入れていません。情報システムの担当者に知らせてください。"
        return
    with stream:
        verdict = scan(stream)
        if not verdict.clean:
            _withhold(member, sent, by, verdict)
            return
        member.checked = verdict.word
        stream.seek(0)
        entry = _entry(member.name, member.at)
        entry.file_size = row.size
        with archive.open(entry, "w") as place:
            while piece := stream.read(_CHUNK):
                place.write(piece)


def _withhold(member: _Member, sent: Application, by: SignedInStaff, verdict: Scanned) -> None:
    member.fault = "入れていません。" + handing_out.withheld(member.row, verdict)
    handing_out.note_withheld(by, sent, member.row, verdict)


def _note(sent: Application, by: SignedInStaff, members: list[_Member]) -> None:
    """Each file that was handed out stands in the audit log, as if it had been opened alone."""
    with transaction():
        for member in members:
            if not member.fault:
                handing_out.note_opened(by, sent, member.row, member.checked, bundle=True)


def _manifest(sent: Application, record: Submission, by: SignedInStaff, members: list[_Member]) -> bytes:
    """A text that Notepad shows as it is: UTF-8 with its mark, lines ended as on Windows."""
    document = procedure.document_of(record.form_version_id)
    lines = [
        "ファイルの一覧",
        "",
        f"申込番号：{numbering.grouped(sent.number)}",
        f"手続き：{document['name']}",
        f"受付日時：{show_instant(sent.submitted_at)}",
        f"送られた日時：{show_instant(record.at)}（{record.turn}回目）",
        f"まとめた日時：{show_instant(clock.now())}",
        f"まとめた職員：{by.name}",
        f"ファイルの数：{len(members)}",
    ]
    for number, member in enumerate(members, 1):
        row = member.row
        lines += ["", f"{number}. {member.name}", f"　項目：{member.label}"]
        lines += [f"　もとの名前：{row.name}"] * (row.name != member.name)
        lines += [f"　大きさ：{row.size:,}バイト", f"　SHA-256：{row.sha256}"]
        lines += [f"　ウイルス検査：{member.checked}"] if not member.fault else [f"　{member.fault}"]
    return b"\xef\xbb\xbf" + "\r\n".join([*lines, ""]).encode("utf-8")
