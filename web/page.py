"""Making a page: the template, what every page shows around it, and where to go next."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any
from urllib.parse import quote

import bottle

import config
from models import Town
from rules import session, stop, surroundings, towns
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

    @property
    def token(self) -> str:
        return self.visit.csrf_token()

    @property
    def nav(self) -> list[tuple[str, str, bool]]:
        """(word, path, here) of the residents' menu; a page that is about no town has none."""
        return surroundings.resident_menu(self.town, self.path) if self.town else []

    @property
    def footer(self) -> list[tuple[str, str]]:
        """(word, path) at the foot of residents' pages."""
        return surroundings.footer(self.town)

    @property
    def stops(self) -> list[tuple[str, str]]:
        """(sentence, path) of every stop that is near."""
        return surroundings.stops(self.town, stops_known(self.visit))

    @property
    def staff_menu(self) -> list[tuple[str, str, bool, int | None, str | None]]:
        return surroundings.staff_menu(self.visit.staff, self.path) if self.visit.staff else []

    @property
    def warnings(self) -> list[str]:
        staff = self.visit.staff
        return surroundings.staff_warnings(staff, stops_known(self.visit)) if staff else []

    @property
    def divisions_label(self) -> str:
        return session.divisions_label(self.visit.staff) if self.visit.staff else ""

    def look_href(self, size: str | None = None, color: str | None = None) -> str:
        """The link that changes the size of letters or the colours and comes back here."""
        wanted = [self.size if size is None else size, self.color if color is None else color]
        return f"/look?is={'-'.join(word for word in wanted if word)}&back={self._back}"

    @cached_property
    def _back(self) -> str:
        # A POST cannot be come back to, and old browsers end at 2,083 characters.
        return quote(self.path if bottle.request.method == "GET" and len(self.path) < 200 else self.home)


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


def to(path: str) -> bottle.HTTPResponse:
    """After a POST: 302 to a path of this service (303 is unknown to old browsers)."""
    location = here().origin + quote(path, safe="/?=&#%:+,-._~")
    return bottle.HTTPResponse("", status=302, headers={"Location": location, "Cache-Control": "no-store"})


def local_path(text: str) -> str:
    """`next` after login: a path of this service, or "" for anything else."""
    plain = text.startswith("/") and not text.startswith(("//", "/\\")) and "\\" not in text
    return text if plain and text.isprintable() else ""
