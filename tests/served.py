"""The real thing for tests: app.py in a process of its own on a test's data folder, and residents that talk to it."""

from __future__ import annotations

import http.client
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from urllib.parse import urlencode

import clock
import config

_CONFIG = """base_url = "http://127.0.0.1:{port}"

[mail]
transport = "folder"
from = "madoguchi@asanagi.example.jp"

[server]
bcrypt_cost = 4
"""


@contextmanager
def real_time() -> Iterator[None]:
    """The clock as the served process sees it: sessions and drafts made here must be alive there."""
    with clock.at(datetime.fromtimestamp(time.time(), clock.TOKYO)):
        yield


class Served:
    """`python app.py` on a data folder whose database is there already."""

    def __init__(self, settings: config.Config) -> None:
        self._data = settings.data
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        (self._data / "secret.key").write_bytes(settings.secret)
        (self._data / "config.toml").write_text(_CONFIG.format(port=self.port), encoding="utf-8")
        self.start()

    def start(self) -> None:
        program = [sys.executable, "app.py", "--data", str(self._data), "--listen", f"127.0.0.1:{self.port}"]
        with open(self._data / "app.log", "a", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                program, cwd=config.PROGRAM, stdout=subprocess.PIPE, stderr=log, text=True, encoding="utf-8"
            )
        assert self.process.stdout is not None
        assert any(line.strip() == "ready" for line in self.process.stdout), self.log

    @property
    def log(self) -> str:
        return (self._data / "app.log").read_text(encoding="utf-8")

    def kill(self) -> None:
        """kill -9, in the middle of whatever it does."""
        self.process.kill()
        self._gone()

    def stop(self) -> None:
        self.process.terminate()
        self._gone()

    def _gone(self) -> None:
        self.process.wait(timeout=40)
        assert self.process.stdout is not None
        self.process.stdout.close()


@contextmanager
def served(settings: config.Config) -> Iterator[Served]:
    server = Served(settings)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()


class Applicant:
    """A signed-in browser with one application to send."""

    def __init__(self, port: int, token: str, application: int) -> None:
        self._headers = {"Cookie": f"madoguchi={token}"}
        self._path = f"/applications/{application}"
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.application = application

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[int, str, str]:
        form = {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}
        self._connection.request(method, path, body, {**self._headers, **form})
        answer = self._connection.getresponse()
        return answer.status, answer.getheader("Location") or "", answer.read().decode("utf-8")

    def confirm(self) -> None:
        """Look at the confirm page, as one does before pressing 「申請する」."""
        status, _, text = self._ask("GET", self._path + "/confirm")
        assert status == 200, text
        found = (re.search(rf'name="{name}" value="([^"]+)"', text) for name in ("csrf", "digest"))
        self._form = {name: match[1] for name, match in zip(("csrf", "digest"), found, strict=True) if match}

    def send(self) -> str:
        """Press it; the number the done page shows."""
        status, location, text = self._ask("POST", self._path + "/submit", urlencode(self._form))
        assert (status, location.rpartition("/")[2]) == (302, "done"), text
        return self.shown()

    def shown(self) -> str:
        """The number on the done page."""
        status, _, text = self._ask("GET", self._path + "/done")
        assert status == 200, text
        found = set(re.findall(r"\b[0-9]{4}-[0-9]{4}-[0-9]{4}\b", text))
        assert len(found) == 1, found
        return found.pop().replace("-", "")

    def close(self) -> None:
        self._connection.close()


def files_under(folder: Path) -> dict[str, bytes]:
    """The stored files by name."""
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
