"""申請する: the input pages; every page is saved as it is posted."""

from __future__ import annotations

from typing import Any

import clock
from models import Application, Status
from outside import antivirus, inspector
from rules import Refusal
from rules.applications import draft, draft_sheet, earlier, exit_way, inquiry, submission
from rules.files import received
from rules.forms import fields, form
from rules.procedures import guidance
from rules.records.access import Missing
from rules.values.calendar import near_date
from rules.visits import booking
from views.resident.apply import find_address, rows
from views.resident.apply.ground import form_page as _form_page
from views.resident.apply.ground import kept_until as _kept_until
from views.resident.apply.ground import opened, steps_of
from views.resident.apply.ground import page_path as _page_path
from views.resident.apply.ground import path as _path
from views.resident.apply.late import closed, explained
from web import Saved, Upload, Who, asked, get, here, page, post, to


@get("/applications/<id:int>/pages/<key>", who=Who.APPLICANT)
@explained
def edit(id: int, key: str):
    written = opened(id)
    if written is None:
        return closed(id, key)
    if written.status == Status.DRAFT and form.page(draft.document(written)["form"], key) is None:
        # The form may have been published anew without this page.
        return to(_renewed(written, key))
    document, _ = _form_page(written, key)
    attached = draft.files(written)
    reading = draft.reading(written, attached)
    form_page = form.page(reading.form, key)
    if form_page is None:
        # An earlier answer hides it: on to what comes in its place.
        instead = form.next_page(reading.form, key, document["form"]) or reading.form["pages"][-1]
        return to(_page_path(written, instead["key"]))
    if "exit" in form_page:
        return _not_for_you(written, reading, form_page)
    if (asked("check") or asked("sum", 50)) and not here().posted:
        whole = reading.errors.get(key, {})
        here().errors = whole if asked("check") else rows.unreadable(written, form_page, reading, asked("sum", 50))
        here().status = 422 if here().errors else 200
    return page(
        "resident/apply/edit.html",
        town=written.town,
        application=written,
        document=document,
        form_page=form_page,
        raw=_raw(written, reading, form_page, attached),
        steps=steps_of(written, reading, key),
        action=_page_path(written, key),
        **_notices(written, reading, key),
        finding=find_address.shown(written, form_page),
    )


def _raw(written: Application, reading: form.Reading, form_page: dict[str, Any], attached: form.Files):
    """The answers of the page as they are typed, the files as they are listed, the sums as they come out."""
    listed = {name: [_row(file) for file in files] for name, files in attached.items()}
    sums = {
        q["key"]: fields.show(q, reading.values.get(q["key"])) for q in form.inputs(form_page) if q["type"] == "sum"
    }
    return form.complete(form_page, written.answers, listed) | {key: "".join(lines) for key, lines in sums.items()}


def _notices(written: Application, reading: form.Reading, key: str) -> dict[str, Any]:
    """What an input page says besides its questions."""
    correction = submission.open_correction(written)
    return {
        "division": written.procedure.division,
        "kept_until": _kept_until(written),
        "correction": correction,
        "asked_until": (near_date(correction.until), correction.until < clock.today()) if correction else None,
        "remarks_elsewhere": draft_sheet.remarks_elsewhere(written, correction, reading.form),
        "changes": draft_sheet.changes(written),
        "why_not": draft_sheet.why_not_now(written) or booking.no_counter(written),
        "earlier": earlier.offered(written, key) is not None,
        "renewed": asked("renewed", 4),
        "copied": bool(asked("copied", 1)),
        "other_than_account": earlier.other_than_account(written) if asked("copied", 1) else [],
        "taken": bool(asked("taken", 1)),
        "more": bool(asked("more", 1)),
    }


def _not_for_you(written: Application, reading: form.Reading, form_page: dict[str, Any]):
    """An exit page: why, where to go instead, and the way back to the answer that led here."""
    before = form.previous_page(reading.form, form_page["key"])
    return page(
        "resident/apply/exit.html",
        town=written.town,
        application=written,
        document=draft.document(written),
        form_page=form_page,
        why=guidance.blocks(form_page["intro"]),
        way=exit_way.way(written, form_page),
        back=_page_path(written, before["key"]) if before else _leave(written),
        kept_until=_kept_until(written),
        division=written.procedure.division,
    )


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


def when_stopped(id: int, key: str = "") -> Saved | None:
    """停止: a page is saved as always, whichever button was pressed; 「この内容で申請する」 has nothing to save."""
    refused: dict[str, str] = {}
    if key:
        try:
            save(id, key=key)
        except Refusal as refusal:
            refused = refusal.fields if here().uploads else {}
    written = opened(id)
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
    older = draft_sheet.made_from(written, here().form.get("revision"))
    form_page = (older and form.page(older["form"], key)) or _form_page(written, key)[1]
    typed = form.kept(form_page, form.read_shown(form_page, here().form))
    # A row that was added or taken away is no loss.
    changed = here().form.act().partition(".")[2].partition(".")[0]
    return all(written.answers.get(name) == raw for name, raw in typed.items() if name != changed)


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
    now, written = here(), opened(id)
    if written is None:
        return closed(id, key)
    older = draft_sheet.made_from(written, now.form.get("revision"))
    if older is not None:
        return _save_older(written, older, key)
    document, form_page = _form_page(written, key)
    had = draft.shown_on(written, form_page, now.form)
    draft.save_page(written, form_page, form.read_shown(form_page, now.form, had))
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
    if act in ("copy", "look", "find", "take", *rows.ACTS):
        return _stay(written, form_page, act, about)
    reading = draft.reading(written)
    if act == "back":
        before = form.previous_page(reading.form, key, document["form"])
        return to(_page_path(written, before["key"]) if before else _leave(written))
    return _go_on(written, document, reading, key, had)


def _save_older(written: Application, older: dict[str, Any], key: str):
    """The form was published anew while its page was open: what was typed is kept, and the new page shown."""
    form_page = form.page(older["form"], key)
    if form_page is None:
        raise Missing
    draft.save_page(written, form_page, form.read_shown(form_page, here().form), stop_at=_first(written))
    document = draft.document(written)["form"]
    refused = _attach_all(written, {"questions": form.questions(document)}, here().uploads)
    if refused:
        raise Refusal("", refused)
    takes = {q["key"] for q in form.questions(document) if q["type"] == "file"}
    lost = "".join(f"「{upload.name}」" for upload in here().uploads if upload.field not in takes)
    said = f"{lost}は、添付していません。様式が変わり、添付するところがなくなりました。" if lost else ""
    return to(_renewed(written, key), said=said)


def _renewed(written: Application, key: str) -> str:
    """The page of that key, or the first where the form has none, with all that is other in the form."""
    known = form.page(draft.document(written)["form"], key)
    return _page_path(written, key) + "?renewed=1" if known else _page_path(written, _first(written)) + "?renewed=page"


def _stay(written: Application, form_page: dict[str, Any], act: str, about: str):
    """The same page again: with the answers of an earlier application, with an address, in another size of letters."""
    if act in rows.ACTS:
        return to(rows.handle(written, form_page, act, about))
    path = find_address.handle(written, form_page, act, about) or _page_path(written, form_page["key"])
    if act == "copy":
        earlier.fill(written, form_page)
        path += "?copied=1"
    return to(path)


def _leave(written: Application) -> str:
    if written.status == Status.RETURNED:
        return f"/applications/{written.id}"
    return f"/procedures/{written.procedure_id}"


def _go_on(written: Application, document: dict[str, Any], reading: form.Reading, key: str, had: set[str]):
    """次へ進む: only when the page is complete, and everything that its answers bring out was seen."""
    here_page = form.page(reading.form, key)
    more = any(q["key"] not in had for q in form.inputs(here_page)) if here_page else False
    if more or key in reading.errors:
        # Everything is saved: a page of its own shows what to mend, so that the back button finds it again. Nobody is
        # blamed for what was not asked yet.
        return to(_path(written, f"pages/{key}?{'more' if more else 'check'}=1"))
    following = form.next_page(reading.form, key, document["form"])
    if following is None:
        chosen = not booking.is_step(written) or booking.is_held(written)
        return to(_path(written, "confirm" if chosen else "visit"))
    if "exit" not in following:
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
