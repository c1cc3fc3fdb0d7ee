"""Madoguchi: puts the parts together and serves them. `python app.py --help` tells how."""

from __future__ import annotations

import argparse
import gc
import logging
import os
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Any

import clock
import config
import demo
import jobs
import models
import serving
import views  # noqa: F401 - declares every screen
import web
from rules.accounts import processors
from rules.operation import schema
from rules.procedures import procedure


class CannotStart(Exception):
    """A sentence for the operator."""


def make_app(settings: config.Config) -> Any:
    """The WSGI application on one data folder; refuses a database older or newer than the program."""
    config.use(settings)
    if not settings.database.exists():
        raise CannotStart(f"{settings.database} does not exist. Restore it from the backup.")
    models.open_database(settings.database)
    procedure.forget()
    if schema.pending():
        raise CannotStart(
            f"The database is older than the program. Type: python manage.py --data {settings.data} migrate"
        )
    if schema.unknown():
        raise CannotStart("The database was written by a newer version of the program. Install that version.")
    return web.app


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # waitress reports every queued request under load.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    try:
        host, port = _address(options.listen)
        listening = _listen(host, port)
        port = listening.getsockname()[1]
        settings = _settings(options, host, port)
        application = make_app(settings)
    except (CannotStart, config.ConfigError, demo.NotADemo, OSError) as fault:
        print(fault, file=sys.stderr, flush=True)
        return 1
    stop = threading.Event()
    worker = None if options.no_jobs else jobs.start(stop)
    if settings.server.one_processor:
        processors.keep_to_one()  # waitress starts its threads below, the jobs run already
    server = serving.server(application, listening, settings)
    for name in ("SIGINT", "SIGTERM"):
        signal.signal(getattr(signal, name), lambda *_: stop.set())
    # What was loaded so far stays for good: the collector need not look through it again and again.
    gc.collect()
    gc.freeze()
    _announce(settings)
    serving.serve(server, stop)
    if worker is not None:
        worker.join(timeout=serving.STOP_PATIENCE)
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Madoguchi, the counter of a town")
    parser.add_argument("--data", type=Path, help="the data folder (default: data/live, with --demo data/demo)")
    parser.add_argument("--listen", default="127.0.0.1:8080", metavar="HOST:PORT")
    parser.add_argument("--demo", action="store_true", help="a sample town to try things out")
    parser.add_argument("--no-jobs", action="store_true", help="leave mails and tidying to jobs.py")
    return parser.parse_args(arguments)


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise CannotStart(f"--listen must look like 127.0.0.1:8080, not {text}")
    return host.strip("[]"), int(port)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    if os.name == "posix":
        # On Windows this option would let two servers share the port.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as fault:
        raise CannotStart(f"Cannot listen on {host}:{port}: {fault.strerror or fault}") from None
    return listening


def _settings(options: argparse.Namespace, host: str, port: int) -> config.Config:
    if not options.demo:
        return config.load((options.data or config.PROGRAM / "data" / "live").resolve())
    shown = f"[{host}]" if ":" in host else host
    started_at = os.environ.get("MADOGUCHI_NOW")
    if started_at:
        try:
            clock.start_at(started_at)
        except ValueError as fault:
            raise CannotStart(f"MADOGUCHI_NOW: {fault}") from None
    return demo.prepare((options.data or config.PROGRAM / "data" / "demo").resolve(), f"http://{shown}:{port}", port)


def _announce(settings: config.Config) -> None:
    lines = [f"residents: {settings.base_url}/", f"staff: {settings.base_url}/staff/"]
    if settings.demo:
        lines += [f"login: {login}" for login in demo.logins(settings.data)]
    if settings.mail.transport == "folder":
        letters = settings.data / "mail"
        letters.mkdir(exist_ok=True)
        lines.append(f"mails: {letters}")
    for line in [*lines, "ready"]:
        print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
