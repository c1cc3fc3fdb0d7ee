"""One request: who is visiting, from where, and what is known about it so far."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Any

import bottle

import config
from models import connect
from rules.applications import draft
from rules.records import session
from rules.records.access import Person
from rules.records.session import SignedInResident, SignedInStaff
from rules.values import secrecy
from web.form import Form, Upload

# What the last 手続き判定 said, for whoever registers next in this browser.
_ANSWERS = "guide"


class UnknownHost(Exception):
    """The Host header names no address of this service."""


class Visit:
    """Bound to the request by `begin()`; everything about the visitor is read from here."""

    __slots__ = (
        "added_cookies",
        "cookies",
        "form",
        "message",
        "notes",
        "errors",
        "origin",
        "path",
        "posted",
        "realm",
        "resident",
        "staff",
        "status",
        "token",
        "token_before_login",
        "uploads",
        "environ",
    )

    def __init__(self, environ: dict[str, Any]) -> None:
        self.environ = environ
        self.path: str = environ.get("PATH_INFO", "/")  # decoded by Bottle before it looked for a route
        self.origin = _origin(environ.get("HTTP_HOST", ""))
        self.realm = "staff" if self.path == "/staff" or self.path.startswith("/staff/") else "resident"
        self.cookies = _cookies(environ.get("HTTP_COOKIE", ""))
        self.token = self.cookies.get(cookie_name(self.realm, self.origin), "")
        self.token_before_login = ""
        self.resident: SignedInResident | None = None
        self.staff: SignedInStaff | None = None
        self.form = Form()
        self.uploads: list[Upload] = []
        self.errors: dict[str, str] = {}
        self.message = ""
        self.posted = False
        self.status = 200
        self.added_cookies: list[tuple[str, str]] = []
        # What is written once the page is drawn; web/gate.py tells why.
        self.notes: list[Callable[[], None]] = []

    @property
    def only_asks(self) -> bool:
        """HEAD: somebody's program asks about a page, and nobody is shown anything."""
        return bool(self.environ.get("REQUEST_METHOD") == "HEAD")

    def recognise(self) -> None:
        """Look up whose session the cookie is."""
        if self.token and self.realm == "staff":
            self.staff = session.staff_of(self.token)
        elif self.token:
            self.resident = session.resident_of(self.token)

    @property
    def visitor(self) -> str:
        """The digest by which a browser without login is known; gives it a cookie if it has none."""
        if not self.token:
            self.set_token(secrecy.new_token())
        return secrecy.token_hash(self.token)

    @property
    def me(self) -> SignedInResident | SignedInStaff | None:
        return self.staff if self.realm == "staff" else self.resident

    @property
    def member(self) -> SignedInStaff:
        """The member of staff, on screens that the gate opens to nobody else."""
        assert self.staff is not None
        return self.staff

    @property
    def person(self) -> Person:
        """The applicant's side of this request, with or without an account."""
        return Person(self.resident.id if self.resident else None, secrecy.token_hash(self.token) if self.token else "")

    def applicant(self) -> Person:
        """The same for whoever begins an application: a browser without login gets the cookie it is known by."""
        return Person(self.resident.id if self.resident else None, self.visitor)

    @property
    def ip(self) -> str:
        return str(self.environ.get("REMOTE_ADDR", ""))

    @property
    def answers(self) -> str:
        """What this browser was told last by a 手続き判定, before anybody logged in."""
        return self.cookies.get(_ANSWERS, "")

    def keep_answers(self, text: str) -> None:
        self.added_cookies.append((_ANSWERS, text))

    def forget_answers(self) -> None:
        """From here on somebody else may be using the browser."""
        if self.answers:
            self.added_cookies.append((_ANSWERS, ""))

    def set_token(self, token: str) -> None:
        """From here on the browser is known by this token: new at login, logout and change of password.

        What it is writing without an account stays its own.
        """
        if self.token and self.realm == "resident":
            draft.follow_browser(secrecy.token_hash(self.token), secrecy.token_hash(token))
        self.token = token
        self.added_cookies.append((cookie_name(self.realm, self.origin), token))

    def logged_in(self, token: str) -> None:
        """This browser's visitor turned out to be somebody: from here on the request is theirs."""
        self.token_before_login = self.token
        self.set_token(token)
        self.recognise()

    def csrf_token(self) -> str:
        """What every POST form carries: whose page it was and from which browser, signed."""
        owner = f"{self.realm[0]}{self.me.id if self.me else 0}"
        return _signed(f"{owner}-{self.visitor[:32]}")

    def form_owner(self) -> str:
        """Whose form was posted ('r12', 's3', 'r0'); "" when its token is missing or not ours."""
        token = self.form.get("csrf")
        claim = token.rpartition("-")[0]
        return claim.partition("-")[0] if claim and secrecy.same(token, _signed(claim)) else ""

    def csrf_fits(self) -> bool:
        """Whether the form was made for this person, or for this browser while nobody was signed in."""
        owner = self.form_owner()
        if not owner:
            return False
        if self.me is not None and owner == f"{self.realm[0]}{self.me.id}":
            return True
        if self.me is not None and owner != f"{self.realm[0]}0":
            return False
        # A login gives a new token: what was begun just before it is still this browser's.
        known = (secrecy.token_hash(token)[:32] for token in (self.token, self.token_before_login) if token)
        claim = self.form.get("csrf").split("-")[1]
        return any(secrecy.same(claim, part) for part in known)


def _signed(claim: str) -> str:
    key = config.settings().key("csrf")
    return f"{claim}-{hmac.new(key, claim.encode('utf-8', 'replace'), 'sha256').hexdigest()[:40]}"


def _cookies(header: str) -> dict[str, str]:
    """Each by itself: the library's parser gives up at the first odd one, and lynx sends SameSite=Lax as a cookie."""
    pairs = (pair.partition("=") for pair in header.split(";"))
    return {name.strip(): value.strip(' "') for name, _, value in pairs}


def _origin(host: str) -> str:
    for origin in config.settings().origins:
        if origin.partition("://")[2] == host.lower():
            return origin
    raise UnknownHost(host)


def cookie_name(realm: str, origin: str) -> str:
    """Over https the __Host- prefix keeps other hosts of the domain from setting it."""
    name = "madoguchi-staff" if realm == "staff" else "madoguchi"
    return f"__Host-{name}" if origin.startswith("https:") else name


def begin() -> Visit:
    """Start a request: connection, host, visitor."""
    connect()
    visit = Visit(bottle.request.environ)
    bottle.request.environ["madoguchi.visit"] = visit
    visit.recognise()
    return visit


def here() -> Visit:
    """The visit of the request being answered."""
    visit: Visit = bottle.request.environ["madoguchi.visit"]
    return visit
