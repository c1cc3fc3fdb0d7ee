"""What a notice is made of, as a form: its questions, what was typed, and what it means."""

from __future__ import annotations

from typing import Any

import clock
from models import Notice
from rules import Refusal
from rules.forms import fields, form
from rules.town import notice_mail
from rules.values import period
from web import Form

_TIME = "書かないと、その日の{}になります。例：9:00"
_MAIL_TO = {
    "key": "mail_to",
    "type": "choice",
    "label": "お知らせメール",
    "hint": "掲載が始まってから送ります。送り始めたあとは、変えられません。",
    "required": True,
    "choices": [{"value": value, "label": word} for value, word in notice_mail.MAIL_WORDS.items()],
}
_QUESTIONS: list[dict[str, Any]] = [
    {
        "key": "title",
        "type": "text",
        "label": "題名",
        "hint": "",
        "required": True,
        "limits": {"max_length": 100, "width": "long"},
    },
    {
        "key": "body",
        "type": "long_text",
        "label": "本文",
        "hint": "空の行で段落が分かれます。「・」で始めた行は、箇条書きになります。",
        "required": True,
        "limits": {"max_length": 4000, "rows": 12},
    },
    {"key": "from", "type": "date", "label": "掲載の始まりの日", "hint": "", "required": True},
    {
        "key": "from_time",
        "type": "text",
        "label": "掲載の始まりの時刻",
        "hint": _TIME.format("0時"),
        "required": False,
        "limits": {"max_length": 20, "width": "short"},
    },
    {
        "key": "until",
        "type": "date",
        "label": "掲載の終わりの日",
        "hint": "書かないと、取り下げるまで掲載します。",
        "required": False,
    },
    {
        "key": "until_time",
        "type": "text",
        "label": "掲載の終わりの時刻",
        "hint": _TIME.format("終わり（24時）"),
        "required": False,
        "limits": {"max_length": 20, "width": "short"},
    },
]


def page_of(notice: Notice | None) -> dict[str, Any]:
    """The page of questions; to whom it is mailed is not asked any more once mails go out."""
    fixed = notice is not None and notice_mail.has_begun(notice)
    return {"key": "notice", "questions": _QUESTIONS if fixed else [*_QUESTIONS, _MAIL_TO]}


def raw_of(form_page: dict[str, Any], notice: Notice | None, typed: Form | None) -> dict[str, Any]:
    """What stands in the form: what was typed, else what is kept, else today and no mail."""
    if typed is not None:
        return form.complete(form_page, form.read_page(form_page, typed))
    if notice is None:
        kept: dict[str, Any] = {"from": clock.today().isoformat(), "mail_to": "none"}
    else:
        first, first_time = period.typed_parts(notice.shown_from)
        last, last_time = period.typed_parts(notice.shown_until, whole_day=True)
        kept = {"title": notice.title, "body": notice.body, "mail_to": notice.mail_to}
        kept |= {"from": first, "from_time": first_time, "until": last, "until_time": last_time}
    questions = {q["key"]: q for q in form_page["questions"]}
    raw = {key: fields.raw_of(questions[key], value) for key, value in kept.items() if key in questions}
    return form.complete(form_page, raw)


def values_of(form_page: dict[str, Any], notice: Notice | None, typed: Form) -> dict[str, Any]:
    """The columns of the notice; a Refusal with a sentence for each field that is wrong."""
    values, errors = form.check_page(form_page, form.read_page(form_page, typed), {}, clock.today())
    starts = period.instant(values, errors, "from")
    ends = period.instant(values, errors, "until", whole_day=True)
    if errors:
        raise Refusal("", errors)
    return {
        "title": values["title"],
        "body": values["body"],
        "shown_from": starts,
        "shown_until": ends,
        "mail_to": notice.mail_to if notice and "mail_to" not in values else values["mail_to"],
    }
