"""The bench's own client, a process of its own: `python -m bench.client URL …` asks and prints figures as JSON."""

from __future__ import annotations

import argparse
import json
import socket
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit


class Connection:
    """A kept connection that sends bytes and reads answers with a Content-Length."""

    def __init__(self, host: str, port: int) -> None:
        self._place = (host, port)
        self._open()

    def _open(self) -> None:
        self._socket = socket.create_connection(self._place, timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request: bytes) -> tuple[int, str, int]:
        """(status, Location, Retry-After in seconds) of the answer."""
        self._socket.sendall(request)
        head, body = b"", b""
        while b"\r\n\r\n" not in head:
            part = self._socket.recv(65536)
            if not part:
                raise ConnectionError("the server hung up")
            head += part
        head, _, body = head.partition(b"\r\n\r\n")
        fields = {}
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            fields[name.lower()] = value.strip().decode("latin-1")
        missing = int(fields.get(b"content-length", 0)) - len(body)
        while missing > 0:
            missing -= len(self._socket.recv(min(missing, 65536)))
        if fields.get(b"connection", "").lower() == "close":
            self._socket.close()
            self._open()
        return int(head.split(b" ", 2)[1]), fields.get(b"location", ""), int(fields.get(b"retry-after", 0))


def requests(url: str, work: Path | None, cookie: str) -> list[bytes]:
    """The requests to send: one GET, or the POSTs of a file with a line "cookie TAB path TAB body" each."""
    parts = urlsplit(url)
    host = f"Host: {parts.netloc}\r\n"
    if work is None:
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        extra = f"Cookie: {cookie}\r\n" if cookie else ""
        return [f"GET {path} HTTP/1.1\r\n{host}{extra}\r\n".encode()]
    made = []
    for line in work.read_text(encoding="utf-8").splitlines():
        own, path, body = line.split("\t")
        head = f"POST {path} HTTP/1.1\r\n{host}Cookie: {own}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        made.append(f"{head}Content-Length: {len(body.encode())}\r\n\r\n{body}".encode())
    return made


class Run:
    """Several clients that share the work until the time is over or nothing is left."""

    def __init__(self, url: str, made: list[bytes], *, seconds: float, rate: float, repeat: bool, good: str) -> None:
        parts = urlsplit(url)
        self._place, self._made = (parts.hostname or "", parts.port or 80), made
        self._seconds, self._rate, self._repeat, self._good = seconds, rate, repeat, good
        self._next, self._lock = 0, threading.Lock()
        self.times: list[float] = []
        self.failed = 0

    def _take(self) -> tuple[bytes, float] | None:
        """The next request and when it is due: nobody presses before the answer to the press before."""
        with self._lock:
            at, self._next = self._next, self._next + 1
        if at >= len(self._made) and not self._repeat:
            return None
        due = self._began + at / self._rate if self._rate else 0.0
        return self._made[at % len(self._made)], due

    def _client(self) -> None:
        connection = Connection(*self._place)
        while time.perf_counter() < self._began + self._seconds and (taken := self._take()):
            request, due = taken
            pause = due - time.perf_counter()
            if pause > 0:
                time.sleep(pause)
            started = time.perf_counter()
            status, location, wait = connection.ask(request)
            self.times.append(time.perf_counter() - started)
            if not (200 <= status < 400 and location.endswith(self._good)):
                self.failed += 1
            # Who is asked to try again later does so as soon as was said.
            time.sleep(wait)

    def go(self, clients: int) -> dict[str, float]:
        """Figures of the run, times in milliseconds."""
        self._began = time.perf_counter()
        threads = [threading.Thread(target=self._client) for _ in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took = time.perf_counter() - self._began
        times = sorted(self.times) or [0.0]
        p50, p99 = times[len(times) // 2], times[min(len(times) * 99 // 100, len(times) - 1)]
        return {
            "requests": len(self.times),
            "rate": len(self.times) / took,
            "p50": p50 * 1000,
            "p99": p99 * 1000,
            "failed": self.failed,
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--clients", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument(
        "--rate", type=float, default=0, help="requests a second over all clients; 0 = as fast as can be"
    )
    parser.add_argument("--posts", type=Path, help="a file of POSTs")
    parser.add_argument("--repeat", action="store_true", help="begin the POSTs again when all are done")
    parser.add_argument("--good", default="", help="what the Location of a good answer ends with")
    parser.add_argument("--cookie", default="")
    chosen = parser.parse_args()
    made = requests(chosen.url, chosen.posts, chosen.cookie)
    repeat = chosen.repeat or chosen.posts is None
    run = Run(chosen.url, made, seconds=chosen.seconds, rate=chosen.rate, repeat=repeat, good=chosen.good)
    print(json.dumps(run.go(chosen.clients)))


if __name__ == "__main__":
    main()
