"""Making a page: the template, what every page shows around it, and where to go next."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any
from urllib.parse import quote

import bottle

import config
from models import Town
from rules.records import session, towns
from rules.town import stop, surroundings
from web import said as sentences
from web.visit import Visit, here

VIEWS = str(config.PROGRAM / "views")


_special = re.compile("[&<>\"']").search


def _escape(value: object) -> str:
    """What Bottle's own does, but most texts are looked at once instead of five times."""
    text: str = value if isinstance(value, str) else bottle.touni(value)
    return str(bottle.html_escape(text)) if _special(text) else text


class Page(bottle.SimpleTemplate):  # type: ignore[misc]
    """A template compiled once per process, its parts shared by all pages."""

    shared: dict[str, Any] = {}

    def prepare(self, **options: Any) -> None:
        super().prepare(**options)
        self.cache, self._escape = self.shared, _escape

    @classmethod
    def named(cls, name: str) -> Page:
        found = cls.shared.get(name)
        if found is None:
            found = cls.shared[name] = cls(name=name, lookup=[VIEWS])
        return found


class Context:
    """`ctx` of every template: the frame around a page. Values that cost a query are read when asked for."""

    def __init__(self, visit: Visit, town: Town | None) -> None:
        self.visit = visit
        alone = towns.only_town()
        self.town = town or towns.staff_town(visit.staff) or alone
        self.home = "/" if self.town is None or alone else f"/towns/{self.town.code}"
        self.me = visit.me
        self.path = visit.path
        self.errors = visit.errors
        self.message = visit.message
        self.demo = config.settings().demo
        look = visit.cookies.get("look", "").split("-")
        self.size = next((word for word in look if word in ("large", "small")), "")
        self.color = "black" if "black" in look else ""

    @cached_property
    def said(self) -> str:
        """What the act before this page says; shown once."""
        return sentences.take(self.visit)

    @property
    def token(self) -> str:
        return self.visit.csrf_token()

    @property
    def login_href(self) -> str:
        """The login; from a page of an application it comes back there, and takes along what is being written."""
        has_page = bottle.request.method == "GET" or "/pages/" in self.path
        about = self.path.startswith("/applications/") and len(self.path) < 200
        return f"/login?next={quote(self.path)}" if about and has_page else "/login"

    @cached_property
    def nav(self) -> list[tuple[str, str, bool]]:
        """(word, path, here) of the residents' menu; a page that is about no town has none."""
        return surroundings.resident_menu(self.town, self.path) if self.town else []

    @cached_property
    def footer(self) -> list[tuple[str, str]]:
        """(word, path) at the foot of residents' pages."""
        return surroundings.footer(self.town)

    @cached_property
    def stops(self) -> list[tuple[str, str]]:
        """(sentence, path) of every stop that is near."""
        return surroundings.stops(self.town, stops_known(self.visit))

    @cached_property
    def staff_menu(self) -> list[tuple[str, str, bool, int | None, str | None]]:
        return surroundings.staff_menu(self.visit.staff, self.path) if self.visit.staff else []

    @cached_property
    def warnings(self) -> list[str]:
        staff = self.visit.staff
        return surroundings.staff_warnings(staff, stops_known(self.visit)) if staff else []

    @property
    def divisions_label(self) -> str:
        return session.divisions_label(self.visit.staff) if self.visit.staff else ""

    def look_words(self, size: str | None = None, color: str | None = None) -> str:
        """'large-black' and the like: the present look with one of the two changed."""
        wanted = [self.size if size is None else size, self.color if color is None else color]
        return "-".join(word for word in wanted if word)

    def look_href(self, size: str | None = None, color: str | None = None) -> str:
        """The link that changes the size of letters or the colours and comes back here."""
        return f"/look?is={self.look_words(size, color)}&back={self._back}"

    @cached_property
    def _back(self) -> str:
        """This page; for the answer to a POST the page it was sent from."""
        request = bottle.request
        # A code that somebody typed into the address line shall stand nowhere else.
        query = "" if "code=" in request.query_string else request.query_string
        asked = f"{self.path}?{query}" if query else self.path
        if request.method != "GET":
            referer = request.get_header("Referer", "")
            asked = local_path(referer.removeprefix(self.visit.origin)) if referer.startswith(self.visit.origin) else ""
        # Old browsers end at 2,083 characters, and everything is quoted twice at worst.
        return quote(asked if 0 < len(asked) < 500 else self.home, safe="/")


def stops_known(visit: Visit) -> list[stop.Stop]:
    """Every announced stop that is not over; asked for once a request."""
    known: list[stop.Stop] | None = visit.environ.get("madoguchi.stops")
    if known is None:
        known = visit.environ["madoguchi.stops"] = stop.windows()
    return known


def page(template: str, *, town: Town | None = None, status: int = 200, private: bool = True, **values: Any) -> str:
    """Render a page of views/ with `ctx` around it; personal pages are stored nowhere on the way."""
    visit = here()
    response = bottle.response
    response.status = visit.status if visit.status != 200 else status
    response.content_type = "text/html; charset=UTF-8"
    response.set_header("Cache-Control", "no-store" if private or visit.me else "private, max-age=0, must-revalidate")
    ctx = Context(visit, town)
    return str(Page.named(template).render(values, ctx=ctx))


def to(path: str, said: str = "") -> bottle.HTTPResponse:
    """After a POST: 302 to a path of this service (303 is unknown to old browsers), which begins with `said`."""
    if said:
        sentences.say(here(), said)
    location = here().origin + quote(path, safe="/?=&#%:+,-._~")
    return bottle.HTTPResponse("", status=302, headers={"Location": location, "Cache-Control": "no-store"})


def local_path(text: str) -> str:
    """`next` after login: a path of this service, or "" for anything else."""
    plain = text.startswith("/") and not text.startswith(("//", "/\\")) and "\\" not in text
    return text if plain and text.isprintable() else ""
