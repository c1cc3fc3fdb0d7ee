"""決まり, 手続案内 and the wording of mails: the texts and rules of a procedure, a screen each."""

from __future__ import annotations

from typing import Any, NamedTuple

from rules.procedures import edit_acts, edit_papers, edit_rules, edit_texts, guidance
from rules.procedures.edit_sheet import Sheet
from views.staff.procedures.ground import ONE, Ground, frame, ground, home, revision, sheet_page
from web import Who, get, here, page, post, to

_SAVED = "保存しました。まだ公開していません。"


def _rules_sheet(at: Ground) -> Sheet:
    return edit_rules.sheet(here().member, at.document, published=at.row.published is not None)


@get(f"{ONE}/rules", who=Who.CLERK)
def rules(id: int):
    at = ground(id)
    return sheet_page("staff/procedures/sheet.html", at, "決まり", _rules_sheet(at))


@post(f"{ONE}/rules", who=Who.CLERK, again=rules)
def write_rules(id: int):
    now = here()
    edit_acts.write_rules(now.member, id, revision(), _rules_sheet(ground(id)).read(now.form))
    return to(home(id), said=_SAVED)


# ---------------------------------------------------------------- 手続案内


@get(f"{ONE}/guidance", who=Who.CLERK)
def guidance_texts(id: int):
    at = ground(id)
    return _guidance_page(at, None)


def _guidance_page(at: Ground, preview: dict[str, Any] | None):
    sheet = edit_texts.guidance_sheet(at.document)
    return sheet_page("staff/procedures/guidance.html", at, "手続案内の文", sheet, preview=preview)


@post(f"{ONE}/guidance", who=Who.CLERK, again=guidance_texts)
def write_guidance(id: int):
    now, at = here(), ground(id)
    values = edit_texts.guidance_sheet(at.document).read(now.form)
    if now.form.act() == "save":
        edit_acts.write_guidance(now.member, id, revision(), values)
        return to(home(id), said=_SAVED)
    shown = {**at.document}
    edit_texts.write_guidance(shown, values)
    return _guidance_page(at, guidance_values(at, shown))


class _Paper(NamedTuple):
    """A paper form of the draft, as parts/guidance.html offers those that are published."""

    id: str
    title: str
    kind: str
    size: str


def guidance_values(at: Ground, document: dict[str, Any]) -> dict[str, Any]:
    """What parts/guidance.html shows of a document, as publishing would make it."""
    row = edit_texts.shown_as(at.row, document)
    return {
        "procedure": row,
        "facts": guidance.facts(document),
        "needs": guidance.needs(document),
        "sections": guidance.sections(document, row.town),
        "files": guidance.files(document),
        "paper_forms": [
            _Paper(one.name, one.title, one.name.rpartition(".")[2].upper(), one.size)
            for one in edit_papers.papers(at.row, document)
            if one.is_there
        ],
        "forms_at": home(at.row.id, "paper-forms"),
    }


# ---------------------------------------------------------------- メールの文


@get(f"{ONE}/mails", who=Who.CLERK)
def mails(id: int):
    at = ground(id)
    return page("staff/procedures/mails.html", **frame(at, "メールの文"), kinds=edit_texts.mail_kinds(at.document))


@get(f"{ONE}/mails/<kind>", who=Who.CLERK)
def mail(id: int, kind: str):
    at, known = ground(id), edit_texts.mail_kind(kind)
    return sheet_page(
        "staff/procedures/mail.html",
        at,
        known.title,
        edit_texts.mail_sheet(at.row, at.document, kind),
        ("メールの文", home(id, "mails")),
        known=known,
        fields=edit_texts.mail_fields(kind),
        is_own=kind in at.document.get("mails", {}),
        usual=edit_texts.usual_mail(at.row, kind),
    )


@post(f"{ONE}/mails/<kind>", who=Who.CLERK, again=mail)
def write_mail(id: int, kind: str):
    now, at = here(), ground(id)
    edit_texts.mail_kind(kind)
    if now.form.act() == "put_back":
        edit_acts.write_mail(now.member, id, revision(), kind, None)
        return to(home(id, "mails"), said="町の文に戻しました。まだ公開していません。")
    values = edit_texts.mail_sheet(at.row, at.document, kind).read(now.form)
    edit_acts.write_mail(now.member, id, revision(), kind, edit_texts.wording(kind, values))
    return to(home(id, "mails"), said=_SAVED)
