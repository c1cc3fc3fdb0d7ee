"""lynx in a terminal of our own, tall enough for a whole page; fields are found by their labels, as a reader does."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from pathlib import Path

import pyte

ROWS, COLUMNS = 300, 100
PATIENCE = 15.0
QUIET = 0.08
_ENTER, _LEAVE_FIELD, _EMPTY_FIELD = "\r", "\t", "\x15"
_SETTINGS = """CHARACTER_SET:utf-8
ASSUME_CHARSET:utf-8
LOCALE_CHARSET:TRUE
FORCE_SSL_COOKIES_SECURE:FALSE
DEFAULT_KEYPAD_MODE:LINKS_AND_FIELDS_ARE_NUMBERED
NO_PAUSE:TRUE
MESSAGESECS:0
INFOSECS:0
ALERTSECS:0
"""


class Lynx:
    """What a person at lynx sees and types."""

    def __init__(self, lynx: str, url: str, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        settings = home / "lynx.cfg"
        settings.write_text(_SETTINGS, encoding="utf-8")
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._screen)
        self._terminal, inside = pty.openpty()
        fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        # Fields wait to be activated, so that digits typed on them are numbers of links.
        command = [lynx, f"-cfg={settings}", "-accept_all_cookies", "-tna", url]
        environment = {"HOME": str(home), "PATH": os.environ["PATH"], "TERM": "linux", "LANG": "C.UTF-8"}
        self.process = subprocess.Popen(
            command, stdin=inside, stdout=inside, stderr=inside, env=environment, cwd=home, start_new_session=True
        )
        os.close(inside)
        self._settle()

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._terminal)

    # ------------------------------------------------------------ reading

    def text(self) -> str:
        """The page as it stands in the terminal."""
        return "\n".join(line.rstrip() for line in self._screen.display[:-3]).strip()

    def expect(self, words: str) -> None:
        """Wait until the page shows these words."""
        self._wait(lambda text: words in text, words)

    def _wait(self, look, wanted: str):
        """What `look` finds in the page, as soon as it finds something."""
        deadline = time.monotonic() + PATIENCE
        while not (found := look(self.text())):
            says = "\n".join(self._screen.display[-3:])
            assert time.monotonic() < deadline, f"no {wanted} on:\n{self.text()}\n{says}"
            self._settle()
        return found

    def _settle(self) -> None:
        """Take in what comes until nothing more comes for a moment."""
        while select.select([self._terminal], [], [], QUIET)[0]:
            try:
                self._stream.feed(os.read(self._terminal, 65536))
            except OSError:  # lynx has ended
                return

    def _number(self, pattern: str, group: str = "") -> str:
        """The number lynx gives to what matches, below the group's words if there are any."""
        wanted = re.compile(pattern, re.MULTILINE)
        above = re.compile(rf"^ *{re.escape(group)}(?!\S)", re.MULTILINE)

        def look(text: str):
            start = above.search(text) if group else re.match("", text)
            return start and wanted.search(text, start.end())

        return self._wait(look, f"{pattern} below {group!r}")[1]

    # ------------------------------------------------------------ typing

    def _keys(self, typed: str) -> None:
        os.write(self._terminal, typed.encode("utf-8"))
        self._settle()

    def _go_to(self, number: str) -> None:
        self._keys(f"{number}g{_ENTER}")

    def follow(self, words: str) -> None:
        """A link or a button with exactly these words."""
        self._go_to(self._number(rf"\[(\d+)\]{re.escape(words)}(?!\S)"))
        self._keys(_ENTER)

    def type(self, label: str, value: str, *, group: str = "") -> None:
        """Into the first field that follows a label."""
        self._go_to(self._number(rf"(?<!\S){re.escape(label)}(?!\S)[^\[]*\[(\d+)\]", group))
        self._keys(_ENTER)
        self._keys(_EMPTY_FIELD + value + _LEAVE_FIELD)

    def choose(self, label: str, *, group: str) -> None:
        """One of several that stand below each other."""
        self._go_to(self._number(rf"\[(\d+)\]\([ *]\) ?{re.escape(label)}(?!\S)", group))
        self._keys(_ENTER)
