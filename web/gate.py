"""Declaring screens: who may open them is said in the same line, and checked before the handler runs."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any
from urllib.parse import quote, urlencode

import bottle

from models import Role
from rules import Refusal
from rules.accounts.password import Busy
from rules.files import storage
from rules.records import access, second_click
from turns import Turns
from web import errors, form, headers, kept, look, stopped, visit
from web.page import to
from web.visit import Visit, here

log = logging.getLogger("madoguchi")

app = bottle.Bottle()

_FORGOTTEN = (
    "ログインしないで始めた申請は、始めたときのブラウザーでだけ続けられます。"
    "送ったあとの申請は、「申請状況の照会」で、申込番号と照会コードを入力してご覧ください。"
    "まだ送っていない方は、お手数ですが、手続き一覧から、もう一度始めてください。"
)

Handler = Callable[..., Any]


class Who(Enum):
    """Who may open a screen."""

    ANYONE = "anyone"
    RESIDENT = "a signed-in resident"
    APPLICANT = "whoever the application belongs to, with or without an account"
    STAFF = "any member of staff"
    CLERK = "staff who handle applications"
    ADMINISTRATOR = "an administrator, of the town or the system"
    TOWN_ADMINISTRATOR = "a town administrator"
    SYSTEM_ADMINISTRATOR = "a system administrator"


_ROLES = {
    Who.STAFF: frozenset(Role),
    Who.CLERK: frozenset({Role.CLERK, Role.TOWN_ADMINISTRATOR}),
    Who.ADMINISTRATOR: frozenset({Role.TOWN_ADMINISTRATOR, Role.SYSTEM_ADMINISTRATOR}),
    Who.TOWN_ADMINISTRATOR: frozenset({Role.TOWN_ADMINISTRATOR}),
    Who.SYSTEM_ADMINISTRATOR: frozenset({Role.SYSTEM_ADMINISTRATOR}),
}


# A member of staff may know which screens there are.
_NOT_YOURS = {
    Who.CLERK: "申請を扱う担当者と、町の管理者だけが使える画面です。",
    Who.ADMINISTRATOR: "町の管理者と、システム管理者だけが使える画面です。",
    Who.TOWN_ADMINISTRATOR: "町の管理者だけが使える画面です。町の管理者に頼んでください。",
    Who.SYSTEM_ADMINISTRATOR: "システム管理者だけが使える画面です。",
}


@dataclass(frozen=True)
class Screen:
    """A declared screen; `again` draws the page anew when a POST was refused, `when_stopped` keeps a late one.

    `heavy` is one that proves and hands out a file.
    """

    handler: Handler
    who: Who
    again: Handler | None = None
    when_stopped: Handler | None = None
    done: tuple[str, str] = ("", "")
    heavy: bool = False


def get(path: str, *, who: Who, heavy: bool = False) -> Callable[[Handler], Handler]:
    """Declare a page; a `heavy` one is made while other pages are."""
    return _declare("GET", path, who, heavy=heavy)


def post(
    path: str,
    *,
    who: Who,
    again: Handler | None = None,
    when_stopped: Handler | None = None,
    done: tuple[str, str] = ("", ""),
) -> Callable[[Handler], Handler]:
    """Declare an act; `again` is the page to show with the refusal beside the fields, everything typed still there.

    `when_stopped` takes the place of the act while residents' pages rest: it keeps what was posted and returns
    what became of it (web.Saved), or None; then it stands on the page of the stop, to be sent again.
    `done` is (what rules.second_click was told, path) of an act that ends the session: a second click is led there.
    """
    return _declare("POST", path, who, again=again, when_stopped=when_stopped, done=done)


def _declare(method: str, path: str, who: Who, **more: Any) -> Callable[[Handler], Handler]:
    def declare(handler: Handler) -> Handler:
        screen = Screen(handler, who, **more)

        def callback(**args: Any) -> Any:
            return _answer(screen, args, posted=method == "POST")

        app.route(
            path, method=method, callback=callback, name=handler.__module__ + "." + handler.__name__, screen=screen
        )
        return handler

    return declare


# Python makes one page at a time anyway; in turn, each takes its own time and not the sum of all that wait. Staff
# search through everything ever sent, and residents shall not wait for that; who posts waits for the disk or bcrypt,
# and so does who downloads.
_reading = Turns()


def _answer(screen: Screen, args: dict[str, Any], *, posted: bool) -> Any:
    if posted or screen.heavy or bottle.request.path.startswith("/staff"):
        answer = _go_through(screen, args, posted=posted)
    else:
        with _reading:
            answer = _go_through(screen, args, posted=posted)
    _note_looks()
    return answer


def _note_looks() -> None:
    """What a page asked to be written once it is drawn: out of the turn, since whoever writes may have to wait."""
    now: Visit | None = bottle.request.environ.get("madoguchi.visit")
    if now is None or now.only_asks:
        return
    for note in now.notes:
        try:
            note()
        except Exception:  # the page is drawn, and the next look is noted
            log.exception("%s was shown, which could not be noted", now.path)


def _go_through(screen: Screen, args: dict[str, Any], *, posted: bool) -> Any:
    """One request through the house: host, form, who, csrf, handler, refusals."""
    try:
        now = visit.begin()
        if posted:
            now.posted = True
            now.form, now.uploads = form.read(bottle.request.environ)
        result = enter(screen, args, now)
    except Exception as fault:
        result = _answer_fault(fault)
    return result


def _turned_away(screen: Screen, args: dict[str, Any], now: Visit, rest: stopped.Rest) -> Any:
    """Residents' pages rest: what an input page brings is saved, all else can be sent again when it is over."""
    saved = None
    if screen.when_stopped is not None:
        try:
            if _fits(args) and _gate(screen, args, now) is None:
                saved = screen.when_stopped(**args)
        except access.Missing:
            pass  # not this person's, or gone: the page carries it on all the same
        except Exception:
            log.exception("%s could not be saved while pages rest", now.path)
    return stopped.show(now, rest, saved)


def _fits(args: dict[str, Any]) -> bool:
    """No database has an id of more than 63 bits."""
    return not any(isinstance(value, int) and value.bit_length() > 63 for value in args.values())


def enter(screen: Screen, args: dict[str, Any], now: Visit) -> Any:
    """The screen's answer, if it does not rest now and the visitor may have one."""
    rest = stopped.met_by(now)
    if rest is not None:
        return _turned_away(screen, args, now, rest)
    if not _fits(args):
        raise access.Missing
    stop = _gate(screen, args, now)
    return stop if stop is not None else _run(screen, args)


def _answer_fault(fault: Exception) -> Any:
    if isinstance(fault, visit.UnknownHost):
        return errors.unknown_host()
    if isinstance(fault, form.BadForm):
        return errors.show(413 if isinstance(fault, form.TooLarge) else 400)
    if isinstance(fault, access.Missing):
        return errors.show(404)
    if isinstance(fault, bottle.HTTPResponse):
        return fault
    if isinstance(fault, storage.Damaged):
        log.error("%s %s: %s", bottle.request.method, bottle.request.path, fault)
        return errors.damaged()
    log.exception("%s %s", bottle.request.method, bottle.request.path)
    try:
        return errors.broken()
    except Exception:  # the database itself is away: no page of ours can be drawn
        return errors.bare()


def _gate(screen: Screen, args: dict[str, Any], now: Visit) -> Any:
    """None when the handler may run, else what to answer instead."""
    if now.posted and errors.foreign_origin():
        return errors.show(403)
    if not _admitted(screen, args, now):
        if now.me is not None:
            return errors.show(404, message=_NOT_YOURS.get(screen.who, "") if now.staff else "")
        if now.posted:
            return _second_half(screen, now) or kept.ask_to_log_in(now)
        return to(kept.login_path(now) + "?" + urlencode({"next": _wanted()}))
    if now.posted and not now.csrf_fits():
        return kept.ask_to_send_again(now)
    if now.staff and now.staff.must_change_password and now.path not in ("/staff/password", "/staff/logout"):
        return to("/staff/password")
    return None


def _second_half(screen: Screen, now: Visit) -> Any:
    """For the second half of a double click, when the first has ended the session: the way to what says so."""
    what, path = screen.done
    return to(path) if what and second_click.is_done(what, now.token) else None


def _wanted() -> str:
    query = bottle.request.query_string
    return here().path + (f"?{query}" if query else "")


def _admitted(screen: Screen, args: dict[str, Any], now: Visit) -> bool:
    who = screen.who
    if who is Who.ANYONE:
        return True
    if who is Who.RESIDENT:
        return now.resident is not None
    if who is Who.APPLICANT:
        # What a browser posts from a page that was its own is looked at in any case: if the draft is gone, its page
        # gives back what was typed.
        return now.resident is not None or now.form_owner() == "r0" or access.owns(now.person, args["id"])
    return now.staff is not None and now.staff.role in _ROLES[who]


def _run(screen: Screen, args: dict[str, Any]) -> Any:
    """The handler itself; a refusal draws the page again with its sentences (422)."""
    now = here()
    if look.chosen(now) and screen.again is not None and screen.when_stopped is None:
        # Larger letters are no act: the page comes back as it was typed. Where the handler saves, it does that too.
        return screen.again(**args)
    try:
        return screen.handler(**args)
    except access.Missing:
        if screen.who is not Who.APPLICANT or now.me is not None:
            raise
        return errors.show(404, message=_FORGOTTEN)
    except (Refusal, Busy) as refusal:
        if second := _second_half(screen, now):
            return second
        now.message = str(refusal) if isinstance(refusal, Busy) else refusal.message
        now.errors = {} if isinstance(refusal, Busy) else dict(refusal.fields)
        now.status = 503 if isinstance(refusal, Busy) else 422
        if isinstance(refusal, Busy):
            bottle.response.set_header("Retry-After", "3")
        if screen.again is None:
            return errors.show(422, message=now.message)
        return screen.again(**args)


@app.hook("after_request")  # type: ignore[untyped-decorator]
def _finish() -> None:
    """Security headers on everything, cookies where the visit set some."""
    response = bottle.response
    for name, value in headers.SECURITY.items():
        response.headers.setdefault(name, value)
    now: Visit | None = bottle.request.environ.get("madoguchi.visit")
    if now is not None:
        for name, value in now.added_cookies:
            response.add_header("Set-Cookie", headers.cookie(name, value, secure=now.origin.startswith("https:")))


def _unrouted(fault: bottle.HTTPError) -> Any:
    try:
        now = visit.begin()
        if _without_slash():
            fault.status = 302
            fault.set_header("Location", now.origin + quote(now.path.rstrip("/"), safe="/"))
            return ""
        rest = stopped.met_by(now)
        if rest is not None:
            return stopped.show(now, rest)
        return errors.show(fault.status_code if fault.status_code in (404, 405) else 400)
    except visit.UnknownHost:
        return errors.unknown_host().body


def _without_slash() -> bool:
    """Whether the page asked for is there, but for a slash too many: people type addresses, and add one."""
    path: str = bottle.request.path
    if bottle.request.method != "GET" or not path.rstrip("/") or not path.endswith("/"):
        return False
    try:
        app.match({"PATH_INFO": path.rstrip("/"), "REQUEST_METHOD": "GET"})
    except bottle.HTTPError:
        return False
    return True


app.default_error_handler = _unrouted
