"""書出しと取込み: procedures as files, one or the whole set, and files of this or another town taken in as drafts."""

from __future__ import annotations

import io
import os
from typing import BinaryIO

from outside import antivirus
from rules import Refusal
from rules.procedures import export, kept_upload, loading, taking_in, versions
from rules.procedures.export import Exported
from rules.procedures.loading import Plan
from views.staff.versions.ground import LIST, ONE, home, own
from web import Who, asked, brought, download, get, here, page, post, to

_IMPORT = f"{LIST}/import"
_CHECK = f"{_IMPORT}/check"
_OVER = "ファイルを選んでから1時間たったため、何も取り込んでいません。もう一度、ファイルを選んでください。"
_DONE = "この取込みは、もう済んでいます。"
_MOVED_ON = (
    "この画面を開いたあとで、手続きが変わりました。まだ何も取り込んでいません。"
    "下の内容を見直して、よければ、もう一度「下書きとして取り込む」を押してください。"
)


# ---------------------------------------------------------------- 書出し


@get(f"{ONE}/export", who=Who.CLERK, heavy=True)
def export_one(id: int):
    """What is published, else the draft; `which=draft` asks for the draft."""
    wanted = own(id)
    again = home(id, "export?partial=1")
    if asked("which") == "draft":
        return _hand_out(versions.draft_files(wanted), f"{wanted.slug}-draft", f"{again}&which=draft")
    return _hand_out(export.collect(wanted.town, [wanted.slug]), wanted.slug, again)


@get(f"{LIST}/export", who=Who.CLERK, heavy=True)
def export_all():
    """Every procedure of the town that is not closed; a clerk's are those of the own divisions."""
    town, slugs = taking_in.own_set(here().member)
    exported = export.collect(town, slugs)
    if not exported.files:
        raise Refusal("書き出す手続きが、まだありません。")
    return _hand_out(exported, f"procedures-{town.code}", f"{LIST}/export?partial=1", as_set=True)


def _hand_out(exported: Exported, name: str, again: str, *, as_set: bool = False):
    """One file as it is; with paper forms, or a set, a ZIP. Where a paper form lacks, a page says so first."""
    if exported.remarks and not asked("partial", 1):
        return page("staff/versions/lacking.html", path=LIST, remarks=exported.remarks, again=again)
    if as_set or exported.papers or exported.remarks:
        return _zip(exported, name)
    (content,) = exported.files.values()
    return download(io.BytesIO(content), f"{name}.json", "application/json; charset=UTF-8", len(content))


def _zip(exported: Exported, name: str):
    stream = export.packed(exported)
    return download(stream, f"{name}.zip", "application/zip", _size(stream))


def _size(stream: BinaryIO) -> int:
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    return size


# ---------------------------------------------------------------- 取込み


@get(_IMPORT, who=Who.CLERK)
def ask_for_file():
    return page("staff/versions/import.html", path=LIST, most=taking_in.MOST_MB, most_of_one=taking_in.MOST_MB_OF_ONE)


@post(_IMPORT, who=Who.CLERK, again=ask_for_file)
def upload():
    """Nothing is taken in yet: the next page says what would change."""
    me = here().member
    file = next((one for one in here().uploads if one.field == "file"), None)
    if file is None:
        raise Refusal("", {"q-file": "ファイルを選んでください。"})
    made = taking_in.plan(me, taking_in.sources(file.name, file.size, file.stream))
    taking_in.scan_papers(me, made, antivirus.scan)
    file.stream.seek(0)
    try:
        kept = kept_upload.keep(me, file.name, file.stream)
    except OSError:
        sentence = "ファイルを置く場所が、役場の装置に足りないようです。あとで、もう一度選んでください。"
        raise Refusal("", {"q-file": sentence}) from None
    return to(f"{_CHECK}?kept={kept}")


def _planned(token: str) -> tuple[str, Plan]:
    me = here().member
    name, stream = kept_upload.opened(me, token)
    with stream:
        return name, taking_in.plan(me, loading.read_upload(name, stream))


@get(_CHECK, who=Who.CLERK)
def check():
    token = brought("kept")
    try:
        name, made = _planned(token)
    except kept_upload.Over:
        return to(_IMPORT, said=_OVER)
    except kept_upload.Done:
        return to(LIST, said=_DONE)
    return page(
        "staff/versions/check.html",
        path=LIST,
        file=name,
        plan=made,
        kept=token,
        same=[change for change in made.changes if change.state == loading.SAME],
        words={loading.NEW: "新しい手続き", loading.CHANGED: "変わる手続き"},
    )


@post(_CHECK, who=Who.CLERK, again=check)
def take_in():
    now = here()
    me, token = now.member, now.form.get("kept")
    try:
        if now.form.act() == "stop":
            kept_upload.drop(me, token)
            return to(_IMPORT, said="取込みをやめました。何も変わっていません。")
        _, made = _planned(token)
        if not made.faults and made.mark != now.form.get("mark"):
            raise Refusal(_MOVED_ON)
        taken = loading.take_in(made, by=me)
        kept_upload.drop(me, token)
    except kept_upload.Over:
        return to(_IMPORT, said=_OVER)
    except kept_upload.Done:
        return to(LIST, said=_DONE)
    said = f"{len(taken)}件の手続きを、下書きとして取り込みました。まだ公開していません。"
    return to(f"{LIST}/{taken[0].id}" if len(taken) == 1 else LIST, said=said)
