"""Handing out files: as an attachment, under the name the resident gave, to browsers of any age."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import PurePath
from typing import BinaryIO
from urllib.parse import quote

import bottle


def download(stream: BinaryIO, name: str, content_type: str, size: int) -> bottle.HTTPResponse:
    """Send an open file; it is never shown inside the browser."""
    headers = {
        "Content-Type": content_type,
        "Content-Length": str(size),
        "Content-Disposition": disposition(name, bottle.request.headers.get("User-Agent", "")),
        # IE up to 8 cannot save over HTTPS with no-store or Pragma.
        "Cache-Control": "private, max-age=0, must-revalidate",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Download-Options": "noopen",
    }
    return bottle.HTTPResponse(_chunks(stream), status=200, headers=headers)


def download_pieces(pieces: Iterator[bytes], name: str, content_type: str) -> bottle.HTTPResponse:
    """The same for what is made piece by piece while it is sent; how long it gets is not known before."""
    answer = download(BytesIO(), name, content_type, 0)
    del answer.headers["Content-Length"]
    answer.body = pieces
    return answer


def disposition(name: str, user_agent: str) -> str:
    """Content-Disposition: an ASCII name for the old, filename* for the rest, percent-encoding for MSIE 6–8."""
    encoded = quote(name, safe="")
    if any(f"MSIE {version}." in user_agent for version in (6, 7, 8)):
        return f'attachment; filename="{encoded}"'
    suffix = "".join(c for c in PurePath(name).suffix if c.isascii() and (c.isalnum() or c == "."))
    plain = name if name.isascii() and not set(name) & set('"\\%;') and name.isprintable() else f"file{suffix}"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}"


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    with stream:
        while chunk := stream.read(64 * 1024):
            yield chunk
