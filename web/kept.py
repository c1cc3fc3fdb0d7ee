"""Nothing typed is lost (R-3.6): a POST that came too late or failed is carried on and can be taken up again."""

from __future__ import annotations

import re

from rules.values.calendar import ERAS
from web.form import Form
from web.page import page
from web.visit import Visit

_PREFIX = "kept."
_FIELD = _PREFIX + "field."
# Never carried along: they are typed again.
_PASSWORDS = ("password", "password_again", "present")


def login_path(visit: Visit) -> str:
    return "/staff/login" if visit.realm == "staff" else "/login"


def everything(visit: Visit) -> list[tuple[str, str]]:
    """What was posted, in the order of the form, to stand in hidden fields; passwords are typed again.

    With what the form itself was carrying on: a login may be sent again too.
    """
    return [(name, value) for name, value in visit.form.pairs if name != "csrf" and not _is_password(name)]


def typed(visit: Visit) -> list[tuple[str, str]]:
    """The same without what the form was carrying on."""
    return [(name, value) for name, value in everything(visit) if not name.startswith(_PREFIX)]


def values(visit: Visit) -> list[str]:
    """All of it to be read: what a person typed or chose, no buttons."""
    pairs = _whole_dates([(name.removeprefix(_FIELD), value) for name, value in everything(visit)])
    return [
        value
        for name, value in pairs
        if value
        and name not in _OURS
        and not _is_count(name)
        and not name.startswith(("act_", _PREFIX))
        and not _is_password(name)
        # The values of choices and the parts of dates mean nothing by themselves.
        and not _is_code(value)
    ]


def _whole_dates(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The same with one value in the place of a date's parts: of 2026, 12 and 24 the year alone would be left."""
    typed, found = dict(pairs), []
    for name, value in pairs:
        date, _, part = name.rpartition(".")
        if not date or f"{date}.year" not in typed or part not in ("era", "year", "month", "day"):
            found.append((name, value))
        elif part == "year":
            parts = [(typed.get(f"{date}.{one}", ""), word) for one, word in _DATE_WORDS]
            era = next((era.name for era in ERAS if era.letter == typed.get(f"{date}.era")), "")
            words = "".join(number + word for number, word in parts if number)
            found.append((date, f"{era}{words}" if words else ""))
    return found


_DATE_WORDS = (("year", "年"), ("month", "月"), ("day", "日"))


def _is_password(name: str) -> bool:
    return name in _PASSWORDS or "password" in name


_OURS = (
    "digest", "revision", "made_of", "next", "answers", "at", "visit", "counter", "week", "shown", "channel", "seen",
    "moved",
)  # fmt: skip
# How many rows a table showed; a column of its rows would stand behind a number.
_is_count = re.compile(r"[^.]+\.rows").fullmatch
_is_code = re.compile("[a-z_]{1,20}|c[0-9]{1,3}|[A-Z]|[0-9]{1,2}").fullmatch


def had_password(visit: Visit) -> bool:
    """Whether something was typed that has to be typed again."""
    return any(value and _is_password(name) for name, value in visit.form.pairs)


def ask_to_log_in(visit: Visit) -> str:
    """The login page carrying the typed fields; files must be chosen again."""
    template = "staff/account/login.html" if visit.realm == "staff" else "resident/account/login.html"
    return page(
        template,
        next="",
        email="",
        kept=[
            (_PREFIX + "path", visit.path),
            (_PREFIX + "owner", visit.form.get("csrf")),
            *((_FIELD + name, value) for name, value in typed(visit)),
            *((_PREFIX + "file", upload.name) for upload in visit.uploads),
        ],
        files=[upload.name for upload in visit.uploads],
    )


def carried(form: Form) -> list[tuple[str, str]]:
    """The hidden fields of a login page that is shown again, after a wrong password."""
    return [(name, value) for name, value in form.pairs if name.startswith(_PREFIX)]


def carried_files(form: Form) -> list[str]:
    """The names of files that have to be chosen again after the login."""
    return form.getall(_PREFIX + "file")


def unpack(visit: Visit) -> bool:
    """Put the carried fields back in the place of the login form's own; False when none were carried."""
    path = visit.form.get(_PREFIX + "path")
    if not path:
        return False
    typed = [(name.removeprefix(_FIELD), value) for name, value in visit.form.pairs if name.startswith(_FIELD)]
    visit.form = Form([*typed, ("csrf", visit.form.get(_PREFIX + "owner"))])
    visit.uploads, visit.path = [], path
    return True


SAFETY = "安全のため、送られた内容をまだ受け付けていません。"


def ask_to_send_again(visit: Visit, *, status: int = 403, reason: str = SAFETY) -> str:
    """A page with the reason and everything typed, to be sent again under a fresh token."""
    template = "staff/errors/again.html" if visit.realm == "staff" else "resident/errors/again.html"
    return page(
        template,
        status=status,
        reason=reason,
        action=visit.path,
        fields=everything(visit),
        files=[upload.name for upload in visit.uploads],
        shown=values(visit),
    )
