"""The style sheet and the pictures."""

from __future__ import annotations

import mimetypes

import bottle

import config
from rules.records.access import Missing
from web import Who, get

_FILES = {path.name: path for path in (config.PROGRAM / "static").iterdir() if path.is_file()}


@get("/static/<name>", who=Who.ANYONE)
def static(name: str):
    path = _FILES.get(name)
    if path is None:
        raise Missing
    headers = {
        "Content-Type": mimetypes.guess_type(name)[0] or "application/octet-stream",
        "Cache-Control": "public, max-age=3600",
    }
    return bottle.HTTPResponse(path.read_bytes(), headers=headers)
