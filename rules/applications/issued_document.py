"""交付物: what staff hand out on an application until a date: issued, looked at, downloaded, taken back (R-6.6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, BinaryIO

import clock
from models import Application, IssuedDocument, Status, ask, transaction
from rules import Refusal
from rules.applications import application, letters, submission
from rules.files import storage
from rules.files.handing_out import INFECTED
from rules.files.received import Accepted
from rules.procedures import electronic_delivery, procedure
from rules.records import audit, history
from rules.records.access import Missing, Person
from rules.records.history import Actor
from rules.records.session import SignedInStaff
from rules.values.calendar import short_date

ISSUABLE = (Status.APPROVED, Status.COMPLETED)
DEFAULT_DAYS = 30
LONGEST_DAYS = 5 * 366
# What rules.files.received checks a file against: what a resident can open.
KINDS = ("pdf", "jpg", "jpeg", "png", "docx", "xlsx", "zip")
QUESTION: dict[str, Any] = {"key": "file", "limits": {"extensions": list(KINDS)}}

_DECLINED = "申請した方は、電子データでの受け取りに同意していません。窓口や郵送などで、お渡しください。"
_TOO_EARLY = "交付物を登録できるのは、承認か完了のあとです。"


def consent(sent: Application) -> str:
    """What the applicant answered when asked for electronic delivery, as it was sent last; "" where it is not asked."""
    if not procedure.document_of(sent.form_version_id).get("issues_documents"):
        return ""
    return str(submission.values_of(submission.latest(sent)).get(electronic_delivery.KEY) or "")


def why_not(sent: Application) -> str:
    """The sentence that says why nothing can be issued on an application now, or ""."""
    return _declined(sent) if sent.status in ISSUABLE else _TOO_EARLY


def goes_with_decision(sent: Application) -> bool:
    """Whether a decision on an application offers to issue a document along with it."""
    issues = bool(procedure.document_of(sent.form_version_id).get("issues_documents"))
    return issues and not _declined(sent)


def _declined(sent: Application) -> str:
    return _DECLINED if consent(sent) == electronic_delivery.NO else ""


def file_terms() -> str:
    """Which files can be issued, in words."""
    return "・".join(dict.fromkeys(kind.upper().replace("JPEG", "JPG") for kind in KINDS)) + "、10MBまで"


def default_until(row: IssuedDocument | None = None) -> date:
    """The last day as it is filled in beforehand, of a new one or to let one stay longer."""
    return max(clock.today(), row.until if row else clock.today()) + timedelta(days=DEFAULT_DAYS)


# ---------------------------------------------------------------- staff: issue, extend, withdraw


@dataclass(frozen=True)
class Wanted:
    """What is to be issued; `confirmed` says that staff asked for the consent where the form does not."""

    title: str
    until: date
    message: str = ""
    confirmed: bool = False


def expect(sent: Application, wanted: Wanted, *, decided: bool = True) -> None:
    """Refuse what cannot be issued, before the file is looked through and stored.

    Not `decided` is asked for what goes with the decision itself.
    """
    sentence = why_not(sent) if decided else _declined(sent)
    if sentence:
        raise Refusal(sentence)
    if not wanted.title.strip():
        raise Refusal("", {"q-title": "交付物の名前を入力してください。"})
    _check_until(wanted.until, clock.today())
    if not wanted.confirmed and consent(sent) != electronic_delivery.YES:
        raise Refusal("", {"q-confirmed": "電子データで受け取ることに、申請した方が同意したかを確かめてください。"})


def _check_until(until: date, earliest: date) -> None:
    if until < earliest:
        raise Refusal("", {"q-until": f"期限は、{_day(earliest)}か、それより後にしてください。"})
    if until > clock.today() + timedelta(days=LONGEST_DAYS):
        raise Refusal("", {"q-until": "期限が5年より先になっています。日付をお確かめください。"})


def issue(
    sent: Application, by: SignedInStaff, revision: int, wanted: Wanted, file: Accepted, stream: BinaryIO
) -> IssuedDocument:
    """交付物を登録する: store a file that was looked through before, and tell the applicant that it is there."""
    expect(sent, wanted)
    stored = _stored_file(file, stream)
    with transaction():
        application.claim(sent, by, revision)
        return _issue(sent, by, wanted, file, stored)


def issue_with(
    decide: Callable[[], None], sent: Application, by: SignedInStaff, wanted: Wanted, file: Accepted, stream: BinaryIO
) -> IssuedDocument:
    """The same along with the decision: both are done, or neither."""
    expect(sent, wanted, decided=False)
    stored = _stored_file(file, stream)
    with transaction():
        decide()
        return _issue(sent, by, wanted, file, stored)


def _stored_file(file: Accepted, stream: BinaryIO) -> tuple[str, int, str]:
    try:
        return storage.store(stream)
    except OSError:
        sentence = f"「{file.name}」を保存できませんでした。装置の空きを確かめて、もう一度選んでください。"
        raise Refusal("", {"q-file": sentence}) from None


def _issue(
    sent: Application, by: SignedInStaff, wanted: Wanted, file: Accepted, stored: tuple[str, int, str]
) -> IssuedDocument:
    stored_as, size, digest = stored
    made = IssuedDocument.create(
        application=sent,
        title=wanted.title.strip(),
        message=wanted.message.strip(),
        name=file.name,
        stored_as=stored_as,
        size=size,
        sha256=digest,
        content_type=file.media_type,
        verdict=file.verdict,
        consent="form" if consent(sent) == electronic_delivery.YES else "staff",
        until=wanted.until,
        issued_at=clock.now(),
        issued_by=by.id,
        actor=Actor(staff=by).label(sent),
    )
    _record(sent, by, "document_issued", made, f"{made.title}（期限：{_day(wanted.until)}）", consent=made.consent)
    letters.to_applicant(sent, "issued", title=made.title, until=wanted.until)
    return made


def extend(sent: Application, by: SignedInStaff, revision: int, key: int, *, until: date, reason: str) -> None:
    """期限を延ばす; the applicant is told of the new date."""
    row = one(sent, key)
    if row.withdrawn_at is not None:
        raise Refusal("この交付物は取り消されています。期限は延ばせません。")
    sentence = why_not(sent)
    if sentence:
        raise Refusal(f"いまは、期限を延ばせません。{sentence}")
    _need(reason, "期限を延ばす理由を入力してください。申請した方の画面に示されます。")
    _check_until(until, max(clock.today(), row.until + timedelta(days=1)))
    with transaction():
        application.claim(sent, by, revision)
        same = "id = {} AND withdrawn_at IS NULL AND until = {}"
        if not IssuedDocument.change({"until": until}, same, row.id, row.until.isoformat()):
            raise Refusal("ほかの職員が、先にこの交付物を変えました。いまの状態を見てから、もう一度決めてください。")
        _record(sent, by, "document_extended", row, f"{row.title}（期限：{_day(until)}）\n{reason}")
        letters.to_applicant(sent, "issued_extended", title=row.title, until=until)


def withdraw(sent: Application, by: SignedInStaff, revision: int, key: int, *, reason: str) -> None:
    """取り消す: one that was issued wrongly can be downloaded no more; row and file stay."""
    row = one(sent, key)
    _need(reason, "取り消す理由を入力してください。申請した方へのメールに書かれます。")
    gone = {"withdrawn_at": clock.now(), "withdrawn_by": by.id, "withdrawn_reason": reason.strip()}
    with transaction():
        application.claim(sent, by, revision)
        if not IssuedDocument.change(gone, "id = {} AND withdrawn_at IS NULL", row.id):
            raise Refusal("この交付物は、すでに取り消されています。")
        _record(sent, by, "document_withdrawn", row, f"{row.title}\n{reason.strip()}")
        letters.to_applicant(sent, "issued_withdrawn", title=row.title, reason=reason.strip())


def _need(reason: str, sentence: str) -> None:
    if not reason.strip():
        raise Refusal("", {"q-reason": sentence})


def _record(sent: Application, by: SignedInStaff, act: str, row: IssuedDocument, text: str, **detail: Any) -> None:
    history.record(sent, act, Actor(staff=by), before=sent.status, text=text, document=row.id)
    audit.record(act, staff=by, application=sent.id, division=sent.division_id, document=row.id, **detail)


# ---------------------------------------------------------------- the applicant: view, download


def unseen(sent: Application) -> int:
    """The id of the last document that can be downloaded and was never shown to the applicant, or 0."""
    ((last,),) = ask(f"SELECT MAX(id) FROM issued_document WHERE {_UNSEEN}", sent.id, _today())
    return int(last or 0)


def seen(sent: Application, person: Person, last: int) -> None:
    """Note that the applicant was shown documents, up to the `last` one, the first time for each."""
    with transaction():
        sql = f"UPDATE issued_document SET first_viewed_at = {{}} WHERE {_UNSEEN} AND id <= {{}} RETURNING id"
        shown = [key for (key,) in ask(sql, _stored(clock.now()), sent.id, _today(), last)]
        if shown:
            _record_look(sent, person, "issued_document_viewed", documents=sorted(shown))


_OPEN = "withdrawn_at IS NULL AND until >= {}"
_UNSEEN = f"application_id = {{}} AND first_viewed_at IS NULL AND {_OPEN}"
_TAKE = f"""UPDATE issued_document
SET first_viewed_at = COALESCE(first_viewed_at, {{}}), first_downloaded_at = COALESCE(first_downloaded_at, {{}})
WHERE id = {{}} AND {_OPEN} RETURNING id"""


def hand_out(
    sent: Application, person: Person, key: int, *, noted: bool = True
) -> tuple[IssuedDocument, BinaryIO] | None:
    """The document and its content for the applicant; None once it was withdrawn, its last day is over, or a virus
    was found in it.

    Not `noted` is what only asks about a file.
    """
    row = one(sent, key)
    if not _is_open(row):
        return None
    stream = storage.open_stored(row)
    if not noted:
        return row, stream
    with transaction():
        # Staff may have withdrawn it while the file was being proved.
        now = _stored(clock.now())
        taken = ask(_TAKE, now, now, row.id, _today())
        if taken:
            _record_look(sent, person, "issued_document_downloaded", document=row.id)
    if taken:
        return row, stream
    stream.close()
    return None


def _record_look(sent: Application, person: Person, act: str, **detail: Any) -> None:
    audit.record(act, town=sent.town_id, resident=person.resident, application=sent.id, **detail)


def _is_open(row: IssuedDocument) -> bool:
    return row.withdrawn_at is None and clock.today() <= row.until and row.verdict != INFECTED


def _today() -> str:
    return clock.today().isoformat()


def _stored(instant: datetime) -> str:
    return str(IssuedDocument.issued_at.db_value(instant))


# ---------------------------------------------------------------- reading


def one(sent: Application, key: int) -> IssuedDocument:
    """A document of this application, or Missing."""
    found = IssuedDocument.row("id = {} AND application_id = {}", key, sent.id)
    if found is None:
        raise Missing
    return found


def of(sent: Application) -> list[IssuedDocument]:
    """Everything that was issued on an application, the first one first."""
    return IssuedDocument.rows("application_id = {} ORDER BY id", sent.id)


def _day(day: date) -> str:
    return f"{day.year}年{short_date(day)}"
