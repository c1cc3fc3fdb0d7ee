"""Pages of a form in the editor: new, their texts, their place, and taking them away."""

from __future__ import annotations

from typing import Any

from rules.procedures import edit_acts, edit_conditions, edit_list, edit_pages, edit_settings, editing
from rules.procedures.edit_sheet import Sheet
from views.staff.procedures.ground import ONE, Ground, explained, frame, ground, home, revision, sheet_page
from web import Who, get, here, page, post, to

_PAGE = f"{ONE}/pages/<key>"
# No key of a page holds a hyphen.
_NEW = ("new-page", "new-exit")


def _sheet(at: Ground, wanted: dict[str, Any] | None, *, is_exit: bool) -> Sheet:
    others = edit_list.others(here().member, at.row.id) if is_exit else []
    return edit_pages.page_sheet(at.document, wanted, others, is_exit=is_exit)


@get(_PAGE, who=Who.CLERK)
@explained
def show(id: int, key: str):
    at = ground(id)
    if key in _NEW:
        return _new_page(at, is_exit=key == "new-exit")
    wanted = editing.page_of(at.document, key)
    return sheet_page(
        "staff/procedures/page.html",
        at,
        wanted["title"] or "題名のないページ",
        _sheet(at, wanted, is_exit="exit" in wanted),
        at_page=home(id, f"pages/{key}"),
        is_exit="exit" in wanted,
        condition=edit_conditions.words(at.document, wanted),
        rows=[
            (q, edit_settings.kind_word(q["type"]), edit_conditions.words(at.document, q)) for q in wanted["questions"]
        ],
    )


def _new_page(at: Ground, *, is_exit: bool):
    word = "申請を終える案内のページを足す" if is_exit else "ページを足す"
    told = (
        "前の答えによって、申請の対象でない方を案内するページです。次の画面で、「出す条件」を決めます。"
        if is_exit
        else "様式のいちばん後ろに足します。順番は、あとから変えられます。"
    )
    return sheet_page("staff/procedures/sheet.html", at, word, _sheet(at, None, is_exit=is_exit), told=told)


@post(_PAGE, who=Who.CLERK, again=show)
def write(id: int, key: str):
    now, at = here(), ground(id)
    if key in _NEW:
        values = _sheet(at, None, is_exit=key == "new-exit").read(now.form)
        made = edit_acts.add_page(now.member, id, revision(), values, is_exit=key == "new-exit")
        if key == "new-exit":
            return to(home(id, f"pages/{made}/condition"), said="ページを足しました。次に、出す条件を決めてください。")
        return to(home(id, f"pages/{made}"), said="ページを足しました。")
    wanted = editing.page_of(at.document, key)
    values = _sheet(at, wanted, is_exit="exit" in wanted).read(now.form)
    edit_acts.write_page(now.member, id, revision(), key, values)
    return to(home(id, f"pages/{key}"), said="保存しました。まだ公開していません。")


@get(f"{_PAGE}/place", who=Who.CLERK)
def to_overview(id: int, key: str):
    """Where a form that moves something came from."""
    return to(ground(id).home)


@explained
def _overview_again(id: int, key: str):
    at = ground(id)
    editing.page_of(at.document, key)
    return page("staff/procedures/moved.html", **frame(at, "ページの並び"), back=at.home)


@post(f"{_PAGE}/place", who=Who.CLERK, again=_overview_again)
def place(id: int, key: str):
    edit_acts.place_page(here().member, id, revision(), key, wanted_place())
    return to(home(id))


def wanted_place() -> int:
    """The place that a button 「上へ」 or 「下へ」 stands for (act_place.N); none of ours moves nothing."""
    number = here().form.act().rpartition(".")[2]
    return int(number) if number.isascii() and number.isdecimal() and len(number) < 5 else -1


@get(f"{_PAGE}/delete", who=Who.CLERK)
@explained
def ask_to_delete(id: int, key: str):
    at = ground(id)
    wanted = editing.page_of(at.document, key)
    return page(
        "staff/procedures/delete_page.html",
        **frame(at, "ページを削除する", (wanted["title"], home(id, f"pages/{key}"))),
        at_page=home(id, f"pages/{key}"),
        wanted=wanted,
        uses=edit_pages.uses_of_page(at.document, wanted),
        in_use=edit_list.in_use(at.row),
    )


@post(f"{_PAGE}/delete", who=Who.CLERK, again=ask_to_delete)
def delete(id: int, key: str):
    edit_acts.remove_page(here().member, id, revision(), key)
    return to(home(id), said="ページを削除しました。まだ公開していません。")
