"""The demo's letter box: what was sent can be read in the browser, in the demo only."""

from __future__ import annotations

import email
from email.policy import default

import config
from rules.records.access import Missing
from rules.values.calendar import show_instant
from web import Who, get, page


def _folder():
    settings = config.settings()
    if not settings.demo:
        raise Missing
    return settings.data / "mail"


def _read(path):
    letter = email.message_from_bytes(path.read_bytes(), policy=default)
    return {
        "name": path.stem,
        "to": str(letter["To"]),
        "subject": str(letter["Subject"]),
        "date": show_instant(letter["Date"].datetime),
        "body": letter.get_content(),
    }


@get("/demo/mail", who=Who.ANYONE)
def mails():
    newest = sorted(_folder().glob("*.eml"), reverse=True)[:100]
    return page("resident/demo/mails.html", mails=[_read(path) for path in newest])


@get("/demo/mail/<name:re:[0-9A-Za-z._-]+>", who=Who.ANYONE)
def mail(name: str):
    path = _folder() / f"{name}.eml"
    if not path.is_file():
        raise Missing
    return page("resident/demo/mail.html", mail=_read(path))
