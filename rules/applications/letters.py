"""通知: which mail an event of an application sends to whom, and what stands in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any

import clock
import config
from models import Application, Resident, Status
from rules.forms.form import questions
from rules.procedures import procedure
from rules.records import mail, numbering
from rules.town import mail_text
from rules.values.calendar import near_date, show_instant

_RESULTS = {
    Status.APPROVED: "承認",
    Status.REJECTED: "却下",
    Status.COMPLETED: "完了",
}


@cache
def _appeal(kind: str) -> str:
    path = config.PROGRAM / "data" / "starter" / "appeal" / f"{kind}.txt"
    return path.read_text(encoding="utf-8").strip()


def appeal(application: Application) -> str:
    """The 教示 text a refusal of this procedure must carry; "" where it is no 処分."""
    document = procedure.document_of(application.form_version_id)
    if document["appeal"] == "none":
        return ""
    town = application.town.name
    # Where the law names nobody else, the head of the town that decided.
    return _appeal(document["appeal"]).format(town=town, appeal_to=document["appeal_to"] or f"{town}長")


def _facts(application: Application) -> dict[str, Any]:
    """The fields every mail about an application may name; no personal detail beyond the name."""
    document = procedure.document_of(application.form_version_id)
    return {
        "procedure": document["name"],
        "number": numbering.grouped(application.number),
        "name": application.applicant_name,
        "arrived": show_instant(application.submitted_at),
        "now": show_instant(clock.now()),
        "decided": show_instant(application.decided_at or clock.now()),
        "result": _RESULTS.get(Status(application.status), ""),
        "fee": fee_words(document),
        "url": f"{config.settings().base_url}/applications/{application.id}",
    }


def fee_words(document: dict[str, Any]) -> str:
    """The fee as a letter or a paper names it."""
    fee = document["fee"]
    return "かかりません" if fee["when"] == "none" else str(fee["text"])


def reaches(application: Application) -> bool:
    """Whether mail about an application reaches its applicant: there is an account, and it was not closed."""
    resident: Resident | None = application.resident
    return resident is not None and resident.closed_at is None


def own_wording(application: Application, kind: str) -> str | None:
    """The words that the application's own version of the procedure has for a mail."""
    found: str | None = procedure.document_of(application.form_version_id).get("mails", {}).get(kind)
    return found


def remark_lines(application: Application, remarks: dict[str, str]) -> list[str]:
    """The remarks per question, a line each in the order of the form."""
    form = procedure.document_of(application.form_version_id)["form"]
    return [f"・{q['label']}：{remarks[q['key']]}" for q in questions(form) if remarks.get(q["key"])]


_said_beside: list[Callable[[Application], str]] = []


def says_beside(words: Callable[[Application], str]) -> Callable[[Application], str]:
    """Let mails of a result carry as {visit} what `words` says of an application, for modules above this one.

    Usable as a decorator.
    """
    _said_beside.append(words)
    return words


def _beside(application: Application, kind: str) -> str:
    known = mail_text.KINDS.get(kind)
    if known is None or "visit" not in known.fields:
        return ""
    return "\n".join(said for words in _said_beside if (said := words(application)))


def to_applicant(
    application: Application,
    kind: str,
    *,
    reason: str = "",
    remarks: dict[str, str] | None = None,
    until: date | None = None,
    title: str = "",
) -> None:
    """Queue a mail to the applicant, in the transaction of the event; none where no account applied."""
    if not reaches(application):
        return
    resident: Resident = application.resident
    mail.queue(
        kind,
        to=resident.email,
        wording=own_wording(application, kind),
        town=application.town,
        resident=resident,
        application=application,
        division=application.division,
        reason=reason or "なし",
        remarks=reason or "なし",
        correction_list="\n".join(remark_lines(application, remarks or {})) or "（項目ごとの指摘はありません）",
        until=near_date(until) if until else "",
        title=title,
        appeal=appeal(application),
        visit=_beside(application, kind),
        **_facts(application),
    )


_told_otherwise: list[Callable[[Application], bool]] = []


def tells_of_arrival(tells: Callable[[Application], bool]) -> Callable[[Application], bool]:
    """Let modules above this one say that a mail of theirs `tells` that an application is there; a decorator."""
    _told_otherwise.append(tells)
    return tells


def of_arrival(application: Application) -> None:
    """Queue the mail that says what was sent is there, where no other mail says so; a procedure's own always goes."""
    if own_wording(application, "received") or not any(tells(application) for tells in _told_otherwise):
        to_applicant(application, "received")


def to_division(application: Application, kind: str) -> None:
    """Queue a mail to the division in charge, if it wants one at once (R-7.12)."""
    division = application.division
    if division is None or not division.email or division.notify != "at_once":
        return
    facts = _facts(application) | {"url": f"{config.settings().base_url}/staff/applications/{application.id}"}
    mail.queue(kind, to=division.email, town=application.town, application=application, division=division, **facts)
