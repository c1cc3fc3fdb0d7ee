"""What the app is measured against: its own pages rendered from constants, and its own rows written without HTTP."""

from __future__ import annotations

import argparse
import copy
import dataclasses
import importlib
import json
import secrets
import signal
import sys
import threading
import time
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bottle

import app
import config
import models
import serving
import web
from bench import fill
from models import Application, ApplicationEvent, OutboxMail, Submission, Table
from rules.accounts import processors
from rules.applications import submission
from rules.records.access import Person

# The module: web itself exports a function of that name.
rendering = importlib.import_module("web.page")

# ---------------------------------------------------------------- pages


class Frame:
    """`ctx` with everything answered beforehand."""

    _WORDS = (
        "town", "home", "me", "path", "errors", "message", "demo", "size", "color", "stops", "footer", "said",
        "token", "login_href", "nav", "staff_menu", "warnings", "divisions_label",
    )  # fmt: skip

    def __init__(self, ctx: Any) -> None:
        for word in self._WORDS:
            setattr(self, word, constant(getattr(ctx, word)))
        self._look = {
            (size, color): (ctx.look_href(size=size, color=color), ctx.look_words(size=size, color=color))
            for size in (None, "large", "", "small")
            for color in (None, "", "black")
        }

    def look_href(self, size: str | None = None, color: str | None = None) -> str:
        return str(self._look[size, color][0])

    def look_words(self, size: str | None = None, color: str | None = None) -> str:
        return str(self._look[size, color][1])


def constant(value: Any) -> Any:
    """The same value as plain data: no row of the database is left in it."""
    if isinstance(value, models.Table):
        names = [*value.__data__, *value.__rel__]
        columns = {
            f.object_id_name: value.__data__.get(f.name) for f in value._meta.sorted_fields if hasattr(f, "rel_model")
        }
        return SimpleNamespace(**columns, **{name: constant(getattr(value, name)) for name in names})
    if isinstance(value, list):
        return [constant(one) for one in value]
    if isinstance(value, dict):
        return {key: constant(one) for key, one in value.items()}
    if isinstance(value, tuple):
        parts = [constant(one) for one in value]
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        alike = copy.copy(value)
        for part in dataclasses.fields(value):
            object.__setattr__(alike, part.name, constant(getattr(value, part.name)))
        return alike
    return value


def _capture(asked: dict[str, dict[str, str]], host: str) -> dict[str, tuple[str, dict[str, Any], Frame]]:
    """Open each page once in the real app and keep what its template was given."""
    seen: list[tuple[str, dict[str, Any], Frame]] = []
    ordinary = rendering.Page

    class Watched(rendering.Page):
        @classmethod
        def named(cls, name: str) -> Any:
            template = ordinary.named(name)

            def render(values: dict[str, Any], ctx: Any) -> str:
                words = template.render(values, ctx=ctx)
                seen.append((name, constant(values), Frame(ctx)))
                return str(words)

            return SimpleNamespace(render=render)

    rendering.Page = Watched
    kept = {}
    for path, headers in asked.items():
        environ = {
            "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": "", "HTTP_HOST": host,
            "REMOTE_ADDR": "127.0.0.1", "wsgi.errors": sys.stderr, "wsgi.input": BytesIO(),
            "wsgi.url_scheme": "http", **headers,
        }  # fmt: skip
        said: list[str] = []
        answered = b"".join(web.app(environ, lambda status, *rest, said=said: said.append(status)))
        assert said == ["200 OK"], f"{path}: {said}"
        name, values, frame = seen.pop()
        kept[path] = (name, values, frame)
        again = ordinary.named(name).render(values, ctx=frame)
        assert again.encode() == answered, f"{path} from constants differs from the page itself"
    rendering.Page = ordinary
    return kept


def serve_pages(settings: config.Config, port: int, asked: dict[str, dict[str, str]]) -> None:
    """A bare WSGI app under the same waitress: the same templates, the same headers, constants."""
    wsgi = app.make_app(settings)
    kept = _capture(asked, f"127.0.0.1:{settings.base_url.rpartition(':')[2]}")
    models.database.close()
    assert wsgi is not None
    template_of = {
        path: (bottle.SimpleTemplate(name=name, lookup=[rendering.VIEWS]), values, frame)
        for path, (name, values, frame) in kept.items()
    }

    def pages(environ: dict[str, Any], start: Any) -> list[bytes]:
        template, values, frame = template_of[environ["PATH_INFO"]]
        body = template.render(values, ctx=frame).encode()
        start("200 OK", [("Content-Type", "text/html; charset=UTF-8"), ("Content-Length", str(len(body)))])
        return [body]

    processors.keep_to_one()  # as the app itself does
    listening = app._listen("127.0.0.1", port)
    server = serving.server(pages, listening, settings)
    print("ready", flush=True)
    serving.serve(server, _until_told())


def _until_told() -> threading.Event:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    return stop


# ---------------------------------------------------------------- rows


def _rows_of_one() -> tuple[dict[str, Any], list[tuple[type[Table], dict[str, Any]]]]:
    """Send one application by the rules and read back what that wrote."""
    ((key, who),) = fill.drafts(1)
    person = Person(who, "")
    submission.submit(person, key, submission.sheet(Application.get_by_id(key)).sha256)
    sent = Application.get_by_id(key)
    changed = {name: sent.__data__[name] for name in (
        "status", "submitted_at", "status_at", "saved_at", "expires_at", "division", "due_on",
        "applicant_name", "applicant_kana", "applicant_folded", "form_version", "once_key",
    )}  # fmt: skip
    made: list[tuple[type[Table], dict[str, Any]]] = []
    for table in (Submission, ApplicationEvent, OutboxMail):
        for row in table.select().where(table.application == key).dicts():
            row.pop("id")
            made.append((table, row))
    return changed, made


def write_rows(clients: int, seconds: float) -> dict[str, float]:
    """Write the rows of a submission, durably, as often as can be; every thread has drafts of its own."""
    changed, made = _rows_of_one()
    left = [key for key, _ in fill.drafts(int(seconds * 3000))]
    began, times = time.perf_counter(), []

    def write(key: int) -> None:
        with models.transaction():
            number = str(10**11 + secrets.randbelow(9 * 10**11))
            mine = (Application.id == key) & (Application.status == "DRAFT") & (Application.revision == 0)
            Application.update(revision=Application.revision + 1, number=number, **changed).where(mine).execute()
            for table, row in made:
                own = {"message_id": secrets.token_hex(16)} if table is OutboxMail else {}
                table.create(**{**row, **own, "application": key})

    def work() -> None:
        models.connect()
        while left and time.perf_counter() < began + seconds:
            started = time.perf_counter()
            write(left.pop())
            times.append(time.perf_counter() - started)
        models.database.close()

    threads = [threading.Thread(target=work) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took, times = time.perf_counter() - began, sorted(times)
    return {
        "requests": len(times),
        "rate": len(times) / took,
        "p50": times[len(times) // 2] * 1000,
        "p99": times[len(times) * 99 // 100] * 1000,
        "failed": 0,
        "rows": len(made) + 1,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("pages", "rows"))
    parser.add_argument("data", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--asked", type=Path, help="JSON: {path: environ}")
    parser.add_argument("--clients", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=3)
    chosen = parser.parse_args()
    settings = config.load(chosen.data)
    if chosen.what == "pages":
        serve_pages(settings, chosen.port, json.loads(chosen.asked.read_text(encoding="utf-8")))
        return
    app.make_app(settings)
    models.connect()
    print(json.dumps(write_rows(chosen.clients, chosen.seconds)))


if __name__ == "__main__":
    main()
