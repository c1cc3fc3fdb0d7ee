"""申請する: from the first input page to the done page; every page is saved as it is posted."""

from __future__ import annotations

from typing import Any

import clock
from models import Application, Status
from outside import antivirus
from rules import Refusal, access, application, draft, fields, form, guidance, inquiry, numbering, submission
from rules.access import Missing
from rules.calendar import short_date, show_instant
from web import Upload, Who, asked, get, here, page, post, to


def _path(written: Application, rest: str) -> str:
    return f"/applications/{written.id}/{rest}"


def _page_path(written: Application, key: str, anchor: str = "") -> str:
    return _path(written, f"pages/{key}") + (f"#{anchor}" if anchor else "")


@post("/applications/<id:int>/resume", who=Who.APPLICANT)
def resume(id: int):
    written = draft.editable(here().person, id)
    return to(_page_path(written, written.page))


# ---------------------------------------------------------------- the input pages


def _form_page(written: Application, key: str) -> tuple[dict[str, Any], dict[str, Any]]:
    document = draft.document(written)
    found = form.page(document["form"], key)
    if found is None:
        raise Missing
    return document, found


def _open(id: int) -> Application | None:
    """The draft or returned application, or None when it has been sent or taken up meanwhile."""
    own = access.own_application(here().person, id)
    return draft.editable(here().person, id) if own.number is None or own.status == Status.RETURNED else None


def _closed(id: int, key: str = ""):
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


@get("/applications/<id:int>/pages/<key>", who=Who.APPLICANT)
def edit(id: int, key: str):
    written = _open(id)
    if written is None:
        return _closed(id, key)
    document, form_page = _form_page(written, key)
    if asked("check") and not here().posted:
        _, here().errors = form.check_page(form_page, written.answers, draft.files(written), clock.today())
        here().status = 422 if here().errors else 200
    attached = {name: [_row(file) for file in rows] for name, rows in draft.files(written).items()}
    return page(
        "resident/apply/edit.html",
        town=written.town,
        application=written,
        document=document,
        form_page=form_page,
        raw=form.complete(form_page, written.answers, attached),
        steps=_steps(document, key),
        action=_page_path(written, key),
        division=written.procedure.division,
        kept_until=_kept_until(written),
        correction=submission.open_correction(written),
    )


def _row(file: dict[str, Any]) -> dict[str, Any]:
    label = fields.size_label(file["size"])
    return {
        "id": file["id"],
        "name": file["name"],
        "size_label": label,
        "checked_label": inquiry.checked_words(file["verdict"]),
    }


def _steps(document: dict[str, Any], here_key: str) -> list[tuple[str, str]]:
    """Every page, then 内容の確認 and 完了, with how far one is."""
    keys = [(p["key"], p["title"]) for p in document["form"]["pages"]]
    keys += [("confirm", "内容の確認"), ("done", "完了")]
    at = [key for key, _ in keys].index(here_key)
    return [(title, "done" if i < at else "here" if i == at else "todo") for i, (_, title) in enumerate(keys)]


def _kept_until(written: Application) -> str:
    """The last day a draft is kept, in words; "" for a correction."""
    if written.status != Status.DRAFT or written.expires_at is None:
        return ""
    if written.resident_id is None:
        return show_instant(written.expires_at)
    return short_date(draft.last_day(written))


@post("/applications/<id:int>/pages/<key>", who=Who.APPLICANT, again=edit)
def save(id: int, key: str):
    now, written = here(), _open(id)
    if written is None:
        return _closed(id, key)
    document, form_page = _form_page(written, key)
    draft.save_page(written, form_page, form.read_page(form_page, now.form))
    refused = _attach_all(written, form_page, now.uploads)
    if refused:
        raise Refusal("", refused)
    act, _, about = now.form.act().partition(".")
    if act == "attach":
        if not now.uploads:
            raise Refusal("", {f"q-{about}": "ファイルを選んでから、「添付する」を押してください。"})
        return to(_page_path(written, key, f"q-{about}"))
    if act == "remove" and about.isdecimal() and len(about) < 19:
        return to(_page_path(written, key, f"q-{draft.remove_file(written, int(about))}"))
    if act == "save":
        if written.resident_id is None:
            draft.keep_for_account(written)
        # Without an account the gate asks for a login on the way, which takes the draft along.
        return to(_path(written, "draft"))
    if act == "back":
        before = form.previous_page(document["form"], key)
        return to(_page_path(written, before["key"]) if before else _leave(written))
    return _go_on(written, document, form_page)


def _leave(written: Application) -> str:
    if written.status == Status.RETURNED:
        return f"/applications/{written.id}"
    return f"/procedures/{written.procedure_id}"


def _go_on(written: Application, document: dict[str, Any], form_page: dict[str, Any]):
    """次へ進む: only when the page is complete."""
    _, errors = form.check_page(form_page, written.answers, draft.files(written), clock.today())
    if errors:
        # Everything is saved: a page of its own shows what to mend, so that the back button finds it again.
        return to(_path(written, f"pages/{form_page['key']}?check=1"))
    following = form.next_page(document["form"], form_page["key"])
    if following is None:
        return to(_path(written, "confirm"))
    draft.save_page(written, following, {})
    return to(_page_path(written, following["key"]))


def _attach_all(written: Application, form_page: dict[str, Any], uploads: list[Upload]) -> dict[str, str]:
    """Attach every file that was chosen, whichever button was pressed; a refused one leaves the others."""
    refused: dict[str, str] = {}
    questions = {q["key"]: q for q in form_page["questions"] if q["type"] == "file"}
    for upload in uploads:
        question = questions.get(upload.field)
        if question is None:
            continue
        try:
            verdict = antivirus.scan(upload.stream)
            if not verdict.clean:
                raise Refusal(
                    f"ただいまウイルス検査ができません。「{upload.name}」は、あとでもう一度添付してください。"
                )
            draft.attach(written, question, upload.name, upload.size, upload.stream, verdict=verdict.word)
        except Refusal as refusal:
            before = refused.get(f"q-{question['key']}")
            refused[f"q-{question['key']}"] = f"{before} {refusal.message}" if before else refusal.message
    return refused


# ---------------------------------------------------------------- confirm, send, done


@get("/applications/<id:int>/confirm", who=Who.APPLICANT)
def confirm(id: int):
    written = _open(id)
    if written is None:
        return _closed(id)
    document, ready = draft.document(written), submission.sheet(written)
    here().errors = {}
    groups = inquiry.confirm_groups(document["form"], ready, lambda *place: _page_path(written, *place))
    titles = {p["key"]: p["title"] for p in document["form"]["pages"]}
    return page(
        "resident/apply/confirm.html",
        town=written.town,
        application=written,
        document=document,
        groups=groups,
        lacking=[
            (titles[key], _page_path(written, key, next(iter(wrong))), list(wrong.values()))
            for key, wrong in ready.errors.items()
        ],
        digest=ready.sha256,
        steps=_steps(document, "confirm"),
        back=_page_path(written, document["form"]["pages"][-1]["key"]),
        kept_until=_kept_until(written),
    )


@post("/applications/<id:int>/submit", who=Who.APPLICANT, again=confirm)
def submit(id: int):
    now = here()
    try:
        submission.submit(now.person, id, now.form.get("digest"))
    except submission.Changed:
        raise Refusal(
            "このページを開いたあとで内容が変わったため、まだ送っていません。いまの内容をお確かめのうえ、もう一度押してください。"
        ) from None
    return to(f"/applications/{id}/done")


@get("/applications/<id:int>/done", who=Who.APPLICANT)
def done(id: int):
    sent = access.own_application(here().person, id)
    if sent.status == Status.DRAFT or sent.number is None:
        raise Missing
    record = submission.latest(sent)
    return page(
        "resident/apply/done.html",
        town=sent.town,
        application=sent,
        document=draft.document(sent),
        number=numbering.grouped(sent.number),
        arrived=show_instant(sent.submitted_at),
        resent=show_instant(record.at) if record.turn > 1 else "",
        due=application.due_words(sent),
        after=guidance.blocks(draft.document(sent)["guidance"].get("after", "")),
        division=sent.division,
        steps=_steps(draft.document(sent), "done"),
    )


# ---------------------------------------------------------------- a saved draft


@get("/applications/<id:int>/draft", who=Who.RESIDENT)
def saved(id: int):
    written = draft.editable(here().person, id)
    if written.status != Status.DRAFT:
        return to(f"/applications/{id}")
    return page(
        "resident/apply/draft.html",
        town=written.town,
        application=written,
        document=draft.document(written),
        saved_at=show_instant(written.saved_at),
        kept_until=_kept_until(written),
        page_title=_form_page(written, written.page)[1]["title"],
    )


@get("/applications/<id:int>/discard", who=Who.RESIDENT)
def ask_discard(id: int):
    written = draft.editable(here().person, id)
    return page("resident/apply/discard.html", town=written.town, application=written, document=draft.document(written))


@post("/applications/<id:int>/discard", who=Who.RESIDENT)
def discard(id: int):
    draft.discard(draft.editable(here().person, id))
    return to("/mypage/drafts")
