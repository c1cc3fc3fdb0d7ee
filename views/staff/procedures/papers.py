"""様式 in the editor: paper forms to be printed, uploaded, named, ordered and taken away."""

from __future__ import annotations

from outside import antivirus, inspector
from rules import Refusal
from rules.procedures import edit_acts, edit_papers
from rules.values.text import one_line
from views.staff.procedures.ground import ONE, Ground, explained, frame, ground, home, revision, sheet_page
from views.staff.procedures.pages import wanted_place
from web import Who, download, get, here, page, post, to

_PAPERS = f"{ONE}/paper-forms"
_ONE = f"{_PAPERS}/<name:re:[a-z0-9._-]+>"


@get(_PAPERS, who=Who.CLERK)
def papers(id: int):
    at = ground(id)
    return sheet_page(
        "staff/procedures/papers.html",
        at,
        "様式（紙の用紙）",
        edit_papers.sheet(),
        at_papers=home(id, "paper-forms"),
        papers=edit_papers.papers(at.row, at.document),
    )


@post(_PAPERS, who=Who.CLERK, again=papers)
def add(id: int):
    now = here()
    ground(id)
    chosen = next((one for one in now.uploads if one.field == "file"), None)
    errors: dict[str, str] = {}
    title = ""
    try:
        title = edit_papers.sheet().read(now.form)["title"]
    except Refusal as refusal:
        errors = dict(refusal.fields)
    if chosen is None:
        errors["q-file"] = "様式のファイルを選んでください。"
    if errors or chosen is None:
        raise Refusal("", errors)
    edit_papers.add(
        now.member,
        id,
        revision(),
        title,
        (chosen.name, chosen.size, chosen.stream),
        inspect=inspector.inspect,
        scan=antivirus.scan,
    )
    return to(home(id, "paper-forms"), said="様式を足しました。公開すると、住民の方がダウンロードできます。")


@get(_ONE, who=Who.CLERK, heavy=True)
def opened(id: int, name: str):
    found, stream = edit_papers.opened(ground(id).row, name)
    return download(stream, found.name, found.content_type, found.size)


def _again(at: Ground):
    return page("staff/procedures/moved.html", **frame(at, "様式の並び"), back=home(at.row.id, "paper-forms"))


@explained
def _one_again(id: int, name: str):
    return _again(ground(id))


@post(f"{_ONE}/order", who=Who.CLERK, again=_one_again)
def place(id: int, name: str):
    edit_acts.place_paper(here().member, id, revision(), name, wanted_place())
    return to(home(id, "paper-forms"))


@post(f"{_ONE}/title", who=Who.CLERK, again=_one_again)
def rename(id: int, name: str):
    title = one_line(here().form.get("title")).strip()
    if not title or len(title) > 200:
        raise Refusal("様式の名前を、200字までで入力してください。")
    edit_acts.rename_paper(here().member, id, revision(), name, title)
    return to(home(id, "paper-forms"), said="様式の名前を変えました。まだ公開していません。")


@post(f"{_ONE}/remove", who=Who.CLERK, again=_one_again)
def remove(id: int, name: str):
    edit_acts.remove_paper(here().member, id, revision(), name)
    return to(home(id, "paper-forms"), said="様式を外しました。公開すると、住民の方にも見えなくなります。")
