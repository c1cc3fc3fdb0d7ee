"""The web server: waitress with our settings, large bodies read at a pace, and its own refusals in Japanese."""

from __future__ import annotations

import html
import os
import select
import socket
import sys
import threading
import time
from typing import Any

import waitress.server
from waitress.channel import HTTPChannel
from waitress.task import ErrorTask

import config
import web

STOP_PATIENCE = 30
# A body above this is a file. Reading one takes the processor from those who wait for a page, so that all of them
# together come in at a pace which the lines of a town hall seldom reach.
_LARGE = 1024 * 1024
PACE = 24 * 1024 * 1024
_AT_A_TIME = 256 * 1024
# A browser looks for the answer once its sending is over: what it still sends is thrown away for so long.
_LINGER = 30.0


class _Pace:
    """How many bytes of large bodies may be read now; only the thread of the network asks."""

    def __init__(self, rate: int, most: int) -> None:
        self._rate, self._most = rate, most
        self._left, self._at = float(most), time.monotonic()

    def allows(self) -> bool:
        now = time.monotonic()
        self._left = min(self._most, self._left + (now - self._at) * self._rate)
        self._at = now
        return self._left > 0

    def took(self, count: int) -> None:
        self._left -= count


_pace = _Pace(PACE, _AT_A_TIME)


class _Refusal(ErrorTask):
    """The answer to what never reaches a page of ours: too large, or no request at all."""

    _WORDS = {
        413: (
            "送られた内容が大きすぎます",
            "ファイルは1つ10MBまで、一度に送れるのは合わせて64MBまでです。何も受け取っていません。"
            "ブラウザーの「戻る」で前のページに戻り、ファイルを減らすか小さくしてから、もう一度送ってください。",
        ),
        431: (
            "送られた内容を読み取れませんでした",
            "アドレスが長すぎます。この窓口の最初のページを開き直してください。",
        ),
    }
    _ELSE = (
        "送られた内容を読み取れませんでした",
        "ブラウザーの「戻る」で前のページに戻り、もう一度送ってください。",
    )

    def execute(self) -> None:
        fault: Any = self.request.error  # type: ignore[attr-defined]
        heading, sentence = self._WORDS.get(fault.code, self._ELSE)
        body = _PAGE.format(heading=html.escape(heading), sentence=html.escape(sentence)).encode()
        self.status = f"{fault.code} {fault.reason}"
        self.response_headers = [("Content-Type", "text/html; charset=UTF-8")]
        self.set_close_on_finish()
        self.content_length = len(body)
        channel: Any = self.channel
        channel.linger = fault.code == 413
        self.write(body)


_PAGE = """<!DOCTYPE html>
<html lang="ja">
<head>
<meta charset="utf-8">
<title>{heading}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/static/style.css">
</head>
<body class="size-normal">
<div class="main" id="main" role="main"><div class="wrap">
<h1>{heading}</h1>
<p>{sentence}</p>
<p><a href="/">最初のページへ</a></p>
</div></div>
</body>
</html>
"""


class _Channel(HTTPChannel):
    """One connection."""

    socket: socket.socket
    error_task_class = _Refusal
    # The answer is out, and the other side still sends what was refused.
    linger = False
    _until = 0.0

    def readable(self) -> bool:
        if self._until:
            return time.monotonic() < self._until and _pace.allows()
        return bool(super().readable()) and (not self._large() or _pace.allows())

    def writable(self) -> bool:
        if self._until:
            return time.monotonic() >= self._until
        return bool(super().writable())

    def recv(self, count: int) -> bytes:
        piece: bytes = super().recv(count)
        if self._until or self._large():
            _pace.took(len(piece))
        return piece

    def received(self, data: bytes) -> bool:
        return False if self._until else bool(super().received(data))

    def handle_close(self) -> None:
        if not self.linger:
            super().handle_close()
            return
        # Closing now would reset the connection, and the answer be lost with it.
        self.linger, self.will_close = False, False
        self._until = time.monotonic() + _LINGER
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            super().handle_close()

    def handle_write(self) -> None:
        if self._until:
            super().handle_close()
        else:
            super().handle_write()

    def _large(self) -> bool:
        request = self.request
        return request is not None and max(request.content_length, request.body_bytes_received) > _LARGE


def server(application: Any, listening: socket.socket, settings: config.Config) -> Any:
    """A server on an open socket; `serve` runs it."""
    proxy: dict[str, Any] = {}
    if settings.proxy.trusted:
        proxy = {
            "trusted_proxy": settings.proxy.trusted,
            "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"},
            "clear_untrusted_proxy_headers": True,
        }
    # Windows' select() ends at 512 sockets.
    connections = min(settings.server.connections, 450) if os.name == "nt" else settings.server.connections
    made: Any = waitress.server.create_server(
        application,
        sockets=[listening],
        threads=settings.server.threads,
        connection_limit=connections,
        channel_timeout=30,
        cleanup_interval=10,
        ident=None,
        max_request_body_size=web.HARD_LIMIT,
        recv_bytes=65536,
        asyncore_use_poll=hasattr(select, "poll"),
        **proxy,
    )
    made.channel_class = _Channel
    return made


def serve(server: Any, stop: threading.Event) -> None:
    """Run until `stop`; then take no new connection and let the requests in progress finish."""
    # Python's 5 ms would let the thread that reads from the network wait that long for each one that makes a page.
    sys.setswitchinterval(0.0005)

    def turn() -> None:
        # Whoever waits for the pace wakes nobody up.
        patience = 1 if _pace.allows() else 0.01
        server.asyncore.loop(timeout=patience, map=server._map, use_poll=server.adj.asyncore_use_poll, count=1)

    while not stop.is_set():
        turn()
    server.del_channel()
    server.socket.close()
    patience = time.monotonic() + STOP_PATIENCE
    while time.monotonic() < patience and _in_progress(server):
        turn()
    server.task_dispatcher.shutdown()


def _in_progress(server: Any) -> bool:
    channels = list(server.active_channels.values())
    return any(channel.requests or channel.total_outbufs_len or channel.request for channel in channels)
