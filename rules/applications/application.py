"""申請の一生: the table of moves, and one verb for each. Who may move it, from where, to where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from peewee import IntegrityError

import clock
from models import Application, Correction, Division, Role, Staff, StaffDivision, Status, transaction, tuples
from rules import Refusal
from rules.applications import letters, notes, processing_time
from rules.procedures import procedure
from rules.records import access, audit, history
from rules.records.access import Person
from rules.records.history import Actor
from rules.records.session import SignedInStaff
from rules.values.calendar import near_date

S = Status
_CLERKS = frozenset({Role.CLERK, Role.TOWN_ADMINISTRATOR})
_ADMINISTRATORS = frozenset({Role.TOWN_ADMINISTRATOR})
OPEN = (S.SUBMITTED, S.IN_REVIEW, S.RETURNED, S.APPROVED)


@dataclass(frozen=True)
class Move:
    """A row of the table: act, event, from, to, the roles that may, the mail that goes out, may the applicant too."""

    event: str
    sources: tuple[Status, ...]
    target: Status | None
    roles: frozenset[Role]
    mail: str = ""
    applicant: bool = False


MOVES: dict[str, Move] = {
    "start_review": Move("review_started", (S.SUBMITTED,), S.IN_REVIEW, _CLERKS),
    "return_for_correction": Move("returned", (S.SUBMITTED, S.IN_REVIEW), S.RETURNED, _CLERKS, "returned"),
    "end_return": Move("return_ended", (S.RETURNED,), S.IN_REVIEW, _CLERKS, "return_ended"),
    "approve": Move("approved", (S.IN_REVIEW,), S.APPROVED, _CLERKS, "approved"),
    "reject": Move("rejected", (S.IN_REVIEW,), S.REJECTED, _CLERKS, "rejected"),
    # IN_REVIEW only where the procedure has no decision (届出): see possible().
    "complete": Move("completed", (S.APPROVED, S.IN_REVIEW), S.COMPLETED, _CLERKS, "completed"),
    # From which states, the procedure says: see possible().
    "withdraw": Move(
        "withdrawn", (S.SUBMITTED, S.IN_REVIEW, S.RETURNED, S.APPROVED), S.WITHDRAWN, _CLERKS, "withdrawn", True
    ),
    "reopen": Move("reopened", (S.APPROVED, S.REJECTED, S.COMPLETED), S.IN_REVIEW, _ADMINISTRATORS, "reopened"),
    "transfer": Move("transferred", OPEN, None, _CLERKS),
}


def possible(application: Application, act: str) -> bool:
    """Whether the table and the procedure allow an act from the present state."""
    status, document = Status(application.status), procedure.document_of(application.form_version_id)
    if status not in MOVES[act].sources:
        return False
    if act == "complete":
        return status is S.APPROVED or not document["decision"]
    if act in ("approve", "reject"):
        return bool(document["decision"])
    if act == "withdraw":
        return status in document["withdrawal"]
    return True


def possible_for(staff: SignedInStaff, application: Application) -> list[str]:
    """The acts a member of staff can choose from, in the order of the table."""
    return [act for act, move in MOVES.items() if staff.role in move.roles and possible(application, act)]


# ---------------------------------------------------------------- acts of staff


def start_review(application: Application, by: SignedInStaff, revision: int) -> None:
    """審査を開始する; whoever takes it up becomes its assignee if it has none."""
    changes: dict[str, Any] = {"review_started_at": clock.now()}
    if application.assignee_id is None:
        changes["assignee"] = by.id
    _move(application, "start_review", by, revision, changes=changes)


def return_for_correction(
    application: Application, by: SignedInStaff, revision: int, *, reason: str, remarks: dict[str, str], until: date
) -> None:
    """差し戻す: ask for a correction, with remarks by question key; the processing time stands still."""
    if not reason.strip():
        raise Refusal("", {"q-reason": "差戻しの理由を入力してください。申請した方へのメールに書かれます。"})
    if until < clock.today():
        raise Refusal("", {"q-until": "補正の期限が、きょうより前になっています。日付をお確かめください。"})

    left = processing_time.days_left(application)
    with transaction():
        _move(
            application,
            "return_for_correction",
            by,
            revision,
            text="\n".join([reason, *letters.remark_lines(application, remarks)]),
            changes={"days_left": left, "due_on": None},
            until=until.isoformat(),
        )
        Correction.create(
            application=application,
            requested_at=clock.now(),
            requested_by=by.id,
            turn=application.submissions.count(),
            reason=reason,
            remarks=remarks,
            until=until,
        )
        letters.to_applicant(application, "returned", reason=reason, remarks=remarks, until=until)


def end_return(application: Application, by: SignedInStaff, revision: int, *, reason: str) -> None:
    """差戻しを終える: nobody answered; the application goes on as it was sent."""
    _need(reason, "差戻しを終える理由を入力してください。")
    now = clock.now()
    with transaction():
        changes = processing_time.resumed(application, now.date())
        changes["review_started_at"] = application.review_started_at or now
        _move(application, "end_return", by, revision, text=reason, changes=changes)
        _end_correction(application, now)
        letters.to_applicant(application, "return_ended", reason=reason)


def _end_correction(application: Application, now: datetime) -> None:
    Correction.update(ended_at=now).where(
        (Correction.application == application) & Correction.resolved_at.is_null() & Correction.ended_at.is_null()
    ).execute()


def approve(application: Application, by: SignedInStaff, revision: int, *, remarks: str = "") -> None:
    """承認する."""
    _decide(application, "approve", by, revision, text=remarks)


def reject(application: Application, by: SignedInStaff, revision: int, *, reason: str) -> None:
    """却下する; the mail carries the reason and the 教示 of the procedure."""
    _need(reason, "却下の理由を入力してください。申請した方へのメールに書かれます。")
    _decide(application, "reject", by, revision, text=reason)


def complete(application: Application, by: SignedInStaff, revision: int, *, remarks: str = "") -> None:
    """完了にする."""
    _decide(application, "complete", by, revision, text=remarks)


_told_of_decision: list[Callable[[Application], None]] = []


def when_decided(tell: Callable[[Application], None]) -> Callable[[Application], None]:
    """Call `tell` with every application that gets a result, or loses it by a 訂正; else as `when_withdrawn`."""
    _told_of_decision.append(tell)
    return tell


def _decide(application: Application, act: str, by: SignedInStaff, revision: int, *, text: str) -> None:
    now = clock.now()
    changes = {
        "decided_at": application.decided_at or now,
        "once_key": None if act != "approve" else application.once_key,
    }
    with transaction():
        _move(application, act, by, revision, text=text, changes=changes)
        letters.to_applicant(application, MOVES[act].mail, reason=text)
        for tell in _told_of_decision:
            tell(application)


def reopen(application: Application, by: SignedInStaff, revision: int, *, reason: str) -> None:
    """訂正: take back a result that was pressed wrongly; a mail tells the applicant."""
    _need(reason, "訂正の理由を入力してください。申請した方へのメールに書かれます。")
    with transaction():
        changes = {"decided_at": None, "once_key": once_key(application)}
        try:
            _move(application, "reopen", by, revision, text=reason, changes=changes)
        except IntegrityError:
            raise Refusal(
                "この方は、同じ手続きをもう一度申請しています。1人1件までの手続きなので、訂正できません。"
            ) from None
        letters.to_applicant(application, "reopened", reason=reason)
        for tell in _told_of_decision:
            tell(application)


def transfer(application: Application, by: SignedInStaff, revision: int, *, division: int, reason: str) -> None:
    """別の部課へ移す, inside the town; the state stays."""
    target = Division.get_or_none((Division.id == division) & (Division.town == by.town) & Division.closed_at.is_null())
    if target is None or target.id == application.division_id:
        raise Refusal("", {"q-division": "移す先の部課を選んでください。"})
    _need(reason, "移す理由を入力してください。")
    with transaction():
        _move(
            application,
            "transfer",
            by,
            revision,
            text=f"{application.division.name}から{target.name}へ。{reason}",
            changes={"division": target.id, "assignee": None},
            to=target.name,
        )
        letters.to_division(application, "division_arrival")


def assign(application: Application, by: SignedInStaff, revision: int, *, assignee: int | None) -> None:
    """担当を決める, among those who can see the application."""
    if application.status not in OPEN:
        raise Refusal("この申請は終わっています。担当は変えられません。")
    if assignee is not None and assignee not in {key for key, _ in assignable(application)}:
        raise Refusal("", {"q-assignee": "担当にする職員を選び直してください。"})
    with transaction():
        _save(application, by, revision, {"assignee": assignee})
        name = Staff.get_by_id(assignee).name if assignee else "未定"
        history.record(application, "assigned", Actor(staff=by), before=application.status, text=name)
        audit.record("application_assigned", staff=by, application=application.id, division=application.division_id)


def claim(application: Application, by: SignedInStaff, revision: int) -> None:
    """Count the revision on for an act on what stands beside an application; refused when somebody was first.

    Call inside the transaction of that act.
    """
    _save(application, by, revision, {})


def assignable(application: Application) -> list[tuple[int, str]]:
    """(id, name) of the clerks of the application's division and those above, and the town's administrators."""
    above, division = set(), application.division
    while division is not None and division.id not in above:
        above.add(division.id)
        division = division.parent
    members = StaffDivision.select(StaffDivision.staff).where(StaffDivision.division.in_(sorted(above)))
    staff = Staff.select(Staff.id, Staff.name).where(
        (Staff.town == application.town_id)
        & Staff.disabled_at.is_null()
        & (Staff.id.in_(members) | (Staff.role == Role.TOWN_ADMINISTRATOR))
    )
    return [(key, name) for key, name in tuples(staff.order_by(Staff.name))]


def once_key(application: Application) -> str | None:
    """What keeps a person to one open application, where the procedure allows no more."""
    document = procedure.document_of(application.form_version_id)
    if not document["once"] or application.resident_id is None:
        return None
    return f"{application.procedure_id}:{application.resident_id}"


# ---------------------------------------------------------------- withdrawal

_told_of_withdrawal: list[Callable[[Application], None]] = []


def when_withdrawn(tell: Callable[[Application], None]) -> Callable[[Application], None]:
    """Call `tell` with every application that is withdrawn, inside the transaction that withdraws it.

    For what stands beside an application in modules above this one: a payment that waits, a visit that was booked.
    A Refusal raised there leaves everything as it was. Usable as a decorator.
    """
    _told_of_withdrawal.append(tell)
    return tell


def withdraw(application: Application, person: Person, *, reason: str) -> None:
    """取り下げる, by the applicant. A second press finds it done and changes nothing."""
    _need(reason, "取下げの理由を入力してください。かんたんな理由でかまいません。")
    with transaction():
        # As it stands when it is our turn: staff may have moved it since the page was read.
        current = access.own_application(person, application.id)
        if current.status != S.WITHDRAWN:
            _withdraw(current, person, current.revision, reason)
            letters.to_division(current, "division_withdrawn")


def withdraw_on_request(application: Application, by: SignedInStaff, revision: int, *, reason: str, asked: str) -> None:
    """取下げ, asked for by telephone or at the counter; who `asked` and how is noted for staff alone."""
    _need(reason, "取下げの理由を入力してください。申請した方へのメールに書かれます。")
    _need(asked, "だれから、どのように申し出があったかを入力してください。", "q-asked")
    with transaction():
        _withdraw(application, by, revision, reason)
        notes.add(application, by, f"取下げの申し出：{asked}")


def _withdraw(application: Application, by: SignedInStaff | Person, revision: int, reason: str) -> None:
    over = {"once_key": None, "due_on": None, "days_left": None}
    _move(application, "withdraw", by, revision, text=reason, changes=over)
    _end_correction(application, clock.now())
    for tell in _told_of_withdrawal:
        tell(application)
    letters.to_applicant(application, "withdrawn", reason=reason)


# ---------------------------------------------------------------- how a move is made


def _need(text: str, sentence: str, field: str = "q-reason") -> None:
    if not text.strip():
        raise Refusal("", {field: sentence})


def _move(
    application: Application,
    act: str,
    by: SignedInStaff | Person,
    revision: int,
    *,
    text: str = "",
    changes: dict[str, Any] | None = None,
    **data: Any,
) -> None:
    """State, event and, for staff, audit in one transaction; refused when somebody else was first."""
    move, actor = MOVES[act], _actor(by)
    if not (move.applicant if actor.staff is None else actor.staff.role in move.roles):
        raise access.Missing
    # As they are before the move: a transfer changes the division.
    before, label, division = application.status, actor.label(application), application.division_id
    with transaction():
        if not possible(application, act):
            raise _overtaken(application, by)
        values = dict(changes or {})
        if move.target is not None:
            values |= {"status": move.target, "status_at": clock.now()}
        _save(application, by, revision, values)
        history.record(application, move.event, actor, before=before, text=text, label=label, **data)
        if actor.staff is not None:
            audit.record(
                "application_transferred" if act == "transfer" else "application_moved",
                staff=actor.staff,
                application=application.id,
                division=division,
                move=move.event,
            )


def _actor(by: SignedInStaff | Person) -> Actor:
    return Actor(resident=by.resident) if isinstance(by, Person) else Actor(staff=by)


def _save(application: Application, by: SignedInStaff | Person, revision: int, values: dict[str, Any]) -> None:
    """Write only if nobody wrote since `revision`, the one the form was made from."""
    changed = (
        Application.update(revision=Application.revision + 1, **values)
        .where((Application.id == application.id) & (Application.revision == revision))
        .execute()
    )
    if not changed:
        raise _overtaken(application, by)
    for name, value in values.items():
        setattr(application, name, value)
    application.revision = revision + 1


def _overtaken(application: Application, by: SignedInStaff | Person) -> Refusal:
    """Somebody was first: say who and what, the typed text stays on the page; residents are told no names."""
    last = history.latest(application)
    if isinstance(by, Person):
        return Refusal(
            "役場で手続きが進んだため、この画面からは取り下げられません。申請はそのままです。"
            "取り下げたいときは、担当の課に電話してください。"
        )
    if last is None:
        return Refusal("この申請は、いまはこの操作ができません。いまの状態を見てから、もう一度決めてください。")
    if last.staff_id == by.id:
        return Refusal(f"この操作は、すでに済んでいます（{history.WORDS[last.name][0]}）。いまの状態をご覧ください。")
    who = last.actor or "申請者"
    return Refusal(
        f"{who}が、先にこの申請を変えました（{history.WORDS[last.name][0]}）。"
        "いまの状態を見てから、もう一度決めてください。"
    )


# ---------------------------------------------------------------- processing time


def due_words(application: Application) -> str:
    """When the result is to be expected, for the applicant; "" where nothing was promised."""
    return f"{near_date(application.due_on)}ごろ" if application.due_on else ""
