"""書出しと取込み by staff: whose procedures go out as a set, and what is looked at before an upload is kept."""

from __future__ import annotations

import logging
from typing import BinaryIO

from models import Procedure, Town
from rules import Refusal
from rules.files import scanner
from rules.files.received import Scan
from rules.procedures import editing, loading
from rules.procedures.loading import Plan, Source
from rules.procedures.upload_set import MAX_UPLOAD
from rules.procedures.written import MAX_BYTES
from rules.records import audit, towns
from rules.records.access import Missing
from rules.records.session import SignedInStaff

log = logging.getLogger("madoguchi.files")

MOST_MB = MAX_UPLOAD // 1024 // 1024
MOST_MB_OF_ONE = MAX_BYTES // 1024 // 1024


def sources(name: str, size: int, stream: BinaryIO) -> list[Source]:
    """The procedure files of an upload; a Refusal speaks of the file that was chosen."""
    try:
        if not size:
            raise Refusal("空のファイルです。別のファイルを選んでください。")
        if size > MAX_UPLOAD:
            raise Refusal(f"ファイルが大きすぎます。{MOST_MB}MBまでにしてください。手続きを1つずつ選ぶこともできます。")
        return loading.read_upload(name, stream)
    except Refusal as refusal:
        raise Refusal("", {"q-file": refusal.message}) from None


def plan(me: SignedInStaff, found: list[Source]) -> Plan:
    """What the files would change in one's own town, as drafts."""
    return loading.plan(_town(me), found, by=me)


def own_set(me: SignedInStaff) -> tuple[Town, list[str]]:
    """One's town, and the ids of the procedures one may edit that are not closed: what goes out as a set."""
    mine = editing.own_procedures(me).where(Procedure.closed_at.is_null()).order_by(Procedure.slug)
    return _town(me), [row.slug for row in mine]


def _town(me: SignedInStaff) -> Town:
    found = towns.staff_town(me)
    if found is None:
        raise Missing
    return found


def scan_papers(me: SignedInStaff, made: Plan, scan: Scan) -> None:
    """Refuse paper forms that the virus scanner does not find clean; slow, never inside a transaction."""
    for change in made.wanted:
        for paper in change.papers:
            with paper.open() as stream:
                verdict = scan(stream)
            if not verdict.clean:
                raise Refusal("", {"q-file": _unclean(me, paper.name, verdict.virus, verdict.reason, verdict.busy)})


def _unclean(me: SignedInStaff, name: str, virus: str, reason: str, busy: bool) -> str:
    if virus:
        log.warning("a paper form with a virus was refused: %s", virus)
        audit.record("virus_found", staff=me, virus=virus)
        return (
            f"様式「{name}」から、ウイルスの疑いがあるもの（{virus}）が見つかったため、取り込みませんでした。"
            "ファイルを渡してくれた町と、情報システムの担当者に知らせてください。"
        )
    if busy:
        return "ただいま混み合っています。少し待ってから、もう一度ファイルを選んで、内容を確かめてください。"
    log.error("no verdict of the virus scanner: %s", reason)
    scanner.note(reason)
    return "ただいまウイルス検査ができないため、様式を取り込めません。あとで、もう一度ファイルを選んでください。"
