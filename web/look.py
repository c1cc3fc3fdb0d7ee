"""文字の大きさと色: chosen by links, and on pages with a long form by its buttons, so that nothing typed is lost."""

from __future__ import annotations

from web.visit import Visit

_WORDS = ("large", "small", "black")
COOKIE = "look"
ACT = "look"


def choose(visit: Visit, wanted: str) -> None:
    """Remember 'large-black' and the like, from this very page on."""
    words = [word for word in wanted.split("-") if word in _WORDS]
    visit.cookies[COOKIE] = "-".join(words) or "standard"
    visit.added_cookies.append((COOKIE, visit.cookies[COOKIE]))


def chosen(visit: Visit) -> bool:
    """Whether a form was sent by one of these buttons; what it asked for is in force from here on."""
    act, _, wanted = visit.form.act().partition(".")
    if act == ACT:
        choose(visit, wanted)
    return act == ACT
