"""A real clamd with a signature database of its own, and servers that only pretend to be one."""

from __future__ import annotations

import hashlib
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# The harmless file every scanner knows; in two halves, so that none finds it in this one.
EICAR = (r"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*").encode("ascii")

_CONFIG = """DatabaseDirectory {folder}/db
LocalSocket {folder}/socket
TCPSocket {port}
TCPAddr 127.0.0.1
Foreground yes
LogFile {folder}/log
PidFile {folder}/pid
StreamMaxLength {limit}
MaxThreads 4
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Daemon:
    """clamd in the foreground, listening on a port and on a socket file."""

    def __init__(self, program: str, folder: Path, limit: str = "25M") -> None:
        self.folder, self.port = folder, free_port()
        (folder / "db").mkdir(parents=True)
        digest = hashlib.md5(EICAR, usedforsecurity=False).hexdigest()
        (folder / "db" / "test.hdb").write_text(f"{digest}:{len(EICAR)}:Eicar-Test-Signature\n", encoding="ascii")
        (folder / "db" / "test.ndb").write_text(f"Eicar-Inside:0:*:{EICAR.hex()}\n", encoding="ascii")
        path = folder / "clamd.conf"
        path.write_text(_CONFIG.format(folder=folder, port=self.port, limit=limit), encoding="utf-8")
        command = [program, "-c", str(path)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._wait()

    @property
    def places(self) -> tuple[str, str]:
        return f"127.0.0.1:{self.port}", f"unix:{self.folder}/socket"

    def _wait(self) -> None:
        until = time.monotonic() + 30
        while not (self.folder / "socket").exists():
            assert self.process.poll() is None, (self.folder / "log").read_text(encoding="utf-8")
            assert time.monotonic() < until, "clamd did not start"
            time.sleep(0.05)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@contextmanager
def clamd(program: str, folder: Path, limit: str = "25M") -> Iterator[Daemon]:
    daemon = Daemon(program, folder, limit)
    try:
        yield daemon
    finally:
        daemon.kill()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def pretender(answer: bytes = b"", *, reads: bool = True) -> Iterator[str]:
    """A server that reads everything, says `answer` at once and keeps the line open; without one it never speaks."""
    over = threading.Event()
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        listening.settimeout(0.05)

        def serve() -> None:
            held = []
            while not over.is_set():
                try:
                    held.append(listening.accept()[0])
                except TimeoutError:
                    continue
                held[-1].settimeout(0.05)
                if answer:
                    held[-1].sendall(answer)
                while reads and not over.is_set():
                    try:
                        if not held[-1].recv(65536):
                            break
                    except TimeoutError:
                        continue
            for connection in held:
                connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"127.0.0.1:{listening.getsockname()[1]}"
        finally:
            over.set()
            thread.join()
