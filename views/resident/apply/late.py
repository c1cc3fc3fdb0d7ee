"""Pages for what comes too late: the application was sent, its time ran out, or it was discarded; typed words stay."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from models import Application
from rules import Refusal
from rules.applications import draft, draft_sheet, inquiry
from rules.forms import form
from rules.procedures import procedure
from rules.records import access, numbering
from rules.records.access import Missing
from web import Who, here, page, post, to

# Not carried into the next application: what belongs to the page it was typed on.
_OF_THE_PAGE = ("csrf", "revision", "digest")


def closed(id: int, key: str = ""):
    """It cannot be written on any more: where it stands, and what was typed, in words."""
    sent = access.own_application(here().person, id)
    document = draft.document(sent)
    form_page = form.page(document["form"], key)
    typed = inquiry.typed_words(form_page, here().form) if form_page and here().posted else []
    return page(
        "resident/apply/closed.html",
        town=sent.town,
        status=409,
        application=sent,
        document=document,
        number=numbering.grouped(sent.number),
        corrected=sent.submissions.count() > 1 or sent.corrections.exists(),
        typed=typed,
    )


def explained(handler: Callable[..., Any]) -> Callable[..., Any]:
    """A screen of a draft that says so when the draft is not there any more, and gives back what was typed."""

    @wraps(handler)
    def answer(id: int, **args: Any) -> Any:
        try:
            return handler(id, **args)
        except Missing as missing:
            if here().posted and here().form.get("revision"):
                return _lost(here().form.get("revision"), args.get("key", ""), over=isinstance(missing, draft.Over))
            if isinstance(missing, draft.Over):
                return _over(missing.application)
            raise

    return answer


def _over(written: Application):
    wanted = written.procedure
    return page(
        "resident/apply/over.html",
        town=written.town,
        status=410,
        procedure=wanted,
        listed=wanted.listed_as is not None,
    )


def _lost(revision: str, key: str, *, over: bool, others: bool = False):
    """What was typed on a page of a draft that is gone: in words, and to be taken along into a new one.

    404, because a stranger's application must look the same.
    """
    version = draft_sheet.public_version(revision)
    document = procedure.document_of(version.id)
    form_page = form.page(document["form"], key)
    if form_page is None:
        raise Missing
    wanted = version.procedure
    return page(
        "resident/apply/lost.html",
        town=wanted.town,
        status=404,
        over=over,
        document=document,
        procedure=wanted,
        action=f"/procedures/{wanted.id}/anew/{key}",
        revision=revision,
        typed=draft_sheet.typed_words(form_page, here().form),
        fields=[(n, v) for n, v in here().form.pairs if n not in _OF_THE_PAGE and not n.startswith("act_")],
        files=[upload.name for upload in here().uploads],
        can_begin=procedure.is_open(wanted) and (here().resident is not None or wanted.login == "none"),
        others=others,
    )


def _refused(id: int, key: str):
    others = bool(draft.others_open(procedure.listed(id), here().person))
    return _lost(here().form.get("revision"), key, over=False, others=others)


@post("/procedures/<id:int>/anew/<key>", who=Who.ANYONE, again=_refused)
def anew(id: int, key: str):
    """入力した内容で、もう一度始める; what is open already is told of first, the typed words stay."""
    now = here()
    version = draft_sheet.public_version(now.form.get("revision"))
    form_page = form.page(procedure.document_of(version.id)["form"], key)
    if form_page is None or version.procedure_id != id:
        raise Missing
    if "act_new" not in now.form and draft.others_open(version.procedure, now.person):
        raise Refusal("同じ手続きの申請が、ほかにあります。二重にならないよう、お確かめください。")
    typed = form.kept(form_page, form.read_shown(form_page, now.form))
    written = draft.start(version.procedure, now.applicant(), ip=now.ip, typed=typed)
    known = form.page(draft.document(written)["form"], key)
    return to(f"/applications/{written.id}/pages/{key if known else written.page}")
