"""申請する: from the first input page to the done page; every page is saved as it is posted."""

from __future__ import annotations

from typing import Any

import clock
from models import Application, Status
from outside import antivirus, inspector
from rules import Refusal
from rules.applications import application, draft, draft_sheet, earlier, inquiry, inquiry_code, mypage, submission
from rules.files import received
from rules.forms import fields, form
from rules.procedures import guidance
from rules.records import access, numbering
from rules.records.access import Missing
from rules.values.calendar import near_date, show_instant
from views.resident.apply.ground import form_page as _form_page
from views.resident.apply.ground import kept_until as _kept_until
from views.resident.apply.ground import page_path as _page_path
from views.resident.apply.ground import path as _path
from views.resident.apply.late import closed, explained
from web import Saved, Upload, Who, asked, get, here, page, post, to

# ---------------------------------------------------------------- the input pages


def _open(id: int) -> Application | None:
    """The draft or returned application, or None when it has been sent or taken up meanwhile.

    What was posted from a page that was open when its time ran out may still be saved.
    """
    own = access.own_application(here().person, id)
    if own.number is not None and own.status != Status.RETURNED:
        return None
    return draft.opened(own, late=here().posted)


@get("/applications/<id:int>/pages/<key>", who=Who.APPLICANT)
@explained
def edit(id: int, key: str):
    written = _open(id)
    if written is None:
        return closed(id, key)
    if written.status == Status.DRAFT and form.page(draft.document(written)["form"], key) is None:
        # The form may have been published anew without this page.
        return to(_page_path(written, _first(written)))
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
        **_wanted_until(written),
        changes=draft_sheet.changes(written),
        why_not=draft_sheet.why_not_now(written),
        earlier=earlier.offered(written, key) is not None,
        copied=bool(asked("copied", 1)),
        taken=bool(asked("taken", 1)),
    )


def _wanted_until(written: Application) -> dict[str, Any]:
    """What the office wants corrected, with (until when, whether that is over)."""
    found = submission.open_correction(written)
    until = (near_date(found.until), found.until < clock.today()) if found else None
    return {"correction": found, "asked_until": until}


def _first(written: Application) -> str:
    return str(draft.document(written)["form"]["pages"][0]["key"])


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


def when_stopped(id: int, key: str = "") -> Saved | None:
    """停止: a page is saved as always, whichever button was pressed; 「この内容で申請する」 has nothing to save."""
    refused: dict[str, str] = {}
    if key:
        try:
            save(id, key=key)
        except Refusal as refusal:
            refused = refusal.fields if here().uploads else {}
    written = _open(id)
    if written is None:
        return None
    if key and not _stored(written, key):
        return None
    return Saved(
        "入力した内容は保存しました" if key else "入力した内容は保存してあります",
        ["申請は、まだ送られていません。", _found_again(written), *refused.values()],
        "続きを入力する" if key else "内容の確認に戻る",
        _page_path(written, written.page) if key else _path(written, "confirm"),
    )


def _stored(written: Application, key: str) -> bool:
    """Whether what was just posted is what stands in the draft now."""
    typed = form.read_page(_form_page(written, key)[1], here().form)
    return all(written.answers.get(name) == raw for name, raw in typed.items())


def _found_again(written: Application) -> str:
    if written.status == Status.RETURNED:
        way = "マイページの「申請履歴・委任状の確認」から「申請履歴一覧・検索」"
        return f"停止が終わったら、{way}に進み、この申請の「修正して再申請する」で続けられます。"
    if written.resident_id is None:
        return f"停止が終わったら、同じブラウザーで{_kept_until(written)}までに、下のリンクから続けられます。"
    way = "マイページの「保存した手続き・判定結果の照会」から「保存した手続き一覧」"
    return f"停止が終わったら、{way}に進むと、続けられます。{_kept_until(written)}まで残ります。"


@post("/applications/<id:int>/pages/<key>", who=Who.APPLICANT, again=edit, when_stopped=when_stopped)
@explained
def save(id: int, key: str):
    now, written = here(), _open(id)
    if written is None:
        return closed(id, key)
    older = draft_sheet.made_from(written, now.form.get("revision"))
    if older is not None:
        return _save_older(written, older, key)
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
        if written.status == Status.RETURNED:
            return to(_leave(written))
        if written.resident_id is None and now.resident is not None:
            draft.adopt(now.visitor, now.resident.id, key=written.id)
        elif written.resident_id is None:
            draft.keep_for_account(written)
        # Without an account the gate asks for a login on the way, which takes the draft along.
        return to(_path(written, "draft"))
    if act in ("copy", "look"):
        return _stay(written, form_page, act)
    if act == "back":
        before = form.previous_page(document["form"], key)
        return to(_page_path(written, before["key"]) if before else _leave(written))
    return _go_on(written, document, form_page)


def _save_older(written: Application, older: dict[str, Any], key: str):
    """The form was published anew while its page was open: what was typed is kept, and the new page shown."""
    form_page = form.page(older["form"], key)
    if form_page is None:
        raise Missing
    draft.save_page(written, form_page, form.read_page(form_page, here().form), stop_at=_first(written))
    document = draft.document(written)["form"]
    refused = _attach_all(written, {"questions": form.questions(document)}, here().uploads)
    if refused:
        raise Refusal("", refused)
    return to(_page_path(written, key if form.page(document, key) else _first(written)))


def _stay(written: Application, form_page: dict[str, Any], act: str):
    """The same page again: with the answers of an earlier application, or in another size of letters."""
    path = _page_path(written, form_page["key"])
    if act == "copy":
        earlier.fill(written, form_page)
        path += "?copied=1"
    return to(path)


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
    refused: dict[str, list[Refusal]] = {}
    questions = {q["key"]: q for q in form_page["questions"] if q["type"] == "file"}
    for upload in uploads:
        question = questions.get(upload.field)
        if question is None:
            continue
        try:
            draft.expect_file(written, question, upload.name)
            draft.attach(written, question, _accepted(written, question, upload), upload.stream)
        except Refusal as refusal:
            before = refused.setdefault(f"q-{question['key']}", [])
            last = before[-1] if before else None
            if isinstance(refusal, draft.NoPlace) and isinstance(last, draft.NoPlace):
                before[-1] = last.too(refusal)
            else:
                before.append(refusal)
    return {key: " ".join(refusal.message for refusal in refusals) for key, refusals in refused.items()}


def _accepted(written: Application, question: dict[str, Any], upload: Upload) -> received.Accepted:
    return received.accept(
        question,
        upload.name,
        upload.size,
        upload.stream,
        inspect=inspector.inspect,
        scan=antivirus.scan,
        town=written.town_id,
        resident=written.resident_id,
        application=written.id,
        division=written.procedure.division_id,
    )


# ---------------------------------------------------------------- confirm, send, done


@get("/applications/<id:int>/confirm", who=Who.APPLICANT)
@explained
def confirm(id: int):
    written = _open(id)
    if written is None:
        return closed(id)
    document, ready = draft.document(written), submission.sheet(written)
    here().errors = {}
    asked_for = _asked_for(written)
    groups = inquiry.confirm_groups(
        document["form"], ready, lambda *place: _page_path(written, *place), asked_for["earlier"]
    )
    titles = {p["key"]: p["title"] for p in document["form"]["pages"]}
    return page(
        "resident/apply/confirm.html",
        town=written.town,
        application=written,
        document=document,
        groups=groups,
        **asked_for,
        lacking=[
            (titles[key], _page_path(written, key, next(iter(wrong))), list(wrong.values()))
            for key, wrong in ready.errors.items()
        ],
        digest=ready.sha256,
        steps=_steps(document, "confirm"),
        back=_page_path(written, document["form"]["pages"][-1]["key"]),
        kept_until=_kept_until(written),
        why_not=draft_sheet.why_not_now(written),
    )


def _asked_for(written: Application) -> dict[str, Any]:
    """Of a correction: what the office asked for, and what was sent before."""
    correction = submission.open_correction(written)
    if correction is None:
        return {"correction": None, "remarks": [], "earlier": None}
    earlier = submission.latest(written)
    return {"correction": correction, "remarks": mypage.remarks(written, correction), "earlier": earlier}


@post("/applications/<id:int>/submit", who=Who.APPLICANT, again=confirm, when_stopped=when_stopped)
@explained
def submit(id: int):
    now = here()
    draft.keep_anew(access.own_application(now.person, id))
    try:
        submission.submit(now.person, id, now.form.get("digest"))
    except Missing:
        # Another window has sent it, or staff went on with it.
        if _open(id) is not None:
            raise
        return closed(id)
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
        code=inquiry_code.grouped(inquiry_code.of(sent)),
        look_again=near_date(inquiry_code.look_again(sent)),
        arrived=show_instant(sent.submitted_at),
        resent=show_instant(record.at) if record.turn > 1 else "",
        due=application.due_words(sent),
        # Who corrected something has read it, and is further on.
        after=guidance.blocks(draft.document(sent)["guidance"].get("after", "")) if record.turn == 1 else [],
        division=sent.division,
        steps=_steps(draft.document(sent), "done"),
    )
