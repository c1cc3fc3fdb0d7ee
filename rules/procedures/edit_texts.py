"""手続案内 and the wording of mails in the editor: the texts of a procedure."""

from __future__ import annotations

from typing import Any

import clock
from models import Procedure
from rules import Refusal
from rules.procedures import keys
from rules.procedures.edit_sheet import Sheet, line, lines
from rules.records.access import Missing
from rules.town import mail_text
from rules.values import text

Document = dict[str, Any]

_HINTS = {
    "who": "はじめの1文（個人・事業者、住所、年齢）は、「決まり」から自動で出ます。",
    "when": "例：犬を飼い始めた日から30日以内に申請してください。",
    "bring": "例：・本人確認書類の写し",
    "visit": "例：申請のための来庁はいりません。",
    "after": "例：・内容を確かめ、結果をメールでお知らせします。",
    "caution": "",
    "difference_from_paper": "例：印鑑はいりません。",
    "identity": "",
    "purpose_of_use": "例：犬の登録と、予防注射のお知らせに使います。",
    "legal_ground": "例：狂犬病予防法 第4条",
}


# ---------------------------------------------------------------- 手続案内


def guidance_sheet(document: Document) -> Sheet:
    """The ten texts; nothing to say leaves the heading out."""
    asked = [lines(key, title, _HINTS[key], rows=4, most=20_000) for key, title in keys.GUIDANCE.items()]
    return Sheet(asked, {key: document["guidance"].get(key) or None for key in keys.GUIDANCE})


def write_guidance(document: Document, values: dict[str, Any]) -> None:
    document["guidance"] = {key: (values[key] or "").strip() for key in keys.GUIDANCE}


# ---------------------------------------------------------------- メールの文


def mail_kinds(document: Document) -> list[tuple[str, mail_text.Kind, bool]]:
    """(kind, what it is, whether this procedure words it itself) of every mail to an applicant."""
    own = document.get("mails", {})
    return [(kind, known, kind in own) for kind, known in mail_text.KINDS.items() if known.to_applicant]


def mail_kind(kind: str) -> mail_text.Kind:
    """One of them, or Missing."""
    if kind not in keys.MAILS:
        raise Missing
    return mail_text.KINDS[kind]


def usual_mail(procedure: Procedure, kind: str) -> str:
    """The words that hold where the procedure has none: the town's, else those that ship."""
    return mail_text.text_of(procedure.town_id, kind) or mail_text.shipped(kind)


def mail_sheet(procedure: Procedure, document: Document, kind: str) -> Sheet:
    """Subject and body; the usual words to begin with."""
    own = document.get("mails", {}).get(kind)
    subject, body = mail_text.parts(own or usual_mail(procedure, kind))
    asked = [
        line("subject", "件名", required=True, most=mail_text.LONGEST_SUBJECT),
        lines("body", "本文", required=True, most=mail_text.LONGEST, rows=18),
    ]
    return Sheet(asked, {"subject": subject, "body": body})


def mail_fields(kind: str) -> list[tuple[str, str, bool]]:
    """(差込み, what it becomes, whether it has to be there) of a mail."""
    known = mail_text.KINDS[kind]
    needed = mail_text.needed(kind, of_procedure=True)
    return [(f"{{{field}}}", mail_text.FIELDS[field], field in needed) for field in known.fields]


def wording(kind: str, values: dict[str, Any]) -> str:
    """The mail as it is kept; a Refusal that says what is wrong with it."""
    made = mail_text.joined(values["subject"], text.clean(values["body"]))
    subject, body = mail_text.parts(made)
    missing = mail_text.missing(kind, subject, body, of_procedure=True)
    errors = {
        "q-subject": " ".join(mail_text.subject_faults(kind, subject)),
        "q-body": " ".join(mail_text.body_faults(kind, body) + missing),
    }
    errors = {field: sentence for field, sentence in errors.items() if sentence}
    if errors:
        raise Refusal("", errors)
    return made


def write_mail(document: Document, kind: str, made: str | None) -> None:
    """Word a mail for this procedure; None leaves it to the usual words."""
    own = dict(document.get("mails", {}))
    own.pop(kind, None)
    document["mails"] = own | ({kind: made} if made else {})


# ---------------------------------------------------------------- as residents will see it


def shown_as(row: Procedure, document: Document) -> Procedure:
    """A procedure that is in no table, as the row would be if the draft were published now."""
    period = document.get("period", {})
    return Procedure(
        id=row.id,
        town=row.town_id,
        slug=document["id"],
        division=row.division_id,
        category=row.category_id,
        name=document["name"],
        name_kana=document["name_kana"],
        summary=document["summary"],
        channel=document["channel"],
        login=document["login"],
        standard_days=document["standard_days"],
        published=row.published,
        period_from=period.get("from", ""),
        period_until=period.get("until", ""),
        created_at=clock.now(),
    )
