"""「この項目を出すのは」: a condition, chosen in two steps: the earlier question, then what its answer has to be."""

from __future__ import annotations

from typing import Any

from rules import Refusal
from rules.procedures import edit_acts, edit_conditions, editing
from rules.procedures.edit_conditions import ALWAYS
from rules.procedures.edit_sheet import Sheet, one_of
from rules.records.access import Missing
from views.staff.procedures.ground import ONE, Ground, explained, ground, home, revision, sheet_page
from web import Who, brought, get, here, post, to

_OF_QUESTION = f"{ONE}/questions/<key>/condition"
_OF_PAGE = f"{ONE}/pages/<key>/condition"


def _draw(at: Ground, part: dict[str, Any], label: str, back: str, **whose: str):
    """The first step, or with `on` the second."""
    earlier = edit_conditions.before(at.document, **whose)
    on, condition = brought("on", 60), part.get("show_if")
    chosen = next((q for q in earlier if q["key"] == on), None)
    known = {q["key"] for q in earlier}
    sheet = _first(earlier, condition, known) if chosen is None else edit_conditions.sheet(chosen, condition)
    return sheet_page(
        "staff/procedures/condition.html",
        at,
        "出す条件",
        sheet,
        (label, back),
        action=f"{back}/condition",
        back=back,
        part_label=label,
        is_page="page" in whose,
        on=on if chosen else "",
        earlier=earlier,
        present=edit_conditions.words(at.document, part),
    )


def _first(earlier: list[dict[str, Any]], condition: dict[str, Any] | None, known: set[str]) -> Sheet:
    looked_at = (condition or {}).get("question")
    asked = one_of("on", "どの項目の答えで決めますか", edit_conditions.on_choices(earlier), look="select")
    return Sheet([asked], {"on": looked_at if looked_at in known else ALWAYS})


def _write(id: int, back: str, **whose: str):
    """「次へ進む」 of the first step leads to the second; 「保存する」 of the second keeps the condition."""
    now, at = here(), ground(id)
    on = now.form.get("on")
    said = "保存しました。まだ公開していません。"
    if on == ALWAYS:
        edit_acts.set_condition(now.member, id, revision(), None, **whose)
        return to(back, said=said)
    chosen = next((q for q in edit_conditions.before(at.document, **whose) if q["key"] == on), None)
    if chosen is None:
        raise Refusal("", {"q-on": "条件にする項目を選んでください。"})
    if now.form.act() != "save":
        return to(f"{back}/condition?on={on}")
    values = edit_conditions.sheet(chosen, None).read(now.form)
    edit_acts.set_condition(now.member, id, revision(), edit_conditions.made(chosen, values), **whose)
    return to(back, said=said)


@get(_OF_QUESTION, who=Who.CLERK)
@explained
def of_question(id: int, key: str):
    at = ground(id)
    if "." in key:
        raise Missing
    present = editing.question_of(at.document, key)
    return _draw(at, present, present["label"], home(id, f"questions/{key}"), question=key)


@post(_OF_QUESTION, who=Who.CLERK, again=of_question)
def write_of_question(id: int, key: str):
    editing.question_of(ground(id).document, key)
    return _write(id, home(id, f"questions/{key}"), question=key)


@get(_OF_PAGE, who=Who.CLERK)
@explained
def of_page(id: int, key: str):
    at = ground(id)
    present = editing.page_of(at.document, key)
    return _draw(at, present, present["title"], home(id, f"pages/{key}"), page=key)


@post(_OF_PAGE, who=Who.CLERK, again=of_page)
def write_of_page(id: int, key: str):
    editing.page_of(ground(id).document, key)
    return _write(id, home(id, f"pages/{key}"), page=key)
