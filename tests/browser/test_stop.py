"""The program as its operator starts and stops it. (R-8.2)"""

from __future__ import annotations

import http.cookiejar
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from browser.program import PROGRAM, Program, demo

TOWN = ["--town-code", "064998", "--town-name", "朝凪町", "--base-url", "http://127.0.0.1:8080", "--mail", "folder"]
not_on_windows = pytest.mark.skipif(os.name == "nt", reason="Windows has no signals to ask a program to stop")


class Client:
    """Keeps cookies and posts forms; nothing else."""

    def __init__(self, start: str) -> None:
        self.start = start.rstrip("/")
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def get(self, path: str) -> str:
        with self._opener.open(self.start + path, timeout=20) as answer:
            return answer.read().decode("utf-8")

    def post(self, path: str, **fields: str) -> str:
        fields["csrf"] = re.search(r'name="csrf" value="([^"]+)"', self.get(path))[1]
        with self._opener.open(self.start + path, urllib.parse.urlencode(fields).encode(), timeout=20) as answer:
            return answer.read().decode("utf-8")


def manage(data: Path, *arguments: str) -> None:
    command = [sys.executable, str(PROGRAM / "manage.py"), "--data", str(data), *arguments]
    subprocess.run(command, check=True, capture_output=True, timeout=60)


# ---------------------------------------------------------------- stopping


def half_a_post(address: tuple[str, int]) -> tuple[socket.socket, bytes]:
    """A request that has begun, and the rest of it."""
    body = b"email=keiko%40example.jp&password=nagisa-no-machi-7&act_login=1"
    head = f"POST /login HTTP/1.1\r\nHost: {address[0]}:{address[1]}\r\nConnection: close\r\n"
    head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    opened = socket.create_connection(address, timeout=20)
    opened.sendall(head.encode() + body[:20])
    return opened, body[20:]


@not_on_windows
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_what_has_begun_is_finished(tmp_path, name):
    with demo(tmp_path / "data") as program:
        where = urllib.parse.urlsplit(program.residents)
        address = (where.hostname, where.port)
        opened, rest = half_a_post(address)
        time.sleep(0.3)
        program.process.send_signal(getattr(signal, name))
        wait_until_closed(address)
        assert program.process.poll() is None
        opened.sendall(rest)
        answer = b"".join(iter(lambda: opened.recv(65536), b""))
        opened.close()
        assert answer.startswith(b"HTTP/1.1 403 ")
        assert answer.rstrip().endswith(b"</html>")
        assert program.ended() == 0
        assert not [line for line in program.errors if "Traceback" in line]


def wait_until_closed(address: tuple[str, int]) -> None:
    """Until nobody new is let in."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            socket.create_connection(address, timeout=1).close()
        except OSError:
            return
        time.sleep(0.05)
    raise AssertionError("still takes new connections")


@not_on_windows
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_at_rest_it_ends_at_once(tmp_path, name):
    with demo(tmp_path / "data") as program:
        began = time.monotonic()
        program.process.send_signal(getattr(signal, name))
        assert program.ended() == 0
        assert time.monotonic() - began < 8


# ---------------------------------------------------------------- starting


def test_what_the_demo_prints(program):
    assert [line.split(" ")[0] for line in program.lines] == [
        "residents:",
        "staff:",
        "login:",
        "login:",
        "login:",
        "mails:",
        "ready",
    ]
    assert re.fullmatch(r"residents: http://127\.0\.0\.1:\d+/", program.lines[0])
    assert program.staff == f"{program.residents}staff/"
    roles = [login.split(" ")[2] for login in program.told("login")]
    assert roles == ["CLERK", "TOWN_ADMINISTRATOR", "SYSTEM_ADMINISTRATOR"]


def test_the_demo_keeps_its_town_and_its_logins(tmp_path):
    with demo(tmp_path / "data") as first:
        logins = first.told("login")
        first.stop()
    with demo(tmp_path / "data") as second:
        assert second.told("login") == logins
        login_id, password = second.login("CLERK")
        page = Client(second.residents).post("/staff/login", login_id=login_id, password=password, act_login="1")
        assert "受付箱" in page


def test_the_demo_answers_under_localhost_too(program):
    where = urllib.parse.urlsplit(program.residents)
    assert "朝凪町" in Client(f"http://localhost:{where.port}").get("/")


def test_the_demo_starts_at_the_time_it_is_told(tmp_path):
    with demo(tmp_path / "data", now="2031-05-06T09:30:00+09:00") as program:
        assert mail_date(program).startswith("Tue, 06 May 2031 09:30:")


def test_a_town_has_the_time_of_the_day(tmp_path):
    """MADOGUCHI_NOW is for the demo only."""
    data = tmp_path / "live"
    manage(data, "init", *TOWN)
    port = free_port()
    written = (data / "config.toml").read_text(encoding="utf-8").replace(":8080", f":{port}")
    # This test runs at any time of the day.
    (data / "config.toml").write_text(written.replace('daily = "03:00-04:00"', 'daily = ""'), encoding="utf-8")
    with Program(data, listen=f"127.0.0.1:{port}", now="2031-05-06T09:30:00+09:00") as program:
        program.wait_until_ready()
        assert not program.told("login")
        assert " 2031 " not in mail_date(program)


def mail_date(program: Program) -> str:
    Client(program.residents).post("/sign-up", kind="person", email="ken@example.jp", act_send="1")
    program.mail("ken@example.jp", "認証コード")
    return program.mails("ken@example.jp")[-1]["Date"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_an_old_database_is_refused_with_the_command_to_type(tmp_path):
    data = tmp_path / "live"
    manage(data, "init", *TOWN)
    for left in data.glob("madoguchi.sqlite3*"):
        left.unlink()
    with Program(data) as program:
        assert program.ended() == 1
        assert program.errors == [f"{data / 'madoguchi.sqlite3'} does not exist. Restore it from the backup."]
    (data / "madoguchi.sqlite3").touch()
    with Program(data) as program:
        assert program.ended() == 1
        assert program.errors == [
            f"The database is older than the program. Type: python manage.py --data {data} migrate"
        ]
    manage(data, "migrate")
    with Program(data) as again:
        again.wait_until_ready()
