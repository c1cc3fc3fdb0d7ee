"""ClamAV's daemon, over TCP or a unix socket: a file goes to it in pieces, a line comes back."""

from __future__ import annotations

import re
import socket
import time
from contextlib import closing, suppress
from datetime import UTC, date, datetime
from typing import BinaryIO

from outside.antivirus.verdict import CLEAN, State, Verdict, found, none

# One network segment after the other would take Python's time from the pages.
_PIECE = 256 * 1024
_LONGEST_ANSWER = 4096
_ASK_STATE = 5.0

_LATE = "検査のプログラムが、時間内に返事をしませんでした"
_LIMIT = "検査のプログラムが受け取る大きさの上限（clamd.conf の StreamMaxLength）が小さすぎます"
_CUT = "検査のプログラムが、検査の途中で切れました"


class _Late(Exception):
    """The time for the whole conversation is over."""


class Clamd:
    """`place` is HOST:PORT or unix:/PATH; `seconds` is the time for connecting, sending and the answer together."""

    def __init__(self, place: str, seconds: int) -> None:
        self._place, self._seconds = place, seconds

    def scan(self, stream: BinaryIO) -> Verdict:
        try:
            return self._scan(stream)
        except (_Late, TimeoutError):
            return none(_LATE, late=True)
        except OSError as fault:
            return none(f"検査のプログラムにつながりません: {fault.strerror or fault}")

    def _scan(self, stream: BinaryIO) -> Verdict:
        with closing(_Conversation(self._place, self._seconds)) as daemon:
            try:
                daemon.send(b"zINSTREAM\0")
                while piece := stream.read(_PIECE):
                    daemon.send(len(piece).to_bytes(4, "big") + piece)
                    if daemon.has_answered():
                        break
                else:
                    daemon.send(bytes(4))
                answer = daemon.answer()
            except ConnectionError:
                # What it said before it hung up, as far as that came through.
                answer = ""
                with suppress(ConnectionError):
                    answer = daemon.answer()
        return _verdict(answer)

    def state(self) -> State:
        try:
            with closing(_Conversation(self._place, min(self._seconds, _ASK_STATE))) as daemon:
                daemon.send(b"zVERSION\0")
                version = daemon.answer()
        except (_Late, TimeoutError):
            return State(trouble=_LATE)
        except OSError as fault:
            return State(trouble=f"検査のプログラムにつながりません: {fault.strerror or fault}")
        if not version.startswith("ClamAV"):
            return State(trouble=f"検査のプログラムではないものが返事をしています: {version[:80]}")
        return State(version=version.partition("/")[0], signatures=_signatures(version))


class _Conversation:
    """One connection with a deadline over everything said in it."""

    def __init__(self, place: str, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        if place.startswith("unix:"):
            if not hasattr(socket, "AF_UNIX"):
                raise OSError("there are no unix sockets on this system")
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                self._socket.settimeout(self._left())
                self._socket.connect(place.removeprefix("unix:"))
            except BaseException:
                self._socket.close()
                raise
        else:
            host, _, port = place.rpartition(":")
            self._socket = socket.create_connection((host.strip("[]"), int(port)), timeout=self._left())

    def _left(self) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise _Late
        return left

    def send(self, data: bytes) -> None:
        # sendall() counts the timeout over the whole of its data.
        self._socket.settimeout(self._left())
        self._socket.sendall(data)

    def has_answered(self) -> bool:
        """Whether it speaks, or has hung up, before it has heard everything."""
        self._socket.settimeout(0)
        try:
            self._socket.recv(1, socket.MSG_PEEK)
        except (BlockingIOError, InterruptedError):
            return False
        return True

    def answer(self) -> str:
        """What it says, if it says it to the end."""
        said = b""
        while b"\0" not in said and len(said) < _LONGEST_ANSWER:
            self._socket.settimeout(self._left())
            part = self._socket.recv(_LONGEST_ANSWER)
            if not part:
                break
            said += part
        line, end, _ = said.partition(b"\0")
        return line.decode("utf-8", "replace").strip() if end else ""

    def close(self) -> None:
        self._socket.close()


def _verdict(answer: str) -> Verdict:
    said = answer.removeprefix("stream: ")
    if said == "OK":
        return CLEAN
    if said.endswith(" FOUND"):
        return found(said.removesuffix(" FOUND"))
    if "size limit exceeded" in said:
        return none(_LIMIT)
    return none(f"検査のプログラムの返事: {said}" if said else _CUT)


def _signatures(version: str) -> date | None:
    """The day in "ClamAV 1.4.6/27432/Tue Oct 22 08:01:33 2024"; without the official signatures there is none."""
    match = re.search(r"/\w{3} (\w{3}) +(\d+) [\d:]{8} (\d{4})$", version)
    if match is None:
        return None
    try:
        return datetime.strptime(" ".join(match.groups()), "%b %d %Y").replace(tzinfo=UTC).date()
    except ValueError:
        return None
