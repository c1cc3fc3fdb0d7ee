"""Nothing typed is lost (R-3.6): a POST that came too late or failed is carried on and can be taken up again."""

from __future__ import annotations

from web.form import Form
from web.page import page
from web.visit import Visit

_PREFIX = "kept."
# Not carried along: our own fields, and passwords, which are typed again.
_OWN_FIELDS = ("csrf", "password", "password_again", "present")


def login_path(visit: Visit) -> str:
    return "/staff/login" if visit.realm == "staff" else "/login"


def typed(visit: Visit) -> list[tuple[str, str]]:
    """What was typed, in the order of the form, to stand in hidden fields; passwords are typed again."""
    return [
        (name, value) for name, value in visit.form.pairs if name not in _OWN_FIELDS and not name.startswith(_PREFIX)
    ]


def values(visit: Visit) -> list[str]:
    """The same to be read: what a person typed or chose, no buttons."""
    ours = ("digest", "revision", "next")
    return [value for name, value in typed(visit) if value and name not in ours and not name.startswith("act_")]


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
            *((_PREFIX + "field." + name, value) for name, value in typed(visit)),
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
    head = _PREFIX + "field."
    typed = [(name.removeprefix(head), value) for name, value in visit.form.pairs if name.startswith(head)]
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
        fields=typed(visit),
        files=[upload.name for upload in visit.uploads],
        shown=values(visit),
    )
