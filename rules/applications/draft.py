"""下書き: an application while it is being written, or corrected: saved at every post, complete or not."""

from __future__ import annotations

from datetime import datetime
from typing import Any, BinaryIO

import clock
from models import Application, Attachment, Procedure, Resident, Status, ask, transaction, tuples
from rules import Refusal
from rules.accounts import profile
from rules.applications import judging_days
from rules.applications.application import OPEN
from rules.applications.draft_term import GRACE, is_over, kept_until, still_kept
from rules.files import storage
from rules.files.received import Accepted
from rules.forms import form
from rules.forms.fields import FormData
from rules.procedures import eligibility, procedure
from rules.records import access, session, throttle
from rules.records.access import Missing, Person

EDITABLE = (Status.DRAFT, Status.RETURNED)
# What was taken off stays on the disk for a day: attaching and removing in turn shall not fill it.
REMOVED_AT_MOST = 60
REMOVED_BYTES_AT_MOST = 200 * 1024 * 1024


class Over(Missing):
    """The time of a draft of one's own is over; `application` is what the page may name."""

    def __init__(self, application: Application) -> None:
        super().__init__()
        self.application = application


def _of_browser(visitor: str) -> Any:
    return (Application.visitor == visitor) & Application.resident.is_null() & (Application.status == Status.DRAFT)


def keep_for_account(application: Application) -> None:
    """保存してあとで申請する without an account: a login that follows soon takes the draft along."""
    with transaction():
        Application.update(wants_account=True).where(
            (Application.id == application.id) & _of_browser(application.visitor)
        ).execute()


def adopt(visitor: str, resident: int, *, key: int | None = None, since: datetime | None = None) -> list[int]:
    """Give drafts of a browser to an account and return their ids.

    Only those for which it was asked `since` (half an hour ago), and the one of `key`, from whose pages the login was
    reached: at a shared computer another person may be the next to log in.
    """
    now = clock.now()
    asked = Application.wants_account & (Application.saved_at > (since or now - session.IDLE))
    taken = []
    with transaction():
        mine = _of_browser(visitor) & (asked | (Application.id == (key or 0))) & still_kept()
        for row in list(Application.select().where(mine).order_by(Application.id)):
            # The revision tells a sending that is under way in another tab.
            changed = Application.update(
                resident=resident,
                filed_by=resident,
                visitor="",
                wants_account=False,
                revision=Application.revision + 1,
                expires_at=kept_until(now, resident, row.town_id),
            ).where((Application.id == row.id) & mine)
            if changed.execute():
                taken.append(row.id)
    return taken


def follow_browser(before: str, after: str) -> None:
    """A browser got another name: what it is writing without an account stays its own."""
    with transaction():
        Application.update(visitor=after).where(_of_browser(before)).execute()


def start(
    wanted: Procedure,
    person: Person,
    *,
    ip: str = "",
    copied: dict[str, Any] | None = None,
    typed: dict[str, Any] | None = None,
) -> Application:
    """Begin an application of a procedure; the account fills in what it knows.

    That goes before what is `copied` from an earlier application, and what was `typed` by hand before both.
    """
    version, document = procedure.published(wanted)
    if not procedure.is_open(wanted):
        raise Refusal("この手続きは、いまは申請できません。受付期間を手続案内でお確かめください。")
    if person.resident is None and (wanted.login == "required" or not person.visitor):
        raise Missing
    resident = Resident.get_by_id(person.resident) if person.resident is not None else None
    known = form.prefill(document["form"], profile.facts(resident)) if resident else {}
    now = clock.now()
    if resident is not None:
        sentence = eligibility.why_not(document, eligibility.facts_of(resident, wanted.town, now.date()))
        if sentence:
            raise Refusal(sentence)
    with transaction():
        if resident is None:
            if throttle.exceeded(throttle.VISITOR_DRAFTS_PER_ADDRESS, ip):
                raise Refusal("同じ場所からの申請が続いています。1時間ほど待ってから、もう一度お試しください。")
            throttle.count(throttle.VISITOR_DRAFTS_PER_ADDRESS, ip)
        application: Application = Application.create(
            town=wanted.town_id,
            procedure=wanted,
            form_version=version,
            resident=resident,
            filed_by=resident,
            visitor="" if resident else person.visitor,
            answers={**(copied or {}), **known, **(typed or {})},
            page=document["form"]["pages"][0]["key"],
            created_at=now,
            saved_at=now,
            status_at=now,
            expires_at=kept_until(now, person.resident, wanted.town_id),
        )
    return application


def others_open(wanted: Procedure, person: Person) -> list[Application]:
    """The person's drafts and open applications of the same procedure, newest first."""
    mine = access.own_applications(person).where(
        (Application.procedure == wanted) & Application.status.in_((Status.DRAFT, *OPEN)) & still_kept()
    )
    return list(mine.order_by(Application.saved_at.desc()))


def editable(person: Person, key: int, *, late: bool = False) -> Application:
    """The person's draft or returned application, or Missing; Over when its time has run out.

    `late` is for what was posted from a page that was open then: a resident's may still be saved, which keeps it anew.
    """
    return opened(access.own_application(person, key), late=late)


def opened(application: Application, *, late: bool = False) -> Application:
    """The same for an application that was looked up already."""
    if application.status not in EDITABLE:
        raise Missing
    if is_over(application, late=late):
        raise Over(application)
    follow_published(application)
    return application


def keep_anew(application: Application) -> None:
    """Let the month of a draft begin again when somebody goes on with it within the day of grace; later it is Over."""
    if not is_over(application):
        return
    if is_over(application, late=True):
        raise Over(application)
    now = clock.now()
    until = kept_until(now, application.resident_id, application.town_id)
    with transaction():
        changed = (
            Application.update(saved_at=now, expires_at=until)
            .where((Application.id == application.id) & (Application.status == Status.DRAFT))
            .execute()
        )
        if not changed:
            raise Missing
    application.expires_at = until


def follow_published(application: Application) -> None:
    """A draft is written on what is published now; a correction stays on the version it was sent on."""
    if application.status != Status.DRAFT:
        return
    try:
        version, now = procedure.published(application.procedure)
    except Missing:
        version, now = application.form_version_id, None
    if now is None or now["form"] is None:
        version = application.form_version_id  # closed, or at the counter only: it stays as it was begun
    application.form_version_id = version
    keys = [page["key"] for page in procedure.document_of(version)["form"]["pages"]]
    application.page = application.page if application.page in keys else keys[0]


def document(application: Application) -> dict[str, Any]:
    """The procedure document this application is written on."""
    return procedure.document_of(application.form_version_id)


def reading(application: Application, attached: form.Files | None = None, *, past_exit: bool = False) -> form.Reading:
    """Its form as it stands with what was typed: what is asked, the values, and what is wrong."""
    whole, present = document(application)["form"], files(application) if attached is None else attached
    return form.reading(whole, application.answers, present, judging_days.now(application), past_exit=past_exit)


def shown_on(application: Application, page: dict[str, Any], posted: FormData) -> set[str]:
    """The keys of the questions that the page in the browser had; one that does not say had what is asked now."""
    if found := form.shown_keys(posted):
        return found
    asked = form.page(reading(application).form, page["key"]) or page
    return {q["key"] for q in asked["questions"]}


def why_not_sent(application: Application) -> str:
    """The sentence by which a draft is refused for what its procedure has become since it was begun, or ""."""
    terms = document(application)
    if application.resident_id is None and terms["login"] == "required":
        return (
            "この手続きは、ログインが必要になりました。入力した内容は残っています。入力のページで"
            "「保存してあとで申請する」を押してログインすると、そのまま続けられます。"
        )
    return eligibility.why_not(terms, eligibility.known(application.resident_id, application.town))


def save_page(
    application: Application, page: dict[str, Any], raw: dict[str, Any], *, stop_at: str | None = None
) -> None:
    """Keep what was typed on a page, whatever it is; `stop_at` is the page to resume on.

    The last write wins: the back button and a second tab must work. Only the page's own keys are replaced. The form
    version stays the one it was begun on until it is sent, so that what changed since can be pointed at.
    """
    now = clock.now()
    with transaction():
        row = Application.row("id = {}", application.id)
        if row is None:
            raise Missing  # discarded in another window
        answers = {**row.answers, **form.kept(page, raw)}
        changed = (
            Application.update(
                answers=answers,
                page=stop_at or page["key"],
                saved_at=now,
                revision=Application.revision + 1,
                expires_at=kept_until(now, row.resident_id, row.town_id) if row.status == Status.DRAFT else None,
            )
            .where((Application.id == row.id) & Application.status.in_(EDITABLE))
            .execute()
        )
        if not changed:
            raise Missing
    application.answers, application.page = answers, stop_at or page["key"]


# ---------------------------------------------------------------- files


def files(application: Application) -> dict[str, list[dict[str, Any]]]:
    """The files attached now, by question key, in the order they came."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in Attachment.rows("application_id = {} AND removed_at IS NULL ORDER BY id", application.id):
        found.setdefault(row.question, []).append(
            {"id": row.id, "name": row.name, "size": row.size, "sha256": row.sha256, "verdict": row.verdict}
        )
    return found


class NoPlace(Refusal):
    """As many files as the question takes are there already."""

    def __init__(self, most: int, names: list[str]) -> None:
        which = f"「{names[0]}」" if len(names) == 1 else f"残りの{len(names)}個"
        self.most, self.names = most, names
        super().__init__(
            f"添付できるのは{most}個までです。{which}は添付していません。"
            "添付するには、先にほかのファイルを削除してください。"
        )

    def too(self, other: NoPlace) -> NoPlace:
        """Both in one sentence."""
        return NoPlace(self.most, self.names + other.names)


def expect_file(application: Application, question: dict[str, Any], name: str) -> None:
    """Refuse a file for which there is no place, before anybody looks into it."""
    most = int(question.get("limits", {}).get("count", 1))
    present = (Attachment.application == application) & (Attachment.question == question["key"])
    if Attachment.select().where(present & Attachment.removed_at.is_null()).count() >= most:
        raise NoPlace(most, [name])
    if _removed_too_much(application):
        raise Refusal(
            f"ファイルの付け直しが続いているため、いまは「{name}」を添付できません。"
            "ほかの入力は残っています。1日たってから、もう一度添付してください。"
        )


def _removed_too_much(application: Application) -> bool:
    since = Attachment.removed_at.db_value(clock.now() - storage.ORPHAN_AGE)
    sql = "SELECT COUNT(*), COALESCE(SUM(size), 0) FROM attachment WHERE application_id = {} AND removed_at > {}"
    ((count, size),) = ask(f"{sql} AND NOT sent", application.id, since)
    return bool(count >= REMOVED_AT_MOST or size >= REMOVED_BYTES_AT_MOST)


def attach(application: Application, question: dict[str, Any], file: Accepted, stream: BinaryIO) -> None:
    """Store and note a file that was looked through before."""
    try:
        stored_as, written, digest = storage.store(stream)
    except OSError:
        raise Refusal(
            f"「{file.name}」を保存できませんでした。役場の装置の空きが足りないようです。"
            "ほかの入力は残っています。しばらくしてから、もう一度添付してください。"
        ) from None
    with transaction():
        # This write comes first: two attaching at once are told apart by it before either counts.
        if not _still_editable(application):
            raise Missing
        expect_file(application, question, file.name)
        Attachment.create(
            application=application,
            question=question["key"],
            name=file.name,
            stored_as=stored_as,
            size=written,
            sha256=digest,
            content_type=file.media_type,
            verdict=file.verdict,
            created_at=clock.now(),
        )


def remove_file(application: Application, key: int) -> str:
    """Take a file off and return its question's key; what a submission names stays on disk."""
    row = Attachment.get_or_none((Attachment.id == key) & (Attachment.application == application))
    if row is None:
        raise Missing
    with transaction():
        if not _still_editable(application):
            raise Missing
        Attachment.update(removed_at=clock.now()).where(
            (Attachment.id == row.id) & Attachment.removed_at.is_null()
        ).execute()
    return str(row.question)


def _still_editable(application: Application) -> bool:
    """Also makes the confirm page's digest notice a change of files."""
    return bool(
        Application.update(revision=Application.revision + 1, saved_at=clock.now())
        .where((Application.id == application.id) & Application.status.in_(EDITABLE))
        .execute()
    )


# ---------------------------------------------------------------- the end of a draft


def discard(application: Application) -> None:
    """破棄する: the draft and its files go; what another window has sent meanwhile stays."""
    with transaction():
        if not _delete(application, Application.status == Status.DRAFT):
            raise Missing


def expire_drafts(now: datetime) -> int:
    """Delete drafts whose time is over, with their files; returns how many.

    Nobody sees them from the last day's end on; the day of grace is for residents' pages that were open then.
    """
    end = Application.resident.is_null() & (Application.expires_at <= now) | (Application.expires_at <= now - GRACE)
    over = (Application.status == Status.DRAFT) & end
    count = 0
    for application in Application.select().where(over).limit(500):
        with transaction():
            count += _delete(application, over)
    return count


def _delete(application: Application, still: Any) -> bool:
    """Delete a draft's rows if it is `still` one; False when it is not.

    The orphan sweep takes the files a day later, so that a running backup stays whole.
    """
    claim = Application.update(revision=Application.revision + 1).where((Application.id == application.id) & still)
    if not claim.execute():
        return False
    for (stored_as,) in tuples(Attachment.select(Attachment.stored_as).where(Attachment.application == application)):
        storage.retire(stored_as, clock.now())
    Attachment.delete().where(Attachment.application == application).execute()
    Application.delete().where(Application.id == application.id).execute()
    return True
