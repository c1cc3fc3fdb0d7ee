"""来庁の日時: the step between the last page of a form and 内容の確認, where a time is chosen and held."""

from __future__ import annotations

from models import Application
from rules import Refusal
from rules.applications import draft
from rules.forms import form
from rules.records.access import Missing
from rules.visits import booking, occasion, shown, weeks
from views.resident.apply.ground import VISIT, kept_until, opened, page_path, path, steps
from views.resident.apply.late import closed, explained
from views.resident.apply.screens import when_stopped as nothing_to_save
from web import Saved, Who, brought, get, here, page, post, to


@get("/applications/<id:int>/visit", who=Who.APPLICANT)
@explained
def choose(id: int):
    written = opened(id)
    if written is None:
        return closed(id) if here().posted else to(f"/applications/{id}/booking")
    if not booking.is_step(written):
        return to(path(written, "confirm"))
    asked_for = _asked(written)
    if stop := form.exit_page(asked_for):
        return to(page_path(written, stop["key"]))
    counters = occasion.counters_for(written.procedure)
    held = shown.of_draft(written, counters)
    counter = brought("counter", 20) or str(held.counter or "")
    choice = weeks.choice(counters, counter, brought("week", 40), held.starts_at)
    if choice.wrong and not here().posted:
        here().errors["q-week"], here().status = choice.wrong, 422
    return page(
        "resident/apply/visit.html",
        town=written.town,
        application=written,
        document=draft.document(written),
        held=held,
        choice=choice,
        present=_present(held, choice),
        steps=steps(asked_for, VISIT, visit=True),
        action=path(written, "visit"),
        division=written.procedure.division,
        kept_until=kept_until(written),
    )


def _asked(written: Application) -> form.Form:
    """The form as far as it is asked; the answers are read only where a page depends on them."""
    whole: form.Form = draft.document(written)["form"]
    return whole if all(_always(p) for p in whole["pages"]) else draft.reading(written).form


def _always(form_page: form.Page) -> bool:
    """Whether a page is asked whatever the answers are."""
    return not form_page.get("show_if") and any(not q.get("show_if") for q in form.inputs(form_page))


def _present(held: shown.Held, choice: weeks.Choice) -> str:
    """The time that is held, where it stands in the table shown; else ""."""
    if held.starts_at is None or held.wrong or held.ran_out:
        return ""
    return weeks.key_of(held.starts_at) if choice.counter is not None and choice.counter.id == held.counter else ""


def when_stopped(id: int) -> Saved | None:
    """停止: what was typed is saved already; a time can be taken when it is over."""
    saved = nothing_to_save(id)
    return saved._replace(sentences=["来庁の日時は、まだ選ばれていません。", *saved.sentences]) if saved else None


@post("/applications/<id:int>/visit", who=Who.APPLICANT, again=choose, when_stopped=when_stopped)
@explained
def take(id: int):
    now, written = here(), opened(id)
    if written is None:
        return closed(id)
    act, _, slot = now.form.act().partition(".")
    if act == "save":
        return to(path(written, "draft"))
    if act == "back":
        return to(_last_page(written))
    if not booking.is_step(written):
        raise Missing
    if act == "take":
        made = booking.choose(now.person, id, now.form.get("counter"), slot)
        said = (
            f"{shown.day_words(made)}の席を、{shown.until_words(made)}まで取っておきます。それまでに申請してください。"
        )
        return to(path(written, "confirm"), said=said)
    booking.renew(now.person, id)
    return to(path(written, "confirm"))


def _last_page(written: Application) -> str:
    pages = form.pages(_asked(written))
    if not pages:
        raise Refusal("前のページがありません。")
    return page_path(written, pages[-1]["key"])
